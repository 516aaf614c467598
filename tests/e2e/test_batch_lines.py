"""`clipline batch` with a line that was typed wrong: told once, with what was meant, before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

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
