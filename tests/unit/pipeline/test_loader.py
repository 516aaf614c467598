from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from clipline.errors import PipelineFileError
from clipline.pipeline import load, loader, parse_text, read_inputs_file
from clipline.pipeline.model import ForEachNode, GroupNode, NestedNode, ParallelNode, Retry, StageNode
from small_vocabulary import VOCABULARY

DESIGN = """\
clipline: 1
name: quick-edit
description: Remove a person and export it for phones.
backend: local                               # --backend overrides
inputs:
  clip: {type: file, required: true}
  instruction: {type: string, default: remove the background person and replace it with a solid color}
stages:
  - auth                                     # a bare kind
  - stage: upload
    with: {files: "${{ inputs.clip }}"}
  - stage: edit
    id: remove                               # default: the kind; unique
    with: {instruction: "${{ inputs.instruction }}"}
    timeout: 15m
  - stage: verify
    with: {timeline: {tracks: {video: ">=1"}}}
  - stage: export
    with:
      to: "${{ inputs.clip | stem }}-edited.mp4"
      format: mp4
      quality: high
      max_size: 1080x1920                     # a box, either way up
      post_export: [contact_sheet: {frames: 6}]
    retry: {attempts: 3, delay: 2s, factor: 2, max_delay: 1m}
  - stage: notify
    if: run.status != "cancelled"
    with: {via: [console]}
outputs: {video: "${{ stages.export.files }}"}
"""


def parse(text: str) -> Any:
    return parse_text("clipline: 1\n" + text, "file.yaml", VOCABULARY, folder=Path("/films"))


def complaints(text: str) -> list[str]:
    with pytest.raises(PipelineFileError) as caught:
        parse(text)
    return [problem.message for problem in caught.value.problems]


def test_the_example_of_the_design_is_read_whole() -> None:
    pipeline = parse_text(DESIGN, "quick-edit.yaml", VOCABULARY)
    assert (pipeline.name, pipeline.backend) == ("quick-edit", "local")
    assert [node.id for node in pipeline.stages] == ["auth", "upload", "remove", "verify", "export", "notify"]
    remove, export, notify = (pipeline.stages[at] for at in (2, 4, 5))
    assert isinstance(remove, StageNode)
    assert isinstance(export, StageNode)
    assert (remove.kind, remove.timeout, str(remove.place)) == ("edit", 900.0, "quick-edit.yaml:12:5")
    assert export.retry == Retry(attempts=3, delay=2.0, factor=2.0, max_delay=60.0)
    assert export.options.parts()["post_export"].evaluate({}) == [{"contact_sheet": {"frames": 6}}]
    assert notify.condition is not None
    assert notify.condition.asks_about_failure
    assert pipeline.inputs["clip"].required
    assert [reference.trail for reference in pipeline.outputs.references] == [("stages", "export", "files")]


def test_every_form_of_node_is_read() -> None:
    pipeline = parse("""
inputs:
  jobs: {type: table, columns: {clip: {type: file, required: true}, title: string}}
stages:
  - for_each: "${{ inputs.jobs }}"
    id: batch
    as: job
    max_parallel: 2
    if: true
    stages:
      - stage: upload
        with: {files: "${{ job.clip }}"}
      - stage: edit
        with: ${{ job.title }}
        if: job.title != null and loop.index > 0
  - parallel:
      - stages: [auth]
        id: one
        continue_on_error: true
      - {stage: auth, id: two, timeout: 5}
on_failure:
  - notify
finally:
  - stage: notify
    on_cancel: true
    if: stages.batch.ok and run.error == null
outputs:
  results: "${{ stages.batch.items }}"
""")
    batch, both = pipeline.stages
    assert isinstance(batch, ForEachNode)
    assert (batch.id, batch.name, batch.max_parallel) == ("batch", "job", 2)
    assert isinstance(both, ParallelNode)
    assert isinstance(both.nodes[0], GroupNode)
    assert both.nodes[0].continue_on_error
    assert both.nodes[1].timeout == 5.0
    assert pipeline.finally_[0].on_cancel
    assert not pipeline.on_failure[0].on_cancel
    assert [node.id for node in pipeline.walk()] == [
        "batch", "upload", "edit", "parallel", "one", "auth", "two", "notify", "notify",
    ]  # fmt: skip


def test_a_condition_may_stand_bare_or_whole() -> None:
    for written in ("inputs.x > 1", "${{ inputs.x > 1 }}", '"${{ inputs.x > 1 }}"'):
        (node,) = parse(f"inputs: {{x: integer}}\nstages:\n  - stage: auth\n    if: {written}\n").stages
        assert node.condition.evaluate({"inputs": {"x": 2}})
        assert not node.condition.evaluate({"inputs": {"x": 1}})


def test_a_condition_that_is_the_text_false_is_an_error_and_does_not_hold() -> None:
    (node,) = parse("env: {DRAFT: 'true'}\nstages:\n  - stage: auth\n    if: env.DRAFT\n").stages
    with pytest.raises(PipelineFileError, match='the text "false", which holds as any text does'):
        node.condition.evaluate({"env": {"DRAFT": "false"}})


