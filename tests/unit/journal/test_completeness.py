"""A journal that knows less than its runs' folders, or stands beside its own copy, is not gone on with silently."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clipline.errors import MachineError
from clipline.events import Event
from clipline.journal import Journal, RunWriter
from clipline.journal.rows import dump

RUN = "20260101-000000-aaaa"


def begin(journal: Journal, run_id: str = RUN) -> RunWriter:
    return journal.begin(run_id, name="n", pipeline="p.yaml", backend="b", started=1.0, snapshot={})


def intend(writer: RunWriter, sequence: int) -> None:
    """An effect, as the engine journals it, and tells of it."""
    effect = writer.intend("edit", 1, "pay", "{}", "d", now=1.0, deadline=2.0, session="s")
    data = {"name": "pay"}
    writer.add_event(Event(writer.run_id, sequence, 2.0, "effect.intended", "edit", data), dump(data))
    writer.conclude(effect, {"credits": 1}, 2.0)


def files(folder: Path) -> dict[str, bytes]:
    """The journal and its log as they are, where they hold anything."""
    found = {path.name: path.read_bytes() for path in folder.glob("journal.sqlite*") if path.suffix != ".sqlite-shm"}
    return {name: content for name, content in found.items() if content}


def test_a_journal_from_a_backup_that_misses_a_run_is_refused_and_kept(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        begin(journal).close()
    shutil.copy(tmp_path / "journal.sqlite", tmp_path / "backup")
    with Journal.open(tmp_path) as journal:
        writer = begin(journal, "20260102-000000-bbbb")
        intend(writer, 1)
        writer.close()
    shutil.copy(tmp_path / "backup", tmp_path / "journal.sqlite")
    before = files(tmp_path)
    with pytest.raises(MachineError, match="20260102-000000-bbbb") as refused:
        Journal.open(tmp_path)
    assert (refused.value.code, refused.value.exit) == ("journal_behind", 7)
    assert "doctor --mend" in refused.value.hint
    assert files(tmp_path) == before


def test_a_journal_that_lost_a_paid_effect_does_not_go_on_with_its_run(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        writer = begin(journal)
        writer.close()
    shutil.copy(tmp_path / "journal.sqlite", tmp_path / "backup")
    with Journal.open(tmp_path) as journal:
        writer = journal.continue_(RUN)
        intend(writer, 1)
        writer.close()
        journal.continue_(RUN).close()
    shutil.copy(tmp_path / "backup", tmp_path / "journal.sqlite")
    with Journal.open(tmp_path) as journal:
        with pytest.raises(MachineError, match="'pay' in the stage 'edit'") as refused:
            journal.continue_(RUN)
        assert refused.value.code == "journal_behind"
        assert journal.run(RUN).status == "interrupted"
        journal.continue_(RUN, accept_loss=True).close()


@pytest.mark.parametrize("what", ["gone", "empty", "gone, its log is there", "empty, its log is there"])
def test_a_journal_that_is_gone_from_beside_its_runs_is_not_made_anew(tmp_path: Path, what: str) -> None:
    journal = Journal.open(tmp_path)
    writer = begin(journal)
    intend(writer, 1)
    writer.close()
    path, log = tmp_path / "journal.sqlite", tmp_path / "journal.sqlite-wal"
    content = log.read_bytes()
    journal.close()
    if "log" in what:
        log.write_bytes(content)
        shutil.rmtree(tmp_path / "runs")
    path.unlink()
    if "empty" in what:
        path.touch()
    before = files(tmp_path)
    with pytest.raises(MachineError) as refused:
        Journal.open(tmp_path)
    assert (refused.value.code, refused.value.exit) == ("journal_damaged", 7)
    assert files(tmp_path) == before


def test_of_a_copied_state_folder_only_the_first_goes_on_while_both_are_there(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with Journal.open(first) as journal:
        begin(journal).close()
    shutil.copytree(first, second)
    with Journal.open(second) as journal:
        with pytest.raises(MachineError) as refused:
            journal.continue_(RUN)
        assert (refused.value.code, refused.value.exit) == ("journal_copied", 7)
        assert str(first) in refused.value.hint
        shutil.move(first, tmp_path / "elsewhere")
        writer = journal.continue_(RUN)
        assert writer.folder == second / "runs" / RUN, "a folder that was moved"
        writer.close()
        assert journal.run(RUN).folder == second / "runs" / RUN
    (tmp_path / "link").symlink_to(second)
    with Journal.open(tmp_path / "link") as journal:
        journal.continue_(RUN).close()


def test_a_run_that_was_deleted_halfway_is_no_sign_of_a_journal_that_forgot(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        writer = begin(journal)
        intend(writer, 1)
        writer.close()
        (writer.folder / "scratch").mkdir()
        journal.delete(RUN)
        (tmp_path / "runs" / RUN).mkdir()
    Journal.open(tmp_path).close()


def test_a_journal_whose_log_lost_its_end_is_left_as_it_is_for_who_mends_it(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    writer = begin(journal)
    intend(writer, 1)
    writer.close()
    path, log = tmp_path / "journal.sqlite", tmp_path / "journal.sqlite-wal"
    contents = path.read_bytes(), bytearray(log.read_bytes())
    journal.close()
    path.write_bytes(contents[0])
    at = contents[1].index(b"editpay")  # in the page of the effect, after which nothing counts
    contents[1][at] ^= 1
    log.write_bytes(contents[1])
    before = files(tmp_path)
    for _ in range(2):
        with Journal.open(tmp_path) as again, pytest.raises(MachineError) as refused:
            again.continue_(RUN)
        assert refused.value.code == "journal_behind"
        assert files(tmp_path) == before
