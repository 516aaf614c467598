"""A batch of many clips with some broken: the others' files, a table, exit 1; `--resume` redoes only the broken ones.

    PYTHONPATH=tests python -m campaigns.batch_hundred [--clips 100] [--broken 5] [--backend local] [-j 2]

Every step is a process of `clipline`, as a person would start it. What must hold is in `campaign`, which raises where
it does not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import commands
from clipline.journal import Journal
from media_maker import make_clip

#: Seconds that one command may take for each clip, and to begin; five times what it takes.
HANG_PER_CLIP, HANG = 20.0, 60.0

#: The mock's answers: always in words, and no wait longer than it must be.
QUICK = {"CLIPLINE_MOCK_SILENT": "0", "CLIPLINE_MOCK_POLL": "0.05s", "CLIPLINE_MOCK_STREAM_LIMIT": "2s"}

PIPELINE = """
clipline: 1
name: shorten
inputs:
  clip: {type: file, required: true}
stages:
  - auth
  - stage: upload
    with: {files: "${{ inputs.clip }}"}
  - stage: edit
    with: {instruction: keep 0s to 0.3s}
  - stage: export
    with: {to: "${{ inputs.clip | stem }}-short.mp4"}
"""


class Bench:
    """A folder with `clips`, a pipeline, and a state folder of its own."""

    def __init__(self, folder: Path, backend: str = "local") -> None:
        self.folder, self.backend = folder, backend
        self.state, self.out = folder / "state", folder / "out"
        self.pipeline = folder / "shorten.yaml"
        self.pipeline.write_text(PIPELINE)
        own = {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}
        self.environment = {**own, "CLIPLINE_STATE": str(self.state), **QUICK}

    def make_clips(self, count: int, *, broken: int = 0) -> list[Path]:
        """So many clips of half a second; of these the first `broken` are none."""
        whole = make_clip(self.folder / "whole.mp4", size=(64, 48), seconds=0.5).read_bytes()
        clips = [self.folder / "clips" / f"clip{number:03}.mp4" for number in range(count)]
        clips[0].parent.mkdir()
        for number, clip in enumerate(clips):
            clip.write_bytes(b"this is no clip" if number < broken else whole)
        return clips

    def mend(self, clips: list[Path]) -> None:
        """Make clips of files that are none."""
        for clip in clips:
            clip.write_bytes((self.folder / "whole.mp4").read_bytes())

    def command(self, *words: str | Path) -> list[str]:
        """`clipline batch` on the pipeline."""
        fixed = [str(self.pipeline), "--backend", self.backend, "--out", str(self.out)]
        return [*commands.CLIPLINE, "batch", *fixed, *map(str, words)]

    def batch(self, *words: str | Path, limit: float = HANG) -> tuple[int, dict[str, Any], str]:
        """Run it; its exit status, its document, and what it told."""
        done = commands.run(
            [*self.command(*words), "--json", "--progress", "plain"],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=limit,
            check=False,
        )
        return done.returncode, json.loads(done.stdout or "{}"), done.stderr

    def resumed(self, *words: str | Path) -> tuple[int, dict[str, Any], str]:
        """Go on with `--resume`, as `batch`.

        Where a stop came between the intent of an edit and its effect, nobody can tell (status 6): then do what a
        person would, and say `--resend` where nothing was charged.
        """
        status, result, told = self.batch(*words, "--resume")
        for row in result["rows"] if status == 6 else ():
            if row["exit"] == 6:
                with Journal.open(self.state) as journal:
                    session = journal.scopes(row["run"])[""][self.backend]["session"]
                assert session not in self.charges(), f"{row['run']} was charged, and is said to be unknown"
                resend = ["resume", row["run"], "--resend", "--progress", "none"]
                commands.clipline(*resend, cwd=self.folder, env=self.environment, timeout=HANG, check=True)
        return self.batch(*words, "--resume") if status == 6 else (status, result, told)

    def runs(self) -> Counter[str]:
        """How many runs of the journal have each status."""
        with Journal.open(self.state) as journal:
            return Counter(row.status for row in journal.runs())

    def charges(self) -> list[str]:
        """The session of each edit that the mock of the state folder charged."""
        file = self.state / "mock" / "world.json"
        world = json.loads(file.read_text("utf-8", "surrogatepass")) if file.exists() else {}
        world = world.get("world", world)
        return [charge["session_id"] for charge in world.get("charges", ()) if charge["kind"] == "edit"]

    def files(self) -> list[str]:
        """The names of what was exported."""
        return sorted(path.name for path in self.out.glob("*.mp4"))


def campaign(folder: Path, *, clips: int, broken: int, backend: str = "local", jobs: int = 2) -> None:
    """Run it all."""
    bench = Bench(folder, backend)
    paths, limit = bench.make_clips(clips, broken=broken), HANG + clips * HANG_PER_CLIP
    whole, words = clips - broken, ["-j", str(jobs)]

    def check(what: str, found: object, wanted: object) -> None:
        assert found == wanted, f"{what}: {found!s:.200}, not {wanted!s:.200}"

    def step(what: str, extra: list[str], status: int, counts: dict[str, int]) -> str:
        begun = time.monotonic()
        found, result, told = bench.batch(*paths, *words, *extra, limit=limit)
        print(f"{what}: exit {found}, {result.get('counts')}, {time.monotonic() - begun:.1f} s", flush=True)
        check(f"{what}: exit", found, status)
        check(f"{what}: rows", result["counts"], counts)
        return told

    told = step("first", [], 1, {"done": whole, "failed": broken})
    check("a line of the table for each clip", sum(f"{clip.name}  " in told for clip in paths), clips)
    made = [f"clip{number:03}-short.mp4" for number in range(clips)]
    check("files", bench.files(), made[broken:])
    before = bench.runs()
    step("resumed, not mended", ["--resume"], 1, {"kept": whole, "failed": broken})
    check("runs are not begun anew", bench.runs()["done"], before["done"])
    bench.mend(paths[:broken])
    step("resumed, mended", ["--resume"], 0, {"kept": whole, "done": broken})
    check("files", bench.files(), made)
    check("runs", bench.runs()["done"], clips)
    step("once more", ["--resume"], 0, {"kept": clips})
    if backend == "mock":
        check("charges", len(bench.charges()), clips)
        check("sessions that were charged twice", len(bench.charges()) - len(set(bench.charges())), 0)


def main() -> int:
    """Run the campaign; 1 where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--broken", type=int, default=5)
    parser.add_argument("--backend", default="local")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="batch-") as name:
        try:
            campaign(Path(name), clips=given.clips, broken=given.broken, backend=given.backend, jobs=given.jobs)
        except AssertionError as error:
            print(f"WRONG: {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
