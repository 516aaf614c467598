"""Policies: those that come with clipline, and files, whose mistakes are all told with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.builtin.policies import read_policy
from clipline.errors import InputError, PipelineFileError
from clipline.studio.checks.check_schema import SHIPPED_POLICIES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_policies_that_come_with_clipline_hold_what_they_are_known_for() -> None:
    assert all(read_policy(name).checks["decodes"] is True for name in SHIPPED_POLICIES)
    broadcast = read_policy("broadcast").checks
    assert broadcast["loudness"] == {"target": -23, "warn": 0.2, "fail": 0.5}
    assert broadcast["true_peak"] == -1
    assert read_policy("web").checks["flashes"] == {"warn": 2, "fail": 3}


def test_a_file_goes_before_what_it_extends_and_may_leave_out_of_it(folder: Path) -> None:
    text = "policy: 1\nextends: broadcast\nchecks: {black: 0.2s, flashes: false, size: {warn: 1920x1080}}\n"
    (folder / "house.yaml").write_text(text)
    policy = read_policy("house.yaml")
    base = dict(read_policy("broadcast").checks)
    del base["flashes"]
    assert (policy.name, policy.checks) == ("house.yaml", {**base, "black": "0.2s", "size": {"warn": "1920x1080"}})


def test_json_is_read_too(folder: Path) -> None:
    (folder / "house.json").write_text('{"policy": 1, "checks": {"decodes": true}}')
    assert read_policy("house.json").checks == {"decodes": True}


FORMS = "write seconds, or like 30s, 2m, 1h30m, 1:30 or 0:01:30.5"
WRONG = """policy: 1
extends: cinema
checks:
  black: {warn: 1s, fial: 2s}
  frozen: soon
  letterbox: 5
  loudnes: -23
"""


def test_all_mistakes_are_told_at_once_with_their_places(folder: Path) -> None:
    (folder / "house.yaml").write_text(WRONG)
    with pytest.raises(PipelineFileError) as caught:
        read_policy("house.yaml")
    told = [f"{problem.place} {problem.message}" for problem in caught.value.problems]
    assert told == [
        'house.yaml:2:10 "extends" must be web, broadcast or podcast, not "cinema"',
        'house.yaml:4:21 unknown key "fial" in "checks.black"; did you mean "fail"?',
        f"house.yaml:5:11 \"checks.frozen\": not a duration: 'soon'; {FORMS}",
        'house.yaml:6:14 "checks.letterbox" must be a share like 5%, a mapping or false, not 5',
        'house.yaml:7:3 unknown key "loudnes" in "checks"; did you mean "loudness"?',
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"just words", 'house.yaml:1:1 a policy must be a mapping, not "just words"'),
        (b"policy: 1\n", 'house.yaml:1:1 a policy needs the option "checks"'),
        (b"policy: 2\nchecks: {decodes: true}\n", 'house.yaml:1:9 "policy" must be 1, not 2'),
        (b"\0\0\0\0ftyp", "house.yaml this is a video, not a policy"),
    ],
)
def test_what_is_no_policy_is_said_to_be_none(folder: Path, content: bytes, said: str) -> None:
    (folder / "house.yaml").write_bytes(content)
    with pytest.raises(PipelineFileError) as caught:
        read_policy("house.yaml")
    assert [f"{each.place} {each.message}" for each in caught.value.problems][:1] == [said]


def test_a_name_that_nobody_has_is_told_with_the_nearest(folder: Path) -> None:
    with pytest.raises(
        InputError, match=r'no policy \'brodcast\', and no such file; did you mean "broadcast"'
    ) as caught:
        read_policy("brodcast")
    assert "web, broadcast, podcast" in caught.value.hint
