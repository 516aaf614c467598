"""Stage calls for tests: a stage of yours runs without an engine, on real files, and you see what it did.

    def test_it_says_hello(tmp_path):
        call = stage_call(tmp_path, "greet")
        result = my_plugin.greet(call, {"name": "Ada"})
        assert call_log(call).notes == ["Hello, Ada"]

Effects and files keep the engine's promises in memory: an effect that has an outcome is not done again, a file is
whole under its name or not there. `next_attempt` gives the same stage's next attempt, as after a crash and a resume.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from clipline import artifacts
from clipline.clock import Clock
from clipline.errors import Cancelled, InputError, OutcomeUnknown
from clipline.stage import Artifact, Collision, Offers, Settled, StageCall, TimelineView
from clipline.values import JsonObject

__all__ = ["CallLog", "FolderFiles", "MemoryEffects", "call_log", "next_attempt", "stage_call"]


@dataclass
class CallLog:
    """What a stage emitted: pairs of an event's type and its data, in their order."""

    events: list[tuple[str, JsonObject]] = field(default_factory=list)

    def __call__(self, event_type: str, data: JsonObject) -> None:
        """Take an event; this is the call's `emit`."""
        self.events.append((event_type, data))

    def of(self, event_type: str) -> list[JsonObject]:
        """The data of the events of one type."""
        return [data for kind, data in self.events if kind == event_type]

    @property
    def notes(self) -> list[str]:
        """What a person was told."""
        return [data["text"] for data in self.of("stage.note")]

    @property
    def links(self) -> list[tuple[str, str]]:
        """The addresses that a person was given: label and URL."""
        return [(data["label"], data["url"]) for data in self.of("link")]


@dataclass
class _Effect:
    """One effect's newest intent: `outcome` is None while nobody knows it."""

    operation: JsonObject
    outcome: JsonObject | None = None


