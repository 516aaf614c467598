"""Events, observers, callbacks, secrets, reports of bugs: what is told, and what must never be."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of

from clipline.clock import Clock
from clipline.engine import runner
from clipline.engine.observers import QUEUE_SIZE, Observers
from clipline.errors import Cancelled, InputError, StageFailed
from clipline.events import EVENT_TYPES, Event, Finding
from clipline.stage import Settled, StageCall, StageResult, hookimpl
from clipline.testing.clocks import VirtualClock


def event(sequence: int = 1) -> Event:
    return Event("r", sequence, 1.0, "stage.note", "a", {})


def quiet(call: StageCall, options: Any) -> StageResult:
    return StageResult({"ok": True}, findings=(Finding("INFO", "fine"),))


def test_events_are_numbered_in_order_and_the_same_everywhere(tmp_path: Path) -> None:
    seen: list[Event] = []
    plugin = kind_plugin({"quiet": quiet}, event=hookimpl(lambda event: seen.append(event) or None))
    world = World(tmp_path, plugin)
    result = world.run(stages_of("quiet"))
    told = world.events
    assert [each.sequence for each in told] == list(range(1, len(told) + 1))
    assert [each.type for each in told] == ["run.started", "stage.started", "finding", "stage.finished", "run.finished"]
    assert {each.type for each in told} <= set(EVENT_TYPES)
    assert seen == told == world.journal.events(result.run_id)
    lines = (tmp_path / "state" / "runs" / result.run_id / "events.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [each.as_json() for each in told]


def test_each_type_of_event_holds_what_its_description_says(tmp_path: Path) -> None:
    def busy(call: StageCall, options: Any) -> StageResult:
        call.note("hello")
        call.progress(0.5, "half")
        call.progress(0.6, "too soon to be told")
        call.progress(1, "whole")
        return StageResult()

    world = World(tmp_path, kind_plugin({"busy": busy}))
    world.run(stages_of("busy"))
    by_type = {each.type: each.data for each in world.events}
    assert set(by_type["run.started"]) == {"name", "backend", "folder", "resumed"}
    assert set(by_type["run.finished"]) == {"status", "exit", "seconds"}
    assert set(by_type["stage.finished"]) == {"status", "seconds", "reason", "error"}
    assert by_type["stage.note"] == {"text": "hello"}
    progress = [each.data for each in world.events if each.type == "stage.progress"]
    assert [(each["fraction"], each["text"], each["seconds_left"]) for each in progress] == [
        (0.5, "half", None),
        (1, "whole", None),
    ]


def test_an_event_of_a_long_stage_is_written_before_it_ends(tmp_path: Path) -> None:
    found: list[list[str]] = []

    def long(call: StageCall, options: Any) -> StageResult:
        call.clock.sleep(0.6)
        call.note("still here")
        found.append([each.type for each in World(tmp_path, plugin).journal.events(call.run_id)])
        found.append([row.status for row in World(tmp_path, plugin).journal.stages(call.run_id)])
        return StageResult()

    plugin = kind_plugin({"long": long})
    World(tmp_path, plugin).run(stages_of("long"))
    assert found == [["run.started", "stage.started", "stage.note"], ["running"]]


def test_a_callback_that_fails_is_noted_once_and_changes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, kind_plugin({"quiet": quiet}))

    def broken(event: Event) -> None:
        raise RuntimeError("no terminal")

    result = world.run(stages_of("quiet"), on_event=broken)
    assert result.status == "done"
    notes = [each for each in world.journal.events(result.run_id) if each.type == "stage.note"]
    assert len(notes) == 1
    assert "no terminal" in notes[0].data["text"]


def test_an_observer_that_fails_or_hangs_never_holds_up_a_run(tmp_path: Path) -> None:
    seen: list[str] = []
    leave = threading.Event()

    def hang(event: Event) -> None:
        leave.wait(60)

    def fail(event: Event) -> None:
        raise ValueError("bad observer")

    observers = Observers(
        [("hang", hang), ("fail", fail), ("good", lambda event: seen.append(event.type))], patience=0.1
    )
    started = time.monotonic()
    for number in range(50):
        observers.tell(event(number))
        time.sleep(0.005)
    observers.close()
    leave.set()
    assert time.monotonic() - started < 10
    assert "took over" in observers.switched_off["hang"]
    assert len(seen) >= 49


@pytest.mark.parametrize("ending", [SystemExit, KeyboardInterrupt, GeneratorExit, RecursionError])
def test_an_observer_that_would_end_the_program_ends_nothing(ending: type[BaseException]) -> None:
    seen: list[int] = []

    def leave(event: Event) -> None:
        raise ending

    observers = Observers([("leave", leave), ("good", lambda event: seen.append(event.sequence))])
    for number in range(3):
        observers.tell(event(number))
    observers.close()
    assert seen == [0, 1, 2]
    assert observers.switched_off == {"leave": f"it failed: {ending.__name__}: "}


def test_a_slow_observer_is_switched_off_for_the_run(tmp_path: Path) -> None:
    calls: list[int] = []

    def slow(event: Event) -> None:
        calls.append(event.sequence)
        time.sleep(0.15)

    observers = Observers([("slow", slow)], patience=0.1)
    for number in range(5):
        observers.tell(event(number))
    observers.close()
    observers.tell(event(9))
    assert calls == [0]


def test_what_observers_are_too_slow_for_is_dropped_and_counted() -> None:
    begun, leave = threading.Event(), threading.Event()

    def slow(event: Event) -> None:
        begun.set()
        leave.wait(10)

    observers = Observers([("slow", slow)], patience=30)
    observers.tell(event())
    assert begun.wait(10)
    for number in range(QUEUE_SIZE + 7):
        observers.tell(event(number))
    assert observers.dropped == 7
    leave.set()
    observers.close()


SECRET = 'open "sesame" ünow'


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("TEST_TOKEN", SECRET)
    return SECRET


def test_a_secret_reaches_its_stage_and_nothing_else(tmp_path: Path, secret: str) -> None:
    got: list[Any] = []

    def tell(call: StageCall, options: Any) -> StageResult:
        value = options["token"].reveal()
        got.append(value)
        call.note(f"using {value}")
        if options.get("fail") == "clear":
            raise StageFailed(f"refused with {value}")
        if options.get("fail") == "bug":
            raise ValueError(f"boom {value}")
        return StageResult({"echo": f"sent {value}"}, findings=(Finding("INFO", f"sent {value}"),))

    schema = {"tell": {"type": "object", "properties": {"token": {"type": "string"}, "fail": {"type": "string"}}}}
    world = World(tmp_path, kind_plugin({"tell": tell}, options=schema, secret_options=frozenset({"token"})))
    for fail in ("no", "clear", "bug"):
        stage = {"stage": "tell", "with": {"token": "${{ secrets.token }}", "fail": fail}}
        result = world.run({**stages_of(stage), "secrets": {"token": "env:TEST_TOKEN"}})
        assert "sesame" not in json.dumps(result.as_json(), ensure_ascii=False)
        assert all("sesame" not in json.dumps(each.as_json()) for each in world.events)
    assert got == [SECRET] * 3
    world.journal.close()
    for file in (tmp_path / "state").rglob("*"):
        if file.is_file():
            assert b"sesame" not in file.read_bytes(), file


def test_a_secret_that_is_not_there_is_said_before_the_run(tmp_path: Path) -> None:
    world = World(tmp_path, kind_plugin({"quiet": quiet}))
    for reference in ("env:NO_SUCH_VARIABLE", "file:no-such-file"):
        with pytest.raises(Exception, match=r"'token' (is not there|cannot be read)") as refused:
            world.run({**stages_of("quiet"), "secrets": {"token": reference}})
        assert getattr(refused.value, "exit", None) == 2
    (tmp_path / "inner.yaml").write_text(
        "clipline: 1\nname: inner\nsecrets: {token: env:NO_SUCH_VARIABLE}\nstages: [quiet]\n"
    )
    with pytest.raises(InputError, match="'token' is not there"):
        world.run(stages_of("quiet", {"pipeline": "inner.yaml", "id": "sub"}))
    assert world.journal.runs() == []


def test_a_plugins_bug_ends_with_70_and_a_report_in_the_runs_folder(tmp_path: Path) -> None:
    def boom(call: StageCall, options: Any) -> StageResult:
        raise ValueError("token=abcdef in a message")

    world = World(tmp_path, kind_plugin({"boom": boom}))
    result = world.run(stages_of("boom"))
    (error,) = result.errors
    assert (result.exit, error["code"], error["stage"]) == (70, "bug", "boom")
    (report,) = (tmp_path / "state" / "runs" / result.run_id).glob("bug-*.txt")
    assert str(report) in error["hint"]
    text = report.read_text()
    assert "ValueError" in text
    assert "in boom" in text
    assert "abcdef" not in text
    assert "abcdef" not in error["message"]


@pytest.mark.parametrize(
    ("returned", "code"),
    [
        (None, "bug"),
        ("text", "bug"),
        (StageResult({"x": object()}), "plugin"),
        (StageResult({"x": float("nan")}), "plugin"),
        (StageResult(state={"x": object()}), "plugin"),
        (StageResult(state={"x": "y" * 70_000}), "plugin"),
    ],
)
def test_what_a_stage_returns_is_checked(tmp_path: Path, returned: Any, code: str) -> None:
    world = World(tmp_path, kind_plugin({"odd": lambda call, options: returned}))
    result = world.run(stages_of("odd"))
    assert (result.status, result.errors[0]["code"]) == ("failed", code)
    assert "odd" in result.errors[0]["message"]


def test_a_stage_that_exits_does_not_end_the_process(tmp_path: Path) -> None:
    def leave(call: StageCall, options: Any) -> StageResult:
        raise SystemExit(3)

    assert World(tmp_path, kind_plugin({"leave": leave})).run(stages_of("leave")).exit == 70


def test_an_event_that_is_no_json_is_the_plugins_fault(tmp_path: Path) -> None:
    def odd(call: StageCall, options: Any) -> StageResult:
        call.emit("odd.thing", {"x": object()})
        return StageResult()

    result = World(tmp_path, kind_plugin({"odd": odd})).run(stages_of("odd"))
    assert result.errors[0]["code"] == "plugin"


def test_notes_are_told_as_their_stage_starts(tmp_path: Path) -> None:
    world = World(tmp_path, kind_plugin({"quiet": quiet}))
    runner.execute(
        world.plan(stages_of("quiet")),
        journal=world.journal,
        plugins=world.hooks(),
        clock=Clock(),
        on_event=world.events.append,
        settings={},
        notes={"quiet": ("it will be quiet",)},
    )
    assert [each.data["text"] for each in world.events if each.type == "stage.note"] == ["it will be quiet"]


def test_a_stage_that_is_over_can_do_nothing_more(tmp_path: Path) -> None:
    calls: list[StageCall] = []

    def keep(call: StageCall, options: Any) -> StageResult:
        calls.append(call)
        return StageResult()

    world = World(tmp_path, kind_plugin({"keep": keep}))
    result = world.run(stages_of("keep", {"stage": "keep", "id": "next"}))
    calls[0].note("from the grave")
    with pytest.raises(Cancelled):
        calls[0].files.temporary(world.out / "x")
    with pytest.raises(Cancelled):
        calls[0].effects.perform("x", {}, dict, settle=lambda _: Settled("unknown"))
    assert "stage.note" not in [each.type for each in world.journal.events(result.run_id)]


def test_an_address_is_whole_for_the_person_and_without_its_query_for_all_others(tmp_path: Path) -> None:
    def give(call: StageCall, options: Any) -> StageResult:
        call.link("take it over", "https://me:pw@example.org/claim?ct=clm_sesame#part")
        return StageResult()

    seen: list[Event] = []
    world = World(tmp_path, kind_plugin({"give": give}, event=hookimpl(lambda event: seen.append(event) or None)))
    run = world.run(stages_of("give")).run_id
    (told,) = [each for each in world.events if each.type == "link"]
    assert told.data == {"label": "take it over", "url": "https://me:pw@example.org/claim?ct=clm_sesame#part"}
    kept = {"label": "take it over", "url": "https://example.org/claim"}
    for events in (seen, world.journal.events(run)):
        assert [each.data for each in events if each.type == "link"] == [kept]
    assert "link" in EVENT_TYPES
    world.journal.close()
    for file in (tmp_path / "state").rglob("*"):
        assert not file.is_file() or b"sesame" not in file.read_bytes(), file


def test_the_time_left_is_guessed_from_two_parts_of_one_work(tmp_path: Path) -> None:
    def waits(call: StageCall, options: Any) -> StageResult:
        for part in (0.05, 0.55, 0.1, 0.2):  # then other work, whose first part says nothing either
            call.clock.sleep(30)
            call.progress(part)
        return StageResult()

    world = World(tmp_path, kind_plugin({"busy": waits}))
    world.run(stages_of("busy"), clock=VirtualClock())
    left = [each.data["seconds_left"] for each in world.events if each.type == "stage.progress"]
    assert left == [None, 27.0, None, 240.0]
