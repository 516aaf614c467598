"""Every hook of clipline. Read this first to write a plugin.

A plugin is a module or an object with functions marked `@hookimpl`, named in the entry-point group `clipline` of its
package. It states `clipline_api = "1"`. Three sorts of hooks stand here:

- **registration**: what a plugin offers; called once when plugins are loaded. They return frozen descriptions.
- **life cycle**: `run_stage` around every stage, `event` for those who watch.
- **a backend's own**: answered by the object that `Backend.create` makes for a run, and by nobody else.

The six stage kinds at the end are hooks too. A plugin adds a kind by describing it in `stage_kinds` with a
specification of the same form, and is then no different from a built-in one.
"""

# mypy: disable-error-code="empty-body"
# A specification has no body: pluggy only reads its signature.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from clipline.events import Event
from clipline.stage import (
    Backend,
    Channel,
    Executor,
    Explanation,
    Link,
    PostExportStep,
    ReportFormat,
    StageCall,
    StageKind,
    StageResult,
    Support,
    TimelineView,
    VerifyCheck,
    hookspec,
)
from clipline.values import JsonObject

__all__ = ["BackendSpecs", "LifeCycleSpecs", "RegistrationSpecs", "StageSpecs"]


class RegistrationSpecs:
    """What a plugin offers. All must be cheap: no network, no disk, no heavy import."""

    @hookspec
    def stage_kinds(self) -> Sequence[StageKind]:
        """New kinds of stage. A kind that another package already claimed is a load error of the later package."""

    @hookspec
    def backends(self) -> Sequence[Backend]:
        """Who may answer the stages of a run."""

    @hookspec
    def post_export_steps(self) -> Sequence[PostExportStep]:
        """Steps that a file may list under `post_export` of an export."""

    @hookspec
    def verify_checks(self) -> Sequence[VerifyCheck]:
        """Checks that a file may name in `verify`."""

    @hookspec
    def channels(self) -> Sequence[Channel]:
        """Ways to notify that a file may list under `via`."""

    @hookspec
    def executors(self) -> Sequence[Executor]:
        """Where the runs of a batch may be carried out: `clipline batch --executor NAME`."""

    @hookspec
    def report_formats(self) -> Sequence[ReportFormat]:
        """Forms in which a run may be told of: `--report NAME=FILE`."""


class LifeCycleSpecs:
    """Hooks around the work of a run."""

    @hookspec(firstresult=True)
    def run_stage(self, call: StageCall, kind: str, options: JsonObject) -> StageResult | None:
        """Run one attempt at a stage of any kind.

        Wrap it (`@hookimpl(wrapper=True)`) for what cuts across: timing, budgets, provenance. A wrapper may raise
        before it yields, to veto, and may add findings after. It cannot turn a failure into success: the engine
        records what the innermost implementation did.
        """

    @hookspec
    def event(self, event: Event) -> None:
        """Watch a run, on one thread with a bounded queue; a call of over 2 s switches the observer off."""


class BackendSpecs:
    """Hooks that a backend's object answers beside the stage kinds."""

    @hookspec(firstresult=True)
    def supports(self) -> Mapping[str, Mapping[str, Support]]:
        """Which options of which kinds this backend can do: `{kind: {option: "native" | "after"}}`.

        An option with a value is written `option=value` where only some values can be done, like `format=gif`. `after`
        says that the studio does it to the finished file, which needs the extra `local`.
        """

    @hookspec(firstresult=True)
    def explain(
        self, kind: str, options: JsonObject, earlier: Sequence[tuple[str, JsonObject | None]], out: Path | None
    ) -> Explanation | None:
        """Say what will be done with a stage whose options are known before the run, or why it is refused.

        `earlier` are the stages before it that may share its session, each as kind and options; None for options that
        only the run knows, or that count only perhaps. `out` is the output folder, None where the pipeline is checked
        and not to be run. Nothing may be sent, paid or left behind.
        """

    @hookspec(firstresult=True)
    def timeline(self, call: StageCall) -> TimelineView | None:
        """The edit as it stands."""

    @hookspec(firstresult=True)
    def account(self, call: StageCall) -> JsonObject | None:
        """Who works, and with what means: JSON without secrets, like `{"user": …, "credits": {"available": 100}}`.

        Asked beside any run too; `call.state` is then that of the conversation, and nothing may be paid.
        """

    @hookspec(firstresult=True)
    def links(self, call: StageCall) -> Sequence[Link] | None:
        """The addresses where a person finds the session that `call.state` names. Nothing may be paid."""

    @hookspec(firstresult=True)
    def give_up(self, call: StageCall) -> Sequence[str] | None:
        """A run is forgotten before its good end: stop what goes on elsewhere for one of its stages, like a render.

        `call.path` is the stage; what it began stands in `call.effects`, where nothing new may be done. Returns in
        words what goes on all the same. Where it raises, the person is told that; the run is forgotten in any case.
        """

    @hookspec
    def close(self) -> None:
        """The run is over, however it ended: let go of connections, servers and temporary files."""


class StageSpecs:
    """The kinds of stage that clipline ships. All raise `CliplineError`s and nothing else."""

    @hookspec(firstresult=True)
    def auth(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Make ready to work: an account, a session."""

    @hookspec(firstresult=True)
    def upload(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Hand over media."""

    @hookspec(firstresult=True)
    def edit(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Change the timeline as an instruction or operations say."""

    @hookspec(firstresult=True)
    def verify(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Check the timeline or the exported files; fails where a check does not hold."""

    @hookspec(firstresult=True)
    def export(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Make the file."""

    @hookspec(firstresult=True)
    def notify(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Tell somebody."""
