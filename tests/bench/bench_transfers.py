"""What moving a file costs beside curl: rate up and down over loopback, and the growth of memory.

    python tests/bench/bench_transfers.py [--rounds N] [--megabytes N]

The server is a small one in a process of its own; each transfer runs in a process of its own, in turn with curl, so
that a busy machine slows both. Rates are those of the least disturbed round of each, timed around the transfer alone:
by curl's own `time_total` for curl. Memory is how far the peak of the process rose during the transfer. Ends with
status 1 when a limit is passed, or without curl.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from clipline import http  # noqa: E402  # the checkout's own, installed or not
from clipline.clock import Clock  # noqa: E402

#: At least this part of curl's rate, and at most this growth in MiB.
RATE = 0.9
MEMORY = 16.0
DIRECTIONS = ("up", "down")
_MIB = 1024 * 1024


class Handler(BaseHTTPRequestHandler):
    """Gives the file to whoever asks, and counts what is sent."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    file: Path

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(self.file.stat().st_size))
        self.send_header("ETag", '"bench"')
        self.end_headers()
        with self.file.open("rb") as file:
            self.connection.sendfile(file)

    def do_POST(self) -> None:
        left = length = int(self.headers["Content-Length"])
        buffer = memoryview(bytearray(_MIB))
        if self.headers.get("Expect"):
            self.send_response_only(100)
            self.end_headers()
        while left and (count := self.rfile.readinto(buffer[: min(left, _MIB)])):  # type: ignore[attr-defined]
            left -= count
        body = str(length - left).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_expect_100(self) -> bool:
        return True

    def log_message(self, *_: object) -> None:
        pass


def serve(file: str) -> None:
    """What the server's process does: tell the port, then serve until its input closes."""
    Handler.file = Path(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


def move_one(direction: str, url: str, file: str) -> None:
    """What the child process does: a small transfer to load all that is needed, then the one that counts."""
    clock, path = Clock(), Path(file)
    small = path.with_suffix(".small")
    small.write_bytes(bytes(_MIB))
    http.upload(url, [http.FilePart("files", small, "clip.mp4", "video/mp4")], headers={}, clock=clock)
    part = http.FilePart("files", path, "clip.mp4", "video/mp4")
    before, begun = peak(), time.perf_counter()
    if direction == "up":
        reply = http.upload(url, [part], headers={}, clock=clock)
        assert int(reply.body) > path.stat().st_size
    else:
        http.download(url, path.with_suffix(".ours"), clock=clock)
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "memory": (peak() - before) / _MIB}))


def peak() -> float:
    """The most memory that this process had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@dataclass(frozen=True)
class Cost:
    seconds: float
    memory: float = 0.0


def ours(direction: str, url: str, file: Path) -> Cost:
    command = [sys.executable, __file__, "--child", direction, url, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Cost(**json.loads(done.stdout))


def theirs(curl: str, direction: str, url: str, file: Path) -> Cost:
    output = str(file.with_suffix(".theirs")) if direction == "down" else os.devnull
    sent = ["-F", f"files=@{file}"] if direction == "up" else []
    command = [curl, "-sS", "--fail", "-o", output, "-w", "%{time_total}", *sent, url]
    return Cost(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def measure(curl: str, url: str, file: Path, rounds: int) -> bool:
    """Print the table; whether a limit was passed."""
    size = file.stat().st_size / 1e6
    print(f"{'':8}{'MB/s':>10}{'curl':>10}{'ratio':>18}{'growth MiB':>18}")
    failed = False
    for direction in DIRECTIONS:
        costs: tuple[list[Cost], list[Cost]] = ([], [])
        for _ in range(rounds):
            # A new file each: to empty an old one takes as long as a good part of the transfer.
            costs[0].append(ours(direction, url, file))
            file.with_suffix(".ours").unlink(missing_ok=True)
            costs[1].append(theirs(curl, direction, url, file))
            file.with_suffix(".theirs").unlink(missing_ok=True)
        rate, reference = (size / min(cost.seconds for cost in each) for each in costs)
        memory = max(cost.memory for cost in costs[0])
        over = rate < RATE * reference or memory > MEMORY
        cells = f"{rate / reference:8.2f} (≥{RATE:g})".rjust(18) + f"{memory:8.1f} (≤{MEMORY:g})".rjust(18)
        print(f"{direction:8}{rate:10.0f}{reference:10.0f}{cells}{'   OVER' if over else ''}", flush=True)
        failed = failed or over
    return failed


def memory_folder(megabytes: int) -> Path | None:
    """A folder in memory, where there is one with room: else it is the disk that is measured."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 4 * megabytes * 1e6 else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--child", nargs=3, metavar=("DIRECTION", "URL", "FILE"), help=argparse.SUPPRESS)
    parser.add_argument("--serve", metavar="FILE", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        move_one(*chosen.child)
        return 0
    if chosen.serve:
        serve(chosen.serve)
        return 0
    curl = shutil.which("curl")
    if not curl:
        print("no curl: install it, there is nothing to measure beside")
        return 1
    version = subprocess.run([curl, "--version"], capture_output=True, text=True, check=True).stdout.split(" (")[0]
    print(f"{version}; {chosen.rounds} rounds, {chosen.megabytes} MB over loopback, limits in brackets")
    with tempfile.TemporaryDirectory(dir=memory_folder(chosen.megabytes)) as folder:
        file = Path(folder) / "clip.mp4"
        with file.open("wb") as made:
            for _ in range(chosen.megabytes):
                made.write(os.urandom(1000) * 1000)
        command = [sys.executable, __file__, "--serve", str(file)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdin
            assert server.stdout
            url = f"http://127.0.0.1:{server.stdout.readline().strip()}/clip.mp4"
            failed = measure(curl, url, file, chosen.rounds)
            server.stdin.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
