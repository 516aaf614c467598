"""The mock's world for all runs of a state folder: one server at a time, whoever starts first has it.

The world lies in a folder, durable before each reply. The process that holds the folder's lock serves it and writes its
address beside; others use that address, and stand by: when the first one ends, however it ends, one of them takes its
place at the same address, so that work under way goes on. In one process all runs share the server; it ends with the
last of them.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from clipline.artifacts import disk, make_folder
from clipline.clock import Clock
from clipline.errors import CliplineError, MachineError

if TYPE_CHECKING:
    from clipline.mockserver import MockServer

__all__ = ["MockWorld"]

#: Seconds between two looks at a server that is just starting, and how many looks there are.
_LOOK_SECONDS, _LOOKS = 0.05, 100
#: Seconds that a connection on this machine may take.
_CONNECT_SECONDS = 1.0


@dataclass
class _Served:
    """A server of this process, its lock, and how many use it."""

    server: MockServer
    lock: FileLock
    users: int = 0


#: The servers of this process by their folder: the machine is one for all runs in it.
_SERVED: dict[Path, _Served] = {}
_GUARD = threading.Lock()


class MockWorld:
    """One run's part in the world that lies in `folder`; `make` makes a server for it on a port, 0 for any."""

    def __init__(self, folder: Path, make: Callable[[int], MockServer]) -> None:
        self._folder = folder.absolute()
        self._make = make
        self._uses = False
        #: The port at which another process was seen to serve.
        self._port = 0
        self._over = threading.Event()
        self._standby: threading.Thread | None = None

    def url(self, clock: Clock) -> str:
        """Where the world is served now; by this process where nobody else does.

        Raises:
            MachineError: another process holds the world and does not serve it.
        """
        for _ in range(_LOOKS):
            if found := self._own() or self._others():
                return found
            clock.check()
            clock.token.wait(_LOOK_SECONDS)  # in real time: a test's clock is not moved by another process
        raise MachineError(
            f"another process holds the mock's world in {self._folder} and does not answer",
            code="mock_held",
            hint="end that process, or set CLIPLINE_STATE to another folder",
        )

    def close(self) -> None:
        """This run needs it no more; the last one stops the server."""
        self._over.set()
        if self._standby is not None:
            self._standby.join()
        with _GUARD:
            served = _SERVED.get(self._folder)
            if not self._uses or served is None:
                return
            self._uses = False
            served.users -= 1
            if served.users:
                return
            del _SERVED[self._folder]
            served.server.close()
            with contextlib.suppress(OSError):
                self._address.unlink()
            served.lock.release()

    @property
    def _address(self) -> Path:
        return self._folder / "address"

    def _own(self) -> str:
        """The address of this process's server, started if the world is free; "" if another process has it."""
        with _GUARD:
            served = _SERVED.get(self._folder) or self._started()
            if served is None:
                return ""
            if not self._uses:
                served.users += 1
                self._uses = True
            return served.server.url

    def _started(self) -> _Served | None:
        make_folder(self._folder)
        lock = FileLock(self._folder / "lock", thread_local=False)
        with disk("lock", self._folder):
            try:
                lock.acquire(timeout=0)
            except Timeout:  # an OSError too: to be taken before `disk` sees it
                return None
        try:
            served = _Served(self._made().start(), lock)
            self._write(served.server.url)
        except BaseException:
            lock.release()
            raise
        _SERVED[self._folder] = served
        return served

    def _made(self) -> MockServer:
        """A server where the last one was, if that port is free."""
        try:
            return self._make(self._port)
        except MachineError:
            if not self._port:
                raise
            return self._make(0)

    def _stand_by(self) -> None:
        """Take the other process's place once it ends."""
        if self._standby is None:
            self._standby = threading.Thread(target=self._wait_for_place, name="clipline-mock-standby", daemon=True)
            self._standby.start()

    def _wait_for_place(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            with contextlib.suppress(CliplineError):  # who needs the world hears of it
                if self._own():
                    return

    def _write(self, url: str) -> None:
        part = self._folder / ".address.part"  # one process writes it, so that no two of them are ever left
        with disk("write", self._address):
            part.write_text(url, "ascii")
            part.replace(self._address)

    def _others(self) -> str:
        """The address of another process's server, if it answers."""
        try:
            url = self._address.read_text("ascii")
            parts = urlsplit(url)
            with socket.create_connection((parts.hostname or "", parts.port or 0), _CONNECT_SECONDS):
                self._port = parts.port or 0
                self._stand_by()
                return url
        except (OSError, ValueError):
            return ""
