"""Starts the process that Apprise works in, and ends it when the run is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from clipline.clock import Clock
from clipline.errors import StageFailed, TimedOut
from clipline.values import JsonObject
from clipline_apprise.child import scheme_of

__all__ = ["send_apart"]

_LOOK_SECONDS = 0.25


def send_apart(job: JsonObject, *, clock: Clock, timeout: float) -> Mapping[str, Any]:
    """Have one message sent by `clipline_apprise.child`; gives its answer.

    Args:
        job: what it reads on its input; see there.
        clock: cancels, and bounds the time with its deadline.
        timeout: seconds that it may take.

    Raises:
        StageFailed: the process cannot be started, or ended without an answer.
        Cancelled, TimedOut: by the clock; the process is killed.
    """
    clock.check()
    limited = clock.within(timeout)
    # Without the working folder on its path (-P), where anybody's `apprise.py` may lie.
    argv = [sys.executable, "-P", "-m", "clipline_apprise.child"]
    try:
        process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise StageFailed(f"the process for apprise cannot be started: {(error.strerror or '').lower()}") from error
    try:
        output = _output(process, json.dumps(job).encode(), limited)
    except TimedOut:
        clock.check()
        return _late(scheme_of(str(job["url"])) or "the service", timeout)
    finally:
        process.kill()
        process.communicate()
    clock.check()
    if process.returncode:
        words = (
            f"the process for apprise ended with status {process.returncode}, before it said what became of the message"
        )
        raise StageFailed(words, retry="unsure")
    answer: Mapping[str, Any] = json.loads(output)
    return answer


def _output(process: subprocess.Popen[bytes], given: bytes, limited: Clock) -> bytes:
    left: bytes | None = given
    while True:
        try:
            return process.communicate(left, timeout=min(_LOOK_SECONDS, limited.remaining or _LOOK_SECONDS))[0]
        except subprocess.TimeoutExpired:
            left = None  # it goes on with what it was given
            limited.check()


def _late(service: str, timeout: float) -> Mapping[str, Any]:
    """The answer for one that gave none in its time."""
    return {"ok": False, "service": service, "status": 0, "bad_address": False, "why": f"no answer within {timeout:g}s"}
