"""How a tree of stages is carried out: what is done, skipped, repeated, nested, and what counts as failed."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of, statuses

from clipline.errors import AccountError, OutcomeUnknown, ServiceError, StageFailed, Waiting
from clipline.stage import Backend, StageCall, StageResult, hookimpl

ERRORS = {
    "stage": StageFailed("as asked"),
    "safe": StageFailed("as asked", retry="safe"),
    "unsure": ServiceError("as asked", retry="unsure"),
    "waiting": Waiting("the render goes on"),
    "account": AccountError("no credits"),
    "unknown": OutcomeUnknown("charged or not"),
    "bug": ValueError("oops"),
}

WITH_STEPS = {
    "work": {"type": "object", "properties": {"post_export": {"type": "array", "x-clipline-post-export": True}}}
}


@pytest.fixture
def done() -> list[str]:
    return []


@pytest.fixture
def world(tmp_path: Path, done: list[str]) -> World:
    def work(call: StageCall, options: Any) -> StageResult:
        done.append(call.path)
        if options.get("fail"):
            raise ERRORS[options["fail"]]
        seen = {"files": call.run["files"], "state": dict(call.state), "attempt": call.attempt}
        return StageResult({"v": options.get("v"), **seen}, state={**call.state, call.path: 1})

    def sheet(call: StageCall, exported: Any, options: Any) -> StageResult:
        done.append(call.path)
        if options.get("fail"):
            raise StageFailed("no sheet")
        return StageResult({"of": [str(file) for file in exported.sources]})

    return World(tmp_path, kind_plugin({"work": work}, {"sheet": sheet}, WITH_STEPS))


def work(id_: str, more: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return {"stage": "work", "id": id_, "with": options, **(more or {})}


def test_stages_follow_each_other_and_see_outputs(world: World) -> None:
    result = world.run(
        {
            **stages_of(work("a", v=2), work("b", v="${{ stages.a.outputs.v + 1 }}")),
            "outputs": {"sum": "${{ stages.b.outputs.v + 1 }}"},
        }
    )
    assert (result.status, result.exit, result.outputs) == ("done", 0, {"sum": 4})
    assert result.as_json()["clipline_result"] == 1


def test_after_a_failure_the_rest_is_skipped_but_for_who_asks(world: World) -> None:
    result = world.run(
        stages_of(
            work("a", fail="stage"),
            work("b"),
            work("c", {"if": "not stages.a.ok"}, v="${{ stages.a.error }}"),
            work("d", {"if": "run.status == 'failed'"}),
            work("e", {"if": "run.status != 'failed'"}),
        )
    )
    assert statuses(result) == {"a": "failed", "b": "skipped", "c": "done", "d": "done", "e": "skipped"}
    assert (result.status, result.exit) == ("failed", 1)
    assert result.stages["c"].outputs["v"] == "as asked"
    assert [error["stage"] for error in result.errors] == ["a"]


def test_a_skipped_stage_is_not_ok_and_has_no_outputs(world: World) -> None:
    result = world.run(
        stages_of(work("a", {"if": "false"}), work("b", v="${{ stages.a.status }}"), work("c", v="${{ stages.a.ok }}"))
    )
    assert statuses(result) == {"a": "skipped", "b": "done", "c": "done"}
    assert (result.stages["b"].outputs["v"], result.stages["c"].outputs["v"]) == ("skipped", False)
    assert result.status == "done"


def test_continue_on_error_leaves_the_run_done_with_a_warning(world: World) -> None:
    result = world.run(
        stages_of(work("a", {"continue_on_error": True}, fail="stage"), work("b", v="${{ stages.a.ok }}"))
    )
    assert (result.status, result.exit, result.errors) == ("done", 0, ())
    assert result.stages["b"].outputs["v"] is False
    ((path, finding),) = result.findings
    assert (path, finding.level) == ("a", "WARN")
    assert "as asked" in finding.text


@pytest.mark.parametrize(
    ("fail", "status", "exit_"), [("unknown", "failed", 6), ("waiting", "waiting", 5), ("bug", "failed", 70)]
)
def test_continue_on_error_does_not_hide_what_is_serious(world: World, fail: str, status: str, exit_: int) -> None:
    result = world.run(stages_of(work("a", {"continue_on_error": True}, fail=fail), work("b")))
    assert (result.status, result.exit) == (status, exit_)
    assert result.stages["b"].status == "skipped"


def test_the_worst_of_several_failures_is_the_exit_status(world: World) -> None:
    nodes = [work("a", fail="stage"), work("b", fail="account"), work("c", fail="unknown"), work("d")]
    result = world.run(stages_of({"parallel": nodes}))
    assert result.exit == 6
    assert {error["stage"].rpartition(".")[2] for error in result.errors} == {"a", "b", "c"}


def test_one_failing_item_lets_the_others_finish_and_then_the_loop_fails(world: World) -> None:
    result = world.run(
        stages_of(
            {
                "for_each": [1, 2, 3],
                "as": "n",
                "id": "loop",
                "stages": [work("x", v="${{ n }}", fail="${{ 'stage' if n == 2 else null }}"), work("y")],
            },
            work("z"),
            work("t", {"if": "not stages.loop.ok"}, v="${{ stages.loop.items }}"),
        )
    )
    assert statuses(result) == {
        "loop[0].x": "done",
        "loop[0].y": "done",
        "loop[1].x": "failed",
        "loop[1].y": "skipped",
        "loop[2].x": "done",
        "loop[2].y": "done",
        "z": "skipped",
        "t": "done",
    }
    items = result.stages["t"].outputs["v"]
    assert [item["ok"] for item in items] == [True, False, True]
    assert [item["outputs"]["x"].get("v") for item in items] == [1, None, 3]
    assert result.exit == 1


def test_items_have_a_copy_of_the_state_and_never_write_back(world: World) -> None:
    result = world.run(
        stages_of(work("a"), {"for_each": ["p", "q"], "id": "loop", "stages": [work("x"), work("y")]}, work("z"))
    )
    assert result.stages["loop[1].y"].outputs["state"] == {"a": 1, "loop[1].x": 1}
    assert result.stages["z"].outputs["state"] == {"a": 1}


def test_items_run_side_by_side_up_to_max_parallel(tmp_path: Path) -> None:
    together = threading.Barrier(3, timeout=10)

    def meet(call: StageCall, options: Any) -> StageResult:
        together.wait()
        return StageResult()

    world = World(tmp_path, kind_plugin({"meet": meet}))
    loop = {"for_each": [1, 2, 3, 4, 5, 6], "max_parallel": 3, "stages": ["meet"]}
    assert world.run(stages_of(loop)).status == "done"


def test_max_parallel_is_a_limit(tmp_path: Path) -> None:
    now, most, lock = [0], [0], threading.Lock()

    def busy(call: StageCall, options: Any) -> StageResult:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        call.clock.sleep(0.01)
        with lock:
            now[0] -= 1
        return StageResult()

    world = World(tmp_path, kind_plugin({"busy": busy}))
    world.run(stages_of({"for_each": list(range(12)), "max_parallel": 2, "stages": ["busy"]}))
    assert most == [2]


def test_children_of_parallel_meet_and_do_not_see_each_other(tmp_path: Path) -> None:
    together = threading.Barrier(2, timeout=10)

    def meet(call: StageCall, options: Any) -> StageResult:
        together.wait()
        return StageResult(state={**call.state, call.path: 1})

    def look(call: StageCall, options: Any) -> StageResult:
        return StageResult(dict(call.state))

    world = World(tmp_path, kind_plugin({"meet": meet, "look": look}))
    pair = {"parallel": [{"stage": "meet", "id": "one"}, {"stage": "meet", "id": "two"}], "id": "pair"}
    result = world.run(stages_of(pair, "look"))
    assert result.stages["look"].outputs == {"pair.one": 1, "pair.two": 1}


def test_two_stages_side_by_side_that_change_the_same_state_are_told(tmp_path: Path) -> None:
    together = threading.Barrier(2, timeout=10)

    def meet(call: StageCall, options: Any) -> StageResult:
        together.wait()
        return StageResult(state={"draft": call.path})

    world = World(tmp_path, kind_plugin({"meet": meet}))
    pair = {"parallel": [{"stage": "meet", "id": "one"}, {"stage": "meet", "id": "two"}], "id": "pair"}
    result = world.run(stages_of(pair))
    assert [error["code"] for error in result.errors] == ["state_conflict"]


def test_a_failing_child_of_parallel_lets_the_others_finish(world: World, done: list[str]) -> None:
    result = world.run(stages_of({"parallel": [work("a", fail="stage"), work("b")], "id": "p"}, work("z")))
    assert sorted(done) == ["p.a", "p.b"]
    assert statuses(result)["z"] == "skipped"


def test_a_group_is_one_node(world: World) -> None:
    group = {"stages": [work("a", v=1), work("b", v="${{ stages.a.outputs.v }}", fail="stage"), work("c")], "id": "g"}
    result = world.run(stages_of({**group, "continue_on_error": True}, work("z", v="${{ stages.g.ok }}")))
    assert statuses(result) == {"g.a": "done", "g.b": "failed", "g.c": "skipped", "z": "done"}
    assert result.stages["z"].outputs["v"] is False


def nested(world: World, text: str) -> None:
    (world.folder / "inner.yaml").write_text("clipline: 1\nname: inner\n" + text)


def test_a_nested_pipeline_shows_its_outputs_and_has_a_state_of_its_own(world: World) -> None:
    nested(
        world,
        """
