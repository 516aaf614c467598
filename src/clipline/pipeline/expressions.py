"""The language between `${{` and `}}`: look-ups, comparisons and filters; no calls, no methods, no side effects.

It is a part of Python's expression grammar, so Python's own parser reads it; but the text first goes through a scan
that knows every token of the language (and has a word for the habits of others), and the tree is then walked by
`_RULES`: what has no rule there does not exist, for the check as for the evaluation. Length, depth and the size of
every result are bounded.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from clipline.pipeline.document import nearest, words
from clipline.pipeline.expression_text import MAX_DEPTH, MAX_LENGTH, ExpressionError, MissingKey, scan, syntax_words
from clipline.pipeline.filters import FILTERS, GlobFunction, Unfit, bounded, find_files, type_name
from clipline.values import Secret

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "Expression", "ExpressionError", "MissingKey", "Reference", "parse"]

_LITERAL_NAMES: Mapping[str, Any] = {"true": True, "false": False, "null": None}
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Reference:
    """A name with the steps looked up in it, `stages.export.files[0]`, and the offset of each of its parts."""

    trail: tuple[str | int, ...]
    offsets: tuple[int, ...]

    def __str__(self) -> str:
        head, *steps = self.trail
        return str(head) + "".join(f".{step}" if str(step).isidentifier() else f"[{step!r}]" for step in steps)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A parsed expression; `text` is what was written."""

    text: str
    tree: ast.expr
    references: tuple[Reference, ...]

    def evaluate(self, names: Mapping[str, Any], *, glob: GlobFunction = find_files) -> Any:
        """The value, given the names that it uses.

        Raises:
            ExpressionError: nothing else, whatever the values are.
        """
        return _Evaluation(names, glob, self.text).value(self.tree)


# --- parsing ---------------------------------------------------------------------------------------------------------


