"""Where a crowd works: a state folder, an output folder, one `clipline mock` for all, and the rules that must hold."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Self

from campaigns.crowd_lanes import Done, Job, Lane, carry_out

__all__ = ["UNKNOWN", "Town"]

#: The exit status of a run of whose edit nobody can tell.
UNKNOWN = 6

#: What no user may ever see, whatever the others do.
_NEVER = re.compile(
    r"Traceback|database is locked|journal_busy|journal is busy|\nHANG\n|sqlite3\.|a bug in clipline|please report it"
)
#: What runs may leave in the output folder.
_OURS = re.compile(r"run[0-9]{4}\.mp4(\.json)?")
#: Waits of the mock, short; an edit of which nobody heard is settled after `stream_limit`.
QUICK = {
    "CLIPLINE_MOCK_STREAM_LIMIT": "10s",
    "CLIPLINE_MOCK_POLL": "0.1s",
    "CLIPLINE_MOCK_DROP_WAIT": "0.1s",
    "CLIPLINE_MOCK_DROP_POLL": "0.1s",
    "CLIPLINE_MOCK_PARALLEL": "20",
}

#: Each run's own words stand in its instruction, by which the ledger tells whose a charge is.
PIPELINE = """
clipline: 1
name: crowd
inputs:
  clip: {type: file, required: true}
  to: {type: string, required: true}
  until: {type: string, required: true}
stages:
  - auth
  - stage: upload
    with: {files: "${{ inputs.clip }}"}
  - stage: edit
    with: {instruction: "keep 0s to ${{ inputs.until }}s"}
  - stage: export
    with: {to: "${{ inputs.to }}"}
