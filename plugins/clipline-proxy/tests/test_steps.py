"""Each step passes the kit's suite, is offered, and works on what is no ordinary video."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import clipline_proxy
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, InputError
from clipline.stage import Exported, PostExportStep, StageCall, StageResult
from clipline.testing import PostExportConformance, next_attempt

README = Path(__file__).parents[1] / "README.md"
STEPS = {step.name: step for step in clipline_proxy.post_export_steps()}


class TestPoster(PostExportConformance):
    plugin = clipline_proxy
    name = "poster"
    readme = README


class TestStrip(PostExportConformance):
    plugin = clipline_proxy
    name = "strip"
    readme = README

    def options(self, folder: Path) -> dict[str, Any]:
        return {"every": 0.1, "columns": 2, "rows": 2}  # several sheets


class TestWaveform(PostExportConformance):
    plugin = clipline_proxy
    name = "waveform"
    readme = README


class TestProxy(PostExportConformance):
    plugin = clipline_proxy
    name = "proxy"
    readme = README


@pytest.fixture
def call(clipline_call: Callable[..., StageCall]) -> StageCall:
    return clipline_call("export")


def run(call: StageCall, step: str, *files: Path, source: Path | None = None, **options: Any) -> StageResult:
    return STEPS[step].run(call, Exported(files, (source,) if source else (), {}), options)


def test_four_steps_are_offered_with_schemas_that_say_what_each_option_is() -> None:
    assert list(STEPS) == ["poster", "strip", "waveform", "proxy"]
    for step in STEPS.values():
        assert isinstance(step, PostExportStep)
        assert step.options["additionalProperties"] is False
        assert all("description" in each for each in step.options["properties"].values())


# --- what is no ordinary video ---------------------------------------------------------------------------------------


def test_what_cannot_have_such_a_file_is_told_and_the_run_goes_on(
    call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    mute = make_clip(tmp_path / "mute.mp4")
    Image.new("RGB", (31, 21), "red").save(tmp_path / "still.png")
    (tmp_path / "frames").mkdir()
    files = (mute, tmp_path / "still.png", tmp_path / "frames")
    said = {step: [finding.text for finding in run(call, step, *files).findings] for step in STEPS}
    folder = "frames is a folder of pictures, no video: nothing was made of it"
    assert said == {
        "poster": [folder],
        "strip": ["still.png is a still, so there is no strip of it", folder],
        "waveform": [
            "mute.mp4 has no sound, so there is no waveform of it",
            "still.png has no sound, so there is no waveform of it",
            folder,
        ],
        "proxy": ["still.png is a still, so there is no proxy of it", folder],
    }


def test_two_exports_that_differ_in_their_ending_alone_keep_theirs_apart(
    call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    files = [make_clip(tmp_path / "a.mp4"), make_clip(tmp_path / "a.mkv"), make_clip(tmp_path / "b.mp4")]
    made = [Path(file).name for file in run(call, "poster", *files).outputs["files"]]
    assert made == ["a.mp4-poster.jpg", "a.mkv-poster.jpg", "b-poster.jpg"]


def test_a_source_of_the_export_is_never_written_over(call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    clip, source = make_clip(tmp_path / "a.mp4"), make_clip(tmp_path / "a-proxy.mp4")
    before = source.read_bytes()
    with pytest.raises(InputError):
        run(call, "proxy", clip, source=source)
    assert source.read_bytes() == before


@pytest.mark.parametrize("step", STEPS)
def test_a_file_that_is_no_media_is_a_clear_error(step: str, call: StageCall, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.mp4"
    wrong.write_text("not a video", "utf-8")
    with pytest.raises(InputError, match=r"wrong\.mp4"):
        run(call, step, wrong)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["wrong.mp4"]


@pytest.mark.parametrize("step", STEPS)
def test_it_stops_when_it_is_told_to(step: str, call: StageCall, make_clip: Any, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    clip = make_clip(tmp_path / "a.mp4", sound=np.zeros((2, 48_000), np.float32))
    with pytest.raises(Cancelled):
        run(call.at("export", clock=Clock(token)), step, clip)
    assert [file.name for file in tmp_path.glob("a-*")] == []


@pytest.mark.parametrize("step", STEPS)
def test_what_an_attempt_before_a_kill_delivered_is_not_made_again(
    step: str, call: StageCall, make_clip: Any, tmp_path: Path
) -> None:
    clip = make_clip(tmp_path / "a.mp4", sound=np.zeros((2, 48_000), np.float32))
    first = run(call, step, clip)
    stamps = [Path(file).stat().st_mtime_ns for file in first.outputs["files"]]
    again = run(next_attempt(call), step, clip)
    assert again.outputs == first.outputs
    assert [Path(file).stat().st_mtime_ns for file in again.outputs["files"]] == stamps
