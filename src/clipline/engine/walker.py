"""Walks the tree of a pipeline: what is done, skipped, repeated, side by side, and what follows at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any

from clipline.clock import CancelToken
from clipline.engine.branches import changes_session_around
from clipline.engine.context import CANCEL_GRACE, Run
from clipline.engine.ends import End, together
from clipline.engine.export_steps import run_steps, take_steps
from clipline.engine.failures import error_json
from clipline.engine.names import fixed_names
from clipline.engine.results import StageOutcome
from clipline.engine.stages import ONCE, Work, run_work
from clipline.engine.state import At, View
from clipline.engine.workers import Task
from clipline.errors import CliplineError, UsageError
from clipline.events import Finding
from clipline.pipeline.filters import type_name
from clipline.pipeline.model import ForEachNode, GroupNode, NestedNode, Node, ParallelNode, Pipeline, StageNode
from clipline.pipeline.settle import evaluate_options
from clipline.stage import StageCall, StageResult

__all__ = ["Walker"]


class Walker:
    """Carries out nodes; `grace` is what a stage has after it was told to stop, in seconds."""

    def __init__(self, run: Run, grace: float = CANCEL_GRACE) -> None:
        self._run = run
        self._grace = grace
        # What the planner evaluated and checked already; most stages need no more.
        sure = (stage for stage in run.plan.stages if stage.will_run == "yes" and stage.options.constant)
        self._planned = {stage.path: stage.options for stage in sure}

    # --- a pipeline --------------------------------------------------------------------------------------------------

    def pipeline(self, pipeline: Pipeline, at: At) -> End:
        """All of a pipeline: its stages, `on_failure`, `finally`, `outputs`."""
        ends = self.sequence(pipeline.stages, at)
        body = together(ends)
        at.view.told(body.status, body.error)
        self._run.forget_end(f"{at.path}." if at.path else "")
        if body.status == "failed":
            ends += self.sequence(pipeline.on_failure, at.below("on_failure"))
        ends += self._finally(pipeline, at.below("finally"))
        end = together(ends)
        if end.status != "done":
            return end
        try:
            outputs = pipeline.outputs.evaluate(at.view.names(), glob=self._run.globs)
        except UsageError as error:
            return End("failed", files=end.files, errors=(error_json(error, at.path, self._run.secrets),))
        return replace(end, outputs=dict(outputs))

    def _finally(self, pipeline: Pipeline, at: At) -> list[End]:
        """After a cancel only what is marked for it, in the time that is left; the rest is done on resume.

        A run that waits is not over: its `finally` comes when it is.
        """
        status = at.view.run["status"]
        if status == "waiting":
            return []
        if status != "cancelled":
            return self.sequence(pipeline.finally_, at)
        marked = [node for node in pipeline.finally_ if node.on_cancel]
        return Walker(self._run, grace=0.0).sequence(marked, replace(at, clock=self._run.leaving_clock()))

    # --- nodes one after the other -----------------------------------------------------------------------------------

    def sequence(self, nodes: Sequence[Node], at: At) -> list[End]:
        """Nodes in order below `at`; after a failure only those that ask about it."""
        ends: list[End] = []
        stopping = False
        for node in nodes:
            if at.clock.cancelled:
                return [*ends, End("cancelled")]
            here = at.below(node.id)
            if stopping and not (node.condition and node.condition.asks_about_failure):
                end = self._skip(node, here, "a stage before it failed")
            else:
                end = self.node(node, here)
            at.view.add(node.id, end)
            ends.append(end)
            if end.stops_others:
                stopping = True
                at.view.told(end.status, end.error)
        return ends

    def node(self, node: Node, at: At) -> End:
        """One node of any sort."""
        if node.timeout is not None:
            at = replace(at, clock=at.clock.within(node.timeout))
        try:
            if at.path not in self._run.finished and not self._applies(node, at.view):
                return self._skip(node, at, "its `if` does not hold")
            end = self._dispatch(node, at)
        except UsageError as error:
            end = self._at_fault(node, at, error)
        if not node.continue_on_error or end.ok:
            return end
        tolerated = end.without_errors()
        if tolerated.tolerated:
            self._warn(at.path, end)
        return tolerated

    def _applies(self, node: Node, view: View) -> bool:
        return node.condition is None or node.condition.evaluate(view.names(), glob=self._run.globs)

    def _dispatch(self, node: Node, at: At) -> End:
        match node:
            case StageNode():
                return self._stage(node, at)
            case ForEachNode():
                return self._for_each(node, at)
            case ParallelNode():
                return self._parallel(node, at)
            case NestedNode():
                return self._nested(node, at)
            case GroupNode():
                return together(self.sequence(node.nodes, replace(at, view=at.view.inside())))

    # --- the sorts of nodes ------------------------------------------------------------------------------------------

    def _stage(self, node: StageNode, at: At) -> End:
        run = self._run
        options = self._options(node, at)
        steps = take_steps(run, node.kind, options)
        work = Work(
            at=at,
            kind=node.kind,
            do=lambda call: run.plugins.call_stage(call, node.kind, options),
            place=node.place,
            effectful=run.plugins.offers.stage_kinds[node.kind].effectful,
            retry=node.retry or ONCE,
            grace=self._grace,
        )
        if at.path not in run.finished:
            for note in run.notes.get(at.path, ()):
                run.reporter.emit("stage.note", at.path, {"text": note})
        end = run_work(run, work)
        return run_steps(run, steps, work, end) if steps and end.ok else end

    def _options(self, node: StageNode, at: At) -> dict[str, Any]:
        if planned := self._planned.get(at.path):
            return dict(planned.evaluate({}))
        run = self._run
        names = at.view.names()
        return evaluate_options(
            node.options, node.kind, names, run.plugins.vocabulary, out=run.plan.out, glob=run.globs
        )

    def _for_each(self, node: ForEachNode, at: At) -> End:
        items = node.items.evaluate(at.view.names(), glob=self._run.globs)
        if not isinstance(items, (list, tuple)):
            problem = node.items.problem((), f"for_each takes a list, not {type_name(items)}")
            raise UsageError(problem.render(), code="for_each")
        views = [at.view.inside(**{node.name: item, "loop": {"index": index}}) for index, item in enumerate(items)]

        def do_item(index: int) -> End:
            path = f"{at.path}[{index}]"
            scope = at.scope.child(path, self._run.scopes)
            return together(self.sequence(node.nodes, At(path, views[index], scope, at.clock)))

        ends = self._side_by_side(do_item, len(items), self._most_items(node, at, len(items)), at)
        shown = [
            {each.id: view.stages[each.id]["outputs"] for each in node.nodes if each.id in view.stages}
            for view in views
        ]
        outcomes = tuple({"ok": end.ok, "outputs": outputs} for end, outputs in zip(ends, shown, strict=True))
        return replace(together(ends), items=outcomes)

    def _most_items(self, node: ForEachNode, at: At, count: int) -> int:
        """How many items go at once: of one session that they all change, one after the other."""
        run = self._run
        if min(node.max_parallel, count) <= 1 or not run.plugins.has_sessions or not changes_session_around(node):
            return node.max_parallel
        text = (
            "its items share one session, so they are done one after the other; with an auth in the loop each has one"
        )
        run.reporter.emit("stage.note", at.path, {"text": text})
        return 1

    def _parallel(self, node: ParallelNode, at: At) -> End:
        def do_child(index: int) -> End:
            child = node.nodes[index]
            return self.node(child, replace(at.below(child.id), view=at.view.inside()))

        return together(self._side_by_side(do_child, len(node.nodes), len(node.nodes), at))

    def _nested(self, node: NestedNode, at: At) -> End:
        run = self._run
        given = node.given.evaluate(at.view.names(), glob=run.globs)
        names = fixed_names(node, given, run.plan.env, run.secrets)
        view = View(names, {**at.view.run, "status": "running", "error": None})
        scope = at.scope.child(at.path, run.scopes)
        return self.pipeline(node.pipeline, replace(at, view=view, scope=scope))

    # --- side by side ------------------------------------------------------------------------------------------------

    def _side_by_side(self, job: Callable[[int], End], count: int, limit: int, at: At) -> list[End]:
        """`job(0)` to `job(count - 1)`, at most `limit` at once; one that fails lets the others finish."""
        ends: list[End | None] = [None] * count
        todo: SimpleQueue[int] = SimpleQueue()
        for index in range(count):
            todo.put(index)

        def work() -> None:
            while not at.clock.cancelled:
                try:
                    index = todo.get_nowait()
                except Empty:
                    return
                ends[index] = job(index)

        if min(limit, count) <= 1:
            work()
        else:
            tasks = [self._run.workers.start(work) for _ in range(min(limit, count))]
            _wait_for_all(tasks, self._run.clock.token)
        return [end or End("cancelled") for end in ends]

    # --- ends without work -------------------------------------------------------------------------------------------

    def _skip(self, node: Node, at: At, reason: str) -> End:
        run, kind = self._run, _kind(node)
        said = {"status": "skipped", "seconds": 0.0, "reason": reason, "error": None}
        run.reporter.emit("stage.finished", at.path, said)
        run.writer.skip(at.path, kind, run.clock.now())
        run.collected.add(StageOutcome(at.path, kind, "skipped"))
        return End("skipped")

    def _at_fault(self, node: Node, at: At, error: CliplineError) -> End:
        """A node whose own expressions are wrong: journalled like a stage that failed."""

        def fail(_: StageCall) -> StageResult:
            raise error

        return run_work(self._run, Work(at=at, kind=_kind(node), do=fail, place=node.place))

    def _warn(self, path: str, end: End) -> None:
        finding = Finding("WARN", f"it failed, and the run goes on as the file says: {end.error}")
        self._run.reporter.emit("finding", path, finding.as_json())
        self._run.collected.find(path, finding)


def _wait_for_all(tasks: Iterable[Task[None]], token: CancelToken) -> None:
    """Wait for every one, then raise what the first of them raised; an interrupt of this thread stops them all."""
    first: BaseException | None = None
    todo = list(tasks)
    while todo:
        try:
            todo[0].result()
        except (KeyboardInterrupt, SystemExit) as interrupt:
            token.cancel()
            first = interrupt
            continue
        except BaseException as error:  # noqa: BLE001  # the others must end first; it is raised below
            first = first or error
        todo.pop(0)
    if first is not None:
        raise first


def _kind(node: Node) -> str:
    match node:
        case StageNode():
            return node.kind
        case ForEachNode():
            return "for_each"
        case ParallelNode():
            return "parallel"
        case NestedNode():
            return "pipeline"
        case GroupNode():
            return "stages"
