"""What the service's replies say, as values. Nothing of a reply is trusted: each reader takes any JSON object.

A part that clipline cannot do without and that is missing, or not what it should be, makes an `odd_reply` error that
tells the reply's shape. Everything else falls back to "not told".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from clipline.nemo.fields import amount, identity, moment, number, text_of
from clipline.nemo.json_text import NotJson, decoded, member, parse
from clipline.nemo.oddities import odd_reply, one_line, shape
from clipline.values import JsonObject, JsonValue, Secret

__all__ = [
    "Credits",
    "NemoSession",
    "RemoteState",
    "RenderState",
    "TokenGrant",
    "UploadedFile",
    "read_claim",
    "read_credits",
    "read_render",
    "read_session",
    "read_state",
    "read_token",
    "read_uploads",
]


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """An anonymous account: its token, its credits, and when the token ends (seconds since 1970; 0.0 = not told)."""

    token: Secret
    user_id: str
    credits: int
    expires_at: float


@dataclass(frozen=True, slots=True)
class NemoSession:
    """A session: its id (19 digits as text), the task it belongs to, and the account where the reply told it."""

    session_id: str
    task_id: str
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as the service took it: seconds, pixels, frames a second; 0 and "" where not told."""

    filename: str
    file_type: str = ""
    duration: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Credits:
    """What an account has: `available` to spend, `frozen` for work in progress, `total`."""

    available: int
    frozen: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class RenderState:
    """How far a render is.

    `status` is the service's word in lower case; `progress` is 0 to 100, None where not told; `url` is signed, so it is
    a secret; `error` is safe to tell.
    """

    status: str
    progress: float | None = None
    url: Secret | None = field(default=None, repr=False)
    error: str = ""

    @property
    def done(self) -> bool:
        """Whether the file is there: completed without an address is not done."""
        return self.status == "completed" and self.url is not None

    @property
    def failed(self) -> bool:
        """Whether it has ended without a file."""
        return self.status in {"failed", "cancelled", "canceled"}


@dataclass(frozen=True, slots=True)
class RemoteState:
    """A session's state: `draft` is its JSON text byte for byte ("" where there is none), `generated` counts media."""

    draft: str = field(default="", repr=False)
    video_names: tuple[str, ...] = ()
    generated: int = 0
    user_id: str = ""


# --- readers ---------------------------------------------------------------------------------------------------------


def read_token(data: JsonObject) -> TokenGrant:
    """Read the reply to a request for an anonymous token.

    Raises:
        ServiceError: `odd_reply`; there is no token that could be sent in a header.
    """
    token = data.get("token")
    if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]{1,4096}", token):
        raise odd_reply("a new token", shape(dict(data)))
    return TokenGrant(
        Secret(token), identity(data.get("user_id")), int(number(data.get("credits"))), moment(data.get("expires_at"))
    )


def read_session(data: JsonObject) -> NemoSession:
    """Read the reply to a new session. An id that came as a number keeps all its digits.

    Raises:
        ServiceError: `odd_reply`; there is no session id.
    """
    session = identity(data.get("session_id"))
    if not session:
        raise odd_reply("a new session", shape(dict(data)))
    return NemoSession(session, identity(data.get("task_id")), identity(data.get("user_id")))


def read_claim(data: JsonObject) -> str:
    """Read a claim token, which goes into a link that a person opens.

    Raises:
        ServiceError: `odd_reply`; there is none.
    """
    token = data.get("claim_token")
    if not isinstance(token, str) or not re.fullmatch(r"[A-Za-z0-9_.~+/=-]{1,1024}", token):
        raise odd_reply("the claim link", shape(dict(data)))
    return token


def read_uploads(data: JsonObject) -> tuple[UploadedFile, ...]:
    """Read what became of uploaded files, in the order of the reply.

    Raises:
        ServiceError: `odd_reply`; there is no list of files with names.
    """
    files = data.get("files")
    if not isinstance(files, list) or not all(isinstance(file, dict) and text_of(file, "filename") for file in files):
        raise odd_reply("the uploaded files", shape(dict(data)))
    return tuple(
        UploadedFile(
            filename=text_of(file, "filename"),
            file_type=text_of(file, "file_type"),
            duration=number(file.get("duration")),
            width=int(number(file.get("width"))),
            height=int(number(file.get("height"))),
            fps=number(file.get("fps")),
            hash=text_of(file, "hash"),
        )
        for file in files
    )


