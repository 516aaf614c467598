"""The doors that others knock at: the mock's socket, its file of faults, and signatures of webhooks."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from functools import cache
from pathlib import Path

from campaigns.fuzz_told import told
from clipline.builtin import webhooks
from clipline.errors import CliplineError
from clipline.mockserver import MockOptions, MockServer
from clipline.mockserver.faults import load_faults
from clipline.testing.clocks import VirtualClock

__all__ = ["faults", "mock_request", "webhook"]

# --- signatures ------------------------------------------------------------------------------------------------------

_SECRET = "whsec_" + "QUJD" * 8


def webhook(data: bytes, _folder: Path) -> str:
    """Headers, a blank line, a body: as the command line hands them on, bytes that are no UTF-8 too."""
    head, _, body = data.partition(b"\n\n")
    pairs = [os.fsdecode(line).partition(":") for line in head.split(b"\n")]
    headers = {name.strip(): value.strip() for name, _, value in pairs}
    for secret in (_SECRET, os.fsdecode(data[:200])):
        try:
            webhooks.verify(body, headers, secret, now=1000.0)
        except CliplineError as error:
            word = told(error)
        else:
            return "verified"
    return word


# --- the mock --------------------------------------------------------------------------------------------------------


def faults(data: bytes, folder: Path) -> str:
    """A file of faults."""
    path = folder / "faults.json"
    path.write_bytes(data)
    try:
        for fault in load_faults(path):
            fault.as_json()
            fault.strikes(3)
            fault.matches("message", "POST", "/run_sse")
    except CliplineError as error:
        return told(error)
    return "ok"


class _Mock:
    """A mock server on a socket, and what its threads raised."""

    def __init__(self) -> None:
        self.raised: list[BaseException] = []
        threading.excepthook = lambda hook: self.raised.append(hook.exc_value or RuntimeError("no value"))
        options = MockOptions(silent=0.0, gui_talk=0.0, render_polls=1)
        self.server = MockServer(clock=VirtualClock(), options=options)
        self.server.start()
        self.port = int(self.server.url.rpartition(":")[2])

    def say(self, data: bytes) -> bytes:
        """Send it and hear all that comes back."""
        heard = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
            with contextlib.suppress(OSError):
                line.sendall(data)
                line.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while piece := line.recv(65536):
                    heard += piece
        return heard


@cache
def _mock() -> _Mock:
    return _Mock()


def mock_request(data: bytes, _folder: Path) -> str:
    """Whatever is said to the mock, it answers or closes, and no thread of it dies."""
    mock = _mock()
    mock.server.reset()
    mock.raised.clear()
    token = mock.server.issue_token("u")
    opened = mock.say(_request("POST", "/api/tasks/me/with-session/nemo_agent", b'{"task_name":"a"}', token=token))
    session = opened.partition(b'"session_id"')[2].partition(b'"')[2].partition(b'"')[0]
    heard = mock.say(data.replace(b"TOKEN", token.encode()).replace(b"SESSION", session))
    if mock.raised:
        raise mock.raised[0]
    assert b"internal error:" not in heard, heard[:2000]
    return heard[9:12].decode("latin-1") or "closed"


def _request(method: str, path: str, body: bytes = b"", *, token: str = "TOKEN", more: str = "") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{more}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
