"""The journal, damaged: whatever is in the file, every command that reads it ends in words, and it stays as it was."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from campaigns.fuzz_told import EXITS

__all__ = ["run", "seeds"]

#: A run that ended and one that did not; nothing in them reaches further than a file of their own folder.
_PIPELINES: Sequence[dict[str, Any]] = (
    {"clipline": 1, "name": "done", "stages": [{"stage": "notify", "with": {"via": ["console"]}}]},
    {
        "clipline": 1,
        "name": "stopped",
        "stages": [
            {"stage": "notify", "id": "first", "with": {"via": ["console"]}},
            {"stage": "notify", "with": {"via": [{"file": {"path": "taken/x.json"}}]}},
        ],
    },
)

_RUN_ID = re.compile(rb"20\d{6}-\d{6}-[a-z0-9]{4}")


def run(data: bytes, folder: Path) -> str:
    """A journal that was damaged: looked at and gone on with, by the command line.

    What would reach out of `folder`, since one of its paths was changed, is only looked at.
    """
    from clipline.cli import main

    state = folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    (state / "runs").mkdir(parents=True)
    (state / "journal.sqlite").write_bytes(data)
    os.environ["CLIPLINE_STATE"] = str(state)
    known = Counter(found.decode() for found in _RUN_ID.findall(data)).most_common(1)
    newest = known[0][0] if known else "none"
    commands = [["runs", "list"], ["runs", "list", "--json"]]
    commands += [["runs", word, newest] for word in ("show", "logs", "report")]
    if data.count(bytes(folder)) == _paths(folder):
        commands += [["resume", "--no-wait"], ["resume", newest]]
    words = []
    for command in commands:
        status = main.run(command)
        if status not in EXITS:
            raise Broke(command, status, folder)
        words.append(str(status))
    return " ".join(words)


class Broke(Exception):
    """A command ended as a bug; `where` is what its report names."""

    def __init__(self, command: Sequence[str], status: int, folder: Path) -> None:
        reports = sorted(folder.rglob("*bug-*.txt"), key=lambda path: path.stat().st_mtime)
        said = reports[-1].read_text("utf-8")[-3000:] if reports else "no report"
        super().__init__(f"{' '.join(command)} ended with {status}: {said}")
        frames = re.findall(r'File ".*/(.+)", line (\d+)', said)
        self.where = f"{said.strip().splitlines()[-1][:60]} at {':'.join(frames[-1]) if frames else '?'}"


@cache
def _paths(folder: Path) -> int:
    """How often the folder stands in a journal that is whole."""
    return _seed(folder).count(bytes(folder))


def seeds() -> Sequence[bytes]:
    """A journal with two runs."""
    return [_seed(Path.cwd())]


@cache
def _seed(folder: Path) -> bytes:
    """A journal with two runs, in small pages so that a change hits a row rather than nothing."""
    from clipline import app

    work, path = folder / "work", folder / "state" / "journal.sqlite"
    shutil.rmtree(path.parent, ignore_errors=True)
    work.mkdir(exist_ok=True)
    (work / "taken").write_text("a file where a folder should be")
    for pipeline in _PIPELINES:
        with contextlib.chdir(work):
            app.run(pipeline, {}, backend="local", state=path.parent, out=work)
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in ("PRAGMA journal_mode=DELETE", "PRAGMA page_size=512", "VACUUM"):
        connection.execute(statement).fetchall()
    connection.close()
    return path.read_bytes()
