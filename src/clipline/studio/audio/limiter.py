"""Keeps sound from clipping: what is too loud is turned down for as long as it is, and all else stays bit for bit."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from clipline.studio.audio.sound_filters import filtered

if TYPE_CHECKING:
    from clipline.studio.audio.sampling import Samples

__all__ = ["limited"]

# Milliseconds: the peak is seen coming, and the sound is as loud as before soon after it.
_OPTIONS = "limit=1:level=disabled:attack=5:release=100:latency=1"


def limited(blocks: Generator[Samples, None, None], rate: int) -> Generator[Samples, None, None]:
    """The same samples, of shape (2, n), none beyond 1; FFmpeg's `alimiter`, in step with what goes in."""
    try:
        for frame in filtered(blocks, rate, ("alimiter", _OPTIONS), ("aformat", "sample_fmts=fltp")):
            yield frame.to_ndarray()
    finally:
        blocks.close()
