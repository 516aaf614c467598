"""The reference page is what the tables say; and the tables hang together."""

import re
from pathlib import Path

from clipline.studio.instructions import reference
from clipline.studio.instructions.capabilities import CAPABILITIES, EVERYTHING
from clipline.studio.instructions.messages import NOTES, REFUSALS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "instructions.md"


def test_the_page_is_what_the_tables_say():
    write = "python -c 'from clipline.studio.instructions import reference; print(reference(), end=\"\")'"
    assert PAGE.read_text(encoding="utf-8") == reference(), f"write it anew: {write} > docs/reference/instructions.md"


def test_messages_ask_for_the_same_values_in_both_languages():
    def values(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)", text))

    for key, (_, english, chinese, nearest) in REFUSALS.items():
        assert values(english) == values(chinese), key
        assert set(nearest.split()) <= {*CAPABILITIES, EVERYTHING}, key
    for key, (english, chinese) in NOTES.items():
        assert values(english) == values(chinese), key
