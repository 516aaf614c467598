"""What the agent sees of a session: the draft, the uploaded files, and how often it was spoken to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clipline.values import JsonObject

__all__ = ["MediaFile", "SessionView"]


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One uploaded file of a session.

    Attributes:
        name: as the person named it, unique in its session.
        path: where the server keeps its bytes; a path at which nothing lies where only a URL was registered.
        file_type: `video`, `audio` or `image`.
        duration: in seconds, 0.0 where it is not known or the file is an image.
        width: in pixels, 0 where there is no picture or it is not known.
        height: in pixels, like `width`.
        fps: frames a second, 0.0 where it is not known.
    """

    name: str
    path: Path
    file_type: str
    duration: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as it stands before a message is answered.

    Attributes:
        session_id: the 19 digits.
        draft: the draft's JSON; not to be changed in place.
        files: what was uploaded, in the order of arrival.
        language: `en` or `zh`.
        turns: messages answered before this one.
    """

    session_id: str
    draft: JsonObject
    files: tuple[MediaFile, ...]
    language: str
    turns: int
