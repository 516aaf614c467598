"""Where a cell of the campaigns on signals and frozen processes happens: a folder, a service, and who looks at both.

The service is a `clipline mock` in a process of its own, one for each worker, set back for each cell. `Bench.start`
begins a command there, `Bench.until` waits for a moment, `Bench.go_on` does what a person would until the work is done.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from campaigns import forked
from clipline.journal import Journal

__all__ = ["MARK", "Bench", "Service", "Spawned", "processes_of"]

#: The variable by which a cell's processes are known in /proc.
MARK = "CAMPAIGN_CELL"
#: Seconds that a step of a cell may take before it counts as hanging.
HANG = 60.0
_LOOK = 0.003

OPTIONS = ("silent=0", "gui_talk=0", "render_polls=1", "studio=off", "credits=1000000", "tokens_per_address=1000000")
#: The client's waits, in seconds.
WAITS = {"POLL": 0.1, "RATE_WAIT": 0.3, "DROP_WAIT": 0.05, "DROP_POLL": 0.1, "STREAM_LIMIT": 20.0}


_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _die_with_parent() -> None:
    """However the worker ends: a service that stays holds the worker's pipes, and who reads these waits for ever."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Service:
    """A mock of the service in a process of its own, which ends with this one."""

    def __init__(self, folder: Path) -> None:
        words = ["mock", "--port", "0", "--quiet", *(f"--option={each}" for each in OPTIONS)]
        tempfile.tempdir = None
        (folder / "mock.out").touch()
        self._child = forked.start(words, folder, {"TMPDIR": str(folder)}, name="mock", first=_die_with_parent)
        end = time.monotonic() + HANG
        while not (said := self._child.said.read_text()).endswith("\n"):
            assert time.monotonic() < end, "the mock does not begin"
            time.sleep(_LOOK)
        self.url = said.strip()

    def ask(self, name: str, body: object = None) -> Any:
        """A call of the control plane: a GET, or a POST where there is a body or something is set."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=HANG)
        try:
            method = "GET" if name in {"ledger", "requests", "snapshot"} else "POST"
            connection.request(method, f"/__mock__/{name}", json.dumps(body) if body is not None else None)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def prepare(self, faults: Sequence[Mapping[str, Any]]) -> None:
        """These faults from now on. Not set back: each cell has an account and a session of its own."""
        self.ask("faults", [])
        if faults:
            self.ask("faults", list(faults))

    def charges(self) -> list[str]:
        """The session of each charge."""
        return [charge["session_id"] for charge in self.ask("ledger") if charge["amount"]]


@dataclass
class Spawned:
    """A process begun by exec, with the interface of `forked.Child`."""

    process: subprocess.Popen[bytes]
    said: Path
    complained: Path

    @property
    def pid(self) -> int:
        """Its number."""
        return self.process.pid

    def wait(self, seconds: float) -> int:
        """As `forked.Child.wait`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise TimeoutError(f"process {self.pid} still ran after {seconds:g} s") from None


Started = forked.Child | Spawned


