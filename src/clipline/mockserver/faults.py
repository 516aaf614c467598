"""Faults as data: on which call, in which phase, what goes wrong.

    {"route": "message", "nth": 1, "phase": "after_effect", "kind": "reset"}

`route` is a name of `ROUTES`, `*`, or a method and a path with wildcards like `GET /api/render/*`. `nth` counts the
calls that match the route: a number from 1, a list of numbers, `every`, or `from 3`. Phases and kinds: see `PHASES`
and `KINDS`.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from clipline.artifacts import read_file
from clipline.errors import InputError
from clipline.mockserver.envelope import STATUS_OF
from clipline.mockserver.fault_words import EFFECTFUL, KINDS, ONLY_AT, PHASES, ROUTES, SENDING, USED_BY
from clipline.values import JsonObject

__all__ = ["KINDS", "PHASES", "ROUTES", "Fault", "fault_from_json", "faults_from_json", "load_faults"]

#: Bytes of a file of faults.
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. What a kind does not use is ignored by no one: it is an error to give it.

    Attributes:
        route: a name of `ROUTES`, `*`, or a method and a path with wildcards.
        nth: which matching calls: a number from 1, several, `every`, or `from N`.
        phase: when it strikes, of `PHASES`.
        kind: what happens, of `KINDS`; `none` only delays the effect.
        after: bytes of the body that are sent before (phase `after_bytes`).
        delay: seconds until the request is carried out (phase `delay_effect`).
        effect: `done`, or `lost` where the request's effect never comes though its reply was begun (phases from
            `after_effect` on).
        status: the HTTP status of `status` and `html`; 0 = that of `code`, else 503 (502 for a page).
        code: the code in the envelope of `status` and `stream_error`; 0 = the HTTP status.
        message: the words of `status`, `stream_error` and `render_failed`.
        retry_after: seconds in a Retry-After header of `status` and `html`; None for no such header.
        envelope: the form of `status`: that of the server's options, or one of its own.
        seconds: how long a `stall` or `heartbeats_only` lasts, and between two pieces of a `drip`; -1 = 1200 for a
            stall, 960 for heartbeats, 1 for a drip.
        at: byte of the body (`split`) or number of the event from 0 (`duplicate_event`); -1 = between every two bytes,
            or the last event that says something.
        form: of `heartbeats_only` and `stream_error`, as the stream's forms are named; "" for the first of them.
    """

    route: str
    nth: int | tuple[int, ...] | str = 1
    phase: str = "after_effect"
    kind: str = "reset"
    after: int = 0
    delay: float = 0.0
    effect: Literal["done", "lost"] = "done"
    status: int = 0
    code: int = 0
    message: str = ""
    retry_after: float | None = None
    envelope: str = ""
    seconds: float = -1.0
    at: int = -1
    form: str = ""

    def __post_init__(self) -> None:
        _check_word("phase", self.phase, PHASES)
        _check_word("kind", self.kind, KINDS)
        _check_word("effect", self.effect, ("done", "lost"))
        _check_word("envelope", self.envelope, ("", "status", "ok", "success", "detail", "html"))
        _check_route(self.route)
        _check_nth(self.nth)
        if self.phase not in KINDS[self.kind]:
            raise InputError(
                f"a fault of kind {self.kind} cannot strike {self.phase}", hint=f"it can: {', '.join(KINDS[self.kind])}"
            )
        only = ONLY_AT.get(self.kind)
        if only and self.route in ROUTES and self.route not in only:
            raise InputError(f"a fault of kind {self.kind} knows the routes {', '.join(only)}, not {self.route}")
        self._check_numbers()
        self._check_unused()

    def _check_numbers(self) -> None:
        if self.status and not 200 <= self.status <= 599:
            raise InputError(f"a fault's status is an HTTP status from 200 to 599, got {self.status}")
        if self.after < 0 or self.delay < 0:
            raise InputError("a fault's `after` and `delay` are not negative")
        if self.phase == "delay_effect" and self.delay == 0:
            raise InputError("the phase delay_effect needs `delay`, in seconds")
        late = self.phase == "delay_effect" or self.effect == "lost"
        if late and self.route in ROUTES and self.route not in EFFECTFUL:
            raise InputError(f"only the effect of {', '.join(EFFECTFUL)} can be late or lost, not that of {self.route}")
        if self.effect == "lost" and self.phase not in {"after_effect", *SENDING}:
            raise InputError(f"an effect is lost after it began; in the phase {self.phase} there is none to lose")
        if self.form:
            forms = ("typed", "word", "bare", "empty", "comment")
            _check_word("form", self.form, ("json", "broken", "event") if self.kind == "stream_error" else forms)

    def _check_unused(self) -> None:
        unused = [
            name
            for name, (kinds, phases) in USED_BY.items()
            if getattr(self, name) != _DEFAULTS[name] and self.kind not in kinds and self.phase not in phases
        ]
        if unused:
            raise InputError(f"a fault of kind {self.kind} in the phase {self.phase} does not use {', '.join(unused)}")

    @property
    def http_status(self) -> int:
        """The status of the reply that a `status` or `html` sends."""
        return self.status or STATUS_OF.get(self.code) or (502 if self.kind == "html" else self.code_as_status or 503)

    @property
    def code_as_status(self) -> int:
        """The code where it is an HTTP status by itself, else 0."""
        return self.code if 400 <= self.code <= 599 else 0

    def matches(self, route: str, method: str, path: str) -> bool:
        """Whether a call is one of its route's."""
        if self.route in {route, "*"}:
            return True
        wanted, _, pattern = self.route.partition(" ")
        return bool(pattern) and wanted in {method, "*"} and fnmatch.fnmatchcase(path, pattern)

    def strikes(self, number: int) -> bool:
        """Whether the `number`th matching call, from 1, is hit."""
        if isinstance(self.nth, str):
            return self.nth == "every" or number >= int(self.nth.partition(" ")[2])
        return number in self.nth if isinstance(self.nth, tuple) else number == self.nth

    def as_json(self) -> dict[str, Any]:
        """The fault as a file has it: only what is not the default."""
        return {
            field.name: list(value) if isinstance(value, tuple) else value
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default or field.name in {"nth", "phase", "kind"}
        }


