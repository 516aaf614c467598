"""Texts on the picture: where, when, in which colour, and what cannot be written."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from clipline.errors import Refused
from clipline.studio.lettering import fonts
from clipline.studio.lettering.lettering import Typeface
from clipline.studio.lettering.titles import Shown, Titles
from clipline.studio.pictures.picture import ColorSpace, Picture, yuv
from clipline.timeline import LowerThird, Title
from clipline.values import Color, Size
from media_maker import make_clip
from studio_clips import gray, rendered

SIZE = Size(320, 240)
SPACE = ColorSpace("bt709")


def _picture(time: float = 0.0, *, alpha: int | None = None) -> Picture:
    clear = None if alpha is None else np.full((240, 320), alpha, np.uint8)
    half = np.full((120, 160), 128, np.uint8)
    return Picture(np.full((240, 320), 60, np.uint8), half, half.copy(), time, 0, clear)


def _rows(picture: Picture) -> tuple[int, int]:
    """The first and last line that is not as it was."""
    lines = np.flatnonzero((picture.y != 60).any(axis=1))
    return int(lines[0]), int(lines[-1])


def _drawn(title: Title, **picture: int) -> Picture:
    return Titles([Shown(title, 0.0, 1.0)], SIZE, SPACE).process(_picture(**picture))


def test_a_title_stands_where_it_should() -> None:
    for position, inside in (("top", (0, 80)), ("middle", (80, 160)), ("bottom", (160, 240))):
        first, last = _rows(_drawn(Title("Hello", position=position)))  # type: ignore[arg-type]
        assert inside[0] < first < last < inside[1]
    columns = np.flatnonzero((_drawn(Title("Hello")).y != 60).any(axis=0))
    assert columns[0] + columns[-1] == pytest.approx(320, abs=4)


def test_a_title_has_its_colour_and_an_edge_that_is_seen_on_any_ground() -> None:
    red = _drawn(Title("HHHH", color=Color(255, 0, 0)))
    y, u, v = yuv(Color(255, 0, 0), SPACE)
    assert int(red.v.max()) == pytest.approx(v, abs=12)
    assert int(red.u.min()) == pytest.approx(u, abs=12)
    assert (red.y == y).sum() > 50
    white = _drawn(Title("HHHH"))
    assert (white.y.min(), white.y.max()) == (16, 235)
    assert white.u.min() > 120  # no colour came in


def test_a_title_is_seen_only_in_its_time() -> None:
    titles = Titles([Shown(Title("x"), 1.0, 2.0)], SIZE, SPACE)
    seen = [bool((titles.process(_picture(time)).y != 60).any()) for time in (0.0, 0.96, 1.0, 1.96, 2.0, 3.0)]
    assert seen == [False, False, True, True, False, False]


def test_long_texts_are_broken_into_lines_and_longer_ones_are_written_smaller() -> None:
    short, long = _rows(_drawn(Title("Hello"))), _rows(_drawn(Title("Hello there everybody " * 3)))
    assert long[1] - long[0] > 2 * (short[1] - short[0])
    very = _rows(_drawn(Title("Hello there everybody " * 30, position="middle")))
    assert very[1] - very[0] <= 0.8 * 240
    word = _drawn(Title("x" * 200))
    assert not (word.y[:, :4] != 60).any()


def test_titles_at_the_same_place_and_time_do_not_cover_each_other() -> None:
    one = Titles([Shown(Title("First"), 0, 1)], SIZE, SPACE).process(_picture())
    both = Titles([Shown(Title("First"), 0, 1), Shown(Title("Second"), 0, 1)], SIZE, SPACE).process(_picture())
    first, last = _rows(one)
    assert np.array_equal(one.y[first : last + 1], both.y[first : last + 1])
    assert _rows(both)[0] < first - 5


def test_a_title_on_nothing_is_opaque_and_keeps_its_colour() -> None:
    picture = _drawn(Title("HHHH", color=Color(255, 255, 0)), alpha=0)
    assert picture.alpha is not None
    assert (picture.alpha.min(), picture.alpha.max()) == (0, 255)
    partly = (picture.alpha > 0) & (picture.alpha < 120)
    assert partly.any()
    assert picture.y[partly].max() < 60  # its black edge, not the ground shining through


def test_thousands_of_titles_cost_only_those_that_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    from clipline.studio.lettering import titles as room

    real = room.draw_card
    monkeypatch.setattr(room, "draw_card", lambda *args: drawn.append(args[0].text) or real(*args))
    many = Titles([Shown(Title(f"caption {n}"), n, n + 1) for n in range(2000)], SIZE, SPACE)
    for time in (5.0, 5.5, 6.0, 900.0):
        many.process(_picture(time))
    assert drawn == ["caption 5", "caption 6", "caption 900"]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., None]]:
    """Makes the machine have only the fonts given, beside Pillow's own."""

    def forget() -> None:
        for found in (fonts._all_faces, fonts._face, fonts._faces):
            found.cache_clear()

    def install(*files: Path) -> None:
        for file in files:
            (tmp_path / file.name).symlink_to(file)
        monkeypatch.setattr(fonts, "_FOLDERS", {sys.platform: [str(tmp_path)]})
        forget()

    yield install
    monkeypatch.undo()
    forget()


