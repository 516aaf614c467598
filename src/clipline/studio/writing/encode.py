"""Chooses what writes a result: a file with picture and sound, an animation, one picture, or a folder of images."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from clipline.studio.writing.gif import Gif
from clipline.studio.writing.images import Images
from clipline.studio.writing.movie import Movie
from clipline.studio.writing.photo import Photo
from clipline.studio.writing.target import Target, Writer

if TYPE_CHECKING:
    from clipline.studio.audio.sampling import Samples

__all__ = ["writer"]


def writer(target: Target, sound: Generator[Samples, None, None] | None) -> Writer:
    """The writer for a format.

    Raises:
        MachineError: the file cannot be made.
    """
    if target.format.picture:
        return Photo(target)
    match target.format.name:
        case "frames":
            return Images(target)
        case "gif":
            return Gif(target)
        case _:
            return Movie(target, sound)
