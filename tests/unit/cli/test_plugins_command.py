"""`clipline plugins` and `clipline plugins trace`, with plugins in a folder that is put on the path."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import commands

TIMER = """
from clipline.stage import hookimpl
clipline_api = "1"

@hookimpl(wrapper=True)
def run_stage(call, kind):
    return (yield)
"""
PIPELINE = {
    "clipline": 1,
    "name": "told",
    "stages": [
        {"stage": "notify", "id": "first", "with": {"message": "hello"}},
        {"stage": "verify", "if": "false"},
    ],
}
Clipline = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def clipline(tmp_path: Path) -> Clipline:
    (tmp_path / "told.yaml").write_text(json.dumps(PIPELINE))
    install(tmp_path, "clipline-timer", "[clipline]\ntimer = timer_plugin\n")
    (tmp_path / "timer_plugin.py").write_text(TIMER)

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return commands.run(
            [*commands.CLIPLINE, *words],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "CLIPLINE_STATE": str(tmp_path / "state")},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run


def install(site: Path, package: str, points: str) -> None:
    info = site / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(points, "utf-8")


def test_a_trace_shows_who_was_called_inside_whom(clipline: Clipline) -> None:
    done = clipline("plugins", "trace", "told.yaml", "--json", "--progress", "none")
    assert done.returncode == 0, done.stderr
    trace = json.loads(done.stdout)
    first = [
        (call["hook"], call["plugin"], call["wraps"], call["depth"], call["came_to"])
        for call in trace["calls"]
        if call["about"] == "first"
    ]
    assert first == [
        ("run_stage", "clipline-timer:timer", True, 0, "StageResult"),
        ("run_stage", "engine", False, 1, "StageResult"),
        ("notify", "clipline:builtin", False, 2, "StageResult"),
    ]
    wrapper, engine, notify = [call["seconds"] for call in trace["calls"] if call["about"] == "first"]
    assert wrapper >= engine >= notify > 0
    assert trace["result"]["status"] == "done"


def test_a_trace_for_a_person_is_a_table_and_a_run_like_any_other(clipline: Clipline) -> None:
    done = clipline("plugins", "trace", "told.yaml", "--progress", "plain")
    assert done.returncode == 0
    assert "run_stage (wraps)  first" in done.stdout
    assert "hello" in done.stderr
    assert "told" in clipline("runs", "list").stdout


def test_a_trace_of_what_cannot_run_says_so_as_a_run_does(clipline: Clipline) -> None:
    done = clipline("plugins", "trace", "nothing.yaml")
    assert done.returncode == 2
    assert "there is no pipeline file 'nothing.yaml'" in done.stderr


def test_commands_settings_and_what_is_taken_stand_in_the_list(clipline: Clipline, tmp_path: Path) -> None:
    install(
        tmp_path,
        "clipline-many",
        "[clipline.commands]\nrun = json:dumps\nmany = json:dumps\n"
        "[clipline.settings]\nmany = many_settings:SETTINGS\nbroken = nowhere:SETTINGS\n"
        "[clipline]\nmany = not_there\n",
    )
    (tmp_path / "many_settings.py").write_text(
        "from clipline.settings import Setting\nSETTINGS = [Setting('many.clips', 'integer', 3, 'How many.')]\n"
    )
    listed = clipline("plugins").stdout
    assert "many (clipline-many)" in listed
    assert "many" in listed.partition("settings sections: ")[2]
    assert "error: cannot be loaded: ModuleNotFoundError: No module named 'not_there'" in listed
    assert "the command 'run' of clipline-many is left out: it is clipline's" in listed
    assert "the settings section 'broken' of clipline-many cannot be loaded" in listed
    found = json.loads(clipline("plugins", "--json").stdout)
    assert found["commands"]["many"] == "clipline-many"
    assert len(found["faults"]) == 2
    assert clipline("config").returncode == 0
    assert clipline("run", "told.yaml", "--progress", "none").returncode == 0


KIND = """
from clipline.errors import StageFailed
from clipline.stage import StageKind, hookimpl, hookspec
clipline_api = "1"

class Specs:
    @hookspec(firstresult=True)
    def fall(self, call, options): ...

@hookimpl
def stage_kinds():
    return [StageKind("fall", Specs, {"type": "object"})]

@hookimpl
def fall(call):
    raise StageFailed("it fell")
"""


def test_a_run_whose_plugin_was_uninstalled_names_it_when_it_is_taken_up(clipline: Clipline, tmp_path: Path) -> None:
    install(tmp_path, "clipline-falling", "[clipline]\nfalling = falling_plugin\n")
    (tmp_path / "falling_plugin.py").write_text(KIND)
    (tmp_path / "fall.yaml").write_text(json.dumps({"clipline": 1, "name": "fall", "stages": ["fall"]}))
    assert clipline("run", "fall.yaml").returncode == 1
    shutil.rmtree(tmp_path / "clipline_falling-1.0.dist-info")
    done = clipline("resume")
    assert done.returncode == 2
    assert 'unknown stage kind "fall"' in done.stderr
    assert "the run began with clipline-falling 1.0, not there or left out now" in done.stderr
    assert clipline("run", "told.yaml", "--progress", "none").returncode == 0
    install(tmp_path, "clipline-falling", "[clipline]\nfalling = falling_plugin\n")
    assert "it fell" in clipline("resume").stderr
