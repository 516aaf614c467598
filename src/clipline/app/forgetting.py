"""Forgetting runs: what goes on for them elsewhere is stopped first, and what cannot be is told."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from clipline.app.preparing import GivenSettings, load_plugins, make_clock, open_journal, read_settings, run_settings
from clipline.app.running import OnEvent
from clipline.clock import CancelToken, Clock
from clipline.engine.giving_up import give_up, unfinished_stages
from clipline.errors import CliplineError
from clipline.journal import Journal, RunRow
from clipline.settings import Settings

__all__ = ["Forgotten", "forget"]

#: Seconds that a service may take to stop what goes on for one run.
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A run that is forgotten; `goes_on` says in words what was begun for it elsewhere and could not be stopped."""

    run_id: str
    goes_on: tuple[str, ...] = ()


def forget(
    runs: Sequence[str] = (),
    *,
    all_done: bool = False,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
) -> list[Forgotten]:
    """Forget runs; the files that they exported stay, and an unfinished one can then not be resumed.

    A render that still goes on at a service for one of them is stopped there. Where that fails, the run is forgotten
    all the same, and what goes on is told.

    Args:
        runs: their ids, or parts that no other has.
        all_done: every run that ended well, beside these.
        on_event: gets what is told meanwhile.
        cancel: `cancel.cancel()` stops it; runs that were not reached stay.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.

    Raises:
        UsageError: there is no such run; none was forgotten.
        MachineError: a living process works on one of them; those before it are forgotten.
        Cancelled: the person said stop.
    """
    chosen, time = read_settings(settings, state), make_clock(clock, cancel)
    with closing(open_journal(chosen)) as journal:
        rows = [journal.run(run) for run in runs]
        rows += [row for row in journal.runs() if all_done and row.status == "done" and row not in rows]
        return [_forgotten(journal, row, chosen, time, on_event) for row in rows]


def _forgotten(journal: Journal, row: RunRow, settings: Settings, clock: Clock, on_event: OnEvent | None) -> Forgotten:
    goes_on: list[str] = []

    def stop() -> None:
        if row.status != "done" and unfinished_stages(journal, row.id):
            goes_on.extend(_stopped(journal, row, settings, clock, on_event))

    journal.delete(row.id, before=stop)
    return Forgotten(row.id, tuple(goes_on))


def _stopped(
    journal: Journal, row: RunRow, settings: Settings, clock: Clock, on_event: OnEvent | None
) -> Sequence[str]:
    bounded = clock.with_token(clock.token, clock.monotonic() + _PATIENCE)
    try:
        hooks = load_plugins(settings).for_run(row.backend, run_settings(settings, row.backend))
    except CliplineError as error:  # its backend is not there any more
        return (f"what it began may go on: {error.message}",)
    with closing(hooks):
        return give_up(journal, row.id, plugins=hooks, clock=bounded, on_event=on_event)
