"""What can be done with a pipeline: load, check, plan, run, resume.

What the command line calls, and what `clipline`'s public functions are. Nothing here keeps anything between two calls:
many runs may go on side by side in one process. A name's module is imported when it is first used: who checks a file
waits for nothing that a run needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clipline.app.batch_result import BatchResult, BatchRow, check_summary, write_summary
    from clipline.app.batching import batch
    from clipline.app.conversing import account, conversations, converse, latest_run, links, timeline
    from clipline.app.looking import check, load, plan, plugins
    from clipline.app.one_sentence import edit, plan_edit
    from clipline.app.preparing import find_pipeline, load_plugins, open_journal, shipped_pipelines
    from clipline.app.running import execute_run, resume, run, submit, unfinished
    from clipline.app.watcher import WatchResult
    from clipline.app.watching import watch

_HOMES = {
    "BatchResult": "batch_result",
    "BatchRow": "batch_result",
    "WatchResult": "watcher",
    "account": "conversing",
    "batch": "batching",
    "check": "looking",
    "check_summary": "batch_result",
    "conversations": "conversing",
    "converse": "conversing",
    "edit": "one_sentence",
    "execute_run": "running",
    "find_pipeline": "preparing",
    "latest_run": "conversing",
    "links": "conversing",
    "load": "looking",
    "load_plugins": "preparing",
    "open_journal": "preparing",
    "plan": "looking",
    "plan_edit": "one_sentence",
    "plugins": "looking",
    "resume": "running",
    "run": "running",
    "shipped_pipelines": "preparing",
    "submit": "running",
    "timeline": "conversing",
    "unfinished": "running",
    "watch": "watching",
    "write_summary": "batch_result",
}

__all__ = [
    "BatchResult",
    "BatchRow",
    "WatchResult",
    "account",
    "batch",
    "check",
    "check_summary",
    "conversations",
    "converse",
    "edit",
    "execute_run",
    "find_pipeline",
    "latest_run",
    "links",
    "load",
    "load_plugins",
    "open_journal",
    "plan",
    "plan_edit",
    "plugins",
    "resume",
    "run",
    "shipped_pipelines",
    "submit",
    "timeline",
    "unfinished",
    "watch",
    "write_summary",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'clipline.app' has no attribute {name!r}")
    return getattr(importlib.import_module(f"clipline.app.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
