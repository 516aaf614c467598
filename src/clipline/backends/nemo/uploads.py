"""Handing media over to the service: looked at before a byte is sent, sent as one effect, found again after a break."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from clipline.artifacts import disk, sha256_of
from clipline.backends.nemo.container import check_container
from clipline.backends.nemo.free import free
from clipline.backends.nemo.retries import recovering
from clipline.backends.nemo.service import Cloud
from clipline.backends.nemo.sessions import enter, is_gone, open_session
from clipline.backends.nemo.state import CloudFile, CloudState
from clipline.errors import CliplineError, InputError
from clipline.nemo.draft import ready
from clipline.nemo.protocol import LARGEST_UPLOAD, UPLOAD_FORMATS, UploadedFile
from clipline.stage import Settled, StageResult
from clipline.studio.extra import missing
from clipline.studio.reading.media import probe
from clipline.values import JsonObject

__all__ = ["addresses_of", "check_file", "hand_over", "kind_of", "paths_of", "with_uploaded"]

#: How often a session is looked at that shows nothing of what it took.
_LOOKS = 2
_KINDS: Mapping[str, frozenset[str]] = {
    "video": frozenset({"mp4", "mov", "avi", "webm", "mkv"}),
    "image": frozenset({"jpg", "jpeg", "png", "gif", "webp"}),
    "audio": frozenset({"mp3", "wav", "m4a", "aac"}),
}


def hand_over(cloud: Cloud, options: JsonObject) -> StageResult:
    """Hand over the files and addresses that the options name; the first video is what is edited from then on.

    Raises:
        InputError: a file is of a kind that the service does not take, or too large.
    """
    paths, urls = paths_of(options), addresses_of(options)
    for path in paths:
        check_file(path)
    state = _own_if_taken(cloud, enter(cloud, options), paths, urls)
    state = recovering(cloud, state, lambda state: _seen(cloud, with_uploaded(cloud, state, paths, urls)))
    new = state.files[-(len(paths) + len(urls)) :]
    for file in new:
        cloud.call.note(f"{file.name}: {_words(file)}")
    if options.get("use") != "material":
        state = _with_item(cloud, state, next((file.name for file in new if file.kind == "video"), ""))
    media = [{**asdict(file), "use": "clip" if file.name == state.item else "material"} for file in new]
    outputs = {"files": [str(path) for path in paths], "media": media, "session": state.session}
    kept = state.write(cloud.call.state, cloud.key)
    return StageResult(outputs=outputs, state=kept, findings=tuple(cloud.findings))


def _with_item(cloud: Cloud, state: CloudState, video: str) -> CloudState:
    """The newest video is what is edited; in a shared session each item has its own, and that is no news."""
    if video and state.item not in {"", video} and not state.is_shared_with(cloud.call.path):
        cloud.call.note(f"{video} is edited from now on, and no longer {state.item}")
    return replace(state, item=video or state.item)


def _own_if_taken(cloud: Cloud, state: CloudState, paths: Sequence[Path], urls: Sequence[str]) -> CloudState:
    """A session of the item's own where the shared one holds a video of the same name: nobody could tell them apart."""
    effects = cloud.call.effects
    if not state.is_shared_with(cloud.call.path):
        return state
    videos = {name for name in (*(path.name for path in paths), *map(_name_in, urls)) if kind_of(name) == "video"}
    after = f"{state.session} for {', '.join(sorted(videos))}"
    is_own = effects.earlier(f"session:{after}") is not None
    has_begun = any(effects.earlier(name) or effects.open_operation(name) for name in ("upload", "upload:urls"))
    if not is_own and (has_begun or not videos & set(_videos_in(cloud, state))):
        return state
    cloud.call.note(f"the shared session holds a file of the same name; {', '.join(sorted(videos))} has one of its own")
    return open_session(cloud, after=after)


def _videos_in(cloud: Cloud, state: CloudState) -> Sequence[str]:
    try:
        return cloud.client.state(state.session).video_names
    except CliplineError as error:
        if not is_gone(error):
            raise
        return ()  # what follows finds that out as well, and sees to it


def _seen(cloud: Cloud, state: CloudState) -> CloudState:
    """Wait a little where the session shows none of what it took, then warn: an edit of nothing is paid too."""
    for _ in range(_LOOKS):
        seen = cloud.client.state(state.session)
        if seen.video_names or ready(seen.draft) or not any(file.kind == "video" for file in state.files):
            break
        cloud.call.progress(None, "the service takes the files in")
        cloud.call.clock.sleep(cloud.options.drop_wait)
    else:
        cloud.warn(
            "the session shows nothing of what it took; an edit may have nothing to work on, and costs all the same"
        )
    return state


def with_uploaded(
    cloud: Cloud, state: CloudState, paths: Sequence[Path], urls: Sequence[str] = (), *, name: str = "upload"
) -> CloudState:
    """The state with these files handed over; the effect of the files is `name`, that of the addresses `name:urls`."""
    if paths:
        files = [{"name": path.name, "path": str(path), **_facts(path)} for path in paths]
        state = _once(cloud, state, name, {"session": state.session, "files": files})
    if urls:
        plain = [{"name": _name_in(url), "path": _without_query(url)} for url in urls]
        state = _once(cloud, state, f"{name}:urls", {"session": state.session, "urls": plain}, urls)
    return state


