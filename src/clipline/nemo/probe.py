"""Walks through the service's calls once, and says of each whether its reply is as documented.

For the first person with an account. Only the edit is charged, and only `spend` sends it; a render is free, but needs
one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clipline import http
from clipline.clock import Clock
from clipline.errors import Cancelled, CliplineError, ServiceError
from clipline.http import FilePart, Reply
from clipline.nemo import draft, protocol
from clipline.nemo.attribution import Attribution
from clipline.nemo.credentials import Token, TokenStore
from clipline.nemo.options import NemoOptions
from clipline.nemo.protocol import Call, NemoSession, RemoteState, RenderState, TokenGrant
from clipline.nemo.recorder import Recorder, Step
from clipline.nemo.transcript import Transcript

__all__ = ["SAMPLE", "Probe"]

#: A clip of a second, to be uploaded.
SAMPLE = Path(__file__).with_name("probe.mp4")
_INSTRUCTION = "trim the clip to the first half second"


@dataclass
class _Known:
    """What the walk has learnt so far."""

    token: Token | None = None
    session: NemoSession | None = None
    state: RemoteState = field(default_factory=RemoteState)
    available: int | None = None
    render: RenderState | None = None


class Probe:
    """One walk.

    Args:
        options: where the service answers, and with what token.
        clock: the time, and the person's wish to stop.
        store: where the anonymous token is kept; it is used if it has not expired, since the service counts tokens.
        attribution: who asks.
        clip: what is uploaded.
        spend: whether to edit, which is charged, and to render.
    """

    def __init__(
        self,
        options: NemoOptions,
        clock: Clock,
        store: TokenStore,
        *,
        attribution: Attribution,
        clip: Path = SAMPLE,
        spend: bool = False,
    ) -> None:
        self._options = options
        self._clock = clock
        self._store = store
        self._edge = Recorder(options, clock, attribution)
        self._clip = clip
        self._spend = spend
        self._known = _Known()

    @property
    def transcript(self) -> Transcript:
        """What was taken down so far."""
        return self._edge.transcript

    def walk(self) -> Iterator[Step]:
        """Make the calls, one after the other; a step is given as soon as its reply is there.

        Raises:
            Cancelled: the person said stop; what was taken down so far can still be written.
        """
        yield self._token()
        if self._known.token is None:
            yield from self._left_out("there is no token", "session", "upload", "state", "credits")
            return
        yield self._edge.step(
            "session", protocol.new_session("clipline probe", self._options.language), self._read_session
        )
        yield self._edge.step("credits", protocol.credits(), self._read_credits)
        session = self._known.session
        if session is None:
            yield from self._left_out("there is no session", "upload", "state", "claim")
            return
        yield self._upload(session)
        yield self._state(session)
        yield self._edge.step("claim", protocol.claim_token(session.task_id, session.session_id), self._read_claim)
        if self._spend:
            yield from self._spending(session)
        else:
            yield from self._left_out("costs credits; --spend does it", "edit")
            yield from self._left_out(
                "free, but there is nothing to render before an edit; --spend does both", "render"
            )

    def _left_out(self, why: str, *names: str) -> Iterator[Step]:
        for name in names:
            yield Step(name, "left out", notes=(why,))

    # --- free calls --------------------------------------------------------------------------------------------------

    def _token(self) -> Step:
        """The token: supplied, kept from before, or a new one."""
        if self._options.token is not None:
            self._use(Token(self._options.token, supplied=True))
            return Step("token", "left out", notes=("a token was supplied",))
        kept = self._store.current()
        if kept is not None and not 0 < kept.expires_at < self._clock.now():
            self._use(kept)
            return Step("token", "left out", notes=("the one of before is used: the service counts new ones",))
        steps: list[Step] = []

        def make(client_id: str) -> TokenGrant:
            grants: list[TokenGrant] = []

            def read(reply: Reply, call: Call) -> None:
                grants.append(protocol.read_token(self._edge.data(call, reply)))

            steps.append(self._edge.step("token", protocol.anonymous_token(client_id), read))
            if not grants:
                raise steps[0].error or ServiceError("there is no token")
            return grants[0]

        supplied = self._options.client_id
        try:
            client = supplied.reveal() if supplied else ""
            self._use(self._store.renew(make, stale=kept.fingerprint if kept else "", client_id=client))
        except CliplineError as error:
            if isinstance(error, Cancelled) or not steps:
                raise
        return steps[0] if steps else Step("token", "left out", notes=("another process has just made one",))

    def _use(self, token: Token) -> None:
        self._known.token = token
        self._edge.use(token)

    def _read_session(self, reply: Reply, call: Call) -> None:
        self._known.session = session = protocol.read_session(self._edge.data(call, reply))
        self.transcript.hide(session.session_id, session.task_id, session.user_id)

    def _read_credits(self, reply: Reply, call: Call) -> str:
        before, now = self._known.available, protocol.read_credits(self._edge.data(call, reply))
        self._known.available = now.available
        cost = f", {before - now.available} fewer than before" if before is not None else ""
        return f"{now.available} available, {now.frozen} frozen{cost}"

    def _read_claim(self, reply: Reply, call: Call) -> None:
        self.transcript.hide(protocol.read_claim(self._edge.data(call, reply)))

    def _upload(self, session: NemoSession) -> Step:
        call = Call("POST", protocol.upload_path(session.session_id), {"Accept": "application/json"}, route="upload")
        part = FilePart("files", self._clip, self._clip.name, "video/mp4")

        def send() -> Reply:
            return http.upload(self._edge.url(call), [part], headers=self._edge.headers(call), clock=self._clock)

        def read(reply: Reply, call: Call) -> str:
            return f"{len(protocol.read_uploads(self._edge.data(call, reply)))} file"

        return self._edge.step("upload", call, read, send)

    def _state(self, session: NemoSession) -> Step:
        def read(reply: Reply, call: Call) -> str:
            self._edge.data(call, reply)
            before, self._known.state = self._known.state, protocol.read_state(reply.body)
            now = self._known.state.draft
            self.transcript.hide(self._known.state.user_id)
            if not now:
                return "no draft"
            same = before.draft and draft.fingerprint(before.draft) == draft.fingerprint(now)
            return draft.to_timeline(now).summary() + (", as before" if same else "")

        return self._edge.step("state", protocol.state(session.session_id), read)

    # --- what costs credits ------------------------------------------------------------------------------------------

    def _spending(self, session: NemoSession) -> Iterator[Step]:
        yield self._edge.message("edit", protocol.message(session.session_id, _INSTRUCTION))
        yield self._state(session)
        yield self._edge.step("credits", protocol.credits(), self._read_credits)
        if not draft.ready(self._known.state.draft):
            yield from self._left_out("the draft is empty", "render")
            return
        render_id = f"render_{int(self._clock.now() * 1000)}"
        yield self._edge.step(
            "render", protocol.render(render_id, session.session_id, self._known.state.draft), self._read_render
        )
        for _ in range(self._options.polls):
            if self._known.render is None or self._known.render.done or self._known.render.failed:
                return
            self._clock.sleep(self._options.poll)
            yield self._edge.step("status", protocol.render_status(render_id), self._read_render)

    def _read_render(self, reply: Reply, call: Call) -> str:
        self._known.render = None
        self._edge.data(call, reply)
        self._known.render = render = protocol.read_render(reply.body)
        return render.status + ("" if render.progress is None else f", {render.progress:.0f} %")
