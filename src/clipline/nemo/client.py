"""The service, for those who use it: every call as a method, with the token that it needs.

A call that the service refuses because of the token is repeated once with a new anonymous one, since the refusal proves
that nothing was done. Only `send`, the one call that is charged, leaves that to its caller: it makes one request,
whatever happens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from clipline import http
from clipline.clock import Clock
from clipline.errors import AccountError, InputError, ServiceError
from clipline.http import Downloaded
from clipline.nemo import protocol
from clipline.nemo.access import Access
from clipline.nemo.attribution import Attribution
from clipline.nemo.calling import Caller
from clipline.nemo.credentials import Token, TokenStore
from clipline.nemo.options import NemoOptions
from clipline.nemo.protocol import Call, Credits, NemoSession, RemoteState, RenderState, UploadedFile
from clipline.nemo.sending import Listener, send
from clipline.nemo.transfers import advice_after, advice_before, parts_of
from clipline.nemo.turn import Turn
from clipline.values import JsonObject, Secret

__all__ = ["Account", "NemoClient"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Account:
    """Who is charged.

    `user_id` is "" where the service has not told it; `token` is the fingerprint of the token in use; `changed` says
    that this client had to go on with another account, which cannot see the sessions of the one before.
    """

    user_id: str
    anonymous: bool
    credits: Credits
    token: str
    changed: bool = False


class NemoClient:
    """Speaks with the service.

    All methods raise what `clipline.http` and `protocol.read` raise, and `Cancelled` or `TimedOut` by the clock.

    Args:
        options: where the service is, and the waits.
        clock: the time; its token stops every call at once.
        store: the credentials for this service.
        attribution: who asks.
        say: tells the person something.
        token: the fingerprint of the one token to use, for a job that answers to no other; it is never replaced.
    """

    def __init__(
        self,
        options: NemoOptions,
        clock: Clock,
        store: TokenStore,
        *,
        attribution: Attribution,
        say: Callable[[str], None],
        token: str = "",
    ) -> None:
        self._options = options
        self._clock = clock
        self._say = say
        self._store = store.on(clock)
        self._caller = Caller(options, clock, attribution)
        self._access = Access(self._caller, self._store, say, token)

    # --- the account -------------------------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """The fingerprint of the token that the next call goes with; makes one where there is none."""
        return self._access.token().fingerprint

    def account(self) -> Account:
        """Who is charged, and what is left; makes the account where there is none, and renews what is refused."""
        balance = self.credits()
        token = self._access.token()
        is_anonymous = token.user_id.startswith("anon_") or not (token.user_id or token.supplied)
        return Account(token.user_id, is_anonymous, balance, token.fingerprint, self._access.changed)

    def credits(self) -> Credits:
        """What is left to spend."""
        return protocol.read_credits(self._ask(protocol.credits()))

    # --- the session -------------------------------------------------------------------------------------------------

    def new_session(self, name: str, language: str = "") -> NemoSession:
        """Open a session, with an empty timeline."""
        token, (data, _) = self._with_token(lambda token: self._caller.ask(protocol.new_session(name, language), token))
        session = protocol.read_session(data)
        self._access.learn(token, session.user_id)
        return session

    def claim_link(self, session: NemoSession) -> str:
        """The page on which a person takes the session over into an account; it holds no bearer token."""
        claim = protocol.read_claim(self._ask(protocol.claim_token(session.task_id, session.session_id)))
        return protocol.claim_link(self._options.web_url, claim)

    def state(self, session_id: str) -> RemoteState:
        """The session as it stands."""
        token, (_, body) = self._with_token(lambda token: self._caller.ask(protocol.state(session_id), token))
        state = protocol.read_state(body)
        self._access.learn(token, state.user_id)
        return state

    # --- media -------------------------------------------------------------------------------------------------------

    def upload(
        self, session_id: str, files: Sequence[Path], progress: Callable[[int, int], None] | None = None
    ) -> tuple[UploadedFile, ...]:
        """Hand files over, all in one request; where its end is not known, the session's state tells what arrived.

        Args:
            session_id: where they go.
            files: at most 500 MB each.
            progress: called with the bytes sent and those of all files.

        Raises:
            InputError: a file is missing, empty, too large or of another format; nothing was sent.
        """
        parts = parts_of(files)
        self._tell(advice_before(files))
        call = Call("POST", protocol.upload_path(session_id), {"Accept": "application/json"}, route="upload")

        def sent_by(token: Token) -> JsonObject:
            reply = http.upload(
                self._caller.address(call.path),
                parts,
                headers=self._caller.headers(token, call.headers),
                clock=self._clock,
                progress=progress,
            )
            return self._caller.data_of(reply, call, token)

        _, data = self._with_token(lambda token: self._caller.tried(lambda: sent_by(token), reads=False))
        return self._taken(data, len(parts))

    def upload_urls(self, session_id: str, urls: Sequence[str]) -> tuple[UploadedFile, ...]:
        """Let the service fetch files itself.

        Raises:
            InputError: an address is none.
        """
        for url in urls:
            http.host_of(url)
        return self._taken(self._ask(protocol.upload_urls(session_id, urls)), len(urls))

    def _taken(self, data: JsonObject, number: int) -> tuple[UploadedFile, ...]:
        files = protocol.read_uploads(data)
        if len(files) != number:
            words = f"the service took {len(files)} of {number} files"
            raise ServiceError(words, code="odd_reply", retry="never", hint="upload them one by one")
        self._tell(advice_after(files))
        return files

    # --- the edit ----------------------------------------------------------------------------------------------------

    def send(
        self,
        session_id: str,
        text: str,
        *,
        on_text: Callable[[str], None],
        on_tick: Callable[[str], None],
        look: Callable[[], None],
        on_raw_clip: Callable[[], None] = lambda: None,
        last_look: Callable[[], None] = lambda: None,
    ) -> Turn:
        """Say something to the agent and listen until it is done. Charged; one request, whatever happens.

        A token that is refused is not replaced here: `token_refused` proves that nothing was done, and `account`
        replaces it.

        Args:
            session_id: of the session to work in.
            text: what is asked for.
            on_text: called with each new text for the person.
            on_tick: called with `still_working` as long as the work goes on.
            look: called when there was nothing but heartbeats for long; may read the state. The stream stays open.
            on_raw_clip: called once when a generated clip is there and additions go on.
            last_look: called immediately before the first byte; what it raises is raised, and nothing was sent.

        Raises:
            CliplineError: no clean end; `sending.turn_of` gives what had arrived by then.
        """
        token = self._access.token()
        call = protocol.message(session_id, text)
        turn = send(self._caller, call, token, Listener(on_text, on_tick, look, on_raw_clip), last_look)
        self._access.accepted(token)
        return turn

    # --- the render --------------------------------------------------------------------------------------------------

    def start_render(self, render_id: str, session_id: str, draft: str, quality: str = "high") -> RenderState:
        """Start a render under an id of ours; free of charge.

        The token is kept before, since the job answers to no other; `token` gives its fingerprint afterwards.
        """
        call = protocol.render(render_id, session_id, draft, quality)

        def started_by(token: Token) -> tuple[JsonObject, bytes]:
            self._store.keep(token)
            return self._caller.ask(call, token)

        _, (_, body) = self._with_token(started_by)
        return protocol.read_render(body)

    def render(self, render_id: str) -> RenderState:
        """How far a render is."""
        _, (_, body) = self._with_token(lambda token: self._caller.ask(protocol.render_status(render_id), token))
        return protocol.read_render(body)

    def cancel_render(self, render_id: str) -> None:
        """Stop a render."""
        self._ask(protocol.render_cancel(render_id))

    def download(
        self, url: Secret, target: Path, progress: Callable[[int, int | None], None] | None = None
    ) -> Downloaded:
        """Fetch a render's file from the signed address that its state has; no credentials are sent there.

        Where this client has asked for that state, the address may lead as close to this machine as the service stands
        itself, else only out to the internet.
        """
        try:
            return http.download(
                url.reveal(), target, clock=self._clock, progress=progress, named_by=self._caller.network
            )
        except InputError as error:
            if error.code != "bad_url":
                raise
        words = "the service gave an address for the file that is none"
        raise ServiceError(words, code="odd_reply", retry="never", hint="export again")

    def fallback_download(
        self, render_id: str, target: Path, progress: Callable[[int, int | None], None] | None = None
    ) -> Downloaded:
        """Fetch a render's file through the service itself, where its own address for it fails."""
        call = protocol.render_download(render_id)
        headers = self._caller.headers(self._access.token(), call.headers)
        return http.download(
            self._caller.address(call.path), target, clock=self._clock, headers=headers, progress=progress
        )

    # --- how it is asked ---------------------------------------------------------------------------------------------

    def _ask(self, call: Call) -> JsonObject:
        _, (data, _) = self._with_token(lambda token: self._caller.ask(call, token))
        return data

    def _with_token(self, work: Callable[[Token], T]) -> tuple[Token, T]:
        """Do `work` with the token, once more with a new one where that is refused; gives the token that was taken."""
        token = self._access.token()
        try:
            result = work(token)
        except AccountError as error:
            if error.code != "token_refused":
                raise
            refusal = error
        else:
            self._access.accepted(token)
            return token, result
        token = self._access.instead_of(token, refusal)
        result = work(token)
        self._access.accepted(token)
        return token, result

    def _tell(self, sentences: Iterable[str]) -> None:
        for sentence in sentences:
            self._say(sentence)
