"""A service in memory, in the place of `NemoClient`: sessions with drafts, credits, renders, and failures to order.

It stands at the edge of the backend: no socket, no journal. What is asked of it is in `calls`; what `failures` holds
for a method is raised (or called) there, one after the other, `None` standing for a call that works.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clipline.backends.nemo import NemoBackend
from clipline.clock import Clock
from clipline.errors import AccountError, AccountWaiting, ServiceError, StageFailed
from clipline.http import Downloaded
from clipline.nemo.client import Account
from clipline.nemo.options import NemoOptions
from clipline.nemo.protocol import Credits, NemoSession, RemoteState, RenderState, UploadedFile
from clipline.nemo.turn import Turn
from clipline.stage import StageCall
from clipline.testing.calls import CallLog, MemoryEffects, call_log, next_attempt, stage_call
from clipline.testing.clocks import VirtualClock
from clipline.values import Secret

SAMPLE = Path(__file__).parents[1] / "pipelines" / "samples" / "crossing.mp4"
API = "https://api.example.test"


def segment(name: str, seconds: float = 4.0, **more: Any) -> dict[str, Any]:
    return {"d": int(seconds * 1000), "m": {"title": name}, **more}


def draft_of(*videos: str, title: str = "") -> dict[str, Any]:
    tracks: list[dict[str, Any]] = [{"tt": 0, "sg": [segment(name) for name in videos]}] if videos else []
    if title:
        tracks.append({"tt": 7, "sg": [segment(title, 2.0)]})
    return {"t": tracks}


@dataclass
class Room:
    """A session of the fake."""

    draft: dict[str, Any] = field(default_factory=lambda: {"t": []})
    videos: list[str] = field(default_factory=list)


def an_edit(room: Room, text: str) -> str:
    """What a message does unless a test says otherwise: a title is laid over the clip."""
    room.draft = {"t": [*room.draft["t"], {"tt": 7, "sg": [segment(text, 1.0)]}]}
    return f"Done: {text}"


class FakeService:
    """The service, and what a test may set of it."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.rooms: dict[str, Room | None] = {}
        self.balance, self.frozen, self.cost = 100, 0, 10
        self.user, self.token, self.anonymous = "anon_1", "token-a", True
        self.calls: list[tuple[Any, ...]] = []
        self.failures: dict[str, list[Any]] = defaultdict(list)
        self.on_message: Callable[[Room, str], str] = an_edit
        self.renders: dict[str, list[RenderState]] = {}
        self.render_states = [RenderState("completed", 100.0, Secret("https://cdn.example.test/a.mp4?sig=secret"))]
        self.file = SAMPLE.read_bytes()

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def fail(self, method: str, *errors: Any) -> None:
        self.failures[method] += errors

    def meet(self, method: str, *facts: Any) -> None:
        self.calls.append((method, *facts))
        if self.failures[method]:
            failure = self.failures[method].pop(0)
            if isinstance(failure, BaseException):
                raise failure
            if failure is not None:
                failure()

    def room(self, session: str) -> Room:
        room = self.rooms.get(session)
        if room is None:
            raise gone()
        return room


@dataclass
class FakeClient:
    """One client of the service; `fixed` is the token that it was made for."""

    service: FakeService
    fixed: str = ""

    def account(self) -> Account:
        self.service.meet("account")
        service = self.service
        return Account(service.user, service.anonymous, self._credits(), service.token)

    def credits(self) -> Credits:
        self.service.meet("credits")
        return self._credits()

    def _credits(self) -> Credits:
        return Credits(self.service.balance, self.service.frozen, self.service.balance + self.service.frozen)

    def new_session(self, name: str, language: str = "") -> NemoSession:
        self.service.meet("new_session", name, language)
        number = f"10000000000000000{len(self.service.rooms):02d}"
        self.service.rooms[number] = Room()
        return NemoSession(number, f"task-{number[-2:]}", self.service.user)

    def claim_link(self, session: NemoSession) -> str:
        self.service.meet("claim_link", session.session_id)
        return f"https://web.example.test/workspace/claim?ct=clm_{session.session_id[-2:]}"

    def upload(self, session_id: str, files: Any, progress: Any = None) -> tuple[UploadedFile, ...]:
        def take() -> tuple[UploadedFile, ...]:
            room = self.service.room(session_id)
            made = []
            for file in files:
                is_video = file.suffix == ".mp4"
                made.append(UploadedFile(file.name, "video" if is_video else "image", 4.0 * is_video, 1280, 720, 25.0))
                if is_video:
                    room.videos.append(file.name)
                    room.draft = draft_of(file.name)
            return tuple(made)

        self.taking = take
        self.service.meet("upload", session_id, tuple(file.name for file in files))
        if progress:
            progress(1, 2)
        return take()

    def upload_urls(self, session_id: str, urls: Any) -> tuple[UploadedFile, ...]:
        self.service.meet("upload_urls", session_id, tuple(urls))
        name = urls[0].partition("?")[0].rpartition("/")[2]
        self.service.room(session_id).videos.append(name)
        return (UploadedFile(name, "video", 4.0),)

    def state(self, session_id: str) -> RemoteState:
        self.service.meet("state", session_id)
        room = self.service.room(session_id)
        text = json.dumps(room.draft) if room.draft["t"] else ""
        return RemoteState(text, tuple(room.videos), 0, self.service.user)

    def send(
        self,
        session_id: str,
        text: str,
        *,
        on_text: Any,
        on_tick: Any,
        look: Any,
        on_raw_clip: Any,
        last_look: Callable[[], None],
    ) -> Turn:
        self.service.meet("send", session_id, text)
        said = self.service.on_message(self.service.room(session_id), text)
        self.service.balance -= self.service.cost
        return turn_saying(said)

    def start_render(self, render_id: str, session_id: str, draft: str, quality: str = "high") -> RenderState:
        self.service.meet("start_render", render_id, self.fixed, quality)
        self.service.renders[render_id] = list(self.service.render_states)
        return RenderState("pending", 5.0)

    def render(self, render_id: str) -> RenderState:
        self.service.meet("render", render_id, self.fixed)
        states = self.service.renders.get(render_id)
        if states is None:
            raise StageFailed("the service does not have the render (404)", code="not_found")
        return states.pop(0) if len(states) > 1 else states[0]

    def download(self, url: Secret, target: Path, progress: Any = None) -> Downloaded:
        self.service.meet("download", url.reveal())
        return self._bytes(target)

    def fallback_download(self, render_id: str, target: Path, progress: Any = None) -> Downloaded:
        self.service.meet("fallback_download", render_id)
        return self._bytes(target)

    def _bytes(self, target: Path) -> Downloaded:
        target.write_bytes(self.service.file)
        return Downloaded(len(self.service.file), "", "video/mp4", True)


