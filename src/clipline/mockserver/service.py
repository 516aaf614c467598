"""The service behind the socket: its world, its faults, its journal, and what the control plane does to them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clipline.clock import Clock
from clipline.errors import InputError
from clipline.mockserver.faults import Fault
from clipline.mockserver.later import LaterList
from clipline.mockserver.ledger import Charge
from clipline.mockserver.model import WorldState
from clipline.mockserver.options import MockOptions
from clipline.mockserver.renders import RenderJobs
from clipline.mockserver.replay import Transcript
from clipline.mockserver.requests import RequestJournal
from clipline.mockserver.store import Store
from clipline.mockserver.striking import FaultBook
from clipline.mockserver.world import World
from clipline.values import JsonObject

__all__ = ["Service"]


class Service:
    """Everything that a `MockServer` has beside its socket.

    Args:
        options: how it behaves.
        clock: its time.
        faults: what it does wrong from the first call on.
        folder: where its world is kept; None for memory and a temporary folder.
        replay: a transcript that it answers from, in the place of its world.
        local: whether uploads may name files of this machine.
    """

    def __init__(
        self,
        options: MockOptions,
        clock: Clock,
        faults: Sequence[Fault],
        folder: Path | None,
        replay: Path | None,
        *,
        local: bool,
    ) -> None:
        self.transcript = Transcript.read(replay) if replay else None
        self.clock, self.local = clock, local
        self.world = World(options, clock, Store(folder))
        self.jobs = RenderJobs(self.world)
        self.later = LaterList(clock)
        self.book = FaultBook(faults)
        self.journal = RequestJournal()

    @property
    def ledger(self) -> tuple[Charge, ...]:
        """Every charge, in its order."""
        self.later.look()
        with self.world.lock:
            return tuple(self.world.state.charges)

    def advance(self, seconds: float) -> None:
        """Move the clock, and do what is due then.

        Raises:
            InputError: the clock is one that nobody moves.
        """
        move = getattr(self.clock, "advance", None)
        if move is None:
            raise InputError("this clock cannot be moved", hint="start the mock without a clock, or with a movable one")
        move(seconds)
        self.later.look()

    def reset(self) -> None:
        """As it was at the start: an empty world, the first faults, nothing recorded."""
        self.later.clear()
        self.jobs.forget()
        self.world.replace(WorldState())
        self.world.store.clear()
        self.book.reset()
        self.journal.clear()
        if self.transcript:
            self.transcript.rewind()

    def snapshot(self) -> dict[str, Any]:
        """The world as JSON; its media stay where they are, in the server's folder."""
        self.later.look()
        return {"clipline_mock": 1, "time": self.clock.now(), "world": self.world.copy().as_json()}

    def restore(self, snapshot: JsonObject) -> None:
        """Go back to a snapshot of this server; the clock goes on.

        Raises:
            InputError: this is no snapshot.
        """
        if snapshot.get("clipline_mock") != 1:
            raise InputError("this is no snapshot of the mock", hint="give what `snapshot` gave")
        try:
            state = WorldState.from_json(snapshot["world"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"this is no snapshot of the mock: {error}") from error
        self.later.clear()
        self.jobs.forget()
        self.world.replace(state)
