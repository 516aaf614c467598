"""The neutral model of an edit: tracks of video, audio and text, their segments, and the operations asked for.

Backends translate their own drafts to and from it; `verify`, `plan`, reports and the studio see only this.
"""

from clipline.timeline.applying import apply, kept_parts
from clipline.timeline.backgrounds import BLACK, WHITE, Background, Blur, Fill, Isolate, Media, Remove, Transparent
from clipline.timeline.cutting import STILL_SECONDS, Cut, Join, Span, Trim
from clipline.timeline.framing import Crop, Fit, Pad, Resize
from clipline.timeline.hiding import BlurOut, Pixelate, Replace
from clipline.timeline.model import Segment, Timeline, Track, TrackKind, differences
from clipline.timeline.operations import (
    Operation,
    SubjectOperation,
    files_of,
    gone_and_changed,
    operation_from_json,
    subjects_in,
    with_moments,
)
from clipline.timeline.schema import OPERATIONS_SCHEMA
from clipline.timeline.sounds import AudioTrack, Loudness, Music, Sound
from clipline.timeline.subjects import OBJECTS, Subject, Which, Who, at_moments, plural, subject_of, who_in_words
from clipline.timeline.titles import LowerThird, Title

__all__ = [
    "BLACK",
    "OBJECTS",
    "OPERATIONS_SCHEMA",
    "STILL_SECONDS",
    "WHITE",
    "AudioTrack",
    "Background",
    "Blur",
    "BlurOut",
    "Crop",
    "Cut",
    "Fill",
    "Fit",
    "Isolate",
    "Join",
    "Loudness",
    "LowerThird",
    "Media",
    "Music",
    "Operation",
    "Pad",
    "Pixelate",
    "Remove",
    "Replace",
    "Resize",
    "Segment",
    "Sound",
    "Span",
    "Subject",
    "SubjectOperation",
    "Timeline",
    "Title",
    "Track",
    "TrackKind",
    "Transparent",
    "Trim",
    "Which",
    "Who",
    "apply",
    "at_moments",
    "differences",
    "files_of",
    "gone_and_changed",
    "kept_parts",
    "operation_from_json",
    "plural",
    "subject_of",
    "subjects_in",
    "who_in_words",
    "with_moments",
]
