"""Stopping: the first signal asks the work to end and is waited for, the second ends the command at once.

Signals are answered from the first line of the command line on, by what is done when one comes:

    nothing yet (imports)            the command ends at once
    work that hears of it            its token is set; see `stoppable`
    what comes after it (reports)    it goes on to its end, for a moment at the most
    anything else                    `Interrupted` is raised where the main thread is, and after a moment the
                                     command ends whatever it does
    nothing any more (the exit)      the command ends with the status that it has

Work with a token runs in a thread of its own. The main thread does nothing but wait, so that a signal is always
answered, even while native code (an encoder, a network) does not come back.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

from clipline.clock import CancelToken, leaving, on_leaving

__all__ = ["Interrupted", "begin", "forget", "interrupted", "listen", "over", "stoppable", "while_reading"]

_T = TypeVar("_T")
_LOOK_SECONDS = 0.2
#: Seconds that a command without a token has for tidying up.
_TIDY_SECONDS = 1.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """The person said stop; `signal_number` says how."""

    def __init__(self, signal_number: int) -> None:
        super().__init__()
        self.signal_number = signal_number


class _Listener:
    """Answers signals.

    `heard` is the one that was heard and not forgotten, 0 for none; `raised` the one that was raised as an exception;
    `has_worked` whether work with a token was done, and what is told of it must not be broken.
    """

    def __init__(self) -> None:
        self.has_begun = self.has_worked = False
        self.raised = 0
        self.status: int | None = None
        self.heard = 0
        self.token: CancelToken | None = None
        self.how_to_go_on = ""

    def answer(self, number: int, _: FrameType | None) -> None:
        again, self.heard = bool(self.heard), number
        if self.status is not None:
            os._exit(self.status)
        if again or not self.has_begun:
            self.leave(number, self.how_to_go_on if again else "stopped")
        if self.token is not None:
            self.token.cancel(number)
            _say("\nstopping; again to leave at once")
            return
        patience = threading.Timer(_TIDY_SECONDS, self._leave_unless_forgotten, (number,))
        patience.daemon = True
        patience.start()
        if self.has_worked:
            return
        self.raised = number
        raise Interrupted(number)

    def leave(self, number: int, words: str) -> None:
        """End the process here and now, but for what would outlive it."""
        leaving()
        if words:
            _say(words)
        os._exit(128 + number)

    def _leave_unless_forgotten(self, number: int) -> None:
        if self.heard and self.status is None:
            self.leave(number, "stopped")


_LISTENER = _Listener()


# --- from the first line to the last ---------------------------------------------------------------------------------


def listen() -> None:
    """Answer signals from here on; one that the parent process has switched off (nohup) stays so. Once is enough."""
    if threading.current_thread() is not threading.main_thread():
        return  # a program that calls the command from a thread keeps its own signals
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _LISTENER.answer)
    if sys.unraisablehook is sys.__unraisablehook__:
        sys.unraisablehook = _unraisable
    _keep_terminal()


def begin() -> None:
    """The command begins: from here on there may be something to tidy up."""
    _LISTENER.has_begun = True


def forget() -> None:
    """A signal that was heard is answered; the next is a first one again, and raised."""
    _LISTENER.heard = _LISTENER.raised = 0
    _LISTENER.has_worked = False


def interrupted() -> int:
    """The number of the signal that was raised, 0 for none: whatever went wrong after it went wrong by it."""
    return _LISTENER.raised


def _unraisable(what: sys.UnraisableHookArgs) -> None:
    """Say nothing of a signal that came where nothing can be raised: the command ends in a moment all the same."""
    if not issubclass(what.exc_type, Interrupted):
        sys.__unraisablehook__(what)


def over(status: int) -> None:
    """All is done but the exit, with this status, which no signal changes any more."""
    _LISTENER.status = status


def _keep_terminal() -> None:
    """See to it that whoever leaves at once leaves the terminal as it was."""
    if sys.stdin is None or not os.isatty(0):
        return
    try:
        import termios
    except ImportError:  # no terminals of this sort here
        return
    settings: list[Any] = termios.tcgetattr(0)
    on_leaving(lambda: termios.tcsetattr(0, termios.TCSANOW, settings))


def _say(text: str) -> None:
    """Say something from within a handler: the streams of Python may be just at work."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.write(sys.stderr.fileno(), f"{text}\n".encode())


@contextmanager
def while_reading() -> Iterator[None]:
    """Have a signal answered while the main thread reads, whenever it comes.

    One that comes in the moment before the reading blocks is noted by Python, and answered only when the reading ends,
    which may be never. So a thread hears of each, and sends one that nobody answered to the main thread again.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "pthread_kill"):
        yield
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    is_over, main = threading.Event(), threading.get_ident()

    def send_again() -> None:
        while number := os.read(reader, 1):
            if not is_over.wait(_LOOK_SECONDS) and not _LISTENER.heard:
                signal.pthread_kill(main, number[0])

    thread = threading.Thread(target=send_again, name="clipline-signals", daemon=True)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        thread.start()
        yield
    finally:
        signal.set_wakeup_fd(before)
        is_over.set()
        os.close(writer)
        thread.join()
        os.close(reader)


# --- work with a token -----------------------------------------------------------------------------------------------


def stoppable(work: Callable[[CancelToken], _T], *, how_to_go_on: str = "") -> _T:
    """Do `work`, whose token is set by the first signal; return its value or raise its exception.

    `how_to_go_on` is told where a second signal ends the command before it can tell anything.
    """
    token = CancelToken()
    finished = threading.Event()
    ended: dict[str, object] = {}

    def do() -> None:
        try:
            ended["value"] = work(token)
        except BaseException as error:  # noqa: BLE001  # raised again below, in the thread that waits
            ended["error"] = error
        finally:
            finished.set()

    with _listening(token, how_to_go_on):
        threading.Thread(target=do, name="clipline-command", daemon=True).start()
        # Not one long wait: a signal that comes just before a wait begins is answered when that wait ends.
        while not finished.wait(_LOOK_SECONDS):
            pass
    error = ended.get("error")
    if isinstance(error, BaseException):
        raise error
    return ended["value"]  # type: ignore[return-value]  # what `work` returned


@contextmanager
def _listening(token: CancelToken, how_to_go_on: str) -> Iterator[None]:
    """Answer signals by `token`; one that the parent process has switched off (nohup) stays so."""
    if threading.current_thread() is not threading.main_thread():
        # A program that calls the command from a thread keeps its own signals.
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    had_begun = _LISTENER.has_begun
    _LISTENER.heard, _LISTENER.how_to_go_on, _LISTENER.has_begun = 0, how_to_go_on, True
    _LISTENER.token, _LISTENER.has_worked = token, False
    for number, handler in before.items():
        if handler not in (signal.SIG_IGN, _LISTENER.answer):
            signal.signal(number, _LISTENER.answer)
    try:
        yield
    finally:
        _LISTENER.token, _LISTENER.has_begun, _LISTENER.has_worked = None, had_begun, had_begun
        for number, handler in before.items():
            if handler != _LISTENER.answer:
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)
