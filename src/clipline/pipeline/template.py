"""Values of a file that may hold expressions, kept parsed, with the places to complain about.

A text that is one whole `${{ … }}` evaluates to a value of any type; one with text around it evaluates to text.
`$${{` stands for a plain `${{`. A text with a secret in it is a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from clipline.errors import PipelineFileError, Place, Problem
from clipline.pipeline.document import Document, Trail
from clipline.pipeline.expressions import Expression, ExpressionError, Reference, parse
from clipline.pipeline.filters import FILTERS, GlobFunction, Unfit, bounded, find_files
from clipline.values import Secret

__all__ = ["Condition", "Template", "split_text"]

_OPENING = re.compile(r"\$?\$\{\{")
_QUOTED_OR_END = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\}\}")


@dataclass(frozen=True, slots=True)
class _Known:
    """A value without expressions."""

    value: Any


@dataclass(frozen=True, slots=True)
class _Text:
    """Text with expressions; `whole` where it is one expression and nothing else.

    One that did not parse is missing in `parts`; its complaint keeps the pipeline from being used.
    """

    written: str
    parts: tuple[str | Expression, ...]
    whole: bool

    @property
    def expressions(self) -> list[Expression]:
        return [part for part in self.parts if isinstance(part, Expression)]


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A value with expressions in it, as parsed.

    Build one with `Template.read`. `form` holds a known value, a text with expressions, or templates of its own.
    """

    form: _Known | _Text | tuple[Template, ...] | Mapping[str, Template]
    document: Document
    trail: Trail = ()

    @classmethod
    def read(cls, document: Document, trail: Trail, value: Any, problems: list[Problem]) -> Self:
        """Parse the value at `trail` of `document`; what is wrong with its expressions is added to `problems`."""
        match value:
            case str() if "${{" in value:
                return cls(_read_text(document, trail, value, problems), document, trail)
            case Mapping():
                items = {key: cls.read(document, (*trail, key), each, problems) for key, each in value.items()}
                return cls(items, document, trail)
            case list() | tuple():
                parts = tuple(cls.read(document, (*trail, at), each, problems) for at, each in enumerate(value))
                return cls(parts, document, trail)
            case _:
                return cls(_Known(value), document, trail)

    def evaluate(self, names: Mapping[str, Any], *, glob: GlobFunction = find_files) -> Any:
        """The value, given all names that it uses; `glob` finds the files of an absolute pattern.

        Raises:
            PipelineFileError: with every expression that could not be evaluated.
        """
        problems: list[Problem] = []
        value = self._value(names, glob, problems)
        if problems:
            raise PipelineFileError(problems)
        return value

    def bind(self, names: Mapping[str, Any], *, known: set[Trail] | None, glob: GlobFunction = find_files) -> Template:
        """The same template with every text evaluated that uses nothing but what is `known`.

        Args:
            names: the values.
            known: starts of references, like `("inputs",)`; None where everything is known.
            glob: finds the files of an absolute pattern.

        Raises:
            PipelineFileError: with every expression that could not be evaluated.
        """
        problems: list[Problem] = []
        bound = self._bound(names, known, glob, problems)
        if problems:
            raise PipelineFileError(problems)
        return bound

    @classmethod
    def plain(cls, document: Document, trail: Trail, value: Any) -> Self:
        """A known value, taken as it is."""
        return cls(_Known(value), document, trail)

    @property
    def constant(self) -> bool:
        """Whether nothing is left to evaluate."""
        return not any(isinstance(each.form, _Text) for _, each in self.walk())

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every name that the expressions in it use."""
        used = (expression for _, each in self.walk() for expression in each.own_expressions())
        return tuple(reference for expression in used for reference in expression.references)

    @property
    def places(self) -> dict[Trail, Place]:
        """Where each value in it stands, by the way to it from here."""
        return {relative: each.place for relative, each in self.walk()}

    @property
    def place(self) -> Place:
        """Where it stands."""
        return self.document.place(self.trail)

    @property
    def whole(self) -> bool:
        """Whether this is one expression and nothing else."""
        return isinstance(self.form, _Text) and self.form.whole

    def own_expressions(self) -> list[Expression]:
        """The expressions of this text; none where this is another value."""
        return self.form.expressions if isinstance(self.form, _Text) else []

    def walk(self, at: Trail = ()) -> Iterator[tuple[Trail, Template]]:
        """This template and every one in it, each with the way to it from here."""
        yield at, self
        for step, each in self._children():
            yield from each.walk((*at, step))

    def parts(self) -> Mapping[str, Template]:
        """The entries of a mapping; nothing where this is another value."""
        return self.form if isinstance(self.form, Mapping) else {}

    def items(self) -> Sequence[Template] | None:
        """The items of a list that is written out; None where this is another value."""
        return self.form if isinstance(self.form, tuple) else None

    def skeleton(self, unknown: Any) -> Any:
        """The value with `unknown()` in the place of every text that is not evaluated yet."""
        match self.form:
            case _Known(value=value):
                return value
            case _Text():
                return unknown()
            case tuple():
                return [each.skeleton(unknown) for each in self.form]
            case _:
                return {key: each.skeleton(unknown) for key, each in self.form.items()}

    def as_json(self) -> Any:
        """The value, with every text that is not evaluated yet as it is written."""
        match self.form:
            case _Known(value=value):
                return value
            case _Text(written=written):
                return written
            case tuple():
                return [each.as_json() for each in self.form]
            case _:
                return {key: each.as_json() for key, each in self.form.items()}

    def problem(
        self, trail: Trail, message: str, *, hint: str = "", at_key: bool = False, part: str = "", offset: int = 0
    ) -> Problem:
        """A complaint about the value at `trail`, counted from here."""
        found = self
        for at, step in enumerate(trail):
            inner = found._step(step)
            if inner is None:
                rest = trail[at:]
                return found.document.problem((*found.trail, *rest), message, hint=hint, at_key=at_key)
            found = inner
        return found.document.problem(found.trail, message, hint=hint, at_key=at_key, part=part, offset=offset)

    def with_known(self, trail: Trail, value: Any) -> Template:
        """The same template with a known value at `trail`."""
        if not trail:
            return Template(_Known(value), self.document, self.trail)
        head, *rest = trail
        if isinstance(self.form, tuple) and isinstance(head, int):
            changed = self.form[head].with_known(tuple(rest), value)
            return Template((*self.form[:head], changed, *self.form[head + 1 :]), self.document, self.trail)
        if isinstance(self.form, Mapping) and isinstance(head, str):
            inner = self.form[head].with_known(tuple(rest), value)
            return Template({**self.form, head: inner}, self.document, self.trail)
        raise KeyError(head)

    def at(self, trail: Trail) -> Template:
        """The template at `trail`, counted from here; the nearest one around it where there is none."""
        found = self
        for step in trail:
            found = found._step(step) or found
        return found

    # --- inside ---

    def _spread(self, value: Any) -> Template:
        """A known value, whose parts can be replaced, in the place of this template."""
        if isinstance(value, Mapping):
            return Template({key: self._spread(each) for key, each in value.items()}, self.document, self.trail)
        if isinstance(value, (list, tuple)):
            return Template(tuple(self._spread(each) for each in value), self.document, self.trail)
        return Template(_Known(value), self.document, self.trail)

    def _step(self, step: str | int) -> Template | None:
        if isinstance(self.form, Mapping):
            return self.form.get(str(step))
        if isinstance(self.form, tuple) and isinstance(step, int) and step < len(self.form):
            return self.form[step]
        return None

    def _children(self) -> Iterator[tuple[str | int, Template]]:
        if isinstance(self.form, Mapping):
            yield from self.form.items()
        elif isinstance(self.form, tuple):
            yield from enumerate(self.form)

    def _value(self, names: Mapping[str, Any], glob: GlobFunction, problems: list[Problem]) -> Any:
        match self.form:
            case _Known(value=value):
                return value
            case _Text():
                return self._text_value(self.form, names, glob, problems)
            case tuple():
                return [each._value(names, glob, problems) for each in self.form]  # noqa: SLF001 - of its own class
            case _:
                return {key: each._value(names, glob, problems) for key, each in self.form.items()}  # noqa: SLF001 - of its own class

    def _text_value(self, text: _Text, names: Mapping[str, Any], glob: GlobFunction, problems: list[Problem]) -> Any:
        here = partial(_find_from, str(self.document.folder), glob)
        joined, secret = "", False
        for part in text.parts:
            try:
                value = part if isinstance(part, str) else part.evaluate(names, glob=here)
                if text.whole:
                    return value
                secret = secret or isinstance(value, Secret)
                joined = bounded(joined + (value.reveal() if isinstance(value, Secret) else _as_text(value)))
            except (ExpressionError, Unfit) as error:
                source, offset = ("", 0) if isinstance(part, str) else (part.text, getattr(error, "offset", 0))
                problems.append(self.problem((), _about_text(error), part=source, offset=offset))
                break
        return Secret(joined) if secret else joined

    def _bound(
        self, names: Mapping[str, Any], known: set[Trail] | None, glob: GlobFunction, problems: list[Problem]
    ) -> Template:
        match self.form:
            case _Known():
                return self
            case _Text():
                used = (reference for each in self.form.expressions for reference in each.references)
                if known is not None and not all(_is_known(reference, known) for reference in used):
                    return self
                return self._spread(self._value(names, glob, problems))
            case tuple():
                parts = tuple(each._bound(names, known, glob, problems) for each in self.form)  # noqa: SLF001 - of its own class
                return Template(parts, self.document, self.trail)
            case _:
                items = {key: each._bound(names, known, glob, problems) for key, each in self.form.items()}  # noqa: SLF001 - of its own class
                return Template(items, self.document, self.trail)


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """What stands after `if:`; `written` as it was."""

    expression: Expression
    template: Template
    written: str

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every name that it uses."""
        return self.expression.references

    @property
    def asks_about_failure(self) -> bool:
        """Whether it looks at how things went, so that it is asked after a failure too."""
        return any(
            reference.trail[:2] in {("run", "status"), ("run", "error")}
            or (reference.trail[0] == "stages" and {"ok", "status", "error"} & set(reference.trail[2:3]))
            for reference in self.references
        )

    def known_by(self, known: set[Trail]) -> bool:
        """Whether it uses nothing but what is `known` (starts of references)."""
        return all(_is_known(reference, known) for reference in self.references)

    def evaluate(self, names: Mapping[str, Any], *, glob: GlobFunction = find_files) -> bool:
        """Whether it holds: null, false, 0 and what is empty do not.

        Raises:
            PipelineFileError: it cannot be evaluated, or gives a text like "false", which would hold.
        """
        here = partial(_find_from, str(self.template.document.folder), glob)
        try:
            value = self.expression.evaluate(names, glob=here)
            _refuse_false_text(value)
        except ExpressionError as error:
            text, offset = self.expression.text, error.offset
            problem = self.template.problem((), f"if: {error.message}", part=text, offset=offset)
            raise PipelineFileError([problem]) from None
        return bool(value)


