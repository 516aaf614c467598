"""The moments at which the campaign `signals` sends a signal: what is at work then, and how one knows that it came.

Most are known by a state that the mock, a plugin or a socket of the campaign holds for as long as it takes, and which
is seen in the run's events; the signal follows after a random time, so that it also comes shortly before and after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["MOMENTS", "PLUGIN", "Moment"]

_CLIP = {"clip": {"type": "file", "required": True}}
_UPLOAD: Mapping[str, Any] = {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}}
_EDIT: Mapping[str, Any] = {"stage": "edit", "with": {"instruction": "keep 0s to 0.3s"}}


def _export(**more: Any) -> dict[str, Any]:
    return {"stage": "export", "with": {"to": "${{ inputs.clip | stem }}-made.mp4", **more}}


def _pipeline(*stages: Any, **more: Any) -> dict[str, Any]:
    return {"clipline": 1, "name": "cell", "inputs": _CLIP, "stages": list(stages), **more}


_WHOLE = _pipeline("auth", _UPLOAD, _EDIT, _export())
_RUN = ("run", "cell.yaml", "-i", "clip=clip.mp4", "--out", "out", "--progress", "plain")
_CLOUD = (*_RUN, "--backend", "nemo")
_HERE = (*_RUN, "--backend", "local")


@dataclass(frozen=True, slots=True)
class Moment:
    """One sort of moment.

    Attributes:
        words: the command.
        pipeline: what `cell.yaml` holds.
        faults: of the service, until the signal has come.
        sent: the stage of which an effect is under way when the moment comes.
        done: the stage of which an effect has its outcome when it comes.
        event: the text of an event after which the moment comes; "" where it is the beginning of the process.
        said: a text that the command tells after which the moment comes.
        file: a pattern of a file in the cell's folder after which the moment comes.
        spread: seconds within which the signal follows, drawn evenly.
        settings: variables of the environment, without `CLIPLINE_`.
        clips: how many clips there are, `clip.mp4` alone or `clips/0.mp4` and so on.
        big: whether the clip has megabytes.
        after: how one goes on: `resume`, `batch`, `watch`, or `nothing` where there is nothing to go on with.
        spawn: whether the command is really begun by exec, with an open pipe as stdin where that is `stdin`.
        address: `backlog` or `tls` where the service is a socket that does not accept, or answers no handshake.
        before: a command that is killed at `event` before `words` begins.
        must: files in the cell's folder that must be there once the process has ended by the signal.
        ends: exit statuses beside that of the signal which are right as well.
        weight: how often it is drawn.
    """

    words: Sequence[str] = _CLOUD
    pipeline: Mapping[str, Any] = field(default_factory=lambda: _WHOLE)
    faults: Sequence[Mapping[str, Any]] = ()
    sent: str = ""
    done: str = ""
    event: str = ""
    said: str = ""
    file: str = ""
    spread: float = 0.6
    settings: Mapping[str, str] = field(default_factory=dict)
    clips: int = 1
    big: bool = False
    after: str = "resume"
    spawn: str = ""
    address: str = ""
    before: Sequence[str] = ()
    must: Sequence[str] = ()
    ends: Sequence[int] = ()
    weight: int = 2


def _fault(route: str, kind: str, phase: str, **more: Any) -> dict[str, Any]:
    return {"route": route, "kind": kind, "phase": phase, "nth": "every", **more}


def _started(stage: str) -> str:
    return f'"type":"stage.started","stage":"{stage}"'


def _dawdle(how: str, **more: Any) -> dict[str, Any]:
    return {"stage": "dawdle", "id": how, "with": {"how": how}, **more}


_BATCH = ("batch", "cell.yaml", "clips/0.mp4", "clips/1.mp4", "clips/2.mp4", "--out", "out", "--progress", "plain")
_WATCH = ("watch", "in", "cell.yaml", "--out", "out", "--interval", "0.1s", "--settle", "0.2s", "--progress", "plain")
_STALLED = (_fault("message", "stall", "after_effect"),)
_LONG = _pipeline(_UPLOAD, {"stage": "edit", "with": {"instruction": "crop to 9:16"}}, _export())
_COMMAND = [
    "sh",
    "-c",
    "[ -e ../calm ] && exit; (sleep 77 & sleep 78 & wait) & touch ready; trap '' TERM; sleep 79; wait",
]
_MANY = _pipeline(_UPLOAD, *({"stage": "dawdle", "id": f"s{n}", "with": {"how": "quick"}} for n in range(60)))
_ENDING = [
    {"stage": "dawdle", "id": "marked", "on_cancel": True, "with": {"how": "mark", "file": "marked"}},
    {"stage": "dawdle", "id": "plain", "with": {"how": "mark", "file": "plain"}},
    {"stage": "dawdle", "id": "long", "on_cancel": True, "with": {"how": "sleep"}},
]

MOMENTS: Mapping[str, Moment] = {
    "back-off": Moment(
        faults=(_fault("state", "status", "before_effect", status=503, retry_after=20),),
        done="upload",
    ),
    "back-off of a stage": Moment(
        _HERE, _pipeline(_UPLOAD, _dawdle("fail", retry={"attempts": 3, "delay": "20s"})), said="trying again"
    ),
    "poll": Moment(event='"stage":"export","data":{"name":"render"', settings={"NEMO_POLL": "20s"}, weight=3),
    "upload": Moment(faults=(_fault("upload", "stall", "before_reading"),), said="uploading clip.mp4", big=True),
    "upload's reply": Moment(faults=(_fault("upload", "stall", "after_effect"),), sent="upload"),
    "connect": Moment(event=_started("auth"), address="backlog"),
    "TLS": Moment(event=_started("auth"), address="tls"),
    "stream, silent": Moment(faults=(_fault("message", "stall", "before_effect"),), sent="edit", weight=3),
    "stream, done": Moment(faults=_STALLED, sent="edit", weight=3),
    "stream, heartbeats": Moment(faults=(_fault("message", "heartbeats_only", "before_effect"),), sent="edit"),
    "stream, its middle": Moment(faults=(_fault("message", "stall", "after_bytes", after=60),), sent="edit", weight=3),
    "an edit, no fault": Moment(sent="edit", spread=0.3, weight=3),
    "waiting for a lost answer": Moment(
        faults=(_fault("message", "reset", "after_effect", effect="lost"),), said="was lost; it can"
    ),
    "download": Moment(faults=(_fault("result", "stall", "after_bytes", after=500),), file="out/.*"),
    "render here": Moment(_HERE, _LONG, event=_started("export"), clips=1, big=True, spread=1.5, weight=4),
    "edit here": Moment(
        _HERE,
        _pipeline(_UPLOAD, {"stage": "edit", "with": {"instruction": "blur the background"}}, _export()),
        event=_started("edit"),
        spread=2.5,
        ends=(1,),  # nobody is in the clip
        after="nothing",
    ),
    "command after the export": Moment(
        _HERE, _pipeline(_UPLOAD, _EDIT, _export(post_export=[{"command": {"argv": _COMMAND}}])), file="out/ready"
    ),
    "plugin asleep": Moment(_HERE, _pipeline(_UPLOAD, _dawdle("sleep")), event=_started("sleep")),
    "plugin at work": Moment(_HERE, _pipeline(_UPLOAD, _dawdle("spin")), event=_started("spin")),
    "plugin that waits": Moment(_HERE, _pipeline(_UPLOAD, _dawdle("wait")), event=_started("wait")),
    "plugin that swallows": Moment(_HERE, _pipeline(_UPLOAD, _dawdle("swallow")), event=_started("swallow")),
    "between stages": Moment(_HERE, _MANY, event=_started("s0"), spread=0.25, weight=4),
    "finally": Moment(
        _HERE, _pipeline(_UPLOAD, _EDIT, _export(), **{"finally": [_dawdle("wait")]}), event=_started("finally.wait")
    ),
    "finally, on cancel": Moment(
        _HERE,
        _pipeline(_UPLOAD, _dawdle("wait"), **{"finally": _ENDING}),
        event=_started("wait"),
        must=("marked",),
        weight=3,
    ),
    "finally, already cancelled": Moment(
        _HERE, _pipeline(_UPLOAD, _dawdle("wait"), **{"finally": _ENDING[2:]}), event=_started("wait")
    ),
    "on_failure": Moment(
        _HERE, _pipeline(_UPLOAD, _dawdle("fail"), on_failure=[_dawdle("wait")]), event=_started("on_failure.wait")
    ),
    "for_each side by side": Moment(
        _HERE,
        _pipeline(_UPLOAD, {"for_each": [1, 2, 3], "id": "each", "max_parallel": 3, "stages": [_dawdle("wait")]}),
        event='"stage":"each[2].wait"',
    ),
    "the beginning": Moment(spread=0.15, weight=4),
    "the beginning of a program": Moment(spread=0.8, spawn="exec", weight=4),
    "stdin": Moment(("say", "-", "--backend", "nemo"), spawn="stdin", spread=1.2, after="nothing"),
    "the end": Moment(
        (*_CLOUD, "--report", "junit=made.xml", "--report", "json=made.json"),
        event='"run.finished"',
        spread=0.02,
        weight=4,
    ),
    "resume": Moment(
        ("resume", "--progress", "plain"),
        faults=_STALLED,
        event='"resumed":true',
        before=_CLOUD,
        spread=1.0,
        weight=4,
    ),
    "batch, threads": Moment(
        (*_BATCH, "--backend", "nemo", "-j", "3"), sent="edit", clips=3, spread=0.5, after="batch", weight=4
    ),
    "batch, threads, stalled": Moment(
        (*_BATCH, "--backend", "nemo", "-j", "3"),
        faults=_STALLED,
        sent="edit",
        clips=3,
        after="batch",
    ),
    "batch, processes": Moment(
        (*_BATCH, "--backend", "nemo", "-j", "3", "--executor", "processes"),
        faults=_STALLED,
        event='"run.started"',
        clips=3,
        spread=1.5,
        after="batch",
        weight=3,
    ),
    "batch, processes, beginning": Moment(
        (*_BATCH, "--backend", "nemo", "-j", "3", "--executor", "processes"), clips=3, spread=0.8, after="batch"
    ),
    "watch": Moment(
        (*_WATCH, "--backend", "nemo"), clips=2, event='"run.started"', spread=0.5, after="watch", weight=3
    ),
    "watch, idle": Moment((*_WATCH, "--backend", "nemo"), clips=0, said="watching", after="nothing"),
    "watch, processes": Moment(
        (*_WATCH, "--backend", "nemo", "--executor", "processes"),
        clips=2,
        event='"run.started"',
        spread=1.0,
        after="watch",
    ),
    "say": Moment(
        ("say", "--backend", "nemo", "--progress", "plain", "clip.mp4 keep 0s to 0.3s"),
        faults=_STALLED,
        sent="edit",
        spread=0.8,
    ),
    "mock": Moment(("mock", "--port", "0"), said="imitation", ends=(0,), after="nothing"),
    "doctor": Moment(("doctor",), spread=0.5, ends=(0, 1), after="nothing"),
    "plan": Moment(("plan", "cell.yaml", "-i", "clip=clip.mp4"), spread=0.15, ends=(0,), after="nothing"),
}

#: A package with a stage kind that takes its time, in several ways, until the file `calm` is there.
PLUGIN = '''
import time
from pathlib import Path
from clipline.errors import ServiceError
from clipline.stage import StageKind, StageResult, hookimpl, hookspec

clipline_api = "1"

class Spec:
    @hookspec(firstresult=True)
    def dawdle(self, call, options):
        """Take its time."""

@hookimpl
def stage_kinds():
    return [StageKind("dawdle", Spec, {"type": "object"}, effectful=True)]

def is_calm():
    return Path("calm").exists()

@hookimpl
def dawdle(call, options):
    how = options["how"]
    if how == "mark":
        Path(options["file"]).touch()
    if how in {"quick", "mark"} or is_calm():
        return StageResult({"how": how})
    if how == "fail":
        raise ServiceError("not now", code="unreachable", retry="safe")
    if how == "wait":
        call.clock.sleep(60)
    if how == "sleep":
        time.sleep(60)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if how == "swallow":
                call.clock.sleep(0.01)
        except Exception:
            time.sleep(0.01)
    return StageResult({"how": how})
'''
