"""What the documentation takes from the code is what the code says now."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.pages import FOLDER, PAGES, ROOT, with_table_pages, with_tables

from clipline.mockserver.fault_words import KINDS, MEANINGS

WRITE = "run: python -m tests.docs.pages"


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), WRITE


@pytest.mark.parametrize("page", with_table_pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_the_tables_of_a_page_are_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == with_tables(text), WRITE


def test_every_kind_of_fault_is_told_in_words() -> None:
    assert list(MEANINGS) == list(KINDS)
