"""What is said at the end of a run, as lines of text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from clipline.errors import Cancelled, OutcomeUnknown
from clipline.report.collect import Loop, Report, Row, collect
from clipline.values import JsonObject, format_duration

__all__ = ["Style", "summary"]

#: Colours a text; the name is good, bad, warning, faint or strong.
Style = Callable[[str, str], str]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_STYLES = {"done": "good", "failed": "bad", "cancelled": "warning", "waiting": "warning", "skipped": "faint"}
_WORDS = {"cancelled": "stopped"}


def summary(result: JsonObject, style: Style = lambda text, _: text) -> list[str]:
    """The lines for the JSON of a result: stages with times, loops as tables, warnings, errors, and how to go on.

    The files are left out: a command prints their paths as its result.
    """
    report = collect(result)
    lines = [_headline(report, style), *_stages(report, style)]
    if report.credits is not None:
        lines.append(f"  {report.credits:g} credits spent")
    for stage, text in report.warnings:
        where = f"{_plain(stage)}: " if stage else ""
        lines.append(f"{style('warning:', 'warning')} {where}{_plain(text)}")
    for error in report.errors:
        if error.get("code") != Cancelled.default_code:
            lines += _error(error, style)
    lines += _how_to_go_on(report)
    return lines


def _headline(report: Report, style: Style) -> str:
    word = style(_WORDS.get(report.status, report.status), _STYLES.get(report.status, "strong"))
    return f"{style(_plain(report.name), 'strong')}: {word} in {_time(report.seconds)}"


def _stages(report: Report, style: Style) -> Iterator[str]:
    rows = [part for part in report.parts if isinstance(part, Row)]
    width = max((len(row.path) for row in rows), default=0)
    for part in report.parts:
        if isinstance(part, Loop):
            yield from _loop(part, style)
        else:
            note = f"  {style(part.note, 'faint')}" if part.note else ""
            took = _time(part.seconds) if part.status in {"done", "failed"} and not part.note.startswith("kept") else ""
            yield f"  {part.path.ljust(width)}  {_status(part.status, style)}  {took.rjust(6)}{note}".rstrip()


def _loop(loop: Loop, style: Style) -> Iterator[str]:
    counts = [(sum(item.status == status for item in loop.items), status) for status in _STYLES]
    told = ", ".join(f"{count} {_WORDS.get(status, status)}" for count, status in counts if count)
    yield f"  {loop.path}: {len(loop.items)} item{'s' if len(loop.items) != 1 else ''}, {told}"
    width = len(str(loop.items[-1].index)) if loop.items else 1
    for item in loop.items:
        number = str(item.index).rjust(width)
        about = _plain(item.about)
        yield f"    {number}  {_status(item.status, style)}  {_time(item.seconds).rjust(6)}  {about}".rstrip()


def _status(status: str, style: Style) -> str:
    return style(_WORDS.get(status, status).ljust(7), _STYLES.get(status, "strong"))


def _error(error: JsonObject, style: Style) -> Iterator[str]:
    stage = f"{_plain(str(error['stage']))}: " if error.get("stage") else ""
    # The file's name is enough to know which one; the JSON has the whole path. A mapping is nowhere to look at.
    where = PurePath(str(error.get("place") or "")).name
    place = f" ({_plain(where)})" if where and not where.startswith("<") else ""
    yield f"{style('error:', 'bad')} {stage}{_plain(str(error.get('message', '')))}{place}"
    if hint := error.get("hint"):
        yield f"{style('hint:', 'strong')} {_plain(str(hint))}"


def _how_to_go_on(report: Report) -> Iterator[str]:
    if report.status == "done":
        return
    if report.status == "cancelled":
        kept = [row.path for row in report.parts if isinstance(row, Row) and row.status == "done"]
        kept += [loop.path for loop in report.parts if isinstance(loop, Loop)]
        yield f"kept: {_listed(kept) if kept else 'nothing was finished yet'}"
    if report.resumable:
        unknown = any(error.get("exit") == OutcomeUnknown.exit_status for error in report.errors)
        yield f"{'to look again, without sending anything' if unknown else 'to go on'}: clipline resume {report.run_id}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 8 else f"{len(names)} stages"


def _time(seconds: float) -> str:
    return f"{seconds:.1f}s" if seconds < 60 else format_duration(round(seconds))


def _plain(text: str) -> str:
    """`text` with its control characters shown: what a file or a service said cannot steer the terminal."""
    return _CONTROL.sub(lambda match: ascii(match[0])[1:-1], text)
