"""Running, watching, stopping, resuming and looking at runs from the command line, in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

GOOD = """
clipline: 1
name: good
inputs:
  word: {type: string, default: hello}
stages:
  - auth
  - stage: notify
    with: {message: "${{ inputs.word }}", via: [console, {file: {path: said.jsonl}}]}
outputs: {said: "${{ stages.notify.outputs.text }}"}
"""

#: Its second stage fails until there is a file `ready` beside it.
FAILS = """
clipline: 1
name: fails
stages:
  - auth
  - stage: notify
    id: knock
    with: {via: [{command: {argv: [test, -e, ready], folder: .}}]}
"""

LONG = """
clipline: 1
name: long
stages:
  - auth
  - stage: notify
    id: nap
    with: {via: [{command: {argv: [sleep, "60"]}}]}
"""

LOOP = """
clipline: 1
name: loop
inputs: {names: {type: table, default: names.csv, columns: {name: {type: string, required: true}}}}
stages:
  - for_each: ${{ inputs.names }}
    id: each
    as: one
    stages:
      - stage: notify
        with: {via: [{command: {argv: [test, "${{ one.name }}", "!=", bad]}}]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"good": GOOD, "fails": FAILS, "long": LONG, "loop": LOOP}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "names.csv").write_text("name\ngood\nbad\nfine\n")
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CLIPLINE_")}
    return {**plain, "CLIPLINE_STATE": str(folder / ".state"), "CLIPLINE_CONFIG": os.devnull}


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "clipline", *arguments],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def clipline(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command; gives its exit status, stdout and stderr."""
    process = start(folder, *arguments)
    out, said = process.communicate(timeout=120)
    assert "Traceback" not in said
    return process.returncode, out, said


def document(folder: Path, *arguments: str, status: int = 0) -> dict[str, Any]:
    """The one JSON document that a command prints."""
    ended, out, _ = clipline(folder, *arguments, "--json")
    assert ended == status
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_run_says_what_it_does_and_how_it_ended(folder: Path) -> None:
    status, out, said = clipline(folder, "run", "good.yaml", "-i", "word=moin")
    assert (status, out) == (0, "")
    assert "good on local, run " in said
    assert "notify: moin" in said
    assert "good: done in " in said
    assert json.loads((folder / "said.jsonl").read_text())["text"] == "moin"


def test_with_json_the_result_is_the_one_document(folder: Path) -> None:
    result = document(folder, "run", "good.yaml", "--name", "mine")
    assert (result["clipline_result"], result["status"], result["exit"], result["name"]) == (1, "done", 0, "mine")
    assert [stage["path"] for stage in result["stages"]] == ["auth", "notify"]
    assert result["outputs"] == {"said": "hello"}


def test_progress_as_json_leaves_nothing_else_on_stderr(folder: Path) -> None:
    _, _, said = clipline(folder, "run", "good.yaml", "--progress", "json")
    events = [json.loads(line) for line in said.splitlines()]
    assert events[0]["type"] == "run.started"
    assert events[-1]["type"] == "run.finished"
    assert {event["clipline_event"] for event in events} == {1}


def test_a_failed_run_can_be_resumed_where_it_failed(folder: Path) -> None:
    status, _, said = clipline(folder, "run", "fails.yaml")
    assert status == 1
    assert "error: knock: " in said
    (line,) = [line for line in said.splitlines() if line.startswith("to go on: clipline resume ")]
    (folder / "ready").touch()
    result = document(folder, "resume", line.split()[-1])
    assert result["status"] == "done"
    assert [stage["reused"] for stage in result["stages"]] == [True, False]
    assert clipline(folder, "resume")[0::2] == (0, "nothing to resume\n")


def test_resume_takes_the_newest_run_that_is_not_finished(folder: Path) -> None:
    assert clipline(folder, "run", "fails.yaml")[0] == 1
    assert clipline(folder, "run", "good.yaml")[0] == 0
    (folder / "ready").touch()
    status, _, said = clipline(folder, "resume")
    assert status == 0
    assert "auth: kept from before" in said
    assert "fails: done in " in said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stopped_run_says_what_is_kept_and_how_to_go_on(folder: Path, number: signal.Signals) -> None:
    process = start(folder, "run", "long.yaml", "--progress", "json")
    assert process.stderr is not None
    while '"nap"' not in process.stderr.readline():
        pass
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    run = document(folder, "runs", "list")["runs"][0]
    assert (run["status"], run["exit"]) == ("cancelled", 128 + number)


def test_a_stopped_run_is_told_to_the_person(folder: Path) -> None:
    process = start(folder, "run", "long.yaml")
    assert process.stderr is not None
    while "auth: done" not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopping; again to leave at once" in said
    assert "long: stopped in " in said
    assert "kept: auth\nto go on: clipline resume " in said


def test_a_run_that_was_killed_is_listed_as_interrupted_and_resumed(folder: Path) -> None:
    process = start(folder, "run", "long.yaml", "--progress", "json")
    assert process.stderr is not None
    while '"nap"' not in process.stderr.readline():
        pass
    process.kill()
    process.communicate(timeout=60)
    assert document(folder, "runs", "list")["runs"][0]["status"] == "interrupted"
    again = start(folder, "resume", "--progress", "json")
    assert again.stderr is not None
    seen = ""
    while '"nap"' not in (line := again.stderr.readline()):
        seen += line
    again.send_signal(signal.SIGINT)
    again.communicate(timeout=60)
    assert '"stage.reused"' in seen


def test_a_loop_with_a_failing_item_ends_with_a_table(folder: Path) -> None:
    status, _, said = clipline(folder, "run", "loop.yaml")
    assert status == 1
    assert "each: 3 items, 2 done, 1 failed" in said
    assert [line.split()[1] for line in said.splitlines() if line.startswith("    ")] == ["done", "failed", "done"]


def test_runs_are_listed_shown_logged_and_forgotten(folder: Path) -> None:
    assert clipline(folder, "runs", "list")[0::2] == (0, "no runs yet\n")
    run_id = document(folder, "run", "good.yaml")["run"]
    listed = clipline(folder, "runs", "list")[1].splitlines()
    assert listed[0].split() == ["run", "name", "status", "started", "took"]
    assert listed[1].split()[:3] == [run_id, "good", "done"]
    shown = clipline(folder, "runs", "show", run_id)[1]
    assert "notify  notify  done" in shown
    assert document(folder, "runs", "show", run_id)["stages"][0]["path"] == "auth"
    logged = clipline(folder, "runs", "logs", run_id)[1].splitlines()
    assert "run.started" in logged[0]
    events = document(folder, "runs", "logs", run_id)["events"]
    assert len(events) == len(logged)
    assert document(folder, "runs", "logs", run_id, "--after", str(len(events) - 1))["events"] == events[-1:]
    assert document(folder, "runs", "rm", run_id) == {"clipline_removed": 1, "runs": [run_id]}
    assert document(folder, "runs", "list")["runs"] == []


def test_a_name_of_a_file_beats_a_shipped_pipelines(folder: Path) -> None:
    (folder / "quick-edit").write_text(GOOD)
    assert document(folder, "run", "quick-edit")["outputs"] == {"said": "hello"}


def test_inputs_can_stand_in_a_file_and_be_overridden(folder: Path) -> None:
    (folder / "in.json").write_text('{"word": "from a file"}')
    run = ("run", "good.yaml", "--inputs", "in.json")
    assert document(folder, *run)["outputs"] == {"said": "from a file"}
    assert document(folder, *run, "-i", "word=typed")["outputs"] == {"said": "typed"}


def test_a_plan_says_what_would_be_done_and_does_nothing(folder: Path) -> None:
    status, out, _ = clipline(folder, "plan", "good.yaml", "-i", "word=moin")
    assert status == 0
    assert "input word     moin" in out
    assert [line.split()[:3] for line in out.splitlines()[-2:]] == [
        ["auth", "auth", "runs"],
        ["notify", "notify", "runs"],
    ]
    assert document(folder, "plan", "good.yaml")["clipline_plan"] == 1
    assert not (folder / "said.jsonl").exists()


def test_a_file_without_mistakes_is_said_to_be_so(folder: Path) -> None:
    status, out, said = clipline(folder, "check", "good.yaml")
    assert (status, out) == (0, "")
    assert said.endswith("good.yaml: no problems\n")
    assert document(folder, "check", "good.yaml")["ok"] is True


def test_all_mistakes_of_a_file_are_told_at_once(folder: Path) -> None:
    (folder / "bad.yaml").write_text("clipline: 1\nname: bad\nstages:\n  - auht\n  - stage: edti\n")
    found = document(folder, "check", "bad.yaml", status=2)
    assert [(problem["line"], problem["column"]) for problem in found["problems"]] == [(4, 5), (5, 12)]
    status, out, _ = clipline(folder, "check", "bad.yaml")
    assert status == 2
    assert out.startswith("bad.yaml:4:5: error: ")
    assert "\n      - auht\n        ^\n" in out


@pytest.mark.parametrize(
    ("form", "first"), [("text", "loop"), ("mermaid", "flowchart TD"), ("dot", 'digraph "loop" {')]
)
def test_a_pipeline_can_be_drawn(folder: Path, form: str, first: str) -> None:
    status, out, _ = clipline(folder, "graph", "loop.yaml", "--format", form)
    assert status == 0
    assert out.splitlines()[0] == first
    assert "notify" in out


def test_a_folder_to_start_from_is_whole_and_never_overwritten(folder: Path) -> None:
    made = document(folder, "init", "new")["files"]
    assert made == ["new/quick-edit.yaml", "new/clipline.schema.json", "new/samples/crossing.mp4"]
    pipeline = folder / "new" / "quick-edit.yaml"
    assert pipeline.read_text().startswith("# yaml-language-server: $schema=clipline.schema.json\n")
    assert clipline(folder, "check", str(pipeline))[0] == 0
    pipeline.write_text("mine")
    status, _, said = clipline(folder, "init", "new")
    assert status == 2
    assert "there already" in said
    assert pipeline.read_text() == "mine"


def test_a_folder_for_a_batch_has_its_table_and_clips(folder: Path) -> None:
    made = document(folder, "init", "new", "--pipeline", "batch")["files"]
    assert {"new/samples/jobs.csv", "new/samples/crossing.mp4"} <= set(made)
    assert clipline(folder, "plan", "new/batch.yaml")[0] == 0


def test_the_schema_knows_the_kinds_of_stages(folder: Path) -> None:
    schema = clipline(folder, "schema")[1]
    assert '"https://json-schema.org/draft/2020-12/schema"' in schema
    assert all(f'"{kind}"' in schema for kind in ("auth", "upload", "edit", "verify", "export", "notify"))
    assert clipline(folder, "schema", "-o", "s.json")[1] == "s.json\n"
    assert json.loads((folder / "s.json").read_text()) == json.loads(schema)


def test_plugins_are_listed_with_what_they_add(folder: Path) -> None:
    plugins = {plugin["name"]: plugin for plugin in document(folder, "plugins")["plugins"]}
    assert plugins["builtin"]["distribution"] == "clipline"
    assert "edit" in plugins["builtin"]["offers"]["stage_kinds"]
    assert plugins["local"]["offers"] == {"backends": ["local"]}
    assert "stage kinds: auth" in clipline(folder, "plugins")[1]


def test_the_doctor_finds_what_is_wrong(folder: Path) -> None:
    (folder / ".state").mkdir(mode=0o755)
    (folder / ".state").chmod(0o755)
    found = document(folder, "doctor", status=1)
    assert [check["name"] for check in found["checks"] if not check["ok"]] == ["permissions"]
    (folder / ".state").chmod(0o700)
    status, out, said = clipline(folder, "doctor")
    assert (status, said) == (0, "\nall is well\n")
    assert "libavcodec" in out


def test_a_webhook_is_verified(folder: Path) -> None:
    # The example of the Standard Webhooks specification, as its own libraries sign it.
    (folder / "body").write_text('{"test": 2432232314}')
    (folder / "secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    headers = ["-H", "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek", "-H", "webhook-timestamp: 1614265330"]
    signature = ["-H", "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]
    call = ["webhook", "verify", "body", "--secret", "file:secret", *headers, *signature]
    status, _, said = clipline(folder, *call)
    assert status == 3
    assert "old, 300s are allowed" in said
    assert document(folder, *call, "--tolerance", "1000000h")["verified"] is True
    (folder / "body").write_text('{"test": 2432232315}')
    status, _, said = clipline(folder, *call, "--tolerance", "1000000h")
    assert status == 3
    assert "no signature fits" in said
