"""A process that has imported what the command line needs, and forks it: what `commands` asks.

    python command_server.py SOCKET

It listens at SOCKET until its standard input ends. A request says what `python ARGV` shall be run, with which
environment, folder, files, umask and signals; the process that it gets ends as that program would end. Whoever asks
either adopts the process, as a child of its own (see `fork_away`), or stands for it: then each byte that it sends is a
signal for the process, it is told the status at the end, and where it dies the process is killed.

Nothing is forked, and 0 is the answer, where the program would start otherwise than this process did: what Python and
its libraries read in the environment while they start must be the same, and no folder that Python looks into before
its own may hold what has the name of a module that is imported here.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import marshal
import os
import pkgutil
import selectors
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path

from command_program import Request, be

#: What is imported besides clipline and its plugins: what they import in functions. Not what looks at the terminal,
#: like readline.
LIBRARIES = (
    "httpx httpx_sse sqlite3 jsonschema yaml click filelock platformdirs rich.progress rich.table encodings.idna"
)
#: The same for whoever edits on this machine.
VIDEO_LIBRARIES = "av av.subtitles numpy numpy.ma cv2 PIL.Image onnxruntime"
#: Read once, while Python, a library of C or an imported module starts. PYTHONPATH can be made up for.
STARTING = (
    *("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "GLIBC_", "OPENSSL_", "SSLKEYLOG"),
    *("OPENBLAS_", "GOTO_", "OMP_", "MKL_", "NPY_", "NUMPY_", "OPENCV_", "PILLOW_", "OPENH264_", "COVERAGE_"),
)
#: A request as it is sent: its length, then itself; with the first bytes its files.
HEAD = struct.Struct("=I")


def warm(*, local: bool = True) -> None:
    """Import everything, and compile the patterns of the instructions; no libraries for video where not `local`."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as clipline does; otherwise onnxruntime starts a thread and opens files
    for name in f"{LIBRARIES} {VIDEO_LIBRARIES if local else ''}".split():
        importlib.import_module(name)
    for point in entry_points(group="clipline"):
        importlib.import_module(point.module)
    package = importlib.import_module("clipline")
    for module in pkgutil.walk_packages(package.__path__, "clipline."):
        if not module.name.startswith("clipline.testing") and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    sys.modules["clipline.studio.instructions"].interpret("remove the people")
    gc.collect()
    gc.freeze()  # a collection in a child would touch, and so copy, every page


def starting(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment has an effect while a program starts."""
    return {name: value for name, value in environment.items() if name.startswith(STARTING) and name != "PYTHONPATH"}


def can_become(request: Request, folder: int) -> bool:
    """Whether a fork of this process is what the program would be in this folder."""
    environment = request["environment"]
    places = [Path(place) for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    if request["argv"][0] == "-c":
        places.append(Path(f"/proc/self/fd/{folder}"))
    offered = {path.stem for place in places if place.is_dir() for path in place.iterdir()}
    taken = {"sitecustomize", "usercustomize", *(name.partition(".")[0] for name in sys.modules)}
    return offered.isdisjoint(taken) and starting(environment) == _STARTED


def read(connection: socket.socket) -> tuple[Request, list[int]]:
    """A request with its files."""
    head, files, _, _ = socket.recv_fds(connection, HEAD.size, 8)
    (length,) = HEAD.unpack(head)
    data = b""
    while len(data) < length:
        data += connection.recv(length - len(data))
    return marshal.loads(data), files


def fork_away() -> int:
    """Fork a process that is no child of this one but of its nearest ancestor that adopts; 0 in it.

    It goes on once it is adopted.
    """
    told, tell = os.pipe()
    ready, go = os.pipe()
    between = os.fork()
    if between == 0:
        pid = os.fork()
        if pid == 0:
            for end in (told, tell, go):
                os.close(end)
            os.read(ready, 1)
            os.close(ready)
            return 0
        os.write(tell, HEAD.pack(pid))
        os._exit(0)
    os.waitpid(between, 0)
    (pid,) = HEAD.unpack(os.read(told, HEAD.size))
    for end in (told, tell, ready, go):
        os.close(end)
    return int(pid)


class Server:
    """Answers requests; `serve` returns in the processes that are to become something else, and at the end."""

    def __init__(self, address: str) -> None:
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(f"{address}.new")
        self._door.listen(64)
        Path(f"{address}.new").rename(address)  # whoever sees it can connect
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._door, selectors.EVENT_READ, self._answer)
        self._over = False
        self._selector.register(0, selectors.EVENT_READ, self._end)

    def serve(self) -> tuple[Request, list[int]] | None:
        """What this process is to be, or nothing at the end."""
        while not self._over:
            for key, _ in self._selector.select():
                if self._selector.get_map().get(key.fd) is not key:
                    continue  # closed by one before it
                becoming: tuple[Request, list[int]] | None = key.data()
                if becoming:
                    self._forget()
                    return becoming
        return None

    def _end(self) -> None:
        self._over = True

    def _answer(self) -> tuple[Request, list[int]] | None:
        connection, _ = self._door.accept()
        request, files = read(connection)
        pid = 0
        if can_become(request, files[0]):
            pid = fork_away() if request["adopted"] else os.fork()
            if pid == 0:
                connection.close()
                return request, files
        for file in files:
            os.close(file)
        connection.sendall(HEAD.pack(pid))
        if pid and not request["adopted"]:
            self._watch(pid, connection)
        else:
            connection.close()
        return None

    def _watch(self, pid: int, connection: socket.socket) -> None:
        """Pass signals on until the process ends, then tell its status."""
        handle = os.pidfd_open(pid)

        def ended() -> None:
            self._selector.unregister(handle)
            os.close(handle)
            status = os.waitpid(pid, 0)[1]
            if connection in self._selector.get_map():
                self._selector.unregister(connection)
            with contextlib.suppress(OSError):
                connection.sendall(HEAD.pack(status))
            connection.close()

        def asked() -> None:
            numbers = connection.recv(64)
            for number in numbers or bytes([signal.SIGKILL]):
                os.kill(pid, number)
            if not numbers:
                self._selector.unregister(connection)

        self._selector.register(handle, selectors.EVENT_READ, ended)
        self._selector.register(connection, selectors.EVENT_READ, asked)

    def _forget(self) -> None:
        """Let go, in a new process, of all that is the server's."""
        for key in self._selector.get_map().values():
            if key.fd:
                os.close(key.fd)
        self._selector.close()


#: What this process started with; imported modules, like cv2, change it.
_STARTED = starting(os.environ)

if __name__ == "__main__":
    del sys.path[0]  # this file's folder
    warm()
    if asked := Server(sys.argv[1]).serve():
        be(*asked)
