"""Clips as filmed by a camera that pans, shakes, zooms or turns, with exact truth: each frame without its people.

A wide background is seen through a camera (a 3x3 matrix for each frame), people stand and walk in the scene, and
light, noise and the encoder come last. All of it is made from a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from media_maker import make_clip
from metrics import Image, Mask, frames
from people_clips import CLIPS, SAMPLES, cut_out, hairy

__all__ = ["BACKGROUNDS", "CAMERAS", "Film", "Subject", "film", "joined"]

_WALKER = 60, (slice(226, 348), slice(606, 662))  # of the walkers clip: a frame, and where one walks by himself
_FINE = 7  # points of the outline to a pixel
_OUTLINE = (
    *((150, 70), (175, 58), (205, 62), (216, 80), (214, 115), (208, 135), (222, 150), (255, 170), (280, 190)),
    *((292, 235), (302, 320), (306, 380), (300, 430), (298, 465), (275, 465), (262, 448), (256, 500), (255, 560)),
    *((262, 640), (270, 680), (284, 705), (284, 760), (272, 795), (245, 800), (238, 770), (240, 715), (222, 690)),
    *((205, 640), (188, 580), (182, 640), (180, 690), (182, 745), (165, 768), (140, 765), (115, 745), (125, 720)),
    *((132, 700), (133, 600), (127, 500), (122, 450), (105, 478), (88, 480), (80, 465), (72, 410), (78, 370)),
    *((80, 300), (95, 230), (102, 205), (140, 175), (145, 150), (155, 135), (146, 110)),
)

Matrix = NDArray[np.float64]
#: Frame number to the matrix from pixels of the frame to pixels of the background.
Camera = Callable[[int], Matrix]


@cache
def _walker() -> tuple[Image, NDArray[np.float32]]:
    """A whole person seen from behind, BGR, and how opaque (0 to 1): drawn by hand, without their shadow."""
    number, place = _WALKER
    picture = next(islice(frames(SAMPLES / "walkers.mp4"), number, None))[place]
    height, width = picture.shape[:2]
    fine = np.zeros((height * _FINE, width * _FINE), np.float32)
    cv2.fillPoly(fine, [np.array(_OUTLINE)], 1)
    return picture, cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)


_CUT_OUTS = {"walker": _walker, "portrait": cut_out, "cat": partial(cut_out, "cat"), "hair": hairy}


def _brick() -> Image:
    image = cv2.imread(str(CLIPS / "crossing_plate.png"))
    assert image is not None
    return image


@cache
def _yard() -> Image:
    """The empty place of the walkers clip."""
    pictures = np.stack(list(frames(SAMPLES / "walkers.mp4"))[::6])
    empty: Image = np.median(pictures, axis=0).astype(np.uint8)
    empty[155:280, 350:430] = pictures[0][155:280, 350:430]  # where people stand for most of the clip
    return cv2.resize(empty[:, :720], (1280, 1024), interpolation=cv2.INTER_CUBIC)


def _drawn() -> Image:
    """A wall of posters: clouds of all scales, with hard edges over them."""
    random = np.random.default_rng(5)
    image = np.full((800, 1280, 3), 128, np.float32)
    for size in (6, 14, 40, 120, 300):
        clouds = random.normal(0, 14, (max(2, size * 800 // 1280), size, 1)) + random.normal(0, 4, 3)
        clouds = np.broadcast_to(clouds, (*clouds.shape[:2], 3)).astype(np.float32)
        image += cv2.resize(np.ascontiguousarray(clouds), (1280, 800), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        x, y = (int(value) for value in random.integers(0, (1200, 740)))
        color = tuple(int(value) for value in random.integers(30, 225, 3))
        cv2.rectangle(image, (x, y), (x + int(random.integers(20, 160)), y + int(random.integers(20, 120))), color, -1)
    return np.clip(cv2.GaussianBlur(image, (0, 0), 0.8), 0, 255).astype(np.uint8)


BACKGROUNDS: dict[str, Callable[[], Image]] = {"brick": _brick, "yard": _yard, "drawn": _drawn}


def _view(size: tuple[int, int], x: float, y: float, zoom: float = 1.0, degrees: float = 0.0) -> Matrix:
    """The matrix of a camera whose middle looks at x, y of the background."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / zoom
    shift = np.array([x, y]) - turn @ (np.array(size) / 2)
    return np.vstack([np.hstack([turn, shift[:, None]]), [0, 0, 1]])


