"""The neutral model of an edit: tracks of video, audio and text, their segments, and the operations asked for.

Backends translate their own drafts to and from it; `verify`, `plan`, reports and the studio see only this.
"""

from clipline.timeline.applying import apply, kept_parts
from clipline.timeline.cutting import Span
from clipline.timeline.model import Segment, Timeline, Track, TrackKind, differences
from clipline.timeline.operations import (
    BLACK,
    OPERATIONS_SCHEMA,
    WHITE,
    AudioTrack,
    Background,
    Blur,
    Crop,
    Cut,
    Fill,
    Fit,
    Isolate,
    Join,
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
    files_of,
    operation_from_json,
)

__all__ = [
    "BLACK",
    "OPERATIONS_SCHEMA",
    "WHITE",
    "AudioTrack",
    "Background",
    "Blur",
    "Crop",
    "Cut",
    "Fill",
    "Fit",
    "Isolate",
    "Join",
    "Media",
    "Music",
    "Operation",
    "Pad",
    "People",
    "Remove",
    "Resize",
    "Segment",
    "Span",
    "Timeline",
    "Title",
    "Track",
    "TrackKind",
    "Transparent",
    "Trim",
    "apply",
    "differences",
    "files_of",
    "kept_parts",
    "operation_from_json",
]
