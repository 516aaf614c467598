from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clipline.errors import InputError, PipelineFileError
from clipline.pipeline import load, parse_text
from clipline.pipeline.model import Plan
from clipline.pipeline.planner import outline, plan
from clipline.pipeline.settle import evaluate_options
from clipline.values import Secret
from small_vocabulary import VOCABULARY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b.mp4", "bg.png"):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def planned(text: str, folder: Path, **more: Any) -> Plan:
    pipeline = parse_text("clipline: 1\n" + text, "file.yaml", VOCABULARY, folder=folder)
    arguments = {"backend": "local", "working_folder": folder, "out": Path("out"), "environ": {}, **more}
    return plan(pipeline, arguments.pop("given", {}), **arguments)


def options_of(found: Plan) -> dict[str, Any]:
    return {stage.path: stage.options.as_json() for stage in found.stages}


def test_what_inputs_and_the_environment_decide_is_evaluated_and_checked_before_the_run(folder: Path) -> None:
    found = planned(
        """
inputs: {clip: file, fps: {type: number, default: 25}}
env: {LOOK: blur}
stages:
  - stage: edit
    with: {fill: "${{ env.LOOK }}"}
  - stage: export
    with: {to: "${{ inputs.clip | stem }}-${{ run.backend }}.mp4", fps: "${{ inputs.fps }}"}
""",
        folder,
        given={"clip": "a.mp4"},
    )
    assert found.inputs == {"clip": str(folder / "a.mp4"), "fps": 25}
    assert options_of(found) == {"edit": {"fill": "blur"}, "export": {"to": str(folder / "out/a-local.mp4"), "fps": 25}}
    assert found.stages[1].options_if_constant == options_of(found)["export"]
    assert json.loads(json.dumps(found.as_json()))["stages"][1]["path"] == "export"


def test_values_that_turn_out_wrong_are_complained_about_where_they_are_written(folder: Path) -> None:
    with pytest.raises(PipelineFileError) as caught:
        planned(
            """
inputs: {fps: number, look: string, to: string}
stages:
  - stage: export
    with:
      to: "${{ inputs.to }}"
      fps: "${{ inputs.fps }}"
      quality: "${{ inputs.look }}"
""",
            folder,
            given={"fps": "500", "look": "hgih", "to": "../b.mp4"},
        )
    assert [(problem.place.line, problem.message) for problem in caught.value.problems] == [
        (8, '"fps" must be at most 240, not 500'),
        (9, '"quality" must be low, medium or high, not "hgih"; did you mean "high"?'),
    ]


def test_an_export_stays_inside_the_output_folder(folder: Path) -> None:
    for to in ("../b.mp4", "/etc/passwd", "sub/../../b.mp4", "."):
        with pytest.raises(PipelineFileError, match="is outside the output folder"):
            planned(f"stages:\n  - stage: export\n    with: {{to: {to}}}\n", folder)
    inside = planned("stages:\n  - stage: export\n    with: {to: sub/b.mp4}\n", folder)
    assert options_of(inside)["export"]["to"] == str(folder / "out/sub/b.mp4")


def test_paths_in_a_file_count_from_its_folder_and_colours_and_addresses_are_no_paths(folder: Path) -> None:
    found = planned(
        """
stages:
  - stage: upload
    with: {files: [a.mp4, ../c.mp4, "https://x.example/d.mp4", /e.mp4]}
  - {stage: edit, id: one, with: {fill: bg.png}}
  - {stage: edit, id: two, with: {fill: "#00ff00"}}
  - {stage: edit, id: three, with: {operations: [{background: {media: bg.png}}, {music: song.mp3}]}}
  - {stage: notify, with: {via: [{file: {path: log.txt}}]}}
""",
        folder / "sub",
    )
    at = folder / "sub"
    assert options_of(found) == {
        "upload": {"files": [str(at / "a.mp4"), str(folder / "c.mp4"), "https://x.example/d.mp4", "/e.mp4"]},
        "one": {"fill": str(at / "bg.png")},
        "two": {"fill": "#00ff00"},
        "three": {"operations": [{"background": {"media": str(at / "bg.png")}}, {"music": str(at / "song.mp3")}]},
        "notify": {"via": [{"file": {"path": str(at / "log.txt")}}]},
    }


