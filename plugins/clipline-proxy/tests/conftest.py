"""Makes real clips whose pictures tell when they are seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

#: The brightness of the pictures goes up by this from one to the next, and begins anew at the end.
STEP, FIRST, PICTURES = 16, 24, 12


def level_of(index: int) -> int:
    """The brightness of a picture, as its number says."""
    return FIRST + STEP * (index % PICTURES)


@pytest.fixture
def make_clip() -> Callable[..., Path]:
    """Write a clip of plain gray pictures, each with its own brightness."""

    def make(
        path: Path,
        count: int = 24,
        *,
        rate: Fraction = Fraction(12),
        size: tuple[int, int] = (160, 90),
        times: Sequence[int] | None = None,
        levels: Callable[[int], int] = level_of,
        sound: NDArray[np.float32] | None = None,
        codec: str = "libx264",
        pixels: str = "yuv420p",
        rotation: int = 0,
        time_code: str = "",
    ) -> Path:
        """`times` are in ticks of a thousandth, for pictures that stand differently long."""
        path.parent.mkdir(parents=True, exist_ok=True)
        with av.open(str(path), "w") as container:
            if time_code:
                container.metadata["timecode"] = time_code
            video: Any = container.add_stream(codec, rate=rate)
            video.width, video.height, video.pix_fmt = *size, pixels
            if times is not None:
                video.codec_context.time_base = Fraction(1, 1000)
            if rotation:
                video.set_display_rotation(-rotation)
            audio: Any = container.add_stream("aac", rate=48_000, layout="stereo") if sound is not None else None
            for index in range(count):
                picture = np.full((size[1], size[0], 3), levels(index), np.uint8)
                # Which way up it is can be seen, and that it is sharp.
                picture[: size[1] // 4, : size[0] // 4] = 255
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts = index if times is None else times[index]
                frame.time_base = 1 / rate if times is None else Fraction(1, 1000)
                container.mux(video.encode(frame))
            container.mux(video.encode())
            if audio is not None:
                for at in range(0, sound.shape[1], 1024):
                    block = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[:, at : at + 1024]), "fltp", "stereo")
                    block.rate, block.pts, block.time_base = 48_000, at, Fraction(1, 48_000)
                    container.mux(audio.encode(block))
                container.mux(audio.encode())
        return path

    return make


@pytest.fixture
def make_gif() -> Callable[..., Path]:
    """Write an animation of 12 pictures with odd sides, ten a second."""

    def make(path: Path) -> Path:
        pictures = [Image.new("L", (33, 21), level_of(index)) for index in range(PICTURES)]
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
        return path

    return make
