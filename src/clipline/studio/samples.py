"""Reads pictures of a clip now and then, as they are displayed, before it is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.clock import Clock
from clipline.studio.media import Orientation, open_media, video_stream, zero_time
from clipline.studio.picture import Picture

if TYPE_CHECKING:
    from clipline.studio.picture import Plane

__all__ = ["read_samples"]


def read_samples(
    source: Path, start: float, end: float, *, step: float, size: tuple[int, int], clock: Clock
) -> Iterator[Picture]:
    """Yield about one picture for each `step` seconds from `start` to `end`, in order, and the last one.

    Pictures that no other depends on are not decoded where that is faster, so that the times are not exact; each
    picture's own `time` is. `index` counts the samples. `size` is width and height as displayed; a picture with
    pixels that are not square is scaled to it.

    Raises:
        InputError: the source cannot be read.
        Cancelled, TimedOut: by the clock.
    """
    with open_media(source) as container:
        video = video_stream(container)
        if video is None:
            return
        zero = zero_time(container)
        # The encoder's own threads are not at work yet, but decoding on one thread costs the least in all.
        video.thread_type = "NONE"
        if video.average_rate and step * float(video.average_rate) >= 3:
            video.codec_context.skip_frame = "NONREF"
        if start > 1.0:
            container.seek(int((zero + start) * 1_000_000), backward=True)
        due, count = start, 0
        last: tuple[Any, float] | None = None
        for frame in container.decode(video):
            clock.check()
            time = (frame.time or 0.0) - zero
            if time > end:
                break
            last = frame, time
            if time >= due - 1e-3:
                yield _picture(frame, time, count, size)
                last = None
                count += 1
                due = max(due + step, time + step / 2)
        if last is not None:
            yield _picture(*last, count, size)


def _picture(frame: Any, time: float, index: int, size: tuple[int, int]) -> Picture:
    """A frame as a picture with planes of its own, turned upright."""
    turn = Orientation.of(frame)
    width, height = turn.turned(*size)
    if frame.format.name not in {"yuv420p", "yuvj420p"} or (frame.width, frame.height) != (width, height):
        frame = frame.reformat(width=width, height=height, format="yuv420p")
    y, u, v = (_upright(plane, turn) for plane in frame.planes[:3])
    return Picture(y, u, v, time, index)


def _upright(plane: Any, turn: Orientation) -> Plane:
    import numpy as np

    array = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    if turn.mirrored:
        array = array[:, ::-1]
    return np.array(np.rot90(array, -(turn.degrees // 90)), order="C")
