"""Where each sentence goes; the sentences stand in tests/data/routes.json."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from clipline.nemo.router import language_of, route, vague

ROUTES = json.loads((Path(__file__).parents[2] / "data" / "routes.json").read_text("utf-8"))
PLACES = ("export", "credits", "status", "upload", "message")


@pytest.mark.parametrize(("place", "text"), [(place, text) for place in PLACES for text in ROUTES[place]])
def test_a_sentence_goes_where_it_should(place: str, text: str) -> None:
    assert route(text) == place
    is_path = "/" in text or "\\" in text
    assert route(text.upper()) == place or is_path
    assert route(f"  {text}\n") == place


@pytest.mark.parametrize("text", ROUTES["vague"])
def test_what_says_nothing_is_vague(text: str) -> None:
    assert vague(text)


@pytest.mark.parametrize("text", [*ROUTES["clear"], *[t for t in ROUTES["message"] if len(t) > 5]])
def test_what_names_a_thing_or_an_action_is_not_vague(text: str) -> None:
    assert not vague(text) or text == "hello"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("make it brighter", "en"),
        ("把背景换成绿色", "zh"),
        ("把 background 换成 green color", "zh"),
        ("add the title “城市之光很美”", "en"),
        ("add the title 城市之光", "en"),
        ('加上标题 "Urban Dreams Forever And Ever"', "zh"),
        ("导出 mp4", "zh"),
        ("“城市”", "zh"),
        ("", "en"),
        ("123 !", "en"),
    ],
)
def test_the_language_is_that_of_the_script(text: str, language: str) -> None:
    assert language_of(text) == language


def test_who_writes_much_describes_something() -> None:
    assert route("export " * 500) == "message"
    assert not vague("make it better " * 500)


@pytest.mark.parametrize(
    "unit",
    [
        "一点",
        "最终的",
        "的",
        "给我",
        "the ",
        "please ",
        "a.mp4,",
        "a.mp4 ",
        "和",
        "and ",
        "to my desktop ",
        "我的",
        "very ",
        "\\ ",
    ],
)
def test_no_sentence_takes_long(unit: str) -> None:
    started = time.monotonic()
    for start in ("", "export ", "导出", "弄", "how many credits ", "make it ", "/", '"'):
        text = (start + unit * 400)[:390] + " q"
        route(text)
        vague(text)
    assert time.monotonic() - started < 5  # a loop that goes back on itself would take years
