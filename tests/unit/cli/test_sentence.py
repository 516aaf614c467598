"""Where a sentence goes, and with what options: English and Chinese, files in it, and what only sounds like it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.cli.sentence import request
from clipline.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("clip.mp4", "beach.jpg", "export.mp4", "final.mp4"):
        (tmp_path / name).touch()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("export", "export"),
        ("Export it, please", "export"),
        ("导出", "export"),
        ("send me the video", "export"),
        ("DOWNLOAD", "export"),
        ("credits", "credits"),
        ("how many credits do I have left?", "credits"),
        ("余额", "credits"),
        ("status", "status"),
        ("show tracks", "status"),
        ("状态", "status"),
        ("upload clip.mp4", "upload"),
        ("上传 clip.mp4", "upload"),
        ("clip.mp4", "upload"),
        ("export.mp4", "upload"),
        ("HERE/export.mp4", "upload"),
        ("https://example.com/export.mp4", "upload"),
        ("remove the person", "message"),
        ("add a status bar", "message"),
        ("add a download icon in the corner", "message"),
        ("make the credits roll slower", "message"),
        ("clip.mp4 remove the person", "message"),
        ("把背景换成beach.jpg", "message"),
    ],
)
def test_a_sentence_goes_where_it_belongs(folder: Path, text: str, place: str) -> None:
    assert request(text.replace("HERE", str(folder)), folder).place == place


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("upload my holiday clip.mp4", ["my holiday clip.mp4"]),
        ("please upload cats and dogs.mp4", ["cats and dogs.mp4"]),
        ("上传我的 假期.mp4", ["我的 假期.mp4"]),
        ("上传 我的 假期.mp4", ["我的 假期.mp4"]),
        ("upload clip.mp4 my holiday clip.mp4", ["clip.mp4", "my holiday clip.mp4"]),
        ("upload clip.mp4 and final.mp4", ["clip.mp4", "final.mp4"]),
    ],
)
def test_names_with_blanks_need_no_quotes_in_an_upload(folder: Path, text: str, files: list[str]) -> None:
    for name in ("my holiday clip.mp4", "我的 假期.mp4", "cats and dogs.mp4"):
        (folder / name).touch()
    asked = request(text, folder)
    assert (asked.place, [file.name for file in asked.handed.files]) == ("upload", files)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("upload clip.mp4 notes.txt", r"notes\.txt is no video"),
        ("upload clip.mp4 and notes.txt", r"notes\.txt is no video"),
        ("上传 notes.txt", r"notes\.txt is no video"),
        ("upload clip.mp4 nowhere.mp4", r"no file nowhere\.mp4"),
        ("upload my other clip of it.mp4", r"no file it\.mp4"),
        ("upload clip.mp4 nowhere.txt", r"no file nowhere\.txt"),
    ],
)
def test_what_is_no_file_is_named_and_is_no_edit(folder: Path, text: str, named: str) -> None:
    (folder / "notes.txt").touch()
    with pytest.raises(InputError, match=named):
        request(text, folder)


@pytest.mark.parametrize(
    ("text", "files", "words", "options"),
    [
        ("blur the background and export", [], "blur the background", {}),
        ("去掉人，然后导出", [], "去掉人", {}),
        ("把背景虚化并导出", [], "把背景虚化", {}),
        ("上传 clip.mp4 然后去掉人", ["clip.mp4"], "去掉人", None),
        ("upload clip.mp4, remove the man and export", ["clip.mp4"], "remove the man", {}),
        ("remove the man, then export it in low quality", [], "remove the man", {"quality": "low"}),
        ('add the title "export and download" and export', [], 'add the title "export and download"', {}),
        ("add the title export and download", [], "add the title export and download", None),
        ('add the title "a, then export"', [], 'add the title "a, then export"', None),
        ("add a download icon and an export icon", [], "add a download icon and an export icon", None),
    ],
)
def test_an_edit_and_an_export_in_one_sentence_are_two(
    folder: Path, text: str, files: list[str], words: str, options: dict[str, Any] | None
) -> None:
    asked = request(text, folder)
    assert (asked.place, asked.text, asked.options) == ("message", words, options)
    assert [file.name for file in asked.handed.files] == files


@pytest.mark.parametrize(
    ("text", "material"),
    [
        ("replace the background with final.mp4", {"final.mp4"}),
        ("clip.mp4 replace the background with final.mp4", {"final.mp4"}),
        ("clip.mp4 put final.mp4 before it, then keep the last 4 seconds", {"final.mp4"}),
        ("clip.mp4 blur the background", set()),
        ("blur the background of clip.mp4", set()),
    ],
)
def test_a_video_that_the_sentence_uses_is_not_what_it_is_about(folder: Path, text: str, material: set[str]) -> None:
    assert {file.name for file in request(text, folder).material} == material


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("export", {}),
        ("export as gif", {"format": "gif"}),
        ("导出为webm", {"format": "webm"}),
        ("export to new.mp4", {"to": "new.mp4"}),
        ("export to final.mp4", {"to": "final.mp4"}),
        ("导出为 new.mov", {"to": "new.mov"}),
        ("export it to 'sub/a{b}.mp4'", {"to": "a{{b}}.mp4", "out": "sub"}),
        ("export in low quality", {"quality": "low"}),
        ("export in 1080p", {"max_size": "1920x1080"}),
    ],
)
def test_an_export_has_the_options_that_the_words_name(folder: Path, text: str, options: dict[str, Any]) -> None:
    asked = request(text, folder)
    assert asked.place == "export"
    assert not asked.handed
    wanted = {**options, **({"out": folder / options.get("out", "")} if "to" in options else {})}
    assert dict(asked.options or {}) == wanted


def test_a_clip_can_be_handed_over_and_exported_at_once(folder: Path) -> None:
    asked = request("clip.mp4 export as gif", folder)
    assert asked.place == "export"
    assert asked.handed.files == (folder / "clip.mp4",)
    assert asked.options == {"format": "gif"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "nothing was said"),
        ("  \n", "nothing was said"),
        ("upload", "no file to upload is named"),
        ("上传", "no file to upload is named"),
        ("upload nowhere.mp4", "there is no file nowhere.mp4"),
        ("nowhere.mp4", "there is no file nowhere.mp4"),
    ],
)
def test_what_names_nothing_is_refused(folder: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        request(text, folder)
