"""A journal that was cut off, flipped, emptied, replaced or brought back from a backup: told, kept, mended.

    PYTHONPATH=tests python -m campaigns.journals [--sample N] [--seed S] [--only TEXT] [--verbose]

Before each cell the state folder holds two runs that are done and one whose edit was sent and charged, and whose answer
was lost; part of the journal is in its log. Then something happens to it (see `journal_damage`), and a person calls
one command after the other. Each cell must hold:

- every command ends with a documented status and no traceback; one that cannot use the journal with 7 and a hint, and
  the journal is byte by byte as it was. What lies in the middle of a page only who comes by sees, perhaps after it
  wrote something: how often is told, and what follows holds there too;
- without `--resend` no edit is charged a second time, whatever was lost;
- `doctor` finds what other commands ran into, changes nothing, and `doctor --mend` mends it: then the runs are known
  again, new ones work, and the one whose edit was open ends with the file, or says what may be lost.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from sqlite3 import connect
from typing import Any

import command_server
from campaigns.cells import arguments, clip_bytes, drawn
from campaigns.disk_bench import EDITS, PIPELINE, Bench, Told, served
from campaigns.journal_damage import Damage, damages

#: What the next run asks for, so that its charge is told from those of the run before.
OTHER = "keep 0s to 0.4s"
#: Codes that a person mends with `doctor --mend`.
MENDABLE = {"journal_damaged", "journal_behind"}
#: Damages that are found only where somebody reads that page.
IN_THE_MIDDLE = {"page of zeros", "flipped in pages"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a cell: the status of `resume` before the mending and in the end, and the code of the first.

    `late`: a command changed the journal before it met the damage.
    """

    name: str
    before: int
    code: str
    after: int
    seconds: float
    late: bool
    wrong: tuple[str, ...]


@dataclass
class Master:
    """The state folder of every cell, and the server's world; `run` is the run whose edit is open."""

    bench: Bench
    run: str
    world: bytes
    earlier: Path
    stash: Path
    done: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path, url: str, clip: bytes) -> Master:
        """Three runs."""
        bench = Bench(folder, url, clip)
        other = PIPELINE.replace("name: cell", "name: other").replace(EDITS[0], OTHER).replace(EDITS[1], OTHER)
        (folder / "other.yaml").write_text(other.replace("to: made.mp4", "to: other.mp4, collision: overwrite"))
        first = _run(bench, "other.yaml")
        earlier = folder / "earlier"
        shutil.copytree(bench.state, earlier)
        # While somebody reads, SQLite does not move the log into the file.
        with closing(connect(f"{(bench.state / 'journal.sqlite').as_uri()}?mode=ro", uri=True)) as reader:
            reader.execute("SELECT count(*) FROM runs").fetchone()
            second = _run(bench, "other.yaml")
            bench.ask("faults", json.dumps({"route": "message", "kind": "reset", "phase": "after_effect"}).encode())
            last = _run(bench, "cell.yaml", "--no-wait")
            assert (first.status, second.status, last.status) == (0, 0, 5), (first.said, second.said, last.said)
            stash = folder / "stash"
            shutil.copytree(bench.state, stash)
        world = json.dumps(bench.ask("snapshot")).encode()
        done = [str(told.document["run"]) for told in (first, second)]
        return cls(bench, str(last.document["run"]), world, earlier, stash, done)

    def restore(self) -> None:
        """All as it was before the first cell."""
        self.bench.wrong.clear()
        for folder in (self.bench.state, self.bench.out):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.stash, self.bench.state)
        (self.bench.state / "journal.sqlite-shm").unlink(missing_ok=True)
        self.bench.ask("faults", b"[]")
        self.bench.ask("restore", self.world)


def _run(bench: Bench, file: str, *words: str) -> Told:
    fixed = [file, "-i", "clip=clip.mp4", "--backend", "mock", "--out", str(bench.out), "--json"]
    return bench.command("run", *fixed, *words)


