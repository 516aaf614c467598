"""A process that dies at one moment of a run on the service, and what the service saw of both its lives."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipline import app
from clipline.journal import Journal
from cloud_runs import STRAIGHT, Cloud, cloud

ROOT = Path(__file__).resolve().parents[2]

#: Runs the straight pipeline, and is gone at the event whose type and name it was given.
PROGRAM = """
import json, os, sys
import clipline
pipeline, settings, folder, type_, name = json.loads(sys.argv[1])

def watch(event):
    if event.type == type_ and event.data.get("name") == name:
        os.kill(os.getpid(), 9)

clipline.run(pipeline, {"clip": f"{folder}/in/clip.mp4"}, backend="nemo", settings=settings, state=f"{folder}/state",
             out=f"{folder}/out", on_event=watch)
"""


def dies_at(service: Cloud, type_: str, name: str) -> str:
    """Run until that event; the run's id."""
    given = json.dumps([dict(STRAIGHT), service.settings, str(service.folder), type_, name])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    ended = subprocess.run([sys.executable, "-c", PROGRAM, given], env=environment, timeout=60, check=False)
    assert ended.returncode == -9
    with Journal.open(service.state) as journal:
        (row,) = journal.runs()
    return row.id


@pytest.mark.parametrize("type_", ["effect.intended", "effect.done"])
def test_a_run_that_dies_between_its_download_and_its_end_makes_no_second_render(tmp_path: Path, type_: str) -> None:
    with cloud(tmp_path, real=True, studio="off") as service:
        run_id = dies_at(service, type_, "render:fetched")
        result = app.resume(run_id, settings=service.settings, state=service.state)
        assert result.status == "done", result.errors
        assert service.made.is_file()
        assert len(service.asked("render")) == 1
        assert len(service.charges) == 1
