"""Clips whose frames tell their number, and a timeline of two of them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

SIZE = (160, 90)
SOUND = 48_000


def shade(number: int, base: int = 40, step: int = 3) -> int:
    """How bright a frame is."""
    return base + step * number


@pytest.fixture(scope="session")
def make_clip() -> Callable[..., Path]:
    """A clip of plain grey frames, each brighter than the one before; with a tone, if a pitch is given."""

    def make(
        path: Path,
        frames: int = 25,
        rate: Fraction | int = 25,
        *,
        hz: float = 0.0,
        base: int = 40,
        size: tuple[int, int] = SIZE,
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        rate = Fraction(rate)
        with av.open(str(path), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=rate, options={"crf": "10"})
            stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
            stream.codec_context.time_base = 1 / rate
            audio = container.add_stream("aac", rate=SOUND, layout="mono") if hz else None
            for number in range(frames):
                grey = np.full((size[1], size[0], 3), shade(number, base), np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
                frame.pts, frame.time_base = number, 1 / rate
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
            if audio is not None:
                times = np.arange(round(frames / rate * SOUND)) / SOUND
                tone = (0.5 * np.sin(2 * np.pi * hz * times)).astype(np.float32)[None]
                sound = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
                sound.rate, sound.pts, sound.time_base = SOUND, 0, Fraction(1, SOUND)
                container.mux(audio.encode(sound))
                container.mux(audio.encode())
        return path

    return make


@pytest.fixture(scope="session")
def seen() -> Callable[[Path], list[float]]:
    """How bright the middle of each frame of a clip is."""

    def look(path: Path) -> list[float]:
        with av.open(str(path)) as container:
            pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        height, width = pictures[0].shape[:2]
        return [
            float(picture[height // 2 - 5 : height // 2 + 5, width // 2 - 5 : width // 2 + 5].mean())
            for picture in pictures
        ]

    return look


@pytest.fixture(scope="session")
def heard() -> Callable[[Path], NDArray[np.float64]]:
    """How loud each tenth of a second of a clip is (RMS), and its pitch in Hz: of shape (n, 2)."""

    def listen(path: Path) -> NDArray[np.float64]:
        with av.open(str(path)) as container:
            blocks = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        samples = np.concatenate(blocks)
        tenth = SOUND // 10
        pieces = samples[: len(samples) // tenth * tenth].reshape(-1, tenth)
        loud = np.sqrt((pieces**2).mean(axis=1))
        pitch = np.abs(np.fft.rfft(pieces, axis=1)).argmax(axis=1) * 10.0
        return np.stack((loud, pitch), axis=1)

    return listen
