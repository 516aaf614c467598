"""What an author of a plugin must hand over to the kit, and forgot, is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clipline.testing import BackendConformance, ChannelConformance, CheckConformance


@pytest.mark.parametrize(
    ("forgotten", "words"),
    [
        (BackendConformance().charges, r"BackendConformance does not define charges\(\)"),
        (ChannelConformance().received, r"ChannelConformance does not define received\(\)"),
        (lambda: CheckConformance().holds(Path()), r"CheckConformance does not define holds\(folder\)"),
        (lambda: CheckConformance().fails(Path()), r"CheckConformance does not define fails\(folder\)"),
    ],
)
def test_a_method_that_is_not_defined_is_named_with_what_to_do(forgotten: Callable[[], object], words: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=f"(?s){words}.*to do: return "):
        forgotten()