def _shake(random: np.random.Generator, count: int, pixels: float) -> NDArray[np.float64]:
    """A hand that does not hold still: smooth noise of shape (count, 3)."""
    rough = random.normal(0, 1, (count + 24, 3))
    kernel = np.hanning(13)
    smooth = np.stack([np.convolve(column, kernel / np.sqrt((kernel**2).sum()), "same") for column in rough.T], axis=1)
    return pixels * smooth[12 : 12 + count]


def _camera(kind: str, size: tuple[int, int], count: int, random: np.random.Generator) -> Camera:
    width, height = size
    middle = np.array([width * 1.6, height * 1.05])
    hand = _shake(random, count, width / 160)
    speed = width * random.uniform(0.5, 0.9) / count * random.choice([-1, 1])

    def at(number: int) -> Matrix:
        part = number / max(1, count - 1) - 0.5
        x, y = middle
        match kind:
            case "pan":
                return _view(size, x + speed * count * part, y + 0.05 * height * part)
            case "handheld":
                return _view(size, x + hand[number, 0], y + hand[number, 1], 1.0, 0.06 * hand[number, 2])
            case "zoom":
                return _view(size, x, y, 1.0 + 0.25 * (part + 0.5))
            case "roll":
                return _view(size, x + 0.1 * width * part, y, 1.0, 8 * part)
            case "handheld pan":
                return _view(
                    size,
                    x + speed * count * part + hand[number, 0] / 2,
                    y + hand[number, 1] / 2,
                    1.0,
                    0.03 * hand[number, 2],
                )
            case "whirl" if abs(part) < 0.12:
                return _view(size, x + 8 * hand[number, 0], y + 5 * hand[number, 1], 1.0, 2600 * part * abs(part) + 90)
            case _:
                return _view(size, x, y)

    return at


CAMERAS = ("still", "pan", "handheld", "zoom", "roll", "handheld pan")


@dataclass(frozen=True)
class Subject:
    """Somebody in the scene: where their middle is on the ground of the background, and how high in its pixels."""

    kind: str
    place: Callable[[int], tuple[float, float]]
    height: float
    flipped: bool = False

    def paint(self, image: NDArray[np.float32], camera: Matrix, number: int) -> tuple[Image, NDArray[np.float32]]:
        """Put them into a frame; their colours, and how opaque they are there."""
        color, opaque = _CUT_OUTS[self.kind]()
        if self.flipped:
            color, opaque = np.ascontiguousarray(color[:, ::-1]), np.ascontiguousarray(opaque[:, ::-1])
        scale = self.height / color.shape[0]
        x, foot = self.place(number)
        put = np.array([[scale, 0, x - scale * color.shape[1] / 2], [0, scale, foot - self.height], [0, 0, 1]])
        way = (np.linalg.inv(camera) @ put)[:2]
        smooth = max(1, int(1 / scale)) | 1
        size = image.shape[1], image.shape[0]
        placed = cv2.warpAffine(cv2.blur(color, (smooth, smooth)), way, size)
        weight = cv2.warpAffine(opaque, way, size)
        image += (placed.astype(np.float32) - image) * weight[..., None]
        return placed, weight


@dataclass
class Film:
    """A clip and its truth, frame by frame, without noise and coding.

    `clean` is BGR without people, `alpha` (0 to 1) how opaque these are, `color` BGR what they look like; `feet` is
    where somebody stands, in pixels of the background.
    """

    path: Path
    clean: list[Image] = field(default_factory=list)
    alpha: list[NDArray[np.float32]] = field(default_factory=list)
    color: list[Image] = field(default_factory=list)
    feet: list[tuple[float, float]] = field(default_factory=list)

    def people(self, number: int) -> Mask:
        """Where anything of a person is in a frame."""
        result: Mask = self.alpha[number] > 0.02
        return result


