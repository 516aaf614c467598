"""Makes tiny clips, sounds and images for tests, each in some milliseconds.

The picture is a gradient that moves with time, with a bright bar whose place tells the number of the frame
(`bar_index` reads it back). The sound is a tone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["bar_index", "bar_picture", "make_clip", "make_image", "make_sound", "plain_picture", "tone"]

RATE = 48000

#: Frame number and time in seconds to a picture: uint8 of shape (height, width, 3), or 4 with alpha.
Painter = Callable[[int, float], NDArray[np.uint8]]

_ENCODER_OPTIONS = {
    "libx264": {"preset": "ultrafast", "crf": "12"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
}

#: The bar steps through this many places, then begins again.
BAR_PLACES = 16


def bar_picture(size: tuple[int, int], index: int) -> NDArray[np.uint8]:
    """RGB: a moving gradient, and a white bar on black along the bottom in place `index % 16`."""
    width, height = size
    x = np.arange(width)[None, :]
    y = np.arange(height)[:, None]
    picture = np.empty((height, width, 3), np.uint8)
    picture[..., 0] = (x * 160 // width + index * 3) % 200 + 20
    picture[..., 1] = y * 160 // height + 40
    picture[..., 2] = 120
    top = height * 7 // 8
    picture[top:] = 0
    left = index % BAR_PLACES * width // BAR_PLACES
    picture[top:, left : left + max(1, width // BAR_PLACES)] = 255
    return picture


def bar_index(luma: NDArray[np.uint8]) -> int:
    """Which place the bar of `bar_picture` is in, 0 to 15, read from a plane of brightness of any size."""
    strip = luma[-max(1, luma.shape[0] // 16) :].mean(axis=0)
    edges = np.linspace(0, luma.shape[1], BAR_PLACES + 1).astype(int)
    return int(np.argmax([strip[a:b].mean() for a, b in pairwise(edges)]))


def plain_picture(size: tuple[int, int], color: Sequence[int]) -> NDArray[np.uint8]:
    """A picture of one RGB colour, RGBA where four numbers are given."""
    return np.broadcast_to(np.array(color, np.uint8), (size[1], size[0], len(color))).copy()


def tone(seconds: float, *, frequency: float = 440.0, level: float = 0.3, channels: int = 2) -> NDArray[np.float32]:
    """A sine of shape (channels, samples) at 48 kHz."""
    wave = level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * RATE)) / RATE)
    return np.repeat(wave[None].astype(np.float32), channels, axis=0)


def make_clip(
    path: Path,
    *,
    size: tuple[int, int] = (320, 240),
    fps: float = 25,
    seconds: float = 1.0,
    sound: bool = False,
    pattern: Painter | None = None,
    times: Sequence[float] | None = None,
    container: str | None = None,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rotation: int = 0,
    sample_aspect: Fraction | None = None,
    full_range: bool = False,
    matrix: int = 2,
    frequency: float = 440.0,
    level: float = 0.3,
    sound_starts: float = 0.0,
    sound_seconds: float | None = None,
    sound_samples: NDArray[np.float32] | None = None,
    audio_codec: str = "aac",
    gop: int = 12,
) -> Path:
    """Write a clip and return its path.

    Args:
        path: where to; its folder exists.
        pattern: paints each frame; `bar_picture` by default.
        times: the frames' times in seconds for a variable frame rate; else `fps` and `seconds` make them.
        container: the muxer's name, by the suffix of `path` if not given.
        pixels: the pixel format that is stored, like yuv420p10le.
        rotation: degrees clockwise that a player turns the picture, stored beside it.
        matrix: the tagged colour matrix as FFmpeg counts: 1 is BT.709, 2 is unknown, 6 is BT.601.
        sound_starts: seconds of the clip at which the sound begins.
        sound_samples: shape (channels, samples) at 48 kHz, instead of a tone of `frequency` and `level`.
    """
    moments = [index / fps for index in range(round(seconds * fps))] if times is None else list(times)
    painter = pattern or (lambda index, _time: bar_picture(size, index))
    options = _ENCODER_OPTIONS.get(codec, {})
    with av.open(str(path), "w", format=container) as output:
        video: Any = output.add_stream(codec, rate=Fraction(fps).limit_denominator(1001), options=options)
        video.width, video.height, video.pix_fmt = size[0], size[1], pixels
        video.codec_context.time_base = Fraction(1, 90000) if times is not None else 1 / video.codec_context.framerate
        video.codec_context.gop_size = gop
        video.codec_context.color_range = 2 if full_range else 1
        video.codec_context.colorspace = matrix
        if sample_aspect:
            video.codec_context.sample_aspect_ratio = sample_aspect
        if rotation:
            video.set_display_rotation(-rotation)
        audio: Any = None
        if sound or sound_samples is not None:
            audio = output.add_stream(audio_codec, rate=RATE, layout="stereo")
        base = video.codec_context.time_base
        for index, time in enumerate(moments):
            picture = painter(index, time)
            frame = av.VideoFrame.from_ndarray(picture, format="rgba" if picture.shape[2] == 4 else "rgb24")
            frame = frame.reformat(
                format=pixels,
                dst_colorspace=matrix if matrix in {1, 6} else None,
                dst_color_range=2 if full_range else 1,
                threads=1,
            )
            frame.pts, frame.time_base = round(time / base), base
            if times is None:
                frame.duration = 1
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
        if audio is not None:
            samples = sound_samples
            if samples is None:
                samples = tone(seconds if sound_seconds is None else sound_seconds, frequency=frequency, level=level)
            _write_sound(output, audio, samples, sound_starts)
    return path


def make_sound(
    path: Path,
    samples: NDArray[np.float32] | None = None,
    *,
    seconds: float = 1.0,
    frequency: float = 440.0,
    level: float = 0.3,
    codec: str = "pcm_s16le",
) -> Path:
    """Write a sound file of `samples`, shape (channels, samples) at 48 kHz, or a tone; WAV by default."""
    data = tone(seconds, frequency=frequency, level=level) if samples is None else samples
    with av.open(str(path), "w") as output:
        audio = output.add_stream(codec, rate=RATE, layout="stereo" if data.shape[0] == 2 else "mono")
        _write_sound(output, audio, data, 0.0)
    return path


def make_image(path: Path, size: tuple[int, int] = (64, 48), color: Sequence[int] = (200, 40, 40)) -> Path:
    """Write an image of one colour, RGBA where four numbers are given."""
    Image.fromarray(plain_picture(size, color)).save(path, format="PNG" if path.suffix == ".mp4" else None)
    return path


def _write_sound(output: Any, audio: Any, samples: NDArray[np.float32], starts: float) -> None:
    layout = "stereo" if samples.shape[0] == 2 else "mono"
    for at in range(0, samples.shape[1], 4800):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[:, at : at + 4800]), "fltp", layout)
        frame.rate, frame.pts, frame.time_base = RATE, at + round(starts * RATE), Fraction(1, RATE)
        output.mux(audio.encode(frame))
    output.mux(audio.encode(None))
