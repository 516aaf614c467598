"""Exporting from the service: the draft is checked, rendered there, fetched, and put into its place with its facts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from clipline.artifacts import name_facts
from clipline.backends.nemo.asking import Asked
from clipline.backends.nemo.edits import edited
from clipline.backends.nemo.finishing import finished, media_facts
from clipline.backends.nemo.renders import collect, put_away
from clipline.backends.nemo.retries import recovering
from clipline.backends.nemo.service import Cloud, is_of_the_service
from clipline.backends.nemo.sessions import enter, open_session, remote_state, tell_claim_link
from clipline.backends.nemo.state import CloudFile, CloudState
from clipline.backends.nemo.uploads import with_uploaded
from clipline.backends.targets import check_own_place, sidecar_facts, target_of, wanted_format
from clipline.errors import CliplineError, InputError, Refused, StageFailed
from clipline.nemo.draft import holds, ready, to_timeline
from clipline.stage import Artifact, StageCall, StageResult
from clipline.studio.extra import require_extra
from clipline.studio.writing.formats import FormatName, format_of
from clipline.timeline import operation_from_json
from clipline.values import JsonObject

__all__ = ["AFTER", "Wanted", "make_file", "wanted_of"]

#: Options that the service does not do; the studio does them to the finished file.
AFTER = ("size", "max_size", "fps", "preview")
_QUALITIES = ("low", "medium", "high")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The file that is wanted: its container, and what the studio `finishes` because the service does not do it."""

    format: FormatName
    quality: str
    finishes: Mapping[str, Any]


def wanted_of(options: JsonObject, kinds: Collection[str]) -> Wanted:
    """What an export is to make of files of these kinds.

    Raises:
        InputError: options contradict each other.
        Refused: the name ends in a container that nobody makes here, or the quality is none of the service's.
    """
    if options.get("size") and options.get("max_size"):
        raise InputError("an export has a size or a max_size, not both", code="size_twice")
    format_ = _format(options, kinds)
    finishes = {name: options[name] for name in AFTER if options.get(name)}
    if format_ != "mp4":
        finishes["format"] = format_
    quality = str(options.get("quality", "high"))
    if quality not in _QUALITIES:
        raise Refused(
            f"the service does not render in the quality {quality}",
            code="quality",
            hint=f"one of {', '.join(_QUALITIES)}; or export on this machine: --backend local",
        )
    return Wanted(format_, quality, finishes)


def _format(options: JsonObject, kinds: Collection[str]) -> FormatName:
    """The container; what is called png is a folder of a video's frames, as the service makes nothing but videos.

    Raises:
        Refused: it is to be one picture.
    """
    named = wanted_format(options)
    if named == "png" and (options.get("fps") or "video" in kinds or "image" not in kinds):
        return "frames"
    if named is not None and format_of(named).picture:
        raise Refused(
            f"the service makes a video even of a photo, and no {named}",
            code="one_picture",
            hint="name a video, like a .mp4; this machine makes photos of photos: --backend local",
        )
    return named or "mp4"


def make_file(cloud: Cloud, options: JsonObject) -> StageResult:
    """Make the file of the session's draft.

    Raises:
        StageFailed: the timeline is empty, or the render failed twice.
        InputError: the name is taken or not one to write to.
        Waiting: the render is not ready yet; it goes on at the service.
        AccountWaiting: the plan or the credits do not allow an export.
        CheckFailed: what came is not whole.
    """
    call, kept = cloud.call, CloudState.read(cloud.call.state, cloud.key)
    wanted = wanted_of(options, {file.kind for file in kept.files})
    if wanted.finishes:
        require_extra(f"an export with {', '.join(wanted.finishes)}")
    state = enter(cloud, options)
    target = _target(call, options, wanted.format, state)
    if made := call.files.delivered(target):
        call.note(f"{made.path.name} was finished before")
        put_away(cloud)
        return _result(cloud, state, made, wanted)
    check_own_place(call, target, wanted.format, options)
    state = _in_right_session(cloud, state)
    raw = call.files.temporary(target.with_suffix(".mp4"))
    number = collect(cloud, state, lambda: _draft(cloud, state), wanted.quality, raw)
    temporary = finished(cloud, raw, target, wanted.finishes, wanted.quality)
    sidecar = _sidecar(cloud, state, wanted, temporary, number) if options.get("sidecar", True) else None
    # Not before: a run that dies in between finds its render again, and makes no second one.
    try:
        artifact = call.files.deliver(temporary, target, collision=options.get("collision", "fail"), sidecar=sidecar)
    except InputError:
        put_away(cloud)
        raise
    put_away(cloud)
    tell_claim_link(cloud, state)
    return _result(cloud, state, artifact, wanted)


# --- the draft -------------------------------------------------------------------------------------------------------


