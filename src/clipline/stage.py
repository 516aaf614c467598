"""All that the author of a stage, a backend or another part needs: what a stage is called with and what it returns.

A stage kind *is* a hook: a function `KIND(call, options) -> StageResult | None`, marked with `hookimpl`. It gets a
frozen `StageCall`, does outside things only through `call.effects` and `call.files`, waits only on `call.clock`, and
returns a `StageResult`. The descriptions below (`StageKind`, `Backend`, `PostExportStep`, `VerifyCheck`, `Channel`,
`Executor`, `ReportFormat`) are what the registration hooks of `clipline.hookspecs` return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol, Self, TypeAlias

import pluggy

from clipline.artifacts import keep_sources, name_facts, resolve_target
from clipline.clock import Clock
from clipline.errors import Choice
from clipline.events import Finding
from clipline.timeline import Timeline
from clipline.values import JsonObject

__all__ = [
    "API_VERSION",
    "Artifact",
    "Backend",
    "Channel",
    "CheckSubject",
    "Collision",
    "Effects",
    "Executor",
    "Explanation",
    "Exported",
    "Files",
    "Finding",
    "Link",
    "Message",
    "Offers",
    "PostExportStep",
    "ReportFormat",
    "RunOrder",
    "Settled",
    "StageCall",
    "StageKind",
    "StageResult",
    "Support",
    "TimelineView",
    "VerifyCheck",
    "Work",
    "hookimpl",
    "hookspec",
]

#: The version of these contracts; a plugin module states the one it was written for as `clipline_api = "1"`.
API_VERSION = "1"

hookimpl = pluggy.HookimplMarker("clipline")
hookspec = pluggy.HookspecMarker("clipline")

Collision = Literal["fail", "overwrite", "number"]
Support = Literal["native", "after"]


# --- what a stage returns --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file (or a folder of frames) that a run made: absolute path, sha256 in hex, size in bytes."""

    path: Path
    sha256: str
    bytes: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage did.

    `outputs` is JSON that later stages read as `stages.ID.outputs`; `files` there are the paths of `artifacts`. `state`
    replaces the scope's state (None leaves it); at most 64 KiB of JSON, enough to rebuild a backend from nothing.
    """

    outputs: JsonObject = field(default_factory=dict)
    state: JsonObject | None = None
    artifacts: tuple[Artifact, ...] = ()
    findings: tuple[Finding, ...] = ()


# --- what a stage is called with -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settled:
    """What reading the outside told about an effect whose end nobody saw: `outcome` is its JSON if it happened."""

    verdict: Literal["done", "not_done", "unknown"]
    outcome: JsonObject = field(default_factory=dict)
    advice: str = ""


class Effects(Protocol):
    """The only way to do something outside that must happen at most once."""

    def perform(
        self,
        name: str,
        operation: JsonObject,
        send: Callable[[], JsonObject],
        *,
        settle: Callable[[JsonObject], Settled],
        refused: Callable[[Exception], bool] = lambda _: False,
        span: float = 900.0,
        estimate: int = 0,
        fingerprint: str = "",
        session: str = "",
    ) -> JsonObject:
        """Do an effect once and return its outcome.

        An intent with `operation` (JSON without secrets) is journalled and synced, `send` is called once, the outcome
        is journalled. If an earlier attempt of this stage already has an outcome under `name` and the same operation,
        that is returned and nothing is sent. If one has an intent without an outcome, `settle(operation)` reads the
        outside: once at once, where only the verdict `done` counts, and, when the span is over, once more.

        Args:
            name: what the effect is called within its stage.
            operation: what is asked for; equal operations are the same effect.
            send: does it. An exception for which `refused` is true proves that nothing happened; any other leaves the
                outcome unknown until `settle` tells.
            settle: reads the outside, given the operation as it was journalled; does its own waits on `call.clock`.
            refused: whether an exception of `send` proves that nothing happened.
            span: seconds after which a send that was not answered can no longer take effect.
            estimate: the credits that the run's budget reserves; `credits` in the outcome, what it really cost,
                takes its place. `credits_together` is what it and others beside it cost, where only that is known.
            fingerprint: of the remote state before, to compare with.
            session: what the effect changes, as one name all over the world, like a base URL and a session's id: at
                most one intent of a session is open at any time, whichever run made it. Empty: nobody else's.

        Raises:
            AccountError: the run's budget does not allow it; nothing was sent.
            MachineError: `session_busy`: another stage, or another run, has an open intent on the session.
            OutcomeUnknown: nobody can tell whether an earlier send took effect.
            Waiting: an earlier send can still take effect, and this run was told not to wait for that.
        """
        ...

    def earlier(self, name: str) -> JsonObject | None:
        """The outcome that an earlier attempt of this stage journalled under `name`, whatever its operation."""
        ...

    def last_look(self) -> None:
        """Make sure that what is being sent may still be sent; for a `send` that takes time before its first byte.

        Between the intent and the first byte lies the connection, and a process can be frozen there for hours. Called
        when the connection stands, from any thread, it finds that out; what it raises must reach `perform`.

        Raises:
            MachineError: another process took the run over.
            ServiceError: `unreachable`: too much time has passed since the intent. Nothing was sent.
        """
        ...

    def open_operation(self, name: str) -> JsonObject | None:
        """The operation of an intent under `name` that has no outcome yet."""
        ...

    def is_pending(self, name: str) -> bool:
        """Whether an intent under `name` that has no outcome yet can still take effect; what `settle` goes by.

        A comparison of two times of day would not do: a clock that is set back makes it true for days.
        """
        ...


class Files(Protocol):
    """How a stage makes files: under a temporary name first, then whole under the real one, never half."""

    def temporary(self, target: Path) -> Path:
        """A path beside `target` to write to; journalled, and removed if the attempt ends without delivering it."""
        ...

    def deliver(
        self, temporary: Path, target: Path, *, collision: Collision = "fail", sidecar: JsonObject | None = None
    ) -> Artifact:
        """Sync, hash and rename `temporary` to `target`, as an effect; `sidecar` is written beside it as `TARGET.json`.

        Raises:
            InputError: `target` exists and `collision` is `fail`.
            MachineError: the disk or its permissions stand in the way.
        """
        ...

    def delivered(self, target: Path) -> Artifact | None:
        """What an earlier attempt of this stage delivered for `target` before the process died, whole; else None."""
        ...


@dataclass(frozen=True, slots=True)
class Link:
    """An address for a person to open, and what is there. Its query may be a secret: whoever has it may enter."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class TimelineView:
    """The edit as the backend has it: `before` the scope's last edit (None where there was none) and `after` it."""

    after: Timeline
    before: Timeline | None = None
    #: Whether the last edit changed anything; None where no edit was made.
    changed: bool | None = None


