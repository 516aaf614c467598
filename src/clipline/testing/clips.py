"""A real clip for tests, shipped as bytes: a box that moves over a gradient, with a tone."""

from __future__ import annotations

from pathlib import Path

__all__ = ["tiny_clip"]


def tiny_clip(path: Path) -> Path:
    """Write the clip to `path` and return it: MP4, 96x64 pixels, 12 frames in one second, H.264 and mono AAC."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(Path(__file__).with_name("clip.mp4").read_bytes())
    return path
