"""What happens at most once: intents, outcomes, and finding out after a break."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, MachineError, ServiceError, StageFailed
from clipline.stage import Settled, StageCall, StageResult
from clipline.testing.clocks import VirtualClock

LOST = ServiceError("the line broke", retry="unsure")
BUSY = ServiceError("not now", code="busy")


class Service:
    """A service that charges for each message it gets; a test says how its answers go wrong."""

    def __init__(self) -> None:
        self.charged: list[Any] = []
        self.faults: list[Callable[[], None]] = []
        self.settled = Settled("done", {"id": 1})
        self.asked: list[Any] = []
        self.bill: dict[str, int] = {}

    def send(self, operation: Any) -> dict[str, Any]:
        fault = self.faults.pop(0) if self.faults else lambda: None
        if fault is refuse:
            raise BUSY
        self.charged.append(operation)
        fault()
        return {"id": len(self.charged), **self.bill}

    def stage(self, call: StageCall, options: Any) -> StageResult:
        operation = {"text": options.get("text", "hello")}

        def settle(journalled: Any) -> Settled:
            self.asked.append(journalled)
            return self.settled

        outcome = call.effects.perform(
            "edit",
            operation,
            lambda: self.send(operation),
            settle=settle,
            refused=lambda error: getattr(error, "code", "") == "busy",
            span=0.05,
            estimate=options.get("estimate", 0),
        )
        if options.get("then_fail") and call.attempt == 1:
            raise StageFailed("after the effect", retry="safe")
        return StageResult(dict(outcome))


def refuse() -> None:
    """Marks a refusal: nothing was charged."""


def lose() -> None:
    raise LOST


class Killed(BaseException):
    """What a process that dies looks like from inside: nothing after this line is done."""


def die() -> None:
    raise Killed


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def world(tmp_path: Path, service: Service) -> World:
    return World(tmp_path, kind_plugin({"pay": service.stage}))


def test_an_effect_is_sent_once_and_its_outcome_returned(world: World, service: Service) -> None:
    result = world.run(stages_of("pay"))
    assert (result.stages["pay"].outputs, service.charged, service.asked) == ({"id": 1}, [{"text": "hello"}], [])
    assert [event.type for event in world.events if event.type.startswith("effect")] == [
        "effect.intended",
        "effect.done",
    ]


def test_a_second_try_gets_the_outcome_of_the_first_without_sending(world: World, service: Service) -> None:
    stage = {"stage": "pay", "with": {"then_fail": True}, "retry": {"attempts": 2, "delay": "0.01s"}}
    result = world.run(stages_of(stage))
    assert (result.status, result.stages["pay"].attempts, len(service.charged)) == ("done", 2, 1)
    assert result.stages["pay"].outputs == {"id": 1}


def test_a_refusal_allows_a_new_intent(world: World, service: Service) -> None:
    service.faults = [refuse]
    result = world.run(stages_of({"stage": "pay", "retry": {"attempts": 2, "delay": "0.01s"}}))
    assert (result.status, len(service.charged), service.asked) == ("done", 1, [])


def test_a_lost_answer_is_settled_by_reading_and_never_sent_again(world: World, service: Service) -> None:
    service.faults = [lose]
    service.settled = Settled("done", {"id": 77})
    result = world.run(stages_of("pay"))
    assert (result.status, len(service.charged), service.asked) == ("done", 1, [{"text": "hello"}])
    assert result.stages["pay"].outputs == {"id": 77}
    assert [finding.level for _, finding in result.findings] == ["WARN"]
    assert [event.data["adopted"] for event in world.events if event.type == "effect.done"] == [True]


def test_what_nobody_can_tell_stops_with_status_6_and_is_not_sent_on_resume(world: World, service: Service) -> None:
    service.faults = [lose]
    service.settled = Settled("unknown", advice="look at the credits")
    result = world.run(stages_of({"stage": "pay", "retry": {"attempts": 5, "delay": "0.01s"}}))
    assert (result.status, result.exit, len(service.charged)) == ("failed", 6, 1)
    way = f"to send it again, which may be charged twice: clipline resume {result.run_id} --resend"
    assert result.errors[0]["hint"] == f"look at the credits; {way}"
    for _ in range(2):
        assert world.resume().exit == 6
    assert len(service.charged) == 1
    service.settled = Settled("done", {"id": 5})
    assert world.resume().stages["pay"].outputs == {"id": 5}
    assert len(service.charged) == 1


def test_what_is_proved_not_to_have_happened_may_be_sent_again(world: World, service: Service) -> None:
    service.faults = [lose]
    service.settled = Settled("not_done")
    assert world.run(stages_of("pay")).exit == 5
    assert world.resume().status == "done"
    assert [row.status for row in world.journal.continue_(world.journal.runs()[0].id).effects()] == ["void", "done"]


def test_a_process_that_dies_in_the_send_settles_when_resumed(world: World, service: Service) -> None:
    service.faults = [die]
    with pytest.raises(Killed):
        world.run(stages_of("pay"))
    assert len(service.charged) == 1
    assert world.journal.runs()[0].status == "interrupted"
    service.settled = Settled("done", {"id": 3})
    result = world.resume()
    assert (result.status, len(service.charged), service.asked) == ("done", 1, [{"text": "hello"}])


def test_what_can_be_seen_before_the_span_is_over_is_adopted_at_once(world: World, service: Service) -> None:
    service.faults = [lose]
    result = world.run(stages_of("pay"))
    (effect,) = world.journal.continue_(result.run_id).effects()
    (told,) = [event for event in world.events if event.type == "effect.done"]
    assert (result.status, told.time < effect.deadline, len(service.asked)) == ("done", True, 1)


def test_a_cancel_in_the_send_leaves_the_intent_open_for_resume(world: World, service: Service) -> None:
    token = CancelToken()

    def cancelled_in_between() -> None:
        token.cancel()
        raise LOST

    service.faults = [cancelled_in_between]
    result = world.run(stages_of("pay"), clock=Clock(token))
    assert (service.asked, len(service.charged), result.status != "done") == ([], 1, True)
    assert world.resume().stages["pay"].outputs == {"id": 1}
    assert (service.asked, len(service.charged)) == ([{"text": "hello"}], 1)


def test_whoever_stops_a_run_in_a_send_that_costs_is_told_that_it_may_be_charged(
    world: World, service: Service
) -> None:
    token = CancelToken()

    def cancelled_in_between() -> None:
        token.cancel()
        raise Cancelled

    service.faults = [cancelled_in_between]
    result = world.run(stages_of({"stage": "pay", "with": {"estimate": 50}}), clock=Clock(token))
    ((stage, finding),) = result.findings
    assert (result.status, stage, finding.level, "may be charged" in finding.text) == ("cancelled", "pay", "WARN", True)


def test_a_run_whose_folder_somebody_removed_ends_well(tmp_path: Path) -> None:
    def vandal(call: StageCall, _: Any) -> StageResult:
        shutil.rmtree(call.folder.parent)
        return StageResult()

    world = World(tmp_path, kind_plugin({"vandal": vandal}))
    assert world.run(stages_of("vandal")).status == "done"


def test_another_operation_under_the_same_name_is_another_effect(tmp_path: Path, service: Service) -> None:
    def twice(call: StageCall, options: Any) -> StageResult:
        for text in ("one", "two"):
            call.effects.perform(
                "edit", {"text": text}, lambda text=text: service.send(text), settle=lambda _: service.settled
            )
        assert call.effects.earlier("edit") == {"id": 2}
        assert call.effects.open_operation("edit") is None
        return StageResult()

    world = World(tmp_path, kind_plugin({"twice": twice}))
    assert world.run(stages_of("twice")).status == "done"
    assert service.charged == ["one", "two"]


def test_nothing_is_sent_once_another_process_has_the_run(world: World, service: Service, tmp_path: Path) -> None:
    def taken(event: Any) -> None:
        if event.type == "effect.intended":
            world.journal.continue_(event.run_id, take_over=True)

    with pytest.raises(Exception, match="taken over"):
        world.run(stages_of("pay"), on_event=taken)
    assert service.charged == []


def test_nothing_is_sent_where_the_run_was_taken_over_while_the_connection_was_made(tmp_path: Path) -> None:
    sent, asked = [], []

    def slow(call: StageCall, options: Any) -> StageResult:
        def send() -> dict[str, Any]:
            world.journal.continue_(call.run_id, take_over=True)
            call.effects.last_look()
            sent.append(call.path)
            return {}

        def settle(operation: Any) -> Settled:
            asked.append(operation)
            return Settled("not_done")

        return StageResult(call.effects.perform("edit", {}, send, settle=settle))

    world = World(tmp_path, kind_plugin({"slow": slow}))
    with pytest.raises(MachineError, match="taken over"):
        world.run(stages_of("slow"))
    assert (sent, asked) == ([], []), "what becomes of the intent is the other process's business"


def test_nothing_is_sent_where_the_process_stood_still_while_the_connection_was_made(tmp_path: Path) -> None:
    sent: list[int] = []

    def slow(call: StageCall, options: Any) -> StageResult:
        def send() -> dict[str, Any]:
            if call.attempt == 1:
                clock.advance(3600)
            call.effects.last_look()
            sent.append(call.attempt)
            return {}

        refused = {"refused": lambda error: getattr(error, "code", "") == "unreachable"}
        return StageResult(call.effects.perform("edit", {}, send, settle=lambda _: Settled("unknown"), **refused))

    clock = VirtualClock()
    world = World(tmp_path, kind_plugin({"slow": slow}))
    result = world.run(stages_of({"stage": "slow", "retry": {"attempts": 2}}), clock=clock)
    assert (result.status, sent) == ("done", [2])


def test_an_operation_that_is_no_json_is_the_plugins_fault(tmp_path: Path) -> None:
    def odd(call: StageCall, options: Any) -> StageResult:
        call.effects.perform("x", {"o": object()}, dict, settle=lambda _: Settled("unknown"))
        return StageResult()

    result = World(tmp_path, kind_plugin({"odd": odd})).run(stages_of("odd"))
    assert (result.errors[0]["code"], result.exit) == ("plugin", 2)


def paying(*estimates: int, budget: int) -> dict[str, Any]:
    stages = [
        {"stage": "pay", "id": f"pay{number}", "with": {"text": str(number), "estimate": estimate}}
        for number, estimate in enumerate(estimates)
    ]
    return {"budget": {"credits": budget}, "stages": stages}


def test_nothing_is_sent_that_the_budget_does_not_allow(world: World, service: Service) -> None:
    result = world.run(paying(50, 50, 50, budget=120))
    assert (result.exit, len(service.charged)) == (4, 2)
    assert result.errors[0]["code"] == "budget"
    assert world.resume().exit == 4
    assert len(service.charged) == 2


def test_what_an_effect_really_cost_counts_and_not_its_estimate(world: World, service: Service) -> None:
    service.bill = {"credits": 10}
    assert world.run(paying(50, 50, 50, budget=120)).status == "done"
    service.bill = {"credits": 110}
    assert world.run(paying(50, 50, budget=120)).exit == 4


def test_a_refused_send_gives_its_share_of_the_budget_back(world: World, service: Service) -> None:
    service.faults = [refuse]
    pipeline = paying(100, budget=100)
    pipeline["stages"][0]["retry"] = {"attempts": 2, "delay": "0.01s"}
    assert world.run(pipeline).status == "done"
