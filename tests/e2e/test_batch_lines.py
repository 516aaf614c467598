"""`clipline batch` with a line that was typed wrong: told once, with what was meant, before anything starts."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

import commands
from campaigns.batch_hundred import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path)
    bench.make_clips(2)
    (tmp_path / "jobs.csv").write_text("clip\nclips/clip000.mp4\n")
    return bench


CLIPS = ["clips/clip000.mp4", "clips/clip001.mp4"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*CLIPS, "--out", "whole.mp4"], "whole.mp4 is not a folder"),
        ([*CLIPS, "-i", "clip=whole.mp4"], 'the input "clip" is what the clips go to'),
        (["clips"], "clips/*.mp4"),
        (["."], "./*.mp4; `clipline watch . PIPELINE`"),
        (["jobs.csv"], "--table jobs.csv"),
        (["--table", "clips"], "clips is a folder"),
        ([*CLIPS, "-j", "two"], "'two' is not a whole number"),
    ],
)
def test_it_is_told_once_and_nothing_starts(bench: Bench, words: list[str], said: str) -> None:
    status, _, told = bench.batch(*words)
    assert status == 2
    assert told.count(said) == 1, told
    assert "Traceback" not in told
    assert not bench.runs()


def test_a_folder_that_cannot_be_written_to_is_told_once(bench: Bench) -> None:
    status, _, told = bench.batch(*CLIPS, "--out", "/proc/made")
    assert status == 7
    assert told.count("cannot write to /proc") == 1
    assert not bench.runs()


def test_a_second_signal_ends_it_at_once_with_how_to_go_on(bench: Bench) -> None:
    bench.pipeline.write_text(
        "clipline: 1\nname: nap\ninputs: {clip: {type: file, required: true}}\nstages:\n"
        "  - stage: notify\n    with: {via: [{command: {argv: [sh, -c, 'touch napping; sleep 60'], folder: .}}]}\n"
    )
    command = bench.command(*CLIPS, "--progress", "plain")
    with commands.Popen(command, cwd=bench.folder, env=bench.environment, stderr=subprocess.PIPE, text=True) as process:
        end = time.monotonic() + 60
        while not (bench.folder / "napping").exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
    assert "2 rows to do, 1 at once" in told
    assert "stopping; again to leave at once" in told
    assert "the same line with --resume" in told
    assert "not begun" not in told, "there was no time for a table"
