"""What edits cost that go on side by side on one account, where the credits fall for all of them together.

first   ├────────────┤            Each would count what the other paid. So none claims a price of its own; the
second     ├────────────┤         one that is over last tells what they cost together.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from clipline.values import JsonObject

__all__ = ["Payment", "Purse"]


@dataclass
class _Group:
    """Edits whose times overlap: how many there were, how many go on, and the credits before the first of them."""

    members: int = 0
    open: int = 0
    had: JsonObject | None = None


@dataclass
class Purse:
    """The edits of one run that go on at this moment."""

    _group: _Group = field(default_factory=_Group)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def paying(self) -> Iterator[Payment]:
        """Around one edit: from before the credits are read until its price is told."""
        with self._lock:
            if not self._group.open:
                self._group = _Group()
            self._group.members += 1
            self._group.open += 1
            payment = Payment(self._group, self._lock)
        try:
            yield payment
        finally:
            payment.close()


class Payment:
    """One edit among those of its group."""

    def __init__(self, group: _Group, lock: threading.Lock) -> None:
        self._group = group
        self._lock = lock
        self._is_open = True

    def price(self, had: JsonObject, left: JsonObject) -> dict[str, int]:
        """What the edit cost by the balances around it, and the end of it.

        `credits` where it was alone. Of a group the last one has `credits_together`, and the others have nothing; nor
        has anybody where the balances do not tell.
        """
        with self._lock:
            group = self._group
            if group.had is None or _before(had) > _before(group.had):
                group.had = had
            alone, last = group.members == 1, group.open == 1
        self.close()
        if alone:
            return _cost(had, left)
        price = _cost(group.had, left)
        return {"credits_together": price["credits"]} if last and price else {}

    def close(self) -> None:
        """The edit is over, told or not."""
        with self._lock:
            self._group.open -= self._is_open
            self._is_open = False


def _before(balance: JsonObject) -> tuple[int, int]:
    """Larger for a balance that was read earlier, as credits are reserved first and spent then."""
    return int(balance["available"]) + int(balance["frozen"]), int(balance["available"])


def _cost(had: JsonObject, left: JsonObject) -> dict[str, int]:
    """`credits`: what was taken by the balances around an edit; what is newly reserved is, too, and will be spent.

    Empty where they do not tell: with another token there may be other credits, more than before were a gift, and what
    is not reserved any more was other work's, spent or given back.
    """
    spent = had["available"] - left["available"]
    is_known = spent >= 0 and left["frozen"] >= had["frozen"] and had.get("token", left["token"]) == left["token"]
    return {"credits": spent} if is_known else {}
