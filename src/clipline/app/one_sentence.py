"""Edits one clip by one sentence: the pipeline that such an edit is, run or only planned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.app.looking import plan
from clipline.app.preparing import GivenSettings, as_text

if TYPE_CHECKING:
    from clipline.app.running import OnEvent
    from clipline.clock import CancelToken, Clock
    from clipline.engine.foresight import Forecast
    from clipline.engine.results import RunResult

__all__ = ["edit", "plan_edit"]


def edit(
    clip: str | Path,
    instruction: str,
    out: str | Path | None = None,
    *,
    backend: str | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
    settings: GivenSettings = None,
    state: Path | None = None,
    clock: Clock | None = None,
) -> RunResult:
    """Edit one clip by one sentence: the stages of a pipeline without its file.

    Files of the working folder that the sentence names, like `beach.jpg`, are handed over with the clip.

    Args:
        clip: the clip.
        instruction: what should be done, in English or Chinese.
        out: the file to make, its ending says the container; by default `NAME-edited` in the working folder, with the
            ending that the sentence asks for, else `.mp4`.
        backend: as for `run`.
        on_event: as for `run`.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.
    """
    from clipline.app.running import run  # needs what only a run needs

    pipeline, inputs, folder = _edit_request(clip, instruction, out)
    return run(
        pipeline,
        inputs,
        backend=backend,
        on_event=on_event,
        cancel=cancel,
        settings=settings,
        state=state,
        out=folder,
        clock=clock,
    )


def plan_edit(
    clip: str | Path,
    instruction: str,
    out: str | Path | None = None,
    *,
    backend: str | None = None,
    settings: GivenSettings = None,
) -> Forecast:
    """What `edit` would do and why, stage by stage; nothing is done. Raises as `run` does."""
    pipeline, inputs, folder = _edit_request(clip, instruction, out)
    return plan(pipeline, inputs, backend=backend, settings=settings, out=folder)


def _edit_request(
    clip: str | Path, instruction: str, out: str | Path | None
) -> tuple[dict[str, Any], dict[str, object], Path]:
    """What `edit` runs: the pipeline as a file would hold it, its inputs, and the output folder."""
    here = Path.cwd()
    export = {"collision": "number"}
    if out is not None:
        name = Path(out).name.replace("{", "{{").replace("}", "}}")
        export = {"to": as_text(name), "collision": "overwrite"}
    pipeline = {
        "clipline": 1,
        "name": "edit",
        "inputs": {"clip": {"type": "file", "required": True}, "materials": {"type": "files", "default": []}},
        "stages": [
            "auth",
            {"stage": "upload", "with": {"files": "${{ [inputs.clip] + inputs.materials }}"}},
            {"stage": "edit", "with": {"instruction": as_text(instruction)}},
            "verify",
            {"stage": "export", "with": export},
        ],
        "outputs": {"video": "${{ stages.export.files }}"},
    }
    inputs: dict[str, object] = {"clip": str(clip), "materials": _named_files(instruction, here)}
    return pipeline, inputs, here if out is None else Path(out).absolute().parent


def _named_files(instruction: str, folder: Path) -> list[str]:
    """The files of a folder whose names stand in a sentence."""
    named = (path for path in folder.iterdir() if path.suffix and path.name in instruction)
    return sorted(str(path) for path in named if path.is_file())
