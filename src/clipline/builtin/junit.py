"""The report format `junit`: a run as CI servers show tests.

A run is a `testsuite`, each of its stages a `testcase`, and so is each finding of a `verify`. What did not come out (a
stage, a check) is a `failure`; what could not be tried, was stopped or waits is an `error`. The names of test cases say
nothing of what was measured, so that a server finds them again in the next run.

The form is the one that Jenkins checks (`junit-10.xsd` of its xUnit plugin, which pytest's own reports follow too), and
GitLab and the JUnit actions of GitHub read: no attribute is used that is not in it, so the pipeline's file stands at
the suite and, with its line, in the text of a failure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal
from xml.etree import ElementTree as ET

from clipline.errors import CheckFailed, StageFailed
from clipline.values import JsonObject

__all__ = ["write_junit"]

#: What XML 1.0 cannot hold, and what a terminal would obey.
_UNSPEAKABLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Characters of a text and of an attribute: a parser refuses what is longer than ten million, a table than a line.
_LONGEST_TEXT, _LONGEST_LINE = 200_000, 300
#: What was tried and did not come out; all else that ends a stage kept it from being tried to its end.
_FAILURES = frozenset({StageFailed.exit_status, CheckFailed.exit_status})

_Verdict = Literal["failure", "error", "skipped"]


@dataclass(frozen=True, slots=True)
class _Case:
    """A test case: `verdict` None has passed; `said` is what is shown beside it."""

    group: str
    name: str
    seconds: float = 0.0
    verdict: _Verdict | None = None
    type: str = ""
    message: str = ""
    details: str = ""
    said: tuple[str, ...] = ()


def write_junit(result: JsonObject) -> bytes:
    """Write the result of a run, or of a batch with those of its `rows`, as JUnit XML in UTF-8."""
    runs = [_of_row(row, result) for row in result["rows"]] if "rows" in result else [result]
    suites = [_suite(each) for each in runs]
    totals = {name: str(sum(int(suite.get(name, "0")) for suite in suites)) for name in ("tests", "failures", "errors")}
    root = ET.Element("testsuites", {"name": _line(result.get("name") or "clipline"), **totals})
    root.set("time", _time(sum(float(suite.get("time", "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _of_row(row: JsonObject, batch: JsonObject) -> JsonObject:
    """What the run of a batch's row came to, by the name of its clip; of a row without a run, why it has none."""
    errors = [{**row["error"], "stage": ""}] if row["error"] else []
    without = {**row, "backend": batch["backend"], "stages": [], "findings": [], "errors": errors}
    return {**(row["result"] or without), "name": f"{batch['name']}: {row['clip'] or row['place']}"}


def _suite(result: JsonObject) -> ET.Element:
    cases = list(_told_apart(_cases(result)))
    verdicts = Counter(case.verdict for case in cases)
    suite = ET.Element("testsuite", {"name": _line(result["name"]), "tests": str(len(cases))})
    for attribute, verdict in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(verdicts[verdict]))  # type: ignore[index]  # one of `_Verdict`
    suite.set("time", _time(result["seconds"]))
    if result.get("started"):
        suite.set("timestamp", str(result["started"]).removesuffix("Z"))
    if result.get("pipeline"):
        suite.set("file", _line(result["pipeline"]))
    properties = ET.SubElement(suite, "properties")
    for name in ("run", "backend", "status", "exit", "credits"):
        if result.get(name) not in (None, ""):
            ET.SubElement(properties, "property", {"name": name, "value": _line(result[name])})
    suite.extend(map(_element, cases))
    return suite


# --- what is a test case ---------------------------------------------------------------------------------------------


def _cases(result: JsonObject) -> Iterator[_Case]:
    name, counted, told = result["name"], {error.get("stage") for error in result["errors"]}, set()
    for stage in result["stages"]:
        told.add(stage["path"])
        yield from _stage(name, stage, result["findings"], tolerated=stage["path"] not in counted)
    for error in result["errors"]:
        if error.get("stage") not in told:
            yield from _beside_stages(name, error)
    if not result["errors"] and result["status"] != "done":
        verdict: _Verdict = "skipped" if result["status"] == "not_begun" else "error"
        said = f"the run is {result['status'].replace('_', ' ')}"
        yield _Case(name, "run", verdict=verdict, type=result["status"], message=said)


