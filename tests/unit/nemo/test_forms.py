"""Where a reply differs from its documented form: told by names and types, never by values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipline.nemo.forms import FORMS, compare

SESSION = "1234567890123456789"
FILE = {
    "filename": "a.mp4",
    "file_type": "video",
    "cdn_url": "https://cdn.example/a.mp4?sig=1",
    "duration": 1.5,
    "width": 96,
    "height": 64,
    "fps": 10.0,
    "hash": "abc",
}
DRAFT = {"t": [{"tt": 0, "sg": [{"d": 1000, "x": 1}], "y": 2}], "d": 1000, "m": {"title": "a", "width": 96}, "z": 3}
DATA: dict[str, Any] = {
    "token": {"token": "nmv_usr_1", "user_id": "anon_1", "credits": 100, "expires_at": "2026-01-31T12:00:00Z"},
    "session": {"task_id": "t1", "session_id": SESSION},
    "claim": {"claim_token": "clm_1", "expires_in": 604800},
    "upload": {"files": [FILE], "session_state_applied": True},
    "credits": {"available": 90, "frozen": 0, "total": 100},
    "state": {"state": {"draft": DRAFT, "video_infos": [], "generated_media": {}, "canvas_config": None}},
    "render": {"id": "render_1", "status": "pending", "progress": 5},
    "status": {"id": "render_1", "status": "completed", "progress": 100, "outputUrl": "https://x/y", "error": None},
}


def body(call: str, data: Any, **envelope: Any) -> bytes:
    wrapped = envelope or ({"success": True} if call in {"render", "status"} else {"code": 0})
    return json.dumps({**wrapped, "data": data}).encode()


def test_there_is_an_example_of_every_form() -> None:
    assert set(DATA) == set(FORMS)


@pytest.mark.parametrize("call", FORMS)
def test_a_reply_as_documented_differs_in_nothing(call: str) -> None:
    assert compare(call, body(call, DATA[call])).differences == ()


@pytest.mark.parametrize("call", FORMS)
def test_a_key_that_is_new_and_one_that_is_missing_are_told(call: str) -> None:
    first, *others = DATA[call]
    changed = {"brand_new": "secret", **{key: DATA[call][key] for key in others}}
    found = compare(call, body(call, changed)).differences
    assert f"missing key data.{first}" in found
    assert "unknown key data.brand_new (text of 6 characters)" in found
    assert "secret" not in " ".join(found)


@pytest.mark.parametrize(
    ("call", "key", "value", "told"),
    [
        ("session", "session_id", int(SESSION), "data.session_id is a whole number, expected text of 19 digits"),
        ("session", "session_id", "12", "data.session_id is text of 2 characters, expected text of 19 digits"),
        ("token", "token", "abc", "data.token is text of 3 characters, expected text that begins with nmv_usr_"),
        ("token", "credits", "100", "data.credits is text of 3 characters, expected a number"),
        ("token", "expires_at", 1.5, "data.expires_at is a number, expected a time like 2026-01-31T12:00:00Z"),
        ("credits", "frozen", None, "data.frozen is null, expected a number"),
        ("credits", "total", True, "data.total is true or false, expected a number"),
        ("upload", "files", {}, "data.files is an object, expected a list"),
        ("upload", "files", [{**FILE, "fps": "10"}] * 2, "data.files[].fps is text of 2 characters, expected a number"),
        ("state", "state", [], "data.state is a list, expected an object"),
        (
            "state",
            "state",
            {"draft": {"t": [{"tt": "0", "sg": []}]}},
            "data.state.draft.t[].tt is text of 1 characters",
        ),
    ],
)
def test_another_type_is_told(call: str, key: str, value: Any, told: str) -> None:
    (found,) = compare(call, body(call, {**DATA[call], key: value})).differences
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("whole", "form"),
    [
        ({"success": True, "data": DATA["status"]}, "status with success"),
        ({"code": 0, "data": DATA["status"]}, "status with a code"),
        ({"status": "completed", "output": {"url": "https://x/y"}}, "status at the top"),
    ],
)
def test_each_known_form_of_a_render_is_named_and_no_difference(whole: dict[str, Any], form: str) -> None:
    seen = compare("status", json.dumps(whole).encode())
    assert (seen.differences, seen.form) == ((), form)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"<html>", ("the body is no JSON",)),
        (b"[]", ("the body is a list, not an object",)),
        (b"{}", ("missing key code", "missing key data", "data is null, expected an object")),
    ],
)
def test_another_envelope_is_told(text: bytes, told: tuple[str, ...]) -> None:
    assert compare("credits", text).differences == told


def test_success_in_the_place_of_a_code_is_told() -> None:
    found = compare("credits", body("credits", DATA["credits"], success=True, trace="1")).differences
    assert found == ("missing key code, has success instead", "unknown key trace (text of 1 characters)")
