"""Reading YAML files that are no pipelines, by a schema of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.errors import PipelineFileError, PluginError
from clipline.pipeline.described import read_described

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "wait": {"type": ["string", "number"], "format": "duration"}},
    "required": ["name"],
    "additionalProperties": False,
}


def test_what_fits_is_given_with_its_places(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text('name: "on"\nwait: 2m\n', "utf-8")
    document, problems = read_described(file, SCHEMA, "the description")
    assert problems == []
    assert document.value == {"name": "on", "wait": "2m"}
    complaint = document.problem(("wait",), "too long")
    assert complaint.render() == f"{file}:2:7: error: too long\n    wait: 2m\n          ^"


def test_all_that_is_wrong_is_told_at_once_with_place_and_nearest_word(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("nam: x\nwait: soon\nwait: 3\n", "utf-8")
    _, problems = read_described(file, SCHEMA, "the description")
    said = [(problem.place.line, problem.place.column, problem.message) for problem in problems]
    assert (3, 1, '"wait" stands twice here; the first is in line 2') in said
    assert (1, 1, 'unknown option "nam" in the description; did you mean "name"?') in said
    assert (1, 1, 'the description needs the option "name"') in said
    assert any(line == 2 and "not a duration" in message for line, _, message in said)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe", "UTF-16"),
        (b"a: [1", "a.yaml:1"),
        (b"a: &a [*a]", "stands inside what it repeats"),
        (b"[" * 60, "nested more than 50 deep"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(content)
    with pytest.raises(PipelineFileError) as caught:
        read_described(file, SCHEMA, "the description")
    assert message in str(caught.value)


def test_a_file_that_is_not_there_and_a_schema_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(PipelineFileError, match="no such file"):
        read_described(tmp_path / "no.yaml", SCHEMA, "the description")
    (tmp_path / "a.yaml").write_text("name: x", "utf-8")
    with pytest.raises(PluginError, match="wrong schema"):
        read_described(tmp_path / "a.yaml", {"type": "nothing"}, "the description")
