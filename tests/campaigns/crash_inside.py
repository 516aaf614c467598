"""Crash points where processes cannot be traced: what Python itself sees of a run, and a SIGKILL at the n-th of it.

Files that are opened to be written, renamed, linked, removed and folders made are seen by an audit hook, which comes
before the act. Sends and receives, syncs and the statements of SQLite that commit are seen by standing in for the
functions that do them, in the child alone. What is missed beside `crash_tracer`: the single writes of SQLite inside of
a commit, and those to a file that is open.
"""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from campaigns import forked
from campaigns.crash_cells import HANG, Ran
from campaigns.crash_tracer import Seen, plain_path
from campaigns.crash_world import Place

__all__ = ["killed_inside"]

#: What the audit hook is asked for, with the place of the path that is changed among the event's arguments.
_PATHS = {"os.rename": 1, "os.link": 1, "os.symlink": 1, "os.remove": 0, "os.mkdir": 0, "os.rmdir": 0, "os.truncate": 0}


def killed_inside(place: Place, words: Sequence[str], name: str, where: Seen | None) -> Ran:
    """Run a command to its end, or to a point."""
    with tempfile.TemporaryDirectory(prefix="points-") as folder:
        log = Path(folder) / "points"
        log.touch()
        child = forked.start(words, place.folder, place.environment, name=name, first=_Points(place, log, where).watch)
        status = child.wait(HANG)
        seen = [
            Seen(name, int(nth))
            for name, _, nth in (line.rpartition(" #") for line in log.read_text().split("\n")[:-1])
        ]
    killed_at = seen[-1] if status == -signal.SIGKILL else None
    return Ran(status, seen, killed_at)


class _Points:
    """The points of this process, each written to `log` as it is met; it dies at `where`."""

    def __init__(self, place: Place, log: Path, where: Seen | None) -> None:
        self._place, self._where = place, where
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND)
        self._counts: Counter[str] = Counter()

    def watch(self) -> None:
        """See everything from here on."""
        os.set_inheritable(self._log, False)
        sys.addaudithook(self._heard)
        for name in ("send", "sendall", "recv", "recv_into"):
            setattr(
                socket.socket,
                name,
                self._before(getattr(socket.socket, name), lambda line, n=name: f"{n} {self._end(line)}"),
            )
        for name in ("fsync", "fdatasync"):
            setattr(
                os,
                name,
                self._before(getattr(os, name), lambda file, n=name: f"{n} {self._path(f'/proc/self/fd/{file}')}"),
            )
        connect, points = sqlite3.connect, self

        class Watched(sqlite3.Connection):
            def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
                if sql.lstrip().upper().startswith(("COMMIT", "BEGIN", "INSERT", "UPDATE", "DELETE")):
                    points.meet(f"sqlite {sql.split(maxsplit=1)[0].upper()}")
                return super().execute(sql, *given)

        sqlite3.connect = lambda *given, **more: connect(*given, **{"factory": Watched, **more})

    def meet(self, name: str) -> None:
        """A point is met."""
        self._counts[name] += 1
        seen = Seen(name, self._counts[name])
        os.write(self._log, f"{seen}\n".encode())
        if seen == self._where:
            os.kill(os.getpid(), signal.SIGKILL)

    def _heard(self, event: str, given: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(given[0], (str, bytes, os.PathLike)) and given[2] & os.O_CREAT:
            self.meet(f"open {self._plain(given[0])}")
        elif event in _PATHS:
            self.meet(f"{event.removeprefix('os.')} {self._plain(given[_PATHS[event]])}")
        elif event == "socket.connect":
            self.meet(f"connect {self._server(given[1])}")

    def _before(self, act: Callable[..., Any], name: Callable[..., str]) -> Callable[..., Any]:
        def met(first: Any, *given: Any) -> Any:
            self.meet(name(first))
            return act(first, *given)

        return met

    def _end(self, line: socket.socket) -> str:
        try:
            return self._server(line.getpeername())
        except OSError:
            return "other"

    def _server(self, address: object) -> str:
        known = isinstance(address, tuple) and len(address) > 1
        return self._place.servers.ports.get(address[1], "other") if known else "other"  # type: ignore[index]

    def _path(self, link: str) -> str:
        try:
            return self._plain(Path(link).readlink())
        except OSError:
            return "a file"

    def _plain(self, path: Any) -> str:
        return plain_path(os.path.abspath(os.fsdecode(path)), self._place.folder)  # noqa: PTH100  # resolves no link
