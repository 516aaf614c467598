"""What the service will be asked for and about what price, said before the run; nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from clipline.errors import CliplineError, Refused
from clipline.stage import Explanation, Support
from clipline.values import JsonObject
from clipline_http.description import Description
from clipline_http.output import check_place, export_support, output_of, target_of
from clipline_http.uploads import media_of, one_clip

__all__ = ["everything", "explain", "supports"]

_BLAMED = {"upload": ("files",), "edit": ("instruction", "operations"), "export": ("to", "format", "size")}
Earlier = Sequence[tuple[str, JsonObject | None]]


def supports(description: Description) -> dict[str, dict[str, Support]]:
    """The options that the service takes: those that its requests use."""
    used = description.asked_for
    edits: list[str] = []
    edits += ["instruction"] if {"edit.instruction", "edit.instructions"} & used else []
    edits += ["operations"] if "edit.operations" in used else []
    edits += ["quality"] if "edit.quality" in used else ["quality=normal"] if edits else []
    return {
        "auth": {},
        "upload": {"files": "native", "use=clip": "native"},
        "edit": dict.fromkeys(edits, "native"),
        "export": export_support(description),
    }


def everything() -> dict[str, dict[str, Support]]:
    """The options that some service may take."""
    exports: list[str] = ["to", "format", "quality", "size", "max_size", "fps", "preview", "collision", "sidecar"]
    kinds = {"auth": [], "upload": ["files", "use=clip"], "edit": ["instruction", "operations", "quality"]}
    every: dict[str, list[str]] = {**kinds, "export": [*exports, "post_export"]}
    return {kind: dict.fromkeys(options, "native") for kind, options in every.items()}


def explain(
    description: Description,
    kind: str,
    options: JsonObject,
    earlier: Earlier,
    out: Path | None,
    *,
    has_token: bool,
) -> Explanation | None:
    """Notes on what will be done, or why not, as the hook says."""
    if kind not in {"auth", *_BLAMED}:
        return None
    try:
        _check_values(description, kind, options)
        match kind:
            case "auth":
                return Explanation(_about_auth(description, has_token=has_token))
            case "upload":
                path = one_clip(options)
                media_of(path)
                how = "hands over" if description.uploads else "with the job goes"
                return Explanation((f"{description.service}: {how} {path.name}",))
            case "edit":
                return _about_edit(description, options, earlier)
            case _:
                return _about_export(description, options, earlier, out)
    except CliplineError as error:
        option = next((name for name in _BLAMED.get(kind, ()) if name in options), "")
        return Explanation(refuses=error.message, hint=error.hint, option=option, code=error.code)


def _check_values(description: Description, kind: str, options: JsonObject) -> None:
    from clipline.pipeline.described import nearest

    known = description.value.get("values", {})
    given = options.get("http", {})
    for name in given:
        if name not in known:
            raise Refused(f'{description.service} takes no value "{name}"{nearest(name, known)}', code="value")
    if given and kind != description.stage and not (kind == "edit" and description.stage == "export"):
        raise Refused(f'values are said at the stage "{description.stage}"', code="value")


def _about_auth(description: Description, *, has_token: bool) -> tuple[str, ...]:
    if not description.has_auth:
        return (f"{description.service} asks for no token",)
    if has_token:
        return (f"works at {description.service} with the token that was given",)
    return (f"no token for {description.service} was given: set http.token (CLIPLINE_HTTP_TOKEN)",)


def _about_edit(description: Description, options: JsonObject, earlier: Earlier) -> Explanation:
    edits = [each for kind, each in earlier if kind == "edit"]
    if edits and None not in edits and not description.several_edits and _one_upload(earlier):
        raise Refused(f"{description.service} takes one edit a clip", code="second_edit", hint="say both in one edit")
    what = options.get("instruction") or f"{len(options.get('operations', ()))} operations"
    if description.stage == "edit":
        price, about = _price(description, earlier)
        return Explanation((f"{description.service}: {what}", *about), credits=price)
    return Explanation((f"{description.service}, when the file is exported: {what}",))


def _one_upload(earlier: Earlier) -> bool:
    """Whether the edits before were of the same clip."""
    kinds = [kind for kind, _ in earlier]
    return "upload" not in kinds or "edit" in kinds[max(at for at, kind in enumerate(kinds) if kind == "upload") :]


def _about_export(description: Description, options: JsonObject, earlier: Earlier, out: Path | None) -> Explanation:
    output = output_of(description, options)
    if (
        out is not None
        and (clip := _clip_of(earlier))
        and not {"{run}", "{date}", "{time}", "{index}"} & _fields(options)
    ):
        check_place(target_of(out, options, output, clip), output, options)
    notes = [f"{description.service} makes an {output.made} file"]
    if output.finishes:
        notes.append(f"done here to the finished file: {', '.join(output.finishes)}")
    if description.stage == "edit":
        return Explanation(tuple(notes))
    price, about = _price(description, earlier)
    return Explanation((*notes, *about), credits=price)


def _price(description: Description, earlier: Earlier) -> tuple[int, tuple[str, ...]]:
    """The estimate, and how it is told."""
    from math import ceil

    paid = description.paid
    if not paid.costs:
        return 0, ("free of charge",)
    seconds = _seconds(earlier) if paid.per_second else 0.0
    price = ceil(round(paid.fixed + paid.per_second * (seconds or 0.0), 6))
    more = f", and {paid.per_second:g} a second of the clip" if seconds is None else ""
    return price, (f"about {price} credits{more}",)


def _clip_of(earlier: Earlier) -> Path | None:
    """The clip that was handed over last; None where that is not known yet."""
    uploads = [options for kind, options in earlier if kind == "upload"]
    try:
        return one_clip(uploads[-1]) if uploads and uploads[-1] is not None else None
    except CliplineError:
        return None


def _seconds(earlier: Earlier) -> float | None:
    """How long that clip is, as far as somebody can look."""
    clip = _clip_of(earlier)
    try:
        return media_of(clip).get("duration") if clip else None
    except CliplineError:
        return None


def _fields(options: JsonObject) -> set[str]:
    """The fields of the name to write to; what only the run knows is one of them."""
    return set(re.findall(r"\{\w+\}", str(options.get("to", ""))))
