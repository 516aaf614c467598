"""Signals on a real terminal: what a person's shell finds afterwards.

Each is a process with a terminal of its own, as a window has it: its settings and its cursor are to be as before,
however the process ends; and where the window is closed, it ends as by HUP and can be gone on with.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from campaigns.signals_bench import HANG, Bench, has_ended
from campaigns.signals_moments import MOMENTS

__all__ = ["TERMINALS", "Told", "run_on_terminal"]

_HIDDEN, _SHOWN = b"\x1b[?25l", b"\x1b[?25h"
_SLEEP, _WAIT = MOMENTS["plugin asleep"], MOMENTS["plugin that waits"]
#: Seconds within which each must have ended, with five times the slack.
LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a terminal: the rules that it broke."""

    name: str
    wrong: tuple[str, ...]


class Window:
    """A process on a terminal of its own; `seen` is what it wrote there."""

    def __init__(self, bench: Bench, words: Sequence[str]) -> None:
        self.seen = b""
        self.master, slave = os.openpty()
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            self._become(bench, words, slave)
        self._slave = slave

    def _become(self, bench: Bench, words: Sequence[str], slave: int) -> None:
        """Be the child, and never return."""
        try:
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for number in range(3):
                os.dup2(slave, number)
            os.closerange(3, 100)
            os.chdir(bench.folder)
            own = {name: value for name, value in os.environ.items() if not name.startswith("CLIPLINE_")}
            variables = {**own, **bench.environment, "TERM": "xterm"}
            os.execve(sys.executable, [sys.executable, "-m", "clipline", *words], variables)
        finally:
            os._exit(70)

    def read(self, seconds: float) -> None:
        """Take what comes, for so long at most."""
        if select.select([self.master], [], [], seconds)[0]:
            with suppress(OSError):
                self.seen += os.read(self.master, 65536)

    def until(self, there: Callable[[], bool]) -> None:
        """Read until a moment comes."""
        end = time.monotonic() + HANG / 3
        while not there():
            assert time.monotonic() < end, f"the moment did not come: {self.seen[-300:]!r}"
            self.read(0.02)

    def wait(self) -> tuple[int, float]:
        """Its exit status, and the seconds that it took to end."""
        begun = time.monotonic()
        while not has_ended(self.pid) and time.monotonic() - begun < HANG:
            self.read(0.02) if self.master >= 0 else time.sleep(0.02)
        seconds = time.monotonic() - begun
        if not has_ended(self.pid):
            os.kill(self.pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        if self.master >= 0:
            self.read(0.1)
        return status, seconds

    def hang_up(self) -> None:
        """Close the window."""
        os.close(self.master)
        self.master = -1

    def harm(self) -> list[str]:
        """What is not as it was before the process began."""
        if self.master < 0:
            return []
        wrong = [] if termios.tcgetattr(self._slave) == self.before else ["the terminal's settings are others"]
        return wrong + ["the cursor is hidden"] * (self.seen.rfind(_HIDDEN) > self.seen.rfind(_SHOWN))

    def close(self) -> None:
        """Let go of the terminal."""
        for number in (self.master, self._slave):
            if number >= 0:
                os.close(number)


def _signalled(window: Window, *numbers: int) -> None:
    for number in numbers:
        os.kill(window.pid, number)
        time.sleep(0.15)


def _suspended(window: Window) -> None:
    """Ctrl-Z, a while, `fg`, then Ctrl-C."""
    os.kill(window.pid, signal.SIGTSTP)
    time.sleep(0.5)
    os.kill(window.pid, signal.SIGCONT)
    _signalled(window, signal.SIGINT)


_INT, _TERM, _HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
#: What is done to a process at work, and the statuses that are right for that.
_ACTS: Mapping[str, tuple[Callable[[Window], None], set[int]]] = {
    "INT": (lambda window: _signalled(window, _INT), {130}),
    "TERM": (lambda window: _signalled(window, _TERM), {143}),
    "INT twice": (lambda window: _signalled(window, _INT, _INT), {130}),
    "INT, TERM": (lambda window: _signalled(window, _INT, _TERM), {130, 143}),
    "closed": (Window.hang_up, {129}),
    "suspended": (_suspended, {130}),
}
#: Their names: what runs, and what happens to it.
TERMINALS = tuple(f"{what}: {act}" for what in ("a bar", "a bar, deaf", "a prompt") for act in _ACTS)


def run_on_terminal(name: str, new_bench: Callable[..., Bench]) -> Told:
    """Run one of `TERMINALS`; `new_bench` lays out a moment's folder."""
    what, _, act_name = name.partition(": ")
    act, right = _ACTS[act_name]
    moment = _SLEEP if what == "a bar, deaf" else _WAIT
    with ExitStack() as stack:
        bench = new_bench(stack, moment)
        words = (
            ["chat", "--backend", "nemo"]
            if what == "a prompt"
            else [word if word != "plain" else "auto" for word in moment.words]
        )
        window = Window(bench, words)
        stack.callback(window.close)
        try:
            if what == "a prompt":
                window.until(lambda: b"> " in window.seen)
            else:
                window.until(lambda: bench.told(moment.event) and _HIDDEN in window.seen)
            act(window)
            if what == "a prompt" and act_name in {"INT", "suspended"}:
                os.write(window.master, b"/quit\n")  # the first Ctrl-C only said how to leave
                right = {0}
            elif what == "a prompt" and act_name == "closed":
                right = {0, 129}  # whichever is seen first, that there are no more lines or the signal
            status, seconds = window.wait()
        except AssertionError as error:
            return Told(name, (str(error),))
        wrong = [] if status in right else [f"status {status}: {window.seen[-200:]!r}"]
        wrong += [f"late: {seconds:.1f} s"] * (seconds > LIMIT)
        wrong += ["a traceback"] * (b"Traceback" in window.seen)
        wrong += window.harm()
        wrong += list(bench.go_on())
        return Told(name, tuple(wrong))
