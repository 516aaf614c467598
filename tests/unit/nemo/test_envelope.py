"""A reply can fail four ways; each failure has its error, and only a closed table of them proves a refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from clipline.errors import (
    AccountError,
    AccountWaiting,
    CliplineError,
    InputError,
    ServiceError,
    StageFailed,
)
from clipline.http import Reply
from clipline.nemo.protocol import Asked, error_of, proves_refusal, read


def reply(status: int, body: Any = b"", **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, content, whole=True)


def failure(answer: Reply, **asked: Any) -> CliplineError:
    with pytest.raises(CliplineError) as caught:
        read(answer, Asked(**asked))
    return caught.value


# --- replies that worked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ({"code": 0, "data": {"a": 1}}, {"a": 1}),
        ({"code": "0", "data": {"a": 1}}, {"a": 1}),
        ({"code": 0, "message": "ok", "data": None}, {}),
        ({"success": True, "data": {"a": 1}}, {"a": 1}),
        ({"data": {"a": 1}}, {"a": 1}),
        ({"status": "completed", "output": {"url": "u"}}, {"status": "completed", "output": {"url": "u"}}),
        ({"code": None, "a": 1}, {"code": None, "a": 1}),
        ({}, {}),
    ],
)
def test_the_data_is_found_in_any_envelope(body: Any, data: Any) -> None:
    assert read(reply(200, body)) == data


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_empty_reply_has_no_data(status: int) -> None:
    assert read(reply(status)) == {}


def test_a_failed_render_is_no_failed_call() -> None:
    body = {"success": False, "data": {"status": "failed", "error": "out of memory"}}
    assert read(reply(200, body), Asked(route="status"))["status"] == "failed"
    assert failure(reply(200, body), route="credits").code == "odd_reply"
    refused = {"code": 1001, "data": {"status": "failed"}}
    assert failure(reply(200, refused), route="status").code == "token_refused"


@pytest.mark.parametrize("body", [b"OK", b"", b"null", b"[]", b"{}"])
def test_whatever_a_cancel_is_answered_with_it_was_taken(body: bytes) -> None:
    assert read(reply(200, body), Asked(route="cancel")) == {}


# --- each row of the service's table ---------------------------------------------------------------------------------

ROWS: dict[str, tuple[Any, dict[str, Any], type[CliplineError], str, bool]] = {
    "1001 with 200": (reply(200, {"code": 1001, "message": "expired"}), {}, AccountError, "token_refused", True),
    "1001 with 401": (reply(401, {"code": 1001}), {}, AccountError, "token_refused", True),
    "1001 as text": (reply(200, {"code": "1001"}), {}, AccountError, "token_refused", True),
    "1001 with 500": (reply(500, {"code": 1001}), {}, AccountError, "token_refused", True),
    "1001 in error": (reply(400, {"error": {"code": 1001, "message": "x"}}), {}, AccountError, "token_refused", True),
    "401 alone": (reply(401), {}, AccountError, "token_refused", True),
    "401 detail": (reply(401, {"detail": "Not authenticated"}), {}, AccountError, "token_refused", True),
    "1002": (reply(200, {"code": 1002}), {"route": "message"}, StageFailed, "session_gone", True),
    "404 of a message": (reply(404, {"detail": "x"}), {"route": "message"}, StageFailed, "session_gone", True),
    "404 naming a session": (
        reply(404, {"detail": "Session not found"}),
        {"route": "state"},
        StageFailed,
        "session_gone",
        True,
    ),
    "404": (reply(404, {"detail": "Not Found"}), {"route": "status"}, StageFailed, "not_found", True),
    "2001": (reply(200, {"code": 2001}), {"route": "message"}, AccountWaiting, "no_credits", True),
    "2001 with 402": (reply(402, {"code": 2001}), {"route": "message"}, AccountWaiting, "no_credits", True),
    "4001": (reply(200, {"code": 4001}), {"route": "upload"}, InputError, "unsupported_file", False),
    "4002": (reply(413, {"code": 4002}), {"route": "upload"}, InputError, "file_too_large", False),
    "413": (reply(413, b"<html>"), {"route": "upload"}, ServiceError, "odd_reply", False),
    "400": (reply(400, {"message": "X-Client-Id"}), {"route": "token"}, StageFailed, "bad_request", True),
    "422": (
        reply(422, {"detail": [{"type": "missing", "loc": ["body", "app"], "msg": "Field required"}]}),
        {"route": "message"},
        StageFailed,
        "bad_request",
        True,
    ),
    "402": (reply(402, {"message": "tier"}), {"route": "render"}, AccountWaiting, "plan_required", False),
    "402 with 200": (reply(200, {"code": 402}), {"route": "render"}, AccountWaiting, "plan_required", False),
    "402 for headers": (
        reply(402, {"message": "missing X-Skill-Source header"}),
        {"route": "render"},
        AccountError,
        "attribution_missing",
        False,
    ),
    "403 of a render": (reply(403, {}), {"route": "render"}, AccountWaiting, "plan_required", False),
    "403": (reply(403, {}), {"route": "state"}, AccountError, "forbidden", False),
    "429": (reply(429, {"code": 429}), {}, ServiceError, "rate_limited", True),
    "429 with 200": (reply(200, {"code": 429}), {}, ServiceError, "rate_limited", True),
    "500": (reply(500, {"message": "x"}), {}, ServiceError, "server_error", False),
    "503 empty": (reply(503), {}, ServiceError, "server_error", False),
    "408": (reply(408), {}, ServiceError, "server_error", False),
    "500 with 200": (reply(200, {"code": 500}), {}, ServiceError, "server_error", False),
    "a code that only HTTP knows under 502": (reply(502, {"code": 404}), {}, ServiceError, "server_error", False),
    "a page with 401": (reply(401, b"<html>login</html>"), {}, ServiceError, "odd_reply", False),
    "a page with 404": (
        reply(404, b"\xef\xbb\xbf  <!DOCTYPE html>"),
        {"route": "message"},
        ServiceError,
        "odd_reply",
        False,
    ),
    "a page by its type": (
        reply(404, b"Not here", content_type="text/html; charset=utf-8"),
        {"route": "message"},
        ServiceError,
        "odd_reply",
        False,
    ),
    "a page with 429": (reply(429, b"<html>"), {}, ServiceError, "server_error", False),
    "a page with 502": (reply(502, b"<html>"), {"route": "message"}, ServiceError, "server_error", False),
    "a page with 200": (reply(200, b"<html>"), {}, ServiceError, "odd_reply", False),
    "a stream that fails": (
        reply(404, b"", content_type="text/event-stream"),
        {"route": "message"},
        ServiceError,
        "odd_reply",
        False,
    ),
    "a reply that is cut": (
        Reply(404, {}, b'{"de', whole=False),
        {"route": "message"},
        ServiceError,
        "odd_reply",
        False,
    ),
    "an unknown code": (reply(200, {"code": 9999, "message": "boo"}), {}, ServiceError, "odd_reply", False),
    "an unknown word": (reply(200, {"code": "E_BOO"}), {}, ServiceError, "odd_reply", False),
    "true as a code": (reply(200, {"code": True}), {}, ServiceError, "odd_reply", False),
    "an unknown status": (reply(418, {}), {}, ServiceError, "odd_reply", False),
    "a redirect": (reply(302), {}, ServiceError, "odd_reply", False),
    "success false": (reply(200, {"success": False, "error": "no"}), {}, ServiceError, "odd_reply", False),
    "success false of a render": (
        reply(200, {"success": False, "error": "no"}),
        {"route": "render"},
        StageFailed,
        "render_failed",
        False,
    ),
    "a list": (reply(200, [1, 2]), {}, ServiceError, "odd_reply", False),
    "data that is a list": (reply(200, {"code": 0, "data": [1]}), {}, ServiceError, "odd_reply", False),
    "not UTF-8": (reply(200, b"\xff\xfe{"), {}, ServiceError, "odd_reply", False),
    "not JSON": (reply(200, b"OK"), {}, ServiceError, "odd_reply", False),
    "too deep": (reply(200, b"[" * 100_000), {}, ServiceError, "odd_reply", False),
    "a number of 9999 digits": (reply(200, b'{"code":' + b"1" * 9999 + b"}"), {}, ServiceError, "odd_reply", False),
}


@pytest.mark.parametrize(("answer", "asked", "kind", "code", "proof"), ROWS.values(), ids=ROWS)
def test_each_failure_has_its_error(
    answer: Reply, asked: dict[str, Any], kind: type[CliplineError], code: str, proof: bool
) -> None:
    error = failure(answer, **asked)
    assert (type(error), error.code, proves_refusal(error)) == (kind, code, proof)
    assert error.hint
    assert error.message
    expected = {"rate_limited": "safe", "server_error": "unsure"}.get(code, "never")
    assert error.retry == expected


def test_only_the_closed_table_proves_a_refusal() -> None:
    def of(code: str) -> bool:
        return proves_refusal(ServiceError("x", code=code))

    proofs = ["unreachable", "token_refused", "session_gone", "no_credits", "bad_request", "not_found", "rate_limited"]
    assert all(map(of, proofs))
    unsure = ["no_reply", "deadline", "broken_off", "server_error", "stream_error", "odd_reply", "plan_required"]
    assert not any(map(of, [*unsure, "forbidden", "unsupported_file", "file_too_large", "render_failed", "service"]))
    assert not proves_refusal(ValueError("unreachable"))


# --- hints -----------------------------------------------------------------------------------------------------------


def test_who_has_no_credits_is_told_where_to_get_them() -> None:
    answer = reply(200, {"code": 2001})
    anonymous = failure(answer, user_id="anon_7", web_url="https://web.example")
    assert "https://web.example/register?bind=anon_7" in anonymous.hint
    assert failure(answer, user_id="u_7").hint == "Top up credits in your account"
    assert failure(answer, supplied=True).hint == "Top up credits in your account"


def test_a_plan_that_is_too_small_is_told_in_the_services_words() -> None:
    error = failure(reply(402), route="render", user_id="anon_7")
    assert error.hint == "Register or upgrade your plan to unlock export."
    assert error.waits


def test_formats_and_size_are_named() -> None:
    assert (
        "mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a, aac" in failure(reply(200, {"code": 4001})).hint
    )
    assert "500 MB" in failure(reply(200, {"code": 4002})).hint


def test_a_supplied_token_is_the_persons_own_affair() -> None:
    assert "NEMO_TOKEN" in failure(reply(401), supplied=True).hint
    assert "NEMO_TOKEN" not in failure(reply(401)).hint


@pytest.mark.parametrize(
    ("headers", "now", "seconds"),
    [
        ({"retry_after": "7"}, None, 7.0),
        ({"retry_after": " 0.5 "}, None, 0.5),
        ({"retry_after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 40.0, 60.0),
        ({"retry_after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 400.0, 0.0),
        ({"retry_after": "Thu, 01 Jan 1970 00:01:40 GMT", "date": "Thu, 01 Jan 1970 00:01:30 GMT"}, None, 10.0),
        # A clock that is wrong by a day, either way, waits as long as the service asks.
        ({"retry_after": "Thu, 08 Jan 1970 00:01:40 GMT", "date": "Thu, 08 Jan 1970 00:01:30 GMT"}, 90.0, 10.0),
        ({"retry_after": "Thu, 01 Jan 1970 00:01:40 GMT", "date": "Thu, 01 Jan 1970 00:01:30 GMT"}, 86490.0, 10.0),
        ({"retry_after": "Thu, 01 Jan 1970 00:01:40 GMT"}, None, None),
        ({"retry_after": "soon"}, 1.0, None),
        ({"retry_after": "-5"}, 1.0, None),
        ({"retry_after": "9" * 99}, 1.0, None),
        ({"retry_after": ""}, 1.0, None),
        ({}, 1.0, None),
    ],
)
def test_a_wait_is_read_in_seconds_or_as_a_date(
    headers: dict[str, str], now: float | None, seconds: float | None
) -> None:
    assert failure(reply(429, **headers), now=now).retry_after == seconds
    assert failure(reply(503, **headers), now=now).retry_after == seconds


# --- what a message may tell -----------------------------------------------------------------------------------------


def test_a_services_words_are_told_without_secrets_and_codes() -> None:
    said = (
        "bad token nmv_usr_AbC123 for client 3f2b8a10-1111-4222-8333-444455556666 \x1b[31mred\r\n see "
        "https://x.example/a?sig=1 " + "A1b2" * 20
    )
    error = failure(reply(400, {"message": said}))
    assert "bad token … for client …" in error.message
    for secret in ("AbC123", "3f2b8a10", "sig=1", "A1b2", "\x1b", "\n"):
        assert secret not in error.message
    assert len(failure(reply(400, {"message": "word " * 9999})).message) < 400


def test_an_unknown_reply_is_told_by_its_shape_never_by_its_values() -> None:
    body = {"code": 0, "data": [{"token": "s3cret", "n": 5, "deep": {"a": {"b": {"c": 1}}}}]}
    message = failure(reply(200, body), route="session").message
    assert "{code: number, data: [{token: text, n: number, deep: {a: {…}}}]}" in message
    assert "s3cret" not in message
    assert "a new session" in message


def test_error_of_needs_nothing_but_a_reply() -> None:
    assert error_of(reply(500)).code == "server_error"
