"""Makes `nanodet.onnx`, with 8-bit weights and sums of whole numbers, from the network with 16-bit floats.

    pip install av==18.1.0 onnx==1.23.2 onnxruntime==1.32.0 opencv-python-headless==5.0.0.93 sympy
    python plugins/clipline-models/tools/quantize.py FLOATS.onnx nanodet.onnx

FLOATS.onnx is what `nanodet.onnx` was before, in this repository's history. Run from the top of the checkout: the
ranges of values are those that the network reaches on this repository's own clips, in several sizes and lights. Weights
have seven bits, so that no sum of two products overflows where a processor adds them in 16 bits: results are the same
with and without the instructions made for this. The three last convolutions stay as they are, since small differences
of what they give move boxes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from itertools import islice, product
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

CLIPS = ("pipelines/samples/crossing.mp4", "pipelines/samples/walkers.mp4", "tests/data/clips/portrait.mp4")
STILLS = ("tests/data/clips/cat.png",)
EVERY, MOST = 12, 8  # frames of a clip
SIDES, LIGHTS, PARTS = (416, 256), (0.5, 1.0, 1.8), (1.0, 0.6)
MEAN = np.array((103.53, 116.28, 123.675), np.float32)
DEVIATION = np.array((57.375, 57.12, 58.395), np.float32)
HEADS = 124  # channels of the last convolutions: scores of 80 kinds, and four distributions over 11 distances


class Pictures(CalibrationDataReader):
    """What the network is shown, one by one."""

    def __init__(self, name: str) -> None:
        self._inputs = ({name: each} for each in inputs())

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next input by its name, None after the last."""
        return next(self._inputs, None)


def inputs() -> Iterator[NDArray[np.float32]]:
    """Each picture in several sizes, lights and parts."""
    for path in (*CLIPS, *STILLS):
        with av.open(path) as container:
            frames = list(islice(container.decode(video=0), 0, EVERY * MOST, EVERY))
        for number, frame in enumerate(frames):
            picture = frame.to_ndarray(format="bgr24")
            for side, light, part in product(SIDES, LIGHTS, PARTS):
                yield shown(picture[:, :: -1 if number % 2 else 1], side, light, part)


def shown(picture: Any, side: int, light: float, part: float) -> NDArray[np.float32]:
    """The middle part of a picture as the network takes it: its longer side so long, lighter or darker."""
    height, width = (round(length * part) for length in picture.shape[:2])
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    scale = side / max(height, width)
    size = round(width * scale), round(height * scale)
    cut = np.ascontiguousarray(picture[top : top + height, left : left + width])
    small = 255 * (cv2.resize(cut, size, interpolation=cv2.INTER_AREA) / 255) ** light
    padded = np.zeros((-(-size[1] // 32) * 32, -(-size[0] // 32) * 32, 3), np.float32)
    padded[: size[1], : size[0]] = small
    return ((padded - MEAN) / DEVIATION).transpose(2, 0, 1)[None].astype(np.float32)


def with_floats(source: str, folder: str) -> str:
    """The network without the casts from 16-bit floats."""
    path = str(Path(folder) / "floats.onnx")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = path
    onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    return path


def main(source: str, result: str) -> None:
    """Quantize the convolutions but the last ones."""
    with tempfile.TemporaryDirectory() as folder:
        floats = with_floats(source, folder)
        graph = onnx.load(floats).graph
        weights = {each.name: each.dims for each in graph.initializer}
        convolutions = [node for node in graph.node if node.op_type == "Conv"]
        quantize_static(
            floats,
            result,
            Pictures(graph.input[0].name),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=[node.name for node in convolutions if weights[node.input[1]][0] == HEADS],
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
