"""What became of a batch's rows before: which are kept, which are gone on with, and which a person must decide on."""

from __future__ import annotations

from dataclasses import replace

from clipline.app.desk import Desk, Entry
from clipline.engine.past import past_result
from clipline.engine.snapshot import check_inputs
from clipline.errors import InputError, StageFailed, UsageError
from clipline.journal import RunRow
from clipline.pipeline.model import Pipeline
from clipline.values import JsonObject

__all__ = ["ELSEWHERE", "look_back", "refuse_paid"]

ELSEWHERE = "another process works on these rows too: each is done once"


def look_back(desk: Desk, pipeline: Pipeline) -> None:
    """Find what is done, and go on with what was begun.

    A run whose input, or whose pipeline, has changed since cannot be gone on with: where nothing was paid for it the
    row gets a new one, else the person is told, and decides.
    """
    changed = 0
    for entry, newest in _earlier(desk):
        if newest.status == "done":
            changed += _keep(desk, entry, newest, pipeline)
        elif newest.status == "running":
            _leave(desk, entry, newest)
        else:
            _go_on(desk, entry, newest, pipeline)
    if changed:
        desk.say(f"{changed} of the rows that are kept were made of a clip or a pipeline that has changed since")


def refuse_paid(desk: Desk, pipeline: Pipeline, *, again: bool) -> None:
    """Make sure that nothing is paid twice without the person's word; what cost nothing is done anew, and told.

    What another process is just working on, or is about to, is not done a second time beside it, whatever was said.

    Raises:
        UsageError: rows were paid before, and `again` is not said.
    """
    earlier = []
    for entry, newest in _earlier(desk):
        if newest.status == "running":
            _leave(desk, entry, newest)
        elif newest.status == "queued":
            _go_on(desk, entry, newest, pipeline)
        else:
            earlier.append(newest)
    if any(entry.state == "elsewhere" for entry in desk.entries):
        desk.say(ELSEWHERE)
    paid = sum(desk.journal.taken(row.id) for row in earlier)
    if paid and not again:
        raise UsageError(
            f"{_rows(len(earlier))} done or begun before, for {paid:g} credits",
            code="paid_before",
            hint="--resume keeps what is done and goes on with the rest; --again does all anew, and pays again",
        )
    if earlier:
        desk.say(f"{_rows(len(earlier))} done or begun before and done anew now; --resume would go on with them")


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count} rows were"


def _earlier(desk: Desk) -> list[tuple[Entry, RunRow]]:
    """Each row that has runs already, with the newest of them."""
    found = []
    for entry in desk.entries:
        newest = desk.journal.newest_of_row(entry.key)
        if newest is not None:
            entry.run_id, entry.known = newest.id, newest
            found.append((entry, newest))
    return found


def _keep(desk: Desk, entry: Entry, newest: RunRow, pipeline: Pipeline) -> bool:
    """A row that is done; whether it was made of what has changed since."""
    change = _change(desk.journal.snapshot(newest.id), pipeline)
    told = past_result(desk.journal, newest)
    gone = [path.name for path in told.files if not path.exists()]
    note = f"no longer there: {', '.join(gone)}" if gone else change
    _count(desk, newest)
    desk.end(entry, entry.told.ended(told.as_json(), kept=True, note=note))
    return bool(change)


def _go_on(desk: Desk, entry: Entry, newest: RunRow, pipeline: Pipeline) -> None:
    snapshot, taken = desk.journal.snapshot(newest.id), desk.journal.taken(newest.id)
    change = _change(snapshot, pipeline)
    if change and taken:
        error = StageFailed(
            f"{change}; the run {newest.id} has cost {taken:g} credits, so it is not begun anew by itself",
            code="input_changed",
            hint=f"put it back as it was, then clipline resume {newest.id}; or pay again, with --again for --resume",
        )
        _count(desk, newest)
        desk.end(entry, replace(entry.told, status="failed", exit=error.exit, run_id=newest.id, error=error.as_json()))
    elif not change:
        entry.resumes = True
        entry.estimate = _left(desk, newest)
        _count(desk, newest)


def _leave(desk: Desk, entry: Entry, newest: RunRow) -> None:
    entry.estimate = _left(desk, newest)
    desk.leave(entry)


def _left(desk: Desk, run: RunRow) -> float:
    """What a run may still cost beyond what it has."""
    return max(0.0, float(desk.journal.snapshot(run.id).get("estimate") or 0) - desk.journal.taken(run.id))


def _count(desk: Desk, run: RunRow) -> None:
    if desk.purse is not None:
        desk.purse.spent.add(run.id)


def _change(snapshot: JsonObject, pipeline: Pipeline) -> str:
    """What is no longer as the run began with it; empty where all is."""
    then = {source["path"] or source["name"]: source["text"] for source in snapshot["sources"]}
    now = {str(source.path or source.name): source.text for source in pipeline.sources()}
    if then != now:
        return "the pipeline has changed since the run began"
    try:
        check_inputs(snapshot)
    except InputError as error:
        return error.message.replace("\n", "; ")
    return ""
