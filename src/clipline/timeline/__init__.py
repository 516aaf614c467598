"""The neutral model of an edit: tracks of video, audio and text, their segments, and the operations asked for.

Backends translate their own drafts to and from it; `verify`, `plan`, reports and the studio see only this.
"""

from clipline.timeline.model import Segment, Timeline, Track, TrackKind, apply, differences
from clipline.timeline.operations import (
    BLACK,
    OPERATIONS_SCHEMA,
    WHITE,
    Background,
    Blur,
    Crop,
    Fill,
    Fit,
    Isolate,
    Media,
    Music,
    Operation,
    Pad,
    People,
    Remove,
    Resize,
    Title,
    Transparent,
    Trim,
    file_of,
    operation_from_json,
)

__all__ = [
    "BLACK",
    "OPERATIONS_SCHEMA",
    "WHITE",
    "Background",
    "Blur",
    "Crop",
    "Fill",
    "Fit",
    "Isolate",
    "Media",
    "Music",
    "Operation",
    "Pad",
    "People",
    "Remove",
    "Resize",
    "Segment",
    "Timeline",
    "Title",
    "Track",
    "TrackKind",
    "Transparent",
    "Trim",
    "apply",
    "differences",
    "file_of",
    "operation_from_json",
]
