"""Each event of either dialect says what it says; whatever it is, nothing is raised."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipline.nemo.events import (
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
    parse_event,
)


def parts(value: Any) -> tuple[Part, ...]:
    return parse_event(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def adk(*pieces: Any, **more: Any) -> dict[str, Any]:
    return {"content": {"parts": list(pieces), "role": "model"}, "invocationId": "e-1", "author": "nemo_agent"} | more


ROWS: dict[str, tuple[Any, tuple[Part, ...]]] = {
    "a whole text": (adk({"text": "hi"}), (Text("hi"),)),
    "a partial text": (adk({"text": "hi"}, partial=True), (Text("hi", True),)),
    "texts beside one another": (adk({"text": "a"}, {"text": "b"}), (Text("ab"),)),
    "a thought is hidden": (adk({"text": "hm", "thought": True}, {"text": "hi"}), (Thought(), Text("hi"))),
    "text and the end": (adk({"text": "hi"}, turnComplete=True), (Text("hi"), Complete())),
    "a tool": (adk({"functionCall": {"id": "1", "name": "cut", "args": {"secret": 1}}}), (ToolCall("cut"),)),
    "an answer": (adk({"functionResponse": {"name": "cut", "response": {"status": "ok"}}}), (ToolResult("cut"),)),
    "an answer that failed": (
        adk({"functionResponse": {"name": "cut", "response": {"error": "no"}}}),
        (ToolResult("cut", ok=False),),
    ),
    "text before and after a tool": (
        adk({"text": "a"}, {"function_call": {"name": "cut"}}, {"text": "b"}),
        (Text("a"), ToolCall("cut"), Text("b")),
    ),
    "a change of the state": (
        adk({"text": "hi"}, actions={"stateDelta": {"draft": {}, "canvas_config": {}}}),
        (Text("hi"), StateDelta(("draft", "canvas_config"))),
    ),
    "no content": ({"invocationId": "e", "actions": {"stateDelta": {}}}, (Heartbeat(),)),
    "an error": (
        {"errorCode": "RESOURCE_EXHAUSTED", "errorMessage": "quota", "author": "x"},
        (StreamFault("RESOURCE_EXHAUSTED", "quota"),),
    ),
    "an error with text": (adk({"text": "a"}, errorCode="E"), (Text("a"), StreamFault("E", "an error without words"))),
    "no error": (adk({"text": "a"}, errorCode=None, errorMessage=None), (Text("a"),)),
    "a mid-stream error": (
        {"error": "Internal", "error_details": {"code": 500, "message": "x"}},
        (StreamFault("", "Internal"),),
    ),
    "an error as an object": ({"error": {"code": 429, "message": "slow"}}, (StreamFault("429", "slow"),)),
    "an envelope": ({"code": 2001, "message": "no credits"}, (StreamFault("2001", "no credits"),)),
    "a detail": ({"detail": "Session not found"}, (StreamFault("", "Session not found"),)),
    "broken JSON with an error": (
        '{"error": "it broke", "error_details": {',
        (StreamFault("", "it broke"),),
    ),
    "an error that is cut": ('{"error": "it bro', (StreamFault("", "it bro"),)),
    "an error without words": ('{"error": {', (StreamFault("", "an error that cannot be read"),)),
    "a Python dict with an error": ("{'error': 'it broke'}", (StreamFault("", "it broke"),)),
    "vendor text": ({"type": "text", "content": "hi"}, (Text("hi"),)),
    "vendor partial text": ({"type": "text", "content": "hi", "partial": True}, (Text("hi", True),)),
    "vendor tool": ({"type": "tool_call", "name": "cut", "args": {}}, (ToolCall("cut"),)),
    "vendor answer": (
        {"type": "tool_result", "name": "cut", "result": {"success": False}},
        (ToolResult("cut", False),),
    ),
    "vendor heartbeat": ({"type": "heartbeat"}, (Heartbeat(),)),
    "vendor error": ({"type": "error", "error": "no", "code": 7}, (StreamFault("7", "no"),)),
    "vendor end": ({"type": "done"}, (Complete(),)),
    "a bare heartbeat": ("heartbeat", (Heartbeat(),)),
    "a heartbeat in quotes": ('"heartbeat"', (Heartbeat(),)),
    "HEARTBEAT": (" HEARTBEAT\r\n", (Heartbeat(),)),
    "empty data": ("", (Heartbeat(),)),
    "an empty object": ({}, (Heartbeat(),)),
    "an empty list": ([], (Heartbeat(),)),
    "a list of events": ([{"type": "heartbeat"}, {"type": "text", "content": "a"}], (Heartbeat(), Text("a"))),
    "lists too deep": ([[[[[]]]]], (Odd("[[]]"),)),
    "a number": (5, (Odd("number"),)),
    "null": ("null", (Odd("null"),)),
    "no JSON": ("hello", (Odd("no JSON: hello"),)),
    "an unknown type": ({"type": "canvas", "token": "s3cret"}, (Odd("{type: text, token: text}"),)),
    "an unknown object": ({"foo": {"bar": 1}}, (Odd("{foo: {bar: number}}"),)),
    "an unknown part": (adk({"inlineData": {"data": "x"}}), (Odd("{inlineData: {data: text}}"),)),
    "content that is no object": ({"content": 5}, (Odd("{content: number}"),)),
    "content that is a text": ({"content": "hi"}, (Text("hi"),)),
    "parts that are no list": ({"content": {"parts": "x"}}, (Odd("{parts: text}"),)),
    "text of a wrong type": ({"type": "text", "content": 5}, (Odd("{type: text, content: number}"),)),
    "names of a wrong type": (adk({"functionCall": {"name": 5}}), (ToolCall("a tool"),)),
    "a byte order mark": ('\ufeff{"type": "heartbeat"}', (Heartbeat(),)),
    "line separators inside": (adk({"text": "a\u2028b\u2029c"}), (Text("a\u2028b\u2029c"),)),
}


@pytest.mark.parametrize(("data", "expected"), ROWS.values(), ids=ROWS)
def test_each_event_says_what_it_says(data: Any, expected: tuple[Part, ...]) -> None:
    assert parts(data) == expected


def test_a_text_about_errors_is_no_error() -> None:
    assert parts(adk({"text": 'write "error": in red'})) == (Text('write "error": in red'),)
    assert isinstance(parts('{"content": {"parts": [{"text": "say \\"error\\": x"')[0], Odd)


def test_a_broken_text_that_speaks_of_errors_is_no_error() -> None:
    assert isinstance(parts('{"text": "say \'error\': x')[0], Odd)
    assert isinstance(parts('{"error": null, "content": {')[0], Odd)


def test_too_deep_or_too_long_is_odd_and_short() -> None:
    assert isinstance(parts("[" * 100_000)[0], Odd)
    assert isinstance(parts('{"a":' * 5000 + "1" + "}" * 5000)[0], Odd)
    (part,) = parts("x" * 500_000)
    assert isinstance(part, Odd)
    assert len(part.text) < 200
    assert parts(adk({"text": "a" * 500_000})) == (Text("a" * 500_000),)


def test_text_cannot_drive_the_terminal() -> None:
    assert parts(adk({"text": "a\x1b]0;x\x07b\x00\r\nc\td"})) == (Text("a]0;xb\nc\td"),)


def test_an_odd_event_and_an_error_show_no_secret() -> None:
    (part,) = parts("token nmv_usr_ABC and https://x.example/?sig=1")
    assert isinstance(part, Odd)
    assert "ABC" not in part.text
    assert "sig" not in part.text
    (fault,) = parts({"error": "bad nmv_usr_ABC"})
    assert fault == StreamFault("", "bad …")
