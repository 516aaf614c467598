"""The cells of `disk_faults`: each call × each error, and small disks that are full at some stage of a run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from campaigns.crash_tracer import Seen
from campaigns.disk_bench import Bench, Told
from campaigns.fault_tracer import ERRORS, DiskFault, concerns_disk

__all__ = ["DiskCell", "can_mount", "cells", "faults", "fill"]

_KIB = 1024


@dataclass(frozen=True, slots=True)
class DiskCell:
    """A small disk under some `places` (below the cell's folder) with so many KiB free; `tmp`: for TMPDIR."""

    places: tuple[str, ...]
    free: int

    def __str__(self) -> str:
        return f"disk of {' and '.join(self.places)}: {self.free} KiB free"


def faults(seen: Iterable[Seen]) -> list[DiskFault]:
    """Every call, with each error that it may have, once and for good. Later bytes of a journal fail like earlier."""
    found = []
    for call in seen:
        if not concerns_disk(call):
            continue
        for error in ERRORS.get(call.name.partition(" ")[0], ()):
            found.append(DiskFault(call.name, call.nth, error))
            if error not in {"short", "EDQUOT"}:
                found.append(DiskFault(call.name, call.nth, error, for_good=True))
    return found


def cells() -> list[DiskCell]:
    """Small disks: all sizes between room for nothing and room for all."""
    found = [DiskCell(("state",), free) for free in (0, 4, *range(8, 1300, 24))]
    found += [DiskCell(("out",), free) for free in range(0, 28, 4)]
    found += [DiskCell(("state/credentials",), free) for free in (0, 4, 8, 12)]
    found += [DiskCell(("tmp",), free) for free in (0, 4, 8)]
    found += [DiskCell(("state", "out"), free) for free in range(0, 1300, 100)]
    return [*found, DiskCell(("state", "out", "tmp"), 0), DiskCell(("state", "tmp"), 300)]


def can_mount() -> str:
    """Why no file system can be mounted here; empty where one can."""
    with tempfile.TemporaryDirectory() as name:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "none", name], capture_output=True, text=True, check=False
        )
        if done.returncode:
            return done.stderr.strip() or "mounting is refused"
        subprocess.run(["umount", name], check=True)
    return ""


def fill(bench: Bench, cell: DiskCell) -> tuple[Told, bool]:
    """Run on a disk that is full, then with room; whether it was full."""
    with contextlib.ExitStack() as stack:
        disks = [stack.enter_context(_small(bench.folder / place, cell.free)) for place in cell.places]
        tmp = bench.folder / "tmp"
        environment = {"TMPDIR": str(tmp)} if tmp.is_dir() else {}
        first = bench.run(environment=environment)
        was_full = first.status != 0
        for disk in disks:
            subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        bench.see_through(first)
    return first, was_full


@contextlib.contextmanager
def _small(place: Path, free: int) -> Iterator[Path]:
    """A disk at `place` with so many KiB free."""
    for folder in (place.parent, place):
        folder.mkdir(exist_ok=True, mode=0o700)
    pages = max(1, free // 4)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={pages * 4}k,mode=700", "none", str(place)], check=True)
    filler = place / "filler"
    try:
        if free == 0:
            with contextlib.suppress(OSError):
                filler.write_bytes(b"x" * 4 * _KIB)
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)
        with contextlib.suppress(OSError):
            os.rmdir(place)  # noqa: PTH106  # as a test's end does
