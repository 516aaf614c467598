"""Working without a pipeline file: one stage at a time, in a session that the journal remembers.

A conversation is a row of the journal for each backend, address of its service, and session. What is said in it is a
run of one stage, through the same engine and journal as any other, so that it is resumed like any other too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

from clipline.app.preparing import (
    GivenSettings,
    as_text,
    load_plugins,
    make_clock,
    make_plan,
    open_journal,
    read_pipeline,
    read_settings,
    run_settings,
)
from clipline.app.resuming import session_of
from clipline.clock import CancelToken, Clock
from clipline.engine import runner
from clipline.engine.beside import call_beside
from clipline.engine.foresight import foresee
from clipline.engine.results import RunResult
from clipline.errors import UsageError
from clipline.events import Event
from clipline.journal import ConversationRow, Journal, RunRow
from clipline.plugin_manager import RunPlugins
from clipline.settings import Settings
from clipline.stage import Link, StageCall, TimelineView
from clipline.values import JsonObject

__all__ = ["account", "conversations", "converse", "keep_resumed", "latest_run", "links", "timeline"]

OnEvent: TypeAlias = Callable[[Event], None]

#: What came before a conversation's next stage, as far as a backend is told that looks ahead.
_BEFORE = ("auth", "upload", "edit")

_NO_SESSION = "leave --session out to go on where you were, or to begin anew"

#: Characters in a run's name.
_NAME_LENGTH = 48


def converse(
    kind: str,
    options: Mapping[str, Any] | None = None,
    *,
    backend: str | None = None,
    session: str | None = None,
    fresh: bool = False,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    out: Path | None = None,
    clock: Clock | None = None,
    wait: bool = True,
) -> RunResult:
    """Do one stage in a conversation: a run of its own, which starts from the conversation's state and keeps the new.

    Without such a state an `auth` comes first and opens a session; the kind `auth` does only that. What changed is
    kept though the run failed.

    Args:
        kind: the stage kind: `edit`, `upload`, `export` and so on.
        options: what the file would say under `with`; texts mean themselves, expressions are not evaluated.
        backend: who answers; otherwise the setting `run.backend`.
        session: which conversation; the one that was worked on last by default. One that this machine does not know is
            entered by `auth`, where the backend can.
        fresh: open a new session, whatever there is.
        on_event: as for `run`.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        out: as for `run`.
        clock: as for `run`.
        wait: as for `run`.

    Raises:
        PipelineFileError: the options are wrong, or ask for what the backend cannot do.
        UsageError: the backend's name is wrong, or it cannot enter this session.
    """
    chosen = read_settings(settings, state)
    name, time = backend or str(chosen["run.backend"]), make_clock(clock, cancel)
    plugins, given = load_plugins(chosen), run_settings(chosen, name)
    base = _base(chosen, name)
    with closing(plugins.for_run(name, given)) as hooks, closing(open_journal(chosen)) as journal:
        begun = None if fresh else journal.conversation(name, base, session)
        first = [] if begun else [_auth(hooks, None if fresh else session)]
        stage = {"stage": kind, "with": _literal(dict(options or {}))}
        stages = first if first and kind == "auth" else [*first, stage]
        checked = read_pipeline({"clipline": 1, "stages": stages}, plugins)
        checked = replace(checked, name=_name(kind, options or {}))
        planned = make_plan(checked, {}, name, chosen, out)
        forecast = foresee(planned, hooks, out=planned.out, before=_BEFORE if begun else ())
        result = runner.execute(
            forecast.plan,
            journal=journal,
            plugins=hooks,
            clock=time,
            on_event=on_event,
            settings=given,
            notes=forecast.notes,
            wait=wait,
            state=begun.state if begun else None,
            conversation=base,
        )
        if session and not begun:
            _check_entered(journal, result)
        _keep(journal, name, base, result, time.now(), since=begun.state if begun else None)
    return result


def _check_entered(journal: Journal, result: RunResult) -> None:
    """A session that cannot be entered is a wrong word, and no run that could be gone on with.

    Raises:
        UsageError: it is not there.
    """
    gone = next((error for error in result.errors if error.get("code") == "session_gone"), None)
    if gone is None or result.state:
        return
    journal.delete(result.run_id)
    raise UsageError(str(gone["message"]), code="session_unknown", hint=_NO_SESSION)


def conversations(
    backend: str | None = None, *, settings: GivenSettings = None, state: Path | None = None
) -> list[ConversationRow]:
    """The conversations with a backend at its present address, the one that was worked on last first."""
    chosen = read_settings(settings, state)
    name = backend or str(chosen["run.backend"])
    with closing(open_journal(chosen)) as journal:
        return journal.conversations(name, _base(chosen, name))


def latest_run(
    backend: str | None = None, *, settings: GivenSettings = None, state: Path | None = None
) -> RunRow | None:
    """The newest run that has a session, with this backend or with any."""
    with closing(open_journal(read_settings(settings, state))) as journal:
        rows = (row for row in journal.runs() if backend in {None, row.backend})
        return next((row for row in rows if session_of(row.backend, journal.scopes(row.id).get("", {}))), None)


def keep_resumed(journal: Journal, run: RunRow, result: RunResult, now: float) -> None:
    """Keep what a resumed run made of its conversation, unless that has gone on without it in the meantime."""
    snapshot = journal.snapshot(run.id)
    base = snapshot.get("conversation")
    if base is None:
        return
    known = journal.conversation(run.backend, base, session_of(run.backend, result.state))
    if known is None or known.run_id == run.id or known.state == snapshot.get("state"):
        _keep(journal, run.backend, base, result, now, since=snapshot.get("state"))


def _keep(
    journal: Journal, backend: str, base: str, result: RunResult, now: float, *, since: JsonObject | None
) -> None:
    """Keep where a conversation stands; where the run left it as it was `since`, it may have gone on beside."""
    if not result.state:
        return
    state, session = result.state, session_of(backend, result.state)
    if state == since and (known := journal.conversation(backend, base, session)):
        state = known.state
    journal.keep_conversation(ConversationRow(backend, base, session, state, result.run_id, now))


def _base(settings: Settings, backend: str) -> str:
    return str(settings.section(backend).get("api_url") or "")


def _auth(hooks: RunPlugins, session: str | None) -> dict[str, Any]:
    """The stage that opens a session, or enters the one that is asked for."""
    if session is None:
        return {"stage": "auth"}
    if not hooks.has_sessions:
        raise UsageError(
            f"there is no session {session!r} with {hooks.backend!r}",
            code="session_unknown",
            hint=_NO_SESSION,
        )
    return {"stage": "auth", "with": {hooks.backend: {"session": as_text(session)}}}


def _name(kind: str, options: Mapping[str, Any]) -> str:
    """What the run is called: what was said, or else its kind."""
    words = " ".join(str(options.get("instruction") or kind).split())
    return words if len(words) <= _NAME_LENGTH else f"{words[: _NAME_LENGTH - 1]}…"


def _literal(value: Any) -> Any:
    """Options as a file would write them: texts and paths mean themselves."""
    if isinstance(value, Mapping):
        return {key: _literal(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_literal(each) for each in value]
    return as_text(str(value)) if isinstance(value, (str, Path)) else value


# --- asking ----------------------------------------------------------------------------------------------------------


def account(
    backend: str | None = None,
    *,
    session: str | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
) -> JsonObject | None:
    """Who works, and with what means; None where the backend has no accounts. Nothing is run or paid.

    Args:
        backend: who is asked; otherwise the setting `run.backend`.
        session: as for `converse`.
        on_event: gets what the person is told on the way.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.

    Raises:
        UsageError: there is no conversation in the session that is asked for.
    """
    chosen, time = read_settings(settings, state), make_clock(clock, cancel)
    with _asking("account", chosen, backend, session, time=time, on_event=on_event) as (hooks, call):
        return hooks.account(call)


def links(
    backend: str | None = None,
    *,
    session: str | None = None,
    run: str | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
) -> Sequence[Link]:
    """Where a person finds the session of the conversation, or of a run; empty where there is nothing to open.

    As for `account`; `run` is a run's id or a part of it, and names the backend too.
    """
    chosen, time = read_settings(settings, state), make_clock(clock, cancel)
    with _asking("links", chosen, backend, session, run=run, time=time, on_event=on_event) as (hooks, call):
        return hooks.links(call)


def timeline(
    backend: str | None = None,
    *,
    session: str | None = None,
    run: str | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
) -> TimelineView | None:
    """The edit of the conversation, or of a run, as the backend has it; None where there is none. As for `links`."""
    chosen, time = read_settings(settings, state), make_clock(clock, cancel)
    with _asking("timeline", chosen, backend, session, run=run, time=time, on_event=on_event) as (hooks, call):
        return hooks.timeline(call)


def _state_of(journal: Journal, backend: str, base: str, session: str | None) -> JsonObject:
    known = journal.conversation(backend, base, session)
    if known is None and session is not None:
        raise UsageError(f"there is no session {session!r} with {backend!r}", code="session_unknown")
    return known.state if known else {}


@contextmanager
def _asking(
    question: str,
    settings: Settings,
    backend: str | None,
    session: str | None,
    *,
    run: str | None = None,
    time: Clock,
    on_event: OnEvent | None,
) -> Iterator[tuple[RunPlugins, StageCall]]:
    """The hooks of a backend, and the call to ask them with in a conversation or after a run."""
    name, about = backend or str(settings["run.backend"]), ""
    with closing(open_journal(settings)) as journal:
        if run is not None:
            row = journal.run(run)
            name, state = row.backend, journal.scopes(row.id).get("", {})
            about = "" if row.status == "done" else row.id
        else:
            state = _state_of(journal, name, _base(settings, name), session)
    hooks = load_plugins(settings).for_run(name, run_settings(settings, name))
    with closing(hooks), tempfile.TemporaryDirectory(prefix="clipline-") as folder:
        yield (
            hooks,
            call_beside(hooks, question, state=state, clock=time, folder=Path(folder), on_event=on_event, run_id=about),
        )
