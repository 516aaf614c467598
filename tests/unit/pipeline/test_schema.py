from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from clipline.errors import PluginError
from clipline.pipeline import schema
from clipline.pipeline.options import Unknown
from clipline.pipeline.published import file_schema
from clipline.pipeline.source import read_document
from clipline.pipeline.vocabulary import KindInfo, Vocabulary
from clipline.values import Secret
from small_vocabulary import VOCABULARY

ROOT = Path(__file__).parents[3]
VALIDATOR = jsonschema.Draft202012Validator(file_schema(VOCABULARY))


def complaints(options: dict[str, Any], kind: str = "it", **schema_of: Any) -> list[str]:
    vocabulary = Vocabulary({"it": KindInfo("it", schema_of)}) if schema_of else VOCABULARY
    return [each.message for each in schema.check_options(kind, options, vocabulary)]


def test_unknown_values_and_secrets_pass_every_keyword() -> None:
    tricky = {
        "properties": {
            "a": {"type": "integer", "minimum": 5},
            "b": {"oneOf": [{"type": "string"}, {"maxLength": 3}]},
            "c": {"not": {"type": "string"}},
            "d": {"type": "array", "items": {"enum": [1]}, "uniqueItems": True, "contains": {"const": 1}},
            "e": {"const": {"x": 1}},
            "f": {"anyOf": [{"type": "object", "properties": {"x": {"type": "integer"}}}, {"type": "array"}]},
            "g": {"$ref": "#/$defs/text"},
        },
        "$defs": {"text": {"type": "string", "format": "duration"}},
        "if": {"properties": {"a": {"const": 1}}},
        "then": {"required": ["z"]},
    }
    for value in (Unknown(), Secret("x")):
        full = dict.fromkeys("abceg", value) | {"d": [value, value], "f": {"x": value}, "e": {"x": value}}
        assert complaints(full, **tricky) == []
    assert len(complaints({"a": 1, "c": "x", "d": [2, 2], "e": {}, "g": "soon", "f": 5}, **tricky)) >= 6


@pytest.mark.parametrize(
    ("keyword", "value", "message"),
    [
        ({"type": ["integer", "null"]}, "x", '"a" must be a whole number or null, not "x"'),
        ({"type": "array"}, "x", '"a" must be a list, not "x"'),
        ({"const": 3}, 4, '"a" must be 3, not 4'),
        ({"minimum": 2}, 1.5, '"a" must be at least 2, not 1.5'),
        ({"exclusiveMaximum": 2}, 2, '"a" must be less than 2, not 2'),
        ({"multipleOf": 2}, 3, '"a" must be a multiple of 2, not 3'),
        ({"minLength": 3}, "x", '"a" must have at least 3 characters, not 1'),
        ({"maxItems": 1}, [1, 2], '"a" must have at most 1 item, not 2'),
        ({"uniqueItems": True}, [1, 1], '"a" must not hold the same thing twice'),
        ({"pattern": "^x"}, "y", '"a" must have the form ^x, not "y"'),
        ({"pattern": "^x", "x-clipline-form": "a word with x"}, "y", '"a" must be a word with x, not "y"'),
        ({"pattern": "^x"}, "sftp://me:pass@host/", '"a" must have the form ^x, not "sftp://me:…@host/"'),
        ({"minProperties": 2}, {"x": 1}, '"a" must have at least 2 entries, not 1'),
        ({"dependentRequired": {"x": ["y"]}}, {"x": 1}, '"a" needs the key "y" where "x" is given'),
        ({"not": {"required": ["x", "y"]}}, {"x": 1, "y": 1}, '"a" takes only one of x and y'),
        ({"propertyNames": {"maxLength": 1}}, {"xx": 1}, 'the key "xx" of "a" must have at most 1 character, not 2'),
        ({"oneOf": [{"type": "integer"}, {"minimum": 1}]}, 3, '"a" fits several of the forms that it may have'),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "x", '"a" must be a whole number or true or false'),
        ({"anyOf": [{"enum": ["on", "off"]}, {"type": "integer"}]}, "onn", '"a" must be on or off, not "onn"; did you'),
        (
            {"anyOf": [{"type": "string", "format": "color"}, {"enum": ["blur"]}]},
            "grren",
            "\"a\": not a colour: 'grren'",
        ),
        ({"items": {"type": "integer"}}, [1, "x"], '"a[1]" must be a whole number, not "x"'),
        ({"type": "string", "format": "count"}, "many", "\"a\": not a count: 'many'"),
        (False, 1, 'stage "it" holds something that must not stand there: 1'),
    ],
)
def test_each_keyword_has_its_words(keyword: Any, value: Any, message: str) -> None:
    (found,) = complaints({"a": value}, properties={"a": keyword})
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"type": "text"}, "'text' is not valid under any of the given schemas"),
        ({"pattern": "("}, "is not a 'regex'"),
        ({"$ref": "https://example.com/x.json"}, "leads out of the schema"),
        ({"$ref": "#/$defs/none"}, "none"),
    ],
)
def test_a_plugin_with_a_wrong_schema_is_blamed_by_the_name_of_what_it_brings(wrong: Any, reason: str) -> None:
    with pytest.raises(PluginError, match='the plugin that brings stage "it" has a wrong schema for it') as caught:
        complaints({"a": "x"}, properties={"a": wrong})
    assert reason in caught.value.message


