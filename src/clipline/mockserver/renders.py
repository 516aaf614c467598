"""Render jobs: started under the client's id, told by the count of questions, made once when first asked about."""

from __future__ import annotations

import hashlib
import logging
import threading
from concurrent.futures import Future, wait
from typing import Any

from clipline.errors import CliplineError
from clipline.mockserver.envelope import Refusal
from clipline.mockserver.model import Render, Session, Token
from clipline.mockserver.rendering import render_draft
from clipline.mockserver.sessions import media_of
from clipline.mockserver.world import World

__all__ = ["RenderJobs", "check_may_render", "find_render", "keep", "new_render", "wanted_render"]

#: Real seconds that a question waits for a job which by its count of questions is over.
_PATIENCE = 10.0
_log = logging.getLogger(__name__)


def check_may_render(world: World, token: Token) -> None:
    """Whether this account may export.

    Raises:
        Refusal: its plan does not allow it, or its requests lacked the attribution headers (402).
    """
    account = world.account(token.user_id)
    if account.missing:
        raise Refusal(402, f"payment required: missing headers {', '.join(account.missing)}")
    if account.plan == "no_export":
        raise Refusal(402, "subscription tier does not include export")


def new_render(world: World, token: Token, session: Session, wanted: dict[str, Any]) -> Render:
    """A job as a request describes it; not kept yet.

    Raises:
        Refusal: its id is in use (409), or its draft is empty (400).
    """
    with world.lock:
        if wanted["id"] in world.state.renders:
            raise Refusal(409, "render id already exists")
        draft = wanted["draft"]
        tracks = draft.get("t")
        if not isinstance(tracks, list) or not any(isinstance(each, dict) and each.get("sg") for each in tracks):
            raise Refusal(400, "draft is empty")
        return Render(
            wanted["id"], token.value, session.session_id, draft, wanted.get("output") or {}, world.clock.now()
        )


def keep(world: World, render: Render) -> None:
    """Let a job exist."""
    with world.lock:
        world.state.renders[render.id] = render
        world.save()


def wanted_render(body: Any) -> dict[str, Any]:
    """Check a render request.

    Raises:
        Refusal: a field is missing or is something else (422).
    """
    kinds = {"id": str, "sessionId": str, "draft": dict}
    given = body if isinstance(body, dict) else {}
    wrong = [
        {"type": "missing" if name not in given else f"{kind.__name__}_type", "loc": ["body", name], "msg": "required"}
        for name, kind in kinds.items()
        if not isinstance(given.get(name), kind) or not given[name]
    ]
    if not isinstance(given.get("output", {}), dict):
        wrong.append({"type": "dict_type", "loc": ["body", "output"], "msg": "Input should be an object"})
    if wrong:
        raise Refusal(422, f"bad body: {wrong[0]['loc'][1]}", detail=wrong)
    return given


def find_render(world: World, render_id: str, token: Token) -> Render:
    """The job of this id, which only the token that made it sees.

    Raises:
        Refusal: there is none (404).
    """
    with world.lock:
        render = world.state.renders.get(render_id)
        if render is None or render.token != token.value:
            raise Refusal(404, "render not found")
        return render


class RenderJobs:
    """Makes the files of renders, each once, one after the other, on threads of their own."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._one = threading.Lock()
        self._jobs: dict[str, Future[None]] = {}

    def forget(self) -> None:
        """No job is known any more."""
        with self._lock:
            self._jobs.clear()

    def wait(self, seconds: float) -> None:
        """Wait for all jobs under way, so many real seconds at most."""
        with self._lock:
            jobs = list(self._jobs.values())
        wait(jobs, seconds)

    def fail(self, render: Render, why: str) -> None:
        """Let it have failed."""
        with self._world.lock:
            render.status, render.error = "failed", why or "render failed"
            self._world.save()

    def cancel(self, render: Render) -> None:
        """Stop it, unless it is over."""
        with self._world.lock:
            if render.status in {"pending", "processing"}:
                render.status = "cancelled"
            self._world.save()

    def ask(self, render: Render) -> bool:
        """One question about a job, which moves it on; whether the reply tells its URL.

        The first `render_polls` questions find it pending, then processing. The next waits a little for the file.
        """
        options = self._world.options
        job = self._start(render)
        with self._world.lock:
            render.polls += 1
            over = render.status in {"failed", "cancelled", "completed"}
            if not over:
                render.status = "pending" if render.polls == 1 and options.render_polls > 1 else "processing"
        if not over and render.polls > options.render_polls:
            self._collect(render, job)
        with self._world.lock:
            tells = render.status == "completed" and render.bare >= options.late_url
            if render.status == "completed" and not tells:
                render.bare += 1
            self._world.save()
        return tells

    def _start(self, render: Render) -> Future[None]:
        with self._lock:
            if render.id in self._jobs or render.file or render.status not in {"pending", "processing"}:
                return self._jobs.get(render.id) or _over()
            job = self._jobs[render.id] = Future()
        threading.Thread(target=self._work, args=(render, job), name=f"mock-{render.id}", daemon=True).start()
        return job

    def _work(self, render: Render, job: Future[None]) -> None:
        try:
            with self._one:
                self._make(render)
            job.set_result(None)
        except BaseException as error:  # noqa: BLE001 - whoever asks for the job gets it
            job.set_exception(error)

    def _make(self, render: Render) -> None:
        world = self._world
        with world.lock:
            session = world.state.sessions.get(render.session_id)
            media = media_of(world, session) if session else {}
        name = hashlib.sha256(render.id.encode()).hexdigest()[:24]
        target = world.store.renders / f"{name}.{_extension(render)}"
        note = render_draft(
            render.draft, media, target, render.output, world.clock, studio=world.options.studio == "auto"
        )
        with world.lock:
            render.file, render.note = world.store.relative(target), note
        _log.info("render %s: %s", render.id, note)

    def _collect(self, render: Render, job: Future[None]) -> None:
        try:
            job.result(timeout=_PATIENCE)
        except TimeoutError:
            return
        except CliplineError as error:
            self.fail(render, error.message)
            return
        with self._world.lock:
            if render.status == "processing":
                render.status = "completed"


def _over() -> Future[None]:
    job: Future[None] = Future()
    job.set_result(None)
    return job


def _extension(render: Render) -> str:
    wish = str(render.output.get("format") or "mp4").lower()
    return wish if wish.isalnum() else "mp4"
