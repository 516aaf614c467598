"""How a stored picture is shown: turned, mirrored, and with square pixels."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["Orientation", "side_data", "square_size"]

_MATRIX = struct.Struct("=9i")


def square_size(width: int, height: int, sample_aspect: Fraction | None) -> tuple[int, int]:
    """The size with square pixels: the width changes, the height stays."""
    if not sample_aspect or not Fraction(1, 8) <= sample_aspect <= 8 or sample_aspect == 1:
        return width, height
    return max(2, round(width * sample_aspect / 2) * 2), height


def side_data(frame: VideoFrame, name: str) -> bytes | None:
    """What stands beside a frame under this name of PyAV's."""
    from av.sidedata.sidedata import Type

    # PyAV makes a list of all that stands beside a frame, and fails at kinds that it has no name for: the Exif data of
    # photos is one.
    if "_missing_" not in vars(Type):
        Type._missing_ = classmethod(_nameless)  # type: ignore[assignment]
    found = frame.side_data.get(Type[name])  # type: ignore[call-overload]
    return None if found is None else bytes(found)


def _nameless(kind: type[Enum], value: object) -> Enum:
    """A member for a number that an enumeration does not know."""
    member = object.__new__(kind)
    member._name_, member._value_ = f"NUMBER_{value}", value
    return member


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture is turned before it is shown: first mirrored left to right, then turned clockwise."""

    degrees: int = 0
    mirrored: bool = False

    @classmethod
    def of(cls, frame: VideoFrame) -> Orientation:
        """Read the display matrix beside a frame; angles between the quarters are taken as the nearest quarter."""
        raw = side_data(frame, "DISPLAYMATRIX")
        if raw is None or len(raw) != _MATRIX.size:
            return cls()
        a, b, _, c, d, *_ = _MATRIX.unpack(raw)
        mirrored = a * d - b * c < 0
        # The matrix takes a stored x axis to (a, b): mirroring turns that axis round first.
        x, y = (-a, -b) if mirrored else (a, b)
        if abs(x) >= abs(y):
            return cls(0 if x >= 0 else 180, mirrored)
        return cls(90 if y > 0 else 270, mirrored)

    def turned(self, width: int, height: int) -> tuple[int, int]:
        """The size after turning."""
        return (height, width) if self.degrees % 180 else (width, height)