def _stage(run: str, stage: JsonObject, findings: Iterable[JsonObject], *, tolerated: bool) -> Iterator[_Case]:
    group, _, name = f"{run}.{stage['path']}".rpartition(".")
    mine = [finding for finding in findings if finding["stage"] == stage["path"]]
    checks = stage["kind"] == "verify"
    said = () if checks else tuple(f"{found['level']}: {found['text']}" for found in mine if found["level"] != "INFO")
    files = tuple(f"file: {file}" for file in stage["files"])
    case = _Case(group, name, stage["seconds"], said=(*said, *files))
    yield _ended(case, stage, tolerated=tolerated)
    for finding in mine if checks else ():
        yield _check(f"{group}.{name}", finding, tolerated=tolerated)


def _ended(case: _Case, stage: JsonObject, *, tolerated: bool) -> _Case:
    if stage["status"] == "done":
        return case
    if error := stage["error"]:
        return _with_error(case, error, tolerated=tolerated)
    verdict: _Verdict = "skipped" if stage["status"] == "skipped" else "error"
    return replace(case, verdict=verdict, type=stage["status"], message=stage["status"])


def _with_error(case: _Case, error: JsonObject, *, tolerated: bool = False) -> _Case:
    message = str(error.get("message", ""))
    facts = {name: error.get(name) for name in ("code", "exit", "hint", "place")}
    lines = [f"{name}: {value}" for name, value in facts.items() if value not in (None, "")]
    details = "\n".join([_shortened(message), "", *lines])
    verdict: _Verdict = "failure" if error.get("exit") in _FAILURES else "error"
    if tolerated:
        verdict, message = "skipped", f"failed, and `continue_on_error` lets the run go on: {message}"
    return replace(case, verdict=verdict, type=str(error.get("code", "")), message=message, details=details)


def _check(group: str, finding: JsonObject, *, tolerated: bool) -> _Case:
    check, _, text = finding["text"].partition(": ")
    name = finding.get("about") or check
    if finding["level"] != "FAIL":
        return _Case(group, name, said=(f"WARN: {text}" if finding["level"] == "WARN" else text,))
    verdict: _Verdict = "skipped" if tolerated else "failure"
    return _Case(group, name, verdict=verdict, type=CheckFailed.default_code, message=text, details=_shortened(text))


def _beside_stages(run: str, error: JsonObject) -> Iterator[_Case]:
    """What went wrong outside a stage: each complaint about a file by itself, anything else as one."""
    for problem in error.get("problems") or ():
        told = {**error, **problem, "place": f"{problem['file']}:{problem['line']}:{problem['column']}"}
        told["code"] = problem["code"] or error.get("code")
        yield _with_error(_Case(run, f"line {problem['line']}: {problem['message']}"), told)
    if not error.get("problems"):
        yield _with_error(_Case(run, error.get("stage") or "run"), error)


def _told_apart(cases: Iterable[_Case]) -> Iterator[_Case]:
    """Number cases of the same name, in their order: `media`, `media (2)`."""
    seen: Counter[tuple[str, str]] = Counter()
    for case in cases:
        seen[case.group, case.name] += 1
        number = seen[case.group, case.name]
        yield case if number == 1 else replace(case, name=f"{case.name} ({number})")


# --- XML -------------------------------------------------------------------------------------------------------------


def _element(case: _Case) -> ET.Element:
    facts = {"classname": _line(case.group), "name": _line(case.name), "time": _time(case.seconds)}
    element = ET.Element("testcase", facts)
    if case.verdict:
        verdict = ET.SubElement(element, case.verdict, {"type": _line(case.type), "message": _line(case.message)})
        verdict.text = _plain(case.details) or None
    if case.said:
        ET.SubElement(element, "system-out").text = _plain(_shortened("\n".join(case.said)))
    return element


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def _line(value: object) -> str:
    """A value as one line of an attribute; the rest of a long one is left out."""
    text = " ".join(str(value)[: 4 * _LONGEST_LINE].split())
    return _plain(text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…")


def _shortened(text: str) -> str:
    left_out = len(text) - _LONGEST_TEXT
    return text if left_out <= 0 else f"{text[:_LONGEST_TEXT]}… ({left_out} more characters)"


def _plain(text: str) -> str:
    """`text` with what XML cannot hold shown as an escape."""
    return _UNSPEAKABLE.sub(lambda match: ascii(match[0])[1:-1], text)
