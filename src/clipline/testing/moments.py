"""The moments of a part's work at which a process may die or be told to stop, and the doing of it.

    started      the part begins
    writing      its temporary file has bytes, and more are to come
    written      a file is whole under its temporary name
    delivered    a file is in its place; nobody has noted that the part is done
    sent         the other side has taken an effect; nobody has noted its outcome
    ended        the part is done; nobody has noted that
    look N       the part asks its clock, for the Nth time, whether to go on
    silence      half a second after it began, while another side that says nothing keeps it waiting

Used by `clipline.testing.program`, in a process of its own: the engine's two doors to the outside, effects and files,
tell here what goes through them.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clipline.clock import CancelToken, Clock
from clipline.engine.effects import StageEffects
from clipline.engine.files import StageFiles
from clipline.events import Event
from clipline.testing.clocks import VirtualClock

__all__ = ["Moments", "WatchedClock", "WatchedVirtualClock"]

_LOOK_SECONDS = 0.0002
_SILENCE_SECONDS = 0.5

#: Told of a moment: its name, the path of the stage, and more about it.
Heard = Callable[[str, str, str], None]


class Moments:
    """Passes every moment on to `heard`, and does what is to be done at one of them.

    Args:
        heard: is told of every moment.
        at: the moment at which something is done, empty for none; `second start` is the begin of the second stage that
            this process works on.
        path: the stage that it is about, and what stands below it; empty for any.
        token: cancelled at that moment; where there is none, the process kills itself as `kill -9` does.
    """

    def __init__(self, heard: Heard, at: str = "", path: str = "", token: CancelToken | None = None) -> None:
        self._heard = heard
        self._at, self._path, self._token = at, path, token
        self._current = ""
        self._main = threading.get_ident()
        self._looks = 0
        self._starts = 0
        self._over = False

    # --- what is told ------------------------------------------------------------------------------------------------

    def event(self, event: Event) -> None:
        """An event of the run."""
        if event.type == "stage.started":
            self._current, self._looks = event.stage, 0
            self._starts += 1
            if self._starts == 2:
                self.reached("second start", event.stage)
            self.reached("started", event.stage)
            if self._at == "silence" and not self._over and self._is_meant(event.stage):
                threading.Timer(_SILENCE_SECONDS, self._act).start()
        elif event.type == "stage.finished" and event.data.get("status") == "done":
            self.reached("ended", event.stage)

    def looked(self) -> None:
        """The stage at work asked whether to go on; what the engine asks on the main thread is not meant."""
        if threading.get_ident() != self._main:
            self._looks += 1
            self.reached(f"look {self._looks}", self._current)

    def reached(self, moment: str, path: str, more: str = "") -> None:
        """A moment came; perhaps the process ends with it."""
        self._heard(moment, path, more)
        if moment == self._at and not self._over and self._is_meant(path):
            self._act()

    def _is_meant(self, path: str) -> bool:
        return not self._path or path == self._path or path.startswith(f"{self._path}.")

    def _act(self) -> None:
        self._over = True
        if self._token is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            self._token.cancel()

    # --- the two doors -----------------------------------------------------------------------------------------------

    def watch_doors(self) -> None:
        """Be told of effects and files. Only for a process that does nothing else: it changes two classes for good."""
        perform, temporary, deliver = StageEffects.perform, StageFiles.temporary, StageFiles.deliver
        moments = self

        def watched_perform(self: Any, name: str, operation: Any, send: Callable[[], Any], **others: Any) -> Any:
            path = self._attempt.path

            def watched_send() -> Any:
                outcome = send()
                moments.reached("sent", path, name)
                return outcome

            moments._heard("performed", path, name)
            return perform(self, name, operation, watched_send, **others)

        def watched_temporary(self: Any, target: Path) -> Path:
            path = temporary(self, target)
            moments._wait_for_bytes(path, self._attempt.path)
            return path

        def watched_deliver(self: Any, source: Path, target: Path, **others: Any) -> Any:
            moments.reached("written", self._attempt.path, str(target))
            artifact = deliver(self, source, target, **others)
            moments.reached("delivered", self._attempt.path, str(artifact.path))
            return artifact

        for door, name, watched in (
            (StageEffects, "perform", watched_perform),
            (StageFiles, "temporary", watched_temporary),
            (StageFiles, "deliver", watched_deliver),
        ):
            setattr(door, name, watched)

    def _wait_for_bytes(self, file: Path, path: str) -> None:
        """Tell of the moment at which a file is begun, from a thread of its own."""
        self._heard("writing", path, str(file))
        if self._at != "writing" or not self._is_meant(path):
            return

        def look() -> None:
            while not self._over:
                if file.exists() and (file.is_dir() or file.stat().st_size):
                    self._act()
                time.sleep(_LOOK_SECONDS)

        threading.Thread(target=look, daemon=True).start()


class WatchedClock(Clock):
    """A real clock that tells of each look at it."""

    moments: Moments | None = None

    def check(self) -> None:
        """As any clock's; told before, so that whoever is told may cancel."""
        if self.moments is not None:
            self.moments.looked()
        super().check()


class WatchedVirtualClock(WatchedClock, VirtualClock):
    """The same, of which no wait takes time."""
