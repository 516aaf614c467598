"""Every error that clipline raises on purpose, and the exit status each ends a command with.

    CliplineError
    ├── UsageError            2   the command line, a pipeline file, an input or a plugin is wrong
    │   ├── PipelineFileError     all complaints about a file, with their places
    │   ├── InputError            an input's value, or a media file that is not what it should be
    │   └── PluginError           a plugin cannot be loaded or breaks its contract
    ├── StageFailed           1   a stage could not do its work
    │   ├── Refused               the words or options ask for what cannot be done; nothing was changed
    │   └── TimedOut              a deadline passed
    ├── CheckFailed           3   a check of `verify` or of an exported file did not hold
    ├── AccountError          4   token, credits, plan or budget
    │   └── AccountWaiting            the run goes on once the person has seen to the account
    ├── ServiceError          5   a service cannot be reached or did not answer in time
    │   └── Waiting               the work goes on elsewhere; `clipline resume` collects it
    ├── OutcomeUnknown        6   a paid effect may or may not have happened
    ├── MachineError          7   this machine: disk, permissions, journal
    ├── Cancelled   130/143/129   the person said stop
    └── Bug                  70   clipline is at fault

Each error carries data, not only words: `code` (stable, for programs), `retry` (may the engine try again:
`safe` without asking, `unsure` only after reading the remote state, `never`), `hint` (what to do) and `place`
(where in which file), `retry_after` (seconds that a service asked to wait). An error that `waits` leaves the run open:
`clipline resume` goes on where it stands. When several things fail, `worst` picks the exit status by the documented
order.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from clipline.values import JsonValue

__all__ = [
    "AccountError",
    "AccountWaiting",
    "Bug",
    "Cancelled",
    "CheckFailed",
    "Choice",
    "CliplineError",
    "InputError",
    "MachineError",
    "OutcomeUnknown",
    "PipelineFileError",
    "Place",
    "PluginError",
    "Problem",
    "Refused",
    "RetryVerdict",
    "ServiceError",
    "StageFailed",
    "TimedOut",
    "UsageError",
    "Waiting",
    "may_end_otherwise",
    "redact",
    "worst",
]

RetryVerdict = Literal["safe", "unsure", "never"]

#: Exit statuses, worst first: when a run failed in several ways, the first of these found is the one reported.
_ORDER = (70, 6, 130, 143, 129, 4, 5, 3, 1, 2, 7, 0)

# Read by the text of whoever answers, so no part may take more than a few steps over each letter: what may be repeated
# is bounded or possessive.
_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,30}://)([^\s'\"]++)")
_WORDS = re.compile(
    r"(?i)(\bbearer\s++)[^\s'\",;]++"
    r"|(\b(?:token|api[_-]?key|secret|password|signature|x-amz-[a-z-]{1,60}|ct)=)[^\s&'\"]++"
    r"|\b(?:nmv_usr_|clm_|whsec_)[A-Za-z0-9_+/=-]++"
)


def redact(text: str) -> str:
    """Take what may be a secret out of a text: tokens, signed query strings, passwords in addresses.

    The time that it takes grows with the text's length and no faster, whatever stands in it.
    """
    return _WORDS.sub(lambda match: (match[1] or match[2] or "") + "…", _ADDRESS.sub(_address, text))


def _address(match: re.Match[str]) -> str:
    """An address without the query and without the password."""
    place, mark, query = match[2].partition("?")
    authority, slash, path = place.partition("/")
    login, at, host = authority.rpartition("@")
    user, colon, password = login.partition(":")
    login = f"{user}:…" if colon and password else login
    hidden = "…" if mark and query and match[1].lower().startswith("http") else query
    return f"{match[1]}{login}{at}{host}{slash}{path}{mark}{hidden}"


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a text file; `line` and `column` count from 1, 0 where unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(number) for number in (self.line, self.column) if number)])


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things that an unclear sentence may mean: a short `label`, and the whole sentence that says it."""

    label: str
    sentence: str

    def as_json(self) -> dict[str, JsonValue]:
        """The choice for programs."""
        return {"label": self.label, "sentence": self.sentence}


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about a file: where, what, and the line it stands in.

    `code` is that of the error which a run would end with, where it would, like `ambiguous`; `choices` are then what
    the words may mean, where that can be told.
    """

    message: str
    place: Place
    source_line: str = ""
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
    code: str = ""
    choices: tuple[Choice, ...] = ()

    def render(self) -> str:
        """Lay the complaint out as `file:line:col: error: …`, the source line, and a caret under the place."""
        lines = [f"{self.place}: {self.severity}: {redact(self.message)}"]
        if self.source_line:
            shown = redact(self.source_line.expandtabs(4))
            before = len(self.source_line[: self.place.column - 1].expandtabs(4))
            lines += [f"    {shown}", f"    {' ' * before}^"]
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, JsonValue]:
        """The complaint for programs."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "severity": self.severity,
            "code": self.code,
            "message": redact(self.message),
            "hint": self.hint,
            **_choices(self.choices),
        }


def _choices(choices: Iterable[Choice]) -> dict[str, JsonValue]:
    said: list[JsonValue] = [choice.as_json() for choice in choices]
    return {"choices": said} if said else {}


