"""Running, watching, stopping, resuming and looking at runs from the command line, in processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

import commands
from media_maker import make_clip

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
    return commands.environment(folder / ".state")


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    return commands.Popen(
        [*commands.CLIPLINE, *arguments],
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


def test_a_taken_name_is_said_before_anything_is_done(folder: Path) -> None:
    make_clip(folder / "clip.mp4", size=(96, 64), seconds=0.2)
    (folder / "small.yaml").write_text(
        "clipline: 1\nstages:\n  - {stage: upload, with: {files: clip.mp4}}\n"
        "  - stage: export\n    with: {to: small.mp4}\n"
    )
    assert clipline(folder, "run", "small.yaml")[0] == 0
    for command in ("plan", "run"):
        status, out, said = clipline(folder, command, "small.yaml")
        assert (status, out) == (2, "")
        assert said.startswith("small.yaml:5:16: error: ")
        assert "small.mp4 exists already" in said
        assert "done" not in said
    assert clipline(folder, "check", "small.yaml")[0] == 0
    assert clipline(folder, "run", "small.yaml", "--out", "elsewhere")[0] == 0


def test_the_place_in_a_loop_is_told_where_it_is_known(folder: Path) -> None:
    make_clip(folder / "clip.mp4", size=(96, 64), seconds=0.2)
    (folder / "loop.yaml").write_text(
        "clipline: 1\nname: loop\nstages:\n  - for_each: [high, low]\n    id: each\n    as: one\n    stages:\n"
        "      - {stage: upload, with: {files: clip.mp4}}\n"
        '      - {stage: export, with: {to: "me-{index}.mp4", quality: "${{ one }}"}}\n'
    )
    status, out, said = clipline(folder, "plan", "loop.yaml")
    assert status == 0, said
    assert "makes me-1.mp4" in out + said
    assert "makes me-2.mp4" in out + said


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


def test_a_bare_resume_never_passes_over_the_newest_run(folder: Path) -> None:
    wrong = "${{ run.id | replace(run.id, 'x') | int }}"
    (folder / "wrong.yaml").write_text(
        f'clipline: 1\nstages:\n  - auth\n  - stage: notify\n    with: {{message: "{wrong}"}}\n'
    )
    assert clipline(folder, "run", "fails.yaml")[0] == 1
    assert clipline(folder, "run", "wrong.yaml")[0] == 2
    (folder / "ready").touch()
    status, _, said = clipline(folder, "resume")
    assert status == 0
    assert "nothing to resume: " in said
    assert "would fail again" in said
    assert "clipline runs list" in said
    told = json.loads(clipline(folder, "resume", "--json")[1])
    assert (told["run_id"], told["unfinished"] in said, told["why"] in said) == (None, True, True)
    older = json.loads(clipline(folder, "runs", "list", "--json")[1])["runs"][1]["id"]
    assert clipline(folder, "resume", older[-4:])[0] == 0


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
