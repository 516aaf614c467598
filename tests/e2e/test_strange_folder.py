"""A folder that somebody else filled: nothing in it is imported, loaded or run by working in it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from media_maker import make_clip

#: Names that clipline, its libraries or the interpreter would import, were the working folder on the path.
TAKEN = (
    "av", "yaml", "click", "json", "typing", "__future__", "numpy", "httpx", "rich", "sqlite3", "pluggy", "filelock",
    "clipline_x", "jsonschema", "platformdirs", "importlib_metadata", "sitecustomize", "usercustomize", "pickle",
)  # fmt: skip
CONSOLE = (str(Path(sys.executable).with_name("clipline")),)
MODULE = (sys.executable, "-m", "clipline")
COMMANDS = (["--help"], ["plugins"], ["plan", "p.yaml"], ["run", "p.yaml"])


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A folder with traps: modules, a package with entry points, a pipeline."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    trap = f"open({str(tmp_path / 'trapped')!r}, 'a').write(__name__ + '\\n')\n"
    for name in TAKEN:
        (folder / f"{name}.py").write_text(trap)
    package = folder / "clipline_evil-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: clipline-evil\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text(
        "[clipline]\nevil = clipline_x\n[clipline.commands]\nevil = clipline_x:command\n"
    )
    (folder / "p.yaml").write_text("clipline: 1\nname: p\nstages: [auth, {stage: notify, with: {via: [console]}}]\n")
    return folder


def clipline(folder: Path, words: tuple[str, ...], arguments: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONSAFEPATH"}}
    environment["CLIPLINE_STATE"] = str(folder.parent / "state")
    return subprocess.run(
        [*words, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("words", [CONSOLE, MODULE], ids=["clipline", "python -m clipline"])
def test_nothing_in_the_working_folder_is_imported(strange: Path, words: tuple[str, ...]) -> None:
    for arguments in COMMANDS:
        done = clipline(strange, words, arguments)
        assert done.returncode == 0, done.stderr
        assert not (strange.parent / "trapped").exists(), (arguments, (strange.parent / "trapped").read_text())
        assert "evil" not in done.stdout


def test_the_processes_of_a_batch_import_nothing_from_the_working_folder(strange: Path) -> None:
    make_clip(strange / "a.mp4", size=(64, 48), seconds=0.4)
    arguments = ["batch", "quick-edit", "a.mp4", "-i", "instruction=trim to 0.2s", "--executor", "processes"]
    done = clipline(strange, MODULE, arguments)
    assert done.returncode == 0, done.stderr
    assert not (strange.parent / "trapped").exists(), (strange.parent / "trapped").read_text()


# --- its clipline.toml -----------------------------------------------------------------------------------------------


def plan(folder: Path, toml: str) -> tuple[int, str]:
    (folder / "clipline.toml").write_text(toml)
    done = clipline(folder, CONSOLE, ["plan", "quick-edit"])
    return done.returncode, done.stderr + done.stdout


@pytest.mark.parametrize(
    "step", ["{command = {argv = ['touch', 'trapped']}}", "{publish = {to = 's3://theirs/x'}}", "'command'"]
)
def test_a_projects_file_adds_no_step_that_acts_outside_of_the_output_folder(tmp_path: Path, step: str) -> None:
    status, told = plan(tmp_path, f"[export]\npost_export = ['poster', {step}]\n")
    assert status == 2
    assert "clipline.toml:2:1: a project's file may not list the step" in told


def test_a_projects_file_may_add_steps_that_write_beside_the_file(tmp_path: Path) -> None:
    assert plan(tmp_path, "[export]\npost_export = ['poster', {strip = {every = '2s'}}]\n")[0] == 0


def test_a_projects_file_sends_no_file_out_of_the_project(tmp_path: Path) -> None:
    project = tmp_path / "checkout"
    project.mkdir()
    (project / "door").symlink_to(tmp_path)
    for out in ("..", str(tmp_path), "made/../../up", "door/home"):
        status, told = plan(project, f"[run]\nout = '{out}'\n")
        assert status == 2, out
        assert "clipline.toml:2:1: run.out leads out of the project" in told
    assert plan(project, "[run]\nout = 'made/here'\n")[0] == 0


@pytest.mark.parametrize(
    "line", ["[mock]\napi_url = 'http://127.0.0.1:9'", "[nemo]\napi_url = 'http://127.0.0.1:9'", "[nemo]\ntoken = 'x'",
             "[plugins]\nallow = ['evil']", "[plugins]\ndeny = ['clipline-otio']", "[smtp]\nhost = 'theirs'"]
)  # fmt: skip
def test_a_projects_file_chooses_no_address_token_or_plugin(tmp_path: Path, line: str) -> None:
    status, told = plan(tmp_path, line + "\n")
    assert status == 2
    assert "a project's file may not set" in told