def test_stages_say_whether_they_will_run_and_why(folder: Path) -> None:
    found = planned(
        """
inputs: {draft: {type: boolean, default: false}}
stages:
  - auth
  - {stage: auth, id: never, if: inputs.draft, with: {}}
  - {stage: auth, id: surely, if: not inputs.draft}
  - {stage: auth, id: perhaps, if: stages.auth.ok}
  - id: group
    if: stages.auth.ok
    stages: [auth, {stage: auth, id: not_here, if: inputs.draft}]
on_failure: [notify]
finally: [notify]
""",
        folder,
    )
    assert [(stage.path, stage.will_run, stage.reason) for stage in found.stages] == [
        ("auth", "yes", "always"),
        ("never", "no", "if: inputs.draft does not hold"),
        ("surely", "yes", "if: not inputs.draft"),
        ("perhaps", "maybe", "if: stages.auth.ok, which the run decides"),
        ("group.auth", "maybe", "if: stages.auth.ok, which the run decides"),
        ("group.not_here", "no", "if: inputs.draft does not hold"),
        ("on_failure.notify", "maybe", "only after a failure"),
        ("finally.notify", "yes", "always, at the end"),
    ]


def test_a_stage_that_will_not_run_is_not_evaluated(folder: Path) -> None:
    text = """
inputs: {music: file}
stages:
  - {stage: edit, if: inputs.music != null, with: {instruction: "add ${{ inputs.music }}"}}
  - {stage: edit, id: more, if: stages.edit.ok and inputs.music != null, with: {instruction: "${{ inputs.music }}"}}
"""
    found = planned(text, folder)
    assert [stage.will_run for stage in found.stages] == ["no", "maybe"]
    assert found.stages[1].options_if_constant is None
    assert options_of(planned(text, folder, given={"music": "a.mp4"}))["more"] == {"instruction": str(folder / "a.mp4")}


def test_a_condition_about_the_run_alone_excuses_no_wrong_value(folder: Path) -> None:
    text = """
inputs: {fps: number}
stages:
  - auth
  - {stage: export, if: stages.auth.ok, with: {to: a.mp4, fps: "${{ inputs.fps }}"}}
"""
    with pytest.raises(PipelineFileError, match='"fps" must be a number, not null'):
        planned(text, folder)
    assert planned(text.replace("auth.ok", "auth.ok and inputs.fps != null"), folder).stages[1].will_run == "maybe"


def test_a_loop_over_known_items_is_unrolled_with_their_values(folder: Path) -> None:
    (folder / "jobs.csv").write_text("clip,title\na.mp4,One\nb.mp4,\n")
    found = planned(
        """
inputs:
  jobs: {type: table, columns: {clip: {type: file, required: true}, title: string}}
stages:
  - for_each: "${{ inputs.jobs }}"
    id: batch
    as: job
    stages:
      - {stage: upload, with: {files: "${{ job.clip }}"}}
      - {stage: edit, if: job.title, with: {instruction: "title ${{ job.title }} ${{ loop.index }}"}}
      - for_each: [1, "${{ stages.upload.outputs.n }}"]
        stages: [auth]
""",
        folder,
        given={"jobs": "jobs.csv"},
    )
    assert [(stage.path, stage.will_run) for stage in found.stages] == [
        ("batch[0].upload", "yes"),
        ("batch[0].edit", "yes"),
        ("batch[0].for_each[*].auth", "maybe"),
        ("batch[1].upload", "yes"),
        ("batch[1].edit", "no"),
        ("batch[1].for_each[*].auth", "maybe"),
    ]
    assert options_of(found)["batch[0].edit"] == {"instruction": "title One 0"}
    assert options_of(found)["batch[1].upload"] == {"files": str(folder / "b.mp4")}


