"""A disk that will not: what the journal does then, and what it does not lose."""

from __future__ import annotations

import errno
import json
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clipline.errors import MachineError
from clipline.events import Event
from clipline.journal import Journal, RunWriter
from clipline.journal.lines import EventLines
from clipline.journal.rows import dump


def begin(journal: Journal, run_id: str = "20260101-000000-aaaa") -> RunWriter:
    return journal.begin(run_id, name="n", pipeline="p.yaml", backend="b", started=1.0, snapshot={})


def tell(writer: RunWriter, sequence: int) -> None:
    data = {"text": "x"}
    writer.add_event(Event(writer.run_id, sequence, 2.0, "stage.note", "a", data), dump(data))


@contextmanager
def no_more_descriptors() -> Iterator[None]:
    """Let this process open no more files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_copy_of_the_events_that_cannot_be_written_does_not_stop_the_run(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    writer = begin(journal)
    copy = writer.folder / "events.jsonl"
    writer._lines._file = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)  # type: ignore[assignment]
    tell(writer, 1)
    writer.flush()
    assert len(journal.events(writer.run_id)) == 1
    tell(writer, 2)
    writer.flush()
    lines = [json.loads(line) for line in copy.read_text().splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2], "with room again, it is written anew"
    writer.close()


def test_a_copy_of_the_events_whose_place_is_no_file_does_not_stop_the_run(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    writer = begin(journal)
    writer.close()
    (writer.folder / "events.jsonl").unlink()
    (writer.folder / "events.jsonl").mkdir()
    again = journal.continue_(writer.run_id)
    tell(again, 1)
    again.flush()
    again.close()
    assert [event.sequence for event in journal.events(writer.run_id)] == [1]


def test_a_short_write_to_the_copy_of_the_events_is_finished(tmp_path: Path) -> None:
    class OneByte:
        def __init__(self) -> None:
            self.content = b""

        def write(self, data: memoryview) -> int:
            self.content += bytes(data[:1])
            return 1

        def close(self) -> None:
            pass

    lines, file = EventLines(tmp_path / "events.jsonl", list), OneByte()
    lines._file = file  # type: ignore[assignment]
    lines.add(["one\n", "two\n"])
    assert file.content == b"one\ntwo\n"


def test_a_run_that_could_not_be_written_down_leaves_no_folder_and_no_lock(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal, Journal.open(tmp_path):
        journal._database._normal.execute("PRAGMA max_page_count=1")
        with pytest.raises(MachineError, match="full") as refused:
            journal.begin("r", name="n", pipeline="p", backend="b", started=1.0, snapshot={"x": "y" * 9000})
        assert refused.value.code == "disk_full"
        assert str(tmp_path) in refused.value.hint
        with pytest.raises(MachineError):
            journal.submit("s", name="n", pipeline="p", backend="b", started=1.0, snapshot={"x": "y" * 9000})
        assert list((tmp_path / "runs").iterdir()) == []


def test_without_a_file_descriptor_left_a_run_begins_with_an_error_of_this_machine(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal, no_more_descriptors(), pytest.raises(MachineError) as refused:
        begin(journal)
    assert (refused.value.exit, bool(refused.value.hint)) == (7, True)
    assert list((tmp_path / "runs").iterdir()) == []


def test_between_an_intent_and_its_send_nothing_is_written(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        writer = begin(journal)
        tell(writer, 1)
        for connection in (journal._database._normal, journal._database._full):
            connection.execute("PRAGMA query_only=1")
        writer.check_ours()
        with pytest.raises(MachineError, match="readonly"):
            writer.flush()


def test_the_hint_names_the_folder_whatever_the_disk_says(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        for error in (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
            OSError(errno.EIO, os.strerror(errno.EIO)),
            sqlite3.OperationalError("unable to open database file"),
        ):
            if isinstance(error, sqlite3.Error):
                error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            with pytest.raises(MachineError) as told, journal._database.faults():
                raise error
            assert str(tmp_path) in told.value.hint
            assert told.value.exit == 7
