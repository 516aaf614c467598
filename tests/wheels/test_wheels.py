"""The wheels as a stranger gets them: in an empty environment, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "constraints.txt"
PACKAGES = [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]


def run(*argv: object, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, seeing nothing of this checkout's environment."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "CLIPLINE", "VIRTUAL"))
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


def test_with_the_extra_a_shipped_pipeline_runs_by_its_name(place: Path, wheels: Path) -> None:
    install(place, wheels, "clipline[local]")
    done = run(place / "env/bin/clipline", "run", "quick-edit", "--out", "made", cwd=place)
    (made,) = (place / "made").glob("*.mp4")
    assert made.stat().st_size > 10_000
    assert str(made) in done.stdout
    project = run(place / "env/bin/clipline", "doctor", cwd=place, check=False)
    assert project.returncode == 0, project.stdout + project.stderr