def parse(text: str) -> Expression:
    """Read an expression.

    Raises:
        ExpressionError: it is none.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters, this one has {len(text)}")
    line = scan(text)
    indent = len(line) - len(line.lstrip())
    try:
        tree = ast.parse(line.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(syntax_words(line, error), min(indent + (error.offset or 1) - 1, len(text))) from None
    except (RecursionError, MemoryError):
        raise ExpressionError("this is nested too deeply") from None
    except ValueError:
        raise ExpressionError("this does not read as an expression") from None
    _Offsets(text, indent).fix(tree)
    _check_depth(tree)
    return Expression(text, tree, tuple(_references(tree)))


class _Offsets:
    """Turns the UTF-8 offsets of `ast` into offsets of characters in the written text."""

    def __init__(self, text: str, indent: int) -> None:
        self._line = text.strip()
        self._indent = indent
        self._ascii = self._line.isascii()

    def fix(self, tree: ast.expr) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.expr):
                node.col_offset = self._characters(node.col_offset)
                node.end_col_offset = self._characters(node.end_col_offset or 0)

    def _characters(self, offset: int) -> int:
        before = offset if self._ascii else len(self._line.encode()[:offset].decode(errors="ignore"))
        return self._indent + before


def _check_depth(tree: ast.expr) -> None:
    """Check every node by its rule, and that evaluating them cannot run out of stack."""
    level: list[ast.AST] = [tree]
    for _ in range(MAX_DEPTH):
        following: list[ast.AST] = []
        for node in level:
            following += _checked_children(node)
        if not following:
            return
        level = following
    raise ExpressionError("this is nested too deeply", getattr(level[0], "col_offset", 0))


def _checked_children(node: ast.AST) -> list[ast.expr]:
    rule = _RULES.get(type(node))
    offset = getattr(node, "col_offset", 0)
    if rule is None:
        raise ExpressionError(_FOREIGN.get(type(node), "this does not exist in expressions"), offset)
    return rule.children(node)


# --- the rules: one for each kind of node, for the check and for the evaluation --------------------------------------


def _equal(left: object, right: object) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(left: object, right: object) -> bool:
        if not (isinstance(left, str) and isinstance(right, str)) and not (_is_number(left) and _is_number(right)):
            raise Unfit(f"{type_name(left)} and {type_name(right)} have no order")
        return compare(left, right)

    return compared


def _contains(item: object, container: object) -> bool:
    if isinstance(container, str):
        if not isinstance(item, str):
            raise Unfit(f"only text is in a text, not {type_name(item)}")
        return item in container
    if isinstance(container, Mapping):
        return isinstance(item, str) and item in container
    if isinstance(container, Sequence):
        return any(_equal(item, each) for each in container)
    raise Unfit(f'after "in" comes a list, a mapping or text, not {type_name(container)}')


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda item, container: not _contains(item, container),
}


class _Evaluation:
    """One evaluation: the names, and the way from a node to its value."""

    def __init__(self, names: Mapping[str, Any], glob: GlobFunction, text: str) -> None:
        self.names = names
        self.glob = glob
        self.text = text

    def value(self, node: ast.expr) -> Any:
        return _RULES[type(node)].evaluate(self, node)

    def guarded(self, node: ast.expr, subject: str, action: Callable[[], Any]) -> Any:
        """What `action` returns; a value that it cannot take becomes an error at `node`."""
        try:
            return bounded(action())
        except ExpressionError:
            raise
        except (ValueError, TypeError, ArithmeticError, RecursionError, OSError, re.error) as error:
            words_of_it = str(error) if isinstance(error, Unfit) else f"cannot do this: {error}"
            raise ExpressionError(f"{subject}{words_of_it}", node.col_offset) from None

    def name(self, node: ast.Name) -> Any:
        if node.id in _LITERAL_NAMES:
            return _LITERAL_NAMES[node.id]
        if node.id not in self.names:
            raise ExpressionError(f'there is no "{node.id}" here{nearest(node.id, self.names)}', node.col_offset)
        return self.names[node.id]

    def attribute(self, node: ast.Attribute) -> Any:
        return self._look_up(node, self.value(node.value), node.attr, _attribute_offset(node))

    def subscript(self, node: ast.Subscript) -> Any:
        return self._look_up(node, self.value(node.value), _literal(node.slice), node.slice.col_offset)

    def _look_up(self, node: ast.Attribute | ast.Subscript, holder: Any, key: Any, offset: int) -> Any:
        if isinstance(key, str) and isinstance(holder, Mapping):
            if key in holder:
                return holder[key]
            near = nearest(key, (each for each in holder if isinstance(each, str)))
            raise MissingKey(f'there is no "{key}" in {self._written(node.value)}{near}', offset)
        if isinstance(key, int) and isinstance(holder, Sequence) and not isinstance(holder, str):
            if -len(holder) <= key < len(holder):
                return holder[key]
            raise MissingKey(f"{self._written(node.value)} has {len(holder)} items, none at [{key}]", offset)
        wanted = "a mapping" if isinstance(key, str) else "a list"
        problem = f"{self._written(node.value)} is {type_name(holder)}, not {wanted}"
        raise (MissingKey if holder is None else ExpressionError)(problem, offset)

    def _written(self, node: ast.expr) -> str:
        return f'"{self.text[node.col_offset : node.end_col_offset]}"'

    def boolean(self, node: ast.BoolOp) -> Any:
        stops_at = isinstance(node.op, ast.Or)
        result: Any = None
        for operand in node.values:
            result = self.value(operand)
            if bool(result) is stops_at:
                break
        return result

    def unary(self, node: ast.UnaryOp) -> Any:
        if isinstance(node.op, ast.Not):
            return not self.value(node.operand)
        return -_literal(node.operand)

    def compare(self, node: ast.Compare) -> bool:
        left = self.value(node.left)
        for relation, operand in zip(node.ops, node.comparators, strict=True):
            right = self.value(operand)
            if not self.guarded(node, "", partial(_COMPARISONS[type(relation)], left, right)):
                return False
            left = right
        return True

    def binary(self, node: ast.BinOp) -> Any:
        return self._filtered(node) if isinstance(node.op, ast.BitOr) else self._sum(node)

    def _sum(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, str) and isinstance(right, str):
            return self.guarded(node, "this ", lambda: left + right)
        if Secret in (type(left), type(right)):
            raise ExpressionError(
                'a secret is joined to text outside of it: "Bearer ${{ secrets.NAME }}"', node.col_offset
            )
        if _is_number(left) and _is_number(right):
            return self.guarded(node, "this ", lambda: left + right)
        if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
            return self.guarded(node, "this ", lambda: [*left, *right])
        raise ExpressionError(
            f'"+" joins two texts, two numbers or two lists, not {type_name(left)} and {type_name(right)}',
            node.col_offset,
        )

    def _filtered(self, node: ast.BinOp) -> Any:
        name, arguments = _filter_of(node)
        chosen = FILTERS[name]
        try:
            value = self.value(node.left)
        except MissingKey:
            if name != "default":
                raise
            value = None
        given = [self.value(argument) for argument in arguments]
        if name == "glob" and isinstance(value, str):
            return self.guarded(node.right, f'filter "{name}" ', lambda: list(self.glob(value)))
        return self.guarded(node.right, f'filter "{name}" ', lambda: chosen.apply(value, *given))


def _attribute_offset(node: ast.Attribute) -> int:
    return (node.end_col_offset or 0) - len(node.attr)


def _literal(node: ast.expr) -> Any:
    """The value of a literal, a negative number included; `_ABSENT` for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
        number = node.operand.value
        return -number if isinstance(number, (int, float)) and not isinstance(number, bool) else _ABSENT
    return node.value if isinstance(node, ast.Constant) else _ABSENT


