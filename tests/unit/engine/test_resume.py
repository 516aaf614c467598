"""A run that is taken up again: what is redone, with which file, and what is refused."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of, statuses

from clipline.clock import Clock
from clipline.engine import runner
from clipline.errors import CheckFailed, CliplineError, InputError, MachineError, StageFailed
from clipline.stage import StageCall, StageResult

_PATH = {"type": "string", "format": "path"}
PATH_OPTION = {
    "work": {"type": "object", "properties": {"clip": _PATH, "log": {**_PATH, "x-clipline-written": True}}},
}


class Stages:
    def __init__(self) -> None:
        self.log: list[str] = []
        self.broken: set[str] = set()

    def work(self, call: StageCall, options: Any) -> StageResult:
        self.log.append(call.path)
        if call.path in self.broken:
            raise StageFailed("broken")
        count = call.state.get("count", 0) + 1
        return StageResult({"v": options.get("v"), "count": count, "attempt": call.attempt}, state={"count": count})


@pytest.fixture
def stages() -> Stages:
    return Stages()


@pytest.fixture
def world(tmp_path: Path, stages: Stages) -> World:
    return World(tmp_path, kind_plugin({"work": stages.work}, options=PATH_OPTION))


def work(id_: str, more: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    return {"stage": "work", "id": id_, "with": options, **(more or {})}


def test_what_is_finished_is_not_done_again_and_the_state_goes_on(world: World, stages: Stages) -> None:
    stages.broken = {"c"}
    pipeline = {
        **stages_of(work("a", v=7), work("b"), work("c", v="${{ stages.a.outputs.v }}"), work("d")),
        "outputs": {"n": "${{ stages.d.outputs.count }}"},
    }
    assert world.run(pipeline).exit == 1
    stages.broken, stages.log[:] = set(), []
    result = world.resume()
    assert stages.log == ["c", "d"]
    assert (result.status, result.exit, result.outputs) == ("done", 0, {"n": 4})
    assert {path: outcome.reused for path, outcome in result.stages.items()} == {
        "a": True,
        "b": True,
        "c": False,
        "d": False,
    }
    assert (result.stages["c"].outputs["v"], result.stages["c"].attempts) == (7, 2)
    assert [event.stage for event in world.events if event.type == "stage.reused"] == ["a", "b"]


def test_resume_of_a_finished_run_does_nothing_and_says_the_same(world: World, stages: Stages) -> None:
    first = world.run(
        {**stages_of(work("a", v=1), work("b", {"if": "false"})), "outputs": {"v": "${{ stages.a.outputs.v }}"}}
    )
    stages.log.clear()
    again = world.resume(first.run_id[:-2])
    assert (stages.log, world.events) == ([], [])
    assert (again.status, again.exit, again.outputs) == ("done", 0, {"v": 1})
    assert statuses(again) == statuses(first)


def test_resume_uses_the_file_as_it_was_when_the_run_began(world: World, stages: Stages) -> None:
    file, inner = world.folder / "p.yaml", world.folder / "inner.yaml"
    inner.write_text("clipline: 1\nname: inner\nstages: [{stage: work, id: i}]\n")
    file.write_text("clipline: 1\nname: p\nstages:\n  - {stage: work, id: a}\n  - {pipeline: ./inner.yaml, id: n}\n")
    stages.broken = {"n.i"}
    world.run("p.yaml")
    file.write_text("now this is no pipeline at all")
    inner.unlink()
    stages.broken, stages.log[:] = set(), []
    result = world.resume()
    assert (result.status, result.name, stages.log) == ("done", "p", ["n.i"])


def test_items_that_are_done_are_not_done_again(world: World, stages: Stages) -> None:
    stages.broken = {"loop[1].y"}
    loop = {"for_each": [1, 2, 3], "id": "loop", "max_parallel": 2, "stages": [work("x"), work("y")]}
    world.run(stages_of(work("a"), loop))
    stages.broken, stages.log[:] = set(), []
    result = world.resume()
    assert stages.log == ["loop[1].y"]
    assert result.stages["loop[1].y"].outputs["count"] == 3


def test_the_end_is_done_again_when_the_stages_are(world: World, stages: Stages) -> None:
    stages.broken = {"a"}
    pipeline = {
        **stages_of(work("a")),
        "on_failure": [work("f")],
        "finally": [work("e", v="${{ run.status }}")],
    }
    world.run(pipeline)
    stages.log.clear()
    assert world.resume().stages["finally.e"].outputs["v"] == "failed"
    assert stages.log == ["a", "on_failure.f", "finally.e"]
    stages.broken, stages.log[:] = set(), []
    result = world.resume()
    assert stages.log == ["a", "finally.e"]
    assert result.stages["finally.e"].outputs["v"] == "done"


def test_a_break_in_finally_does_not_repeat_what_finally_did(world: World, stages: Stages) -> None:
    stages.broken = {"finally.f"}
    world.run({**stages_of(work("a")), "finally": [work("e"), work("f")]})
    stages.broken, stages.log[:] = set(), []
    assert world.resume().status == "done"
    assert stages.log == ["finally.f"]


def test_a_file_that_the_run_itself_writes_to_is_no_input(world: World, stages: Stages) -> None:
    log = world.folder / "log.txt"
    log.write_text("from another run\n")
    stages.broken = {"b"}
    world.run(stages_of(work("a", log="log.txt"), work("b")))
    log.write_text("from another run\nand from this one\n")
    stages.broken = set()
    assert world.resume().status == "done"


@pytest.mark.parametrize("how", ["input", "option"])
def test_a_changed_input_file_is_an_error_before_anything_is_done(world: World, stages: Stages, how: str) -> None:
    clip = world.folder / "clip.mp4"
    clip.write_bytes(b"first")
    stages.broken = {"b"}
    pipeline: dict[str, Any] = stages_of(work("a", clip="clip.mp4" if how == "option" else "x"), work("b"))
    if how == "input":
        pipeline["inputs"] = {"clip": {"type": "file", "default": "clip.mp4"}}
    world.run(pipeline)
    stages.log.clear()

    os.utime(clip, (1, 1))  # only touched: the content counts
    assert world.resume().exit == 1
    assert stages.log == ["b"]
    stages.log.clear()

    clip.write_bytes(b"other")
    with pytest.raises(InputError, match=r"clip\.mp4 has changed") as refused:
        world.resume()
    assert (refused.value.code, stages.log) == ("input_changed", [])
    clip.unlink()
    with pytest.raises(InputError, match="no longer there"):
        world.resume()
    assert world.journal.runs()[0].status == "failed"


def test_a_pattern_finds_on_resume_what_it_found_first(world: World, stages: Stages) -> None:
    for name in ("a.mp4", "b.mp4"):
        (world.folder / name).write_text(name)
    stages.broken = {"last"}
    pipeline = stages_of(
        work("first", v=f"{world.folder}/*.mp4"),
        work("second", v="${{ '*.mp4' | glob }}"),
        work("third", v="${{ stages.first.outputs.v | glob }}"),
        work("last", v="${{ stages.first.outputs.v | glob }}"),
    )
    found = world.run(pipeline).stages
    (world.folder / "c.mp4").write_text("new")
    stages.broken = set()
    result = world.resume()
    assert [Path(name).name for name in result.stages["last"].outputs["v"]] == ["a.mp4", "b.mp4"]
    assert found["second"].outputs["v"] == found["third"].outputs["v"] == result.stages["last"].outputs["v"]


def test_a_run_of_a_living_process_is_refused_and_can_be_taken_over(world: World, stages: Stages) -> None:
    refused: list[MachineError] = []
    other = World(world.folder, world.plugin)
    taken: list[Any] = []

    def look(event: Any) -> None:
        if event.type == "stage.started" and event.stage == "b" and not taken:
            with pytest.raises(MachineError) as error:
                other.resume(event.run_id)
            refused.append(error.value)
            taken.append(other.resume(event.run_id, take_over=True))

    with pytest.raises(MachineError, match="taken over"):
        world.run(stages_of(work("a"), work("b"), work("c")), on_event=look)
    assert (refused[0].code, refused[0].exit) == ("run_locked", 7)
    assert taken[0].status == "done"
    assert stages.log.count("a") == 1
    assert stages.log.count("c") == 1
    assert world.journal.run(taken[0].run_id).status == "done"


def test_leftover_temporary_files_are_removed_by_resume(world: World, stages: Stages) -> None:
    stages.broken = {"a"}
    result = world.run(stages_of(work("a")))
    writer = world.journal.continue_(result.run_id)
    world.out.mkdir()
    left = world.out / ".film.1.part.mp4"
    writer.add_temporary(left)
    writer.close()
    left.write_text("half")
    stages.broken = set()
    assert world.resume().status == "done"
    assert list(world.out.iterdir()) == []


def test_a_secret_that_is_gone_stops_resume_before_the_run_is_touched(world: World, stages: Stages) -> None:
    stages.broken = {"a"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TEST_TOKEN", "sesame-open-now")
        world.run({**stages_of(work("a")), "secrets": {"token": "env:TEST_TOKEN"}})
    with pytest.raises(InputError, match="'token' is not there"):
        world.resume()
    assert world.journal.runs()[0].status == "failed"


def test_many_runs_in_threads_of_one_process_do_not_touch_each_other(world: World, stages: Stages) -> None:
    results: list[Any] = []
    plans = [world.plan(stages_of(*[work(f"s{n}", v=index) for n in range(10)])) for index in range(8)]

    def go(plan: Any) -> None:
        results.append(runner.execute(plan, journal=world.journal, plugins=world.hooks(), clock=Clock(), settings={}))

    threads = [threading.Thread(target=go, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [result.status for result in results] == ["done"] * 8
    assert len({result.run_id for result in results}) == 8
    assert {len(world.journal.stages(result.run_id)) for result in results} == {10}
    assert sorted({outcome.outputs["v"] for r in results for outcome in r.stages.values()}) == list(range(8))


def test_a_broken_journal_ends_the_run_and_resume_goes_on(world: World, stages: Stages) -> None:
    def break_it(event: Any) -> None:
        if event.type == "stage.started" and event.stage == "b":
            for connection in (world.journal._database._normal, world.journal._database._full):
                connection.execute("PRAGMA query_only = ON")

    with pytest.raises(CliplineError) as stopped:
        world.run(stages_of(work("a"), work("b"), work("c")), on_event=break_it)
    assert stopped.value.exit == 7
    world.journal.close()
    again = World(world.folder, world.plugin)
    stages.log.clear()
    assert again.resume().status == "done"
    assert stages.log == ["b", "c"]


def test_another_version_of_a_plugin_is_said_on_resume(world: World, stages: Stages, tmp_path: Path) -> None:
    stages.broken = {"a"}
    world.run(stages_of(work("a")))
    hooks = world.hooks()
    hooks.versions = dict.fromkeys(hooks.versions, "99")
    told: list[Any] = []
    runner.resume(
        world.journal.runs()[0].id,
        journal=world.journal,
        plugins=hooks,
        clock=Clock(),
        on_event=told.append,
        settings={},
    )
    notes = [event.data["text"] for event in told if event.type == "stage.note"]
    assert len(notes) == len(hooks.versions) > 0
    assert all("now it is 99" in note for note in notes)


def test_of_a_batch_only_the_item_whose_check_failed_is_done_again(tmp_path: Path) -> None:
    done: list[str] = []

    def work(call: StageCall, options: Any) -> StageResult:
        done.append(call.path)
        if call.path.startswith("items[1]") and len(done) == 3:
            raise CheckFailed("too short")
        return StageResult()

    world = World(tmp_path, kind_plugin({"first": lambda c, o: (done.append(c.path), StageResult())[1], "work": work}))
    loop = {"for_each": [1, 2], "id": "items", "stages": ["work"]}
    first = world.run(stages_of("first", loop))
    assert (first.exit, done) == (3, ["first", "items[0].work", "items[1].work"])
    assert world.resume().status == "done"
    assert done[3:] == ["items[1].work"]
