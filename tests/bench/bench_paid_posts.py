"""How often one call POSTs what is paid, where the server takes the request and its answer is lost.

    python tests/bench/bench_paid_posts.py [--only NAME]

A server on this machine reads the paid request to its end, counts it, and then, each time: drops the line; answers
500; answers 503; never answers (the client is given 3 s, by its own option); or breaks off in the middle of a 200.
Each client makes one call, in a process of its own, with its address set to that server, a key, and its own default
retries. clipline speaks through the same server with `clipline mock`, or with the example service of clipline-http,
behind it, where the request takes effect before its answer is lost; `charged` is what that service's ledger says.

Beside it a program that POSTs, then saves, is killed at each of its lines, and started again until it ends.

Ends with status 1 where clipline POSTs or is charged more than once, or a client is not installed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import http.client
import json
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module, metadata
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[2]

VARIANTS = ("drop", "500", "503", "silent", "cut")
#: Seconds that a client waits for an answer, where it can be told; and that it gets in all, back-off included.
PATIENCE, LIMIT = 3.0, 150.0
#: Of these one is enough: what they send last is what `silent` ends with.
_NO_ANSWER = 30.0


# --- the server ------------------------------------------------------------------------------------------------------


class Counting(ThreadingHTTPServer):
    """Counts what is POSTed to a path that `is_paid`, and loses the answer; all else `upstream` answers, if any."""

    daemon_threads = True

    def __init__(self, variant: str, is_paid: Callable[[str], bool], upstream: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Lossy)
        self.variant, self.is_paid, self.upstream = variant, is_paid, urlsplit(upstream)
        self.posts: list[Mapping[str, str]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def keys(self) -> set[str]:
        """Values of headers by which a service could tell that two requests are one wish."""
        return {value for post in self.posts for name, value in post.items() if "idempotency" in name.lower()}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is no fault."""


