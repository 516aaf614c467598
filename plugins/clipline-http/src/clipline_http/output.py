"""The file that an export is to make: its container, its place, and who does which of its options. Pure but for looks.

What the submission's template asks for the service does; what it does not ask for, the studio does to the finished
file, where it is installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from clipline.artifacts import check_replaceable, check_writable, resolve_target, sidecar_of
from clipline.errors import InputError, Refused
from clipline.stage import StageCall, Support
from clipline.values import JsonObject, parse_size
from clipline_http.description import Description
from clipline_http.schema import FORMATS, QUALITIES

__all__ = ["DEFAULT_NAME", "Output", "check_place", "export_support", "output_of", "place_of", "target_of"]

DEFAULT_NAME = "{name}-edited.{ext}"
#: Names that the template of a submission may use, by the option that they stand for.
_NATIVE = {
    "size": {"output.width", "output.height"},
    "fps": {"output.fps"},
    "preview": {"output.preview"},
}
_AFTER = ("size", "max_size", "fps", "preview")


@dataclass(frozen=True, slots=True)
class Output:
    """What is wanted: `format` is the file's, `made` the one that the service makes.

    `names` are the values of the names with `output.`; `finishes` is what the studio does to the file after.
    """

    format: str
    made: str
    names: Mapping[str, Any] = field(default_factory=dict)
    finishes: Mapping[str, Any] = field(default_factory=dict)


def export_support(description: Description) -> dict[str, Support]:
    """The options of an export, and who does them."""
    able: dict[str, Support] = dict.fromkeys(("to", "collision", "sidecar", "post_export"), "native")
    able |= {option: "native" if _asks_for(description, option) else "after" for option in _AFTER}
    able |= {f"format={name}": "native" if name in description.formats else "after" for name in (*FORMATS, "png")}
    words = description.value.get("words", {}).get("quality")
    if "output.quality" not in description.asked_for:
        able["quality"] = "after"
    elif words is None:
        able["quality"] = "native"
    else:
        able |= {f"quality={name}": "native" if name in words else "after" for name in QUALITIES}
    return able


def _asks_for(description: Description, option: str) -> bool:
    return bool(_NATIVE.get(option, set()) & description.asked_for)


def output_of(description: Description, options: JsonObject) -> Output:
    """What an export is to make.

    Raises:
        InputError: options contradict each other.
        Refused: the name ends in a container that nobody makes here.
    """
    if options.get("size") and options.get("max_size"):
        raise InputError("an export has a size or a max_size, not both", code="size_twice")
    format_, support = _format(description, options), export_support(description)
    made = format_ if format_ in description.formats else description.formats[0]
    names: dict[str, Any] = {"format": description.word("format", made)}
    finishes: dict[str, Any] = {} if made == format_ else {"format": format_}
    for option in ("quality", *_AFTER):
        value = options.get(option)
        if value is None or value is False:
            continue
        if "after" in (support.get(option), support.get(f"{option}={value}")):
            finishes[option] = value
        elif option == "size":
            size = parse_size(value)
            names |= {"width": size.width, "height": size.height}
        else:
            names[option] = description.word(option, str(value)) if option == "quality" else value
    if "quality" not in options and support.get("quality=high") == "native":
        names["quality"] = description.word("quality", "high")
    return Output(format_, made, {f"output.{name}": value for name, value in names.items()}, finishes)


def _format(description: Description, options: JsonObject) -> str:
    ending = PurePosixPath(str(options.get("to", ""))).suffix.lower()[1:]
    named = options.get("format")
    if ending in {*FORMATS, "png"} and named and ending != named:
        raise InputError(f"the name ends in .{ending}, but the format is {named}", code="format_twice")
    if ending in {"avi", "wmv", "flv", "mpg", "mpeg", "m4v"}:
        raise Refused(
            f"files that end in .{ending} are not made here", code="format", hint=f"one of {', '.join(FORMATS)}"
        )
    return str(named or (ending if ending in {*FORMATS, "png"} else description.formats[0]))


def place_of(call: StageCall, options: JsonObject, output: Output, clip: Path) -> Path:
    """Where the file goes; a name without a container's ending gets the right one.

    Raises:
        InputError: the name is not one to write to, or it is the clip's.
    """
    return _with_ending(options, output, lambda to, ext: call.target(to, name=clip.stem, ext=ext, sources=[clip]))


def target_of(out: Path, options: JsonObject, output: Output, clip: Path) -> Path:
    """The same before the run, for a name without what only the run knows. Raises as `place_of`."""
    return _with_ending(options, output, lambda to, ext: resolve_target(out, to, {"name": clip.stem, "ext": ext}))


def _with_ending(options: JsonObject, output: Output, place: Callable[[str, str], Path]) -> Path:
    ext = "frames" if output.format == "png" else output.format
    to = str(options.get("to", DEFAULT_NAME))
    target = place(to, ext)
    return target if output.format == "png" or target.suffix.lower() == f".{ext}" else place(f"{to}.{ext}", ext)


def check_place(target: Path, output: Output, options: JsonObject) -> None:
    """Make sure, before anything is paid, that the file can be put into its place. Whoever delivers it asks again.

    Raises:
        InputError: the name is taken, by a file that is to stay or by a folder.
        MachineError: nothing can be written there.
    """
    collision, sidecar = options.get("collision", "fail"), bool(options.get("sidecar", True))
    for path in (target, sidecar_of(target)) if sidecar else (target,):
        if collision == "fail" and os.path.lexists(path):
            hint = "give another name, or write `collision: number` or `collision: overwrite`"
            raise InputError(f"{path} exists already", code="exists", hint=hint)
        if collision == "overwrite":
            check_replaceable(path, by_folder=path == target and output.format == "png")
    check_writable(target.parent)
