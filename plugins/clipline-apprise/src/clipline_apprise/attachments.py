"""Which of a run's files go with a message."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ATTACHED_BYTES", "fitting"]

#: What all attached files may have together; few services take more.
ATTACHED_BYTES = 10_000_000


def fitting(files: Sequence[Path], patterns: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The files whose names fit one of the patterns, the smallest first, as far as there is room for them.

    The second list says of each other one, and of each pattern that nothing fits, why it does not go.
    """
    asked = [file for file in files if any(fnmatch.fnmatchcase(file.name, pattern) for pattern in patterns)]
    left = [
        f"no file of the run is named {pattern}"
        for pattern in patterns
        if not any(fnmatch.fnmatchcase(file.name, pattern) for file in files)
    ]
    taken, room = [], ATTACHED_BYTES
    for file in sorted(filter(Path.is_file, asked), key=lambda file: file.stat().st_size):
        size = file.stat().st_size
        if size <= room:
            taken.append(file)
            room -= size
        else:
            left.append(f"{file.name}, {size / 1e6:.1f} MB, where {ATTACHED_BYTES / 1e6:g} MB go together")
    left += [f"{file.name}, which is {'a folder' if file.is_dir() else 'gone'}" for file in asked if not file.is_file()]
    return taken, left
