"""A plugin that implements every hook once. Its "clips" are text files, so that it needs no video library.

The reference of hooks shows each function beside the hook that it implements; a test runs them all.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from clipline.clock import Clock
from clipline.errors import InputError, StageFailed
from clipline.events import Event
from clipline.stage import (
    Backend,
    Channel,
    CheckSubject,
    Executor,
    Explanation,
    Exported,
    Finding,
    Link,
    Message,
    PostExportStep,
    ReportFormat,
    RunOrder,
    StageCall,
    StageKind,
    StageResult,
    Support,
    TimelineView,
    VerifyCheck,
    Work,
    hookimpl,
    hookspec,
)
from clipline.timeline import Segment, Timeline, Track
from clipline.values import JsonObject

clipline_api = "1"

NOTHING = {"type": "object", "properties": {}, "additionalProperties": False}


# --- a stage kind: its specification, its description, its implementation ---


class Specs:
    """The hook that this plugin adds."""

    @hookspec(firstresult=True)
    def count_words(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Count the words of the file that was exported last."""


@hookimpl
def stage_kinds() -> Sequence[StageKind]:
    outputs = {"type": "object", "properties": {"words": {"type": "integer", "description": "How many there are."}}}
    return [StageKind("count_words", Specs, NOTHING, outputs, "Counts the words of what was exported last.")]


@hookimpl
def count_words(call: StageCall) -> StageResult:
    if not call.run["files"]:
        raise InputError("there is no file to count the words of", hint="put count_words after an export")
    words = len(Path(call.run["files"][-1]).read_text("utf-8").split())
    return StageResult(outputs={"words": words})


# --- a post-export step, a check, a channel: a description with a function ---


@hookimpl
def post_export_steps() -> Sequence[PostExportStep]:
    return [PostExportStep("checksum", write_checksum, NOTHING, "Writes NAME.sha256 beside each exported file.")]


