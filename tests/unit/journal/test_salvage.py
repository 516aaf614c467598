"""A damaged journal is kept aside and mended: what can be read of it is saved, and what may be lost is said."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from clipline.errors import MachineError
from clipline.events import Event
from clipline.journal import Journal, RunWriter, salvage
from clipline.journal.rows import dump

DATA = Path(__file__).resolve().parents[2] / "data"
NOW = 1_800_000_000.0


def fill(state: Path, runs: int = 30) -> list[str]:
    """A journal of many pages: runs that are done, and one that is not, whose paid effect is open."""
    ids = [f"20260101-0000{number:02}-aaaa" for number in range(runs)]
    with Journal.open(state) as journal:
        for run_id in ids:
            writer = journal.begin(
                run_id, name=f"run {run_id}", pipeline="p", backend="b", started=1.0, snapshot={"text": "x" * 3000}
            )
            pay(writer, is_open=run_id == ids[-1])
            if run_id != ids[-1]:
                writer.finish("done", 0, 3.0, {}, [])
            writer.close()
    return ids


def pay(writer: RunWriter, *, is_open: bool) -> None:
    operation = dump({"text": f"edit of {writer.run_id}"})
    started = {"name": "n", "backend": "b", "folder": str(writer.folder), "resumed": False}
    writer.add_event(Event(writer.run_id, 1, 1.0, "run.started", "", started), dump(started))
    digest = hashlib.sha256(operation.encode()).hexdigest()
    effect = writer.intend("edit", 1, "edit", operation, digest, now=1.0, deadline=2.0, session=writer.run_id)
    writer.add_event(Event(writer.run_id, 2, 2.0, "effect.intended", "edit", {"name": "edit"}), dump({"name": "edit"}))
    if is_open:
        writer.flush()
    else:
        writer.conclude(effect, {"credits": 10}, 2.0)


def flip(path: Path, seed: int, count: int, first: int = 100) -> None:
    content = bytearray(path.read_bytes())
    chance = random.Random(seed)
    for _ in range(count):
        content[chance.randrange(first, len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def test_a_whole_journal_is_mended_into_an_equal_one(tmp_path: Path) -> None:
    ids = fill(tmp_path)
    with Journal.open(tmp_path) as journal:
        before = [(run, journal.effects(run.id), journal.events(run.id)) for run in journal.runs()]
    mended = salvage(tmp_path, NOW)
    assert (mended.runs, mended.effects, mended.is_whole, mended.lost) == (30, 30, True, ())
    with Journal.open(tmp_path) as journal:
        assert [(run, journal.effects(run.id), journal.events(run.id)) for run in journal.runs()] == before
        journal.continue_(ids[-1]).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["journal.sqlite", mended.kept.name, "runs"])  # type: ignore[union-attr]


def test_the_damaged_journal_is_kept_byte_by_byte_with_its_log(tmp_path: Path) -> None:
    fill(tmp_path)
    journal = Journal.open(tmp_path)
    journal.begin("20260102-000000-zzzz", name="n", pipeline="p", backend="b", started=2.0, snapshot={}).close()
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        shutil.copy(tmp_path / name, tmp_path / f"copy-{name}")
    journal.close()
    for name in ("journal.sqlite", "journal.sqlite-wal"):
        (tmp_path / f"copy-{name}").replace(tmp_path / name)
    before = [(tmp_path / name).read_bytes() for name in ("journal.sqlite", "journal.sqlite-wal")]
    kept = salvage(tmp_path, NOW).kept
    assert kept is not None
    assert [kept.read_bytes(), kept.with_name(kept.name + "-wal").read_bytes()] == before
    with Journal.open(tmp_path) as journal:
        assert journal.run("20260102-000000-zzzz").status == "interrupted"


@pytest.mark.parametrize("damage", ["middle", "cut off", "header", "zeros", "empty", "gone", "text", "folder"])
def test_whatever_the_damage_all_runs_are_known_and_the_open_one_is_not_gone_on_with_silently(
    tmp_path: Path, damage: str
) -> None:
    ids = fill(tmp_path)
    path = tmp_path / "journal.sqlite"
    content = path.read_bytes()
    if damage == "middle":
        path.write_bytes(content[:20_000] + b"\xff" * 12_000 + content[32_000:])
    elif damage == "cut off":
        path.write_bytes(content[: len(content) // 2 + 17])
    elif damage == "header":
        flip(path, 1, 40, first=0)
        path.write_bytes(b"\0" * 24 + path.read_bytes()[24:])
    elif damage == "zeros":
        path.write_bytes(b"\0" * len(content))
    elif damage == "text":
        path.write_text("a letter " * 5000)
    else:
        path.unlink()
        if damage == "empty":
            path.touch()
        elif damage == "folder":
            path.mkdir()
    if damage != "middle":  # that is found when it is read
        with pytest.raises(MachineError) as refused:
            Journal.open(tmp_path)
        assert refused.value.code == "journal_damaged"
        assert "doctor --mend" in refused.value.hint
    mended = salvage(tmp_path, NOW)
    with Journal.open(tmp_path) as journal:
        assert sorted(run.id for run in journal.runs()) == ids
        journal.check_whole()
        last = journal.run(ids[-1])
        known = [effect.status for effect in journal.effects(ids[-1])]
        assert known == ["open"] or last.lost, "an intent is kept, or that it may be lost is said"
        assert ids[-1] in mended.lost or known == ["open"]


@pytest.mark.parametrize("pages", [1, 2, 5])
def test_of_a_journal_that_was_cut_off_all_is_saved_that_stood_before_the_cut(tmp_path: Path, pages: int) -> None:
    ids = fill(tmp_path)
    path = tmp_path / "journal.sqlite"
    path.write_bytes(path.read_bytes()[: -4096 * pages])
    mended = salvage(tmp_path, NOW)
    assert mended.effects > 10, "SQLite itself would read none"
    assert not mended.is_whole
    assert ids[-1] in mended.lost
    with Journal.open(tmp_path) as journal:
        assert sorted(run.id for run in journal.runs()) == ids


@pytest.mark.parametrize("seed", range(6))
def test_of_flipped_bits_nothing_that_was_paid_is_forgotten_silently(tmp_path: Path, seed: int) -> None:
    ids = fill(tmp_path, 8)
    flip(tmp_path / "journal.sqlite", seed, 30)
    salvage(tmp_path, NOW)
    with Journal.open(tmp_path) as journal:
        journal.check_whole()
        assert journal.effects(ids[-1]) or journal.run(ids[-1]).lost


def test_a_journal_in_use_is_not_mended(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    with Journal.open(tmp_path) as journal:
        writer = journal.begin("20260102-000000-zzzz", name="n", pipeline="p", backend="b", started=2.0, snapshot={})
        before = (tmp_path / "journal.sqlite").read_bytes()
        with pytest.raises(MachineError, match="is going on") as refused:
            salvage(tmp_path, NOW)
        assert refused.value.exit == 7
        writer.close()
    assert (tmp_path / "journal.sqlite").read_bytes()[:4096] == before[:4096]


def test_a_mending_that_was_broken_off_after_it_took_the_log_aside_is_finished_with_it(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    journal = Journal.open(tmp_path)
    journal.begin("20260102-000000-zzzz", name="n", pipeline="p", backend="b", started=2.0, snapshot={}).close()
    log = (tmp_path / "journal.sqlite-wal").read_bytes()
    journal.close()
    connection = sqlite3.connect(tmp_path / "journal.sqlite")
    connection.execute("DELETE FROM runs WHERE id LIKE '%zzzz'")
    connection.commit()
    connection.close()
    (tmp_path / "journal.damaged-1.sqlite").hardlink_to(tmp_path / "journal.sqlite")
    (tmp_path / "journal.damaged-1.sqlite-wal").write_bytes(log)
    salvage(tmp_path, NOW)
    with Journal.open(tmp_path) as journal:
        assert len(journal.runs()) == 3


def test_an_older_journal_that_is_damaged_is_mended_into_one_of_this_version(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "journal.sqlite")
    connection.executescript((DATA / "journal-1.0.sql").read_text("utf-8"))
    connection.execute(
        "INSERT INTO runs (id, name, pipeline, backend, status, started, folder, epoch, snapshot)"
        " VALUES ('old', 'n', 'p', 'b', 'running', 1.0, '/nowhere', 1, '{}')"
    )
    connection.commit()
    connection.close()
    mended = salvage(tmp_path, NOW)
    assert mended.runs == 1
    with Journal.open(tmp_path) as journal:
        assert journal.run("old").status == "interrupted"


@pytest.mark.parametrize("seed", range(12))
def test_a_journal_with_flipped_bits_is_whole_or_told_to_be_damaged(tmp_path: Path, seed: int) -> None:
    fill(tmp_path, 4)
    flip(tmp_path / "journal.sqlite", seed, 30)
    try:
        with Journal.open(tmp_path) as journal:
            journal.check_whole()
    except MachineError as error:
        told = error
    else:
        return
    assert told.exit == 7
    assert told.code in {"journal_damaged", "journal_behind", "journal_newer"}
    assert told.hint