def test_defaults_go_into_every_stage_that_does_not_say_otherwise() -> None:
    pipeline = parse("""
defaults:
  timeout: 1m
  retry: {attempts: 2}
  with: {export: {format: mov, fps: 25}}
stages:
  - auth
  - stage: export
    timeout: 2m
    with: {to: a.mp4, fps: 30}
""")
    auth, export = pipeline.stages
    assert (auth.timeout, export.timeout) == (60.0, 120.0)
    assert auth.retry.attempts == 2
    assert export.options.evaluate({}) == {"format": "mov", "fps": 30, "to": "a.mp4"}
    assert str(export.options.problem(("format",), "x").place) == "file.yaml:6:27"


def test_earlier_siblings_of_every_ancestor_are_visible() -> None:
    parse("""
stages:
  - {stage: auth, id: first}
  - id: group
    stages:
      - {stage: auth, id: second}
      - for_each: [1, 2]
        stages:
          - {stage: auth, id: third, if: stages.first.ok and stages.second.ok and item > loop.index}
          - {stage: auth, id: fourth, if: stages.third.ok}
  - {stage: auth, id: last, if: stages.group.ok}
""")


def test_an_id_may_be_used_again_in_another_list() -> None:
    pipeline = parse("stages:\n  - auth\n  - stages: [auth, {stage: notify, if: stages.auth.ok}]\nfinally: [auth]\n")
    assert len(list(pipeline.walk())) == 5


def test_secrets_stand_where_they_may_and_only_as_references() -> None:
    pipeline = parse("""
secrets: {key: env:HOOK_KEY, other: file:~/key}
stages:
  - stage: notify
    with: {via: [webhook: {url: "https://x.example", secret: "${{ secrets.key }}"}]}
""")
    assert pipeline.secrets == {"key": "env:HOOK_KEY", "other": "file:~/key"}


def test_a_literal_opening_is_written_with_two_dollars() -> None:
    (node,) = parse('stages:\n  - stage: edit\n    with: {instruction: "write $${{ x }}"}\n').stages
    assert node.options.evaluate({}) == {"instruction": "write ${{ x }}"}


# --- nesting ---------------------------------------------------------------------------------------------------------


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text("clipline: 1\n" + text)


INNER = 'inputs: {clip: {type: file, required: true}}\nstages: [auth]\noutputs: {done: "${{ stages.auth.ok }}"}\n'


def test_a_nested_pipeline_is_read_from_beside_its_file_and_shows_its_outputs(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts", inner=INNER)
    write(
        tmp_path,
        outer="stages:\n  - pipeline: parts/inner.yaml\n    id: inner\n    with: {clip: a.mp4}\n"
        "  - {stage: notify, if: stages.inner.outputs.done}\n",
    )
    pipeline = load(str(tmp_path / "outer.yaml"), VOCABULARY)
    nested = pipeline.stages[0]
    assert isinstance(nested, NestedNode)
    assert nested.pipeline.source.path == tmp_path / "parts" / "inner.yaml"
    assert [source.path for source in pipeline.sources()] == [tmp_path / "outer.yaml", tmp_path / "parts/inner.yaml"]


def test_all_files_are_read_through_the_given_reader_so_that_a_snapshot_can_stand_in(tmp_path: Path) -> None:
    write(tmp_path, outer="stages:\n  - pipeline: inner.yaml\n    with: {clip: a}\n", inner=INNER)
    pipeline = load(tmp_path / "outer.yaml", VOCABULARY)
    snapshot = {source.path: source.text.encode() for source in pipeline.sources()}
    write(tmp_path, outer="nonsense: 1\n", inner="nonsense: 1\n")
    again = load(tmp_path / "outer.yaml", VOCABULARY, read=snapshot.__getitem__)
    assert [node.id for node in again.walk()] == [node.id for node in pipeline.walk()]


def test_files_may_not_nest_without_end(tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path, **{f"p{number}": f"stages:\n  - pipeline: p{number + 1}.yaml\n"})
    with pytest.raises(PipelineFileError, match="more than 8 files nest in each other"):
        load(tmp_path / "p0.yaml", VOCABULARY)


def test_a_file_nested_twice_is_complained_about_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        outer="stages:\n  - {pipeline: inner.yaml, id: one}\n  - {pipeline: inner.yaml, id: two}\n",
        inner="stages: [aut]\n",
    )
    with pytest.raises(PipelineFileError) as caught:
        load("outer.yaml", VOCABULARY, folder=tmp_path)
    assert [str(problem.place) for problem in caught.value.problems] == ["inner.yaml:2:10"]


