"""Every shipped pipeline by a service: the mock of it in the command itself, and one that an address leads to.

Each makes the same files as on this machine (`test_pipelines.py`), or is refused there before anything is done.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.app import shipped_pipelines
from clipline.testing.nemo import mock_nemo
from shipped import CLOUD_ONLY, EXPECTED, assert_made, run

EVERYTHING = {**EXPECTED, **CLOUD_ONLY}
#: What the edits of each cost: 10 for an edit, 100 for a clip that is generated.
CREDITS = {"batch": 20, "iterate": 20, "generate": 100}


def test_every_shipped_pipeline_is_here() -> None:
    assert set(EVERYTHING) == set(shipped_pipelines())


def every_other(first: int) -> list[object]:
    """All of them, of which `make test` runs every other one; `make conformance` runs all."""
    return [pytest.param(name, marks=[pytest.mark.campaign] * (n % 2 != first)) for n, name in enumerate(EVERYTHING)]


@pytest.mark.slow
@pytest.mark.parametrize("name", every_other(0))
def test_the_mock_makes_what_this_machine_makes(name: str, tmp_path: Path) -> None:
    result = run(tmp_path, name, "--backend", "mock")
    assert (result["status"], result["credits"]) == ("done", CREDITS.get(name, 10))
    assert_made(tmp_path, EVERYTHING[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", every_other(1))
def test_the_cloud_makes_what_this_machine_makes(name: str, tmp_path: Path) -> None:
    with mock_nemo(seed=1, dialect="vendor", render_form="top") as mock:
        result = run(tmp_path, name, "--backend", "nemo", **mock.environment)
    assert (result["status"], result["credits"]) == ("done", CREDITS.get(name, 10))
    assert sum(charge.amount for charge in mock.ledger) == result["credits"]
    assert_made(tmp_path, EVERYTHING[name])
