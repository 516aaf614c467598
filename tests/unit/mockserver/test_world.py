"""The mock's memory: kept, restored, begun again; its clock, its control plane, its transcripts."""

from __future__ import annotations

import json
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, InputError, MachineError
from clipline.mockserver import Fault, MockOptions, MockServer, MovableClock
from clipline.mockserver.model import WorldState
from clipline.mockserver.store import Store
from clipline.testing.clocks import VirtualClock
from mock_wire import ATTRIBUTION, CREDITS, EDIT, Wire

QUIET = MockOptions(silent=0, gui_talk=0, studio="off")


def serve(**settings: Any) -> MockServer:
    return MockServer(**{"clock": VirtualClock(), "options": QUIET, **settings})


def story(url: str) -> list[bytes]:
    """A little of everything; what every reply said."""
    wire = Wire(url)
    said = [wire.sign_in().body, wire.open().body, wire.upload(("a.mp4", b"a")).body.replace(url.encode(), b"")]
    return [*said, wire.say().body, json.dumps(wire.state()["draft"]).encode(), wire.render().body]


# --- repeatable ------------------------------------------------------------------------------------------------------


def test_the_same_seed_tells_the_same_story() -> None:
    told = []
    for seed in (1, 1, 2):
        with serve(options=MockOptions(seed=seed, silent=0, studio="off")) as server:
            told.append(story(server.url))
    assert told[0] == told[1]
    assert told[0][0] != told[2][0]


# --- kept ------------------------------------------------------------------------------------------------------------


def test_a_world_in_a_folder_outlives_its_server(tmp_path: Path) -> None:
    with serve(folder=tmp_path) as server:
        wire = Wire(server.url).ready()
        wire.say()
        wire.render()
        before, ledger = wire.state(), server.ledger
    with serve(folder=tmp_path) as server:
        wire.url, wire.port = server.url, int(server.url.rpartition(":")[2])
        after = wire.state()
        assert after["draft"] == before["draft"]
        assert server.ledger == ledger
        assert wire.fetch(wire.finish()).body == b"no real video"


def test_a_world_is_on_the_disk_before_the_reply(tmp_path: Path) -> None:
    with serve(folder=tmp_path) as server:
        wire = Wire(server.url).ready()
        wire.say()
        kept = json.loads((tmp_path / "world.json").read_text())
        assert kept["charges"][0]["text"] == EDIT
        assert stat.S_IMODE((tmp_path / "world.json").stat().st_mode) == 0o600
        assert not [path for path in tmp_path.rglob("*") if ".part" in path.name]


def test_what_a_server_left_that_died_while_it_wrote_its_world_goes_with_the_next_write(tmp_path: Path) -> None:
    (tmp_path / ".world.json.part").write_text('{"tokens": "half')
    store = Store(tmp_path)
    for _ in range(2):
        store.save(WorldState())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["media", "renders", "world.json"]


def test_credits_of_an_edit_that_died_with_the_server_are_free_again(tmp_path: Path) -> None:
    with serve(folder=tmp_path, faults=[Fault("message", 1, "delay_effect", "none", delay=10)]) as server:
        wire = Wire(server.url).ready()
        wire.say()
        assert wire.credits()["frozen"] == 10
    with serve(folder=tmp_path) as server:
        wire.port = int(server.url.rpartition(":")[2])
        assert wire.credits() == {"available": 100, "frozen": 0, "total": 100}


def test_a_folder_with_something_else_in_it_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text('{"accounts": 1}')
    with pytest.raises(MachineError, match="holds no world"):
        serve(folder=tmp_path)


def test_what_is_old_is_removed_at_a_start(tmp_path: Path) -> None:
    clock = VirtualClock()
    with serve(folder=tmp_path, clock=clock) as server:
        wire = Wire(server.url).ready()
        wire.say()
        wire.render()
        wire.finish()
    clock.advance(29 * 86_400)
    serve(folder=tmp_path, clock=clock).close()
    assert len(list(tmp_path.glob("*/*"))) == 2
    clock.advance(2 * 86_400)
    with serve(folder=tmp_path, clock=clock) as server:
        assert list(tmp_path.glob("*/*")) == []
        assert len(server.ledger) == 1
        assert server.snapshot()["world"]["sessions"] == {}


def test_without_a_folder_nothing_stays() -> None:
    with serve() as server:
        Wire(server.url).ready()
        root = server._service.world.store.root
        assert root.exists()
    assert not root.exists()


# --- snapshot and reset ----------------------------------------------------------------------------------------------


def test_a_snapshot_brings_everything_back() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        snapshot = json.loads(json.dumps(server.snapshot()))
        before = wire.state()
        wire.say()
        assert server.ledger
        server.restore(snapshot)
        assert server.ledger == ()
        assert wire.state() == before
        wire.render()
        assert wire.fetch(wire.finish()).body == b"no real video"


