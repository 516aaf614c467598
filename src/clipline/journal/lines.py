"""`events.jsonl` in a run's folder: the events that the journal holds, for other programs to follow.

It is a copy. The journal is the truth, and a run goes on where the copy cannot be written; it is written anew with the
next chance. What a copy tells that the journal does not know shows that the journal lost something.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from clipline.errors import MachineError
from clipline.events import EVENT_VERSION, Event
from clipline.journal.rows import dump
from clipline.values import JsonObject

__all__ = ["EVENTS_FILE", "EventLines", "line", "told", "told_effects"]

EVENTS_FILE = "events.jsonl"


def line(event: Event, data: str) -> str:
    """What `Event.as_json` gives as text, with the data as they are already written."""
    return (
        f'{{"clipline_event":{EVENT_VERSION},"run":{dump(event.run_id)},"sequence":{event.sequence},'
        f'"time":{event.time!r},"type":{dump(event.type)},"stage":{dump(event.stage)},"data":{data}}}\n'
    )


class EventLines:
    """Writes the copy; `whole` gives the lines of all events that the journal holds.

    A disk that will not take it makes no error: nothing is lost.
    """

    def __init__(self, path: Path, whole: Callable[[], Iterable[str]]) -> None:
        self._path = path
        self._whole = whole
        self._file: io.FileIO | None = None
        self._closed = False
        self._write_anew()

    def add(self, lines: Iterable[str]) -> None:
        """Lines of events that the journal holds by now."""
        if self._closed:  # a thread left behind may still tell how its effect ended
            return
        if self._file is None:
            self._write_anew()
        elif not _written(self._file, "".join(lines).encode()):
            self._let_go()

    def close(self) -> None:
        """Write what is still missing, if that is possible now."""
        if not self._closed and self._file is None:
            with contextlib.suppress(MachineError):
                self._write_anew()
        self._let_go()
        self._closed = True

    def _write_anew(self) -> None:
        """All of it; a killed process may have left half a line, and a full disk none."""
        with contextlib.suppress(OSError):
            self._file = io.FileIO(self._path, "w")
            if not _written(self._file, "".join(self._whole()).encode()):
                self._let_go()

    def _let_go(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None


def _written(file: io.FileIO, content: bytes) -> bool:
    """Whether all of it could be written."""
    rest = memoryview(content)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        return False
    return True


# --- what a copy tells -----------------------------------------------------------------------------------------------


def told(folder: Path) -> Iterator[JsonObject]:
    """The events of a run's copy; a line that is none is passed over."""
    try:
        text = (folder / EVENTS_FILE).read_text("utf-8", "replace")
    except OSError:
        return
    for each in text.split("\n"):
        with contextlib.suppress(ValueError):
            event = json.loads(each)
            if isinstance(event, dict) and isinstance(event.get("type"), str):
                yield event


def told_effects(folder: Path) -> Counter[tuple[str, str]]:
    """How often the copy tells that an effect was intended, by the stage's path and the effect's name."""
    return Counter(
        (str(event.get("stage")), str(event.get("data", {}).get("name")))
        for event in told(folder)
        if event["type"] == "effect.intended" and isinstance(event.get("data"), dict)
    )
