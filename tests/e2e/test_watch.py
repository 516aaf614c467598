"""`clipline watch` from the command line: dropped files, kills, other watchers, and what stands in the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import commands
from campaigns.batch_hundred import QUICK
from campaigns.watch_folder import OPTIONS, Inbox, campaign
from clipline.journal import Journal
from clipline.testing.nemo import mock_nemo

#: Seconds in which a watcher ends that is told to, and in which one does its work; five times over.
STOP_LIMIT, LIMIT = 10.0, 60.0


@pytest.fixture
def watched(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path, QUICK, "local")


def until(what: Callable[[], object], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + LIMIT
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


def stop(process: subprocess.Popen[str]) -> str:
    stopped = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=LIMIT)
    assert time.monotonic() - stopped < STOP_LIMIT
    assert process.returncode == 143
    return told


def test_files_that_are_dropped_while_it_is_killed_are_each_done_and_paid_once(tmp_path: Path) -> None:
    campaign(tmp_path, files=8, kills=2)


def test_each_file_goes_to_its_place_with_what_came_of_it(watched: Inbox) -> None:
    watched.drop("good.mp4")
    (watched.inbox / "bad.mp4").write_text("this is no clip")
    status, told = watched.once()
    assert status == 1
    assert "bad.mp4: failed" in told
    assert "moved to failed/bad.mp4" in told
    assert (watched.names("done"), watched.names("failed"), watched.names("working")) == (["good.mp4"], ["bad.mp4"], [])
    good, bad = watched.record("done", "good.mp4"), watched.record("failed", "bad.mp4")
    assert good["files"] == [str(watched.out / "good-short.mp4")]
    assert (good["status"], good["exit"], good["errors"]) == ("done", 0, [])
    assert (bad["status"], bad["exit"], bad["run"]) == ("failed", 1, None)
    assert "no video" in bad["errors"][0]["message"]
    with Journal.open(watched.state) as journal:
        assert [row.id for row in journal.runs()] == [good["run"]]


def test_a_name_that_is_there_already_is_numbered(watched: Inbox) -> None:
    for _ in range(2):
        watched.drop("one.mp4")
        for made in watched.out.glob("*"):
            made.unlink()
        status, told = watched.once()
        assert status == 0, told
    assert watched.names("done") == ["one-2.mp4", "one.mp4"]
    assert watched.record("done", "one-2.mp4")["run"] != watched.record("done", "one.mp4")["run"]


def test_what_is_not_whole_or_not_a_file_is_left_alone(watched: Inbox) -> None:
    data = watched.clip.read_bytes()
    left = [".hidden.mp4", "a.mp4.part", "b.mp4.crdownload", "c.tmp"]
    for name in left:
        (watched.inbox / name).write_bytes(data)
    (watched.inbox / "folder").mkdir()
    (watched.inbox / "folder" / "inner.mp4").write_bytes(data)
    (watched.inbox / "link.mp4").symlink_to(watched.clip)
    (watched.inbox / "empty.mp4").touch()
    status, told = watched.once()
    assert status == 0
    assert "link.mp4 is a symbolic link" in told
    assert "empty.mp4 is empty" in told
    assert watched.names("done") == []
    assert {*left, "folder", "link.mp4", "empty.mp4"} <= {path.name for path in watched.inbox.iterdir()}


def test_a_file_that_grows_is_waited_for(watched: Inbox) -> None:
    data = watched.clip.read_bytes()
    process = watched.begin()
    growing = watched.inbox / "growing.mp4"
    with growing.open("wb") as file:
        for at in range(10):
            file.write(data[at * len(data) // 10 : (at + 1) * len(data) // 10])
            file.flush()
            time.sleep(0.15)
            assert growing.exists()
    until(lambda: watched.names("done"), process)
    assert "1 done" in stop(process)


def test_several_watch_one_folder_and_each_file_is_one_s(watched: Inbox) -> None:
    processes = [watched.begin("-j", "2") for _ in range(3)]
    for number in range(9):
        watched.drop(f"clip{number}.mp4")
    until(lambda: len(watched.names("done")) == 9, processes[0])
    for process in processes:
        stop(process)
    with Journal.open(watched.state) as journal:
        assert [row.status for row in journal.runs()] == ["done"] * 9
    assert watched.names("working") == []


def test_one_that_is_stopped_leaves_its_file_and_the_next_goes_on(watched: Inbox) -> None:
    (watched.folder / "shorten.yaml").write_text(
        "clipline: 1\nname: nap\ninputs: {clip: {type: file, required: true}}\nstages:\n"
        "  - stage: notify\n    id: first\n    with: {message: once, via: [{file: {path: said.jsonl}}]}\n"
        "  - stage: notify\n    id: nap\n    with:\n"
        "      via: [{command: {argv: [sh, -c, 'test -e ready || sleep 60'], folder: .}}]\n"
    )
    process = watched.begin()
    watched.drop("one.mp4")
    until(lambda: list(watched.inbox.glob("working/*.json")), process)
    time.sleep(1.0)
    told = stop(process)
    assert "1 stopped (left in working)" in told
    assert watched.names("working") == ["one.mp4"]
    (watched.folder / "ready").touch()
    status, told = watched.once()
    assert status == 0, told
    assert watched.names("done") == ["one.mp4"]
    with Journal.open(watched.state) as journal:
        (row,) = journal.runs()
        assert [stage.attempt for stage in journal.stages(row.id) if stage.path == "first"] == [1]


def test_a_file_that_waits_for_the_account_stays_and_is_taken_up_again(tmp_path: Path) -> None:
    with mock_nemo(**OPTIONS) as mock:
        token = mock.server.issue_token("ann", credits=5)
        watched = Inbox(tmp_path, {**mock.environment, "CLIPLINE_NEMO_TOKEN": token})
        watched.drop("one.mp4")
        status, told = watched.once()
        assert status == 4
        assert "it stays in working" in told
        assert watched.names("working") == ["one.mp4"]
        assert watched.once()[0] == 4, "it is tried again, and still waits"
        mock.server.issue_token("ann", credits=500)
        assert watched.once()[0] == 0
        assert watched.names("done") == ["one.mp4"]
        assert len(mock.ledger) == 1
    with Journal.open(watched.state) as journal:
        assert [row.status for row in journal.runs()] == ["done"]


def test_what_another_journal_has_begun_is_left_to_that(watched: Inbox) -> None:
    other = watched.inbox / "working" / "20260101-000000-abcd"
    other.mkdir(parents=True)
    (other / "theirs.mp4").write_bytes(watched.clip.read_bytes())
    record = {"run": "20260101-000001-abcd", "journal": "file:///their/state"}
    other.with_name(f"{other.name}.json").write_text(json.dumps(record))
    status, told = watched.once()
    assert status == 0
    assert "theirs.mp4 has a run in another journal (file:///their/state)" in told
    assert watched.names("working") == ["theirs.mp4"]
    assert not watched.out.exists()


def test_a_run_that_was_paid_is_not_begun_anew_where_the_folder_got_another_name(tmp_path: Path) -> None:
    with mock_nemo(**{**OPTIONS, "render_polls": 1000}) as mock:
        watched = Inbox(tmp_path, mock.environment)
        process = watched.begin()
        watched.drop("one.mp4")
        until(lambda: mock.ledger, process)
        process.kill()
        process.communicate()
        watched.inbox = watched.inbox.rename(tmp_path / "other")
        status, told = watched.once()
        assert len(mock.ledger) == 1, told
        assert status != 0
        record = watched.record("failed", "one.mp4")
        assert record["errors"][0]["code"] == "input_changed"
        with Journal.open(watched.state) as journal:
            assert [row.id for row in journal.runs()] == [record["run"]]


def test_where_done_cannot_be_written_the_file_stays_until_it_can(watched: Inbox) -> None:
    watched.drop("one.mp4")
    (watched.inbox / "failed").write_text("a file in the place of a folder")
    status, told = watched.once()
    assert status == 7
    assert "a file stands where a folder should be" in told
    (watched.inbox / "failed").unlink()
    assert watched.once()[0] == 0
    assert watched.names("done") == ["one.mp4"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "in"], "exported files would go to"),
        (["--out", "in/done/made"], "exported files would go to"),
        (["--out", "whole.mp4"], "whole.mp4 is not a folder"),
        (["--out", "whole.mp4/deeper"], "whole.mp4 is not a folder"),
        (["--settle", "soon"], "--settle: not a duration"),
        (["-i", "clip=whole.mp4"], "is what the files of the folder go to"),
        (["-i", "clap=1"], 'there is no input "clap"'),
        (["--executor", "nobody"], "there is no executor"),
        (["--backend", "locel"], "did you mean"),
    ],
)
def test_a_wrong_line_is_told_before_anything_is_taken(watched: Inbox, words: list[str], said: str) -> None:
    watched.drop("one.mp4")
    status, told = watched.once(*words)
    assert status == 2
    assert said in told
    assert "Traceback" not in told
    assert "Ctrl-C ends it" not in told
    assert (watched.inbox / "one.mp4").exists()


def test_where_nothing_can_be_exported_no_file_is_failed_and_no_more_are_taken(watched: Inbox) -> None:
    process = watched.begin()
    until((watched.inbox / "working").is_dir, process)
    watched.out.write_text("a file in the place of the folder")
    for name in ("one.mp4", "two.mp4"):
        watched.drop(name)
    until(lambda: watched.names("working"), process)
    time.sleep(1.0)
    told = stop(process)
    assert told.count("out is not a folder") == 1
    assert "Ctrl-C ends it" in told
    assert (watched.names("failed"), len(watched.names("working"))) == ([], 1)
    status, told = watched.once()
    assert status == 2, told
    watched.out.unlink()
    status, told = watched.once()
    assert status == 0, told
    assert watched.names("done") == ["one.mp4", "two.mp4"]


def test_an_input_of_all_that_is_taken_away_fails_no_file(watched: Inbox) -> None:
    text = (watched.folder / "shorten.yaml").read_text()
    (watched.folder / "shorten.yaml").write_text(text.replace("stages:", "  notes: {type: file}\nstages:", 1))
    notes = watched.folder / "notes.txt"
    notes.write_text("some")
    process = watched.begin("--clip-input", "clip", "-i", f"notes={notes}")
    until((watched.inbox / "working").is_dir, process)
    notes.unlink()
    watched.drop("one.mp4")
    until(lambda: watched.names("working"), process)
    time.sleep(1.0)
    assert "there is no file" in stop(process)
    assert (watched.names("failed"), watched.names("working")) == ([], ["one.mp4"])


def test_a_folder_and_a_pipeline_that_changed_places_are_told(watched: Inbox) -> None:
    words = [sys.executable, "-m", "clipline", "watch", "shorten.yaml", str(watched.inbox)]
    done = commands.run(
        words, cwd=watched.folder, env=watched.environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 2
    assert f"hint: clipline watch {watched.inbox} shorten.yaml" in done.stderr


def test_a_folder_that_is_none_is_told(watched: Inbox) -> None:
    watched.inbox.rmdir()
    status, told = watched.once()
    assert status == 2
    assert "there is no folder" in told


def test_the_pipeline_may_lie_in_the_folder_and_an_export_never_lands_there(watched: Inbox) -> None:
    text = (watched.folder / "shorten.yaml").read_text()
    own = watched.inbox / "own.yaml"
    own.write_text(
        text.replace('to: "${{ inputs.clip | stem }}-short.mp4"', 'to: "in/${{ inputs.clip | stem }}-x.mp4"')
    )
    watched.drop("one.mp4")
    words = [
        word if word != "shorten.yaml" else str(own) for word in watched.command("--once", "--out", str(watched.folder))
    ]
    done = commands.run(
        words, cwd=watched.folder, env=watched.environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 2
    assert "would be taken as a new file" in done.stderr
    assert own.exists()
    assert (watched.names("failed"), watched.names("working")) == ([], ["one.mp4"])