@pytest.mark.parametrize("snapshot", [{}, {"clipline_mock": 1}, {"clipline_mock": 1, "world": {"accounts": 3}}])
def test_what_is_no_snapshot_is_refused(snapshot: dict[str, Any]) -> None:
    with serve() as server, pytest.raises(InputError, match="no snapshot"):
        server.restore(snapshot)


def test_a_reset_is_a_new_beginning() -> None:
    with serve(faults=[Fault("state", 1, "before_effect", "status")]) as server:
        first = Wire(server.url)
        first.sign_in()
        first.open()
        assert first.call("GET", first.state_path).status == 503
        server.add_fault(Fault("credits", "every", "before_effect", "status"))
        server.reset()
        assert server.requests == ()
        assert server.ledger == ()
        again = Wire(server.url)
        assert again.sign_in().data["token"] == first.headers["Authorization"].split()[1]
        again.open()
        assert again.call("GET", again.state_path).status == 503
        assert again.call("GET", CREDITS).status == 200


# --- the clock -------------------------------------------------------------------------------------------------------


def test_the_servers_own_clock_can_be_moved() -> None:
    with MockServer(options=QUIET) as server:
        wire = Wire(server.url)
        wire.sign_in()
        server.advance(7 * 86_400)
        assert wire.call("GET", CREDITS).json["code"] == 1001


def test_a_clock_that_nobody_moves_says_so() -> None:
    with MockServer(clock=Clock(), options=QUIET) as server, pytest.raises(InputError, match="cannot be moved"):
        server.advance(1)


def test_a_sleeper_wakes_when_the_clock_is_moved() -> None:
    clock = MovableClock()
    awake = threading.Event()
    thread = threading.Thread(target=lambda: (clock.within(9999).sleep(1000), awake.set()), daemon=True)
    thread.start()
    for _ in range(3):
        assert not awake.wait(0.02)
        clock.advance(400)
    assert awake.wait(5)


def test_a_sleeper_wakes_when_cancelled() -> None:
    token = CancelToken()
    clock = MovableClock().with_token(token)
    threading.Timer(0.05, token.cancel).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        clock.sleep(1000)
    assert time.monotonic() - begun < 5


# --- the control plane -----------------------------------------------------------------------------------------------


def test_the_control_plane_shows_ledger_and_requests() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        wire.say()
        (charge,) = wire.call("GET", "/__mock__/ledger").json
        assert (charge["kind"], charge["amount"], charge["session_id"]) == ("edit", 10, wire.session)
        got = wire.call("GET", "/__mock__/requests")
        rows = got.json
        assert [row["route"] for row in rows] == ["token", "session", "upload", "message"]
        assert json.loads(rows[-1]["body"])["session_id"] == wire.session
        secret = wire.headers["Authorization"].split()[1]
        assert secret.encode() not in got.body
        assert b"client-1" not in got.body


def test_the_control_plane_sets_faults_clock_and_world() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        snapshot = wire.call("GET", "/__mock__/snapshot").body
        fault = {"route": "credits", "kind": "status", "phase": "before_effect", "nth": "every"}
        assert wire.call("POST", "/__mock__/faults", [fault]).json == {"ok": True, "added": 1}
        assert wire.call("GET", CREDITS).status == 503
        wire.call("POST", "/__mock__/faults", [])
        assert wire.call("GET", CREDITS).status == 200
        now = wire.call("POST", "/__mock__/clock", {}).json["now"]
        assert wire.call("POST", "/__mock__/clock", {"advance": 60}).json["now"] == now + 60
        wire.say()
        assert wire.call("POST", "/__mock__/restore", snapshot).status == 200
        assert wire.call("GET", "/__mock__/ledger").json == []
        wire.call("POST", "/__mock__/reset")
        assert wire.call("GET", CREDITS).json["code"] == 1001
        token = wire.call("POST", "/__mock__/accounts", {"user_id": "usr_1", "credits": 5}).json["token"]
        wire.headers["Authorization"] = f"Bearer {token}"
        assert wire.credits()["available"] == 5


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "faults", [{"route": "credit", "kind": "status"}], 400),
        ("POST", "faults", b"{", 400),
        ("POST", "clock", {"advance": -1}, 400),
        ("POST", "clock", [], 400),
        ("POST", "restore", {}, 400),
        ("POST", "accounts", {}, 400),
        ("POST", "accounts", {"user_id": "u", "credits": "many"}, 400),
        ("GET", "nothing", None, 404),
        ("GET", "reset", None, 404),
    ],
)
def test_the_control_plane_says_what_is_wrong(method: str, path: str, body: object, status: int) -> None:
    with serve() as server:
        got = Wire(server.url).call(method, f"/__mock__/{path}", body)
        assert got.status == status
        assert got.json["error"]


