"""clipline runs video edits described in a file.

    import clipline

    result = clipline.run("quick-edit", {"clip": "me.mp4", "instruction": "blur the background"})
    print(result.status, result.files)

Names are looked up when they are first used, so that importing the package costs nothing. Nothing but what the
interpreter has loaded by itself is imported here: `python -m clipline` comes through this module before it can take the
working folder off the path (see `__main__`).
"""

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from clipline.app import BatchResult, BatchRow, batch, check, edit, execute_run, load, plan, resume, run, submit
    from clipline.clock import CancelToken, Clock
    from clipline.engine.results import RunResult, StageOutcome
    from clipline.errors import CliplineError
    from clipline.events import Event
    from clipline.settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "BatchResult": "clipline.app",
    "BatchRow": "clipline.app",
    "CancelToken": "clipline.clock",
    "CliplineError": "clipline.errors",
    "Clock": "clipline.clock",
    "Event": "clipline.events",
    "RunResult": "clipline.engine.results",
    "Settings": "clipline.settings",
    "StageOutcome": "clipline.engine.results",
    "batch": "clipline.app",
    "check": "clipline.app",
    "edit": "clipline.app",
    "execute_run": "clipline.app",
    "load": "clipline.app",
    "plan": "clipline.app",
    "resume": "clipline.app",
    "run": "clipline.app",
    "submit": "clipline.app",
}

__all__ = [
    "BatchResult",
    "BatchRow",
    "CancelToken",
    "CliplineError",
    "Clock",
    "Event",
    "RunResult",
    "Settings",
    "StageOutcome",
    "__version__",
    "batch",
    "check",
    "edit",
    "execute_run",
    "load",
    "plan",
    "resume",
    "run",
    "submit",
]


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module 'clipline' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
