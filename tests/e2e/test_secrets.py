"""The canary: secrets are planted, used for real, made to show up in failures, and then searched for everywhere."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

import commands
from clipline.builtin import webhooks

SIGNING = "whsec_" + base64.b64encode(b"canary-signing-secret-of-32-byte").decode()
URL_TOKEN = "canary-url-token-5e1f"
VARIABLE = "canary-variable-77aa"
CANARIES = [SIGNING, SIGNING.removeprefix("whsec_"), URL_TOKEN, VARIABLE]

PIPELINE = """
clipline: 1
name: canary
secrets:
  hook: env:HOOK_SECRET
  address: file:address.txt
  variable: env:VARIABLE_SECRET
stages:
  - stage: notify
    id: tells
    continue_on_error: true
    with:
      via:
        - webhook: {url: "${{ secrets.address }}", secret: "${{ secrets.hook }}", attempts: 1}
  - stage: notify
    id: shows
    continue_on_error: true
    with:
      via:
        - command:
            argv: [sh, -c, "echo out $SHOWN; echo err $SHOWN >&2; ps -ww -o args= -p $PPID; exit 3"]
            env: {SHOWN: "${{ secrets.variable }}"}
"""


class Receiver(BaseHTTPRequestHandler):
    """Answers with the status that the test wants, and tells back what it was sent, as a careless server would."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        answer = f"no: {self.path} {dict(self.headers)}".encode()
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.requests = []  # type: ignore[attr-defined]
    server.status = 200  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.mark.parametrize("status", [200, 400, 503])
def test_no_secret_is_in_any_output(status: int, server: HTTPServer, tmp_path: Path) -> None:
    server.status = status  # type: ignore[attr-defined]
    (tmp_path / "canary.yaml").write_text(PIPELINE, "utf-8")
    address = tmp_path / "address.txt"
    address.write_text(f"http://127.0.0.1:{server.server_port}/hook?token={URL_TOKEN}\n", "utf-8")
    state = tmp_path / "state"
    variables = commands.environment(state, HOOK_SECRET=SIGNING, VARIABLE_SECRET=VARIABLE, CLIPLINE_LOG_LEVEL="debug")
    words = ["run", "canary.yaml", "--debug", "--progress", "json", "--json"]
    done = commands.clipline(*words, cwd=tmp_path, env=variables)
    assert done.returncode == 0, done.stderr

    # They were really used: the path has the token, and the signature is right.
    ((path, headers, body),) = server.requests  # type: ignore[attr-defined]
    assert path == f"/hook?token={URL_TOKEN}"
    lowered = {name.lower(): value for name, value in headers.items()}
    assert webhooks.verify(body, lowered, SIGNING, now=float(lowered["webhook-timestamp"]))
    assert "ended with status 3" in done.stderr or "status 3" in done.stdout + done.stderr

    outputs = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
    for file in [*state.rglob("*"), *(tmp_path / "out").rglob("*")]:
        if file.is_file():
            outputs[str(file)] = file.read_bytes()
    assert len(outputs) > 3
    found = [(where, canary) for where, data in outputs.items() for canary in CANARIES if canary.encode() in data]
    assert found == []


def test_a_search_that_finds_nothing_would_find_something(tmp_path: Path) -> None:
    """The same pipeline with the secrets written into its message leaks, so the search above can fail."""
    pipeline = PIPELINE.replace("shows\n", "leaks\n").replace('"${{ secrets.variable }}"', VARIABLE)
    (tmp_path / "leak.yaml").write_text(pipeline.replace("secrets.address", "secrets.hook"), "utf-8")
    (tmp_path / "address.txt").write_text("http://127.0.0.1:9/", "utf-8")
    state = tmp_path / "state"
    variables = commands.environment(state, HOOK_SECRET=SIGNING, VARIABLE_SECRET="x")
    commands.clipline("run", "leak.yaml", cwd=tmp_path, env=variables)
    assert any(VARIABLE.encode() in file.read_bytes() for file in state.rglob("*") if file.is_file())
