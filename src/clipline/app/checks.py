"""What a look at this installation finds, and what mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from clipline.errors import CliplineError
from clipline.values import JsonObject

__all__ = ["Check", "Found", "finding", "mended"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at: `ok`, what was seen, and what to do where it is not.

    `mend` does it, where clipline can, and says what it did; `mended` is whether it was done.
    """

    name: str
    ok: bool
    text: str
    hint: str = ""
    mend: Callable[[], str] | None = field(default=None, repr=False, compare=False)
    mended: bool = False

    def as_json(self) -> JsonObject:
        """The check for programs."""
        return {
            "name": self.name,
            "ok": self.ok,
            "text": self.text,
            "hint": self.hint,
            "can_mend": self.mend is not None,
            "mended": self.mended,
        }


def mended(check: Check) -> Check:
    """The check once what it found was mended, or could not be."""
    if check.mend is None or check.ok:
        return check
    try:
        done = check.mend()
    except CliplineError as error:
        return replace(check, text=f"{check.text}; it cannot be mended: {error.message}", hint=error.hint)
    except OSError as error:
        return replace(check, text=f"{check.text}; it cannot be mended: {error.strerror or error}")
    return replace(check, ok=True, text=done, hint="", mended=True)


class Found(list[str]):
    """What a check saw; `check` is what came of it."""

    check: Check


@contextmanager
def finding(name: str, mend: Callable[[], str] | None = None) -> Iterator[Found]:
    """Turn an error into a finding with its hint; `mend` is what helps."""
    found = Found()
    try:
        yield found
    except CliplineError as error:
        found.check = Check(name, False, error.message, error.hint, mend)
    except Exception as error:  # noqa: BLE001  # a doctor that falls ill helps nobody
        found.check = Check(name, False, f"{type(error).__name__}: {error}", mend=mend)
    else:
        found.check = Check(name, True, ", ".join(found))