@dataclass
class Bench:
    """One cell's folder; `environment` holds what its commands see beside this process's own."""

    folder: Path
    service: Service
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state, self.out, self.tmp = (self.folder / name for name in ("state", "out", "tmp"))
        self.tmp.mkdir()
        self.mark = uuid.uuid4().hex
        self.unread = ""  # why the journal could not be read when it was last looked at
        waits = {f"CLIPLINE_NEMO_{name}": f"{seconds:g}s" for name, seconds in WAITS.items()}
        self.environment = {
            "CLIPLINE_STATE": str(self.state),
            "CLIPLINE_CONFIG": os.devnull,
            "CLIPLINE_NEMO_API_URL": self.service.url,
            "CLIPLINE_NEMO_WEB_URL": self.service.url,
            "TMPDIR": str(self.tmp),
            MARK: self.mark,
            **waits,
            **self.environment,
        }

    # --- processes ---------------------------------------------------------------------------------------------------

    def start(
        self,
        words: Sequence[str],
        name: str = "run",
        *,
        spawn: bool = False,
        stdin: bool = False,
        stopped: bool = False,
    ) -> Started:
        """Begin a command; with `spawn` as a shell would, with `stdin` with an open pipe to read from.

        With `stopped` it stands still, not yet begun.
        """
        if not (spawn or stdin):
            tempfile.tempdir = None  # the child shall look for its own
            for ending in ("out", "err"):
                (self.folder / f"{name}.{ending}").touch()
            return forked.start(words, self.folder, self.environment, name=name, stopped=stopped)
        said, complained = self.folder / f"{name}.out", self.folder / f"{name}.err"
        with said.open("wb") as out, complained.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, "-m", "clipline", *words],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                preexec_fn=_hear_signals,  # noqa: PLW1509  # this process has one thread
            )
        return Spawned(process, said, complained)

    def do(self, words: Sequence[str], name: str = "more") -> tuple[int, str]:
        """A command to its end: its status, and what it told."""
        child = self.start(words, name)
        status = child.wait(HANG)
        return status, child.complained.read_text(errors="replace")

    def until(self, child: Started, there: Callable[[], bool]) -> bool:
        """Wait for a moment; False where the process ended before it came."""
        end = time.monotonic() + HANG / 3
        while not there():
            if has_ended(child.pid):
                return False
            assert time.monotonic() < end, (
                f"the moment did not come: {child.complained.read_text()[-300:]} {self.unread}"
            )
            time.sleep(_LOOK)
        return True

    # --- what is there -----------------------------------------------------------------------------------------------

    def told(self, text: str) -> bool:
        """Whether an event of a run holds `text`."""
        return any(text in file.read_text(errors="replace") for file in self.state.glob("runs/*/events.jsonl"))

    def is_open(self, stage: str) -> bool:
        """Whether an effect of a stage is intended, and its outcome not known yet."""
        return bool(self.rows("SELECT 1 FROM effects WHERE stage = ? AND status = 'open'", stage))

    def is_done(self, stage: str) -> bool:
        """Whether an effect of a stage has its outcome."""
        return bool(self.rows("SELECT 1 FROM effects WHERE stage = ? AND status = 'done'", stage))

    def rows(self, sql: str, *values: str) -> list[tuple[Any, ...]]:
        """What the journal has, where it has tables already."""
        file = self.state / "journal.sqlite"
        if not file.exists():
            return []
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as found:
                return found.execute(sql, values).fetchall()
        except sqlite3.OperationalError as error:
            self.unread = str(error)
            return []

    def leftovers(self) -> list[str]:
        """Temporary files that stand about."""
        found = [path for path in self.tmp.rglob("*") if path.is_file()] if self.tmp.exists() else []
        found += list(self.out.rglob(".*")) if self.out.exists() else []
        found += [path for path in self.state.rglob("*.part") if "mock" not in path.parts]
        return [path.relative_to(self.folder).as_posix() for path in found]

    def runs(self) -> list[Any]:
        """The rows of all runs."""
        if not (self.state / "journal.sqlite").exists():
            return []
        with Journal.open(self.state) as journal:
            return list(journal.runs())

    def repeated(self) -> list[str]:
        """Stages that came to a good end more than once; `finally` speaks of an end, and there were several."""
        sql = "SELECT run_id || ' ' || path FROM attempts WHERE status = 'done' GROUP BY 1 HAVING count(*) > 1"
        return [row[0] for row in self.rows(sql) if "finally." not in row[0]]

    def charged_twice(self) -> list[str]:
        """Sessions that were charged more than once; every cell has one edit in a session."""
        return [session for session, count in Counter(self.service.charges()).items() if count > 1]

    # --- going on ----------------------------------------------------------------------------------------------------

    def go_on(self) -> Iterator[str]:
        """Resume what is not done, as a person would; gives what is wrong with that. The service fails no more."""
        self.calm()
        for row in self.runs():
            if row.status in {"done", "queued"}:
                continue
            status, told = self.do(["resume", row.id, "--progress", "plain"])
            if status == 6:
                if row.id in self._charged_runs():
                    yield f"{row.id} was charged, and is said to be unknown"
                status, told = self.do(["resume", row.id, "--resend", "--progress", "plain"])
            if status:
                yield f"resume ended with {status}: {told[-300:]}"

    def calm(self) -> None:
        """Nothing fails any more, and waits are short."""
        self.service.ask("faults", [])
        self.environment |= {"CLIPLINE_NEMO_STREAM_LIMIT": "4s", "CLIPLINE_NEMO_POLL": "0.1s"}
        (self.folder / "calm").touch()

    def _charged_runs(self) -> set[str]:
        charged = set(self.service.charges())
        with Journal.open(self.state) as journal:
            return {
                row.id
                for row in journal.runs()
                if (journal.scopes(row.id).get("", {}).get("nemo") or {}).get("session") in charged
            }

    def close(self) -> None:
        """Leave nothing behind, processes included."""
        for pid in processes_of(self.mark):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def _hear_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def processes_of(mark: str) -> list[int]:
    """Living processes that were begun, by whatever way, by a command of this cell."""
    found, wanted = [], f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes() and not has_ended(int(entry.name)):
                    found.append(int(entry.name))
    return found


def has_ended(pid: int) -> bool:
    """Whether a process is no more, or only waits to be asked how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in {"Z", "X"}
    except OSError:
        return True
