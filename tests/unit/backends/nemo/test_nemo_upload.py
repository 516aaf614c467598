"""Handing files over: checked before, sent as one effect, found again after a break."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.media_maker import make_image

from clipline.backends.nemo.container import check_container, mp4_facts
from clipline.backends.nemo.uploads import check_file
from clipline.errors import AccountError, InputError, ServiceError
from clipline.stage import StageResult
from fake_nemo import SAMPLE, Stand, broken, limited, refused


def upload(stand: Stand, *files: Path, path: str = "") -> StageResult:
    return stand.do("upload", {"files": [str(file) for file in files]}, path=path)


def test_files_go_over_in_one_call_and_stand_in_the_state(stand: Stand) -> None:
    stand.do("auth")
    clip, image = stand.clip(), stand.folder / "beach.png"
    make_image(image)
    result = stand.do("upload", {"files": [str(clip), str(image)]})
    assert stand.service.asked("upload") == [(stand.kept["session"], ("clip.mp4", "beach.png"))]
    assert result.outputs["files"] == [str(clip), str(image)]
    assert [media["use"] for media in result.outputs["media"]] == ["clip", "material"]
    first, second = stand.kept["files"]
    assert (first["name"], first["path"], first["kind"], first["duration"]) == ("clip.mp4", str(clip), "video", 4.0)
    assert (second["kind"], len(first["sha256"])) == ("image", 64)
    assert stand.kept["item"] == "clip.mp4"


def test_progress_is_told(stand: Stand) -> None:
    stand.do("auth")
    upload(stand, stand.clip())
    assert {"fraction": 0.5, "text": "uploading clip.mp4"} in stand.log.of("stage.progress")


def test_addresses_are_fetched_by_the_service_and_no_query_is_kept(stand: Stand) -> None:
    stand.do("auth")
    stand.do("upload", {"urls": ["https://media.example.test/a/walk.mp4?key=hidden"]})
    (file,) = stand.kept["files"]
    assert (file["name"], file["path"]) == ("walk.mp4", "https://media.example.test/a/walk.mp4")
    assert "hidden" not in str(stand.state)
    assert "hidden" not in str(stand.effects.asked)
    assert stand.service.asked("upload_urls")[0][1] == ("https://media.example.test/a/walk.mp4?key=hidden",)


@pytest.mark.parametrize(("name", "code"), [("talk.txt", "unsupported_file"), ("clip", "unsupported_file")])
def test_a_file_that_the_service_does_not_take_is_refused_before_anything_is_sent(
    stand: Stand, name: str, code: str
) -> None:
    path = stand.folder / name
    path.write_bytes(b"x")
    with pytest.raises(InputError) as refusal:
        upload(stand, path)
    assert refusal.value.code == code
    assert "mp4" in refusal.value.hint
    assert not stand.service.calls


def test_a_file_of_more_than_500_mb_is_refused_before_anything_is_sent(stand: Stand) -> None:
    path = stand.folder / "long.mp4"
    with path.open("wb") as file:
        file.truncate(500 * 1024 * 1024 + 1)
    with pytest.raises(InputError, match="at most") as refusal:
        upload(stand, path)
    assert refusal.value.code == "file_too_large"
    assert not stand.service.calls


def _spoilt(stand: Stand, how: str) -> Path:
    path, whole = stand.folder / "broken.mp4", stand.clip().read_bytes()
    index = whole.index(b"moov") - 4
    path.write_bytes({"text": b"just words\n" * 99, "cut off": whole[:-5], "no index": whole[:index]}[how])
    if how == "no index":
        assert whole.index(b"mdat") < index
    return path


@pytest.mark.parametrize("how", ["text", "cut off", "no index"])
@pytest.mark.parametrize("look", [check_file, check_container])
def test_a_broken_clip_is_refused_before_anything_is_sent(stand: Stand, how: str, look: Callable[[Path], None]) -> None:
    path = _spoilt(stand, how)
    with pytest.raises(InputError, match=r"broken\.mp4"):
        look(path)
    with pytest.raises(InputError):
        upload(stand, path)
    assert not stand.service.calls


def test_a_header_that_claims_more_than_any_file_can_hold_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a.webm").write_bytes(bytes.fromhex("1a45dfa301f2810442f381"))
    with pytest.raises(InputError):
        check_container(tmp_path / "a.webm")


@pytest.mark.parametrize("sample", sorted(SAMPLE.parent.glob("*.mp4")), ids=lambda path: path.name)
def test_a_whole_clip_is_found_whole_without_the_studio(sample: Path) -> None:
    check_container(sample)


def test_an_upload_whose_reply_was_lost_is_found_in_the_state_and_not_sent_again(stand: Stand) -> None:
    stand.do("auth")

    def arrived_and_lost() -> None:
        stand.service.rooms[stand.kept["session"]].videos.append("clip.mp4")
        raise broken()

    stand.service.fail("upload", arrived_and_lost)
    upload(stand, stand.clip())
    assert len(stand.service.asked("upload")) == 1
    assert [file["name"] for file in stand.kept["files"]] == ["clip.mp4"]


def test_an_upload_that_did_not_arrive_is_sent_once_more(stand: Stand) -> None:
    stand.do("auth")
    stand.service.fail("upload", broken())
    upload(stand, stand.clip())
    assert len(stand.service.asked("upload")) == 2


def test_three_breaks_are_enough(stand: Stand) -> None:
    stand.do("auth")
    stand.service.fail("upload", broken(), broken("server_error"), broken("deadline"))
    with pytest.raises(ServiceError):
        upload(stand, stand.clip())
    assert len(stand.service.asked("upload")) == 3


def test_an_odd_reply_is_no_reason_to_send_again(stand: Stand) -> None:
    stand.do("auth")
    stand.service.fail("upload", broken("odd_reply"))
    with pytest.raises(ServiceError):
        upload(stand, stand.clip())
    assert len(stand.service.asked("upload")) == 1


def test_a_rate_limit_is_waited_for_as_long_as_the_service_asks(stand: Stand) -> None:
    stand.do("auth")
    stand.service.fail("upload", limited(12.0))
    upload(stand, stand.clip())
    assert 12.0 in stand.clock.waits


def test_a_token_that_was_given_and_is_refused_is_not_replaced(tmp_path: Path) -> None:
    stand = Stand(tmp_path, token="mine")
    stand.do("auth")
    stand.service.fail("upload", refused())
    with pytest.raises(AccountError) as error:
        upload(stand, stand.clip())
    assert error.value.code == "token_refused"
    assert len(stand.service.asked("upload")) == 1


def test_a_second_attempt_sends_nothing_that_went_over_before(stand: Stand) -> None:
    stand.do("auth")
    before = stand.state
    clip = stand.clip()
    upload(stand, clip)
    stand.state = before
    stand.again("upload", {"files": [str(clip)]})
    assert len(stand.service.asked("upload")) == 1
    assert len(stand.kept["files"]) == 1


def test_the_newest_clip_is_edited_from_then_on_and_that_is_told(stand: Stand) -> None:
    stand.ready("me.mp4")
    upload(stand, stand.clip("b.mp4"))
    assert stand.kept["item"] == "b.mp4"
    assert "b.mp4 is edited from now on, and no longer me.mp4" in stand.log.notes
    stand.do("edit", {"instruction": "remove the person"})
    assert stand.service.asked("send")[-1][1] == "In b.mp4: remove the person"


def test_material_is_not_what_is_edited(stand: Stand) -> None:
    stand.ready("me.mp4")
    result = stand.do("upload", {"files": str(stand.clip("waves.mp4")), "use": "material"})
    assert stand.kept["item"] == "me.mp4"
    assert [media["use"] for media in result.outputs["media"]] == ["material"]


def test_in_a_shared_session_each_item_has_its_own_file(stand: Stand) -> None:
    stand.do("auth")
    outer = stand.state
    items = []
    for number, name in enumerate(["a.mp4", "b.mp4"]):
        stand.state = outer
        upload(stand, stand.clip(name), path=f"batch[{number}].upload")
        items.append(stand.kept["item"])
    assert items == ["a.mp4", "b.mp4"]


def test_an_item_whose_name_is_taken_in_the_shared_session_has_a_session_of_its_own(stand: Stand) -> None:
    stand.do("auth")
    outer = stand.state
    upload(stand, stand.clip("a.mp4"), path="batch[0].upload")
    stand.state = outer
    upload(stand, stand.clip("a.mp4"), path="batch[1].upload")
    assert stand.kept["session"] != outer["nemo"]["session"]
    assert any("of the same name" in note for note in stand.log.notes)
    own, stand.state = stand.kept["session"], outer
    stand.again("upload", {"files": [str(stand.folder / "a.mp4")]})
    assert stand.kept["session"] == own
    assert len(stand.service.asked("upload")) == 2


def test_a_further_attempt_does_not_take_its_own_file_for_another_items(stand: Stand) -> None:
    stand.do("auth")
    outer = stand.state
    upload(stand, stand.clip("a.mp4"), path="batch[0].upload")
    stand.state = outer
    stand.again("upload", {"files": [str(stand.folder / "a.mp4")]})
    assert len(stand.service.rooms) == 1


def test_boxes_in_boxes_without_end_are_no_movie(tmp_path: Path) -> None:
    nested = b""
    for _ in range(3000):
        nested = (len(nested) + 8).to_bytes(4, "big") + b"moov" + nested
    (tmp_path / "a.mp4").write_bytes(b"\0\0\0\x10ftypisom\0\0\0\0" + nested)
    with pytest.raises(InputError, match="no index"):
        check_container(tmp_path / "a.mp4")
    assert mp4_facts(tmp_path / "a.mp4") == {}


def test_a_session_that_shows_nothing_of_what_it_took_is_warned_of_before_an_edit_is_paid(stand: Stand) -> None:
    stand.do("auth")

    def shows_nothing() -> None:
        room = stand.service.rooms[stand.kept["session"]]
        room.videos.clear()
        room.draft = {"t": []}

    stand.service.fail("state", shows_nothing)
    result = upload(stand, stand.clip())
    (finding,) = result.findings
    assert (finding.level, finding.text.partition(";")[0]) == ("WARN", "the session shows nothing of what it took")
