"""Matches a clause against the phrases of a language: modifiers are taken off until the rest is a head."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from clipline.errors import Refused
from clipline.studio.instructions.grammar import NOTHING, Context, Heard, Modify, Phrases, Slot, Table
from clipline.studio.instructions.numbers import COMPOUND, NoLengthError
from clipline.studio.instructions.templates import Template
from clipline.studio.instructions.text import FILE_CLASS, QUOTED_CLASS
from clipline.studio.instructions.understanding import ExportWish, Language, Step

__all__ = ["Clause", "Phrasebook"]

#: Longer clauses are not looked at; nobody says one thing in so many words.
_LONGEST_CLAUSE = {"en": 300, "zh": 120}
_MOST_MODIFIERS = 8
#: Ways to take modifiers off a clause; real ones need a handful.
_MOST_TRIES = 20
#: Longer stretches are no modifiers.
_LONGEST_MODIFIER = {"en": 100, "zh": 40}

_FILE_NAME = re.compile(rf"\.[a-z0-9]{{2,4}}\b|{QUOTED_CLASS}|{FILE_CLASS}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rule:
    template: Template
    make: Callable[..., object]


@dataclass(frozen=True, slots=True)
class _Modifier:
    """A modifier with its values; applied to the step before it."""

    heard: Heard
    modify: Modify


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause understood: its own steps, or modifiers alone, which belong to the step before.

    With both, the steps are those where the modifiers do not go with the step before. `then` says that this word or
    one like it stands before the clause.
    """

    words: str
    steps: tuple[Step, ...] = ()
    modifiers: tuple[tuple[_Modifier, ...], ...] = ()
    then: bool = False

    def after(self, steps: Sequence[Step]) -> list[Step] | None:
        """The steps so far with this clause, None where its modifiers do not go with the last of them."""
        modified = _modified(steps, self.modifiers) if self.modifiers else None
        if modified is None and (self.steps or not self.modifiers):
            return [*steps, *self.steps]
        return modified


def _modified(steps: Sequence[Step], modifiers: Sequence[Sequence[_Modifier]]) -> list[Step] | None:
    """The steps with each modifier applied to the last one; each is given in all the ways it can be read."""
    done = list(steps)
    for readings in modifiers:
        changed = None
        for at in range(len(done) - 1, -1, -1):
            changed = next((new for m in readings if (new := m.modify(m.heard, done[at])) is not None), None)
            if changed is not None:
                done[at : at + 1] = changed
                done[:at] = _alike(done[:at], changed, readings)
                break
            if not isinstance(done[at].action, ExportWish):
                break
        if changed is None:
            return None
    return done


def _alike(before: list[Step], changed: Sequence[Step], readings: Sequence[_Modifier]) -> list[Step]:
    """The steps before, those said together changed alike: "remove the dog and the cat, fill them with red"."""
    last = changed[0]
    at = len(before) - 1
    while len(changed) == 1 and at >= 0 and _are_said_together(before[at], last):
        last = before[at]
        new = next((new for m in readings if (new := m.modify(m.heard, last)) is not None), None)
        before[at : at + 1] = new or [last]
        at -= 1
    return before


def _are_said_together(one: Step, other: Step) -> bool:
    return type(one.action) is type(other.action) and (other.goes_on or one.words == other.words)


@dataclass(slots=True)
class _Attempt:
    """One clause being read: what values were refused for, which rests were tried, which modifiers read."""

    whole: str
    context: Context
    refusals: list[Refused]
    tried: set[str] = field(default_factory=set)
    read: dict[str, tuple[_Modifier, ...]] = field(default_factory=dict)


