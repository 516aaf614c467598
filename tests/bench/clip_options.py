"""What the benches of outlines and of removals are asked for on the command line."""

from __future__ import annotations

import argparse
from pathlib import Path

__all__ = ["clip_options"]


def clip_options(doc: str | None) -> argparse.ArgumentParser:
    """The options that both have; `--size` is read as width and height."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default="", help="kinds whose name holds this text")
    parser.add_argument("--size", type=_size, default=(640, 360), metavar="640x360")
    parser.add_argument("--keep", type=Path, help="a folder for the clips and results")
    return parser


def _size(text: str) -> tuple[int, int]:
    width, height = map(int, text.split("x"))
    return width, height
