"""Colours, columns and control characters."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from clipline.cli import console


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, None),
        ({"FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
    ],
)
def test_no_color_beats_force_color_beats_the_stream(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], wanted: bool | None
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert console.color_wanted() is wanted


def test_signs_that_turn_the_direction_of_a_text_are_shown() -> None:
    assert console.plain("clip\u202e4pm.exe \u2066x\u2069") == "clip\\u202e4pm.exe \\u2066x\\u2069"


def test_a_document_stays_whole_whatever_else_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with console.only_results():
        print("a plugin's word")
        console.document("test", {"a": 1})
        print("{")
    console.result("after it")
    out, err = capsys.readouterr()
    assert json.loads(out.removesuffix("after it\n")) == {"clipline_test": 1, "a": 1}
    assert err == "a plugin's word\n{\n"


def test_a_table_has_columns_as_wide_as_needed() -> None:
    assert console.table([("a", "long", ""), ("longer", "b", "c")]) == ["a       long", "longer  b     c"]


def test_control_characters_are_shown_and_text_of_any_language_stays() -> None:
    assert console.plain("a\x1b[2J\x07b\x9b 人\n\t") == "a\\x1b[2J\\x07b\\x9b 人\n\t"
