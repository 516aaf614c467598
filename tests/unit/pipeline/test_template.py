from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.errors import PipelineFileError, Problem
from clipline.pipeline.document import Document
from clipline.pipeline.source import read_document
from clipline.pipeline.template import Template
from clipline.values import Secret


def template(text: str) -> Template:
    document, _ = read_document(text, "file.yaml", Path("/films"))
    problems: list[Problem] = []
    found = Template.read(document, (), document.value, problems)
    assert problems == []
    return found


NAMES: dict[str, Any] = {"a": {"n": 2, "f": 2.0, "t": "x", "yes": True, "none": None, "list": [1, "b"]}}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("'${{ a.n }}'", 2),
        ("'${{ a.list }}'", [1, "b"]),
        ("'${{ a.none }}'", None),
        ("'${{ a.n }} of ${{ a.f }}'", "2 of 2"),
        ("' ${{ a.n }}'", " 2"),
        ("'${{ a.yes }}!'", "true!"),
        ("'$${{ a.n }}'", "${{ a.n }}"),
        ("'$${{ ${{ a.t }} }}'", "${{ x }}"),
        ("""'${{ "}}" + a.t }}'""", "}}x"),
        ("plain", "plain"),
        ("{k: ['${{ a.n }}', 7]}", {"k": [2, 7]}),
    ],
)
def test_templates_evaluate_to_values_or_text(written: str, value: Any) -> None:
    found = template(f"key: {written}").evaluate(NAMES)["key"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("'x${{ a.none }}'", "this is null, which no text can hold; give it another value with | default(…)"),
        ("'x${{ a.list }}'", "this is a list, which no text can hold; use | join(…) or | json"),
        ("'x${{ a.b }}'", 'there is no "b" in "a"; known are n, f, t, yes, none and list'),
    ],
)
def test_what_no_text_can_hold_is_an_error_and_never_an_empty_text(written: str, message: str) -> None:
    with pytest.raises(PipelineFileError) as caught:
        template(f"key: {written}").evaluate(NAMES)
    assert caught.value.problems[0].message == message
    assert caught.value.problems[0].place.line == 1


def test_a_text_of_many_expressions_stays_within_the_bound() -> None:
    found = template("key: '" + "${{ a.long }}" * 50 + "'")
    with pytest.raises(PipelineFileError, match="this makes a text of more than 100000 characters"):
        found.evaluate({"a": {"long": "x" * 10_000}})


def test_all_that_cannot_be_evaluated_is_said_at_once_with_its_place() -> None:
    found = template('one: "${{ a.b }}"\ntwo: ["x", "y ${{ a.c }}"]\n')
    with pytest.raises(PipelineFileError) as caught:
        found.evaluate(NAMES)
    assert [str(each.place) for each in caught.value.problems] == ["file.yaml:1:13", "file.yaml:2:21"]


def test_a_template_knows_what_it_needs_and_where_its_parts_stand() -> None:
    found = template('plain: 1\nneeds: ["${{ a.n }}"]\n')
    assert not found.constant
    assert found.parts()["plain"].constant
    assert [reference.trail for reference in found.references] == [("a", "n")]
    assert str(found.places["needs", 0]) == "file.yaml:2:9"


def test_binding_evaluates_what_is_known_and_leaves_the_rest() -> None:
    found = template('x: "${{ a.n }}"\ny: "${{ b.n }}"\nz: "${{ a.n + b.n }}"\n')
    bound = found.bind(NAMES, known={("a",)})
    assert bound.as_json() == {"x": 2, "y": "${{ b.n }}", "z": "${{ a.n + b.n }}"}
    assert bound.bind({"b": {"n": 1}, "a": {"n": 2}}, known=None).evaluate({}) == {"x": 2, "y": 1, "z": 3}


def test_what_an_expression_gave_is_never_read_as_an_expression_again() -> None:
    found = template('x: "${{ a.evil }}"\n')
    names = {"a": {"evil": "${{ secrets.key }}"}}
    assert found.bind(names, known=None).evaluate({}) == {"x": "${{ secrets.key }}"}


def test_values_inside_what_an_expression_gave_can_be_replaced_one_by_one() -> None:
    bound = template('x: "${{ a.list }}"\n').bind(NAMES, known=None)
    assert bound.with_known(("x", 1), "c").evaluate({}) == {"x": [1, "c"]}
    assert str(bound.problem(("x", 1), "wrong").place) == "file.yaml:1:4"


def test_relative_patterns_are_looked_up_from_the_folder_of_the_file() -> None:
    asked = []

    def find(pattern: str) -> list[str]:
        asked.append(pattern)
        return []

    template("""x: "${{ 'clips/*.mp4' | glob }}"\n""").evaluate({}, glob=find)
    template("""x: "${{ '/other/*.mp4' | glob }}"\n""").evaluate({}, glob=find)
    assert asked == ["/films/clips/*.mp4", "/other/*.mp4"]


def test_a_text_with_a_secret_in_it_is_a_secret() -> None:
    names = {"secrets": {"key": Secret("hush-hush")}}
    found = template('x: "${{ secrets.key }}"\ny: "Bearer ${{ secrets.key }}"\n').evaluate(names)
    assert [each.reveal() for each in found.values()] == ["hush-hush", "Bearer hush-hush"]
    assert "hush" not in repr(found)


def test_complaints_about_a_mapping_of_a_program_name_the_way_to_the_value() -> None:
    document = Document("<mapping>", Path("/"), "", {"stages": [{"with": {"fps": 1}}]})
    problem = document.problem(("stages", 0, "with", "fps"), "wrong")
    assert problem.render() == "<mapping>:stages[0].with.fps: error: wrong"
