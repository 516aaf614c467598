"""What the mock delivers: really edited files with the studio, honest substitutes without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, InputError, StageFailed
from clipline.mockserver.drafts import Draft, apply_all, new_draft, with_clip, with_generated, with_wish
from clipline.mockserver.rendering import render_draft
from clipline.mockserver.session import MediaFile
from clipline.studio.reading.media import MediaInfo, probe
from clipline.timeline import Background, Crop, Media, Music, Operation, Title, Trim
from media_maker import make_clip, make_image, make_sound

MP4 = {"format": "mp4", "quality": "high"}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    make_clip(tmp_path / "clip.mp4", size=(320, 240), seconds=2.0)
    return tmp_path / "clip.mp4"


def draft_of(clip: Path, *operations: Operation) -> Draft:
    file = MediaFile("clip.mp4", clip, "video", 2.0, 320, 240, 25.0)
    return apply_all(with_clip(new_draft("1"), file), operations)


def facts(path: Path) -> MediaInfo:
    return probe(path)


# --- with the studio -------------------------------------------------------------------------------------------------


def test_a_draft_is_really_edited(clip: Path, tmp_path: Path) -> None:
    draft = draft_of(clip, Trim(0.5, 1.5), Crop("1:1"), Title("Hi"))

    note = render_draft(draft, {"clip.mp4": clip}, tmp_path / "out.mp4", MP4, Clock())

    info = facts(tmp_path / "out.mp4")
    assert (info.width, info.height, info.container) == (240, 240, "mp4")
    assert info.duration == pytest.approx(1.0, abs=0.1)
    assert note.startswith("rendered 25 frames, 1s")


def test_other_files_of_the_session_are_found_by_their_names(clip: Path, tmp_path: Path) -> None:
    make_sound(tmp_path / "song.wav", seconds=0.5)
    draft = draft_of(clip, Music("song.wav"))

    render_draft(draft, {"clip.mp4": clip, "song.wav": tmp_path / "song.wav"}, tmp_path / "out.mp4", MP4, Clock())

    assert facts(tmp_path / "out.mp4").audio_codec == "aac"


def test_what_was_asked_of_the_file_in_words_is_done(clip: Path, tmp_path: Path) -> None:
    for wish, size in (
        ({"lines": 180}, (320, 180)),
        ({"size": "200x100"}, (200, 100)),
        ({"max_size": "160x160"}, (160, 120)),
    ):
        draft = with_wish(draft_of(clip), wish)
        render_draft(draft, {"clip.mp4": clip}, tmp_path / "out.mp4", MP4, Clock())
        assert (facts(tmp_path / "out.mp4").width, facts(tmp_path / "out.mp4").height) == size


def test_another_container_can_be_asked_for(clip: Path, tmp_path: Path) -> None:
    render_draft(draft_of(clip), {"clip.mp4": clip}, tmp_path / "out", {"format": "webm", "quality": "low"}, Clock())

    assert facts(tmp_path / "out").container == "webm"


def test_a_generated_clip_is_a_test_picture_of_its_length_with_a_tone(tmp_path: Path) -> None:
    draft = apply_all(with_generated(new_draft("1"), "a beach", 1.5, 160, 90), [Title("Beach"), Trim(0.5)])

    note = render_draft(draft, {}, tmp_path / "out.mp4", MP4, Clock())

    info = facts(tmp_path / "out.mp4")
    assert (info.width, info.height, info.audio_codec) == (160, 90, "aac")
    assert info.duration == pytest.approx(1.0, abs=0.1)
    assert "a test picture stands for a beach" in note
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_a_clip_of_which_only_the_address_is_known_is_a_test_picture_too(tmp_path: Path) -> None:
    note = render_draft(draft_of(Path("/x")), {"clip.mp4": tmp_path / "none"}, tmp_path / "out.mp4", MP4, Clock())

    assert "a test picture stands for clip.mp4" in note
    assert facts(tmp_path / "out.mp4").duration == pytest.approx(2.0, abs=0.1)


# --- without it ------------------------------------------------------------------------------------------------------


def test_without_the_studio_the_result_is_the_source_and_says_so(clip: Path, tmp_path: Path) -> None:
    draft = draft_of(clip, Trim(0.5, 1.0))

    note = render_draft(draft, {"clip.mp4": clip}, tmp_path / "out.mp4", MP4, Clock(), studio=False)

    assert note == "without the studio the result is the source clip.mp4, unedited"
    assert (tmp_path / "out.mp4").read_bytes() == clip.read_bytes()


def test_without_the_studio_a_generated_clip_is_a_small_valid_file(tmp_path: Path) -> None:
    draft = with_generated(new_draft("1"), "a beach", 5.0, 640, 360)

    note = render_draft(draft, {}, tmp_path / "out.mp4", MP4, Clock(), studio=False)

    assert "without the studio" in note
    info = facts(tmp_path / "out.mp4")
    assert (info.container, info.duration, info.audio_codec) == ("mp4", 1.0, "aac")


# --- what cannot be rendered -----------------------------------------------------------------------------------------


def test_an_empty_draft_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StageFailed, match="nothing to render") as raised:
        render_draft(new_draft("1"), {}, tmp_path / "out.mp4", MP4, Clock())
    assert raised.value.code == "draft_empty"


@pytest.mark.parametrize(
    "tracks", [5, [5], [{"tt": 0, "sg": 7}], [{"tt": 0, "sg": [{"m": {"title": "x"}, "d": "long"}]}]]
)
def test_what_is_no_draft_is_refused(tmp_path: Path, tracks: object) -> None:
    with pytest.raises(StageFailed, match="cannot be read"):
        render_draft({"t": tracks}, {}, tmp_path / "out.mp4", MP4, Clock())


def test_a_draft_of_files_of_another_session_is_refused(clip: Path, tmp_path: Path) -> None:
    make_image(tmp_path / "bg.png")

    for draft, media in ((draft_of(clip), {}), (draft_of(clip, Background(Media("bg.png"))), {"clip.mp4": clip})):
        with pytest.raises(StageFailed, match="not among the files of this session"):
            render_draft(draft, media, tmp_path / "out.mp4", MP4, Clock())
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize("output", [{"format": "avi"}, {"quality": "superb"}])
def test_formats_and_qualities_that_are_not_made_are_refused(
    clip: Path, tmp_path: Path, output: dict[str, str]
) -> None:
    with pytest.raises(StageFailed, match=r"avi|superb"):
        render_draft(draft_of(clip), {"clip.mp4": clip}, tmp_path / "out.mp4", output, Clock())


def test_bytes_that_are_no_video_fail_and_leave_nothing(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "junk.mp4").write_bytes(b"junk")

    with pytest.raises(InputError):
        render_draft(draft_of(clip), {"clip.mp4": tmp_path / "junk.mp4"}, tmp_path / "out.mp4", MP4, Clock())
    assert not (tmp_path / "out.mp4").exists()


def test_a_render_can_be_stopped(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()

    with pytest.raises(Cancelled):
        render_draft(with_generated(new_draft("1"), "x", 60.0, 640, 360), {}, tmp_path / "out.mp4", MP4, Clock(token))
    assert list(tmp_path.iterdir()) == []
