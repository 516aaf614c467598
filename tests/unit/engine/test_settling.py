"""What becomes of a send that nobody saw the end of: looking early, waiting, not waiting, and the person's word."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of

from clipline.app.resuming import choose
from clipline.clock import CancelToken, Clock
from clipline.engine.results import RunResult
from clipline.errors import AccountError, ServiceError
from clipline.stage import Settled, StageCall, StageResult
from clipline.testing.clocks import VirtualClock

SPAN = 900.0


class Killed(BaseException):
    """What a process that dies looks like from inside."""


class Paid:
    """A paid service: `bill` lists what was charged; what it took takes effect `delay` seconds later."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.bill: list[str] = []
        self.effective: list[float] = []
        self.delay = 0.0
        self.fault: type[BaseException] | Callable[[], BaseException] | None = None
        self.blind = False
        self.unreachable = 0
        self.looks: list[float] = []
        self.session = "base/s1"

    def send(self) -> dict[str, Any]:
        fault, self.fault = self.fault, None
        self.bill.append("edit")
        self.effective.append(self.clock.now() + self.delay)
        if fault is not None:
            raise fault()
        return {"edits": len(self.bill), "credits": 10}

    def settle(self, operation: Any) -> Settled:
        self.looks.append(self.clock.now())
        if self.unreachable:
            self.unreachable -= 1
            raise ServiceError("no route")
        seen = [at for at in self.effective if at <= self.clock.now()]
        if len(seen) > operation["before"] and not self.blind:
            return Settled("done", {"edits": len(seen), "credits": 10})
        return Settled("unknown", advice="look at your credits")

    def stage(self, call: StageCall, options: Any) -> StageResult:
        operation = call.effects.open_operation("edit") or {"before": len(self.bill)}
        outcome = call.effects.perform(
            "edit", operation, self.send, settle=self.settle, span=SPAN, estimate=50, session=self.session
        )
        return StageResult(dict(outcome))


def lost() -> ServiceError:
    return ServiceError("the line broke", retry="unsure")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def paid(clock: VirtualClock) -> Paid:
    return Paid(clock)


@pytest.fixture
def world(tmp_path: Path, paid: Paid) -> World:
    return World(tmp_path, kind_plugin({"edit": paid.stage}))


def killed_in_send(world: World, paid: Paid, clock: Clock, pipeline: Any = None) -> str:
    """A run whose process died in its send; its id."""
    paid.fault = Killed
    with pytest.raises(Killed):
        world.run(pipeline or stages_of("edit"), clock=clock)
    return world.journal.runs()[0].id


def warnings(result: RunResult) -> list[str]:
    return [finding.text for _, finding in result.findings if finding.level == "WARN"]


# --- looking and waiting ---------------------------------------------------------------------------------------------


def test_what_took_effect_is_adopted_without_waiting(world: World, paid: Paid, clock: VirtualClock) -> None:
    paid.fault = lost
    result = world.run(stages_of("edit"), clock=clock)
    assert (result.status, len(paid.bill), len(paid.looks), clock.waits) == ("done", 1, 1, ())
    assert "adopted" in warnings(result)[0]


def test_what_takes_effect_late_is_waited_for_with_a_countdown(world: World, paid: Paid, clock: VirtualClock) -> None:
    paid.fault, paid.delay = lost, 600.0
    result = world.run(stages_of("edit"), clock=clock)
    assert (result.status, len(paid.bill), len(paid.looks)) == ("done", 1, 2)
    assert paid.looks[1] - paid.looks[0] == pytest.approx(SPAN)
    told = [event.data["seconds_left"] for event in world.events if event.type == "stage.progress"]
    assert told[0] == SPAN
    assert told == sorted(told, reverse=True)
    assert len(told) > 50


def test_a_process_that_comes_later_waits_only_for_what_is_left(world: World, paid: Paid, clock: VirtualClock) -> None:
    killed_in_send(world, paid, clock)
    paid.blind = True
    clock.advance(SPAN - 30)
    assert world.resume(clock=clock).exit == 6
    assert sum(clock.waits) == pytest.approx(30)


