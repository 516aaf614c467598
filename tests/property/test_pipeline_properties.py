"""What must hold of pipeline files and expressions whatever is in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from clipline.errors import PipelineFileError
from clipline.pipeline import load, loader, parse_text, source
from clipline.pipeline.document import Document
from clipline.pipeline.expressions import ExpressionError, parse
from clipline.pipeline.filters import FILTERS
from clipline.pipeline.inputs import Unreadable, parse_value
from clipline.pipeline.model import InputSpec
from clipline.pipeline.template import Template, split_text
from examples import examples
from small_vocabulary import VOCABULARY

few = examples(60)
many = examples(150)

NAMES: dict[str, Any] = {
    "n": 3,
    "half": 0.5,
    "text": "Ä b",
    "yes": True,
    "nothing": None,
    "list": ["a", "b", 1],
    "row": {"key": "v", "deep": {"x": [1, 2]}},
}


AnyError = TypeVar("AnyError", bound=Exception)


def raised(action: Callable[[], object], declared: type[AnyError]) -> AnyError | None:
    """The declared error, if there was one; any other goes through and fails the test."""
    try:
        action()
    except declared as error:
        return error
    return None


# --- expressions: printed and read again, they mean the same ----------------------------------------------------------


def quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"


letters = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t'\"\\{}$#|"), max_size=8
)
texts = st.builds(lambda value: (quote(value), value), letters)
integers = st.integers(-999, 999).map(lambda value: (str(value), value))
numbers = st.integers(-999, 999).map(lambda value: (f"{value}.25", float(f"{value}.25")))
literals = st.sampled_from([("true", True), ("false", False), ("null", None)])
look_ups = st.sampled_from(
    [
        ("n", 3),
        ("text", "Ä b"),
        ("row.key", "v"),
        ("row['deep'].x[-1]", 2),
        ("list[0]", "a"),
        ("nothing", None),
        ("row.none.sense | default('d')", "d"),
    ]
).map(lambda pair: (f"({pair[0]})", pair[1]))

Printed = tuple[str, Any]


def _sum(left: Printed, right: Printed) -> Printed:
    return f"({left[0]} + {right[0]})", left[1] + right[1]


def _truth(operands: list[Printed], word: str) -> Printed:
    value = operands[0][1]
    for _, other in operands[1:]:
        value = (value and other) if word == "and" else (value or other)
    return "(" + f" {word} ".join(text for text, _ in operands) + ")", value


def _choice(then: Printed, condition: Printed, otherwise: Printed) -> Printed:
    value = then[1] if condition[1] else otherwise[1]
    return f"({then[0]} if {condition[0]} else {otherwise[0]})", value


def grown(inner: st.SearchStrategy[Printed]) -> st.SearchStrategy[Printed]:
    text = inner.filter(lambda pair: isinstance(pair[1], str))
    return st.one_of(
        st.builds(_sum, text, text),
        st.builds(_sum, integers, numbers),
        st.builds(_truth, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["and", "or"])),
        st.builds(_choice, inner, inner, inner),
        inner.map(lambda pair: (f"(not {pair[0]})", not pair[1])),
        st.lists(inner, max_size=3).map(
            lambda pairs: ("[" + ", ".join(text for text, _ in pairs) + "]", [value for _, value in pairs])
        ),
        text.map(lambda pair: (f"({pair[0]} | upper)", pair[1].upper())),
        text.map(lambda pair: (f"({pair[0]}|replace('b', 'cc'))", pair[1].replace("b", "cc"))),
        inner.map(lambda pair: (f"({pair[0]} | default(7))", 7 if pair[1] is None else pair[1])),
        st.builds(lambda one, two: (f"({one[0]} < {two[0]})", one[1] < two[1]), integers, numbers),
    )


expressions = st.recursive(st.one_of(texts, integers, numbers, literals, look_ups), grown, max_leaves=8)


@many
@given(expressions)
def test_an_expression_that_was_printed_is_read_with_the_same_value(printed: Printed) -> None:
    text, value = printed
    assume(len(text) < 1500)
    assert parse(text).evaluate(NAMES) == value
    assert parse(f"\n  {text}\t").evaluate(NAMES) == value


@few
@given(letters, expressions, letters)
def test_an_expression_in_a_text_is_found_whatever_stands_around_it(before: str, printed: Printed, after: str) -> None:
    assume("${{" not in before + after and not before.endswith("$") and len(printed[0]) < 1500)
    pieces = split_text(f"{before}${{{{{printed[0]}}}}}{after}")
    assert [piece for piece, is_expression in pieces if is_expression] == [printed[0]]
    assert "".join(piece for piece, is_expression in pieces if not is_expression) == before + after


# --- nothing but the declared error ----------------------------------------------------------------------------------

OPERATORS = "| + - ( ) [ ] . , == < in not and or if else 1 'a' \"b\" 0.5 true null stages.a.ok # { }} \\ é lambda **"
pieces = st.sampled_from([*FILTERS, *NAMES, *OPERATORS.split(), " ", "\n", "\0"])
soups = st.lists(pieces, max_size=25).map(" ".join) | st.lists(pieces, max_size=25).map("".join) | st.text(max_size=60)


def evaluated(text: str) -> None:
    error = raised(lambda: parse(text).evaluate(NAMES, glob=lambda _: []), ExpressionError)
    assert error is None or (0 <= error.offset <= len(text) and error.message)


@many
@given(soups)
@example("list|sort")
@example("[[[1]]]|json|split('[')|last|int")
@example("row|length")
@example("9" * 400 + "|float")
@example("1e308 + 1e308 | round")
@example("(1e308 + 1e308) | round")
@example("(1e308 + 1e308) | int")
@example("'1e999' | float | int")
@example("n | round(1e308)")
@example("n | round(-400)")
@example("0.5 | round(null)")
@example("'\\ud800' | upper")
def test_evaluation_raises_nothing_but_the_declared_error(text: str) -> None:
    evaluated(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@many
@given(json_values, st.sampled_from(sorted(set(FILTERS) - {"glob"})), st.lists(json_values, max_size=2))
def test_no_filter_raises_anything_but_the_declared_error(value: Any, name: str, arguments: list[Any]) -> None:
    names = {"v": value, **{f"a{at}": each for at, each in enumerate(arguments)}}
    call = f"({', '.join(f'a{at}' for at in range(len(arguments)))})" if arguments else ""
    error = raised(lambda: parse(f"v | {name}{call}").evaluate(names), ExpressionError)
    assert error is None or error.message


# --- files -----------------------------------------------------------------------------------------------------------


def read_anything(data: bytes) -> None:
    def read() -> None:
        parse_text(source.decode(data, "any.yaml"), "any.yaml", VOCABULARY, folder=Path("/"))

    error = raised(read, PipelineFileError)
    if error is not None:
        assert 0 < len(error.problems) <= 101
        assert all(problem.message for problem in error.problems)
        assert not any(ord(character) < 32 and character not in "\n\t" for character in str(error))


@few
@given(st.binary(max_size=400))
@example(b"a: \xf0\x28\x8c\x28")
@example(b"\xef\xbb\xbf\xef\xbb\xbfa: 1")
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    read_anything(data)


YAML_PIECES = """{ } [ ] , &a_ *a !!str_ !x | > ' " # ${{ }} $${{ % @ ` ?_ <<:_ x 1 >=1 #fff \\ é if:_ for_each:_ ~ -"""
YAML_LINES = "clipline: 1|stages:|  - auth|# c|---|...|stage: edit|with:|inputs:|pipeline: ./x.yaml"
yaml_pieces = st.sampled_from(
    [piece.replace("_", " ") for piece in YAML_PIECES.split()]
    + [line + "\n" for line in YAML_LINES.split("|")]
    + ["- ", "  ", "\n", ": ", "\t", "\r\n"]
)


