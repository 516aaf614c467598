"""What is done here to the finished file: a look whether it is whole, and what the service does not do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clipline.artifacts import discard
from clipline.errors import CheckFailed, InputError
from clipline.stage import Finding, StageCall
from clipline.timeline import Segment, Timeline, Track
from clipline.values import parse_size
from clipline_http.output import Output

__all__ = ["check_whole", "facts_of", "finished"]


def check_whole(file: Path, service: str) -> None:
    """Make sure that what was downloaded is a video, and all of it.

    Raises:
        CheckFailed: it is not.
    """
    from clipline.studio.extra import missing

    wrong = _text(file) if missing() else _unreadable(file)
    if wrong:
        raise CheckFailed(f"what {service} gave as the finished file is none: {wrong}", code="bad_export")


def _text(file: Path) -> str:
    """As much as can be told without the studio; that it has its whole length, the download saw to."""
    with file.open("rb") as opened:
        begin = opened.read(64).lstrip()[:1]
    return "it is a page of text" if begin in {b"<", b"{", b"["} else ""


def _unreadable(file: Path) -> str:
    from clipline.studio.reading.media import probe

    try:
        kind = probe(file).kind
    except InputError as error:
        return error.message
    return "" if kind in {"video", "image"} else f"it is {kind}, by its content"


def facts_of(file: Path, format_: str) -> dict[str, Any]:
    """What a file holds, as an export tells it; its format alone where the studio is not installed."""
    from clipline.studio.extra import missing

    if format_ == "png" or missing():
        return {"format": format_}
    from clipline.studio.reading.media import probe

    info = probe(file)
    size = {"width": info.width, "height": info.height}
    return {"format": info.container, "duration": round(info.duration, 3), **size, "fps": round(info.fps, 3)}


def finished(call: StageCall, raw: Path, target: Path, output: Output) -> tuple[Path, tuple[Finding, ...]]:
    """The file to deliver as `target`: `raw` itself, or what the studio makes of it, with `raw` gone.

    Raises:
        Refused: what is asked for cannot be done with this file.
    """
    if not output.finishes:
        return raw, ()
    from clipline.studio.extra import require_extra

    require_extra(f"an export with {', '.join(output.finishes)}")
    from clipline.studio.reading.media import probe
    from clipline.studio.rendering.render import RenderSpec, render

    finishes = output.finishes
    call.note(f"done here, since the service does not do it: {', '.join(_words(finishes))}")
    size, box = (parse_size(finishes[name]) if name in finishes else None for name in ("size", "max_size"))
    spec = RenderSpec(
        format=output.format,  # type: ignore[arg-type]  # one of the studio's words: `_format` saw to it
        quality=finishes.get("quality", "high"),
        size=size,
        max_size=box,
        fps=float(finishes["fps"]) if "fps" in finishes else None,
        preview=bool(finishes.get("preview", False)),
    )
    info = probe(raw)
    segment = Segment(raw.name, info.duration, source=str(raw))
    timeline = Timeline((Track("video", (segment,)),), info.width, info.height, info.fps)
    temporary = call.files.temporary(target)
    threads = int(call.settings.get("studio", {}).get("threads") or 0) or os.cpu_count() or 2

    def progress(part: float) -> None:
        call.progress(part, f"finishing {target.name}")

    rendered = render(timeline, temporary, spec, clock=call.clock, progress=progress, threads=threads)
    discard(raw)
    return temporary, tuple(Finding(each.level, each.text) for each in rendered.findings)


def _words(finishes: Mapping[str, Any]) -> list[str]:
    return [name if value is True else f"{name} {value}" for name, value in finishes.items()]
