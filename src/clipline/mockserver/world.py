"""The world of the mock: its memory, its time, and what its seed decides.

Whoever reads or changes `state` holds `lock`; whoever changed it calls `save` before anybody is told.
"""

from __future__ import annotations

import random
import threading

from clipline.clock import Clock
from clipline.mockserver.model import Account, WorldState, files_of, forget_old
from clipline.mockserver.options import MockOptions
from clipline.mockserver.store import Store

__all__ = ["World"]


class World:
    """One service: `options` say how it behaves, `store` keeps it, `url` is where it is reached."""

    def __init__(self, options: MockOptions, clock: Clock, store: Store) -> None:
        self.options, self.clock, self.store = options, clock, store
        self.url = ""
        self.lock = threading.RLock()
        self.state = store.load()
        if store.lasting:
            forget_old(self.state, clock.now())
            store.keep_only(files_of(self.state))
        self._thaw()

    def rng(self, kind: str) -> random.Random:
        """The chances of the next thing of a kind; only the seed and how many there were decide them."""
        with self.lock:
            self.state.counts[kind] = number = self.state.counts.get(kind, 0) + 1
        return random.Random(f"{self.options.seed}:{kind}:{number}")  # noqa: S311 - repeatable on purpose

    def save(self) -> None:
        """Make what was changed durable."""
        with self.lock:
            self.store.save(self.state)

    def replace(self, state: WorldState) -> None:
        """Let this be the world."""
        with self.lock:
            self.state = state
            self._thaw()
            self.save()

    def copy(self) -> WorldState:
        """The world as it stands; later changes do not reach the copy."""
        with self.lock:
            return WorldState.from_json(self.state.as_json())

    def account(self, user_id: str) -> Account:
        """The account of a user, which is there."""
        return self.state.accounts[user_id]

    def _thaw(self) -> None:
        """Edits that ran when the world was put away run no more."""
        for account in self.state.accounts.values():
            account.frozen = 0
