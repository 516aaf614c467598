"""`python -m clipline_http.example`: start the example service, and write its description and a pipeline beside you."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from clipline_http.example.server import ExampleServer

_HERE = Path(__file__).parent
_FILES = ("greyscale.yaml", "make-grey.yaml")
_WRITTEN_URL = "http://127.0.0.1:8931"


def main() -> int:
    """Serve until Ctrl-C, or until nobody asked anything for a while."""
    parser = argparse.ArgumentParser(prog="python -m clipline_http.example", description=main.__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one by default")
    parser.add_argument("--background", action="store_true", help="come back as soon as it answers")
    parser.add_argument("--idle", type=float, default=600.0, help="seconds without a request after which it stops")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="where the two files go; here by default")
    given = parser.parse_args()
    if given.background:
        return _in_background(given.port, given.idle, given.folder)
    with ExampleServer(given.port) as server:
        _write_files(server.url, given.folder)
        print(server.url, flush=True)  # noqa: T201  # what the command is for
        try:
            while time.monotonic() - server.asked_at < given.idle:
                time.sleep(0.2)
        except KeyboardInterrupt:
            pass
    return 0


def _write_files(url: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        text = (_HERE / name).read_text("utf-8").replace(_WRITTEN_URL, url)
        (folder / name).write_text(text, "utf-8")


def _in_background(port: int, idle: float, folder: Path) -> int:
    command = [sys.executable, "-m", "clipline_http.example", "--port", str(port), "--idle", str(idle), str(folder)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    if not url:
        print("it cannot be started; without --background it says why", file=sys.stderr)  # noqa: T201
        return 1
    print(f"answers at {url}; {' and '.join(_FILES)} are written")  # noqa: T201  # what the command is for
    return 0


if __name__ == "__main__":
    sys.exit(main())
