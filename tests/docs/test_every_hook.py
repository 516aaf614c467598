"""Every hook is told in the reference, with an example that was really called here."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys

import pytest
from tests.docs.pages import EXAMPLE, HOOKS, hooks

from clipline import app
from clipline.stage import hookspec

PIPELINE = """
clipline: 1
name: typed
backend: typewriter
stages:
  - auth
  - stage: upload
    with: {files: letter.txt}
  - stage: edit
    with: {instruction: write it in capitals}
  - stage: verify
    with: {at_most: 5}
  - stage: export
    with: {to: "{name}-typed.txt", post_export: [checksum]}
  - count_words
  - stage: notify
    with: {message: done, via: [shout]}
"""
#: Calls what no run calls: it asks for the account and the links, and carries a batch out.
#: Fails in a stage that had begun something.
STUCK = """
clipline: 1
name: stuck
backend: typewriter
stages:
  - auth
  - stage: notify
    with: {via: [command: {argv: ["false"]}]}
"""

PROGRAM = """
import json, sys, threading
from pathlib import Path

def seen(frame, what, _):
    if what == "call" and frame.f_code.co_filename.endswith("every_hook.py"):
        called.add(frame.f_code.co_name)

called = set()
threading.setprofile(seen)
sys.setprofile(seen)

from clipline.cli.main import run

statuses = [run(words) for words in json.loads(sys.argv[1])]
sys.setprofile(None)
Path("called.json").write_text(json.dumps({"statuses": statuses, "called": sorted(called)}))
"""


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The functions of the example that ran while it was used as a person would use it."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "every_hook.py").write_bytes(EXAMPLE.read_bytes())
    info = folder / "every_hook-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: every-hook\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clipline]\nevery-hook = every_hook\n")
    (folder / "letter.txt").write_text("dear all\ngood morning\n")
    (folder / "other.txt").write_text("dear none\n")
    (folder / "typed.yaml").write_text(PIPELINE)
    (folder / "many.yaml").write_text(
        PIPELINE.replace("name: typed", "name: many\ninputs: {clip: {type: file, required: true}}").replace(
            "letter.txt", '"${{ inputs.clip }}"'
        )
    )
    (folder / "program.py").write_text(PROGRAM)
    (folder / "stuck.yaml").write_text(STUCK)
    commands = [
        ["run", "stuck.yaml"],
        ["runs", "rm", "20"],  # a part of the id of the only run
        ["run", "typed.yaml", "--report", "line=told.txt", "--progress", "plain"],
        ["credits", "--backend", "typewriter"],
        ["link", "20"],  # a part of the id of the only run
        ["batch", "many.yaml", "letter.txt", "other.txt", "--executor", "one_by_one", "--out", "typed-many"],
    ]
    done = subprocess.run(
        [sys.executable, "program.py", json.dumps(commands)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "CLIPLINE_STATE": str(folder / "state")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "called.json").read_text())
    assert result["statuses"] == [1, 0, 0, 0, 0, 0], done.stdout + done.stderr
    assert (folder / "letter-typed.txt").read_text() == "DEAR ALL\nGOOD MORNING\n"
    assert (folder / "letter-typed.txt.sha256").exists()
    assert (folder / "told.txt").read_text() == "typed: done, 2 files\n"
    assert (folder / "typed-many" / "other-typed.txt").read_text() == "DEAR NONE\n"
    assert "DONE" in done.stderr
    return set(result["called"])


def examples() -> set[str]:
    """The functions of the example that are marked as implementations."""
    return {
        node.name
        for node in ast.walk(ast.parse(EXAMPLE.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and any("hookimpl" in ast.unparse(each) for each in node.decorator_list)
    }


def test_every_hook_has_words_and_an_example() -> None:
    assert [name for name, function in HOOKS.items() if not (function.__doc__ or "").strip()] == []
    assert set(HOOKS) - examples() == set()


def test_every_example_was_called(called: set[str]) -> None:
    assert examples() - called == set()


def test_a_hook_without_an_example_has_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    @hookspec
    def forgotten(self: object) -> None:
        """Nobody shows how."""

    monkeypatch.setitem(HOOKS, "forgotten", forgotten)
    with pytest.raises(LookupError, match="forgotten"):
        hooks()


def test_the_example_is_a_plugin_without_a_fault() -> None:
    assert [info.error for info in app.plugins() if info.name == "every-hook"] == []
