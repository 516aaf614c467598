"""What people type becomes what they mean, or is refused; the sentences stand in tests/data/phrases.json."""

import json
import re
from pathlib import Path

import pytest

from clipline.errors import Refused
from clipline.studio.instructions import Understanding, capabilities, interpret

DATA = json.loads((Path(__file__).parents[2] / "data" / "phrases.json").read_text(encoding="utf-8"))
UNDERSTOOD, REFUSED = DATA["understood"], DATA["refused"]
#: One in three, of both languages: what is tried with each takes a dozen readings.
SOME = UNDERSTOOD[::3]


def understand(text: str, duration: float = DATA["duration"]) -> Understanding:
    return interpret(text, materials=DATA["materials"], default_duration=duration)


def is_chinese(text: str) -> bool:
    return bool(re.search("[\u4e00-\u9fff]", text))


@pytest.mark.parametrize("row", UNDERSTOOD, ids=[row["text"] for row in UNDERSTOOD])
def test_a_sentence_becomes_exactly_these_operations(row):
    understood = understand(row["text"], row.get("duration", DATA["duration"]))
    assert [operation.as_json() for operation in understood.operations] == row["operations"]
    assert understood.export.as_json() == row.get("export", {})
    assert understood.notes, "how it was understood is always said"


@pytest.mark.parametrize("row", REFUSED, ids=[row["text"] for row in REFUSED])
def test_what_is_not_understood_is_refused_with_what_can_be_done(row):
    with pytest.raises(Refused) as caught:
        understand(row["text"])
    assert caught.value.code == row["code"]
    # The hint is in the language of the text, short, and all of its examples work.
    hint = caught.value.hint
    assert not hint or is_chinese(hint) == is_chinese(row["text"])
    assert len(hint) < 300
    examples = re.findall("“(.+?)”", hint)
    assert len(examples) <= 3
    for example in examples:
        assert understand(example)
    assert is_chinese(caught.value.message) == is_chinese(row["text"])


def test_the_tables_are_large_and_half_chinese():
    for rows, least in ((UNDERSTOOD, 400), (REFUSED, 250)):
        assert len(rows) >= least
        assert len({row["text"] for row in rows}) == len(rows)
        assert 0.4 <= sum(is_chinese(row["text"]) for row in rows) / len(rows) <= 0.6


@pytest.mark.parametrize(("what", "english", "chinese"), capabilities(), ids=[row[0] for row in capabilities()])
def test_what_the_hints_offer_means_the_same_in_both_languages(what, english, chinese):
    in_english, in_chinese = understand(english), understand(chinese)
    assert in_english.language == "en"
    assert in_chinese.language == "zh"
    assert in_english.export == in_chinese.export
    same = [str(operation).replace("Hello", "你好") for operation in in_english.operations]
    if what != "remove a person, or everyone":
        assert same == [str(operation) for operation in in_chinese.operations]


@pytest.mark.parametrize("row", [row for row in SOME if not is_chinese(row["text"])], ids=lambda row: row["text"])
def test_a_sentence_with_a_wish_that_cannot_be_met_is_refused_whole(row):
    """No part of a sentence is dropped: a clause that is not understood spoils all of it."""
    for more in (" and teleport the dog", ", then frobnicate", ". Also make it shine like a diamond"):
        with pytest.raises(Refused):
            understand(row["text"] + more)


@pytest.mark.parametrize("row", [row for row in SOME if is_chinese(row["text"])], ids=lambda row: row["text"])
def test_a_chinese_sentence_with_a_wish_that_cannot_be_met_is_refused_whole(row):
    for more in ("，然后让狗飞起来", "，再加点魔法"):
        with pytest.raises(Refused):
            understand(row["text"] + more)


#: What is merged with what is said before or after it: times, and what stands behind people.
MERGED = {"trim", "cut", "join", "background", "isolate"}
APART = [
    row for row in UNDERSTOOD if not row.get("export") and not MERGED & {next(iter(op)) for op in row["operations"]}
]


@pytest.mark.parametrize("row", APART[::2], ids=[row["text"] for row in APART[::2]])
def test_two_sentences_in_one_are_refused_or_both_done(row):
    """Words of the one are never taken for those of the other."""
    chinese, at = is_chinese(row["text"]), APART.index(row)
    others = [other for other in APART if is_chinese(other["text"]) == chinese]
    for step, between in ((7, "，" if chinese else ", "), (31, "，然后" if chinese else " and ")):
        other = others[at * step % len(others)]
        try:
            both = understand(row["text"].rstrip("!.") + between + other["text"]).operations
        except Refused:
            continue
        made = [json.dumps(operation.as_json()) for operation in both]
        assert sorted(made) == sorted(map(json.dumps, row["operations"] + other["operations"])), other["text"]


@pytest.mark.parametrize("row", UNDERSTOOD, ids=[row["text"] for row in UNDERSTOOD])
def test_a_sentence_with_not_in_front_is_refused(row):
    with pytest.raises(Refused):
        understand(("不要" if is_chinese(row["text"]) else "do not ") + row["text"])


@pytest.mark.parametrize("row", SOME, ids=[row["text"] for row in SOME])
def test_no_word_is_passed_over(row):
    """A word more is refused or means something else (a longer title); it is never left out."""
    chinese = is_chinese(row["text"])
    parts = list(row["text"]) if chinese else row["text"].split(" ")
    word, between = ("别", "") if chinese else ("never", " ")
    for at in range(0, len(parts) + 1, max(1, len(parts) // 6)):
        text = between.join([*parts[:at], word, *parts[at:]])
        try:
            understood = understand(text)
        except Refused:
            continue
        assert [operation.as_json() for operation in understood.operations] != row["operations"], text
