"""What commands for many clips share: options, the progress of runs side by side, and the table at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clipline.cli import console
from clipline.cli.progress import Board, in_lines, line_of, watching
from clipline.errors import may_end_otherwise
from clipline.events import EVENT_VERSION, Event
from clipline.values import format_duration

if TYPE_CHECKING:
    from clipline.app import BatchResult, BatchRow

__all__ = ["GO_ON", "Labels", "executor_option", "jobs_option", "row_line", "table", "watching_many"]

_F = TypeVar("_F", bound=Callable[..., Any])
_Watch = tuple[Callable[[Event], None], Callable[["BatchRow"], None]]

#: How to go on with a batch.
GO_ON = "to go on with what is not done: the same line with --resume"
_STYLES = {"done": "good", "failed": "bad", "cancelled": "warning", "waiting": "warning", "not_begun": "faint"}
_WORDS = {"cancelled": "stopped", "not_begun": "not begun"}
#: What a run alone would tell, and is too much of many; `clipline runs logs RUN` has it.
_UNTOLD = frozenset({"run.started", "run.finished", "stage.note"})
#: The order in which the headline counts.
_COUNTED = ("done", "kept", "failed", "waiting", "cancelled", "not_begun")


def jobs_option(function: _F) -> _F:
    """`-j`."""
    text = "How many runs at once; fewer where the backend says so."
    return click.option("-j", "--jobs", type=click.IntRange(1, 256), metavar="N", default=1, help=text)(function)


def executor_option(function: _F) -> _F:
    """`--executor`."""
    text = "Where runs are carried out: threads, processes (a crash takes one run only), or one of a plugin."
    return click.option("--executor", metavar="NAME", default="threads", show_default=True, help=text)(function)


# --- while it goes on ------------------------------------------------------------------------------------------------


class Labels:
    """What each run is called on the screen, by its id: its clip, with the row's number where two have one name."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def learn(self, row: BatchRow) -> None:
        """Remember the clip of a row that begins."""
        taken = row.clip in self._names.values() and self._names.get(row.run_id) != row.clip
        self._names[row.run_id] = f"{row.clip} ({row.number})" if taken else row.clip

    def put_on(self, event: Event) -> Event:
        """The event with its run's label before the stage."""
        label = self._names.get(event.run_id, "")
        return replace(event, stage=f"{label} {event.stage}".strip()) if event.run_id else event


@contextmanager
def watching_many(mode: str, labels: Labels, *, hints: bool = False) -> Iterator[_Watch]:
    """What shows runs that go side by side, and their rows as they begin and end; `mode` as for `watching`.

    `hints` are told with each row that failed, where no table at the end tells them.
    """
    linked: set[str] = set()
    with in_lines(_line) if mode == "plain" or _is_plain(mode) else watching(mode) as show:

        def on_event(event: Event) -> None:
            if mode == "json":
                show(event)
            elif event.type == "link" and str(event.data.get("label")) in linked:
                return  # one address of a sort is enough to open
            elif not event.run_id or event.type not in _UNTOLD:
                linked.update([str(event.data.get("label"))] if event.type == "link" else [])
                show(labels.put_on(event))

        def on_row(row: BatchRow) -> None:
            labels.learn(row)
            if mode == "json":
                told = {"clipline_event": EVENT_VERSION, "run": row.run_id, "type": "batch.row", "time": time.time()}
                console.talk(json.dumps({**told, "data": row.as_json()}, default=str))
            elif row.status != "running" and not row.kept:
                show(Event("", 0, time.time(), "stage.note", "", {"text": row_line(row)}))
                if hints and (hint := (row.error or {}).get("hint")):
                    show(Event("", 0, time.time(), "stage.note", "", {"text": f"hint: {hint}"}))

        yield on_event, on_row


def _is_plain(mode: str) -> bool:
    import sys

    return mode == "auto" and not console.is_terminal(sys.stderr)


def _line(_: Board, event: Event) -> str | None:
    """Of many runs what went wrong; that a stage ended is told by its row."""
    return line_of(event, ends=event.type == "finding")


def row_line(row: BatchRow) -> str:
    """A row that ended, in one line."""
    took = f" in {_time(row.seconds)}" if row.run_id and not row.kept and row.status in {"done", "failed"} else ""
    about = _about(row)
    return f"{row.clip}: {_word(row)}{took}{f': {about}' if about else ''}"


# --- at the end ------------------------------------------------------------------------------------------------------


def table(result: BatchResult) -> list[str]:
    """The lines for a person: a headline, a row for each clip, and how to go on."""
    counts = result.counts
    told = ", ".join(f"{counts[each]} {_WORDS.get(each, each)}" for each in _COUNTED if counts.get(each))
    name = console.style(console.plain(result.name), "strong")
    lines = [f"{name} on {result.backend}: {_rows(len(result.rows))} in {_time(result.seconds)}: {told}"]
    has_credits = result.credits is not None
    head = ("", "clip", "status", "took", *(["credits"] if has_credits else []), "file or error")
    cells = [head, *(_cells(row, has_credits=has_credits) for row in result.rows)]
    widths = [max(len(each[column]) for each in cells) for column in range(len(head))]
    for at, each in enumerate(cells):
        padded = [cell.ljust(width) for cell, width in zip(each, widths, strict=True)]
        if at:
            padded[2] = console.style(padded[2], _STYLES.get(result.rows[at - 1].status, "strong"))
        lines.append("  " + "  ".join(padded).rstrip())
    if has_credits:
        lines.append(f"  {'' if result.credits_exact else 'about '}{result.credits:g} credits in all")
    return [*lines, *_how_to_go_on(result)]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _cells(row: BatchRow, *, has_credits: bool) -> tuple[str, ...]:
    spent = [f"{row.credits:g}" if row.credits is not None else ""] if has_credits else []
    took = _time(row.seconds) if row.run_id and not row.kept and row.status != "not_begun" else ""
    return (str(row.number), console.plain(row.clip), _word(row), took, *spent, _about(row))


def _word(row: BatchRow) -> str:
    return "kept" if row.kept else _WORDS.get(row.status, row.status)


def _about(row: BatchRow) -> str:
    """The files of a row, or what went wrong, in one line."""
    made = ", ".join(file.name for file in row.files) if row.status == "done" else ""
    wrong = str((row.error or {}).get("message", "")).splitlines()
    said = [made, "" if row.status == "cancelled" else "; ".join(wrong), row.note]
    return console.plain("; ".join(each for each in said if each))


def _how_to_go_on(result: BatchResult) -> Iterator[str]:
    hints = dict.fromkeys(str(row.error.get("hint")) for row in result.rows if row.error and row.error.get("hint"))
    common = list(hints)
    for hint in common[:3]:
        yield f"{console.style('hint:', 'strong')} {console.plain(hint)}"
    if len(common) > 3:
        yield f"{console.style('hint:', 'strong')} {len(common) - 3} more stand in the table of --summary or --json"
    left = [row for row in result.rows if row.status != "done"]
    if left and any(may_end_otherwise(row.error or {}) or not row.run_id for row in left):
        yield GO_ON


def _time(seconds: float) -> str:
    return f"{seconds:.1f}s" if seconds < 60 else format_duration(round(seconds))
