"""`clipline http` and `python -m clipline_http.example` as a person types them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from services import EXAMPLE

from clipline.testing import tiny_clip

CANARY = "canary-99"


def clipline(*words: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "clipline", *words],
        env={**os.environ, "CLIPLINE_HTTP_TOKEN": CANARY},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_check_tells_every_mistake_and_ends_with_2(tmp_path: Path) -> None:
    text = EXAMPLE.read_text("utf-8").replace("{clip.bytes}", "{clip.byte}")
    (tmp_path / "bad.yaml").write_text(text, "utf-8")
    done = clipline("http", "check", "bad.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert 'bad.yaml:16:41: error: there is no value "clip.byte" here; did you mean "clip.bytes"?' in done.stdout
    assert "Traceback" not in done.stderr
    told = json.loads(clipline("http", "check", "bad.yaml", "--json", folder=tmp_path).stdout)
    assert (told["ok"], told["problems"][0]["line"]) == (False, 16)


def test_dry_shows_the_requests_and_not_the_token(tmp_path: Path) -> None:
    done = clipline("http", "check", str(EXAMPLE), "--dry")
    assert done.returncode == 0
    assert "# submit (the paid one)\nPOST http://127.0.0.1:8931/v1/jobs\n" in done.stdout
    assert "Authorization: Bearer ***" in done.stdout
    assert CANARY not in done.stdout + done.stderr
    shown = {
        each["name"]: each
        for each in json.loads(clipline("http", "check", str(EXAMPLE), "--dry", "--json").stdout)["requests"]
    }
    assert [name for name, each in shown.items() if each["paid"]] == ["submit"]
    assert shown["upload[1]"]["url"] == "{clip.put}"
    assert "Authorization" not in shown["upload[1]"]["headers"]


@pytest.mark.parametrize("auth", ["{query: key}", "{basic: ada}", "{header: X-Key, value: 'Key {token}'}"])
def test_dry_shows_no_token_in_whatever_form(tmp_path: Path, auth: str) -> None:
    text = EXAMPLE.read_text("utf-8").replace("auth: bearer ", f"auth: {auth} ")
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    said = clipline("http", "check", "a.yaml", "--dry", folder=tmp_path).stdout
    assert "***" in said
    assert CANARY not in said


@pytest.mark.parametrize(("file", "message"), [("no.yaml", "there is no such file"), (".", "no file")])
def test_what_is_no_file_is_told(tmp_path: Path, file: str, message: str) -> None:
    done = clipline("http", "check", file, folder=tmp_path)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr


def test_a_video_is_told_from_a_description(tmp_path: Path) -> None:
    tiny_clip(tmp_path / "me.mp4")
    done = clipline("http", "check", "me.mp4", folder=tmp_path)
    assert done.returncode == 2
    assert "this is a video, not the description" in done.stdout
    assert "clipline edit" not in done.stdout


def test_the_schema_is_one_and_explains_every_key() -> None:
    schema = json.loads(clipline("http", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert all(each.get("description") for each in schema["properties"].values())
