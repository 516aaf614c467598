"""Masks of a clip by another program, for `bench_quality.py`; run by the Python of that program's own environment.

    PYTHON tests/bench/peer_masks.py mediapipe|rembg CLIP OUT.npz

Writes `masks`, bool of shape (frames, height, width), and `cpu`, the seconds of CPU that they took with decoding.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np


def mediapipe() -> Callable[[Any], Any]:
    """Selfie segmentation as its authors use it for video: smoothed over time, cut at one half."""
    from mediapipe.python.solutions.selfie_segmentation import SelfieSegmentation

    network = SelfieSegmentation(model_selection=0)
    return lambda image: network.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).segmentation_mask > 0.5


def rembg() -> Callable[[Any], Any]:
    """U²-Net, the small one: what stands out in the whole picture, each for itself."""
    from PIL import Image
    from rembg import remove

    def mask(image: Any) -> Any:
        shown = Image.fromarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        return np.asarray(remove(shown, only_mask=True)) > 127

    return mask


def main() -> None:
    name, clip, out = sys.argv[1:]
    mask_of = {"mediapipe": mediapipe, "rembg": rembg}[name]()
    began, reader, masks = time.process_time(), cv2.VideoCapture(clip), []
    while (read := reader.read())[0]:
        masks.append(mask_of(read[1]))
    np.savez_compressed(out, masks=np.stack(masks), cpu=time.process_time() - began)


if __name__ == "__main__":
    main()
