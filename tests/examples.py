"""How many examples the property tests try: few and always the same in `make test`, many and new ones in campaigns.

PROPERTY_FACTOR=50 python -m pytest tests/property
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings

__all__ = ["examples"]

FACTOR = int(os.environ.get("PROPERTY_FACTOR", "1"))


def examples(count: int) -> Callable[[Any], Any]:
    """Settings for `count` examples, times the factor; without a factor the draw is the same every time."""
    slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(max_examples=count * FACTOR, deadline=None, derandomize=FACTOR == 1, suppress_health_check=slow)
