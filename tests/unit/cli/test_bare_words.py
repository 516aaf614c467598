"""Words that, said alone, mean the conversation and not the clip."""

from __future__ import annotations

import pytest

from clipline.cli.bare_words import bare_word, how_to


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("help", "help"),
        ("Help!", "help"),
        ("帮助", "help"),
        ("exit", "quit"),
        ("bye", "quit"),
        ("退出。", "quit"),
        ("undo", "undo"),
        ("撤销", "undo"),
        ("new", "new"),
        ("history", "history"),
        ("link", "link"),
    ],
)
def test_a_bare_word_is_known_and_has_a_way(text: str, word: str) -> None:
    assert bare_word(text) == word
    assert how_to(word)


@pytest.mark.parametrize("text", ["undo the blur", "add a help icon", "a new background", "export", "status", ""])
def test_a_sentence_is_none(text: str) -> None:
    assert bare_word(text) is None
