"""A transcript holds nothing secret, and what it holds looks like what it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clipline.errors import MachineError
from clipline.nemo.transcript import Transcript

SESSION, OTHER = "1234567890123456789", "9876543210987654321"


def taken_down(body: str, **headers: str) -> dict[str, object]:
    transcript = Transcript("https://user:word@api.example:8443/x")
    transcript.add("POST", f"/api/{SESSION}/latest", 200, headers, body.encode())
    transcript.hide(SESSION, OTHER, "nmv_usr_verysecret", "")
    first, second = map(json.loads, transcript.text().splitlines())
    assert first == {"clipline_transcript": 1, "base": "https://api.example:8443"}
    call: dict[str, object] = second
    return call


def test_tokens_keep_their_form_and_length() -> None:
    body = taken_down('{"token": "nmv_usr_abc.def-1", "claim": "clm_12345", "user_id": "anon_77"}')["body"]
    assert body == '{"token": "nmv_usr_xxxxxxxxx", "claim": "clm_xxxxx", "user_id": "anon_xx"}'


@pytest.mark.parametrize("name", ["access_token", "apiKey", "X-Secret", "refreshToken", "password", "signature"])
def test_what_is_secret_by_its_name_is_not_kept(name: str) -> None:
    assert "hunter22" not in str(taken_down(json.dumps({name: "hunter22"}))["body"])
    inner = json.dumps({"inside": json.dumps({name: "hunter22"})})
    assert "hunter22" not in str(taken_down(inner)["body"])


def test_signatures_of_addresses_are_not_kept() -> None:
    call = taken_down(
        '{"outputUrl": "https://cdn.example/a.mp4?X-Amz-Signature=123&b=2"}', location="https://x/y?sig=1"
    )
    assert call["body"] == '{"outputUrl": "https://cdn.example/a.mp4?redacted=1"}'
    assert call["headers"] == {"location": "https://x/y?redacted=1"}


def test_ids_stand_as_others_of_the_same_form_everywhere() -> None:
    call = taken_down(f'{{"session_id": "{SESSION}", "task_id": "{OTHER}"}}')
    body = json.loads(str(call["body"]))
    assert body == {"session_id": "1000000000000000001", "task_id": "1000000000000000002"}
    assert call["path"] == "/api/1000000000000000001/latest"


def test_headers_of_a_connection_and_cookies_are_left_out() -> None:
    kept = taken_down("{}", **{"set-cookie": "a=b", "content-type": "x/y", "transfer-encoding": "chunked", "etag": "1"})
    assert kept["headers"] == {"content-type": "x/y", "etag": "1"}


def test_letters_of_every_script_and_broken_ones_are_kept_as_they_can_be() -> None:
    transcript = Transcript("http://x")
    transcript.add("GET", "/", 200, {}, "视频\u2028".encode() + b"\xff")
    assert json.loads(transcript.text().splitlines()[1])["body"] == "视频\u2028\ufffd"


def test_the_file_is_for_this_user_alone_and_never_another_ones(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Transcript("http://x").write(tmp_path / "t.jsonl")
    finally:
        os.umask(before)
    assert (tmp_path / "t.jsonl").stat().st_mode & 0o777 == 0o600
    with pytest.raises(MachineError):
        Transcript("http://x").write(tmp_path / "t.jsonl")


@pytest.mark.parametrize("piece", ["a", "a.a", "http://", '"token', '"a-', '\\"', "nmv_usr_", "a@", "a@a."])
def test_no_body_of_a_server_holds_the_redaction_up(piece: str) -> None:
    program = (
        "import sys; from clipline.nemo.transcript import Transcript; it = Transcript('https://a.test')\n"
        "it.add('GET', '/', 200, {}, (sys.argv[1] * (400_000 // len(sys.argv[1]))).encode()); it.text()"
    )
    # Measured: a second; before it grew with the square of the length, to hours.
    subprocess.run([sys.executable, "-c", program, piece], check=True, timeout=30)