def _once(cloud: Cloud, state: CloudState, name: str, operation: JsonObject, urls: Sequence[str] = ()) -> CloudState:
    asked = operation.get("files") or operation["urls"]
    names = [entry["name"] for entry in asked]

    def send() -> dict[str, Any]:
        if urls:
            made = cloud.client.upload_urls(state.session, urls)
        else:
            made = cloud.client.upload(state.session, [Path(entry["path"]) for entry in asked], _Progress(cloud, names))
        return {"files": [asdict(file) for file in _taken(asked, made)]}

    def settle(operation: JsonObject) -> Settled:
        session = operation["session"]
        try:
            return _found(cloud, replace(state, session=session), asked)
        except CliplineError as error:
            if session == state.session or not is_gone(error):
                raise
            return Settled("not_done")  # what was sent went away with a session that another one has replaced

    outcome = free(
        cloud,
        name,
        operation,
        send,
        settle=settle,
        again=f"once more: {', '.join(names)}",
        session=cloud.session_name(state.session),
    )
    return replace(state, files=(*state.files, *(CloudFile(**file) for file in outcome["files"])))


def _found(cloud: Cloud, state: CloudState, asked: Sequence[Mapping[str, Any]]) -> Settled:
    """Whether all the videos among the files came into the session; images and sounds are not listed there.

    Where a name may have been there before it tells nothing.
    """
    videos = {entry["name"] for entry in asked if kind_of(entry["name"]) == "video"}
    if not videos or state.given or any(state.file_named(name) for name in videos):
        return Settled("not_done")
    if not videos <= set(cloud.client.state(state.session).video_names):
        return Settled("not_done")
    return Settled("done", {"files": [asdict(_as_file(entry)) for entry in asked]})


def _taken(asked: Sequence[Mapping[str, Any]], made: Sequence[UploadedFile]) -> list[CloudFile]:
    """Each file as the service took it: by its name, else by its place in the reply."""
    by_name = {file.filename: file for file in made}
    if {entry["name"] for entry in asked} == set(by_name) and len(by_name) == len(asked):
        return [_as_file(entry, by_name[entry["name"]]) for entry in asked]
    in_order = [*made, *[None] * len(asked)] if len(made) == len(asked) else [None] * len(asked)
    return [_as_file(entry, file) for entry, file in zip(asked, in_order, strict=False)]


def _as_file(entry: Mapping[str, Any], made: UploadedFile | None = None) -> CloudFile:
    name = made.filename if made else entry["name"]
    told = _told_kind(made.file_type) if made else ""
    facts = {key: getattr(made, key) for key in ("duration", "width", "height", "fps")} if made else {}
    return CloudFile(
        name=name,
        path=entry["path"],
        sha256=entry.get("sha256", ""),
        bytes=entry.get("bytes", 0),
        kind=told or kind_of(name) or kind_of(entry["path"]),
        **facts,
    )


class _Progress:
    """Tells how much of an upload is sent."""

    def __init__(self, cloud: Cloud, names: Sequence[str]) -> None:
        self._call = cloud.call
        self._text = f"uploading {', '.join(names)}"

    def __call__(self, sent: int, total: int) -> None:
        self._call.progress(sent / total if total else None, self._text)


# --- pure ------------------------------------------------------------------------------------------------------------


def paths_of(options: JsonObject) -> list[Path]:
    """The files that the options name, each once, absolute."""
    given = options.get("files", ())
    paths = [given] if isinstance(given, (str, Path)) else list(given)
    return list(dict.fromkeys(Path(path).absolute() for path in paths))


def addresses_of(options: JsonObject) -> list[str]:
    """The addresses that the options name, each once."""
    return list(dict.fromkeys(options.get("urls", ())))


def check_file(path: Path) -> None:
    """Make sure that the service takes a file of this kind and size, and that it is whole, as far as can be seen here.

    Raises:
        InputError: it does not, or the file is empty, cut off, or no media.
        MachineError: the file cannot be read.
    """
    if not kind_of(path.name):
        raise InputError(
            f"the service does not take {path.name}",
            code="unsupported_file",
            hint=f"it takes {', '.join(UPLOAD_FORMATS)}; convert the file first",
        )
    with disk("read", path):
        size = path.stat().st_size
    if size > LARGEST_UPLOAD:
        raise InputError(
            f"{path.name} has {size / 1024**2:.0f} MB; the service takes {LARGEST_UPLOAD // 1024**2} MB at most",
            code="file_too_large",
            hint="compress it, or trim it first",
        )
    if not size:
        raise InputError(f"{path.name} is empty", code="empty_file")
    with disk("read", path):
        look_into = check_container if missing() else probe
        look_into(path)


def kind_of(name: str) -> str:
    """`video`, `image` or `audio` by a name's ending; "" for what the service does not take."""
    return next((kind for kind, endings in _KINDS.items() if _ending(name) in endings), "")


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()


def _told_kind(file_type: str) -> str:
    """The kind that the service tells, in one word or as a MIME type."""
    return next((kind for kind in _KINDS if re.match(kind, file_type, re.IGNORECASE)), "") or kind_of(f".{file_type}")


def _name_in(url: str) -> str:
    return _without_query(url).rstrip("/").rpartition("/")[2]


def _without_query(url: str) -> str:
    """An address without what may be a secret in it."""
    return re.split(r"[?#]", url, maxsplit=1)[0]


def _facts(path: Path) -> dict[str, Any]:
    with disk("read", path):
        return {"sha256": sha256_of(path), "bytes": path.stat().st_size}


def _words(file: CloudFile) -> str:
    facts = [
        f"{file.duration:.1f}s" if file.duration else "",
        f"{file.width}x{file.height}" if file.width else "",
        f"{file.fps:.4g} fps" if file.fps else "",
    ]
    known = ", ".join(filter(None, facts))
    return f"uploaded{f', {file.kind}' if file.kind else ''}{f' of {known}' if known else ''}"
