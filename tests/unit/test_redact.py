"""Secrets are taken out of whatever text comes, and no text makes that slow."""

from __future__ import annotations

import subprocess
import sys

import pytest

from clipline.errors import redact


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Authorization: Bearer abc.def, then", "Authorization: Bearer …, then"),
        ("token=s3cr3t&x=1", "token=…&x=1"),
        ("X-Amz-Signature=s3cr3t", "X-Amz-Signature=…"),
        ("nmv_usr_s3cr3t+/=", "…"),
        ("see https://a.b/c?d=e 'f'", "see https://a.b/c?… 'f'"),
        ("https://a.b/c?", "https://a.b/c?"),
        ("https://a.b/c:d@e", "https://a.b/c:d@e"),
        ("sftp://ann:s3cr3t@host/x", "sftp://ann:…@host/x"),
        ("https://ann:s3cr3t@host/x?y=z", "https://ann:…@host/x?…"),
        ("http://ann:s3@cr3t@proxy:3128", "http://ann:…@proxy:3128"),
        ("https://a/token=s3cr3t", "https://a/token=…"),
        ("plain: words, a@b.c and 12:30", "plain: words, a@b.c and 12:30"),
    ],
)
def test_a_secret_does_not_stand_in_what_is_told(text: str, told: str) -> None:
    assert redact(text) == told


@pytest.mark.parametrize(
    "piece", ["a.", "http://", "https://a", "x-amz-", "token=", "bearer ", "a://b:", "a:b@", "bearer\t\t", "A" * 9]
)
def test_no_text_of_a_server_holds_the_program_up(piece: str) -> None:
    program = "import sys; from clipline.errors import redact; redact(sys.argv[1] * (400_000 // len(sys.argv[1])))"
    # Measured: under a second; before it grew with the square of the length, to hours.
    subprocess.run([sys.executable, "-c", program, piece], check=True, timeout=20)
