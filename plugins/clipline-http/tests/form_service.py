"""A service of quite another kind than the example: the clip goes with the job in one form, each edit is a job, the
token is a header of its own, a list holds the job, numbers are the statuses, the file is on another host. It knows no
idempotency and no list of jobs. What it gives back is the clip's own bytes with a mark behind them.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

DESCRIPTION = """\
clipline_http: 1
service: Formful
url: {url}/api
auth: {{header: X-Api-Key, value: "Key {{token}}"}}
headers: {{X-Version: 2026-01-01}}
limits: {{every: 0.05, wait: 20s, answer: 5s}}
message: detail
words:
  quality: {{low: 480, high: 1080}}
values: {{style: null, seed: 7}}
submit:
  stage: edit
  request: POST /videos
  form:
    prompt: "{{edit.instruction}}"
    style: "{{values.style}}"
    seed: "{{values.seed}}"
    video: "{{clip}}"
    again: "{{previous.id}}"
  take: {{id: "[0].task.id"}}
  paid: {{credits: 5}}
  credits: "[0].price"
look:
  request: GET /videos/{{job.id}}
  query: {{details: "true"}}
  status: data.state
  done: ["2"]
  failed: ["3"]
  running: ["0", "1"]
  progress: data.part
  progress_of: 1
  reason: data.why
  take: {{file: "data.files[0]"}}
result: "{{job.file}}"
errors:
  - {{where: {{code: 1001}}, is: credits}}
"""


def parts_of(head: str, body: bytes) -> dict[str, tuple[str | None, bytes]]:
    """The fields of a form: the file's name, None for a plain field, and the content."""
    message = BytesParser().parsebytes(f"Content-Type: {head}\r\n\r\n".encode() + body)
    found = {}
    for each in message.get_payload():
        name = each.get_param("name", header="content-disposition")
        found[name] = (each.get_filename(), each.get_payload(decode=True))
    return found


class FormService:
    """The service, and beside it the host of its files.

    Attributes:
        jobs: each job's form, by its number.
        trouble: called with the handler and `POST`, `GET` or `FILE` before and after the work; True where it answered.
        looks: how many looks a job takes.
        asked: what was asked of each of both: method, path and headers.
    """

    def __init__(self) -> None:
        self.jobs: dict[str, dict[str, tuple[str | None, bytes]]] = {}
        self.trouble: Callable[[BaseHTTPRequestHandler, str, str], bool] = lambda *_: False
        self.looks, self.seen = 2, 0
        self.state: int | None = None
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self._servers = [
            ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"service": self, "gives_files": each}))
            for each in (False, True)
        ]

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers]

    def describe(self, file: Path, *changes: tuple[str, str]) -> Path:
        text = DESCRIPTION.format(url=self.urls[0])
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        file.write_text(text, "utf-8")
        return file

    def __enter__(self) -> Self:
        for server in self._servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    service: FormService
    gives_files: bool
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self._body = self.rfile.read(int(self.headers["Content-Length"]))
        self._note()
        if self.service.trouble(self, "POST", "before"):
            return
        if self.headers.get("X-Api-Key") != "Key secret-canary":
            self.reply(401, {"detail": "who are you?"})
            return
        number = str(len(self.service.jobs) + 1)
        self.service.jobs[number] = parts_of(self.headers["Content-Type"], self._body)
        if not self.service.trouble(self, "POST", "after"):
            self.reply(201, [{"task": {"id": int(number)}, "price": 4}])

    def do_GET(self) -> None:
        self._note()
        if self.service.trouble(self, "FILE" if self.gives_files else "GET", "before"):
            return
        number = (re.findall(r"/(\d+)", self.path) or [""])[-1]
        if self.gives_files:
            self.reply(200, self.service.jobs[number]["video"][1] + b"\0\0\0\x0cfreeMARK")
            return
        self.service.seen += 1
        done = self.service.seen >= self.service.looks
        state = self.service.state if self.service.state is not None else (2 if done else 1)
        files = [f"{self.service.urls[1]}/files/{number}?signature=s1gn"] if state == 2 else []
        self.reply(200, {"data": {"state": state, "part": 0.5, "why": "too dark", "files": files}})

    def _note(self) -> None:
        where = "files" if self.gives_files else "api"
        self.service.asked.append((where, self.path, {key.lower(): value for key, value in self.headers.items()}))

    def reply(self, status: int, content: Any, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for key, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


def reset(handler: BaseHTTPRequestHandler) -> bool:
    """Break the line without an answer."""
    handler.close_connection = True
    handler.connection.shutdown(2)
    return True


def once(what: str, when: str, act: Callable[[Any], bool], times: int = 1) -> Callable[[Any, str, str], bool]:
    """Trouble at one route and moment, the first so many times."""
    left = [times]

    def trouble(handler: Any, route: str, moment: str) -> bool:
        if (route, moment) != (what, when) or not left[0]:
            return False
        left[0] -= 1
        return act(handler)

    return trouble


def answer(status: int, content: Any, **headers: str) -> Callable[[Any], bool]:
    """Trouble that is a reply."""

    def act(handler: Any) -> bool:
        handler.reply(status, content, **headers)
        return True

    return act


def slow(seconds: float) -> Callable[[Any], bool]:
    """Trouble that is a long wait, and then the usual."""

    def act(_: Any) -> bool:
        time.sleep(seconds)
        return False

    return act
