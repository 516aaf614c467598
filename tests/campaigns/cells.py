"""What the campaigns of many small runs share: each cell in a folder of its own, bounded, two at once.

A cell's work gets an empty folder and gives back what became of it. What it raises is a crash of ours, and what does
not end is a hang: both are outcomes too, so that the campaign goes on and tells of them at its end.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from media_maker import make_clip

__all__ = ["arguments", "bounded", "clip_bytes", "drawn", "side_by_side"]

_Cell = TypeVar("_Cell")
_Made = TypeVar("_Made")


def bounded(work: Callable[[Path], _Made], seconds: float, broken: Callable[[str, str], _Made]) -> _Made:
    """Do `work` in an empty folder; what it gives, else `broken("crash" or "hang", where)`."""
    with tempfile.TemporaryDirectory(prefix="cell-", ignore_cleanup_errors=True) as name:
        box: list[_Made] = []

        def guarded() -> None:
            try:
                box.append(work(Path(name)))
            except BaseException:  # noqa: BLE001  # a crash of ours is what a campaign looks for
                box.append(broken("crash", traceback.format_exc()))

        thread = threading.Thread(target=guarded, daemon=True)
        thread.start()
        thread.join(seconds)
        if box:
            return box[0]
        frame = sys._current_frames()[thread.ident or 0]  # the one way to see where another thread is
        return broken("hang", "".join(traceback.format_stack(frame)[-4:]))


def side_by_side(
    work: Callable[[_Cell], _Made], cells: Sequence[_Cell], prepare: Callable[[bytes], None]
) -> Iterator[_Made]:
    """Do all cells, two at once, in processes that `prepare` was called in with the bytes of a clip."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(2, prepare, (clip_bytes(),)) as pool:
        yield from pool.imap_unordered(work, cells, chunksize=4 if len(cells) > 100 else 1)


def clip_bytes() -> bytes:
    """A clip of 0.6 s.

    No smaller: of pictures below 128 x 96 x264 reads memory that nothing was written to, so that what it makes of the
    same frames differs by some bytes in a process that has worked for long (seen with glibc's MALLOC_PERTURB_).
    """
    with tempfile.TemporaryDirectory() as folder:
        return make_clip(Path(folder) / "clip.mp4", size=(128, 96), seconds=0.6).read_bytes()


def arguments(description: str, *, sample: int = 0) -> argparse.ArgumentParser:
    """What every campaign of cells can be told on its command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sample", type=int, default=sample, help="only so many cells, drawn by the seed; 0 = all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only cells whose name holds this text")
    parser.add_argument("--verbose", action="store_true", help="show every cell")
    return parser


def drawn(cells: Sequence[_Cell], sample: int, seed: int) -> list[_Cell]:
    """So many of the cells, drawn by the seed; all of them, mixed, where `sample` is 0 or more than all."""
    return random.Random(seed).sample(cells, min(sample or len(cells), len(cells)))
