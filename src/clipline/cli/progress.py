"""How a run is shown while it works: a bar on a terminal, plain lines elsewhere, or events as JSON Lines.

Whatever the form, something is said at least every ten seconds of work. All of it goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace

from clipline.cli import console
from clipline.clock import on_leaving
from clipline.events import Event, for_the_record
from clipline.values import JsonObject, format_duration

__all__ = ["HEARTBEAT", "Board", "Doing", "in_lines", "line_of", "watching"]

#: Seconds of silence after which plain progress says what is going on; below ten with room for a slow terminal.
HEARTBEAT = 8.0

Watch = Callable[[Event], None]


def watching(mode: str) -> AbstractContextManager[Watch]:
    """What shows a run's events while the `with` lasts; `mode` is auto, plain, json or none."""
    if mode == "auto":
        mode = "bar" if console.is_terminal(sys.stderr) else "plain"
    return {"bar": _bar, "plain": in_lines, "json": _json, "none": _none}[mode]()


# --- what is going on ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Doing:
    """A stage that works: `fraction` 0 to 1 or None, `left` its seconds to go where they can be told."""

    stage: str
    since: float
    fraction: float | None = None
    text: str = ""
    left: float | None = None

    def describe(self, now: float) -> str:
        """One line: `export: 40 %, about 12s left (encoding)`."""
        parts = [f"{self.fraction:.0%}" if self.fraction is not None else f"working for {_rough(now - self.since)}"]
        if self.left is not None:
            parts.append(f"about {_rough(self.left)} left")
        about = f" ({self.text})" if self.text else ""
        return console.plain(f"{self.stage}: {', '.join(parts)}{about}")


class Board:
    """The stages that work right now, kept up to date by events; `name` is the run's."""

    def __init__(self) -> None:
        self.name = ""
        self.doing: dict[str, Doing] = {}

    def apply(self, event: Event) -> None:
        """Take in what happened."""
        if event.type == "run.started":
            self.name = str(event.data.get("name", ""))
        elif event.type == "stage.started":
            self.doing[event.stage] = Doing(event.stage, event.time)
        elif event.type in {"stage.finished", "stage.reused"}:
            self.doing.pop(event.stage, None)
        elif event.type == "stage.progress" and event.stage in self.doing:
            before, data = self.doing[event.stage], event.data
            self.doing[event.stage] = replace(
                before,
                fraction=data.get("fraction"),
                left=data.get("seconds_left"),
                text=str(data.get("text") or before.text),
            )