class Cell:
    """One damage, and what a person does."""

    def __init__(self, master: Master, damage: Damage) -> None:
        self.bench, self.master, self.damage = master.bench, master, damage
        self.code = ""
        self.late = False

    def play(self) -> tuple[int, int]:
        """The status of `resume` before anything is mended, and in the end."""
        self.master.restore()
        self.damage.do(self.bench.state, self.master.earlier)
        for words in (("runs", "list"), ("runs", "show", self.master.run), ("status",)):
            self._careful(*words)
        self._doctor()
        before = self._careful("resume", self.master.run).status
        if before == 0:
            self._ended(1)
        self._careful("run", "other.yaml", "-i", "clip=clip.mp4", "--backend", "mock", "--out", str(self.bench.out))
        self._once()
        if not self.code:
            self.bench.check(f"`resume` ends with {before}", before in {0, 2})
            return before, before
        if self.code not in MENDABLE:
            return before, before
        return before, self._mended()

    def _careful(self, *words: str) -> Told:
        """A command that either works, or leaves the journal alone and says why."""
        files = self._files()
        told = self.bench.command(*words, "--json")
        what = f"`{' '.join(words[:2])}` ends with {told.status} {told.error.get('code')}"
        self.bench.check(f"{what}: {told.said[-400:]}", told.status in {0, 1, 2, 5, 6, 7})
        if told.status == 7:
            self.code = self.code or str(told.error.get("code"))
            self.bench.check(f"{what} without a hint", "hint: " in told.said)
            is_changed = self._files() != files
            self.late = self.late or is_changed
            self.bench.check(f"{what} and changed the journal", not is_changed or self.damage.name in IN_THE_MIDDLE)
        return told

    def _files(self) -> dict[str, str]:
        """The journal's files as they are; of the shared memory nothing is kept."""
        found = {}
        for path in self.bench.state.glob("journal.sqlite*"):
            if path.is_file() and not path.name.endswith("-shm") and path.stat().st_size:
                found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def _doctor(self) -> None:
        files = self._files()
        told = self.bench.command("doctor", "--json")
        check = _check(told)
        self.bench.check(f"doctor ends with {told.status}", told.status in {0, 1})
        self.bench.check(f"doctor says {check} where others say {self.code}", not (self.code and check.get("ok")))
        if check.get("ok") is False:
            self.bench.check("doctor changed the journal", self._files() == files)

    def _mended(self) -> int:
        """What holds once it is mended; the status of the last `resume`."""
        told = self.bench.command("doctor", "--mend", "--json")
        self.bench.check(f"not mended: {_check(told)}", _check(told).get("mended"))
        known = {row["id"] for row in self.bench.listed()}
        missing = {self.master.run, *self.master.done} - known
        self.bench.check(f"forgotten: {sorted(missing)}", not missing or self.damage.name == "events gone")
        status = self.bench.command("resume", self.master.run, "--json").status
        self.bench.check(f"`resume` ends with {status} once mended", status in {0, 6, 7})
        self._once()
        if status == 0:
            self._ended(1)
        else:
            last = self.bench.command("resume", self.master.run, "--resend", "--json")
            self.bench.check(f"with --resend {last.status} {last.error}", last.status in {0, 6, 7})
        new = self.bench.run()
        self.bench.check(f"a new run ends with {new.status} {new.error}", new.status in {0, 2})
        again = self.bench.command("doctor", "--json")
        self.bench.check(f"in the end doctor says {_check(again)}", _check(again).get("ok"))
        return status

    def _once(self) -> None:
        twice = {text: times for text, times in self.bench.charges().items() if text in EDITS and times > 1}
        self.bench.check(f"paid twice: {twice}", not twice)

    def _ended(self, times: int) -> None:
        charges = self.bench.charges()
        self.bench.check(f"charges: {dict(charges)}", all(charges[text] == times for text in EDITS))
        self.bench.check("no file", (self.bench.out / "made.mp4").is_file())


def _check(told: Told) -> dict[str, Any]:
    """What the doctor says of the journal."""
    return next((check for check in told.document.get("checks", ()) if check["name"] == "journal"), {})


# --- the campaign ----------------------------------------------------------------------------------------------------


@dataclass
class _Worker:
    clip: bytes = b""
    url: str = ""
    place: str = ""
    master: Master | None = None


_WORKER = _Worker()


def _prepare(clip: bytes, urls: SimpleQueue[str], place: str) -> None:
    command_server.warm(local=False)
    _WORKER.clip, _WORKER.url, _WORKER.place = clip, urls.get(), place


def run_cell(damage: Damage) -> Outcome:
    """Run one cell in the folder of this process."""
    if _WORKER.master is None:  # an initializer that fails would be started again and again
        folder = Path(tempfile.mkdtemp(prefix="journal-", dir=_WORKER.place))
        _WORKER.master = Master.make(folder, _WORKER.url, _WORKER.clip)
    master = _WORKER.master
    begun = time.monotonic()
    cell = Cell(master, damage)
    before, after = cell.play()
    shutil.rmtree(master.bench.told)
    master.bench.told.mkdir()
    return Outcome(
        str(damage), before, cell.code, after, time.monotonic() - begun, cell.late, tuple(master.bench.wrong)
    )


def main(given: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if a cell broke a rule."""
    asked = arguments("Damaged journals.").parse_args(given)
    chosen = drawn([each for each in damages() if asked.only in str(each)], asked.sample, asked.seed)
    clip, begun, outcomes = clip_bytes(), time.monotonic(), []
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="journals-"))
        queue = context.SimpleQueue()
        for _ in range(2):
            queue.put(stack.enter_context(served()))
        with context.Pool(2, _prepare, (clip, queue, place)) as pool:
            for outcome in pool.imap_unordered(run_cell, chosen):
                outcomes.append(outcome)
                if outcome.wrong or asked.verbose:
                    told = f"{outcome.name} → resume {outcome.before} {outcome.code}, in the end {outcome.after}"
                    print("WRONG" if outcome.wrong else "ok   ", told, *outcome.wrong, sep="\n      ", flush=True)
    return _tell(outcomes, time.monotonic() - begun, asked.seed)


def _tell(outcomes: Sequence[Outcome], seconds: float, seed: int) -> int:
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    codes = Counter(outcome.code or "none" for outcome in outcomes)
    before, after = (Counter(getattr(each, name) for each in outcomes) for name in ("before", "after"))
    slowest = max((outcome.seconds for outcome in outcomes), default=0.0)
    print(f"{len(outcomes)} cells, seed {seed}, {seconds:.0f} s; slowest {slowest:.1f} s")
    print("told: " + ", ".join(f"{code}: {count}" for code, count in codes.most_common()))
    print("`resume` at first: " + ", ".join(f"{status}: {count}" for status, count in sorted(before.items())))
    print("`resume` in the end: " + ", ".join(f"{status}: {count}" for status, count in sorted(after.items())))
    print(f"damage met only after something was written: {sum(outcome.late for outcome in outcomes)}")
    print(f"cells that broke a rule: {len(wrong)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
