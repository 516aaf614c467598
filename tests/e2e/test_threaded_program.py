"""clipline as a plain library: in a program with threads of its own, and inside asyncio."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import clipline
from clipline.journal import Journal
from clipline.studio.reading.media import probe
from media_maker import make_clip

PROGRAM = Path(__file__).with_name("threaded_program.py")
#: Seconds: a limit on hanging, five times what a run promises.
SLACK = 10

LONG = {
    "clipline": 1,
    "name": "long",
    "stages": ["auth", {"stage": "notify", "with": {"via": [{"command": {"argv": ["sleep", "60"]}}]}}],
}


def test_eight_threads_with_runs_of_their_own_leave_the_process_as_it_was(tmp_path: Path) -> None:
    make_clip(tmp_path / "me.mp4", size=(96, 64), seconds=0.4)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CLIPLINE_")}
    done = subprocess.run(
        [sys.executable, str(PROGRAM), str(tmp_path)],
        cwd=tmp_path,
        env={**plain, "CLIPLINE_CONFIG": os.devnull},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert done.stderr == ""
    expected = {("makes", "done"): 7, ("stopped", "cancelled"): 6, ("fails", "failed"): 6, ("refused", "raised"): 6}
    assert Counter((kind, status) for kind, status, *_ in told["ends"]) == expected
    files = [file for kind, _, *files in told["ends"] if kind == "makes" for file in files]
    assert len(set(files)) == 7
    assert all(probe(Path(file)).duration > 0.3 for file in files)
    assert told["after"] == told["before"]
    with Journal.open(tmp_path / "state") as journal:
        assert Counter(run.status for run in journal.runs()) == {"done": 7, "cancelled": 6, "failed": 6}


async def edit(token: clipline.CancelToken, started: threading.Event, state: Path) -> clipline.RunResult:
    """What docs/how-to/python.md shows: a run in a thread, which a cancelled task stops."""

    def watch(event: clipline.Event) -> None:
        if event.type == "stage.started" and event.data["kind"] == "notify":
            started.set()

    work = asyncio.create_task(asyncio.to_thread(clipline.run, LONG, cancel=token, on_event=watch, state=state))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        token.cancel()
        await work
        raise


def test_a_cancelled_task_of_asyncio_stops_its_run_and_waits_for_its_end(tmp_path: Path) -> None:
    async def main() -> float:
        started = threading.Event()
        task = asyncio.create_task(edit(clipline.CancelToken(), started, tmp_path))
        while not started.is_set():
            await asyncio.sleep(0.05)  # the loop stays free meanwhile
        asked = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - asked

    assert asyncio.run(main()) < SLACK
    with Journal.open(tmp_path) as journal:
        (run,) = journal.runs()
    assert (run.status, run.exit) == ("cancelled", 130)


def test_a_timeout_of_asyncio_stops_its_run(tmp_path: Path) -> None:
    async def main() -> None:
        async with asyncio.timeout(1):
            await edit(clipline.CancelToken(), threading.Event(), tmp_path)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    with Journal.open(tmp_path) as journal:
        assert journal.runs()[0].status == "cancelled"


def test_a_key_is_done_once_however_often_and_by_whomever_it_is_asked_for(tmp_path: Path) -> None:
    """Two at once: one does it, the other is told that it is being done, or that it was."""
    lines = tmp_path / "lines.txt"
    pipeline = {
        "clipline": 1,
        "name": "once",
        "inputs": {"word": {"type": "string", "default": "a"}},
        "stages": [
            {"stage": "notify", "with": {"via": [{"command": {"argv": ["sh", "-c", f"echo x >> {lines}"]}}]}},
            {
                "stage": "notify",
                "id": "gate",
                "with": {"via": [{"command": {"argv": ["test", "-e", str(tmp_path / "go")]}}]},
            },
        ],
    }
    first = clipline.run(pipeline, key="task 1", state=tmp_path)
    assert first.status == "failed"
    (tmp_path / "go").touch()
    second = clipline.run(pipeline, key="task 1", state=tmp_path)
    third = clipline.run(pipeline, key="task 1", state=tmp_path)
    assert (second.status, third.status) == ("done", "done")
    assert {first.run_id, second.run_id, third.run_id} == {first.run_id}
    assert lines.read_text() == "x\n"

    assert clipline.run(pipeline, key="task 2", state=tmp_path).run_id != first.run_id
    assert clipline.run(pipeline, {"word": "b"}, key="task 1", state=tmp_path).run_id != first.run_id
    assert clipline.run(pipeline, state=tmp_path).run_id != first.run_id
    assert lines.read_text() == "x\n" * 4


def test_what_is_done_by_its_key_is_told_again_though_its_file_exists(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "me.mp4", size=(96, 64), seconds=0.4)
    stages = [
        "auth",
        {"stage": "upload", "with": {"files": str(clip)}},
        {"stage": "export", "with": {"to": "made.mp4"}},
    ]
    ends = [
        clipline.run({"clipline": 1, "name": "made", "stages": stages}, key="one", state=tmp_path, out=tmp_path)
        for _ in range(2)
    ]
    assert [(end.status, end.files) for end in ends] == [("done", (tmp_path / "made.mp4",))] * 2


def test_a_run_by_its_key_is_watched_and_stopped_like_any(tmp_path: Path) -> None:
    token = clipline.CancelToken()

    def watch(event: clipline.Event) -> None:
        if event.type == "stage.started" and event.data["kind"] == "notify":
            token.cancel()

    assert clipline.run(LONG, key="one", cancel=token, on_event=watch, state=tmp_path).exit == 130
