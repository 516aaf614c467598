"""Building a lost session anew: what is repeated, what stays, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of, statuses

from clipline.engine.results import RunResult
from clipline.errors import AccountError, OutcomeUnknown, ServiceError, StageFailed, Waiting
from clipline.stage import Settled, StageCall, StageResult
from clipline.testing.clocks import VirtualClock


class Cloud:
    """A paid backend whose sessions can die; `ledger` has the stage of every charge, `done` every stage that worked."""

    def __init__(self) -> None:
        self.sessions: dict[str, list[str]] = {}
        self.opened = 0
        self.dead: set[str] = set()
        self.ledger: list[str] = []
        self.done: list[str] = []
        self.failing: set[str] = set()
        self.lose: set[str] = set()
        self.late: set[str] = set()

    def session(self, call: StageCall) -> list[str]:
        name = call.state["cloud"]["session"]
        if name in self.dead:
            raise OutcomeUnknown("the session is gone with what was paid for", hint="--replay")
        return self.sessions[name]

    def auth(self, call: StageCall, options: Any) -> StageResult:
        self.opened += 1
        name = f"s{self.opened}"
        self.sessions[name] = []
        self.done.append(call.path)
        return StageResult(state={**call.state, "cloud": {"session": name}})

    def upload(self, call: StageCall, options: Any) -> StageResult:
        self.session(call).append(f"clip of {call.path}")
        self.done.append(call.path)
        return StageResult(state={**call.state, "cloud": {**call.state["cloud"], "uploaded": True}})

    def edit(self, call: StageCall, options: Any) -> StageResult:
        session = self.session(call)

        def send() -> dict[str, Any]:
            self.ledger.append(call.path)
            session.append(f"edit {call.path}")
            if call.path in self.lose:
                raise ServiceError("the line broke", retry="unsure")
            return {"credits": 40}

        call.effects.perform(
            "edit",
            {"session": call.state["cloud"]["session"]},
            send,
            settle=lambda _: Settled("unknown"),
            span=60.0,
            estimate=50,
            session=call.state["cloud"]["session"],
        )
        self.done.append(call.path)
        return StageResult(state={**call.state, "cloud": {**call.state["cloud"], "edited": True}})

    def export(self, call: StageCall, options: Any) -> StageResult:
        if call.path in self.failing:
            raise StageFailed("not now")
        session = call.state["cloud"]["session"]

        def begin() -> dict[str, Any]:
            self.session(call)
            return {"session": session}

        job = call.effects.earlier("render") or call.effects.perform(
            "render", {"session": session}, begin, settle=lambda _: Settled("unknown"), refused=lambda _: True
        )
        if job["session"] in self.dead:
            raise StageFailed("the job went with its session")
        if call.path in self.late:
            raise Waiting("the render goes on")
        assert any(entry.startswith("edit") for entry in self.session(call))
        target = call.out / f"{call.path}.mp4"
        made = call.files.delivered(target)
        if made is None:
            temporary = call.files.temporary(target)
            temporary.write_text("\n".join(self.session(call)))
            made = call.files.deliver(temporary, target)
        self.done.append(call.path)
        return StageResult(artifacts=(made,))

    def notify(self, call: StageCall, options: Any) -> StageResult:
        if call.path in self.failing:
            raise StageFailed("nobody listens")
        self.done.append(call.path)
        return StageResult()

    def mark(self, call: StageCall, options: Any) -> StageResult:
        """A kind of another plugin, with a part of the state of its own."""
        self.done.append(call.path)
        return StageResult(state={**call.state, "mark": call.path})

    def polish(self, call: StageCall, options: Any) -> StageResult:
        """A kind of another plugin that works in the session and delivers nothing."""
        self.session(call).append("polished")
        self.done.append(call.path)
        return StageResult(state={**call.state, "cloud": {**call.state["cloud"], "polished": True}})

    def die(self, *names: str) -> None:
        self.dead.update(names or self.sessions)
        self.failing.clear()
        self.lose.clear()
        self.late.clear()
        self.done.clear()


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def world(tmp_path: Path, cloud: Cloud) -> World:
    kinds = {name: getattr(cloud, name) for name in ("auth", "upload", "edit", "export", "notify", "mark", "polish")}
    return World(tmp_path, kind_plugin(kinds))


def stopped(world: World, pipeline: Mapping[str, Any]) -> RunResult:
    result = world.run(pipeline, clock=VirtualClock())
    assert result.status == "failed"
    return result


def told(result: RunResult) -> str:
    return next(finding.text for path, finding in result.findings if not path)


def test_a_dead_session_is_built_anew_and_nothing_that_was_delivered_is_repeated(world: World, cloud: Cloud) -> None:
    cloud.failing = {"second"}
    pipeline = stages_of("auth", "upload", "edit", "export", "notify", {"stage": "export", "id": "second"})
    stopped(world, pipeline)
    cloud.die()
    assert world.resume().exit == 6
    result = world.resume(replay=True)
    assert (result.status, cloud.done) == ("done", ["auth", "upload", "edit", "second"])
    assert cloud.ledger == ["edit", "edit"]
    assert told(result) == (
        "as you said, these are done again in a new session: auth, upload, edit; 40 credits were paid in the "
        "lost one, about 40 credits are to be expected now"
    )
    assert result.credits == 80
    assert "s2" in str(result.state)


def test_the_price_is_told_before_anything_is_done(world: World, cloud: Cloud) -> None:
    cloud.failing = {"export"}
    stopped(world, stages_of("auth", "upload", "edit", "export"))
    cloud.die()
    world.resume(replay=True)
    types = world.types()
    assert types.index("finding") < types.index("stage.started")


def test_what_the_budget_does_not_allow_is_said_and_nothing_is_touched(world: World, cloud: Cloud) -> None:
    cloud.failing = {"export"}
    run = stopped(world, {"budget": {"credits": 70}, **stages_of("auth", "upload", "edit", "export")}).run_id
    cloud.die()
    before = world.journal.stages(run)
    with pytest.raises(AccountError, match="40 credits") as refused:
        world.resume(replay=True)
    assert (refused.value.code, cloud.done, world.journal.stages(run)) == ("budget", [], before)
    assert world.journal.run(run).status == "failed"


def test_where_only_a_message_is_left_no_session_is_built(world: World, cloud: Cloud) -> None:
    cloud.failing = {"notify"}
    stopped(world, stages_of("auth", "upload", "edit", "export", "notify"))
    cloud.die()
    result = world.resume(replay=True)
    assert (result.status, cloud.done) == ("done", ["notify"])
    assert "nothing to build anew" in told(result)


def test_of_a_loop_in_one_session_only_unfinished_items_are_repeated(world: World, cloud: Cloud) -> None:
    cloud.failing = {"clips[1].export"}
    loop = {"for_each": [1, 2, 3], "id": "clips", "stages": ["upload", "edit", "export"]}
    stopped(world, stages_of("auth", loop))
    assert len(cloud.ledger) == 3
    cloud.die()
    result = world.resume(replay=True)
    assert result.status == "done"
    assert cloud.done == ["auth", "clips[1].upload", "clips[1].edit", "clips[1].export"]
    assert cloud.ledger.count("clips[0].edit") == 1


def test_of_a_loop_with_a_session_each_the_others_are_left_alone(world: World, cloud: Cloud) -> None:
    cloud.failing = {"clips[1].export"}
    loop = {"for_each": [1, 2], "id": "clips", "stages": ["auth", "upload", "edit", "export"]}
    stopped(world, stages_of("auth", "upload", loop))
    cloud.die()
    result = world.resume(replay=True)
    assert result.status == "done"
    assert cloud.done == [f"clips[1].{kind}" for kind in ("auth", "upload", "edit", "export")]


def test_items_that_were_never_begun_find_the_new_session(world: World, cloud: Cloud) -> None:
    class Killed(BaseException):
        pass

    def die_at(event: Any) -> None:
        if event.type == "stage.started" and event.stage == "clips[1].upload":
            raise Killed

    loop = {"for_each": [1, 2], "id": "clips", "stages": ["upload", "edit", "export"]}
    with pytest.raises(Killed):
        world.run(stages_of("auth", loop), on_event=die_at)
    cloud.die()
    assert world.resume(replay=True).status == "done"
    assert cloud.done == ["auth", "clips[1].upload", "clips[1].edit", "clips[1].export"]


def test_an_export_does_not_wait_for_a_job_of_the_lost_session(world: World, cloud: Cloud) -> None:
    cloud.late = {"export"}
    assert world.run(stages_of("auth", "upload", "edit", "export")).status == "waiting"
    cloud.die()
    assert world.resume().exit == 1
    result = world.resume(replay=True)
    assert (result.status, cloud.done) == ("done", ["auth", "upload", "edit", "export"])


def test_the_parts_of_the_state_that_others_made_stay(world: World, cloud: Cloud) -> None:
    cloud.failing = {"export"}
    stopped(world, stages_of("mark", "auth", "upload", "edit", "polish", "export"))
    cloud.die()
    result = world.resume(replay=True)
    assert (result.status, cloud.done) == ("done", ["auth", "upload", "edit", "polish", "export"])
    assert result.state["mark"] == "mark"
    assert cloud.sessions["s2"][-1] == "polished"


def test_what_nobody_can_tell_of_a_lost_session_is_repeated_and_still_counts(world: World, cloud: Cloud) -> None:
    cloud.lose = {"edit"}
    run = stopped(world, {"budget": {"credits": 150}, **stages_of("auth", "upload", "edit", "export")}).run_id
    assert [effect.status for effect in world.journal.effects(run)] == ["open"]
    cloud.die()
    result = world.resume(replay=True, resend=True)
    assert (result.status, cloud.ledger) == ("done", ["edit", "edit"])
    effects = [effect for effect in world.journal.effects(run) if effect.name == "edit"]
    assert [(effect.status, effect.word) for effect in effects] == [("forgotten", "replay"), ("done", "")]
    assert world.journal.taken(run) == 90
    price = "nothing is known to have been paid in the lost one, about 50 credits are to be expected now"
    assert told(result).endswith(price)


def test_a_replay_that_is_broken_off_is_gone_on_with_by_a_plain_resume(world: World, cloud: Cloud) -> None:
    cloud.failing = {"export"}
    stopped(world, stages_of("auth", "upload", "edit", "export"))
    cloud.die()
    cloud.failing = {"export"}
    assert world.resume(replay=True).exit == 1
    cloud.failing.clear()
    result = world.resume()
    assert (result.status, len(cloud.ledger)) == ("done", 2)
    assert statuses(result) == dict.fromkeys(("auth", "upload", "edit", "export"), "done")


def test_a_nested_pipeline_that_uses_the_session_around_it_is_built_anew_with_it(
    world: World, cloud: Cloud, tmp_path: Path
) -> None:
    inner = tmp_path / "inner.yaml"
    inner.write_text("clipline: 1\nname: inner\nstages: [upload, edit, export]\n")
    cloud.failing = {"inner.export"}
    stopped(world, stages_of("auth", {"pipeline": str(inner), "id": "inner"}))
    cloud.die()
    assert world.resume(replay=True).status == "done"
    assert cloud.done == ["auth", "inner.upload", "inner.edit", "inner.export"]


def test_a_session_that_the_run_was_given_is_what_replay_goes_back_to(world: World, cloud: Cloud) -> None:
    cloud.sessions["given"] = ["edit of long ago"]
    cloud.failing = {"export"}
    stopped_run = world.run(stages_of("upload", "edit", "export"), state={"cloud": {"session": "given"}})
    assert stopped_run.state["cloud"]["edited"]
    cloud.failing.clear()
    cloud.done.clear()
    result = world.resume(replay=True)
    assert (result.status, cloud.done) == ("done", ["upload", "edit", "export"])
