"""The reference pages that are written from the code say what the code does."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clipline import errors
from clipline.cli.reference import CLOUD_CODES, PAGES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"
ROOMS = ("nemo", "backends/nemo", "http")
#: Errors of a service or an account, and of a stage that they end.
TOLD = {"AccountError", "AccountWaiting", "OutcomeUnknown", "ServiceError", "StageFailed", "Waiting"}


@pytest.mark.parametrize(("name", "page"), PAGES.items(), ids=list(PAGES))
def test_a_page_is_what_the_code_says(name: str, page: Callable[[], str]) -> None:
    assert (FOLDER / name).read_text("utf-8") == page(), "run: python -m clipline.cli.reference docs/reference"


def raised() -> Iterator[tuple[str, int]]:
    """Each code with the exit status of the class that it is raised with, in the rooms that speak with a service."""
    for path in (path for room in ROOMS for path in (ROOT / "src/clipline" / room).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD:
                for word in node.keywords:
                    if word.arg == "code" and isinstance(word.value, ast.Constant):
                        yield word.value.value, getattr(errors, node.func.id).exit_status


def test_every_code_of_the_cloud_is_told_with_its_status() -> None:
    found = dict.fromkeys(raised())
    assert found
    assert {(code, status) for code, status in found if str(status) not in CLOUD_CODES.get(code, ("",))[0]} == set()
