"""Stopping: the first signal asks the work to end and is waited for, the second ends the command at once.

The work runs in a thread of its own. The main thread does nothing but wait, so that a signal is always answered, even
while native code (an encoder, a network) does not come back.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

from clipline.cli import console
from clipline.clock import CancelToken

__all__ = ["stoppable"]

_T = TypeVar("_T")
_LOOK_SECONDS = 0.2
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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

    def stop(number: int, _: FrameType | None) -> None:
        if token.cancelled:
            if how_to_go_on:
                console.talk(how_to_go_on)
            os._exit(128 + number)
        token.cancel(number)
        console.talk("\nstopping; again to leave at once")

    if threading.current_thread() is not threading.main_thread():
        # A program that calls the command from a thread keeps its own signals.
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