@many
@given(st.lists(yaml_pieces, max_size=40).map("".join))
@example("{? a: b}")
@example("{a, b: c}")
@example("- !x\n- &a\n- *a")
@example("stages:\n- *a\n")
@example("'")
@example("> x")
@example("a: >=")
@example("[${{")
@example("{{")
@example("#")
@example("x: !<")
def test_any_soup_of_yaml_is_read_or_refused_in_words(text: str) -> None:
    read_anything(text.encode())


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-99, 99)
    | st.sampled_from(["", "a.mp4", "${{ inputs.a }}", "${{", "30s", "x y", "auth"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "to", "files", "via", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = """stage with id if for_each as stages parallel pipeline retry timeout max_parallel continue_on_error on_cancel
operations fps post_export nemo"""
keys = st.sampled_from(KEYS.split())
nodes = st.recursive(
    st.sampled_from([*VOCABULARY.kinds, "nope"])
    | st.dictionaries(keys, plain_values | st.sampled_from([*VOCABULARY.kinds]), max_size=4),
    lambda inner: st.dictionaries(keys, st.lists(inner, max_size=3) | plain_values, max_size=4),
    max_leaves=6,
)
files = st.fixed_dictionaries(
    {"clipline": st.just(1), "stages": st.lists(nodes, max_size=4) | plain_values},
    optional={
        name: plain_values | st.dictionaries(st.sampled_from(["a", "b-c", "with"]), plain_values, max_size=2)
        for name in (
            "name",
            "inputs",
            "env",
            "secrets",
            "budget",
            "defaults",
            "outputs",
            "on_failure",
            "finally",
            "backend",
        )
    },
)


@few
@given(files)
def test_any_mapping_is_read_or_refused_in_words(value: dict[str, Any]) -> None:
    def nothing(path: Path) -> bytes:
        raise FileNotFoundError(path)

    outcomes = []
    for given_ in (value, json.dumps(value)):
        try:
            if isinstance(given_, str):
                outcomes.append(parse_text(given_, "<mapping>", VOCABULARY, folder=Path("/no")) is not None)
            else:
                outcomes.append(load(given_, VOCABULARY, read=nothing, folder=Path("/no")) is not None)
        except PipelineFileError as error:
            outcomes.append(sorted({problem.message for problem in error.problems}))
    # JSON is YAML: the same file has the same complaints, whichever way it came.
    if all(isinstance(outcome, bool) for outcome in outcomes):
        assert outcomes[0] == outcomes[1]
    else:
        assert not any(outcome is True for outcome in outcomes)


@few
@given(json_values.filter(lambda value: value is not None))
def test_json_text_is_read_as_the_value_it_stands_for(value: Any) -> None:
    text = json.dumps({"key": value}, allow_nan=False, ensure_ascii=True) if _is_plain(value) else None
    assume(text is not None)
    assert text is not None
    document, problems = source.read_document(text, "j", Path("/"))
    if not problems:
        assert document.value == {"key": value}


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@few
@given(st.integers(1, 12), st.integers(1, 12))
def test_an_alias_bomb_of_any_shape_stays_within_the_budget(width: int, height: int) -> None:
    lines = ["a0: &a0 [" + ", ".join(["x"] * width) + "]"]
    lines += [f"a{at}: &a{at} [" + ", ".join([f"*a{at - 1}"] * width) + "]" for at in range(1, height)]
    sizes: list[int] = []

    def read() -> None:
        sizes.append(len(source.read_document("\n".join(lines), "bomb", Path("/"))[0].marks))

    error = raised(read, PipelineFileError)
    if error is None:
        assert sizes[0] <= source.MAX_NODES + 1
    else:
        assert any(word in error.message for word in ("aliases make", "more than 100 aliases", "nested"))


@few
@given(
    json_values,
    st.sampled_from(["string", "integer", "number", "boolean", "duration", "size", "enum", "files", "table"]),
)
def test_any_value_of_an_input_is_read_or_refused_in_words(value: Any, kind: Any) -> None:
    assume(value is not None)
    spec = InputSpec("x", kind, values=("a",), columns={"a": InputSpec("a", "integer")})
    error = raised(lambda: parse_value(spec, value, Path("/no/such/folder")), Unreadable)
    assert error is None or all(error.messages)


@few
@given(json_values)
def test_a_value_without_expressions_goes_through_a_template_unchanged(value: Any) -> None:
    assume("${{" not in json.dumps(value) and "NaN" not in json.dumps(value))
    template = Template.read(Document("x", Path("/"), "", value), (), value, [])
    assert template.constant
    assert template.evaluate({}) == value == template.as_json() == template.bind({}, known=set()).evaluate({})


def test_the_reader_of_files_takes_no_more_than_it_needs(tmp_path: Path) -> None:
    (tmp_path / "big.yaml").write_bytes(b"#" * (3 * 1024 * 1024))
    assert len(loader.read_file(tmp_path / "big.yaml")) == source.MAX_BYTES + 1
    with pytest.raises(PipelineFileError, match="larger than 1024 KiB"):
        load(tmp_path / "big.yaml", VOCABULARY)
