"""The report format `junit`: what is a test case, and that servers and readers take it.

Its form is that of `junit-10.xsd`, which Jenkins' xUnit plugin checks reports by; `FORM` says the same in a table. The
values are read by `junitparser`, which clipline has no part in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestSuite

from clipline.builtin.reports import REPORT_FORMATS
from clipline.engine.results import RunResult, StageOutcome
from clipline.errors import Cancelled, CheckFailed, CliplineError, PipelineFileError, Place, Problem, StageFailed
from clipline.events import Finding

JUNIT = next(form for form in REPORT_FORMATS if form.name == "junit")

#: By element: the attributes that must be there, those that may, and the elements inside.
FORM: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def stage(path: str, kind: str = "edit", status: Any = "done", **others: Any) -> StageOutcome:
    return StageOutcome(path, kind, status, 1, 1.5, **others)


def told(error: CliplineError, stage: str = "") -> dict[str, Any]:
    return {"stage": stage, **error.as_json()}


def run_of(*stages: StageOutcome, status: Any = "done", code: int = 0, **others: Any) -> RunResult:
    others.setdefault("started", 1_800_000_000.0)
    return RunResult("run-1", "ci", status, code, {each.path: each for each in stages}, seconds=3.0, **others)


def written(result: RunResult | dict[str, Any]) -> bytes:
    return JUNIT.write(result.as_json() if isinstance(result, RunResult) else result)


def read(result: RunResult | dict[str, Any]) -> list[TestSuite]:
    """The suites as `junitparser` reads them; what it reads must be of the documented form."""
    content = written(result)
    check_form(ET.fromstring(content))
    return list(JUnitXml.fromstring(content))


def check_form(element: ET.Element) -> None:
    needed, others, inside = FORM[element.tag]
    assert needed <= set(element.attrib) <= needed | others, element.tag
    if "time" in element.attrib and element.tag != "testcase":
        assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
    if element.tag == "testsuite":
        cases = element.findall("testcase")
        assert int(element.attrib["tests"]) == len(cases)
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(element.attrib[attribute]) == sum(case.find(tag) is not None for case in cases)
    for child in element:
        assert child.tag in inside, f"{child.tag} in {element.tag}"
        check_form(child)


def verdicts(suite: TestSuite) -> dict[str, str]:
    return {
        f"{case.classname}/{case.name}": type(case.result[0]).__name__.lower() if case.result else "passed"
        for case in suite
    }


def test_a_run_is_a_suite_and_a_stage_is_a_case() -> None:
    run = run_of(
        stage("auth", "auth"),
        stage("clips[0].edit"),
        stage("export", files=(Path("/out/a.mp4"),)),
        stage("finally.notify", "notify", "skipped"),
        pipeline="/ci/quick.yaml",
        backend="mock",
        credits=10.0,
    )
    (suite,) = read(run)
    assert verdicts(suite) == {
        "ci/auth": "passed",
        "ci.clips[0]/edit": "passed",
        "ci/export": "passed",
        "ci.finally/notify": "skipped",
    }
    assert (suite.name, suite.tests, suite.time) == ("ci", 4, 3.0)
    assert suite.timestamp == "2027-01-15T08:00:00"
    assert ET.fromstring(written(run))[0].attrib["file"] == "/ci/quick.yaml"
    properties = {each.name: each.value for each in suite.properties()}
    assert properties == {"run": "run-1", "backend": "mock", "status": "done", "exit": "0", "credits": "10.0"}
    assert [case.time for case in suite] == [1.5] * 4
    assert [case.system_out for case in suite][2] == "file: /out/a.mp4"


def test_each_finding_of_verify_is_a_case_of_its_own_with_a_name_that_stays() -> None:
    error = told(CheckFailed("media: a.mp4: lasts 9.00s", hint="cut it"), "verify")
    run = run_of(
        stage("verify", "verify", "failed", error=error),
        status="failed",
        code=3,
        errors=(error,),
        findings=(
            ("verify", Finding("INFO", "change: the edit changed the timeline")),
            ("verify", Finding("WARN", "media: a.mp4: quiet at 0:01.0-0:02.0", "media: a.mp4: silence", ((1.0, 2.0),))),
            ("verify", Finding("FAIL", "media: a.mp4: lasts 9.00s, expected 8s", "media: a.mp4: duration")),
            ("verify", Finding("INFO", "likes: three")),
            ("verify", Finding("INFO", "likes: four")),
        ),
    )
    (suite,) = read(run)
    assert verdicts(suite) == {
        "ci/verify": "failure",
        "ci.verify/change": "passed",
        "ci.verify/media: a.mp4: silence": "passed",
        "ci.verify/media: a.mp4: duration": "failure",
        "ci.verify/likes": "passed",
        "ci.verify/likes (2)": "passed",
    }
    stage_, _, warned, failed, *_ = suite
    assert run.as_json()["findings"][1]["times"] == [{"start": 1.0, "end": 2.0}]
    (failure,) = stage_.result
    assert (failure.type, failure.message) == ("check_failed", "media: a.mp4: lasts 9.00s")
    assert all(line in failure.text.splitlines() for line in ("code: check_failed", "exit: 3", "hint: cut it"))
    assert warned.system_out == "WARN: a.mp4: quiet at 0:01.0-0:02.0"
    assert failed.result[0].message == "a.mp4: lasts 9.00s, expected 8s"


def test_a_warning_of_any_other_stage_stands_beside_it() -> None:
    found = (("edit", Finding("WARN", "low quality")), ("edit", Finding("INFO", "two people")))
    ((case,),) = read(run_of(stage("edit"), findings=found))
    assert (case.result, case.system_out) == ([], "WARN: low quality")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (StageFailed("no"), Failure),
        (CheckFailed("no"), Failure),
        (Cancelled(), Error),
        (CliplineError("odd"), Failure),
        (PipelineFileError([Problem("no", Place("a.yaml", 1, 1))]), Error),
    ],
)
def test_what_did_not_come_out_is_a_failure_and_what_was_not_tried_an_error(error: CliplineError, kind: type) -> None:
    status = "cancelled" if isinstance(error, Cancelled) else "failed"
    said = told(error, "edit")
    ((case,),) = read(run_of(stage("edit", status=status, error=said), status=status, code=error.exit, errors=(said,)))
    assert [type(each) for each in case.result] == [kind]


def test_a_failure_that_the_run_lets_pass_is_skipped_with_its_reason() -> None:
    error = told(StageFailed("the shop is closed"), "notify")
    ((case,),) = read(run_of(stage("notify", "notify", "failed", error=error)))
    (skipped,) = case.result
    assert isinstance(skipped, Skipped)
    assert "continue_on_error" in skipped.message
    assert "the shop is closed" in skipped.message


def test_what_went_wrong_outside_of_any_stage_is_a_case_too() -> None:
    (suite,) = read(run_of(stage("auth"), status="failed", code=2, errors=(told(StageFailed("no list"), "clips"),)))
    assert verdicts(suite) == {"ci/auth": "passed", "ci/clips": "failure"}


def test_a_refused_file_is_a_case_for_each_complaint_with_its_place() -> None:
    problems = [
        Problem('unknown option "fsp"', Place("/ci/a.yaml", 7, 11), hint="did you mean fps?"),
        Problem("no", Place("/ci/a.yaml", 9, 3)),
    ]
    error = PipelineFileError(problems)
    run = RunResult("", "ci", "failed", 2, errors=(told(error),))
    (suite,) = read(run)
    assert list(verdicts(suite).items()) == [('ci/line 7: unknown option "fsp"', "error"), ("ci/line 9: no", "error")]
    (first,) = next(iter(suite)).result
    assert all(line in first.text for line in ("place: /ci/a.yaml:7:11", "hint: did you mean fps?", "exit: 2"))


@pytest.mark.parametrize("status", ["running", "interrupted"])
def test_a_run_that_nobody_ended_is_no_success(status: Any) -> None:
    (suite,) = read(run_of(stage("auth"), status=status, code=1))
    assert verdicts(suite) == {"ci/auth": "passed", "ci/run": "error"}


def test_a_batch_is_a_suite_a_row() -> None:
    def row(clip: str, status: str, **others: Any) -> dict[str, Any]:
        bare = {"clip": clip, "place": clip, "status": status, "exit": 0, "run": None, "seconds": 0.0, "credits": None}
        return {**bare, "error": None, "result": None, **others}

    rows = [
        row("a.mp4", "done", result=run_of(stage("edit"), stage("export")).as_json()),
        row("b.mp4", "failed", exit=1, error=StageFailed("no person was found").as_json()),
        row("c.mp4", "not_begun"),
    ]
    content = written({"clipline_batch": 1, "name": "night", "backend": "local", "rows": rows})
    check_form(ET.fromstring(content))
    whole = JUnitXml.fromstring(content)
    assert (whole.tests, whole.failures, whole.time) == (4, 1, 3.0)
    assert {suite.name: list(verdicts(suite).values()) for suite in whole} == {
        "night: a.mp4": ["passed", "passed"],
        "night: b.mp4": ["failure"],
        "night: c.mp4": ["skipped"],
    }


NASTY: list[tuple[str, Callable[[str], bool]]] = [
    ("把背景换成绿色 🎬", lambda text: text == "把背景换成绿色 🎬"),
    ("bold \x1b[1m, nul \x00, bell \x07", lambda text: text == r"bold \x1b[1m, nul \x00, bell \x07"),
    ("half a pair \ud800, no character \uffff", lambda text: text == r"half a pair \ud800, no character \uffff"),
    ('<b> & "quoted" ]]>', lambda text: text == '<b> & "quoted" ]]>'),
    ("C1 \x9b31m \x85", lambda text: text == r"C1 \x9b31m \x85"),
    ("x" * 2_000_000, lambda text: len(text) < 250_000 and text.endswith("… (1800000 more characters)")),
]


@pytest.mark.parametrize(("text", "expected"), NASTY, ids=range(len(NASTY)))
def test_any_text_survives(text: str, expected: Callable[[str], bool]) -> None:
    error = {"stage": "verify", "code": "check_failed", "exit": 3, "message": text, "hint": "", "place": None}
    run = run_of(
        stage("verify", "verify", "failed", error=error),
        status="failed",
        code=3,
        errors=(error,),
        findings=(("verify", Finding("INFO", f"media: {text}")),),
        pipeline=text,
    )
    (suite,) = read(run)
    failed, told_ = suite
    assert expected(failed.result[0].text.partition("\n\ncode: ")[0])
    assert expected(told_.system_out)
    assert len(failed.result[0].message) < 400


def test_lines_stay_lines_in_a_text_and_become_one_in_an_attribute() -> None:
    error = {"stage": "edit", "code": "x", "exit": 1, "message": "one\ntwo\tthree", "hint": "", "place": None}
    ((case,),) = read(run_of(stage("edit", status="failed", error=error), status="failed", code=1, errors=(error,)))
    assert case.result[0].message == "one two three"
    assert case.result[0].text.startswith("one\ntwo\tthree\n")
