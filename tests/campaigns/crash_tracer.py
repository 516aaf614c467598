"""Kills a process on its way into a system call: the n-th of a kind, counted over all its threads.

What `strace -f -e inject=CALL:signal=KILL:when=N` does by the same interface of the kernel, `ptrace`; but strace counts
each thread by itself, and every request of clipline has a thread of its own, so that it could only ever hit the first.
Here a call is named by what it does to what (`pwrite64 state/journal.sqlite-wal`), whoever makes it, and counted.

`trace` follows a `forked.Child` that was started `stopped`. A process that is killed on its way into a call has done
all before that call and nothing of it; so each state between two calls is met once.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import re
import signal
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from campaigns.forked import Child

__all__ = ["Freezer", "Seen", "Tracer", "can_trace", "filter_calls", "plain_path", "trace"]

#: The numbers of the calls that change or send something, or learn what was answered. The calls that Python and SQLite
#: make are among them, and those that a later version of either might make in their place.
_X86_64 = {
    1: "write", 18: "pwrite64", 20: "writev", 40: "sendfile", 42: "connect", 44: "sendto", 45: "recvfrom",
    46: "sendmsg", 47: "recvmsg", 74: "fsync", 75: "fdatasync", 76: "truncate", 77: "ftruncate", 82: "rename",
    83: "mkdir", 84: "rmdir", 86: "link", 87: "unlink", 88: "symlink", 257: "openat", 258: "mkdirat", 263: "unlinkat",
    264: "renameat", 265: "linkat", 266: "symlinkat", 316: "renameat2", 326: "copy_file_range",
}  # fmt: skip
_AARCH64 = {
    64: "write", 68: "pwrite64", 66: "writev", 71: "sendfile", 203: "connect", 206: "sendto", 207: "recvfrom",
    211: "sendmsg", 212: "recvmsg", 82: "fsync", 83: "fdatasync", 45: "truncate", 46: "ftruncate", 56: "openat",
    34: "mkdirat", 35: "unlinkat", 38: "renameat", 37: "linkat", 36: "symlinkat", 276: "renameat2",
    285: "copy_file_range",
}  # fmt: skip
_CALLS: Mapping[str, Mapping[int, str]] = {"x86_64": _X86_64, "aarch64": _AARCH64}

#: Which argument names a path: the one that is changed.
_PATH_AT = {
    "truncate": 0, "rename": 1, "mkdir": 0, "rmdir": 0, "link": 1, "unlink": 0, "symlink": 1, "openat": 1,
    "mkdirat": 1, "unlinkat": 1, "renameat": 3, "linkat": 3, "symlinkat": 2, "renameat2": 3,
}  # fmt: skip
_FD_AT = {"copy_file_range": 2}

#: What is always followed: which socket leads where; and the call of which only some are of interest.
_ALWAYS = ("connect", "openat")
_CONT, _SEIZE, _LISTEN, _INFO = 7, 0x4206, 0x4208, 0x420E
#: Threads and programs are followed, since they have the filter too; its stops are told; all die with the tracer.
_OPTIONS = 2 | 4 | 8 | 0x80 | 0x100000
_WALL = 0x40000000
#: Within these seconds all threads of a process have stopped.
_SETTLE_SECONDS = 0.1
_EVENT_SECCOMP, _EVENT_STOP = 7, 128
_AT_SECCOMP = 3

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
_libc.ptrace.restype = ctypes.c_long
_libc.prctl.argtypes = (ctypes.c_int, ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong)


@dataclass(frozen=True, slots=True)
class Seen:
    """A call: `name` is what it does to what, `nth` which of that name it was, from 1."""

    name: str
    nth: int

    @property
    def call(self) -> str:
        """The system call."""
        return self.name.partition(" ")[0]

    def __str__(self) -> str:
        return f"{self.name} #{self.nth}"


class _NoPtraceError(Exception):
    """The kernel would not."""


def _ptrace(request: int, pid: int, address: int = 0, data: int | ctypes.Array[ctypes.c_char] = 0) -> None:
    given = ctypes.addressof(data) if isinstance(data, ctypes.Array) else data
    if _libc.ptrace(request, pid, address, given) < 0:
        raise _NoPtraceError(errno.errorcode.get(ctypes.get_errno(), "?"))


def filter_calls(only: str = "") -> None:
    """Have the kernel stop this process at the calls of interest, and at no other; to be done by who is traced.

    Args:
        only: the one system call that is of interest; what it is done to is then still known.

    Raises:
        OSError: the kernel would not.
    """
    numbers = {n: call for n, call in _CALLS[platform.machine()].items() if not only or call in {only, *_ALWAYS}}
    plain = [number for number, call in numbers.items() if call != "openat"]
    (opening,) = (number for number, call in numbers.items() if call == "openat")
    allow, stop = 0x7FFF0000, 0x7FF00000
    load, equal, any_bit, give = 0x20, 0x15, 0x45, 0x06
    lines = [(load, 0, 0, 0)]  # the call's number
    # Jumps count the lines that they pass over; the last two lines are `allow` and `stop`.
    lines += [(equal, len(plain) - index + 3, 0, number) for index, number in enumerate(plain)]
    lines += [(equal, 0, 2, opening), (load, 0, 0, 32), (any_bit, 1, 0, os.O_CREAT)]  # the low half of its flags
    lines += [(give, 0, 0, allow), (give, 0, 0, stop)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *line) for line in lines))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(code)))
    for option, mode, given in ((38, 1, 0), (22, 2, ctypes.addressof(program))):
        if _libc.prctl(option, mode, given, None, 0) != 0:
            raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls")


def can_trace() -> str:
    """Why processes cannot be traced here; empty where they can."""
    if platform.system() != "Linux" or platform.machine() not in _CALLS:
        return f"no table of system calls for {platform.system()} {platform.machine()}"
    pid = os.fork()
    if pid == 0:
        try:
            filter_calls()
            os.kill(os.getpid(), signal.SIGSTOP)
        finally:
            os._exit(0)
    try:
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        _ptrace(_SEIZE, pid, 0, _OPTIONS)
    except _NoPtraceError as error:
        return f"ptrace is refused ({error})"
    else:
        return ""
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, _WALL)


@dataclass
class Tracer:
    """Follows one process; `seen` are its calls in their order.

    Args:
        folder: paths in it are told relative to it.
        ports: the names of servers on this machine by their port; calls on other sockets are told as `other`.
        where: the call that it dies at.
    """

    folder: Path
    ports: Mapping[int, str]
    where: Seen | None = None
    seen: list[Seen] = field(default_factory=list)
    killed_at: Seen | None = None

    def __post_init__(self) -> None:
        self._calls = _CALLS[platform.machine()]
        self._counts: Counter[str] = Counter()
        self._lines: dict[int, str] = {}
        self._threads: dict[int, bool] = {}
        self._alive: set[int] = set()
        self._info = ctypes.create_string_buffer(88)

    def follow(self, child: Child) -> None:
        """Follow a child that was attached, and the programs that it starts, to the end of all."""
        self._alive = {child.pid}
        while self._alive:
            self._heard(child, *os.waitpid(-1, _WALL))

    def _heard(self, child: Child, pid: int, status: int) -> None:
        if os.WIFSTOPPED(status):
            self._alive.add(pid)
            with contextlib.suppress(_NoPtraceError):  # it is dying; its end is reported next
                self._stopped(child, pid, status)
            return
        self._alive.discard(pid)
        if pid == child.pid:
            child.status = os.waitstatus_to_exitcode(status)

    def _stopped(self, child: Child, pid: int, status: int) -> None:
        number, event = os.WSTOPSIG(status), status >> 16
        if event == _EVENT_SECCOMP:
            self._at_call(child, pid)
            _ptrace(_CONT, pid)
        elif event == _EVENT_STOP and number in {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}:
            _ptrace(_LISTEN, pid)
        else:
            _ptrace(_CONT, pid, 0, 0 if event else number)

    def _at_call(self, child: Child, pid: int) -> None:
        _ptrace(_INFO, pid, len(self._info), self._info)
        if self._info.raw[0] != _AT_SECCOMP:
            return
        number, *arguments = struct.unpack_from("<7Q", self._info.raw, 24)
        call = self._calls.get(number)
        name = self._name(call, pid, arguments) if call and self._is_ours(child.pid, pid) else None
        if name is None or self.killed_at is not None:
            return
        self._counts[name] += 1
        seen = Seen(name, self._counts[name])
        self.seen.append(seen)
        if seen == self.where:
            self.killed_at = seen
            self._struck(child)

    def _struck(self, child: Child) -> None:
        """A thread is on its way into the call that was asked for."""
        os.kill(child.pid, signal.SIGKILL)

    def _is_ours(self, leader: int, pid: int) -> bool:
        """Whether it is a thread of the process that is followed, and no program that it started."""
        if pid not in self._threads:
            self._threads[pid] = f"\nTgid:\t{leader}\n" in Path(f"/proc/{pid}/status").read_text()
        return self._threads[pid]

    # --- what a call does to what ------------------------------------------------------------------------------------

    def _name(self, call: str, pid: int, arguments: list[int]) -> str | None:
        if call == "connect":
            self._lines[arguments[0]] = self._other_end(_memory(pid, arguments[1], min(arguments[2], 28)))
            return f"connect {self._lines[arguments[0]]}"
        if call in _PATH_AT:
            return f"{call} {plain_path(_text(pid, arguments[_PATH_AT[call]]), self.folder)}"
        number = arguments[_FD_AT.get(call, 0)]
        try:
            target = str(Path(f"/proc/{pid}/fd/{number}").readlink())
        except OSError:
            return None
        if target.startswith("socket:"):
            return f"{call} {self._lines.get(number, 'other')}"
        if ":[" in target:
            return None if target.startswith("anon_inode") else f"{call} {target.partition(':')[0]}"
        return f"{call} {plain_path(target, self.folder)}"

    def _other_end(self, address: bytes) -> str:
        if len(address) >= 4 and struct.unpack_from("=H", address)[0] in {socket.AF_INET, socket.AF_INET6}:
            return self.ports.get(struct.unpack_from("!H", address, 2)[0], "other")
        return "other"


@dataclass
class Freezer(Tracer):
    """Has the process stand still on its way into the call while `meanwhile` is done; then it goes on."""

    meanwhile: Callable[[], None] = lambda: None

    def _struck(self, child: Child) -> None:
        os.kill(child.pid, signal.SIGSTOP)
        end = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < end:  # its other threads stop one after the other, and each is told
            pid, status = os.waitpid(-1, _WALL | os.WNOHANG)
            if pid:
                self._heard(child, pid, status)
            else:
                time.sleep(0.005)
        self.meanwhile()
        with contextlib.suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGCONT)


def plain_path(path: str, folder: Path) -> str:
    """A path without what differs from run to run, relative to `folder` where it is in it."""
    plain = path.removeprefix(f"{folder}/")
    plain = re.sub(r"\b\d{8}-\d{6}-[a-z0-9]{4}\b", "RUN", plain)
    plain = re.sub(r"127\.0\.0\.1_\d+", "HOST", plain)
    return re.sub(r"(?<![a-z])(?=[a-z_]*\d)[0-9a-z_]{8,}(?![a-z])", "X", plain)


def _memory(pid: int, address: int, size: int) -> bytes:
    try:
        with Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
            memory.seek(address)
            return memory.read(size)
    except OSError:
        return b""


def _text(pid: int, address: int) -> str:
    page = 4096
    begin = _memory(pid, address, page - address % page)  # the page after it may not be there
    if b"\0" not in begin:
        begin += _memory(pid, address + len(begin), page)
    return os.fsdecode(begin.partition(b"\0")[0])


def trace(child: Child, tracer: Tracer, seconds: float) -> None:
    """Let a child begin that was started `stopped`, and follow it to its end.

    Raises:
        TimeoutError: it is still there after `seconds`; it was killed.
    """

    def too_long(*_: object) -> None:
        raise TimeoutError(f"process {child.pid} still ran after {seconds:g} s: {child.complained.read_text()[-400:]}")

    _ptrace(_SEIZE, child.pid, 0, _OPTIONS)
    before = signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        child.go()
        tracer.follow(child)
    except TimeoutError:
        os.killpg(child.pid, signal.SIGKILL)
        tracer.follow(child)
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
