"""What is asked before a run begins: of a backend, and of the files that must be there."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clipline.engine.foresight import foresee
from clipline.errors import PipelineFileError
from clipline.stage import Backend, Explanation, StageResult, hookimpl
from engine_world import World, kind_plugin

A_FILE = {"type": "string", "format": "path", "x-clipline-exists": True}
A_LIST = {"type": "object", "properties": {"names": {"type": "array", "items": {"type": "string"}}}}
OPTIONS = {
    "type": "object",
    "properties": {
        "file": A_FILE,
        "files": {"type": "array", "items": A_FILE},
        "list": {**A_FILE, "x-clipline-holds": A_LIST},
        "say": {},
    },
}
ASKED: list[str] = []


@hookimpl
def explain(kind: str, options: dict[str, Any], earlier: Any, out: Any) -> Explanation | None:
    ASKED.append(kind)
    if str(options.get("say")).isdigit():
        return Explanation(credits=int(options["say"]))
    return Explanation(refuses="it will not dance", option="say") if options.get("say") == "dance" else None


@pytest.fixture
def world(tmp_path: Path) -> World:
    ASKED.clear()
    picky = SimpleNamespace(
        clipline_api="1",
        backends=hookimpl(lambda: [Backend("picky", lambda _: SimpleNamespace(explain=explain))]),
    )
    kinds = {"work": lambda call, options: StageResult()}
    return World(tmp_path, kind_plugin(kinds, options={"work": OPTIONS}), (picky,))


def complaints(world: World, text: str) -> list[str]:
    (world.folder / "file.yaml").write_text("clipline: 1\n" + text, "utf-8")
    plan = world.plan(world.folder / "file.yaml")
    try:
        foresee(plan, world.plugins.for_run("picky", {}))
    except PipelineFileError as error:
        return [f"{problem.place.line}:{problem.place.column} {problem.message}" for problem in error.problems]
    return []


ROWS = """
inputs: {jobs: {type: table, default: jobs.csv, columns: {say: string}}}
stages:
  - for_each: ${{ inputs.jobs }}
    id: clips
    as: job
    stages:
      - stage: work
        with: {say: "${{ job.say }}"}
