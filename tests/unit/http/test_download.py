"""Fetching a file: whole or not at all, whatever the server does."""

from __future__ import annotations

import gzip
import os
import re
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clipline import http
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, CliplineError, InputError, MachineError, ServiceError, TimedOut
from clipline.testing.clocks import VirtualClock
from hostile_server import Line, chunked, hostile, reply

DATA = os.urandom(1000) * 300
TAG = 'ETag: "v1"'
Script = Callable[[Line], None]


def range_of(head: bytes) -> int | None:
    match = re.search(rb"(?i)\r\nrange: bytes=(\d+)-\r\n", head)
    return int(match[1]) if match else None


def part(begin: int, data: bytes = DATA, *lines: str, total: str = "") -> bytes:
    span = f"Content-Range: bytes {begin}-{len(data) - 1}/{total or len(data)}"
    return reply("206 Partial Content", data[begin:], span, *(lines or [TAG]))


def give(data: bytes, then: str = "close") -> Script:
    def serve(line: Line) -> None:
        line.request()
        line.send(data)
        if then == "reset":
            time.sleep(0.1)
            line.reset()
        elif then == "hold":
            line.hold()
        else:
            line.socket.shutdown(socket.SHUT_RDWR)

    return serve


def rest(line: Line) -> None:
    """A good server: the rest where it is asked for, under the right condition."""
    head = line.head()
    begin = range_of(head)
    if begin is None:
        line.send(reply("200 OK", DATA, TAG, "Content-Type: video/mp4"))
    else:
        assert b'if-range: "v1"' in head.lower()
        line.send(part(begin))


def cut(at: int, *lines: str) -> Script:
    return give(reply("200 OK", DATA, *(lines or [TAG]))[: -(len(DATA) - at)])


def fetch(url: str, target: Path, clock: Clock | None = None, **options: object) -> http.Downloaded:
    return http.download(url, target, clock=clock or VirtualClock(), **options)  # type: ignore[arg-type]


def failure(url: str, target: Path, clock: Clock | None = None, **options: object) -> CliplineError:
    with pytest.raises(CliplineError) as caught:
        fetch(url, target, clock, **options)
    assert not target.exists()
    assert "s3cr3t" not in str(caught.value) + caught.value.hint
    return caught.value


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "out.mp4"


def test_a_file_is_fetched_with_what_is_known_of_it(target: Path) -> None:
    told = []
    with hostile(rest) as server:
        got = fetch(server.url + "/a?b=c", target, progress=lambda *now: told.append(now))
    assert got == http.Downloaded(len(DATA), '"v1"', "video/mp4", sized=True)
    assert target.read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))


@pytest.mark.parametrize("at", [0, 1, 1000, len(DATA) - 1])
def test_after_a_break_the_rest_is_asked_for(target: Path, at: int) -> None:
    with hostile(cut(at), rest) as server:
        assert fetch(server.url, target).bytes == len(DATA)
        assert server.taken == 2
    assert target.read_bytes() == DATA


def test_a_reset_keeps_what_came(target: Path) -> None:
    with hostile(give(reply("200 OK", DATA, TAG)[:-5000], "reset"), rest) as server:
        fetch(server.url, target)
    assert target.read_bytes() == DATA


def test_a_body_split_anywhere_is_the_same_file(target: Path) -> None:
    small = reply("200 OK", b"0123456789")
    for at in range(len(small)):

        def serve(line: Line, at: int = at) -> None:
            line.request()
            line.send(small[:at])
            time.sleep(0.003)
            line.send(small[at:])

        with hostile(serve) as server:
            assert fetch(server.url, target).bytes == 10
        assert target.read_bytes() == b"0123456789"


def test_the_date_of_the_last_change_will_do_where_there_is_no_strong_tag(target: Path) -> None:
    date = "Sun, 22 Nov 2026 10:00:00 GMT"
    heads = []

    def serve(line: Line) -> None:
        heads.append(line.head())
        line.send(part(range_of(heads[0]) or 0, DATA, 'ETag: W/"v1"'))

    with hostile(cut(5000, 'ETag: W/"v1"', f"Last-Modified: {date}"), serve) as server:
        fetch(server.url, target)
    assert f"if-range: {date}".lower().encode() in heads[0].lower()
    assert target.read_bytes() == DATA


