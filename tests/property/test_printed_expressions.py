"""An expression that was read and printed again, with as few parentheses as go, means the same."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from clipline.app.preparing import as_text
from clipline.pipeline.document import Document
from clipline.pipeline.expressions import ExpressionError, parse
from clipline.pipeline.filters import FILTERS
from clipline.pipeline.template import Template
from examples import examples

NAMES: dict[str, Any] = {
    "n": 3,
    "half": 0.5,
    "text": "Ä b",
    "yes": True,
    "no": False,
    "nothing": None,
    "empty": [],
    "numbers": [3, 1, 2],
    "list": ["a", "b", 1],
    "row": {"key": "v", "deep": {"x": [1, 2]}, "a b": "blank"},
}

# --- trees, printed without a parenthesis that is not needed ----------------------------------------------------------

#: How tightly each sort of expression holds together; a looser one inside a tighter one stands in parentheses.
_CHOICE, _OR, _AND, _NOT, _COMPARE, _FILTER, _SUM, _ATOM = range(8)
#: An expression: how tightly it holds together, with only the parentheses that it needs, and with all of them.
Printed = tuple[int, str, str]


def within(inner: Printed, level: int) -> str:
    return f"({inner[1]})" if inner[0] < level else inner[1]


ATOMS = """n half text yes no nothing empty numbers list row row.key row['a_b'] true null row.deep.x[-1] list[0] 'a' "b"
'it\\'s' '\\\\' 0 1 -1 2.5 1e3 [] [1,'a'] row.none"""
atoms: st.SearchStrategy[Printed] = st.sampled_from(ATOMS.split()).map(
    lambda text: (_ATOM, text.replace("_", " "), text.replace("_", " "))
)
signs = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
spaces = st.sampled_from(["", " ", "\n  "])
calls = st.sampled_from(
    [
        *(each.name for each in FILTERS.values() if len(each.arguments) == each.optional and each.name != "glob"),
        *("default(1)", "default('x' if no else n)", "replace('a', 'b')", "split(' ')", "join('-')", "round(1)"),
        "join(text | lower)",
    ]
)


def grown(inner: st.SearchStrategy[Printed]) -> st.SearchStrategy[Printed]:
    def joined(words: list[str], level: int, inners: list[Printed]) -> Printed:
        bare, full = within(inners[0], level + 1), f"({inners[0][2]})"
        for word, each in zip(words, inners[1:], strict=False):
            bare, full = f"{bare} {word} {within(each, level + 1)}", f"{full} {word} ({each[2]})"
        return level, bare, full

    def choice(then: Printed, condition: Printed, otherwise: Printed) -> Printed:
        bare = f"{within(then, _OR)} if {within(condition, _OR)} else {within(otherwise, _CHOICE)}"
        return _CHOICE, bare, f"({then[2]}) if ({condition[2]}) else ({otherwise[2]})"

    def filtered(one: Printed, call: str, gap: str) -> Printed:
        # "+" beside "|" needs parentheses in this language, though Python would read it.
        bare = within(one, _ATOM if one[0] == _SUM else _FILTER)
        return _FILTER, f"{bare}{gap}|{gap}{call}", f"({one[2]}) | {call}"

    several = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        several.map(lambda inners: joined(["or"] * 3, _OR, inners)),
        several.map(lambda inners: joined(["and"] * 3, _AND, inners)),
        inner.map(lambda one: (_NOT, f"not {within(one, _NOT)}", f"not ({one[2]})")),
        st.tuples(several, st.lists(signs, min_size=2, max_size=2)).map(
            lambda made: joined(made[1], _COMPARE, made[0])
        ),
        st.builds(filtered, inner, calls, spaces),
        several.map(lambda inners: joined(["+"] * 3, _SUM, inners)),
        st.builds(choice, inner, inner, inner),
        st.lists(inner, max_size=3).map(
            lambda inners: (_ATOM, *("[" + ", ".join(each[form] for each in inners) + "]" for form in (1, 2)))
        ),
    )


printed = st.recursive(atoms, grown, max_leaves=9)
expressions = printed.map(lambda each: each[1])


def outcome(text: str) -> Any:
    """The value with its type, or the words of the error: two expressions mean the same where these are the same."""
    try:
        value = parse(text).evaluate(NAMES, glob=lambda _: [])
    except ExpressionError as error:
        return "error", error.message.partition('"')[0]
    return type(value), value


@examples(200)
@given(printed)
@example((0, "not n == 3 and yes or no", "((not (n == 3)) and yes) or no"))
@example((0, "text | lower == 'a' or list | length > 2", "((text | lower) == 'a') or ((list | length) > 2)"))
@example((0, "n if yes else half if no else 'x'", "n if yes else (half if no else 'x')"))
@example((0, "row.none.deep | default(3)", "(row.none.deep) | default(3)"))
@example((0, "not (n + n)|string", "not ((n + n) | string)"))
def test_parentheses_that_are_not_needed_make_no_other_tree_and_no_other_value(expression: Printed) -> None:
    _, bare, full = expression
    assume(len(full) < 1800)
    one, other = parse(bare), parse(full)
    assert ast.dump(one.tree) == ast.dump(other.tree)
    assert [str(each) for each in one.references] == [str(each) for each in other.references]
    assert outcome(bare) == outcome(full)


@examples(150)
@given(expressions)
def test_parentheses_around_the_whole_and_blanks_at_its_ends_change_nothing(text: str) -> None:
    assume(len(text) < 1500)
    assert outcome(f"({text})") == outcome(f"\n {text}\t") == outcome(text)


@examples(150)
@given(st.lists(expressions, min_size=3, max_size=3))
def test_words_and_signs_hold_together_as_the_reference_says(parts: list[str]) -> None:
    one, two, three = (f"({part})" for part in parts)
    assume(len(one + two + three) < 1200)
    assert outcome(f"{one} or {two} and {three}") == outcome(f"{one} or ({two} and {three})")
    assert outcome(f"not {one} == {two}") == outcome(f"not ({one} == {two})")
    assert outcome(f"not {one} and {two}") == outcome(f"(not {one}) and {two}")
    assert outcome(f"{one} | string == {two}") == outcome(f"({one} | string) == {two}")
    assert outcome(f"{one} + {two} == {three}") == outcome(f"({one} + {two}) == {three}")
    assert outcome(f"{one} if {two} or {three} else {one}") == outcome(f"{one} if ({two} or {three}) else {one}")


@examples(200)
@given(st.text(st.sampled_from("a ${}'\"\\é\n#:"), max_size=12), expressions.filter(lambda text: len(text) < 200))
@example("$", "n")
@example("$$", "n")
@example("$${{", "n")
def test_a_text_that_means_itself_does_so_beside_an_expression_too(text: str, expression: str) -> None:
    def read(written: str) -> Template:
        problems: list[Any] = []
        template = Template.read(Document("x", Path("/"), "", written), (), written, problems)
        assert not problems
        return template

    alone = read(as_text(text))
    assert alone.constant
    assert alone.as_json() == text
    assume(not text.endswith("$"))  # whose next sign would make `$${{` of an expression
    both = read(f"{as_text(text)}${{{{ {expression} }}}}")
    assert [each.text.strip() for each in both.own_expressions()] == [expression.strip()]
    again = read(both.as_json())
    assert again.as_json() == both.as_json()
    assert [str(each) for each in again.references] == [str(each) for each in both.references]
