"""Sending files: the form, constant memory, early replies, stalls, cancelling."""

from __future__ import annotations

import threading
import time
from email.parser import BytesParser
from pathlib import Path

import pytest

from clipline import http
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, InputError, MachineError, ServiceError
from clipline.testing.clocks import VirtualClock
from hostile_server import Line, hostile, reply

BIG = 64 * 1024 * 1024


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """More than the system's buffers take."""
    path = tmp_path / "big.mp4"
    with path.open("wb") as file:
        file.truncate(BIG)
    return path


def part(path: Path, filename: str = "clip.mp4") -> http.FilePart:
    return http.FilePart("files", path, filename, "video/mp4")


def send(url: str, *paths: Path, clock: Clock | None = None, stall: float = 30.0) -> http.Reply:
    return http.upload(url, [part(path) for path in paths], headers={"X-A": "b"}, clock=clock or Clock(), stall=stall)


def test_files_arrive_as_a_form_with_names_in_any_script(tmp_path: Path) -> None:
    seen = []
    names = ["clip.mp4", "视频 片段.mp4", 'a"b\\c.mp4', "line\r\nbreak.mp4", "naïve;x=1.mp4"]
    contents = [b"one", b"", b"\r\n--x\r\n", bytes(range(256)), b"five"]
    for number, content in enumerate(contents):
        (tmp_path / str(number)).write_bytes(content)
    parts = [part(tmp_path / str(number), name) for number, name in enumerate(names)]

    def serve(line: Line) -> None:
        seen.append(line.request())
        line.send(reply(body=b"ok"))

    told: list[tuple[int, int]] = []
    with hostile(serve) as server:
        answer = http.upload(
            server.url, parts, headers={"X-A": "b"}, clock=Clock(), progress=lambda *now: told.append(now)
        )
    head, body = seen[0]
    assert (answer.status, answer.body) == (200, b"ok")
    assert told[-1] == (len(body), len(body))
    assert b"transfer-encoding" not in head.lower()
    kind = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type"))
    message = BytesParser().parsebytes(kind + b"\r\n\r\n" + body)
    assert [each.get_payload(decode=True) for each in message.get_payload()] == contents
    for name in ("clip.mp4", "视频 片段.mp4", "a%22b\\c.mp4", "line%0D%0Abreak.mp4", "naïve;x=1.mp4"):
        assert f'name="files"; filename="{name}"\r\nContent-Type: video/mp4\r\n\r\n'.encode() in body


@pytest.mark.parametrize("status", ["401 Unauthorized", "413 Too Large"])
@pytest.mark.parametrize("then", ["hold", "reset", "close"])
def test_a_reply_before_all_is_sent_is_taken(big: Path, status: str, then: str) -> None:
    def serve(line: Line) -> None:
        line.head()
        line.send(reply(status, b'{"code":4002}'))
        time.sleep(0.3)
        if then != "close":
            getattr(line, then)()

    with hostile(serve) as server:
        begun = time.monotonic()
        answer = send(server.url, big)
    assert (answer.status, answer.body) == (int(status[:3]), b'{"code":4002}')
    assert time.monotonic() - begun < 2.0


def test_a_hint_that_more_is_wanted_is_no_reply(big: Path) -> None:
    def serve(line: Line) -> None:
        head = line.head()
        line.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.2)
        left = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while left and (piece := line.socket.recv(1 << 20)):
            left -= len(piece)
        line.send(reply(body=b"%d" % left))

    with hostile(serve) as server:
        assert send(server.url, big).body == b"0"


def test_a_server_that_stops_reading_ends_it_after_the_stall(big: Path) -> None:
    clock = VirtualClock()

    def serve(line: Line) -> None:
        line.head()
        time.sleep(0.5)
        clock.advance(31)
        time.sleep(0.5)
        clock.advance(31)
        threading.Event().wait(2)

    with hostile(serve) as server:
        begun = time.monotonic()
        with pytest.raises(ServiceError) as caught:
            send(server.url + "/s3cr3t", big, clock=clock)
    assert (caught.value.code, caught.value.retry) == ("deadline", "unsure")
    assert "s3cr3t" not in str(caught.value)
    assert time.monotonic() - begun < 2.0


def test_a_server_that_never_answers_ends_it_after_the_stall(tmp_path: Path) -> None:
    clock = VirtualClock()
    (tmp_path / "a").write_bytes(b"a")

    def serve(line: Line) -> None:
        line.request()
        time.sleep(0.2)
        clock.advance(31)
        line.hold()

    with hostile(serve) as server, pytest.raises(ServiceError) as caught:
        send(server.url, tmp_path / "a", clock=clock)
    assert caught.value.code == "deadline"


