from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from clipline.pipeline.expressions import MAX_LENGTH, ExpressionError, parse
from clipline.pipeline.filters import FILTERS
from clipline.values import Secret

NAMES: dict[str, Any] = {
    "inputs": {
        "clip": "/films/My Clip.final.mp4",
        "n": 3,
        "half": 0.5,
        "yes": True,
        "no": False,
        "none": None,
        "list": ["a", "b"],
        "row": {"clip name": "x", "in": 1},
        "text": "déjà vu",
    },
    "secrets": {"key": Secret("hush-hush")},
}


def value_of(text: str) -> Any:
    return parse(text).evaluate(NAMES)


def error_of(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value_of(text)
    return caught.value


@pytest.mark.parametrize("name", FILTERS)
def test_every_filter_does_what_its_documentation_shows(name: str) -> None:
    shown = FILTERS[name]
    assert f"| {name}" in shown.example
    assert value_of(shown.example) == value_of(shown.result)
    assert shown.meaning


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("null", None),
        ("-3", -3),
        ("1.5e2", 150.0),
        ("inputs.n + 1", 4),
        ("'a' + 'b'", "ab"),
        ("[1] + inputs.list", [1, "a", "b"]),
        ("inputs.n == 3 and inputs.half < 1", True),
        ("1 < inputs.n <= 3", True),
        ("1 < inputs.n < 3", False),
        ("not inputs.none", True),
        ("inputs.none or 'x'", "x"),
        ("inputs.n and 'x'", "x"),
        ("'a' in inputs.list", True),
        ("'z' not in inputs.list", True),
        ("'ja' in inputs.text", False),
        ("'clip' in inputs", True),
        ("inputs.yes == 1", False),
        ("inputs.no == 0", False),
        ("1 in [true]", False),
        ("1 == 1.0", True),
        ("'a' < 'b'", True),
        ("inputs.list == ['a', 'b']", True),
        ("inputs.list[0]", "a"),
        ("inputs.list[-1]", "b"),
        ("inputs.row['clip name']", "x"),
        ("inputs.row['in']", 1),
        ("inputs.clip | stem", "My Clip.final"),
        ("inputs.clip | stem | slug", "my-clip-final"),
        ("(inputs.clip | stem) + '.mov'", "My Clip.final.mov"),
        ("('a' + 'B') | lower", "ab"),
        ("inputs.clip | suffix == '.mp4'", True),
        ("inputs.missing | default('x')", "x"),
        ("inputs.none.deep | default('x')", "x"),
        ("inputs.none | default('x')", "x"),
        ("inputs.no | default('x')", False),
        ("inputs.list[7] | default(null)", None),
        ("'x' if inputs.yes else inputs.missing", "x"),
        ("inputs.no and inputs.missing", False),
        ("inputs\n  .n\n  == 3", True),
        (r"'tab\tquote\'s'", "tab\tquote's"),
        ("'${{ }}'", "${{ }}"),
    ],
)
def test_expressions_have_these_values(text: str, value: Any) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("inputs.clop", 7, 'there is no "clop" in "inputs"; did you mean "clip"?'),
        ("nothing", 0, 'there is no "nothing" here; known are inputs and secrets'),
        ("inputs.text.upper", 12, '"inputs.text" is text, not a mapping'),
        ("inputs.text[0]", 12, '"inputs.text" is text, not a list'),
        ("inputs.list[2]", 12, '"inputs.list" has 2 items, none at [2]'),
        ("inputs.n + 'x'", 0, '"+" joins two texts, two numbers or two lists, not a number and text'),
        ("inputs.n < 'x'", 0, "a number and text have no order"),
        ("inputs.yes < 1", 0, "true or false and a number have no order"),
        ("1 in 'a1'", 0, "only text is in a text, not a number"),
        ("1 in 2", 0, 'after "in" comes a list, a mapping or text, not a number'),
        ("secrets.kee | stem", 8, 'there is no "kee" in "secrets"; did you mean "key"?'),
        ("inputs.n | stem", 11, 'filter "stem" needs text, not a number'),
        ("[] | first", 5, 'filter "first" has nothing to take from: it is empty'),
        ("'x' | int", 6, "filter \"int\" needs a whole number, not the text 'x'"),
        ("inputs.list | string", 14, 'filter "string" is a list, which no text can hold; use | join(…) or | json'),
        ("[1, 'a'] | sort", 11, 'filter "sort" needs a list of texts or of numbers'),
        ("'déjà' | nope", 9, None),
        ("'déjà' + inputs.nope", 16, None),
        ("secrets.key + 'x'", 0, None),
        ("secrets.key | upper", 14, 'filter "upper" needs text, not a secret'),
    ],
)
def test_what_cannot_be_evaluated_is_said_with_its_place(text: str, offset: int, message: str | None) -> None:
    error = error_of(text)
    assert error.offset == offset
    if message is not None:
        assert error.message == message
    assert "hush" not in error.message