def test_without_anything_to_tell_it_by_it_starts_over(target: Path) -> None:
    heads = []

    def serve(line: Line) -> None:
        heads.append(line.head())
        line.send(reply("200 OK", DATA))

    with hostile(cut(5000, 'ETag: W/"v1"'), serve) as server:
        fetch(server.url, target)
    assert range_of(heads[0]) is None
    assert target.read_bytes() == DATA


OTHER = DATA[::-1] + b"more"


@pytest.mark.parametrize(
    "second",
    [
        reply("200 OK", OTHER, 'ETag: "v2"'),
        part(5000, OTHER, 'ETag: "v2"'),
        part(5000, OTHER),
        part(4999, OTHER),
        part(5000, OTHER, total="77"),
        reply("206 Partial Content", OTHER),
        reply("416 Range Not Satisfiable", b"", f"Content-Range: bytes */{len(OTHER)}"),
    ],
    ids=["200", "other tag", "other total", "wrong begin", "impossible total", "no range", "416"],
)
def test_another_file_or_a_wrong_part_makes_it_start_over(target: Path, second: bytes) -> None:
    with hostile(cut(5000), give(second), give(reply("200 OK", OTHER, 'ETag: "v2"'))) as server:
        got = fetch(server.url, target)
    assert (got.bytes, got.etag) == (len(OTHER), '"v2"')
    assert target.read_bytes() == OTHER


def test_a_file_that_is_another_one_each_time_is_given_up(target: Path) -> None:
    with hostile(cut(5000), give(part(5000, OTHER, 'ETag: "v2"')), cut(5000), give(part(5000, OTHER))) as server:
        error = failure(server.url + "/s3cr3t", target, attempts=4)
    assert error.code == "download_changed"


def test_a_server_that_breaks_off_each_time_is_given_up(target: Path) -> None:
    clock = VirtualClock()

    def stingy(line: Line) -> None:
        line.send(part(range_of(line.head()) or 0)[:300])

    with hostile(cut(5000), stingy) as server:
        error = failure(server.url + "/s3cr3t", target, clock, attempts=3)
        assert server.taken == 3
    assert (error.code, error.retry) == ("download_short", "safe")
    assert f"of {len(DATA)} bytes" in str(error)
    assert len(clock.waits) == 2


def test_attempts_are_counted_anew_as_long_as_it_gets_on(target: Path) -> None:
    data = os.urandom(1000) * 8_000

    def serve(line: Line) -> None:
        begin = range_of(line.head()) or 0
        whole = part(begin, data) if begin else reply("200 OK", data, TAG)
        line.send(whole[: 2 * 1024 * 1024])

    with hostile(serve) as server:
        fetch(server.url, target, attempts=2)
        assert server.taken == 4
    assert target.read_bytes() == data


def test_a_length_that_is_too_long_is_found_out(target: Path) -> None:
    with hostile(give(reply("200 OK", DATA, length=len(DATA) + 1))) as server:
        assert failure(server.url, target, attempts=2).code == "download_short"


def test_a_file_without_a_length_says_so(target: Path) -> None:
    bare = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    for head, body in ((bare, DATA), (pieces, chunked([DATA]))):
        with hostile(give(head + body)) as server:
            assert fetch(server.url, target).sized is False
        assert target.read_bytes() == DATA


def test_chunks_without_the_last_one_are_no_file(target: Path) -> None:
    head = f"HTTP/1.1 200 OK\r\n{TAG}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    with hostile(give(head + chunked([DATA[:5000]], last=False)), rest) as server:
        assert fetch(server.url, target).sized
    assert target.read_bytes() == DATA


def test_a_compressed_file_is_refused(target: Path) -> None:
    with hostile(give(reply("200 OK", gzip.compress(DATA), "Content-Encoding: gzip"))) as server:
        assert failure(server.url + "/s3cr3t", target).code == "download_odd"


def test_an_empty_file_is_refused(target: Path) -> None:
    with hostile(give(reply("200 OK"))) as server:
        assert failure(server.url, target).code == "download_short"


def test_a_part_that_was_not_asked_for_is_refused(target: Path) -> None:
    with hostile(give(part(0))) as server:
        assert failure(server.url, target).code == "download_odd"


@pytest.mark.parametrize("status", [403, 404, 410, 400, 204, 304])
def test_a_refusal_is_told_at_once_with_its_status(target: Path, status: int) -> None:
    with hostile(give(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())) as server:
        error = failure(server.url + "/s3cr3t", target)
        assert server.taken == 1
    assert (error.code, error.retry) == ("download_refused", "never")
    assert str(status) in str(error)


