"""A conversation with a backend: each sentence goes where it belongs, and the session is kept for the next one.

`say` and `chat` are this; `credits`, `status`, `export` and `link` are single requests of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from clipline.cli import console, turns
from clipline.cli.choosing import agreed
from clipline.cli.failures import in_words
from clipline.cli.handed import Handed
from clipline.cli.sentence import Request, request
from clipline.cli.session import Session
from clipline.cli.turns import Turn
from clipline.errors import CliplineError, InputError, OutcomeUnknown, PipelineFileError, UsageError

if TYPE_CHECKING:
    from clipline.clock import CancelToken
    from clipline.engine.results import RunResult
    from clipline.journal import ConversationRow
    from clipline.stage import Link

__all__ = ["Conversation"]

_T = TypeVar("_T")

#: Hints of these commands, by the code of the error.
_HINTS = {
    "exists": "name another file",
    "over_source": "name another file",
    "is_folder": "name another file",
    "disk": "name a file elsewhere",
}
#: The same of errors that the work itself ends with.
_WORK_HINTS = {"second_clip": "to edit it, begin a new session: --new, or /new in a chat"}
_KINDS = {"message": "edit"}


class Conversation:
    """What a person says to a backend, one thing after the other.

    Args:
        session: the call of the command.
        backend: who answers; otherwise the setting `run.backend`.
        named: the session to go on with; by default the one that was worked on last.
        fresh: begin a new session.
        of_run: look at the session of this run; for questions only.
        progress: how the work is shown.

    Raises:
        UsageError: these contradict each other.
    """

    def __init__(
        self,
        session: Session,
        *,
        backend: str | None,
        named: str | None,
        fresh: bool = False,
        of_run: str | None = None,
        progress: str = "auto",
    ) -> None:
        if named and fresh:
            raise UsageError("a session is named or begun anew, not both", hint="leave out --session or --new")
        if of_run and (named or backend):
            raise UsageError("a run names its session and its backend", hint="leave out --session and --backend")
        self.backend = backend or str(session.settings["run.backend"])
        self.named = named
        self._call = session
        self._fresh = fresh
        self._of_run = of_run
        self._progress = progress
        #: The run whose end nobody knows yet: what follows in its session must wait for it.
        self.open_run = ""
        self._open_words = ""

    def begin_anew(self) -> None:
        """Let the next thing that is said begin a new session."""
        self._fresh, self.named, self.open_run, self._open_words = True, None, "", ""

    # --- saying ------------------------------------------------------------------------------------------------------

    def say(self, text: str) -> Turn:
        """Do what a sentence asks for; where the session turns out to be gone, open another one and say so.

        Raises:
            CliplineError: it was refused before anything was done.
        """
        asked = request(text, Path.cwd())
        if asked.options is not None and "to" in asked.options:
            asked = replace(asked, options={**asked.options, "collision": self._where_taken(asked.options)})
        turn = self._tried(asked)
        if "session_gone" not in turn.codes:
            return turn
        self._open_another()
        if asked.handed:
            return self._tried(asked)
        # Words that meant the lost timeline would be paid for in the new session, and mean nothing there.
        hint = "hand your files over again, then say what is to be done"
        return replace(turn, errors=tuple({**error, "hint": hint} for error in turn.errors))

    def _where_taken(self, export: Mapping[str, Any]) -> str:
        """What is done where the file that is named exists: settled before anything is done, or paid.

        Raises:
            InputError: it exists, and is to stay.
        """
        path = export["out"] / export["to"].replace("{{", "{").replace("}}", "}")
        if not path.is_file():
            return "fail"
        taken = InputError(f"{path} exists already", code="exists", hint=_HINTS["exists"])
        if not agreed(self._call, taken):
            raise taken
        return "overwrite"

    def _tried(self, asked: Request) -> Turn:
        first = None
        handed = asked.handed if asked.place == "upload" else self._new_to_it(asked.handed)
        try:
            for some, use in handed.parted(asked.material):
                first = turns.together(first, self.upload(some, use))
                if first.exit:
                    return first
            if asked.place != "upload":
                first = turns.together(first, self._one(asked))
            if first is not None and (first.exit or asked.place == "export" or asked.options is None):
                return first
            return turns.together(first, self.export(asked.options or {}))
        except CliplineError as error:
            if first is None and error.code != "session_gone":
                raise
            return turns.together(first, turns.from_error(_KINDS.get(asked.place, asked.place), error))

    def _one(self, asked: Request) -> Turn:
        match asked.place:
            case "export":
                return self.export(dict(asked.options or {}))
            case "credits":
                return self.credits()
            case "status":
                return self.status()
            case _:
                return self.run("edit", {"instruction": asked.text})

    def upload(self, handed: Handed, use: str = "clip") -> Turn:
        """Hand files and addresses over, to be edited or as `material` for that."""
        options: dict[str, Any] = {} if use == "clip" else {"use": use}
        if handed.files:
            options["files"] = list(map(str, handed.files))
        if handed.urls:
            options["urls"] = list(handed.urls)
        return self.run("upload", options)

    def export(self, options: Mapping[str, Any]) -> Turn:
        """Make the file; `out` is the folder it goes to."""
        given = {"collision": "number", **options}
        return self.run("export", given, out=given.pop("out", None))

    def run(self, kind: str, options: Mapping[str, Any], *, out: Path | None = None) -> Turn:
        """Do one stage in the session.

        Raises:
            CliplineError: it was refused before anything was done.
        """
        from clipline import app

        if self.open_run and kind in {"edit", "export", "upload"}:
            settled = self._settle()
            if kind == "edit" and options.get("instruction") == self._open_words and "superseded" not in settled.codes:
                return settled  # what is asked for again was done after all
            for line in (*settled.lines, *settled.warnings):
                console.talk(console.plain(line))

        def work(on_event: Any, token: CancelToken) -> RunResult:
            return app.converse(
                kind,
                options,
                backend=self.backend,
                session=self.named,
                fresh=self._fresh,
                on_event=on_event,
                cancel=token,
                settings=self._call.settings,
                out=out,
            )

        try:
            turn = _hinted(self._watched(kind, work))
        except PipelineFileError as error:
            raise in_words(error, _HINTS) from None
        if self.open_run:
            self._open_words = str(options.get("instruction"))
        return turn

    def go_on(self, *, resend: bool = False) -> Turn:
        """Find out what became of the edit whose end nobody saw; `resend` is the person's word to send it again.

        Raises:
            UsageError: there is none.
        """
        from clipline import app

        run = self.open_run
        if not run:
            raise UsageError("nothing is left open")
        return self._watched(
            "edit",
            lambda on_event, token: app.resume(
                run, on_event=on_event, cancel=token, settings=self._call.settings, resend=resend
            ),
        )

    def _settle(self) -> Turn:
        """What became of an edit that was stopped; before that nothing is sent to its session, or made of it.

        Raises:
            OutcomeUnknown: it is still not known.
        """
        console.talk("first: what became of the edit that was stopped; Ctrl-C stops waiting, /new begins anew")
        turn = self.go_on()
        if self.open_run:
            told = turn.errors[0].get("message") if turn.errors else ""
            raise OutcomeUnknown(
                str(told or "it is not known yet what became of the edit before"),
                hint="say it again later: 15 minutes after the edit was sent, at the latest, it can be told; "
                "/resend sends that edit once more, and it may be paid for twice",
            )
        return turn

    def _watched(self, kind: str, work: Callable[[Any, CancelToken], RunResult]) -> Turn:
        from clipline.cli.signals import stoppable
        from clipline.cli.talking import talking

        with talking(self._progress) as watch:
            result = stoppable(lambda token: work(watch, token))
            turn = turns.from_run(kind, result)
            watch.show_rest("\n".join(turn.lines))
        return self._took_note(kind, result, turn)

    def _took_note(self, kind: str, result: RunResult, turn: Turn) -> Turn:
        """Remember the session, and what is open in it."""
        from clipline import app

        known = app.conversations(self.backend, settings=self._call.settings)
        here = next((row for row in known if row.run_id == result.run_id), None)
        if here is not None:
            self.named, self._fresh = here.session or None, False
        if kind == "edit":
            self.open_run = result.run_id if self._is_open(result.run_id) else ""
        return replace(turn, facts={"session": self.named, **(turn.facts or {})})

    def _is_open(self, run: str) -> bool:
        """Whether something was sent of which nobody knows yet how it ended."""
        from clipline import app

        with closing(app.open_journal(self._call.settings)) as journal:
            return any(effect.status == "open" for effect in journal.effects(run))

    def _open_another(self) -> None:
        """The session is gone: from now on another one is talked in."""
        console.talk("the session is gone; a new one is opened, and its timeline is empty")
        self.begin_anew()
        self.run("auth", {})

    # --- what the journal knows --------------------------------------------------------------------------------------

    def history(self) -> list[str]:
        """The edits that were made in the session, in their order."""
        return [_edit_words(edit) for edit in self._state().get("edits", ())]

    def _state(self) -> Mapping[str, Any]:
        """What the backend keeps of the session; empty before there is one."""
        here = self._here()
        return (here.state.get(self.backend) or {}) if here else {}

    def _here(self) -> ConversationRow | None:
        """The conversation that is gone on with; None before there is one."""
        from clipline import app

        known = [] if self._fresh else app.conversations(self.backend, settings=self._call.settings)
        return next((row for row in known if self.named is None or row.session == self.named), None)

    @property
    def session(self) -> str | None:
        """The session that is worked in, as its backend names it; None where nobody does."""
        here = None if self.named or self._of_run else self._here()
        return self.named or (here.session if here else "") or None

    def _new_to_it(self, handed: Handed) -> Handed:
        """Without the files that the session has as they are: a sentence may speak of them again and again."""
        from clipline.artifacts import sha256_of

        state = self._state()
        known = {str(file.get("path")): file.get("sha256") for file in state.get("files") or state.get("sources") or ()}
        files = [file for file in handed.files if str(file) not in known or sha256_of(file) != known[str(file)]]
        return replace(handed, files=tuple(files), urls=tuple(url for url in handed.urls if url not in known))

    # --- asking ------------------------------------------------------------------------------------------------------

    def credits(self) -> Turn:
        """Look at the account.

        Raises:
            UsageError: the backend has none.
        """
        from clipline import app

        account = self._ask(app.account)
        if account is None:
            raise UsageError(f'the backend "{self.backend}" has no accounts', code="no_account")
        return turns.from_account(account)

    def status(self) -> Turn:
        """Look at the edit."""
        from clipline import app

        self._need_session()
        turn = turns.from_timeline(self._ask(app.timeline, run=self._of_run))
        return replace(turn, facts={"session": self.session, **(turn.facts or {})})

    def links(self) -> tuple[Link, ...]:
        """Where a person finds the session.

        Raises:
            UsageError: there is none, or the backend has no such addresses.
        """
        from clipline import app

        self._need_session()
        found = tuple(self._ask(app.links, run=self._of_run))
        if found:
            return found
        if self._of_run:
            raise UsageError(f"the run {self._of_run} has no session to open", code="no_links")
        if not app.conversations(self.backend, settings=self._call.settings):
            raise UsageError("there is no session yet", code="no_session", hint='say something first: clipline say "…"')
        raise UsageError(f'the backend "{self.backend}" has no page to open', code="no_links")

    def _need_session(self) -> None:
        if self._fresh:
            raise UsageError("there is no session yet", code="no_session", hint="say something first")

    def _ask(self, question: Callable[..., _T], **which: str | None) -> _T:
        from clipline.cli.signals import stoppable
        from clipline.cli.talking import talking

        with talking(self._progress) as watch:
            return stoppable(
                lambda token: question(
                    self.backend,
                    session=self.named,
                    on_event=watch,
                    cancel=token,
                    settings=self._call.settings,
                    **which,
                )
            )


def _hinted(turn: Turn) -> Turn:
    """The turn with hints that fit where it is said."""
    errors = ({**error, **_hint(str(error.get("code")))} for error in turn.errors)
    return replace(turn, errors=tuple(errors))


def _hint(code: str) -> dict[str, str]:
    return {"hint": _WORK_HINTS[code]} if code in _WORK_HINTS else {}


def _edit_words(edit: Mapping[str, Any]) -> str:
    """An edit of a session's state: its sentence, or its operations as data."""
    words = edit.get("instruction") or edit.get("asked")
    return str(words or ", ".join(" ".join(map(str, operation)) for operation in edit.get("operations", ())))