@pytest.mark.parametrize(
    "text",
    [
        "inputs.clear()",
        "().__class__",
        "inputs.__class__.__mro__",
        "[x for x in inputs]",
        "lambda: 1",
        "f'{inputs}'",
        "b'x'",
        "'x' 'y'",
        "1 if 2",
        "a := 1",
        "*inputs",
        "inputs.n * 2",
        "inputs.n ** 99999999",
        "'%s' % 1",
        "inputs[inputs.n]",
        "inputs['a':'b']",
        "{}",
        "{1}",
        "yield",
        "await x",
        "...",
        "1j",
        "0x10",
        "1_000",
        "'''x'''",
        "'x\\x41'",
        "a;b",
        "a\\\nb",
        "a # b",
        "inputs.n -- 1",
        "~1",
        "+1",
        "1 << 2",
        "inputs.n | default(value=1)",
        "inputs.n | default(*[1])",
        "inputs.n | inputs.n",
        "ｉnputs",
        "inputs.n is 3",
        "@",
        "print",
    ],
)
def test_nothing_but_the_language_is_read(text: str) -> None:
    error_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000 + ")" * 1000,
        "[" * 900 + "]" * 900,
        "not " * 490 + "1",
        "-" * 1900 + "1",
        "a" + ".b" * 900,
        "a" + "|trim" * 390,
        "1" + "+1" * 990,
        "1 if 1 else " * 160 + "1",
        "a" * (MAX_LENGTH + 1),
        "9" * 1999,
        "1e" + "9" * 1000,
        "'" + "\\'" * 900,
    ],
    ids=lambda text: text[:8],
)
def test_long_and_deep_expressions_are_refused_or_evaluated_but_never_crash(text: str) -> None:
    raised = None
    try:
        value_of(text)
    except ExpressionError as error:
        raised = error
    assert raised is None or 0 <= raised.offset <= len(text)


def test_results_are_bounded_however_they_are_made() -> None:
    text = "'aaaaaaaaaa'" + " | replace('a', 'aaaaaaaaaa')" * 20
    assert "more than 100000 characters" in error_of(text).message
    names = {"x": "a" * 60_000, "l": ["b" * 50_000] * 3, "many": list(range(6_000))}
    for each in ("x + x", "l | join('')", "many + many", "l | json"):
        with pytest.raises(ExpressionError, match="more than 1"):
            parse(each).evaluate(names)


def test_a_replacement_that_would_be_too_large_is_never_made() -> None:
    names = {"x": "a" * 20_000, "y": "b" * 20_000}
    expression = parse("x | replace('a', y)")
    tracemalloc.start()
    with pytest.raises(ExpressionError, match="more than 100000 characters"):
        expression.evaluate(names)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000_000


def test_references_are_told_with_their_steps_and_places() -> None:
    found = parse("inputs.a['b c'][-1].d + (stages.x.ok | default(run.id))").references
    assert [reference.trail for reference in found] == [
        ("inputs", "a", "b c", -1, "d"),
        ("stages", "x", "ok"),
        ("run", "id"),
    ]
    assert found[0].offsets == (0, 7, 9, 16, 20)
    assert str(found[0]) == "inputs.a['b c'][-1].d"


def test_a_glob_is_looked_up_by_whoever_evaluates() -> None:
    asked = []

    def find(pattern: str) -> list[str]:
        asked.append(pattern)
        return ["/b", "/c"]

    assert parse("'/x/*.mp4' | glob | last").evaluate({}, glob=find) == "/c"
    assert asked == ["/x/*.mp4"]
