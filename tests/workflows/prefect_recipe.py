"""The recipe of docs/how-to/prefect.md under a real Prefect: its server, its runner, the processes of its flow runs."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from tests.workflows.environments import ROOT, Engine, found_in, make_environment, recipe, until

from clipline.journal import Journal
from clipline.studio.reading.media import probe
from clipline.testing import MockNemo, mock_nemo

CLIP = ROOT / "pipelines/samples/walkers.mp4"
#: The edit is made and charged, and the answer takes its time: the moment at which a break is worst.
SLOW = {"route": "message", "phase": "after_effect", "kind": "stall", "seconds": 60}
#: Renders are refused until that is taken away: the task fails after what it paid for.
FAILS = {"route": "render", "nth": "every", "phase": "before_effect", "kind": "status", "status": 500}
#: Seconds: a limit on hanging, five times what a run promises.
SLACK = 10
OVER = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class Prefect(Engine):
    """A Prefect server, and a process that serves the recipe's flow."""

    url = ""

    def ask(self, path: str, content: Any = None) -> Any:
        data = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)

    def trigger(self, name: str, backend: str) -> str:
        """Start a flow run; its id."""
        given = {"clip": str(CLIP), "out": str(self.folder / "made" / name), "backend": backend}
        pairs = [word for key, value in given.items() for word in ("--param", f"{key}={value}")]
        said = self.call("prefect", "deployment", "run", "edit-clips/clips", *pairs)
        return re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", said)[0]

    def state(self, run: str) -> str:
        return str(self.ask(f"flow_runs/{run}")["state_type"])

    def ends(self, run: str) -> str:
        return until(lambda: self.state(run) in OVER and self.state(run), f"the end of {run}")

    def log(self, run: str) -> str:
        wanted = {"logs": {"flow_run_id": {"any_": [run]}}, "limit": 200}
        return "\n".join(each["message"] for each in self.ask("logs/filter", wanted))

    def process(self) -> int:
        """The process that holds the lock of a run."""
        for place in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                opened = [str(each.readlink()) for each in (place / "fd").iterdir()]
                if any(name.startswith(str(self.folder / "state/runs")) for name in opened):
                    return int(place.name)
        raise AssertionError("no process works on a run")


def add_fault(mock: MockNemo, fault: Any) -> None:
    data = json.dumps(fault).encode()
    urllib.request.urlopen(urllib.request.Request(f"{mock.url}/__mock__/faults", data), timeout=30).close()


@pytest.fixture(scope="module")
def mock() -> Iterator[MockNemo]:
    with mock_nemo(silent=0, credits=1000) as mock:
        yield mock


@pytest.fixture(scope="module")
def prefect(mock: MockNemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    folder = tmp_path_factory.mktemp("prefect")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for name, text in recipe("prefect.md").items():
        (folder / name).write_text(text, "utf-8")
    settings = {
        "PREFECT_HOME": str(folder / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_RUNNER_POLL_FREQUENCY": "2",
    }
    # Prefect 3.8's server passes FastAPI an argument that later ones no longer take.
    programs = make_environment("prefect", ["prefect>=3.4,<4", "fastapi<0.145"], folder)
    prefect = Prefect(folder, programs, {**settings, **mock.environment})
    prefect.url = settings["PREFECT_API_URL"]

    def healthy() -> bool:
        try:
            return bool(prefect.ask("health"))
        except OSError:
            return False

    server = prefect.running("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port), log="server.log")
    with server:
        until(healthy, "the server")
        with prefect.running("python", "edit_clips.py", log="serving.log"):
            until(lambda: prefect.ask("deployments/filter", {}), "the deployment")
            yield prefect


def runs(prefect: Prefect) -> list[Any]:
    with Journal.open(prefect.folder / "state") as journal:
        return journal.runs()


def test_a_flow_makes_the_video(prefect: Prefect) -> None:
    run = prefect.trigger("first", "local")
    assert prefect.ends(run) == "COMPLETED", prefect.log(run)
    (file,) = (prefect.folder / "made/first").glob("*.mp4")
    assert probe(file).duration == pytest.approx(12, abs=0.2)
    until(lambda: "stage.finished export" in prefect.log(run), "the log")


def test_a_task_that_fails_is_tried_again_and_pays_once(prefect: Prefect, mock: MockNemo) -> None:
    paid = len(mock.ledger)
    add_fault(mock, FAILS)
    run = prefect.trigger("fails", "nemo")
    until(lambda: any(row.status in {"failed", "waiting"} for row in runs(prefect)), "the failure")
    add_fault(mock, [])
    assert prefect.ends(run) == "COMPLETED", prefect.log(run)
    (task,) = prefect.ask("task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [run]}}})
    (row,) = [row for row in runs(prefect) if row.backend == "nemo"]
    assert (task["run_count"], row.status, len(mock.ledger)) == (2, "done", paid + 1)


def test_a_flow_that_is_killed_and_tried_again_goes_on_with_its_run(prefect: Prefect, mock: MockNemo) -> None:
    paid = len(mock.ledger)
    add_fault(mock, SLOW)
    run = prefect.trigger("killed", "nemo")
    until(lambda: len(mock.ledger) > paid, "the charge")
    os.kill(prefect.process(), signal.SIGKILL)
    assert prefect.ends(run) == "CRASHED"
    (before,) = [row.id for row in runs(prefect) if row.status == "interrupted"]
    prefect.call("prefect", "flow-run", "retry", run)
    until(lambda: prefect.state(run) not in OVER or prefect.state(run) == "COMPLETED", "the second try")
    assert prefect.ends(run) == "COMPLETED", prefect.log(run)
    assert len(mock.ledger) == paid + 1
    assert next(row.status for row in runs(prefect) if row.id == before) == "done"


def test_a_flow_that_is_cancelled_stops_at_once(prefect: Prefect, mock: MockNemo) -> None:
    paid = len(mock.ledger)
    add_fault(mock, SLOW)
    run = prefect.trigger("stopped", "nemo")
    until(lambda: len(mock.ledger) > paid, "the charge")
    asked = time.time()
    prefect.call("prefect", "flow-run", "cancel", run)
    row = until(lambda: next((row for row in runs(prefect) if row.status == "cancelled"), None), "the end", 120)
    assert (prefect.ends(run), row.exit) == ("CANCELLED", 130)
    with Journal.open(prefect.folder / "state") as journal:
        print(f"stopped {journal.events(row.id)[-1].time - asked:.2f} s after `prefect flow-run cancel` was typed")
    assert len(mock.ledger) == paid + 1


def test_no_secret_is_in_what_prefect_keeps(prefect: Prefect, mock: MockNemo) -> None:
    world = mock.server.snapshot()["world"]
    secrets = {**{f"token {i}": t for i, t in enumerate(world["tokens"])}, **{f"claim {c}": c for c in world["claims"]}}
    assert secrets
    assert found_in(prefect.folder, secrets) == []
