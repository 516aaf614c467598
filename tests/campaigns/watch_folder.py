"""Files dropped into a watched folder while the watcher is killed again and again: each is done, and paid, once.

    PYTHONPATH=tests python -m campaigns.watch_folder [--files 100] [--kills 10] [-j 2]

The watcher is a process of `clipline watch` on the backend `nemo`, against the mock in this process, whose ledger no
kill touches. In the end the folder, the exports, the journal and the ledger must agree. A kill between the intent of
an edit and its send leaves what nobody can tell: status 6. The campaign then does what a person would, and says
`--resend` where the ledger has no charge.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import commands
from campaigns.batch_hundred import PIPELINE
from clipline.journal import Journal
from clipline.testing.nemo import MockNemo, mock_nemo
from media_maker import make_clip

#: Seconds that all may take for each file, and to begin; five times what it takes.
HANG_PER_FILE, HANG = 30.0, 120.0
OPTIONS: dict[str, Any] = {"silent": 0.0, "studio": "off", "render_polls": 1, "credits": 1_000_000}


class Inbox:
    """The folder that is watched, and the watcher."""

    def __init__(self, folder: Path, environment: dict[str, str], backend: str = "nemo") -> None:
        self.folder, self.inbox, self.out, self.state = folder, folder / "in", folder / "out", folder / "state"
        self.inbox.mkdir()
        self.backend = backend
        (folder / "shorten.yaml").write_text(PIPELINE)
        self.clip = make_clip(folder / "whole.mp4", size=(64, 48), seconds=0.5)
        own = {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}
        self.environment = {**own, "CLIPLINE_STATE": str(self.state), **environment}

    def command(self, *words: str) -> list[str]:
        """`clipline watch` with short waits."""
        waits = ["--interval", "0.1s", "--settle", "0.3s", "--progress", "plain"]
        fixed = [str(self.inbox), "shorten.yaml", "--backend", self.backend, "--out", str(self.out)]
        return [*commands.CLIPLINE, "watch", *fixed, *waits, *words]

    def begin(self, *words: str) -> subprocess.Popen[str]:
        """Watch in a process of its own, until it is stopped."""
        return commands.Popen(
            self.command(*words),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def once(self, *words: str, limit: float = HANG) -> tuple[int, str]:
        """Watch until nothing is left to do; the exit status, and what was told."""
        done = commands.run(
            self.command("--once", *words),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def drop(self, name: str) -> None:
        """Copy the clip into the folder as a person's file manager does: in two pieces, under its own name."""
        data = self.clip.read_bytes()
        with (self.inbox / name).open("wb") as file:
            file.write(data[:1000])
            file.flush()
            time.sleep(0.01)
            file.write(data[1000:])

    def names(self, place: str) -> list[str]:
        """The files of `done`, `failed`, or those with a claim in `working`."""
        pattern = "*/*" if place == "working" else "*.mp4"
        return sorted(path.name for path in (self.inbox / place).glob(pattern))

    def record(self, place: str, name: str) -> dict[str, Any]:
        """What stands beside a file."""
        found: dict[str, Any] = json.loads((self.inbox / place / f"{name}.json").read_text())
        return found

    def resend(self, run_id: str) -> None:
        """Give a person's word."""
        words = ["resume", run_id, "--resend", "--progress", "none"]
        commands.clipline(*words, cwd=self.folder, env=self.environment, timeout=HANG, check=True)

    def settle(self, mock: MockNemo, limit: float) -> int:
        """Let everything end; the number of runs for which a person's word was needed."""
        asked = 0
        while True:
            _, told = self.once(limit=limit)
            with Journal.open(self.state) as journal:
                unknown = [row for row in journal.runs() if row.exit == 6]
                sessions = {
                    row.id: journal.scopes(row.id).get("", {}).get("nemo", {}).get("session") for row in unknown
                }
            charged = {charge.session_id for charge in mock.ledger}
            for row in unknown:
                assert sessions[row.id] not in charged, f"{row.id} was charged, and is said to be unknown"
                words = ["resume", row.id, "--resend", "--progress", "none"]
                commands.clipline(*words, cwd=self.folder, env=self.environment, timeout=HANG, check=True)
                asked += 1
            if not unknown:
                assert not self.names("working"), told
                return asked


