"""The moving test picture with a tone."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled
from clipline.studio.reading.media import probe
from clipline.studio.writing.pattern import make_pattern
from clipline.values import Size


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray").tobytes() for frame in container.decode(video=0)]


@pytest.mark.parametrize("size", [Size(128, 72), Size(90, 160), Size(2, 2), Size(66, 34)])
def test_it_has_the_size_the_length_and_sound_that_were_asked_for(tmp_path: Path, size: Size) -> None:
    make_pattern(tmp_path / "a.mp4", size, 0.5, clock=Clock())

    info = probe(tmp_path / "a.mp4")
    assert (info.width, info.height, info.frames, info.fps) == (size.width, size.height, 12, 24.0)
    assert info.duration == pytest.approx(0.5, abs=0.05)
    assert (info.video_codec, info.audio_codec) == ("h264", "aac")


def test_every_picture_differs_from_the_one_before(tmp_path: Path) -> None:
    make_pattern(tmp_path / "a.mp4", Size(128, 72), 1.0, clock=Clock())

    seen = pictures(tmp_path / "a.mp4")
    assert len(seen) == len(set(seen)) == 24


def test_the_seed_decides_how_it_looks(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        make_pattern(tmp_path / name, Size(64, 64), 0.2, seed=seed, clock=Clock())

    one, same, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert one == same != other


def test_stopped_it_leaves_nothing(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()

    with pytest.raises(Cancelled):
        make_pattern(tmp_path / "a.mp4", Size(64, 64), 5.0, clock=Clock(token))
    assert list(tmp_path.iterdir()) == []
