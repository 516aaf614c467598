"""The edit out: every file is read back by its adapter and by a reader of the tests' own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio as otio
import pytest

from clipline.errors import CliplineError, InputError, Refused
from clipline.stage import Exported, TimelineView
from clipline.testing import call_log, next_attempt, stage_call
from clipline.timeline import (
    Background,
    Blur,
    LowerThird,
    Music,
    Remove,
    Segment,
    Timeline,
    Title,
    Track,
    Trim,
    apply,
)
from clipline.values import Color
from clipline_otio import export_timeline, post_export_steps

Maker = Callable[..., Path]
KINDS = ("segment", "media", "source", "operation", "volume", "title", "time", "name", "size", "rate")


def one_clip(path: Path, seconds: float = 1.0, fps: float = 25.0, **more: Any) -> Timeline:
    segment = Segment(path.stem, seconds, source=str(path), start=0.0, **more)
    return Timeline((Track("video", (segment,)),), 160, 90, fps)


def written(tmp_path: Path, timeline: Timeline, **options: Any) -> tuple[dict[str, Any], Any]:
    """The report by format, and the result."""
    call = stage_call(tmp_path, "export_timeline", view=TimelineView(timeline))
    result = export_timeline(call, {"to": "cut", "collision": "overwrite", **options})
    report = json.loads(Path(result.outputs["report"]).read_text("utf-8"))
    assert report["files"] == result.outputs["losses"]
    return {each["format"]: each for each in report["files"]}, result


def lost(report: dict[str, Any], form: str, which: str = "lost") -> list[tuple[str, str]]:
    return [(each["kind"], each["what"]) for each in report[form][which]]


def events(edl: str) -> list[tuple[str, ...]]:
    """The events of an EDL by its columns: number, reel, channel, cut, source in and out, record in and out."""
    timecode = r"(\d\d:\d\d:\d\d[:;]\d\d)"
    form = re.compile(rf"^(\d{{3}})  (\S{{1,8}}) +(V) +(C) +{timecode} {timecode} {timecode} {timecode}$", re.MULTILINE)
    found = form.findall(edl)
    assert len(found) == len(re.findall(r"^\d", edl, re.MULTILINE)), edl
    return found


def frames_of(timecode: str, rate: Fraction) -> int:
    """A timecode as a count of frames, by the rule of SMPTE ST 12-1; written without a look at the package."""
    hours, minutes, seconds, frames = map(int, re.split("[:;]", timecode))
    nominal = round(rate)
    count = ((hours * 60 + minutes) * 60 + seconds) * nominal + frames
    if ";" in timecode:
        dropped = nominal // 15
        whole = hours * 60 + minutes
        count -= dropped * (whole - whole // 10)
    return count


# --- what is carried, and what is not --------------------------------------------------------------------------------


def test_every_format_is_written_with_the_report_of_what_it_loses(tmp_path: Path, make_clip: Maker) -> None:
    clip = make_clip(tmp_path / "city.mp4", hz=440)
    timeline = one_clip(clip)
    timeline = apply(timeline, Trim(0.2, 0.8))
    timeline = apply(timeline, Remove("person", Color(0, 255, 0)))
    timeline = apply(timeline, Title("Dreams", 0.2, 0.2, "top", Color(255, 0, 0)))
    report, result = written(tmp_path, timeline)
    assert [Path(file).name for file in result.outputs["files"]] == ["cut.otio", "cut.edl", "cut.xml"]
    edit = ("operation", "the edit “fill the person with #00ff00”")
    assert lost(report, "otio") == []
    assert lost(report, "otio", "only_clipline_reads") == [
        edit,
        ("title", "the position top of the title “Dreams”"),
        ("size", "the size 160x90"),
    ]
    assert lost(report, "edl") == [
        ("segment", "the title “Dreams”"),
        ("segment", "the sound “city”"),
        edit,
        ("size", "the size 160x90"),
        ("rate", "the frame rate 25"),
    ]
    assert lost(report, "fcp7") == [edit, ("title", "the position top of the title “Dreams”")]


def test_how_writing_looks_is_not_lost_without_a_word(tmp_path: Path, make_clip: Maker) -> None:
    timeline = apply(one_clip(make_clip(tmp_path / "city.mp4")), LowerThird("Jane", "Boss", 0.2, 0.4))
    timeline = apply(timeline, Title("Dreams", 0.2, 0.2, size=10.0, plate=Color(0, 0, 255), fade_in=0.1))
    report, _ = written(tmp_path, timeline, formats=["otio", "fcp7"])
    looks = [
        ("title", "how the lower third “Jane” looks: it is a plain title"),
        ("title", "the size of the title “Dreams”"),
        ("title", "the plate of the title “Dreams”"),
        ("title", "the fade-in of the title “Dreams”"),
    ]
    assert lost(report, "otio") == []
    assert [loss for loss in lost(report, "otio", "only_clipline_reads") if loss[0] == "title"] == looks
    assert lost(report, "fcp7") == looks


def test_a_loss_is_a_warning_that_names_it_and_what_only_clipline_reads_a_note(
    tmp_path: Path, make_clip: Maker
) -> None:
    timeline = apply(one_clip(make_clip(tmp_path / "city.mp4")), Background(Blur()))
    call = stage_call(tmp_path, "export_timeline", view=TimelineView(timeline))
    result = export_timeline(call, {"formats": ["otio", "fcp7"]})
    assert [(each.level, each.text) for each in result.findings] == [
        ("WARN", "city.xml does not carry the edit “blur the background” (video 1 at 0s)")
    ]
    (note,) = call_log(call).notes
    assert note.startswith("city.otio: other programs do not know of the edit “blur the background”")


def test_many_losses_are_counted_and_the_report_has_them_all(tmp_path: Path, make_clip: Maker) -> None:
    timeline = one_clip(make_clip(tmp_path / "city.mp4"))
    for number in range(9):
        timeline = apply(timeline, Title(f"Title {number}", number / 10, 0.1))
    report, result = written(tmp_path, timeline, formats=["edl"])
    assert result.findings[0].text.endswith("; and 5 more, see cut.losses.json")
    assert [what for kind, what in lost(report, "edl") if kind == "segment"] == [
        f"the title “Title {number}”" for number in range(9)
    ]


def test_music_is_written_as_often_as_it_is_repeated_with_its_volume(tmp_path: Path, make_clip: Maker) -> None:
    clip, song = make_clip(tmp_path / "city.mp4", hz=440), make_clip(tmp_path / "song.mp4", 10, hz=880)
    timeline = apply(one_clip(clip), Music(str(song), 0.35))
    report, result = written(tmp_path, timeline)
    made = otio.adapters.read_from_file(result.outputs["files"][0])
    music, own = made.audio_tracks()
    assert [round(piece.duration().to_seconds(), 3) for piece in music] == [0.4, 0.4, 0.2]
    assert [piece.metadata["clipline"]["volume"] for piece in music] == [0.35] * 3
    assert own[0].media_reference.target_url == clip.as_uri()
    assert lost(report, "fcp7") == []  # the level of a sound is a filter there
    assert lost(report, "otio", "only_clipline_reads")[:3] == [("volume", "the volume 35% of the sound “song”")] * 3
    assert [kind for kind, _ in lost(report, "edl")] == ["segment"] * 4 + ["size", "rate"]
    xml = Path(result.outputs["files"][2]).read_text("utf-8")
    assert xml.count("<effectid>audiolevels</effectid>") == 3


def test_a_sound_that_is_repeated_goes_on_from_the_beginning_of_its_file(tmp_path: Path, make_clip: Maker) -> None:
    clip, song = make_clip(tmp_path / "city.mp4"), make_clip(tmp_path / "song.mp4", 10, hz=880)
    sound = Track("audio", (Segment("song", 0.8, str(song), 0.2, 0.0),))
    _, result = written(tmp_path, Timeline((*one_clip(clip).tracks, sound), 160, 90, 25.0), formats=["otio"])
    (pieces,) = otio.adapters.read_from_file(result.outputs["files"][0]).audio_tracks()
    ranges = [(each.source_range.start_time.value, each.source_range.duration.value) for each in pieces]
    assert ranges == [(5, 5), (0, 10), (0, 5)]


def test_a_rate_that_the_backend_does_not_tell_is_that_of_the_clip(tmp_path: Path, make_clip: Maker) -> None:
    clip = make_clip(tmp_path / "city.mp4", 30, 30)
    _, result = written(tmp_path, one_clip(clip, fps=0.0), formats=["fcp7"])
    assert "<timebase>30</timebase>" in Path(result.outputs["files"][0]).read_text("utf-8")
    call = stage_call(tmp_path, "export_timeline", view=TimelineView(one_clip(tmp_path / "gone.mp4", fps=0.0)))
    export_timeline(call, {"formats": ["fcp7"]})
    assert call_log(call).notes == ["the frame rate is not known: frames are counted at 25 a second"]


def test_the_volume_of_a_clip_goes_with_its_sound(tmp_path: Path, make_clip: Maker) -> None:
    clip = make_clip(tmp_path / "city.mp4", hz=440)
    _, result = written(tmp_path, one_clip(clip, volume=0.5), formats=["otio"])
    made = otio.adapters.read_from_file(result.outputs["files"][0])
    assert "volume" not in made.video_tracks()[0][0].metadata["clipline"]
    assert made.audio_tracks()[0][0].metadata["clipline"]["volume"] == 0.5


def test_segments_over_each_other_stand_on_tracks_of_their_own(tmp_path: Path, make_clip: Maker) -> None:
    clip = str(make_clip(tmp_path / "city.mp4"))
    over = (
        Segment("low", 1.0, clip, start=0.0),
        Segment("high", 0.6, clip, start=0.4),
        Segment("end", 0.2, clip, start=1.2),
    )
    report, result = written(tmp_path, Timeline((Track("video", over),), 160, 90, 25.0))
    made = otio.adapters.read_from_file(result.outputs["files"][0])
    assert [[clip.name for clip in track.find_clips()] for track in made.tracks] == [["low", "end"], ["high"]]
    assert lost(report, "fcp7") == []
    assert lost(report, "edl")[0] == ("segment", "the clip “high”")


def test_a_timeline_without_files_says_that_they_are_not_known(tmp_path: Path) -> None:
    cloud = Timeline((Track("video", (Segment("city", 2.0, start=0.0),)), Track("other", (Segment("glitter", 1.0),))))
    report, _ = written(tmp_path, cloud)
    assert ("media", "the file of the clip “city”") in lost(report, "otio")
    assert ("segment", "the item “glitter”") in lost(report, "edl")
    assert ("segment", "the item “glitter”") in lost(report, "fcp7")
    assert ("segment", "the item “glitter”") not in lost(report, "otio")


def test_a_timeline_without_a_picture_makes_no_edl_and_says_so(tmp_path: Path, make_clip: Maker) -> None:
    song = str(make_clip(tmp_path / "song.mp4", hz=440))
    report, result = written(tmp_path, Timeline((Track("audio", (Segment("song", 1.0, song),)),), fps=25.0))
    assert report["edl"]["file"] is None
    assert not (tmp_path / "out/cut.edl").exists()
    assert result.findings[0].text == "cut.edl was not written: there is no picture in it"


# --- times -----------------------------------------------------------------------------------------------------------

RATES = [
    Fraction(24000, 1001),
    Fraction(24),
    Fraction(25),
    Fraction(30000, 1001),
    Fraction(30),
    Fraction(50),
    Fraction(60000, 1001),
]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.3f}")
def test_frames_stay_where_they_are_at_every_rate(tmp_path: Path, make_clip: Maker, rate: Fraction) -> None:
    clip = make_clip(tmp_path / "city.mp4", 60, rate)
    # Beyond a minute, where drop-frame timecodes leave numbers out.
    starts = [0, 40, round(61 * rate), round(601 * rate)]
    segments = tuple(
        Segment(f"cut {number}", float(20 / rate), str(clip), float(10 / rate), float(start / rate))
        for number, start in enumerate(starts)
    )
    report, result = written(tmp_path, Timeline((Track("video", segments),), 160, 90, float(rate)))
    assert {kind for form in ("otio", "fcp7") for kind, _ in lost(report, form)} == set()
    assert [kind for kind, _ in lost(report, "edl")] == ["size", "rate"]
    edl = Path(result.outputs["files"][1]).read_text("utf-8")
    drops = rate.denominator == 1001 and round(rate) % 30 == 0
    assert edl.splitlines()[1] == ("FCM: DROP FRAME" if drops else "FCM: NON-DROP FRAME")
    found = [[frames_of(each, rate) for each in event[4:]] for event in events(edl)]
    assert found == [[10, 30, start, start + 20] for start in starts]
    xml = Path(result.outputs["files"][2]).read_text("utf-8")
    assert [int(each) for each in re.findall(r"<start>(\d+)</start>", xml)] == starts
    assert set(re.findall(r"<timebase>(\d+)</timebase>", xml)) == {str(round(rate))}
    assert set(re.findall(r"<ntsc>(\w+)</ntsc>", xml)) == {"TRUE" if rate.denominator == 1001 else "FALSE"}


@pytest.mark.parametrize("fps", [27.3, 120.0])
def test_times_that_no_timecode_counts_are_rounded_and_that_is_said(
    tmp_path: Path, make_clip: Maker, fps: float
) -> None:
    clip = make_clip(tmp_path / "city.mp4", 50)
    report, _ = written(tmp_path, one_clip(clip, 0.51, fps, source_start=0.333))
    assert lost(report, "otio") == []
    for form in ("edl", "fcp7"):
        (said,) = [what for kind, what in lost(report, form) if kind == "time"]
        assert re.search(r"by \d+ ms at most", said)
    assert "rate" in {kind for kind, _ in lost(report, "fcp7")}


def test_a_clip_shorter_than_a_frame_stays(tmp_path: Path, make_clip: Maker) -> None:
    clip = make_clip(tmp_path / "city.mp4")
    _, result = written(tmp_path, one_clip(clip, 0.01), formats=["edl"])
    assert len(events(Path(result.outputs["files"][0]).read_text("utf-8"))) == 1


def test_equal_clips_each_keep_their_place(tmp_path: Path, make_clip: Maker) -> None:
    clip = str(make_clip(tmp_path / "city.mp4"))
    twice = tuple(Segment("city", 0.4, clip, 0.2) for _ in range(3))
    report, result = written(tmp_path, Timeline((Track("video", twice),), 160, 90, 25.0))
    assert lost(report, "fcp7") == []
    xml = Path(result.outputs["files"][2]).read_text("utf-8")
    assert re.findall(r"<start>(\d+)</start>", xml) == ["0", "10", "20"]


# --- names and addresses ---------------------------------------------------------------------------------------------

NAMES = [
    "a b",
    "quotes \" and '",
    "<tag> & co",
    "城市",
    "😀",
    "50% #1?",
    "x" * 120,
    "tab\there",
    "-",
    "FROM CLIP: x",
    "shot.[1-9]",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("media", ["absolute", "relative"])
def test_names_and_addresses_of_all_kinds_come_back(tmp_path: Path, make_clip: Maker, name: str, media: str) -> None:
    clip = make_clip(tmp_path / "media" / f"{name}.mp4")
    report, result = written(tmp_path, one_clip(clip), media=media)
    for form in report:
        assert not {"media", "segment", "source"} & {kind for kind, _ in lost(report, form)}, report[form]
    assert lost(report, "otio") == []
    texts = [Path(file).read_text("utf-8") for file in result.outputs["files"]]
    assert ("file://" in texts[0]) == (media == "absolute")
    assert ("file://" in texts[1]) == (media == "absolute")
    assert "file://localhost/" in texts[2]
    events(texts[1])


@pytest.mark.parametrize("name", ["two\nlines", "bell\x07", "null\0", "half \ud800"])
def test_what_a_format_cannot_write_in_a_name_is_a_loss_and_breaks_nothing(
    tmp_path: Path, make_clip: Maker, name: str
) -> None:
    clip = make_clip(tmp_path / "city.mp4")
    segment = Segment(name, 1.0, str(clip), start=0.0)
    report, result = written(tmp_path, Timeline((Track("video", (segment,)),), 160, 90, 25.0, "t"))
    events(Path(result.outputs["files"][1]).read_text("utf-8"))
    assert "name" in {kind for kind, _ in lost(report, "edl")}


def test_sources_with_like_names_have_reels_of_their_own(tmp_path: Path, make_clip: Maker) -> None:
    clips = [make_clip(tmp_path / folder / "interview long.mp4") for folder in ("one", "two")]
    segments = tuple(Segment("interview", 0.4, str(clip)) for clip in (*clips, clips[0]))
    _, result = written(tmp_path, Timeline((Track("video", segments),), 160, 90, 25.0), formats=["edl"])
    assert [event[1] for event in events(Path(result.outputs["files"][0]).read_text("utf-8"))] == [
        "INTERVIE",
        "INTERVI2",
        "INTERVIE",
    ]


# --- where the files go ----------------------------------------------------------------------------------------------


def test_after_an_export_the_files_stand_beside_it_and_media_are_found_by_their_names(
    tmp_path: Path, make_clip: Maker
) -> None:
    clip = make_clip(tmp_path / "city.mp4")
    cloud = Timeline((Track("video", (Segment("city", 1.0, start=0.0),)),), 160, 90, 25.0)
    call = stage_call(tmp_path, "export", view=TimelineView(cloud))
    made = make_clip(tmp_path / "out/sub {x}/me-edited.mp4")
    (step,) = post_export_steps()
    result = step.run(call, Exported((made,), (clip,), {}), {})
    names = ["me-edited.edl", "me-edited.losses.json", "me-edited.mp4", "me-edited.otio", "me-edited.xml"]
    assert sorted(file.name for file in made.parent.iterdir()) == names
    assert result.outputs["losses"][0]["lost"] == []


def test_the_timeline_before_the_edit(tmp_path: Path, make_clip: Maker) -> None:
    before = one_clip(make_clip(tmp_path / "city.mp4"))
    view = TimelineView(apply(before, Remove("person")), before, changed=True)
    call = stage_call(tmp_path, "export_timeline", view=view)
    result = export_timeline(call, {"version": "before", "formats": ["fcp7"]})
    assert result.outputs["losses"][0]["lost"] == []
    unedited = stage_call(tmp_path, "export_timeline", view=TimelineView(before))
    with pytest.raises(Refused, match="before the edit"):
        export_timeline(unedited, {"version": "before"})


def test_without_a_timeline_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no timeline") as caught:
        export_timeline(stage_call(tmp_path, "export_timeline"), {})
    assert "after an upload" in caught.value.hint


def test_a_file_that_is_there_is_kept_and_a_second_attempt_finds_its_own(tmp_path: Path, make_clip: Maker) -> None:
    timeline = one_clip(make_clip(tmp_path / "city.mp4"))
    call = stage_call(tmp_path, "export_timeline", view=TimelineView(timeline))
    first = export_timeline(call, {})
    assert export_timeline(next_attempt(call), {}).outputs == first.outputs
    with pytest.raises(InputError, match="exists already"):
        export_timeline(stage_call(tmp_path, "export_timeline", view=TimelineView(timeline)), {})


@pytest.mark.parametrize(("to", "name"), [("cut.edl", "cut.edl"), ("sub/{name}", "sub/city.edl"), ("a.{ext}", "a.edl")])
def test_the_name_has_the_ending_of_its_format(tmp_path: Path, make_clip: Maker, to: str, name: str) -> None:
    call = stage_call(tmp_path, "export_timeline", view=TimelineView(one_clip(make_clip(tmp_path / "city.mp4"))))
    assert export_timeline(call, {"to": to, "formats": ["edl"]}).outputs["files"] == [str(tmp_path / "out" / name)]


def test_a_name_that_leaves_the_output_folder_is_refused(tmp_path: Path, make_clip: Maker) -> None:
    call = stage_call(tmp_path, "export_timeline", view=TimelineView(one_clip(make_clip(tmp_path / "city.mp4"))))
    with pytest.raises(CliplineError, match=r"\.\."):
        export_timeline(call, {"to": "../x"})


# --- other readers ---------------------------------------------------------------------------------------------------


@pytest.fixture
def rich(tmp_path: Path, make_clip: Maker) -> Sequence[str]:
    """The files of a timeline that has some of everything."""
    clip, song = make_clip(tmp_path / "a city.mp4", hz=440), make_clip(tmp_path / "song.mp4", 10, hz=880)
    timeline = one_clip(clip)
    for operation in (Trim(0.2), Background(Blur()), Title("Dreams & <co>", 0.2, 0.2), Music(str(song))):
        timeline = apply(timeline, operation)
    files: Sequence[str] = written(tmp_path, timeline)[1].outputs["files"]
    return files


def test_the_tools_of_opentimelineio_read_each_file(tmp_path: Path, rich: Sequence[str]) -> None:
    copy = str(tmp_path / "copy.otio")
    tool("otioconvert", "-i", rich[1], "-a", "rate=25", "-o", copy)  # the list alone does not say its rate
    for file in (rich[0], copy, rich[2]):
        assert "a city" in tool("otiotool", "-i", file, "--list-clips")
        stats = tool("otiostat", file)
        assert "parsed: True" in stats
        assert "length_of_tracks: 0" not in stats
    assert "Dreams" in tool("otiotool", "-i", rich[0], "--list-clips")


def tool(name: str, *arguments: str) -> str:
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


#: The part of Apple's DTD of xmeml that these files need, after the elements' tables in "Final Cut Pro XML Interchange
#: Format" (Apple, archived developer library): children in any order, each from its own list.
DTD = """
<!ELEMENT xmeml (project|sequence|clip|bin)*> <!ATTLIST xmeml version CDATA #REQUIRED>
<!ELEMENT project (name|children)*> <!ELEMENT children (sequence|clip|bin)*>
<!ELEMENT sequence (name|duration|rate|timecode|media|marker|in|out|uuid)*> <!ATTLIST sequence id ID #REQUIRED>
<!ELEMENT media (video|audio)*>
<!ELEMENT video (format|track|duration|samplecharacteristics)*>
<!ELEMENT audio (format|track|outputs|in|out|samplecharacteristics|channelcount)*>
<!ELEMENT format (samplecharacteristics)*>
<!ELEMENT samplecharacteristics
 (width|height|anamorphic|pixelaspectratio|fielddominance|rate|colordepth|codec|depth|samplerate)*>