def test_a_clock_that_was_set_back_makes_nobody_wait_longer_than_the_span(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    killed_in_send(world, paid, clock)
    paid.blind = True
    clock.advance(-86_400)
    assert world.resume(clock=clock).exit == 6
    assert sum(clock.waits) == pytest.approx(SPAN)


def test_a_clock_that_was_set_back_has_who_will_not_wait_come_back_once_and_no_more(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    killed_in_send(world, paid, clock)
    paid.blind = True
    clock.advance(-86_400)
    assert world.resume(clock=clock, wait=False).exit == 5
    clock.advance(SPAN)
    assert world.resume(clock=clock, wait=False).exit == 6


def test_a_clock_that_is_set_back_during_the_wait_has_nobody_wait_again(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    killed_in_send(world, paid, clock)
    paid.blind = True

    class SetBack(VirtualClock):
        """A clock that loses a day when it is waited on for the first time; what is measured by it does not."""

        behind = 0.0

        def now(self) -> float:
            return super().now() - SetBack.behind

        def wait(self, seconds: float) -> None:
            SetBack.behind = 86_400.0
            super().wait(seconds)

    other = SetBack()
    assert world.resume(clock=other).exit == 6
    assert sum(other.waits) == pytest.approx(SPAN)
    assert world.resume(clock=other).exit == 6
    assert sum(other.waits) == pytest.approx(SPAN)


def test_a_clock_that_is_set_back_while_it_is_looked_leaves_it_over(tmp_path: Path, clock: VirtualClock) -> None:
    paid, pending = Paid(clock), []

    def stage(call: StageCall, options: Any) -> StageResult:
        def settle(operation: Any) -> Settled:
            clock.advance(-86_400)
            pending.append(call.effects.is_pending("edit"))
            return Settled("done", {"edits": 1})

        operation = call.effects.open_operation("edit") or {"before": 0}
        return StageResult(dict(call.effects.perform("edit", operation, paid.send, settle=settle, span=SPAN)))

    world = World(tmp_path, kind_plugin({"edit": stage}))
    killed_in_send(world, paid, clock)
    clock.advance(SPAN + 1)
    assert world.resume(clock=clock, wait=False).status == "done"
    assert pending == [False]


def test_a_service_that_cannot_be_asked_yet_is_asked_again_after_the_span(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    paid.fault, paid.unreachable = lost, 1
    assert world.run(stages_of("edit"), clock=clock).status == "done"
    assert (len(paid.bill), len(paid.looks)) == (1, 2)


def test_who_will_not_wait_gets_a_waiting_run_and_when_to_come_again(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    paid.fault, paid.delay = lost, 600.0
    result = world.run({**stages_of("edit"), "finally": [{"stage": "edit", "id": "end"}]}, clock=clock, wait=False)
    assert (result.status, result.exit, result.errors[0]["code"]) == ("waiting", 5, "effect_pending")
    assert f"clipline resume {result.run_id}" in result.errors[0]["hint"]
    assert (clock.waits, list(result.stages)) == ((), ["edit"])
    assert world.resume(clock=clock, wait=False).exit == 5
    clock.advance(600)
    paid.session = "base/s2"
    assert world.resume(clock=clock, wait=False).status == "done"
    assert len(paid.bill) == 2  # the edit, and that of `finally`


def test_a_stage_knows_whether_the_person_waits(tmp_path: Path, clock: VirtualClock) -> None:
    seen: list[bool] = []

    def stage(call: StageCall, options: Any) -> StageResult:
        seen.append(call.wait)
        return StageResult()

    world = World(tmp_path, kind_plugin({"edit": stage}))
    world.run(stages_of("edit"), clock=clock, wait=False)
    world.run(stages_of("edit"), clock=clock)
    assert seen == [False, True]


def test_every_line_of_the_countdown_says_until_when_and_how_not_to_wait(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    paid.fault, paid.delay = lost, 600.0
    world.run(stages_of("edit"), clock=clock)
    told = [event.data for event in world.events if event.type == "stage.progress"]
    assert {data["text"] for data in told} == {told[0]["text"]}
    assert "waiting until " in told[0]["text"]
    assert "--no-wait" in told[0]["text"]
    left = [data["seconds_left"] for data in told]
    assert max(before - after for before, after in itertools.pairwise(left)) <= 1.0


def test_the_wait_ends_at_once_when_the_run_is_cancelled(world: World, paid: Paid) -> None:
    token = CancelToken()
    paid.clock, paid.fault, paid.delay = Clock(), lost, 600.0
    timer = threading.Timer(0.2, token.cancel)
    timer.start()
    result = world.run(stages_of("edit"), clock=Clock(token))
    assert (result.status, result.exit) == ("cancelled", 130)
    assert result.seconds < 10
    assert [effect.status for effect in world.journal.effects(result.run_id)] == ["open"]


def test_what_is_proved_not_to_have_happened_is_tried_again_where_the_file_says_so(tmp_path: Path) -> None:
    sent: list[int] = []

    def send() -> dict[str, Any]:
        sent.append(1)
        if len(sent) == 1:
            raise lost()
        return {}

    def stage(call: StageCall, options: Any) -> StageResult:
        call.effects.perform("edit", {}, send, settle=lambda _: Settled("not_done"), span=0.0)
        return StageResult()

    world = World(tmp_path, kind_plugin({"edit": stage}))
    retried = {"stage": "edit", "retry": {"attempts": 2, "delay": "0.01s"}}
    assert (world.run(stages_of(retried)).status, len(sent)) == ("done", 2)


# --- the person's word -----------------------------------------------------------------------------------------------


def test_with_resend_what_nobody_can_tell_is_sent_once_more(world: World, paid: Paid, clock: VirtualClock) -> None:
    run = killed_in_send(world, paid, clock)
    paid.blind = True
    assert world.resume(clock=clock).exit == 6
    result = world.resume(clock=clock, resend=True)
    assert (result.status, len(paid.bill)) == ("done", 2)
    assert "may be charged twice" in warnings(result)[0]
    effects = world.journal.effects(run)
    assert [(effect.status, effect.word) for effect in effects] == [("void", "resend"), ("done", "")]


def test_with_resend_too_what_took_effect_is_adopted(world: World, paid: Paid, clock: VirtualClock) -> None:
    killed_in_send(world, paid, clock)
    result = world.resume(clock=clock, resend=True)
    assert (result.status, len(paid.bill)) == ("done", 1)


def test_the_word_counts_for_what_was_open_and_not_for_what_is_lost_afterwards(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    killed_in_send(world, paid, clock)
    paid.blind, paid.fault = True, lost
    assert world.resume(clock=clock, resend=True).exit == 6
    assert len(paid.bill) == 2
    assert world.resume(clock=clock).exit == 6
    assert len(paid.bill) == 2


def test_what_may_have_been_charged_counts_against_the_budget(world: World, paid: Paid, clock: VirtualClock) -> None:
    killed_in_send(world, paid, clock, {"budget": {"credits": 80}, **stages_of("edit")})
    paid.blind = True
    result = world.resume(clock=clock, resend=True)
    assert (result.exit, result.errors[0]["code"], len(paid.bill)) == (4, "budget", 1)


# --- one session, one open intent ------------------------------------------------------------------------------------


def test_another_run_cannot_change_a_session_whose_last_change_is_not_settled(
    world: World, paid: Paid, clock: VirtualClock
) -> None:
    first = killed_in_send(world, paid, clock)
    result = world.run(stages_of("edit"), clock=clock)
    assert (result.exit, result.errors[0]["code"], len(paid.bill)) == (7, "session_busy", 1)
    assert first in result.errors[0]["message"]
    assert f"clipline resume {first}" in result.errors[0]["hint"]
    assert world.resume(first, clock=clock).status == "done"
    assert world.resume(result.run_id, clock=clock).status == "done"
    assert len(paid.bill) == 2


def test_another_session_is_free(world: World, paid: Paid, clock: VirtualClock) -> None:
    killed_in_send(world, paid, clock)
    paid.session = "base/s2"
    assert world.run(stages_of("edit"), clock=clock).status == "done"


def test_branches_cannot_change_one_session_at_once(tmp_path: Path) -> None:
    gate = threading.Barrier(2, timeout=10)

    def pay(call: StageCall, options: Any) -> StageResult:
        def send() -> dict[str, Any]:
            gate.wait()
            return {}

        call.effects.perform("pay", {}, send, settle=lambda _: Settled("unknown"), session="s")
        return StageResult()

    def late(call: StageCall, options: Any) -> StageResult:
        while "effect.intended" not in world.types("both.pay"):
            call.clock.sleep(0.01)
        try:
            call.effects.perform("pay", {}, dict, settle=lambda _: Settled("unknown"), session="s")
        finally:
            gate.wait()
        return StageResult()

    world = World(tmp_path, kind_plugin({"pay": pay, "late": late}))
    result = world.run(stages_of({"parallel": ["pay", "late"], "id": "both"}))
    assert result.errors[0]["code"] == "session_busy"
    assert "the stage 'both.pay' of this run" in result.errors[0]["message"]


# --- what a run cost, who may pay ------------------------------------------------------------------------------------


def test_a_result_tells_what_the_run_is_known_to_have_cost(world: World, paid: Paid, clock: VirtualClock) -> None:
    result = world.run(stages_of("edit", {"stage": "edit", "id": "again"}), clock=clock)
    assert (result.credits, result.as_json()["credits"]) == (20.0, 20.0)
    assert world.resume(result.run_id, clock=clock).credits == 20.0


def test_a_run_that_paid_nothing_tells_no_cost(tmp_path: Path) -> None:
    world = World(tmp_path, kind_plugin({"look": lambda call, options: StageResult()}))
    assert world.run(stages_of("look")).credits is None


def test_a_kind_that_is_not_described_as_effectful_can_have_no_effects(tmp_path: Path, paid: Paid) -> None:
    world = World(tmp_path, kind_plugin({"edit": paid.stage}, pure=frozenset({"edit"})))
    result = world.run(stages_of("edit"))
    assert (result.exit, result.errors[0]["code"], paid.bill) == (2, "not_effectful", [])


def test_a_retry_waits_as_long_as_the_service_asks(tmp_path: Path, clock: VirtualClock) -> None:
    def busy(call: StageCall, options: Any) -> StageResult:
        if call.attempt == 1:
            raise ServiceError("too many", retry="safe", retry_after=30.0)
        return StageResult()

    world = World(tmp_path, kind_plugin({"busy": busy}))
    result = world.run(stages_of({"stage": "busy", "retry": {"attempts": 2, "delay": "2s"}}), clock=clock)
    assert (result.status, clock.waits) == ("done", (30.0,))


def test_an_error_of_the_account_that_waits_leaves_the_run_open_with_its_own_status(tmp_path: Path) -> None:
    from clipline.errors import AccountWaiting

    plan = {"allows": False}

    def export(call: StageCall, options: Any) -> StageResult:
        if not plan["allows"]:
            raise AccountWaiting("register to export", code="plan_required")
        return StageResult()

    done: list[str] = []

    def tidy(call: StageCall, options: Any) -> StageResult:
        done.append(call.path)
        return StageResult()

    world = World(tmp_path, kind_plugin({"export": export, "tidy": tidy}))
    result = world.run({**stages_of("tidy", "export"), "finally": [{"stage": "tidy", "id": "end"}]})
    assert (result.status, result.exit, done) == ("waiting", 4, ["tidy"])
    newest = choose(world.journal).run
    assert newest is not None
    assert newest.id == result.run_id
    plan["allows"] = True
    assert world.resume().status == "done"
    assert done == ["tidy", "finally.end"]


def test_an_error_of_the_account_that_does_not_wait_ends_the_run(tmp_path: Path) -> None:
    def broke(call: StageCall, options: Any) -> StageResult:
        raise AccountError("no token")

    result = World(tmp_path, kind_plugin({"broke": broke})).run(stages_of("broke"))
    assert (result.status, result.exit) == ("failed", 4)


# --- every moment to die at ------------------------------------------------------------------------------------------


class Ledger:
    """Two paid stages and a free one; what was charged can be read, under the stage's own name."""

    def __init__(self) -> None:
        self.charged: list[str] = []
        self.die_in = ""

    def pay(self, call: StageCall, options: Any) -> StageResult:
        def send() -> dict[str, Any]:
            if self.die_in == f"{call.path} before":
                raise Killed
            self.charged.append(call.path)
            if self.die_in == f"{call.path} after":
                raise Killed
            return {"credits": 10}

        def settle(_: Any) -> Settled:
            return Settled("done", {"credits": 10}) if call.path in self.charged else Settled("unknown")

        call.effects.perform("pay", {"of": call.path}, send, settle=settle, span=SPAN, estimate=10, session="s")
        return StageResult(state={"paid": [*call.state.get("paid", ()), call.path]})


PAID_TWICE = {"budget": {"credits": 20}, **stages_of({"stage": "pay", "id": "a"}, {"stage": "pay", "id": "b"})}


def seen_through(world: World, ledger: Ledger, clock: Clock) -> RunResult:
    """Resume as a person does who is told that nobody can tell, and has looked."""
    ledger.die_in = ""
    result = world.resume(clock=clock)
    if result.exit == 6:
        assert ledger.charged != ["a", "b"]
        result = world.resume(clock=clock, resend=True)
    return result


def test_whatever_moment_the_process_dies_at_each_stage_is_charged_once(tmp_path: Path) -> None:
    moments = 0
    for number in range(1, 100):
        ledger, clock = Ledger(), VirtualClock()
        world = World(tmp_path / str(number), kind_plugin({"pay": ledger.pay}))

        def die(event: Any, number: int = number) -> None:
            if event.sequence == number:
                raise Killed

        try:
            world.run(PAID_TWICE, clock=clock, on_event=die)
        except Killed:
            moments += 1
        else:
            break
        result = seen_through(world, ledger, clock)
        # Where it died between the intent and the send, the estimate of the lost one still counts: the budget says so.
        assert (result.status, sorted(ledger.charged)) == ("done", ["a", "b"]) or result.errors[0]["code"] == "budget"
        assert len(ledger.charged) == len(set(ledger.charged))
    assert moments > 8


@pytest.mark.parametrize("moment", ["a before", "a after", "b before", "b after"])
def test_a_process_that_dies_in_a_send_pays_once(tmp_path: Path, moment: str) -> None:
    ledger, clock = Ledger(), VirtualClock()
    world = World(tmp_path, kind_plugin({"pay": ledger.pay}))
    ledger.die_in = moment
    with pytest.raises(Killed):
        world.run({**PAID_TWICE, "budget": {"credits": 30}}, clock=clock)
    result = seen_through(world, ledger, clock)
    assert (result.status, ledger.charged) == ("done", ["a", "b"])
    assert result.state == {"paid": ["a", "b"]}


def test_a_wait_that_no_one_would_sit_through_ends_the_stage_and_is_told(tmp_path: Path, clock: VirtualClock) -> None:
    def busy(call: StageCall, options: Any) -> StageResult:
        raise ServiceError("too many", retry="safe", retry_after=604_800.0)

    world = World(tmp_path, kind_plugin({"busy": busy}))
    result = world.run(stages_of({"stage": "busy", "retry": {"attempts": 3, "delay": "2s"}}), clock=clock)
    assert (result.exit, result.errors[0]["retry_after"], clock.waits) == (5, 604_800.0, ())
