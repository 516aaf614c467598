"""The whole story: a text is read, split into clauses, each clause understood, and all of them combined."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from clipline.errors import Refused
from clipline.studio.instructions.combine import understanding
from clipline.studio.instructions.grammar import Context
from clipline.studio.instructions.messages import note, refused
from clipline.studio.instructions.numbers import DURATION
from clipline.studio.instructions.phrasebook import Clause, Phrasebook
from clipline.studio.instructions.phrases_en import ENGLISH
from clipline.studio.instructions.phrases_zh import CHINESE
from clipline.studio.instructions.slots import SLOTS
from clipline.studio.instructions.text import QUOTED_CLASS, Text, read_text
from clipline.studio.instructions.topics import explain
from clipline.studio.instructions.turns import is_of_what_is_left, length_in_turn
from clipline.studio.instructions.typos import mend
from clipline.studio.instructions.understanding import Language, Part, Step, Understanding
from clipline.timeline import Title
from clipline.values import format_duration

__all__ = ["interpret"]

#: So many pieces between connectors can be one clause: "from 2 and, say, 5 seconds".
_LONGEST_CLAUSE = 3
#: Seconds.
_LONG_ENOUGH = 1e6
_PHRASES = {"en": ENGLISH, "zh": CHINESE}
_REQUEST = re.compile(
    r"\b(?:can|could|would|will) (?:you|we|i|the|my|this|it)\b|"
    r"能不能|能否|可不可以|可以|吗|好不好|行不行",
    re.IGNORECASE,
)


def interpret(
    text: str,
    *,
    materials: Sequence[str] = (),
    default_duration: float | None = None,
    length_of: Callable[[str], float] | None = None,
    stands: bool = False,
) -> Understanding:
    """Understand an instruction in English or Chinese as typed operations.

    Nothing is guessed silently and no part of a sentence is dropped: each clause is understood, and what was taken for
    granted stands in the notes, or the whole is refused.

    Args:
        text: what a person typed; at most 2,000 characters.
        materials: names or paths of the files at hand beside the clip; the text means them by path, name or stem, and
            the operations carry them as given here. Absolute paths in the text need not be among them.
        default_duration: the length of the clip in seconds, where it is known; needed to count from its end.
        length_of: how long the file of a path is, in seconds, infinity for a picture that stands; needed to count from
            the end of what was joined.
        stands: the clip is a picture that may be shown for any time.

    Raises:
        Refused: with a code (`vague`, `unsupported`, `ambiguous`, `contradiction`, `not_at_hand`), the words that were
            not understood, and a hint on what can be done, in the language of the text.
    """
    typed = read_text(text, materials)
    context = Context(typed.language, typed.marks, tuple(materials), default_duration, length_of, stands)
    if not re.search(r"\w|[\ue000-\uf8ff]", typed.words):
        raise refused("empty", context.language)
    if typed.asks and not _REQUEST.search(typed.words):
        raise refused("question", context.language, words=typed.marks.restore(typed.words))
    if typed.chooses:
        raise explain(typed.marks.restore(typed.words), context, choice=True)
    steps: list[Step] = []
    # Whether a time is in the clip is asked in its turn: until then any clip is long enough.
    clauses = _clauses(typed, replace(context, default_duration=default_duration and _LONG_ENOUGH))
    for at, said in enumerate(clauses):
        clause = _in_turn(said, steps, context, first=at == 0, alone=len(clauses) == 1)
        after = clause.after(steps)
        if after is None:
            raise _out_of_place(clause, steps, context)
        steps = after
    return understanding(steps, context)


@cache
def _phrasebook(language: Language) -> Phrasebook:
    return Phrasebook(language, _PHRASES[language], SLOTS)


def _clauses(typed: Text, context: Context) -> list[Clause]:
    """The pieces as clauses, each of as few pieces as possible.

    Raises:
        Refused: some piece is in no clause; what its values were refused for, else which words are not understood.
    """
    count = len(typed.pieces)
    refusals: dict[int, list[Refused]] = {at: [] for at in range(count)}
    ways: dict[int, list[Clause] | None] = {count: []}
    for first in reversed(range(count)):
        ways[first] = _from(first, typed, context, ways, refusals[first])
    found = ways[0] if count else []
    if found is not None:
        return found
    raise _not_understood(typed, context, refusals)


def _from(
    first: int, typed: Text, context: Context, ways: dict[int, list[Clause] | None], refusals: list[Refused]
) -> list[Clause] | None:
    """The clauses from this piece to the end, None where there is no way to read them.

    A list that says something by itself goes before a part of it that belongs to the words before: "keep the dog and
    the cat only" is not "keep the dog". What is one more of the same, like "the cat" after "remove the dog", is last.
    """
    best: list[Clause] | None = None
    for last in range(first, min(first + _LONGEST_CLAUSE, len(typed.pieces))):
        rest = ways[last + 1]
        if rest is None and last > first:
            continue
        alone = first == 0 and last == len(typed.pieces) - 1
        clause = _clause(typed.span(first, last), context, refusals, first=first == 0, alone=alone)
        if clause is None or rest is None:
            continue
        if best is None or (clause.steps and typed.is_list(first, last)):
            best = [replace(clause, then=typed.is_next(first)), *rest]
        if clause.steps or not clause.modifiers:
            break
    rest = ways[first + 1]
    if best is None and rest is not None and (also := typed.also(first)):
        clause = _clause(f"{also}{typed.span(first, first)}", context, [])
        best = [clause, *rest] if clause and clause.modifiers and not clause.steps else None
    return best


def _in_turn(clause: Clause, steps: Sequence[Step], context: Context, *, first: bool, alone: bool) -> Clause:
    """The clause read anew in the clip as it is by then.

    Raises:
        Refused: it says a time that is not in the clip as it is by then, or that is not known.
    """
    begins = clause.steps[0] if clause.steps else None
    if begins and isinstance(begins.action, Part):
        begins = replace(begins, of_what_is_left=is_of_what_is_left(begins.action, steps, then=clause.then))
        if begins.of_what_is_left:
            said = note("of_what_is_left", context.language, words=context.marks.restore(clause.words))
            begins = replace(begins, notes=(*begins.notes, said))
    if context.default_duration is None:
        return _with_first(clause, begins)
    before = steps if begins else steps[:-1]
    length = length_in_turn(context, before, begins or (steps[-1] if steps else None))
    refusals: list[Refused] = []
    now = replace(context, default_duration=length)
    if anew := _clause(clause.words, now, refusals, first=first, alone=alone):
        if begins and begins.of_what_is_left and anew.steps:
            notes = dict.fromkeys((*anew.steps[0].notes, *begins.notes[-1:]))
            return _with_first(anew, replace(anew.steps[0], of_what_is_left=True, notes=tuple(notes)))
        return anew
    if refusals:
        raise refusals[0]
    words = context.marks.restore(clause.words)
    if length is None:
        raise refused("length_unknown", context.language, words=words)
    raise refused("beyond_end", context.language, words=words, length=format_duration(length))


def _with_first(clause: Clause, step: Step | None) -> Clause:
    return replace(clause, steps=(step, *clause.steps[1:])) if step else clause


def _clause(
    words: str, context: Context, refusals: list[Refused], *, first: bool = False, alone: bool = False
) -> Clause | None:
    words = _without_fillers(words, context.language)
    if not words:
        return Clause("")
    return _phrasebook(context.language).clause(words, context, refusals, first=first, alone=alone)


@cache
def _fillers(language: Language) -> tuple[re.Pattern[str], re.Pattern[str]]:
    phrases = _PHRASES[language]
    edge = r"(?![a-z])" if language == "en" else ""
    before = re.compile(rf"(?:{'|'.join(phrases.before)}){edge}[ ,:]*", re.IGNORECASE)
    after = re.compile(rf"(?:(?:^|(?<=[^a-z])|(?<=\W))(?:{'|'.join(phrases.after)}))[ .!]*$", re.IGNORECASE)
    return before, after


def _without_fillers(words: str, language: Language) -> str:
    """The clause without polite words around it."""
    before, after = _fillers(language)
    while True:
        bare = words.strip(" .:")
        if match := before.match(bare):
            bare = bare[match.end() :]
        elif match := after.search(bare):
            bare = bare[: match.start()]
        bare = bare.strip(" ,")
        if bare == words:
            return bare
        words = bare


def _not_understood(typed: Text, context: Context, refusals: dict[int, list[Refused]]) -> Refused:
    """Why the text as a whole is refused: by the pieces that are in no clause even by themselves."""
    pieces = range(len(typed.pieces))
    unknown = [at for at in pieces if _clause(typed.span(at, at), context, [], first=at == 0) is None]
    unknown = unknown or list(pieces)
    if reasons := refusals[unknown[0]]:
        return reasons[0]
    if meant := _meant(typed, context):
        return refused("typo", context.language, words=context.marks.restore(typed.words), meant=meant)
    runs: list[list[int]] = []
    for at in unknown:
        if runs and runs[-1][-1] == at - 1:
            runs[-1].append(at)
        else:
            runs.append([at])
    words = [_without_fillers(typed.span(run[0], run[-1]), context.language) for run in runs]
    restored = [typed.marks.restore(part or typed.words) for part in words]
    alone = runs[0] == [0] and _clause(typed.span(0, 0), context, []) is not None
    partly = len(unknown) < len(typed.pieces)
    bare = runs[0][0] > 0 and _is_bare_title(typed.span(runs[0][0] - 1, runs[0][0] - 1), context)
    return explain(restored[0], context, others=restored[1:], alone=alone, partly=partly, after_bare_title=bare)


def _is_bare_title(words: str, context: Context) -> bool:
    """Whether this is a title without quotation marks; its words may go on after an "and"."""
    clause = _clause(words, context, [])
    titles = [step.action for step in clause.steps if isinstance(step.action, Title)] if clause else []
    return bool(titles) and not re.search(QUOTED_CLASS, words)


def _meant(typed: Text, context: Context) -> str | None:
    """What was typed with its typing errors mended, None where that is not understood either."""
    mended = mend(typed.words)
    if mended == typed.words:
        return None
    text = context.marks.restore(mended)
    try:
        interpret(text, materials=context.materials, default_duration=context.default_duration)
    except Refused:
        return None
    return text


def _out_of_place(clause: Clause, steps: Sequence[Step], context: Context) -> Refused:
    words = context.marks.restore(clause.words)
    if not steps:
        return explain(words, context, alone=True)
    key = "length_of_what" if re.fullmatch(DURATION, clause.words, re.IGNORECASE) else "does_not_go_with"
    return refused(key, context.language, words=words, before=steps[-1].words)
