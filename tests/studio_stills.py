"""Stills as timelines, how they are rendered, and the colours of cameras."""

from __future__ import annotations

import struct
from pathlib import Path

from clipline.clock import Clock
from clipline.studio.reading.media import probe
from clipline.studio.reading.stills import as_clip
from clipline.studio.rendering.render import RenderSpec, render
from clipline.timeline import Segment, Timeline, Track

__all__ = ["adobe_rgb", "made", "still"]


def still(path: Path) -> Timeline:
    info = as_clip(probe(path))
    segment = Segment(path.stem, info.duration, source=str(path), still=True)
    return Timeline((Track("video", (segment,)),), info.width, info.height, info.fps)


def made(timeline: Timeline, output: Path, **spec: object) -> Path:
    render(timeline, output, RenderSpec(**spec), clock=Clock(), progress=lambda _: None)  # type: ignore[arg-type]
    return output


def adobe_rgb() -> bytes:
    """The colours of cameras: an ICC profile by its primaries and the power of its curves (ICC.1:2001-04, 6)."""

    def numbers(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(2.2 * 256)) + bytes(2)
    tags = {b"wtpt": (0.9642, 1, 0.8249), b"rXYZ": (0.60974, 0.31111, 0.01947), b"gXYZ": (0.20528, 0.62567, 0.06087)}
    tags[b"bXYZ"] = (0.14919, 0.06322, 0.74457)
    parts = {name: b"XYZ " + bytes(4) + numbers(*values) for name, values in tags.items()}
    parts |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    parts |= {b"cprt": b"text" + bytes(8), b"desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"a" + bytes(81)}
    table, body, at = b"", b"", 132 + 12 * len(parts)
    for name, data in parts.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", at + len(body), len(padded))
        body += padded
    head = struct.pack(">I", at + len(body)) + bytes(4) + bytes([2, 0x40, 0, 0]) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    return head + bytes(28) + numbers(0.9642, 1, 0.8249) + bytes(48) + struct.pack(">I", len(parts)) + table + body