def turn_saying(text: str) -> Turn:
    turn = Turn()
    if text:
        turn = turn.add(json.dumps({"content": {"parts": [{"text": text}], "role": "model"}}))
    return turn.end(framed=True)


# --- errors as the client raises them --------------------------------------------------------------------------------


def gone() -> StageFailed:
    return StageFailed("the session is gone (1002)", code="session_gone")


def refused() -> AccountError:
    return AccountError("the service refused the token (1001)", code="token_refused")


def no_credits() -> AccountWaiting:
    error = AccountWaiting("there are no credits left (2001)", code="no_credits")
    error.hint = "register to go on: https://web.example.test/register?bind=anon_1"
    return error


def no_plan() -> AccountWaiting:
    hint = "Register or upgrade your plan to unlock export."
    return AccountWaiting("the plan does not allow an export (402)", code="plan_required", hint=hint)


def limited(after: float | None = None) -> ServiceError:
    return ServiceError("too many requests (429)", code="rate_limited", retry="safe", retry_after=after)


def broken(code: str = "no_reply") -> ServiceError:
    return ServiceError("the line broke", code=code, retry="unsure")


# --- stages ----------------------------------------------------------------------------------------------------------


class SeenEffects(MemoryEffects):
    """Effects in memory that remember with what they were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[dict[str, Any]] = []

    def perform(self, name: str, operation: Any, send: Any, *, settle: Any, **others: Any) -> Any:
        self.asked.append({"name": name, "operation": operation, **others})
        return super().perform(name, operation, send, settle=settle, **others)


class Stand:
    """A backend on a fake service, and calls of its stages that go on with the state of the one before."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.clock = VirtualClock()
        self.service = FakeService(self.clock)
        self.settings = {"state_folder": str(folder / "state"), "api_url": API, "web_url": "https://web.example.test"}
        self.settings |= settings
        self.backend = NemoBackend(self.settings, self._connect)
        self.state: Mapping[str, Any] = {}
        self.last: StageCall | None = None

    @property
    def log(self) -> CallLog:
        """What the last stage told."""
        assert self.last is not None
        return call_log(self.last)

    @property
    def effects(self) -> SeenEffects:
        """The effects of the last stage."""
        assert self.last is not None
        assert isinstance(self.last.effects, SeenEffects)
        return self.last.effects

    def again(self, kind: str, options: Mapping[str, Any] | None = None, **changes: Any) -> Any:
        """The next attempt at the last stage, with the state that the scope has now."""
        assert self.last is not None
        return self.do(kind, options, next_attempt(self.last, state=self.state, emit=CallLog(), **changes))

    def _connect(self, call: StageCall, token: str) -> tuple[Any, NemoOptions]:
        known = NemoOptions.__dataclass_fields__
        options = NemoOptions.from_mapping({k: v for k, v in self.settings.items() if k in known})
        return FakeClient(self.service, token), options

    def call(self, kind: str, path: str = "", **others: Any) -> StageCall:
        return stage_call(
            self.folder,
            kind,
            path=path,
            state=self.state,
            settings=self.settings,
            clock=others.pop("clock", self.clock),
            **others,
        )

    def do(
        self, kind: str, options: Mapping[str, Any] | None = None, call: StageCall | None = None, path: str = ""
    ) -> Any:
        self.last = call or self.call(kind, path)
        object.__setattr__(self.last, "effects", self.last.effects if call else SeenEffects())
        result = getattr(self.backend, kind)(call=self.last, options=options or {})
        if result.state is not None:
            self.state = result.state
        return result

    def clip(self, name: str = "clip.mp4") -> Path:
        path = self.folder / name
        path.write_bytes(SAMPLE.read_bytes())
        return path

    def ready(self, name: str = "clip.mp4") -> Path:
        """A session with an uploaded clip."""
        self.do("auth")
        path = self.clip(name)
        self.do("upload", {"files": str(path)})
        self.service.calls.clear()
        return path

    @property
    def kept(self) -> Mapping[str, Any]:
        return self.state["nemo"]
