"""What the service will be asked for in a stage, said before the run; nothing is sent, and no account is made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from clipline.artifacts import NAME_FIELDS
from clipline.backends.nemo.asking import ask, check_clip_is_not_needed
from clipline.backends.nemo.exports import wanted_of
from clipline.backends.nemo.uploads import addresses_of, check_file, kind_of, paths_of
from clipline.backends.targets import check_place, target_of, told_name
from clipline.errors import CliplineError, Refused, UsageError
from clipline.nemo.options import NemoOptions
from clipline.nemo.router import route, vague
from clipline.stage import Explanation
from clipline.studio.extra import INSTALL, missing
from clipline.studio.instructions import interpret
from clipline.studio.instructions.messages import names_no_object
from clipline.values import JsonObject

__all__ = ["explain"]

_BLAMED: Mapping[str, Sequence[str]] = {
    "upload": ("files", "urls"),
    "edit": ("instruction", "operations"),
    "export": ("format", "size", "max_size", "fps", "preview", "to"),
}
#: What does what an instruction asks for that is no edit.
_INSTEAD: Mapping[str, str] = {
    "export": "an `export` stage makes the file; beside a run: `clipline export`",
    "credits": "`clipline credits` tells them",
    "status": "`clipline status` tells it; in a file, a `verify` stage checks it",
    "upload": "an `upload` stage hands files over",
}
#: Words for what was spoken of before; only the service can tell what that is.
_POINTING = re.compile(r"\b(?:it|them|this|that|these|those|he|she|him|her)\b|[它他她这那]", re.IGNORECASE)
_EXAMPLES = "name the object, the action and the result, like: remove the person on the left and keep the background"


def explain(
    kind: str,
    options: JsonObject,
    earlier: Sequence[tuple[str, JsonObject | None]],
    out: Path | None,
    *,
    client: NemoOptions,
    is_mock: bool = False,
) -> Explanation | None:
    """Notes on what will be asked for, or why not, as the hook says.

    `client` are the service's settings; of the mock nothing is told that concerns accounts.
    """
    try:
        match kind:
            case "auth":
                notes = () if is_mock else _about_auth(client)
            case "upload":
                notes = _about_upload(options)
            case "edit":
                return _about_edit(options, earlier, client)
            case "export":
                notes = (*_about_export(options, earlier, out), *_who_exports(client, is_mock=is_mock))
            case _:
                return None
    except CliplineError as error:
        option = next((name for name in _BLAMED[kind] if name in options), "")
        return Explanation(refuses=error.message, hint=error.hint, option=option, code=error.code)
    return Explanation(notes)


def _about_auth(client: NemoOptions) -> tuple[str, ...]:
    if client.token is not None:
        return ("works with the token that was given",)
    return ("works with an anonymous account: no token was given (NEMO_TOKEN)",)


def _about_upload(options: JsonObject) -> tuple[str, ...]:
    paths, urls = paths_of(options), addresses_of(options)
    for path in paths:
        check_file(path)
    sent = (f"hands over {', '.join(path.name for path in paths)}",) if paths else ()
    return (*sent, *((f"the service fetches {len(urls)} address{'es'[: 2 * (len(urls) != 1)]}",) if urls else ()))


def _about_edit(
    options: JsonObject, earlier: Sequence[tuple[str, JsonObject | None]], client: NemoOptions
) -> Explanation:
    asked = ask(options)
    if not asked.operations:
        _check_words(asked.words)
    for path in asked.files:
        if path.is_file():
            check_file(path)
    if any(kind in {"upload", "edit"} for kind, _ in earlier):
        estimate, price = client.edit_estimate, f"about {client.edit_estimate} credits"
    else:
        if not _names_session(options, earlier):
            check_clip_is_not_needed(asked)
        estimate = client.generation_estimate
        price = f"no clip is handed over, so one is made from words: about {estimate} credits"
    hint = (f"this may be too vague: {_EXAMPLES}",) if not asked.operations and vague(asked.words) else ()
    return Explanation((f"asks the service: {asked.words}", *hint, price), credits=estimate)


def _names_session(options: JsonObject, earlier: Sequence[tuple[str, JsonObject | None]]) -> bool:
    """Whether the session may be one in which there is a clip already."""
    stages = (options, *(known for _, known in earlier))
    return any(stage is None or stage.get("nemo") or stage.get("mock") for stage in stages)


def _check_words(words: str) -> None:
    """An edit is a charged message; what is none is not sent as one.

    Raises:
        Refused: the words ask for an export, the credits, the state, or an upload; or they name what can be done to
            objects, and no object.
    """
    way = route(words)
    if way != "message":
        raise Refused(f"this is no edit, but asks for the {_NAMES[way]}", code="no_edit", hint=_INSTEAD[way])
    if _POINTING.search(words):
        return
    try:
        interpret(words)
    except Refused as error:
        if names_no_object(error):  # all else that we cannot do, like making up music, the service may be able to
            raise


_NAMES: Mapping[str, str] = {"export": "file", "credits": "credits", "status": "state", "upload": "upload of a file"}


def _about_export(
    options: JsonObject, earlier: Sequence[tuple[str, JsonObject | None]], out: Path | None
) -> tuple[str, ...]:
    uploads = [each for kind, each in earlier if kind == "upload"]
    given = [path for each in uploads if each is not None for path in paths_of(each)]
    wanted = wanted_of(options, {kind_of(path.name) for path in given})
    absent = missing()
    if wanted.finishes and absent:
        what = ", ".join(wanted.finishes)
        raise UsageError(
            f"{what}: done to the finished file by the studio, which is not installed ({', '.join(absent)})",
            code="extra_missing",
            hint=f"run: {INSTALL}",
        )
    paths = paths_of(uploads[-1]) if uploads and uploads[-1] is not None else []
    facts = {field: f"{{{field}}}" for field in NAME_FIELDS} | ({"name": paths[0].stem} if paths else {})
    target = target_of(out or Path("out").absolute(), options, wanted.format, facts, paths if out else ())
    if out is not None and "{" not in target.name:
        check_place(target, wanted.format, options)
    notes = [f"makes {told_name(target, options)}: rendered by the service, quality {wanted.quality}, free of charge"]
    if wanted.finishes:
        notes.append(f"done here to the finished file: {', '.join(wanted.finishes)}")
    return tuple(notes)


def _who_exports(client: NemoOptions, *, is_mock: bool) -> tuple[str, ...]:
    """What may become of an export because of whose it is."""
    if is_mock:
        return ("the studio is not installed, so the mock gives the clip back unedited",) if missing() else ()
    if client.token is None:
        return ("an anonymous account may not be allowed to export; the run would wait until it is registered",)
    return ()
