"""Public names and signatures change only on purpose."""

from __future__ import annotations

import difflib
from pathlib import Path

from contract_surface import PINNED, PUBLIC, lines

ROOT = Path(__file__).resolve().parents[2]


def test_the_public_surface_is_what_was_written_down() -> None:
    pinned, found = PINNED.read_text("utf-8").splitlines(), list(lines())
    changed = [
        line for line in difflib.unified_diff(pinned, found, n=0, lineterm="") if line[:2] not in {"--", "++", "@@"}
    ]
    assert changed == [], "if it is meant so: python tests/contract_surface.py --write, and a line in CHANGELOG.md"


def test_the_page_names_every_public_module() -> None:
    page = (ROOT / "docs/reference/stability.md").read_text("utf-8")
    assert [module for module in PUBLIC if f"`{module}`" not in page] == []
