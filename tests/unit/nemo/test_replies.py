"""What replies say; nothing of them is trusted."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

import pytest

from clipline.errors import ServiceError
from clipline.nemo.protocol import (
    Credits,
    NemoSession,
    read_claim,
    read_credits,
    read_render,
    read_session,
    read_state,
    read_token,
    read_uploads,
)

JUNK: list[Any] = [
    None,
    True,
    5,
    -1,
    1e308,
    10**400,
    math.inf,
    math.nan,
    "",
    "x" * 10_000,
    "\ud800\0",
    [],
    [[]],
    {},
    {"a": {}},
]


def state(body: Any) -> Any:
    return read_state(json.dumps(body).encode())


def odd(reader: Any, data: Any) -> str:
    with pytest.raises(ServiceError) as caught:
        reader(data)
    assert (caught.value.code, caught.value.retry) == ("odd_reply", "never")
    return caught.value.message


# --- token, session, claim -------------------------------------------------------------------------------------------


def test_a_token_is_read_and_not_shown() -> None:
    grant = read_token(
        {"token": "nmv_usr_1", "user_id": "anon_1", "credits": 100, "expires_at": "2026-01-08T00:00:00Z"}
    )
    assert (grant.token.reveal(), grant.user_id, grant.credits) == ("nmv_usr_1", "anon_1", 100)
    assert grant.expires_at == 1_767_830_400.0
    assert "nmv_usr" not in repr(grant)


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        ("2026-01-08T00:00:00.123456789Z", 1_767_830_400.123456),
        ("2026-01-08T02:00:00+02:00", 1_767_830_400.0),
        ("2026-01-08T00:00:00", 1_767_830_400.0),
        (1_767_830_400, 1_767_830_400.0),
        (1_767_830_400_000, 1_767_830_400.0),
        ("soon", 0.0),
        ("9999-99-99", 0.0),
        (None, 0.0),
        (math.inf, 0.0),
    ],
)
def test_when_a_token_ends_is_read_in_any_form(told: Any, moment: float) -> None:
    assert read_token({"token": "t", "expires_at": told}).expires_at == pytest.approx(moment, abs=1e-3)


@pytest.mark.parametrize("token", [None, "", 5, "a\nb", "a b", "ü", "x" * 5000, ["t"]])
def test_what_no_header_can_carry_is_no_token(token: Any) -> None:
    assert "token: " in odd(read_token, {"token": token})


def test_a_session_id_keeps_all_its_digits_as_text_or_as_a_number() -> None:
    data = json.loads('{"task_id": 9007199254740993, "session_id": 1234567890123456789, "user_id": "u"}')
    assert read_session(data) == NemoSession("1234567890123456789", "9007199254740993", "u")
    assert read_session({"session_id": "0123"}).session_id == "0123"


@pytest.mark.parametrize("value", [None, "", True, 1.2e18, "a/b", "..", "a b", "a\n", [], 10**50, "é"])
def test_what_can_be_no_id_is_none(value: Any) -> None:
    odd(read_session, {"session_id": value})


def test_a_claim_token_is_read() -> None:
    assert read_claim({"claim_token": "clm_x-1", "expires_in": 604800}) == "clm_x-1"
    for value in (None, "", "a b", "a&b", 7):
        odd(read_claim, {"claim_token": value})


# --- uploads, credits ------------------------------------------------------------------------------------------------


def test_uploads_are_read_with_what_is_told() -> None:
    file = {"filename": "城市.mp4", "file_type": "video", "cdn_url": "https://x/?s=1", "duration": 10.5, "width": 1920}
    (read,) = read_uploads(
        {"files": [file | {"height": 1080, "fps": 29.97, "hash": "ab"}], "session_state_applied": True}
    )
    assert (read.filename, read.file_type, read.duration) == ("城市.mp4", "video", 10.5)
    assert (read.width, read.height, read.fps, read.hash) == (1920, 1080, 29.97, "ab")
    (bare,) = read_uploads({"files": [{"filename": "a.mp4", "duration": "long", "width": None, "fps": -1, "hash": 5}]})
    assert (bare.duration, bare.width, bare.fps, bare.hash) == (0.0, 0, 0.0, "")


@pytest.mark.parametrize("files", [None, {}, "a", [None], [{}], [{"filename": 5}], [{"filename": ""}]])
def test_uploads_without_names_are_odd(files: Any) -> None:
    odd(read_uploads, {"files": files})


@pytest.mark.parametrize(
    ("data", "read"),
    [
        ({"available": 90, "frozen": 10, "total": 100}, Credits(90, 10, 100)),
        ({"available": "90"}, Credits(90)),
        ({"available": 89.9, "frozen": "x"}, Credits(89)),
        ({"available": -5}, Credits(-5)),
    ],
)
def test_credits_are_whole_numbers(data: Any, read: Credits) -> None:
    assert read_credits(data) == read


@pytest.mark.parametrize("available", [None, "many", True, math.inf, math.nan, 10**300, [], {}])
def test_credits_that_are_no_number_are_odd(available: Any) -> None:
    odd(read_credits, {"available": available})


# --- the render ------------------------------------------------------------------------------------------------------

URL = "https://cdn.example/v.mp4?sig=1"
FORMS: dict[str, Any] = {
    "1: in data": {"success": True, "data": {"id": "r", "status": "completed", "progress": 100, "outputUrl": URL}},
    "2: at the top": {"status": "completed", "output": {"url": URL}},
    "3: with a code": {"code": 0, "data": {"status": "COMPLETED", "output": {"url": URL}}},
    "3: with a code and outputUrl": {"code": 0, "data": {"status": "completed", "outputUrl": URL}},
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_a_render_is_read_in_its_three_forms(body: Any) -> None:
    for form in (body, json.dumps(body).encode()):
        render = read_render(form)
        assert render.done
        assert not render.failed
        assert render.url is not None
        assert render.url.reveal() == URL
        assert "sig" not in repr(render)


@pytest.mark.parametrize("url", [None, "", 5, "/relative.mp4", "ftp://x", "https://a b", "https://a\nb", [], {}])
def test_completed_without_an_address_is_not_done(url: Any) -> None:
    for data in ({"outputUrl": url}, {"output": {"url": url}}, {"output": url}):
        render = read_render({"status": "completed"} | data)
        assert not render.done
        assert not render.failed
        assert render.url is None


def test_how_far_a_render_is_and_why_it_failed() -> None:
    assert read_render({"status": "processing", "progress": 40}).progress == 40
    assert read_render({"status": "processing", "progress": 10**30}).progress == 0.0
    assert read_render({"status": "pending", "progress": "5"}).progress is None
    failed = read_render({"status": "failed", "error": {"message": "no space\x1b[0m token=abc"}})
    assert failed.failed
    assert failed.error == "no space[0m token=…"
    assert read_render({"status": "rendering"}).done is False


@pytest.mark.parametrize("status", [None, "", " ", 5, ["completed"], {}])
def test_a_render_without_a_status_is_odd(status: Any) -> None:
    odd(read_render, {"data": {"status": status}})


# --- the state -------------------------------------------------------------------------------------------------------


def test_a_state_is_read_with_all_that_is_used() -> None:
    read = state(
        {
            "code": 0,
            "data": {
                "user_id": "u1",
                "state": {
                    "draft": {"t": []},
                    "video_infos": [{"filename": "a.mp4"}, {"title": "b"}, "c.mp4", 5, {}],
                    "generated_media": [{}, {}],
                    "canvas_config": {},
                },
            },
        }
    )
    assert (read.draft, read.video_names, read.generated, read.user_id) == (
        '{"t": []}',
        ("a.mp4", "b", "c.mp4"),
        2,
        "u1",
    )


@pytest.mark.parametrize("inner", [None, {}, {"draft": None}])
def test_a_state_without_a_draft_has_an_empty_one(inner: Any) -> None:
    assert state({"data": {"state": inner}}).draft == ""


def test_names_and_counts_are_read_from_any_shape() -> None:
    assert state({"state": {"video_infos": {"a.mp4": 1, "b.mp4": 2}}}).video_names == ("a.mp4", "b.mp4")
    assert state({"state": {"video_infos": {"x": {"name": "a.mp4"}}}}).video_names == ("a.mp4",)
    assert state({"state": {"generated_media": {"x": 1}}}).generated == 1
    assert state({"state": {"generated_media": 3}}).generated == 3


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{", b"<html>", b"\xff", b"{}", b'{"state": 5}', b'{"data": {}}']
)
def test_a_state_of_no_known_shape_is_odd(body: bytes) -> None:
    odd(read_state, body)


def test_of_equal_names_the_last_counts_as_for_every_reader() -> None:
    body = b'{"state":{"draft":{"a":1}},"state":{"draft":{"b":2},"draft":{"c":3}}}'
    assert read_state(body).draft == '{"c":3}'


def test_a_byte_order_mark_and_every_blank_are_taken() -> None:
    assert (
        read_state(b'\xef\xbb\xbf \t\r\n{ "state"\n:\r{\t"x" : [1,{"draft":5}], "draft" : [ 1 ] } } ').draft == "[ 1 ]"
    )


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_no_reader_raises_anything_but_odd_reply(junk: Any) -> None:
    keys = ["token", "session_id", "claim_token", "files", "available", "status", "state", "data", "user_id", "credits"]
    data = dict.fromkeys(keys, junk)
    for reader in (read_token, read_session, read_claim, read_uploads, read_credits, read_render):
        for body in (data, {"data": data}):
            with contextlib.suppress(ServiceError):
                reader(body)