def _draft(cloud: Cloud, state: CloudState) -> str:
    """The session's draft, fresh.

    Raises:
        StageFailed: it is empty.
    """
    draft = remote_state(cloud, state).draft
    if not ready(draft):
        raise StageFailed(
            "the timeline is empty: there is nothing to export",
            code="draft_empty",
            hint="an upload or an edit comes first",
        )
    return draft


def _in_right_session(cloud: Cloud, state: CloudState) -> CloudState:
    """The session whose draft holds the item; in a shared one another item's edit may have taken its place.

    Raises:
        StageFailed: in a session of its own, the draft holds another of its clips.
    """
    effects, after = cloud.call.effects, f"{state.session} for {state.item}"
    has_job = effects.earlier("render") is not None or effects.open_operation("render") is not None
    if not state.item:
        return state
    if not state.is_shared_with(cloud.call.path):
        if not has_job:
            _check_item(cloud, state)
        return state
    begun = effects.earlier(f"session:{after}") is not None
    if not begun and (has_job or holds(_draft(cloud, state), state.item)):
        return state
    cloud.warn(f"the shared session does not hold {state.item}: it goes to a session of its own and is edited again")
    return _own_session(cloud, state, after)


def _check_item(cloud: Cloud, state: CloudState) -> None:
    """Where several clips were handed over, the draft must hold the one that is edited."""
    others = {file.name for file in state.videos} - {state.item}
    draft = _draft(cloud, state) if others else ""
    if (there := sorted(name for name in others if holds(draft, name))) and not holds(draft, state.item):
        raise StageFailed(
            f"the timeline holds {', '.join(there)}, not {state.item}, which is edited now; nothing was exported",
            code="wrong_item",
            hint=f"an edit brings it there, and is paid: put {state.item} on the timeline in the place of {there[0]}",
        )


def _own_session(cloud: Cloud, state: CloudState, after: str) -> CloudState:
    """The item in a session of its own, with the same files and the same edits; these are paid again."""
    own = replace(open_session(cloud, after=after), item=state.item, paid=state.paid)
    paths = [Path(file.path) for file in state.files if not _is_address(file)]
    urls = [file.path for file in state.files if _is_address(file)]
    own = recovering(cloud, own, lambda own: with_uploaded(cloud, own, paths, urls, name="own:upload"))
    for number, edit in enumerate(state.edits):
        operations = tuple(operation_from_json(operation) for operation in edit["operations"])
        own = edited(cloud, own, Asked(edit["asked"], operations), name=f"own:edit:{number}").state
    return own


def _is_address(file: CloudFile) -> bool:
    return file.path.startswith(("http://", "https://"))


# --- the file --------------------------------------------------------------------------------------------------------


def _target(call: StageCall, options: JsonObject, format_: FormatName, state: CloudState) -> Path:
    clip = state.item or next((file.name for file in state.videos), "")
    name = clip.rpartition(".")[0] or clip or str(call.run.get("name") or "video")
    sources = [Path(file.path) for file in state.files if not _is_address(file)]
    return target_of(call.out, options, format_, name_facts(call.run, call.path, name), sources)


def _sidecar(cloud: Cloud, state: CloudState, wanted: Wanted, made: Path, number: str) -> JsonObject:
    timeline = _timeline(cloud, state)
    return sidecar_facts(
        cloud.call,
        backend=cloud.key,
        sources=_sources(state),
        instructions=[edit["asked"] for edit in state.edits if not edit["operations"]],
        operations=[operation for edit in state.edits for operation in edit["operations"]],
        timeline=timeline,
        spec={"format": wanted.format, "quality": wanted.quality, **wanted.finishes},
        media=media_facts(made, wanted.format),
        service={"base": cloud.base, "session": state.session, "render": number, "credits": state.paid},
        findings=[{"level": finding.level, "text": finding.text} for finding in cloud.findings],
    )


def _timeline(cloud: Cloud, state: CloudState) -> JsonObject | None:
    """The session's timeline; None where it cannot be read any more, which takes nothing from a file that is here."""
    try:
        return to_timeline(cloud.client.state(state.session).draft).as_json()
    except CliplineError as error:
        if not is_of_the_service(error):
            raise
        cloud.warn(f"what is told of the file has no timeline: {error.message}")
        return None


def _sources(state: CloudState) -> Sequence[dict[str, Any]]:
    return [{name: getattr(file, name) for name in ("name", "path", "sha256", "bytes")} for file in state.files]


def _result(cloud: Cloud, state: CloudState, made: Artifact, wanted: Wanted) -> StageResult:
    outputs = {
        "files": [str(made.path)],
        "sources": [file.path for file in state.files],
        **media_facts(made.path, wanted.format),
        "bytes": made.bytes,
        "sha256": made.sha256,
        "session": state.session,
    }
    kept = state.write(cloud.call.state, cloud.key)
    return StageResult(outputs=outputs, state=kept, artifacts=(made,), findings=tuple(cloud.findings))
