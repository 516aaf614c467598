"""The tree of nodes in a file: each read, given its defaults, and checked where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from clipline.errors import PipelineFileError, Problem
from clipline.pipeline import schema
from clipline.pipeline.declarations import Defaults, read_retry
from clipline.pipeline.document import Document, Trail, nearest, words
from clipline.pipeline.expressions import Expression, ExpressionError, parse
from clipline.pipeline.filters import type_name
from clipline.pipeline.forms import COMMON_KEYS, FORMS, called, form_of, id_of, ids_within, inside_words
from clipline.pipeline.inputs import Unreadable, parse_value
from clipline.pipeline.model import ForEachNode, GroupNode, NestedNode, Node, ParallelNode, Pipeline, StageNode
from clipline.pipeline.options import Unknown, described
from clipline.pipeline.problems import Problems
from clipline.pipeline.scope import RESERVED_NAMES, Level, Scope, StageView
from clipline.pipeline.sections import Section, name_complaint
from clipline.pipeline.template import Condition, Template
from clipline.pipeline.vocabulary import KindInfo, Vocabulary

__all__ = ["NodeReader", "OpenNested"]

#: Opens the pipeline file that a node names, or raises with all that is wrong with it.
OpenNested = Callable[[str], Pipeline]

#: An id that would be taken for a part of the pipeline in a stage's path.
_RESERVED_IDS = frozenset({"on_failure"})

#: What is visible of a node that could not be read: everything, so that one mistake makes one complaint.
_ANYTHING = StageView(("ok", "status", "outputs", "files", "error", "items"))


@dataclass(slots=True)
class NodeReader:
    """Reads the nodes of one document; complaints are added to `problems`."""

    document: Document
    vocabulary: Vocabulary
    defaults: Defaults
    open_nested: OpenNested
    problems: Problems

    def read_list(
        self, trail: Trail, raw: Any, scope: Scope, *, last: bool = False, parallel: bool = False
    ) -> tuple[tuple[Node, ...], Scope]:
        """The nodes of a list, and the scope after it.

        Args:
            trail: the way to the list.
            raw: the list, unless the file has something else there.
            scope: what the first node sees.
            last: whether this is `finally`, where nodes may run on a cancel.
            parallel: whether the nodes run side by side.
        """
        if not isinstance(raw, list) or not raw:
            what = (
                "is empty; it takes at least one stage"
                if raw in (None, [])
                else f"must be a list, not {type_name(raw)}"
            )
            self._complain(trail, f'"{trail[-1]}" {what}')
            return (), scope
        ids = [id_of(each) for each in raw]
        level = Level({name: at for at, name in reversed([*enumerate(ids)]) if name is not None}, parallel)
        inner = scope.inside(level)
        nodes: list[Node] = []
        for at, each in enumerate(raw):
            level.at = at
            node = self._read((*trail, at), each, inner, last=last)
            if (name := ids[at]) is not None:
                self._after(level, name, each, node, (*trail, at))
            if node is not None:
                nodes.append(node)
        return tuple(nodes), inner

    def _after(self, level: Level, name: str, raw: Any, node: Node | None, trail: Trail) -> None:
        """What the next nodes of a list see of one that was read."""
        if node is not None:
            self._check_id(trail, raw, name, level.positions[name])
        if not level.parallel:
            level.views[name] = self._view(node)
        level.within.update((each, inside_words(name, raw)) for each in ids_within(raw))

    def _check_id(self, trail: Trail, raw: Any, name: str, first: int) -> None:
        own = isinstance(raw, Mapping) and "id" in raw
        place = (*trail, "id") if own else trail
        if own and (complaint := name_complaint(name, reserved=_RESERVED_IDS)):
            self._complain(place, f"an id {complaint}")
        elif first != trail[-1]:
            line = self.document.place((*trail[:-1], first)).line
            where = f" (the first is in line {line})" if line else ""
            self._complain(place, f'two nodes of this list have the id "{name}"{where}; give one an "id:" of its own')

    def _view(self, node: Node | None) -> StageView:
        match node:
            case StageNode():
                return StageView.of_stage(self.vocabulary.kinds[node.kind].outputs)
            case ForEachNode():
                return StageView(("ok", "status", "error", "items"))
            case NestedNode():
                names = frozenset(node.pipeline.outputs.parts())
                return StageView(("ok", "status", "outputs", "error"), names)
            case None:
                return _ANYTHING
            case _:
                return StageView()

    def _complain(self, trail: Trail, message: str, *, hint: str = "", at_key: bool = False) -> None:
        self.problems.append(self.document.problem(trail, message, hint=hint, at_key=at_key))

    # --- one node ---

    def _read(self, trail: Trail, raw: Any, scope: Scope, *, last: bool) -> Node | None:
        if isinstance(raw, str):
            raw = {"stage": raw}
            bare = True
        else:
            bare = False
        if not isinstance(raw, Mapping):
            self._complain(trail, f"a node is a stage kind or a mapping, not {type_name(raw)}")
            return None
        forms = form_of(raw)
        if len(forms) != 1:
            self._complain_of_form(trail, raw, forms)
            return None
        form = forms[0]
        section = Section(self.document, trail, raw, called(form, raw), self.problems)
        common = self._common(section, form, scope, last=last)
        read = {
            "stage": self._stage,
            "for_each": self._for_each,
            "parallel": self._parallel,
            "pipeline": self._nested,
            "stages": self._group,
        }[form]
        node = read(section, scope, common)
        if not bare:
            self._finish(section, form, last=last)
        return node

    def _complain_of_form(self, trail: Trail, raw: Mapping[str, Any], forms: list[str]) -> None:
        if forms:
            named = words((f'"{form}"' for form in forms), "and")
            self._complain((*trail, forms[1]), f"a node is of one form; {named} make two nodes", at_key=True)
            return
        kind = next((key for key in raw if key in self.vocabulary.kinds), None)
        if kind is not None:
            self._complain((*trail, kind), f'write "stage: {kind}", and its options under "with:"', at_key=True)
            return
        known = [*FORMS, *COMMON_KEYS]
        for key in raw:
            if key not in known and (near := nearest(key, FORMS, listed=False)):
                self._complain((*trail, key), f'unknown key "{key}" in a node{near}', at_key=True)
                return
        self._complain(trail, f"a node needs one of {words((f'{form}:' for form in FORMS), 'or')}")

    def _common(self, section: Section, form: str, scope: Scope, *, last: bool) -> dict[str, Any]:
        default_id = FORMS[form][0] or str(section.value.get("stage", ""))
        stage = form == "stage"
        if section.has("on_cancel") and not last:
            section.raw("on_cancel")
            section.complain("on_cancel", '"on_cancel" stands only at nodes of "finally"', at_key=True)
        flag = section.flag("continue_on_error") if section.has("continue_on_error") else None
        return {
            "id": section.text("id", default_id),
            "condition": self._condition(section, scope),
            "timeout": section.duration("timeout", self.defaults.timeout if stage else None),
            "continue_on_error": (stage and self.defaults.continue_on_error) if flag is None else flag,
            "on_cancel": last and section.flag("on_cancel"),
            "place": self.document.place(section.trail),
        }

    def _finish(self, section: Section, form: str, *, last: bool) -> None:
        known = (form, *FORMS[form][1], *COMMON_KEYS, *(["on_cancel"] if last else []))
        options: Iterable[str] = ()
        kind = self.vocabulary.kinds.get(str(section.value.get("stage")))
        if form == "stage" and kind is not None:
            options = kind.options.get("properties", {})
        for key in section.value:
            if key in section.taken:
                continue
            if key in options:
                section.complain(key, f'"{key}" is an option; put it under "with:"', at_key=True)
            elif key in {"retry", "with"}:
                section.complain(key, f'"{key}" does not stand in {section.what}, only at a stage', at_key=True)
            else:
                near = nearest(key, known)
                section.complain(key, f'unknown key "{key}" in {section.what}{near}', at_key=True)

    # --- the forms ---

    def _stage(self, section: Section, scope: Scope, common: dict[str, Any]) -> StageNode | None:
        kind = section.text("stage")
        retry = read_retry(section, self.defaults.retry)
        given = section.raw("with")
        info = self.vocabulary.kinds.get(kind)
        if info is None:
            if kind or isinstance(section.value["stage"], str):
                at = (*section.trail, "stage")
                message = f'unknown stage kind "{kind}"{nearest(kind, self.vocabulary.kinds)}'
                self._complain(at, message, hint=self.vocabulary.hint("stage kind", kind))
            return None
        options = self._options(section, info, given)
        if options is None:
            return None
        self._check_options(options, info, scope)
        return StageNode(kind=kind, options=options, retry=retry, **common)

    def _options(self, section: Section, info: KindInfo, given: Any) -> Template | None:
        trail = (*section.trail, "with")
        defaults = self.defaults.options.get(info.name, {})
        if given is None:
            given = {}
        if isinstance(given, str) and "${{" in given:
            if defaults:
                self._complain(
                    trail, f'"with" is one expression, which cannot be joined with the defaults of "{info.name}"'
                )
            return Template.read(self.document, trail, given, self.problems)
        if not isinstance(given, Mapping):
            self._complain(trail, f'"with" must be a mapping of options, not {type_name(given)}')
            return None
        own = {name: Template.read(self.document, (*trail, name), each, self.problems) for name, each in given.items()}
        base = ("defaults", "with", info.name)
        inherited = {
            name: Template.read(self.document, (*base, name), each, self.problems)
            for name, each in defaults.items()
            if name not in own
        }
        return Template({**inherited, **own}, self.document, trail)

    def _check_options(self, options: Template, info: KindInfo, scope: Scope) -> None:
        value = options.skeleton(Unknown)
        for complaint in schema.check_options(info.name, value, self.vocabulary):
            self.problems.append(
                options.problem(complaint.trail, complaint.message, hint=complaint.hint, at_key=complaint.at_key)
            )
        values = list(described(info, value, self.vocabulary))
        secret = {each.trail for each in values if each.secret}
        written_out = {each.trail for each in values if each.schema.get("x-clipline-secret") is True}
        for trail, template in options.walk():
            if trail in written_out and not any(each.trail[0] == "secrets" for each in template.references):
                # Without the line: it holds the secret.
                message = (
                    f'"{trail[-1]}" must come from a secret, like "${{{{ secrets.NAME }}}}"; it is never written out'
                )
                hint = 'declare it: "secrets: {NAME: env:VARIABLE}"'
                self.problems.append(Problem(message, template.place, hint=hint))
            for expression in template.own_expressions():
                may = any(trail[:length] in secret for length in range(1, len(trail) + 1))
                self._check_references(template, expression, scope, secret=may)

    def _for_each(self, section: Section, scope: Scope, common: dict[str, Any]) -> ForEachNode | None:
        raw = section.raw("for_each")
        trail = (*section.trail, "for_each")
        items = self.template(trail, raw, scope)
        expressions = list(items.own_expressions())
        if not isinstance(raw, list) and not (len(expressions) == 1 and items.whole):
            self._complain(trail, f'"for_each" must be a list or one expression, not {type_name(raw)}')
        name = section.text("as", "item")
        complaint = name_complaint(name, reserved=RESERVED_NAMES)
        if complaint:
            section.complain("as", f"the name of a loop's item {complaint}")
        elif name in scope.loops:
            at = "as" if section.has("as") else "for_each"
            section.complain(at, f'"{name}" is the item of a loop around this one; name one of them with "as:"')
        columns = scope.columns_of(expressions[0] if expressions else None)
        section.need("stages")
        nodes, _ = self._inner(section, "stages", scope.in_loop(name, columns))
        parallel = section.integer("max_parallel", 1, least=1, most=64)
        return ForEachNode(items=items, name=name, max_parallel=parallel, nodes=nodes, **common)

    def _inner(
        self, section: Section, key: str, scope: Scope, *, parallel: bool = False
    ) -> tuple[tuple[Node, ...], Scope]:
        raw = section.raw(key)
        if not section.has(key):
            return (), scope
        return self.read_list((*section.trail, key), raw, scope, parallel=parallel)

    def _parallel(self, section: Section, scope: Scope, common: dict[str, Any]) -> ParallelNode:
        nodes, _ = self._inner(section, "parallel", scope, parallel=True)
        return ParallelNode(nodes=nodes, **common)

    def _group(self, section: Section, scope: Scope, common: dict[str, Any]) -> GroupNode:
        nodes, _ = self._inner(section, "stages", scope)
        return GroupNode(nodes=nodes, **common)

    def _nested(self, section: Section, scope: Scope, common: dict[str, Any]) -> NestedNode | None:
        path = section.text("pipeline")
        given = self.template((*section.trail, "with"), section.mapping("with"), scope)
        if not path or "${{" in path:
            section.complain("pipeline", '"pipeline" must be the path of a file; no expression is read here')
            return None
        try:
            pipeline = self.open_nested(path)
        except PipelineFileError as error:
            self._take_over(section, error)
            return None
        for name, kept in (("backend", pipeline.backend), ("budget", pipeline.budget)):
            if kept is not None:
                section.complain("pipeline", f'"{path}" sets "{name}", which only the outermost pipeline may')
        self._check_given(section, pipeline, given)
        return NestedNode(pipeline=pipeline, given=given, **common)

    def _take_over(self, section: Section, error: PipelineFileError) -> None:
        """Complaints of a nested file; those without a place of their own are about the node."""
        for problem in error.problems:
            if problem.place.line or "<mapping>" in problem.place.file:
                self.problems.append(problem)
            else:
                section.complain("pipeline", f"{problem.place.file}: {problem.message}", hint=problem.hint)

    def _check_given(self, section: Section, pipeline: Pipeline, given: Template) -> None:
        specs = pipeline.inputs
        for name, template in given.parts().items():
            spec = specs.get(name)
            if spec is None:
                message = f'"{pipeline.name}" has no input "{name}"{nearest(name, specs)}'
                self.problems.append(template.problem((), message, at_key=True))
            elif template.constant and (value := template.evaluate({})) is not None:
                try:
                    parse_value(spec, value, self.document.folder, must_exist=False)
                except Unreadable as error:
                    self.problems += [template.problem((), f'input "{name}": {each}') for each in error.messages]
        for name, spec in specs.items():
            if spec.required and name not in given.parts():
                self._complain((*section.trail, "pipeline"), f'"{pipeline.name}" needs the input "{name}" in "with:"')

    # --- expressions ---

    def template(self, trail: Trail, value: Any, scope: Scope) -> Template:
        """A value that may hold expressions, with every name in them checked."""
        template = Template.read(self.document, trail, value, self.problems)
        for _, each in template.walk():
            for expression in each.own_expressions():
                self._check_references(each, expression, scope)
        return template

    def _check_references(
        self, template: Template, expression: Expression, scope: Scope, *, secret: bool = False, condition: bool = False
    ) -> None:
        for reference in expression.references:
            try:
                scope.check(reference, secret=secret, condition=condition)
            except ExpressionError as error:
                text, offset = expression.text, error.offset
                self.problems.append(template.problem((), error.message, part=text, offset=offset))

    def _condition(self, section: Section, scope: Scope) -> Condition | None:
        """What stands after `if:`, bare or as a whole `${{ … }}`."""
        if not section.has("if"):
            return None
        raw = section.raw("if")
        trail = (*section.trail, "if")
        if isinstance(raw, bool):
            raw = "true" if raw else "false"
        if not isinstance(raw, str) or not raw.strip():
            self._complain(trail, f'"if" must be an expression, not {type_name(raw)}')
            return None
        text = raw.strip()
        if text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1:
            text = text[3:-2]
        elif "${{" in text:
            self._complain(trail, '"if" is one expression: take the "${{ }}" inside it away, or put all of it in one')
            return None
        template = Template.plain(self.document, trail, raw)
        try:
            expression = parse(text)
        except ExpressionError as error:
            self.problems.append(template.problem((), error.message, part=text, offset=error.offset))
            return None
        self._check_references(template, expression, scope, condition=True)
        return Condition(expression, template, raw)
