from __future__ import annotations

import math
import time
from pathlib import Path
from typing import Any

import pytest

from clipline.errors import PipelineFileError
from clipline.pipeline import parse_text, source
from clipline.pipeline.document import Document
from small_vocabulary import VOCABULARY


def read(text: str) -> Document:
    document, problems = source.read_document(text, "file.yaml", Path("/"))
    assert problems == []
    return document


def complaint(text: str) -> str:
    try:
        _, problems = source.read_document(text, "file.yaml", Path("/"))
    except PipelineFileError as error:
        problems = list(error.problems)
    assert problems, "nothing was wrong"
    return problems[0].message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("tRue", "tRue"),
        ("~", None),
        ("null", None),
        ("", None),
        ("0:30", "0:30"),
        ("1:30.5", "1:30.5"),
        ("12", 12),
        ("012", 12),
        ("0o14", 12),
        ("0x1F", 31),
        ("-0", 0),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("2026-01-01", "2026-01-01"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("1080x1920", "1080x1920"),
        ("a#b", "a#b"),
        ("a # b", "a"),
        ("|\n  two\n  lines", "two\nlines\n"),
        (">-\n  one\n  line", "one line"),
        ("[a, 1]", ["a", 1]),
        ("- a", ["a"]),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: Any) -> None:
    separator = "\n" if written.startswith("- ") else " "
    found = read(f"key:{separator}{written}\n").value["key"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_one() -> None:
    assert math.isnan(read("key: .nan").value["key"])


def test_every_key_and_value_has_its_place() -> None:
    document = read('a: 1\nlist:\n  - x\n  - {deep: "y z"}\n')
    assert str(document.place(("a",))) == "file.yaml:1:4"
    assert str(document.place(("a",), at_key=True)) == "file.yaml:1:1"
    assert str(document.place(("list", 1, "deep"))) == "file.yaml:4:12"
    assert str(document.place(("list", 1, "deep"), at_key=True)) == "file.yaml:4:6"
    assert str(document.place(("list", 1, "deep"), part="z")) == "file.yaml:4:15"
    assert str(document.place(("list", 1, "missing"))) == "file.yaml:4:5"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_places_hold_for_every_sort_of_line_end(end: str) -> None:
    document = read(end.join(["a: 1", "b: [x,", "    y]", ""]))
    assert str(document.place(("b", 1))) == "file.yaml:3:5"
    assert document.line_of(document.place(("b", 1))) == "    y]"


def test_a_line_separator_of_unicode_ends_no_line_for_an_editor_and_so_none_here() -> None:
    document = read('a: "x\u2028y"\nb: 1\n')
    assert str(document.place(("b",))) == "file.yaml:2:4"


def test_a_byte_order_mark_is_passed_over_and_moves_no_place() -> None:
    text = source.decode(b"\xef\xbb\xbfa: 1\n", "file.yaml")
    assert str(read(text).place(("a",))) == "file.yaml:1:4"


def test_aliases_repeat_a_value_with_the_place_of_what_they_repeat() -> None:
    document = read("a: &x {k: 1}\nb: *x\n")
    assert document.value == {"a": {"k": 1}, "b": {"k": 1}}
    assert str(document.place(("b", "k"))) == "file.yaml:1:11"


def test_an_alias_may_not_make_the_file_deeper_than_it_may_be() -> None:
    deep = "[" * 30 + "]" * 30
    assert "nested more than 50 deep" in complaint(f"a: &x {deep}\nb: {'[' * 30}*x{']' * 30}\n")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 500_000,
        "{a: " * 200_000,
        "- " * 400_000,
        "? " * 400_000,
        "a: " + "&x " * 200_000,
        "!!" * 400_000,
        "a: [" + "b, " * 60_000 + "]",
        "\n".join(f"k{at}: v" for at in range(60_000)),
        'a: "' + "x" * 300_000,
        "a: " + "x" * 1_040_000 + "\nb: [",
        "#" * 1_000_000,
        "%" * 1_000_000,
        "*" * 1_000_000,
        "|" + "\n" * 200_000,
    ],
    ids=lambda text: text[:6].strip() + "…",
)
def test_what_breaks_a_budget_is_refused_in_time_and_without_a_crash(text: str) -> None:
    before = time.monotonic()
    assert complaint(text)
    assert time.monotonic() - before < 60  # some take 2 s on a slow machine


def test_a_file_over_one_mebibyte_is_refused_before_it_is_scanned() -> None:
    with pytest.raises(PipelineFileError, match="larger than 1024 KiB"):
        source.decode(b"#" * (source.MAX_BYTES + 1), "file.yaml")
    with pytest.raises(PipelineFileError, match="larger than 1024 KiB"):
        source.read_document("é" * (source.MAX_BYTES // 2 + 1), "file.yaml", Path("/"))


def test_control_characters_of_a_file_never_reach_the_terminal() -> None:
    with pytest.raises(PipelineFileError) as caught:
        source.read_document("a: \x1b[31mred\n", "file.yaml", Path("/"))
    assert "\x1b" not in str(caught.value)
    _, problems = source.read_document('a: "\\e[31mred"\n', "file.yaml", Path("/"))
    assert problems
    assert "\x1b" not in problems[0].render()


def test_control_characters_in_a_word_never_reach_the_terminal_by_a_complaint_about_it() -> None:
    with pytest.raises(PipelineFileError) as caught:
        parse_text('clipline: 1\nstages: ["\\u009b31m", "\\u202eauth"]\n', "file.yaml", VOCABULARY)
    assert not {"\x9b", "\u202e"} & set(str(caught.value))


def test_a_folded_text_is_no_comparison() -> None:
    assert read("a: >\n  long\n  text\n").value == {"a": "long text\n"}
    assert read("a: >2\n    text\n").value == {"a": "  text\n"}


def test_a_comment_behind_an_empty_value_is_only_a_colour_where_it_looks_like_one() -> None:
    assert read("a: # a note\nb: #decade of notes\nc: #12\n").value == {"a": None, "b": None, "c": None}
    assert "read as a comment" in complaint("a: #abc\n")
    assert "read as a comment" in complaint("a: #a1b2c3  # green\n")


def test_an_expression_may_span_lines_and_hold_any_quotes() -> None:
    document = read("a: ${{ inputs.x\n  | stem }}\nb: \"${{ 'x' }}\"\nc: '${{ \"x\" }}'\n")
    assert document.value == {"a": "${{ inputs.x | stem }}", "b": "${{ 'x' }}", "c": '${{ "x" }}'}
