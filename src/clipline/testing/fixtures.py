"""Fixtures that pytest finds by itself where clipline is installed (entry-point group `pytest11`).

Nothing of clipline is imported before a test asks for one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from clipline.plugin_manager import Plugins
    from clipline.stage import StageCall
    from clipline.testing.clocks import VirtualClock
    from clipline.testing.nemo import MockNemo

__all__ = ["clipline_call", "clipline_clip", "clipline_clock", "clipline_mock", "clipline_plugins"]


@pytest.fixture
def clipline_call(tmp_path: Path) -> Callable[..., StageCall]:
    """`stage_call` in the test's own folder: `clipline_call("greet", state={…})`."""
    from clipline.testing.calls import stage_call

    def call(kind: str, **others: Any) -> StageCall:
        return stage_call(tmp_path, kind, **others)

    return call


@pytest.fixture
def clipline_clip(tmp_path: Path) -> Path:
    """A tiny real clip with sound: see `clipline.testing.tiny_clip`."""
    from clipline.testing.clips import tiny_clip

    return tiny_clip(tmp_path / "clip.mp4")


@pytest.fixture
def clipline_mock(tmp_path: Path) -> Iterator[MockNemo]:
    """A Nemo cloud of the test's own, which answers every edit with words."""
    from clipline.testing.nemo import mock_nemo

    with mock_nemo(silent=0, folder=tmp_path / "nemo") as mock:
        yield mock


@pytest.fixture
def clipline_clock() -> VirtualClock:
    """A clock whose waits take no time, and that a test moves with `advance`."""
    from clipline.testing.clocks import VirtualClock

    return VirtualClock()


@pytest.fixture
def clipline_plugins() -> Plugins:
    """A plugin manager in which nothing is registered, not even what clipline ships."""
    from clipline.plugin_manager import Plugins

    return Plugins([])
