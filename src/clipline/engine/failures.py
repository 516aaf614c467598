"""What an exception means for a run: an error with data, and for the unexpected a report that nobody has to ask for."""

from __future__ import annotations

import json
import os
import platform
import re
import traceback
from pathlib import Path

from clipline.artifacts import disk_error, is_disk_trouble
from clipline.engine.secrets import Secrets
from clipline.errors import Bug, CliplineError, Place, redact
from clipline.pipeline.model import NOWHERE
from clipline.plugin_manager import RunPlugins
from clipline.values import JsonObject

__all__ = ["as_error", "error_json"]


def as_error(
    error: BaseException, *, stage: str, kind: str, folder: Path, secrets: Secrets, plugins: RunPlugins
) -> CliplineError:
    """The error itself if it is one of ours; what a disk said that is full or broken; else a `Bug`, with a report file.

    Where the code of a plugin was at work, the `Bug` names it.
    """
    if isinstance(error, CliplineError) and not isinstance(error, Bug):
        return error
    if isinstance(error, OSError) and is_disk_trouble(error):
        return disk_error("use", Path(os.fsdecode(error.filename)) if error.filename else folder, error)
    report = _write_report(error, stage, kind, folder, secrets)
    where = f"the report is in {report}" if report else "the report could not be written"
    if isinstance(error, Bug):
        return Bug(error.message, code=error.code, hint=f"{error.hint}; {where}" if error.hint else where)
    said = secrets.scrub(redact(str(error)))
    plugin = plugins.at_work(error)
    whose = f' in the plugin "{plugin.name}" ({plugin.distribution} {plugin.version})' if plugin else ""
    what = f"{type(error).__name__}{f': {said}' if said else ''}"
    return Bug(f"{stage or 'the run'} failed unexpectedly{whose}: {what}", hint=where)


def error_json(error: CliplineError, stage: str, secrets: Secrets, place: Place = NOWHERE) -> JsonObject:
    """The error for programs and the journal: with its stage and that one's place, and without any secret."""
    said = {"stage": stage, **error.as_json()}
    if said["place"] is None and place.file:
        said["place"] = str(place)
    clean: JsonObject = json.loads(secrets.scrub(json.dumps(said)))
    return clean


def _write_report(error: BaseException, stage: str, kind: str, folder: Path, secrets: Secrets) -> Path | None:
    trace = "".join(traceback.format_exception(error))
    text = f"stage: {stage} ({kind})\npython: {platform.python_version()} on {platform.platform()}\n\n{trace}"
    name = re.sub(r"[^a-z0-9_]+", "-", stage).strip("-") or "run"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = len(list(folder.glob(f"bug-{name}*.txt")))
        report = folder / f"bug-{name}{f'-{taken + 1}' if taken else ''}.txt"
        report.write_text(secrets.scrub(redact(text)), encoding="utf-8")
    except OSError:
        return None
    return report
