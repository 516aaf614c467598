"""What a process that `command_server` forks does to be `python ARGV`, from its first moment to its end."""

from __future__ import annotations

import atexit
import builtins
import io
import os
import runpy
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn, TextIO

__all__ = ["Request", "be"]

#: What is asked for; `tests/commands.py` says it.
Request = Mapping[str, Any]
#: How this process's own streams are encoded, as are those of whatever starts in the same locale.
_USUAL = {"stdin": sys.stdin, "stdout": sys.stdout, "stderr": sys.stderr}


def be(request: Request, files: list[int]) -> NoReturn:
    """Be the program; `files` are the folder, and what is to be open."""
    _end(_status_of(request, files))


def _become(request: Request, files: list[int]) -> None:
    """Be the program; returns or raises as it does."""
    if request["new_session"]:
        os.setsid()
    _take(request["open"], files)
    os.umask(request["umask"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    tempfile.tempdir = None
    _answer_signals(request["ignored"])
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _stream(number, name) if number in request["open"] else None
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    _run(list(request["argv"]))


def _take(numbers: list[int], files: list[int]) -> None:
    """Stand in the folder, and have these numbers open and no others."""
    folder, *opened = files
    os.fchdir(folder)
    for number in range(3):
        if number in numbers:
            os.dup2(opened[numbers.index(number)], number)
        else:
            os.close(number)
    for file in files:
        os.close(file)


def _answer_signals(ignored: list[int]) -> None:
    """As Python begins, where the one who starts it ignores some."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)
    if signal.SIGINT not in ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _stream(number: int, name: str) -> TextIO:
    """A standard stream as Python opens it."""
    usual = _USUAL[name]
    unbuffered = bool(os.environ.get("PYTHONUNBUFFERED"))
    mode, buffering = "wb" if number else "rb", 0 if unbuffered and number else -1
    raw: Any = open(number, mode, buffering, closefd=False)  # noqa: SIM115  # open until the process ends
    getattr(raw, "raw", raw).name = f"<{name}>"
    stream = io.TextIOWrapper(
        raw,
        usual.encoding,
        usual.errors,
        "\n" if number else None,
        line_buffering=not unbuffered and (number == 2 or raw.isatty()),
        write_through=unbuffered,
    )
    stream.mode = "w" if number else "r"  # type: ignore[misc]
    return stream


def _run(argv: list[str]) -> None:
    """`python ARGV`, as Python itself goes about it."""
    main = types.ModuleType("__main__")
    main.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = main
    sys.orig_argv = [sys.executable, *argv]
    sys.argv = argv
    first = str(Path.cwd()) if argv[0] == "-m" else "" if argv[0] == "-c" else str(Path(argv[0]).resolve().parent)
    added = [os.path.abspath(place) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]  # noqa: PTH100
    sys.path[:] = [first, *added, *sys.path]
    if argv[0] == "-m":
        name = argv.pop(1)
        runpy._run_module_as_main(name)  # type: ignore[attr-defined]
    elif argv[0] == "-c":
        exec(argv.pop(1), main.__dict__)
    else:
        main.__dict__["__file__"] = argv[0]
        with io.open_code(argv[0]) as file:
            code = compile(file.read(), argv[0], "exec")
        exec(code, main.__dict__)


def _status_of(request: Request, files: list[int]) -> int:
    """Be the program; its status, minus SIGINT where that ended it."""
    try:
        _become(request, files)
    except SystemExit as ending:
        if ending.code is None or isinstance(ending.code, int):
            return ending.code or 0
        print(ending.code, file=sys.stderr)
        return 1
    except BaseException as error:  # noqa: BLE001  # as Python tells of what nobody caught
        sys.excepthook(type(error), error, error.__traceback__)
        return -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _end(status: int) -> NoReturn:
    """End as Python does, but for taking all the modules apart: that would touch, and so copy, every page."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except (OSError, ValueError):
            status = status or 120
    if status < 0:
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status & 0xFF)
