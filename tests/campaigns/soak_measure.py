"""What a process holds: memory, descriptors, threads, temporary files, and its journal's size."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sqlite3
import threading
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Sample", "rss", "sample", "where_memory_goes"]


@dataclass(frozen=True, slots=True)
class Sample:
    """After so many edits: megabytes of memory here and of the mock, and what else is held.

    `journal` are bytes of its tables, `state` bytes of all other files in the state folder, `runs` how many there are.
    """

    edits: int
    memory: float
    mock: float
    descriptors: tuple[str, ...]
    threads: tuple[str, ...]
    temporaries: tuple[str, ...]
    journal: int
    state: int
    runs: int

    @property
    def brief(self) -> str:
        """It in a line."""
        return (
            f"{self.edits} edits in {self.runs} runs, {self.memory:.1f} MiB, mock {self.mock:.1f} MiB, "
            f"{len(self.descriptors)} descriptors, {len(self.threads)} threads, journal {self.journal / 2**20:.2f} MiB"
        )


def rss(pid: int | str = "self") -> float:
    """Resident memory of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def sample(edits: int, state: Path, temporary: Path, mock: int | None) -> Sample:
    """Measure. What is garbage is collected, and what the allocator keeps for later is given back, so that memory is
    what is really held."""
    for _ in range(3):
        gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    journal, runs = _journal(state / "journal.sqlite")
    others = [path for path in state.rglob("*") if path.is_file() and not path.name.startswith("journal.sqlite")]
    return Sample(
        edits,
        rss(),
        rss(mock) if mock else 0.0,
        _descriptors(),
        tuple(sorted(thread.name for thread in threading.enumerate())),
        tuple(sorted(str(path.relative_to(temporary)) for path in temporary.rglob("*"))),
        journal,
        sum(path.stat().st_size for path in others),
        runs,
    )


def _descriptors() -> tuple[str, ...]:
    """What is open; that with which this very list is read is not."""
    found = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.append(str(link.readlink()))
    return tuple(sorted(each for each in found if not each.endswith("/fd")))


def _journal(path: Path) -> tuple[int, int]:
    if not path.exists():
        return 0, 0
    connection = sqlite3.connect(path, timeout=30)
    with contextlib.closing(connection):
        ((pages,),) = connection.execute("PRAGMA page_count")
        ((size,),) = connection.execute("PRAGMA page_size")
        ((runs,),) = connection.execute("SELECT count(*) FROM runs")
        return pages * size, runs


def where_memory_goes(before: tracemalloc.Snapshot, after: tracemalloc.Snapshot) -> Sequence[str]:
    """The lines of code whose memory grew most."""
    grown = after.compare_to(before, "lineno")[:12]
    return [f"{each.size_diff / 1024:+9.0f} KiB {each.count_diff:+7} {each.traceback[0]}" for each in grown]
