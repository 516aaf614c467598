"""One call of a walk through the service: sent once, taken down as it is, read, compared with its documented form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from clipline import http
from clipline.clock import Clock
from clipline.errors import Cancelled, CliplineError
from clipline.http import Opened, Reply, StreamEnd
from clipline.nemo import protocol
from clipline.nemo.attribution import Attribution
from clipline.nemo.credentials import Token
from clipline.nemo.events import Odd, StreamFault, parse_event
from clipline.nemo.forms import compare
from clipline.nemo.options import NemoOptions
from clipline.nemo.protocol import Asked, Call
from clipline.nemo.transcript import Transcript
from clipline.values import JsonObject

__all__ = ["Recorder", "Step", "Verdict"]

#: Bytes of a reply that are read: a state can be large.
_CAP = 16 * 1024 * 1024
_LOOK_SECONDS = 0.5

Verdict = Literal["ok", "differs", "failed", "left out"]


@dataclass(frozen=True, slots=True)
class Step:
    """One call: `differences` are where its reply is not as documented, `notes` what else is worth knowing."""

    name: str
    verdict: Verdict
    call: str = ""
    status: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    error: CliplineError | None = None

    def as_json(self) -> dict[str, Any]:
        """The step for programs."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "call": self.call,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "differences": list(self.differences),
            "error": self.error.as_json() if self.error else None,
        }


class Recorder:
    """Makes calls and takes their replies down in `transcript`; nothing is retried, renewed or repaired on the way."""

    def __init__(self, options: NemoOptions, clock: Clock, attribution: Attribution) -> None:
        self.transcript = Transcript(options.api_url)
        self._options = options
        self._clock = clock
        self._headers = attribution.headers
        self._token: Token | None = None

    def use(self, token: Token) -> None:
        """Send this token from now on."""
        self._token = token
        self._headers = {**self._headers, "Authorization": f"Bearer {token.value.reveal()}"}
        self.transcript.hide(token.value.reveal(), token.user_id)

    def headers(self, call: Call) -> dict[str, str]:
        """Everything that is sent above the body of a call."""
        return {**self._headers, **call.headers}

    def url(self, call: Call) -> str:
        """Where a call goes."""
        return self._options.api_url + call.path

    def data(self, call: Call, reply: Reply) -> JsonObject:
        """What a reply says; raises what it failed with."""
        return protocol.read(reply, self._asked(call))

    def step(
        self,
        name: str,
        call: Call,
        read: Callable[[Reply, Call], str | None],
        send: Callable[[], Reply] | None = None,
    ) -> Step:
        """Send a call, take its reply down, read and compare it.

        Args:
            name: of the step, and of the form in `FORMS`.
            call: what is sent.
            read: gives a note on the reply, or raises what it failed with.
            send: sends it, where it is no plain request.

        Raises:
            Cancelled: the person said stop.
        """

        def work() -> Step:
            reply = send() if send else self._plain(call)
            self.transcript.add(call.method, call.path, reply.status, reply.headers, reply.body)
            try:
                note = read(reply, call)
            except CliplineError as error:
                return Step(name, "failed", status=reply.status, error=error)
            seen = compare(name, reply.body)
            notes = tuple(filter(None, (note, seen.form)))
            return Step(name, _verdict(seen.differences), "", reply.status, notes=notes, differences=seen.differences)

        return self._timed(name, call, work)

    def message(self, name: str, call: Call) -> Step:
        """Send a message, once, and take its events down as they came.

        Raises:
            Cancelled: the person said stop.
        """

        def work() -> Step:
            events: list[str] = []
            opened, framed = self._stream(call, events)
            body = "".join(map(_as_event, events)).encode() if opened.is_stream else opened.body
            self.transcript.add(call.method, call.path, opened.status, opened.headers, body)
            if not opened.is_stream:
                error = protocol.error_of(Reply(opened.status, opened.headers, opened.body), self._asked(call))
                return Step(name, "failed", status=opened.status, error=error)
            parts = [part for data in events for part in parse_event(data)]
            odd = dict.fromkeys(f"unknown event: {part.text}" for part in parts if isinstance(part, Odd))
            faults = dict.fromkeys(
                f"error in the stream: {part.message}" for part in parts if isinstance(part, StreamFault)
            )
            found = (*odd, *faults)
            notes = (f"{len(events)} events", *([] if framed else ["the end is a bare close of the connection"]))
            return Step(name, _verdict(found), "", opened.status, notes=notes, differences=found)

        return self._timed(name, call, work)

    def _timed(self, name: str, call: Call, work: Callable[[], Step]) -> Step:
        begun = self._clock.monotonic()
        try:
            step = work()
        except Cancelled:
            raise
        except CliplineError as error:
            step = Step(name, "failed", error=error)
        return replace(step, call=f"{call.method} {call.path}", seconds=self._clock.monotonic() - begun)

    def _plain(self, call: Call) -> Reply:
        headers = self.headers(call)
        return http.request(
            call.method, self.url(call), headers=headers, content=call.content, clock=self._clock, cap=_CAP
        )

    def _stream(self, call: Call, events: list[str]) -> tuple[Opened, bool]:
        """Send the message and read to the end; the reply's beginning, and whether HTTP itself proved the end."""
        beginning = None
        url, headers, limit = self.url(call), self.headers(call), self._options.stream_limit
        with http.open_events(url, content=call.content, headers=headers, clock=self._clock, limit=limit) as stream:
            while True:
                match stream.next(_LOOK_SECONDS):
                    case Opened() as opened if not opened.is_stream:
                        return opened, True
                    case Opened() as opened:
                        beginning = opened
                    case str() as data:
                        events.append(data)
                    case StreamEnd(framed=framed):
                        assert beginning is not None
                        return beginning, framed
                    case None:
                        self._clock.check()

    def _asked(self, call: Call) -> Asked:
        token = self._token
        return Asked(
            route=call.route,
            web_url=self._options.web_url,
            user_id=token.user_id if token else "",
            supplied=token.supplied if token else False,
            now=self._clock.now(),
        )


def _verdict(differences: Sequence[str]) -> Verdict:
    return "differs" if differences else "ok"


def _as_event(data: str) -> str:
    return "".join(f"data: {line}\n" for line in data.split("\n")) + "\n"