def _refuse_false_text(value: object) -> None:
    if isinstance(value, str) and value.lower() in {"false", "no", "off", "0"}:
        raise ExpressionError(f'this is the text "{value}", which holds as any text does; compare it with ==')


def _is_known(reference: Reference, known: set[Trail]) -> bool:
    return any(reference.trail[:length] in known for length in range(1, len(reference.trail) + 1))


def _find_from(folder: str, glob: GlobFunction, pattern: str) -> Sequence[str]:
    """A relative pattern is looked up from the folder of the file it is written in."""
    return glob(os.path.normpath(os.path.join(folder, pattern)))  # noqa: PTH118 - a pattern is no path


def _as_text(value: object) -> str:
    return str(FILTERS["string"].apply(value))


def _about_text(error: ExpressionError | Unfit) -> str:
    return error.message if isinstance(error, ExpressionError) else f"this {error}"


def _read_text(document: Document, trail: Trail, value: str, problems: list[Problem]) -> _Text | _Known:
    parts: list[str | Expression] = []
    try:
        pieces = split_text(value)
    except ExpressionError as error:
        problems.append(document.problem(trail, error.message, part=value[error.offset :]))
        return _Text(value, (), whole=False)
    for text, is_expression in pieces:
        if not is_expression:
            parts.append(text)
            continue
        try:
            parts.append(parse(text))
        except ExpressionError as error:
            problems.append(document.problem(trail, error.message, part=text, offset=error.offset))
    if not any(is_expression for _, is_expression in pieces):
        return _Known("".join(text for text, _ in pieces))
    return _Text(value, tuple(parts), whole=len(pieces) == 1)


def split_text(value: str) -> list[tuple[str, bool]]:
    """The pieces of a text: what stands between `${{` and `}}` with True, all else with False.

    Raises:
        ExpressionError: a `${{` is not closed.
    """
    pieces: list[tuple[str, bool]] = []
    plain, at = "", 0
    while opening := _OPENING.search(value, at):
        plain += value[at : opening.start()]
        if opening.group().startswith("$$"):
            plain, at = plain + "${{", opening.end()
            continue
        pieces += [(plain, False)] if plain else []
        end = next((m for m in _QUOTED_OR_END.finditer(value, opening.end()) if m.group() == "}}"), None)
        if end is None:
            raise ExpressionError('no "}}" closes this "${{"', opening.start())
        pieces.append((value[opening.end() : end.start()], True))
        plain, at = "", end.end()
    plain += value[at:]
    return pieces + ([(plain, False)] if plain else [])
