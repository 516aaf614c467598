"""Handing media over to this machine: nothing is copied, every file is looked into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clipline.artifacts import sha256_of
from clipline.backends.local.state import LocalState, Source
from clipline.errors import InputError
from clipline.stage import StageCall, StageResult
from clipline.studio.media import MediaInfo, probe
from clipline.values import JsonObject

__all__ = ["check_second", "hand_over", "is_material", "paths_of", "take"]


def hand_over(call: StageCall, options: JsonObject) -> StageResult:
    """Look into each file; the first video is the clip to edit, all else is at hand for backgrounds and music.

    Raises:
        InputError: a file is missing, or is no video, image or sound; or it is a second clip to edit.
    """
    begun = state = LocalState.read(call.state)
    media = []
    paths = paths_of(options)
    for number, path in enumerate(paths):
        call.clock.check()
        call.progress(number / len(paths), f"looking into {path.name}")
        info = probe(path)
        if not is_material(options):
            check_second(begun, path, info)
        stat = path.stat()
        source = Source(path, info.kind, sha256_of(path), stat.st_size, stat.st_mtime_ns)
        is_clip = not is_material(options) and _is_clip(state, path, info)
        state = take(state, source, info) if is_clip else state.with_source(source)
        media.append({"path": str(path), "name": path.name, "use": "clip" if is_clip else "material", **info.as_json()})
        call.note(f"{path.name}: {_words(info)}" + ("" if is_clip else ", at hand"))
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


def take(state: LocalState, source: Source, info: MediaInfo) -> LocalState:
    """The state with one more file in it."""
    return state.with_clip(source, info) if _is_clip(state, source.path, info) else state.with_source(source)


def check_second(begun: LocalState, path: Path, info: MediaInfo) -> None:
    """Make sure that a video is not taken for the clip to edit where an earlier upload brought one already.

    Raises:
        InputError: it could be; what is edited would then be another clip than the person means.
    """
    if info.kind == "video" and begun.clip is not None and begun.clip.path != path:
        raise InputError(
            f"{path.name} would be a second clip to edit: this session edits {begun.clip.name}",
            code="second_clip",
            hint="edit each clip in an item of a `for_each`; or hand it over with `use: material`, for this one",
        )


def _is_clip(state: LocalState, path: Path, info: MediaInfo) -> bool:
    if info.kind != "video":
        return False
    return state.timeline is None or (state.clip is not None and state.clip.path == path and not state.operations)


def _words(info: MediaInfo) -> str:
    match info.kind:
        case "video":
            sound = "with sound" if info.audio_codec else "without sound"
            return f"a video of {info.duration:.1f}s, {info.width}x{info.height}, {info.fps:.4g} fps, {sound}"
        case "image":
            return f"an image of {info.width}x{info.height}"
        case "audio":
            return f"a sound of {info.duration:.1f}s"
