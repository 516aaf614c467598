"""Every typed operation can be said in words that are read back as that very operation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipline.studio.instructions import interpret
from clipline.timeline import (
    BLACK,
    WHITE,
    AudioTrack,
    Background,
    Blur,
    Crop,
    Cut,
    Fit,
    Isolate,
    Join,
    Loudness,
    LowerThird,
    Media,
    Music,
    Operation,
    Pad,
    Remove,
    Resize,
    Sound,
    Subject,
    Title,
    Transparent,
    Trim,
    operation_from_json,
)
from clipline.values import Color, Size

MATERIALS = ("my beach.mp4", "the end.png", "image 1.jpg", "海 滩.webp", "a, b and c.mp3", "song.v2.wav", "don't.flac")
PICTURES, SOUNDS = MATERIALS[:4], MATERIALS[4:]

colors = st.builds(Color, *[st.integers(0, 255)] * 3)
sides = st.integers(33, 4000)  # smaller ones are shapes, like 16x9
sizes = st.builds(Size, sides, sides)
who = st.sampled_from(["person", "people", "background_person"])
OTHERS = (("dog",), ("car", "bicycle"), (Subject("dog", "left"), "cat", Subject("cat", "largest", 2)))
times = st.integers(0, 19_000).map(lambda ms: ms / 1000)
lengths = st.integers(1, 9_000).map(lambda ms: ms / 1000)

corners = st.integers(0, 100)

operations = st.one_of(
    st.builds(Background, st.one_of(colors, st.just(Blur()), st.just(Transparent()))),
    st.builds(Background, st.floats(0.5, 199).map(lambda radius: Blur(round(radius, 2)))),
    st.builds(Background, st.sampled_from(PICTURES).map(Media)),
    st.builds(Remove, who, st.one_of(st.none(), colors)),
    st.builds(Isolate, who, st.one_of(st.just(Transparent()), colors)),
    st.builds(Isolate, st.just("people"), st.one_of(colors, st.just(Blur())), st.sampled_from(OTHERS)),
    st.builds(lambda start, length: Trim(start, round(start + length, 3) if length < 5 else None), times, lengths),
    st.builds(Trim, times, st.none(), st.just(value=True)),
    st.builds(
        lambda spans, **how: Cut.of([(at, round(at + 0.5, 3)) for at in spans], **how),
        st.lists(times, min_size=1, max_size=3),
        keyframes=st.just(value=True),
    ),
    st.builds(
        lambda spans, **how: Cut.of([(at, round(at + 0.5, 3)) for at in spans], **how),
        st.lists(times, min_size=1, max_size=3),
        crossfade=st.one_of(st.just(0.0), lengths),
    ),
    st.builds(Join, st.just(PICTURES[:1]), st.one_of(st.just(0.0), lengths), st.booleans()),
    st.builds(Join, st.just(PICTURES[:3]), st.one_of(st.just(0.0), lengths), st.booleans(), lengths),
    st.builds(Resize, sizes),
    st.builds(Fit, sizes),
    st.builds(Crop, aspect=st.sampled_from(["9:16", "1:1", "4:5", "21:9", "16:9"])),
    st.builds(Crop, aspect=st.just("9:16"), keep=who),
    st.builds(Crop, size=sizes, keep=who),
    st.builds(Crop, size=sizes),
    st.builds(Crop, size=sizes, x=corners, y=corners),
    st.builds(Pad, sizes, colors),
    st.builds(
        Title,
        st.sampled_from(["Hello", 'He "said" it']),
        times,
        st.one_of(st.none(), st.just(0.5)),
        st.sampled_from(["top", "middle", "bottom"]),
        colors,
    ),
    st.builds(Title, st.sampled_from(["Hello", "春天来了", "a, b and then remove the people.", "It's 5:00!"])),
    st.builds(AudioTrack, st.integers(1, 12)),
    st.builds(
        Title,
        st.just("Hello"),
        position=st.sampled_from(["top left", "bottom right"]),
        size=st.sampled_from([5.0, 12.5]),
        edge=st.sampled_from(["outline", "shadow", "none"]),
        plate=st.one_of(st.none(), colors),
        fade_in=st.sampled_from([0.0, 0.5]),
        fade_out=st.sampled_from([0.0, 0.25]),
    ),
    st.builds(
        LowerThird,
        st.sampled_from(["Ada Lovelace", "李雷", 'He "said" it']),
        st.sampled_from(["", "Mathematician"]),
        times,
        st.sampled_from([None, 0.5, 5.0]),
        st.sampled_from(["left", "middle", "right"]),
        st.sampled_from([WHITE, Color(255, 255, 0)]),
        st.sampled_from([BLACK, Color(0, 60, 120)]),
        st.sampled_from(["fade", "slide", "none"]),
    ),
    st.builds(
        Music,
        st.sampled_from(SOUNDS),
        st.just(0.2),
        st.sampled_from([0.0, 1.5]),
        st.sampled_from([None, 8.0]),
        st.sampled_from([0.0, 30.0]),
        st.sampled_from([0.0, 2.0]),
        st.sampled_from([0.0, 2.0, 3.0]),
        st.booleans(),
        st.sampled_from([0.0, 12.0, 9.5]),
    ),
    st.just(Sound(0.0)),
    st.builds(Sound, st.integers(1, 400).map(lambda percent: percent / 100), *[st.sampled_from([0.0, 1.5])] * 2),
    st.builds(Loudness, st.integers(-400, -50).map(lambda tenths: tenths / 10), st.sampled_from([-1.0, -2.0, 0.0])),
    st.builds(Music, st.sampled_from(SOUNDS), st.integers(0, 1000).map(lambda tenths: tenths / 1000)),
)


@settings(deadline=None, max_examples=300)
@given(operations)
def test_what_an_operation_says_of_itself_is_understood(operation: Operation) -> None:
    assert interpret(str(operation), materials=MATERIALS, default_duration=20.0).operations == (operation,)


def test_seconds_may_have_as_many_decimals_as_a_division_gives() -> None:
    assert interpret("keep 3.33333s to 6.6666666s", default_duration=20.0).operations == (Trim(3.33333, 6.6666666),)


def test_the_constants_are_what_is_left_unsaid() -> None:
    assert interpret("pad to 100x100").operations == (Pad(Size(100, 100), BLACK),)
    assert interpret('add the title "x"').operations == (Title("x", color=WHITE),)


def test_what_is_muted_has_no_fades() -> None:
    with pytest.raises(ValueError, match="what is muted has no fades"):
        operation_from_json({"sound": "mute", "fade_out": 1.5})
