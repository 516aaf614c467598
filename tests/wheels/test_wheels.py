"""The wheels as a stranger gets them: in an empty environment, outside the checkout."""

from __future__ import annotations

import filecmp
import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import av
import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "pipelines" / "samples" / "crossing.mp4"
CONSTRAINTS = ROOT / "constraints.txt"
PACKAGES = [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def run(*argv: object, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, seeing nothing of this checkout's environment."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "CLIPLINE", "NEMO", "VIRTUAL"))
    }
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env={**clean, "CLIPLINE_STATE": str(cwd / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert not check or done.returncode == 0, f"{argv} in {cwd}:\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    for package in PACKAGES:
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, package, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Path:
    """An empty environment with nothing but the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "env", with_pip=True)
    install(folder, wheels, "clipline")
    return folder


def install(place: Path, wheels: Path, what: str) -> None:
    pip = [place / "env/bin/pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--constraint", CONSTRAINTS, "--find-links", wheels, what, cwd=place)


def test_the_wheel_holds_the_pipelines_their_samples_and_the_mark_of_types(wheels: Path) -> None:
    (wheel,) = wheels.glob("clipline-[0-9]*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {"clipline/shipped/quick-edit.yaml", "clipline/shipped/samples/crossing.mp4", "clipline/py.typed"} <= names
    assert not [name for name in names if name.startswith(("tests/", "plugins/", "docs/"))]


def test_without_the_extra_all_but_local_works_and_local_says_what_installs_it(place: Path) -> None:
    clipline = place / "env/bin/clipline"
    run(clipline, "init", "project", cwd=place)
    assert list((place / "project").glob("*.yaml"))
    run(clipline, "schema", cwd=place)
    refused = run(clipline, "run", "quick-edit", cwd=place, check=False)
    assert refused.returncode == 2
    assert "pip install 'clipline[local]'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_the_extra_the_mock_gives_the_source_back_and_says_so(place: Path) -> None:
    clipline = place / "env/bin/clipline"
    run(clipline, "init", "mocked", cwd=place)
    done = run(clipline, "run", "mocked/quick-edit.yaml", "--backend", "mock", "--out", "unedited", "--json", cwd=place)
    result = json.loads(done.stdout)
    assert (result["status"], result["exit"], result["credits"]) == ("done", 0, 10)
    (made,) = (place / "unedited").glob("*.mp4")
    assert filecmp.cmp(made, SAMPLE, shallow=False)
    (warning,) = [finding["text"] for finding in result["findings"] if finding["level"] == "WARN"]
    assert "unedited" in warning
    assert "pip install 'clipline[local]'" in warning
    assert warning in done.stderr


def test_without_the_extra_a_check_says_what_is_missing_for_a_format_that_the_cloud_does_not_make(place: Path) -> None:
    export = {"stage": "export", "with": {"to": "a.gif", "format": "gif"}}
    (place / "gif.yaml").write_text(json.dumps({"clipline": 1, "name": "gif", "stages": [export]}))
    refused = run(place / "env/bin/clipline", "check", "gif.yaml", "--backend", "nemo", cwd=place, check=False)
    assert refused.returncode == 2
    assert "gif.yaml:1:" in refused.stdout
    assert "which lacks av, " in refused.stdout
    assert "pip install 'clipline[local]'" in refused.stdout


def test_with_the_extra_a_shipped_pipeline_runs_by_its_name(place: Path, wheels: Path) -> None:
    install(place, wheels, "clipline[local]")
    done = run(place / "env/bin/clipline", "run", "quick-edit", "--out", "made", cwd=place)
    (made,) = (place / "made").glob("*.mp4")
    assert made.stat().st_size > 10_000
    assert str(made) in done.stdout
    project = run(place / "env/bin/clipline", "doctor", cwd=place, check=False)
    assert project.returncode == 0, project.stdout + project.stderr


def test_with_the_extra_the_mock_really_edits(place: Path) -> None:
    clipline = place / "env/bin/clipline"
    done = run(clipline, "run", "quick-edit", "--backend", "mock", "--out", "edited", "--json", cwd=place)
    result = json.loads(done.stdout)
    assert result["status"] == "done"
    assert not [finding for finding in result["findings"] if finding["level"] == "WARN"]
    (made,) = (place / "edited").glob("*.mp4")
    # The person, a sixth of the picture, is filled with black.
    assert share_of_black(made) > share_of_black(SAMPLE) + 0.05


def share_of_black(video: Path, at: float = 2.0) -> float:
    """How much of the picture at a time is black."""
    with av.open(str(video)) as container:
        frame = next(frame for frame in container.decode(video=0) if (frame.time or 0) >= at)
        return float((frame.to_ndarray(format="gray") < 24).mean())


def test_help_needs_nothing_of_what_is_installed(place: Path) -> None:
    heavy = ("httpx", "httpx_sse", "jsonschema", "yaml", "rich", "av", "numpy", "cv2", "onnxruntime", "sqlite3")
    code = (
        "import importlib.util, sys\n"
        "from clipline.cli.main import run\n"
        "status = run(['--help'])\n"
        f"there = [name for name in {heavy} if importlib.util.find_spec(name)]\n"
        "print(status, len(there), [name for name in there if name in sys.modules])\n"
    )
    said = run(place / "env/bin/python", "-c", code, cwd=place).stdout
    assert said.splitlines()[-1] == f"0 {len(heavy)} []"
