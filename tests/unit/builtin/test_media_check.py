"""The check `media` of `verify`, on real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clipline.builtin.media_check import MEDIA
from clipline.builtin.plugin import verify, verify_checks
from clipline.errors import CheckFailed, InputError
from clipline.stage import CheckSubject, Finding, Offers, StageResult, TimelineView
from clipline.testing.calls import call_log, stage_call
from clipline.timeline import Segment, Timeline, Track
from media_maker import bar_picture, make_clip, make_image, make_sound, plain_picture, tone

OFFERS = Offers(verify_checks={check.name: check for check in verify_checks()})


def check(folder: Path, files: list[Path], **wanted: Any) -> StageResult:
    result = verify(stage_call(folder, "verify", files=files, offers=OFFERS), {"media": wanted})
    assert result is not None
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    make_clip(folder / "clip.mp4", seconds=1.0, sound=True)
    make_clip(folder / "other.webm", seconds=0.4, codec="libvpx-vp9")
    make_image(folder / "sheet.png")
    make_sound(folder / "song.wav")
    return folder


def test_a_file_that_is_as_wanted_passes_with_a_finding_for_each_wish(tmp_path: Path, folder: Path) -> None:
    wanted = {"decodes": True, "duration": 1, "size": "320x240", "fps": 25, "video_codec": "h264"}
    result = check(tmp_path, [folder / "clip.mp4"], **wanted)
    assert [finding.level for finding in result.findings] == ["INFO"] * 5
    assert result.findings[1] == Finding("INFO", "media: clip.mp4: lasts 1.00s", "media: clip.mp4: duration")


def test_every_wish_that_fails_is_named_for_every_file(tmp_path: Path, folder: Path) -> None:
    files = [folder / "clip.mp4", folder / "other.webm"]
    with pytest.raises(CheckFailed) as caught:
        check(tmp_path, files, duration=">=0.8", video_codec="vp9")
    assert caught.value.exit == 3
    assert "clip.mp4: video codec h264, not vp9" in caught.value.message
    assert "other.webm: lasts 0.40s, not >=0.8" in caught.value.message


def test_images_and_texts_beside_a_video_are_not_meant(tmp_path: Path, folder: Path) -> None:
    notes = tmp_path / "notes.srt"
    notes.write_text("no media")
    check(tmp_path, [folder / "clip.mp4", folder / "sheet.png", notes], video_codec="h264")
    check(tmp_path, [folder / "sheet.png"], size="64x48")


def test_a_folder_of_frames_is_not_taken_for_a_broken_video(tmp_path: Path, folder: Path) -> None:
    frames = tmp_path / "clip.frames"
    frames.mkdir()
    result = check(tmp_path, [folder / "clip.mp4", frames], video_codec="h264")
    assert [finding.level for finding in result.findings] == ["INFO", "INFO"]
    with pytest.raises(CheckFailed, match="is a folder of frames"):
        check(tmp_path, [frames], video_codec="h264")


def test_a_video_that_is_cut_off_fails(tmp_path: Path, folder: Path) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes((folder / "clip.mp4").read_bytes()[:2000])
    with pytest.raises(CheckFailed, match=r"cut\.mp4 is cut off"):
        check(tmp_path, [cut, folder / "clip.mp4"], decodes=True)


def test_the_times_of_what_was_found_are_said(tmp_path: Path) -> None:
    def dark_in_the_middle(index: int, _: float) -> Any:
        return plain_picture((160, 120), (0, 0, 0) if 10 <= index < 40 else (90, 160, 220))

    clip = make_clip(tmp_path / "dark.mp4", size=(160, 120), seconds=2.0, pattern=dark_in_the_middle)
    with pytest.raises(CheckFailed, match=r"at 0:00\.40-0:01\.60"):
        check(tmp_path, [clip], black=0.5)


def test_silence_is_found_with_its_time(tmp_path: Path) -> None:
    sound = np.concatenate([tone(0.5), tone(1.5, level=0.0)], axis=1)
    clip = make_clip(tmp_path / "quiet.mp4", seconds=2.0, sound_samples=sound)
    with pytest.raises(CheckFailed, match=r"at 0:00\.\d\d-0:02\.0"):
        check(tmp_path, [clip], silence=1)


def test_a_wish_that_makes_no_sense_is_the_files_writers_fault(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="the check duration"):
        check(tmp_path, [folder / "clip.mp4"], duration="long")


def test_no_file_at_all_fails(tmp_path: Path) -> None:
    with pytest.raises(CheckFailed, match="put this verify after the export"):
        check(tmp_path, [], decodes=True)


def test_playing_a_file_tells_how_far_it_is(tmp_path: Path, folder: Path) -> None:
    call = stage_call(tmp_path, "verify", files=[folder / "clip.mp4", folder / "other.webm"], offers=OFFERS)
    verify(call, {"media": {"decodes": True}})
    fractions = [data["fraction"] for data in call_log(call).of("stage.progress")]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_policy_is_below_what_the_check_says_itself(tmp_path: Path, folder: Path) -> None:
    policy = tmp_path / "house.yaml"
    policy.write_text("policy: 1\nchecks: {fps: 30, video_codec: h264, duration: {warn: 9s}}\n")
    call = stage_call(tmp_path, "verify", files=[folder / "clip.mp4"], offers=OFFERS)
    with pytest.raises(CheckFailed, match=r"clip\.mp4: 25 frames a second, not 30"):
        verify(call, {"policy": str(policy)})
    result = verify(call, {"policy": str(policy), "media": {"fps": 25, "size": "320x240"}})
    assert result is not None
    said = [(finding.level, finding.text.removeprefix("media: clip.mp4: ")) for finding in result.findings]
    assert said == [
        ("INFO", "25 frames a second"),
        ("INFO", "video codec h264"),
        ("WARN", "lasts 1.00s, not 9"),
        ("INFO", "320x240"),
    ]


def test_a_file_is_compared_with_the_clip_on_the_timeline(tmp_path: Path, folder: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", seconds=1.0, pattern=lambda index, _: bar_picture((320, 240), index))
    cut = make_clip(tmp_path / "cut.mp4", seconds=0.6, pattern=lambda index, _: bar_picture((320, 240), index + 10))

    def level(source: Path, source_start: float) -> str:
        segment = Segment("clip", 0.6, str(source), source_start)
        view = TimelineView(Timeline((Track("video", (segment,)),)))
        call = stage_call(tmp_path, "verify", files=[cut], offers=OFFERS, view=view)
        (finding,) = MEDIA.run(call, CheckSubject((cut,), view), {"changed": "0%"})
        return finding.level

    assert (level(clip, 0.4), level(clip, 0.2), level(tmp_path / "gone.mp4", 0.4)) == ("INFO", "FAIL", "FAIL")