@dataclass(frozen=True, slots=True)
class Offers:
    """What all loaded plugins offer, by name."""

    stage_kinds: Mapping[str, StageKind] = field(default_factory=dict)
    backends: Mapping[str, Backend] = field(default_factory=dict)
    post_export_steps: Mapping[str, PostExportStep] = field(default_factory=dict)
    verify_checks: Mapping[str, VerifyCheck] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    executors: Mapping[str, Executor] = field(default_factory=dict)
    report_formats: Mapping[str, ReportFormat] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class StageCall:
    """One attempt at one stage. Frozen, and complete: a stage needs nothing else from clipline.

    `path` names the stage in the run (`batch[2].remove`), `attempt` counts from 1. `state` is the JSON object of the
    nearest enclosing scope as earlier stages left it. `settings` are the backend's. `out` is the output folder,
    `folder` a scratch folder of this run alone. `run` has what `run.…` has in expressions: id, name, started, dir,
    backend, status, error. `timeline()` reads the edit from the backend; None where the backend has none. `wait` is
    whether the person waits for what cannot be told yet; where not (`--no-wait`), settling an effect does not sleep.
    """

    run_id: str
    path: str
    kind: str
    attempt: int
    clock: Clock
    effects: Effects
    files: Files
    emit: Callable[[str, JsonObject], None]
    state: JsonObject
    settings: JsonObject
    out: Path
    folder: Path
    run: JsonObject
    offers: Offers
    timeline: Callable[[], TimelineView | None]
    wait: bool = True

    def note(self, text: str) -> None:
        """Tell the person something."""
        self.emit("stage.note", {"text": text})

    def progress(self, fraction: float | None, text: str = "") -> None:
        """Say how far the stage is, 0 to 1, and what it does."""
        self.emit("stage.progress", {"fraction": fraction, "text": text})

    def link(self, label: str, url: str) -> None:
        """Give the person an address to open. Only the person sees its query; no journal, file or observer does."""
        self.emit("link", {"label": label, "url": url})

    def target(self, to: str, *, name: str, ext: str, sources: Iterable[Path] = ()) -> Path:
        """Where a file of this stage goes, inside the output folder.

        Args:
            to: a name, perhaps in folders below the output folder, with fields of `clipline.artifacts.NAME_FIELDS`.
            name: what stands for `{name}`: as a rule the source's name without its ending.
            ext: what stands for `{ext}`, without a dot.
            sources: the files that it is made from, none of which it may be written over.

        Raises:
            InputError: the name leaves the folder, cannot exist on some system, has an unknown field, or is a source's.
        """
        target = resolve_target(self.out, to, {**name_facts(self.run, self.path, name), "ext": ext})
        keep_sources(target, sources)
        return target

    def at(self, path: str, **changes: Any) -> Self:
        """The same call for a step inside this stage."""
        return replace(self, path=path, **changes)


