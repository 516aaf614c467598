"""What is said before a run: notes, prices, and what is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from clipline.backends.mock import MockBackend
from clipline.stage import Explanation
from clipline.studio.extra import missing
from fake_nemo import Stand


def explained(
    stand: Stand, kind: str, options: Mapping[str, Any], earlier: Sequence[Any] = (), out: Path | None = None
) -> Explanation:
    found = stand.backend.explain(kind=kind, options=options, earlier=earlier, out=out)
    assert found is not None
    assert not stand.service.calls  # nothing is asked of anybody
    return found


UPLOADED = (("auth", {}), ("upload", {"files": "/media/clip.mp4"}))


def test_an_anonymous_account_is_told_that_an_export_may_be_refused(stand: Stand) -> None:
    assert any("NEMO_TOKEN" in note for note in explained(stand, "auth", {}).notes)
    assert any("may not be allowed to export" in note for note in explained(stand, "export", {}).notes)


def test_with_a_token_nothing_of_the_kind_is_told(tmp_path: Path) -> None:
    stand = Stand(tmp_path, token="mine")
    assert not any("may not be allowed" in note for note in explained(stand, "export", {}).notes)


def test_the_mock_speaks_of_no_account() -> None:
    backend = MockBackend({})
    said = backend.explain(kind="auth", options={}, earlier=(), out=None)
    assert said is not None
    assert said.notes == ()


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("export the video", "export"),
        ("导出", "export"),
        ("how many credits do I have", "clipline credits"),
        ("余额", "clipline credits"),
        ("show tracks", "clipline status"),
        ("upload", "upload"),
    ],
)
def test_words_that_are_no_edit_are_refused_with_what_does_it(stand: Stand, words: str, hint: str) -> None:
    said = explained(stand, "edit", {"instruction": words}, UPLOADED)
    assert said.refuses
    assert hint in said.hint
    assert (said.option, said.code) == ("instruction", "no_edit")


def test_an_edit_that_speaks_of_the_status_is_one(stand: Stand) -> None:
    assert not explained(stand, "edit", {"instruction": "add a status bar at the top"}, UPLOADED).refuses


def test_a_vague_instruction_gets_a_hint(stand: Stand) -> None:
    said = explained(stand, "edit", {"instruction": "make it better"}, UPLOADED)
    assert any("name the object, the action and the result" in note for note in said.notes)


@pytest.mark.parametrize("words", ["removing, replacing, or isolating objects", "替换物体"])
def test_words_that_name_no_object_are_refused_with_examples(stand: Stand, words: str) -> None:
    said = explained(stand, "edit", {"instruction": words}, UPLOADED)
    assert (said.code, said.option) == ("ambiguous", "instruction")
    assert said.hint


@pytest.mark.parametrize(
    "words", ["add upbeat music", "给视频配上欢快的音乐", "add a title", "trim the boring parts", "crop it"]
)
def test_what_only_this_machine_cannot_do_is_left_to_the_service(stand: Stand, words: str) -> None:
    assert not explained(stand, "edit", {"instruction": words}, UPLOADED).refuses


def test_what_was_spoken_of_before_only_the_service_knows(stand: Stand) -> None:
    assert not explained(stand, "edit", {"instruction": "remove it"}, UPLOADED).refuses


def test_the_price_is_told_and_what_will_be_sent(stand: Stand) -> None:
    said = explained(stand, "edit", {"operations": [{"remove": "person"}]}, UPLOADED)
    assert said.notes == ("asks the service: remove the person", "about 50 credits")


def test_without_an_upload_a_clip_is_made_for_the_price_of_one(stand: Stand) -> None:
    said = explained(stand, "edit", {"instruction": "make a video of a city at night"}, (("auth", {}),))
    assert any("about 100 credits" in note for note in said.notes)


@pytest.mark.parametrize("options", [{"instruction": "blur the background"}, {"operations": [{"remove": "person"}]}])
def test_an_edit_of_no_clip_is_refused(stand: Stand, options: Mapping[str, Any]) -> None:
    said = explained(stand, "edit", options, (("auth", {}),))
    assert (said.code, said.refuses[:24]) == ("no_clip", "there is no clip to edit")
    assert "upload" in said.hint
    assert not explained(stand, "edit", options, (("auth", {"nemo": {"session": "77"}}),)).refuses


def test_an_upload_of_the_wrong_kind_or_size_is_refused(stand: Stand) -> None:
    text = stand.folder / "a.txt"
    text.write_text("x")
    said = explained(stand, "upload", {"files": [str(text)]})
    assert (said.option, said.code) == ("files", "unsupported_file")


def test_strict_quality_is_refused(stand: Stand) -> None:
    said = explained(stand, "edit", {"instruction": "remove the man on the left", "quality": "strict"}, UPLOADED)
    assert said.code == "quality"


def test_an_export_says_what_it_makes_and_what_is_done_here(stand: Stand) -> None:
    said = explained(stand, "export", {"max_size": "640x640"}, UPLOADED)
    if missing():
        assert said.code == "extra_missing"
        assert "clipline[local]" in said.hint
    else:
        assert said.notes[0].startswith("makes clip-edited.mp4: rendered by the service")
        assert "done here to the finished file: max_size" in said.notes


def test_a_name_that_is_taken_is_refused_where_the_folder_is_known(stand: Stand) -> None:
    (stand.folder / "clip-edited.mp4").write_bytes(b"")
    assert explained(stand, "export", {}, UPLOADED, stand.folder).code == "exists"
    assert not explained(stand, "export", {}, UPLOADED).refuses


def test_only_what_can_be_done_is_supported(stand: Stand) -> None:
    able = stand.backend.supports()
    assert able["export"]["format=mp4"] == "native"
    assert ("size" in able["export"]) is not bool(missing())
    assert able["upload"] == dict.fromkeys(("files", "urls", "use"), "native")