def read_credits(data: JsonObject) -> Credits:
    """Read the balance; a part of a credit counts for nothing.

    Raises:
        ServiceError: `odd_reply`; there is no number available.
    """
    available = amount(data.get("available"))
    if available is None:
        raise odd_reply("the credits", shape(dict(data)))
    return Credits(available, amount(data.get("frozen")) or 0, amount(data.get("total")) or 0)


def read_render(body: JsonObject | bytes) -> RenderState:
    """Read the state of a render, in any of its three forms: with `data`, with a code and `data`, or at the top.

    Raises:
        ServiceError: `odd_reply`; there is no status.
    """
    whole = _object(body, "the render") if isinstance(body, bytes) else body
    inner = whole.get("data")
    data: JsonObject = inner if isinstance(inner, dict) else whole
    status = data.get("status")
    if not isinstance(status, str) or not status.strip():
        raise odd_reply("the render", shape(dict(whole)))
    progress = data.get("progress")
    told = isinstance(progress, (int, float)) and not isinstance(progress, bool)
    return RenderState(
        status=one_line(status.strip().lower(), 40),
        progress=min(100.0, number(progress)) if told else None,
        url=_url(data),
        error=_reason(data.get("error")),
    )


def read_state(body: bytes) -> RemoteState:
    """Read the body of a reply about a session's state; the draft is cut out of it byte for byte.

    Raises:
        ServiceError: `odd_reply`; there is no state.
    """
    whole = _object(body, "the session's state")
    inner = whole.get("data")
    data: JsonObject = inner if isinstance(inner, dict) else whole
    if "state" not in data or not isinstance(data["state"], (dict, type(None))):
        raise odd_reply("the session's state", shape(dict(whole)))
    state = data["state"] or {}
    return RemoteState(
        draft=_draft_text(decoded(body), *(["data"] if data is inner else []), "state", "draft"),
        video_names=_names(state.get("video_infos")),
        generated=_how_many(state.get("generated_media")),
        user_id=identity(data.get("user_id")) or identity(whole.get("user_id")),
    )


# --- parts -----------------------------------------------------------------------------------------------------------


def _object(body: bytes, what: str) -> dict[str, Any]:
    try:
        value = parse(body)
    except NotJson:
        raise odd_reply(what, "no JSON") from None
    if not isinstance(value, dict):
        raise odd_reply(what, shape(value))
    return value


def _draft_text(text: str, *path: str) -> str:
    inside: str | None = text
    for name in path:
        inside = member(inside, name) if inside is not None else None
    return "" if inside is None or inside == "null" else inside


def _url(data: JsonObject) -> Secret | None:
    output = data.get("output")
    inner = output.get("url") if isinstance(output, dict) else output
    for url in (data.get("outputUrl"), data.get("output_url"), inner):
        if isinstance(url, str) and re.fullmatch(r"https?://[\x21-\x7e]+", url):
            return Secret(url)
    return None


def _reason(value: JsonValue) -> str:
    if isinstance(value, dict):
        value = next((value[key] for key in ("message", "error", "code") if value.get(key)), None)
    return one_line(value) if isinstance(value, str) else ""


def _names(infos: object) -> tuple[str, ...]:
    if isinstance(infos, dict):
        infos = list(infos.values()) if all(isinstance(info, dict) for info in infos.values()) else list(infos)
    names = []
    for info in infos if isinstance(infos, list) else ():
        named = info if isinstance(info, dict) else {"filename": info}
        names.append(next(filter(None, (text_of(named, key) for key in ("filename", "name", "title"))), ""))
    return tuple(filter(None, names))


def _how_many(media: object) -> int:
    if isinstance(media, (list, dict)):
        return len(media)
    return int(number(media))
