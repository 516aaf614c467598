"""What every writer of a result shares: what it is to make, and how its file is opened and given up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from clipline.errors import MachineError
from clipline.studio.pictures.picture import ColorTags
from clipline.studio.writing.formats import Encoder, Format, Quality
from clipline.values import Size

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["Target", "Writer", "close_quietly", "open_output", "use_durations"]


@dataclass(frozen=True, slots=True)
class Target:
    """All that is known of a result before its first frame; `slow` says that the encoder will wait for its frames."""

    path: Path
    format: Format
    quality: Quality
    preview: bool
    size: Size
    rate: Fraction
    time_base: Fraction
    tags: ColorTags
    alpha: bool
    threads: int
    slow: bool = False

    @property
    def encoder(self) -> Encoder:
        """The codec that this result needs."""
        return (self.format.alpha if self.alpha else None) or self.format.video

    @property
    def options(self) -> dict[str, str]:
        """The codec's options at this quality."""
        return dict(self.encoder.preview if self.preview else self.encoder.options[self.quality])


class Writer(Protocol):
    """Takes frames in their order, then `finish`; or `abandon`, after which nothing is left on disk."""

    def write(self, frame: VideoFrame, time: float, duration: float) -> None:
        """Add a frame at `time` that stands for `duration`, in seconds of the result."""
        ...

    def finish(self) -> Iterator[None]:
        """Write what is left; yields between two pieces of work, so that the caller can look at the clock."""
        ...

    def abandon(self) -> None:
        """Let go of everything and remove what was written."""
        ...


def open_output(path: Path, kind: Format) -> Any:
    """Begin a file.

    Raises:
        MachineError: it cannot be written.
    """
    import av

    try:
        return av.open(f"file:{path}", "w", format=kind.muxer, container_options=dict(kind.muxer_options or {}))
    except (av.FFmpegError, OSError) as error:
        raise MachineError(f"{path} cannot be written: {error.strerror or error}") from error


def close_quietly(container: Any) -> None:
    """Close a file that is given up; that it is unfinished is no news."""
    import av

    try:
        container.close()
    except (av.FFmpegError, OSError):
        return


def use_durations(context: Any) -> None:
    """Let the encoder pass on how long each frame stands, which makes the last one as long as it should be."""
    from av.codec.context import Flags

    context.flags |= Flags.frame_duration
