"""What was charged: one row for each time that credits left an account."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Charge"]


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge.

    Attributes:
        session_id: where the work was done.
        user_id: whose credits paid.
        kind: `edit` or `generation`.
        amount: credits.
        text: the message that was paid for.
        time: seconds since 1970, by the server's clock.
    """

    session_id: str
    user_id: str
    kind: str
    amount: int
    text: str
    time: float
