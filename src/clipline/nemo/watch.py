"""The clocks of an open stream. They say when to speak and when to look, and never cut a stream that is still open.

A real server may send nothing for minutes while it works, and closing the socket aborts that work. So there is no
timer for silence: only the stream's whole time ends it.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["Due", "Watch"]

Due = Literal["still_working", "look", "limit"]


class Watch:
    """What is due at a stream, by a clock that does not jump (`Clock.monotonic`).

    Args:
        now: when the message was sent.
        still_working: seconds without news between two words that the work goes on.
        look: seconds without news, heartbeats or none, after which the session's state is read beside the stream.
        limit: seconds that the stream may last.

    `beats` counts the heartbeats since the last news: 0 in a silence tells that nothing at all has come.
    """

    def __init__(self, now: float, *, still_working: float = 120.0, look: float = 600.0, limit: float = 900.0) -> None:
        self._every, self._patience = still_working, look
        self._limit_at = now + limit
        self.beats = 0
        self._start_over(now)

    def _start_over(self, now: float) -> None:
        self._speak_at = now + self._every
        self._look_at = now + self._patience

    def saw_progress(self, now: float) -> None:
        """There is news: words, a tool, a change."""
        self.beats = 0
        self._start_over(now)

    def saw_heartbeat(self, now: float) -> None:  # noqa: ARG002 - called like `saw_progress`; a beat moves no clock
        """The other side is still there, which is no news."""
        self.beats += 1

    def due(self, now: float) -> list[Due]:
        """What to do now. Each but the limit is told once for its time, however late it is asked for."""
        found: list[Due] = []
        if self._every and now >= self._speak_at:
            found.append("still_working")
            self._speak_at = now + self._every
        if now >= self._look_at:
            found.append("look")
            self._look_at = now + self._patience
        if now >= self._limit_at:
            found.append("limit")
        return found

    def next_in(self, now: float) -> float:
        """Seconds until something is due, 0 where something already is."""
        times = [self._limit_at, self._look_at, *([self._speak_at] if self._every else [])]
        return max(0.0, min(times) - now)
