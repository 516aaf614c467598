"""JSON of a service that means no good is no JSON, and takes neither the memory nor the time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clipline.nemo.json_text import NotJson, parse


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 1_000_000,
        b"[" * 100_000 + b"]" * 100_000,
        b"[" + b"[]," * 500_000 + b"[]]",
        b"[" + b"{}," * 500_000 + b"{}]",
        b'{"a":"\xff"}',
        "{}".encode("utf-16"),
        b"",
        b"\x00",
    ],
    ids=["deep", "deep and whole", "wide", "wide objects", "no UTF-8", "UTF-16", "nothing", "NUL"],
)
def test_what_cannot_be_a_reply_is_no_json(text: bytes) -> None:
    with pytest.raises(NotJson):
        parse(text)


def test_numbers_of_any_size_are_read() -> None:
    assert parse(b"[1e400, -0, 123456789012345678901234567890]") == [float("inf"), 0, 123456789012345678901234567890]
    assert parse(b'{"a":' + b"9" * 1_000_000 + b"}") == {"a": float("inf")}


def test_half_a_million_values_are_a_reply() -> None:
    value = parse(b"[" + b"1," * 400_000 + b"1]")
    assert isinstance(value, list)
    assert len(value) == 400_001


def test_a_reply_of_nothing_but_lists_takes_little_memory() -> None:
    program = (
        "import resource\nfrom clipline.nemo.json_text import NotJson, parse\n"
        "text = b'[' + b'[],' * 5_000_000 + b'[]]'\nbefore = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    parse(text)\nexcept NotJson:\n    pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert int(done.stdout) < 100 * 1024  # KiB; all values would take 600 MiB
