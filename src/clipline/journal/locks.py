"""Who works on a run: an exclusive lock of the operating system on `runs/ID.lock`, dropped by the kernel at death.

There is no expiry and no stale lock. `--take-over` puts a new lock file in the place of one that a living process
holds; that process is then fenced off by the run's epoch.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from filelock import FileLock, Timeout

from clipline.artifacts import disk
from clipline.errors import MachineError

__all__ = ["RunLock"]

#: Seconds to try: long enough for a peek of `is_held` elsewhere, short for a person.
PATIENCE = 0.3


class RunLock:
    """The lock of one run."""

    def __init__(self, runs_folder: Path, run_id: str) -> None:
        self.path = runs_folder / f"{run_id}.lock"
        self._run_id = run_id
        self._lock = self._new()

    def _new(self) -> FileLock:
        # Not thread-local: the thread that finishes a run may be another than the one that began it.
        return FileLock(self.path, thread_local=False, mode=0o600)

    def acquire(self, *, take_over: bool = False) -> None:
        """Take the lock.

        Raises:
            MachineError: a living process holds it, or the disk would not.
        """
        with disk("lock", self.path):
            if self._taken():
                return
            if not take_over:
                raise MachineError(
                    f"the run {self._run_id} is being worked on by another process",
                    code="run_locked",
                    hint="wait for it, stop it, or take the run over: clipline resume --take-over",
                )
            self.path.unlink(missing_ok=True)
            self._lock = self._new()
            if not self._taken():
                raise MachineError(
                    f"another process took the run {self._run_id} over in the same moment", code="run_locked"
                )

    def _taken(self) -> bool:
        try:
            self._lock.acquire(timeout=PATIENCE, poll_interval=0.02)
        except Timeout:  # an OSError too
            return False
        return True

    def release(self) -> None:
        """Let go; the file stays, since removing a locked file would split those who wait for it."""
        self._lock.release()

    def remove(self) -> None:
        """Let go, and remove the file of a run that is none."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._lock.release()

    def is_held(self) -> bool:
        """Whether a living process works on the run."""
        if not self.path.exists():
            return False
        try:
            with self._new().acquire(timeout=0):
                return False
        except Timeout:
            return True
        except OSError:
            return False  # whoever wants to work on it hears of that