def test_old_bodies_are_let_go_before_memory_runs_out() -> None:
    from clipline.mockserver.requests import RequestJournal

    journal = RequestJournal()
    for _ in range(70):
        journal.begin("POST", "/", {}, b"", 0.0).took(b"x" * 5 * 1024 * 1024)
    sizes = [len(row.body) for row in journal.rows]
    assert sizes[0] == 0
    assert sizes[-1] == 4 * 1024 * 1024
    assert sum(sizes) <= 65 * 4 * 1024 * 1024


def test_who_looks_again_is_given_what_came_since() -> None:
    with serve() as server:
        wire = Wire(server.url)
        wire.sign_in()
        seen = server.request_count
        wire.call("GET", CREDITS)
        assert [request.path for request in server.requests_after(seen)] == [CREDITS]
        assert len(server.requests) == server.request_count == seen + 1
        server.reset()
        assert server.request_count == 0


def test_two_servers_stand_side_by_side() -> None:
    with serve() as one, serve() as other:
        assert one.url != other.url
        Wire(one.url).sign_in()
        assert other.requests == ()


def test_a_taken_port_is_an_error_of_this_machine() -> None:
    with serve() as server, pytest.raises(MachineError, match="cannot listen"):
        serve(port=int(server.url.rpartition(":")[2]))


# --- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [{"dialect": "klingon"}, {"silent": 2}, {"credits": -1}, {"plan": "gold"}, {"envelope": "x"}, {"renewal": "never"}],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        MockOptions(**options)


# --- replay ----------------------------------------------------------------------------------------------------------


def transcript(path: Path, *rows: dict[str, Any]) -> Path:
    head = {"clipline_transcript": 1, "base": "https://api.invalid"}
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in (head, *rows)) + "\n", "utf-8")
    return path


def call(method: str, path: str, body: object, status: int = 200) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return {
        "method": method,
        "path": path,
        "status": status,
        "headers": {"content-type": "application/json"},
        "body": text,
    }


def test_a_transcript_is_played_in_its_order(tmp_path: Path) -> None:
    sid = "1" * 19
    path = transcript(
        tmp_path / "t.jsonl",
        call("POST", "/api/auth/anonymous-token", {"code": 0, "data": {"token": "…", "user_id": "anon_1"}}),
        call("GET", f"/api/state/nemo_agent/me/{sid}/latest", {"n": 1, "id": sid}),
        call("GET", f"/api/state/nemo_agent/me/{sid}/latest", {"n": 2}),
        call("GET", "/api/render/proxy/lambda/render_5", {"id": "render_5", "url": "https://api.invalid/x"}),
        call("GET", "/api/credits/balance/simple", {"code": 1001}, 401),
    )
    with serve(replay=path) as server:
        wire = Wire(server.url)
        assert wire.sign_in().data["token"].startswith("nmv_usr_")
        wire.session = "2" * 19
        replies = [wire.call("GET", wire.state_path).json for _ in range(3)]
        assert replies == [{"n": 1, "id": "2" * 19}, {"n": 2}, {"n": 2}]
        assert wire.poll("render_9").json == {"id": "render_9", "url": f"{server.url}/x"}
        got = wire.call("GET", CREDITS)
        assert (got.status, got.headers["content-type"]) == (401, "application/json")
        got = wire.call("POST", "/run_sse", wire.message_body())
        assert got.status == 501
        assert "POST /run_sse" in got.json["message"]
        assert [row.route for row in server.requests][:2] == ["token", "state"]


def test_a_transcript_is_struck_by_faults_too(tmp_path: Path) -> None:
    path = transcript(tmp_path / "t.jsonl", call("GET", CREDITS, {"code": 0, "data": {}}))
    with serve(replay=path, faults=[Fault("credits", 1, "before_effect", "status")]) as server:
        assert [Wire(server.url).call("GET", CREDITS).status for _ in range(2)] == [503, 200]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no transcript"),
        ("{}", "no transcript"),
        ("x", ":1: no JSON"),
        ('{"clipline_transcript": 1}\n{"method": "GET"}', ":2: no call"),
    ],
)
def test_what_is_no_transcript_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        serve(replay=path)


def test_headers_of_a_request_are_kept_as_they_came() -> None:
    with serve() as server:
        Wire(server.url).sign_in()
        (row,) = server.requests
        assert all(row.headers[name.lower()] == value for name, value in ATTRIBUTION.items())
        assert all(f"{name}: {value}\r\n".encode() in row.head for name, value in ATTRIBUTION.items())
