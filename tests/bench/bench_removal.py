"""How well people are removed, measured on encoded files against exact truth, for cameras that stand and that move.

    python tests/bench/bench_removal.py [--seeds N] [--first N] [--only TEXT] [--size 640x360] [--keep FOLDER]

For each kind of camera and seed a clip is composited (tests/filmed_clips.py), `remove: person` is rendered as usual,
and the result is compared with the frames without their people: PSNR where the person was (mean over frames, and that
of the worst frame), PSNR of all else against the source, and flicker: by how many levels the error against the truth
changes from one frame to the next where the person was, beside the same in the rest of the file, where it is noise and
coding. The last column is CPU seconds for a second of clip.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clip_options import clip_options

from clipline.timeline import Remove
from filmed_clips import CAMERAS, Film, film, joined
from metrics import Image, Mask, frames, psnr
from restless_clips import film_water
from studio_clips import rendered

#: Name to the arguments of `film`; what has no limit is there to be looked at.
KINDS: Mapping[str, Mapping[str, object]] = {
    **{camera: {"camera": camera} for camera in CAMERAS},
    "still, light wanders": {"camera": "still", "flicker": 0.12},
    "pan, light wanders": {"camera": "pan", "flicker": 0.12},
    "cut: still, pan, hand": {"cut": True},
    "pan, depth": {"camera": "pan", "depth": 0.5},
    "whirl": {"camera": "whirl"},
    "before water": {"waves": 25.0},
    "before calm water": {"waves": 10.0},
}
LIMITS = {"still": 36.0, **{camera: 30.0 for camera in CAMERAS if camera != "still"}}


@dataclass(frozen=True)
class Scores:
    inside: float
    worst: float
    outside: float
    flicker: float
    noise: float
    cpu: float
    findings: str


def measure(made: Film, output: Path) -> Scores:
    began = time.process_time()
    result = rendered(made.path, output, Remove("person"))
    cpu = (time.process_time() - began) / result.seconds
    inside, outside, flicker, noise = [], [], [], []
    before: tuple[Image, Image, Image, Mask] | None = None
    for number, (image, source) in enumerate(zip(frames(output), frames(made.path), strict=True)):
        clean, person = made.clean[number], made.people(number)
        outside.append(psnr(image, source, ~person))
        if np.count_nonzero(person) > 0.002 * person.size:
            inside.append(psnr(image, clean, person))
            if before is not None and (both := person & before[3]).any():
                flicker.append(_change(image, before[0], clean, before[2], both))
                noise.append(_change(image, before[0], clean, before[2], ~(person | before[3])))
        before = image, source, clean, person
    said = "; ".join(f"{finding.level} {finding.text}" for finding in result.findings)
    return Scores(_mean(inside), min(inside, default=np.nan), _mean(outside), _mean(flicker), _mean(noise), cpu, said)


def _change(image: Image, before: Image, clean: Image, clean_before: Image, where: Mask) -> float:
    """By how many levels the error against the truth changes between two frames (root mean square)."""
    now = image[where].astype(np.float32) - clean[where]
    then = before[where].astype(np.float32) - clean_before[where]
    return float(np.sqrt(np.mean((now - then) ** 2)))


def _made(path: Path, seed: int, size: tuple[int, int], arguments: Mapping[str, object]) -> Film:
    make: Callable[..., Film] = film_water if "waves" in arguments else film
    if "cut" not in arguments:
        return make(path, seed=seed, size=size, **arguments)
    shots = [
        make(path.with_stem(f"{path.stem}-{number}"), seed=seed + number, size=size, camera=camera)
        for number, camera in enumerate(("still", "pan", "handheld"))
    ]
    return joined(path, shots)


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else float("nan")


def main() -> int:
    chosen = clip_options(__doc__).parse_args()
    print(f"{'':24}{'where they were':>22}{'elsewhere':>10}{'flicker':>9}{'noise':>7}{'CPU s/s':>9}")
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = chosen.keep or Path(name)
        for kind, arguments in KINDS.items():
            if chosen.only not in kind:
                continue
            scores = []
            for seed in range(chosen.first, chosen.first + chosen.seeds):
                stem = f"{kind.replace(', ', '-').replace(':', '').replace(' ', '-')}-{seed}"
                made = _made(folder / f"{stem}.mp4", seed, chosen.size, arguments)
                scores.append(measure(made, folder / f"{stem}-gone.mp4"))
                print(row(f"  {kind} {seed}", scores[-1]), scores[-1].findings, flush=True)
            mean = [
                float(np.nanmean([getattr(s, key) for s in scores]))
                for key in Scores.__annotations__
                if key != "findings"
            ]
            limit = LIMITS.get(kind, 0.0)
            failed = failed or mean[0] < limit
            print(
                row(kind, Scores(*mean, "")),
                f"(≥{limit:g})" if limit else "",
                "UNDER" if mean[0] < limit else "",
                flush=True,
            )
    return int(failed)


def row(name: str, scores: Scores) -> str:
    return (
        f"{name:24}{scores.inside:8.2f} (worst {scores.worst:5.2f}){scores.outside:10.2f}"
        f"{scores.flicker:9.2f}{scores.noise:7.2f}{scores.cpu:9.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