"""


def test_a_refusal_of_what_came_from_a_row_names_the_row(world: World) -> None:
    (world.folder / "jobs.csv").write_text("say\nsing\ndance\n", "utf-8")
    assert complaints(world, ROWS) == ["10:21 it will not dance (in clips[1], jobs.csv:3)"]


def test_the_same_refusal_for_many_rows_is_one_complaint(world: World) -> None:
    (world.folder / "jobs.jsonl").write_text('{"say": "dance"}\n' * 5, "utf-8")
    said = complaints(world, ROWS.replace("jobs.csv", "jobs.jsonl"))
    assert said == ["10:21 it will not dance (in clips[0], jobs.jsonl:1, and 4 more)"]


def test_steps_after_an_export_are_not_the_backends_to_support(world: World) -> None:
    steps = {"type": "array", "x-clipline-post-export": True}
    kinds = {"export": {"type": "object", "properties": {"to": {}, "fps": {}, "post_export": steps}}}
    modest = SimpleNamespace(
        supports=hookimpl(lambda: {"export": {"to": "native"}}),
        export=hookimpl(lambda call, options: StageResult()),
    )
    plain = SimpleNamespace(clipline_api="1", backends=hookimpl(lambda: [Backend("picky", lambda _: modest)]))
    built = kind_plugin({"export": lambda call, options: StageResult()}, options=kinds)
    small = World(world.folder, built, (plain,))
    assert complaints(small, "stages: [{stage: export, with: {to: a.mp4, post_export: []}}]") == []
    (said,) = complaints(small, "stages: [{stage: export, with: {to: a.mp4, fps: 5}}]")
    assert said.endswith('backend "picky" cannot do the option "fps" of "export"')


def test_a_refusal_in_a_loop_over_a_list_is_told_once_and_of_no_row(world: World) -> None:
    text = "stages: [{for_each: [1, 2], stages: [{stage: work, with: {say: dance}}]}]"
    assert [each.partition(" ")[2] for each in complaints(world, text)] == ["it will not dance"]


def test_a_file_that_must_be_there_is_missed_where_it_is_written_and_the_backend_is_not_asked(world: World) -> None:
    (world.folder / "talk.srt").touch()
    (world.folder / "there.srt").touch()
    said = complaints(world, "stages:\n  - stage: work\n    with: {file: talc.srt, files: [there.srt, none]}\n")
    assert said == [
        f'4:18 there is no file {world.folder}/talc.srt; did you mean "talk.srt"?',
        f"4:47 there is no file {world.folder}/none",
    ]
    assert not ASKED


def test_a_file_whose_path_only_the_run_knows_is_not_looked_for(world: World) -> None:
    text = "stages: [work, {stage: work, id: next, with: {file: '${{ stages.work.outputs.file }}'}}]"
    assert complaints(world, text) == []
    assert ASKED == ["work"]


# --- one session, two branches ---------------------------------------------------------------------------------------

OWN = "{for_each: [1], id: %s, stages: [auth, upload, edit]}"


@pytest.mark.parametrize(
    ("branches", "complained"),
    [
        ("[{stage: edit, id: a}, {stage: edit, id: b}]", ["b"]),
        ("[{stage: upload, id: a}, {stage: edit, id: b}, {stages: [edit], id: c}]", ["b", "c"]),
        ("[{stage: edit, id: a}, {stage: notify, id: b}]", []),
        ("[{stages: [notify], id: a}, {stages: [upload, edit], id: b}]", []),
        (f"[{OWN % 'a'}, {OWN % 'b'}]", []),
        (f"[{OWN % 'a'}, {{stage: edit, id: b}}]", []),
        ("[{for_each: [1], id: a, stages: [edit]}, {stage: edit, id: b}]", ["b"]),
        ("[{stage: edit, id: a, if: inputs.x}, {stage: edit, id: b, if: not inputs.x}]", []),
    ],
)
def test_branches_that_change_one_session_at_once_are_found_before_the_run(
    tmp_path: Path, branches: str, complained: list[str]
) -> None:
    kinds = dict.fromkeys(("auth", "upload", "edit", "notify"), lambda call, options: StageResult())
    picky = SimpleNamespace(
        clipline_api="1",
        backends=hookimpl(lambda: [Backend("picky", lambda _: SimpleNamespace())]),
    )
    world = World(tmp_path, kind_plugin(kinds), (picky,))
    inputs = "inputs: {x: {type: boolean, default: true}}\n"
    for frame in (
        "stages: [auth, {parallel: %s, id: p}]",
        "stages: [{for_each: [1, 2], as: each, stages: [{parallel: %s, id: p}]}]",
    ):
        found = complaints(world, inputs + frame % branches)
        assert [text.split('"')[1] for text in found] == complained
        assert all("changes the same session" in text for text in found)


def test_an_estimate_over_the_budget_is_a_complaint_and_the_sum_is_told(world: World) -> None:
    two = 'stages: [{stage: work, id: a, with: {say: "50"}}, {stage: work, id: b, with: {say: "20"}}]\n'
    assert complaints(world, "budget: {credits: 49}\n" + two) == [
        "3:37 this is estimated at 50 credits, and the budget is 49"
    ]
    assert complaints(world, "budget: {credits: 50}\n" + two) == []
    plan = world.plan(world.folder / "file.yaml")
    forecast = foresee(plan, world.plugins.for_run("picky", {}))
    assert (forecast.credits, forecast.estimate) == ({"a": 50, "b": 20}, 70)
    told = forecast.as_json()
    assert (told["estimate"], [stage["credits"] for stage in told["stages"]]) == (70, [50, 20])


def test_what_is_on_its_way_out_is_said_before_the_run(world: World, tmp_path: Path) -> None:
    words = {"description": "write `file`", "deprecated": True}
    options = {"type": "object", "properties": {"say": words, "file": {}}}
    world = World(tmp_path, kind_plugin({"work": lambda call, options: StageResult()}, options={"work": options}))
    (tmp_path / "file.yaml").write_text("clipline: 1\nstages: [{stage: work, with: {say: hello, file: x}}]\n")
    forecast = foresee(world.plan(tmp_path / "file.yaml"), world.plugins.for_run("nobody", {}))
    assert forecast.notes == {"work": ("the option 'say' is deprecated: write `file`",)}


def test_a_file_that_must_hold_something_is_read_before_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.folder)
    (world.folder / "list.yaml").write_text("names:\n  - anna\n  - 7\n")
    text = (
        "stages:\n  - {stage: work, with: {list: list.yaml}}\n  - {stage: work, id: again, with: {list: gone.yaml}}\n"
    )
    told = complaints(world, text)
    assert told[0] == '3:5 "names[1]" must be text, not 7'
    assert told[1].startswith("4:43 there is no file")
