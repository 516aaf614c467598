"""`clipline verify`: media files against a policy, by hand."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipline.cli.main import run
from media_maker import make_clip, plain_picture

SIZE = (128, 96)
POLICY = "policy: 1\nextends: web\nchecks: {black: {warn: 0.3s, fail: 0.8s}, letterbox: false, frozen: false}\n"


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run `clipline verify` in a folder with `house.yaml`; its exit status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / ".state"))
    monkeypatch.setenv("CLIPLINE_CONFIG", os.devnull)
    (tmp_path / "house.yaml").write_text(POLICY)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = run(["verify", *arguments])
        return status, *capfd.readouterr()

    return call


def clip(name: str, black_until: float) -> None:
    """A clip of 1.2 s that is black at first."""

    def paint(_: int, time: float) -> Any:
        return plain_picture(SIZE, (0, 0, 0) if time < black_until else (90, 160, 220))

    make_clip(Path(name), size=SIZE, seconds=1.2, pattern=paint)


def test_each_file_passes_warns_or_fails(call: Any) -> None:
    for name, black in (("good.mp4", 0), ("dim.mp4", 0.4), ("dark.mp4", 1.0)):
        clip(name, black)
    assert call("good.mp4", "--policy", "house.yaml")[0] == 0
    status, out, _ = call("dim.mp4", "--policy", "house.yaml")
    assert status == 0
    assert "dim.mp4: WARN\n" in out
    assert "WARN  black: black for more than 0.3s at 0:00.00-0:00.40\n" in out
    status, out, said = call("good.mp4", "dark.mp4", "--policy", "house.yaml")
    assert (status, said) == (3, "2 files, 1 failed\n")
    assert "FAIL  black: black for more than 0.8s at 0:00.00-0:01.00\n" in out


def test_programs_get_levels_and_times(call: Any) -> None:
    clip("dark.mp4", 1.0)
    status, out, _ = call("dark.mp4", "--policy", "house.yaml", "--json")
    found = json.loads(out)
    assert (status, found["clipline_verify"], found["ok"], found["policy"]) == (3, 1, False, "house.yaml")
    (file,) = found["files"]
    black = next(result for result in file["results"] if result["check"] == "black")
    assert (file["file"], file["level"]) == ("dark.mp4", "FAIL")
    assert black == {
        "check": "black",
        "level": "FAIL",
        "text": "black for more than 0.8s",
        "times": [{"start": 0.0, "end": 1.0}],
    }


def test_a_file_is_compared_with_its_source(call: Any) -> None:
    clip("a.mp4", 0.0)
    clip("b.mp4", 0.4)
    Path("same.yaml").write_text("policy: 1\nchecks: {likeness: 0.98, changed: 5%}\n")
    assert call("a.mp4", "--policy", "same.yaml", "--source", "a.mp4")[0] == 0
    status, out, _ = call("b.mp4", "--policy", "same.yaml", "--source", "a.mp4")
    assert (status, "up to 100.0% of the picture was changed, more than 5% at 0:00.00-0:00.40" in out) == (3, True)
    status, out, _ = call("a.mp4", "--policy", "same.yaml")
    assert (status, "cannot be compared: it is not known what the file was made from" in out) == (3, True)


def test_what_cannot_be_read_fails_and_what_is_not_there_is_a_mistake(call: Any) -> None:
    clip("a.mp4", 0.0)
    Path("cut.mp4").write_bytes(Path("a.mp4").read_bytes()[:900])
    status, out, _ = call("cut.mp4")
    assert (status, "FAIL  decodes: cut.mp4 is cut off" in out) == (3, True)
    assert call("gone.mp4")[0] == 2
    assert call("a.mp4", "--source", "gone.mp4")[0] == 2
    status, _, said = call("a.mp4", "--policy", "wbe")
    assert (status, 'did you mean "web"?' in said) == (2, True)
