"""From what an agent does to the bytes of its event stream, in both dialects of the service.

`adk` is what a real ADK server sends: `data: {json}` and a blank line, nothing else, in camelCase, characters beyond
ASCII as they are (U+2028 too), and the end of the connection as the end. `vendor` is the service's older reference:
objects told by their `type`, which know neither partial texts, thoughts nor changes of state; these are left out.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from clipline.values import JsonObject

__all__ = [
    "Beat",
    "BeatForm",
    "Call",
    "Delta",
    "Emission",
    "Fail",
    "FailForm",
    "Ids",
    "Pause",
    "Raw",
    "Result",
    "Say",
    "encode",
]

BeatForm = Literal["typed", "word", "bare", "empty", "comment"]
FailForm = Literal["json", "broken", "event"]


@dataclass(frozen=True, slots=True)
class Say:
    """Text. After `partial` ones comes the whole; a `thought` is not meant for the person; `last` ends the turn."""

    text: str
    partial: bool = False
    thought: bool = False
    last: bool = False
    delta: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """The agent uses a tool."""

    name: str
    args: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """A tool has answered the last call of its name; `delta` is what it changed in the session's state."""

    name: str
    response: JsonObject = field(default_factory=dict)
    delta: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delta:
    """The session's state changes, and nothing is said."""

    delta: JsonObject


@dataclass(frozen=True, slots=True)
class Beat:
    """A sign of life: `{"type":"heartbeat"}`, the word as data, the bare word, empty data, or a comment line."""

    form: BeatForm = "typed"


@dataclass(frozen=True, slots=True)
class Fail:
    """An error in the middle of the stream: an object with `error`, the same as broken JSON, or an ADK event."""

    code: str
    message: str
    form: FailForm = "json"


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing is sent for so many seconds; whoever writes the stream waits."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Raw:
    """These bytes."""

    data: bytes


Emission: TypeAlias = Say | Call | Result | Delta | Beat | Fail | Pause | Raw


class Ids:
    """What makes two streams of the same words differ: ids and times.

    Args:
        invocation: of the turn, `e-…`.
        fresh: makes an id, for events and calls.
        now: seconds since 1970.
    """

    def __init__(self, invocation: str, fresh: Callable[[], str], now: Callable[[], float]) -> None:
        self.invocation, self.fresh, self.now = invocation, fresh, now
        self._calls: dict[str, str] = {}

    @classmethod
    def seeded(cls, rng: random.Random, now: Callable[[], float]) -> Ids:
        """Ids that `rng` decides."""

        def fresh() -> str:
            return str(uuid.UUID(int=rng.getrandbits(128), version=4))

        return cls(f"e-{fresh()}", fresh, now)

    def called(self, name: str) -> str:
        """An id for a call of this tool."""
        self._calls[name] = f"call-{self.fresh()[:8]}"
        return self._calls[name]

    def answered(self, name: str) -> str:
        """The id of the last call of this tool."""
        return self._calls.get(name) or self.called(name)


def encode(emission: Emission, dialect: str, ids: Ids) -> bytes:
    """The bytes of one emission; none for a pause, and for what the dialect does not know.

    Args:
        emission: what happens.
        dialect: `adk` or `vendor`.
        ids: of this turn; the same for all its emissions.
    """
    match emission:
        case Raw(data=data):
            return data
        case Pause():
            return b""
        case Beat(form=form):
            return _BEATS[form]
        case Fail(form="json" | "broken"):
            return _fail(emission)
        case _:
            event = _adk(emission, ids) if dialect == "adk" else _vendor(emission)
            return _data(event) if event else b""


_BEATS: Mapping[BeatForm, bytes] = {
    "typed": b'data: {"type":"heartbeat"}\n\n',
    "word": b"data: heartbeat\n\n",
    "bare": b"heartbeat\n\n",
    "empty": b"data:\n\n",
    "comment": b": heartbeat\n\n",
}
assert set(_BEATS) == set(get_args(BeatForm))


def _data(event: Mapping[str, Any]) -> bytes:
    # A lone surrogate, which JSON can carry and UTF-8 cannot, becomes a question mark.
    return b"data: " + json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n\n"


def _fail(fail: Fail) -> bytes:
    if fail.form == "json":
        return _data({"error": fail.message, "error_details": {"code": fail.code}})
    # As a server does it that puts a message between quotation marks without looking at it.
    return f'data: {{"error": "{fail.message}", "error_details": {{\'code\': \'{fail.code}\'}}}}\n\n'.encode()


# --- ADK -------------------------------------------------------------------------------------------------------------


def _adk(emission: Emission, ids: Ids) -> dict[str, Any]:
    """An event with its keys in the order of a real server."""
    part: dict[str, Any]
    match emission:
        case Say(text=text, partial=partial, thought=thought, last=last, delta=delta):
            flags = ({"partial": True} if partial else {}) | ({"turnComplete": True} if last else {})
            part = {"text": text} | ({"thought": True} if thought else {})
            return _event({**_content(part), **flags}, ids, delta=delta)
        case Call(name=name, args=args):
            part = {"functionCall": {"id": ids.called(name), "args": args, "name": name}}
            return _event(_content(part), ids, more={"longRunningToolIds": []})
        case Result(name=name, response=response, delta=delta):
            part = {"functionResponse": {"id": ids.answered(name), "name": name, "response": response}}
            return _event(_content(part), ids, delta=delta)
        case Delta(delta=delta):
            return _event({}, ids, delta=delta)
        case Fail(code=code, message=message):
            return _event({"errorCode": code, "errorMessage": message}, ids)
        case _:
            raise AssertionError(f"{emission} is no event")


def _content(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"content": {"parts": [part], "role": "model"}}


def _event(
    head: Mapping[str, Any], ids: Ids, *, delta: JsonObject | None = None, more: JsonObject | None = None
) -> dict[str, Any]:
    actions = {"stateDelta": delta or {}, "artifactDelta": {}, "requestedAuthConfigs": {}}
    return {
        **head,
        "invocationId": ids.invocation,
        "author": "nemo_agent",
        "actions": {**actions, "requestedToolConfirmations": {}},
        "nodeInfo": {"path": ""},
        **(more or {}),
        "id": ids.fresh(),
        "timestamp": ids.now(),
    }


# --- the older reference ---------------------------------------------------------------------------------------------


def _vendor(emission: Emission) -> dict[str, Any] | None:
    match emission:
        case Say(text=text, partial=False, thought=False):
            return {"type": "text", "content": text}
        case Call(name=name, args=args):
            return {"type": "tool_call", "name": name, "args": args}
        case Result(name=name, response=response):
            return {"type": "tool_result", "name": name, "result": response}
        case Fail(code=code, message=message):
            return {"errorCode": code, "errorMessage": message}
        case _:
            return None