class CliplineError(Exception):
    """What all errors of clipline share.

    Args:
        message: one sentence for a person, without a final full stop.
        code: a stable word for programs; the class's own by default.
        retry: whether the engine may try again; the class's own by default.
        hint: what the person can do about it.
        place: where in which file the cause stands.
        retry_after: the seconds that a service asked to wait before it is called again.
        choices: what an unclear sentence may mean.
    """

    exit_status: ClassVar[int] = 1
    default_code: ClassVar[str] = "error"
    default_retry: ClassVar[RetryVerdict] = "never"
    #: Whether the run is not over with it: what was done is kept, and `clipline resume` goes on.
    waits: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        retry: RetryVerdict | None = None,
        hint: str = "",
        place: Place | None = None,
        retry_after: float | None = None,
        choices: Iterable[Choice] = (),
    ) -> None:
        super().__init__(redact(message))
        self.message = redact(message)
        self.code = code or self.default_code
        self.retry: RetryVerdict = retry or self.default_retry
        self.hint = redact(hint)
        self.place = place
        self.retry_after = retry_after
        self.choices = tuple(choices)

    @property
    def exit(self) -> int:
        """The exit status that a command ends with when this error ends it."""
        return self.exit_status

    def as_json(self) -> dict[str, JsonValue]:
        """The error for programs: code, exit, message, hint, retry and place; `retry_after` and `choices` if known."""
        asked = {} if self.retry_after is None else {"retry_after": self.retry_after}
        return {
            "code": self.code,
            "exit": self.exit,
            "message": self.message,
            "hint": self.hint,
            "retry": self.retry,
            "place": str(self.place) if self.place else None,
            **asked,
            **_choices(self.choices),
        }


class UsageError(CliplineError):
    """The command line, a file, an input or a plugin is wrong; nothing was done."""

    exit_status = 2
    default_code = "usage"


class PipelineFileError(UsageError):
    """A pipeline file with complaints, all of them at once in `problems`."""

    default_code = "pipeline_file"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.render() for problem in self.problems))

    def as_json(self) -> dict[str, JsonValue]:
        """The error for programs, with every complaint."""
        return {**super().as_json(), "problems": [problem.as_json() for problem in self.problems]}


class InputError(UsageError):
    """An input's value is wrong, or a media file is not what it should be."""

    default_code = "input"


class PluginError(UsageError):
    """A plugin cannot be loaded, or breaks the contract of a hook."""

    default_code = "plugin"


class StageFailed(CliplineError):
    """A stage could not do its work."""

    exit_status = 1
    default_code = "stage_failed"


class Refused(StageFailed):
    """The words or options ask for what cannot be done; nothing was changed."""

    default_code = "refused"


class TimedOut(StageFailed):
    """A stage's or run's deadline passed."""

    default_code = "timeout"


class CheckFailed(CliplineError):
    """A check did not hold."""

    exit_status = 3
    default_code = "check_failed"


class AccountError(CliplineError):
    """Token, credits, plan or budget do not allow it."""

    exit_status = 4
    default_code = "account"


class AccountWaiting(AccountError):
    """The account does not allow it yet: plan or credits; the run goes on where it stands once the person saw to it."""

    default_code = "account_waiting"
    waits: ClassVar[bool] = True


class ServiceError(CliplineError):
    """A service cannot be reached, or did not answer in time."""

    exit_status = 5
    default_code = "service"
    default_retry: ClassVar[RetryVerdict] = "safe"


class Waiting(ServiceError):
    """The work goes on elsewhere and is kept; `clipline resume` collects it."""

    default_code = "waiting"
    default_retry: ClassVar[RetryVerdict] = "never"
    waits: ClassVar[bool] = True


class OutcomeUnknown(CliplineError):
    """A paid effect may or may not have happened; it is not sent again without the person's word."""

    exit_status = 6
    default_code = "outcome_unknown"


class MachineError(CliplineError):
    """This machine stands in the way: disk, permissions, a busy, newer or damaged journal."""

    exit_status = 7
    default_code = "machine"


class Cancelled(CliplineError):
    """The person said stop.

    Args:
        signal_number: the signal that said so; SIGINT where a program said it.
    """

    default_code = "cancelled"

    def __init__(self, message: str = "cancelled", *, signal_number: int = signal.SIGINT, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.signal_number = signal_number

    @property
    def exit(self) -> int:
        """128 plus the signal's number, as shells count."""
        return 128 + self.signal_number


class Bug(CliplineError):
    """Clipline itself, or a plugin, is at fault."""

    exit_status = 70
    default_code = "bug"


def worst(statuses: Iterable[int]) -> int:
    """The exit status to report when several things ended a run, in the documented order."""
    found = set(statuses)
    return next((status for status in _ORDER if status in found), max(found, default=0))


#: Codes of `Refused` for what words or options ask of a clip: with the same words and the same clip it is so again. Not
#: among them is what this machine lacks, like fonts.
_REFUSALS = frozenset({
    "refused", "ambiguous", "vague", "unsupported", "contradiction", "not_at_hand", "nobody", "not_there",
    "outside_clip", "crop_outside", "title_too_long", "no_picture", "no_alpha", "no_key_frame", "one_track", "odd_size",
    "no_clip", "no_edit", "no_timeline", "second_edit",
})  # fmt: skip


def may_end_otherwise(error: Mapping[str, JsonValue]) -> bool:
    """Whether doing the same again can end otherwise: not where words, inputs or the budget are wrong.

    Nor where a check failed, nor where a conversation has gone on without it.

    Args:
        error: what `CliplineError.as_json` gave.
    """
    settled_exits = {UsageError.exit_status, CheckFailed.exit_status}
    settled_codes = {"budget", "superseded", *_REFUSALS}
    if error.get("code") == "source_gone":  # it can be put back
        return True
    return error.get("exit") not in settled_exits and error.get("code") not in settled_codes
