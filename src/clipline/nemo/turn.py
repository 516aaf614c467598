"""An edit's turn: what the agent says and does from a message to the close of its stream, as a table of states. Pure.

The agent's side of a turn is a stream of events. Its words come in two sizes: pieces that are `partial`, and whole
texts. A whole text *is* the pieces before it, said again, so it replaces them; a turn may have several whole texts,
and those belong one behind the other. Between the words the agent uses tools and changes the session's state, which
is work and not for showing, and the server may send heartbeats, which are neither. The stream has no mark at its end:
it is over when the connection closes. So nothing of what was said can be taken for the last before the close.

A turn is in one of these states:

`WAITING`
    Nothing has come yet but heartbeats.
`WORKING`
    The agent is at work, with tools, thoughts or the state; it is not in the middle of a text.
`SPEAKING`
    Pieces of a text have come and the whole of it has not. Only a whole text, or the end, makes them a text: pieces
    may stop, a tool may be used, and the whole comes after all.
`APOLOGY`
    The last whole text is "I encountered a temporary issue", after normal ones. The service says this at the end of
    turns that went well, so it is held back: if the stream ends it is dropped, if a text follows it was no last word
    after all and is shown before that.
`OVER`
    The stream has closed. Pieces that nothing replaced are all that there is of their text, so they become one.

An error in the middle of the stream changes no state, for texts may follow it; it is kept in `fault`. How the stream
closed is kept in `framed`: whether HTTP itself proved the end, or the line just went dead, in which case only a turn
that said it was complete is known to be.

Two things make a text come twice: a server that sends an event again, and a dialect that does not mark its pieces, so
that the whole looks like one more text. Both are seen in the words themselves: a whole text that equals the last one,
or the last few put together, replaces them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import reduce

from clipline.nemo.events import (
    Complete,
    Heartbeat,
    Odd,
    Part,
    StateDelta,
    StreamFault,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    parse_event,
)
from clipline.nemo.speech import Speech
from clipline.nemo.watch import Due, Watch

__all__ = ["Due", "Input", "State", "Turn", "Watch"]


class State(Enum):
    """Where a turn stands; the module's text tells what each means."""

    WAITING = "waiting"
    WORKING = "working"
    SPEAKING = "speaking"
    APOLOGY = "apology"
    OVER = "over"


class Input(Enum):
    """What the table of states tells apart."""

    WORK = "a tool, a thought, a change of the state, an error, something unknown"
    PIECE = "a partial text"
    WHOLE = "a whole text"
    SORRY = "the service's apology, after normal texts"
    END = "the close of the stream"


#: From a state, by an input, to a state. What is not here leaves the state as it is; `OVER` is never left.
_TABLE: Mapping[tuple[State, Input], State] = {
    (State.WAITING, Input.WORK): State.WORKING,
    (State.WAITING, Input.PIECE): State.SPEAKING,
    (State.WAITING, Input.WHOLE): State.WORKING,
    (State.WORKING, Input.PIECE): State.SPEAKING,
    (State.WORKING, Input.SORRY): State.APOLOGY,
    (State.SPEAKING, Input.WHOLE): State.WORKING,
    (State.SPEAKING, Input.SORRY): State.APOLOGY,
    (State.APOLOGY, Input.PIECE): State.SPEAKING,
    (State.APOLOGY, Input.WHOLE): State.WORKING,
    **{(state, Input.END): State.OVER for state in (State.WAITING, State.WORKING, State.SPEAKING, State.APOLOGY)},
}

#: Tools that make a clip from words, as far as their names tell.
_GENERATES = re.compile(r"(?i)generat\w*[_ -]?(?:video|clip)|(?:video|clip)[_ -]?generat|text[_ -]?(?:to|2)[_ -]?video")
#: Odd things that are kept; a stream of nothing else must not fill the memory.
_KEPT = 20


@dataclass(frozen=True, slots=True)
class Turn:
    """The turn so far. `add` and `end` give the next one; nothing raises.

    `seen` counts events, `idle` says that the last one was a heartbeat and nothing else, `fault` is the first error.
    `raw_clip` is true once a clip made from words is there, while more may be added to it. `odd` tells what was not
    understood. `framed` is whether HTTP proved the end, `said_complete` whether the agent spoke of it.
    """

    state: State = State.WAITING
    speech: Speech = field(default_factory=Speech)
    fault: StreamFault | None = None
    seen: int = 0
    idle: bool = False
    raw_clip: bool = False
    framed: bool = False
    said_complete: bool = False
    odd: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All that the agent has said in whole texts, without what may be secret."""
        return self.speech.whole

    @property
    def new_text(self) -> str:
        """What the last `add` or `end` made ready to be shown."""
        return self.speech.fresh

    @property
    def silent(self) -> bool:
        """Whether nothing was said: then the session's state tells what became of the edit."""
        return self.speech.silent

    @property
    def complete(self) -> bool:
        """Whether the turn is known to have come to its end: HTTP proved it, or the agent said so."""
        return self.state is State.OVER and (self.framed or self.said_complete)

    def add(self, data: str) -> Turn:
        """The turn after one more event; `data` is the event's data as it came. After the end nothing counts."""
        if self.state is State.OVER:
            return self
        parts = parse_event(data)
        idle = all(isinstance(part, Heartbeat) for part in parts)
        return reduce(_take, parts, replace(self, seen=self.seen + 1, idle=idle, speech=self.speech.heard()))

    def end(self, framed: bool) -> Turn:
        """The turn after the close of the stream; `framed` is whether HTTP itself proved that this is the end."""
        if self.state is State.OVER:
            return self
        return _go(replace(self, framed=framed, speech=self.speech.heard().close()), Input.END)


def _take(turn: Turn, part: Part) -> Turn:
    """The turn after one part of an event."""
    match part:
        case Heartbeat():
            return turn
        case Complete():
            return replace(turn, said_complete=True)
        case Text(text=text, partial=partial):
            return _hear(turn, text, partial)
        case StreamFault():
            turn = replace(turn, fault=turn.fault or part)
        case Odd(text=text):
            turn = replace(turn, odd=(*turn.odd, text)[:_KEPT])
        case ToolResult() | StateDelta():
            turn = replace(turn, raw_clip=turn.raw_clip or _makes_clip(part))
        case Thought() | ToolCall():
            pass
    return _go(turn, Input.WORK)


def _hear(turn: Turn, text: str, partial: bool) -> Turn:
    if partial:
        return _go(replace(turn, speech=turn.speech.piece(text)), Input.PIECE) if text else turn
    if not text.strip():
        return turn
    if turn.speech.is_apology(text):
        return _go(replace(turn, speech=turn.speech.hold(text)), Input.SORRY)
    return _go(replace(turn, speech=turn.speech.say(text)), Input.WHOLE)


def _go(turn: Turn, cause: Input) -> Turn:
    return replace(turn, state=_TABLE.get((turn.state, cause), turn.state))


def _makes_clip(part: ToolResult | StateDelta) -> bool:
    if isinstance(part, StateDelta):
        return "generated_media" in part.keys
    return part.ok and _GENERATES.search(part.name) is not None
