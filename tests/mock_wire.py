"""A client for tests of the mock: http.client and raw sockets, and nothing of clipline."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

ATTRIBUTION = {"X-Skill-Source": "video-object-ops", "X-Skill-Version": "1.0.0", "X-Skill-Platform": "unknown"}

TOKEN = "/api/auth/anonymous-token"
SESSION = "/api/tasks/me/with-session/nemo_agent"
CLAIM = "/api/auth/claim-token"
MESSAGE = "/run_sse"
CREDITS = "/api/credits/balance/simple"
EDIT = "remove the background person and replace it with a solid color"

RENDER = "/api/render/proxy/lambda"


@dataclass(frozen=True)
class Got:
    """A reply: header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def events(self) -> list[Any]:
        blocks = self.body.decode("utf-8").replace("\r\n", "\n").split("\n\n")
        return [json.loads(block[6:]) for block in blocks if block.startswith("data: {")]

    @property
    def texts(self) -> list[str]:
        parts = [part for event in self.events for part in event.get("content", {}).get("parts", [])]
        return [part["text"] for part in parts if "text" in part and not part.get("thought")]


class Wire:
    """One user of the service."""

    def __init__(self, url: str, client: str = "client-1") -> None:
        self.url, self.client = url, client
        self.host, self.port = urlsplit(url).hostname or "", urlsplit(url).port or 0
        self.headers = dict(ATTRIBUTION)
        self.session = self.task = self.user = ""

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Got:
        line = http.client.HTTPConnection(self.host, self.port, timeout=20)
        with contextlib.closing(line):
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
            line.request(method, path, body, {**self.headers, **(headers or {})})
            reply = line.getresponse()
            names = {name.lower(): value for name, value in reply.getheaders()}
            return Got(reply.status, names, reply.read())

    def raw(self, data: bytes, timeout: float = 10) -> bytes:
        """All that comes back for these bytes until the server closes; a reset raises ConnectionResetError."""
        with socket.create_connection((self.host, self.port), timeout=timeout) as line:
            line.sendall(data)
            pieces = []
            while piece := line.recv(65536):
                pieces.append(piece)
            return b"".join(pieces)

    def request_bytes(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """A request by hand that asks for the connection to be closed."""
        told = {"Host": "mock", **self.headers, "Connection": "close", "Content-Length": str(len(body))}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body

    def sign_in(self) -> Got:
        got = self.call("POST", TOKEN, headers={"X-Client-Id": self.client})
        if got.status == 200 and got.json.get("code") == 0:
            self.headers["Authorization"] = f"Bearer {got.data['token']}"
            self.user = got.data["user_id"]
        return got

    def open(self) -> Got:
        got = self.call("POST", SESSION, {"task_name": "project", "language": "en"})
        self.session, self.task = got.data["session_id"], got.data["task_id"]
        return got

    def ready(self) -> Wire:
        """Signed in, with a session and one small clip in it."""
        self.sign_in()
        self.open()
        assert self.upload(("clip.mp4", b"no real video")).status == 200
        return self

    @property
    def upload_path(self) -> str:
        return f"/api/upload-video/nemo_agent/me/{self.session}"

    @property
    def state_path(self) -> str:
        return f"/api/state/nemo_agent/me/{self.session}/latest"

    def upload(self, *files: tuple[str, bytes]) -> Got:
        return self.call("POST", self.upload_path, multipart(*files), MULTIPART)

    def message_body(self, text: str = EDIT) -> dict[str, Any]:
        message = {"parts": [{"text": text}]}
        return {"app_name": "nemo_agent", "user_id": "me", "session_id": self.session, "new_message": message}

    def say(self, text: str = EDIT) -> Got:
        return self.call("POST", MESSAGE, self.message_body(text), {"Accept": "text/event-stream"})

    def state(self) -> Any:
        return self.call("GET", self.state_path).data["state"]

    def credits(self) -> Any:
        return self.call("GET", CREDITS).data

    def render(self, render_id: str = "render_1", draft: Any = None) -> Got:
        output = {"format": "mp4", "quality": "high"}
        body = {"id": render_id, "sessionId": self.session, "draft": draft or self.state()["draft"], "output": output}
        return self.call("POST", RENDER, body)

    def poll(self, render_id: str = "render_1") -> Got:
        return self.call("GET", f"{RENDER}/{render_id}")

    def finish(self, render_id: str = "render_1") -> str:
        """Poll until the URL is there."""
        for _ in range(10):
            data = self.poll(render_id).json["data"]
            if data.get("outputUrl"):
                return str(data["outputUrl"])
        raise AssertionError("the render does not end")

    def fetch(self, url: str, **headers: str) -> Got:
        """Download without any credentials."""
        anonymous = Wire(self.url)
        anonymous.headers = {}
        parts = urlsplit(url)
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return anonymous.call("GET", f"{parts.path}?{parts.query}", headers=told)


MULTIPART = {"Content-Type": "multipart/form-data; boundary=----edge"}


def multipart(*files: tuple[str, bytes], field: str = "files") -> bytes:
    parts = [
        f'------edge\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    return b"".join(parts) + b"------edge--\r\n"
