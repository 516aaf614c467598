"""What may be told of a text or a reply that somebody else made: short, in one line, and without what may be secret.

Nothing that a service says is trusted. Its words may hold a token, a signed address or codes that move a terminal's
cursor; a reply of a shape that nobody expected is told by its keys and types alone.
"""

from __future__ import annotations

import json
import re

from clipline.errors import ServiceError, redact
from clipline.values import JsonValue

__all__ = ["odd_reply", "one_line", "shape", "visible"]

#: Letters of a message that are told; of a key in a shape.
_LONGEST, _LONGEST_KEY = 200, 40
#: Members of an object, and levels, that a shape tells of.
_MEMBERS, _LEVELS = 12, 4

# Control codes, and those that turn the direction of writing around; a line feed and a tab may stay.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
#: What looks like a key, a token or a client id: long, with letters and digits mixed. Ids of sessions are digits only.
_OPAQUE = re.compile(
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|(?<![\w/+=.-])(?=[\w/+=.-]*\d)(?=[\w/+=.-]*[A-Za-z])[\w/+=-]{24,}(?:\.[\w/+=-]+)*"
)


def visible(text: str) -> str:
    """The text without codes that a terminal would obey; lines stay lines."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, longest: int = _LONGEST) -> str:
    """The text as it may stand in a message: one line, at most `longest` letters, nothing that looks like a secret."""
    plain = _OPAQUE.sub("…", redact(" ".join(visible(text[: 20 * longest]).split())))
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def shape(value: JsonValue) -> str:
    """What a JSON value looks like, told by keys and types and never by values: `{code: number, data: {id: text}}`."""
    return one_line(_shape(value, _LEVELS))


def _shape(value: JsonValue, levels: int) -> str:
    match value:
        case list():
            inside = "" if not value else _shape(value[0], levels - 1) if levels else "…"
            return f"[{inside}{', …' if len(value) > 1 else ''}]"
        case dict():
            names = list(value) if levels else []
            told = [f"{one_line(name, _LONGEST_KEY)}: {_shape(value[name], levels - 1)}" for name in names[:_MEMBERS]]
            return "{" + ", ".join(told if len(told) == len(value) else [*told, "…"]) + "}"
        case str():
            return "text" if value else "empty text"
        case bool() | None:
            return json.dumps(value)
        case _:
            return "number"


def odd_reply(what: str, seen: str) -> ServiceError:
    """The error for a reply that clipline does not understand: never a success, never a reason to send again.

    Args:
        what: what was asked for, like `the session`.
        seen: what came instead, already safe to tell (`shape`, `one_line`).
    """
    return ServiceError(
        f"the service answered in an unknown way about {what}: {seen}",
        code="odd_reply",
        retry="never",
        hint="run `clipline probe --backend nemo` and report its transcript, or check that `nemo.api_url` is right",
    )
