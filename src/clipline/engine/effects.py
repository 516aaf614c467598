"""Doing what must happen at most once: intent, send, outcome; and, after a break, reading instead of sending again.

    (nothing) ──intend──▶ open ──answer──▶ done
                            │ ──proof of refusal, or settled as not done──▶ void
                            └──a break, or no answer──▶ open still: settle, never send

An intent is synced to the disk before the send, so whatever happens in between is found by the next attempt. An open
one is settled in `clipline.engine.settling`; only the person's word (`resend`) lets one be sent anew of which nobody
can tell.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import NoReturn

from clipline.engine.attempt import Attempt
from clipline.engine.settling import Policy, Settling
from clipline.errors import Cancelled, CliplineError, MachineError, PluginError, ServiceError, StageFailed
from clipline.journal import EffectRow
from clipline.journal.rows import dump
from clipline.stage import Settled
from clipline.values import JsonObject

__all__ = ["NoEffects", "PastEffects", "StageEffects"]

#: Seconds after its intent within which something may be sent; a connection never takes as long.
LATEST = 60.0
#: The code of the journal's error for a process whose run another one took over.
_FENCED = "run_taken_over"


class StageEffects:
    """The effects of one attempt; implements `clipline.stage.Effects`."""

    def __init__(self, attempt: Attempt, budget: float | None = None, policy: Policy | None = None) -> None:
        self._attempt = attempt
        self._budget = budget
        self._policy = policy or Policy()
        self._writer = attempt.writer
        #: When the last intent was made, by the clock's `monotonic` and by its `now`.
        self._intended = (0.0, 0.0)

    def perform(
        self,
        name: str,
        operation: JsonObject,
        send: Callable[[], JsonObject],
        *,
        settle: Callable[[JsonObject], Settled],
        refused: Callable[[Exception], bool] = lambda _: False,
        span: float = 900.0,
        estimate: int = 0,
        fingerprint: str = "",
        session: str = "",
    ) -> JsonObject:
        """Do an effect once and return its outcome; see `clipline.stage.Effects.perform`."""
        text, digest = _digest(name, operation)
        self._attempt.check()
        settling = Settling(self._attempt, self._policy, settle, span)
        last = self._last(name)
        if last is not None and last.status == "open":
            settling.settle(last)
            last = self._last(name)
        if last is not None and last.status == "done" and last.digest == digest:
            return last.outcome or {}

        if self._policy.only_look:
            raise StageFailed(
                "it was not done, and is not sent now: the conversation has gone on since",
                code="superseded",
                hint="say it again where it is still wanted",
            )
        clock = self._attempt.clock
        clock.check()
        now = clock.now()
        self._intended = (clock.monotonic(), now)
        effect = self._writer.intend(
            self._attempt.path,
            self._attempt.number,
            name,
            text,
            digest,
            now=now,
            deadline=now + span,
            fingerprint=fingerprint,
            estimate=estimate,
            session=session,
            budget=self._budget,
        )
        self._attempt.emit("effect.intended", {"name": name})
        return self._send(effect, name, send, refused, settling)

    def last_look(self) -> None:
        """Look at the run and at the time once more; see `clipline.stage.Effects.last_look`."""
        self._attempt.check()
        self._writer.check_ours()
        clock, (steady, wall) = self._attempt.clock, self._intended
        if max(clock.monotonic() - steady, clock.now() - wall) > LATEST:
            raise ServiceError(
                "nothing was sent: too much time passed while the connection was made",
                code="unreachable",
                hint="the machine slept, or the process stood still; go on with the run",
            )

    def earlier(self, name: str) -> JsonObject | None:
        """The outcome that an earlier attempt journalled under `name`, whatever its operation."""
        done = [effect for effect in self._writer.effects(self._attempt.path, name) if effect.status == "done"]
        return done[-1].outcome if done else None

    def open_operation(self, name: str) -> JsonObject | None:
        """The operation of an intent under `name` that has no outcome yet."""
        last = self._last(name)
        return last.operation if last is not None and last.status == "open" else None

    def is_pending(self, name: str) -> bool:
        """Whether an open intent under `name` can still take effect; its deadline is kept right by its settling."""
        last = self._last(name)
        return last is not None and last.status == "open" and last.deadline > self._attempt.clock.now()

    def _last(self, name: str) -> EffectRow | None:
        found = self._writer.effects(self._attempt.path, name)
        return found[-1] if found else None

    def _send(
        self,
        effect: int,
        name: str,
        send: Callable[[], JsonObject],
        refused: Callable[[Exception], bool],
        settling: Settling,
    ) -> JsonObject:
        """Send once. The last look at epoch, cancel and deadline comes immediately before."""
        try:
            self._attempt.check()
            self._attempt.clock.check()
            self._writer.check_ours()
        except BaseException:
            self._conclude(effect, None)  # nothing was sent: that much is sure
            raise
        try:
            outcome = send()
        except Exception as error:
            if isinstance(error, MachineError) and error.code == _FENCED:
                raise  # the intent is another process's now
            if refused(error):
                self._conclude(effect, None)
                raise
            if isinstance(error, Cancelled) or self._attempt.clock.cancelled or self._attempt.clock.remaining == 0.0:
                raise  # the intent stays open; whoever resumes the run settles it
            row = self._last(name)
            assert row is not None
            settled = settling.settle(row)
            if settled is None:
                if isinstance(error, CliplineError) and error.retry == "unsure":
                    error.retry = "safe"  # it was asked, and nothing had happened
                raise
            return settled
        self._conclude(effect, outcome)
        self._attempt.emit("effect.done", {"name": name, "adopted": False})
        return outcome

    def _conclude(self, effect: int, outcome: JsonObject | None) -> None:
        self._writer.conclude(effect, outcome, self._attempt.clock.now())


class NoEffects:
    """The effects of what may have none; implements `clipline.stage.Effects`.

    Args:
        why: the error to raise where one is asked for.
    """

    def __init__(self, why: Callable[[str], CliplineError]) -> None:
        self._why = why

    def perform(self, name: str, *_: object, **__: object) -> NoReturn:
        """Refuse."""
        raise self._why(name)

    def last_look(self) -> None:
        """Nothing is ever sent."""

    def earlier(self, name: str) -> JsonObject | None:  # noqa: ARG002 - named as in `Effects`
        """Nothing was ever done."""
        return None

    def open_operation(self, name: str) -> JsonObject | None:  # noqa: ARG002
        """Nothing is open."""
        return None

    def is_pending(self, name: str) -> bool:  # noqa: ARG002
        """Nothing is open."""
        return False


class PastEffects(NoEffects):
    """The effects that a stage had, as the journal has them; no new one may be done.

    Args:
        rows: of that stage, oldest first.
        why: the error to raise where a new one is asked for.
    """

    def __init__(self, rows: Sequence[EffectRow], why: Callable[[str], CliplineError]) -> None:
        super().__init__(why)
        self._rows = rows

    def earlier(self, name: str) -> JsonObject | None:
        """The last outcome under `name`."""
        done = [row for row in self._rows if row.name == name and row.status == "done"]
        return done[-1].outcome if done else None

    def open_operation(self, name: str) -> JsonObject | None:
        """The operation of an intent under `name` that has no outcome."""
        named = [row for row in self._rows if row.name == name]
        return named[-1].operation if named and named[-1].status == "open" else None


def _digest(name: str, operation: JsonObject) -> tuple[str, str]:
    """The operation as text, and its sha256; equal operations give equal ones."""
    try:
        text = dump(json.loads(json.dumps(operation, sort_keys=True, allow_nan=False)))
    except (TypeError, ValueError) as error:
        raise PluginError(f"the operation of the effect {name!r} is not JSON: {error}") from error
    return text, hashlib.sha256(text.encode()).hexdigest()
