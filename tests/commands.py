"""Processes of the command line for tests, without the half second of imports that each would begin with.

`Popen` and `run` take what those of `subprocess` take. Where they are asked for `[sys.executable, …]` on Linux, the
process is forked from one that has imported clipline already (`command_server`): a true child with a pid,
signals, files, a folder and an environment of its own. In every other case, and where the environment or an option
asks for something that is decided while Python starts, a new Python starts; `fresh=True`, or a variable TESTS_START=1
of the tests' own process, says so of all. A test of what happens at the start, or of what is imported, says so.

    ended = commands.clipline("check", "p.yaml", cwd=folder, env=commands.environment(folder / "state"))
    with commands.Popen([*commands.CLIPLINE, "mock"], stdout=subprocess.PIPE, text=True) as process:
        ...

`programs()` is a folder for the front of PATH, whose `clipline` is as quick, for what a shell runs.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import marshal
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from command_server import HEAD

__all__ = ["CLIPLINE", "Popen", "clipline", "environment", "programs", "run"]

#: The command, for `run` and `Popen`.
CLIPLINE = [sys.executable, "-m", "clipline"]
#: What a person may have set that a test does not want.
_SET = ("CLIPLINE_", "NEMO_", "SKILL_", "NO_COLOR", "FORCE_COLOR")
_HERE = Path(__file__).parent
_CAN_FORK = sys.platform == "linux" and hasattr(os, "pidfd_open") and not os.environ.get("TESTS_START")
_LOCK = threading.Lock()
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class Popen(subprocess.Popen[Any]):
    """`subprocess.Popen`, quicker for Python; `fresh` asks for a new Python."""

    def __init__(self, args: Sequence[str | bytes | os.PathLike[str]], *, fresh: bool = False, **options: Any) -> None:
        self._fork = _CAN_FORK and not fresh and _can_be_asked_for(args, options)
        super().__init__(args, **options)

    def _execute_child(self, args: Any, *others: Any) -> None:
        # The places of these are the same in all versions since 3.9; a test compares what comes of it.
        cwd, env, ends, new_session = others[4], others[5], others[9:15], others[20]
        if self._fork:
            files = [inherited if own == -1 else own for inherited, own in enumerate((ends[0], ends[3], ends[5]))]
            words = [os.fsdecode(word) for word in args[1:]]
            self.pid = _adopt(words, cwd or ".", os.environ if env is None else env, files, new_session=new_session)
            if self.pid:
                self._child_created = True
                self._close_pipe_fds(*ends)  # type: ignore[attr-defined]
                return
        super()._execute_child(args, *others)  # type: ignore[misc]


def run(
    args: Sequence[str | bytes | os.PathLike[str]],
    *,
    input: Any = None,  # noqa: A002  # its name in subprocess
    capture_output: bool = False,
    timeout: float | None = None,
    check: bool = False,
    **options: Any,
) -> subprocess.CompletedProcess[Any]:
    """`subprocess.run` with `Popen`."""
    if input is not None:
        options["stdin"] = subprocess.PIPE
    if capture_output:
        options |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with Popen(args, **options) as process:
        try:
            said, complained = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(process.args, process.returncode, said, complained)
    if check:
        done.check_returncode()
    return done


def programs() -> str:
    """A folder whose `clipline` is forked too; an empty one where nothing can be."""
    if _CAN_FORK:
        return str(_server().parent)
    return str(_folder())


def clipline(
    *words: str | Path, cwd: Path, env: Mapping[str, str], said: str | None = None, timeout: float = 120, **options: Any
) -> subprocess.CompletedProcess[str]:
    """Run `clipline WORDS` to its end, and take down what it says; `said` is what is piped in."""
    piped: dict[str, Any] = {"stdin": subprocess.DEVNULL} if said is None else {"input": said}
    argv = [*CLIPLINE, *map(str, words)]
    return run(argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout, **piped, **options)


def environment(state: Path, **more: str) -> dict[str, str]:
    """This process's variables but for those of clipline, for a command whose journal is in `state`, and `more`."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(_SET)}
    return {**plain, "CLIPLINE_STATE": str(state), "CLIPLINE_CONFIG": os.devnull, **more}


def _can_be_asked_for(args: Sequence[Any], options: Mapping[str, Any]) -> bool:
    python, first, second = [os.fsdecode(word) for word in [*args, "", ""][:3]]
    known = (first, second) == ("-m", "clipline") or first == "-c" or first.endswith(".py")
    usual = {"cwd", "env", "stdin", "stdout", "stderr", "text", "encoding", "errors", "bufsize", "start_new_session"}
    return python == sys.executable and known and options.keys() <= usual


def _adopt(words: list[str], cwd: Any, environment: Mapping[Any, Any], files: list[int], *, new_session: bool) -> int:
    """The pid of a new child that runs `python WORDS`; 0 where it has to be started."""
    folder = os.open(cwd, os.O_RDONLY | os.O_DIRECTORY)
    umask = os.umask(0)
    os.umask(umask)
    request = {
        "argv": words,
        "environment": {os.fsdecode(name): os.fsdecode(value) for name, value in environment.items()},
        "umask": umask,
        "open": [0, 1, 2],
        "ignored": [int(n) for n in _INHERITED if signal.getsignal(n) == signal.SIG_IGN],
        "new_session": new_session,
        "adopted": True,
    }
    data = marshal.dumps(request)
    try:
        with socket.socket(socket.AF_UNIX) as connection, _LOCK, _adopting():
            connection.connect(str(_server()))
            socket.send_fds(connection, [HEAD.pack(len(data))], [folder, *files])
            connection.sendall(data)
            return int(HEAD.unpack(connection.recv(HEAD.size))[0])
    finally:
        os.close(folder)


#: Signals that stay ignored in a new program; Python ignores SIGPIPE itself.
_INHERITED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    """Meanwhile what the server forks away becomes a child of this process."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0)


@functools.cache
def _folder() -> Path:
    """A folder for as long as this process lives."""
    folder = Path(tempfile.mkdtemp(prefix="clipline-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _server() -> Path:
    """The socket of the server, which is started with the first process that is asked for; beside it `clipline`."""
    address = _folder() / "socket"
    program = _folder() / "clipline"
    script = (_HERE / "command_shim.py").read_text("utf-8")
    program.write_text(f"#!{sys.executable} -IS\n{script}", "utf-8")
    program.chmod(0o755)
    argv = [sys.executable, str(_HERE / "command_server.py"), str(address)]
    server = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    atexit.register(server.communicate)
    while not address.exists():
        assert server.poll() is None, "the server of commands could not start"
        time.sleep(0.02)
    return address
