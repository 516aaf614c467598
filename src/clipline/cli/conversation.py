"""A conversation with a backend: each sentence goes where it belongs, and the session is kept for the next one.

`say` and `chat` are this; `credits`, `status`, `export` and `link` are single requests of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from clipline.cli import console, turns
from clipline.cli.failures import in_words
from clipline.cli.handed import Handed, handed_over
from clipline.cli.session import Session
from clipline.cli.turns import Turn
from clipline.errors import CliplineError, InputError, PipelineFileError, UsageError

if TYPE_CHECKING:
    from clipline.clock import CancelToken
    from clipline.engine.results import RunResult
    from clipline.stage import Link

__all__ = ["Conversation", "Request", "request"]

_T = TypeVar("_T")

#: Where an export goes: `export to final.mp4`, `导出为 final.mp4`.
_TARGET = re.compile(
    r"\s*(?:\b(?:to|as|into)\b|成|为|到)\s*[\"'“]?(?P<name>[^\s\"'”]+\.(?:mp4|mov|webm|mkv|gif))[\"'”]?", re.IGNORECASE
)
#: Hints of these commands, by the code of the error.
_HINTS = {"over_source": "name another file", "is_folder": "name another file", "disk": "name a file elsewhere"}
_KINDS = {"message": "edit"}
_QUALITY = re.compile(r"\b(low|medium|high|best)\b(?:est)? (?:quality|resolution)", re.IGNORECASE)


_NOTHING = Handed()


@dataclass(frozen=True, slots=True)
class Request:
    """What a sentence asks for: `place` is export, credits, status, upload or message, `text` the words of a message.

    `handed` are the files to hand over before. `options` are those of the export.
    """

    place: str
    text: str = ""
    handed: Handed = _NOTHING
    options: Mapping[str, Any] | None = None


def request(text: str, folder: Path) -> Request:
    """Where a sentence in English or Chinese goes; paths in it are relative to `folder`.

    Raises:
        InputError: it asks for an upload and names no file that is there, or it is empty.
    """
    from clipline.nemo.router import route

    if not text.strip():
        raise InputError("nothing was said")
    if target := _TARGET.search(text):
        bare = text[: target.start()] + text[target.end() :]
        if route(bare) == "export":
            return Request("export", options={**_wishes(bare), **_target(target["name"], folder)})
    handed = handed_over(text, folder)
    place = route(handed.text) if handed.text else "upload"
    if place == "upload" and not handed:
        raise _nothing_to_upload(handed)
    if place == "export":
        leading = tuple(file for file in handed.files if file.name not in handed.text)
        return Request(place, handed=replace(handed, files=leading, urls=()), options=_wishes(handed.text))
    return Request(place, handed.text, handed)


def _nothing_to_upload(handed: Handed) -> InputError:
    if handed.missing:
        return InputError(f"there is no file {handed.missing[0]}", hint="write its path, or drop it here")
    return InputError("no file to upload is named", hint="write: upload FILE, or drop a file here")


def _target(name: str, folder: Path) -> dict[str, Any]:
    path = folder / Path(name).expanduser()
    # The name is one that was typed, no template.
    return {"to": path.name.replace("{", "{{").replace("}", "}}"), "collision": "overwrite", "out": path.parent}


def _wishes(text: str) -> dict[str, Any]:
    """What an export is asked to be like, as far as the words are understood."""
    from clipline.errors import Refused
    from clipline.studio.instructions import interpret

    found: dict[str, Any] = {}
    if quality := _QUALITY.search(text):
        found["quality"] = quality[1].lower()
    try:
        wish = interpret(text).export
    except Refused:
        return found
    if wish.format:
        found["format"] = wish.format
    if wish.size:
        found["size"] = str(wish.size)
    elif wish.max_size:
        found["max_size"] = str(wish.max_size)
    elif wish.lines:
        found["max_size"] = f"{round(wish.lines * 8 / 9) * 2}x{wish.lines}"
    return found


class Conversation:
    """What a person says to a backend, one thing after the other.

    Args:
        session: the call of the command.
        backend: who answers; otherwise the setting `run.backend`.
        named: the session to go on with; by default the one that was worked on last.
        fresh: begin a new session.
        progress: how the work is shown.
    """

    def __init__(
        self, session: Session, *, backend: str | None, named: str | None, fresh: bool = False, progress: str = "auto"
    ) -> None:
        if named and fresh:
            raise UsageError("a session is named or begun anew, not both", hint="leave out --session or --new")
        self.backend = backend or str(session.settings["run.backend"])
        self.named = named
        self._call = session
        self._fresh = fresh
        self._progress = progress
        #: The run whose end nobody knows yet: what follows in its session must wait for it.
        self.open_run = ""

    def begin_anew(self) -> None:
        """Let the next thing that is said begin a new session."""
        self._fresh, self.named, self.open_run = True, None, ""

    # --- saying ------------------------------------------------------------------------------------------------------

    def say(self, text: str) -> Turn:
        """Do what a sentence asks for; where the session turns out to be gone, open another one and say so.

        Raises:
            CliplineError: it was refused before anything was done.
        """
        asked = request(text, Path.cwd())
        turn = self._tried(asked)
        if "session_gone" not in turn.codes:
            return turn
        self._open_another(str(turn.errors[0].get("message")))
        if asked.handed:
            return self._tried(asked)
        # Words that meant the lost timeline would be paid for in the new session, and mean nothing there.
        hint = "hand your files over again, then say what is to be done"
        return replace(turn, errors=tuple({**error, "hint": hint} for error in turn.errors))

    def _tried(self, asked: Request) -> Turn:
        first = None
        try:
            if asked.handed:
                first = self.upload(asked.handed)
                if asked.place == "upload" or first.exit:
                    return first
            return turns.together(first, self._one(asked))
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

    def upload(self, handed: Handed) -> Turn:
        """Hand files and addresses over."""
        options: dict[str, Any] = {}
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

        if self.open_run and kind == "edit":
            self._settle()

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
            return self._watched(kind, work)
        except PipelineFileError as error:
            raise in_words(error, _HINTS) from None

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

    def _settle(self) -> None:
        """An edit that was stopped may still be at work: nothing is sent to its session before that is known."""
        console.talk("first: what became of the edit that was stopped; Ctrl-C stops waiting, /new begins anew")
        turn = self.go_on()
        for line in (*turn.lines, *(f"warning: {text}" for text in turn.warnings)):
            console.talk(console.plain(line))
        if self.open_run:
            error = turn.errors[0] if turn.errors else {}
            raise UsageError(
                str(error.get("message") or "it is still not known what became of the edit before"),
                code="session_busy",
                hint=f"wait and say it again; `clipline resume {self.open_run} --resend` sends that edit once more",
            )

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
        is_open = kind == "edit" and (turn.cancelled or turn.waiting or turn.exit == 6)
        self.open_run = result.run_id if is_open else ""
        return replace(turn, facts={"session": self.named, **(turn.facts or {})})

    def _open_another(self, why: str) -> None:
        """The session is gone: from now on another one is talked in."""
        console.talk(console.plain(f"{why}; a new session is opened, and its timeline is empty"))
        self.begin_anew()
        self.run("auth", {})

    def history(self) -> list[str]:
        """What was asked for in the session, each with what came of it where that is known."""
        from clipline import app

        if self._fresh:
            return []
        known = app.conversations(self.backend, settings=self._call.settings)
        here = next((row for row in known if self.named is None or row.session == self.named), None)
        edits = (here.state.get(self.backend) or {}).get("edits", ()) if here else ()
        return [_edit_words(edit) for edit in edits]

    # --- asking ------------------------------------------------------------------------------------------------------

    def credits(self) -> Turn:
        """Look at the account.

        Raises:
            UsageError: the backend has none.
        """
        from clipline import app

        account = self._asked(app.account)
        if account is None:
            raise UsageError(f'the backend "{self.backend}" has no accounts', code="no_account")
        return turns.from_account(account)

    def status(self) -> Turn:
        """Look at the edit."""
        from clipline import app

        turn = turns.from_timeline(self._asked(app.timeline))
        return replace(turn, facts={"session": self.named, **(turn.facts or {})})

    def links(self) -> tuple[Link, ...]:
        """Where a person finds the session.

        Raises:
            UsageError: there is none, or the backend has no such addresses.
        """
        from clipline import app

        found = tuple(self._asked(app.links))
        if found:
            return found
        if not app.conversations(self.backend, settings=self._call.settings):
            raise UsageError("there is no session yet", code="no_session", hint='say something first: clipline say "…"')
        raise UsageError(f'the backend "{self.backend}" has no page to open', code="no_links")

    def _asked(self, question: Callable[..., _T]) -> _T:
        from clipline.cli.signals import stoppable
        from clipline.cli.talking import talking

        if self._fresh:
            raise UsageError("there is no session yet", code="no_session", hint="say something first")
        with talking(self._progress) as watch:
            return stoppable(
                lambda token: question(
                    self.backend, session=self.named, on_event=watch, cancel=token, settings=self._call.settings
                )
            )


def _edit_words(edit: Mapping[str, Any]) -> str:
    """An edit of a session's state: its sentence, or its operations as data."""
    words = edit.get("instruction") or edit.get("asked")
    return str(words or ", ".join(" ".join(map(str, operation)) for operation in edit.get("operations", ())))
