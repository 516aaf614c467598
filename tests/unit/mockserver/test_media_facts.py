"""What the mock says of a file, with the studio and without it."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.mockserver.media_facts import Facts, _from_boxes, file_type_of, look_into
from media_maker import make_clip


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.mp4", "video"), ("A.MOV", "video"), ("a.jpeg", "image"), ("a.webp", "image"), ("a.aac", "audio"), ("a", None)],
)
def test_the_kind_of_a_file_is_told_by_its_name(name: str, kind: str | None) -> None:
    assert file_type_of(name) == kind


def test_the_boxes_of_a_file_tell_what_the_studio_tells(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "c.mp4", size=(64, 48), seconds=1.0, fps=10)
    assert look_into(clip) == Facts(1.0, 64, 48, 10.0)
    assert _from_boxes(clip) == Facts(1.0, 64, 48)


@pytest.mark.parametrize("content", [b"", b"hello", b"\0\0\0\x08moov", b"\0\0\0\x10moov\0\0\0\x08mvhd", b"\0" * 64])
def test_what_is_no_media_has_no_facts(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.mp4"
    path.write_bytes(content)
    assert look_into(path) == Facts()
    assert _from_boxes(path) == Facts()


def test_boxes_in_boxes_without_end_and_sizes_beyond_the_file_are_no_movie(tmp_path: Path) -> None:
    nested = b""
    for _ in range(3000):
        nested = (len(nested) + 8).to_bytes(4, "big") + b"moov" + nested
    far = b"\0\0\0\x01free" + b"\xff" * 8 + bytes(64)
    for content in (nested, far):
        (tmp_path / "a.mp4").write_bytes(content)
        assert _from_boxes(tmp_path / "a.mp4") == Facts()