def test_a_value_that_came_from_a_row_is_complained_about_with_the_row(folder: Path) -> None:
    (folder / "jobs.csv").write_text("clip,size\na.mp4,640x360\n\nb.mp4,big\n", "utf-8")
    with pytest.raises(PipelineFileError) as caught:
        planned(
            """
inputs: {jobs: {type: table, default: jobs.csv, columns: {clip: file, size: string}}}
stages:
  - for_each: "${{ inputs.jobs }}"
    id: clips
    as: job
    stages:
      - for_each: [1, 2]
        stages:
          - stage: export
            with: {to: "{name}.mp4", max_size: "${{ job.size }}"}
""",
            folder,
        )
    (problem, *_) = caught.value.problems
    assert problem.place.line == 12
    assert problem.message.endswith("(in clips[1], jobs.csv:4)")
    assert len(caught.value.problems) == 1


def test_loops_without_items_over_no_list_and_over_far_too_many(folder: Path) -> None:
    text = """
inputs: {clips: files, n: integer}
stages:
  - for_each: "${{ inputs.clips | default([]) }}"
    stages: [auth]
"""
    assert [(each.path, each.will_run, each.reason) for each in planned(text, folder).stages] == [
        ("for_each[*].auth", "no", "the list is empty")
    ]
    with pytest.raises(PipelineFileError, match='"for_each" needs a list, not a number'):
        planned(text.replace("clips | default([])", "n"), folder, given={"n": "3"})
    many = "stages:\n  - for_each: [" + "1, " * 200 + "]\n    stages:\n      - for_each: [" + "1, " * 60
    with pytest.raises(PipelineFileError, match="more than 10000 stages"):
        planned(many + "]\n        as: other\n        stages: [auth]\n", folder)


def test_patterns_are_looked_up_once_and_kept_for_a_resumed_run(folder: Path) -> None:
    text = """
stages:
  - for_each: "${{ '*.mp4' | glob }}"
    stages:
      - {stage: upload, with: {files: "${{ item }}"}}
  - {stage: upload, id: again, with: {files: "${{ '*.mp4' | glob }}"}}
"""
    found = planned(text, folder)
    pattern = str(folder / "*.mp4")
    assert found.globs == {pattern: (str(folder / "a.mp4"), str(folder / "b.mp4"))}
    (folder / "c.mp4").write_bytes(b"x")
    again = planned(text, folder, globs=found.as_json()["globs"])
    assert options_of(again) == options_of(found)
    assert len(planned(text, folder).stages) == 4


def test_a_nested_pipeline_is_planned_with_its_own_inputs(folder: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "inner.yaml").write_text(
        """
clipline: 1
inputs: {clip: {type: file, required: true}, later: string, look: {type: file, default: look.png}}
env: [HOME]
stages:
  - {stage: upload, with: {files: ["${{ inputs.clip }}", "${{ inputs.look }}"]}}
  - {stage: edit, with: {instruction: "${{ inputs.later }} ${{ env.HOME }}"}}
finally: [notify]
"""
    )
    (folder / "parts" / "look.png").write_bytes(b"x")
    text = """
stages:
  - {stage: edit, with: {instruction: a}}
  - pipeline: parts/inner.yaml
    id: inner
    with: {clip: a.mp4, later: "${{ stages.edit.outputs.summary }}"}
"""
    found = planned(text, folder, environ={"HOME": "/home/me"})
    assert options_of(found) == {
        "edit": {"instruction": "a"},
        "inner.upload": {"files": [str(folder / "a.mp4"), str(folder / "parts/look.png")]},
        "inner.edit": {"instruction": "${{ inputs.later }} ${{ env.HOME }}"},
        "inner.finally.notify": {},
    }
    with pytest.raises(InputError, match="the environment variable HOME is not set"):
        planned(text, folder)
    with pytest.raises(PipelineFileError, match=r'file.yaml:7:18: error: input "clip" of "inner": there is no file'):
        planned(text.replace("a.mp4", "none.mp4"), folder, environ={"HOME": "/home/me"})


