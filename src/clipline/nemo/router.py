"""Where what a person types goes: to the export, the credits, the state, an upload, or to the agent as a message.

Only a request *for* the thing itself goes elsewhere than to the agent. So a sentence is taken apart into clauses, and
every one of them must be such a request as a whole: "export it, please" is one, "add a download icon" is none, and
"remove the man and export it" has an edit in it that only the agent can do. The clauses are in `requests.py`.
"""

from __future__ import annotations

import re
from typing import Literal

from clipline.nemo.failures import UPLOAD_FORMATS
from clipline.nemo.requests import FILLER, FORMS, MORE_OF_AN_EXPORT, VAGUE, compiled
from clipline.nemo.wording import clauses, normal

__all__ = ["Destination", "language_of", "route", "vague"]

Destination = Literal["export", "credits", "status", "upload", "message"]

_PLACES: tuple[Destination, ...] = ("export", "credits", "status", "upload")

_ENDINGS = "|".join([*UPLOAD_FORMATS, "jpeg", "m4v"])
_FILE = rf"""(?:file://)?(?:[^\s"'<>|,，。]|\\ )+\.(?:{_ENDINGS})|"[^"\n]+\.(?:{_ENDINGS})"|'[^'\n]+\.(?:{_ENDINGS})'"""
_PATH = rf"""(?:~|\.{{1,2}}|[a-z]:)?[/\\][^\n"'<>|]*\.(?:{_ENDINGS})"""
_HERE_IS = (
    r"(?:upload|import|use|add|here(?:'s| is| are)|take|open|上传|导入|这是)"
    r"(?: (?:my|the|this|a))?(?: (?:video|clip|file|files))?:?\s*"
)
#: A file that is handed over: its path, as it is typed or as a terminal pastes it, or an address to fetch it from.
_FILES = re.compile(
    rf"(?:{_HERE_IS})?(?:(?:{_FILE})(?:[\s,]+(?:and )?(?:{_FILE}))*|{_PATH})"
    r"|(?:upload|import|上传|导入)\s*(?:https?://\S+|[~./\\]\S*)(?:\s+https?://\S+)*"
)
#: Letters of the longest request that is not for the agent; whoever writes more describes something.
_LONGEST = 400


def route(text: str) -> Destination:
    """Where a sentence in English or Chinese goes; whatever is not plainly a request for one thing is a message."""
    plain = normal(text[: 2 * _LONGEST])
    if len(plain) > _LONGEST:
        return "message"
    if _FILES.fullmatch(plain):
        return "upload"
    found: Destination | None = None
    for clause in clauses(plain):
        if _is(FILLER, clause) or (found == "export" and _is(MORE_OF_AN_EXPORT, clause)):
            continue
        place = _place(clause)
        if place is None:
            return "message"
        found = found or place
    return found or "message"


def _place(clause: str) -> Destination | None:
    if _FILES.fullmatch(clause):
        return "upload"
    return next((place for place in _PLACES if _is(FORMS[place], clause)), None)


def _is(forms: tuple[str, ...], clause: str) -> bool:
    return compiled(forms).fullmatch(clause) is not None


def vague(text: str) -> bool:
    """Whether an instruction names neither what is to be edited nor how: "make it better", "弄好看点"."""
    if len(text) > _LONGEST:
        return False
    said = [clause for clause in clauses(normal(text)) if not _is(FILLER, clause)]
    return all(_is(VAGUE, clause) for clause in said)


_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|《[^》]*》|(?<!\w)'[^']*'(?!\w)")
_SIGN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[A-Za-z]+")


def language_of(text: str) -> Literal["en", "zh"]:
    """The language of an instruction, by its script; words in quotes may be of any language and do not count.

    Who begins in one language and drops in words of another asks in the first.
    """
    signs = _SIGN.findall(_QUOTED.sub(" ", text)) or _SIGN.findall(text)
    if not signs:
        return "en"
    chinese = sum(1 for sign in signs if sign > "\u3000")
    lead = 2 if signs[0] > "\u3000" else -2
    return "zh" if chinese + lead >= len(signs) - chinese else "en"
