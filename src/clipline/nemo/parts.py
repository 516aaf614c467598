"""What one event of the stream can say: the alphabet that `events.py` reads and `turn.py` understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "Complete",
    "Heartbeat",
    "Odd",
    "Part",
    "StateDelta",
    "StreamFault",
    "Text",
    "Thought",
    "ToolCall",
    "ToolResult",
]


@dataclass(frozen=True, slots=True)
class Text:
    """Words of the agent; `partial` ones are pieces of a whole that follows."""

    text: str
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Thought:
    """The agent thinks aloud; what it thinks is not kept."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The agent uses a tool."""

    name: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """A tool has answered; `ok` False where it says that it failed."""

    name: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class StateDelta:
    """Parts of the session's state have changed."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The other side is still there, and nothing else."""


@dataclass(frozen=True, slots=True)
class Complete:
    """The turn is said to be over."""


@dataclass(frozen=True, slots=True)
class StreamFault:
    """An error in the middle of the stream; `code` is the service's word or number, "" where it gives none."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Odd:
    """Something unknown, safe to tell."""

    text: str


Part: TypeAlias = Text | Thought | ToolCall | ToolResult | StateDelta | Heartbeat | Complete | StreamFault | Odd