def _rough(seconds: float) -> str:
    """A time as people say it: whole seconds, and no seconds beside hours."""
    whole = max(0, round(seconds))
    return format_duration(whole if whole < 3600 else whole // 60 * 60)


def line_of(event: Event, *, ends: bool) -> str | None:
    """The line that an event is worth, None for most; `ends` is whether the end of a stage is worth one."""
    write = _LINES.get(event.type) or (_ENDS.get(event.type) if ends else None)
    line = write(event.data) if write else ""
    where = f"{event.stage}: " if event.stage and event.type != "link" else ""
    return console.plain(where + line) if line else None


def _retry(data: JsonObject) -> str:
    error = data.get("error") or ""
    why = error.get("message", "") if isinstance(error, dict) else error
    return f"trying again in {_rough(data.get('delay') or 0)} (try {data.get('attempt')}): {why}"


def _finding(data: JsonObject) -> str:
    # One that fails its stage is told with that one's error.
    return f"warning: {data.get('text')}" if data.get("level") == "WARN" else ""


def _finished(data: JsonObject) -> str:
    status, reason = data.get("status", "done"), data.get("reason")
    took = f" in {_took(data.get('seconds'))}" if status in {"done", "failed"} else ""
    return f"{status}{took}{f' ({reason})' if reason and status == 'skipped' else ''}"


_LINES: Mapping[str, Callable[[JsonObject], str]] = {
    "stage.note": lambda data: str(data.get("text", "")),
    "stage.retry": _retry,
    # Alone on its line, so that it can be clicked and copied whole.
    "link": lambda data: f"{data.get('label') or 'link'}: {data.get('url', '')}",
}
#: What the summary at the end of the run says as well: for a log, where one reads when it happened.
_ENDS: Mapping[str, Callable[[JsonObject], str]] = {
    "finding": _finding,
    "stage.finished": _finished,
    "stage.reused": lambda _: "kept from before",
}


def _took(seconds: float | None) -> str:
    return f"{seconds or 0:.1f}s" if (seconds or 0) < 60 else _rough(seconds or 0)


# --- the forms -------------------------------------------------------------------------------------------------------


@contextmanager
def _none() -> Iterator[Watch]:
    yield lambda _: None


@contextmanager
def _json() -> Iterator[Watch]:
    lock = threading.Lock()

    def show(event: Event) -> None:
        with lock:
            # For programs and files: what may be kept, no more.
            kept = replace(event, data=for_the_record(event.type, event.data))
            console.talk(json.dumps(kept.as_json(), default=str))

    yield show


def _line_of_run(board: Board, event: Event) -> str | None:
    if event.type == "run.started":
        return f"{board.name} on {event.data.get('backend')}, run {event.run_id}"
    return line_of(event, ends=True)


@contextmanager
def in_lines(words: Callable[[Board, Event], str | None] = _line_of_run) -> Iterator[Watch]:
    """A line an event, as `words` has it, and after a long silence one on what is going on."""
    board, lock, over = Board(), threading.Lock(), threading.Event()
    last = [time.monotonic()]

    def say(line: str) -> None:
        last[0] = time.monotonic()
        console.talk(line)

    def show(event: Event) -> None:
        with lock:
            board.apply(event)
            if line := words(board, event):
                say(line)

    def beat() -> None:
        while not over.wait(1.0):
            with lock:
                if board.doing and time.monotonic() - last[0] >= HEARTBEAT:
                    say("; ".join(doing.describe(time.time()) for doing in board.doing.values()))

    heart = threading.Thread(target=beat, name="clipline-progress", daemon=True)
    heart.start()
    try:
        yield show
    finally:
        over.set()
        heart.join()


@contextmanager
def _cursor_comes_back() -> Iterator[None]:
    """Also where the process ends at once: the bar hides it."""

    def show() -> None:
        os.write(2, b"\r\x1b[K\x1b[?25h")

    forget = on_leaving(show)
    try:
        yield
    finally:
        forget()


@contextmanager
def _bar() -> Iterator[Watch]:
    # rich takes 40 ms to import, which only a terminal is worth.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.text import Text

    board, lock = Board(), threading.Lock()
    tasks: dict[str, TaskID] = {}
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[about]}", markup=False),
        TimeElapsedColumn(),
    )
    terminal = Console(file=console.Forgiving(), no_color=console.color_wanted() is False or None, highlight=False)
    with _cursor_comes_back(), Progress(*columns, console=terminal, transient=True) as bars:

        def show(event: Event) -> None:
            with lock:
                board.apply(event)
                if line := line_of(event, ends=False):
                    bars.console.print(Text.from_ansi(line), soft_wrap=True)
                for gone in tasks.keys() - board.doing.keys():
                    bars.remove_task(tasks.pop(gone))
                for stage, doing in board.doing.items():
                    if stage not in tasks:
                        tasks[stage] = bars.add_task(stage, total=None, about="")
                    bars.update(
                        tasks[stage],
                        total=None if doing.fraction is None else 1.0,
                        completed=doing.fraction or 0.0,
                        about=_about(doing),
                    )

        yield show


def _about(doing: Doing) -> str:
    parts = [f"{doing.fraction:.0%}" if doing.fraction is not None else ""]
    parts.append(f"{_rough(doing.left)} left" if doing.left is not None else "")
    parts.append(console.plain(doing.text)[:40])
    return "  ".join(part for part in parts if part)
