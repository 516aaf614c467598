"""How sound is held while it is worked on: samples a second, channels, the block, and the array's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    #: Of shape (`CHANNELS`, samples); full scale is 1.
    Samples: TypeAlias = NDArray[np.float32]

__all__ = ["BLOCK", "CHANNELS", "RATE"]

RATE = 48_000  # samples a second; what AAC and Opus both take
CHANNELS = 2
BLOCK = 4_800  # samples worked on at once: a tenth of a second
