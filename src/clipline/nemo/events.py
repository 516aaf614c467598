"""Reads one event of the stream: its data as text in, what it says as parts out. Never raises.

Two dialects are known, and both are read wherever they stand. A real agent server writes
`{"content": {"parts": [...]}, "partial": …, "turnComplete": …, "errorCode": …, "actions": {"stateDelta": …}}`, where
the whole of `content` may be missing; the vendor's older reference writes `{"type": "text", "content": …}` and the
like. Besides there are bare heartbeats, errors in the middle (`{"error": …}`, perhaps as broken JSON), and whatever
nobody has seen yet: that becomes `Odd`, told by its shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from clipline.nemo.json_text import NotJson, parse
from clipline.nemo.oddities import one_line, shape, visible
from clipline.nemo.parts import (
    Complete,
    Heartbeat,
    Odd,
    Part,
    StateDelta,
    StreamFault,
    Text,
    Thought,
    ToolCall,
    ToolResult,
)

__all__ = [
    "Complete",
    "Heartbeat",
    "Odd",
    "Part",
    "StateDelta",
    "StreamFault",
    "Text",
    "Thought",
    "ToolCall",
    "ToolResult",
    "parse_event",
]


#: How deep lists of events may be nested, and how many keys of a delta are told.
_DEEPEST, _KEYS = 3, 50
_BEATS = frozenset({"", "heartbeat", "ping", "keepalive", "keep-alive"})
#: An error whose JSON is broken: its key, where a key stands, and a value behind it.
_BROKEN_ERROR = re.compile(
    r"""[{,]\s*["'](?:error|errorCode|error_code|error_details|errorMessage)["']\s*:\s*+(?!null\b|None\b|false\b|""|'')"""
)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<said>(?:\\.|(?!(?P=quote)).)*+)""", re.DOTALL)


def parse_event(data: str) -> tuple[Part, ...]:
    """What one event says, in its order; at least one part."""
    text = data.strip("\ufeff \t\r\n\0")
    if text.lower() in _BEATS:
        return (Heartbeat(),)
    try:
        value = parse(text)
    except NotJson:
        return (_broken(text),)
    return tuple(_value(value, _DEEPEST)) or (Heartbeat(),)


def _broken(text: str) -> Part:
    match = _BROKEN_ERROR.search(text[:20_000])
    if match:
        quoted = _QUOTED.match(text, match.end())
        said = quoted["said"] if quoted else text[match.end() :].strip("\"'{}[] ")
        return StreamFault("", one_line(said) or "an error that cannot be read")
    return Odd(f"no JSON: {one_line(text, 60)}")


def _value(value: Any, deepest: int) -> Iterator[Part]:
    if isinstance(value, dict):
        yield from _event(value)
    elif isinstance(value, list) and deepest:
        for item in value:
            yield from _value(item, deepest - 1)
    elif isinstance(value, str) and value.strip().lower() in _BEATS:
        yield Heartbeat()
    else:
        yield Odd(shape(value))


def _event(event: Mapping[str, Any]) -> Iterator[Part]:
    fault = _fault(event)
    if isinstance(event.get("type"), str) and "parts" not in event:
        yield from _vendor(event, event["type"].strip().lower(), fault)
        return
    parts = list(_adk(event))
    if fault:
        parts.append(fault)
    if _one_of(event, "turnComplete", "turn_complete") is True:
        parts.append(Complete())
    if parts or _is_adk(event):
        yield from parts
    else:
        yield Odd(shape(dict(event)))


def _vendor(event: Mapping[str, Any], kind: str, fault: StreamFault | None) -> Iterator[Part]:
    match kind:
        case "text" | "message":
            content = event.get("content", event.get("text"))
            if isinstance(content, str):
                yield Text(visible(content), event.get("partial") is True)
            elif isinstance(content, dict):
                yield from _content(content, event.get("partial") is True)
            else:
                yield Odd(shape(dict(event)))
        case "tool_call":
            yield ToolCall(_name(event.get("name")))
        case "tool_result":
            yield ToolResult(_name(event.get("name")), _worked(event.get("result")) and fault is None)
            return
        case "thought" | "thinking":
            yield Thought()
        case "complete" | "done" | "end":
            yield Complete()
        case "error":
            yield fault or StreamFault(_word(event.get("code")), _reason(event) or "an error without words")
            return
        case _:
            yield Heartbeat() if kind in _BEATS else Odd(shape(dict(event)))
    if fault:
        yield fault


# --- the dialect of a real agent server ------------------------------------------------------------------------------


def _is_adk(event: Mapping[str, Any]) -> bool:
    """Whether it is an event of that server with nothing in it that we read: a sign of life, and no more."""
    return not event or any(key in event for key in ("content", "invocationId", "invocation_id", "actions", "author"))


def _adk(event: Mapping[str, Any]) -> Iterator[Part]:
    content = event.get("content")
    if content is None and isinstance(event.get("parts"), list):
        content = event
    if isinstance(content, dict):
        yield from _content(content, event.get("partial") is True)
    elif isinstance(content, str):
        yield Text(visible(content), event.get("partial") is True)
    elif content is not None:
        yield Odd(shape({"content": content}))
    actions = event.get("actions")
    delta = _one_of(actions, "stateDelta", "state_delta") if isinstance(actions, dict) else None
    if isinstance(delta, dict) and delta:
        yield StateDelta(tuple(one_line(key, 40) for key in list(delta)[:_KEYS]))


def _content(content: Mapping[str, Any], partial: bool) -> Iterator[Part]:
    """The parts of a content. Pieces of text beside one another are one text."""
    parts = content.get("parts")
    if not isinstance(parts, list):
        if parts is not None:
            yield Odd(shape(dict(content)))
        return
    words = ""
    for part in parts:
        read = _part(part)
        if isinstance(read, Text):
            words += read.text
        elif read is not None:
            if words and not isinstance(read, Thought):
                yield Text(words, partial)
                words = ""
            yield read
    if words:
        yield Text(words, partial)


def _part(part: object) -> Part | None:
    if not isinstance(part, dict):
        return Odd(shape({"parts": [part]}))
    call = _one_of(part, "functionCall", "function_call")
    result = _one_of(part, "functionResponse", "function_response")
    if isinstance(call, dict):
        return ToolCall(_name(call.get("name")))
    if isinstance(result, dict):
        return ToolResult(_name(result.get("name")), _worked(result.get("response")))
    if part.get("thought"):
        return Thought()
    if isinstance(part.get("text"), str):
        return Text(visible(part["text"]))
    return Odd(shape(dict(part))) if any(value is not None for value in part.values()) else None


# --- errors, names ---------------------------------------------------------------------------------------------------


def _fault(event: Mapping[str, Any]) -> StreamFault | None:
    """The error that an event tells, in any of its forms; None where it tells none."""
    code = _one_of(event, "errorCode", "error_code")
    number = event.get("code")
    is_code = isinstance(number, (int, str)) and not isinstance(number, bool) and str(number) not in {"0", ""}
    failed = bool(code or event.get("error") or event.get("detail") or (is_code and "type" not in event))
    if not failed and not _one_of(event, "errorMessage", "error_message"):
        return None
    error = event.get("error")
    inner = error.get("code", error.get("status")) if isinstance(error, dict) else None
    return StreamFault(_word(code or inner or number), _reason(event) or "an error without words")


def _reason(event: Mapping[str, Any]) -> str:
    for key in ("errorMessage", "error_message", "message", "msg", "error", "detail", "error_details", "content"):
        value = event.get(key)
        if isinstance(value, dict):
            value = next((value[name] for name in ("message", "error", "detail") if value.get(name)), None)
        if isinstance(value, str) and value.strip():
            return one_line(value)
    return ""


def _worked(response: object) -> bool:
    """Whether a tool's answer does not say that it failed."""
    if not isinstance(response, dict):
        return True
    status = response.get("status")
    said_no = isinstance(status, str) and status.lower() in {"error", "failed", "failure"}
    return not (said_no or response.get("error") or response.get("success") is False or response.get("ok") is False)


def _name(value: object) -> str:
    return one_line(value, 60) if isinstance(value, str) and value.strip() else "a tool"


def _word(value: object) -> str:
    return one_line(str(value), 60) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _one_of(data: Mapping[str, Any], *names: str) -> Any:
    return next((data[name] for name in names if data.get(name) is not None), None)
