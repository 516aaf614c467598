"""What the expressions of a nested pipeline see that never changes while it runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from clipline.engine.secrets import Secrets
from clipline.pipeline.inputs import parse_inputs
from clipline.pipeline.model import NestedNode
from clipline.pipeline.planner import read_env

__all__ = ["fixed_names"]


def fixed_names(node: NestedNode, given: Mapping[str, Any], env: Mapping[str, str], secrets: Secrets) -> dict[str, Any]:
    """The inputs, the environment and the secrets of a nested pipeline.

    Args:
        node: the one that nests it.
        given: its evaluated `with:`.
        env: what the outer pipeline read when the run began; it counts before the environment of now.
        secrets: resolves the references.

    Raises:
        InputError: an input, a variable or a secret is wrong or not there.
    """
    inner, folder = node.pipeline, node.given.document.folder
    return {
        "inputs": parse_inputs(inner.inputs, given, working_folder=folder, file_folder=inner.source.folder),
        "env": read_env(inner, {**os.environ, **env}),
        "secrets": secrets.resolve(inner.secrets, inner.source.folder),
    }
