"""A call beside any run: for asking a backend about the account, the links and the edit, where nothing may be paid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from clipline.clock import Clock
from clipline.engine.effects import PastEffects
from clipline.errors import PluginError
from clipline.events import Event
from clipline.journal import EffectRow
from clipline.plugin_manager import RunPlugins
from clipline.stage import Artifact, Collision, StageCall
from clipline.values import JsonObject

__all__ = ["call_beside"]


def call_beside(
    plugins: RunPlugins,
    question: str,
    *,
    state: JsonObject,
    clock: Clock,
    folder: Path,
    on_event: Callable[[Event], None] | None = None,
    run_id: str = "",
    path: str = "",
    before: Sequence[EffectRow] = (),
) -> StageCall:
    """The call to ask a question with.

    Args:
        plugins: those of the backend.
        question: what is asked, like `account`; stands for the stage's kind and path.
        state: of the session that it is about.
        clock: its token stops it.
        folder: for files of a moment; the caller removes it.
        on_event: gets what the backend tells the person.
        run_id: the run that it is about, where that can be gone on with.
        path: the stage of that run that it is about.
        before: the effects that this stage had.
    """

    def refused(name: str) -> PluginError:
        return PluginError(f"{question!r} only asks, and wants the effect {name!r}", code="not_effectful")

    run: JsonObject = {
        "id": run_id,
        "name": question,
        "started": f"{datetime.fromtimestamp(clock.now(), UTC):%Y-%m-%dT%H:%M:%SZ}",
        "dir": str(folder),
        "backend": plugins.backend,
        "status": "running",
        "error": None,
        "files": [],
    }
    call = StageCall(
        run_id=run_id,
        path=path or question,
        kind=question,
        attempt=1,
        clock=clock,
        effects=PastEffects(before, refused),
        files=_NoFiles(question),
        emit=_telling(question, clock, on_event),
        state=state,
        settings=plugins.settings,
        out=Path.cwd(),
        folder=folder,
        run=run,
        offers=plugins.offers,
        timeline=lambda: plugins.timeline(call),
    )
    return call


def _telling(
    question: str, clock: Clock, on_event: Callable[[Event], None] | None
) -> Callable[[str, Mapping[str, Any]], None]:
    """Numbers what is told, for the caller alone."""
    told = 0

    def emit(type_: str, data: Mapping[str, Any]) -> None:
        nonlocal told
        told += 1
        if on_event is not None:
            on_event(Event("", told, clock.now(), type_, question, data))

    return emit


class _NoFiles:
    """The files of what makes none; implements `clipline.stage.Files`."""

    def __init__(self, question: str) -> None:
        self._question = question

    def temporary(self, target: Path) -> NoReturn:
        """Refuse."""
        raise PluginError(f"{self._question!r} only asks, and wants to write {target.name!r}")

    def deliver(
        self,
        temporary: Path,  # noqa: ARG002 - named as in `Files`
        target: Path,
        *,
        collision: Collision = "fail",  # noqa: ARG002
        sidecar: JsonObject | None = None,  # noqa: ARG002
    ) -> NoReturn:
        """Refuse."""
        self.temporary(target)

    def delivered(self, target: Path) -> Artifact | None:  # noqa: ARG002 - named as in `Files`
        """Nothing ever was."""
        return None
