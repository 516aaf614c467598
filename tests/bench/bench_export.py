"""How long a render that is over at the service waits for its file on this disk, beside one poll and the bare transfer.

    python tests/bench/bench_export.py [--rounds N]

A run exports from the mock in real time. The render is over at some moment between two questions about it; so from the
last answer that was not yet "completed" to the file under its final name there is at most one poll and the transfer,
which curl makes of the same file. Ends with status 1 when more than half a second is lost beside these, or without
curl.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import clipline  # noqa: E402
from clipline.events import Event  # noqa: E402
from clipline.mockserver import MockOptions, MockServer  # noqa: E402
from media_maker import make_clip  # noqa: E402  # the checkout's own

#: Seconds between two questions, and those that may be lost beside: hashing, syncing, renaming.
POLL, SLACK = 1.0, 0.5
PIPELINE = {
    "clipline": 1,
    "name": "bench",
    "inputs": {"clip": {"type": "file", "required": True}},
    "stages": [
        "auth",
        {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}},
        {"stage": "export", "with": {"to": "made.mp4"}},
    ],
}


def export_once(folder: Path, clip: Path, curl: str) -> tuple[float, float]:
    """Seconds from the last "not yet" to the file, and those of curl for the same bytes."""
    delivered: list[float] = []

    def watch(event: Event) -> None:
        if event.type == "artifact":
            delivered.append(time.time())

    with MockServer(options=MockOptions(render_polls=3)) as server:
        settings = {"nemo.api_url": server.url, "nemo.poll": f"{POLL}s"}
        result = clipline.run(
            PIPELINE,
            {"clip": clip},
            backend="nemo",
            settings=settings,
            state=folder / "state",
            out=folder,
            on_event=watch,
        )
        if result.exit:
            raise SystemExit(f"the run failed: {result.errors}")
        asked = [request for request in server.requests if request.route == "render_status"]
        address = next(request for request in server.requests if request.route == "result").path
        command = [curl, "-s", "-o", str(folder / "again.mp4"), "-w", "%{time_total}", server.url + address]
        transfer = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return delivered[0] - asked[-2].time, transfer


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    curl = shutil.which("curl")
    if not curl:
        print("no curl: install it, there is nothing to measure beside")
        return 1
    best, transfer = float("inf"), 0.0
    with tempfile.TemporaryDirectory() as place:
        clip = make_clip(Path(place) / "clip.mp4", seconds=2.0)
        for number in range(chosen.rounds):
            folder = Path(place) / str(number)
            folder.mkdir()
            taken, alone = export_once(folder, clip, curl)
            if taken < best:
                best, transfer = taken, alone
    limit = POLL + transfer + SLACK
    print(
        f"from the last answer before completion to the file: {best:.2f} s"
        f" (≤{limit:.2f}: poll {POLL:g}, curl {transfer:.2f})"
    )
    return int(best > limit)


if __name__ == "__main__":
    sys.exit(main())
