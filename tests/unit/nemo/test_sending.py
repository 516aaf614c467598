"""The message stream, on real sockets: one POST whatever happens, and what had arrived is not lost."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from clipline.clock import CancelToken, Clock
from clipline.errors import AccountError, AccountWaiting, Cancelled, CliplineError, ServiceError, StageFailed, TimedOut
from clipline.nemo.protocol import proves_refusal
from clipline.nemo.sending import turn_of
from clipline.nemo.turn import Turn
from clipline.testing.clocks import VirtualClock
from nemo_service import (
    SESSION,
    Answer,
    Seen,
    World,
    begin_stream,
    chunk,
    event,
    grant,
    reply_json,
    says,
    serving,
    stream,
    world,
)

Handler = BaseHTTPRequestHandler

TOOLS = [
    {"content": {"parts": [{"functionCall": {"name": "edit", "args": {}}}]}, "author": "nemo_agent"},
    {
        "content": {"parts": [{"functionResponse": {"name": "edit", "response": {"status": "ok"}}}]},
        "actions": {"stateDelta": {"draft": {"t": []}}},
    },
]


class Ears:
    """What `send` told while the stream was open."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.ticks: list[str] = []
        self.looks = 0
        self.raw_clips = 0
        self.on_look: Callable[[], None] = lambda: None

    def look(self) -> None:
        self.looks += 1
        self.on_look()

    def raw_clip(self) -> None:
        self.raw_clips += 1


def say(it: World, ears: Ears | None = None, text: str = "remove the car") -> Turn:
    ears = ears or Ears()
    return it.client.send(
        SESSION, text, on_text=ears.texts.append, on_tick=ears.ticks.append, look=ears.look, on_raw_clip=ears.raw_clip
    )


def messages(seen: list[Seen]) -> list[Seen]:
    return [each for each in seen if each.path == "/run_sse"]


def answering(message: Answer) -> Answer:
    """A service that gives tokens and answers messages so."""
    tokens = iter(range(1, 100))

    def answer(handler: Handler, body: bytes) -> None:
        if handler.path == "/api/auth/anonymous-token":
            reply_json(handler, grant(next(tokens)))
        elif handler.path == "/run_sse":
            message(handler, body)
        else:
            reply_json(handler, {"code": 404}, 404)

    return answer


# --- a stream that goes well -----------------------------------------------------------------------------------------


def test_a_turn_from_the_first_word_to_the_end(tmp_path: Path) -> None:
    events = [says("Rem", partial=True), says("oved", partial=True), says("Removed."), *TOOLS, says("Done.")]
    ears = Ears()
    with serving(answering(lambda handler, _: stream(handler, events))) as (base, seen):
        it = world(tmp_path, Clock(), base=base)
        turn = say(it, ears, "remove the car 把车去掉")
    assert ears.texts == ["Removed.", "Done."]
    assert (turn.text, turn.seen, turn.complete, turn.fault) == ("Removed.\nDone.", 6, True, None)
    assert ears.ticks == []
    [sent] = messages(seen)
    assert json.loads(sent.body) == {
        "app_name": "nemo_agent",
        "user_id": "me",
        "session_id": SESSION,
        "new_message": {"parts": [{"text": "remove the car 把车去掉"}]},
    }
    assert sent.headers["accept"] == "text/event-stream"
    assert sent.headers["authorization"] == "Bearer nmv_usr_token1"
    assert (sent.headers["x-skill-source"], sent.headers["x-skill-platform"]) == ("video-object-ops", "pytest")
    assert "x-client-id" not in sent.headers


@pytest.mark.parametrize("events", [[], TOOLS, ["heartbeat", "", {"type": "heartbeat"}]])
def test_a_silent_turn_is_a_turn(tmp_path: Path, events: list[Any]) -> None:
    ears = Ears()
    with serving(answering(lambda handler, _: stream(handler, events))) as (base, _):
        turn = say(world(tmp_path, Clock(), base=base), ears)
    assert turn.silent
    assert turn.complete
    assert ears.texts == []


