"""The example's description, with waits too short to be noticed."""

from __future__ import annotations

from pathlib import Path

import clipline_http.example

EXAMPLE = Path(clipline_http.example.__file__).with_name("greyscale.yaml")
_URL = "http://127.0.0.1:8931"
_LIMITS = "limits: {every: 1s, wait: 10m, parallel: 2}"


def described(file: Path, url: str, *changes: tuple[str, str]) -> Path:
    """The example's description, with its address, short waits, and pieces of its text changed."""
    text = EXAMPLE.read_text("utf-8")
    for old, new in (
        *changes,
        (_URL, url),
        (_LIMITS, "limits: {every: 0.05, wait: 20s, answer: 5s, parallel: 2}"),
        ("within: 10s", "within: 1s"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file
