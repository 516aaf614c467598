"""Where the pictures of a clip begin, so that a cut falls between two of them and not into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from clipline.studio.reading.media import frame_rate, open_media, video_stream, zero_time

__all__ = ["frame_times"]

_ROUNDING = 0.001  # seconds: the coarsest time stamps are milliseconds
_STANDS_LONGER = 1.5  # times as long as a frame does on average


def frame_times(path: Path, moments: Sequence[float], length: float) -> tuple[float, ...]:
    """For each moment the nearest one at which a picture of a clip so many seconds long begins, the earlier of two.

    A moment stays as it is at the ends of the clip, in the last picture, and in one that stands longer than others.
    Nothing is decoded.

    Raises:
        InputError: the file is no clip.
    """
    if not any(0 < moment < length for moment in moments):
        return tuple(moments)
    with open_media(path) as container:
        return tuple(_frame_time(container, moment) if 0 < moment < length else moment for moment in moments)


def _frame_time(container: Any, moment: float) -> float:
    video = video_stream(container)
    if video is None:
        return moment
    times = [time for time in _times(container, video, moment) if time >= 0]
    before = max((time for time in times if time <= moment + _ROUNDING), default=None)
    after = min((time for time in times if time > moment + _ROUNDING), default=None)
    if before is None or after is None or (after - before) * frame_rate(video) > _STANDS_LONGER:
        return moment
    return before if moment - before <= after - moment + _ROUNDING else after


def _times(container: Any, video: Any, moment: float) -> Iterator[float]:
    """When pictures begin, from some time before a moment to a little after it; in no order."""
    import av

    zero = zero_time(container)
    try:
        container.seek(int((zero + moment) * 1_000_000), backward=True)
        base = float(video.time_base)
        for packet in container.demux(video):
            if packet.pts is None:
                continue
            yield packet.pts * base - zero
            # Packets stand in the order of decoding: no later one is shown before this time.
            if packet.dts is not None and packet.dts * base - zero > moment + 1:
                return
    except (av.FFmpegError, OSError):
        return
