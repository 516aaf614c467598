"""The stage `verify`: did the edit change anything, and does what was made hold up to what the file expects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from clipline.builtin.policies import read_policy
from clipline.errors import CheckFailed, UsageError
from clipline.stage import CheckSubject, Finding, StageCall, StageResult, TimelineView
from clipline.values import JsonObject

__all__ = ["check_edit"]


def check_edit(call: StageCall, options: JsonObject) -> StageResult:
    """Do every check that the options name, all of them even if one fails.

    Raises:
        CheckFailed: a check did not hold; the message has every one that did not.
        UsageError: a check is unknown, or has nothing to look at.
    """
    wanted = _with_policy(options)
    expected = (wanted.pop("expect", None) or {}).get("change", "any")
    view = call.timeline()
    subject = CheckSubject(tuple(Path(file) for file in call.run.get("files", ())), view)
    found = [("change", finding) for finding in _changed(view, expected)]
    for name, value in wanted.items():
        found += [(name, finding) for finding in _run_check(call, name, subject, value)]
    failed = [f"{name}: {finding.text}" for name, finding in found if finding.level == "FAIL"]
    if failed:
        for name, finding in found:  # there is no result to carry them
            call.emit("finding", _told(name, finding).as_json())
        raise CheckFailed("; ".join(failed), hint=_hint(found, view))
    return StageResult(
        outputs={
            "findings": [{"check": name, **finding.as_json()} for name, finding in found],
        },
        findings=tuple(_told(name, finding) for name, finding in found),
    )


def _told(name: str, finding: Finding) -> Finding:
    """A finding of a check with the name of the check."""
    about = f"{name}: {finding.about}" if finding.about else name
    return replace(finding, text=f"{name}: {finding.text}", about=about)


def _with_policy(options: JsonObject) -> dict[str, Any]:
    """The options with what the policy wants of media files below what they say themselves."""
    wanted = dict(options)
    if (policy := wanted.pop("policy", None)) is not None:
        wanted["media"] = {**read_policy(policy).checks, **wanted.get("media", {})}
    return wanted


def _changed(view: TimelineView | None, expected: str) -> Iterator[Finding]:
    changed = view.changed if view else None
    if changed is None:
        if expected == "none":
            yield Finding("INFO", "no edit was made")
    elif changed and expected == "none":
        yield Finding("FAIL", "the edit changed something, and `expect: {change: none}` says that it must not")
    elif changed:
        yield Finding("INFO", "the edit changed the timeline")
    elif expected == "none":
        yield Finding("INFO", "the edit changed nothing, as expected")
    else:
        yield Finding("FAIL", "the edit changed nothing")


def _run_check(call: StageCall, name: str, subject: CheckSubject, value: Any) -> list[Finding]:
    check = call.offers.verify_checks.get(name)
    if check is None:
        raise UsageError(f"there is no check {name!r}", hint=f"known: {', '.join(call.offers.verify_checks)}")
    call.clock.check()
    return list(check.run(call, subject, value))


def _hint(found: list[tuple[str, Finding]], view: TimelineView | None) -> str:
    if any(name == "change" and finding.level == "FAIL" for name, finding in found) and view and not view.changed:
        return "ask for what changes the clip; where nothing should change, a pipeline says `expect: {change: none}`"
    return ""
