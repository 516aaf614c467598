"""What the shipped skill promises beside its commands: the sentences that work offline."""

from __future__ import annotations

import re

import pytest

from clipline.nemo.attribution import SKILL_FILE
from clipline.studio.instructions import interpret

SENTENCES = [
    sentence
    for line in SKILL_FILE.read_text("utf-8")
    .partition("that work offline, where the files that they name are there:\n")[2]
    .partition("\n\nThe path")[0]
    .split("\n")
    for sentence in re.findall(r"`([^`]+)`", line)
]


def test_the_skill_lists_sentences() -> None:
    assert len(SENTENCES) >= 10


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_of_the_skill_is_understood_offline(sentence: str) -> None:
    understood = interpret(sentence, materials=["beach.jpg", "song.mp3"])
    assert understood.operations or understood.export.format