def _font_with(some: str, but_not: str) -> Path:
    for path in fonts._all_faces():
        if path and all(fonts.has(path, c) for c in some) and not any(fonts.has(path, c) for c in but_not):
            return Path(path)
    pytest.skip(f"this machine has no font with {some} that lacks {but_not}")


def test_a_text_that_no_font_can_write_is_refused_and_never_drawn_as_boxes(installed: Callable[..., None]) -> None:
    installed()
    with pytest.raises(Refused, match="no font on this machine can write '你', '好'") as refused:
        Titles([Shown(Title("Hello 你好你"), 0.0, 1.0)], SIZE, SPACE)
    assert "Noto Sans CJK" in refused.value.hint
    with pytest.raises(Refused) as refused:
        Titles([Shown(Title("Hello 🦄"), 0.0, 1.0)], SIZE, SPACE)
    assert "Noto Emoji" in refused.value.hint
    for text in ("a\ue000b", "a\U0010fffeb", "half \ud83d"):  # nobody's letters, and half of one
        with pytest.raises(Refused):
            Titles([Shown(Title(text), 0.0, 1.0)], SIZE, SPACE)


def test_what_cannot_be_written_is_known_beforehand(installed: Callable[..., None]) -> None:
    installed()
    assert fonts.unwritable("Hello 你好, 你!\n") == "你好"
    assert fonts.unwritable("Hello, you!") == ""
    assert fonts.scripts()["Latin"]
    assert not fonts.scripts()["Chinese"]


def test_several_fonts_write_one_title_where_none_has_all_of_it(installed: Callable[..., None]) -> None:
    math, cyrillic = _font_with("𝓐𝓑", but_not="Жя"), _font_with("Жя", but_not="𝓐𝓑")
    installed(math, cyrillic)
    line = Typeface("Жя Ж 𝓐𝓑!", 20).line("Жя Ж 𝓐𝓑!")
    assert [(run.text, Path(str(run.font.path)).name) for run in line.runs] == [
        ("Жя Ж ", cyrillic.name),
        ("𝓐𝓑", math.name),
        ("!", cyrillic.name),
    ]
    assert len(Typeface("Жя!", 20).line("Жя!").runs) == 1
    alone = [_columns(_drawn(Title(text))) for text in ("Жя", "𝓐𝓑")]
    assert _columns(_drawn(Title("Жя𝓐𝓑"))) == pytest.approx(sum(alone), abs=8)


def _columns(picture: Picture) -> int:
    changed = np.flatnonzero((picture.y != 60).any(axis=0))
    return int(changed[-1] - changed[0])


def test_signs_that_only_tell_how_their_neighbours_are_written_are_no_boxes(installed: Callable[..., None]) -> None:
    installed()
    plain, joined = _drawn(Title("ab c")), _drawn(Title("a\u200d\ufe0fb\tc\u200e"))
    assert np.array_equal(plain.y, joined.y)


