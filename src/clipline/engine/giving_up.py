"""A run that is forgotten before its good end: its backend stops what still goes on for it elsewhere."""

from __future__ import annotations

import tempfile
from pathlib import Path

from clipline.clock import Clock
from clipline.engine.beside import call_beside
from clipline.engine.session import OnEvent
from clipline.errors import Cancelled, CliplineError
from clipline.journal import Journal
from clipline.plugin_manager import RunPlugins
from clipline.values import JsonObject

__all__ = ["give_up", "unfinished_stages"]


def unfinished_stages(journal: Journal, run_id: str) -> list[str]:
    """The stages that had effects and came to no good end, in the order of their effects."""
    done = {stage.path for stage in journal.stages(run_id) if stage.status == "done"}
    paths = dict.fromkeys(effect.stage for effect in journal.effects(run_id))
    return [path for path in paths if path not in done]


def give_up(
    journal: Journal, run_id: str, *, plugins: RunPlugins, clock: Clock, on_event: OnEvent | None = None
) -> list[str]:
    """Have the backend stop what goes on for a run; in words what goes on all the same.

    Args:
        journal: where the run is kept.
        run_id: the run.
        plugins: those of its backend.
        clock: bounds how long it may take.
        on_event: gets what the backend tells the person.

    Raises:
        Cancelled: the person said stop.
    """
    scopes = journal.scopes(run_id)
    told: list[str] = []
    for path in unfinished_stages(journal, run_id):
        before = [effect for effect in journal.effects(run_id) if effect.stage == path]
        with tempfile.TemporaryDirectory(prefix="clipline-") as folder:
            call = call_beside(
                plugins,
                "give_up",
                state=_state_at(scopes, path),
                clock=clock,
                folder=Path(folder),
                on_event=on_event,
                run_id=run_id,
                path=path,
                before=before,
            )
            try:
                told += plugins.give_up(call)
            except Cancelled:
                raise
            except CliplineError as error:
                told.append(f"what {path!r} began may go on: {error.message}")
            except Exception as error:  # noqa: BLE001  # a plugin's bug keeps nobody from forgetting a run
                told.append(f"what {path!r} began may go on: the backend failed ({type(error).__name__})")
    return told


def _state_at(scopes: dict[str, JsonObject], path: str) -> JsonObject:
    """The state of the nearest scope around a stage."""
    around = [scope for scope in scopes if not scope or path.startswith(f"{scope}.")]
    return scopes[max(around, key=len)] if around else {}