def test_a_slow_reader_is_no_stall(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(24 * 1024 * 1024))

    def serve(line: Line) -> None:
        head = line.head()
        left = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while left and (piece := line.socket.recv(400_000)):
            left -= len(piece)
            time.sleep(0.05)
        line.send(reply(body=b"%d" % left))

    with hostile(serve) as server:
        assert send(server.url, path, stall=2.0).body == b"0"


def test_a_reset_without_reply_is_no_reply(big: Path) -> None:
    def serve(line: Line) -> None:
        line.head()
        line.reset()

    with hostile(serve) as server, pytest.raises(ServiceError) as caught:
        send(server.url, big)
    assert (caught.value.code, caught.value.retry) == ("no_reply", "unsure")


def test_cancelling_ends_a_blocked_write_at_once(big: Path) -> None:
    token = CancelToken()
    threading.Timer(0.3, token.cancel).start()
    with hostile(lambda line: threading.Event().wait(3)) as server:
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            send(server.url, big, clock=Clock(token))
        assert time.monotonic() - begun < 1.3


@pytest.mark.parametrize("size", [BIG - 1, BIG + 1])
def test_a_file_that_changes_while_it_is_sent_is_an_error_and_never_arrives_whole(big: Path, size: int) -> None:
    whole = []

    def serve(line: Line) -> None:
        head = line.head()
        with big.open("r+b") as file:
            file.truncate(size)
        left = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while left and (piece := line.socket.recv(1 << 20)):
            left -= len(piece)
        whole.append(left == 0)

    with hostile(serve) as server, pytest.raises(InputError) as caught:
        send(server.url, big)
    assert caught.value.code == "file_changed"
    time.sleep(0.1)
    assert whole == [False]


def test_what_is_no_file_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with hostile(lambda line: None) as server:
        with pytest.raises(InputError):
            send(server.url, tmp_path)
        with pytest.raises(InputError):
            send(server.url, tmp_path / "missing")
        with pytest.raises((InputError, MachineError)):
            http.upload(
                server.url, [http.FilePart("f", tmp_path / "missing", "x", "a\r\nb: c")], headers={}, clock=Clock()
            )
        assert server.taken == 0


def test_what_progress_raises_ends_it(big: Path) -> None:
    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with hostile(lambda line: threading.Event().wait(3)) as server, pytest.raises(KeyboardInterrupt):
        http.upload(server.url, [part(big)], headers={}, clock=Clock(), progress=stop)


def test_plain_fields_stand_in_the_form_before_the_files(tmp_path: Path) -> None:
    seen = []
    (tmp_path / "a").write_bytes(b"film")

    def serve(line: Line) -> None:
        seen.append(line.request())
        line.send(reply(body=b"ok"))

    fields = [("key", 'a "b"'), ("note", "两行\r\nlines")]
    with hostile(serve) as server:
        url, parts = server.url, [part(tmp_path / "a")]
        assert http.upload(url, parts, headers={}, clock=Clock(), fields=fields, method="PATCH").status == 200
    head, body = seen[0]
    assert head.startswith(b"PATCH ")
    kind = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type"))
    message = BytesParser().parsebytes(kind + b"\r\n\r\n" + body)
    told = [
        (each.get_param("name", header="content-disposition"), each.get_payload(decode=True))
        for each in message.get_payload()
    ]
    assert told == [("key", b'a "b"'), ("note", "两行\r\nlines".encode()), ("files", b"film")]


@pytest.mark.parametrize("size", [0, 5, 3 * 1024 * 1024])
def test_a_file_is_sent_as_it_is(tmp_path: Path, size: int) -> None:
    seen = []
    (tmp_path / "a").write_bytes(b"x" * size)

    def serve(line: Line) -> None:
        seen.append(line.request())
        line.send(reply())

    told: list[tuple[int, int]] = []
    headers = {"Content-Type": "video/mp4"}
    with hostile(serve) as server:
        url, path = server.url, tmp_path / "a"
        http.send_file("PUT", url, path, headers=headers, clock=Clock(), progress=lambda *now: told.append(now))
    head, body = seen[0]
    assert head.startswith(b"PUT ")
    assert b"video/mp4" in head
    assert f"content-length: {size}\r\n".encode() in head.lower() + b"\r\n"
    assert (body, told[-1]) == (b"x" * size, (size, size))


def test_what_is_no_file_is_not_sent(tmp_path: Path) -> None:
    with hostile(lambda line: line.send(reply())) as server, pytest.raises(InputError, match="is not a file"):
        http.send_file("PUT", server.url, tmp_path, headers={}, clock=Clock())
