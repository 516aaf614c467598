"""What runs left behind: some that were broken off, files that are gone or changed, temporary files, locks."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from clipline.app.checks import Check
from clipline.artifacts import discard, sha256_of
from clipline.errors import CliplineError
from clipline.journal import FileRow, Journal, RunRow
from clipline.journal.locks import RunLock

__all__ = ["run_checks"]

#: Of a longer list, how many are named.
_NAMED = 5


def run_checks(journal: Journal) -> Iterator[Check]:
    """Every check of what runs left behind."""
    runs = journal.runs()
    yield _interrupted(runs)
    unfinished = [run for run in runs if run.status not in {"done", "running"}]
    hopeless = {run.id for run in unfinished if not journal.snapshot(run.id)}
    yield _lost([run for run in runs if run.id not in hopeless])
    yield _to_go_on_with(unfinished, hopeless)
    yield from _exported(journal, runs)
    yield _leftovers(journal)
    yield _locks(journal, runs)
    yield _world(journal.folder / "mock")


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


# --- runs ------------------------------------------------------------------------------------------------------------


def _interrupted(runs: Iterable[RunRow]) -> Check:
    found = [run.id for run in runs if run.status == "interrupted" and not run.lost]
    if not found:
        return Check("interrupted runs", True, "none")
    hint = f"go on: clipline resume {found[0]}; or forget it: clipline runs rm {found[0]}"
    return Check("interrupted runs", False, _some(found), hint)


def _lost(runs: Iterable[RunRow]) -> Check:
    found = [run for run in runs if run.lost]
    if not found:
        return Check("runs with a gap", True, "none")
    text = f"{_some([run.id for run in found])}: {found[0].lost}; nobody can tell what else they did and paid"
    hint = (
        f"look at what was made and charged; then clipline resume {found[0].id} --resend, which may charge twice, or "
        f"clipline runs rm {found[0].id}"
    )
    return Check("runs with a gap", False, text, hint)


def _to_go_on_with(unfinished: Sequence[RunRow], hopeless: Collection[str]) -> Check:
    """The runs that are not done; `hopeless` are those of which nobody knows what they began with."""
    if not hopeless:
        return Check("runs to go on with", True, _some([run.id for run in unfinished]) or "none")
    found = [run.id for run in unfinished if run.id in hopeless]
    text = f"what {_some(found)} began with is lost, so that nobody can go on"
    hint = (
        f"clipline runs logs {found[0]} tells what it did and paid; then begin anew with clipline run, which pays "
        f"again, and forget it: clipline runs rm {found[0]}"
    )
    return Check("runs to go on with", False, text, hint)


# --- files -----------------------------------------------------------------------------------------------------------


def _exported(journal: Journal, runs: Sequence[RunRow]) -> Iterator[Check]:
    """The files that runs made; the newest run that made a file knows it best, the runs come in that order."""
    made: dict[Path, FileRow] = {}
    for run in runs:
        for stage in reversed(journal.stages(run.id)):
            for file in stage.artifacts:
                made.setdefault(file.path, file)
    gone = [str(path) for path in made if not os.path.lexists(path)]
    changed = [str(path) for path, file in made.items() if str(path) not in gone and not _is_as_made(file)]
    elsewhere = f", {len(gone)} no longer where they were made" if gone else ""
    text = f"{_some(changed)} changed since made" if changed else f"{len(made)}{elsewhere}"
    hint = "where nobody changed it on purpose, look at the disk, and export anew: clipline export, or a new run"
    yield Check("exported files", not changed, text, hint)


def _is_as_made(file: FileRow) -> bool:
    try:
        if file.path.is_file() and file.path.stat().st_size != file.bytes:
            return False
        return sha256_of(file.path) == file.sha256
    except (OSError, CliplineError):
        return False


def _leftovers(journal: Journal) -> Check:
    found = [file for _, file in journal.leftovers()]
    found += [path for path in sorted(journal.folder.glob("credentials/.*.part.json")) if path.is_file()]
    found += sorted(journal.folder.glob(".mend-*"))
    if not found:
        return Check("left-over files", True, "none")
    hint = "no run needs them: clipline doctor --mend removes them"
    return Check("left-over files", False, _some([str(path) for path in found]), hint, partial(_remove, found))


def _remove(paths: Sequence[Path]) -> str:
    for path in paths:
        discard(path)
    left = [str(path) for path in paths if os.path.lexists(path)]
    if left:
        raise OSError(f"{_some(left)} cannot be removed")
    return f"removed {len(paths)}"


# --- locks -----------------------------------------------------------------------------------------------------------


def _locks(journal: Journal, runs: Iterable[RunRow]) -> Check:
    """Locks and empty folders of runs that there are none of."""
    known = {run.id for run in runs}
    places = sorted(journal.runs_folder.iterdir())
    found = [path for path in places if path.suffix == ".lock" and path.stem not in known]
    found = [path for path in found if not RunLock(path.parent, path.stem).is_held()]
    found += [path for path in places if path.is_dir() and path.name not in known and not any(path.iterdir())]
    if not found:
        return Check("locks", True, "none without its run")
    hint = "clipline doctor --mend removes them"
    return Check("locks", False, _some([path.name for path in found]), hint, partial(_remove_empty, found))


def _remove_empty(paths: Sequence[Path]) -> str:
    for path in paths:
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    return f"removed {len(paths)}"


def _world(folder: Path) -> Check:
    """The mock's world: whoever serves it holds its lock and says where."""
    address = folder / "address"
    if not address.exists():
        return Check("mock", True, "nobody serves it")
    if not (folder / "lock").exists() or _is_free(folder / "lock"):
        hint = "clipline doctor --mend removes it"
        text = f"nobody serves the mock's world, and {address} says that somebody does"
        return Check("mock", False, text, hint, partial(_remove, [address]))
    return Check("mock", True, "served by a process of this machine")


def _is_free(path: Path) -> bool:
    try:
        with FileLock(path, thread_local=False).acquire(timeout=0):
            return True
    except (Timeout, OSError):
        return False
