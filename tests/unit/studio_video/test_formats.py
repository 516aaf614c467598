"""What is known of the containers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clipline.studio.writing.formats import FORMATS, QUALITIES, carries_alpha, format_of


def test_transparency_is_carried_by_these_and_no_others() -> None:
    assert {name for name in FORMATS if carries_alpha(name)} == {"webm", "mov", "gif", "png", "webp", "frames"}


def test_every_format_has_settings_for_every_quality() -> None:
    for kind in FORMATS.values():
        for encoder in filter(None, (kind.video, kind.alpha)):
            assert tuple(encoder.options) == QUALITIES
        assert (kind.audio_codec is None) == (kind.audio_rates is None)


def test_an_unknown_format_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="one of mp4, mov, mkv, webm, gif, png"):
        format_of("avi")


def test_the_table_is_read_without_any_video_library() -> None:
    code = (
        "import sys, clipline.studio.writing.formats; "
        "print([m for m in ('av', 'numpy', 'cv2', 'PIL') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
