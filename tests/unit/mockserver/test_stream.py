"""The bytes of the mock's event streams: in the form of a real ADK server, and in that of the older reference."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipline.mockserver import scenarios
from clipline.mockserver.stream import Beat, Call, Delta, Emission, Fail, FailForm, Ids, Pause, Raw, Result, Say, encode

CAPTURES = sorted((Path(__file__).parents[2] / "data" / "adk-captures").glob("*.http"))


def ids(seed: int = 0) -> Ids:
    return Ids.seeded(random.Random(seed), lambda: 1795332465.5)


def event_of(data: bytes) -> Any:
    assert data.startswith(b"data: ")
    assert data.endswith(b"\n\n")
    return json.loads(data[6:-2])


# --- byte for byte what a real server sends --------------------------------------------------------------------------


class RecordedIds(Ids):
    """The ids and times of a recorded stream."""

    def __init__(self, event: Any) -> None:
        super().__init__(event["invocationId"], lambda: event["id"], lambda: event["timestamp"])
        parts = event.get("content", {}).get("parts", [{}])
        self._call = next((part[key]["id"] for part in parts for key in part if key.startswith("function")), "")

    def called(self, name: str) -> str:
        return str(self._call)

    answered = called


def emission_of(event: Any) -> Emission:
    """What the agent did, read from a recorded event."""
    delta = event["actions"]["stateDelta"]
    if "errorCode" in event:
        return Fail(event["errorCode"], event["errorMessage"], "event")
    (part,) = event["content"]["parts"]
    match part:
        case {"text": text}:
            return Say(text, event.get("partial", False), last=event.get("turnComplete", False), delta=delta)
        case {"functionCall": call}:
            return Call(call["name"], call["args"])
        case {"functionResponse": result}:
            return Result(result["name"], result["response"], delta)
        case _:
            raise AssertionError(part)


def events_of(body: bytes) -> Iterator[Any]:
    return (json.loads(line[6:]) for line in body.split(b"\n") if line.startswith(b"data: "))


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_a_recorded_stream_of_a_real_server_is_made_again_byte_for_byte(capture: Path) -> None:
    body = capture.read_bytes().partition(b"\r\n\r\n")[2]

    made = b"".join(encode(emission_of(event), "adk", RecordedIds(event)) for event in events_of(body))

    assert len(CAPTURES) == 7
    assert made == body


# --- ADK -------------------------------------------------------------------------------------------------------------


def test_a_partial_text_a_thought_and_a_last_text_carry_their_flags() -> None:
    partial = event_of(encode(Say("He", partial=True), "adk", ids()))
    thought = event_of(encode(Say("hm", thought=True), "adk", ids()))
    last = event_of(encode(Say("Hello", last=True), "adk", ids()))

    assert partial["partial"] is True
    assert "turnComplete" not in partial
    assert thought["content"]["parts"] == [{"text": "hm", "thought": True}]
    assert last["turnComplete"] is True
    assert "partial" not in last


def test_a_change_of_state_without_words_has_no_content() -> None:
    event = event_of(encode(Delta({"draft": {"t": []}}), "adk", ids()))

    assert "content" not in event
    assert event["actions"]["stateDelta"] == {"draft": {"t": []}}


def test_a_result_has_the_id_of_its_call_and_both_that_of_the_turn() -> None:
    turn = ids()
    call = event_of(encode(Call("edit", {"op": 1}), "adk", turn))
    result = event_of(encode(Result("edit", {"status": "ok"}), "adk", turn))

    (one,), (other,) = call["content"]["parts"], result["content"]["parts"]
    assert one["functionCall"]["id"] == other["functionResponse"]["id"]
    assert call["invocationId"] == result["invocationId"]
    assert call["id"] != result["id"]


def test_the_same_seed_gives_the_same_bytes() -> None:
    done = [Call("a"), Result("a"), Say("b")]

    streams = [b"".join(encode(each, "adk", turn) for each in done) for turn in (ids(1), ids(1), ids(2))]

    assert streams[0] == streams[1] != streams[2]


@given(st.text())
def test_any_text_stands_on_one_line_with_its_characters_as_they_are(text: str) -> None:
    data = encode(Say(text), "adk", ids())

    assert data.count(b"\n") == 2
    assert b"\r" not in data
    assert event_of(data)["content"]["parts"] == [{"text": text}]


def test_line_separators_of_unicode_come_raw() -> None:
    (say,) = scenarios.separators()

    data = encode(say, "adk", ids())

    assert "\u2028".encode() in data
    assert "\u2029".encode() in data
    assert data.count(b"\n") == 2


def test_half_of_a_pair_of_surrogates_does_not_stop_the_stream() -> None:
    assert event_of(encode(Say("a\ud800b"), "adk", ids()))["content"]["parts"] == [{"text": "a?b"}]


def test_a_line_can_be_very_long() -> None:
    (delta,) = scenarios.long_line(300_000)

    assert len(encode(delta, "adk", ids())) > 300_000


# --- the older reference ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("emission", "event"),
    [
        (Say("Hi"), {"type": "text", "content": "Hi"}),
        (Call("edit", {"op": 1}), {"type": "tool_call", "name": "edit", "args": {"op": 1}}),
        (Result("edit", {"ok": 1}), {"type": "tool_result", "name": "edit", "result": {"ok": 1}}),
    ],
)
def test_the_older_dialect_tells_events_by_their_type(emission: Emission, event: Any) -> None:
    assert event_of(encode(emission, "vendor", ids())) == event


@pytest.mark.parametrize("emission", [Say("x", partial=True), Say("x", thought=True), Delta({"draft": {}})])
def test_the_older_dialect_leaves_out_what_it_does_not_know(emission: Emission) -> None:
    assert encode(emission, "vendor", ids()) == b""


# --- in both ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["adk", "vendor"])
def test_heartbeats_errors_pauses_and_bytes_are_the_same_in_both_dialects(dialect: str) -> None:
    def made(emission: Emission) -> bytes:
        return encode(emission, dialect, ids())

    assert made(Beat()) == b'data: {"type":"heartbeat"}\n\n'
    assert made(Beat("word")) == b"data: heartbeat\n\n"
    assert made(Beat("bare")) == b"heartbeat\n\n"
    assert made(Beat("empty")) == b"data:\n\n"
    assert made(Beat("comment")) == b": heartbeat\n\n"
    assert made(Pause(3)) == b""
    assert made(Raw(b"\xff\x00")) == b"\xff\x00"
    assert event_of(made(Fail("X", "no"))) == {"error": "no", "error_details": {"code": "X"}}
    assert event_of(made(Fail("X", "no", "event")))["errorCode"] == "X"


def test_a_broken_error_is_no_json_whatever_its_message() -> None:
    data = encode(Fail("X", "fine", "broken"), "adk", ids())

    assert data.startswith(b'data: {"error": "fine", "error_details": {')
    with pytest.raises(json.JSONDecodeError):
        event_of(data)


def test_every_scene_can_be_written_in_both_dialects() -> None:
    scenes = [
        *scenarios.heartbeats(3, 30.0),
        *scenarios.apology(),
        *scenarios.odd_events(),
        *(Fail("X", "no", form) for form in get_args(FailForm)),
        *scenarios.separators(),
    ]

    for dialect in ("adk", "vendor"):
        data = [encode(each, dialect, ids()) for each in scenes]
        assert all(
            piece.endswith(b"\n\n") for each, piece in zip(scenes, data, strict=True) if not isinstance(each, Pause)
        )
