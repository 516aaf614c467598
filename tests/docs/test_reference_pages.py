"""The reference pages that are written from the code say what the code does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clipline.cli.reference import PAGES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize(("name", "page"), PAGES.items(), ids=list(PAGES))
def test_a_page_is_what_the_code_says(name: str, page: Callable[[], str]) -> None:
    assert (FOLDER / name).read_text("utf-8") == page(), "run: python -m clipline.cli.reference docs/reference"
