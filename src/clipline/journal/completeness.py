"""Whether the journal still knows all that happened: what the copies of the events in the runs' folders tell is known.

A copy is written after the journal was, and forgotten before it: so the copy is read first, and a copy that is gone by
now tells nothing. A journal that knows less was restored from a backup, or lost the end of its
log; what was paid since would be paid again by whoever goes on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from clipline.errors import MachineError
from clipline.journal.inspection import MEND, newest_told
from clipline.journal.lines import told_effects
from clipline.journal.rows import EffectRow

__all__ = ["check_effects", "check_home", "check_newest", "untold_effects"]


def check_newest(journal: Path, runs_folder: Path, newest: Callable[[], str | None]) -> None:
    """Make sure that the newest run of which there is a copy is known; `newest` reads the newest id of the journal.

    Raises:
        MachineError: it is not.
    """
    told = newest_told(runs_folder)
    known = newest()
    if told and (known is None or told > known) and newest_told(runs_folder) >= told:
        raise _behind(journal, f"it knows nothing of the run {told}, whose events are in {runs_folder / told}")


def check_effects(journal: Path, run_id: str, folder: Path, effects: Callable[[], Iterable[EffectRow]]) -> None:
    """Make sure that the journal knows of each effect that the copy of a run tells of; `effects` reads them there.

    Raises:
        MachineError: it does not.
    """
    if untold := untold_effects(folder, effects):
        stage, name = untold[0]
        raise _behind(journal, f"it knows nothing of {name!r} in the stage {stage!r} of the run {run_id}")


def untold_effects(folder: Path, effects: Callable[[], Iterable[EffectRow]]) -> list[tuple[str, str]]:
    """The effects that the copy in a run's folder tells of and the journal does not, as stage and name."""
    told = told_effects(folder)
    known = Counter((row.stage, row.name) for row in effects())
    return sorted((told - known).elements()) if told else []


def check_home(run_id: str, written: Path, own: Path) -> None:
    """Make sure that this journal is no second one beside that in which the run was begun.

    Args:
        run_id: the run.
        written: its folder, as it was when it began.
        own: its folder beside this journal.

    Raises:
        MachineError: the other one is there too; both could send the same.
    """
    if written == own or written.parent.resolve() == own.parent.resolve():
        return
    other = written.parents[1]
    if (other / "journal.sqlite").exists():
        raise MachineError(
            f"this state folder is a copy: the run {run_id} was begun in {other}, and a journal is still there",
            code="journal_copied",
            hint=f"go on there, so that nothing is sent twice: CLIPLINE_STATE={other} clipline resume {run_id}; or, "
            "if that one is of no use any more, move it away",
        )


def _behind(journal: Path, why: str) -> MachineError:
    return MachineError(
        f"the journal {journal} is older than its runs: {why}",
        code="journal_behind",
        hint=f"put the newer journal back, with its -wal; else {MEND}",
    )
