"""What goes wrong around a part: its files, and the other side that it speaks with."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, TCPServer, ThreadingTCPServer
from typing import Any

from clipline.testing.props import PROPS
from clipline.testing.scene import Job

__all__ = ["changed", "strained"]

#: A service of the test's own: over HTTP, and in whatever other form of address.
_HERE = re.compile(r"(?<![\w.])(?:127\.0\.0\.1|localhost):\d+")
_HERE_HTTP = re.compile(r"(?<=http://)(?:127\.0\.0\.1|localhost):\d+")
#: Nobody listens at port 1.
_NOBODY = "127.0.0.1:1"
_STATUS = {"500": 500, "403": 403, "nonsense": 200}


@contextmanager
def strained(job: Job, trouble: str, folder: Path) -> Iterator[Job | None]:
    """The job as it is where something goes wrong; None where this trouble cannot meet it.

    Args:
        job: as it goes well.
        trouble: `files are missing`, `files are no media`, `the other side is not there`, `the other side answers …`
            (500, 403, nonsense), `the other side is silent`, or nothing.
        folder: where bad files may be written.
    """
    if not trouble:
        yield job
    elif trouble == "files are missing":
        yield _changed_job(job, lambda text: _moved(text, folder / "missing"), props=False)
    elif trouble == "files are no media":
        yield _changed_job(job, lambda text: _garbage(text, folder / "garbage"), props=True)
    elif trouble == "the other side is not there":
        yield _changed_job(job, lambda text: _HERE.sub(_NOBODY, text), props=True)
    elif trouble == "the other side is silent":
        with _served(ThreadingTCPServer(_ANY, _Silent)) as silent:
            yield _changed_job(job, lambda text: _HERE.sub(silent, text), props=True)
    else:
        answer = trouble.rpartition(" ")[2]
        with _served(_careless(_STATUS[answer])) as careless, _served(ThreadingTCPServer(_ANY, _Mumbling)) as mumbling:

            def turn(text: str) -> str:
                """HTTP to the one; what speaks something else hears nonsense from the other."""
                text = _HERE_HTTP.sub(careless, text)
                return text if answer != "nonsense" or careless in text else _HERE.sub(mumbling, text)

            yield _changed_job(job, turn, props=True)


def changed(value: Any, change: Callable[[str], str]) -> Any:
    """A JSON value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: changed(each, change) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [changed(each, change) for each in value]
    return value


def _changed_job(job: Job, change: Callable[[str], str], *, props: bool) -> Job | None:
    """The job with its texts changed, None if that changes nothing; `props`: what came before the part as well."""
    pipeline = _but_props(job.pipeline, change) if not props else changed(job.pipeline, change)
    parts = (changed(each, change) for each in (job.settings, job.environment))
    new = replace(job, pipeline=pipeline, settings=next(parts), environment=next(parts))
    return None if new == job else new


def _but_props(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: each if key == PROPS else _but_props(each, change) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_but_props(each, change) for each in value]
    return change(value) if isinstance(value, str) else value


def _is_file(text: str) -> bool:
    return text.startswith("/") and len(text) < 1000 and Path(text).is_file()


def _moved(text: str, folder: Path) -> str:
    return str(folder / Path(text).name) if _is_file(text) else text


def _garbage(text: str, folder: Path) -> str:
    if not _is_file(text):
        return text
    folder.mkdir(exist_ok=True)
    bad = folder / Path(text).name
    bad.write_bytes(b"this is no media\n\x00\xff")
    return str(bad)


class _Careless(BaseHTTPRequestHandler):
    """Answers everything with one status, and tells back what it was sent, as a careless server would."""

    def _answer(self) -> None:
        size = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(size)) if size.isdigit() else b""
        echo = f"<html>no: {self.path} {dict(self.headers)} {body[:2000]!r}</html>".encode()
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(echo)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(echo)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _answer  # noqa: N815 - names of the library

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Mumbling(BaseRequestHandler):
    """Says a line that means nothing in any protocol, and hangs up."""

    def handle(self) -> None:
        """Answer without having listened."""
        self.request.sendall(b"500 what is it\r\n")


class _Silent(BaseRequestHandler):
    """Listens as long as somebody speaks, and says nothing."""

    def handle(self) -> None:
        """Wait until the other one hangs up."""
        with contextlib.suppress(OSError):
            while self.request.recv(65536):
                pass


_ANY = ("127.0.0.1", 0)


def _careless(status: int) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(_ANY, _Careless)
    server.status = status  # type: ignore[attr-defined]
    return server


@contextmanager
def _served(server: TCPServer) -> Iterator[str]:
    """The address of a server while it serves."""
    server.daemon_threads = True  # type: ignore[attr-defined]
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(10)
