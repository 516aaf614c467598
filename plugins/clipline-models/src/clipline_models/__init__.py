"""The networks that clipline finds and cuts out people and things with: where each is, what its bytes must hash to.

Nothing is loaded here. clipline's studio finds these values through the entry-point group `clipline.models`, checks the
file against `sha256` and gives it to onnxruntime. Another distribution can offer other networks under the same names,
with the same inputs and outputs as the README describes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["OBJECT_MASK", "PERSON_BOXES", "PERSON_MASK", "Model"]


@dataclass(frozen=True, slots=True)
class Model:
    """One ONNX file: `path`, and `sha256`, the hex digest of its bytes."""

    path: Path
    sha256: str


def _file(name: str, sha256: str) -> Model:
    return Model(Path(__file__).parent / "onnx" / name, sha256)


#: Boxes around people (and 79 other kinds of things) in a whole picture.
PERSON_BOXES = _file("nanodet.onnx", "2efc1950849543a328162bd560d6f7c40810f8c56fa26a92ab00164fe7c100e0")

#: A mask of the people in a picture that they fill.
PERSON_MASK = _file("selfie_segmentation.onnx", "934c91087ba6b8f2680cf48792b86e8a3a8c71940a099840ce141982bc1593aa")

#: A mask of whatever a picture is about.
OBJECT_MASK = _file("u2netp.onnx", "3e5118ae658b5534b66aed13f76a50ad6544da7685e811e684660013dc819789")
