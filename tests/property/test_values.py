"""Durations, sizes, counts, colours, captions and settings: what is written is read again as the same."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipline.errors import InputError, UsageError
from clipline.settings import DEFINITIONS, Settings
from clipline.studio.lettering.captions import parse_captions
from clipline.values import (
    Color,
    Count,
    Size,
    format_duration,
    parse_color,
    parse_count,
    parse_duration,
    parse_size,
)
from examples import examples

#: Texts of digits as long as nobody's numbers are, digits of other scripts among them.
digits = st.text("0123456789", min_size=1, max_size=8) | st.sampled_from(["9" * 400, "0" * 400, "٣", "1" + "0" * 309])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just(10**400) | digits,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)

AnyError = TypeVar("AnyError", bound=Exception)


def tried(action: Callable[[], Any], declared: type[AnyError]) -> tuple[Any, AnyError | None]:
    """The result, or the declared error; any other goes through and fails the test."""
    try:
        return action(), None
    except declared as error:
        return None, error


# --- round trips -----------------------------------------------------------------------------------------------------


@examples(300)
@given(st.integers(0, 10**9) | st.integers(0, 10**12))
@example(59_999)
@example(3_599_999)
@example(119_950)
def test_a_duration_that_was_written_is_read_as_the_same(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    written = format_duration(seconds)
    assert math.isclose(parse_duration(written), seconds, abs_tol=0.0006)
    assert "60s" not in written
    assert "60m" not in written
    assert "e" not in written


@examples(200)
@given(hours=st.integers(0, 999), minutes=st.integers(0, 59), seconds=st.integers(0, 59), parts=st.integers(0, 999))
def test_every_way_to_write_a_duration_means_the_same(hours: int, minutes: int, seconds: int, parts: int) -> None:
    exact = timedelta(hours=hours, minutes=minutes, seconds=seconds, milliseconds=parts).total_seconds()
    clock = f"{minutes:02}:{seconds:02}.{parts:03}"
    ways: list[object] = [f"{hours}h{minutes}m{seconds}.{parts:03}s", f"{hours}:{clock}", exact, str(exact)]
    if not hours:
        ways.append(clock)
    assert all(math.isclose(parse_duration(way), exact, abs_tol=1e-6) for way in ways)


@examples(200)
@given(st.integers(1, 99_999), st.integers(1, 99_999))
def test_a_size_that_was_written_is_read_as_the_same(width: int, height: int) -> None:
    size = Size(width, height)
    assert parse_size(str(size)) == parse_size(f" {width} × {height} ") == size
    inside = size.fit_within(Size(1080, 1920))
    assert inside.width % 2 == inside.height % 2 == 0
    assert min(inside.width, inside.height) <= 1080
    assert max(inside.width, inside.height) <= 1920


@examples(200)
@given(
    st.sampled_from([">=", "<=", "!=", "==", ">", "<", ""]),
    st.integers(0, 10**15) | st.floats(0, 1e15, allow_subnormal=False).map(lambda number: round(number, 4)),
)
@example("", 12_345_678)
@example("<", 0.1)
@example(">=", 0.00001)
def test_a_count_that_was_written_is_read_as_the_same(comparison: str, number: float) -> None:
    plain = f"{number:.10f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)
    count = parse_count(f"{comparison}{plain}")
    assert parse_count(str(count)) == count
    assert count.number == float(plain)


@examples(100)
@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255))
def test_a_colour_that_was_written_is_read_as_the_same(red: int, green: int, blue: int) -> None:
    color = Color(red, green, blue)
    assert parse_color(str(color)) == parse_color(str(color).upper()) == color


# --- anything at all -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parse", [parse_duration, parse_size, parse_count, parse_color], ids=lambda each: each.__name__
)
@examples(150)
@given(value=json_values)
@example(value="9" * 400)
@example(value="9" * 400 + "h")
@example(value="1:" + "9" * 400 + ":00")
@example(value=10**400)
@example(value=">=" + "9" * 400)
@example(value=float("nan"))
@example(value="nan")
def test_any_value_is_read_or_refused_in_words(parse: Callable[[object], object], value: Any) -> None:
    found, error = tried(lambda: parse(value), ValueError)
    if error is not None:
        assert 0 < len(str(error)) < 1000
        return
    if isinstance(found, float):
        assert 0 <= found < float("inf")
    elif isinstance(found, Count):
        assert math.isfinite(found.number)
    assert str(found)


# --- captions --------------------------------------------------------------------------------------------------------

plain_lines = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20
)
said = plain_lines.map(str.strip).filter(
    lambda line: line and not set(line) & set("<>&{}") and "-->" not in line and line.strip("\0") == line
)
cues = st.lists(
    st.tuples(st.integers(0, 35_999_000), st.integers(1, 100_000), st.lists(said, min_size=1, max_size=3)),
    min_size=1,
    max_size=5,
)


def _stamp(milliseconds: int, point: str, short: bool) -> str:
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    head = "" if short and not hours else f"{hours:02}:"
    return f"{head}{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


@examples(150)
@given(cues, st.sampled_from(["srt", "vtt"]), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.booleans())
def test_captions_that_were_written_are_read_as_the_same(
    given_: list[tuple[int, int, list[str]]], form: str, end: str, short: bool, mark: bool
) -> None:
    lines = ["WEBVTT - x", "", "NOTE", "nothing --", ""] if form == "vtt" else []
    for number, (start, length, texts) in enumerate(given_, 1):
        times = [_stamp(at, "." if form == "vtt" else ",", short and form == "vtt") for at in (start, start + length)]
        lines += [str(number), " --> ".join(times), *texts, ""]
    found = parse_captions(("\ufeff" if mark else "") + end.join(lines))
    wanted = sorted(
        ((start / 1000, (start + length) / 1000, "\n".join(texts)) for start, length, texts in given_),
        key=lambda cue: cue[0],
    )
    assert [(round(cue.start, 6), round(cue.end, 6), cue.text) for cue in found] == wanted


@examples(150)
@given(st.lists(st.sampled_from(["00:00:01,000 --> 00:00:02,000", "WEBVTT", "1", "a", "", "-->", "9999:59:59.999"]) |
                st.text(max_size=15), max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))  # fmt: skip
@example(["1", "00:00:01,000 --> 00:00:02,000", "&#1114112; &#xd800; &#99999999999999999999;"], "\n")
def test_any_captions_are_read_or_refused_with_a_line(lines: list[str], end: str) -> None:
    found, error = tried(lambda: parse_captions(end.join(lines), "x.srt"), InputError)
    if error is not None:
        assert error.place
        assert 1 <= error.place.line <= len(lines) + sum(line.count("\n") + line.count("\r") for line in lines) + 1
        return
    assert all(0 <= cue.start < cue.end and cue.text for cue in found)
    assert all(cue.text.encode() for cue in found)


# --- settings --------------------------------------------------------------------------------------------------------

WRITTEN: dict[str, st.SearchStrategy[Any]] = {
    "duration": st.integers(0, 10**7).map(lambda ms: format_duration(ms / 1000)),
    "integer": st.integers(0, 999_999_999),
    "number": st.floats(0, 1e9, allow_subnormal=False),
    "string": st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=9),
    "words": st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=3),
}


@pytest.mark.parametrize("kind", sorted(WRITTEN))
@examples(25)
@given(data=st.data())
def test_a_setting_means_the_same_wherever_it_is_written(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    settings = [each for each in DEFINITIONS.values() if each.type == kind and not each.choices]
    setting = data.draw(st.sampled_from(settings))
    value = data.draw(WRITTEN[kind])
    folder = tmp_path_factory.mktemp("settings")
    toml = json.dumps(value) if not isinstance(value, float) else repr(value)
    (folder / "own.toml").write_text(f"[{setting.section}]\n{setting.key} = {toml}\n", "utf-8")
    text = ",".join(value) if isinstance(value, list) else str(value)

    def read(environ: dict[str, str], overrides: dict[str, Any] | None = None) -> Any:
        return Settings.load(environ={"HOME": str(folder), **environ}, folder=folder, overrides=overrides)[setting.name]

    ways = [
        read({"CLIPLINE_CONFIG": str(folder / "own.toml")}),
        read({setting.variable: text}),
        read({}, {setting.name: text}),
        read({}, {setting.name: value}),
    ]
    assert all(way == ways[0] for way in ways)


@examples(150)
@given(name=st.sampled_from(sorted(DEFINITIONS)), value=json_values)
@example(name="nemo.poll", value=10**400)
@example(name="nemo.poll", value="9" * 400)
@example(name="run.out", value="~nobody_of_that_name/x")
@example(name="export.post_export", value="[" * 100_000)
def test_any_value_of_a_setting_is_read_or_refused_in_words(name: str, value: Any) -> None:
    read = partial(Settings.load, environ={"HOME": "/no/home"}, folder=Path("/"), overrides={name: value})
    found, error = tried(read, UsageError)
    if error is not None:
        assert name in error.message
        return
    if isinstance(found[name], float):
        assert 0 <= found[name] < float("inf")
