"""Where the runs of a batch are carried out on this machine: threads of this process, or a process for each run.

A crash of native code (a codec, a network) takes the whole process along. With `threads` that is every run of the
batch, with `processes` the one run. A child hears of two things: a signal, and the end of its standard input, which
comes when its parent dies; both stop its run as Ctrl-C does.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from queue import SimpleQueue
from typing import Any

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, CliplineError, MachineError, StageFailed
from clipline.stage import Executor, RunOrder, Work
from clipline.values import JsonObject

__all__ = ["EXECUTORS", "serve"]

#: Seconds that a child has, after it was told to stop, before it is killed: what a run needs, and as much again.
_GRACE = 4.0
#: Seconds between two looks of a child's main thread, so that a signal is answered whatever the run does.
_LOOK = 0.2
_CHILD = "from clipline.builtin.executors import serve; serve()"


def _threads(work: Work, orders: Iterator[RunOrder], jobs: int, clock: Clock) -> Iterator[JsonObject]:
    return _side_by_side(lambda order: work(order, clock), orders, jobs, clock)


def _processes(work: Work, orders: Iterator[RunOrder], jobs: int, clock: Clock) -> Iterator[JsonObject]:
    return _side_by_side(lambda order: _in_child(work, order, clock), orders, jobs, clock)


def _side_by_side(
    carry_out: Callable[[RunOrder], JsonObject], orders: Iterator[RunOrder], jobs: int, clock: Clock
) -> Iterator[JsonObject]:
    """Each of `jobs` threads takes the next order when it is free; results come as they end.

    The threads are daemons: a run whose native code does not come back cannot keep the program.
    """
    ended: SimpleQueue[JsonObject | BaseException | None] = SimpleQueue()
    guard, places = threading.Lock(), threading.Semaphore(jobs)

    def next_order() -> RunOrder | None:
        places.acquire()  # no order is read ahead of results that nobody took yet
        with guard:
            return None if clock.cancelled else next(orders, None)

    def labour() -> None:
        try:
            while (order := next_order()) is not None:
                ended.put(carry_out(order))
        except BaseException as error:  # noqa: BLE001  # raised again below, in the thread that waits
            ended.put(error)
        finally:
            places.release()
            ended.put(None)

    for number in range(jobs):
        threading.Thread(target=labour, name=f"clipline-job-{number + 1}", daemon=True).start()
    working, failure = jobs, None
    while working:
        item = ended.get()
        if item is None:
            working -= 1
        elif isinstance(item, BaseException):
            failure = failure or item
        else:
            yield item
            places.release()
    if failure is not None:
        raise failure


# --- a process for each run ------------------------------------------------------------------------------------------


def _in_child(work: Work, order: RunOrder, clock: Clock) -> JsonObject:
    """Carry out an order in a process of its own; one that dies is a failed run, which can be resumed."""
    call = pickle.dumps((work, order))
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD],  # -P: nothing is imported from the working folder
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C on the terminal is the parent's to hear, and to pass on
        )
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        return _failed(order, "failed", MachineError(f"no process could be started: {why}"))
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        late = threading.Timer(_GRACE, child.kill)
        late.daemon = True

        def stop() -> None:
            with contextlib.suppress(OSError):
                child.send_signal(clock.token.signal_number)
            late.start()

        forget: Callable[[], None] = lambda: None  # noqa: E731  # replaced once the child listens
        try:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(json.dumps(sys.path).encode() + b"\n" + call)
                child.stdin.flush()
            # Before this line comes, a signal would end the child without a word; its run has not begun then.
            if child.stdout.readline():
                forget = clock.token.on_cancel(stop)
            told = child.stdout.read()
        finally:
            forget()
            late.cancel()
    return _result_of(told, child.returncode, order, clock)


def _result_of(told: bytes, status: int, order: RunOrder, clock: Clock) -> JsonObject:
    with contextlib.suppress(ValueError):
        result = json.loads(told)
        if isinstance(result, dict):
            return result
    if clock.cancelled:
        return _failed(order, "cancelled", Cancelled(signal_number=clock.token.signal_number))
    died = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    hint = f"go on with it: clipline resume {order.run_id}"
    return _failed(order, "failed", StageFailed(f"the process of the run ended {died}", code="crashed", hint=hint))


def _failed(order: RunOrder, status: str, error: CliplineError) -> JsonObject:
    """The result of a run whose process could tell of none."""
    return {
        "clipline_result": 1,
        "run": order.run_id,
        "name": "",
        "pipeline": "",
        "backend": "",
        "status": status,
        "exit": error.exit,
        "started": None,
        "seconds": 0.0,
        "credits": None,
        "stages": [],
        "outputs": {},
        "files": [],
        "findings": [],
        "errors": [{"stage": "", **error.as_json()}],
    }


def serve() -> None:
    """The child: read the call from standard input, carry it out, write its result to standard output."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a native library prints must not get between
    token, over = CancelToken(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: token.cancel(got))
    source = sys.stdin.buffer
    try:
        sys.path[:] = json.loads(source.readline() or "[]")
        work, order = pickle.load(source)  # noqa: S301  # our own parent wrote it
        channel.write(b"ready\n")
        channel.flush()
    except (BrokenPipeError, EOFError):  # the parent died before all was said: its order waits in the journal
        os._exit(70)
    told: dict[str, Any] = {}

    def carry_out() -> None:
        try:
            told.update(work(order, Clock(token)))
        finally:
            over.set()

    def watch_parent() -> None:
        source.read(1)
        token.cancel(signal.SIGHUP)

    for target in (carry_out, watch_parent):
        threading.Thread(target=target, daemon=True).start()
    while not over.wait(_LOOK):
        pass
    with contextlib.suppress(BrokenPipeError):  # the parent is no more; the journal has it all
        channel.write(json.dumps(told).encode() if told else b"")
        channel.flush()
    # Not an orderly end: it would wait for native code that does not come back.
    os._exit(0 if told else 70)


EXECUTORS = (
    Executor("threads", _threads, "Threads of this process; the default."),
    Executor("processes", _processes, "A process for each run, so that a crash takes no other one along."),
)
