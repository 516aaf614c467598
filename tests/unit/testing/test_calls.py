"""What plugin authors test with keeps the promises that the engine makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.clock import CancelToken
from clipline.errors import Cancelled, InputError, OutcomeUnknown, StageFailed, TimedOut
from clipline.stage import Settled
from clipline.testing.calls import FolderFiles, MemoryEffects, call_log, next_attempt, stage_call
from clipline.testing.clocks import VirtualClock
from clipline.values import JsonObject

# --- effects ---------------------------------------------------------------------------------------------------------


def never(_: JsonObject) -> Settled:
    raise AssertionError("nothing to settle")


def fail() -> JsonObject:
    raise StageFailed("no")


def test_an_effect_with_an_outcome_is_not_done_again() -> None:
    effects = MemoryEffects()
    assert effects.perform("pay", {"n": 1}, lambda: {"id": 7}, settle=never) == {"id": 7}
    assert effects.perform("pay", {"n": 1}, fail, settle=never) == {"id": 7}
    assert effects.sent == ["pay"]
    assert effects.earlier("pay") == {"id": 7}


def test_another_operation_is_another_effect() -> None:
    effects = MemoryEffects()
    effects.perform("pay", {"n": 1}, dict, settle=never)
    effects.perform("pay", {"n": 2}, dict, settle=never)
    assert effects.sent == ["pay", "pay"]


def test_a_refused_send_may_be_sent_again_and_is_not_settled() -> None:
    effects = MemoryEffects()
    with pytest.raises(StageFailed):
        effects.perform("pay", {}, fail, settle=never, refused=lambda _: True)
    assert effects.perform("pay", {}, lambda: {"id": 1}, settle=never) == {"id": 1}


@pytest.mark.parametrize("verdict", ["done", "not_done", "unknown"])
def test_a_send_that_failed_is_settled_by_reading(verdict: str) -> None:
    effects = MemoryEffects()
    settled = Settled(verdict, {"id": 3}, "look there")  # type: ignore[arg-type]
    if verdict == "done":
        assert effects.perform("pay", {"n": 1}, fail, settle=lambda _: settled) == {"id": 3}
    elif verdict == "not_done":
        with pytest.raises(StageFailed):
            effects.perform("pay", {"n": 1}, fail, settle=lambda _: settled)
        assert effects.open_operation("pay") is None
    else:
        with pytest.raises(OutcomeUnknown) as caught:
            effects.perform("pay", {"n": 1}, fail, settle=lambda _: settled)
        assert caught.value.hint == "look there"
        assert effects.open_operation("pay") == {"n": 1}


def test_a_cancelled_send_stays_open_until_the_next_attempt() -> None:
    effects = MemoryEffects()

    def cancelled() -> JsonObject:
        raise Cancelled

    with pytest.raises(Cancelled):
        effects.perform("pay", {"n": 1}, cancelled, settle=never)
    assert effects.open_operation("pay") == {"n": 1}
    assert effects.earlier("pay") is None
    assert effects.perform("pay", {"n": 1}, fail, settle=lambda _: Settled("done", {"id": 9})) == {"id": 9}


# --- files -----------------------------------------------------------------------------------------------------------


def deliver(files: FolderFiles, target: Path, text: str, **options: object) -> Path:
    temporary = files.temporary(target)
    temporary.write_text(text)
    return files.deliver(temporary, target, **options).path  # type: ignore[arg-type]


def test_a_file_is_delivered_whole_with_its_facts(tmp_path: Path) -> None:
    files, target = FolderFiles(), tmp_path / "a" / "x.txt"
    assert deliver(files, target, "hello", sidecar={"by": "me"}) == target
    assert target.read_text() == "hello"
    assert '"by": "me"' in (tmp_path / "a" / "x.txt.json").read_text()
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(".")] == []


def test_a_taken_name_fails_is_replaced_or_numbered_as_asked(tmp_path: Path) -> None:
    files, target = FolderFiles(), tmp_path / "x.txt"
    target.write_text("mine")
    with pytest.raises(InputError):
        deliver(files, target, "new")
    assert deliver(files, target, "new", collision="number") == tmp_path / "x-2.txt"
    assert target.read_text() == "mine"
    assert deliver(files, target, "new", collision="overwrite") == target
    assert target.read_text() == "new"


def test_what_was_delivered_is_known_to_the_next_attempt(tmp_path: Path) -> None:
    call = stage_call(tmp_path, "make")
    target = call.out / "x.txt"
    assert call.files.delivered(target) is None
    temporary = call.files.temporary(target)
    temporary.write_text("x")
    made = call.files.deliver(temporary, target)
    again = next_attempt(call)
    assert again.attempt == 2
    assert again.files.delivered(target) == made
    target.unlink()
    assert again.files.delivered(target) is None


# --- calls and clocks ------------------------------------------------------------------------------------------------


def test_a_call_keeps_what_was_emitted(tmp_path: Path) -> None:
    call = stage_call(tmp_path, "make", path="batch[0].make", status="failed")
    call.note("hello")
    call.progress(0.5, "half")
    assert call_log(call).notes == ["hello"]
    assert call_log(call).of("stage.progress") == [{"fraction": 0.5, "text": "half"}]
    assert (call.path, call.kind, call.run["status"]) == ("batch[0].make", "make", "failed")


def test_a_virtual_clock_waits_without_waiting() -> None:
    clock = VirtualClock()
    inner = clock.within(100)
    inner.sleep(60)
    clock.advance(30)
    assert (clock.monotonic(), clock.waits, inner.remaining) == (90.0, (60.0,), 10.0)
    with pytest.raises(TimedOut):
        inner.sleep(60)
    assert clock.monotonic() == 100.0


def test_a_virtual_clock_can_be_cancelled() -> None:
    token = CancelToken()
    clock = VirtualClock().with_token(token)
    token.cancel()
    with pytest.raises(Cancelled):
        clock.sleep(1)
