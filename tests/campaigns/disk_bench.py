"""One run on a disk that fails, and what a person does after it: looks at the journal, makes room, goes on.

The run is a process of its own on the backend `mock`, whose server is another process: its ledger no fault of the disk
touches. `Bench.wrong` are the rules that were broken.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from campaigns import forked
from campaigns.crash_tracer import filter_calls, trace
from campaigns.fault_tracer import FaultTracer

__all__ = ["Bench", "Told", "served"]

#: Seconds that one command may take; five times what the slowest takes.
HANG = 60.0
#: The mock's waits, so short that a lost answer is settled in a moment.
QUICK = {
    "CLIPLINE_MOCK_POLL": "0.05s",
    "CLIPLINE_MOCK_DROP_WAIT": "0.05s",
    "CLIPLINE_MOCK_DROP_POLL": "0.05s",
    "CLIPLINE_MOCK_STREAM_LIMIT": "15s",
}
#: How the server behaves: it answers in words and at once, and a render is its source as it came.
OPTIONS = ("silent=0", "studio=off", "render_polls=1", "gui_talk=0", "credits=1000000", "pace=0.05")
EDITS = ("keep 0s to 0.5s", "keep 0s to 0.3s")

PIPELINE = f"""
clipline: 1
name: cell
inputs: {{clip: {{type: file, required: true}}}}
stages:
  - auth
  - stage: upload
    with: {{files: "${{{{ inputs.clip }}}}"}}
  - stage: edit
    id: first
    with: {{instruction: {EDITS[0]}}}
  - stage: edit
    id: second
    with: {{instruction: {EDITS[1]}}}
  - stage: export
    with: {{to: made.mp4}}
  - stage: notify
    with: {{via: [console]}}
