"""Asks a person on a terminal what an unclear sentence means: by a number, a name, or the sentence anew."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from clipline.cli import console, failures
from clipline.cli.session import Session
from clipline.errors import Choice, CliplineError, InputError
from clipline.values import JsonObject

__all__ = [
    "NAME_TAKEN",
    "UNCLEAR",
    "agreed",
    "can_ask",
    "meant",
    "sentence_meant",
    "tell_choices",
    "unclear",
    "until_clear",
    "where_taken",
]

#: The code of the error that a sentence with several meanings is refused with.
UNCLEAR = "ambiguous"

#: The hint of an error that the name after -o is taken.
NAME_TAKEN = "add --overwrite to replace it, or name another file with -o"
_YES = {"y", "yes", "是", "好", "对"}

_T = TypeVar("_T")


def can_ask(session: Session) -> bool:
    """Whether a person is there to answer."""
    return not session.as_json and console.is_terminal(sys.stdin) and console.is_terminal(sys.stderr)


def until_clear(
    session: Session, work: Callable[[str], _T], sentence: str, errors_of: Callable[[_T], Iterable[JsonObject]]
) -> _T:
    """Do the work; where the sentence can mean several things, ask the person which, if there is one.

    Raises:
        CliplineError: `work` did; nobody is there to ask, or it is about something else.
    """
    while True:
        try:
            done = work(sentence)
            if not can_ask(session) or (refusal := unclear(errors_of(done))) is None:
                return done
        except CliplineError as error:
            if error.code != UNCLEAR or not can_ask(session):
                raise
            sentence = sentence_meant(error)
        else:
            sentence = sentence_meant(refusal)


def where_taken(session: Session, work: Callable[[bool], _T], *, overwrite: bool) -> _T:
    """Do the work, told whether to replace the file that is named; where one is there, ask the person, if there is one.

    Raises:
        CliplineError: `work` did; nobody is there to ask, or the file is to stay.
    """
    try:
        return work(overwrite)
    except CliplineError as error:
        if error.code != "exists" or not agreed(session, error):
            raise
    return work(True)


def agreed(session: Session, taken: CliplineError) -> bool:
    """Whether a person is there who says that the file with a name that is taken may go."""
    if not can_ask(session):
        return False
    console.talk(console.plain(taken.message))
    return console.ask("replace it (yes or no)").casefold() in _YES


def unclear(errors: Iterable[JsonObject]) -> InputError | None:
    """The error of a run that ended since it was not clear what was meant; None where it ended otherwise."""
    for error in errors:
        if error.get("code") == UNCLEAR:
            choices = [_choice(each) for each in error.get("choices") or ()]
            return InputError(str(error["message"]), code=UNCLEAR, hint=str(error.get("hint") or ""), choices=choices)
    return None


def _choice(said: Mapping[str, str]) -> Choice:
    return Choice(said["label"], said["sentence"])


def sentence_meant(refusal: CliplineError) -> str:
    """Tell what is not clear, and read what is meant."""
    if not refusal.choices:
        failures.complain(refusal)
        return console.ask("what should be done")
    tell_choices(refusal)
    while True:
        answer = console.ask("which one (its number or name, or the whole sentence anew)")
        if sentence := meant(answer, refusal.choices):
            return sentence
        console.talk(f"there is no {answer}: from 1 to {len(refusal.choices)}")


def tell_choices(refusal: CliplineError) -> None:
    """Name what may be meant, with numbers."""
    console.talk(f"{console.style('unclear:', 'warning')} {console.plain(refusal.message)}")
    for number, choice in enumerate(refusal.choices, 1):
        console.talk(f"  {number}  {console.plain(choice.label)}")


def meant(answer: str, choices: Sequence[Choice]) -> str | None:
    """The sentence of the choice that an answer names, else the answer as a sentence; None for a wrong number."""
    if answer.isdecimal():
        return choices[int(answer) - 1].sentence if 1 <= int(answer) <= len(choices) else None
    said = answer.casefold()
    by_label = [
        choice for choice in choices if said in (choice.label.casefold(), choice.label.casefold().rpartition(".")[0])
    ]
    return by_label[0].sentence if len(by_label) == 1 else answer
