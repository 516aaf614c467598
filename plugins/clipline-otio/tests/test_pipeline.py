"""The pipeline that this package ships, from a shell, and the frames that come out of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import opentimelineio as otio
import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
Maker = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path, make_clip: Maker) -> Path:
    """The example with its two clips."""
    for file in EXAMPLES.iterdir():
        shutil.copy(file, tmp_path)
    make_clip(tmp_path / "one.mp4", hz=440, base=40, size=(320, 180))
    make_clip(tmp_path / "two.mp4", hz=880, base=130, size=(320, 180))
    return tmp_path


def clipline(folder: Path, *arguments: str, status: int = 0) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CLIPLINE_")}
    done = subprocess.run(
        [str(Path(sys.executable).with_name("clipline")), *arguments],
        cwd=folder,
        env={**environment, "CLIPLINE_STATE": str(folder / "state"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_two_clips_of_a_timeline_become_one_edited_video(folder: Path, seen: Callable[[Path], list[float]]) -> None:
    said = clipline(folder, "run", "from-timeline.yaml", "-i", "timeline=two-clips.otio", "--out", "out")
    made = folder / "out/two-clips-edited.mp4"
    expected = [40 + 3.0 * number for number in range(5, 15)] + [130 + 3.0 * number for number in range(15)]
    assert seen(made) == pytest.approx(expected, abs=4)
    with av.open(str(made)) as container:
        tops = [frame.to_ndarray(format="gray")[:60].max() for frame in container.decode(video=0)]
    assert min(tops) > 215  # the title is in every frame
    assert "two-clips-edited.edl does not carry the title “From a timeline”" in said
    report = json.loads((folder / "out/two-clips-edited.losses.json").read_text("utf-8"))
    assert [each["format"] for each in report["files"]] == ["otio", "edl", "fcp7"]
    again = otio.adapters.read_from_file(str(folder / "out/two-clips-edited.otio"))
    assert [clip.name for clip in again.find_clips()][:2] == ["two-clips-assembled", "From a timeline"]


def test_the_timeline_of_an_edit_starts_the_pipeline_again_with_its_operations(folder: Path) -> None:
    clipline(folder, "run", "from-timeline.yaml", "-i", "timeline=two-clips.otio", "--out", "out")
    again = ["-i", "timeline=out/two-clips-edited.otio", "-i", 'instruction=add the title "Again"']
    clipline(folder, "run", "from-timeline.yaml", *again, "--out", "out")
    made = otio.adapters.read_from_file(str(folder / "out/two-clips-edited-edited.otio"))
    assert [clip.name for clip in made.find_clips()][1:3] == ["From a timeline", "Again"]
    with av.open(str(folder / "out/two-clips-edited-edited.mp4")) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert min(picture[:60].max() for picture in pictures) > 215
    assert min(picture[120:].max() for picture in pictures) > 215


def test_each_shot_is_edited_on_its_own_and_all_are_assembled_again(
    folder: Path, seen: Callable[[Path], list[float]]
) -> None:
    words = "instruction=crop to 1:1"
    clipline(folder, "run", "edit-shots.yaml", "-i", "timeline=two-clips.otio", "-i", words, "--out", "out")
    shades = [40 + 3.0 * number for number in range(5, 15)] + [130 + 3.0 * number for number in range(15)]
    made = folder / "out/two-clips-edited.mp4"
    assert seen(made) == pytest.approx(shades, abs=4)
    with av.open(str(made)) as container:
        pictures = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert {picture.shape for picture in pictures} == {(180, 320)}
    assert max(picture[:, :60].max() for picture in pictures) < 25  # what was cropped away, in both shots
    assert seen(folder / "out/two-clips-shots/edited/two-clips-001.mp4") == pytest.approx(shades[:10], abs=4)


def test_a_missing_clip_is_named_with_file_and_line_before_anything_is_made(folder: Path) -> None:
    (folder / "two.mp4").unlink()
    said = clipline(folder, "run", "from-timeline.yaml", "-i", "timeline=two-clips.otio", "--out", "out", status=2)
    line = next(
        number
        for number, text in enumerate((folder / "two-clips.otio").read_text("utf-8").splitlines(), 1)
        if "two.mp4" in text
    )
    assert f"two-clips.otio:{line}" in said
    assert "media is missing: two.mp4" in said
    assert "Traceback" not in said
    assert not list((folder / "out").glob("*"))


def test_wrong_options_are_complained_of_with_their_place(folder: Path) -> None:
    text = (
        (folder / "from-timeline.yaml")
        .read_text("utf-8")
        .replace("collision: number}\n  - auth", "sounds: none}\n  - auth")
    )
    (folder / "wrong.yaml").write_text(text, "utf-8")
    said = clipline(folder, "check", "wrong.yaml", status=2)
    assert "wrong.yaml:10" in said
    assert 'did you mean "sound"' in said
