"""What the local backend will do with a stage, said before the run: the stages are walked through without the work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clipline.artifacts import NAME_FIELDS
from clipline.backends.local.edit import applied, ask, wish_words
from clipline.backends.local.state import LocalState, Source
from clipline.backends.local.target import wanted_file
from clipline.backends.local.upload import clip_among, paths_of
from clipline.backends.targets import check_place, target_of, told_name
from clipline.errors import CliplineError
from clipline.stage import Explanation
from clipline.studio.extra import INSTALL, missing
from clipline.studio.reading.media import MediaInfo, probe
from clipline.values import JsonObject

__all__ = ["explain"]

#: The kinds that need the studio, with the options that a refusal is most likely about.
_BLAMED = {"upload": ("files",), "edit": ("instruction", "operations"), "export": ("to", "format", "size")}


def explain(
    kind: str,
    options: JsonObject,
    earlier: Sequence[tuple[str, JsonObject | None]],
    out: Path | None,
) -> Explanation | None:
    """Notes on what will be done, or why not, as the hook says."""
    if kind not in _BLAMED:
        return None
    if absent := missing():
        # Said once, for the first stage that needs it.
        if any(name in _BLAMED for name, _ in earlier):
            return None
        why = f'the backend "local" needs what is not installed: {", ".join(absent)}'
        return Explanation(refuses=why, hint=f"run: {INSTALL}", code="extra_missing")
    state, is_whole = _after(earlier)
    try:
        if is_whole and kind != "upload" and state.timeline is None and not _is_told(earlier):
            raise state.no_clip(kind)
        match kind:
            case "upload":
                notes = _about_upload(state, options, is_whole=is_whole)
            case "edit":
                notes = _about_edit(state, options)
            case _:
                notes = _about_export(state, options, out if is_whole else None)
    except CliplineError as error:
        if not is_whole and error.code in {"not_at_hand", "ambiguous"}:
            return Explanation()  # a stage that is not known yet may hand it over, or what may be meant
        option = next((name for name in _BLAMED[kind] if name in options), "")
        return Explanation(
            refuses=error.message, hint=error.hint, option=option, code=error.code, choices=error.choices
        )
    return Explanation(notes)


def _is_told(earlier: Sequence[tuple[str, JsonObject | None]]) -> bool:
    """Whether a stage before would have said already that there is no clip."""
    return any(kind in {"edit", "export"} and options is not None for kind, options in earlier)


def _after(earlier: Sequence[tuple[str, JsonObject | None]]) -> tuple[LocalState, bool]:
    """The state that the earlier stages leave, and whether that is all: not where some options are not known yet.

    Nor where a stage is refused; that was complained of already.
    """
    state, is_whole = LocalState(), True
    for kind, options in earlier:
        if kind not in {"upload", "edit"}:
            continue
        if options is None:
            is_whole = False
            continue
        try:
            if kind == "upload":
                state, _ = _uploaded(state, options)
            elif state.timeline is not None:
                state = applied(state, ask(options, state), strict=options.get("quality") == "strict")
        except CliplineError:
            is_whole = False
    return state, is_whole


def _uploaded(state: LocalState, options: JsonObject) -> tuple[LocalState, MediaInfo | None]:
    """The state with the files of an upload, and what the clip holds that came with them."""
    found = {path: probe(path) for path in paths_of(options)}
    clip = clip_among(state, found, options)
    for path, info in found.items():
        source = Source(path, info.kind)
        state = state.with_clip(source, info) if path == clip else state.with_source(source)
    return state, found.get(clip) if clip else None


def _about_upload(state: LocalState, options: JsonObject, *, is_whole: bool) -> tuple[str, ...]:
    after, info = _uploaded(state, options)
    if after.clip is None:
        return ("no video yet: nothing can be edited until one is uploaded",) if is_whole else ()
    spare = [source.name for source in after.sources if source.path != after.clip.path]
    also = (f"at hand: {', '.join(spare)}",) if spare else ()
    still = ", a photo" if info and info.kind == "image" else ""
    return (f"the clip to edit: {after.clip.name}{still}", *also)


def _about_edit(state: LocalState, options: JsonObject) -> tuple[str, ...]:
    asked = ask(options, state)
    done = [str(operation) for operation in asked.operations]
    notes = (*asked.notes, *done, *wish_words(asked.wish))
    if state.timeline is not None:
        after = applied(state, asked, strict=False)
        if not after.changed:
            notes = (*notes, "this changes nothing")
    return notes


def _about_export(state: LocalState, options: JsonObject, out: Path | None) -> tuple[str, ...]:
    """Notes on the file; where the output folder is known, after a look whether the file can be put there."""
    wanted = wanted_file(state, options)
    # What only the run knows stands as it is written.
    facts = {field: f"{{{field}}}" for field in NAME_FIELDS} | ({"name": state.clip.path.stem} if state.clip else {})
    if out is None:
        target = target_of(Path("out").absolute(), options, wanted.spec.format, facts, ())
    else:
        target = target_of(out, options, wanted.spec.format, facts, [source.path for source in state.sources])
        check_place(target, wanted.spec.format, options)
    how = "a small preview" if wanted.spec.preview else f"quality {wanted.spec.quality}"
    made = f"makes {told_name(target, options)}: {wanted.spec.format}, {how}"
    return (made, *(finding.text for finding in wanted.findings))