def test_an_outline_checks_what_is_written_out_and_leaves_inputs_open(folder: Path) -> None:
    text = """
clipline: 1
inputs: {clip: {type: file, required: true}}
env: [NOT_SET]
stages:
  - {stage: upload, with: {files: "${{ inputs.clip }}"}}
  - {stage: edit, if: env.NOT_SET == "x", with: {quality: "${{ 'no' + 'rmal' }}"}}
"""
    found = outline(parse_text(text, "file.yaml", VOCABULARY, folder=folder), backend="local")
    assert [(stage.path, stage.will_run) for stage in found.stages] == [("upload", "yes"), ("edit", "maybe")]
    assert options_of(found)["edit"] == {"quality": "normal"}


def test_all_that_is_wrong_with_inputs_is_said_at_once(folder: Path) -> None:
    with pytest.raises(InputError) as caught:
        planned(
            """
inputs: {clip: {type: file, required: true, description: the clip}, n: integer}
env: [NOT_SET]
stages: [auth]
""",
            folder,
            given={"n": "x", "clpi": "a.mp4"},
        )
    assert caught.value.message.splitlines() == [
        'there is no input "clpi"; did you mean "clip"?',
        'the input "clip" (a file) is required: the clip',
        'input "n": must be a whole number, not "x"',
        "the environment variable NOT_SET is not set",
    ]
    assert caught.value.hint == "give it with -i clip=…"


def test_options_are_evaluated_checked_and_made_absolute_before_a_stage_starts(folder: Path) -> None:
    text = """
clipline: 1
secrets: {key: env:KEY}
stages:
  - {stage: edit, with: {instruction: a}}
  - stage: export
    with: {to: "${{ stages.edit.outputs.summary }}.mp4", quality: "${{ stages.edit.outputs.summary }}"}
  - stage: notify
    with: {via: [{webhook: {url: https://x.example, secret: "${{ secrets.key }}"}}, {file: {path: log.txt}}]}
"""
    _, export, notify = load_nodes(text, folder)
    names: dict[str, Any] = {"stages": {"edit": {"outputs": {"summary": "high"}}}, "secrets": {"key": Secret("hush")}}
    out = folder / "out"
    assert evaluate_options(export.options, "export", names, VOCABULARY, out=out) == {
        "to": str(out / "high.mp4"),
        "quality": "high",
    }
    via = evaluate_options(notify.options, "notify", names, VOCABULARY, out=out)["via"]
    assert via[0]["webhook"]["secret"].reveal() == "hush"
    assert via[1]["file"]["path"] == str(folder / "log.txt")
    names["stages"]["edit"]["outputs"]["summary"] = "best"
    with pytest.raises(PipelineFileError, match=r'file.yaml:7:\d+: error: "quality" must be low, medium or high'):
        evaluate_options(export.options, "export", names, VOCABULARY, out=out)


def load_nodes(text: str, folder: Path) -> Any:
    return parse_text(text, "file.yaml", VOCABULARY, folder=folder).stages


def test_the_environment_gives_declared_variables_their_values_and_defaults(folder: Path) -> None:
    text = "env: {A: one, B: two}\nstages:\n  - {stage: edit, with: {instruction: '${{ env.A }} ${{ env.B }}'}}\n"
    assert options_of(planned(text, folder, environ={"A": "1"}))["edit"] == {"instruction": "1 two"}


def test_a_plan_of_a_mapping_counts_paths_from_the_folder_it_was_given(folder: Path) -> None:
    given = {"clipline": 1, "stages": [{"stage": "upload", "with": {"files": "a.mp4"}}]}
    found = plan(load(given, VOCABULARY, folder=folder), {}, backend="local", working_folder=Path("/"), out=Path("/o"))
    assert options_of(found)["upload"] == {"files": str(folder / "a.mp4")}
