"""The local backend up to the timeline: what is handed over, what an edit changes, what is refused before the work."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clipline.backends.local import LocalBackend
from clipline.errors import InputError, MachineError, Refused, StageFailed
from clipline.stage import TimelineView
from clipline.testing.calls import call_log
from clipline.timeline import Background, Media, Timeline
from media_maker import make_clip

TRIM = {"trim": {"start": 0.5, "end": 1.5}}
TITLE = {"title": "Hello", "duration": 1}


def view(run: Any) -> TimelineView:
    found = LocalBackend().timeline(run.call("verify"))
    assert found is not None
    return found


# --- auth and upload -------------------------------------------------------------------------------------------------


def test_auth_has_nothing_to_do_and_says_so(run: Any) -> None:
    call = run.call("auth")
    assert run.do("auth", call).outputs == {"account": "this machine"}
    assert call_log(call).notes == ["no account is needed: this machine does the work"]


def test_a_clip_becomes_a_timeline_of_one_segment(run: Any, media: Any) -> None:
    result = run.do("upload", files=str(media.clip))
    after = view(run).after
    assert (after.width, after.height, after.fps) == (320, 240, 25.0)
    assert after.duration == pytest.approx(2.0)
    assert view(run).changed is None
    assert result.outputs["files"] == [str(media.clip)]
    assert result.outputs["media"][0]["use"] == "clip"


def test_the_first_video_is_edited_and_all_else_is_at_hand(run: Any, media: Any) -> None:
    files = [media.image, media.clip, media.other_clip, media.song]
    result = run.do("upload", files=[str(file) for file in files])
    uses = {each["name"]: each["use"] for each in result.outputs["media"]}
    assert uses == {"beach.png": "material", "clip.mp4": "clip", "sea.mp4": "material", "song.wav": "material"}
    assert view(run).after.tracks[0].segments[0].source == str(media.clip)


def test_a_later_upload_adds_and_never_takes_an_edit_away(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    run.do("edit", operations=[TITLE])
    edited = view(run).after
    run.do("upload", files=[str(media.image), str(media.clip)])
    assert view(run).after == edited


def test_a_video_is_known_by_its_content_and_not_by_its_name(run: Any, media: Any, tmp_path: Path) -> None:
    disguised = tmp_path / "holiday.txt"
    disguised.write_bytes(media.clip.read_bytes())
    assert run.do("upload", files=str(disguised)).outputs["media"][0]["kind"] == "video"


@pytest.mark.parametrize("name", ["text", "missing", "empty", "folder", "cut"])
def test_what_is_no_media_is_refused_by_name(run: Any, media: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.mp4"
    if name == "text":
        path.write_text("hello")
    elif name == "empty":
        path.touch()
    elif name == "folder":
        path.mkdir()
    elif name == "cut":
        path.write_bytes(media.clip.read_bytes()[:3000])
    assert f"{name}.mp4" in run.fails(InputError, "upload", files=[str(media.clip), str(path)]).message


def test_no_file_at_all_is_refused(run: Any) -> None:
    run.fails(InputError, "upload", files=[])


# --- edit ------------------------------------------------------------------------------------------------------------


def test_an_edit_before_any_clip_is_refused(run: Any, media: Any) -> None:
    assert run.fails(Refused, "edit", operations=[TITLE]).code == "no_clip"
    run.do("upload", files=str(media.song))
    run.do("upload", files=str(media.image), use="material")
    assert run.fails(Refused, "edit", instruction="trim to the first second").code == "no_clip"


def test_operations_change_the_timeline_in_their_order(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    result = run.do("edit", operations=[TRIM, {"crop": "1:1"}, TITLE])
    assert result.outputs["changed"] is True
    assert result.outputs["understood"] == ["keep 0.5s to 1.5s", "crop to 1:1", 'add the title "Hello" for 1s']
    assert len(result.outputs["changes"]) == 2
    assert Timeline.from_json(result.outputs["timeline"]) == view(run).after
    assert view(run).before is not None
    assert view(run).changed is True
    assert view(run).after.duration == pytest.approx(1.0)


def test_an_instruction_means_the_same_as_its_operations(run: Any, media: Any, tmp_path: Path) -> None:
    run.do("upload", files=str(media.clip))
    result = run.do("edit", instruction="keep 0:00.5 to 0:01.5")
    assert result.outputs["understood"] == ["keep 0.5s to 1.5s"]
    other = type(run)(tmp_path / "other")
    other.do("upload", files=str(media.clip))
    other.do("edit", operations=[TRIM])
    assert view(run).after == view(other).after


def test_an_edit_that_changes_nothing_never_claims_to(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    result = run.do("edit", operations=[{"trim": {"start": 0}}])
    assert (result.outputs["changed"], result.outputs["changes"]) == (False, [])
    assert [finding.level for finding in result.findings] == ["WARN"]
    assert view(run).changed is False


def test_what_keeps_all_of_a_clip_says_so(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    result = run.do("edit", instruction="keep 0:00 to 0:09")
    assert result.outputs["changed"] is False
    assert "the clip is 2s long: all of it stays" in result.outputs["text"]
    assert result.findings[-1].text == "the edit changed nothing: the clip is 2s long: all of it stays"


@pytest.mark.parametrize("edit", [{"instruction": "mute it"}, {"operations": [{"sound": 0.5}]}])
def test_sound_that_is_not_there_is_not_said_to_change(run: Any, media: Any, edit: dict[str, Any]) -> None:
    run.do("upload", files=str(media.silent))
    result = run.do("edit", **edit)
    assert (result.outputs["changed"], result.outputs["changes"]) == (False, [])
    assert result.findings[-1].text == "the edit changed nothing: silent.mp4 has no sound"
    assert result.outputs["text"] == "silent.mp4 has no sound"


def test_sound_that_is_not_there_is_told_beside_what_is_done(run: Any, media: Any) -> None:
    run.do("upload", files=[str(media.silent), str(media.clip)])
    mute = {"sound": "mute"}
    result = run.do("edit", operations=[mute, {"join": str(media.clip)}, mute])
    assert result.outputs["text"] == "silent.mp4 has no sound"
    assert [segment.volume for segment in view(run).after.tracks[0].segments] == [0.0, 0.0]


def test_a_picture_becomes_a_video_even_of_the_usual_length(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.image))
    result = run.do("edit", instruction="show it for 5 seconds")
    assert (result.outputs["changed"], result.outputs["changes"]) == (True, ["a video of 5s"])
    assert "all of it stays" not in result.outputs["text"]


def test_a_second_edit_goes_on_from_the_first(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    run.do("edit", operations=[TRIM])
    first = view(run).after
    run.do("edit", operations=[TITLE])
    assert view(run).before == first
    assert (view(run).after.count("text"), view(run).after.duration) == (1, pytest.approx(1.0))


def test_words_about_the_file_are_kept_for_the_export_and_count_as_a_change(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    result = run.do("edit", instruction="make it a 480p webm")
    assert result.outputs["changed"] is True
    assert result.outputs["changes"] == ["the exported file: webm, 480p"]
    assert view(run).before == view(run).after


@pytest.mark.parametrize(
    "words", ["make it pop", "removing, replacing, or isolating objects", "add dinosaurs", "让它更有感觉"]
)
def test_vague_words_are_refused_with_what_can_be_done(run: Any, media: Any, words: str) -> None:
    run.do("upload", files=str(media.clip))
    assert run.fails(Refused, "edit", instruction=words).hint


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, InputError),
        ({"instruction": "trim to the first second", "operations": [TITLE]}, InputError),
        ({"operations": [{"explode": True}]}, InputError),
        ({"operations": [{"trim": {"start": 5, "end": 1}}]}, InputError),
        ({"operations": [{"remove": "wombat"}]}, InputError),
        ({"operations": [{"trim": {"start": 60}}]}, Refused),
        ({"operations": [{"title": "late", "start": 60}]}, Refused),
        ({"operations": [{"music": "/nowhere/song.mp3"}]}, InputError),
        ({"operations": [{"remove": "people"}, {"blur": {"object": "person", "which": "left"}}]}, InputError),
        ({"operations": [{"pixelate": "dog"}, {"remove": "dog"}]}, InputError),
    ],
)
def test_what_cannot_be_done_is_refused_and_leaves_the_edit_alone(
    run: Any, media: Any, options: dict[str, Any], error: type[StageFailed]
) -> None:
    run.do("upload", files=str(media.clip))
    run.fails(error, "edit", **options)


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ({"instruction": "blur the person on the left at 30s"}, "no picture at 30s, the clip ends at 2s"),
        ({"operations": [{"crop": "9:16", "keep": {"which": "left", "object": "dog", "at": 2.5}}]}, "at 2.5s"),
        ({"operations": [{"remove": {"object": "dog", "except": {"which": "left", "at": 9}}}]}, "no picture at 9s"),
        ({"operations": [TRIM, {"blur": {"box": [10, 10, 50, 50], "at": 0.2}}]}, "0.5s to 1.5s is shown"),
    ],
)
def test_a_moment_that_says_who_is_meant_must_be_shown(run: Any, media: Any, edit: dict[str, Any], said: str) -> None:
    run.do("upload", files=str(media.clip))
    error = run.fails(Refused, "edit", **edit)
    assert (error.code, said in error.message) == ("outside_clip", True), error.message


def test_a_clip_without_people_is_refused_before_anything_is_rendered(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    assert "no person" in run.fails(Refused, "edit", operations=[{"remove": "person"}]).message


def test_an_uploaded_file_is_meant_by_its_name(run: Any, media: Any) -> None:
    run.do("upload", files=[str(media.clip), str(media.song)])
    run.do("edit", instruction="add the music song.wav at 30% volume")
    (segment,) = view(run).after.tracks[1].segments
    assert (segment.source, segment.volume) == (str(media.song), 0.3)


def test_in_operations_too(run: Any, media: Any) -> None:
    run.do("upload", files=[str(media.clip), str(media.song)])
    run.do("edit", operations=[{"music": "song.wav"}])
    assert view(run).after.tracks[1].segments[0].source == str(media.song)


@pytest.mark.parametrize("name", ["image", "text", "silent"])
def test_music_that_is_none_is_refused(run: Any, media: Any, name: str) -> None:
    run.do("upload", files=str(media.clip))
    run.fails(InputError, "edit", operations=[{"music": str(getattr(media, name))}])


def test_a_sound_is_no_background(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    message = run.fails(InputError, "edit", operations=[{"background": {"media": str(media.song)}}]).message
    assert "song.wav is not an image or a clip" in message


# --- the state -------------------------------------------------------------------------------------------------------


def test_the_state_is_json_and_keeps_what_others_put_there(run: Any, media: Any) -> None:
    run.state = {"somebody": {"x": 1}}
    run.do("upload", files=[str(media.clip), str(media.image)])
    run.do("edit", operations=[TRIM, TITLE])
    run.state = json.loads(json.dumps(run.state))
    assert run.state["somebody"] == {"x": 1}
    assert view(run).after.count("text") == 1


def test_a_state_of_a_newer_clipline_is_not_guessed_at(run: Any) -> None:
    run.state = {"local": {"version": 2}}
    assert run.fails(MachineError, "export").code == "newer_state"


def test_a_state_that_grows_too_large_is_refused(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    titles = [{"title": "x" * 500} for _ in range(100)]
    assert run.fails(StageFailed, "edit", operations=titles).code == "state_too_large"


def test_a_background_keeps_the_whole_path_of_its_file(run: Any, media: Any) -> None:
    from clipline.backends.local.edit import ask
    from clipline.backends.local.state import LocalState

    run.do("upload", files=[str(media.clip), str(media.image)])
    asked = ask({"instruction": "replace the background with beach.png"}, LocalState.read(run.state))
    assert asked.operations == (Background(Media(str(media.image))),)


def test_a_portrait_clip_is_seen_upright(run: Any, tmp_path: Path) -> None:
    turned = make_clip(tmp_path / "turned.mp4", size=(320, 240), seconds=0.2, rotation=90)
    run.do("upload", files=str(turned))
    assert (view(run).after.width, view(run).after.height) == (240, 320)