class _Lossy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server = cast("Counting", self.server)
        if not server.is_paid(self.path):
            return self._pass_on()
        body = self._body()
        server.posts.append(dict(self.headers.items()))
        if server.upstream.netloc:
            self._ask(body)
        self.close_connection = True
        if server.variant in {"500", "503"}:
            self._answer(int(server.variant), b'{"error": {"message": "internal"}}')
        elif server.variant == "silent":
            self.connection.settimeout(_NO_ANSWER)
            self.connection.recv(1)  # until the client leaves
        elif server.variant == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{")
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return None

    def do_GET(self) -> None:
        self._pass_on()

    def do_PUT(self) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        server = cast("Counting", self.server)
        if not server.upstream.netloc:
            return self._answer(404, b"{}")
        status, headers, body = self._ask(self._body())
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the service behind says, read to its end; addresses in it lead through here."""
        server = cast("Counting", self.server)
        line = http.client.HTTPConnection(server.upstream.netloc, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "transfer-encoding"}
        line.request(self.command, self.path, body or None, headers)
        reply = line.getresponse()
        content = reply.read()
        line.close()
        if "json" in (reply.getheader("Content-Type") or ""):
            content = content.replace(server.upstream.netloc.encode(), urlsplit(server.url).netloc.encode())
        return reply.status, reply.getheaders(), content

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """In silence."""


# --- the clients: one call each --------------------------------------------------------------------------------------


def _openai(url: str) -> None:
    import_module("openai").OpenAI(base_url=f"{url}/v1", api_key="k", timeout=PATIENCE).images.generate(
        model="gpt-image-1", prompt="p"
    )


def _anthropic(url: str) -> None:
    import_module("anthropic").Anthropic(base_url=url, api_key="k", timeout=PATIENCE).messages.create(
        model="claude-sonnet-4-5", max_tokens=10, messages=[{"role": "user", "content": "p"}]
    )


def _runwayml(url: str) -> None:
    import_module("runwayml").RunwayML(base_url=url, api_key="k", timeout=PATIENCE).image_to_video.create(
        model="gen4_turbo", prompt_image="https://example.test/a.png", prompt_text="p", ratio="1280:720", duration=5
    )


def _fal(url: str) -> None:
    module: Any = import_module("fal_client.client")
    module.QUEUE_URL_FORMAT = f"{url}/"  # its address can be set by host only, and then is https
    module.SyncClient(key="k", default_timeout=PATIENCE).submit("fal-ai/some-video", {"prompt": "p"})


def _replicate(url: str) -> None:
    import_module("replicate").Client(base_url=url, api_token="k").predictions.create(
        version="0" * 64, input={"prompt": "p"}
    )


def _clipline(url: str) -> None:
    import clipline

    waits = {"poll": "0.1s", "drop_wait": "0.1s", "drop_poll": "0.2s", "stream_limit": f"{PATIENCE}s"}
    settings = {"nemo.api_url": url, "nemo.web_url": url, **{f"nemo.{name}": wait for name, wait in waits.items()}}
    stages = ["auth", {"stage": "upload", "with": {"files": os.environ["BENCH_CLIP"]}}]
    stages += [{"stage": "edit", "with": {"instruction": "keep 0s to 0.3s"}}, "export"]
    pipeline = {"clipline": 1, "name": "bench", "stages": stages}
    _told(clipline.run(pipeline, backend="nemo", settings=settings, state=Path("state"), out=Path("out")))


def _clipline_http(url: str) -> None:
    import clipline
    from clipline_http import example

    here = Path(example.__file__).parent
    text = (here / "greyscale.yaml").read_text("utf-8").replace("http://127.0.0.1:8931", url)
    # A service that promises nothing about its 503, unlike the example.
    text = text.replace('  - {status: 503, is: down, done: "no"}', "").replace("limits: {", "limits: {answer: 3s, ")
    Path("greyscale.yaml").write_text(text, "utf-8")
    settings = {"http.service": "greyscale.yaml"}
    made = clipline.run(
        here / "make-grey.yaml",
        {"clip": os.environ["BENCH_CLIP"]},
        settings=settings,
        state=Path("state"),
        out=Path("out"),
    )
    _told(made)


def _told(result: Any) -> None:
    if result.status != "done":
        raise RuntimeError(f"exit {result.exit}: {result.errors[0]['message']}")
    print(json.dumps({"ended": "done"}))


@dataclass(frozen=True)
class Client:
    """A client: its distribution, its one call, which paths are paid, and what stands behind the server."""

    distribution: str
    call: Callable[[str], None]
    is_paid: Callable[[str], bool] = field(default=lambda path: True)
    upstream: str = ""


CLIENTS = {
    "openai": Client("openai", _openai),
    "anthropic": Client("anthropic", _anthropic),
    "runwayml": Client("runwayml", _runwayml),
    "fal-client": Client("fal-client", _fal),
    "replicate": Client("replicate", _replicate),
    "clipline": Client("clipline", _clipline, lambda path: path.startswith("/run_sse"), "mock"),
    "clipline-http": Client("clipline-http", _clipline_http, lambda path: path.endswith("/jobs"), "example"),
}


# --- measuring -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measured:
    """What became of one call; `charged` where a service with a ledger stood behind, else None."""

    posts: int
    keys: int
    ended: str
    seconds: float
    charged: int | None


def measure(name: str, variant: str, clip: Path) -> Measured:
    """One call of one client under one loss."""
    client = CLIENTS[name]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paid-")))
        service, charges = _service(client.upstream, stack)
        server = Counting(variant, client.is_paid, service)
        stack.callback(server.server_close)
        stack.callback(server.shutdown)
        begun = time.monotonic()
        ended = _call(name, server.url, folder, clip)
        charged = charges()
        return Measured(len(server.posts), len(server.keys), ended, time.monotonic() - begun, charged)


def _service(kind: str, stack: ExitStack) -> tuple[str, Callable[[], int | None]]:
    """The address of what stands behind the server, and how often it charged."""
    if kind == "mock":
        from clipline.mockserver import MockOptions, MockServer

        options = MockOptions(silent=0, gui_talk=0, render_polls=1, studio="off", pace=0)
        mock = stack.enter_context(MockServer(options=options))
        return mock.url, lambda: len([charge for charge in mock.ledger if charge.amount])
    if kind == "example":
        from clipline_http.example.server import ExampleServer

        example = stack.enter_context(ExampleServer(0))
        return example.url, lambda: len(example.world.jobs)
    return "", lambda: None


def _call(name: str, url: str, folder: Path, clip: Path) -> str:
    own = {key: value for key, value in os.environ.items() if not key.startswith(("CLIPLINE_", "NEMO_"))}
    own |= {"BENCH_CLIP": str(clip), "PYTHONPATH": str(ROOT / "src"), "CLIPLINE_HTTP_TOKEN": "bench", "NO_PROXY": "*"}
    try:
        done = subprocess.run(
            [sys.executable, __file__, "--call", name, url],
            cwd=folder,
            env=own,
            capture_output=True,
            text=True,
            timeout=_NO_ANSWER * 0.7 if name == "replicate" else LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "waits on"
    try:
        return str(json.loads(done.stdout.splitlines()[-1])["ended"])
    except (IndexError, ValueError):
        return f"crash: {done.stderr[-200:]}"


def call(name: str, url: str) -> int:
    """Be a client."""
    try:
        CLIENTS[name].call(url)
    except Exception as error:  # noqa: BLE001  # whatever the client raises is what its caller gets
        print(json.dumps({"ended": f"{type(error).__name__}: {str(error)[:160]}"}))
    return 0


# --- the program that POSTs, then saves ------------------------------------------------------------------------------


def naive(url: str, file: Path) -> None:
    """What one would write first: if nothing is saved, POST, then save."""
    if file.exists():
        return
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.netloc, timeout=10)
    line.request("POST", "/edit", b'{"prompt": "p"}', {"Content-Type": "application/json"})
    reply = line.getresponse()
    text = reply.read()
    line.close()
    part = file.with_suffix(".part")
    with part.open("wb") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


def killed_at(point: int, url: str, file: Path) -> None:
    """Run `naive`, and be killed at the Nth line of it and of what it calls of `http.client`."""
    seen = 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal seen
        if frame.f_code.co_filename not in {__file__, http.client.__file__}:
            return None
        if event == "line":
            seen += 1
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace)
    naive(url, file)
    sys.settrace(None)
    os._exit(0)


def duplicates() -> tuple[int, int]:
    """At how many points the naive program can be killed, and at how many of them it is then charged twice."""
    point = twice = 0
    while True:
        point += 1
        with tempfile.TemporaryDirectory() as folder:
            server = Counting("saved", lambda path: True)
            server.variant = "503"  # any complete answer will do
            file, ended = Path(folder) / "saved", []
            for at in (point, 0):
                pid = os.fork()
                if pid == 0:
                    killed_at(at, server.url, file)
                ended.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            server.shutdown()
            server.server_close()
        if ended[0] == 0:
            return point - 1, twice
        twice += len(server.posts) > 1


# --- telling ---------------------------------------------------------------------------------------------------------


def main() -> int:
    """Measure, and print the table; 1 where clipline sent twice."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="only clients whose name holds this text")
    parser.add_argument("--call", nargs=2, metavar=("CLIENT", "URL"), help=argparse.SUPPRESS)
    parser.add_argument("--verbose", action="store_true", help="what each call ended with")
    given = parser.parse_args()
    if given.call:
        return call(*given.call)
    names = [name for name in CLIENTS if given.only in name]
    versions, wrong = {}, []
    for name in names:
        try:
            versions[name] = metadata.version(CLIENTS[name].distribution)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} is not installed: pip install --group bench")
    cells = [(name, variant) for name in versions for variant in VARIANTS]
    points, twice = duplicates()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(6) as pool:
        clip = _clip(Path(folder))
        measured = dict(zip(cells, pool.map(lambda cell: measure(cell[0], cell[1], clip), cells), strict=True))
    print(
        f"paid POSTs of one call; Python {platform.python_version()}, {platform.system()}, {time.strftime('%Y-%m-%d')}"
    )
    print(f"{'client':14}{'version':>10}{''.join(f'{variant:>8}' for variant in VARIANTS)}  key        ends with")
    for name, version in versions.items():
        found = [measured[name, variant] for variant in VARIANTS]
        sent = max(each.keys for each in found)
        key = "none" if not sent else "one" if sent == 1 else "a new one each time"
        told = "done, from the service's own state" if all(each.ended == "done" for each in found) else "an error"
        print(f"{name:14}{version:>10}{''.join(f'{each.posts:8}' for each in found)}  {key:<10} {told}")
        wrong += [
            f"{name}, {variant}: {each.posts} POSTs, {each.charged} charged, {each.ended}"
            for variant, each in zip(VARIANTS, found, strict=True)
            if each.charged is not None and (each.posts != 1 or each.charged != 1 or each.ended != "done")
        ]
        for variant, each in zip(VARIANTS, found, strict=True) if given.verbose else ():
            print(f"    {variant:8}{each.seconds:6.1f} s  charged {each.charged}  {each.ended}")
    print(f"POST, then save, killed at each of {points} lines and started again: sent twice at {twice} of them")
    for line in wrong:
        print(f"WRONG {line}")
    return int(bool(wrong))


def _clip(folder: Path) -> Path:
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "src")]
    from media_maker import make_clip

    return make_clip(folder / "clip.mp4", size=(64, 48), seconds=0.6)


if __name__ == "__main__":
    sys.exit(main())
