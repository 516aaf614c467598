"""How a phrase is written as a template, and what is known of a clause that is matched; `phrasebook.py` matches it.

A template is plain words with four signs:

    (a|b)      one of these                     [a]        may be left out
    <name>     a list of words of the table     {name}     a value, read by the slot of that name
                                                {as:name}  the same, kept under another name

In an English template an article may stand at every space and at the start. A rule is a template with the function that
makes something of its values: a *head* makes the action of a clause, a *modifier* changes the action before it
("for 3 seconds", "and fill it with red"). A clause is one head and any number of modifiers around it; all of its words
must be used, or it is not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from clipline.errors import Refused
from clipline.studio.instructions.messages import note, refused
from clipline.studio.instructions.text import Marks
from clipline.studio.instructions.understanding import Language, Step

__all__ = ["NOTHING", "Build", "Context", "Heard", "Modify", "Phrases", "Slot", "Table"]


@dataclass(frozen=True, slots=True)
class Context:
    """What is known beside the words: the language, files at hand, their lengths and that of the clip, in seconds.

    `stands` says that the clip is a picture, which may be shown for any time.
    """

    language: Language
    marks: Marks
    materials: tuple[str, ...] = ()
    default_duration: float | None = None
    length_of: Callable[[str], float] | None = None
    stands: bool = False


@dataclass(slots=True)
class Heard:
    """A template matched: its words, the whole clause, its values by name, and the notes made on the way."""

    context: Context
    words: str
    whole: str
    values: dict[str, object] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def clause(self) -> str:
        """The whole clause as it was typed."""
        return self.context.marks.restore(self.whole)

    def __getitem__(self, name: str) -> object:
        return self.values[name]

    def get(self, name: str) -> object:
        """The value of this name, None where the template left it out."""
        return self.values.get(name)

    def note(self, key: str, **values: object) -> None:
        """Say that something was taken for granted."""
        self.notes.append(note(key, self.context.language, **values))

    def refused(self, key: str, **values: object) -> Refused:
        """The refusal of this key, about these words."""
        return refused(key, self.context.language, self.context.materials, **({"words": self.clause} | values))

    def step(self, action: object) -> Step:
        """This action with the notes so far."""
        return Step(action, tuple(self.notes), self.clause)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Slot:
    """A value in a template: the words that it may have, by language, and what they mean.

    `read` gives None where the words are none of its kind, so that another rule is tried. `sign` is a short expression
    of what stands in all such words, whatever the language; what lacks it need not be compared with a long one. Where
    `held` is given, it is asked whether such words may stand somewhere in others, which saves compiling the long one.
    """

    read: Callable[[str, Heard], object]
    en: str
    zh: str
    sign: str = ""
    held: Callable[[str], bool] | None = None


#: The action of a clause (or a list of several), None where its values do not fit.
Build: TypeAlias = Callable[[Heard], object | None]
#: The steps that take the place of the one before, or None where the modifier does not go with it.
Modify: TypeAlias = Callable[[Heard, Step], Sequence[Step] | None]
#: The action of a clause that asks for nothing, like "keep the sound".
NOTHING = object()
#: Rules as they are written: a function and its templates.
Table: TypeAlias = Sequence[tuple[Callable[..., object], Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Phrases:
    """How things are said in one language.

    Attributes:
        words: lists of words for `<name>`, themselves templates with `|`.
        heads: rules that make the action of a clause, tried in this order.
        modifiers: rules that change the action before them.
        openers: heads only where they are the whole instruction.
        otherwise: heads only where their words do not go with what was said before.
        before: regular expressions of what is said before a clause and asks for nothing.
        after: the same for what is said after one.
    """

    words: Mapping[str, str]
    heads: Table
    modifiers: Table
    openers: Table
    before: Sequence[str]
    after: Sequence[str]
    otherwise: Table = ()
