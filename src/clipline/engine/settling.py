"""Finding out how a send ended that nobody saw the end of.

    look now ──done──▶ adopted
       │ anything else
    wait until the send can no longer take effect     or, where the person will not wait: `Waiting`, exit 5
       │
    look again ──done──▶ adopted      ──not done──▶ void, may be sent again
               ──unknown──▶ the intent stays open, exit 6; with the person's word (`resend`): void, sent anew

Nothing is ever sent here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from clipline.clock import Clock
from clipline.engine.attempt import Attempt
from clipline.errors import OutcomeUnknown, ServiceError, Waiting
from clipline.events import Finding
from clipline.journal import EffectRow
from clipline.stage import Settled
from clipline.values import JsonObject, format_duration

__all__ = ["Policy", "Settling"]

_FOR_EVER = 1e9


@dataclass(frozen=True, slots=True)
class Policy:
    """What the person said: whether this process waits for a span to pass, and which effects may be sent anew.

    `resend` are numbers of effects that were open when the run was taken up. `only_look`: what is open is settled, and
    nothing is sent.
    """

    wait: bool = True
    resend: frozenset[int] = frozenset()
    only_look: bool = False


@dataclass(frozen=True, slots=True)
class Settling:
    """Settles the open effects of one attempt; `ask` reads the outside, `span` is as for `Effects.perform`."""

    attempt: Attempt
    policy: Policy
    ask: Callable[[JsonObject], Settled]
    span: float

    def settle(self, row: EffectRow) -> JsonObject | None:
        """Find out how an unanswered send ended; its outcome, None where it does not count and may be sent again.

        The stage's own time stands still meanwhile: however little it has, this must come to an end.

        Raises:
            OutcomeUnknown: nobody can tell; the intent stays open.
            Waiting: it is too early to tell, and the person will not wait.
        """
        with _standing_still(self.attempt.clock):
            return self._settled(row)

    def _settled(self, row: EffectRow) -> JsonObject | None:
        clock = self.attempt.clock
        self._bring_forward(row, clock.now() + self.span)  # the clock was set back since the intent
        if self._left(row) > 0:
            early = self._early_look(row)
            if early is not None:
                return self._adopt(row, early)
            self._wait(row)
        self._bring_forward(row, 0.0)  # it is over, whatever a clock that is set back says from here on
        settled = self.ask(row.operation)
        if settled.verdict == "done":
            return self._adopt(row, settled.outcome)
        if settled.verdict == "not_done":
            self.attempt.writer.conclude(row.id, None, self.attempt.clock.now(), adopted=True)
            return None
        self._unknown(row, settled.advice)
        return None

    def _left(self, row: EffectRow) -> float:
        """Seconds until it can no longer take effect. A clock that was set back never makes it more than the span."""
        return min(row.deadline - self.attempt.clock.now(), self.span)

    def _bring_forward(self, row: EffectRow, latest: float) -> None:
        """See that the deadline is not after `latest`, also for whoever comes next: each would wait anew."""
        if row.deadline > latest:
            self.attempt.writer.bring_forward(row.id, latest)

    def _early_look(self, row: EffectRow) -> JsonObject | None:
        """What can be seen already; a service that cannot be asked yet is asked again later."""
        try:
            settled = self.ask(row.operation)
        except ServiceError as error:
            if error.waits:
                raise
            return None
        return settled.outcome if settled.verdict == "done" else None

    def _wait(self, row: EffectRow) -> None:
        """Wait until it can no longer take effect, counting down."""
        attempt, clock = self.attempt, self.attempt.clock
        left = self._left(row)
        if left <= 0:
            return
        until = f"{datetime.fromtimestamp(clock.now() + left):%H:%M:%S}"  # noqa: DTZ006 - the person's own time
        if not self.policy.wait:
            raise Waiting(
                f"the answer to {row.name!r} was lost, and it can still take effect for {_rough(left)}",
                code="effect_pending",
                hint=f"after {until}: clipline resume {attempt.writer.run_id}",
            )
        again = f"clipline resume {attempt.writer.run_id}"
        text = f"the answer to {row.name!r} was lost; it can take effect until {until}, then it is looked at again"
        attempt.emit("stage.note", {"text": f"{text}. Not to wait: Ctrl-C, and after {until} {again}"})
        text = f"waiting until {until}; --no-wait does not wait"
        for left_now in clock.countdown(left):
            attempt.emit("stage.progress", {"fraction": None, "text": text, "seconds_left": round(left_now, 1)})
            if self._left(row) <= 0:  # the time of day can jump, as when the machine slept
                return

    def _adopt(self, row: EffectRow, outcome: JsonObject) -> JsonObject:
        self.attempt.writer.conclude(row.id, outcome, self.attempt.clock.now(), adopted=True)
        self.attempt.emit("effect.done", {"name": row.name, "adopted": True})
        self._warn(f"{row.name!r} had been sent by a broken-off attempt; its outcome was adopted")
        return outcome

    def _unknown(self, row: EffectRow, advice: str) -> None:
        if row.id not in self.policy.resend:
            way = f"to send it again, which may be charged twice: clipline resume {self.attempt.writer.run_id} --resend"
            raise OutcomeUnknown(
                f"nobody can tell whether {row.name!r} took effect", hint=f"{advice}; {way}" if advice else way
            )
        self.attempt.writer.give_up(row.id, self.attempt.clock.now())
        self._warn(
            f"{row.name!r} is sent again as you said; nobody can tell whether the first time counts, so it may be "
            "charged twice"
        )

    def _warn(self, text: str) -> None:
        self.attempt.findings.append(Finding("WARN", text))


@contextmanager
def _standing_still(clock: Clock) -> Iterator[None]:
    """Let the deadline of a clock move along with the time."""
    deadline, begun = clock.deadline, clock.monotonic()
    if deadline is not None:
        clock.deadline = begun + _FOR_EVER
    try:
        yield
    finally:
        if deadline is not None:
            clock.deadline = deadline + clock.monotonic() - begun


def _rough(seconds: float) -> str:
    return format_duration(max(1, round(seconds)))
