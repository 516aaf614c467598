"""The state folder looked through: whose it is, whether there is room, the journal, and what runs left behind.

Nothing is changed by looking. What a check can mend is done by its `mend`, when the person says so.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from clipline.app.checks import Check, finding, mended
from clipline.app.run_checks import run_checks
from clipline.errors import MachineError
from clipline.journal import Journal, salvage
from clipline.settings import Settings

__all__ = ["state_checks"]

#: Free bytes below which an edit may not find room.
_LITTLE_DISK = 1 << 30
#: What mending the journal helps against; a newer one, or a disk that is full, it does not.
_MENDABLE = frozenset({"journal_damaged", "journal_behind"})


def state_checks(settings: Settings, *, mend: bool) -> Iterator[Check]:
    """Every check of the state folder, each mended before the next if `mend` says so."""
    folder = settings.state_folder.absolute()
    done: Callable[[Check], Check] = mended if mend else lambda check: check
    if not folder.is_dir():
        with finding("state folder") as found:
            if os.path.lexists(folder):
                raise MachineError(f"{folder} is no folder", hint="set CLIPLINE_STATE to another one")
            found.append(f"{folder}, not made yet")
        yield found.check
        return
    yield Check("state folder", True, str(folder))
    yield done(_permissions(folder))
    if others := _open_credentials(folder):
        yield done(others)
    for name, place in (("disk", Path.cwd()), ("disk of the state", folder)):
        yield _disk(name, place)
    journal = done(_journal(folder))
    yield journal
    if journal.ok and _has_journal(folder):
        with Journal.open(folder) as opened:
            for check in run_checks(opened):
                yield done(check)


# --- who may look ----------------------------------------------------------------------------------------------------


_READ_ONLY = "it is on a disk that is mounted read-only; mount it for writing, or set CLIPLINE_STATE to another folder"


def _permissions(folder: Path) -> Check:
    mode, is_writable = stat.S_IMODE(folder.stat().st_mode), os.access(folder, os.W_OK)
    is_closed = os.name == "nt" or mode & 0o777 == 0o700
    return Check(
        "permissions",
        is_writable and (os.name == "nt" or not mode & 0o077),
        f"{mode:o}" + ("" if is_writable else ", not to be written"),
        _READ_ONLY if is_closed else f"it holds what you edited: chmod 700 {folder}",
        None if is_closed else partial(_close, [folder]),
    )


def _open_credentials(folder: Path) -> Check | None:
    """The files of tokens that others can read; None where none is."""
    place = folder / "credentials"
    if os.name == "nt" or not place.is_dir():
        return None
    others = [each for each in (place, *sorted(place.iterdir())) if stat.S_IMODE(each.lstat().st_mode) & 0o077]
    names = ", ".join(each.name for each in others)
    return Check(
        "tokens",
        not others,
        f"others can read {names}" if others else "nobody else can read them",
        f"chmod 700 {place}, chmod 600 for the files in it; if others use this machine, get new tokens",
        partial(_close, others),
    )


def _close(paths: list[Path]) -> str:
    for path in paths:
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)
    return f"only you can read {', '.join(path.name for path in paths)} now"


def _disk(name: str, place: Path) -> Check:
    with finding(name) as found:
        free = shutil.disk_usage(place).free
        found.append(f"{free / (1 << 30):.1f} GiB free at {place}")
        if free < _LITTLE_DISK:
            raise MachineError(found[0], hint="make room")
    return found.check


# --- the journal -----------------------------------------------------------------------------------------------------


def _has_journal(folder: Path) -> bool:
    return os.path.lexists(folder / "journal.sqlite")


def _journal(folder: Path) -> Check:
    """Read all of it; where there is none, nothing is made."""
    if not _has_journal(folder) and not (folder / "runs").is_dir() and not list(folder.glob("journal.sqlite*")):
        return Check("journal", True, "no runs yet")
    try:
        with Journal.open(folder) as journal:
            journal.check_whole()
            return Check("journal", True, f"{len(journal.runs())} runs")
    except MachineError as error:
        mend = partial(_salvage, folder) if error.code in _MENDABLE else None
        return Check("journal", False, error.message, error.hint, mend)


def _salvage(folder: Path) -> str:
    came = salvage(folder, time.time())
    kept = f"; the old one is kept as {came.kept.name}" if came.kept else ""
    lost = f"; look at {', '.join(came.lost)} before you go on with it" if came.lost else ""
    whole = "all of it" if came.is_whole else "what could be read"
    return f"mended: {whole}, {came.runs} runs and {came.effects} effects{kept}{lost}"
