"""The one call that is charged: a message to the agent, and listening to its stream until that is over.

There is one POST, whatever happens: no retry, no new token, no second connection. `send` returns a `Turn` only where
the stream came to a proved end without an error in it. Everything else raises:

- before the stream: what the reply proves (`token_refused`, `rate_limited`, …; see `protocol.proves_refusal`), or
  `unreachable`, `no_reply`, `odd_reply`;
- in the stream: `stream_error` (the service told one), `broken_off` (the line broke, or closed without a proof that
  this was the end), `deadline` (the stream's whole time is over), `Cancelled`, `TimedOut`. The edit may have happened.
  What had arrived by then is not lost: `turn_of(error)` gives it.

No clock of ours cuts a stream that is open: a real server is silent for minutes while it works, and aborts the work
when the line closes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from clipline import http
from clipline.errors import CliplineError, ServiceError
from clipline.http import EventStream, Opened, Reply, StreamEnd
from clipline.nemo.calling import Caller
from clipline.nemo.oddities import odd_reply, shape
from clipline.nemo.protocol import Call
from clipline.nemo.token_file import Token
from clipline.nemo.turn import Turn
from clipline.nemo.watch import Due, Watch

__all__ = ["Listener", "Unfinished", "send", "turn_of"]

#: The shortest wait for the next event, in seconds; keeps a passed limit from spinning.
_SHORTEST = 0.05


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told while the stream is open: of new text, that the work goes on, to look at the state, of a raw clip."""

    on_text: Callable[[str], None]
    on_tick: Callable[[str], None]
    look: Callable[[], None]
    on_raw_clip: Callable[[], None] = lambda: None


class Unfinished(Exception):
    """What an error in the middle of a stream came after: its cause. `turn` is what had arrived."""

    def __init__(self, turn: Turn) -> None:
        super().__init__(f"{turn.seen} events had arrived")
        self.turn = turn


def turn_of(error: BaseException) -> Turn | None:
    """What had arrived before `send` raised this; None where the stream had not begun."""
    return error.__cause__.turn if isinstance(error.__cause__, Unfinished) else None


def send(caller: Caller, call: Call, token: Token, listener: Listener, last_look: Callable[[], None]) -> Turn:
    """Send a message, once, and listen to the end.

    Args:
        caller: where to, the clock, the limits.
        call: the message.
        token: whose it is.
        listener: who is told what comes. A look that fails is not an end.
        last_look: called immediately before the first byte; what it raises is raised, and nothing was sent.

    Raises:
        CliplineError: as the module's text tells.
    """
    options = caller.options
    began = caller.clock.monotonic()
    watch = Watch(began, still_working=options.still_working, look=options.heartbeat_limit, limit=options.stream_limit)
    with http.open_events(
        caller.address(call.path),
        content=call.content,
        headers=caller.headers(token, call.headers),
        clock=caller.clock,
        limit=options.stream_limit,
        last_look=last_look,
    ) as stream:
        return _Hearing(caller, stream, watch, listener).until_the_end(call, token)


class _Hearing:
    """One stream being listened to; `turn` is None until it is known to be one."""

    def __init__(self, caller: Caller, stream: EventStream, watch: Watch, listener: Listener) -> None:
        self._caller = caller
        self._stream = stream
        self._watch = watch
        self._listener = listener
        self._turn: Turn | None = None
        self._bytes = 0

    def until_the_end(self, call: Call, token: Token) -> Turn:
        try:
            while True:
                item = self._stream.next(max(_SHORTEST, self._watch.next_in(self._now())))
                if isinstance(item, Opened):
                    self._open(item, call, token)
                elif isinstance(item, StreamEnd):
                    return self._end(item)
                else:
                    self._hear(item)
                for due in self._watch.due(self._now()):
                    self._do(due)
        except CliplineError as error:
            if self._turn is None:
                raise
            raise error from Unfinished(self._turn.end(framed=False))

    def _now(self) -> float:
        return self._caller.clock.monotonic()

    def _open(self, opened: Opened, call: Call, token: Token) -> None:
        if opened.is_stream:
            self._turn = Turn()
            return
        reply = Reply(opened.status, opened.headers, opened.body, opened.whole)
        data = self._caller.data_of(reply, call, token)
        raise odd_reply("the message", shape(dict(data)))

    def _hear(self, data: str | None) -> None:
        """Take an event, or nothing but comment lines, which are a sign of life too."""
        had_raw_clip = self._turn is not None and self._turn.raw_clip
        if self._turn is not None and data is not None:
            self._turn = self._turn.add(data)
            if not self._turn.idle:
                self._watch.saw_progress(self._now())
            self._show(self._turn)
            if self._turn.raw_clip and not had_raw_clip:
                self._listener.on_raw_clip()
        if (data is None or (self._turn and self._turn.idle)) and self._stream.bytes_seen > self._bytes:
            self._watch.saw_heartbeat(self._now())
        self._bytes = self._stream.bytes_seen

    def _show(self, turn: Turn) -> None:
        if turn.new_text:
            self._listener.on_text(turn.new_text)

    def _do(self, due: Due) -> None:
        if due == "still_working":
            self._listener.on_tick(due)
        elif due == "look":
            # Where the state cannot be read, what was paid for still goes on here.
            with contextlib.suppress(CliplineError):
                self._listener.look()
            self._caller.clock.check()  # the run's own end is no failed look
        # At the limit the stream itself gives what had arrived, and then raises.

    def _end(self, end: StreamEnd) -> Turn:
        assert self._turn is not None
        turn = self._turn = self._turn.end(end.framed)
        self._show(turn)
        if turn.fault:
            said = f"{turn.fault.message} ({turn.fault.code})" if turn.fault.code else turn.fault.message
            raise ServiceError(
                f"the service reported an error while it worked: {said}",
                code="stream_error",
                retry="unsure",
                hint="the edit may have been done all the same: look at the timeline before asking again",
            )
        if not turn.complete:
            raise ServiceError(
                "the service closed the line without a sign that it was done", code="broken_off", retry="unsure"
            )
        return turn
