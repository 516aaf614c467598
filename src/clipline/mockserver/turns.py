"""One message of a person: what the agent does to the draft, what that costs, and the stream that tells of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from clipline.mockserver import scenarios
from clipline.mockserver.agent import AgentTurn, answer
from clipline.mockserver.envelope import Refusal
from clipline.mockserver.faults import Fault
from clipline.mockserver.ledger import Charge
from clipline.mockserver.model import Account, Session
from clipline.mockserver.sessions import view_of
from clipline.mockserver.stream import Beat, BeatForm, Delta, Emission, Fail, FailForm, Ids, Pause, Result, Say, encode
from clipline.mockserver.striking import Strikes
from clipline.mockserver.world import World

__all__ = ["Turn", "misshape"]

_BEAT_SECONDS = 15.0
_HEARTBEATS_SECONDS = 960.0


class Turn:
    """A message being answered; its credits are frozen until `commit` or `abandon`.

    Raises:
        Refusal: the account has too few credits (2001).
    """

    def __init__(self, world: World, session: Session, text: str) -> None:
        self.world, self.session, self.text = world, session, text
        with world.lock:
            self._seen = session.draft
            self._turn = self._answer()
            self._cost = _cost(world, self._turn)
            if self._account.available < self._cost:
                raise Refusal(2001, "insufficient credits")
            self._account.frozen += self._cost
            world.save()

    @property
    def _account(self) -> Account:
        return self.world.account(self.session.user_id)

    def _rng(self, what: str) -> random.Random:
        seed = f"{self.world.options.seed}:{what}:{self.session.session_id}:{self.session.turns}:{self.text}"
        return random.Random(seed)  # noqa: S311 - repeatable on purpose

    def _answer(self) -> AgentTurn:
        return answer(view_of(self.world, self.session), self.text, self._rng("turn"), self.world.options)

    @property
    def emissions(self) -> tuple[Emission, ...]:
        """What the agent does and says."""
        return self._turn.emissions

    def commit(self) -> None:
        """Change the draft and charge for it; where the draft changed meanwhile, it is changed from there."""
        with self.world.lock:
            turn = self._turn if self.session.draft is self._seen else self._answer()
            self._release()
            self.session.draft = turn.draft
            self.session.turns += 1
            self._keep_generated(turn.generated)
            if self._cost:
                self._account.credits -= self._cost
                self.world.state.charges.append(self._charge(turn.kind))
            self.world.save()

    def abandon(self) -> None:
        """Free the credits; nothing happened."""
        with self.world.lock:
            self._release()
            self.world.save()

    def _release(self) -> None:
        account = self._account
        account.frozen = max(0, account.frozen - self._cost)

    def _charge(self, kind: str) -> Charge:
        session = self.session
        return Charge(session.session_id, session.user_id, kind, self._cost, self.text, self.world.clock.now())

    def _keep_generated(self, count: int) -> None:
        for _ in range(count):
            number = len(self.session.generated) + 1
            name = f"generated_{number}.mp4"
            self.session.generated.append({"id": f"gen_{number}", "filename": name, "status": "completed"})

    def stream(
        self, emissions: tuple[Emission, ...], settle: Callable[[], None], tick: Callable[[], None]
    ) -> Iterator[bytes]:
        """The bytes of the event stream as they become ready.

        `tick` is called before each event, and may raise to end the stream. `settle` is called before the last event
        goes out, so that whoever saw the end finds the work done.
        """
        options = self.world.options
        ids = Ids.seeded(self._rng("ids"), self.world.clock.now)
        last = max((n for n, each in enumerate(emissions) if not isinstance(each, Pause)), default=-1)
        for number, emission in enumerate(emissions):
            if isinstance(emission, Pause):
                self.world.clock.sleep(emission.seconds * options.pace)
                continue
            tick()
            data = encode(emission, options.dialect, ids)
            if number == last:
                settle()
            if data:
                yield data
        settle()


def _cost(world: World, turn: AgentTurn) -> int:
    if turn.kind == "talk":
        return 0
    if turn.kind == "edit":
        return world.options.edit_cost
    return world.options.generation_cost * max(1, turn.generated)


# --- faults of the stream --------------------------------------------------------------------------------------------


def misshape(emissions: tuple[Emission, ...], strikes: Strikes, pace: float) -> tuple[Emission, ...]:
    """The emissions as the faults of this call leave them; `pace` is undone for heartbeats, whose times are exact."""
    if strikes.of("no_text"):
        emissions = tuple(_unsaid(each) for each in emissions)
    if fault := strikes.of("duplicate_event"):
        emissions = _doubled(emissions, fault.at)
    for kind, scene in _SCENES.items():
        if strikes.of(kind):
            emissions = (*scene(), *emissions) if kind != "apology" else (*emissions, *scene())
    if fault := strikes.of("stream_error"):
        emissions = _failing(emissions, fault)
    if fault := strikes.of("heartbeats_only"):
        emissions = _beating(fault, pace)
    return emissions


_SCENES: dict[str, Callable[[], tuple[Emission, ...]]] = {
    "odd_events": scenarios.odd_events,
    "separators": scenarios.separators,
    "long_line": scenarios.long_line,
    "apology": scenarios.apology,
}


def _unsaid(emission: Emission) -> Emission:
    """The same without words; what it changed is still told."""
    return Delta(emission.delta) if isinstance(emission, Say) else emission


def _doubled(emissions: tuple[Emission, ...], at: int) -> tuple[Emission, ...]:
    events = [n for n, each in enumerate(emissions) if not isinstance(each, Pause | Beat)]
    said = [n for n in events if isinstance(emissions[n], Say)] or events
    if not said:
        return emissions
    place = said[-1] if at < 0 else events[min(at, len(events) - 1)]
    return (*emissions[: place + 1], emissions[place], *emissions[place + 1 :])


def _failing(emissions: tuple[Emission, ...], fault: Fault) -> tuple[Emission, ...]:
    """The stream up to its tools' work, then the error in the place of what would have been said."""
    tools = [n for n, each in enumerate(emissions) if isinstance(each, Result)]
    before = emissions[: tools[-1] + 1] if tools else ()
    form: FailForm = fault.form or "json"  # type: ignore[assignment]  # the fault checked the word
    return (*before, Fail(str(fault.code or 500), fault.message or "The model is overloaded", form))


def _beating(fault: Fault, pace: float) -> tuple[Emission, ...]:
    seconds = _HEARTBEATS_SECONDS if fault.seconds < 0 else fault.seconds
    form: BeatForm = fault.form or "typed"  # type: ignore[assignment]  # the fault checked the word
    return scenarios.heartbeats(max(1, round(seconds / _BEAT_SECONDS)), _BEAT_SECONDS / (pace or 1.0), form)