def test_pieces_that_no_whole_text_follows_are_shown_at_the_end(tmp_path: Path) -> None:
    ears = Ears()
    events = [says("Rem", partial=True), says("oved", partial=True)]
    with serving(answering(lambda handler, _: stream(handler, events))) as (base, _):
        say(world(tmp_path, Clock(), base=base), ears)
    assert ears.texts == ["Removed"]


def test_a_raw_clip_is_told_once_while_additions_go_on(tmp_path: Path) -> None:
    made = {"content": {"parts": [{"functionResponse": {"name": "generate_video", "response": {"status": "ok"}}}]}}
    ears = Ears()
    with serving(answering(lambda handler, _: stream(handler, [made, *TOOLS, made, says("Music added.")]))) as (
        base,
        _,
    ):
        turn = say(world(tmp_path, Clock(), base=base), ears)
    assert turn.raw_clip
    assert ears.raw_clips == 1


# --- the clocks ------------------------------------------------------------------------------------------------------


class Pace:
    """A server's way to let virtual time pass in steps; a listener on a busy machine may take two of them as one."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock

    def __call__(self, seconds: float) -> None:
        self.clock.advance(seconds)
        time.sleep(0.12)


def test_every_two_minutes_of_work_say_so(tmp_path: Path) -> None:
    clock = VirtualClock()
    wait = Pace(clock)
    ears = Ears()

    def work(handler: Handler, _: bytes) -> None:
        begin_stream(handler)
        for _minute in range(5):
            wait(60)
            chunk(handler, b": comment\n\n" if _minute % 2 else event("heartbeat"))
        chunk(handler, event(says("Done.")))
        handler.wfile.write(b"0\r\n\r\n")

    with serving(answering(work)) as (base, _):
        turn = say(world(tmp_path, clock, base=base), ears)
    assert ears.ticks in (["still_working"], ["still_working"] * 2)
    assert turn.text == "Done."


def test_a_server_that_is_silent_before_its_first_byte_is_waited_for(tmp_path: Path) -> None:
    clock = VirtualClock()
    wait = Pace(clock)
    ears = Ears()

    def work(handler: Handler, _: bytes) -> None:
        for _minutes in range(5):
            wait(150)
        stream(handler, [says("Done.")])

    with serving(answering(work)) as (base, _):
        assert say(world(tmp_path, clock, base=base), ears).text == "Done."
    assert 1 <= len(ears.ticks) <= 5


@pytest.mark.parametrize("look_fails", [False, True])
def test_after_ten_minutes_without_news_somebody_looks_and_the_stream_stays_open(
    tmp_path: Path, look_fails: bool
) -> None:
    clock = VirtualClock()
    wait = Pace(clock)
    ears = Ears()

    def look() -> None:
        if look_fails:
            raise ServiceError("the state could not be read")

    ears.on_look = look

    def work(handler: Handler, _: bytes) -> None:
        begin_stream(handler)
        chunk(handler, event(says("On it.")))
        for _minute in range(12):
            wait(60)
            chunk(handler, event("heartbeat"))
        chunk(handler, event(says("Done.")))
        handler.wfile.write(b"0\r\n\r\n")

    with serving(answering(work)) as (base, seen):
        turn = say(world(tmp_path, clock, base=base), ears)
    assert ears.looks == 1
    assert turn.text == "On it.\nDone."
    assert len(messages(seen)) == 1


def test_a_look_may_ask_the_service_beside_the_stream(tmp_path: Path) -> None:
    clock = VirtualClock()
    wait = Pace(clock)
    ears = Ears()

    def work(handler: Handler, _: bytes) -> None:
        begin_stream(handler)
        wait(601)
        chunk(handler, event(says("Done.")))
        handler.wfile.write(b"0\r\n\r\n")

    with serving(answering(work)) as (base, seen):
        it = world(tmp_path, clock, base=base)
        ears.on_look = lambda: it.client.state(SESSION) and None
        say(it, ears)
    assert [each.method for each in seen if "/api/state/" in each.path] == ["GET"]


def test_after_fifteen_minutes_it_is_over_and_what_came_is_kept(tmp_path: Path) -> None:
    clock = VirtualClock()
    wait = Pace(clock)
    let_go = threading.Event()

    def work(handler: Handler, _: bytes) -> None:
        begin_stream(handler)
        chunk(handler, event(says("On it.")))
        for _minute in range(16):
            wait(60)
            chunk(handler, event("heartbeat"))
        let_go.wait(5)

    with serving(answering(work)) as (base, seen):
        with pytest.raises(ServiceError) as caught:
            say(world(tmp_path, clock, base=base))
        let_go.set()
    assert (caught.value.code, caught.value.retry) == ("deadline", "unsure")
    assert 900 <= clock.monotonic() < 1100
    turn = turn_of(caught.value)
    assert turn is not None
    assert turn.text == "On it."
    assert len(messages(seen)) == 1


# --- what stands in the place of a stream ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "error", "code", "refused"),
    [
        (200, {"code": 1001}, AccountError, "token_refused", True),
        (401, {"code": 1001}, AccountError, "token_refused", True),
        (401, {}, AccountError, "token_refused", True),
        (200, {"code": 1002}, StageFailed, "session_gone", True),
        (404, {"detail": "Session not found"}, StageFailed, "session_gone", True),
        (422, {"detail": [{"type": "missing", "loc": ["body"], "msg": "x"}]}, StageFailed, "bad_request", True),
        (400, {"code": 400}, StageFailed, "bad_request", True),
        (200, {"code": 2001}, AccountWaiting, "no_credits", True),
        (429, {"message": "slow down"}, ServiceError, "rate_limited", True),
        (500, {"message": "oops"}, ServiceError, "server_error", False),
        (503, "<html>", ServiceError, "server_error", False),
        (408, {}, ServiceError, "server_error", False),
        (200, "<html>log in</html>", ServiceError, "odd_reply", False),
        (200, {"code": 0, "data": {}}, ServiceError, "odd_reply", False),
        (200, {}, ServiceError, "odd_reply", False),
        (404, "<html>not here</html>", ServiceError, "odd_reply", False),
        (302, "", ServiceError, "odd_reply", False),
    ],
)
def test_a_reply_that_is_no_stream_is_read_and_never_asked_for_again(
    tmp_path: Path, status: int, body: Any, error: type[CliplineError], code: str, refused: bool
) -> None:
    def answer(handler: Handler, _: bytes) -> None:
        if isinstance(body, str):
            handler.send_response(status)
            handler.send_header("Content-Type", "text/html")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body.encode())
        else:
            reply_json(handler, body, status)

    clock = VirtualClock()
    with serving(answering(answer)) as (base, seen), pytest.raises(error) as caught:
        say(world(tmp_path, clock, base=base))
    assert caught.value.code == code
    assert proves_refusal(caught.value) == refused
    assert turn_of(caught.value) is None
    assert len(messages(seen)) == 1
    assert len(seen) == 2  # and no second token
    assert clock.waits == ()


def test_a_service_that_is_not_there_got_nothing(tmp_path: Path) -> None:
    with serving(answering(lambda handler, _: stream(handler, []))) as (base, _):
        it = world(tmp_path, Clock(), base=base)
        say(it)
    with pytest.raises(ServiceError) as caught:
        say(it)
    assert (caught.value.code, caught.value.retry) == ("unreachable", "safe")
    assert proves_refusal(caught.value)


# --- a stream that breaks --------------------------------------------------------------------------------------------


def reset(handler: Handler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


def broken(handler: Handler, events: list[Any], end: str) -> None:
    begin_stream(handler, chunked=end != "bare close")
    for each in events:
        handler.wfile.write(event(each)) if end == "bare close" else chunk(handler, event(each))
    if end == "reset":
        time.sleep(0.2)  # a reset may take what has not been read with it
        reset(handler)
    elif end == "mid chunk":
        handler.wfile.write(b'40\r\ndata: {"content"')
    handler.close_connection = True


@pytest.mark.parametrize("end", ["reset", "mid chunk", "no last chunk", "bare close"])
@pytest.mark.parametrize("events", [[], [says("On it."), *TOOLS]])
def test_a_line_that_breaks_keeps_what_came_and_is_not_opened_again(
    tmp_path: Path, end: str, events: list[Any]
) -> None:
    ears = Ears()
    clock = VirtualClock()
    with serving(answering(lambda handler, _: broken(handler, events, end))) as (base, seen):
        with pytest.raises(ServiceError) as caught:
            say(world(tmp_path, clock, base=base), ears)
        time.sleep(0.1)
    assert (caught.value.code, caught.value.retry) == ("broken_off", "unsure")
    assert not proves_refusal(caught.value)
    turn = turn_of(caught.value)
    assert turn is not None
    assert (turn.seen, turn.text, turn.complete) == (len(events), "On it." if events else "", False)
    assert ears.texts == (["On it."] if events else [])
    assert len(messages(seen)) == 1
    assert clock.waits == ()


def test_a_bare_close_after_the_word_that_it_is_complete_is_an_end(tmp_path: Path) -> None:
    events = [says("Done."), {"type": "complete"}]
    with serving(answering(lambda handler, _: broken(handler, events, "bare close"))) as (base, _):
        assert say(world(tmp_path, Clock(), base=base)).complete


def test_a_line_that_breaks_before_any_reply_is_unsure(tmp_path: Path) -> None:
    with serving(answering(lambda handler, _: reset(handler))) as (base, seen):
        with pytest.raises(ServiceError) as caught:
            say(world(tmp_path, Clock(), base=base))
        time.sleep(0.1)
    assert (caught.value.code, caught.value.retry) == ("no_reply", "unsure")
    assert turn_of(caught.value) is None
    assert len(messages(seen)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"errorCode": "RESOURCE_EXHAUSTED", "errorMessage": "too much"},
        {"error": "too much", "error_details": {"type": "x"}},
        '{"error": "too much", "error_details": {oops',
        {"code": 2001, "message": "too much"},
        {"type": "error", "message": "too much"},
    ],
)
def test_an_error_in_the_stream_is_told_with_what_came(tmp_path: Path, fault: Any) -> None:
    events = [says("On it."), fault, says("More.")]
    with (
        serving(answering(lambda handler, _: stream(handler, events))) as (base, seen),
        pytest.raises(ServiceError, match="too much") as caught,
    ):
        say(world(tmp_path, Clock(), base=base))
    assert (caught.value.code, caught.value.retry) == ("stream_error", "unsure")
    assert not proves_refusal(caught.value)
    turn = turn_of(caught.value)
    assert turn is not None
    assert turn.text == "On it.\nMore."
    assert len(messages(seen)) == 1


# --- stopping --------------------------------------------------------------------------------------------------------


def test_a_cancel_closes_the_line_at_once(tmp_path: Path) -> None:
    token = CancelToken()
    closed = threading.Event()

    def work(handler: Handler, _: bytes) -> None:
        begin_stream(handler)
        chunk(handler, event(says("On it.")))
        threading.Timer(0.2, token.cancel).start()
        handler.connection.settimeout(5)
        if handler.connection.recv(1) == b"":
            closed.set()
        handler.close_connection = True

    with serving(answering(work)) as (base, seen):
        started = time.monotonic()
        with pytest.raises(Cancelled) as caught:
            say(world(tmp_path, Clock(token), base=base))
        assert time.monotonic() - started < 2
        assert closed.wait(2)
    turn = turn_of(caught.value)
    assert turn is not None
    assert turn.text == "On it."
    assert len(messages(seen)) == 1


def test_a_deadline_of_the_run_ends_it_too(tmp_path: Path) -> None:
    let_go = threading.Event()

    def work(handler: Handler, _: bytes) -> None:
        begin_stream(handler)
        let_go.wait(5)

    with serving(answering(work)) as (base, _):
        with pytest.raises(TimedOut):
            say(world(tmp_path, Clock().within(0.5), base=base))
        let_go.set()


def test_a_cancel_during_a_look_is_no_failed_look(tmp_path: Path) -> None:
    clock = VirtualClock()
    ears = Ears()

    def look() -> None:
        clock.token.cancel()
        clock.check()

    ears.on_look = look
    let_go = threading.Event()

    def work(handler: Handler, _: bytes) -> None:
        begin_stream(handler)
        clock.advance(601)
        let_go.wait(5)

    with serving(answering(work)) as (base, _):
        with pytest.raises(Cancelled):
            say(world(tmp_path, clock, base=base), ears)
        let_go.set()
