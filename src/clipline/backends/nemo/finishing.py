"""What the studio does to a downloaded file because the service does not: size, rate, container, a preview."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.artifacts import discard, disk
from clipline.backends.nemo.container import mp4_facts
from clipline.backends.nemo.service import Cloud
from clipline.studio.extra import missing
from clipline.timeline import Segment, Timeline, Track
from clipline.values import Size, parse_size

if TYPE_CHECKING:
    from clipline.studio.rendering.render import RenderSpec

__all__ = ["finished", "media_facts"]


def finished(cloud: Cloud, raw: Path, target: Path, finishes: Mapping[str, Any], quality: str) -> Path:
    """The file to deliver as `target`: `raw` itself, or what the studio makes of it, with `raw` gone.

    The extra is installed where `finishes` is not empty.

    Raises:
        Refused: what is asked for cannot be done with this file.
    """
    if not finishes:
        return raw
    from clipline.backends.local.places import PLACES, memory_for, threads
    from clipline.studio.reading.media import probe
    from clipline.studio.rendering.render import render

    call, info, spec = cloud.call, probe(raw), _spec(finishes, quality)
    segment = Segment(raw.name, info.duration, source=str(raw))
    timeline = Timeline((Track("video", (segment,)),), info.width, info.height, info.fps)
    temporary = call.files.temporary(target)
    call.note(f"done here, since the service does not do it: {', '.join(_words(finishes))}")
    largest = max(spec.size or Size(1, 1), Size(info.width, info.height), key=lambda one: one.width * one.height)
    waits = partial(call.note, f"{target.name} waits until another render gives its memory back")
    with PLACES.one(memory_for(largest), threads(call.settings), call.clock, waits) as share:
        rendered = render(
            timeline,
            temporary,
            spec,
            clock=call.clock,
            progress=lambda part: call.progress(part, f"finishing {target.name}"),
            threads=share,
        )
    cloud.findings.extend(rendered.findings)
    discard(raw)
    return temporary


def _spec(finishes: Mapping[str, Any], quality: str) -> RenderSpec:
    from clipline.studio.rendering.render import RenderSpec

    size, box = (parse_size(finishes[name]) if name in finishes else None for name in ("size", "max_size"))
    return RenderSpec(
        format=finishes.get("format", "mp4"),
        quality=quality,  # type: ignore[arg-type]  # checked by the schema: one of the studio's own words
        size=size,
        max_size=box,
        fps=float(finishes["fps"]) if "fps" in finishes else None,
        preview=bool(finishes.get("preview", False)),
    )


def _words(finishes: Mapping[str, Any]) -> list[str]:
    return [name if value is True else f"{name} {value}" for name, value in finishes.items()]


def media_facts(path: Path, format_: str) -> dict[str, Any]:
    """What a file holds, as an export tells it: by the studio where it is installed, else as far as an MP4 says."""
    if format_ == "frames":
        return {"format": "png"}
    if missing():
        with disk("read", path):
            return {"format": format_, **mp4_facts(path)}
    from clipline.studio.reading.media import probe

    info = probe(path)
    return {
        "format": info.container,
        "duration": round(info.duration, 3),
        "width": info.width,
        "height": info.height,
        "fps": round(info.fps, 3),
    }
