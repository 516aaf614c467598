"""The check `timeline` of `verify`: what the edit has, as the backend tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clipline.errors import UsageError
from clipline.stage import CheckSubject, Finding, StageCall, VerifyCheck
from clipline.timeline import Timeline
from clipline.values import Count, parse_count, parse_duration

__all__ = ["TIMELINE"]


_COUNT = {"type": ["integer", "string"], "format": "count"}
#: Seconds that a duration may differ where exactly one is asked for: about two frames of a slow clip.
_CLOSE = 0.1

_TIMELINE_WANTED: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "tracks": {
            "type": "object",
            "properties": {
                kind: {**_COUNT, "description": f"How many {kind} tracks hold something: a number, or like '>=1'."}
                for kind in ("video", "audio", "text", "other")
            },
            "minProperties": 1,
            "additionalProperties": False,
            "description": "How many tracks of each kind there must be.",
        },
        "duration": {
            "anyOf": [
                {"type": ["number", "string"], "format": "duration"},
                {"type": "string", "pattern": r"^\s*(>=|<=|!=|==|>|<)\s*[0-9][0-9.:hms]*\s*$"},
            ],
            "description": "How long the edit must be: a duration, or a comparison like '>=30s'.",
        },
    },
    "minProperties": 1,
    "additionalProperties": False,
}


def _check_timeline(call: StageCall, subject: CheckSubject, wanted: Any) -> Sequence[Finding]:  # noqa: ARG001 - every check is called so
    if subject.view is None:
        return [Finding("FAIL", "there is no timeline to look at; upload a clip first")]
    return [*_check_tracks(subject.view.after, wanted.get("tracks", {})), *_check_duration(subject.view.after, wanted)]


def _check_tracks(timeline: Timeline, wanted: Mapping[str, Any]) -> Iterator[Finding]:
    for kind, value in wanted.items():
        count = _read("tracks", kind, value)
        there = timeline.count(kind)  # type: ignore[arg-type]  # the schema names the kinds
        holds = count.holds(there)
        expected = "" if holds else f", expected {count}"
        yield Finding("INFO" if holds else "FAIL", f"{there} {kind} track{'' if there == 1 else 's'}{expected}")


def _check_duration(timeline: Timeline, wanted: Mapping[str, Any]) -> Iterator[Finding]:
    if "duration" not in wanted:
        return
    count = _read("timeline", "duration", wanted["duration"], of_time=True)
    close = count.comparison == "==" and abs(timeline.duration - count.number) <= _CLOSE
    holds = close or count.holds(timeline.duration)
    expected = "" if holds else f", expected {count}s"
    yield Finding("INFO" if holds else "FAIL", f"{timeline.duration:g}s long{expected}")


def _read(where: str, name: str, value: Any, *, of_time: bool = False) -> Count:
    try:
        if not of_time:
            return parse_count(value)
        match = re.match(r"\s*(>=|<=|!=|==|>|<)?", value) if isinstance(value, str) else None
        rest = value[match.end() :] if match else value
        return Count((match and match[1]) or "==", parse_duration(rest))
    except ValueError as error:
        raise UsageError(f"{where}: {name}: {error}") from error


TIMELINE = VerifyCheck("timeline", _check_timeline, _TIMELINE_WANTED, summary="The edit's tracks and its length.")
