"""What every error must be, wherever a hostile input made it: of a documented status, in words, and safe to print."""

from __future__ import annotations

import json

from clipline.cli import failures
from clipline.errors import CliplineError

__all__ = ["EXITS", "told"]

#: The documented statuses, but for 70: a bug is what the fuzzing looks for.
EXITS = frozenset({0, 1, 2, 3, 4, 5, 6, 7, 129, 130, 143})


def told(error: CliplineError) -> str:
    """Tell the error as the command line does; its status as a word."""
    assert error.exit in EXITS, f"exit {error.exit}: {error.message}"
    assert error.message.strip(), "an error without words"
    json.dumps(error.as_json())
    failures.complain(error)
    return f"exit {error.exit}"
