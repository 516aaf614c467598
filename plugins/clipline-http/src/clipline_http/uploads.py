"""Handing the clip over: the described requests one after the other; nothing where it goes with the submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clipline.artifacts import sha256_of, size_of
from clipline.errors import InputError
from clipline.stage import StageResult
from clipline.values import JsonObject
from clipline_http.service import Service, media_type
from clipline_http.state import Clip, State
from clipline_http.templates import Names

__all__ = ["clip_names", "hand_over", "media_of", "one_clip", "run_names", "with_all"]


def hand_over(service: Service, options: JsonObject) -> tuple[StageResult, Mapping[str, Any]]:
    """Hand over the one file that the options name; returns what may not be written down beside the result.

    Raises:
        InputError: they name several, or one that is no file.
        CliplineError: as the service says.
    """
    call = service.call
    state = State.read(call.state, service.description.url)
    path = one_clip(options)
    media = media_of(path)
    clip = Clip(path, size_of(path), sha256_of(path), media)
    clip, secrets = _sent(service, clip)
    where = f"handed over to {service.description.service}" if service.description.uploads else "goes with the job"
    call.note(f"{path.name}: {where}")
    outputs = {"files": [str(path)], "media": [{"path": str(path), "name": path.name, "use": "clip", **media}]}
    return StageResult(outputs=outputs, state=state.with_clip(clip).write(call.state)), secrets


def one_clip(options: JsonObject) -> Path:
    """The file that an upload names.

    Raises:
        InputError: it names several, or what is no file.
    """
    given = options.get("files", ())
    paths = list(dict.fromkeys([given] if isinstance(given, (str, Path)) else given))
    if len(paths) != 1:
        raise InputError(
            "one clip at a time is handed over to a service that is described",
            code="second_clip",
            hint="edit each clip in an item of a `for_each`",
        )
    path = Path(paths[0]).absolute()
    if not path.is_file():
        raise InputError(f"{path} is not a file", code="not_a_file")
    return path


def media_of(path: Path) -> dict[str, float]:
    """Duration, width, height and rate of a clip; nothing where the studio is not installed.

    Raises:
        InputError: it is no video.
    """
    from clipline.studio.extra import missing

    if missing():
        return {}
    from clipline.studio.reading.media import probe

    info = probe(path)
    if info.kind != "video":
        raise InputError(f"{path.name} is no video", hint=f"it is {info.kind}, by its content")
    return {"duration": round(info.duration, 3), "width": info.width, "height": info.height, "fps": round(info.fps, 3)}


def _sent(service: Service, clip: Clip) -> tuple[Clip, dict[str, Any]]:
    """The clip with what the service's replies gave, and apart from it what may not be written down."""
    description, names = service.description, {**run_names(service), **clip_names(clip, {})}
    taken: dict[str, Any] = {}
    for form in description.uploads:
        answer = service.patiently(form, names, clip.path)
        taken |= answer.taken
        names |= {f"clip.{name}": value for name, value in answer.taken.items()}
    used = {name: value for name, value in taken.items() if f"clip.{name}" in description.used_later}
    secrets = {name: value for name, value in used.items() if service.is_secret(value)}
    plain = {name: value for name, value in used.items() if name not in secrets}
    return replace(clip, taken=plain, left_out=tuple(secrets)), secrets


def with_all(service: Service, clip: Clip, secrets: Mapping[str, Any]) -> tuple[Clip, Mapping[str, Any]]:
    """The clip with everything that its names need: handed over once more where something was not written down.

    Raises:
        InputError: the file has changed since.
    """
    if not set(clip.left_out) - set(secrets):
        return clip, secrets
    if not clip.path.is_file() or sha256_of(clip.path) != clip.sha256:
        raise InputError(
            f"{clip.path.name} has changed since it was handed over", code="source_changed", hint="start a new run"
        )
    service.call.note(f"{clip.path.name} is handed over once more: the address that it had was not written down")
    return _sent(service, clip)


def clip_names(clip: Clip, secrets: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the names with `clip.`."""
    own: dict[str, Any] = {
        "name": clip.path.name,
        "stem": clip.path.stem,
        "bytes": clip.bytes,
        "type": media_type(clip.path),
        "sha256": clip.sha256,
        **({} if clip.seconds is None else {"seconds": clip.seconds}),
    }
    return {f"clip.{name}": value for name, value in {**own, **clip.taken, **secrets}.items()}


def run_names(service: Service) -> Names:
    """The values of the names that every request has; those with `values.` as the description has them."""
    run, values = service.call.run, service.description.value.get("values", {})
    plain = {f"values.{name}": value for name, value in values.items() if value is not None}
    return {"run.id": str(run.get("id", "")), "run.name": str(run.get("name", "")), **plain}