def _filter_of(node: ast.BinOp) -> tuple[str, list[ast.expr]]:
    """The name and arguments on the right of a `|`."""
    called = node.right
    if isinstance(called, ast.Name):
        return called.id, []
    assert isinstance(called, ast.Call)
    assert isinstance(called.func, ast.Name)
    return called.func.id, called.args


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a kind of node is evaluated and checked: `children` refuses what is wrong, and gives what is next."""

    evaluate: Callable[[_Evaluation, Any], Any]
    children: Callable[[Any], list[ast.expr]]


def _constant_children(node: ast.Constant) -> list[ast.expr]:
    if node.value is None or isinstance(node.value, bool):
        raise ExpressionError(f'write "{str(node.value).lower().replace("none", "null")}"', node.col_offset)
    if not isinstance(node.value, (str, int, float)):
        raise ExpressionError("this does not exist in expressions", node.col_offset)
    return []


def _subscript_children(node: ast.Subscript) -> list[ast.expr]:
    key = _literal(node.slice)
    if not isinstance(key, (str, int)) or isinstance(key, bool):
        raise ExpressionError("in [ ] stands a text or a whole number, nothing computed", node.slice.col_offset)
    return [node.value]


def _unary_children(node: ast.UnaryOp) -> list[ast.expr]:
    if isinstance(node.op, ast.Not):
        return [node.operand]
    if _literal(node) is _ABSENT:
        raise ExpressionError("there is no subtraction here, only negative numbers", node.col_offset)
    return []


def _binary_children(node: ast.BinOp) -> list[ast.expr]:
    if isinstance(node.op, ast.BitOr):
        return _filter_children(node)
    if not isinstance(node.op, ast.Add):
        raise ExpressionError("there is no subtraction here", node.left.end_col_offset or 0)
    return [node.left, node.right]


def _filter_children(node: ast.BinOp) -> list[ast.expr]:
    mixed = _is_sum(node.left) and node.left.col_offset == node.col_offset
    if mixed or _is_sum(node.right):
        advice = 'write "(a + b) | filter" or "a + (b | filter)"'
        raise ExpressionError(f'"+" and "|" are mixed; {advice}', node.col_offset)
    called = node.right.func if isinstance(node.right, ast.Call) else node.right
    if not isinstance(called, ast.Name):
        raise ExpressionError('after "|" comes the name of a filter', node.right.col_offset)
    if called.id not in FILTERS:
        raise ExpressionError(f'unknown filter "{called.id}"{_nearest_filter(called.id)}', called.col_offset)
    arguments = _filter_arguments(node.right)
    chosen = FILTERS[called.id]
    if not len(chosen.arguments) - chosen.optional <= len(arguments) <= len(chosen.arguments):
        raise ExpressionError(f'filter "{called.id}" is written {chosen.usage}', called.col_offset)
    return [node.left, *arguments]


def _nearest_filter(name: str) -> str:
    return nearest(name, FILTERS, listed=False) or f"; there are {words(sorted(FILTERS))}"


def _filter_arguments(node: ast.expr) -> list[ast.expr]:
    if not isinstance(node, ast.Call):
        return []
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        raise ExpressionError("arguments of a filter have no names here", node.col_offset)
    return node.args


def _is_sum(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)


def _compare_children(node: ast.Compare) -> list[ast.expr]:
    for relation in node.ops:
        if type(relation) not in _COMPARISONS:
            raise ExpressionError('write "==" for "is"', node.left.end_col_offset or 0)
    return [node.left, *node.comparators]


_RULES: Mapping[type[ast.AST], _Rule] = {
    ast.Constant: _Rule(lambda _, node: node.value, _constant_children),
    ast.Name: _Rule(_Evaluation.name, lambda _: []),
    ast.Attribute: _Rule(_Evaluation.attribute, lambda node: [node.value]),
    ast.Subscript: _Rule(_Evaluation.subscript, _subscript_children),
    ast.List: _Rule(lambda run, node: [run.value(each) for each in node.elts], lambda node: node.elts),
    ast.BoolOp: _Rule(_Evaluation.boolean, lambda node: node.values),
    ast.UnaryOp: _Rule(_Evaluation.unary, _unary_children),
    ast.Compare: _Rule(_Evaluation.compare, _compare_children),
    ast.IfExp: _Rule(
        lambda run, node: run.value(node.body if run.value(node.test) else node.orelse),
        lambda node: [node.test, node.body, node.orelse],
    ),
    ast.BinOp: _Rule(_Evaluation.binary, _binary_children),
}

_FOREIGN: Mapping[type[ast.AST], str] = {
    ast.Call: 'nothing can be called here; a filter is written "value | filter"',
    ast.Tuple: "a list is written with [ ]",
    ast.ListComp: "there are no loops in an expression; use for_each",
    ast.GeneratorExp: "there are no loops in an expression; use for_each",
    ast.Lambda: "there are no functions in an expression",
    ast.Starred: "this does not exist in expressions",
}


# --- what an expression refers to ------------------------------------------------------------------------------------


def _references(tree: ast.expr) -> Iterator[Reference]:
    """Every name with the look-ups that follow it, in the order of the text."""
    todo: list[ast.expr] = [tree]
    while todo:
        node = todo.pop()
        chain = _chain(node)
        if chain is not None:
            if chain.trail[0] not in _LITERAL_NAMES:
                yield chain
        else:
            todo += reversed(_RULES[type(node)].children(node))


def _chain(node: ast.expr) -> Reference | None:
    steps: list[tuple[str | int, int]] = []
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Attribute):
            steps.append((node.attr, _attribute_offset(node)))
        else:
            steps.append((_literal(node.slice), node.slice.col_offset))
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    steps.append((node.id, node.col_offset))
    steps.reverse()
    return Reference(tuple(step for step, _ in steps), tuple(offset for _, offset in steps))