class MemoryEffects:
    """Effects kept in memory, with the promises of the real ones; `sent` lists the name of each send."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self._known: dict[str, _Effect] = {}

    def perform(
        self,
        name: str,
        operation: JsonObject,
        send: Callable[[], JsonObject],
        *,
        settle: Callable[[JsonObject], Settled],
        refused: Callable[[Exception], bool] = lambda _: False,
        span: float = 900.0,  # noqa: ARG002 - nothing takes effect late in memory
        estimate: int = 0,  # noqa: ARG002 - no budget here
        fingerprint: str = "",  # noqa: ARG002 - kept by the journal alone
        session: str = "",  # noqa: ARG002 - one stage, so nobody else to share it with
    ) -> JsonObject:
        """Do an effect once and return its outcome; see `clipline.stage.Effects.perform`."""
        known = self._known.get(name)
        if known and known.outcome is None:
            known = self._settled(name, settle)
        if known and known.operation == operation:
            return known.outcome or {}
        self._known[name] = _Effect(operation)
        self.sent.append(name)
        try:
            outcome = send()
        except Cancelled:
            raise  # whoever goes on settles it
        except Exception as error:
            if refused(error):
                del self._known[name]
                raise
            if (settled := self._settled(name, settle)) is None:
                raise
            return settled.outcome or {}
        self._known[name] = _Effect(operation, outcome)
        return outcome

    def _settled(self, name: str, settle: Callable[[JsonObject], Settled]) -> _Effect | None:
        """What became of an effect that nobody saw the end of; None where it did not happen."""
        operation = self._known[name].operation
        settled = settle(operation)
        if settled.verdict == "unknown":
            raise OutcomeUnknown(f"nobody can tell whether {name!r} took effect", hint=settled.advice)
        if settled.verdict == "not_done":
            del self._known[name]
            return None
        self._known[name] = _Effect(operation, settled.outcome)
        return self._known[name]

    def last_look(self) -> None:
        """Nobody else is here, and no time passes."""

    def earlier(self, name: str) -> JsonObject | None:
        """The outcome that is known under `name`."""
        known = self._known.get(name)
        return known.outcome if known else None

    def open_operation(self, name: str) -> JsonObject | None:
        """The operation under `name` whose outcome nobody knows."""
        known = self._known.get(name)
        return known.operation if known and known.outcome is None else None

    def is_pending(self, name: str) -> bool:  # noqa: ARG002 - named as in `Effects`
        """Nothing takes effect late in memory."""
        return False


class FolderFiles:
    """Files delivered into real folders; `artifacts` lists them, `temporaries` what was asked for."""

    def __init__(self) -> None:
        self.artifacts: list[Artifact] = []
        self.temporaries: list[Path] = []
        self._delivered: dict[Path, Artifact] = {}

    def temporary(self, target: Path) -> Path:
        """A path beside `target` to write to."""
        artifacts.make_folder(target.parent)
        path = artifacts.temporary_beside(target)
        self.temporaries.append(path)
        return path

    def deliver(
        self, temporary: Path, target: Path, *, collision: Collision = "fail", sidecar: JsonObject | None = None
    ) -> Artifact:
        """Hash `temporary` and rename it to `target`; see `clipline.stage.Files.deliver`."""
        if collision == "overwrite":
            artifacts.check_replaceable(target, by_folder=temporary.is_dir())
        places = artifacts.numbered(target) if collision == "number" else iter([target])
        place = next((path for path in places if collision == "overwrite" or not _taken(path, sidecar)), None)
        if place is None:
            raise InputError(f"{target} exists already", code="exists", hint="collision: overwrite, or number")
        if place.is_dir():
            artifacts.discard(place)
        artifact = Artifact(place, artifacts.sha256_of(temporary), artifacts.size_of(temporary), place.name)
        temporary.replace(place)
        if sidecar is not None:
            facts = {"file": place.name, "sha256": artifact.sha256, "bytes": artifact.bytes, **sidecar}
            artifacts.sidecar_of(place).write_text(_as_text(facts), encoding="utf-8")
        self.artifacts.append(artifact)
        self._delivered[target] = artifact
        return artifact

    def delivered(self, target: Path) -> Artifact | None:
        """What was delivered for `target` before, if it is still there."""
        known = self._delivered.get(target)
        return known if known and known.path.exists() else None


def _taken(path: Path, sidecar: JsonObject | None) -> bool:
    return path.exists() or (sidecar is not None and artifacts.sidecar_of(path).exists())


def stage_call(
    folder: Path,
    kind: str,
    *,
    path: str = "",
    state: JsonObject | None = None,
    settings: JsonObject | None = None,
    clock: Clock | None = None,
    files: Iterable[Path] = (),
    view: TimelineView | None = None,
    offers: Offers | None = None,
    **run: Any,
) -> StageCall:
    """A call of a stage of this kind that needs no engine.

    Args:
        folder: a folder of the test's own; `out` and the scratch folder are made in it.
        kind: the stage kind; also its path where `path` is not given.
        path: the stage's place in its run, like `batch[2].remove`.
        state: what earlier stages left; nothing by default.
        settings: the backend's settings.
        clock: the real one by default; see `clipline.testing.clocks` for one that does not wait.
        files: what earlier stages exported, as `call.run["files"]` lists it.
        view: what `call.timeline()` gives.
        offers: what plugins offer, for stages that name others.
        run: more of `call.run`, or other values for it, like `status="failed"`.
    """
    out, scratch = folder / "out", folder / "scratch"
    out.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(exist_ok=True)
    facts = {
        "id": "run-1",
        "name": "test",
        "started": "2026-01-01T00:00:00+00:00",
        "dir": str(out),
        "backend": "local",
        "status": "running",
        "error": None,
        "files": [str(file) for file in files],
    }
    return StageCall(
        run_id="run-1",
        path=path or kind,
        kind=kind,
        attempt=1,
        clock=clock or Clock(),
        effects=MemoryEffects(),
        files=FolderFiles(),
        emit=CallLog(),
        state=state or {},
        settings=settings or {},
        out=out,
        folder=scratch,
        run={**facts, **run},
        offers=offers or Offers(),
        timeline=lambda: view,
    )


def next_attempt(call: StageCall, **changes: Any) -> StageCall:
    """The next attempt at the same stage: what was done and delivered before is known."""
    return replace(call, attempt=call.attempt + 1, **changes)


def call_log(call: StageCall) -> CallLog:
    """What was emitted through a call that `stage_call` made."""
    assert isinstance(call.emit, CallLog)
    return call.emit


def _as_text(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
