"""What is handed over in a text: each way that a terminal or a person writes a path, and sentences that name none."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.cli.handed import Handed, handed_over

NAMES = ("clip.mp4", "My clip.mp4", "beach.jpg", "song.mp3", "notes.txt", "don't.mov", "视频.mp4", "a,b.mp4")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        (tmp_path / name).touch()
    return tmp_path


def find(folder: Path, text: str) -> Handed:
    return handed_over(text.replace("HERE", str(folder)), folder)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("clip.mp4", "clip.mp4"),
        ("  clip.mp4 ", "clip.mp4"),
        ("'HERE/My clip.mp4'", "My clip.mp4"),
        ("'HERE/My clip.mp4' ", "My clip.mp4"),
        ('"HERE/My clip.mp4"', "My clip.mp4"),
        ("HERE/My\\ clip.mp4", "My clip.mp4"),
        ("HERE/My clip.mp4", "My clip.mp4"),
        ("HERE/don\\'t.mov", "don't.mov"),
        ("file://HERE/My%20clip.mp4", "My clip.mp4"),
        ("file://localhostHERE/clip.mp4", "clip.mp4"),
        ("upload clip.mp4", "clip.mp4"),
        ("Upload clip.mp4.", "clip.mp4"),
        ("please upload “My clip.mp4”", "My clip.mp4"),
        ("upload my clip HERE/My\\ clip.mp4, please", "My clip.mp4"),
        ("here is clip.mp4", "clip.mp4"),
        ("上传clip.mp4", "clip.mp4"),
        ("请上传 clip.mp4。", "clip.mp4"),
        ("上传视频.mp4", "视频.mp4"),
        ("notes.txt", "notes.txt"),
        ("a,b.mp4", "a,b.mp4"),
    ],
)
def test_a_file_alone_is_only_handed_over(folder: Path, text: str, name: str) -> None:
    assert find(folder, text) == Handed(files=(folder / name,))


@pytest.mark.parametrize(
    ("text", "names", "left"),
    [
        ("clip.mp4 remove the person", ["clip.mp4"], "remove the person"),
        ("'HERE/My clip.mp4' remove the person", ["My clip.mp4"], "remove the person"),
        ("upload clip.mp4 and blur the background", ["clip.mp4"], "blur the background"),
        ("Upload clip.mp4, then crop to 9:16", ["clip.mp4"], "crop to 9:16"),
        ("上传clip.mp4，然后模糊背景", ["clip.mp4"], "模糊背景"),
        ("replace the background with beach.jpg", ["beach.jpg"], "replace the background with beach.jpg"),
        ("replace the background with HERE/beach.jpg", ["beach.jpg"], "replace the background with beach.jpg"),
        ("把背景换成beach.jpg", ["beach.jpg"], "把背景换成beach.jpg"),
        ("把beach.jpg放在后面", ["beach.jpg"], "把beach.jpg放在后面"),
        ("put song.mp3 under it", ["song.mp3"], "put song.mp3 under it"),
        ("add song.mp3", ["song.mp3"], "add song.mp3"),
    ],
)
def test_a_sentence_keeps_the_files_that_it_speaks_of(folder: Path, text: str, names: list[str], left: str) -> None:
    assert find(folder, text) == Handed(files=tuple(folder / name for name in names), text=left)


@pytest.mark.parametrize(
    "text",
    [
        "remove the background person",
        "don't touch the person's hat",
        "speed it up 1.5x",
        "read notes.txt aloud",
        "make it like https://example.com/watch",
        "add a title “Hello there”",
        "crop to 9:16, please",
        "use /dev/null",
        "~nobody-of-this-name/clip",
        "把背景换成绿色",
    ],
)
def test_a_sentence_without_media_is_left_as_it_is(folder: Path, text: str) -> None:
    assert find(folder, text) == Handed(text=text)


@pytest.mark.parametrize(
    ("text", "urls", "left"),
    [
        ("https://example.com/a.mp4", ["https://example.com/a.mp4"], ""),
        ("upload https://example.com/watch?v=3", ["https://example.com/watch?v=3"], ""),
        ("上传 http://example.com/a.mov", ["http://example.com/a.mov"], ""),
        (
            "use https://example.com/a.mp4 as it is",
            ["https://example.com/a.mp4"],
            "use https://example.com/a.mp4 as it is",
        ),
    ],
)
def test_addresses_on_the_web(folder: Path, text: str, urls: list[str], left: str) -> None:
    assert find(folder, text) == Handed(urls=tuple(urls), text=left)


def test_several_files_each_once(folder: Path) -> None:
    assert find(folder, "clip.mp4 beach.jpg clip.mp4").files == (folder / "clip.mp4", folder / "beach.jpg")
    assert find(folder, "'HERE/My clip.mp4' HERE/beach.jpg file://HERE/song.mp3") == Handed(
        files=(folder / "My clip.mp4", folder / "beach.jpg", folder / "song.mp3")
    )


def test_a_name_that_leads_nowhere_is_told(folder: Path) -> None:
    assert find(folder, "upload nowhere.mp4") == Handed(missing=("nowhere.mp4",))
    assert find(folder, "upload '/no where/clip.mp4'") == Handed(missing=("/no where/clip.mp4",))
    assert find(folder, "export to out.mp4") == Handed(missing=("out.mp4",), text="export to out.mp4")


@pytest.mark.parametrize(
    "text", ["", " ", "'", '"', "\\", "file://", "file://other/x.mp4", "a" * 5000 + ".mp4", "\0.mp4"]
)
def test_nonsense_is_no_file(folder: Path, text: str) -> None:
    assert find(folder, text).files == ()
