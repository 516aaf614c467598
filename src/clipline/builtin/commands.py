"""Running a person's own program: an argument list and no shell, JSON on its input, ended when the run is.

Used by the channel `command` and by the post-export step `command`. The program's output is kept out of the way
unless it fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from clipline.clock import Clock, on_leaving
from clipline.errors import StageFailed, TimedOut
from clipline.stage import Exported, Message, PostExportStep, Settled, StageCall, StageResult
from clipline.values import JsonObject, Secret, parse_duration

__all__ = ["COMMAND_OPTIONS", "COMMAND_STEP", "run_program", "send_to_command"]

#: Seconds that a program has by default, and those between being asked to end and being ended.
DEFAULT_SECONDS = 60.0
GRACE_SECONDS = 0.5
#: Bytes of output kept to show when the program fails.
KEPT_OUTPUT = 4000
_LOOK_SECONDS = 0.25

COMMAND_OPTIONS: JsonObject = {
    "type": "object",
    "properties": {
        "argv": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "description": "The program and its arguments, each for itself; there is no shell.",
        },
        "env": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Environment variables for the program, beside those of clipline itself; for its secrets.",
        },
        "folder": {
            "type": "string",
            "format": "path",
            "description": "The folder that the program starts in; by default the output folder.",
        },
        "timeout": {
            "type": ["string", "number"],
            "format": "duration",
            "default": "1m",
            "description": "How long the program may take.",
        },
    },
    "required": ["argv"],
    "additionalProperties": False,
}


# --- what uses it ----------------------------------------------------------------------------------------------------


def send_to_command(call: StageCall, message: Message, options: JsonObject) -> JsonObject:
    """The channel `command`: the program reads the message as JSON (`text`, `id`, `run`, `files`)."""
    _run_as_asked(call, options, list(options["argv"]), {"text": message.text, **message.data})
    return {"program": options["argv"][0]}


def _run_after_export(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    """The post-export step `command`: `{file}` in an argument is the exported file. One that ended is not run again."""
    first = str(exported.files[0])
    argv = [argument.replace("{file}", first) for argument in options["argv"]]
    facts = {
        "files": [str(file) for file in exported.files],
        "sources": [str(source) for source in exported.sources],
        "outputs": exported.outputs,
        "run": {name: call.run.get(name) for name in ("id", "name", "started")},
    }

    def send() -> JsonObject:
        _run_as_asked(call, options, argv, facts)
        return {"program": argv[0]}

    # A program that was broken off in the middle is run again: nobody but itself can tell how far it came.
    settle = Settled("not_done")
    return StageResult(call.effects.perform("command", {"argv": argv}, send, settle=lambda _: settle, span=0.0))


COMMAND_STEP = PostExportStep(
    "command",
    _run_after_export,
    COMMAND_OPTIONS,
    summary="Run a program of yours on the exported file; {file} in its arguments is the file, more is on its input.",
    effectful=True,
    secret_options=frozenset({"env"}),
)


def _run_as_asked(call: StageCall, options: JsonObject, argv: Sequence[str], facts: JsonObject) -> None:
    given = options.get("env", {})
    secrets = [value.reveal() for value in given.values() if isinstance(value, Secret)]
    run_program(
        argv,
        stdin=json.dumps(facts, ensure_ascii=False).encode() + b"\n",
        env={name: value.reveal() if isinstance(value, Secret) else str(value) for name, value in given.items()},
        folder=Path(options.get("folder", call.out)),
        clock=call.clock,
        timeout=parse_duration(options.get("timeout", DEFAULT_SECONDS)),
        hide=secrets,
    )


# --- running ---------------------------------------------------------------------------------------------------------


def run_program(
    argv: Sequence[str],
    *,
    stdin: bytes,
    folder: Path,
    clock: Clock,
    timeout: float,
    env: Mapping[str, str] | None = None,
    hide: Sequence[str] = (),
) -> None:
    """Run a program to its end, in a process group of its own, which ends with the run.

    Args:
        argv: the program and its arguments.
        stdin: what it reads.
        folder: where it starts.
        clock: cancels it, and bounds its time with its deadline.
        timeout: seconds that it may take.
        env: variables beside those of this process.
        hide: texts that must not be shown, wherever the program printed them.

    Raises:
        StageFailed: it cannot be started, or ended with a status other than 0; with the end of what it printed.
        TimedOut: it took longer than `timeout`, or than the clock's deadline.
        Cancelled: the clock's token was cancelled.
    """
    limited = clock.within(timeout)
    limited.check()
    running = _Running(_start(argv, folder, env or {}), stdin)
    ended = running.ended
    forget, keep = clock.token.on_cancel(ended.set), on_leaving(running.kill)
    try:
        while not ended.wait(min(_LOOK_SECONDS, limited.remaining or 0.0)):
            limited.check()
        if running.process.poll() is None:
            clock.check()
    except TimedOut:
        clock.check()
        raise TimedOut(f"{argv[0]!r} took longer than {timeout:g}s", hint="raise its `timeout`") from None
    finally:
        forget()
        running.end()
        keep()
    if running.process.returncode:
        raise StageFailed(_failure(argv[0], running.process.returncode, running.output(), hide), code="command_failed")


def _start(argv: Sequence[str], folder: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, **env},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror or "") if isinstance(error, OSError) else str(error)
        hint = "" if folder.is_dir() else f"its folder {folder} does not exist"
        raise StageFailed(
            f"{argv[0]!r} cannot be started: {reason.lower()}",
            code="command_failed",
            hint=hint or "give its full path, or a name that is found on PATH; there is no shell",
        ) from error


@dataclass
class _Running:
    """A program at work, and the threads that feed it, empty its output and wait for it."""

    process: subprocess.Popen[bytes]
    stdin: bytes
    ended: threading.Event = field(default_factory=threading.Event)
    _kept: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._reader = self._thread(self._read)
        self._thread(self._write)
        self._thread(self._wait)

    def _thread(self, work: Callable[[], Any]) -> threading.Thread:
        thread = threading.Thread(target=work, name=f"command {self.process.pid}", daemon=True)
        thread.start()
        return thread

    def _write(self) -> None:
        line: IO[bytes] | None = self.process.stdin
        assert line is not None
        # A program need not read what it is given.
        with contextlib.suppress(OSError):
            line.write(self.stdin)
        with contextlib.suppress(OSError):
            line.close()

    def _read(self) -> None:
        line = self.process.stdout
        assert line is not None
        with line:
            while piece := line.read1(65536):  # type: ignore[attr-defined]  # a pipe is a BufferedReader
                self._kept += piece
                del self._kept[:-KEPT_OUTPUT]

    def _wait(self) -> None:
        self.process.wait()
        self.ended.set()

    def end(self) -> None:
        """End the whole group if the program still runs: asked first, then made to."""
        if self.process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(GRACE_SECONDS)
            # Its children may live longer than it does.
            self._signal(signal.SIGKILL)
            self.process.wait()

    def kill(self) -> None:
        """End the whole group here and now."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, number)

    def output(self) -> str:
        """The end of what it printed; a child that keeps the line open is not waited for."""
        self._reader.join(GRACE_SECONDS)
        return bytes(self._kept).decode(errors="replace").strip()


def _failure(program: str, status: int, output: str, hide: Sequence[str]) -> str:
    for secret in hide:
        output = output.replace(secret, "…") if secret else output
    how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return f"{program!r} {how}" + (f": {output}" if output else "")
