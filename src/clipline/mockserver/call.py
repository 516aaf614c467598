"""One call on its way through the mock, and how its body is read."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clipline.mockserver import accounts, uploads
from clipline.mockserver.envelope import Refusal
from clipline.mockserver.inbound import Body, Head
from clipline.mockserver.later import Effect, Prepared
from clipline.mockserver.model import Token
from clipline.mockserver.renders import RenderJobs
from clipline.mockserver.striking import Strikes
from clipline.mockserver.world import World

__all__ = ["Call", "Route", "missing", "read_json", "read_nothing", "read_upload", "spoken"]

_JSON_LIMIT = 64 * 1024 * 1024


@dataclass(slots=True)
class Call:
    """One request on its way through a route.

    Attributes:
        address: where it came from.
        arguments: what its path names.
        tick: looks, while a stream goes on, after effects that are due, and whether the client is still there.
        local: whether files of this machine may be named.
        data: what `read` made of the body.
        effect: what `act` is to bring about.
    """

    world: World
    jobs: RenderJobs
    head: Head
    body: Body
    address: str
    arguments: Mapping[str, str]
    strikes: Strikes
    tick: Callable[[], None]
    local: bool
    data: Any = None
    effect: Effect | None = None

    @property
    def session_id(self) -> str:
        """The session that the path, the body or the render names."""
        body = self.data if isinstance(self.data, dict) else {}
        render = self.world.state.renders.get(self.arguments.get("render", ""))
        named = self.arguments.get("session") or body.get("session_id") or body.get("sessionId")
        return str(named or (render.session_id if render else ""))

    def token(self) -> Token:
        """Whose request it is.

        Raises:
            Refusal: nobody's (1001).
        """
        return accounts.authenticate(self.world, self.head.headers)

    def settle(self) -> None:
        """Let its effect come, if it has one."""
        if self.effect:
            self.effect.settle()


@dataclass(frozen=True, slots=True)
class Route:
    """A call of the service: `read` takes the body, `act` answers it."""

    name: str
    methods: tuple[str, ...]
    pattern: re.Pattern[str]
    read: Callable[[Call], None]
    act: Callable[[Call], Prepared]


# --- reading ---------------------------------------------------------------------------------------------------------


def read_nothing(call: Call) -> None:
    """Pass over a body that the call does not need."""
    while call.body.read():
        pass


def read_json(call: Call) -> None:
    """Take a JSON body.

    Raises:
        Refusal: it is no JSON (422).
    """
    call.data = _loaded(call.body.whole(_JSON_LIMIT))


def _loaded(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        wrong = [{"type": "json_invalid", "loc": ["body", 0], "msg": "JSON decode error", "input": {}}]
        raise Refusal(422, f"bad JSON: {error}", detail=wrong) from None


def read_upload(call: Call) -> None:
    """Take a multipart body, its files to the disk, or a JSON body with URLs."""
    content_type = call.head.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/"):
        read_json(call)
        return
    limit = call.world.options.upload_limit
    call.data = uploads.parse_multipart(call.body, content_type, call.world.store.media, limit)


def spoken(data: Any) -> tuple[str, str]:
    """The session and the text of a message.

    Raises:
        Refusal: the body is something else (422).
    """
    body = data if isinstance(data, dict) else {}
    for name in ("app_name", "user_id", "session_id"):
        if not isinstance(body.get(name), str):
            raise Refusal(422, f"{name} is required", detail=missing(name))
    message = body.get("new_message")
    parts = message.get("parts") if isinstance(message, dict) else None
    given = [part.get("text") for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    texts = [text for text in given if isinstance(text, str)]
    if not texts:
        raise Refusal(422, "new_message.parts is required", detail=missing("new_message"))
    return body["session_id"], "\n".join(texts)


def missing(name: str) -> list[dict[str, Any]]:
    """ADK's words for a field that is not there."""
    return [{"type": "missing", "loc": ["body", name], "msg": "Field required"}]
