"""Every kind of fault in the phases where it makes sense, as a client on a socket sees it."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from clipline.mockserver import Fault, MockOptions, MockServer
from clipline.testing.clocks import VirtualClock
from mock_wire import CREDITS, MESSAGE, MULTIPART, TOKEN, Wire, multipart

QUIET = MockOptions(silent=0, gui_talk=0, studio="off")


def serve(*faults: Fault, clock: VirtualClock | None = None, options: MockOptions = QUIET) -> MockServer:
    return MockServer(clock=clock or VirtualClock(), options=options, faults=faults)


def ended(call: Callable[[], Any]) -> type[BaseException] | None:
    """How a call breaks, or None where it does not."""
    try:
        call()
    except (OSError, http.client.HTTPException) as error:
        return type(error)
    return None


RESET = {ConnectionResetError}
CLOSED = {http.client.RemoteDisconnected, http.client.IncompleteRead}
#: Where a status line or part of a body arrived, a reset may be seen by http.client as the one or the other.
BROKEN = {ConnectionResetError, http.client.RemoteDisconnected, http.client.IncompleteRead}


# --- breaking the connection -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["reset", "close"])
@pytest.mark.parametrize(
    ("phase", "charges"),
    [("before_reading", 0), ("before_effect", 0), ("after_effect", 1), ("at_headers", 1), ("at_end", 1)],
)
def test_a_broken_message_was_or_was_not_paid(kind: str, phase: str, charges: int) -> None:
    with serve(Fault("message", 1, phase, kind)) as server:
        wire = Wire(server.url).ready()
        before = wire.state()["draft"]
        assert ended(wire.say) in (RESET if kind == "reset" and phase != "at_end" else BROKEN)
        assert len(server.ledger) == charges
        assert (wire.state()["draft"] != before) is bool(charges)
        assert wire.credits()["frozen"] == 0
        assert [row.faults for row in server.requests if row.route == "message"] == [(kind,)]


@pytest.mark.parametrize("kind", ["reset", "close"])
@pytest.mark.parametrize("after", [0, 1, 100, 700])
def test_a_stream_breaks_after_exactly_so_many_bytes(kind: str, after: int) -> None:
    with serve(Fault("message", 1, "after_bytes", kind, after=after)) as server:
        wire = Wire(server.url).ready()
        assert ended(wire.say) in BROKEN
        (row,) = [row for row in server.requests if row.route == "message"]
        assert (row.status, row.sent, row.complete) == (200, after, False)
        assert len(server.ledger) == 1


def test_a_reset_is_a_real_one() -> None:
    with serve(Fault("credits", 1, "before_effect", "reset")) as server:
        wire = Wire(server.url)
        with pytest.raises(ConnectionResetError):
            wire.raw(wire.request_bytes("GET", CREDITS))


def test_a_close_is_an_orderly_end() -> None:
    with serve(Fault("credits", 1, "before_effect", "close")) as server:
        wire = Wire(server.url)
        assert wire.raw(wire.request_bytes("GET", CREDITS)) == b""


def test_a_close_before_an_unread_body_is_an_orderly_end() -> None:
    with serve(Fault("message", 1, "before_reading", "close")) as server:
        wire = Wire(server.url)
        assert wire.raw(wire.request_bytes("POST", MESSAGE, b"x" * 100_000)) == b""
        (row,) = server.requests
        assert row.size == 0


def test_an_effect_can_be_lost_though_its_reply_began() -> None:
    with serve(Fault("message", 1, "after_bytes", "close", after=50, effect="lost")) as server:
        wire = Wire(server.url).ready()
        before = wire.state()["draft"]
        assert ended(wire.say) in BROKEN
        assert server.ledger == ()
        assert wire.state()["draft"] == before
        assert wire.credits() == {"available": 100, "frozen": 0, "total": 100}


def test_an_effect_can_come_later() -> None:
    with serve(Fault("message", 1, "delay_effect", "reset", delay=90)) as server:
        wire = Wire(server.url).ready()
        before = wire.state()["draft"]
        assert ended(wire.say) in RESET
        assert server.ledger == ()
        assert wire.credits()["frozen"] == 10
        server.advance(89)
        assert wire.state()["draft"] == before
        server.advance(1)
        assert wire.state()["draft"] != before
        assert wire.credits() == {"available": 90, "frozen": 0, "total": 90}
        assert len(server.ledger) == 1


def test_a_reply_can_come_before_its_effect() -> None:
    with serve(Fault("message", 1, "delay_effect", "none", delay=90)) as server:
        wire = Wire(server.url).ready()
        assert wire.say().texts
        assert server.ledger == ()
        server.advance(90)
        assert len(server.ledger) == 1


def test_a_late_edit_does_not_undo_what_came_between() -> None:
    with serve(Fault("message", 1, "delay_effect", "reset", delay=90)) as server:
        wire = Wire(server.url).ready()
        assert ended(wire.say) in RESET
        wire.upload(("second.mp4", b"other"))
        server.advance(90)
        assert [each["filename"] for each in wire.state()["video_infos"]] == ["clip.mp4", "second.mp4"]
        assert len(server.ledger) == 1


@pytest.mark.parametrize("route", ["token", "session", "claim", "credits", "state", "render", "render_status"])
@pytest.mark.parametrize("kind", ["reset", "close", "status", "html"])
def test_any_call_can_fail(route: str, kind: str) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        wire.render()
        server.add_fault(Fault(route, 1, "before_effect", kind))
        calls = {
            "token": lambda: Wire(server.url, "another").sign_in(),
            "session": lambda: wire.call("POST", "/api/tasks/me/with-session/nemo_agent", {"task_name": "p"}),
            "claim": lambda: wire.call("POST", "/api/auth/claim-token", {"task_id": wire.task}),
            "credits": lambda: wire.call("GET", CREDITS),
            "state": lambda: wire.call("GET", wire.state_path),
            "render": lambda: wire.call("POST", "/api/render/proxy/lambda", {"id": "render_2"}),
            "render_status": wire.poll,
        }
        if kind in {"reset", "close"}:
            assert ended(calls[route]) in RESET | CLOSED
        else:
            assert calls[route]().status == (503 if kind == "status" else 502)
        assert not set(server.requests[-1].faults) ^ {kind}


# --- replies in the place of the true one ----------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["before_reading", "before_effect", "after_effect"])
def test_a_status_comes_before_or_after_the_effect(phase: str) -> None:
    with serve(Fault("message", 1, phase, "status", status=500)) as server:
        wire = Wire(server.url).ready()
        got = wire.say()
        assert got.status == 500
        assert got.json == {"code": 500, "message": "injected fault", "data": None}
        assert len(server.ledger) == (phase == "after_effect")


@pytest.mark.parametrize("retry_after", [None, 0, 7.0, 2.5])
def test_a_rate_limit_comes_with_or_without_its_wait(retry_after: float | None) -> None:
    with serve(Fault("credits", 1, "before_effect", "status", status=429, retry_after=retry_after)) as server:
        got = Wire(server.url).call("GET", CREDITS)
        assert (got.status, got.json["code"]) == (429, 429)
        assert got.headers.get("retry-after") == (None if retry_after is None else f"{retry_after:g}")


@pytest.mark.parametrize(("code", "status"), [(1001, 401), (1002, 404), (2001, 402), (4001, 415), (4002, 413)])
@pytest.mark.parametrize("envelope", ["status", "ok", "success", "detail"])
def test_every_code_rides_in_every_envelope(code: int, status: int, envelope: str) -> None:
    with serve(Fault("credits", 1, "before_effect", "status", code=code, envelope=envelope, message="no")) as server:
        got = Wire(server.url).call("GET", CREDITS)
        assert got.status == (status if envelope in {"status", "detail"} else 200 if envelope == "ok" else got.status)
        assert got.json.get("code", code) == code
        assert "no" in {got.json.get("message"), got.json.get("error"), got.json.get("detail")}


def test_a_code_may_ride_on_any_status() -> None:
    with serve(Fault("credits", 1, "before_effect", "status", code=2001, status=400)) as server:
        got = Wire(server.url).call("GET", CREDITS)
        assert (got.status, got.json["code"]) == (400, 2001)


def test_a_proxys_page_may_come() -> None:
    with serve(Fault("credits", 1, "before_effect", "html", status=504, retry_after=3)) as server:
        got = Wire(server.url).call("GET", CREDITS)
        assert (got.status, got.headers["content-type"], got.headers["retry-after"]) == (504, "text/html", "3")
        assert got.body.startswith(b"<html>")


def test_a_refusal_reaches_a_client_that_still_sends() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        server.add_fault(Fault("upload", 1, "before_reading", "status", status=413))
        reply = wire.raw(wire.request_bytes("POST", wire.upload_path, b"x" * 1_000_000))
        assert reply.startswith(b"HTTP/1.1 413 ")


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", ["before_reading", "before_effect", "after_effect", "at_headers", "at_end"])
def test_a_stall_takes_its_time_and_goes_on(phase: str) -> None:
    clock = VirtualClock()
    with serve(Fault("credits", 1, phase, "stall", seconds=77), clock=clock) as server:
        wire = Wire(server.url)
        wire.sign_in()
        assert wire.credits()["available"] == 100
        give_up = time.monotonic() + 5  # after its last byte, the client need not wait for a stall
        while clock.monotonic() < 77 and time.monotonic() < give_up:
            time.sleep(0.01)
        assert clock.monotonic() == pytest.approx(77)


def test_a_stall_of_a_stream_keeps_what_came_before_and_after() -> None:
    clock = VirtualClock()
    with serve(Fault("message", 1, "after_bytes", "stall", after=100), clock=clock) as server:
        wire = Wire(server.url).ready()
        assert wire.say().texts
        assert clock.monotonic() >= 1200
        assert len(server.ledger) == 1


def test_bytes_before_a_stall_arrive_at_once() -> None:
    with MockServer(options=QUIET, faults=[Fault("credits", 1, "after_bytes", "stall", after=10)]) as server:
        wire = Wire(server.url)
        wire.sign_in()
        with socket.create_connection((wire.host, wire.port), timeout=5) as line:
            line.sendall(wire.request_bytes("GET", CREDITS, Authorization=wire.headers["Authorization"]))
            got = b""
            while not got.endswith(b'{"code":0,'):
                got += line.recv(1000)
            line.settimeout(0.1)
            with pytest.raises(TimeoutError):
                line.recv(1000)
            server.advance(1200)
            line.settimeout(5)
            assert line.recv(1000).startswith(b'"message"')


def test_a_reply_can_drip() -> None:
    clock = VirtualClock()
    with serve(Fault("state", 1, "after_effect", "drip", seconds=2), clock=clock) as server:
        wire = Wire(server.url).ready()
        before = clock.monotonic()
        assert wire.state()["draft"]["t"]
        assert clock.monotonic() - before == pytest.approx(2 * 51, rel=0.05)


def test_a_reply_can_begin_to_drip_in_its_middle() -> None:
    clock = VirtualClock()
    with serve(Fault("state", 1, "after_bytes", "drip", after=300, seconds=2), clock=clock) as server:
        wire = Wire(server.url).ready()
        before = clock.monotonic()
        assert wire.state()["draft"]["t"]
        assert 0 < clock.monotonic() - before < 100


def test_heartbeats_alone_last_as_long_as_asked() -> None:
    clock = VirtualClock()
    with serve(Fault("message", 1, "after_effect", "heartbeats_only", seconds=660), clock=clock) as server:
        wire = Wire(server.url).ready()
        got = wire.say()
        assert got.texts == []
        assert got.body.count(b"heartbeat") == 44
        assert clock.monotonic() == pytest.approx(660)
        assert len(server.ledger) == 1


@pytest.mark.parametrize("form", ["typed", "word", "bare", "empty", "comment"])
def test_heartbeats_come_in_every_form(form: str) -> None:
    with serve(Fault("message", 1, "before_effect", "heartbeats_only", seconds=30, form=form)) as server:
        wire = Wire(server.url).ready()
        assert wire.say().body
        assert server.ledger == ()
        assert wire.credits()["frozen"] == 0


def test_an_effect_may_come_while_only_heartbeats_do() -> None:
    seen = []

    class Watching(VirtualClock):
        def wait(self, seconds: float) -> None:
            super().wait(seconds)
            seen.append(len(other.state()["draft"]["t"][0]["sg"][0].get("x_clipline", [])))

    clock = Watching()
    fault = Fault("message", 1, "delay_effect", "heartbeats_only", seconds=600, delay=300)
    with serve(fault, clock=clock) as server:
        wire = other = Wire(server.url).ready()
        wire.say()
        assert seen[0] == 0
        assert seen[-1] == 1
        assert len(server.ledger) == 1


# --- misshapen bytes -------------------------------------------------------------------------------------------------


def test_a_length_can_be_too_short() -> None:
    with serve(Fault("state", 2, "after_effect", "wrong_length")) as server:
        wire = Wire(server.url).ready()
        whole = wire.call("GET", wire.state_path).body
        half = wire.call("GET", wire.state_path)
        assert half.body == whole[: len(whole) // 2]


@pytest.mark.parametrize("route", ["state", "message"])
def test_a_length_can_be_too_long(route: str) -> None:
    with serve(Fault(route, 1, "after_effect", "long_length")) as server:
        wire = Wire(server.url).ready()
        call = wire.say if route == "message" else wire.state
        assert ended(call) is http.client.IncompleteRead


@pytest.mark.parametrize("route", ["state", "message"])
def test_a_length_can_be_missing(route: str) -> None:
    with serve(Fault(route, 1, "after_effect", "no_length")) as server:
        wire = Wire(server.url).ready()
        got = wire.say() if route == "message" else wire.call("GET", wire.state_path)
        assert not {"content-length", "transfer-encoding"} & set(got.headers)
        assert got.headers["connection"] == "close"
        assert got.texts if route == "message" else got.json


@pytest.mark.parametrize("route", ["state", "message"])
def test_gzip_can_be_cut_off(route: str) -> None:
    with serve(Fault(route, 1, "after_effect", "truncated_gzip")) as server:
        wire = Wire(server.url).ready()
        got = wire.say() if route == "message" else wire.call("GET", wire.state_path)
        assert got.headers["content-encoding"] == "gzip"
        assert len(got.body) == int(got.headers["content-length"])
        with pytest.raises((EOFError, zlib.error)):
            gzip.decompress(got.body)


@pytest.mark.parametrize("at", [-1, 1, 40])
@pytest.mark.parametrize("route", ["state", "message"])
def test_a_split_reply_is_the_same_reply(route: str, at: int) -> None:
    with serve(Fault(route, 1, "after_effect", "split", at=at)) as server:
        wire = Wire(server.url).ready()
        got = wire.say() if route == "message" else wire.call("GET", wire.state_path)
        assert got.texts if route == "message" else got.data["state"]["draft"]["t"]


def test_a_split_reply_comes_in_pieces() -> None:
    with MockServer(options=QUIET, faults=[Fault("credits", 1, "after_effect", "split", at=7)]) as server:
        wire = Wire(server.url)
        wire.sign_in()
        with socket.create_connection((wire.host, wire.port), timeout=5) as line:
            line.sendall(wire.request_bytes("GET", CREDITS, Authorization=wire.headers["Authorization"]))
            first = line.recv(10_000)
            assert first.endswith(b'\r\n\r\n{"code"')


# --- the event stream ------------------------------------------------------------------------------------------------


def test_an_event_can_come_twice() -> None:
    with serve(Fault("message", 2, "after_effect", "duplicate_event")) as server:
        wire = Wire(server.url).ready()
        wire.say()
        texts = wire.say("mute nothing at all").texts
        assert len(texts) > 1
        assert any(texts.count(text) > 1 for text in texts)
        assert len(server.ledger) <= 2


def test_a_stream_can_say_nothing() -> None:
    with serve(Fault("message", 1, "after_effect", "no_text")) as server:
        wire = Wire(server.url).ready()
        got = wire.say()
        assert got.events
        assert got.texts == []
        assert len(server.ledger) == 1


@pytest.mark.parametrize("form", ["json", "broken", "event"])
def test_a_stream_can_fail_in_its_middle(form: str) -> None:
    with serve(Fault("message", 1, "after_effect", "stream_error", form=form, message="overloaded")) as server:
        wire = Wire(server.url).ready()
        body = wire.call("POST", MESSAGE, wire.message_body()).body
        last = body.split(b"\n\n")[-2]
        assert b"overloaded" in last
        if form == "broken":
            with pytest.raises(json.JSONDecodeError):
                json.loads(last[6:])
        else:
            assert ("errorCode" in json.loads(last[6:])) is (form == "event")


@pytest.mark.parametrize("kind", ["apology", "odd_events", "separators", "long_line"])
def test_odd_scenes_can_be_put_in(kind: str) -> None:
    with serve(Fault("message", 1, "after_effect", kind)) as server:
        wire = Wire(server.url).ready()
        body = wire.call("POST", MESSAGE, wire.message_body()).body
        wanted = {
            "apology": b"I encountered a temporary issue",
            "odd_events": b"data: [1,2,3]\n",
            "separators": "\u2028".encode(),
            "long_line": b"x" * 400_000,
        }
        assert wanted[kind] in body


# --- tokens, sessions, renders ---------------------------------------------------------------------------------------


def test_a_token_can_die_before_a_call() -> None:
    with serve(Fault("message", 1, "before_effect", "dead_token")) as server:
        wire = Wire(server.url).ready()
        assert wire.say().json["code"] == 1001
        assert server.ledger == ()
        assert wire.sign_in().status == 200


def test_a_token_can_die_after_a_call() -> None:
    with serve(Fault("message", 1, "after_effect", "dead_token")) as server:
        wire = Wire(server.url).ready()
        assert wire.say().texts
        assert len(server.ledger) == 1
        assert wire.call("GET", CREDITS).json["code"] == 1001


@pytest.mark.parametrize("phase", ["before_effect", "after_effect"])
@pytest.mark.parametrize("route", ["message", "upload", "state", "render"])
def test_a_session_can_die(route: str, phase: str) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        draft = wire.state()["draft"]
        server.add_fault(Fault(route, 1, phase, "dead_session"))
        calls = {
            "message": wire.say,
            "upload": lambda: wire.upload(("b.mp4", b"b")),
            "state": lambda: wire.call("GET", wire.state_path),
            "render": lambda: wire.render(draft=draft),
        }
        assert calls[route]().status == (404 if phase == "before_effect" else 200)
        assert wire.call("GET", wire.state_path).json["code"] == 1002


@pytest.mark.parametrize("route", ["render", "render_status"])
def test_a_render_can_fail(route: str) -> None:
    with serve(Fault(route, 1, "before_effect", "render_failed", message="out of frames")) as server:
        wire = Wire(server.url).ready()
        wire.render()
        data = wire.poll().json["data"]
        assert (data["status"], data["error"]) == ("failed", "out of frames")
        wire.render("render_2")
        assert wire.finish("render_2")


def test_a_status_can_lack_its_url_once() -> None:
    with serve(Fault("render_status", 3, "after_effect", "no_url")) as server:
        wire = Wire(server.url).ready()
        wire.render()
        data = [wire.poll().json["data"] for _ in range(4)]
        assert [(each["status"], bool(each["outputUrl"])) for each in data[2:]] == [
            ("completed", False),
            ("completed", True),
        ]


# --- downloads -------------------------------------------------------------------------------------------------------


def test_a_range_can_be_answered_with_everything() -> None:
    with serve(Fault("result", 1, "after_effect", "full_for_range")) as server:
        wire = Wire(server.url).ready()
        wire.render()
        got = wire.fetch(wire.finish(), Range="bytes=5-")
        assert (got.status, got.body) == (200, b"no real video")


def test_a_file_can_change_under_a_download() -> None:
    with serve(Fault("result", "from 2", "after_effect", "changed_etag")) as server:
        wire = Wire(server.url).ready()
        wire.render()
        url = wire.finish()
        tag = wire.fetch(url).headers["etag"]
        got = wire.fetch(url, Range="bytes=5-", If_Range=tag)
        assert got.status == 200
        assert got.headers["etag"] != tag
        assert wire.fetch(url, Range="bytes=5-").status == 206


@pytest.mark.parametrize("kind", ["reset", "close"])
def test_a_download_can_break_at_a_byte(kind: str) -> None:
    with serve(Fault("result", 1, "after_bytes", kind, after=4)) as server:
        wire = Wire(server.url).ready()
        wire.render()
        url = wire.finish()
        assert ended(lambda: wire.fetch(url)) in BROKEN
        assert server.requests[-1].sent == 4
        assert wire.fetch(url, Range="bytes=4-").body == b"eal video"


# --- uploads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("phase", "files"), [("before_effect", 1), ("after_effect", 2)])
def test_an_upload_can_break_before_or_after_it_is_there(phase: str, files: int) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        server.add_fault(Fault("upload", 1, phase, "reset"))
        assert ended(lambda: wire.upload(("b.mp4", b"b"))) in RESET
        assert len(wire.state()["video_infos"]) == files


def test_an_upload_can_arrive_later() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        server.add_fault(Fault("upload", 1, "delay_effect", "reset", delay=60))
        assert ended(lambda: wire.upload(("b.mp4", b"b"))) in RESET
        assert len(wire.state()["video_infos"]) == 1
        server.advance(60)
        assert len(wire.state()["video_infos"]) == 2


def test_a_render_can_be_lost_or_late() -> None:
    with serve(Fault("render", 1, "after_effect", "status", effect="lost", status=502)) as server:
        wire = Wire(server.url).ready()
        assert wire.render().status == 502
        assert wire.poll().status == 404
        server.add_fault(Fault("render", 1, "delay_effect", "reset", delay=30))
        assert ended(wire.render) in RESET
        assert wire.poll().status == 404
        server.advance(30)
        assert wire.poll().json["data"]["status"] == "pending"


# --- counting and the journal ----------------------------------------------------------------------------------------


def test_only_the_nth_call_is_hit() -> None:
    with serve(Fault("credits", (2, 4), "before_effect", "status")) as server:
        wire = Wire(server.url)
        wire.sign_in()
        assert [wire.call("GET", CREDITS).status for _ in range(5)] == [200, 503, 200, 503, 200]


def test_a_request_is_recorded_before_a_fault_strikes() -> None:
    with serve(Fault("token", 1, "before_reading", "reset")) as server:
        wire = Wire(server.url)
        assert ended(wire.sign_in) in RESET
        (row,) = server.requests
        assert (row.method, row.path, row.route, row.status) == ("POST", TOKEN, "token", 0)
        assert row.headers["x-client-id"] == "client-1"
        assert row.head.startswith(b"POST /api/auth/anonymous-token HTTP/1.1\r\n")


def test_a_body_is_recorded_byte_for_byte() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        body = multipart(("b.mp4", bytes(range(256)) * 40))
        wire.call("POST", wire.upload_path, body, MULTIPART)
        assert server.requests[-1].body == body
        assert server.requests[-1].size == len(body)


def test_a_close_lets_a_running_reply_end() -> None:
    with MockServer(options=MockOptions(silent=0, studio="off")) as server:
        wire = Wire(server.url).ready()
        with socket.create_connection((wire.host, wire.port), timeout=5) as line:
            body = json.dumps(wire.message_body()).encode()
            line.sendall(wire.request_bytes("POST", MESSAGE, body))
            line.recv(20)
            begun = time.monotonic()
            server.close()
            assert time.monotonic() - begun < 5
            rest = b""
            while piece := line.recv(65536):
                rest += piece
        assert rest.endswith(b"0\r\n\r\n")


def test_a_close_does_not_wait_for_a_stall() -> None:
    server = MockServer(options=QUIET, faults=[Fault("token", 1, "before_effect", "stall")]).start()
    wire = Wire(server.url)
    with socket.create_connection((wire.host, wire.port), timeout=5) as line:
        line.sendall(wire.request_bytes("POST", TOKEN))
        while not server.requests or not server.requests[0].faults:
            time.sleep(0.01)
        begun = time.monotonic()
        server.close()
        assert time.monotonic() - begun < 5
        assert line.recv(10) == b""
