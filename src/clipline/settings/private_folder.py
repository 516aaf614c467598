"""Makes sure that the state folder is the person's own: it holds tokens, and what they edited."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

from clipline.errors import MachineError

__all__ = ["make_private"]

_log = logging.getLogger("clipline")

#: By this file a folder is known to have been used before.
_JOURNAL = "journal.sqlite"


def make_private(folder: Path) -> None:
    """Make a folder for this user's eyes only; one that is there and open to others is closed, and that is told.

    A folder that was made for something else is not touched: closing `/tmp` or a home would harm others.

    Raises:
        MachineError: it cannot be made, is another user's, is shared, or holds what another user put there.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name != "nt":  # has no such bits; the user's folders are the user's own
            _check(folder)
    except OSError as error:
        raise MachineError(
            f"cannot make the state folder {folder}: {error.strerror}",
            hint="set CLIPLINE_STATE to a folder that you may write to",
        ) from error


def _check(folder: Path) -> None:
    own, link, found = os.geteuid(), folder.lstat(), folder.stat()
    # In a shared folder anybody can lay a link that leads into this user's own folders; root need not.
    if found.st_uid != own or link.st_uid not in {own, 0}:
        raise _not_ours(f"the state folder {folder} belongs to another user")
    if not found.st_mode & 0o077:
        return
    entries = list(os.scandir(folder))
    if found.st_mode & stat.S_ISVTX or (entries and not any(entry.name == _JOURNAL for entry in entries)):
        raise _not_ours(f"the state folder {folder} is open to others, and has other uses", "state_open")
    if strange := [entry.name for entry in entries if entry.stat(follow_symlinks=False).st_uid != own]:
        raise _not_ours(f"another user put {strange[0]!r} into the state folder {folder}")
    folder.chmod(0o700)
    said = "write to" if found.st_mode & 0o022 else "read"
    _log.warning("the state folder %s was open: others could %s it; now it is yours alone (mode 0700)", folder, said)


def _not_ours(why: str, code: str = "state_not_ours") -> MachineError:
    return MachineError(why, code=code, hint="set CLIPLINE_STATE to a folder that is yours alone (chmod 700)")
