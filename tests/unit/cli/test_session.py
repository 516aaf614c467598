"""What is typed as inputs and settings is read, or refused with what to type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.cli.session import parse_pairs, read_inputs
from clipline.errors import PipelineFileError, UsageError
from clipline.pipeline.inputs import Given


@pytest.mark.parametrize(
    ("pairs", "inputs"),
    [
        ([], {}),
        (["clip=a.mp4"], {"clip": "a.mp4"}),
        (["clip="], {"clip": ""}),
        (["text=a=b"], {"text": "a=b"}),
        (["clips=a", "clips=b"], {"clips": ["a", "b"]}),
        (["n=1", "n=2", "n=3"], {"n": ["1", "2", "3"]}),
        (["clips=@list.json"], {"clips": "@list.json"}),
        (["on=yes"], {"on": "yes"}),
    ],
)
def test_inputs_are_text_and_a_repeated_name_is_a_list(pairs: list[str], inputs: dict[str, Any]) -> None:
    assert read_inputs(pairs, None) == inputs


def test_what_is_typed_beats_the_file_of_inputs_whose_paths_count_from_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "inputs.json"
    file.write_text('{"clip": "a.mp4", "n": 2}')
    assert read_inputs(["clip=b.mp4"], str(file)) == {"clip": "b.mp4", "n": Given(2, tmp_path)}


@pytest.mark.parametrize("pair", ["clip", "=a.mp4", ""])
def test_a_pair_without_a_name_or_an_equals_sign_is_refused(pair: str) -> None:
    with pytest.raises(UsageError, match="write -i NAME=VALUE"):
        parse_pairs([pair], "-i")


@pytest.mark.parametrize("text", [None, "{a: ", "- a"])
def test_a_file_that_holds_no_mapping_is_refused_with_its_place(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "x.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(PipelineFileError, match=r"x\.yaml"):
        read_inputs([], str(file))