@pytest.mark.parametrize("status", ["503 Busy", "429 Slow", "500 Oops"])
def test_a_busy_server_is_asked_again_after_the_time_it_says(target: Path, status: str) -> None:
    clock = VirtualClock()
    with hostile(give(reply(status, b"", "Retry-After: 20")), rest) as server:
        fetch(server.url, target, clock)
    assert clock.waits == (20.0,)
    assert target.read_bytes() == DATA


def test_a_date_that_no_calendar_has_asks_for_nothing(target: Path) -> None:
    clock = VirtualClock()
    with hostile(give(reply("503 Busy", b"", "Retry-After: 1 Oct 5 7:4674407370")), rest) as server:
        fetch(server.url, target, clock)
    assert len(clock.waits) == 1
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("year", ["1970", "2099"])
def test_a_date_to_come_again_is_counted_from_the_servers_own(target: Path, year: str) -> None:
    clock = VirtualClock()  # some decades off
    dates = [f"{name}: Thu, 01 Jan {year} 00:00:{second} GMT" for name, second in (("Date", 10), ("Retry-After", 35))]
    with hostile(give(reply("503 Busy", b"", *dates)), rest) as server:
        fetch(server.url, target, clock)
    assert clock.waits == (25.0,)


def test_a_server_that_wants_hours_is_not_waited_for(target: Path) -> None:
    with hostile(give(reply("503 Busy", b"", "Retry-After: 7200"))) as server:
        error = failure(server.url, target)
    assert (error.code, error.retry, error.retry_after) == ("download_refused", "safe", 7200.0)


def test_a_stall_ends_an_attempt_and_the_rest_is_asked_for(target: Path) -> None:
    clock = VirtualClock()

    def stalls(line: Line) -> None:
        line.request()
        line.send(reply("200 OK", DATA, TAG)[:-5000])
        time.sleep(0.3)
        clock.advance(61)
        line.hold()

    with hostile(stalls, rest) as server:
        begun = time.monotonic()
        fetch(server.url, target, clock)
    assert target.read_bytes() == DATA
    assert time.monotonic() - begun < 2.0


def test_a_stall_each_time_is_a_deadline(target: Path) -> None:
    clock = VirtualClock()

    def stalls(line: Line) -> None:
        line.request()
        time.sleep(0.1)
        clock.advance(61)
        line.hold()

    with hostile(stalls) as server:
        error = failure(server.url, target, clock, attempts=2)
        assert server.taken == 2
    assert (error.code, error.retry) == ("deadline", "safe")


def drips(line: Line) -> None:
    line.request()
    line.send(reply("200 OK", DATA, TAG)[: -len(DATA)])
    while line.send(b"." * 200):
        time.sleep(0.02)


def test_a_drip_is_no_stall_but_the_clocks_deadline_ends_it(target: Path) -> None:
    with hostile(drips) as server:
        begun = time.monotonic()
        assert isinstance(failure(server.url, target, Clock().within(0.6), stall=0.3), TimedOut)
        assert 0.5 < time.monotonic() - begun < 1.6


def test_cancelling_ends_it_at_once_and_leaves_nothing(target: Path) -> None:
    token = CancelToken()
    threading.Timer(0.3, token.cancel).start()
    with hostile(drips) as server:
        begun = time.monotonic()
        assert isinstance(failure(server.url, target, Clock(token)), Cancelled)
    assert time.monotonic() - begun < 1.3
    time.sleep(0.2)
    assert not target.exists()


def test_cancelling_ends_a_back_off_at_once(target: Path) -> None:
    token = CancelToken()
    threading.Timer(0.3, token.cancel).start()
    with hostile(give(reply("503 Busy", b"", "Retry-After: 60"))) as server:
        begun = time.monotonic()
        assert isinstance(failure(server.url, target, Clock(token)), Cancelled)
    assert time.monotonic() - begun < 1.3


def test_redirects_are_followed_and_take_the_headers_to_their_own_server_only(target: Path) -> None:
    heads = []

    def elsewhere(line: Line) -> None:
        heads.append(line.head())
        line.send(reply("200 OK", DATA))

    with hostile(elsewhere) as other:

        def first(line: Line) -> None:
            heads.append(line.head())
            line.send(reply("302 Found", b"", "Location: /second"))

        def second(line: Line) -> None:
            heads.append(line.head())
            line.send(reply("307 Found", b"", f"Location: {other.url}/third?x=1#part"))

        with hostile(first, second) as server:
            fetch(server.url, target, headers={"Authorization": "Bearer s3cr3t"})
    assert [head.split()[1] for head in heads] == [b"/", b"/second", b"/third?x=1"]
    assert [b"s3cr3t" in head for head in heads] == [True, True, False]


