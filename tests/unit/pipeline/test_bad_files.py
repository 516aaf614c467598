"""Every bad file of the table, with exactly the complaints that a person gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.errors import PipelineFileError
from clipline.pipeline import load
from small_vocabulary import VOCABULARY

FOLDER = Path(__file__).parents[2] / "data" / "bad_files"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_bad_file_gets_exactly_these_complaints(file: Path) -> None:
    with pytest.raises(PipelineFileError) as caught:
        load(file.name, VOCABULARY, folder=FOLDER)
    assert str(caught.value) + "\n" == file.with_suffix(".txt").read_text(encoding="utf-8")


def test_the_table_is_long_and_every_file_in_it_has_its_complaints() -> None:
    assert len(FILES) >= 60
    assert {file.stem for file in FILES} == {file.stem for file in FOLDER.glob("*.txt")}


def test_complaints_come_in_the_order_of_the_file_and_each_once() -> None:
    with pytest.raises(PipelineFileError) as caught:
        load("all_at_once.yaml", VOCABULARY, folder=FOLDER)
    places = [(problem.place.line, problem.place.column) for problem in caught.value.problems]
    assert places == sorted(places)
    assert len(set(caught.value.problems)) == len(places) == 9
