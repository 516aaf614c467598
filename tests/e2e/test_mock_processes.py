"""The mock and processes: a server of its own that an address leads to, and one world that several commands share."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

import commands
from clipline.backends.mock_world import MockWorld
from clipline.clock import Clock
from clipline.mockserver import MockServer

RUN = ("run", "quick-edit", "--backend", "mock")
MADE = "crossing-edited.mp4"


class Command:
    """A command in a process of its own, with its events as they come."""

    def __init__(self, state: Path, folder: Path, *words: str, **variables: str) -> None:
        folder.mkdir(exist_ok=True)
        self.process = commands.Popen(
            [*commands.CLIPLINE, *words, "--progress", "json"],
            cwd=folder,
            env=commands.environment(state, **{"CLIPLINE_MOCK_SILENT": "0", **variables}),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.events: list[dict[str, Any]] = []

    def until(self, kind: str, stage: str) -> None:
        """Read events until this one."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            event = json.loads(line)
            self.events.append(event)
            if (event["type"], event["stage"]) == (kind, stage):
                return
        raise AssertionError(f"{kind} of {stage} never came: {self.events[-3:]}")

    def end(self) -> int:
        """Read all other events; the exit status."""
        _, rest = self.process.communicate(timeout=120)
        self.events += [json.loads(line) for line in rest.splitlines() if line.startswith("{")]
        return self.process.returncode

    def kill(self) -> None:
        """Let it die at once, with all that it serves."""
        self.process.send_signal(signal.SIGKILL)
        assert self.end() == -signal.SIGKILL


@contextmanager
def mock_process(folder: Path) -> Iterator[str]:
    """`clipline mock`, and its address."""
    command = [*commands.CLIPLINE, "mock", "--port", "0", "--option", "studio=off", "--quiet"]
    with commands.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def world_of(state: Path) -> dict[str, Any]:
    """What the mock's world holds, its server being over."""
    world: dict[str, Any] = json.loads((state / "mock" / "world.json").read_text("utf-8", "surrogatepass"))
    return world.get("world", world)


def charged_sessions(state: Path) -> list[str]:
    """The session of each edit that was charged."""
    return [charge["session_id"] for charge in world_of(state)["charges"] if charge["kind"] == "edit"]


def test_an_address_leads_to_a_server_that_is_there(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with mock_process(tmp_path) as url:
        assert Command(state, tmp_path / "work", *RUN, CLIPLINE_MOCK_API_URL=url).end() == 0
        with urlopen(f"{url}/__mock__/ledger", timeout=10) as reply:
            told = reply.read().decode()
    assert told.count('"edit"') == 1
    assert (tmp_path / "work" / MADE).exists()
    assert not (state / "mock").exists(), "there is no world of its own"
    (tokens,) = (state / "credentials").glob("*.json")
    assert tokens.name.startswith(url.removeprefix("http://").replace(":", "_"))


def test_an_address_at_which_nobody_answers_is_told_and_no_other_server_is_used(tmp_path: Path) -> None:
    state = tmp_path / "state"
    command = Command(state, tmp_path / "work", *RUN, CLIPLINE_MOCK_API_URL="http://127.0.0.1:9")
    assert command.end() == 5
    assert not (state / "mock").exists()
    (error,) = [event["data"]["error"] for event in command.events if event["data"].get("error")]
    assert error["code"] == "unreachable"
    assert "127.0.0.1" in error["message"]


def test_two_commands_at_once_share_a_world_and_each_ends_well(tmp_path: Path) -> None:
    state = tmp_path / "state"
    commands = [Command(state, tmp_path / name, *RUN) for name in "ab"]
    assert [command.end() for command in commands] == [0, 0]
    assert len(charged_sessions(state)) == len(set(charged_sessions(state))) == 2
    assert all((tmp_path / name / MADE).exists() for name in "ab")
    assert len(world_of(state)["accounts"]) == 1


def test_who_uses_the_server_of_a_process_that_dies_goes_on_and_that_one_is_resumed(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = Command(state, tmp_path / "a", *RUN)
    first.until("stage.started", "upload")  # the server is in this process
    second = Command(state, tmp_path / "b", *RUN)
    second.until("effect.done", "export")  # its job is with the server of the first
    first.kill()
    assert second.end() == 0
    assert Command(state, tmp_path / "a", "resume").end() == 0
    assert all((tmp_path / name / MADE).exists() for name in "ab")
    assert len(charged_sessions(state)) == len(set(charged_sessions(state))) == 2


def test_a_render_of_a_process_that_dies_is_picked_up_again(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = Command(state, tmp_path / "a", *RUN)
    first.until("effect.done", "export")  # the job is at the service, whose process is this one
    first.kill()
    (job,) = world_of(state)["renders"]
    assert not (tmp_path / "a" / MADE).exists()
    assert Command(state, tmp_path / "a", "resume").end() == 0
    assert list(world_of(state)["renders"]) == [job]
    assert len(charged_sessions(state)) == 1
    assert (tmp_path / "a" / MADE).exists()


def test_the_place_of_a_server_that_ended_is_taken_at_the_same_address(tmp_path: Path) -> None:
    def serve(port: int) -> MockServer:
        return MockServer(port=port, folder=tmp_path)

    code = (
        "import sys, pathlib\n"
        "from clipline.backends.mock_world import MockWorld\n"
        "from clipline.clock import Clock\n"
        "from clipline.mockserver import MockServer\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "world = MockWorld(folder, lambda port: MockServer(port=port, folder=folder))\n"
        "print(world.url(Clock()), flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        url = other.stdout.readline().strip()
        world = MockWorld(tmp_path, serve)
        assert world.url(Clock()) == url
        threads = {thread.name for thread in threading.enumerate()}
        assert "clipline-mock-standby" in threads
        other.kill()
    try:
        for _ in range(100):
            try:
                with urlopen(f"{url}/__mock__/ledger", timeout=10) as reply:
                    assert reply.status == 200
                break
            except OSError:
                Clock().sleep(0.05)
        else:
            pytest.fail("nobody answers at the address")
        assert world.url(Clock()) == url
    finally:
        world.close()
    assert "clipline-mock-standby" not in {thread.name for thread in threading.enumerate()}
