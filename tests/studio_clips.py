"""For tests of the studio: timelines of one clip, renders of them, and what is in the files that come out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from clipline.clock import Clock
from clipline.studio.reading.media import probe
from clipline.studio.rendering.render import Rendered, RenderSpec, render
from clipline.timeline import Operation, Segment, Timeline, Track, apply
from media_maker import bar_index

__all__ = ["bars", "gray", "rendered", "sound_of", "timeline_of", "times"]


def timeline_of(clip: Path, *operations: Operation) -> Timeline:
    segment = Segment(clip.stem, probe(clip).duration, source=str(clip))
    timeline = Timeline((Track("video", (segment,)),))
    for operation in operations:
        timeline = apply(timeline, operation)
    return timeline


def rendered(clip: Path, output: Path, *operations: Operation, **spec: Any) -> Rendered:
    return render(
        timeline_of(clip, *operations), output, RenderSpec(**spec), clock=Clock(), progress=lambda _fraction: None
    )


def _frames(path: Path) -> list[tuple[float, NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        return [(frame.time or 0.0, frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def times(path: Path) -> list[float]:
    """When each frame begins."""
    return [round(time, 3) for time, _ in _frames(path)]


def gray(path: Path, number: int = 0) -> NDArray[np.uint8]:
    """The brightness of one frame, as the file stores it."""
    return _frames(path)[number][1]


def bars(path: Path) -> list[int]:
    """Which place the bar of each frame is in."""
    return [bar_index(picture) for _, picture in _frames(path)]


def sound_of(path: Path) -> NDArray[np.float32]:
    """The sound, mono, 48 kHz, from the file's zero on."""
    with av.open(str(path)) as container:
        zero = (container.start_time or 0) / 1_000_000
        resampler = av.AudioResampler("fltp", rate=48000)
        blocks = []
        for frame in container.decode(audio=0):
            if not blocks:
                blocks.append(
                    np.zeros(
                        (frame.layout.nb_channels, max(0, round(((frame.time or 0.0) - zero) * 48000))), np.float32
                    )
                )
            blocks += [ready.to_ndarray() for ready in resampler.resample(frame)]
    samples: NDArray[np.float32] = np.concatenate(blocks, axis=1).mean(axis=0)
    return samples