"""


@contextmanager
def served() -> Iterator[str]:
    """A server of the mock in a process of its own; its address."""
    words = [word for option in OPTIONS for word in ("--option", option)]
    process = subprocess.Popen(
        [sys.executable, "-m", "clipline", "mock", "--port", "0", "--quiet", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended: its status, its JSON document (empty where none could be read), and what it said."""

    status: int
    document: dict[str, Any]
    said: str

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What it says went wrong."""
        return list(self.document.get("errors") or ([self.document] if "clipline_error" in self.document else []))

    @property
    def error(self) -> dict[str, Any]:
        """The first of these; empty where nothing did."""
        return next(iter(self.errors), {})


@dataclass
class Bench:
    """A folder with a clip and a pipeline, and a server; `wrong` are the rules that were broken."""

    folder: Path
    url: str
    clip: bytes
    backend: str = "mock"
    environment: Mapping[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state, self.out, self.told = self.folder / "state", self.folder / "out", self.folder / "told"
        self.told.mkdir()
        (self.folder / "clip.mp4").write_bytes(self.clip)
        (self.folder / "cell.yaml").write_text(PIPELINE)
        self._count = 0
        #: Whether a person's word was needed.
        self.asked = False
        if self.url:
            self.ask("reset", b"{}")

    # --- commands ----------------------------------------------------------------------------------------------------

    def command(
        self, *words: str, tracer: FaultTracer | None = None, environment: Mapping[str, str] | None = None
    ) -> Told:
        """Run one command line to its end; a traceback, a bug or a hang breaks a rule."""
        self._count += 1
        name = f"{self._count}-{words[0]}"
        given = {**QUICK, "CLIPLINE_STATE": str(self.state), "CLIPLINE_MOCK_API_URL": self.url}
        child = forked.start(
            words,
            self.folder,
            {**given, **self.environment, **(environment or {})},
            name=f"told/{name}",
            stopped=tracer is not None,
            first=filter_calls if tracer is not None else None,
        )
        try:
            if tracer is not None:
                trace(child, tracer, HANG)
                status = child.status if child.status is not None else -1
            else:
                status = child.wait(HANG)
        except TimeoutError as error:
            self.wrong.append(f"{name}: hang: {error}")
            status = -9
        said = child.complained.read_text("utf-8", "replace")
        if "Traceback" in said or status == 70 or status < 0:
            self.wrong.append(f"{name}: ended with {status}: {said[-1500:]}")
        return Told(status, _document(child.said), said)

    def run(self, *words: str, **others: Any) -> Told:
        """Run the pipeline."""
        fixed = ["cell.yaml", "-i", "clip=clip.mp4", "--backend", self.backend, "--out", str(self.out), "--json"]
        return self.command("run", *fixed, *words, **others)

    # --- rules -------------------------------------------------------------------------------------------------------

    def check(self, what: str, fine: object) -> None:
        """A rule."""
        if not fine:
            self.wrong.append(what)

    def see_through(self, first: Told, *, leftovers: bool = False) -> None:
        """The disk is well again: look, go on until the file is there, and compare everything."""
        self.after_fault(first, leftovers=leftovers)
        runs = self.listed()
        for row in runs:
            self.check("`runs show` fails", self.command("runs", "show", row["id"], "--json").status == 0)
        before = self.finished(runs)
        if not runs:
            last = self.run()
        elif first.status != 0:
            last = self.resumed(runs[0]["id"])
        else:
            last = first
        self.check(f"in the end exit {last.status} {last.error}", last.status == 0)
        self.complete(before)

    def resumed(self, run_id: str) -> Told:
        """Go on with a run; where nobody can tell what became of an edit, do what a person would."""
        told = self.command("resume", run_id, "--json")
        if told.status == 6 and told.error.get("code") == "outcome_unknown":
            self.asked = True
            told = self.command("resume", run_id, "--resend", "--json")
        return told

    def after_fault(self, first: Told, *, leftovers: bool = False) -> None:
        """What holds at once: a typed error with a hint, or the whole file; nothing half there; nothing paid twice."""
        self.check(f"exit {first.status}: {first.said[-600:]}", first.status in {0, 7})
        if first.status:
            self.check(f"no error told: {first.said[-600:]}", "error: " in first.said)
            self.check(f"no hint in {first.error or first.said[-600:]}", "hint: " in first.said)
        else:
            self.check("success without the file", (self.out / "made.mp4").is_file())
        self.no_half_file()
        if not leftovers:
            self.no_leftovers()
        self.at_most_once()

    def complete(self, before: Mapping[str, int]) -> None:
        """What holds in the end: the file, each edit paid once, each stage done once, nothing left over."""
        self.no_half_file()
        self.no_leftovers()
        self.at_most_once()
        there = {path.name for path in self.out.iterdir()} - {"filler"} if self.out.is_dir() else set()
        self.check(f"in the output folder: {sorted(there)}", there == {"made.mp4", "made.mp4.json"})
        if self.url:
            self.check(f"charges: {dict(self.charges())}", all(self.charges()[text] == 1 for text in EDITS))
        runs = self.listed()
        self.check(f"runs: {[row['status'] for row in runs]}", [row["status"] for row in runs] == ["done"])
        after = self.attempts(runs)
        again = [path for path, number in before.items() if after.get(path) != number]
        self.check(f"done again: {again}", not again)

    def listed(self) -> list[dict[str, Any]]:
        """The runs, as `runs list` tells."""
        told = self.command("runs", "list", "--json")
        self.check(f"`runs list` ends with {told.status}: {told.said[-300:]}", told.status == 0)
        return list(told.document.get("runs", ()))

    def finished(self, runs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """By its path the number of the attempt at each stage that is done."""
        return self.attempts(runs, only_done=True)

    def attempts(self, runs: Sequence[Mapping[str, Any]], *, only_done: bool = False) -> dict[str, int]:
        """By its path the number of the last attempt at each stage."""
        if not runs:
            return {}
        stages = self.command("runs", "show", str(runs[0]["id"]), "--json").document.get("stages", ())
        return {each["path"]: each["attempt"] for each in stages if not only_done or each["status"] == "done"}

    def no_half_file(self) -> None:
        """A file that has its name is whole."""
        made = self.out / "made.mp4"
        if made.exists() and self.url:
            found = hashlib.sha256(made.read_bytes()).digest()
            self.check(f"half a file: {made.stat().st_size} bytes", found == hashlib.sha256(self.clip).digest())
        sidecar = self.out / "made.mp4.json"
        if sidecar.exists():
            self.check("half a sidecar", _parses(sidecar))

    def no_leftovers(self) -> None:
        """No temporary file is left, nor a run's folder without its run."""
        left = [path for root in (self.state, self.out) if root.is_dir() for path in root.rglob(".*")]
        self.check(f"left over: {[str(path.relative_to(self.folder)) for path in left]}", not left)

    def at_most_once(self) -> None:
        """No edit was charged twice."""
        if self.url:
            twice = {text: times for text, times in self.charges().items() if times > 1}
            self.check(f"paid twice: {twice}", not twice)

    # --- the server --------------------------------------------------------------------------------------------------

    def charges(self) -> Counter[str]:
        """How often each edit was charged."""
        return Counter(charge["text"] for charge in self.ask("ledger") if charge["amount"])

    def ask(self, call: str, body: bytes | None = None) -> Any:
        """A call of the server's control."""
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/__mock__/{call}", body), timeout=HANG) as reply:
            return json.loads(reply.read())


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8", "replace") or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _parses(path: Path) -> bool:
    try:
        json.loads(path.read_text("utf-8"))
    except ValueError:
        return False
    return True
