"""Every call of the service against the mock, over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from clipline.mockserver import MockOptions, MockServer
from clipline.testing.clocks import VirtualClock
from mock_wire import CLAIM, CREDITS, EDIT, MESSAGE, RENDER, SESSION, TOKEN, Wire

DAY = 86_400.0


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def server(clock: VirtualClock) -> Iterator[MockServer]:
    with MockServer(clock=clock, options=MockOptions(silent=0, studio="off")) as server:
        yield server


@pytest.fixture
def wire(server: MockServer) -> Wire:
    return Wire(server.url)


def serve(clock: VirtualClock | None = None, **options: object) -> MockServer:
    return MockServer(clock=clock or VirtualClock(), options=MockOptions(silent=0, studio="off", **options))


# --- accounts --------------------------------------------------------------------------------------------------------


def test_an_anonymous_token_has_a_user_credits_and_an_end(wire: Wire) -> None:
    got = wire.sign_in()
    assert got.status == 200
    assert got.json["code"] == 0
    assert got.data["token"].startswith("nmv_usr_")
    assert got.data["user_id"].startswith("anon_")
    assert got.data["credits"] == 100
    assert got.data["expires_at"] == "2026-01-08T00:00:00Z"


def test_a_token_call_without_a_client_id_is_a_bad_request(wire: Wire) -> None:
    got = wire.call("POST", TOKEN)
    assert (got.status, got.json["code"]) == (400, 400)


def test_a_client_gets_one_token_in_seven_days(server: MockServer, wire: Wire) -> None:
    first = wire.sign_in()
    got = wire.sign_in()
    assert (got.status, got.json["code"]) == (429, 429)
    assert int(got.headers["retry-after"]) == 7 * DAY
    server.advance(7 * DAY)
    again = wire.sign_in()
    assert again.status == 200
    assert again.data["token"] != first.data["token"]
    assert again.data["user_id"] == first.data["user_id"]


def test_a_renewed_token_may_be_of_a_new_user() -> None:
    with serve(renewal="new") as server:
        wire = Wire(server.url)
        first = wire.sign_in().data["user_id"]
        server.advance(7 * DAY)
        assert wire.sign_in().data["user_id"] != first


def test_an_address_gets_ten_tokens(server: MockServer) -> None:
    statuses = [Wire(server.url, f"client-{number}").sign_in().status for number in range(11)]
    assert statuses == [200] * 10 + [429]
    server.advance(7 * DAY)
    assert Wire(server.url, "client-10").sign_in().status == 200


@pytest.mark.parametrize("authorization", [None, "Bearer nmv_usr_unknown", "Basic abc", "Bearer "])
def test_a_missing_or_unknown_token_is_refused(wire: Wire, authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    got = wire.call("GET", CREDITS, headers=headers)
    assert (got.status, got.json["code"]) == (401, 1001)


def test_a_token_ends_with_the_clock(server: MockServer, wire: Wire) -> None:
    wire.sign_in()
    server.advance(7 * DAY - 1)
    assert wire.call("GET", CREDITS).status == 200
    server.advance(1)
    got = wire.call("GET", CREDITS)
    assert (got.status, got.json["code"]) == (401, 1001)


def test_a_token_given_out_by_hand_is_a_registered_users(server: MockServer, wire: Wire) -> None:
    wire.headers["Authorization"] = f"Bearer {server.issue_token('usr_7', credits=700)}"
    assert wire.credits() == {"available": 700, "frozen": 0, "total": 700}


# --- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_id_is_a_text_of_19_digits(wire: Wire) -> None:
    wire.sign_in()
    got = wire.open()
    assert isinstance(got.data["session_id"], str)
    assert len(got.data["session_id"]) == 19
    assert got.data["session_id"].isdecimal()
    assert got.data["task_id"]


def test_a_reply_names_the_user_only_sometimes(wire: Wire) -> None:
    wire.sign_in()
    named = {"user_id" in wire.call("POST", SESSION, {"task_name": "p"}).data for _ in range(20)}
    assert named == {True, False}


def test_a_session_of_another_user_is_not_there(server: MockServer, wire: Wire) -> None:
    wire.ready()
    other = Wire(server.url, "client-2")
    other.sign_in()
    other.session = wire.session
    got = other.call("GET", wire.state_path)
    assert (got.status, got.json["code"]) == (404, 1002)
    got = other.say()
    assert got.status == 404
    assert got.json["detail"] == f"Session not found: {wire.session}"


def test_a_session_may_end_by_the_clock() -> None:
    with serve(session_hours=2) as server:
        wire = Wire(server.url).ready()
        server.advance(7199)
        assert wire.call("GET", wire.state_path).status == 200
        server.advance(1)
        assert wire.call("GET", wire.state_path).json["code"] == 1002


def test_a_fresh_session_has_an_empty_draft(wire: Wire) -> None:
    wire.sign_in()
    wire.open()
    state = wire.state()
    assert state["draft"]["t"] == []
    assert state["video_infos"] == []
    assert state["generated_media"] == []


def test_a_claim_token_opens_a_page_that_registers(server: MockServer) -> None:
    with serve(plan="no_export") as server:
        wire = Wire(server.url).ready()
        got = wire.call("POST", CLAIM, {"task_id": wire.task, "session_id": wire.session})
        assert got.data["claim_token"].startswith("clm_")
        assert got.data["expires_in"] == 604_800
        assert wire.render().json["code"] == 402
        page = f"/workspace/claim?ct={got.data['claim_token']}"
        shown = wire.call("GET", page)
        assert shown.status == 200
        assert wire.session.encode() in shown.body
        assert wire.render().json["code"] == 402
        assert wire.call("POST", page).status == 200
        assert wire.render().status == 200
        server.advance(604_800)
        assert wire.call("GET", page).status == 404


def test_a_claim_needs_the_right_task(wire: Wire) -> None:
    wire.ready()
    got = wire.call("POST", CLAIM, {"task_id": "task_0", "session_id": wire.session})
    assert (got.status, got.json["code"]) == (404, 404)


def test_a_page_of_an_unknown_claim_is_not_there(wire: Wire) -> None:
    assert wire.call("GET", "/workspace/claim?ct=clm_1").status == 404


# --- messages --------------------------------------------------------------------------------------------------------


def test_an_edit_changes_the_draft_and_costs_once(server: MockServer, wire: Wire) -> None:
    wire.ready()
    before = wire.state()["draft"]
    got = wire.say(EDIT)
    assert got.status == 200
    assert got.headers["content-type"].startswith("text/event-stream")
    assert got.headers["transfer-encoding"] == "chunked"
    assert got.texts
    assert wire.state()["draft"] != before
    (charge,) = server.ledger
    assert (charge.kind, charge.amount, charge.text) == ("edit", 10, EDIT)
    assert (charge.session_id, charge.user_id) == (wire.session, wire.user)
    assert wire.credits() == {"available": 90, "frozen": 0, "total": 90}


def test_a_draft_keeps_unknown_keys_and_their_order(wire: Wire) -> None:
    wire.ready()
    before = wire.state()["draft"]
    wire.say()
    after = wire.state()["draft"]
    assert [key for key in after if key in before] == list(before)
    assert after["ak"] == before["ak"]
    assert isinstance(after["id"], int)
    assert after["id"] > 2**53


def test_credits_are_frozen_while_an_edit_goes_on(server: MockServer, clock: VirtualClock) -> None:
    seen = []

    class Watching(VirtualClock):
        def wait(self, seconds: float) -> None:
            seen.append(other.credits())
            super().wait(seconds)

    with MockServer(clock=Watching(), options=MockOptions(silent=0, studio="off")) as server:
        wire = Wire(server.url).ready()
        other = Wire(server.url)
        other.headers = dict(wire.headers)
        wire.say()
        assert seen[0] == {"available": 90, "frozen": 10, "total": 100}
        assert wire.credits() == {"available": 90, "frozen": 0, "total": 90}


def test_without_enough_credits_nothing_is_done() -> None:
    with serve(credits=15) as server:
        wire = Wire(server.url).ready()
        assert wire.say().status == 200
        before = wire.state()
        got = wire.say()
        assert (got.status, got.json["code"]) == (402, 2001)
        assert wire.state() == before
        assert len(server.ledger) == 1
        assert wire.credits() == {"available": 5, "frozen": 0, "total": 5}


def test_a_generation_costs_its_own_price() -> None:
    with serve(credits=250) as server:
        wire = Wire(server.url)
        wire.sign_in()
        wire.open()
        got = wire.say("generate a 5-second video of a cat on a beach")
        assert got.status == 200
        (charge,) = server.ledger
        assert (charge.kind, charge.amount) == ("generation", 100)
        assert len(wire.state()["generated_media"]) == 1
        assert wire.state()["draft"]["t"]


def test_the_older_dialect_tells_types() -> None:
    with serve(dialect="vendor") as server:
        wire = Wire(server.url).ready()
        kinds = [event["type"] for event in wire.say().events]
        assert "tool_call" in kinds
        assert "text" in kinds


def test_heartbeats_come_where_they_are_asked_for() -> None:
    with serve(heartbeats=3) as server:
        wire = Wire(server.url).ready()
        assert wire.say().body.count(b"heartbeat") + wire.say().body.count(b"data:\n\n") >= 1


def test_silent_edits_say_nothing_and_are_done() -> None:
    with MockServer(clock=VirtualClock(), options=MockOptions(silent=1)) as server:
        wire = Wire(server.url).ready()
        before = wire.state()["draft"]
        assert wire.say().texts == []
        assert wire.state()["draft"] != before


@pytest.mark.parametrize(
    "change",
    [{"app_name": None}, {"session_id": 7}, {"new_message": {}}, {"new_message": {"parts": [{"text": 1}]}}],
)
def test_a_bad_message_is_told_in_adks_form(wire: Wire, change: dict[str, object]) -> None:
    wire.ready()
    got = wire.call("POST", MESSAGE, {**wire.message_body(), **change})
    assert got.status == 422
    assert {"type", "loc", "msg"} <= set(got.json["detail"][0])


def test_a_body_that_is_no_json_is_told_in_adks_form(wire: Wire) -> None:
    wire.ready()
    got = wire.call("POST", MESSAGE, b"{")
    assert got.status == 422
    assert got.json["detail"][0]["type"] == "json_invalid"


def test_a_client_that_leaves_ends_the_work() -> None:
    import socket
    import time

    with MockServer(options=MockOptions(silent=0, pace=2)) as server:
        wire = Wire(server.url).ready()
        body = json.dumps(wire.message_body()).encode()
        with socket.create_connection((wire.host, wire.port)) as line:
            line.sendall(wire.request_bytes("POST", MESSAGE, body))
            line.recv(10)
        for _ in range(100):
            if wire.credits()["frozen"] == 0:
                break
            time.sleep(0.05)
        assert server.ledger == ()
        assert wire.credits() == {"available": 100, "frozen": 0, "total": 100}


# --- renders ---------------------------------------------------------------------------------------------------------


def test_a_render_is_pending_then_processing_then_completed(wire: Wire) -> None:
    wire.ready()
    got = wire.render()
    assert got.json == {"success": True, "data": {"id": "render_1", "status": "pending", "progress": 5}}
    statuses = [wire.poll().json["data"] for _ in range(3)]
    assert [each["status"] for each in statuses] == ["pending", "processing", "completed"]
    assert [each["outputUrl"] is None for each in statuses] == [True, True, False]


def test_the_same_render_id_is_refused(wire: Wire) -> None:
    wire.ready()
    wire.render()
    got = wire.render()
    assert (got.status, got.json["code"]) == (409, 409)


def test_a_render_belongs_to_the_token_that_made_it(server: MockServer, wire: Wire) -> None:
    wire.ready()
    wire.render()
    server.advance(7 * DAY)
    wire.sign_in()
    assert wire.call("GET", wire.state_path).status == 200
    got = wire.poll()
    assert (got.status, got.json["code"]) == (404, 404)


@pytest.mark.parametrize(
    ("form", "status", "url"),
    [
        ("data", lambda reply: reply["data"]["status"], lambda reply: reply["data"]["outputUrl"]),
        ("top", lambda reply: reply["status"], lambda reply: reply["output"].get("url")),
        ("code", lambda reply: reply["data"]["status"], lambda reply: reply["data"]["outputUrl"]),
    ],
)
def test_the_three_forms_of_a_status(form: str, status, url) -> None:
    with serve(render_form=form, render_polls=0) as server:
        wire = Wire(server.url).ready()
        wire.render()
        reply = wire.poll().json
        assert status(reply) == "completed"
        assert url(reply).startswith(server.url)
        assert ("code" in reply, "success" in reply) == (form == "code", form == "data")


def test_completed_may_come_before_its_url() -> None:
    with serve(render_polls=0, late_url=1) as server:
        wire = Wire(server.url).ready()
        wire.render()
        first, second = (wire.poll().json["data"] for _ in range(2))
        assert (first["status"], first["outputUrl"]) == ("completed", None)
        assert second["outputUrl"]


def test_a_plan_without_export_refuses_a_render() -> None:
    with serve(plan="no_export") as server:
        wire = Wire(server.url).ready()
        got = wire.render()
        assert (got.status, got.json["code"]) == (402, 402)
        assert "subscription" in got.json["message"]
        assert wire.call("POST", f"/register?bind={wire.user}").status == 200
        assert wire.render().status == 200


@pytest.mark.parametrize("name", ["X-Skill-Source", "X-Skill-Version", "X-Skill-Platform"])
def test_a_missing_attribution_header_shows_up_at_the_export(wire: Wire, name: str) -> None:
    wire.ready()
    kept = wire.headers.pop(name)
    assert wire.call("GET", CREDITS).status == 200
    wire.headers[name] = kept
    got = wire.render()
    assert (got.status, got.json["code"]) == (402, 402)
    assert name.lower() in got.json["message"]


@pytest.mark.parametrize("change", [{"id": None}, {"sessionId": 5}, {"draft": "x"}, {"output": []}])
def test_a_bad_render_request_is_told_where(wire: Wire, change: dict[str, object]) -> None:
    wire.ready()
    body = {"id": "render_1", "sessionId": wire.session, "draft": wire.state()["draft"], "output": {}}
    got = wire.call("POST", RENDER, {**body, **change})
    assert got.status == 422
    assert got.json["detail"][0]["loc"] == ["body", next(iter(change))]


def test_an_empty_draft_is_not_rendered(wire: Wire) -> None:
    wire.ready()
    assert wire.render(draft={"t": [{"tt": 0, "sg": []}]}).json["code"] == 400


def test_a_render_can_be_cancelled(wire: Wire) -> None:
    wire.ready()
    wire.render()
    got = wire.call("POST", f"{RENDER}/render_1/cancel")
    assert got.json["data"] == {"id": "render_1", "status": "cancelled"}
    assert wire.poll().json["data"]["status"] == "cancelled"


def test_rendering_is_free(server: MockServer, wire: Wire) -> None:
    wire.ready()
    wire.render()
    wire.finish()
    assert server.ledger == ()


def test_the_draft_that_was_sent_is_the_one_rendered(server: MockServer, wire: Wire) -> None:
    wire.ready()
    wire.render(draft={"t": [{"tt": 0, "sg": [{"d": 1, "f": "nothing.mp4", "m": {"title": "nothing.mp4"}}]}]})
    statuses = [wire.poll().json["data"] for _ in range(3)]
    assert statuses[-1]["status"] == "failed"
    assert statuses[-1]["error"]


# --- all the rest ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("DELETE", CREDITS), ("GET", TOKEN), ("POST", "/api/render/proxy/x/y")]
)
def test_an_unknown_route_is_named(wire: Wire, method: str, path: str) -> None:
    got = wire.call(method, path)
    assert got.status == 501
    assert f"{method} {path}" in got.json["message"]


@pytest.mark.parametrize(
    ("envelope", "status", "shape"),
    [
        ("status", 404, {"code": 1002, "message": "session not found or expired", "data": None}),
        ("ok", 200, {"code": 1002, "message": "session not found or expired", "data": None}),
        ("success", 200, {"success": False, "error": "session not found or expired", "code": 1002}),
        ("detail", 404, {"detail": "session not found or expired"}),
    ],
)
def test_an_error_rides_in_the_envelope_of_the_options(envelope: str, status: int, shape: object) -> None:
    with serve(envelope=envelope) as server:
        wire = Wire(server.url)
        wire.sign_in()
        wire.session = "1" * 19
        got = wire.call("GET", wire.state_path)
        assert (got.status, got.json) == (status, shape)


def test_an_error_may_be_a_page_of_a_proxy() -> None:
    with serve(envelope="html") as server:
        got = Wire(server.url).call("GET", CREDITS)
        assert got.status == 401
        assert got.headers["content-type"] == "text/html"
        assert b"<html>" in got.body


def test_a_connection_serves_many_requests(wire: Wire) -> None:
    import http.client

    wire.sign_in()
    line = http.client.HTTPConnection(wire.host, wire.port)
    for _ in range(3):
        line.request("GET", CREDITS, headers=wire.headers)
        assert line.getresponse().read()
    line.close()


@pytest.mark.parametrize(
    "junk",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / FTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /__mock__/clock HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"POST /__mock__/clock HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"POST /__mock__/faults HTTP/1.1\r\nConnection: close\r\nContent-Length: 20000\r\n\r\n" + b"[" * 20_000,
    ],
    ids=["no HTTP", "no header", "FTP", "no length", "a long length", "control", "no chunk", "nested"],
)
def test_what_is_no_http_is_a_bad_request(wire: Wire, junk: bytes) -> None:
    assert wire.raw(junk).startswith(b"HTTP/1.1 400 ")
