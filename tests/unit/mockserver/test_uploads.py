"""Uploads: multipart bodies in any shape, names in any script, limits, and URLs."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from clipline.mockserver import MockOptions, MockServer
from clipline.testing.clocks import VirtualClock
from media_maker import make_clip
from mock_wire import MULTIPART, Wire, multipart


def serve(folder: Path | None = None, **options: object) -> MockServer:
    return MockServer(clock=VirtualClock(), options=MockOptions(studio="off", **options), folder=folder)


def test_an_upload_tells_the_facts_of_a_file(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "c.mp4", size=(64, 48), seconds=1.0, fps=10)
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.upload(("c.mp4", clip.read_bytes()))
        (file,) = got.data["files"]
        assert got.data["session_state_applied"] is True
        assert (file["filename"], file["file_type"]) == ("c.mp4", "video")
        assert (file["duration"], file["width"], file["height"], file["fps"]) == (1.0, 64, 48, 10.0)
        assert len(file["hash"]) == 64
        assert wire.fetch(file["cdn_url"]).body == clip.read_bytes()


def test_an_uploaded_video_stands_on_the_video_track() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        (track,) = wire.state()["draft"]["t"]
        assert track["tt"] == 0
        assert track["sg"][0]["m"]["title"] == "clip.mp4"
        wire.upload(("second.mov", b"other"))
        assert wire.state()["draft"]["t"][0]["sg"][0]["m"]["title"] == "second.mov"


def test_sounds_and_pictures_leave_the_video_track_alone() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        before = wire.state()["draft"]
        got = wire.upload(("a.mp3", b"sound"), ("b.png", b"picture"))
        assert [file["file_type"] for file in got.data["files"]] == ["audio", "image"]
        assert wire.state()["draft"] == before


def test_several_files_come_in_one_call() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.upload(("a.mp4", b"a"), ("b.webm", b"b"), ("c.mkv", b"c"))
        assert [file["filename"] for file in got.data["files"]] == ["a.mp4", "b.webm", "c.mkv"]
        assert [each["filename"] for each in wire.state()["video_infos"]] == ["clip.mp4", "a.mp4", "b.webm", "c.mkv"]


@pytest.mark.parametrize(
    "name", ["视频 片段.mp4", "ünï çødé.mp4", "клип.mp4", "🎬.mp4", "a'b;c=d.mp4", "x" * 200 + ".mp4"]
)
def test_names_come_back_as_they_were_sent(name: str) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        assert wire.upload((name, b"a")).data["files"][0]["filename"] == name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('filename="a%22b.mp4"', 'a"b.mp4'),
        (r'filename="a\"b.mp4"', 'a"b.mp4'),
        ("filename=\"x.mp4\"; filename*=UTF-8''%E8%A7%86.mp4", "视.mp4"),
        ('filename="../../etc/x.mp4"', "x.mp4"),
        (r'filename="C:\\clips\\x.mp4"', "x.mp4"),
    ],
)
def test_names_are_read_however_they_are_written(written: str, name: str) -> None:
    body = f'------edge\r\nContent-Disposition: form-data; name="files"; {written}\r\n\r\nabc\r\n------edge--\r\n'
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.call("POST", wire.upload_path, body.encode(), MULTIPART)
        assert got.data["files"][0]["filename"] == name


def test_the_same_file_twice_is_one() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        wire.upload(("clip.mp4", b"no real video"))
        assert len(wire.state()["video_infos"]) == 1


def test_another_file_of_the_same_name_gets_a_number() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.upload(("clip.mp4", b"something else"))
        assert got.data["files"][0]["filename"] == "clip_2.mp4"
        assert [each["filename"] for each in wire.state()["video_infos"]] == ["clip.mp4", "clip_2.mp4"]


@pytest.mark.parametrize("content", [b"", b"\r\n", b"--", b"\r\n------edg", b"\r\n-" * 50_000, b"\x00\xff" * 300_000])
def test_any_content_arrives_whole(content: bytes) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        url = wire.upload(("a.mp4", content)).data["files"][0]["cdn_url"]
        assert wire.fetch(url).body == content


def test_a_body_may_come_byte_by_byte() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        data = wire.request_bytes("POST", wire.upload_path, multipart(("a.mp4", b"abc")), **MULTIPART)
        with socket.create_connection((wire.host, wire.port), timeout=10) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in range(len(data)):
                line.sendall(data[number : number + 1])
            assert b'"filename":"a.mp4"' in line.recv(10_000)


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_body_may_come_in_chunks(size: int) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        body = multipart(("a.mp4", b"abc" * 50))
        chunks = b"".join(
            b"%x;note=1\r\n%b\r\n" % (len(piece), piece)
            for piece in (body[at : at + size] for at in range(0, len(body), size))
        )
        head = wire.request_bytes("POST", wire.upload_path, **MULTIPART)
        head = head.replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        assert b'"filename":"a.mp4"' in wire.raw(head + chunks + b"0\r\nTrailer: x\r\n\r\n")
        assert server.requests[-1].body == body


def test_a_client_may_wait_for_leave_to_send() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        body = multipart(("a.mp4", b"abc"))
        data = wire.request_bytes("POST", wire.upload_path, body, Expect="100-continue", **MULTIPART)
        with socket.create_connection((wire.host, wire.port), timeout=10) as line:
            line.sendall(data[: -len(body)])
            assert line.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
            line.sendall(body)
            assert b" 200 OK" in line.recv(10_000)


@pytest.mark.parametrize("name", ["notes.txt", "movie.wmv", "noextension", "archive.tar.gz"])
def test_an_unsupported_file_is_refused(name: str) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.upload((name, b"a"))
        assert (got.status, got.json["code"]) == (415, 4001)
        assert len(wire.state()["video_infos"]) == 1


def test_a_file_over_the_limit_is_refused_and_not_kept(tmp_path: Path) -> None:
    with serve(tmp_path, upload_limit=1000) as server:
        wire = Wire(server.url).ready()
        assert wire.upload(("fits.mp4", b"x" * 1000)).status == 200
        kept = sorted((tmp_path / "media").iterdir())
        got = wire.upload(("large.mp4", b"x" * 2_000_000))
        assert (got.status, got.json["code"]) == (413, 4002)
        assert sorted((tmp_path / "media").iterdir()) == kept


def test_a_body_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with serve(tmp_path) as server:
        wire = Wire(server.url).ready()
        kept = sorted((tmp_path / "media").iterdir())
        data = wire.request_bytes("POST", wire.upload_path, multipart(("b.mp4", b"x" * 900_000)), **MULTIPART)
        with socket.create_connection((wire.host, wire.port), timeout=10) as line:
            line.sendall(data[:-500_000])
            line.shutdown(socket.SHUT_WR)
            line.recv(1000)
        assert sorted((tmp_path / "media").iterdir()) == kept
        assert len(wire.state()["video_infos"]) == 1


@pytest.mark.parametrize("body", [multipart(("a.mp4", b"a"), field="file"), b"------edge--\r\n"])
def test_an_upload_without_files_is_a_bad_body(body: bytes) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.call("POST", wire.upload_path, body, MULTIPART)
        assert got.status == 422
        assert got.json["detail"][0]["loc"] == ["body", "files"]


@pytest.mark.parametrize("body", [b"no multipart at all", multipart(("a.mp4", b"a"))[:-20]])
def test_a_body_that_is_no_multipart_is_a_bad_request(body: bytes) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        assert wire.call("POST", wire.upload_path, body, MULTIPART).status == 400


def test_a_large_upload_takes_no_memory_in_the_server() -> None:
    import tracemalloc

    size = 64 * 1024 * 1024
    with serve() as server:
        wire = Wire(server.url).ready()
        begin = b'------edge\r\nContent-Disposition: form-data; name="files"; filename="b.mp4"\r\n\r\n'
        end = b"\r\n------edge--\r\n"
        head = wire.request_bytes("POST", wire.upload_path, **MULTIPART)
        head = head.replace(b"Content-Length: 0", b"Content-Length: %d" % (len(begin) + size + len(end)))
        piece = b"\0" * 1024 * 1024
        tracemalloc.start()
        try:
            with socket.create_connection((wire.host, wire.port), timeout=60) as line:
                line.sendall(head + begin)
                for _ in range(size // len(piece)):
                    line.sendall(piece)
                line.sendall(end)
                assert b" 200 OK" in line.recv(10_000)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert server.requests[-1].size == len(begin) + size + len(end)
        assert len(server.requests[-1].body) == 4 * 1024 * 1024
        assert peak < 16 * 1024 * 1024


def test_uploads_of_two_sessions_go_side_by_side() -> None:
    with serve() as server:
        wires = [Wire(server.url, f"client-{number}").ready() for number in range(4)]
        threads = [threading.Thread(target=wire.upload, args=(("b.mp4", b"b" * 100_000),)) for wire in wires]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [len(wire.state()["video_infos"]) for wire in wires] == [2] * 4


# --- URLs ------------------------------------------------------------------------------------------------------------


def test_a_url_is_registered_and_not_fetched() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        url = "https://videos.invalid/a/%E8%A7%86.mp4?x=1"
        got = wire.call("POST", wire.upload_path, {"urls": [url], "source_type": "url"})
        (file,) = got.data["files"]
        assert (file["filename"], file["cdn_url"]) == ("视.mp4", url)
        assert (file["duration"], file["width"], file["height"]) == (10.0, 1280, 720)
        assert wire.state()["draft"]["t"][0]["sg"][0]["m"]["title"] == "视.mp4"


def test_a_url_of_a_file_here_is_read(tmp_path: Path) -> None:
    (tmp_path / "here.mp4").write_bytes(b"bytes of it")
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.call("POST", wire.upload_path, {"urls": [(tmp_path / "here.mp4").as_uri()], "source_type": "url"})
        assert got.status == 200
        wire.render()
        assert wire.fetch(wire.finish()).body == b"bytes of it"


def test_a_url_of_an_unsupported_kind_is_refused() -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        got = wire.call("POST", wire.upload_path, {"urls": ["https://x.invalid/page.html"], "source_type": "url"})
        assert got.json["code"] == 4001


@pytest.mark.parametrize("body", [{}, {"urls": []}, {"urls": "x"}, {"urls": [1]}, []])
def test_a_bad_list_of_urls_is_a_bad_body(body: object) -> None:
    with serve() as server:
        wire = Wire(server.url).ready()
        assert wire.call("POST", wire.upload_path, json.dumps(body).encode()).status == 422
