"""A batch: each row a run of its own in the journal, so that one that fails stops no other.

Rows are planned first: what can be seen to be wrong without opening a clip stops the whole before anything starts; a
clip that the backend cannot take is one failed row. Then each row is submitted as its turn comes and handed to an
executor. The journal keeps for each run what its row asks for (`row_key`): `resume` finds by it what is done, and of
two processes at the same rows only one submits each.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from clipline.app.batch_result import BatchResult, BatchRow
from clipline.app.batch_rows import RowsLike, read_rows, row_key
from clipline.app.desk import Desk, Entry
from clipline.app.earlier import ELSEWHERE, look_back, refuse_paid
from clipline.app.limits import Pace, Purse, jobs_allowed
from clipline.app.preparing import (
    GivenSettings,
    PipelineLike,
    check_output_folder,
    hooks_for,
    load_plugins,
    make_clock,
    make_plan,
    open_journal,
    output_folder,
    read_pipeline,
    read_settings,
    run_settings,
)
from clipline.app.running import OnEvent, journal_address
from clipline.app.work import CarryOut, Follower
from clipline.clock import CancelToken, Clock
from clipline.engine import submission
from clipline.engine.foresight import Forecast, foresee
from clipline.errors import (
    AccountError,
    CliplineError,
    InputError,
    MachineError,
    PipelineFileError,
    StageFailed,
    UsageError,
)
from clipline.events import Event
from clipline.journal import Journal
from clipline.journal.locks import RunLock
from clipline.pipeline import planner
from clipline.pipeline.document import nearest
from clipline.pipeline.model import Pipeline
from clipline.plugin_manager import Plugins, RunPlugins
from clipline.settings import Settings
from clipline.stage import Executor

__all__ = ["batch", "find_executor", "in_turn", "told_of_plan"]

#: Seconds between two looks at rows that another process works on.
_LOOK = 0.5


def batch(
    pipeline: PipelineLike,
    rows: RowsLike,
    *,
    backend: str | None = None,
    inputs: Mapping[str, object] | None = None,
    clip_input: str | None = None,
    jobs: int | None = None,
    resume: bool = False,
    again: bool = False,
    max_failures: int | None = None,
    budget: float | None = None,
    executor: str = "threads",
    on_event: OnEvent | None = None,
    on_row: Callable[[BatchRow], None] | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
) -> BatchResult:
    """Run a pipeline for each row, and return what became of each.

    A row that fails is a row of the result, not an exception, and stops no other.

    Args:
        pipeline: as for `run`.
        rows: the path of a table (CSV, JSON, JSON Lines) whose columns are inputs; or a list, each item a clip's path
            or a mapping of inputs.
        backend: as for `run`.
        inputs: inputs of every row that does not give them itself.
        clip_input: the input that a clip's path goes to; by default the one required input of a file, or the only one.
        jobs: how many runs at once, 1 where nothing is said; fewer where the backend's setting `parallel` says so.
        resume: keep what was done before, and go on with what was not.
        again: your word that rows which were paid before are done, and paid, anew.
        max_failures: after so many failed rows no more are begun.
        budget: the credits that all rows together may cost; a row whose estimate does not fit is not begun.
        executor: where the runs are carried out: `threads`, `processes`, or one that a plugin brings.
        on_event: called with every event of every run, one at a time; an event without a run is the batch's own.
        on_row: called with each row as it begins and as it ends.
        cancel: as for `run`; stops all rows.
        settings: as for `run`.
        state: as for `run`.
        out: as for `run`.
        clock: as for `run`.

    Raises:
        PipelineFileError: the file is wrong, or asks for what the backend cannot do.
        UsageError: rows are wrong (all of them are named), or were paid before and neither `resume` nor `again` is
            said, or there is no such executor.
        MachineError: the journal cannot be opened, or nothing can be written to `out`.
    """
    if resume and again:
        raise UsageError("--resume keeps what was done, --again does it anew: say one of the two")
    chosen, time = read_settings(settings, state), make_clock(clock, cancel)
    on_event = in_turn(on_event)
    folder = output_folder(chosen, out)
    plugins = load_plugins(chosen)
    placed = find_executor(plugins, executor)
    checked = read_pipeline(pipeline, plugins)
    with ExitStack() as stack:
        hooks = stack.enter_context(closing(hooks_for(plugins, checked, backend, chosen)))
        outline = planner.outline(checked, backend=hooks.backend)
        foresee(outline, hooks)  # what is wrong for every row is said once
        check_output_folder(outline, folder)
        entries = [
            Entry(BatchRow(number, row.place, row.clip, "not_begun"), row, row_key(checked, hooks.backend, folder, row))
            for number, row in enumerate(read_rows(rows, checked, inputs, clip_input), 1)
        ]
        journal = stack.enter_context(closing(open_journal(chosen)))
        alone = _lock(journal, entries, stack)
        section = chosen.section(hooks.backend)
        at_once, note = jobs_allowed(jobs, hooks.backend, section, placed)
        work = CarryOut(chosen, on_event)
        desk = Desk(
            entries,
            journal=journal,
            address=journal_address(chosen),
            submit=lambda entry: _submit(entry, journal, hooks, chosen, time),
            clock=time,
            pace=Pace(float(section.get("interval") or 0), time),
            purse=None if budget is None else Purse(budget, journal, time),
            max_failures=max_failures,
            on_row=on_row,
            on_event=on_event,
            follower=Follower(journal, on_event, work.here.__contains__) if on_event else None,
        )
        begun = time.monotonic()
        if not alone:
            desk.say(ELSEWHERE)
        if resume or not alone:
            look_back(desk, checked)
        else:
            refuse_paid(desk, checked, again=again)
        if note:
            desk.say(note)
        _plan(desk, checked, hooks, chosen, folder)
        desk.say(_beginning(desk, checked.name, hooks.backend, at_once))
        _carry_out(desk, placed, work, at_once)
        return BatchResult(checked.name, hooks.backend, desk.rows(), time.monotonic() - begun, at_once)


def find_executor(plugins: Plugins, name: str) -> Executor:
    """The executor of this name, if it can reach the journal.

    Raises:
        UsageError: there is none, or it works on other machines.
    """
    known = plugins.offers.executors
    if name not in known:
        hint = f"executors: {', '.join(sorted(known))}"
        raise UsageError(
            f"there is no executor {name!r}{nearest(name, known, listed=False)}", code="executor_unknown", hint=hint
        )
    if known[name].remote:
        raise UsageError(
            f"the executor {name!r} works on other machines, which the journal on this one's disk does not reach",
            code="journal_local",
            hint="use --executor threads or processes",
        )
    return known[name]


def in_turn(on_event: OnEvent | None) -> OnEvent | None:
    """Whoever watches runs that go side by side hears of one event at a time."""
    if on_event is None:
        return None
    guard = threading.RLock()

    def tell(event: Event) -> None:
        with guard:
            on_event(event)

    return tell


def _beginning(desk: Desk, name: str, backend: str, at_once: int) -> str:
    """What is about to be done, in a line."""
    left = sum(entry.state != "over" for entry in desk.entries)
    of = "" if left == len(desk.entries) else f" of {len(desk.entries)}"
    return f"{name} on {backend}: {left}{of} {'row' if len(desk.entries) == 1 else 'rows'} to do, {at_once} at once"


def _lock(journal: Journal, entries: Sequence[Entry], stack: ExitStack) -> bool:
    """Whether no other process works on these very rows; the mark of that lasts as long as `stack`."""
    together = hashlib.sha256("".join(sorted(entry.key for entry in entries)).encode()).hexdigest()
    lock = RunLock(journal.runs_folder, f"batch-{together[:16]}")
    try:
        lock.acquire()
    except MachineError:
        return False
    stack.callback(lock.release)
    return True


# --- planning --------------------------------------------------------------------------------------------------------


def _plan(desk: Desk, checked: Pipeline, hooks: RunPlugins, settings: Settings, out: Path) -> None:
    """Plan the rows that get a run of their own; what a backend cannot do with one is that row's failure.

    Raises:
        InputError: two rows would make the same file.
    """
    targets: dict[str, str] = {}
    twins = []
    for entry in desk.entries:
        if entry.state != "open" or entry.resumes or desk.clock.cancelled:
            continue
        try:
            planned = make_plan(checked, entry.row.inputs, hooks.backend, settings, out)
            forecast = foresee(planned, hooks, out=planned.out)
        except CliplineError as error:
            desk.end(entry, told_of_plan(entry.told, error))
            continue
        entry.forecast, entry.estimate = forecast, float(forecast.estimate)
        place = entry.told.place
        twins += [
            f"{place}: makes {target}, as {targets[target]} does"
            for target in _targets(forecast)
            if targets.setdefault(target, place) != place
        ]
    if twins:
        hint = "let each row make a file of its own name, or write `collision: number` in the export"
        raise InputError("\n".join(twins), code="twin_targets", hint=hint)


def _targets(forecast: Forecast) -> list[str]:
    """The files that a run will make under names which are known beforehand, and must be its own."""
    found = []
    for stage in forecast.plan.stages:
        options = stage.options_if_constant if stage.kind == "export" and stage.will_run == "yes" else None
        if options and isinstance(options.get("to"), str) and options.get("collision") != "number":
            found.append(str(options["to"]))
    return [target for target in dict.fromkeys(found) if "{" not in target]


def told_of_plan(told: BatchRow, error: CliplineError) -> BatchRow:
    """A row that cannot be begun, told without its place in the pipeline, which is the same for every row."""
    if isinstance(error, PipelineFileError):
        first = error.problems[0]
        message = "; ".join(problem.message for problem in error.problems)
        kind = AccountError if first.code == "budget" else StageFailed
        error = kind(message, code=first.code or None, hint=first.hint)
    elif isinstance(error, UsageError):
        error = StageFailed(error.message, code=error.code, hint=error.hint)
    return replace(told, status="failed", exit=error.exit, error=error.as_json())


def _submit(entry: Entry, journal: Journal, hooks: RunPlugins, settings: Settings, clock: Clock) -> tuple[str, bool]:
    forecast = entry.forecast
    assert forecast is not None
    entry.forecast = None  # the journal has it now
    return submission.submit(
        forecast.plan,
        journal=journal,
        plugins=hooks,
        settings=run_settings(settings, hooks.backend),
        now=clock.now(),
        notes=forecast.notes,
        estimate=forecast.estimate,
        row_key=entry.key,
        known=entry.known,
    )


# --- carrying out ----------------------------------------------------------------------------------------------------


def _carry_out(desk: Desk, executor: Executor, work: CarryOut, jobs: int) -> None:
    """Let the executor work, until no row is open and no other process is at one of them."""
    clock = desk.clock
    with desk.following():
        while True:
            for result in executor.execute(work, desk.orders(), jobs, clock):
                desk.take(result)
            if not desk.waits_for_others or clock.cancelled:
                return
            clock.token.wait(_LOOK)  # in real time: a test's clock is not moved by another process
            desk.look_elsewhere()