inputs: {n: {type: integer, required: true}, d: {type: integer, default: 5}}
stages: [{stage: work, id: k, with: {v: "${{ inputs.n + inputs.d }}"}}]
outputs: {r: "${{ stages.k.outputs.v }}"}
finally: [{stage: work, id: end}]
""",
    )
    result = world.run(
        stages_of(
            work("a"),
            {"pipeline": "./inner.yaml", "id": "sub", "with": {"n": "${{ 1 + 1 }}"}},
            work("z", v="${{ stages.sub.outputs.r }}"),
        )
    )
    assert result.stages["z"].outputs["v"] == 7
    assert result.stages["sub.k"].outputs["state"] == {"a": 1}
    assert result.stages["z"].outputs["state"] == {"a": 1}
    assert result.stages["sub.finally.end"].status == "done"


def test_a_nested_pipeline_that_fails_runs_its_own_end_and_fails_the_outer(world: World) -> None:
    nested(
        world,
        """
stages: [{stage: work, id: k, with: {fail: stage}}]
on_failure: [{stage: work, id: f, with: {v: "${{ run.error }}"}}]
finally: [{stage: work, id: e, with: {v: "${{ run.status }}"}}]
""",
    )
    result = world.run(
        {**stages_of({"pipeline": "./inner.yaml", "id": "sub"}), "finally": [work("o", v="${{ run.status }}")]}
    )
    assert result.stages["sub.on_failure.f"].outputs["v"] == "as asked"
    assert result.stages["sub.finally.e"].outputs["v"] == "failed"
    assert result.stages["finally.o"].outputs["v"] == "failed"
    assert result.exit == 1


def test_on_failure_and_finally_follow_a_failure_and_finally_a_success(world: World) -> None:
    ends = {"on_failure": [work("f", v="${{ run.error }}")], "finally": [work("e", v="${{ run.status }}")]}
    failed = world.run({**stages_of(work("a", fail="stage")), **ends})
    assert [outcome.outputs.get("v") for outcome in failed.stages.values()] == [None, "as asked", "failed"]
    fine = world.run({**stages_of(work("a")), **ends})
    assert list(fine.stages) == ["a", "finally.e"]


def test_a_failing_finally_fails_the_run(world: World) -> None:
    result = world.run({**stages_of(work("a")), "finally": [work("e", fail="stage"), work("f")]})
    assert (result.status, result.exit) == ("failed", 1)
    assert statuses(result)["finally.f"] == "skipped"


def test_a_waiting_run_keeps_its_finally_for_its_end(world: World, done: list[str]) -> None:
    result = world.run({**stages_of(work("a", fail="waiting"), work("b")), "finally": [work("e")]})
    assert (result.status, result.exit, done) == ("waiting", 5, ["a"])


def test_post_export_steps_follow_their_stage_in_order(world: World, done: list[str]) -> None:
    steps = ["sheet", {"sheet": {"fail": True}, "continue_on_error": True}, "sheet"]
    result = world.run(stages_of(work("a", post_export=steps), work("b", v="${{ stages.a.ok }}")))
    assert done == ["a", "a.post_export[0]", "a.post_export[1]", "a.post_export[2]", "b"]
    assert result.stages["b"].outputs["v"] is True
    assert result.status == "done"
    assert [finding.level for _, finding in result.findings] == ["WARN"]


def test_a_failing_step_fails_the_run_and_resume_goes_on_at_it(world: World, done: list[str]) -> None:
    result = world.run(stages_of(work("a", post_export=["sheet", {"sheet": {"fail": True}}, "sheet"]), work("b")))
    assert (result.status, result.exit) == ("failed", 1)
    assert result.stages["a"].status == "done"
    assert result.stages["b"].status == "skipped"
    done.clear()
    world.resume()
    assert done == ["a.post_export[1]"]


def test_steps_of_the_setting_follow_stages_that_list_none(world: World, done: list[str]) -> None:
    settings = {"export": {"post_export": ["sheet"]}}
    world.run(stages_of(work("a"), work("b", post_export=[{"sheet": {}}])), settings=settings)
    assert done == ["a", "a.post_export[0]", "b", "b.post_export[0]"]
    with pytest.raises(Exception, match=r"export\.post_export.*unknown"):
        world.run(stages_of(work("a")), settings={"export": {"post_export": ["shet"]}})


def test_an_expression_that_fails_in_the_run_fails_its_stage_with_a_place(world: World) -> None:
    result = world.run(stages_of(work("a", v="text"), work("b", v="${{ stages.a.outputs.v + 1 }}"), work("c")))
    assert statuses(result) == {"a": "done", "b": "failed", "c": "skipped"}
    (error,) = result.errors
    assert (error["code"], error["exit"]) == ("pipeline_file", 2)
    assert "stages[1].with.v" in error["message"]


def test_for_each_over_something_else_fails_its_node(world: World) -> None:
    result = world.run(
        stages_of(work("a", v=3), {"for_each": "${{ stages.a.outputs.v }}", "id": "l", "stages": [work("x")]})
    )
    assert statuses(result) == {"a": "done", "l": "failed"}
    assert "takes a list" in result.errors[0]["message"]


def test_an_empty_list_is_done_at_once(world: World) -> None:
    result = world.run(
        stages_of({"for_each": [], "id": "l", "stages": [work("x")]}, work("z", v="${{ stages.l.items }}"))
    )
    assert (statuses(result), result.stages["z"].outputs["v"]) == ({"z": "done"}, [])


def test_evaluated_options_are_checked_before_the_stage_starts(tmp_path: Path) -> None:
    called: list[str] = []

    def strict(call: StageCall, options: Any) -> StageResult:
        called.append(call.path)
        return StageResult({"text": "ten"})

    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False}
    world = World(tmp_path, kind_plugin({"strict": strict}, options={"strict": schema}))
    result = world.run(
        stages_of("strict", {"stage": "strict", "id": "b", "with": {"n": "${{ stages.strict.outputs.text }}"}})
    )
    assert (result.exit, called) == (2, ["strict"])


@pytest.mark.parametrize(
    ("stages", "with_sessions", "at_once"),
    [(["edit"], True, 1), (["auth", "edit"], True, 2), (["edit"], False, 2), (["look"], True, 2)],
)
def test_items_that_change_one_session_are_done_one_after_the_other(
    tmp_path: Path, stages: list[str], with_sessions: bool, at_once: int
) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def work(call: StageCall, options: Any) -> StageResult:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        end = time.monotonic() + (10 if at_once > 1 else 0.1)
        while time.monotonic() < end and most[0] < 2:
            time.sleep(0.01)
        with lock:
            now[0] -= 1
        return StageResult()

    block = {"auth": {"type": "object", "properties": {"session": {"type": "string"}} if with_sessions else {}}}
    plugin: Any = kind_plugin(dict.fromkeys(("auth", "edit", "look"), work))
    plugin.backends = hookimpl(lambda: [Backend("nobody", lambda _: SimpleNamespace(), options=block)])
    world = World(tmp_path, plugin)
    world.run(stages_of({"for_each": [1, 2], "id": "clips", "max_parallel": 2, "stages": stages}))
    assert most == [at_once]
    notes = [event.data["text"] for event in world.events if event.type == "stage.note"]
    assert len([text for text in notes if "share one session" in text]) == (at_once == 1)