# --- what plugins describe -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StageKind:
    """A kind of stage.

    `spec` is a class or module holding the `@hookspec(firstresult=True)` function named like the kind. `options` and
    `outputs` are JSON Schemas (2020-12) of objects; in `options`, `format: path|duration|size|color|count` are checked,
    `x-clipline-post-export` marks a list of post-export steps, `x-clipline-channels` a list of channels, and
    `x-clipline-checks` an object that takes every verify check by its name, `x-clipline-exists` the path of a file that
    must be there before the run, `x-clipline-holds` the JSON Schema of what that file, in YAML or JSON, must hold,
    `x-clipline-written` the path of a file that the run itself writes to, so no input of it, `x-clipline-secret` a text
    that only `${{ secrets.NAME }}` gives, and `x-clipline-form` has the words for what a `pattern` asks for. Options
    named in `secret_options` may hold a secret. Only a kind that is `effectful` may use `call.effects.perform`:
    whatever else a stage does may be done again by a run that is taken up again.
    """

    name: str
    spec: object
    options: JsonObject
    outputs: JsonObject = field(default_factory=dict)
    summary: str = ""
    effectful: bool = False
    secret_options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Backend:
    """Who answers stages.

    `create(settings)` gives an object, made new for each run, whose methods are hook implementations of the kinds that
    it can do, of `supports`, and perhaps of `explain`, `timeline`, `account`, `links` and `close`. It imports heavy
    things inside its methods. `options` are JSON Schemas of the blocks in its name that a stage may hold, by kind.
    """

    name: str
    create: Callable[[JsonObject], object]
    summary: str = ""
    options: Mapping[str, JsonObject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export delivered: its `files`, the `sources` they were made from, and the export's outputs."""

    files: tuple[Path, ...]
    sources: tuple[Path, ...]
    outputs: JsonObject


@dataclass(frozen=True, slots=True)
class PostExportStep:
    """What may follow an export: `run(call, exported, options)`; `options` is a JSON Schema of an object.

    `effectful` as for a `StageKind`.
    """

    name: str
    run: Callable[[StageCall, Exported, JsonObject], StageResult]
    options: JsonObject
    summary: str = ""
    effectful: bool = False
    secret_options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckSubject:
    """What a check looks at: the exported files so far, and the edit where the backend has one."""

    files: tuple[Path, ...]
    view: TimelineView | None


@dataclass(frozen=True, slots=True)
class VerifyCheck:
    """A check of `verify`: `run(call, subject, wanted)` returns findings; one of level FAIL fails the stage."""

    name: str
    run: Callable[[StageCall, CheckSubject, Any], Sequence[Finding]]
    wanted: JsonObject
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What `notify` sends: a line for a person, and the facts as JSON."""

    text: str
    data: JsonObject


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to notify: `send(call, message, options)`; what it returns goes into the journal."""

    name: str
    send: Callable[[StageCall, Message, JsonObject], JsonObject]
    options: JsonObject
    summary: str = ""
    secret_options: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RunOrder:
    """A run that is journalled and waits to be carried out: its id, and where its journal is (`file:///…`)."""

    run_id: str
    journal: str


#: Carries out an order, or goes on with it where it was left, and returns the result's JSON. It can be pickled, and may
#: be called again: a run that is done gives the same result. With a clock, that one's token stops it.
Work: TypeAlias = Callable[[RunOrder, Clock | None], JsonObject]


@dataclass(frozen=True, slots=True)
class Executor:
    """Where many runs are carried out: `execute(work, orders, jobs, clock)` yields each result as its run ends.

    `orders` is read one by one, at most `jobs` ahead of the results; an order that was read must be carried out, by
    `work(order, clock)` in this process or `work(order, None)` anywhere else. When `clock.cancelled`, no more is read.
    `remote` says that it works on other machines, which a journal on this one's disk does not reach.
    """

    name: str
    execute: Callable[[Work, Iterator[RunOrder], int, Clock], Iterator[JsonObject]]
    summary: str = ""
    remote: bool = False


@dataclass(frozen=True, slots=True)
class ReportFormat:
    """A form in which a run is told of: `write(result)` gives the bytes of a file whose name ends in `suffix`.

    `result` is the versioned JSON of a run's result (`clipline_result`), as `--json` prints it; or that of a batch
    (`clipline_batch`), each of whose `rows` has the `result` of its run, null where it has none.
    """

    name: str
    write: Callable[[JsonObject], bytes]
    suffix: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a backend will do with a stage, said before it starts: `notes` for the person, or why it `refuses`.

    `option` names the option that a refusal is about, so that a complaint can point at it; `code` is that of the error
    which the run would end with, and `choices` what an unclear sentence may mean. `credits` is what the stage is
    estimated to cost.
    """

    notes: tuple[str, ...] = ()
    refuses: str = ""
    hint: str = ""
    option: str = ""
    code: str = ""
    credits: int = 0
    choices: tuple[Choice, ...] = ()
