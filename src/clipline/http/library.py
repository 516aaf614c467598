"""Imports httpx without the command line that it brings along where rich and click are installed.

That takes a third of the time of `import httpx`, pygments and all, in every process that sends a request.
"""

from __future__ import annotations

import importlib
import sys

__all__ = ["load"]

_COMMAND_LINE = "httpx._main"


def load() -> None:
    """Import httpx, if nobody has yet. Its function `main` then says what to install, as where rich is missing."""
    if "httpx" in sys.modules:
        return
    sys.modules[_COMMAND_LINE] = None  # type: ignore[assignment]  # is how Python notes that a module is not there
    try:
        importlib.import_module("httpx")
    finally:
        sys.modules.pop(_COMMAND_LINE, None)
