"""Edits one clip by one sentence: the pipeline that such an edit is, run or only planned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.app.looking import plan
from clipline.app.preparing import GivenSettings, as_text
from clipline.errors import PipelineFileError, Problem, Refused

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
    overwrite: bool = False,
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
            ending that the sentence asks for, else `.mp4`, of a photo that of a photo.
        overwrite: whether `out` is replaced where it exists; else that is refused.
        backend: as for `run`.
        on_event: as for `run`.
        cancel: as for `run`.
        settings: as for `run`.
        state: as for `run`.
        clock: as for `run`.
    """
    from clipline.app.running import run  # needs what only a run needs

    pipeline, inputs, folder = _edit_request(clip, instruction, out, overwrite=overwrite)
    with _files_named(instruction, clip):
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
    overwrite: bool = False,
    backend: str | None = None,
    settings: GivenSettings = None,
) -> Forecast:
    """What `edit` would do and why, stage by stage; nothing is done. Raises as `run` does."""
    pipeline, inputs, folder = _edit_request(clip, instruction, out, overwrite=overwrite)
    with _files_named(instruction, clip):
        return plan(pipeline, inputs, backend=backend, settings=settings, out=folder)


def _edit_request(
    clip: str | Path, instruction: str, out: str | Path | None, *, overwrite: bool
) -> tuple[dict[str, Any], dict[str, object], Path]:
    """What `edit` runs: the pipeline as a file would hold it, its inputs, and the output folder."""
    here = Path.cwd()
    materials = _named_files(instruction, here)
    export = {"collision": "number"}
    if out is not None:
        name = Path(out).name.replace("{", "{{").replace("}", "}}")
        export = {"to": as_text(name), "collision": "overwrite" if overwrite else "fail"}
    pipeline = {
        "clipline": 1,
        "name": "edit",
        "inputs": {"clip": {"type": "file", "required": True}, "materials": {"type": "files", "default": []}},
        "stages": [
            "auth",
            *_uploads(Path(clip), materials),
            {"stage": "edit", "with": {"instruction": as_text(instruction)}},
            "verify",
            {"stage": "export", "with": export},
        ],
        "outputs": {"video": "${{ stages.export.files }}"},
    }
    inputs: dict[str, object] = {"clip": str(clip), "materials": materials}
    return pipeline, inputs, here if out is None else Path(out).absolute().parent


def _uploads(clip: Path, materials: list[str]) -> list[dict[str, Any]]:
    """The clip with what goes with it; apart where a video would be taken for the clip, and an image is meant."""
    from clipline.studio.instructions.words import IMAGES

    if materials and clip.suffix.lower().lstrip(".") in IMAGES:
        apart = {"stage": "upload", "id": "materials", "with": {"files": "${{ inputs.materials }}", "use": "material"}}
        return [{"stage": "upload", "with": {"files": "${{ inputs.clip }}"}}, apart]
    return [{"stage": "upload", "with": {"files": "${{ [inputs.clip] + inputs.materials }}"}}]


def _named_files(instruction: str, folder: Path) -> list[str]:
    """The files of a folder whose names stand in a sentence."""
    named = (path for path in folder.iterdir() if path.suffix and path.name in instruction)
    return sorted(str(path) for path in named if path.is_file())


@contextmanager
def _files_named(instruction: str, clip: str | Path) -> Iterator[None]:
    """A sentence that leaves out which file is refused with those of the working folder that it may mean."""
    try:
        yield
    except PipelineFileError as error:
        raise PipelineFileError(_with_choices(problem, instruction, clip) for problem in error.problems) from None


def _with_choices(problem: Problem, instruction: str, clip: str | Path) -> Problem:
    if problem.code not in ("ambiguous", "not_at_hand"):
        return problem
    others = (path for path in Path.cwd().iterdir() if path.is_file() and path != Path(clip).absolute())
    files = sorted(map(str, others))
    if problem.code == "not_at_hand":
        return _with_near_name(problem, instruction, files)
    from clipline.studio.instructions.choices import which_file

    choices, hint = which_file(instruction, files)
    return replace(problem, choices=choices, hint=hint) if choices else problem


def _with_near_name(problem: Problem, instruction: str, files: list[str]) -> Problem:
    """The refusal of a file that is missing, said with those of the folder, of which one may have nearly its name."""
    from clipline.studio.instructions import interpret
    from clipline.studio.instructions.files import suffix_of

    media = [path for path in files if suffix_of(path)]
    try:
        interpret(instruction, materials=media)
    except Refused as refusal:
        if refusal.code == problem.code:
            return replace(problem, message=refusal.message, hint=refusal.hint)
    return problem
