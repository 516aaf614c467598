"""Finds the media of a timeline that was read, and looks whether they hold what it shows of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clipline.errors import CliplineError, InputError, Place
from clipline.timeline import Segment, Timeline, Track
from clipline_otio.addresses import file_name, path_of, shown
from clipline_otio.files import line_of
from clipline_otio.layout import Known, start_of

if TYPE_CHECKING:
    from clipline.studio.reading.media import MediaInfo

__all__ = ["check_ranges", "link"]

_SAID = 8  # files that an error names before it counts the rest


def link(file: Path, text: str, timeline: Timeline, folder: Path | None, *, everything: bool) -> tuple[Timeline, Known]:
    """A timeline with the paths of its media, and what these hold.

    Args:
        file: where the timeline stands; what is relative is so to its folder.
        text: what stands in it, to find lines.
        timeline: as it was read: `source` of a segment is an address, or empty.
        folder: where media is looked for that is not at its address; None for nowhere.
        everything: all media of the picture is taken from the folder, whatever is at its address; sounds, if they are
            there.

    Raises:
        InputError: some are missing or no media; all of them are named, with their lines. Or there is no such folder.
    """
    from clipline.studio.reading.media import probe

    if folder is None and everything:
        raise InputError("`relink: all` takes media from a folder", code="no_folder", hint="name it as `media`")
    if folder is not None and not folder.is_dir():
        raise InputError(f"the folder of media {folder} does not exist", code="no_folder")
    known: dict[str, MediaInfo] = {}
    found: dict[_Asked, str] = {}
    wrong: dict[_Asked, CliplineError] = {}
    for track in timeline.tracks:
        for segment in track.segments if track.kind in {"video", "audio"} else ():
            asked = _asked(track, segment)
            if asked in found or asked in wrong:
                continue
            try:
                path = str(_path(segment, file, folder, whole=everything and track.kind == "video", first=everything))
                known[path] = _checked(known.get(path) or probe(Path(path)), path, track.kind)
                found[asked] = path
            except InputError as error:
                wrong[asked] = _placed(error, segment, track.kind, file, text)
    if wrong:
        raise _together(list(wrong.values()))
    tracks = (
        replace(track, segments=tuple(replace(each, source=found[_asked(track, each)]) for each in track.segments))
        if track.kind in {"video", "audio"}
        else track
        for track in timeline.tracks
    )
    return replace(timeline, tracks=tuple(tracks)), known


#: What a segment names as its file: the kind of its track, an address, else a name.
_Asked: TypeAlias = tuple[str, str, str]


def _asked(track: Track, segment: Segment) -> _Asked:
    return track.kind, segment.source, "" if segment.source else segment.name


def _path(segment: Segment, file: Path, folder: Path | None, *, first: bool, whole: bool) -> Path:
    """The file of a segment: at its address, else by its name in the folder of media.

    `first` looks into the folder first, and with `whole` nowhere else.

    Raises:
        InputError: there is none.
    """
    name = file_name(segment.source or segment.name)
    there = folder / name if folder is not None and name else None
    if there is not None and not os.path.isfile(there):  # noqa: PTH113 - a name that no system takes is none of a file
        there = None
    if there is not None and first:
        return there.absolute()
    if whole:
        why = "with `relink: all` every picture is taken from there"
        raise InputError(f"media is missing: {name} is not in {folder}", code="missing_media", hint=why)
    elsewhere: InputError | None = None
    if segment.source:
        try:
            path = path_of(segment.source, file.absolute().parent)
            if os.path.exists(path):  # noqa: PTH110 - the same
                return Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow links to other names
        except InputError as error:
            elsewhere = error
    if there is not None:
        return there.absolute()
    if elsewhere is not None:
        raise elsewhere
    named = shown(segment.source) or f"{segment.name!r}, which has no address"
    raise InputError(
        f"media is missing: {named}",
        code="missing_media",
        hint="put it there; or give the folder that it is in as `media`"
        if folder is None
        else f"nor is it in {folder}",
    )


def _checked(info: MediaInfo, path: str, kind: str) -> MediaInfo:
    name = Path(path).name
    if kind == "video" and info.kind != "video":
        what = "an image" if info.kind == "image" else "only sound"
        raise InputError(f"{name} holds {what}, not a video clip", code="not_a_clip")
    if kind == "audio" and not info.audio_codec:
        raise InputError(f"{name} has no sound", code="no_sound")
    return info


def _placed(error: InputError, segment: Segment, kind: str, file: Path, text: str) -> InputError:
    line = line_of(text, segment.source or segment.name)
    where = f"{kind}, {segment.name!r} at {start_of(segment):.4g}s"
    place = Place(str(file), line)
    return InputError(f"{error.message} ({where})", code=error.code, hint=error.hint, place=place)


def _together(errors: Sequence[CliplineError]) -> InputError:
    """One error of several; the first one's place, and every other one with its line."""
    first = errors[0]
    others = [f"{each.message} at {each.place}" for each in errors[1:]]
    message = "; ".join([first.message, *others[: _SAID - 1]])
    more = len(errors) - _SAID
    return InputError(
        message + (f"; and {more} more" if more > 0 else ""), code=first.code, hint=first.hint, place=first.place
    )


def check_ranges(file: Path, text: str, timeline: Timeline, known: Known, rate: Fraction) -> None:
    """Whether every clip shows what is in its file.

    Raises:
        InputError: one asks for more.
    """
    close = 2.0 / float(rate)  # a cut is rounded to frames, at both of its ends
    for track in timeline.tracks:
        for segment in track.segments if track.kind in {"video", "audio"} else ():
            length, end = known[segment.source].duration, segment.source_start + segment.duration
            if end > length + close:
                raise InputError(
                    f"{segment.name!r} ({track.kind} at {start_of(segment):.4g}s) shows {segment.source_start:.4g}s to "
                    f"{end:.4g}s of {Path(segment.source).name}, which lasts {length:.4g}s",
                    code="outside_media",
                    hint="where the file's own timecode does not begin at 0, the timeline must say its available range",
                    place=Place(str(file), line_of(text, segment.name)),
                )
