"""Thousands of edits in one process: no descriptor, thread or temporary file stays, and memory and journal are as told.

    PYTHONPATH=tests python -m campaigns.soak [--edits N] [--local N] [--seed S] [--only cloud|studio] [--verbose]

`cloud`: 2,000 edits through the public API, against a mock in a process of its own: in sessions of one and of twelve
edits, in batches, with a listener; one edit in a hundred is struck by a fault of the fault matrix, and gone on with.
`studio`: 60 small edits on this machine. Both begin in a fresh process with `MALLOC_ARENA_MAX=2`: by default glibc
gives threads up to eight arenas a core, each of which keeps its own high-water mark, and hides growth or feigns it.
Before each look, garbage is collected and free memory is given back (`malloc_trim`).

Memory may grow by 5 % from a quarter of the way (a third in the studio) to the end. With --trace `tracemalloc` tells
which lines hold more than then.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from campaigns.soak_measure import Sample, sample, where_memory_goes
from campaigns.soak_work import Cloud, Studio

__all__ = ["main"]

#: Seconds that a part may take to begin, and for each edit; one on this machine counts for ten.
HANG, HANG_PER_EDIT = 300.0, 5.0
#: Looks after the first.
LOOKS = 6
#: Growth that is allowed, as a share.
FLAT = 0.05
#: How far the journal's growth a run may differ between the halves of what is measured, as a share.
LINEAR = 0.25


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a rule was broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--edits", "--sample", type=int, default=2000, help="edits on the mock")
    parser.add_argument("--local", type=int, default=60, help="edits on this machine; 0 = none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="cloud or studio")
    parser.add_argument("--verbose", action="store_true", help="every look")
    parser.add_argument("--trace", action="store_true", help="where memory goes; it takes some itself")
    parser.add_argument("--part", default="", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # told to stop, it tidies up
    if given.part:
        return _part(given)
    status = 0
    for part in ("cloud", "studio"):
        if given.only in part and (part == "cloud" or given.local):
            environment = {**os.environ, "MALLOC_ARENA_MAX": "2"}
            words = [sys.executable, "-m", "campaigns.soak", "--part", part, *(arguments or sys.argv[1:])]
            with tempfile.TemporaryDirectory(prefix="soak-") as folder:
                (Path(folder) / "tmp").mkdir()
                environment |= {"TMPDIR": f"{folder}/tmp", "SOAK_FOLDER": folder}
                limit = HANG + HANG_PER_EDIT * (given.edits if part == "cloud" else 10 * given.local)
                try:
                    status |= subprocess.run(words, env=environment, check=False, timeout=limit).returncode
                except subprocess.TimeoutExpired:
                    print(f"{part}: WRONG it still went on after {limit:.0f} s")
                    status = 1
    return int(bool(status))


def _part(given: argparse.Namespace) -> int:
    """One of the two, in this process."""
    folder = Path(os.environ["SOAK_FOLDER"])
    clip = _clip(folder / "clip.mp4", given.part)
    samples: list[Sample] = []
    snapshots = []
    begun = time.monotonic()

    def soak(work: Iterator[int], total: int, first: float, mock: int | None) -> None:
        marks = [int(total * (first + (1 - first) * part / LOOKS)) for part in range(LOOKS + 1)]
        for edits in work:
            if edits < marks[0]:
                continue
            marks.pop(0)
            samples.append(sample(edits, folder / "state", folder / "tmp", mock))
            if given.verbose:
                print(f"  {time.monotonic() - begun:5.0f} s: {samples[-1].brief}", flush=True)
            if given.trace:
                snapshots.append(tracemalloc.take_snapshot()) if tracemalloc.is_tracing() else tracemalloc.start()
            if not marks:
                return

    if given.part == "cloud":
        with Cloud(folder, clip, Random(given.seed)) as cloud:
            soak(cloud.work(), given.edits, 0.25, cloud.mock.pid)
            charges = cloud.judge()
        told = f"{cloud.struck} struck by faults, {charges} charges, {cloud.events} events heard"
        wrong, exits = cloud.wrong, cloud.exits
    else:
        studio = Studio(folder, clip)
        soak(studio.work(), given.local, 1 / 3, None)
        told, wrong, exits = "on this machine", studio.wrong, studio.exits
    wrong += _judge(samples)
    print(f"{given.part}: {samples[-1].edits} edits, seed {given.seed}, {time.monotonic() - begun:.0f} s; {told}")
    print(f"  first ends by exit status: {dict(sorted(exits.items()))}")
    _tell(samples)
    for line in where_memory_goes(snapshots[0], snapshots[-1]) if len(snapshots) > 1 else ():
        print(f"  {line}")
    for line in wrong:
        print(f"  WRONG {line[:600]}")
    return int(bool(wrong))


def _ends(samples: Sequence[Sample]) -> tuple[Sample, Sample, Sample]:
    """The first look, one in the middle, and the last."""
    return samples[0], samples[len(samples) // 2], samples[-1]


def _judge(samples: Sequence[Sample]) -> list[str]:
    first, middle, last = _ends(samples)
    wrong = []
    if last.memory > first.memory * (1 + FLAT):
        wrong.append(f"memory grew by {last.memory / first.memory - 1:.1%}")
    for what in ("descriptors", "threads"):
        more = list(getattr(last, what))
        for each in getattr(first, what):
            if each in more:
                more.remove(each)
        if more:
            wrong.append(f"{what} that stayed: {more}")
    if last.temporaries:
        wrong.append(f"temporary files that stayed: {last.temporaries}")
    early, late = (_growth(one, other) for one, other in ((first, middle), (middle, last)))
    if abs(late / early - 1) > LINEAR:
        wrong.append(f"the journal grew by {early:.0f}, then by {late:.0f} bytes an edit")
    return wrong


def _growth(one: Sample, other: Sample) -> float:
    """Bytes by which the journal grew an edit."""
    return max(1.0, (other.journal - one.journal) / (other.edits - one.edits))


def _tell(samples: Sequence[Sample]) -> None:
    first, _, last = _ends(samples)
    print(
        f"  memory {first.memory:.1f} MiB after {first.edits} edits, {last.memory:.1f} after {last.edits} "
        f"({last.memory / first.memory - 1:+.1%}, at most {FLAT:+.0%})"
    )
    if last.mock:
        print(f"  the mock: {first.mock:.1f} MiB, then {last.mock:.1f}")
    print(f"  descriptors {len(first.descriptors)}, then {len(last.descriptors)}; threads {len(last.threads)}")
    print(
        f"  journal {_growth(first, last) / 1024:.1f} KiB an edit; {last.journal / max(1, last.runs) / 1024:.1f} KiB "
        f"a run, and {last.state / max(1, last.runs) / 1024:.1f} KiB of other files"
    )


#: Makes half a second of the sample in which people cross, small.
_PEOPLE = """
import sys
import clipline
stages = [
    {"stage": "upload", "with": {"files": sys.argv[4]}},
    {"stage": "edit", "with": {"operations": [{"trim": {"start": 1, "duration": 0.5}}]}},
    {"stage": "export", "with": {"to": sys.argv[1], "max_size": "320x180"}},
]
pipeline = {"clipline": 1, "name": "clip", "stages": stages}
assert clipline.run(pipeline, backend="local", out=sys.argv[2], state=sys.argv[3]).status == "done"
"""
_PLAIN = """
import sys
from pathlib import Path
from media_maker import make_clip
make_clip(Path(sys.argv[2]) / sys.argv[1], size=(64, 48), seconds=0.6)
"""
_SAMPLE = Path(__file__).resolve().parents[2] / "pipelines" / "samples" / "crossing.mp4"


def _clip(path: Path, part: str) -> Path:
    """A clip of half a second; that of the studio shows people."""
    words = [path.name, path.parent, path.parent / "before", _SAMPLE]
    program = _PLAIN if part == "cloud" else _PEOPLE
    subprocess.run([sys.executable, "-c", program, *map(str, words)], check=True)
    return path


if __name__ == "__main__":
    sys.exit(main())
