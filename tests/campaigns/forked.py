"""Real processes of the command line without the second that each would need to start.

`command_server.warm` imports once what a run needs; `start` then forks, and the child is a process like any that a
shell starts: a session, signals, a folder, an environment and output files of its own, ended by `clipline.cli.main`.
Fork only from a process with one thread: a worker of a pool that was spawned, say.

    from campaigns import forked
    command_server.warm()
    child = forked.start(["run", "cell.yaml"], folder, {"CLIPLINE_STATE": ...}, stopped=True)
    ...attach a tracer to child.pid...
    child.go()
    status = child.wait(60)          # negative: the signal that ended it
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Child", "start"]


@dataclass
class Child:
    """A process under way; `said` and `complained` are the files that hold its stdout and stderr."""

    pid: int
    said: Path
    complained: Path
    status: int | None = None

    def go(self) -> None:
        """Let a child that was started `stopped` begin."""
        os.kill(self.pid, signal.SIGCONT)

    def wait(self, seconds: float) -> int:
        """Its exit status, or minus the signal that ended it.

        Raises:
            TimeoutError: it is still there after `seconds`; it was killed, with all that it had started.
        """
        if self.status is not None:
            return self.status
        watched = os.pidfd_open(self.pid)
        try:
            ended = select.select([watched], [], [], seconds)[0]
        finally:
            os.close(watched)
        if not ended:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if not ended:
            raise TimeoutError(
                f"process {self.pid} still ran after {seconds:g} s: {self.complained.read_text()[-400:]}"
            )
        return self.status


def start(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    name: str = "run",
    stopped: bool = False,
    first: Callable[[], None] | None = None,
) -> Child:
    """Fork a `clipline ARGUMENTS` that works in `folder`; its output goes to `folder/NAME.out` and `.err`.

    `environment` is added to this process's own. With `stopped` it stands still, not yet begun, until `go()`. What it
    does `first`, once it may begin, is the last that is not clipline's own.
    """
    said, complained = folder / f"{name}.out", folder / f"{name}.err"
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _become(arguments, folder, environment, (said, complained), stopped=stopped, first=first)
    if stopped:
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    return Child(pid, said, complained)


def _become(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    outputs: tuple[Path, Path],
    *,
    stopped: bool,
    first: Callable[[], None] | None,
) -> None:
    """Be the child, and never return."""
    status = 70
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.setsid()
        os.chdir(folder)
        os.environ.update(environment)
        _outputs(*outputs)
        if stopped:
            os.kill(os.getpid(), signal.SIGSTOP)
        if first is not None:
            first()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # as Python begins
        status = _run(arguments)
    except BaseException:  # noqa: BLE001  # whatever happens, the child must not go on as its parent
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)


def _outputs(said: Path, complained: Path) -> None:
    with Path(os.devnull).open("rb") as nothing, said.open("wb") as first, complained.open("wb") as second:
        for number, file in enumerate((nothing, first, second)):
            os.dup2(file.fileno(), number)
    # A pool's worker shares its parent's objects; these are new ones for the new descriptors.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # open until the process ends
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _run(arguments: Sequence[str]) -> int:
    from clipline.cli.main import main

    try:
        main(list(arguments))
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else int(ending.code is not None)
