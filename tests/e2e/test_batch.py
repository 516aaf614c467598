"""`clipline batch` from the command line: killed, stopped, twice at once, over its budget, with what is wrong."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import time
from pathlib import Path

import pytest

import commands
from campaigns.batch_hundred import Bench, campaign
from clipline.journal import Journal

#: Seconds within which a stopped batch ends, five times over.
STOP_LIMIT = 10.0


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def paying(tmp_path: Path) -> Bench:
    """A bench whose edits cost 10 credits each, estimated at 50."""
    return Bench(tmp_path, "mock")


def test_many_clips_with_some_broken(tmp_path: Path) -> None:
    campaign(tmp_path, clips=20, broken=5)


def test_many_clips_with_some_broken_that_are_paid(tmp_path: Path) -> None:
    campaign(tmp_path, clips=8, broken=2, backend="mock", jobs=3)


def wait_for(bench: Bench, process: subprocess.Popen[str], *, done: int) -> None:
    """Wait until so many runs are done."""
    end = time.monotonic() + 60
    while bench.runs()["done"] < done:
        assert process.poll() is None, "it ended before"
        assert time.monotonic() < end
        time.sleep(0.02)


def begin(bench: Bench, *words: str | Path) -> subprocess.Popen[str]:
    return commands.Popen(
        bench.command(*words, "--progress", "plain"),
        cwd=bench.folder,
        env=bench.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_one_that_is_killed_goes_on_and_nothing_is_paid_twice(paying: Bench) -> None:
    clips = paying.make_clips(6)
    with begin(paying, *clips, "-j", "2") as process:
        wait_for(paying, process, done=2)
        process.kill()
    status, result, told = paying.resumed(*clips, "-j", "2")
    assert status == 0, told
    assert len(paying.files()) == 6
    assert result["counts"]["kept"] >= 2
    assert len(paying.charges()) == len(set(paying.charges())) == 6
    assert result["credits_exact"] is False, "two at once each see what the other cost"


def test_the_processes_of_one_that_is_killed_end_in_silence(paying: Bench) -> None:
    clips = paying.make_clips(4)
    with begin(paying, *clips, "-j", "2", "--executor", "processes") as process:
        wait_for(paying, process, done=1)
        process.kill()
        _, told = process.communicate(timeout=60)  # the children hold it open for as long as they live
    assert "Traceback" not in told
    assert paying.runs()["running"] == 0


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_one_that_is_stopped_says_what_is_kept_and_how_to_go_on(paying: Bench, executor: str) -> None:
    clips = paying.make_clips(6)
    words = [*clips, "-j", "2", "--executor", executor]
    with begin(paying, *words) as process:
        wait_for(paying, process, done=1)
        stopped = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert time.monotonic() - stopped < STOP_LIMIT
    assert process.returncode == 130
    assert "not begun" in told
    assert "--resume" in told.splitlines()[-1]
    assert paying.runs()["running"] == paying.runs()["interrupted"] == 0
    status, result, told = paying.resumed(*words)
    assert status == 0, told
    assert result["counts"]["kept"] >= 1
    assert len(paying.charges()) == len(set(paying.charges())) == 6


def test_two_at_once_do_each_row_once(bench: Bench) -> None:
    clips = bench.make_clips(12)
    first, second = begin(bench, *clips), begin(bench, *clips)
    ends = [process.communicate(timeout=120) for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], ends
    assert bench.runs() == {"done": 12}
    assert len(bench.files()) == 12
    assert all(len(out.split()) == 12 for out, _ in ends), "each tells of every file"
    assert any("another process works on these rows too" in told for _, told in ends)


def test_what_one_process_leaves_lying_the_other_takes_up(bench: Bench) -> None:
    clips = bench.make_clips(12)
    # `--resume`, since the second may look at the rows when the first has done some already.
    first, second = begin(bench, *clips), begin(bench, *clips, "--resume")
    wait_for(bench, first, done=2)
    first.kill()
    first.communicate()
    _, told = second.communicate(timeout=120)
    assert second.returncode == 0, told
    assert bench.runs() == {"done": 12}
    assert len(bench.files()) == 12


def test_the_budget_is_for_all_rows_and_what_does_not_fit_is_not_begun(paying: Bench) -> None:
    clips = paying.make_clips(4)
    status, result, told = paying.batch(*clips, "--budget", "65")
    assert status == 4
    assert [row["status"] for row in result["rows"]] == ["done", "done", "not_begun", "not_begun"], "10 + 10 + 50 > 65"
    assert "20 of the 65 are spent" in told
    assert "--resume --budget 70" in told
    assert len(paying.charges()) == 2
    status, result, _ = paying.batch(*clips, "--resume", "--budget", "70")
    assert status == 4, "30 + 50 > 70: what was spent before counts"
    assert result["counts"] == {"kept": 2, "done": 1, "not_begun": 1}
    status, result, _ = paying.batch(*clips, "--resume")
    assert (status, result["counts"]) == (0, {"kept": 3, "done": 1})


def test_the_budget_reserves_for_those_that_go_on_side_by_side(paying: Bench) -> None:
    clips = paying.make_clips(3)
    status, result, _ = paying.batch(*clips, "--budget", "75", "-j", "3")
    assert (status, result["counts"]) == (0, {"done": 3}), "the next waits for the one before to cost less"
    assert len(paying.charges()) == 3


def test_the_budget_holds_for_two_at_once(paying: Bench) -> None:
    clips = paying.make_clips(4)
    processes = [begin(paying, *clips, "--budget", "65") for _ in range(2)]
    ends = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [4, 4], ends
    assert len(paying.charges()) == 2, "10 + 10 + 50 > 65, whoever spent it"


def test_what_was_paid_is_not_paid_again_without_a_word(paying: Bench) -> None:
    clips = paying.make_clips(2)
    assert paying.batch(*clips)[0] == 0
    status, _, told = paying.batch(*clips)
    assert status == 2
    assert "2 rows were done or begun before, for 20 credits" in told
    assert "--resume" in told
    assert "--again" in told
    assert len(paying.charges()) == 2
    paying.out.rename(paying.folder / "away")
    status, result, told = paying.batch(*clips, "--resume")
    assert (status, result["counts"]) == (0, {"kept": 2})
    assert "no longer there: clip000-short.mp4" in result["rows"][0]["note"]
    assert paying.batch(*clips, "--again")[0] == 0
    assert len(paying.charges()) == 4


def test_a_clip_that_changed_is_begun_anew_only_where_nothing_was_paid(paying: Bench) -> None:
    paying.pipeline.write_text(
        f"{paying.pipeline.read_text()}  - stage: notify\n"
        "    with: {via: [{command: {argv: [test, -e, ready], folder: .}}]}\n"
    )
    clips = paying.make_clips(2)
    status, result, told = paying.batch(*clips)
    assert status == 1, told
    assert result["credits"] == 20
    other = (paying.folder / "whole.mp4").read_bytes() + b"\0" * 8
    clips[0].write_bytes(other)
    (paying.folder / "ready").touch()
    status, result, told = paying.batch(*clips, "--resume")
    assert [row["status"] for row in result["rows"]] == ["failed", "done"], told
    assert result["rows"][0]["error"]["code"] == "input_changed"
    assert "has cost 10 credits" in told
    assert len(paying.charges()) == 2


def test_after_so_many_failures_no_more_are_begun(bench: Bench) -> None:
    bench.pipeline.write_text(
        "clipline: 1\nname: knock\ninputs: {clip: {type: file, required: true}}\nstages:\n"
        "  - stage: notify\n    with: {via: [{command: {argv: [grep, -q, ftyp, '${{ inputs.clip }}'], folder: .}}]}\n"
    )
    clips = bench.make_clips(6, broken=3)
    status, result, told = bench.batch(*clips, "--max-failures", "2")
    assert status == 1
    assert [row["status"] for row in result["rows"]] == ["failed"] * 2 + ["not_begun"] * 4
    assert "not begun after 2 failures" in told
    status, result, _ = bench.batch(*clips)
    assert (status, result["counts"]) == (1, {"failed": 3, "done": 3})


def test_the_setting_of_a_backend_caps_how_many_go_at_once(paying: Bench) -> None:
    clips = paying.make_clips(2)
    status, _, told = paying.batch(*clips, "-j", "8", "--set", "mock.parallel=2", "--set", "mock.interval=2s")
    assert status == 0
    assert "2 at once and not 8: the setting mock.parallel allows 2" in told
    with Journal.open(paying.state) as journal:
        starts = sorted(journal.events(row.id)[0].time for row in journal.runs())
    # The first may come late to its own start; without the interval they begin together.
    assert starts[1] - starts[0] >= 1.0, "mock.interval"


def test_a_table_gives_each_row_its_own_inputs(bench: Bench) -> None:
    bench.pipeline.write_text(
        bench.pipeline.read_text()
        .replace("required: true}\n", "required: true}\n  words: {type: string, default: keep 0s to 0.3s}\n")
        .replace("instruction: keep 0s to 0.3s", 'instruction: "${{ inputs.words }}"')
    )
    bench.make_clips(3)
    table = bench.folder / "clips" / "jobs.csv"
    table.write_text("clip,words\nclip000.mp4,\nclip001.mp4,make it better somehow\nclip002.mp4,keep 0s to 0.2s\n")
    status, result, _ = bench.batch("--table", table, "--summary", "told.csv")
    assert status == 1, "words that mean nothing are one failed row"
    assert [row["status"] for row in result["rows"]] == ["done", "failed", "done"]
    assert [row["place"] for row in result["rows"]] == ["jobs.csv:2", "jobs.csv:3", "jobs.csv:4"]
    rows = list(csv.DictReader((bench.folder / "told.csv").open(newline="")))
    assert [row["clip"] for row in rows] == ["clip000.mp4", "clip001.mp4", "clip002.mp4"]
    assert rows[1]["error"]
    assert rows[0]["files"].endswith("clip000-short.mp4")
    assert bench.batch("--table", table, "--summary", "told.json")[0] == 1
    assert json.loads((bench.folder / "told.json").read_text())["clipline_batch"] == 1
    with Journal.open(bench.state) as journal:
        words = [journal.snapshot(row.id)["plan"]["inputs"]["words"] for row in journal.runs()]
    assert words == ["keep 0s to 0.2s", "keep 0s to 0.3s"], "an empty cell of a CSV file is one that is not given"


def test_wrong_rows_are_all_named_and_nothing_starts(bench: Bench) -> None:
    bench.make_clips(2)
    table = bench.folder / "jobs.jsonl"
    table.write_text('{"clip": "clips/clip000.mp4"}\n{"clp": "x"}\n{"clip": "gone.mp4"}\n[1]\n')
    status, _, told = bench.batch("--table", table)
    assert status == 2
    assert "jobs.jsonl:4" in told
    table.write_text('{"clip": "clips/clip000.mp4"}\n{"clp": "x"}\n{"clip": "gone.mp4"}\n')
    status, _, told = bench.batch("--table", table)
    assert status == 2
    assert 'jobs.jsonl:2: there is no input "clp"; did you mean' in told
    assert 'jobs.jsonl:3: input "clip": there is no file' in told
    assert not bench.runs()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to work on"),
        (["a.mp4", "--table", "jobs.csv"], "clips or --table, not both"),
        (["clips/clip000.mp4", "clips/clip000.mp4"], "the same as clips/clip000.mp4"),
        (["clips/clip000.mp4", "again/clip000.mp4"], "again/clip000.mp4: makes clip000-short.mp4"),
        (["clips/clip000.mp4", "--executor", "thread"], "did you mean"),
        (["clips/clip000.mp4", "--summary", "told.txt"], "ends in .csv or .json"),
        (["clips/clip000.mp4", "--resume", "--again"], "say one of the two"),
        (["clips/clip000.mp4", "--clip-input", "clap"], "no input 'clap'"),
        (["--table", "gone.csv"], "there is no table"),
    ],
)
def test_a_wrong_line_is_told_before_anything_starts(bench: Bench, words: list[str], said: str) -> None:
    (clip,) = bench.make_clips(1)
    (bench.folder / "again").mkdir()
    (bench.folder / "again" / clip.name).write_bytes(clip.read_bytes())
    status, _, told = bench.batch(*words)
    assert status == 2
    assert said in told
    assert "Traceback" not in told
    assert not bench.out.exists()
