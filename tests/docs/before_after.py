"""Makes the page of pictures before and after edits: the clips, the edits by the command line, the pictures, the page.

`python -m tests.docs.before_after [NAME …]` from the root makes docs/images/NAME.jpg of those named, of all without,
and writes docs/explanation/before-and-after.md.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.docs.before_after_words import CLOSING, OPENING, WORDS

from filmed_clips import film
from media_maker import make_clip
from metrics import Image
from people_clips import CLIPS, SAMPLES, Placed, cut_out, empty_street, scene

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "docs/images"
PAGE = ROOT / "docs/explanation/before-and-after.md"
WIDTH, LARGEST = 960, 60_000  # pixels, bytes
BORDER, HIGHEST = 4, 320


# --- the clips -------------------------------------------------------------------------------------------------------

Maker = Callable[[Path], Path]


def _kept(path: Path) -> Maker:
    return lambda _to: path


def _panned(to: Path) -> Path:
    film(to, "pan", 2, who="walker", background="brick", light=1.0)
    return to


def _hairy(to: Path) -> Path:
    """A person of whose hair single ones stand out."""
    film(to, "still", 0, size=(1280, 720), count=30, who="hair", pace=0.03)
    return to


def _home(to: Path) -> Path:
    """A person who stands, and a cat that comes in beside her."""
    return _with_cat(to, lambda number: 640 - 9.5 * number)


def _in_front(to: Path) -> Path:
    """A person who stands, and a cat that goes by in front of her."""
    return _with_cat(to, lambda number: 14 * number - 120)


def _with_cat(to: Path, left: Callable[[int], float]) -> Path:
    return scene(to, [Placed(lambda _number: 30, top=60, height=300), Placed(left, top=170, height=170, kind="cat")])


def _far(to: Path) -> Path:
    """Somebody who is 36 pixels high."""
    return scene(to, [Placed(lambda number: 220 + 2 * number, top=180, height=36)])


def _mirrored(to: Path) -> Path:
    """Somebody walks by, and water mirrors them some way off."""
    street = empty_street((640, 240))
    color, opaque = cut_out()

    def paint(number: int, _time: float) -> Image:
        upper, scale = street.astype(np.float32), 190 / color.shape[0]
        way = np.array([[scale, 0, 16 * number - 160], [0, scale, 50]], np.float32)
        weight = cv2.warpAffine(opaque, way, (640, 240))[..., None]
        upper += (cv2.warpAffine(cv2.blur(color, (5, 5)), way, (640, 240)) - upper) * weight
        dry = np.full((50, 640, 3), 150, np.float32)
        water = cv2.blur(upper[:169:-1], (9, 3)) * 0.7
        return np.ascontiguousarray(np.vstack([upper, dry, water]).clip(0, 255).astype(np.uint8)[..., ::-1])

    return make_clip(to, size=(640, 360), fps=20, seconds=2.5, pattern=paint)


def _city(to: Path) -> Path:
    """The picture that replaces a background: the building of the crossing clip."""
    cv2.imwrite(str(to), empty_street((1280, 720)))
    return to


# --- the pictures ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A picture: what was done to which clip, and the seconds that are shown.

    `close` is the part shown (left, top, width, height, each 0 to 1).
    """

    name: str
    clip: Maker
    edits: Sequence[str]
    times: Sequence[float]
    close: tuple[float, float, float, float] | None = None


PORTRAIT = _kept(CLIPS / "portrait.mp4")
CROSSING = _kept(SAMPLES / "crossing.mp4")
WALKERS = _kept(SAMPLES / "walkers.mp4")
ALONE = "remove everyone except the person on the left at 1s"
TRANSPARENT = "keep only the person, export as mov"

PICTURES = (
    Shown("remove-still", CROSSING, ["remove the person"], [1.2, 2.0, 2.8]),
    Shown("remove-moving", _panned, ["remove the person"], [0.5, 1.0, 1.5]),
    Shown("remove-thing", _home, ["remove the cat"], [0.8, 1.2, 1.6]),
    Shown("hide-thing", _in_front, ["blur the cat", "pixelate the cat", "fill the cat with orange"], [1.1]),
    Shown("isolate", PORTRAIT, ["keep only the person", TRANSPARENT], [1.0]),
    Shown("background", PORTRAIT, ["replace the background with city.png", "blur the background strongly"], [1.0]),
    Shown("edge", PORTRAIT, [TRANSPARENT, "replace the background with green"], [1.0], (0.44, 0.2, 0.16, 0.34)),
    Shown("crop-follows", CROSSING, ["crop to 9:16 and keep the person in frame"], [1.2, 2.0, 2.8]),
    Shown(
        "titles",
        PORTRAIT,
        [
            'add the lower third "Mission log" "Day one", add the title "Καλημέρα · Доброе утро" at the top',
            'add the lower third "नमस्ते" "早上好" in yellow, add the title "صباح الخير" at the top right',
        ],
        [1.0],
    ),
    Shown("far", _far, [TRANSPARENT], [0.3, 0.8], (0.3, 0.4, 0.3, 0.3)),
    Shown("reflection", _mirrored, ["remove the person"], [0.9, 1.3, 1.7]),
    Shown("in-front", _in_front, ["remove the cat"], [0.8, 1.1, 1.4]),
    Shown("fails-hair", _hairy, [TRANSPARENT], [0.8], (0.36, 0.14, 0.26, 0.34)),
    Shown("fails-group", WALKERS, [ALONE], [2.4, 4.2, 5.4, 7.0], (0.43, 0.22, 0.32, 0.36)),
)


