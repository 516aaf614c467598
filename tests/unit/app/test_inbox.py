"""A watched folder, step by step: real files, a clock that the test moves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from clipline.app.inbox import Claim, Inbox
from clipline.journal.locks import RunLock
from clipline.testing import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def inbox(tmp_path: Path, clock: VirtualClock, said: list[str]) -> Inbox:
    made = Inbox(tmp_path, settle=4.0, clock=clock, spared=[tmp_path / "spared.mp4"], say=said.append)
    made.prepare()
    return made


def another(inbox: Inbox, clock: VirtualClock) -> Inbox:
    """A watcher of the same folder in a process of its own."""
    return Inbox(inbox.folder, settle=4.0, clock=clock, spared=[], say=lambda _: None)


def taken(inbox: Inbox, clock: VirtualClock) -> Claim:
    """The file that is there, once it has stood still."""
    assert inbox.next() is None
    clock.advance(4.0)
    claim = inbox.next()
    assert claim is not None
    return claim


def killed(claim: Claim) -> None:
    """The process that has it dies: the system lets go of its lock."""
    claim.lock.release()


def test_a_file_is_taken_when_it_has_not_changed_for_the_time_that_it_takes(inbox: Inbox, clock: VirtualClock) -> None:
    file = inbox.folder / "a.mp4"
    file.write_bytes(b"1")
    assert inbox.next() is None
    assert inbox.is_expecting
    clock.advance(3.0)
    file.write_bytes(b"12")
    assert inbox.next() is None
    clock.advance(3.9)
    assert inbox.next() is None
    clock.advance(0.1)
    claim = inbox.next()
    assert claim is not None
    assert claim.file.read_bytes() == b"12"
    assert claim.file.parent.parent == inbox.working
    assert not file.exists()
    assert not inbox.is_expecting


def test_a_file_that_is_replaced_by_one_of_the_same_size_begins_anew(inbox: Inbox, clock: VirtualClock) -> None:
    file = inbox.folder / "a.mp4"
    file.write_bytes(b"1")
    assert inbox.next() is None
    clock.advance(4.0)
    file.unlink()
    file.write_bytes(b"2")
    os.utime(file, (1, 1))
    assert inbox.next() is None


def test_one_that_is_spared_is_never_taken(inbox: Inbox, clock: VirtualClock) -> None:
    (inbox.folder / "spared.mp4").write_bytes(b"1")
    inbox.next()
    clock.advance(10.0)
    assert inbox.next() is None
    assert not inbox.is_expecting


def test_one_whose_name_is_too_long_for_a_sidecar_is_left_alone(
    inbox: Inbox, clock: VirtualClock, said: list[str]
) -> None:
    (inbox.folder / f"{'長' * 78}-xyz.mp4").write_bytes(b"1")
    fits = inbox.folder / f"{'長' * 78}.mp4"
    fits.write_bytes(b"1")
    assert taken(inbox, clock).file.name == fits.name
    assert inbox.next() is None
    assert not inbox.is_expecting
    assert said == [f"{'長' * 40}… is left alone: its name is longer than 240 bytes"]


def test_of_two_watchers_one_gets_it(inbox: Inbox, clock: VirtualClock) -> None:
    other = another(inbox, clock)
    (inbox.folder / "a.mp4").write_bytes(b"1")
    assert inbox.next() is other.next() is None
    clock.advance(4.0)
    claim = inbox.next()
    assert claim is not None
    assert other.next() is None, "the other one lives"
    assert len([path for path in inbox.working.iterdir() if path.is_dir()]) == 1


@pytest.mark.parametrize("step", ["claimed", "recorded", "named", "moved", "nearly"])
def test_whoever_comes_after_a_kill_goes_on_from_any_step(inbox: Inbox, clock: VirtualClock, step: str) -> None:
    (inbox.folder / "a.mp4").write_bytes(b"1")
    claim = taken(inbox, clock)
    done = inbox.places["done"]
    if step != "claimed":
        claim.keep({"run": "r1"})
    if step in {"named", "moved", "nearly"}:
        target = claim._take_name(done, {"claim": claim.id, "first": True})
        if step in {"moved", "nearly"}:
            claim.file.rename(target)
        if step == "nearly":
            claim.folder.rmdir()
    killed(claim)
    again = another(inbox, clock).next()
    if step in {"moved", "nearly"}:
        assert again is None
    else:
        assert again is not None
        assert (again.id, again.record) == (claim.id, {} if step == "claimed" else {"run": "r1"})
        again.finish(done, {"first": False})
    assert sorted(path.name for path in done.iterdir()) == ["a.mp4", "a.mp4.json"]
    assert (done / "a.mp4").read_bytes() == b"1"
    assert [path.name for path in inbox.working.iterdir() if path.is_dir()] == []


def test_a_file_of_the_same_name_is_numbered_and_nothing_is_written_over(inbox: Inbox, clock: VirtualClock) -> None:
    done = inbox.places["done"]
    (done / "a.mp4").write_bytes(b"a person's own")
    (done / "a-2.mp4.json").write_text('{"claim": "of another"}')
    (inbox.folder / "a.mp4").write_bytes(b"1")
    claim = taken(inbox, clock)
    assert inbox.finish(claim, "done", {"status": "done"}) == done / "a-3.mp4"
    assert (done / "a.mp4").read_bytes() == b"a person's own"
    assert json.loads((done / "a-3.mp4.json").read_text())["status"] == "done"
    assert list(inbox.working.iterdir()) == []


def test_a_file_that_somebody_took_away_while_it_was_worked_on_leaves_its_facts(
    inbox: Inbox, clock: VirtualClock
) -> None:
    (inbox.folder / "a.mp4").write_bytes(b"1")
    claim = taken(inbox, clock)
    claim.file.unlink()
    inbox.finish(claim, "failed", {"status": "failed"})
    assert [path.name for path in inbox.places["failed"].iterdir()] == ["a.mp4.json"]
    assert list(inbox.working.iterdir()) == []


def test_what_nobody_has_any_more_is_swept(inbox: Inbox, clock: VirtualClock) -> None:
    held = RunLock(inbox.working, "held")
    held.acquire()
    for name in ("old.lock", "old.json", "new.json"):
        (inbox.working / name).touch()
    for name in ("old.lock", "old.json", "held.lock"):
        os.utime(inbox.working / name, (clock.now() - 100, clock.now() - 100))
    os.utime(inbox.working / "new.json", (clock.now(), clock.now()))
    another(inbox, clock).prepare()
    assert sorted(path.name for path in inbox.working.iterdir()) == ["held.lock", "new.json"]
    held.release()


def test_a_folder_that_is_gone_is_told_once_and_waited_for(inbox: Inbox, clock: VirtualClock, said: list[str]) -> None:
    moved = inbox.folder.with_name("elsewhere")
    inbox.folder.rename(moved)
    assert inbox.next() is None
    assert inbox.next() is None
    assert len([text for text in said if "is not there" in text]) == len(said) > 0
    count = len(said)
    moved.rename(inbox.folder)
    (inbox.folder / "a.mp4").write_bytes(b"1")
    assert taken(inbox, clock).file.name == "a.mp4"
    assert len(said) == count
