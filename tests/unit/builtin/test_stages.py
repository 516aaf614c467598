"""What clipline describes of itself: whole, valid, and said in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from clipline.builtin.plugin import channels, post_export_steps, stage_kinds, verify_checks
from clipline.pipeline.schema import schema_complaint

DESCRIBED = [*stage_kinds(), *channels(), *post_export_steps(), *verify_checks()]


def schema_of(described: Any) -> dict[str, Any]:
    return dict(getattr(described, "options", None) or described.wanted)


@pytest.mark.parametrize("described", DESCRIBED, ids=lambda each: f"{type(each).__name__} {each.name}")
def test_every_part_has_a_summary_a_valid_closed_schema_and_a_word_on_each_option(described: Any) -> None:
    schema = schema_of(described)
    assert described.summary.endswith(".")
    assert schema_complaint(schema) == ""
    assert schema["additionalProperties"] is False
    undescribed = [name for name, each in schema["properties"].items() if not each.get("description")]
    assert undescribed == []


@pytest.mark.parametrize("kind", stage_kinds(), ids=lambda kind: kind.name)
def test_every_output_has_a_word_on_it(kind: Any) -> None:
    assert schema_complaint(kind.outputs) == ""
    assert all(each.get("description") for each in kind.outputs["properties"].values())


def test_the_six_kinds_are_there() -> None:
    assert [kind.name for kind in stage_kinds()] == ["auth", "upload", "edit", "verify", "export", "notify"]


def test_secrets_may_stand_only_where_they_are_used() -> None:
    def secret(each: Any) -> Iterator[tuple[str, frozenset[str]]]:
        if getattr(each, "secret_options", None):
            yield each.name, each.secret_options

    found = dict(pair for each in DESCRIBED for pair in secret(each))
    assert found == {"webhook": {"url", "secret"}, "command": {"env"}, "email": {"user", "password"}}
