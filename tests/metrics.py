"""How well a picture was edited, measured against exact truth on decoded files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def frames(path: Path) -> Iterator[Image]:
    """The pictures of a file as BGR images of shape (height, width, 3)."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="bgr24")


def truth(path: Path) -> Iterator[Mask]:
    """The masks of a truth file, one for each picture."""
    with np.load(path) as data:
        width = int(data["shape"][2])
        for bits in data["mask_bits"]:
            yield np.unpackbits(bits, axis=-1, count=width).astype(bool)


def kept_mask(image: Image, color: tuple[int, int, int]) -> Mask:
    """Where an image is not the background colour (blue, green, red), by how far its chroma is from the colour's."""
    swatch: Image = np.full((1, 1, 3), color, np.uint8)
    wanted = cv2.cvtColor(swatch, cv2.COLOR_BGR2YCrCb)[0, 0, 1:].astype(np.int16)
    chroma = cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 1:].astype(np.int16)
    result: Mask = np.hypot(*np.moveaxis(chroma - wanted, -1, 0)) > 45
    return result


def strayed(image: Image, color: tuple[int, int, int], person: Mask) -> int:
    """How many pixels, away from a person and their soft rim, visibly are not the background colour."""
    rim = cv2.dilate(person.astype(np.uint8), np.ones((17, 17), np.uint8)) > 0
    differs = np.abs(image.astype(np.int16) - np.array(color, np.int16)).max(axis=2) > 12
    return int(np.count_nonzero(differs & ~rim))


def iou(one: Mask, other: Mask) -> float:
    """Intersection over union; 1 where both are empty."""
    union = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / union) if union else 1.0


def boundary_iou(one: Mask, other: Mask, distance: int = 12) -> float:
    """Intersection over union of what of each mask lies within so many pixels of its own edge (Cheng et al., 2021)."""
    return iou(_rim(one, distance), _rim(other, distance))


def _rim(mask: Mask, distance: int) -> Mask:
    # Beyond the picture's border a mask goes on as it is: the border is no edge of anybody.
    depth = cv2.distanceTransform(np.pad(mask, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    result: Mask = mask & (depth <= distance)
    return result


def along_edge(mask: Mask, distance: int) -> Mask:
    """Within so many pixels of a mask's edge, on both sides."""
    result: Mask = _rim(mask, distance) | _rim(~mask, distance)
    return result


def psnr(one: Image, other: Image, where: Mask) -> float:
    """Peak signal to noise ratio in dB over the pixels of a mask."""
    error = np.mean((one[where].astype(np.float32) - other[where].astype(np.float32)) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-9)))


def ssim(one: Image, other: Image, where: Mask) -> float:
    """Structural similarity of the luma (Gaussian window of 11 pixels), averaged over the pixels of a mask."""
    a, b = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) for image in (one, other))

    def mean(values: Any) -> Any:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    mean_a, mean_b = mean(a), mean(b)
    spread = mean(a * a) + mean(b * b) - mean_a**2 - mean_b**2
    shared = mean(a * b) - mean_a * mean_b
    first, second = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    index = (2 * mean_a * mean_b + first) * (2 * shared + second)
    index = index / ((mean_a**2 + mean_b**2 + first) * (spread + second))
    return float(index[where].mean())
