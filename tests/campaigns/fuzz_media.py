"""Media files: their boxes as clipline reads them itself, and what FFmpeg makes of them."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

from campaigns.fuzz_told import told
from clipline.backends.nemo.container import check_container, mp4_facts
from clipline.errors import CliplineError
from clipline.mockserver.media_facts import _from_boxes
from clipline.studio.reading import media
from media_maker import make_clip, make_sound

__all__ = ["run", "seeds"]


def run(data: bytes, folder: Path) -> str:
    """All readers of media, one after the other."""
    path = folder / "fuzz.bin"
    path.write_bytes(data)
    words = []
    for read in (check_container, mp4_facts, media.probe):
        try:
            read(path)
            words.append("ok")
        except CliplineError as error:
            words.append(told(error))
    facts = _from_boxes(path)
    assert 0 <= facts.duration < float("inf")
    return " ".join(words)


def seeds() -> Sequence[bytes]:
    """One small file of each sort that a person may have."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size = (32, 24)
        for ending in ("mp4", "mov", "mkv", "avi", "ts"):
            path = make_clip(folder / f"clip.{ending}", size=size, seconds=0.2, sound=ending in {"mp4", "mkv"})
            found.append(path.read_bytes())
        webm = make_clip(folder / "clip.webm", size=size, seconds=0.2, codec="libvpx-vp9")
        turned = make_clip(folder / "turned.mp4", size=size, seconds=0.1, rotation=90)
        found += [webm.read_bytes(), turned.read_bytes()]
        found += [make_sound(folder / name, seconds=0.05).read_bytes() for name in ("a.wav",)]
        found += [make_sound(folder / "a.flac", seconds=0.05, codec="flac").read_bytes()]
        found += [_picture(folder, ending) for ending in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")]
    return found


def _picture(folder: Path, form: str) -> bytes:
    from PIL import Image

    made = io.BytesIO()
    frames = [Image.new("RGB", (16, 12), color) for color in ("red", "blue")]
    more = {"save_all": True, "append_images": frames[1:]} if form in {"GIF", "WEBP"} else {}
    frames[0].save(made, form, **more)
    return made.getvalue()
