"""Cancel, timeouts and retries: what stops, how soon, what is kept."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of, statuses

from clipline.clock import CancelToken, Clock
from clipline.engine.workers import Workers
from clipline.errors import Cancelled, MachineError, ServiceError, StageFailed
from clipline.events import Event
from clipline.stage import StageCall, StageResult

#: Contracts give two seconds; a test of hanging may take five times as long.
SLACK = 10.0


class Stubborn:
    """Stages for these tests; `started` says that one is in the middle of its work."""

    def __init__(self) -> None:
        self.started = threading.Event()
        self.log: list[str] = []
        self.leave = threading.Event()

    def note(self, call: StageCall, options: Any) -> StageResult:
        self.log.append(call.path)
        return StageResult({"status": call.run["status"]})

    def wait(self, call: StageCall, options: Any) -> StageResult:
        self.started.set()
        call.clock.sleep(60)
        return StageResult()

    def hang(self, call: StageCall, options: Any) -> StageResult:
        """Like a native call: hears nothing."""
        self.started.set()
        self.leave.wait(60)
        call.note("too late")
        call.files.temporary(call.out / "late.txt")
        return StageResult()

    def plugin(self) -> object:
        return kind_plugin({"note": self.note, "wait": self.wait, "hang": self.hang})


@pytest.fixture
def stages() -> Any:
    stubborn = Stubborn()
    yield stubborn
    stubborn.leave.set()


@pytest.fixture
def world(tmp_path: Path, stages: Stubborn) -> World:
    return World(tmp_path, stages.plugin())


def cancel_when_started(stages: Stubborn, token: CancelToken, signal_number: int = signal.SIGINT) -> None:
    def later() -> None:
        stages.started.wait(10)
        token.cancel(signal_number)

    threading.Thread(target=later, daemon=True).start()


def test_a_cancelled_run_keeps_what_is_done_and_resumes_at_the_stage_it_stopped(world: World, stages: Stubborn) -> None:
    token = CancelToken()
    cancel_when_started(stages, token, signal.SIGTERM)
    pipeline = {
        **stages_of("note", "wait", {"stage": "note", "id": "after"}),
        "finally": [{"stage": "note", "id": "always"}, {"stage": "note", "id": "quick", "on_cancel": True}],
    }
    started = time.monotonic()
    result = world.run(pipeline, clock=Clock(token))
    assert time.monotonic() - started < SLACK
    assert (result.status, result.exit) == ("cancelled", 143)
    assert statuses(result) == {"note": "done", "wait": "cancelled", "finally.quick": "done"}
    assert result.stages["finally.quick"].outputs == {"status": "cancelled"}
    assert world.journal.run(result.run_id).status == "cancelled"

    stages.log.clear()
    token = CancelToken()
    token.cancel()
    assert world.resume(clock=Clock(token)).status == "cancelled"
    assert stages.log == []


def test_a_native_call_that_hears_nothing_is_left_behind(world: World, stages: Stubborn) -> None:
    token = CancelToken()
    cancel_when_started(stages, token)
    started = time.monotonic()
    result = world.run({**stages_of("hang"), "finally": [{"stage": "note", "on_cancel": True}]}, clock=Clock(token))
    assert time.monotonic() - started < SLACK
    assert (result.exit, statuses(result)) == (130, {"hang": "cancelled", "finally.note": "done"})
    events = len(world.journal.events(result.run_id))
    stages.leave.set()
    time.sleep(0.1)
    assert len(world.journal.events(result.run_id)) == events
    assert not world.out.exists()


def test_a_finally_that_does_not_fit_into_two_seconds_is_left_for_resume(world: World, stages: Stubborn) -> None:
    token = CancelToken()
    cancel_when_started(stages, token)
    started = time.monotonic()
    pipeline = {
        **stages_of("wait"),
        "finally": [{"stage": "hang", "on_cancel": True}, {"stage": "note", "on_cancel": True}],
    }
    result = world.run(pipeline, clock=Clock(token))
    assert time.monotonic() - started < SLACK
    assert statuses(result)["finally.hang"] == "cancelled"
    assert result.exit == 130


def test_cancel_reaches_every_branch_side_by_side(world: World, stages: Stubborn) -> None:
    token = CancelToken()
    cancel_when_started(stages, token)
    loop = {"for_each": list(range(20)), "max_parallel": 4, "id": "loop", "stages": ["hang"]}
    started = time.monotonic()
    result = world.run(stages_of(loop, "note"), clock=Clock(token))
    assert time.monotonic() - started < SLACK
    assert result.status == "cancelled"
    assert len(result.stages) <= 4
    assert len(result.errors) <= 4


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_what_a_signals_handler_raises_tidies_up_and_goes_through(
    world: World, stages: Stubborn, raised: type[BaseException]
) -> None:
    def interrupt() -> None:
        stages.started.wait(10)
        os.kill(os.getpid(), signal.SIGINT)

    def handler(*_: object) -> None:
        raise raised

    before = signal.signal(signal.SIGINT, handler)
    try:
        for nodes in (["note", "wait"], [{"parallel": ["wait", "note"], "id": "pair"}]):
            stages.started.clear()
            threading.Thread(target=interrupt, daemon=True).start()
            with pytest.raises(raised):
                world.run(stages_of(*nodes))
            assert (world.journal.runs()[0].status, world.journal.runs()[0].exit) == ("cancelled", 130)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_a_stage_that_raises_what_ends_a_program_has_a_bug(tmp_path: Path, raised: type[BaseException]) -> None:
    def odd(call: StageCall, options: Any) -> StageResult:
        raise raised

    assert World(tmp_path, kind_plugin({"odd": odd})).run(stages_of("odd")).exit == 70


def test_a_run_cancelled_before_it_begins_does_nothing(world: World, stages: Stubborn) -> None:
    token = CancelToken()
    token.cancel()
    result = world.run(stages_of("note"), clock=Clock(token))
    assert (result.status, result.exit, stages.log) == ("cancelled", 130, [])
    assert [error["code"] for error in result.errors] == ["cancelled"]
    assert world.resume().status == "done"
    assert stages.log == ["note"]


@pytest.mark.parametrize("kind", ["wait", "hang"])
def test_a_timeout_stops_a_stage_and_fails_it(world: World, stages: Stubborn, kind: str) -> None:
    started = time.monotonic()
    result = world.run({**stages_of({"stage": kind, "timeout": "0.2s"}), "finally": ["note"]})
    assert time.monotonic() - started < SLACK
    assert statuses(result) == {kind: "failed", "finally.note": "done"}
    assert (result.errors[0]["code"], result.exit) == ("timeout", 1)


def test_the_timeout_of_a_group_counts_for_all_in_it(world: World, stages: Stubborn) -> None:
    result = world.run(
        stages_of({"stages": ["note", "wait", {"stage": "note", "id": "c"}], "id": "g", "timeout": "0.2s"})
    )
    assert statuses(result) == {"g.note": "done", "g.wait": "failed", "g.c": "skipped"}


class Virtual(Clock):
    """Time that passes only in waits, and at once."""

    def __init__(
        self, token: CancelToken | None = None, deadline: float | None = None, time: list[float] | None = None
    ) -> None:
        super().__init__(token, deadline)
        self.time = time if time is not None else [1_000_000.0]
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time[0]

    def monotonic(self) -> float:
        return self.time[0]

    def wait(self, seconds: float) -> None:
        self.time[0] += seconds

    def _with(self, token: CancelToken, deadline: float | None) -> Virtual:
        return Virtual(token, deadline, self.time)


def flaky_world(folder: Path, error: Exception, times: int) -> tuple[World, list[int]]:
    attempts: list[int] = []

    def flaky(call: StageCall, options: Any) -> StageResult:
        attempts.append(call.attempt)
        if len(attempts) <= times:
            raise error
        return StageResult()

    return World(folder, kind_plugin({"flaky": flaky})), attempts


RETRY = {"stage": "flaky", "retry": {"attempts": 4, "delay": "10s", "factor": 3, "max_delay": "1m"}}


def test_what_is_safe_is_tried_again_with_growing_delays(tmp_path: Path) -> None:
    world, attempts = flaky_world(tmp_path, ServiceError("busy"), 3)
    clock = Virtual()
    begun = clock.now()
    result = world.run(stages_of(RETRY), clock=clock)
    assert (result.status, attempts) == ("done", [1, 2, 3, 4])
    assert clock.now() - begun == pytest.approx(10 + 30 + 60)
    delays = [event.data["delay"] for event in world.events if event.type == "stage.retry"]
    assert delays == [10, 30, 60]
    assert [row.status for row in world.journal.attempts(result.run_id)] == ["failed", "failed", "failed", "done"]


@pytest.mark.parametrize("retry", ["unsure", "never"])
def test_what_is_not_safe_is_never_tried_again(tmp_path: Path, retry: Any) -> None:
    world, attempts = flaky_world(tmp_path, ServiceError("?", retry=retry), 1)
    assert world.run(stages_of(RETRY), clock=Virtual()).exit == 5
    assert attempts == [1]


def test_tries_end_with_the_number_the_file_gives_and_count_on_after_resume(tmp_path: Path) -> None:
    world, attempts = flaky_world(tmp_path, ServiceError("busy"), 5)
    assert world.run(stages_of(RETRY), clock=Virtual()).exit == 5
    assert attempts == [1, 2, 3, 4]
    assert world.resume(clock=Virtual()).status == "done"
    assert attempts == [1, 2, 3, 4, 5, 6]


def test_without_retry_a_stage_is_tried_once(tmp_path: Path) -> None:
    world, attempts = flaky_world(tmp_path, ServiceError("busy"), 1)
    assert world.run(stages_of("flaky")).exit == 5
    assert attempts == [1]


def test_a_timeout_counts_for_all_tries_together(tmp_path: Path) -> None:
    world, attempts = flaky_world(tmp_path, ServiceError("busy"), 9)
    result = world.run(stages_of({**RETRY, "timeout": "25s"}), clock=Virtual())
    assert (result.status, attempts) == ("failed", [1, 2])


def test_a_cancel_ends_the_wait_before_the_next_try(tmp_path: Path) -> None:
    world, attempts = flaky_world(tmp_path, ServiceError("busy"), 9)
    token = CancelToken()

    def stop(event: Event) -> None:
        if event.type == "stage.retry":
            token.cancel()

    started = time.monotonic()
    result = world.run(stages_of(RETRY), clock=Clock(token), on_event=stop)
    assert time.monotonic() - started < SLACK
    assert (attempts, result.status, result.exit) == ([1], "cancelled", 130)


def test_a_stage_that_stops_itself_is_a_failure(tmp_path: Path) -> None:
    world, _ = flaky_world(tmp_path, Cancelled(), 1)
    result = world.run(stages_of("flaky"))
    assert (result.status, result.exit) == ("failed", 1)


def test_a_failure_that_was_there_before_the_cancel_stays_one(tmp_path: Path) -> None:
    world, _ = flaky_world(tmp_path, StageFailed("broken"), 1)
    assert world.run(stages_of("flaky")).errors[0]["message"] == "broken"


def test_work_is_given_its_time_though_the_run_was_lost_to_another() -> None:
    """What the worker writes just then, like the file of tokens, is not cut off in the middle."""
    lost, written = threading.Event(), []

    def work() -> None:
        lost.wait(60)
        time.sleep(0.1)
        written.append("whole")

    def lose() -> None:
        lost.set()
        raise MachineError("the run is another process's now", code="taken_over")

    with pytest.raises(MachineError):
        Workers("work").start(work).supervise(Clock(), SLACK, on_slow=lose, on_stop=lambda: None)
    assert written == ["whole"]
