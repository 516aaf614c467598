"""Whole runs on the backend `nemo` against a mock of the service, on a real socket and by one clock for both.

`cloud` gives a service of the test's own with what a person would set and see: runs, resumed runs, conversations, what
was told, what was charged, and every request as it came. Waits are the true ones (30 s, two minutes, a week), and take
no time.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from clipline import app
from clipline.clock import CancelToken, Clock
from clipline.engine.results import RunResult
from clipline.events import Event
from clipline.journal import EffectRow, Journal
from clipline.mockserver import Charge, Fault, MockOptions, MockServer, Recorded, fault_from_json
from clipline.testing.clocks import VirtualClock
from media_maker import make_clip

__all__ = [
    "AFTER",
    "BEFORE",
    "CLIENT",
    "EDIT",
    "STRAIGHT",
    "UPLOAD",
    "WEB",
    "Cloud",
    "clip",
    "cloud",
    "edit",
    "event",
    "export",
    "fault",
    "intents",
    "pipeline",
    "said",
    "scripted",
]

WEB = "https://web.example.test"
CLIENT = "client-of-the-tests"
#: An edit that is done in a moment.
EDIT = "keep 0s to 0.3s"


def fault(route: str, kind: str, phase: str = "after_effect", **more: Any) -> Fault:
    """A fault, as a faults file would have it."""
    given = {name: value for name, value in more.items() if value is not None}
    return fault_from_json({"route": route, "kind": kind, "phase": phase, **given})


def clip(folder: Path, name: str = "clip.mp4", **more: Any) -> Path:
    """A clip of 0.6 s, of some kilobytes."""
    folder.mkdir(parents=True, exist_ok=True)
    return make_clip(folder / name, **{"size": (64, 48), "seconds": 0.6, **more})


def pipeline(*stages: Any, **more: Any) -> dict[str, Any]:
    """What a file with these stages and one input, `clip`, would hold."""
    inputs = {"clip": {"type": "file", "required": True}}
    return {"clipline": 1, "name": "test", "inputs": inputs, "stages": list(stages), **more}


UPLOAD: Mapping[str, Any] = {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}}


def edit(instruction: str = EDIT, **more: Any) -> dict[str, Any]:
    """An edit stage."""
    return {"stage": "edit", "with": {"instruction": instruction}, **more}


def export(to: str = "made.mp4", **more: Any) -> dict[str, Any]:
    """An export stage; `more` are options of it."""
    return {"stage": "export", "with": {"to": to, **more}}


STRAIGHT = pipeline("auth", UPLOAD, edit(), export())


@dataclass
class Cloud:
    """A service and one person who works with it; `told` is all that the person was told by events."""

    server: MockServer
    clock: Any
    folder: Path
    settings: dict[str, Any]
    events: list[Event] = field(default_factory=list)
    clip: Path = field(init=False)

    def __post_init__(self) -> None:
        self.clip = clip(self.folder / "in")

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def out(self) -> Path:
        """Where files are made."""
        return self.folder / "out"

    @property
    def made(self) -> Path:
        """The file that `STRAIGHT` makes."""
        return self.out / "made.mp4"

    # --- doing -------------------------------------------------------------------------------------------------------

    def _others(self, others: dict[str, Any]) -> dict[str, Any]:
        given = {**self.settings, **others.pop("settings", {})}
        return {
            "settings": {key: value for key, value in given.items() if value is not None},
            "state": self.state,
            "on_event": self.events.append,
            "clock": self.clock,
            **others,
        }

    def run(self, asked: Mapping[str, Any] | str = STRAIGHT, inputs: Any = None, **others: Any) -> RunResult:
        """Run a pipeline, or a shipped one by its name; its input is the clip unless it has others."""
        given = (
            {"clip": str(self.clip)}
            if inputs is None and not isinstance(asked, str) and asked.get("inputs")
            else inputs
        )
        return app.run(asked, given, backend="nemo", out=self.out, **self._others(others))

    def resume(self, run: RunResult, **others: Any) -> RunResult:
        """Go on with a run."""
        return app.resume(run.run_id, **self._others(others))

    def converse(self, kind: str, options: Mapping[str, Any] | None = None, **others: Any) -> RunResult:
        """One turn of a conversation."""
        return app.converse(kind, options, backend="nemo", out=self.out, **self._others(others))

    # --- seeing ------------------------------------------------------------------------------------------------------

    @property
    def notes(self) -> list[str]:
        """What the person was told in words."""
        return [event.data["text"] for event in self.events if event.type == "stage.note"]

    @property
    def links(self) -> list[str]:
        """Addresses that the person was given."""
        return [event.data["url"] for event in self.events if event.type == "link"]

    @property
    def progress(self) -> list[str]:
        """What the line of progress said."""
        return [event.data["text"] for event in self.events if event.type == "stage.progress"]

    @property
    def charges(self) -> Sequence[Charge]:
        """What was charged."""
        return [charge for charge in self.server.ledger if charge.amount]

    def asked(self, route: str) -> Sequence[Recorded]:
        """The requests of one kind, by the name of its route."""
        return [request for request in self.server.requests if request.route == route]

    @property
    def session(self) -> str:
        """The only session there is."""
        (session,) = self.server.snapshot()["world"]["sessions"]
        return str(session)

    def forget(self) -> None:
        """Nothing was told so far."""
        self.events.clear()

    def change(self, **world: Any) -> None:
        """Change the service's world: the snapshot's parts by name, each by a function of the part."""
        snapshot = json.loads(json.dumps(self.server.snapshot()))
        for part, alter in world.items():
            alter(snapshot["world"][part])
        self.server.restore(snapshot)


class PacedClock(VirtualClock):
    """A virtual clock on which a wait takes so many real seconds, so that others see the time pass step by step."""

    def __init__(self, token: CancelToken | None = None, deadline: float | None = None, *, step: float = 0.0) -> None:
        super().__init__(token, deadline)
        self.step = step

    def wait(self, seconds: float) -> None:
        """Let the time pass, and everybody look at it."""
        super().wait(seconds)
        time.sleep(self.step)

    def _with(self, token: CancelToken, deadline: float | None) -> Self:
        copy = super()._with(token, deadline)
        copy.step = self.step
        return copy


@contextmanager
def cloud(
    folder: Path,
    *faults: Fault,
    settings: Mapping[str, Any] | None = None,
    step: float = 0.0,
    real: bool = False,
    **options: Any,
) -> Iterator[Cloud]:
    """A service and a person.

    Args:
        folder: for everything that is made.
        faults: what goes wrong.
        settings: beside the service's address.
        step: real seconds that each wait takes.
        real: whether the time is everybody's, with waits of fractions of a second.
        options: those of the mock, which is silent in no edit unless they say so.
    """
    clock: Clock = Clock() if real else PacedClock(step=step)
    waits = {f"nemo.{name}": "0.05s" for name in ("poll", "rate_wait", "drop_wait", "drop_poll")} if real else {}
    chosen = MockOptions(**{"silent": 0.0, "gui_talk": 0.0, "render_polls": 1, **options})
    with MockServer(clock=None if real else clock, options=chosen, faults=faults) as server:
        given = {"nemo.api_url": server.url, "nemo.web_url": WEB, "nemo.client_id": CLIENT, **waits, **(settings or {})}
        yield Cloud(server, clock, folder, given)


# --- a service that says what a test wrote ---------------------------------------------------------------------------

SESSION = "6438270832253811780"
BEFORE: Mapping[str, Any] = {"t": [{"tt": 0, "sg": [{"d": 600, "m": {"title": "clip.mp4"}}]}]}
AFTER: Mapping[str, Any] = {"t": [*BEFORE["t"], {"tt": 7, "sg": [{"d": 300, "m": {"title": "Urban Dreams"}}]}]}


@contextmanager
def scripted(
    folder: Path, stream: str, *, before: Any = BEFORE, after: Any = AFTER, draft: str = ""
) -> Iterator[Cloud]:
    """A service that answers every message with this event stream, and whose draft is then `after`.

    `draft` is the draft as JSON text, digit by digit, from the first look on.
    """
    state = f"/api/state/nemo_agent/me/{SESSION}/latest"
    session = {"task_id": "task_1", "session_id": SESSION}
    grant = {"token": "nmv_usr_of_a_script", "user_id": "anon_1", "credits": 100, "expires_at": "2030-01-01T00:00:00Z"}
    calls: list[tuple[str, str, Any]] = [
        ("POST", "/api/auth/anonymous-token", {"code": 0, "data": grant}),
        ("POST", "/api/tasks/me/with-session/nemo_agent", {"code": 0, "data": session}),
        ("POST", "/api/auth/claim-token", {"code": 0, "data": {"claim_token": "clm_1", "expires_in": 604800}}),
        ("GET", "/api/credits/balance/simple", {"code": 0, "data": {"available": 100, "frozen": 0, "total": 100}}),
        ("GET", state, f'{{"data":{{"state":{{"draft":{draft or json.dumps(before)}}}}}}}'),
        ("GET", state, f'{{"data":{{"state":{{"draft":{draft or json.dumps(after)}}}}}}}'),
        ("POST", "/run_sse", stream),
    ]
    rows: list[Any] = [{"clipline_transcript": 1, "base": ""}]
    for method, path, body in calls:
        kind = "text/event-stream" if path == "/run_sse" else "application/json"
        text = body if isinstance(body, str) else json.dumps(body)
        rows.append({"method": method, "path": path, "status": 200, "headers": {"Content-Type": kind}, "body": text})
    transcript = folder / "transcript.jsonl"
    transcript.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    clock = VirtualClock()
    with MockServer(clock=clock, replay=transcript) as server:
        yield Cloud(server, clock, folder, {"nemo.api_url": server.url, "nemo.web_url": WEB, "nemo.client_id": CLIENT})


def event(*parts: Mapping[str, Any], **more: Any) -> str:
    """An event of a real server: its content's parts, and what else it has."""
    return f"data: {json.dumps({'content': {'parts': list(parts), 'role': 'model'}, **more}, ensure_ascii=False)}\n\n"


def said(text: str, **more: Any) -> str:
    """An event in which the agent says something."""
    return event({"text": text}, **more)


def intents(service: Cloud, run: RunResult, name: str = "edit") -> list[EffectRow]:
    """The intents of a run under one name, in their order, as the journal has them."""
    with Journal.open(service.state) as journal:
        return [effect for effect in journal.effects(run.run_id) if effect.name == name]