def test_a_damaged_font_is_passed_over(installed: Callable[..., None], tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font at all")
    installed()
    assert fonts.unwritable("你a") == "你"


def test_an_installed_font_is_taken_for_letters_that_the_built_in_one_lacks() -> None:
    try:
        drawn = _drawn(Title("Żółć Жук"))
    except Refused:
        pytest.skip("this machine has no font with such letters")
    assert _rows(drawn)[1] > 160


def test_a_text_too_long_for_the_picture_is_refused() -> None:
    with pytest.raises(Refused, match="too long for a picture of 320x240"):
        Titles([Shown(Title("word " * 500), 0.0, 1.0)], SIZE, SPACE)


def test_titles_of_a_timeline_are_written_on_the_result(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4")
    rendered(clip, tmp_path / "out", Title("Hello", start=0.4, duration=0.2, position="middle"))
    changed = [
        np.abs(gray(tmp_path / "out", number).astype(int) - gray(clip, number))[80:160].max() > 60
        for number in (5, 9, 10, 14, 15)
    ]
    assert changed == [False, False, True, True, False]


# --- any script ------------------------------------------------------------------------------------------------------


def _runs(text: str) -> list[tuple[str, bool]]:
    try:
        return [(run.text.strip(), run.rtl) for run in Typeface(text, 20).line(text).runs if run.text.strip()]
    except Refused:
        pytest.skip("this machine has no font with these letters")


def test_right_to_left_and_left_to_right_stand_in_the_order_that_they_are_read_in() -> None:
    # From left to right as they are seen: in a Hebrew line the Latin word that is read last stands on the left.
    assert _runs("שלום 123 world") == [("world", False), ("123", False), ("שלום", True)]
    assert _runs("Hello שלום") == [("Hello", False), ("שלום", True)]


def test_arabic_letters_are_joined() -> None:
    joined, apart = (sum(width for width in map(_ink, texts)) for texts in (["بببب"], ["ب"] * 4))
    assert joined < apart  # a letter alone is wider than one between others


def _ink(text: str) -> float:
    try:
        return Typeface(text, 40).line(text).width
    except Refused:
        pytest.skip("this machine has no font with these letters")


def test_lines_are_broken_where_they_may_be() -> None:
    face = Typeface("well-known words, and more (of them)", 20)
    lines = ["".join(run.text for run in line.runs) for line in face.lines("well-known words, and more (of them)", 120)]
    assert len(lines) > 2
    assert not any(line.startswith((",", ")")) or line.endswith("(") for line in lines)
    assert face.lines("one\ntwo", 400)[1].runs[0].text == "two"


def test_an_emoji_stays_one_and_is_missed_as_one() -> None:
    family = "👨\u200d👩\u200d👧"
    assert fonts.clusters(f"a{family}e\u0301🇩🇪") == ["a", family, "e\u0301", "🇩🇪"]
    assert [fonts.is_emoji(each) for each in (family, "❤\ufe0f", "❤", "1", "a\ufe0f")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_emoji_that_are_drawn_as_outlines_are_told() -> None:
    assert fonts.drawn_plainly("Hello, 1 © 你好 → x") == ""
    assert "❤ ☀ as outlines" in fonts.drawn_plainly("I ❤ the ☀")
    assert ("no font of emoji" in fonts.drawn_plainly("❤\ufe0f")) == (not fonts.scripts()["emoji"])


# --- how they look ---------------------------------------------------------------------------------------------------


def test_a_title_is_as_large_as_asked_and_stands_in_its_corner() -> None:
    heights = [last - first for first, last in (_rows(_drawn(Title("Hello", size=size))) for size in (5.0, 10.0, 20.0))]
    assert heights == sorted(heights)
    assert heights[2] > 3 * heights[0]
    changed = np.flatnonzero((_drawn(Title("Hi", position="top left")).y != 60).any(axis=0))
    assert 10 <= changed[0] <= 20 < changed[-1] < 160
    changed = np.flatnonzero((_drawn(Title("Hi", position="bottom right")).y != 60).any(axis=0))
    assert 160 < changed[0] < 300 <= changed[-1] <= 310


def test_a_plate_and_a_shadow_set_a_title_off_and_nothing_does_where_that_is_asked_for() -> None:
    black, white = Color(0, 0, 0), Color(255, 255, 255)
    plain = _drawn(Title("HH", edge="none"))
    assert plain.y.min() == 60  # white letters alone on grey
    assert _drawn(Title("HH", edge="shadow")).y.min() < 50
    plated = _drawn(Title("HH", edge="none", plate=black))
    assert (plated.y < 40).sum() > 3 * (plain.y > 60).sum()
    assert _drawn(Title("HH", edge="none", plate=white, color=black)).y.max() < 235  # half clear


def test_titles_fade_in_and_out() -> None:
    titles = Titles([Shown(Title("HHH", fade_in=1.0, fade_out=2.0), 0.0, 4.0)], SIZE, SPACE)
    brightest = [int(titles.process(_picture(time)).y.max()) for time in (0.0, 0.5, 1.0, 2.0, 3.0, 3.9)]
    assert brightest[0] == 60 < brightest[1] < brightest[2] == brightest[3] == 235
    assert 60 < brightest[5] < brightest[4] < 235


def test_a_lower_third_stands_low_on_its_side_on_a_plate() -> None:
    for side, inside in (("left", (12, 160)), ("right", (160, 308))):
        shown = LowerThird("Ada", "Mathematician", side=side)  # type: ignore[arg-type]
        picture = Titles([Shown(shown, 0.0, 4.0)], SIZE, SPACE).process(_picture(2.0))
        columns = np.flatnonzero((picture.y != 60).any(axis=0))
        assert inside[0] <= columns[0] < columns[-1] <= inside[1]
        first, last = _rows(picture)
        assert 240 * 0.6 < first < last <= 240 * 0.9 + 1
        assert (picture.y.min(), picture.y.max()) == (29, 235)  # a plate that is not quite black, white letters
    without = Titles([Shown(LowerThird("Ada"), 0.0, 4.0)], SIZE, SPACE).process(_picture(2.0))
    assert _rows(without)[0] > first


def test_a_lower_third_slides_in_from_its_side_and_out_again() -> None:
    titles = Titles([Shown(LowerThird("Ada", entrance="slide"), 0.0, 4.0)], SIZE, SPACE)
    ends = []
    for time in (0.05, 0.2, 0.5, 2.0, 3.9):
        changed = np.flatnonzero((titles.process(_picture(time)).y != 60).any(axis=0))
        ends.append(int(changed[-1]) if changed.size else 0)
    assert ends[0] < ends[1] < ends[2] == ends[3] > ends[4]


def test_two_lower_thirds_on_two_sides_stand_at_the_same_height() -> None:
    both = [Shown(LowerThird("Ada"), 0.0, 4.0), Shown(LowerThird("Bob", side="right"), 0.0, 4.0)]
    assert _rows(Titles(both, SIZE, SPACE).process(_picture(2.0)))[0] > 240 * 0.7