def write_checksum(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    written = []
    for file in exported.files:
        target = file.with_name(f"{file.name}.sha256")
        temporary = call.files.temporary(target)
        temporary.write_text(f"{call.run['id']}  {file.name}\n", "utf-8")
        written.append(call.files.deliver(temporary, target, collision="overwrite"))
    return StageResult(outputs={"files": [str(each.path) for each in written]}, artifacts=tuple(written))


@hookimpl
def verify_checks() -> Sequence[VerifyCheck]:
    wanted = {"type": "integer", "minimum": 0, "description": "How many seconds it may last."}
    return [VerifyCheck("at_most", check_length, wanted, "No edit lasts longer, in seconds.")]


def check_length(call: StageCall, subject: CheckSubject, wanted: int) -> Sequence[Finding]:
    length = subject.view.after.duration if subject.view else 0.0
    return [Finding("FAIL" if length > wanted else "INFO", f"it lasts {length:g} s, at most {wanted} s were asked for")]


@hookimpl
def channels() -> Sequence[Channel]:
    return [Channel("shout", shout, NOTHING, "Says it in capitals.")]


def shout(call: StageCall, message: Message, options: JsonObject) -> JsonObject:
    call.note(message.text.upper())
    return {}


# --- where the runs of a batch are carried out, and how a run is reported ---


@hookimpl
def executors() -> Sequence[Executor]:
    return [Executor("one_by_one", one_by_one, "One run after the other, in this process.")]


def one_by_one(work: Work, orders: Iterator[RunOrder], jobs: int, clock: Clock) -> Iterator[JsonObject]:
    while not clock.cancelled and (order := next(orders, None)):
        yield work(order, clock)


@hookimpl
def report_formats() -> Sequence[ReportFormat]:
    return [ReportFormat("line", one_line, ".txt", "A run in one line.")]


def one_line(result: JsonObject) -> bytes:
    return f"{result['name']}: {result['status']}, {len(result['files'])} files\n".encode()


# --- around every stage, and beside every run ---


@hookimpl(wrapper=True)
def run_stage(call: StageCall, kind: str) -> Generator[None, StageResult, StageResult]:
    started = call.clock.monotonic()
    result = yield
    call.note(f"{kind} took {call.clock.monotonic() - started:.1f} s")
    return result


@hookimpl(wrapper=True)
def verify(call: StageCall) -> Generator[None, StageResult, StageResult]:  # one kind only
    result = yield
    return replace(result, findings=(*result.findings, Finding("INFO", "checked by hand too")))


@hookimpl(wrapper=True)
def notify(call: StageCall) -> Generator[None, StageResult, StageResult]:
    if call.run["files"] and not Path(call.run["files"][0]).exists():
        raise StageFailed("the file is gone: nobody is told that it is there")
    return (yield)


@hookimpl
def event(event: Event) -> None:
    if event.type == "run.finished":
        print(event.data["status"])


# --- a backend: one object for a run; what must last is in the scope's state ---


@hookimpl
def backends() -> Sequence[Backend]:
    return [Backend("typewriter", lambda settings: Typewriter(), "Edits text files, a second a line.")]


class Typewriter:
    @hookimpl
    def supports(self) -> Mapping[str, Mapping[str, Support]]:
        options = {"upload": ["files"], "edit": ["instruction"], "export": ["to", "post_export"]}
        return {kind: dict.fromkeys(names, "native") for kind, names in options.items()}

    @hookimpl
    def explain(self, kind: str, options: JsonObject) -> Explanation | None:
        if kind == "edit" and "capitals" not in options["instruction"]:
            return Explanation(refuses="a typewriter can only write in capitals", option="instruction")
        return Explanation(notes=("all will be capitals",)) if kind == "edit" else None

    @hookimpl
    def auth(self, call: StageCall) -> StageResult:
        return StageResult(outputs={"account": "nobody"}, state={"version": 1})

    @hookimpl
    def upload(self, call: StageCall, options: JsonObject) -> StageResult:
        file = options["files"] if isinstance(options["files"], str) else options["files"][0]
        lines = Path(file).read_text("utf-8").splitlines()
        return StageResult(outputs={"clip": Path(file).name}, state={**call.state, "file": file, "lines": lines})

    @hookimpl
    def edit(self, call: StageCall, options: JsonObject) -> StageResult:
        lines = [line.upper() for line in call.state["lines"]]
        changed = lines != call.state["lines"]
        return StageResult({"changed": changed}, state={**call.state, "lines": lines, "changed": changed})

    @hookimpl
    def timeline(self, call: StageCall) -> TimelineView | None:
        segments = tuple(Segment(line, 1.0) for line in call.state.get("lines", ()))
        return TimelineView(Timeline((Track("text", segments),)), changed=call.state.get("changed"))

    @hookimpl
    def export(self, call: StageCall, options: JsonObject) -> StageResult:
        source = Path(call.state["file"])
        target = call.target(options.get("to", "{name}-edited.{ext}"), name=source.stem, ext="txt", sources=[source])
        artifact = call.files.delivered(target)  # by an attempt that was killed before it could say so
        if artifact is None:
            temporary = call.files.temporary(target)
            temporary.write_text("\n".join(call.state["lines"]) + "\n", "utf-8")
            artifact = call.files.deliver(temporary, target)
        return StageResult(outputs={"files": [str(artifact.path)]}, artifacts=(artifact,))

    @hookimpl
    def account(self, call: StageCall) -> JsonObject:
        return {"user": None, "credits": None, "note": "a typewriter needs no account"}

    @hookimpl
    def links(self, call: StageCall) -> Sequence[Link]:
        return [Link("The paper", Path(call.state["file"]).as_uri())] if "file" in call.state else []

    @hookimpl
    def give_up(self, call: StageCall) -> Sequence[str]:
        letter = call.effects.open_operation("dictate")  # as the stage called its effect, were there one
        return [f"the typist cannot be stopped, and finishes {letter['name']}"] if letter else []

    @hookimpl
    def close(self) -> None:
        print("the typewriter is covered")
