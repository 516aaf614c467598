"""`clipline plugin new`, once for each kind of part: what is written works at once, unchanged.

The packages are put on the path with the metadata that their own build backend makes, as an installer would; then
their tests, ruff and mypy run in processes of their own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import av
import pytest
from hatchling.build import build_wheel
from tests.docs.running import Page, blocks

from clipline.cli.main import run
from clipline.cli.scaffolding import SORTS
from clipline.testing.clips import tiny_clip

ROOT = Path(__file__).resolve().parents[2]
#: What is slow is bounded by its own limits; this one is against hanging.
SECONDS = 300


class Place:
    """A folder with a package of each kind, on the path of every process that is started here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packages = {kind: folder / f"clipline-shiny-{kind}" for kind in SORTS}
        sources = [str(package / "src") for package in self.packages.values()]
        # The clipline that is tested, whichever is installed: mypy does not look where Python does.
        own = str(ROOT / "src")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))},
            "PYTHONPATH": os.pathsep.join([own, str(folder / "site"), *sources]),
            "MYPYPATH": own,
            "CLIPLINE_STATE": str(folder / "state"),
            "CLIPLINE_CONFIG": os.devnull,
        }

    def python(self, *arguments: str, cwd: Path | None = None, ends: int = 0) -> str:
        """What a Python process writes; it must end with `ends`."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == ends, f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return done.stdout


#: All of them take minutes: `make conformance` does.
SOME_SORTS = [pytest.param(kind, marks=[pytest.mark.campaign] * (kind != "stage")) for kind in SORTS]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("parts"))
    for kind, package in place.packages.items():
        assert run(["plugin", "new", f"shiny-{kind}", "--kind", kind, "--dir", str(place.folder)]) == 0
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(package)  # the build backend looks there
            wheel = place.folder / build_wheel(str(place.folder))
        with zipfile.ZipFile(wheel) as made:
            made.extractall(place.folder / "site", [name for name in made.namelist() if ".dist-info/" in name])
    return place


@pytest.mark.parametrize("kind", SOME_SORTS)
def test_its_own_tests_pass_at_once(place: Place, kind: str) -> None:
    said = place.python("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=place.packages[kind])
    assert "skipped" not in said, said


def test_ruff_and_mypy_have_nothing_to_say(place: Place) -> None:
    packages = [package.name for package in place.packages.values()]
    place.python("-m", "ruff", "check", "--no-cache", *packages)
    place.python("-m", "ruff", "format", "--no-cache", "--check", *packages)
    folders = [f"{package}/{part}" for package in packages for part in ("src", "tests")]
    place.python("-m", "mypy", "--strict", "--cache-dir", str(ROOT / ".mypy_cache"), *folders)


def test_clipline_knows_every_one_of_them(place: Place) -> None:
    listed = json.loads(place.python("-m", "clipline", "plugins", "--json"))
    offered = {name for plugin in listed["plugins"] for names in plugin["offers"].values() for name in names}
    offered |= set(listed["commands"])
    wanted = {f"shiny_{kind.replace('-', '_')}" for kind in SORTS if kind != "command"} | {"shiny-command"}
    assert wanted <= offered
    assert [plugin["error"] for plugin in listed["plugins"] if plugin["name"].startswith("shiny")] == [None] * 7
    assert "shinybackend" in listed["settings"]
    schema = place.python("-m", "clipline", "schema")
    assert all(f'"shiny_{kind}"' in schema for kind in ("stage", "check", "channel", "post_export"))
    pipeline = {"clipline": 1, "name": "wrong", "stages": ["auth", {"stage": "shiny_stage", "with": {"ot": "a.txt"}}]}
    (place.folder / "wrong.yaml").write_text(json.dumps(pipeline), "utf-8")
    said = place.python("-m", "clipline", "check", "wrong.yaml", ends=2)
    assert 'wrong.yaml:1:87: error: unknown option "ot" in stage "shiny_stage"' in said


def test_a_name_that_an_installed_plugin_has_is_refused(place: Place) -> None:
    place.python("-m", "clipline", "plugin", "new", "shiny-stage", "--kind", "check", "--dir", "other", ends=2)
    place.python("-m", "clipline", "plugin", "new", "shiny-command", "--kind", "command", "--dir", "other", ends=2)
    assert not (place.folder / "other").exists()


@pytest.mark.parametrize("kind", SOME_SORTS)
def test_the_example_of_its_readme_does_what_it_says(place: Place, kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    tiny_clip(folder / "me.mp4")
    with Page(folder, tmp_path / "state", path=place.environment["PYTHONPATH"]) as page:
        for block in blocks((place.packages[kind] / "README.md").read_text("utf-8")):
            page.execute(block)
    for video in folder.glob("*.mp4"):
        with av.open(str(video)) as made:
            assert next(made.decode(video=0)).width > 0
