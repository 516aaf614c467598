"""The step as the engine calls it, on a real clip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import clipline_contact_sheet
from clipline.stage import Exported
from clipline.testing import PostExportConformance, stage_call
from clipline_contact_sheet import OPTIONS, make, post_export_steps


def clip(path: Path, level: int) -> Path:
    """One second of plain grey."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((90, 160, 3), level, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_the_sheet_shows_before_above_after(tmp_path: Path) -> None:
    before, after = clip(tmp_path / "before.mp4", 40), clip(tmp_path / "after.mp4", 220)
    call = stage_call(tmp_path, "export")
    result = make(call, Exported((after,), (before,), {}), {"frames": 3})
    sheet = tmp_path / "after-contact-sheet.png"
    assert result.outputs == {"files": [str(sheet)]}
    with Image.open(sheet) as picture:
        pixels = np.asarray(picture.convert("L"))
    middle = pixels.shape[0] // 2
    assert np.median(pixels[:middle]) < 90 < 180 < np.median(pixels[middle:])


def test_a_file_that_is_no_video_is_a_clear_error(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.mp4"
    wrong.write_text("not a video")
    with pytest.raises(Exception, match=r"wrong\.mp4") as caught:
        make(stage_call(tmp_path, "export"), Exported((wrong,), (wrong,), {}), {})
    assert type(caught.value).__module__ == "clipline.errors"
    assert not list(tmp_path.glob("*.part*"))


def test_the_step_is_offered_with_its_schema() -> None:
    (step,) = post_export_steps()
    assert (step.name, step.options) == ("contact_sheet", OPTIONS)


class TestConformance(PostExportConformance):
    plugin = clipline_contact_sheet
    name = "contact_sheet"

    def options(self, folder: Path) -> Mapping[str, object]:
        return {"frames": 3}
