"""Captions are read as people and programs write them, and complaints name their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.errors import InputError
from clipline.studio.lettering.captions import Cue, parse_captions, read_captions

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> &amp; welcome,
dear {\\an8}friends

2
00:01:03,250 --> 01:00:04,000
5 < 6, and 7 > 3
"""

VTT = """WEBVTT - a film

NOTE nobody reads this
00:09.000 --> 00:10.000

STYLE
::cue { color: red }

intro
00:01.000 --> 00:02.500 align:start line:0
<v Bob>Hi <00:01.500><c>there</c>

01:00:00.000 --> 01:00:01.000
late
"""


def test_srt_is_read_without_its_marks() -> None:
    assert parse_captions(SRT) == [
        Cue(1.0, 2.5, "Hello & welcome,\ndear friends"),
        Cue(63.25, 3604.0, "5 < 6, and 7 > 3"),
    ]


def test_vtt_is_read_without_its_notes_styles_and_settings() -> None:
    assert parse_captions(VTT) == [Cue(1.0, 2.5, "Hi there"), Cue(3600.0, 3601.0, "late")]


def test_cues_are_sorted_and_empty_ones_left_out() -> None:
    texts = {5: "second", 1: "first", 7: "<b></b>"}
    srt = "\n".join(f"{at}\n00:00:0{at},000 --> 00:00:0{at + 1},000\n{text}\n" for at, text in texts.items())
    assert [cue.text for cue in parse_captions(srt)] == ["first", "second"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_files_are_read_in_the_encodings_that_programs_write(tmp_path: Path, encoding: str, newline: str) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(SRT.replace("friends", "朋友").replace("\n", newline).encode(encoding))
    assert read_captions(path)[0].text == "Hello & welcome,\ndear 朋友"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "holds no captions"),
        ("WEBVTT\n", 1, "holds no captions"),
        ("hello\nworld\n", 1, "no times here"),
        ("1\n00:00:01 --> 00:00:02\nx\n", 2, "these are no times"),
        ("1\n00:00:05,000 --> 00:00:02,000\nx\n", 2, "ends before it begins"),
        ("\n\n1\n00:99:05,000 --> 00:99:06,000\nx\n", 4, "minutes and seconds go up to 59"),
        (SRT + "\n3\nnothing\n", 11, "no times here"),
    ],
)
def test_a_complaint_names_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(InputError, match=words) as complaint:
        parse_captions(text, "a.srt")
    place = complaint.value.place
    assert place is not None
    assert (place.file, place.line) == ("a.srt", line)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(SRT.encode() + b"\n3\n00:00:01,000 --> 00:00:02,000\n\xe9t\xe9\n")
    with pytest.raises(InputError, match="is not UTF-8 text") as complaint:
        read_captions(path)
    assert complaint.value.place is not None
    assert complaint.value.place.line == 12
    with pytest.raises(InputError, match="cannot be read"):
        read_captions(tmp_path / "none.srt")
    with (tmp_path / "huge.srt").open("wb") as file:
        file.truncate(11 * 1024 * 1024)
    with pytest.raises(InputError, match="more than 10,485,760 bytes"):
        read_captions(tmp_path / "huge.srt")
