"""A plugin that does harm, wherever it is called: `MISCHIEF=PLACE:DEED`, at the call `MISCHIEF_AT` (from 1) of it.

What ends the process is done once only, however often the run is gone on with: a mark in the working folder says so.
"""

from __future__ import annotations

import ctypes
import locale
import os
import signal
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from clipline.events import Event, Finding
from clipline.stage import (
    Channel,
    CheckSubject,
    Exported,
    Message,
    PostExportStep,
    ReportFormat,
    StageCall,
    StageResult,
    VerifyCheck,
    hookimpl,
)
from clipline.values import JsonObject

clipline_api = "1"

_calls: dict[str, int] = {}
_ANY: JsonObject = {"type": "object"}


def _misbehave(place: str) -> None:
    wanted, _, deed = os.environ.get("MISCHIEF", "").partition(":")
    if wanted != place:
        return
    _calls[place] = _calls.get(place, 0) + 1
    if _calls[place] == int(os.environ.get("MISCHIEF_AT", "1")):
        _DEEDS[deed]()


def _once() -> bool:
    try:
        Path(os.environ["MISCHIEF_MARK"]).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def _fail() -> None:
    raise RuntimeError("mischief")


def _leave() -> None:
    raise SystemExit(0)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _sink() -> None:
    _sink()


def _die() -> None:
    if _once():
        os._exit(0)


def _crash() -> None:
    if _once():
        ctypes.string_at(0)


def _hang() -> None:
    time.sleep(600)


def _print() -> None:
    print("mischief" * 1000)
    sys.stdout.write("{")
    sys.stdout.flush()


def _disturb() -> None:
    """Change what the whole process shares."""
    for name in ("HOME", "PATH", "CLIPLINE_STATE", "CLIPLINE_MOCK_API_URL", "LANG", "TMPDIR"):
        os.environ.pop(name, None)
    os.chdir("/")
    locale.setlocale(locale.LC_ALL, "C")
    os.umask(0o077)
    sys.setrecursionlimit(400)
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # only the main thread may
        return


_DEEDS = {
    "raise": _fail,
    "exit": _leave,
    "interrupt": _interrupt,
    "recursion": _sink,
    "die": _die,
    "segfault": _crash,
    "hang": _hang,
    "print": _print,
    "disturb": _disturb,
}


@hookimpl
def event(event: Event) -> None:
    """Watch the run."""
    _misbehave("observer")


@hookimpl(wrapper=True)
def run_stage(call: StageCall, kind: str, options: JsonObject) -> Generator[None, StageResult, StageResult]:
    """Go around every stage."""
    _misbehave("before")
    result = yield
    _misbehave("after")
    return result


def _send(call: StageCall, message: Message, options: JsonObject) -> JsonObject:
    _misbehave("channel")
    return {}


def _check(call: StageCall, subject: CheckSubject, wanted: Any) -> Sequence[Finding]:
    _misbehave("check")
    return ()


def _step(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    _misbehave("step")
    return StageResult()


def _report(result: JsonObject) -> bytes:
    _misbehave("report")
    return b"told\n"


@hookimpl
def channels() -> Sequence[Channel]:
    """Offer one."""
    return [Channel("mischief", _send, _ANY)]


@hookimpl
def verify_checks() -> Sequence[VerifyCheck]:
    """Offer one."""
    return [VerifyCheck("mischief", _check, _ANY)]


@hookimpl
def post_export_steps() -> Sequence[PostExportStep]:
    """Offer one."""
    return [PostExportStep("mischief", _step, _ANY, effectful=True)]


@hookimpl
def report_formats() -> Sequence[ReportFormat]:
    """Offer one."""
    return [ReportFormat("mischief", _report, ".txt")]


_misbehave("load")
