"""The reference pages that follow from the code are what the code says now."""

from __future__ import annotations

import pytest
from tests.docs.pages import FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == PAGES[name](), "run: python tests/docs/pages.py"