"""


class Town:
    """One state folder and what stands around it. A run has a number, its own file and its own instruction."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state, self.out, self.talk = (
            folder,
            folder / "state",
            folder / "out",
            folder / "talk",
        )
        folder.mkdir(parents=True)
        self.pipeline, self.clip = folder / "crowd.yaml", folder / "clip.mp4"
        self.pipeline.write_text(PIPELINE)
        make = "from pathlib import Path; from media_maker import make_clip; import sys;"
        make += "make_clip(Path(sys.argv[1]), size=(64, 48), seconds=0.6)"
        tests = str(Path(__file__).resolve().parents[1])
        subprocess.run([sys.executable, "-c", make, self.clip], env={**os.environ, "PYTHONPATH": tests}, check=True)
        self.mock = subprocess.Popen(
            [sys.executable, "-m", "clipline", "mock", "--port", "0", "--quiet"]
            + [
                word
                for pair in ("credits=10000000", "silent=0", "gui_talk=0", "studio=off")
                for word in ("--option", pair)
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._clean(),
            text=True,
        )
        assert self.mock.stdout is not None
        self.url = self.mock.stdout.readline().strip()
        assert self.url, "the mock did not start"
        self.environment = {**QUICK, "CLIPLINE_MOCK_API_URL": self.url}
        self.wrong: list[str] = []
        self.ended: list[Done] = []

    @staticmethod
    def _clean() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.mock.send_signal(signal.SIGTERM)
        self.mock.wait(20)
        if self.mock.stdout is not None:
            self.mock.stdout.close()

    # --- what is done ------------------------------------------------------------------------------------------------

    def run(self, number: int, *, backend: str = "mock", label: str = "run", **more: Any) -> Job:
        """The run of this number."""
        words = ["run", str(self.pipeline), "--backend", backend, "--out", str(self.out), "--progress", "none"]
        given = {"clip": str(self.clip), "to": self.file(number).name, "until": self.until(number)}
        words += [word for name, value in given.items() for word in ("-i", f"{name}={value}")]
        return Job(arguments=words, label=label, **more)

    def doomed(self, number: int, seconds: float, **more: Any) -> Job:
        """The run of this number, killed so many seconds after it was journalled."""
        return self.run(number, kill_after=seconds, kill_from=lambda: bool(self.ids(number)), **more)

    def ids(self, number: int) -> list[str]:
        """The runs of this number."""
        return [run for run, each in self.numbers() if each == number]

    def file(self, number: int) -> Path:
        """What the run of this number makes."""
        return self.out / f"run{number:04}.mp4"

    @staticmethod
    def until(number: int) -> str:
        """The end of what the run of this number keeps, in seconds: no other has the same."""
        return f"0.{30000 + number}"

    def resume(self, run: str, *words: str, label: str = "resume", **more: Any) -> Job:
        """Go on with a run."""
        return Job(arguments=["resume", run, "--progress", "none", *words], label=label, **more)

    def forget(self, run: str) -> Job:
        """Forget a run."""
        return Job(arguments=["runs", "rm", run], label="forget")

    def has_begun(self) -> bool:
        """Whether any run is under way by the journal."""
        return bool(self.numbers("running"))

    def table(self, rows: int, *, base: int = 0) -> Path:
        """A table of so many rows, the runs from number `base` on."""
        lines = ["clip,to,until"]
        lines += [f"{self.clip},{self.file(number).name},{self.until(number)}" for number in range(base, base + rows)]
        path = self.folder / f"rows{base}.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    def batch(self, table: Path, *words: str, **more: Any) -> Job:
        """Work on all rows of a table."""
        fixed = ["batch", str(self.pipeline), "--backend", "mock", "--out", str(self.out), "--progress", "none"]
        return Job(arguments=[*fixed, "--table", str(table), *words], label="batch", **more)

    def carry_out(self, jobs: Iterable[Job | Lane]) -> list[Done]:
        """Let processes go on at once, a lane each."""
        lanes = [_alone(job) if isinstance(job, Job) else job for job in jobs]
        ended = carry_out(lanes, self.talk, {**self.environment, "CLIPLINE_STATE": str(self.state)})
        self.ended += ended
        return ended

    def settle(self) -> None:
        """Go on with all that is not done, as a person would: what nobody can tell is sent anew if it cost nothing."""
        for _ in range(3):
            left = self.numbers("running", "queued", "failed", "cancelled", "waiting")
            if not left:
                return
            ended = self.carry_out([self.resume(run) for run, _ in left])
            self.judge(ended, {"resume": [0, UNKNOWN]})
            unknown = {done.job.arguments[1] for done in ended if done.status == UNKNOWN}
            charges = self.charges()
            for run, number in left:
                if run in unknown:
                    self.check(f"charges of {run}, of which nobody can tell", charges[self.until(number)], 0)
                    self.judge(self.carry_out([self.resume(run, "--resend")]), {"resume": [0]})
        self.check("runs that are never done", self.numbers("running", "queued", "failed", "cancelled", "waiting"), [])

    def make_journal(self, script: Path) -> None:
        """A journal of an earlier version with fifty runs that are done."""
        self.state.mkdir(parents=True, mode=0o700)
        with closing(sqlite3.connect(self.state / "journal.sqlite")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(script.read_text())
            version = int(script.stem.rpartition("-")[2].replace(".", "00"))
            connection.execute(f"PRAGMA user_version={version}")
            connection.execute(f"PRAGMA application_id={0x434C504C}")
            rows = [(f"before-{number:04}", str(self.state / "runs" / f"before-{number:04}")) for number in range(50)]
            connection.executemany(
                "INSERT INTO runs (id, name, pipeline, backend, status, exit, started, folder, epoch, snapshot)"
                " VALUES (?, 'before', 'p', 'mock', 'done', 0, 1, ?, 1, '{}')",
                rows,
            )
            connection.commit()

    # --- what is seen ------------------------------------------------------------------------------------------------

    def ledger(self) -> list[Mapping[str, Any]]:
        """What the mock charged; that of `--backend mock` by itself keeps its world in the state folder."""
        if not self.environment["CLIPLINE_MOCK_API_URL"]:
            world = json.loads((self.state / "mock" / "world.json").read_text("utf-8", "surrogatepass"))
            return [row for row in world.get("world", world)["charges"] if row["amount"]]
        with urllib.request.urlopen(f"{self.url}/__mock__/ledger", timeout=30) as reply:
            rows: list[Mapping[str, Any]] = json.load(reply)
        return [row for row in rows if row["amount"]]

    def charges(self) -> Counter[str]:
        """How often each `until` was charged."""
        found = (re.search(r"0\.3\d{4}", row["text"]) for row in self.ledger())
        return Counter(match.group() if match else "?" for match in found)

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the journal with SQLite alone; empty where there is none."""
        if not (self.state / "journal.sqlite").exists():
            return []
        with closing(sqlite3.connect(self.state / "journal.sqlite", timeout=30)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
                return []
            return connection.execute(sql, values).fetchall()

    def numbers(self, *statuses: str) -> list[tuple[str, int]]:
        """The runs of these statuses in the journal, with their numbers; all where none are named."""
        rows = self.query("SELECT id, status, json_extract(snapshot, '$.plan.inputs.to') FROM runs")
        return [(run, int(to[3:7])) for run, status, to in rows if to and (not statuses or status in statuses)]

    # --- what must hold ----------------------------------------------------------------------------------------------

    def check(self, what: str, found: object, wanted: object) -> None:
        """A rule that is broken is told in the end."""
        if found != wanted:
            self.wrong.append(f"{what}: {found!s:.300}, not {wanted!s:.300}")

    def judge(self, ended: Iterable[Done], allowed: Mapping[str, Sequence[int]]) -> None:
        """Each process ended as it may by its label, said nothing that nobody may see, and left no empty error."""
        for done in ended:
            said = done.said + done.complained
            if found := _NEVER.search(said):
                at = max(0, found.start() - 300)
                self.wrong.append(f"{done.job.label}: {' '.join(done.job.arguments)[:100]} said …{said[at : at + 900]}")
            elif not done.killed and done.status not in allowed[done.job.label]:
                self.wrong.append(
                    f"{done.job.label} ended with {done.status}: {' '.join(done.job.arguments)[:100]}: {said[-1500:]}"
                )

    def judge_work(self, numbers: Iterable[int], *, gone: bool = False, free: Collection[int] = ()) -> None:
        """Each run was charged once and made its file, nothing lies about, and the journal is whole.

        `gone`: some runs were forgotten on the way. `free`: those that were not on the mock.
        """
        wanted = set(numbers)
        charges = self.charges()
        self.check("charged more than once", {until: count for until, count in charges.items() if count > 1}, {})
        self.check("never charged", [n for n in wanted - set(free) if not charges[self.until(n)]], [])
        self.check("charged though not on the mock", [n for n in free if charges[self.until(n)]], [])
        names = {path.name for path in self.out.iterdir()} if self.out.exists() else set()
        made = {name for number in wanted for name in (self.file(number).name, f"{self.file(number).name}.json")}
        self.check("files that are missing", sorted(made - names), [])
        self.check("files that lie about", sorted(name for name in names if not _OURS.fullmatch(name)), [])
        self.check("empty files", [name for name in names if not (self.out / name).stat().st_size], [])
        self.check("the journal is whole", self.query("PRAGMA integrity_check"), [("ok",)])
        self.check("open effects", self.query("SELECT run_id, name FROM effects WHERE status = 'open'"), [])
        self.check("temporary files in the journal", self.query("SELECT file FROM temporaries"), [])
        statuses = {status for (status,) in self.query("SELECT DISTINCT status FROM runs")}
        self.check("runs that are not done", statuses - {"done"}, set())
        per_number = Counter(number for _, number in self.numbers() if number in wanted)
        self.check("runs of one number", {n: c for n, c in per_number.items() if c > 1}, {})
        if not gone:
            self.check("runs that are lost", sorted(wanted - set(per_number)), [])
        self._judge_events()

    def _judge_events(self) -> None:
        """One owner a run: its events are numbered without a gap, its stages done once, its file told as the table."""
        twice = self.query(
            "SELECT run_id, path FROM attempts WHERE status = 'done' GROUP BY run_id, path HAVING count(*) > 1"
        )
        self.check("stages that were done twice", twice, [])
        gaps = self.query("SELECT run_id FROM events GROUP BY run_id HAVING max(sequence) != count(*)")
        self.check("runs with a gap in their events", gaps, [])
        for run, last, folder in self.query(
            "SELECT id, (SELECT max(sequence) FROM events WHERE run_id = id), folder FROM runs"
        ):
            file = Path(folder) / "events.jsonl"
            found = [json.loads(line)["sequence"] for line in (file.read_text().splitlines() if file.exists() else ())]
            self.check(f"the events file of {run}", found, list(range(1, (last or 0) + 1)))
            left = [path.name for path in Path(folder).rglob("*") if path.is_file() and path.name != "events.jsonl"]
            self.check(f"what lies in the folder of {run}", left, [])


def _alone(job: Job) -> Lane:
    """A lane of one process."""
    yield job
