"""Handing media over to this machine: nothing is copied, every file is looked into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clipline.artifacts import sha256_of
from clipline.backends.local.state import LocalState, Source
from clipline.errors import InputError
from clipline.stage import StageCall, StageResult
from clipline.studio.reading.media import MediaInfo, probe
from clipline.values import JsonObject

__all__ = ["clip_among", "hand_over", "is_material", "paths_of"]


def hand_over(call: StageCall, options: JsonObject) -> StageResult:
    """Look into each file; the first video is the clip to edit, all else is at hand for backgrounds and music.

    Where no video is handed over, and none was before, the first image is, as a still.

    Raises:
        InputError: a file is missing, or is no video, image or sound; or it is a second clip to edit.
    """
    begun = state = LocalState.read(call.state)
    media = []
    paths = paths_of(options)
    found: dict[Path, MediaInfo] = {}
    for number, path in enumerate(paths):
        call.clock.check()
        call.progress(number / len(paths), f"looking into {path.name}")
        found[path] = probe(path)
    clip = clip_among(begun, found, options)
    for path, info in found.items():
        stat = path.stat()
        source = Source(path, info.kind, sha256_of(path), stat.st_size, stat.st_mtime_ns)
        state = state.with_clip(source, info) if path == clip else state.with_source(source)
        media.append(
            {"path": str(path), "name": path.name, "use": "clip" if path == clip else "material", **info.as_json()}
        )
        call.note(f"{path.name}: {_words(info)}" + (_shown(info) if path == clip else ", at hand"))
    return StageResult(outputs={"files": [str(path) for path in paths], "media": media}, state=state.write(call.state))


def paths_of(options: Mapping[str, Any]) -> Sequence[Path]:
    """The files that the options name, each once, absolute.

    Raises:
        InputError: none is named.
    """
    given = options.get("files", ())
    paths = [given] if isinstance(given, (str, Path)) else list(given)
    if not paths:
        raise InputError("no file to edit is named", hint="give the path of a video file")
    return list(dict.fromkeys(Path(path).absolute() for path in paths))


def is_material(options: Mapping[str, Any]) -> bool:
    """Whether the files are handed over only to be used in the edit of another one."""
    return options.get("use") == "material"


def clip_among(begun: LocalState, found: Mapping[Path, MediaInfo], options: Mapping[str, Any]) -> Path | None:
    """Which of these files is the clip to edit; None where another one is, or they are handed over for other uses.

    Raises:
        InputError: there is one already that another was edited in; what is edited would then be another clip than the
            person means.
    """
    if is_material(options):
        return None
    videos = [path for path, info in found.items() if info.kind == "video"]
    stills = [path for path, info in found.items() if info.kind == "image"]
    is_still = begun.clip is not None and begun.clip.kind == "image"
    for path in videos:
        if begun.clip is not None and begun.clip.path != path and not (is_still and not begun.edits):
            raise InputError(
                f"{path.name} would be a second clip to edit: this session edits {begun.clip.name}",
                code="second_clip",
                hint="edit each clip in an item of a `for_each`; or hand it over with `use: material`, for this one",
            )
    if begun.timeline is None or (is_still and videos and not begun.edits):
        return next(iter([*videos, *stills]), None)
    same = begun.clip is not None and begun.clip.path in found and not begun.operations
    return begun.clip.path if same and begun.clip else None


def _words(info: MediaInfo) -> str:
    match info.kind:
        case "video":
            sound = "with sound" if info.audio_codec else "without sound"
            return f"a video of {info.duration:.1f}s, {info.width}x{info.height}, {info.fps:.4g} fps, {sound}"
        case "image":
            return f"an image of {info.width}x{info.height}"
        case "audio":
            return f"a sound of {info.duration:.1f}s"


def _shown(info: MediaInfo) -> str:
    return "; the clip to edit" if info.kind == "image" else ""
