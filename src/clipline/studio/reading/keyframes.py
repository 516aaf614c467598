"""Where the key frames of a clip are, and whether its packets can be cut at a moment without being decoded.

A copied part begins with a key frame of which nothing later is shown earlier, and ends where everything that is
decoded before its end is shown before it; else the part would hold frames that it should not show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from clipline.studio.reading.media import open_media, video_stream, zero_time

__all__ = ["can_copy", "nearest_key_frames", "packets_from"]

_ROUNDING = 0.001  # seconds: the coarsest time stamps are milliseconds
_END = 0.5  # of a frame is what a part may end before the last one does


def nearest_key_frames(path: Path, moments: Sequence[float]) -> tuple[float, ...]:
    """For each moment the nearest one at which a key frame is shown, in seconds of the clip; the earlier of two.

    Raises:
        InputError: the file is no clip.
    """
    with open_media(path) as container:
        return tuple(_nearest(container, moment) for moment in moments)


def _nearest(container: Any, moment: float) -> float:
    before, after = None, None
    for time, packet in packets_from(container, moment):
        if packet.is_keyframe and time <= moment + _ROUNDING:
            before = time
        elif packet.is_keyframe:
            after = time
        if after is not None or (before is not None and time > 2 * moment - before + _ROUNDING):
            break  # what comes now is farther away
    if before is None:
        return moment if after is None else after
    return before if after is None or moment - before <= after - moment else after


def can_copy(path: Path, spans: Sequence[tuple[float, float]], duration: float) -> bool:
    """Whether each of these parts of a clip that lasts `duration` seconds can be cut out of its packets as it is.

    Raises:
        InputError: the file is no clip.
    """
    with open_media(path) as container:
        return all(
            _begins_clean(container, start) and (end >= duration - _frame(container) or _ends_clean(container, end))
            for start, end in spans
        )


def _frame(container: Any) -> float:
    video = video_stream(container)
    return _END * float(1 / (video.average_rate or 25)) if video else 0.0


def _begins_clean(container: Any, start: float) -> bool:
    begun = False
    for time, packet in packets_from(container, start):
        if not begun:
            if time > start + _ROUNDING:
                return False
            begun = packet.is_keyframe and abs(time - start) <= _ROUNDING
        elif time < start - _ROUNDING:
            return False
        if begun and _decoded_at(container, packet) > start:
            return True
    return begun


def _ends_clean(container: Any, end: float) -> bool:
    over = False
    for time, packet in packets_from(container, end):
        if time < end - _ROUNDING:
            if over:
                return False
        else:
            over = True
        if over and _decoded_at(container, packet) > end:
            return True
    return True


def _decoded_at(container: Any, packet: Any) -> float:
    """No packet after this one is shown before this time."""
    stamp = packet.pts if packet.dts is None else packet.dts
    return float(stamp * packet.time_base) - zero_time(container)


def packets_from(container: Any, moment: float, *streams: Any) -> Iterator[tuple[float, Any]]:
    """The packets of a clip in their order, each with its time in seconds; from a key frame before a moment on.

    Only those of the picture, where no `streams` are named. A damaged end of the file ends them.
    """
    import av

    wanted = streams or (video_stream(container),)
    zero = zero_time(container)
    try:
        container.seek(int((zero + moment + _ROUNDING) * 1_000_000), backward=True)
        for packet in container.demux(*wanted):
            if packet.pts is not None:
                yield float(packet.pts * packet.time_base) - zero, packet
    except (av.FFmpegError, OSError):
        return
