"""Work for executors that dies as native code does. A module of its own, so that a child process can import it."""

from __future__ import annotations

import os
import signal

from clipline.clock import Clock
from clipline.stage import RunOrder
from clipline.values import JsonObject

__all__ = ["crashes", "leaves"]


def crashes(order: RunOrder, _: Clock | None) -> JsonObject:
    """Dies for the order `2`."""
    if order.run_id == "2":
        os.kill(os.getpid(), signal.SIGSEGV)
    os.write(1, b"what a native library prints\n")
    return {"run": order.run_id, "status": "done", "errors": []}


def leaves(_: RunOrder, __: Clock | None) -> JsonObject:
    """Ends its process."""
    os._exit(3)