_DEFAULTS = {field.name: field.default for field in fields(Fault)}


def _check_word(what: str, word: object, known: Iterable[str]) -> None:
    known = tuple(known)
    if word in known:
        return
    near = get_close_matches(str(word), known, 1)
    meant = f"; did you mean {near[0]!r}?" if near else ""
    raise InputError(f"unknown {what} {word!r} of a fault{meant}", hint=f"known: {', '.join(filter(None, known))}")


def _check_route(route: str) -> None:
    if not re.fullmatch(r"(\*|[A-Z]+) /\S*", route):
        _check_word("route", route, (*ROUTES, "*"))


def _check_nth(nth: object) -> None:
    numbers = nth if isinstance(nth, tuple) else (nth,)
    if numbers and all(isinstance(one, int) and not isinstance(one, bool) and one >= 1 for one in numbers):
        return
    if isinstance(nth, str) and re.fullmatch(r"every|from [1-9][0-9]{0,8}", nth):
        return
    raise InputError(f"a fault's nth is a number from 1, a list of such, 'every' or 'from N', got {nth!r}")


def fault_from_json(data: JsonObject) -> Fault:
    """Read one fault.

    Raises:
        InputError: it has an unknown word, or values that do not go together.
    """
    if not isinstance(data, Mapping):
        raise InputError(f"a fault is a JSON object, got {data!r}")
    for name in data:
        _check_word("key", name, _DEFAULTS)
    if "route" not in data or "kind" not in data:
        raise InputError("a fault has at least a route and a kind")
    values = dict(data)
    if isinstance(values.get("nth"), list):
        values["nth"] = tuple(values["nth"])
    for name, value in values.items():
        _check_type(name, value)
    return Fault(**values)


#: Bytes and seconds that no fault needs more of, and clocks can still count.
_LARGEST = 10**9


def _check_type(name: str, value: object) -> None:
    wanted: type | tuple[type, ...] = str
    if name in {"after", "status", "code", "at"}:
        wanted = int
    elif name in {"delay", "seconds", "retry_after"}:
        wanted = (int, float)
    if name != "nth" and (isinstance(value, bool) or not isinstance(value, wanted)):
        raise InputError(f"a fault's {name} is {'text' if wanted is str else 'a number'}, got {value!r}")
    if isinstance(value, (int, float)) and not -_LARGEST <= value <= _LARGEST:
        raise InputError(f"a fault's {name} is a number of at most {_LARGEST}")


def faults_from_json(data: object) -> tuple[Fault, ...]:
    """Read one fault or a list of them.

    Raises:
        InputError: as `fault_from_json`, with the number of the fault.
    """
    faults = []
    for number, item in enumerate(data if isinstance(data, list) else [data], 1):
        try:
            faults.append(fault_from_json(item))
        except InputError as error:
            raise InputError(f"fault {number}: {error.message}", hint=error.hint) from error
    return tuple(faults)


def load_faults(path: Path) -> tuple[Fault, ...]:
    """Read a file of faults: JSON, a list of objects.

    Raises:
        InputError: there is no such file, it is no JSON, or a fault in it is wrong.
    """
    try:
        data = json.loads(read_file(path, _MOST_BYTES))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON: {error}") from error
    try:
        return faults_from_json(data)
    except InputError as error:
        raise InputError(f"{path}: {error.message}", hint=error.hint) from error
