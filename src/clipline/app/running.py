"""Running a pipeline: at once, later, or on from where an earlier process left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from clipline.app.conversing import keep_resumed
from clipline.app.keyed import find_or_submit
from clipline.app.preparing import (
    GivenSettings,
    PipelineLike,
    load_plugins,
    make_clock,
    open_journal,
    prepare,
    read_settings,
    run_settings,
)
from clipline.app.resuming import Choice, choose, named
from clipline.clock import CancelToken, Clock
from clipline.engine import runner, submission
from clipline.engine.results import RunResult
from clipline.errors import UsageError
from clipline.events import Event
from clipline.journal import Journal, RunRow
from clipline.settings import Settings
from clipline.values import JsonObject

__all__ = ["OnEvent", "execute_run", "journal_address", "resume", "run", "submit", "unfinished"]

OnEvent: TypeAlias = Callable[[Event], None]


def run(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None = None,
    *,
    backend: str | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
    name: str | None = None,
    wait: bool = True,
    key: str | None = None,
) -> RunResult:
    """Run a pipeline and return what became of it.

    A run that fails is a result (`status`, `exit`, `errors`), not an exception; what is raised was found before it
    began.

    Args:
        pipeline: a path, the name of a shipped pipeline, or the mapping that a file would hold.
        inputs: by name; text is read as on the command line, other values must be of the input's type.
        backend: who answers; otherwise what the file says, then the setting `run.backend`.
        on_event: called with every event, in order; cannot fail the run.
        cancel: `cancel.cancel()` from any thread stops the run within two seconds.
        settings: `Settings`, or `section.name` to value as flags would give them.
        state: the state folder, in place of the user's.
        out: the folder for exported files; by default the setting `run.out`, then the working folder.
        clock: the time; tests give one that they control.
        name: a name for this run.
        wait: whether to wait while a paid request whose answer was lost can still take effect; otherwise the run is
            left waiting, for `resume`.
        key: what you call this work, like the id of an engine's task: where a run with the same key, pipeline,
            backend, inputs and output folder is there already, it is gone on with, and one that is done is only told
            of again. So a caller that was killed calls once more, and nothing is done or paid twice.

    Raises:
        PipelineFileError: the file is wrong, or asks for what the backend cannot do; all complaints at once.
        UsageError: an input, the backend's name or a setting is wrong.
        MachineError: the journal cannot be opened.
    """
    chosen = read_settings(settings, state)
    if key is not None:
        now = (clock or Clock()).now()
        run_id = find_or_submit(key, pipeline, inputs, backend=backend, settings=chosen, out=out, name=name, now=now)
        return resume(run_id, on_event=on_event, cancel=cancel, settings=chosen, clock=clock, wait=wait)
    hooks, prepared = prepare(pipeline, inputs, backend=backend, settings=chosen, out=out, name=name)
    with closing(hooks), closing(open_journal(chosen)) as journal:
        return runner.execute(
            prepared.plan,
            journal=journal,
            plugins=hooks,
            clock=make_clock(clock, cancel),
            on_event=on_event,
            settings=run_settings(chosen, hooks.backend),
            notes=prepared.notes,
            wait=wait,
        )


def resume(
    run_id: str | None = None,
    *,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
    take_over: bool = False,
    resend: bool = False,
    replay: bool = False,
    wait: bool = True,
    budget: float | None = None,
) -> RunResult:
    """Go on with a run that was killed, cancelled, failed or left waiting; finished stages are not done again.

    Args:
        run_id: its id or a part of it; None for the newest that is not finished, if that may end otherwise and is no
            row of a batch. One that waits is taken up by this; one that failed a check only by its id, or one that
            stopped for its budget only with another.
        on_event: as for `run`.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.
        take_over: go on although another process seems to hold the run; that one can write nothing more.
        resend: your word that a paid request of which nobody can tell whether it took effect is sent again.
        replay: your word that a session that is lost is built anew: uploads and edits are repeated, and paid again.
        wait: as for `run`.
        budget: the run's budget in credits, from now on.

    Raises:
        UsageError: there is no such run, one of its input files has changed since, or it is part of a conversation
            that has gone on without it.
        AccountError: the run's budget does not allow what `replay` costs.
        MachineError: another process is at work on it.
    """
    chosen = read_settings(settings, state)
    with closing(open_journal(chosen)) as journal:
        row, newer = _to_resume(journal, run_id, resend=resend, with_budget=budget is not None)
        given, time = run_settings(chosen, row.backend), make_clock(clock, cancel)
        with closing(load_plugins(chosen).for_run(row.backend, given)) as hooks:
            result = runner.resume(
                row.id,
                journal=journal,
                plugins=hooks,
                clock=time,
                on_event=on_event,
                settings=given,
                take_over=take_over,
                wait=wait,
                resend=resend,
                replay=replay,
                budget=budget,
                only_look=newer is not None,
            )
        keep_resumed(journal, row, result, time.now())
        return result


def unfinished(*, settings: GivenSettings = None, state: Path | None = None, with_budget: bool = False) -> Choice:
    """The run that `resume` means where none is named, or why it would not go on with it."""
    with closing(open_journal(read_settings(settings, state))) as journal:
        return choose(journal, with_budget=with_budget)


def _to_resume(
    journal: Journal, run_id: str | None, *, resend: bool, with_budget: bool
) -> tuple[RunRow, RunRow | None]:
    """The run to go on with, and the one that supersedes it."""
    if run_id is not None:
        return named(journal, run_id, resend=resend)
    choice = choose(journal, with_budget=with_budget)
    if choice.run is None:
        raise UsageError("there is no unfinished run to resume", hint="clipline runs list")
    if choice.why:
        raise UsageError(choice.why, hint=choice.hint)
    return choice.run, None


# --- now or later ----------------------------------------------------------------------------------------------------


def submit(
    pipeline: PipelineLike,
    inputs: Mapping[str, object] | None = None,
    *,
    backend: str | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
    name: str | None = None,
) -> str:
    """Plan a run and journal it, without carrying it out; `execute_run` or `resume` does that. Arguments as for `run`.

    Returns:
        The run's id.

    Raises:
        PipelineFileError, UsageError, MachineError: as `run`.
    """
    chosen = read_settings(settings, state)
    hooks, prepared = prepare(pipeline, inputs, backend=backend, settings=chosen, out=out, name=name)
    with closing(hooks), closing(open_journal(chosen)) as journal:
        run_id, _ = submission.submit(
            prepared.plan,
            journal=journal,
            plugins=hooks,
            settings=run_settings(chosen, hooks.backend),
            now=(clock or Clock()).now(),
            notes=prepared.notes,
            estimate=prepared.estimate,
        )
    return run_id


def execute_run(
    run_id: str,
    journal: str,
    *,
    clock: Clock | None = None,
    settings: GivenSettings = None,
    on_event: OnEvent | None = None,
) -> JsonObject:
    """Carry out a run that was submitted, or go on with it where it was left; one that is done is only told of again.

    It may be called for the same run as often as one likes, in any process: what is finished is not done again.

    Args:
        run_id: its id.
        journal: the address of its journal, `file://` and a state folder; see `journal_address`.
        clock: its token stops the run.
        settings: as for `run`; the state folder is that of `journal`.
        on_event: as for `run`.

    Returns:
        The result's JSON, as `RunResult.as_json` gives it.

    Raises:
        UsageError: the address is none, there is no such run, or one of its input files has changed.
        MachineError: another process is at work on it.
    """
    return resume(
        run_id, settings=read_settings(settings, _state_folder(journal)), clock=clock, on_event=on_event
    ).as_json()


def journal_address(settings: Settings) -> str:
    """The address of the journal that these settings lead to, as `execute_run` takes it."""
    return settings.state_folder.absolute().as_uri()


def _state_folder(address: str) -> Path:
    """The state folder that an address names.

    Raises:
        UsageError: it names none on this machine.
    """
    parts = urlsplit(address)
    if parts.scheme != "file" or parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        raise UsageError(
            f"a journal's address is file:// and a state folder, not {address!r}",
            code="journal_address",
            hint="like file:///home/me/.local/state/clipline",
        )
    return Path(unquote(parts.path))