@pytest.mark.parametrize(
    "location",
    ["/s3cr3t", "ftp://a/s3cr3t", "http://u:s3cr3t@a/", "http://[", "file:///etc", "javascript:s3cr3t()", "data:,x"],
)
def test_redirects_without_end_or_to_odd_places_are_not_followed(target: Path, location: str) -> None:
    with hostile(give(reply("302 Found", b"", f"Location: {location}"))) as server:
        assert failure(server.url, target).code == "download_odd"
        assert server.taken <= 6


def test_a_redirect_never_leads_from_https_to_http() -> None:
    from clipline.http.resuming import followed

    assert followed("https://a/b/c?d", "../e") == "https://a/e"
    assert followed("http://a/", "https://b/") == "https://b/"
    with pytest.raises(ServiceError, match="from https to http"):
        followed("https://a/", "http://a/")


def test_a_folder_that_is_not_there_is_the_machines_error(tmp_path: Path) -> None:
    with hostile(rest) as server:
        with pytest.raises(MachineError):
            fetch(server.url, tmp_path / "missing" / "out.mp4")
        assert server.taken == 0


def test_a_disk_without_room_is_said_and_not_tried_again() -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    from clipline.http.sink import disk

    with pytest.raises(MachineError) as caught, disk(full), full.open("wb", buffering=0) as file:
        file.write(b"x")
    assert caught.value.code == "disk_full"


def test_nobody_listening_is_unreachable(target: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/s3cr3t"
    assert failure(url, target).code == "unreachable"


def test_what_is_no_address_is_refused(target: Path) -> None:
    with pytest.raises(InputError):
        fetch("file:///etc/passwd", target)


# --- bounds ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [10**7 + 1, 10**19])
def test_a_file_that_is_told_to_be_too_large_is_not_begun(target: Path, length: int) -> None:
    with hostile(give(reply("200 OK", DATA, TAG, length=length), "hold")) as server:
        error = failure(server.url + "/s3cr3t", target, largest=10**7)
        assert server.taken == 1
    assert (error.code, error.retry, bool(error.hint)) == ("download_too_large", "never", True)


def test_a_file_for_which_there_is_no_room_is_not_begun(target: Path) -> None:
    with hostile(give(reply("200 OK", DATA, TAG, length=10**18), "hold")) as server:
        error = failure(server.url, target, largest=10**19)
        assert server.taken == 1
    assert (error.code, error.exit) == ("disk_full", 7)
    assert "are free" in str(error)


def endless(line: Line) -> None:
    line.request()
    line.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while line.send(DATA):
        pass


def test_a_file_without_an_end_is_cut_off(target: Path) -> None:
    with hostile(endless) as server:
        error = failure(server.url, target, largest=10**7)
        assert server.taken == 1
    assert error.code == "download_too_large"


def test_a_body_that_goes_on_after_its_length_is_the_file_all_the_same(target: Path) -> None:
    with hostile(give(reply("200 OK", DATA + b"HTTP/1.1 200 OK\r\n", TAG, length=len(DATA)))) as server:
        fetch(server.url, target)
    assert target.read_bytes() == DATA


def test_a_drip_of_bytes_now_and_then_is_a_stall(target: Path) -> None:
    clock = VirtualClock()

    def serve(line: Line) -> None:
        line.request()
        line.send(reply("200 OK", DATA, TAG)[: -len(DATA)])
        while line.send(b"."):
            time.sleep(0.01)
            clock.advance(10)

    with hostile(serve) as server:
        assert failure(server.url, target, clock, attempts=2).code in {"download_short", "deadline"}
        assert server.taken == 2


def test_headers_that_never_end_are_a_stall(target: Path) -> None:
    clock = VirtualClock()

    def serve(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 OK\r\n")
        while line.send(b"X-A: b\r\n"):
            time.sleep(0.01)
            clock.advance(10)

    with hostile(serve) as server:
        assert failure(server.url, target, clock, attempts=2).code == "deadline"
        assert server.taken == 2