def campaign(folder: Path, *, files: int, kills: int, jobs: int = 2, seed: int = 0) -> None:
    """Run it all; raises AssertionError where something does not agree."""
    with mock_nemo(**OPTIONS) as mock:
        watched = Inbox(folder, {**mock.environment, "CLIPLINE_NEMO_STREAM_LIMIT": "5s"})
        limit = HANG + files * HANG_PER_FILE
        _drop_and_kill(watched, files, kills, jobs, random.Random(seed))
        asked = watched.settle(mock, limit)
        _compare(watched, mock, [f"clip{number:03}.mp4" for number in range(files)])
        print(f"{files} files, {kills} kills: each done once; {asked} needed a person's word", flush=True)


def _drop_and_kill(watched: Inbox, files: int, kills: int, jobs: int, chance: random.Random) -> None:
    """Drop all files, one after the other, while the watcher dies so many times."""
    deadly = sorted(chance.sample(range(1, files), kills))
    process = watched.begin("-j", str(jobs))
    for number in range(files):
        watched.drop(f"clip{number:03}.mp4")
        time.sleep(chance.uniform(0.0, 0.2))
        if number in deadly:
            _wait_for_work(watched, process)
            time.sleep(chance.uniform(0.0, 1.5))
            process.kill()
            process.communicate()
            process = watched.begin("-j", str(jobs))
    _wait_for_work(watched, process)
    process.terminate()
    _, told = process.communicate(timeout=HANG)
    # With nothing left to do, the signal may come before the new one listens to it.
    assert process.returncode in {143, -signal.SIGTERM}, told


def _wait_for_work(watched: Inbox, process: subprocess.Popen[str]) -> None:
    """Wait until the watcher has done a file, so that the next signal finds it at work."""
    before, end = len(watched.names("done")), time.monotonic() + HANG
    while len(watched.names("done")) == before and time.monotonic() < end:
        assert process.poll() is None, process.communicate()
        if not watched.names("working") and not list(watched.inbox.glob("*.mp4")):
            return
        time.sleep(0.02)


def _compare(watched: Inbox, mock: MockNemo, names: list[str]) -> None:
    """The folder, the exports, the journal and the ledger."""
    assert watched.names("failed") == [], watched.names("failed")
    assert watched.names("done") == names
    assert sorted(path.name for path in watched.inbox.glob("*.mp4")) == []
    made = [name.replace(".mp4", "-short.mp4") for name in names]
    assert sorted(path.name for path in watched.out.glob("*.mp4")) == made
    assert list(watched.out.glob(".*")) == [], "no half file is left"
    assert list((watched.inbox / "working").glob("*.json")) == []
    with Journal.open(watched.state) as journal:
        rows = journal.runs()
        inputs = Counter(Path(journal.snapshot(row.id)["plan"]["inputs"]["clip"]).name for row in rows)
    assert Counter(row.status for row in rows) == {"done": len(names)}, Counter(row.status for row in rows)
    assert inputs == Counter(names)
    of_files = {watched.record("done", name)["run"] for name in names}
    assert of_files == {row.id for row in rows}
    sessions = [charge.session_id for charge in mock.ledger if charge.kind == "edit"]
    assert len(sessions) == len(set(sessions)) == len(names), f"{len(sessions)} charges, {len(set(sessions))} sessions"


def main() -> int:
    """Run the campaign; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="watch-"))
    try:
        campaign(folder, files=given.files, kills=given.kills, jobs=given.jobs, seed=given.seed)
    except AssertionError as error:
        traceback.print_exc()
        print(f"WRONG: {error} (see {folder})")
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
