"""What the example service remembers, and the work that it does: uploads, jobs, accounts and a ledger of charges."""

from __future__ import annotations

import math
import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path

from clipline_http.example.looks import look_of, make, seconds_of

__all__ = ["Job", "RefusedError", "Upload", "World"]

#: Credits of a new account; any token is one.
CREDITS = 1000


class RefusedError(Exception):
    """A request that the service does not take: the status and the reason."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _StoppedError(Exception):
    """The job was cancelled while it was worked on."""


@dataclass
class Upload:
    """A place for a file; whoever has the ticket may put it there."""

    number: str
    file: Path
    ticket: str


@dataclass
class Job:
    """A job; `cost` is charged when it is done."""

    number: str
    account: str
    source: Path
    look: str
    strength: float
    reference: str
    cost: int
    file: Path
    ticket: str
    status: str = "queued"
    percent: float = 0.0
    error: str = ""


@dataclass
class World:
    """All of it; every method may be called from any thread.

    Attributes:
        folder: where files are kept.
        ledger: what was charged, in its order: job and credits.
        hold: jobs wait for this before they begin; set as long as nobody holds them back.
    """

    folder: Path
    ledger: list[tuple[str, int]] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    uploads: dict[str, Upload] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    _credits: dict[str, int] = field(default_factory=dict)
    _keys: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.hold.set()

    def credits(self, account: str) -> int:
        """What an account has."""
        with self._lock:
            return self._credits.setdefault(account, CREDITS)

    def place(self) -> Upload:
        """A new place for a file."""
        number = secrets.token_hex(6)
        upload = Upload(number, self.folder / f"{number}.upload", secrets.token_urlsafe(16))
        with self._lock:
            self.uploads[number] = upload
        return upload

    def submit(self, account: str, key: str, asked: dict[str, object]) -> Job:
        """A new job; the one that is there where the key was used before.

        Raises:
            RefusedError: nothing is begun.
        """
        with self._lock:
            if key and (number := self._keys.get((account, key))):
                return self.jobs[number]
            job = self._job(account, asked)
            self.jobs[job.number] = job
            if key:
                self._keys[account, key] = job.number
        threading.Thread(target=self._work, args=(job,), daemon=True).start()
        return job

    def _job(self, account: str, asked: dict[str, object]) -> Job:
        upload = self.uploads.get(str(asked.get("source")))
        if upload is None or not upload.file.exists():
            raise RefusedError(422, "source: there is no such upload")
        look = look_of(str(asked.get("look") or ""))
        if not look:
            raise RefusedError(422, "look: this can be made black and white, negative or mirrored")
        strength = asked.get("strength", 1.0)
        if not isinstance(strength, (int, float)) or not 0 <= strength <= 1:
            raise RefusedError(422, "strength: a number from 0 to 1")
        try:
            cost = 2 + math.ceil(round(seconds_of(upload.file), 3))
        except ValueError as error:
            raise RefusedError(422, f"source: {error}") from error
        if cost > self.credits(account):
            raise RefusedError(402, f"this costs {cost} credits, and there are {self.credits(account)}")
        number, reference = secrets.token_hex(6), str(asked.get("reference") or "")
        file, ticket = self.folder / f"{number}.mp4", secrets.token_urlsafe(16)
        return Job(number, account, upload.file, look, float(strength), reference, cost, file, ticket)

    def cancel(self, job: Job) -> None:
        """Stop a job; one that is done stays done."""
        with self._lock:
            if job.status in {"queued", "working"}:
                job.status = "cancelled"

    def _work(self, job: Job) -> None:
        def tell(part: float) -> None:
            job.percent = round(100 * part, 1)
            if job.status == "cancelled":
                raise _StoppedError

        self.hold.wait()
        try:
            with self._lock:
                tell(0.0)
                job.status = "working"
            make(job.source, job.file, job.look, job.strength, tell)
        except _StoppedError:
            return
        except Exception as error:  # noqa: BLE001  # whatever it is, the job failed and the service goes on
            job.status, job.error = "failed", f"{type(error).__name__}: {error}"
            return
        with self._lock:
            if job.status == "working":
                job.status, job.percent = "done", 100.0
                self.ledger.append((job.number, job.cost))
                self._credits[job.account] = self.credits(job.account) - job.cost
