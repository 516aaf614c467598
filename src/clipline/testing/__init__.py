"""What plugin authors import in their tests.

- `stage_call` (`clipline.testing.calls`): run a stage of yours without an engine;
- `VirtualClock` (`clipline.testing.clocks`): waits of minutes that take no time;
- `mock_nemo` (`clipline.testing.nemo`): a Nemo cloud of the test's own;
- `tiny_clip` (`clipline.testing.clips`): a real clip of a second, with sound;
- classes to inherit, like `StageConformance` (`clipline.testing.conformance`): the suite that every part must pass.

Only the last needs pytest. Names are looked up when they are first used, so that the fixtures, which pytest finds by
itself wherever clipline is installed (`clipline.testing.fixtures`), cost a foreign test run nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipline.testing.calls import call_log, next_attempt, stage_call
    from clipline.testing.clips import tiny_clip
    from clipline.testing.clocks import VirtualClock
    from clipline.testing.conformance import (
        BackendConformance,
        ChannelConformance,
        CheckConformance,
        CommandConformance,
        ExecutorConformance,
        PluginConformance,
        PostExportConformance,
        ReportFormatConformance,
        StageConformance,
    )
    from clipline.testing.nemo import MockNemo, mock_nemo

_HOMES = {
    "call_log": "calls",
    "next_attempt": "calls",
    "stage_call": "calls",
    "tiny_clip": "clips",
    "VirtualClock": "clocks",
    "MockNemo": "nemo",
    "mock_nemo": "nemo",
    "BackendConformance": "conformance",
    "ChannelConformance": "conformance",
    "CheckConformance": "conformance",
    "CommandConformance": "conformance",
    "ExecutorConformance": "conformance",
    "PluginConformance": "conformance",
    "PostExportConformance": "conformance",
    "ReportFormatConformance": "conformance",
    "StageConformance": "conformance",
}

__all__ = [
    "BackendConformance",
    "ChannelConformance",
    "CheckConformance",
    "CommandConformance",
    "ExecutorConformance",
    "MockNemo",
    "PluginConformance",
    "PostExportConformance",
    "ReportFormatConformance",
    "StageConformance",
    "VirtualClock",
    "call_log",
    "mock_nemo",
    "next_attempt",
    "stage_call",
    "tiny_clip",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'clipline.testing' has no attribute {name!r}")
    return getattr(importlib.import_module(f"clipline.testing.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