def make(shown: Shown, to: Path, folder: Path) -> Path:
    """Edit and lay the picture; each edit is a row, or a column where one moment is shown."""
    clip = shown.clip(folder / f"{shown.name}.mp4")
    _city(folder / "city.png")
    results = [_edited(clip, sentence, folder / f"{shown.name}-{i}") for i, sentence in enumerate(shown.edits)]
    rows = [[_cell(path, time, shown.close) for time in shown.times] for path in (clip, *results)]
    if len(shown.times) == 1:
        rows = [[row[0] for row in rows]]
    _save(np.vstack([_row(row) for row in rows]), to)
    return to


def _edited(clip: Path, sentence: str, stem: Path) -> Path:
    output = stem.with_suffix(".mov" if sentence == TRANSPARENT else ".mp4")
    words = [sys.executable, "-m", "clipline", "edit", str(clip), sentence, "-o", str(output)]
    state = ["--state", str(stem.parent / "state"), "--progress", "none"]
    subprocess.run([*words, *state], check=True, cwd=stem.parent)
    return output


def _cell(path: Path, time: float, close: tuple[float, float, float, float] | None) -> Image:
    """One moment of a file, BGR, with a checkerboard where it is transparent."""
    with av.open(str(path)) as container:
        frame = next(frame for frame in container.decode(video=0) if (frame.time or 0.0) >= time - 1e-3)
    # swscale leaves the last columns of a width like 404 empty where it adds an alpha of its own.
    clear = frame.format.name.startswith("yuva")
    image = frame.to_ndarray(format="bgra" if clear else "bgr24")
    image = image if clear else cv2.cvtColor(image, cv2.COLOR_BGR2BGRA)
    height, width = image.shape[:2]
    if close:
        left, top, across, down = close
        image = image[int(top * height) : int((top + down) * height), int(left * width) : int((left + across) * width)]
    square = max(4, image.shape[0] // 24)
    y, x = np.indices(image.shape[:2]) // square
    board = np.where((x + y) % 2, 255, 200)[..., None]
    opaque = image[..., 3:] / 255
    return np.rint(image[..., :3] * opaque + board * (1 - opaque)).astype(np.uint8)


def _row(cells: Sequence[Image]) -> Image:
    """Cells of one height beside each other, as wide as a picture of the page, white between and around them."""
    inner = WIDTH // len(cells) - BORDER
    shape = max((image.shape for image in cells), key=lambda shape: shape[1] / shape[0])
    height = min(HIGHEST, round(inner * shape[0] / shape[1]))
    laid = np.full((height + BORDER, WIDTH, 3), 255, np.uint8)
    for number, image in enumerate(cells):
        width = round(image.shape[1] * height / image.shape[0])
        left = number * WIDTH // len(cells) + (inner + BORDER - width) // 2
        laid[:height, left : left + width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return laid


def _save(image: Image, to: Path) -> None:
    """As good a JPEG as is small enough."""
    for quality in range(88, 30, -6):
        cv2.imwrite(str(to), image, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
        if to.stat().st_size <= LARGEST:
            return


# --- the page --------------------------------------------------------------------------------------------------------


def page() -> str:
    """The page's Markdown."""
    parts = [OPENING.strip()]
    for shown in PICTURES:
        title, alt, words = WORDS[shown.name]
        said = "\n".join(f"- *{sentence}*" for sentence in shown.edits)
        parts.append(f"{title}\n\n![{alt}](../images/{shown.name}.jpg)\n\n{said}\n\n{words.strip()}")
    return "\n\n".join([*parts, CLOSING.strip()]) + "\n"


def main(names: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for shown in PICTURES:
            if not names or shown.name in names:
                print(make(shown, IMAGES / f"{shown.name}.jpg", Path(folder)), flush=True)
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
