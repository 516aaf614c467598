"""The mock's agent: what it understands, what it does to the draft, what it says and what that costs."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipline.mockserver.agent import AgentTurn, answer
from clipline.mockserver.drafts import current, new_draft, to_timeline, wish_of, with_clip
from clipline.mockserver.options import MockOptions
from clipline.mockserver.scenarios import APOLOGY, GUI_TALK
from clipline.mockserver.session import MediaFile, SessionView
from clipline.mockserver.stream import Beat, Call, Delta, Pause, Result, Say
from clipline.timeline import (
    Background,
    Blur,
    Crop,
    Fit,
    Isolate,
    Media,
    Music,
    Operation,
    Pad,
    Remove,
    Resize,
    Title,
    Transparent,
    Trim,
)
from clipline.values import Color, Size

CLIP = MediaFile("clip.mp4", Path("/clip"), "video", 4.0, 640, 360, 24.0)
BEACH = MediaFile("海滩 1.mp4", Path("/beach"), "video", 6.0, 320, 240, 30.0)
SONG = MediaFile("song.mp3", Path("/song"), "audio", 3.0)
PICTURE = MediaFile("bg.jpg", Path("/bg"), "image", 0.0, 10, 10)
ALL = (CLIP, BEACH, SONG, PICTURE)

LOUD = MockOptions(silent=0.0, gui_talk=0.0)
GREEN = Color(0, 255, 0)


def tell(
    text: str,
    *,
    files: tuple[MediaFile, ...] = ALL,
    draft: Any = None,
    options: MockOptions = LOUD,
    language: str = "en",
    seed: int = 0,
) -> AgentTurn:
    if draft is None:
        draft = new_draft("1" * 19)
        for file in files:
            draft = with_clip(draft, file) if file.file_type == "video" and not current(draft) else draft
    return answer(SessionView("1" * 19, draft, files, language, 0), text, random.Random(seed), options)


def said(turn: AgentTurn) -> list[str]:
    """The whole texts, without the apology for nothing."""
    texts = [each.text for each in turn.emissions if isinstance(each, Say) and not each.partial and not each.thought]
    return [text for text in texts if text != APOLOGY]


def operations(draft: Any) -> list[Operation]:
    return [item for track in to_timeline(draft).tracks for segment in track.segments for item in segment.operations]


# --- edits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "operation"),
    [
        ("blur the background", Background(Blur())),
        ("把背景换成绿色", Background(Color(0, 128, 0))),
        ("remove the background person and replace it with a solid color", Remove("background_person", Color(0, 0, 0))),
        ("add the music song.mp3 at 40%", Music("song.mp3", 0.4)),
        ("add the music /home/somebody/song.mp3 at 40%", Music("song.mp3", 0.4)),
        ("replace the background with bg.jpg", Background(Media("bg.jpg"))),
        ("replace the background with 海滩 1.mp4", Background(Media("海滩 1.mp4"))),
    ],
)
def test_an_instruction_changes_the_draft(text: str, operation: Operation) -> None:
    turn = tell(text)

    assert turn.kind == "edit"
    assert turn.generated == 0
    assert operations(turn.draft) == [operation]
    assert current(turn.draft) == "clip.mp4"


#: Each class of operation, in every shade that its words tell.
WORDED: list[Operation] = [
    Background(GREEN),
    Background(Blur()),
    Background(Transparent()),
    Background(Media("bg.jpg")),
    *(Remove(who) for who in ("person", "people", "background_person")),
    *(Remove(who, GREEN) for who in ("person", "people", "background_person")),
    *(Isolate(who) for who in ("person", "people", "background_person")),
    Isolate("people", GREEN),
    Resize(Size(320, 180)),
    Fit(Size(1080, 1920)),
    Crop("9:16"),
    Crop(size=Size(320, 200)),
    Pad(Size(1080, 1080)),
    Pad(Size(1080, 1080), GREEN),
    Title("Hello"),
    Title("Hello", duration=3.0),
    Music("song.mp3"),
    Music("song.mp3", 0.4),
]


@pytest.mark.parametrize("operation", WORDED, ids=str)
def test_the_words_of_every_typed_operation_are_understood(operation: Operation) -> None:
    turn = tell(str(operation))

    assert operations(turn.draft) == [operation]


@pytest.mark.parametrize(("operation", "length"), [(Trim(0.5, 3.0), 2.5), (Trim(1.0), 3.0), (Trim(0.0, 2.0), 2.0)])
def test_the_words_of_a_trim_are_understood(operation: Operation, length: float) -> None:
    assert to_timeline(tell(str(operation)).draft).duration == length


def test_several_sentences_are_several_operations() -> None:
    turn = tell('keep 0.5s to 3s, crop to 9:16; add the title "Hello" at the top for 2s')

    assert operations(turn.draft) == [Crop("9:16"), Title("Hello", 0.0, 2.0, "top")]
    assert to_timeline(turn.draft).duration == 2.5


def test_what_is_asked_of_the_file_only_is_an_edit_too() -> None:
    turn = tell("make it 1080p")

    assert turn.kind == "edit"
    assert wish_of(turn.draft) == {"lines": 1080}


def test_edits_of_one_session_add_up() -> None:
    first = tell("blur the background")
    second = tell('add the title "Hi"', draft=first.draft)

    assert operations(second.draft) == [Background(Blur()), Title("Hi")]


def test_the_draft_that_the_session_has_is_left_alone() -> None:
    draft = with_clip(new_draft("1"), CLIP)
    before = json.dumps(draft)

    tell("blur the background", draft=draft)

    assert json.dumps(draft) == before


# --- which clip ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "In 海滩 1.mp4: blur the background",
        "in “海滩 1.mp4”: blur the background",
        "在 海滩 1.mp4 中：模糊背景",
        "在“海滩 1.mp4”中：blur the background",
        "blur the background of 海滩 1.mp4",
        "in 海滩 1.mp4 blur the background",
    ],
)
def test_a_message_that_names_another_clip_works_on_that_one(text: str) -> None:
    turn = tell(text)

    assert turn.kind == "edit"
    assert current(turn.draft) == "海滩 1.mp4"
    assert operations(turn.draft) == [Background(Blur())]


def test_a_clip_that_is_named_as_a_background_is_not_the_one_that_is_edited() -> None:
    draft = with_clip(with_clip(new_draft("1"), CLIP), BEACH)

    turn = tell("replace the background with 海滩 1.mp4", draft=draft)

    assert current(turn.draft) == "clip.mp4"
    assert operations(turn.draft) == [Background(Media("海滩 1.mp4"))]


def test_a_name_inside_another_name_is_not_meant() -> None:
    short = MediaFile("a.mp4", Path("/a"), "video", 2.0, 64, 64, 25.0)

    turn = tell("blur the background of data.mp4", files=(CLIP, short))

    assert turn.kind == "talk"


def test_each_clip_keeps_its_own_edits() -> None:
    one = tell("In clip.mp4: blur the background")
    two = tell('In 海滩 1.mp4: add the title "Beach"', draft=one.draft)
    back = tell('In clip.mp4: add the title "Clip"', draft=two.draft)

    assert operations(two.draft) == [Title("Beach")]
    assert operations(back.draft) == [Background(Blur()), Title("Clip")]


def test_naming_a_clip_and_nothing_else_puts_it_on_the_track() -> None:
    turn = tell("use 海滩 1.mp4")

    assert (turn.kind, current(turn.draft), operations(turn.draft)) == ("edit", "海滩 1.mp4", [])


def test_a_clip_that_was_uploaded_but_stands_nowhere_is_taken() -> None:
    assert operations(tell("blur the background", draft=new_draft("1")).draft) == [Background(Blur())]


# --- talk ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "make it nicer",
        "add the music nowhere.mp3 at 40%",
        "keep 9s to 12s",
        "keep 9s to the end",
        "why?",
        "In nowhere.mp4: blur the background",
        "弄好看一点",
    ],
)
def test_what_cannot_be_done_is_answered_with_words_costs_nothing_and_changes_nothing(text: str) -> None:
    turn = tell(text)

    assert turn.kind == "talk"
    assert turn.draft == tell("make it nicer").draft
    assert len(said(turn)) == 1
    assert not any(isinstance(each, Call | Result | Delta) for each in turn.emissions)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("how many credits do I have", "check account"),
        ("export it please", "Export button"),
        ("show tracks", "preview in timeline"),
        ("我还有多少积分", "点击"),
        ("请导出", "导出按钮"),
    ],
)
def test_what_a_good_client_answers_itself_is_answered_with_where_to_click(text: str, words: str) -> None:
    turn = tell(text)

    assert turn.kind == "talk"
    assert words in said(turn)[0]


def test_without_a_clip_the_agent_asks_for_one() -> None:
    turn = tell("blur the background", files=())

    assert turn.kind == "talk"
    assert "no clip in this project" in said(turn)[0]


# --- how it is said --------------------------------------------------------------------------------------------------


def test_a_share_of_edits_answers_without_a_word() -> None:
    turns = [tell("blur the background", options=MockOptions(silent=0.3), seed=seed) for seed in range(400)]

    silent = [turn for turn in turns if not said(turn)]
    assert 0.2 < len(silent) / len(turns) < 0.4
    assert all(operations(turn.draft) == [Background(Blur())] for turn in silent)
    assert not any(said(tell("blur the background", options=MockOptions(silent=1.0), seed=n)) for n in range(20))
    assert all(said(tell("make it nicer", options=MockOptions(silent=1.0), seed=n)) for n in range(20))


@pytest.mark.parametrize(("text", "language"), [("blur the background", "en"), ("模糊背景", "zh")])
def test_a_share_of_answers_speaks_of_buttons_in_the_language_of_the_message(text: str, language: str) -> None:
    answers = [said(tell(text, options=MockOptions(silent=0, gui_talk=0.5), seed=seed))[0] for seed in range(200)]

    talk = [any(words in answer for words in GUI_TALK[language]) for answer in answers]
    assert 0.35 < sum(talk) / len(talk) < 0.65
    other = GUI_TALK["en" if language == "zh" else "zh"]
    assert not any(words in answer for answer in answers for words in other)


def test_the_language_can_be_set_and_words_of_neither_follow_the_session() -> None:
    assert "已完成" in said(tell("模糊背景", language="en"))[0]
    assert "不太明白" in said(tell("???", language="zh"))[0]
    assert "not sure" in said(tell("???", language="en"))[0]
    english = MockOptions(silent=0, gui_talk=1, language="en")
    assert any(words in said(tell("模糊背景", options=english))[0] for words in GUI_TALK["en"])


def test_pieces_of_a_text_are_followed_by_the_whole() -> None:
    partly = 0
    for seed in range(40):
        turn = tell("blur the background", seed=seed)
        pieces = [each.text for each in turn.emissions if isinstance(each, Say) and each.partial]
        partly += bool(pieces)
        assert not pieces or "".join(pieces) == said(turn)[0]
    assert 5 < partly < 35


def test_heartbeats_come_first_in_several_forms() -> None:
    turn = tell("blur the background", options=MockOptions(silent=0, heartbeats=40))

    beats = [each.form for each in turn.emissions if isinstance(each, Beat)]
    assert len(beats) == 40
    assert len(set(beats)) == 5
    assert turn.emissions.index(Beat(beats[0])) < next(n for n, e in enumerate(turn.emissions) if isinstance(e, Call))


def test_thoughts_and_the_apology_for_nothing_occur() -> None:
    emissions = [each for seed in range(200) for each in tell("blur the background", seed=seed).emissions]

    assert any(isinstance(each, Say) and each.thought for each in emissions)
    assert any(isinstance(each, Say) and each.text == APOLOGY for each in emissions)


def test_an_edit_sends_the_new_draft_and_takes_a_moment() -> None:
    turn = tell("blur the background")

    (result,) = [each for each in turn.emissions if isinstance(each, Result)]
    assert result.delta == {"draft": turn.draft}
    assert 0.1 <= sum(each.seconds for each in turn.emissions if isinstance(each, Pause)) <= 0.3


def test_the_same_seed_gives_the_same_turn() -> None:
    one, same, other = (tell("blur the background", seed=seed) for seed in (3, 3, 4))

    assert one == same
    assert one.emissions != other.emissions


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=60), st.integers(0, 5))
def test_whatever_is_typed_has_an_answer(text: str, seed: int) -> None:
    turn = tell(text, options=MockOptions(silent=0.3), seed=seed)

    assert turn.kind in {"edit", "generation", "talk"}
    assert turn.kind != "talk" or said(turn)


# --- generation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds", "subject", "title"),
    [
        ("generate a 5-second video of a beach at sunset", 5, "a beach at sunset", "A Beach At Sunset"),
        ("Please make me a ten second clip of a cat", 10, "a cat", "A Cat"),
        ("a calm sea at sunrise, ten seconds, with soft music", 10, "a calm sea at sunrise", "A Calm Sea At Sunrise"),
        (
            'a ten-second timelapse of a city at night, with soft music and the title "Urban Dreams"',
            10,
            "a timelapse of a city at night",
            "Urban Dreams",
        ),
        ("Generate a short video about city traffic, then add the title “Rush”", 5, "city traffic", "Rush"),
        ("生成一个10秒的城市夜景视频，配上轻音乐，标题“都市”", 10, "城市夜景", "都市"),
        ("帮我做一段视频：海边日落，8秒", 8, "海边日落", "海边日落"),
    ],
)
def test_words_alone_make_a_clip_in_two_stages(text: str, seconds: float, subject: str, title: str) -> None:
    turn = tell(text, files=())

    assert (turn.kind, turn.generated) == ("generation", 1)
    drafts = [
        each.delta["draft"] for each in turn.emissions if isinstance(each, Delta | Result) and "draft" in each.delta
    ]
    raw, final = map(to_timeline, (drafts[0], drafts[-1]))
    assert [track.kind for track in raw.tracks] == ["video"]
    assert raw.tracks[0].segments[0].name == subject
    assert {track.kind for track in final.tracks} == {"video", "audio", "text"}
    assert final.duration == seconds
    assert final.tracks[-1].segments[0].name == title
    assert drafts[-1] == turn.draft
    assert len(said(turn)) == 2
    assert sum(each.seconds for each in turn.emissions if isinstance(each, Pause)) > 1


def test_a_clip_made_from_words_takes_further_words() -> None:
    turn = tell("make a vertical video of a cat, 3 seconds, and blur the background", files=())

    timeline = to_timeline(turn.draft)
    assert (timeline.width, timeline.height, timeline.duration) == (360, 640, 3.0)
    assert Background(Blur()) in operations(turn.draft)
    edited = tell("keep 1s to 2s", files=(), draft=turn.draft)
    assert (edited.kind, to_timeline(edited.draft).duration) == ("edit", 1.0)


def test_a_clip_can_be_made_beside_an_uploaded_one() -> None:
    turn = tell("generate a 5-second video of a beach")

    assert turn.kind == "generation"
    assert current(turn.draft) == "a beach"
    assert current(tell("use clip.mp4", draft=turn.draft).draft) == "clip.mp4"


def test_a_clip_of_nothing_is_asked_about() -> None:
    turn = tell("generate a video", files=())

    assert (turn.kind, turn.generated) == ("talk", 0)
    assert said(turn) == ["What should the video show?"]
