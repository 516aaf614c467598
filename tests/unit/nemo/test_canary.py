"""Secrets are planted, everything goes wrong that can, and then they are looked for wherever something may be seen."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from clipline.errors import CliplineError
from clipline.nemo.protocol import NemoSession
from clipline.testing.clocks import VirtualClock
from clipline.values import Secret
from nemo_service import BALANCE, SESSION, World, begin_stream, chunk, event, ok, reply_json, says, serving, world

TOKEN = "nmv_usr_CANARYTOKEN123"
CLIENT = "CANARY-CLIENT-ID-456"
SIGNED = "CANARYSIGNATURE789"
CANARIES = (TOKEN, CLIENT, SIGNED, "CANARY")

Answer = Callable[[BaseHTTPRequestHandler, str], None]


def echo(handler: BaseHTTPRequestHandler, status: int, path: str, here: str) -> None:
    """A service that quotes what it was sent, as services do in their errors."""
    sent = f"{handler.headers.get('Authorization')} {handler.headers.get('X-Client-Id')} {path}"
    reply_json(handler, {"code": 1001 if status == 401 else status, "message": f"bad: {sent} {url(here)}"}, status)


def url(base: str) -> str:
    return f"{base}/files/x.mp4?X-Amz-Signature={SIGNED}&token={SIGNED}"


def good(handler: BaseHTTPRequestHandler, path: str, base: str) -> None:
    if path.endswith("anonymous-token"):
        reply_json(handler, ok(token=TOKEN, user_id="anon_1", credits=100, expires_at="2099-01-01T00:00:00Z"))
    elif path == "/run_sse":
        begin_stream(handler)
        chunk(handler, event(says(f"see {url(base)} with Bearer {TOKEN}")))
        handler.wfile.write(b"0\r\n\r\n")
    elif "/api/render" in path:
        reply_json(handler, {"success": True, "data": {"id": "r", "status": "completed", "outputUrl": url(base)}})
    elif "/api/state" in path:
        reply_json(handler, ok(state={"draft": {"t": []}}, user_id="anon_1"))
    elif "claim" in path:
        reply_json(handler, ok(claim_token="clm_CANARY"))
    elif "with-session" in path:
        reply_json(handler, ok(session_id=SESSION, task_id="t"))
    elif "upload" in path:
        reply_json(handler, ok(files=[{"filename": "clip.mp4", "cdn_url": url(base)}]))
    else:
        reply_json(handler, BALANCE)


def bad(how: str) -> Callable[[BaseHTTPRequestHandler, str, str], None]:
    def answer(handler: BaseHTTPRequestHandler, path: str, base: str) -> None:
        if path.endswith("anonymous-token") and how != "401":
            good(handler, path, base)
        elif how == "close":
            handler.close_connection = True
        elif how == "fault" and path == "/run_sse":
            begin_stream(handler)
            chunk(handler, event({"error": f"Bearer {TOKEN} at {url(base)}", "error_details": {"token": TOKEN}}))
            handler.wfile.write(b"0\r\n\r\n")
        elif how == "shape":
            reply_json(handler, [{TOKEN: TOKEN, "url": url(base)}])
        elif how == "page":
            body = f"<html>Bearer {TOKEN} {url(base)}</html>".encode()
            handler.send_response(200)
            handler.send_header("Content-Type", "text/html")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)
        else:
            echo(handler, int(how) if how.isdigit() else 500, path, base)

    return answer


def calls(it: World, folder: Path, base: str) -> Iterator[Callable[[], Any]]:
    clip = folder / "clip.mp4"
    clip.write_bytes(b"video")
    nothing: Callable[[Any], None] = lambda _: None  # noqa: E731 - two lines of def would say no more
    yield it.client.account
    yield lambda: it.client.new_session("p")
    yield lambda: it.client.claim_link(NemoSession(SESSION, "t"))
    yield lambda: it.client.upload(SESSION, [clip])
    yield lambda: it.client.state(SESSION)
    yield lambda: it.client.send(SESSION, "x", on_text=it.said.append, on_tick=nothing, look=lambda: None)
    yield lambda: it.client.start_render("r", SESSION, '{"t":[1]}')
    yield lambda: it.client.render("r")
    yield lambda: it.client.cancel_render("r")
    yield lambda: it.client.fallback_download("r", folder / "out.mp4")
    yield lambda: it.client.download(Secret(url(base)), folder / "out.mp4")


@pytest.mark.parametrize("how", ["good", "401", "402", "404", "500", "close", "shape", "page", "fault"])
@pytest.mark.parametrize("supplied", [False, True])
def test_no_secret_is_seen_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], how: str, supplied: bool
) -> None:
    for name in ("", "httpx", "httpcore", "filelock"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    answer = good if how == "good" else bad(how)
    with serving(lambda handler, _: answer(handler, handler.path, f"http://{handler.headers['Host']}")) as (base, sent):
        it = world(tmp_path, VirtualClock(), base=base, token=TOKEN if supplied else "", client_id=Secret(CLIENT))
        for call in calls(it, tmp_path, base):
            try:
                result = call()
            except CliplineError as error:
                seen += [repr(error), str(error), str(error.as_json()), *traceback.format_exception(error)]
            else:
                # The claim link is for the person, and its token is no bearer.
                seen += [] if isinstance(result, str) else [repr(result), str(result)]
        parts = (it.client, it.store, it.client._options, it.client._access, it.client._caller)
        seen += [repr(each) for each in parts]
        assert any(TOKEN in each.headers.get("authorization", "") for each in sent) or how == "401"
    out = capfd.readouterr()
    seen += [*it.said, caplog.text, out.out, out.err, *(each.name for each in tmp_path.rglob("*"))]
    found = [line for text in seen for line in text.splitlines() if any(canary in line for canary in CANARIES)]
    assert found == []
    (tmp_path / "out.mp4").unlink(missing_ok=True)  # what the service sent as the file is the file
    files = [each for each in tmp_path.rglob("*") if each.is_file() and TOKEN.encode() in each.read_bytes()]
    assert files in ([], [it.store.path])
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and CLIENT.encode() in each.read_bytes()]
