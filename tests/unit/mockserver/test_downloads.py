"""Result addresses: signed, without credentials, in ranges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clipline.mockserver import MockOptions, MockServer
from clipline.testing.clocks import VirtualClock
from mock_wire import Wire

CONTENT = bytes(range(256)) * 10


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer(clock=VirtualClock(), options=MockOptions(silent=0, studio="off")) as server:
        yield server


@pytest.fixture
def wire(server: MockServer) -> Wire:
    wire = Wire(server.url)
    wire.sign_in()
    wire.open()
    wire.upload(("clip.mp4", CONTENT))
    wire.render()
    return wire


@pytest.fixture
def url(wire: Wire) -> str:
    return wire.finish()


def test_a_result_is_signed_and_needs_no_credentials(wire: Wire, url: str) -> None:
    assert "X-Amz-Signature=" in url
    got = wire.fetch(url)
    assert (got.status, got.body) == (200, CONTENT)
    assert got.headers["content-length"] == str(len(CONTENT))
    assert got.headers["content-type"] == "video/mp4"
    assert got.headers["accept-ranges"] == "bytes"
    assert got.headers["etag"].startswith('"')


def test_a_bearer_token_at_a_result_is_an_error(wire: Wire, url: str) -> None:
    assert wire.fetch(url, Authorization=wire.headers["Authorization"]).status == 403


@pytest.mark.parametrize("damage", [("Signature=", "Signature=0"), ("Expires=1", "Expires=2"), ("renders/", "media/")])
def test_a_changed_address_is_refused(wire: Wire, url: str, damage: tuple[str, str]) -> None:
    assert wire.fetch(url.replace(*damage)).status == 403


def test_an_address_ends_and_the_next_status_gives_a_new_one(server: MockServer, wire: Wire, url: str) -> None:
    server.advance(3600)
    assert wire.fetch(url).status == 403
    assert wire.fetch(wire.finish()).body == CONTENT


@pytest.mark.parametrize(
    ("wish", "span", "told"),
    [
        ("bytes=0-9", slice(0, 10), "bytes 0-9/2560"),
        ("bytes=2550-", slice(2550, None), "bytes 2550-2559/2560"),
        ("bytes=-5", slice(-5, None), "bytes 2555-2559/2560"),
        ("bytes=100-999999", slice(100, None), "bytes 100-2559/2560"),
    ],
)
def test_a_range_is_sent_alone(wire: Wire, url: str, wish: str, span: slice, told: str) -> None:
    got = wire.fetch(url, Range=wish)
    assert (got.status, got.body, got.headers["content-range"]) == (206, CONTENT[span], told)


@pytest.mark.parametrize("wish", ["bytes=2560-", "bytes=9-3", "bytes=-0"])
def test_a_range_outside_is_not_satisfiable(wire: Wire, url: str, wish: str) -> None:
    got = wire.fetch(url, Range=wish)
    assert (got.status, got.headers["content-range"]) == (416, "bytes */2560")


@pytest.mark.parametrize("wish", ["lines=1-2", "bytes=", "bytes=1-2,5-6"])
def test_a_range_that_is_none_is_ignored(wire: Wire, url: str, wish: str) -> None:
    assert wire.fetch(url, Range=wish).status == 200


def test_if_range_decides_between_the_rest_and_all(wire: Wire, url: str) -> None:
    tag = wire.fetch(url).headers["etag"]
    assert wire.fetch(url, Range="bytes=5-", If_Range=tag).status == 206
    assert wire.fetch(url, Range="bytes=5-", If_Range='"other"').status == 200


def test_only_the_head_may_be_asked_for(wire: Wire, url: str) -> None:
    path = url.removeprefix(wire.url)
    wire.headers = {}
    reply = wire.raw(wire.request_bytes("HEAD", path))
    assert b"Content-Length: 2560\r\n" in reply
    assert reply.endswith(b"\r\n\r\n")


def test_the_fallback_needs_the_token_and_takes_ranges(wire: Wire, url: str) -> None:
    path = "/api/render/proxy/render_1/download"
    assert wire.call("GET", path).body == CONTENT
    assert wire.call("GET", path, headers={"Range": "bytes=-1"}).body == CONTENT[-1:]
    assert wire.call("GET", path, headers={"Authorization": ""}).status == 401


def test_the_fallback_waits_for_the_render(wire: Wire) -> None:
    got = wire.call("GET", "/api/render/proxy/render_1/download")
    assert (got.status, got.json["code"]) == (409, 409)


@pytest.mark.parametrize("path", ["/__cdn__/world.json", "/__cdn__/../world.json", "/__cdn__/media/../../etc/passwd"])
def test_nothing_else_is_handed_out(wire: Wire, path: str) -> None:
    assert wire.call("GET", path, headers={"Authorization": ""}).status == 403
