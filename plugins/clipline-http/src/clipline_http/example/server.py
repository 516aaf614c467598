"""The example service on a socket, with two APIs: that of `greyscale.yaml`, and below `/v2` one that takes forms."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from clipline_http.example.forms import fields_of
from clipline_http.example.world import Job, RefusedError, World

__all__ = ["ExampleServer", "Trouble"]

#: What happens instead of a reply: called with the handler, the route and `before` or `after` its work; True where it
#: has answered, or broken the line, itself.
Trouble = Callable[["_Handler", str, str], bool]

_ROUTES = (
    ("account", "GET", r"/v1/account"),
    ("place", "POST", r"/v1/uploads"),
    ("put", "PUT", r"/put/(\w+)"),
    ("submit", "POST", r"/v1/jobs"),
    ("find", "GET", r"/v1/jobs"),
    ("look", "GET", r"/v1/jobs/(\w+)"),
    ("cancel", "DELETE", r"/v1/jobs/(\w+)"),
    ("file", "GET", r"/files/(\w+)"),
    ("form_submit", "POST", r"/v2/videos"),
    ("form_find", "GET", r"/v2/videos"),
    ("form_look", "GET", r"/v2/videos/v_(\w+)"),
)


class ExampleServer:
    """The service, on a free port of this machine unless one is given; answers from `start` to `stop`."""

    def __init__(self, port: int = 0, trouble: Trouble = lambda *_: False) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="clipline-http-example-"))
        self.world = World(self._folder)
        self.trouble = trouble
        self.asked_at = time.monotonic()
        #: Each request: its route, path with query, and headers by lower-case name.
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"service": self}))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> Self:
        """Answer, in a thread."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Answer no more, and forget everything."""
        self.world.hold.set()
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    service: ExampleServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815  # the names that the library calls

    def log_message(self, *_: object) -> None:
        """Nothing is printed: addresses hold tickets."""

    def _answer(self) -> None:
        service = self.service
        service.asked_at = time.monotonic()
        path = urlsplit(self.path).path
        found = next(
            (
                (name, match)
                for name, method, form in _ROUTES
                if method == self.command and (match := re.fullmatch(form, path))
            ),
            None,
        )
        self._body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, match = found or ("none", None)
        service.requests.append((name, self.path, {key.lower(): value for key, value in self.headers.items()}))
        if service.trouble(self, name, "before"):
            return
        if match is None:
            self.reply(404, {"error": {"message": "there is no such address"}})
            return
        try:
            reply = getattr(self, f"_do_{name}")(*match.groups())
        except RefusedError as error:
            self.reply(error.status, {"error": {"message": str(error)}, "message": str(error)})
            return
        if not service.trouble(self, name, "after"):
            self.reply(200, reply)

    def reply(self, status: int, content: Any, **headers: str) -> None:
        """Send a reply: bytes as they are, all else as JSON."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        kind = "video/mp4" if isinstance(content, bytes) else "application/json"
        for key, value in {"Content-Type": kind, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    # --- routes ------------------------------------------------------------------------------------------------------

    @property
    def _account(self) -> str:
        if self.path.startswith("/v2/"):
            kind, token = "Bearer", self.headers.get("X-Api-Key", "")
        else:
            kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or not token or token == "wrong":  # noqa: S105  # a token that stands for a wrong one
            raise RefusedError(401, "the token is not known")
        return token

    def _job(self, number: str) -> Job:
        job = self.service.world.jobs.get(number)
        if job is None or job.account != self._account:
            raise RefusedError(404, "there is no such job")
        return job

    def _json(self) -> dict[str, Any]:
        try:
            asked = json.loads(self._body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            raise RefusedError(400, "the body is no JSON object")
        return asked

    def _do_account(self) -> Any:
        return {"name": "somebody", "credits": self.service.world.credits(self._account)}

    def _do_place(self) -> Any:
        assert self._account
        upload = self.service.world.place()
        return {"upload": upload.number, "put_to": f"{self.service.url}/put/{upload.number}?ticket={upload.ticket}"}

    def _ticket(self) -> str:
        return parse_qs(urlsplit(self.path).query).get("ticket", [""])[0]

    def _do_put(self, number: str) -> Any:
        upload = self.service.world.uploads.get(number)
        if upload is None or upload.ticket != self._ticket():
            raise RefusedError(403, "the address is not signed")
        upload.file.write_bytes(self._body)
        return {}

    def _do_submit(self) -> Any:
        job = self.service.world.submit(self._account, self.headers.get("Idempotency-Key", ""), self._json())
        return {"job": job.number, "cost": job.cost}

    def _do_find(self) -> Any:
        return {"jobs": self._jobs("reference")}

    def _jobs(self, name: str) -> list[dict[str, str]]:
        """The account's jobs with the reference that the query names."""
        account, reference = self._account, parse_qs(urlsplit(self.path).query).get(name, [""])[0]
        jobs = [job for job in self.service.world.jobs.values() if job.account == account]
        return [{"job": job.number, "reference": job.reference} for job in jobs if job.reference == reference]

    def _do_look(self, number: str) -> Any:
        job = self._job(number)
        file = f"{self.service.url}/files/{job.number}?ticket={job.ticket}" if job.status == "done" else None
        return {"status": job.status, "percent": job.percent, "error": {"message": job.error}, "file": file}

    def _do_cancel(self, number: str) -> Any:
        job = self._job(number)
        self.service.world.cancel(job)
        return {"status": job.status}

    # --- routes of the API that takes forms --------------------------------------------------------------------------

    def _do_form_submit(self) -> Any:
        account, fields = self._account, fields_of(self.headers.get("Content-Type", ""), self._body)
        upload = self.service.world.place()
        upload.file.write_bytes(fields.get("video", b""))
        words = {
            name: fields.get(field, b"").decode() for name, field in (("look", "effect"), ("reference", "client_ref"))
        }
        job = self.service.world.submit(account, "", {"source": upload.number, **words})
        return {"data": {"id": f"v_{job.number}"}}

    def _do_form_find(self) -> Any:
        found = [{"id": f"v_{each['job']}", "client_ref": each["reference"]} for each in self._jobs("client_ref")]
        return {"data": found}

    def _do_form_look(self, number: str) -> Any:
        seen = self._do_look(number)
        states = {"queued": "waiting", "working": "running", "done": "ready", "failed": "error", "cancelled": "error"}
        state = {"state": states[seen["status"]], "progress": seen["percent"] / 100, "download": seen["file"]}
        return {"data": state, "message": seen["error"]["message"]}

    def _do_file(self, number: str) -> Any:
        job = self.service.world.jobs.get(number)
        if job is None or job.ticket != self._ticket() or job.status != "done":
            raise RefusedError(403, "the address is not signed")
        return job.file.read_bytes()
