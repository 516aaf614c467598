"""The package holds what it promises, and clipline's studio can find it."""

from __future__ import annotations

import hashlib
from importlib.metadata import entry_points

import pytest

import clipline_models

NAMES = ["OBJECT_MASK", "PERSON_BOXES", "PERSON_MASK"]


@pytest.mark.parametrize("name", NAMES)
def test_each_file_hashes_to_what_is_written_beside_it(name: str) -> None:
    model = getattr(clipline_models, name)
    assert hashlib.sha256(model.path.read_bytes()).hexdigest() == model.sha256


@pytest.mark.parametrize("name", NAMES)
def test_each_network_is_found_through_the_entry_point_group(name: str) -> None:
    (found,) = entry_points(group="clipline.models", name=name.lower())
    assert found.load() is getattr(clipline_models, name)
