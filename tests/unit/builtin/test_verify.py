"""`verify`: whether the edit changed anything, and the check `timeline`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.builtin.plugin import verify, verify_checks
from clipline.errors import CheckFailed, UsageError
from clipline.stage import CheckSubject, Finding, Offers, StageCall, TimelineView, VerifyCheck
from clipline.testing.calls import call_log, stage_call
from clipline.timeline import Segment, Timeline, Title, Track, apply

CLIP = Timeline((Track("video", (Segment("city", 10.0, source="/a/city.mp4"),)), Track("audio")), 1280, 720, 25.0)
TITLED = apply(CLIP, Title("Dreams", duration=3.0))
CHANGED = TimelineView(TITLED, CLIP, changed=True)
UNCHANGED = TimelineView(CLIP, CLIP, changed=False)
NEVER_EDITED = TimelineView(CLIP)
OFFERS = Offers(verify_checks={check.name: check for check in verify_checks()})


def looking_at(folder: Path, view: TimelineView | None, *extra: VerifyCheck) -> StageCall:
    checks = {**OFFERS.verify_checks, **{check.name: check for check in extra}}
    return stage_call(folder, "verify", view=view, offers=Offers(verify_checks=checks))


def expect(change: str) -> dict[str, Any]:
    return {"expect": {"change": change}}


@pytest.mark.parametrize(
    ("view", "options"),
    [
        (CHANGED, {}),
        (CHANGED, expect("any")),
        (UNCHANGED, expect("none")),
        (NEVER_EDITED, {}),
        (NEVER_EDITED, expect("none")),
        (None, {}),
    ],
)
def test_an_edit_that_did_what_is_expected_passes(tmp_path: Path, view: TimelineView, options: dict[str, Any]) -> None:
    result = verify(looking_at(tmp_path, view), options)
    assert result is not None
    assert all(finding["level"] == "INFO" for finding in result.outputs["findings"])


def test_an_edit_that_changed_nothing_fails_with_status_3_and_says_how_to_allow_it(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="the edit changed nothing") as caught:
        verify(looking_at(tmp_path, UNCHANGED), {})
    assert caught.value.exit == 3
    assert "expect: {change: none}" in caught.value.hint


def test_a_change_where_none_is_expected_fails(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="must not"):
        verify(looking_at(tmp_path, CHANGED), expect("none"))


@pytest.mark.parametrize(
    "wanted",
    [
        {"tracks": {"video": ">=1"}},
        {"tracks": {"video": 1, "text": 1, "audio": 0}},
        {"tracks": {"video": "<2", "other": "==0"}},
        {"duration": 10},
        {"duration": "10s"},
        {"duration": "10.05"},
        {"duration": ">=0:10"},
        {"duration": "< 1m"},
        {"duration": "!=9"},
    ],
)
def test_a_timeline_that_is_as_wanted_passes(tmp_path: Path, wanted: dict[str, Any]) -> None:
    verify(looking_at(tmp_path, CHANGED), {"timeline": wanted})


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({"tracks": {"video": 2}}, "1 video track, expected 2"),
        ({"tracks": {"text": ">=2"}}, "1 text track, expected >=2"),
        ({"tracks": {"audio": ">0"}}, "0 audio tracks, expected >0"),  # an empty track is none
        ({"duration": 12}, "10s long, expected 12s"),
        ({"duration": ">10s"}, "10s long, expected >10s"),
    ],
)
def test_a_timeline_that_is_not_as_wanted_fails(tmp_path: Path, wanted: dict[str, Any], why: str) -> None:
    with pytest.raises(CheckFailed, match=why):
        verify(looking_at(tmp_path, CHANGED), {"timeline": wanted})


def test_every_check_that_fails_is_named_and_every_finding_told(tmp_path: Path) -> None:
    call = looking_at(tmp_path, UNCHANGED)
    with pytest.raises(CheckFailed) as caught:
        verify(call, {"timeline": {"tracks": {"video": 3, "audio": 0}, "duration": 1}})
    for part in ("the edit changed nothing", "expected 3", "expected 1s"):
        assert part in str(caught.value)
    told = [(found["level"], found["text"].partition(":")[0]) for found in call_log(call).of("finding")]
    assert told == [("FAIL", "change"), ("FAIL", "timeline"), ("INFO", "timeline"), ("FAIL", "timeline")]


@pytest.mark.parametrize("wanted", [{"tracks": {"video": "many"}}, {"duration": "long"}, {"duration": ">=x"}])
def test_a_value_that_cannot_be_read_is_a_usage_error(tmp_path: Path, wanted: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        verify(looking_at(tmp_path, CHANGED), {"timeline": wanted})


def test_no_timeline_fails_the_check_that_looks_at_it(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="upload a clip first"):
        verify(looking_at(tmp_path, None), {"timeline": {"duration": 1}})


def test_a_plugins_check_is_asked_too_and_a_warning_is_no_failure(tmp_path: Path) -> None:
    def run(_: StageCall, subject: CheckSubject, wanted: Any) -> list[Finding]:
        return [Finding("WARN", f"{len(subject.files)} files, {wanted} wanted")]

    call = looking_at(tmp_path, CHANGED, VerifyCheck("count", run, {"type": "integer"}))
    result = verify(call, {"count": 2})
    assert result is not None
    assert result.findings[-1] == Finding("WARN", "count: 0 files, 2 wanted", "count")


def test_an_unknown_check_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no check 'tmeline'"):
        verify(looking_at(tmp_path, CHANGED), {"tmeline": {}})