def test_every_file_is_read_once_however_often_it_is_nested(tmp_path: Path) -> None:
    for number in range(7):
        both = f"stages:\n  - {{pipeline: p{number + 1}.yaml, id: a}}\n  - {{pipeline: p{number + 1}.yaml, id: b}}\n"
        write(tmp_path, **{f"p{number}": both})
    write(tmp_path, p7="stages: [auth]\n")
    reads: list[str] = []

    def read(path: Path) -> bytes:
        reads.append(path.name)
        return path.read_bytes()

    load(tmp_path / "p0.yaml", VOCABULARY, read=read)
    assert sorted(reads) == [f"p{number}.yaml" for number in range(8)]


@pytest.mark.parametrize("name", ["missing.yaml", ".", "fifo"])
def test_what_is_no_file_is_said_so(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(PipelineFileError, match=r"there is no such file|cannot be read"):
        load(name, VOCABULARY, folder=tmp_path)


# --- mappings --------------------------------------------------------------------------------------------------------


def test_a_mapping_is_checked_the_same_way_with_the_way_to_each_value() -> None:
    given = {
        "clipline": 1,
        "stages": ("auth", {"stage": "export", "with": {"to": Path("a.mp4"), "fsp": 25, "fps": "${{ inputs.n }}"}}),
    }
    with pytest.raises(PipelineFileError) as caught:
        load(given, VOCABULARY)
    assert str(caught.value).splitlines() == [
        '<mapping>:stages[1].with.fsp: error: unknown option "fsp" in stage "export"; did you mean "fps"?',
        '<mapping>:stages[1].with.fps: error: there is no "n" in inputs',
    ]


def test_a_mapping_keeps_its_content_as_json_that_can_be_loaded_again(tmp_path: Path) -> None:
    given = {"clipline": 1, "stages": ["auth"], "inputs": {"n": {"type": "number", "default": 0.5}}}
    source = load(given, VOCABULARY, folder=tmp_path).source
    assert (source.path, source.folder) == (None, tmp_path)
    assert json.loads(source.text) == given
    assert parse_text(source.text, "again", VOCABULARY).inputs["n"].default == 0.5


def test_what_cannot_stand_in_a_file_cannot_stand_in_a_mapping() -> None:
    looping: dict[str, Any] = {"clipline": 1}
    looping["stages"] = [looping]
    for given, message in [
        ({"clipline": 1, "stages": [object()]}, "a value of type object cannot stand in a pipeline"),
        ({"clipline": 1, 2: 3}, "a key is text, not 2"),
        (looping, "more than 50 deep"),
        ({"clipline": 1, "x": [0] * 60_000}, "more than 50000 values"),
        ({"clipline": 1, "stages": [b"auth"]}, "a value of type bytes"),
    ]:
        with pytest.raises(PipelineFileError, match=message):
            load(given, VOCABULARY)  # type: ignore[arg-type]


# --- the rest --------------------------------------------------------------------------------------------------------


def test_a_hundred_complaints_are_enough() -> None:
    found = complaints("stages:\n" + "  - aut\n" * 150)
    assert len(found) == 101
    assert found[-1] == "there is more; the first complaints are enough to begin with"


@pytest.mark.parametrize("node", ["- auth", "- aut", "- {stage: auth, id: a%d, if: stages.a0.ok}"])
def test_a_long_list_takes_time_in_proportion(node: str) -> None:
    nodes = "\n".join(node % at if "%" in node else node for at in range(6_000))
    before = time.monotonic()
    with pytest.raises(PipelineFileError):
        parse_text(f"clipline: 1\nstages:\n{nodes}\n", "file.yaml", VOCABULARY)
    assert time.monotonic() - before < 60  # about 2 s; it took minutes when each node copied what it saw


def test_inputs_of_a_file_count_their_paths_from_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "inputs.yaml"
    file.write_text("clip: a.mp4\nlength: 0:30\n")
    found = read_inputs_file(file)
    assert (found["clip"].value, found["clip"].folder, found["length"].value) == ("a.mp4", tmp_path, "0:30")
    file.write_text("- a\n")
    with pytest.raises(PipelineFileError, match="a file of inputs is a mapping"):
        read_inputs_file(file)


@pytest.mark.parametrize("file", sorted((Path(__file__).parents[3] / "pipelines").glob("*.yaml")), ids=lambda f: f.stem)
def test_the_shipped_pipelines_are_read(file: Path) -> None:
    text = (
        loader.read_file(file).decode().replace("media: {decodes: true, video_codec: h264}", "timeline: {duration: 1}")
    )
    assert parse_text(text, file.name, VOCABULARY, folder=file.parent).stages


def test_the_model_is_imported_without_yaml_and_jsonschema() -> None:
    code = (
        "import sys, clipline.pipeline.model, clipline.pipeline.planner, clipline.pipeline;"
        "print([name for name in ('yaml', 'jsonschema', 'httpx', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_file_of_inputs_with_a_hundred_mistakes_is_refused_with_them(tmp_path: Path) -> None:
    (tmp_path / "inputs.yaml").write_text("- !x\n" * 100)
    with pytest.raises(PipelineFileError) as caught:
        loader.read_inputs_file(tmp_path / "inputs.yaml")
    assert len(caught.value.problems) == 100
