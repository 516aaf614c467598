"""How well people are kept and removed while they stand and walk before one another, with exact truth.

    python tests/bench/bench_groups.py [--seeds N] [--only TEXT] [--keep FOLDER]

For each kind of crowd (tests/crowd_clips.py) and seed, the one who is longest before or behind another one is cut out,
is taken out, and is kept alone while all others are taken out. What counts are the pictures in which their boxes
overlap. IoU is that of the cut-out; gone is which part of who is removed is nearer to the empty scene than to the
source, kept which part of who stays is nearer to the source. Pixels in which these two are too much alike to tell do
not count. Each is followed by its mean over the worst tenth of the pictures.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import av
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clipline.errors import Refused
from clipline.studio.pictures.box import Box
from clipline.timeline import Isolate, Operation, Remove, Subject
from crowd_clips import FPS, GROUPS, SIZE, crowd, film_crowd, scenery
from metrics import Image, Mask, frames, iou
from studio_clips import rendered

TELLS = 30  # levels by which the source differs from the empty scene where it can be told which of them is shown
LEAST = 60  # pixels of somebody are to be seen at least
WORST = 0.1  # of the pictures

#: Of each frame what is to be seen of each one.
Truth = Sequence[Sequence[Mask]]


@dataclass(frozen=True)
class Scores:
    """Each a mean over pictures, and one over the worst of them."""

    iou: tuple[float, float]
    one_gone: tuple[float, float]
    others_kept: tuple[float, float]
    others_gone: tuple[float, float]
    one_kept: tuple[float, float]
    cpu: float


def measure(clip: Path, truth: Truth, background: Image) -> Scores | None:
    """The scores of the one who overlaps most; None where nobody does."""
    boxes = [[_box(mask) for mask in masks] for masks in truth]
    apart = {one: _apart_at(boxes, one) for one in range(len(truth[0]))}
    shared_by = {one: _shared(boxes, one) for one, at in apart.items() if at is not None}
    who, shared = max(shared_by.items(), key=lambda each: len(each[1]), default=(0, set()))
    at = apart[who]
    if not shared or at is None:
        return None
    box = boxes[at][who]
    assert box is not None
    one = Subject("person", box=(box.left, box.top, box.width, box.height), at=at / FPS)
    began, seconds = time.process_time(), len(truth) / FPS * 3
    cut = _rendered(clip, "cut.mov", Isolate(one))
    without = _rendered(clip, "without.mp4", Remove(one))
    alone = _rendered(clip, "alone.mp4", Remove(Subject("person", other_than=one)))
    cpu = (time.process_time() - began) / seconds
    with av.open(str(cut)) as container:
        masks = [frame.to_ndarray(format="bgra")[..., 3] > 127 for frame in container.decode(video=0)]
    found: dict[str, list[float]] = {field.name: [] for field in fields(Scores)[:-1]}
    for number, (source, gone, kept) in enumerate(zip(frames(clip), frames(without), frames(alone), strict=True)):
        if number not in shared:
            continue
        tells = np.abs(source.astype(np.int16) - background).max(axis=2) > TELLS
        its, others = truth[number][who], _joined(truth[number], who)
        found["iou"].append(iou(masks[number], its))
        for name, image, where, wanted in (
            ("one_gone", gone, its, True),
            ("others_kept", gone, others, False),
            ("others_gone", kept, others, True),
            ("one_kept", kept, its, False),
        ):
            empty = _apart(image, background) < _apart(image, source)
            found[name].append(float((empty == wanted)[where & tells].mean()))
    return Scores(**{name: _both(values) for name, values in found.items()}, cpu=cpu)


def _box(mask: Mask) -> Box | None:
    if np.count_nonzero(mask) < LEAST:
        return None
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))


def _shared(boxes: Sequence[Sequence[Box | None]], who: int) -> set[int]:
    """The frames in which somebody's box overlaps another one's."""
    return {
        number
        for number, row in enumerate(boxes)
        if (own := row[who]) and any(box and one != who and own.shared(box) for one, box in enumerate(row))
    }


def _apart_at(boxes: Sequence[Sequence[Box | None]], who: int) -> int | None:
    """The frame in which somebody is seen best, wholly and with nobody near."""
    apart = [
        (own.area, number)
        for number, row in enumerate(boxes)
        if (own := row[who]) and own.left > 2 and own.right < SIZE[0] - 2
        if not any(box and one != who and own.scaled(1.1).shared(box) for one, box in enumerate(row))
    ]
    return max(apart)[1] if apart else None


def _joined(masks: Sequence[Mask], without: int) -> Mask:
    return np.logical_or.reduce([mask for number, mask in enumerate(masks) if number != without])


def _apart(one: Image, other: Image) -> np.ndarray:
    return np.abs(one.astype(np.int16) - other).sum(axis=2)


def _rendered(clip: Path, name: str, operation: Operation) -> Path:
    output = clip.with_name(f"{clip.stem}-{name}")
    rendered(clip, output, operation, format=output.suffix[1:])
    return output


def _both(values: Sequence[float]) -> tuple[float, float]:
    known = np.sort(np.array(values)[~np.isnan(values)])
    return float(known.mean()), float(known[: max(1, round(WORST * len(known)))].mean())


def mean(scores: Sequence[Scores]) -> Scores:
    """The mean of each score."""
    pairs = {
        field.name: tuple(np.mean([getattr(each, field.name) for each in scores], axis=0))
        for field in fields(Scores)[:-1]
    }
    return Scores(**pairs, cpu=float(np.mean([each.cpu for each in scores])))  # type: ignore[arg-type]


def row(name: str, scores: Scores) -> str:
    """A line of the table."""
    pairs = (getattr(scores, field.name) for field in fields(Scores)[:-1])
    return f"{name:12}" + "".join(f"{one:9.3f} ({worst:5.3f})" for one, worst in pairs) + f"{scores.cpu:9.2f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--only", help="kinds whose name holds this text")
    parser.add_argument("--keep", type=Path, help="a folder for the clips and results")
    chosen = parser.parse_args()
    print(f"{'':12}" + "".join(f"{field.name.replace('_', ' '):>17}" for field in fields(Scores)[:-1]) + "  CPU s/s")
    every = []
    with tempfile.TemporaryDirectory() as name:
        folder = chosen.keep or Path(name)
        folder.mkdir(exist_ok=True)
        for kind in (kind for kind in GROUPS if not chosen.only or chosen.only in kind):
            of_kind = []
            for seed in range(chosen.seeds):
                clip = folder / f"{kind}-{seed}.mp4"
                truth = film_crowd(clip, crowd(kind, seed), seed)
                try:
                    scores = measure(clip, truth, scenery(seed))
                except Refused as refusal:
                    print(f"  {kind} {seed}: {refusal.message}", flush=True)
                    continue
                if scores:
                    of_kind.append(scores)
                    print(row(f"  {kind} {seed}", scores), flush=True)
            print(row(kind, mean(of_kind)), flush=True)
            every += of_kind
    print(row("all", mean(every)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
