"""Says a refusal or a note in the language of the instruction; their words stand in `refusals.py` and `notes.py`."""

from __future__ import annotations

from collections.abc import Sequence

from clipline.errors import Refused
from clipline.studio.instructions.capabilities import hint
from clipline.studio.instructions.notes import NOTES
from clipline.studio.instructions.refusals import REFUSALS
from clipline.studio.instructions.understanding import Language

__all__ = ["names_no_object", "note", "reason", "refused"]


def refused(key: str, language: Language, at_hand: Sequence[str] = (), **values: object) -> Refused:
    """The refusal of this key in this language; its hint is what is nearest to it, with files that are at hand."""
    code, english, chinese, nearest = REFUSALS[key]
    message = (english if language == "en" else chinese).format(**values)
    return Refused(message, code=code, hint=hint(language, nearest, at_hand))


def reason(key: str, language: Language) -> str:
    """Why, without the words that it is about; of refusals that begin with these."""
    return REFUSALS[key][1 if language == "en" else 2].partition("”")[2].lstrip(":： ")


def names_no_object(error: Refused) -> bool:
    """Whether this is the refusal of words that say what is done to objects, and name none."""
    return any(form.partition("{words}")[2] in error.message for form in REFUSALS["objects"][1:3])


def note(key: str, language: Language, **values: object) -> str:
    """The note of this key in this language."""
    english, chinese = NOTES[key]
    return (english if language == "en" else chinese).format(**values)