class Phrasebook:
    """The phrases of one language, compiled; the language decides about spaces and articles."""

    def __init__(self, language: Language, phrases: Phrases, slots: Mapping[str, Slot]) -> None:
        self._language = language
        self._slots = slots

        def rules(table: Table) -> tuple[_Rule, ...]:
            return tuple(
                _Rule(Template(text, language, phrases.words, slots), make) for make, texts in table for text in texts
            )

        self._heads = rules(phrases.heads)
        self._openers = rules(phrases.openers)
        self._otherwise = rules(phrases.otherwise)
        self._modifiers = rules(phrases.modifiers)

    def clause(
        self, words: str, context: Context, refusals: list[Refused], *, first: bool = False, alone: bool = False
    ) -> Clause | None:
        """Read one clause; what its values were refused for is added to `refusals`.

        Args:
            words: the clause, without fillers.
            context: what is known beside the words.
            refusals: gets what values were refused for.
            first: nothing stands before it that a modifier could belong to.
            alone: it is the whole instruction, so that what would be a modifier elsewhere is a head.
        """
        if not words or len(words) > _LONGEST_CLAUSE[self._language]:
            return None
        attempt = _Attempt(words, context, refusals)
        if alone and (steps := next(self._steps(self._openers, words, attempt), None)):
            return Clause(words, tuple(steps))
        found = self._with_modifiers(words, (), attempt)
        if (found is None or not found.steps) and (steps := next(self._steps(self._otherwise, words, attempt), None)):
            found = Clause(words, tuple(steps), found.modifiers if found else ())
        return None if found and first and not found.steps else found

    def _with_modifiers(
        self, words: str, modifiers: tuple[tuple[_Modifier, ...], ...], attempt: _Attempt
    ) -> Clause | None:
        """Take modifiers off both ends, the longest first, until the rest is a head, or is a modifier itself."""
        if words in attempt.tried or len(attempt.tried) > _MOST_TRIES:
            return None
        attempt.tried.add(words)
        room = len(modifiers) < _MOST_MODIFIERS
        lower = words.lower()
        rules = [rule for rule in self._modifiers if rule.template.possible(lower)] if room else []
        headless: Clause | None = None
        for rest, taken in self._splits(words) if rules else ():
            if taken not in attempt.read:
                attempt.read[taken] = tuple(self._readings(rules, taken, attempt))
            readings = attempt.read[taken]
            found = self._with_modifiers(rest, (readings, *modifiers), attempt) if readings else None
            if found and found.steps:
                return found
            headless = headless or found
        for heads in self._steps(self._heads, words, attempt):
            steps = _modified(heads, modifiers)
            if steps is not None:
                return Clause(attempt.whole, tuple(steps))
        # All of the words as one modifier say more than parts of them as several.
        if alone := tuple(self._readings(rules, words, attempt)):
            headless = Clause(attempt.whole, (), (alone, *modifiers))
        return headless

    def _splits(self, words: str) -> Iterator[tuple[str, str]]:
        """Each way to take what may be a modifier off: the rest, and the modifier."""
        longest = _LONGEST_MODIFIER[self._language]
        whole = [match.span() for match in COMPOUND.finditer(words)]
        within = {at for start, end in whole for at in range(start + 1, end)}
        for at in range(max(1, len(words) - longest), len(words)):
            if at not in within and self._may_split(words, at):
                yield words[:at].strip(" ,"), words[at:].strip()
        if self._language == "zh":  # "在顶部加标题": what modifies stands before
            for end in range(min(longest, len(words) - 1), 0, -1):
                if end not in within and self._may_split(words, end):
                    yield words[end:].strip(), words[:end].strip()

    def _may_split(self, words: str, at: int) -> bool:
        if self._language == "en":
            return words[at - 1] == " " or words[at] == ","
        return not (words[at - 1].isascii() and words[at].isascii() and words[at - 1].isalnum() and words[at].isalnum())

    def _readings(self, rules: Sequence[_Rule], words: str, attempt: _Attempt) -> Iterator[_Modifier]:
        complaints: list[Refused] = []
        for rule in rules:
            if heard := self._hear(rule, words, attempt, complaints):
                yield _Modifier(heard, rule.make)  # type: ignore[arg-type]
        # Any words of a modifier could be those of a file; only what looks like its name is worth the complaint.
        attempt.refusals += [r for r in complaints if r.code != "not_at_hand" or _FILE_NAME.search(words)]

    def _steps(self, heads: Sequence[_Rule], words: str, attempt: _Attempt) -> Iterator[list[Step]]:
        """The steps of each head that these words match."""
        for rule in heads:
            heard = self._hear(rule, words, attempt, attempt.refusals)
            if heard is None:
                continue
            try:
                action = rule.make(heard)
            except Refused as refusal:
                attempt.refusals.append(refusal)
                continue
            if action is not None:
                actions = action if isinstance(action, list) else [action]
                yield [heard.step(None if one is NOTHING else one) for one in actions]

    def _hear(self, rule: _Rule, words: str, attempt: _Attempt, refusals: list[Refused]) -> Heard | None:
        """Match one rule and read its values."""
        match = rule.template.fullmatch(words)
        if match is None:
            return None
        heard = Heard(attempt.context, words, attempt.whole)
        for name, slot in rule.template.slots:
            if match[name] is None:
                continue
            try:
                value = self._slots[slot].read(match[name].strip(), heard)
            except Refused as refusal:
                refusals.append(refusal)
                return None
            except NoLengthError:
                return None
            if value is None:
                return None
            heard.values[name] = value
        return heard