def film(
    path: Path,
    camera: str,
    seed: int,
    *,
    size: tuple[int, int] = (640, 360),
    count: int = 50,
    fps: float = 25,
    background: str | None = None,
    light: float | None = None,
    flicker: float = 0.0,
    noise: float | None = None,
    depth: float = 0.0,
    who: str | None = None,
    pace: float = 1.0,
) -> Film:
    """Write a clip: somebody crosses the scene; who, how large and fast, before what and in what light, by the seed.

    `flicker` is by how much the light wanders over the clip; `depth` is how much faster things near the camera move;
    with a `pace` of less than 1 they are slower, and in the middle of the picture.
    """
    random = np.random.default_rng(seed)
    name = background or list(BACKGROUNDS)[seed % len(BACKGROUNDS)]
    wide = _widened(BACKGROUNDS[name](), size)
    view = _camera(camera, size, count, random)
    width, height = size
    speed = pace * random.uniform(0.9, 1.6) * width / count * random.choice([-1, 1])
    tall = height * random.uniform(0.55, 0.85)
    kind = who or str(random.choice(["portrait", "walker"]))
    middle = width * 1.6, height * 1.05
    bust = kind in {"portrait", "hair"}
    foot = middle[1] + height * (0.55 if bust else 0.42)

    def place(number: int) -> tuple[float, float]:
        return middle[0] + speed * (number - count / 2), foot + 2 * np.sin(number / 3)

    subject = Subject(kind, place, tall * (1.1 if bust else 1.0), bool(speed < 0))
    bright = random.uniform(0.6, 1.1) if light is None else light
    grain = random.uniform(1.0, 2.5) if noise is None else noise
    result = Film(path, feet=[place(number) for number in range(count)])
    near = _near_things(wide.shape, seed) if depth else None

    def paint(number: int, _time: float) -> Image:
        matrix = view(number)
        clean = _seen(wide, matrix, size)
        if near is not None:
            faster = matrix.copy()
            faster[0, 2] += depth * (matrix[0, 2] - view(count // 2)[0, 2])
            things = _seen(near, faster, size)
            clean = np.where(things.max(axis=2, keepdims=True) > 0, things, clean)
        picture = clean.astype(np.float32)
        color, alpha = subject.paint(picture, matrix, number)
        gain = bright * (1 + flicker * np.sin(number / count * 2 * np.pi + seed))
        result.clean.append(_as_stored(np.clip(clean * gain, 0, 255).astype(np.uint8)))
        result.alpha.append(alpha)
        result.color.append(np.clip(color * gain, 0, 255).astype(np.uint8))
        noisy = picture * gain + random.normal(0, grain, picture.shape)
        return np.ascontiguousarray(np.clip(noisy, 0, 255).astype(np.uint8)[..., ::-1])

    make_clip(path, size=size, fps=fps, seconds=count / fps, pattern=paint)
    return result


def joined(path: Path, parts: Sequence[Film], *, fps: float = 25) -> Film:
    """One clip that is cut from film to film."""
    pictures = [image for part in parts for image in frames(part.path)]
    height, width = pictures[0].shape[:2]
    make_clip(
        path,
        size=(width, height),
        fps=fps,
        seconds=len(pictures) / fps,
        pattern=lambda number, _time: np.ascontiguousarray(pictures[number][..., ::-1]),
    )
    truth = ([item for part in parts for item in getattr(part, name)] for name in ("clean", "alpha", "color", "feet"))
    return Film(path, *truth)


def _widened(image: Image, size: tuple[int, int]) -> Image:
    """A background of 3.2 by 2.1 pictures: the image mirrored as often as it takes."""
    across, down = round(size[0] * 3.2), round(size[1] * 2.1)
    image = np.hstack([image, image[:, ::-1]] * (across // image.shape[1] + 1))[:, :across]
    return np.ascontiguousarray(np.vstack([image, image[::-1]] * (down // image.shape[0] + 1))[:down])


def _near_things(shape: tuple[int, ...], seed: int) -> Image:
    """Bars near the camera, black where there is nothing."""
    random = np.random.default_rng(seed + 100)
    image = np.zeros(shape, np.uint8)
    for x in range(0, shape[1], max(60, shape[1] // 14)):
        grain = random.integers(40, 200, (shape[0], 26, 3))
        image[:, x : x + 26] = cv2.blur(grain.astype(np.uint8), (3, 3))[:, : shape[1] - x]
    return image


def _as_stored(image: Image) -> Image:
    """An image after the way through 4:2:0, which is as good as it can be in a clip."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), cv2.COLOR_YUV2BGR_I420)


def _seen(wide: Image, matrix: Matrix, size: tuple[int, int]) -> Image:
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(wide, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT)
