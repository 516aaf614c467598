"""How a node of the tree ended, as the nodes around it need to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from clipline.engine.results import StageStatus
from clipline.errors import Bug, Cancelled, OutcomeUnknown
from clipline.values import JsonObject

__all__ = ["End", "together"]

#: What `continue_on_error` does not wave through: money may be gone, clipline is broken, or the person said stop. What
#: waits has not failed.
_SERIOUS = frozenset({Cancelled.default_code})
_SERIOUS_EXITS = frozenset({OutcomeUnknown.exit_status, Bug.exit_status})

#: Which status a node takes from its parts, the first of these found.
_STRONGEST: tuple[StageStatus, ...] = ("cancelled", "waiting", "failed")


@dataclass(frozen=True, slots=True)
class End:
    """`errors` are those that still count; `tolerated` says that `continue_on_error` took them off.

    `items` is what `stages.LOOP.items` gives, None for what is no loop.
    """

    status: StageStatus
    outputs: JsonObject = field(default_factory=dict)
    files: tuple[str, ...] = ()
    errors: tuple[JsonObject, ...] = ()
    items: tuple[JsonObject, ...] | None = None
    tolerated: bool = False

    @property
    def ok(self) -> bool:
        """Whether it did what it should."""
        return self.status == "done"

    @property
    def stops_others(self) -> bool:
        """Whether what follows is skipped."""
        return self.status not in {"done", "skipped"} and not self.tolerated

    @property
    def error(self) -> str | None:
        """What the first error says."""
        return str(self.errors[0]["message"]) if self.errors else None

    def as_names(self) -> dict[str, Any]:
        """What `stages.ID` gives in expressions."""
        names: dict[str, Any] = {
            "ok": self.ok,
            "status": self.status,
            "outputs": self.outputs,
            "files": list(self.files),
            "error": self.error,
        }
        if self.items is not None:
            names["items"] = list(self.items)
        return names

    def without_errors(self) -> End:
        """The same end where `continue_on_error` is set; what is too serious stays."""
        serious = any(error["code"] in _SERIOUS or error["exit"] in _SERIOUS_EXITS for error in self.errors)
        return self if serious or self.status != "failed" else replace(self, tolerated=True)


def together(ends: Iterable[End]) -> End:
    """The end of a node from those of its parts."""
    parts = list(ends)
    counting = {part.status for part in parts if part.stops_others}
    status: StageStatus = next((status for status in _STRONGEST if status in counting), "done")
    return End(
        status,
        files=tuple(dict.fromkeys(file for part in parts for file in part.files)),
        errors=tuple(error for part in parts if not part.tolerated for error in part.errors),
    )
