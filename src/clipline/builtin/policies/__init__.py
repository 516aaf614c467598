"""Policies: files of what is wanted of media files, for many pipelines and people; three come with clipline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clipline.errors import InputError
from clipline.pipeline.document import nearest
from clipline.pipeline.loader import read_data_file
from clipline.studio.checks.check_schema import POLICY_SCHEMA, SHIPPED_POLICIES

__all__ = ["Policy", "read_policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What is wanted, as `quality_checks.check_media` takes it."""

    name: str
    checks: Mapping[str, Any]


def read_policy(name: str) -> Policy:
    """Read a policy that comes with clipline, by its name, or a file, by its path.

    Raises:
        InputError: there is neither.
        PipelineFileError: the file is no policy; with every complaint about it.
    """
    if name in SHIPPED_POLICIES:
        return Policy(name, _checks(Path(__file__).with_name(f"{name}.yaml")))
    if not Path(name).is_file():
        known = f"policies that come with clipline: {', '.join(SHIPPED_POLICIES)}"
        near = nearest(name, SHIPPED_POLICIES, listed=False)
        raise InputError(f"there is no policy {name!r}, and no such file{near}", hint=known)
    return Policy(Path(name).name, _checks(Path(name)))


def _checks(path: Path) -> Mapping[str, Any]:
    """The checks of a file over those of the policy that it extends."""
    data = read_data_file(path, POLICY_SCHEMA)
    base = read_policy(data["extends"]).checks if "extends" in data else {}
    return {name: wanted for name, wanted in {**base, **data["checks"]}.items() if wanted is not False}