<!ELEMENT track (enabled|locked|clipitem|generatoritem|transitionitem)*>
<!ELEMENT clipitem
 (name|duration|rate|in|out|start|end|enabled|file|filter|sourcetrack|marker|link|timecode|masterclipid)*>
<!ATTLIST clipitem id ID #REQUIRED frameBlend (TRUE|FALSE) #IMPLIED>
<!ELEMENT generatoritem (name|duration|rate|in|out|start|end|enabled|effect|filter|sourcetrack|marker)*>
<!ATTLIST generatoritem id ID #REQUIRED frameBlend (TRUE|FALSE) #IMPLIED>
<!ELEMENT file (name|duration|rate|timecode|media|pathurl)*> <!ATTLIST file id CDATA #REQUIRED>
<!ELEMENT timecode (string|frame|rate|displayformat|reel|source)*>
<!ELEMENT rate (timebase|ntsc)*>
<!ELEMENT filter (effect|enabled|start|end)*>
<!ELEMENT effect (name|effectid|effecttype|mediatype|effectcategory|parameter)*>
<!ELEMENT parameter (name|parameterid|value|valuemin|valuemax|keyframe)*>
<!ELEMENT sourcetrack (mediatype|trackindex)*>
<!ELEMENT value (#PCDATA|alpha|red|green|blue|horiz|vert)*>
"""
LEAVES = """name duration in out start end enabled locked width height pixelaspectratio fielddominance timebase ntsc
string frame displayformat pathurl effectid effecttype mediatype effectcategory parameterid valuemin valuemax
trackindex alpha red green blue"""


def test_the_xml_is_valid_by_the_grammar_of_final_cut_pro(rich: Sequence[str]) -> None:
    from io import StringIO

    from lxml import etree

    leaves = "".join(f"<!ELEMENT {name} (#PCDATA)>" for name in LEAVES.split())
    grammar = etree.DTD(StringIO(DTD + leaves))
    parsed = etree.parse(rich[2])
    assert grammar.validate(parsed), grammar.error_log
    spans = {
        item.findtext("name"): [int(item.findtext(each)) for each in ("start", "end", "in", "out")]
        for item in parsed.iter("clipitem", "generatoritem")
    }
    assert spans["Dreams & <co>"] == [5, 10, 0, 5]
    for first, after, begin, end in spans.values():
        assert after - first == end - begin > 0
    for item in parsed.iterfind(".//audio/track/clipitem"):
        assert item.findtext("sourcetrack/mediatype") == "audio"
