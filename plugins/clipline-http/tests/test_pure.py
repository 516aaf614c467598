"""Paths, templates, prepared requests and the meaning of replies: values in, values out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from services import described

from clipline.errors import Cancelled, InputError, ServiceError, TimedOut
from clipline.http import Reply
from clipline.testing import stage_call
from clipline.values import Secret
from clipline_http.description import RequestForm
from clipline_http.faults import Asked, fault, json_of, matches, proves_not_done
from clipline_http.paths import ABSENT, find, number_of
from clipline_http.reading import read_description
from clipline_http.service import Service, prepare
from clipline_http.templates import address, fill, names_a_host, names_in

REPLY = {"data": [{"id": 7, "a/b": "slash", "~": "tilde", "none": None}], "": "empty"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/data/0/id", 7),
        ("data[0].id", 7),
        ("data.0.id", 7),
        ("/data/0/a~1b", "slash"),
        ("/data/0/~0", "tilde"),
        ("/data/0/none", None),
        ("/", "empty"),
        ("", REPLY),
        ("/data/1/id", ABSENT),
        ("/data/x", ABSENT),
        ("/data/0/id/more", ABSENT),
        ("/data/٣", ABSENT),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(path: str, value: object) -> None:
    assert find(REPLY, path) == value or find(REPLY, path) is value


@pytest.mark.parametrize("path", ["a.", ".a", "a..b", "a[x]", "a[0", "/a~2"])
def test_what_is_no_path_is_said(path: str) -> None:
    with pytest.raises(ValueError, match=r"no path|no JSON pointer"):
        find(REPLY, path)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3.0),
        ("3.5", 3.5),
        (-1, -1.0),
        (10**400, None),
        (1e999, None),
        (float("nan"), None),
        ("1e999", None),
        (True, None),
        (None, None),
        ([3], None),
        ("three", None),
        (ABSENT, None),
    ],
)
def test_a_number_that_nothing_costs_is_none(value: object, number: float | None) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize(
    ("template", "theirs"),
    [
        ("{job.url}", True),
        ("https://{job.host}/x", True),
        ("https://files.{job.zone}.example.com/x", True),
        ("https://files.example.com/{job.id}", False),
        ("{values.base}/x", False),
        ("/jobs/{job.id}", False),
        ("jobs", False),
    ],
)
def test_who_named_the_host_of_an_address_is_known(template: str, theirs: bool) -> None:
    assert names_a_host(template) is theirs


def test_names_are_filled_once_and_a_lone_one_keeps_its_type() -> None:
    names = {"clip.bytes": 12, "clip.name": "{clip.bytes} a", "values.on": True, "values.x": 1.0}
    given = {
        "n": "{clip.bytes}",
        "t": "{clip.name}!",
        "no": "{clip.id}",
        "l": ["{clip.id}", "{values.on}"],
        "b": "{{x}}",
    }
    assert fill(given, names) == {"n": 12, "t": "{clip.bytes} a!", "l": [True], "b": "{x}"}
    assert fill("x{values.on}{values.x}{clip.id}", names) == "xtrue1"
    assert names_in("/a/{clip.id}/{{no}}/{job.key}") == ["clip.id", "job.key"]


def test_values_in_an_address_cannot_change_where_it_leads() -> None:
    names = {"job.id": "../a?b#c/ü", "clip.put": "https://elsewhere.example/put?s=1"}
    assert (
        address("/jobs/{job.id}/x", names, "https://a.example/v1")
        == "https://a.example/v1/jobs/..%2Fa%3Fb%23c%2F%C3%BC/x"
    )
    assert address("{clip.put}", names, "https://a.example/v1") == "https://elsewhere.example/put?s=1"
    assert address("{job.id}", names, "https://a.example/v1").startswith("https://a.example/v1/")


@pytest.mark.parametrize("value", [".", ".."])
def test_an_id_that_is_a_step_up_is_no_part_of_an_address(value: str) -> None:
    for template in ("/jobs/{job.id}", "/jobs/{job.id}/cancel", "https://b.example/{job.id}?x=1"):
        with pytest.raises(InputError) as caught:
            address(template, {"job.id": value}, "https://a.example/v1")
        assert caught.value.code == "bad_url"
    assert address("/jobs/../{job.id}", {"job.id": "a.b"}, "https://a.example") == "https://a.example/jobs/../a.b"


def test_a_file_is_not_fetched_where_the_service_may_not_send_us(tmp_path: Path) -> None:
    description = read_description(described(tmp_path / "a.yaml", "http://127.0.0.1:1"))
    service = Service(description, stage_call(tmp_path, "export", settings={"token": Secret("t0k")}))
    with pytest.raises(ServiceError) as caught:  # it has answered nothing yet, so it stands in the internet
        service.download("{job.url}", {"job.url": "http://127.0.0.1:9/x"}, tmp_path / "x", lambda *_: None)
    assert caught.value.code == "private_address"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("auth", "header", "query"),
    [
        ("bearer", ("Authorization", "Bearer t0k"), ""),
        ("{header: X-Key}", ("X-Key", "t0k"), ""),
        ('{header: Authorization, value: "Key {token}"}', ("Authorization", "Key t0k"), ""),
        ("{query: api_key}", None, "?api_key=t0k"),
        ("{basic: ada}", ("Authorization", "Basic YWRhOnQwaw=="), ""),
        ("none", None, ""),
    ],
)
def test_the_token_is_sent_as_described_and_to_one_host_only(
    tmp_path: Path, auth: str, header: tuple[str, str] | None, query: str
) -> None:
    file = described(tmp_path / "a.yaml", "http://127.0.0.1:1", ("auth: bearer   ", f"auth: {auth}   "))
    description = read_description(file)
    form = RequestForm("look", "GET", "/jobs/{job.id}")
    own = prepare(description, form, {"job.id": 1}, "t0k")
    assert own.url == f"http://127.0.0.1:1/v1/jobs/1{query}"
    assert dict(own.headers) == dict([header] if header else [])
    for url in ("http://127.0.0.1:2/jobs", "https://127.0.0.1:1/jobs", "http://127.0.0.1.example:1/jobs"):
        other = prepare(description, RequestForm("result", "GET", "{job.url}"), {"job.url": url}, "t0k")
        assert (other.url, dict(other.headers)) == (url, {})
    assert not prepare(description, RequestForm("look", "GET", "/x", auth=False), {}, "t0k").headers


def test_an_address_with_credentials_or_of_another_kind_is_not_asked(tmp_path: Path) -> None:
    description = read_description(described(tmp_path / "a.yaml", "http://127.0.0.1:1"))
    for url in ("file:///etc/passwd", "http://a:b@127.0.0.1:1/", "ftp://x/y"):
        with pytest.raises(InputError):
            prepare(description, RequestForm("result", "GET", "{job.url}"), {"job.url": url}, "t")


def test_a_text_of_the_service_loses_its_secrets_and_a_value_with_one_is_known(tmp_path: Path) -> None:
    description = read_description(described(tmp_path / "a.yaml", "http://127.0.0.1:1"))
    service = Service(description, stage_call(tmp_path, "auth", settings={"token": Secret("t0k")}))
    assert service.clean("no t0k, Bearer abc, http://x/y?sig=1") == "no …, Bearer …, http://x/y?…"
    assert [service.is_secret(value) for value in ("t0k-1", "https://x/y?sig=1", "https://x/y", "v_8", 7)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def asked(*errors: dict[str, Any]) -> Asked:
    return Asked("Svc", "submit", errors, "/why", lambda text: text.replace("t0k", "…"), 0.0)


@pytest.mark.parametrize(
    ("status", "code", "exit_", "retry"),
    [
        (400, "refused", 1, "never"),
        (401, "token_refused", 4, "never"),
        (402, "no_credits", 4, "never"),
        (403, "token_refused", 4, "never"),
        (404, "not_found", 1, "never"),
        (408, "server_error", 5, "unsure"),
        (409, "refused", 1, "unsure"),
        (422, "refused", 1, "never"),
        (429, "rate_limited", 5, "safe"),
        (302, "server_error", 5, "unsure"),
        (500, "server_error", 5, "unsure"),
        (503, "server_error", 5, "unsure"),
    ],
)
def test_a_status_has_its_usual_meaning(status: int, code: str, exit_: int, retry: str) -> None:
    reply = Reply(status, {"retry-after": "7"}, b'{"why": "no t0k"}')
    error = fault(reply, json_of(reply), asked())
    assert error is not None
    assert (error.code, error.exit, error.retry) == (code, exit_, retry)
    assert error.message == f"Svc answered {status} to 'submit': no …"
    assert error.retry_after == (7.0 if status in {429, 503} else None)


def test_a_description_has_other_meanings() -> None:
    busy = {"status": 409, "is": "busy", "done": "no"}
    code = {"where": {"/code": "1001"}, "is": "plan", "hint": "upgrade"}
    down = {"status": 400, "is": "down", "done": "perhaps"}
    for status, body, wanted in (
        (409, b"{}", ("rate_limited", "safe", "try again later")),
        (200, b'{"code": 1001}', ("plan_required", "never", "upgrade")),
        (400, b"{}", ("server_error", "unsure", "try again later")),
    ):
        reply = Reply(status, {}, body)
        error = fault(reply, json_of(reply), asked(busy, code, down))
        assert error is not None
        assert (error.code, error.retry, error.hint) == wanted
    assert fault(Reply(200, {}, b'{"code": 0}'), {"code": 0}, asked(busy, code, down)) is None


def test_a_page_or_half_a_reply_proves_nothing() -> None:
    for reply in (Reply(403, {"content-type": "text/html"}, b"<html>"), Reply(402, {}, b"{", whole=False)):
        error = fault(reply, json_of(reply), asked())
        assert error is not None
        assert error.retry == "unsure"


def test_only_what_was_never_sent_proves_that_a_stopped_request_did_nothing() -> None:
    sent, unsent = Cancelled(), TimedOut("late")
    unsent.__cause__ = ServiceError("no", code="unreachable")
    assert (proves_not_done(sent), proves_not_done(unsent)) == (False, True)
    assert proves_not_done(ServiceError("x", code="unreachable"))
    assert not proves_not_done(ServiceError("x", retry="unsure"))
    assert not proves_not_done(RuntimeError())


def test_values_are_compared_as_people_write_them() -> None:
    assert matches({"a": {"b": 1}}, {"/a/b": "1"})
    assert matches({"a": True}, {"a": True})
    assert not matches({"a": 1}, {"a": True})
    assert not matches({"a": None}, {"a": "None"})
    assert not matches(json.loads("[]"), {"a": 1})