def test_a_schema_that_is_wrong_or_leads_out_is_told() -> None:
    assert schema.schema_complaint({"type": "object"}) == ""
    assert "is not valid" in schema.schema_complaint({"properties": {"a": {"type": "text"}}})
    assert schema.schema_complaint({"items": [{}]})
    remote = {"properties": {"a": {"$ref": "https://example.com/x.json"}}}
    assert schema.schema_complaint(remote) == '"$ref": "https://example.com/x.json" leads out of the schema'


# --- the published schema --------------------------------------------------------------------------------------------


def test_the_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(file_schema(VOCABULARY))


def test_the_published_schema_says_once_what_has_a_name_and_is_used_often() -> None:
    who = {"title": "who", "enum": ["cat", "dog"]}
    options = {"keep": who, "hide": {"type": "array", "items": who}}
    published = file_schema(Vocabulary({"it": KindInfo("it", {"properties": options, "additionalProperties": False})}))
    assert json.dumps(published).count('"dog"') == 1
    stage = {"stage": "it", "with": {"keep": "dog", "hide": ["${{ inputs.who }}"]}}
    validator = jsonschema.Draft202012Validator(published)
    assert validator.is_valid({"clipline": 1, "stages": [stage]})
    assert not validator.is_valid({"clipline": 1, "stages": [{**stage, "with": {"keep": "cow"}}]})


@pytest.mark.parametrize("file", sorted((ROOT / "pipelines").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_published_schema_takes_the_shipped_pipelines(file: Path) -> None:
    text = file.read_text().replace("media: {decodes: true, video_codec: h264}", "timeline: {duration: 1}")
    document, _ = read_document(text, file.name, file.parent)
    assert [error.message for error in VALIDATOR.iter_errors(document.value)] == []


@pytest.mark.parametrize(
    "options",
    [
        {
            "to": "${{ inputs.x }}",
            "fps": "${{ inputs.n }}",
            "preview": "${{ inputs.b }}",
            "max_size": "${{ inputs.s }}",
        },
        {"to": "a.mp4", "post_export": "${{ inputs.list }}"},
        {"to": "a.mp4", "post_export": ["contact_sheet", {"command": {"argv": ["x", "${{ inputs.x }}"]}}]},
        {"to": "a.mp4", "post_export": [{"contact_sheet": None, "continue_on_error": True}, "${{ inputs.step }}"]},
        "${{ inputs.all }}",
    ],
)
def test_the_published_schema_takes_expressions_wherever_values_are_evaluated(options: Any) -> None:
    VALIDATOR.validate({"clipline": 1, "stages": [{"stage": "export", "with": options}]})


@pytest.mark.parametrize(
    "name",
    [
        "option_unknown",
        "option_wrong_type",
        "option_out_of_range",
        "option_nested_key",
        "step_unknown",
        "step_options",
        "operation_unknown",
        "node_unknown_kind",
        "node_two_forms",
        "node_unknown_key",
        "input_unknown_type",
        "input_unknown_key",
        "file_unknown_key",
        "file_version_2",
        "file_without_version",
        "loop_without_stages",
    ],
)
def test_the_published_schema_refuses_what_the_check_refuses(name: str) -> None:
    file = ROOT / "tests" / "data" / "bad_files" / f"{name}.yaml"
    document, _ = read_document(file.read_text(), file.name, file.parent)
    assert not VALIDATOR.is_valid(document.value)
