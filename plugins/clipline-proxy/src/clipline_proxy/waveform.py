"""The sound of a video: as a picture, and as peaks in the JSON format of BBC's audiowaveform (its `doc/DataFormat.md`).

Peaks.js, wavesurfer.js and waveform-data.js read that. A pair of peaks is the lowest and the highest sample of a part
of the sound; with several channels their pairs stand one after the other, part by part.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.artifacts import disk
from clipline.clock import Clock
from clipline.studio.audio.sampling import RATE
from clipline.studio.audio.sound import Part, mix
from clipline.studio.reading.media import MediaInfo
from clipline.values import Color, JsonObject, Size, parse_color, parse_size
from clipline_proxy.delivery import Made, Unfit, Video
from clipline_proxy.pictures import save

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Peaks", "make_waveform", "peaks_of"]


@dataclass(frozen=True)
class Peaks:
    """Pairs of the lowest and highest sample: int16 of shape (parts, channels, 2); each part has `samples` of them."""

    pairs: NDArray[np.int16]
    samples: int

    def as_json(self, bits: int) -> JsonObject:
        """The peaks as audiowaveform writes them, version 2; 8 bits are the upper ones of 16, rounded towards zero."""
        import numpy as np

        values = self.pairs.astype(np.int32).reshape(-1)
        if bits == 8:
            values = np.trunc(values / 256).astype(np.int32)
        return {
            "version": 2,
            "channels": self.pairs.shape[1],
            "sample_rate": RATE,
            "samples_per_pixel": self.samples,
            "bits": bits,
            "length": self.pairs.shape[0],
            "data": values.tolist(),
        }


def make_waveform(video: Video, options: JsonObject) -> Made:
    """Write `NAME-waveform.png` and `NAME-waveform.json`."""
    info, clock = video.info, video.call.clock
    if info.audio_codec is None:
        raise Unfit("has no sound, so there is no waveform of it")
    split = bool(options.get("split_channels", False)) and info.audio_channels > 1
    background = parse_color(options["background"]) if "background" in options else None

    def write(picture: Path, numbers: Path) -> None:
        samples = RATE // int(options.get("pixels_per_second", 100))
        peaks = peaks_of(video.path, info, samples, clock, split=split)
        size, color = parse_size(options.get("size", "1600x200")), parse_color(options.get("color", "#2563eb"))
        save(_drawn(peaks, size, color, background), picture, "png", 100)
        text = json.dumps(peaks.as_json(int(options.get("bits", 8))), separators=(",", ":"))
        with disk("write", numbers):
            numbers.write_text(text + "\n", "utf-8")

    return Made(video.beside(["-waveform.png", "-waveform.json"], write))


def peaks_of(path: Path, info: MediaInfo, samples: int, clock: Clock, *, split: bool) -> Peaks:
    """The peaks of a file's sound at 48 kHz, a pair for each `samples`: of each channel, or of their mean.

    Raises:
        InputError: the file cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    import numpy as np

    channels = 2 if split else 1
    found = [np.zeros((0, channels, 2), np.int16)]
    for sound in _whole_parts(path, info, samples, clock, split=split):
        parts = sound.reshape(channels, -1, min(samples, sound.shape[1]))
        found.append(np.stack((parts.min(axis=2).T, parts.max(axis=2).T), axis=2))
    return Peaks(np.concatenate(found), samples)


def _whole_parts(
    path: Path, info: MediaInfo, samples: int, clock: Clock, *, split: bool
) -> Iterator[NDArray[np.int16]]:
    """The sound in pieces of a multiple of so many samples, the last one less; shape (channels, samples)."""
    import numpy as np

    left: Any = np.zeros((2 if split else 1, 0), np.int16)
    for block in mix([Part(path, duration=info.duration)], info.duration, clock):
        clock.check()
        sound = block if split else block.mean(axis=0, keepdims=True)
        left = np.concatenate((left, np.clip(np.round(sound * 32768), -32768, 32767).astype(np.int16)), axis=1)
        full = left.shape[1] // samples * samples
        if full:
            yield left[:, :full]
            left = left[:, full:]
    if left.shape[1]:
        yield left


def _drawn(peaks: Peaks, size: Size, color: Color, background: Color | None) -> Any:
    """The picture: a column from the lowest to the highest sample of its time, the channels below each other."""
    import numpy as np
    from PIL import Image as Images

    channels = peaks.pairs.shape[1]
    canvas = np.zeros((size.height, size.width, 4), np.uint8)
    if background is not None:
        canvas[:] = (background.red, background.green, background.blue, 255)
    edges = np.linspace(0, size.height, channels + 1).astype(int)
    for channel in range(channels):
        lane = canvas[edges[channel] : edges[channel + 1]]
        lane[_covered(peaks.pairs[:, channel], lane.shape[1], lane.shape[0])] = (
            color.red,
            color.green,
            color.blue,
            255,
        )
    return Images.fromarray(canvas)


def _covered(pairs: NDArray[np.int16], width: int, height: int) -> NDArray[np.bool_]:
    """Which pixels of a lane the wave covers; at least one in each column, so that silence is a line."""
    import numpy as np

    if not height:
        return np.zeros((0, width), bool)
    starts = np.minimum(np.arange(width) * len(pairs) // width, max(0, len(pairs) - 1))
    low = np.minimum.reduceat(pairs[:, 0], starts) if len(pairs) else np.zeros(width, np.int16)
    high = np.maximum.reduceat(pairs[:, 1], starts) if len(pairs) else np.zeros(width, np.int16)
    middle = (height - 1) / 2
    top = np.floor(middle - high / 32768 * middle + 0.5)
    bottom = np.floor(middle - low / 32768 * middle + 0.5)
    rows = np.arange(height)[:, None]
    covered: NDArray[np.bool_] = (rows >= top) & (rows <= np.maximum(top, bottom))
    return covered
