"""The recipe of docs/how-to/airflow.md under a real Airflow: its scheduler, its API server, its tasks' processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
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
#: Seconds: a limit on hanging, five times what a run promises.
SLACK = 10


class Airflow(Engine):
    """A standalone Airflow: scheduler, DAG processor and API server, with its database in SQLite."""

    url = ""

    def rows(self, query: str, *values: str) -> list[dict[str, Any]]:
        with closing(sqlite3.connect(f"file:{self.folder / 'airflow.db'}?mode=ro", uri=True, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(query, values)]

    def trigger(self, run: str, backend: str) -> None:
        conf = {"clip": str(CLIP), "backend": backend, "out": str(self.folder / "made" / run)}
        self.call("airflow", "dags", "trigger", "edit_clips", "--run-id", run, "--conf", json.dumps(conf))

    def task(self, run: str) -> dict[str, Any]:
        rows = self.rows("SELECT state, pid, try_number FROM task_instance WHERE run_id = ?", run)
        return rows[0] if rows else {"state": None, "pid": None, "try_number": 0}

    def ends(self, run: str) -> str:
        """Wait until the task is over; its state."""
        over = {"success", "failed"}
        return str(until(lambda: self.task(run)["state"] in over and self.task(run)["state"], f"the end of {run}"))

    def returned(self, run: str) -> dict[str, Any]:
        (row,) = self.rows("SELECT value FROM xcom WHERE run_id = ? AND key = 'return_value'", run)
        value: Any = json.loads(row["value"])
        return dict(json.loads(value) if isinstance(value, str) else value)

    def log(self, run: str) -> str:
        return "".join(path.read_text() for path in sorted((self.folder / "logs").rglob(f"run_id={run}/**/*.log")))

    def mark_failed(self, run: str) -> None:
        """What the button of the web page does."""
        with urllib.request.urlopen(f"{self.url}/auth/token", timeout=30) as reply:
            token = json.load(reply)["access_token"]
        request = urllib.request.Request(
            f"{self.url}/api/v2/dags/edit_clips/dagRuns/{run}/taskInstances/edit",
            json.dumps({"new_state": "failed"}).encode(),
            {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            method="PATCH",
        )
        urllib.request.urlopen(request, timeout=30).close()


@pytest.fixture(scope="module")
def mock() -> Iterator[MockNemo]:
    with mock_nemo(silent=0, credits=1000) as mock:
        yield mock


@pytest.fixture(scope="module")
def airflow(mock: MockNemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    folder = tmp_path_factory.mktemp("airflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    for name, text in recipe("airflow.md").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    settings = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__API__PORT": url.rpartition(":")[2],
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__PARALLELISM": "2",
    }
    programs = make_environment("airflow", ["apache-airflow>=3.1,<4"], folder)
    airflow = Airflow(folder, programs, {**settings, **mock.environment})
    airflow.url = url
    airflow.call("airflow", "db", "migrate")
    with airflow.running("airflow", "standalone", log="standalone.log"):
        until(lambda: airflow.rows("SELECT dag_id FROM dag WHERE dag_id = 'edit_clips'"), "the DAG")
        until(lambda: "Airflow is ready" in (folder / "standalone.log").read_text(), "Airflow")
        yield airflow


def runs(airflow: Airflow) -> list[Any]:
    with Journal.open(airflow.folder / "state") as journal:
        return journal.runs()


def test_a_task_makes_the_video_and_says_where_it_is(airflow: Airflow) -> None:
    airflow.trigger("first", "local")
    assert airflow.ends("first") == "success", airflow.log("first")
    told = airflow.returned("first")
    (file,) = told["files"]
    assert Path(file).parent == airflow.folder / "made/first"
    assert (probe(Path(file)).duration, told["credits"]) == (pytest.approx(12, abs=0.2), None)
    assert told["run"] == runs(airflow)[0].id
    assert "stage.finished export" in airflow.log("first")


def test_a_task_that_is_killed_and_tried_again_goes_on_with_its_run_and_pays_once(
    airflow: Airflow, mock: MockNemo
) -> None:
    paid = len(mock.ledger)
    add_fault(mock)
    airflow.trigger("killed", "nemo")
    until(lambda: len(mock.ledger) > paid, "the charge")
    os.kill(airflow.task("killed")["pid"], signal.SIGKILL)
    assert airflow.ends("killed") == "success", airflow.log("killed")
    assert airflow.task("killed")["try_number"] == 2
    assert len(mock.ledger) == paid + 1
    told = airflow.returned("killed")
    assert [run.id for run in runs(airflow) if run.backend == "nemo"] == [told["run"]]
    assert Path(told["files"][0]).exists()
    assert told["credits"] == 10


def test_a_task_that_airflow_stops_ends_at_once_and_can_be_gone_on_with(airflow: Airflow, mock: MockNemo) -> None:
    paid = len(mock.ledger)
    add_fault(mock)
    airflow.trigger("stopped", "nemo")
    until(lambda: len(mock.ledger) > paid, "the charge")
    airflow.mark_failed("stopped")
    row = until(lambda: next((run for run in runs(airflow) if run.status == "cancelled"), None), "the end", 60)
    assert (row.exit, airflow.task("stopped")["state"]) == (130, "failed")
    with Journal.open(airflow.folder / "state") as journal:
        ended = journal.events(row.id)[-1].time
    told = next(json.loads(line) for line in airflow.log("stopped").splitlines() if "stopping the run" in line)
    seconds = ended - datetime.fromisoformat(told["timestamp"]).timestamp()
    print(f"stopped in {seconds:.2f} s")
    assert seconds < SLACK

    # Clearing takes all DAG runs of the task: what is done is told again, and what was stopped is gone on with.
    airflow.call("airflow", "tasks", "clear", "edit_clips", "--yes", "--task-regex", "edit")
    assert [airflow.ends(run) for run in ("first", "killed", "stopped")] == ["success"] * 3
    assert len(mock.ledger) == paid + 1
    assert airflow.returned("stopped")["run"] == row.id


def test_no_secret_is_in_what_airflow_keeps(airflow: Airflow, mock: MockNemo) -> None:
    world = mock.server.snapshot()["world"]
    secrets = {**{f"token {i}": t for i, t in enumerate(world["tokens"])}, **{f"claim {c}": c for c in world["claims"]}}
    assert secrets
    assert found_in(airflow.folder, secrets) == []


def add_fault(mock: MockNemo) -> None:
    """The next edit's answer takes long."""
    request = urllib.request.Request(
        f"{mock.url}/__mock__/faults", json.dumps(SLOW).encode(), {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()
