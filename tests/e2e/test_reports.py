"""`--report FORMAT=FILE` and `clipline runs report`: written whole, however a run ends, and holding no secret."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

import commands

SAYS = """
clipline: 1
name: says
stages:
  - auth
  - stage: notify
    id: knock
    with: {via: [{command: {argv: [test, -e, ready], folder: .}}]}
"""
LONG = SAYS.replace("says", "long").replace("[test, -e, ready]", '[sleep, "60"]')
WRONG = SAYS.replace("notify", "notfiy").replace("- auth", "- {stage: auth, wiht: {}}")
SECRET = "canary-secret-91c4"
TELLING = """
clipline: 1
name: telling
secrets: {key: env:KEY}
stages:
  - stage: notify
    with:
      via: [{command: {argv: [sh, -c, "echo it is $SHOWN >&2; exit 3"], env: {SHOWN: "${{ secrets.key }}"}}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"says": SAYS, "long": LONG, "wrong": WRONG, "telling": TELLING}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    return tmp_path


def start(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return commands.Popen(
        [*commands.CLIPLINE, *arguments],
        cwd=folder,
        env=commands.environment(folder / ".state", **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def clipline(folder: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    process = start(folder, *arguments, **environment)
    out, said = process.communicate(timeout=120)
    assert "Traceback" not in said
    return process.returncode, out, said


def cases(path: Path) -> dict[str, str]:
    """The cases of a JUnit file, as a reader of its own sees them."""
    suites = list(JUnitXml.fromfile(str(path)))
    return {
        case.name: type(case.result[0]).__name__.lower() if case.result else "passed"
        for suite in suites
        for case in suite
    }


def document(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def test_several_reports_are_written_to_folders_that_are_made(folder: Path) -> None:
    (folder / "ready").touch()
    status, out, _ = clipline(
        folder, "run", "says.yaml", "--json", "--report", "junit=ci/junit.xml", "--report", "json=ci/all.json"
    )
    assert status == 0
    assert cases(folder / "ci/junit.xml") == {"auth": "passed", "knock": "passed"}
    assert document(folder / "ci/all.json") == json.loads(out)
    assert sorted(path.name for path in (folder / "ci").iterdir()) == ["all.json", "junit.xml"]


def test_a_run_that_failed_is_reported_and_so_is_its_resume(folder: Path) -> None:
    assert clipline(folder, "run", "says.yaml", "--report", "junit=junit.xml")[0] == 1
    assert cases(folder / "junit.xml") == {"auth": "passed", "knock": "failure"}
    (folder / "ready").touch()
    assert clipline(folder, "resume", "--report", "junit=junit.xml")[0] == 0
    assert cases(folder / "junit.xml") == {"auth": "passed", "knock": "passed"}


def test_a_run_that_was_stopped_is_reported(folder: Path) -> None:
    process = start(folder, "run", "long.yaml", "--progress", "json", "--report", "junit=junit.xml")
    assert process.stderr is not None
    while '"knock"' not in process.stderr.readline():
        pass
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    assert cases(folder / "junit.xml") == {"auth": "passed", "knock": "error"}


def test_a_run_that_was_refused_is_reported_with_every_complaint(folder: Path) -> None:
    status, _, said = clipline(folder, "run", "wrong.yaml", "--report", "junit=junit.xml", "--report", "json=r.json")
    assert status == 2
    assert said.count("error: ") == 2
    assert list(cases(folder / "junit.xml").values()) == ["error", "error"]
    told = document(folder / "r.json")
    assert (told["run"], told["status"], told["exit"], told["started"]) == ("", "failed", 2, None)
    assert [problem["line"] for problem in told["errors"][0]["problems"]] == [5, 6]


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "nosuch.yaml"),
        ("run", "says.yaml", "-i", "clip=x"),
        ("run", "says.yaml", "--backend", "lokal"),
        ("edit", "nosuch.mp4", "blur the background"),
        ("resume", "nosuch"),
    ],
)
def test_whatever_keeps_a_run_from_beginning_is_an_error_in_its_report(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    assert clipline(folder, *arguments, "--report", "junit=junit.xml")[0] == 2
    assert set(cases(folder / "junit.xml").values()) == {"error"}


def test_a_command_that_finds_nothing_to_resume_reports_that(folder: Path) -> None:
    assert clipline(folder, "resume", "--report", "json=r.json")[0] == 0
    assert (document(folder / "r.json")["run"], document(folder / "r.json")["status"]) == ("", "done")


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("junti=x.xml", 'did you mean "junit"'),
        ("junit", "write --report FORMAT=FILE"),
        ("junit=", "no file to write"),
        ("junit=-", "clipline runs report RUN --format junit"),
        ("=x", "no report format ''"),
        ("junit=says.yaml", "is what the run works on"),
        ("junit=./../{folder}/says.yaml", "is what the run works on"),
    ],
)
def test_a_wrong_report_is_refused_before_anything_is_done(folder: Path, pair: str, words: str) -> None:
    status, _, said = clipline(folder, "run", "says.yaml", "--report", pair.format(folder=folder.name))
    assert status == 2
    assert words in said
    assert (folder / "says.yaml").read_text() == SAYS
    assert "no runs yet" in clipline(folder, "runs", "list")[2]


def test_a_clip_is_never_overwritten_by_a_report(folder: Path) -> None:
    (folder / "me.mp4").write_bytes(b"a clip")
    pair = "junit=me.mp4"
    assert clipline(folder, "edit", "me.mp4", "blur the background", "--report", pair)[0] == 2
    assert clipline(folder, "run", "quick-edit", "-i", "clip=me.mp4", "--report", pair)[0] == 2
    assert (folder / "me.mp4").read_bytes() == b"a clip"


def test_a_report_and_a_plan_exclude_each_other(folder: Path) -> None:
    (folder / "me.mp4").touch()
    status, _, said = clipline(folder, "edit", "me.mp4", "blur", "--plan", "--report", "junit=x.xml")
    assert status == 2
    assert "--plan" in said


@pytest.mark.parametrize(("ready", "status"), [(True, 7), (False, 1)])
def test_a_report_that_cannot_be_written_takes_nothing_from_the_result(folder: Path, ready: bool, status: int) -> None:
    if ready:
        (folder / "ready").touch()
    (folder / "file").touch()
    ended, out, said = clipline(folder, "run", "says.yaml", "--json", "--report", "junit=file/junit.xml")
    result = json.loads(out)
    assert (ended, result["status"]) == (status, "done" if ready else "failed")
    hint = f"clipline runs report {result['run']} --format junit -o FILE"
    assert "no report: " in said
    assert hint in said
    assert clipline(folder, *hint.replace("FILE", "junit.xml").split()[1:])[0] == 0
    assert cases(folder / "junit.xml")["knock"] == ("passed" if ready else "failure")


def test_a_report_can_go_to_a_pipe(folder: Path) -> None:
    (folder / "ready").touch()
    status, out, _ = clipline(folder, "run", "says.yaml", "--report", "json=/dev/stdout")
    assert (status, json.loads(out)["status"]) == (0, "done")


def test_a_report_through_a_link_leaves_the_link(folder: Path) -> None:
    (folder / "ready").touch()
    (folder / "link.json").symlink_to("real.json")
    assert clipline(folder, "run", "says.yaml", "--report", "json=link.json")[0] == 0
    assert (folder / "link.json").is_symlink()
    assert document(folder / "real.json")["status"] == "done"


def test_a_run_of_the_past_is_told_as_it_was(folder: Path) -> None:
    clipline(folder, "run", "says.yaml", "--report", "json=then.json")
    then = document(folder / "then.json")
    status, out, _ = clipline(folder, "runs", "report", then["run"][-4:])
    now = json.loads(out)
    assert status == 0
    for told in (then, now):
        told.pop("seconds")
        for stage in told["stages"]:
            stage.pop("seconds")
    assert now == then
    assert "did you mean" in clipline(folder, "runs", "report", then["run"], "--format", "jsn")[2]
    assert clipline(folder, "runs", "report", "nosuch")[0] == 2
    (folder / "file").touch()
    assert clipline(folder, "runs", "report", then["run"], "-o", "file/x.json")[0] == 7
    assert clipline(folder, "runs", "report", then["run"], "-o", ".")[0] == 2


def test_a_run_that_was_killed_is_told_as_it_stands(folder: Path) -> None:
    process = start(folder, "run", "long.yaml", "--progress", "json")
    assert process.stderr is not None
    while '"knock"' not in process.stderr.readline():
        pass
    run = json.loads(clipline(folder, "runs", "list", "--json")[1])["runs"][0]["id"]
    while "knock" not in clipline(folder, "runs", "show", run)[1]:  # what is told is written a moment later
        pass
    assert clipline(folder, "runs", "report", run, "--format", "junit", "-o", "junit.xml")[0] == 0
    assert cases(folder / "junit.xml") == {"auth": "passed", "knock": "error", "run": "error"}
    assert JUnitXml.fromfile(str(folder / "junit.xml")).errors == 2
    process.kill()
    process.communicate(timeout=60)
    assert clipline(folder, "runs", "report", run, "--format", "junit", "-o", "junit.xml")[0] == 0
    assert cases(folder / "junit.xml") == {"auth": "passed", "knock": "error", "run": "error"}


def test_a_batch_is_reported_with_a_suite_a_clip(folder: Path) -> None:
    (folder / "rows.csv").write_text("word\none\ntwo\n")
    (folder / "each.yaml").write_text(
        "clipline: 1\nname: each\ninputs: {word: {type: string, required: true}}\nstages:\n  - auth\n"
        '  - {stage: notify, with: {via: [{command: {argv: [test, "${{ inputs.word }}", "=", one]}}]}}\n'
    )
    pairs = ("--report", "junit=junit.xml", "--report", "json=r.json")
    assert clipline(folder, "batch", "each.yaml", "--table", "rows.csv", *pairs)[0] == 1
    suites = list(JUnitXml.fromfile(str(folder / "junit.xml")))
    assert [(suite.tests, suite.failures) for suite in suites] == [(2, 0), (2, 1)]
    assert [row["result"]["status"] for row in document(folder / "r.json")["rows"]] == ["done", "failed"]
    assert clipline(folder, "batch", "each.yaml", "--table", "rows.csv", "--report", "junit=rows.csv")[0] == 2
    assert (folder / "rows.csv").read_text().startswith("word")


PLUGIN = """
from clipline.stage import ReportFormat, hookimpl

clipline_api = "1"


def write(result):
    if result["name"] == "long":
        raise ValueError("too long")
    return f"{result['name']}: {result['status']}".encode()


@hookimpl
def report_formats():
    return [ReportFormat("words", write, ".txt"), ReportFormat("text", lambda result: "text", ".txt")]
"""


@pytest.fixture
def with_plugin(folder: Path) -> dict[str, str]:
    """The environment in which a package with report formats of its own is installed."""
    metadata = folder / "site/reporter-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: reporter\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[clipline]\nreporter = reporter\n")
    (folder / "site/reporter.py").write_text(PLUGIN)
    return {"PYTHONPATH": str(folder / "site")}


def test_a_format_of_a_plugin_is_written_like_any(folder: Path, with_plugin: dict[str, str]) -> None:
    (folder / "ready").touch()
    assert clipline(folder, "run", "says.yaml", "--report", "words=told.txt", **with_plugin)[0] == 0
    assert (folder / "told.txt").read_text() == "says: done"
    run = json.loads(clipline(folder, "runs", "list", "--json")[1])["runs"][0]["id"]
    assert clipline(folder, "runs", "report", run, "--format", "words", **with_plugin)[1] == "says: done"


def test_a_format_that_fails_is_told_and_harms_nothing_else(folder: Path, with_plugin: dict[str, str]) -> None:
    (folder / "ready").touch()
    pairs = ("--report", "text=a.txt", "--report", "words=b.txt", "--report", "json=c.json")
    status, out, said = clipline(folder, "run", "says.yaml", "--name", "long", "--json", *pairs, **with_plugin)
    assert (status, json.loads(out)["status"]) == (2, "done")
    assert "'words' failed: ValueError: too long" in said
    assert "'text' gave no bytes" in said
    assert document(folder / "c.json")["status"] == "done"
    assert not list(folder.glob("*.txt"))


def test_no_secret_is_in_any_report(folder: Path) -> None:
    pairs = ("--report", "junit=junit.xml", "--report", "json=r.json")
    assert clipline(folder, "run", "telling.yaml", *pairs, KEY=SECRET)[0] == 1
    assert clipline(folder, "run", "telling.yaml", "--report", "json=refused.json")[0] == 2
    run = document(folder / "r.json")["run"]
    clipline(folder, "runs", "report", run, "--format", "junit", "-o", "past.xml")
    reports = [folder / name for name in ("junit.xml", "r.json", "refused.json", "past.xml")]
    assert "it is …" in reports[0].read_text() or "it is " in reports[0].read_text()
    assert [path.name for path in reports if SECRET.encode() in path.read_bytes()] == []
