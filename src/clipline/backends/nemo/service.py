"""The service as one stage sees it: a client by the stage's own clock, and what is to be told of the work."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from clipline.backends.nemo.purse import Purse
from clipline.errors import Cancelled, CliplineError, MachineError, TimedOut
from clipline.nemo.options import LONGEST_WAIT, NemoOptions
from clipline.stage import Finding, StageCall
from clipline.values import JsonObject, Secret

if TYPE_CHECKING:
    from clipline.http import Downloaded
    from clipline.nemo.client import Account
    from clipline.nemo.protocol import Credits, NemoSession, RemoteState, RenderState, UploadedFile
    from clipline.nemo.turn import Turn

__all__ = ["Client", "Cloud", "Connect", "client_for", "is_of_the_service", "options_of"]


class Client(Protocol):
    """What stages ask of `clipline.nemo.client.NemoClient`; tests put a fake in its place."""

    def account(self) -> Account:
        """The account at work; an anonymous one is made where there is none."""
        ...

    def credits(self) -> Credits:
        """What the account has."""
        ...

    def new_session(self, name: str, language: str) -> NemoSession:
        """Open a session."""
        ...

    def claim_link(self, session: NemoSession) -> str:
        """An address by which a person takes the session over."""
        ...

    def upload(
        self, session_id: str, files: Sequence[Path], progress: Callable[[int, int], None] | None = None
    ) -> tuple[UploadedFile, ...]:
        """Hand files over, once."""
        ...

    def upload_urls(self, session_id: str, urls: Sequence[str]) -> tuple[UploadedFile, ...]:
        """Have the service fetch files."""
        ...

    def state(self, session_id: str) -> RemoteState:
        """The session as it stands."""
        ...

    def send(
        self,
        session_id: str,
        text: str,
        *,
        on_text: Callable[[str], None],
        on_tick: Callable[[str], None],
        look: Callable[[], None],
        on_raw_clip: Callable[[], None],
        last_look: Callable[[], None],
    ) -> Turn:
        """Send a message, once; it may be charged."""
        ...

    def start_render(self, render_id: str, session_id: str, draft: str, quality: str) -> RenderState:
        """Start a render under an id of ours."""
        ...

    def render(self, render_id: str) -> RenderState:
        """How far a render is."""
        ...

    def cancel_render(self, render_id: str) -> None:
        """Stop a render."""
        ...

    def fallback_download(
        self, render_id: str, target: Path, progress: Callable[[int, int | None], None] | None = None
    ) -> Downloaded:
        """Fetch a render's file from the service itself."""
        ...

    def download(
        self, url: Secret, target: Path, progress: Callable[[int, int | None], None] | None = None
    ) -> Downloaded:
        """Fetch a render's file from its signed address, without credentials."""
        ...


#: Makes a client for a stage: of the token with that fingerprint, or of the account at work where it is "".
Connect = Callable[[StageCall, str], tuple[Client, NemoOptions]]


@dataclass(frozen=True)
class Cloud:
    """What the work of one stage call needs.

    `key` is the backend's name, under which its state stands; `base` names the service in states and journals: its
    address, or that of the mock, which stays the same when its port changes. `heard` is the language that the run's
    instructions are written in, as far as one was seen. `has_pages` is whether a person can open links: a server that
    ends with this process shows none. `purse` knows the edits of the run that go on beside this stage.
    """

    call: StageCall
    key: str
    base: str
    connect: Connect
    client: Client
    options: NemoOptions
    heard: str = ""
    has_pages: bool = True
    findings: list[Finding] = field(default_factory=list)
    purse: Purse = field(default_factory=Purse)

    def with_token(self, fingerprint: str) -> Client:
        """A client that uses this one token and no other."""
        return self.connect(self.call, fingerprint)[0]

    def within(self, seconds: float) -> Client:
        """A client for what may take so long at most, and whose failure is none of the stage's."""
        return self.connect(replace(self.call, clock=self.call.clock.within(seconds)), "")[0]

    def warn(self, text: str) -> None:
        """Let the result say something that a person should know."""
        self.findings.append(Finding("WARN", text))

    def session_name(self, session_id: str) -> str:
        """One name of a session all over the world, for the journal."""
        return f"{self.base} {session_id}"

    @property
    def pause(self) -> float:
        """Seconds before something free is tried again after a break."""
        return self.options.rate_wait / 10

    def wait_after(self, error: CliplineError, usual: float) -> float:
        """The seconds to wait after an error: those that the service asks for, else `usual`.

        Raises:
            CliplineError: `error` itself, where the service asks for longer than anybody sits by.
        """
        wait = usual if error.retry_after is None else error.retry_after
        if wait > max(LONGEST_WAIT, usual):
            raise error
        return wait


def options_of(settings: JsonObject, **others: Any) -> NemoOptions:
    """The client's options, from all that a stage is given as settings; `others` come first."""
    known = NemoOptions.__dataclass_fields__
    given: Mapping[str, Any] = {**settings, **others}
    return NemoOptions.from_mapping({key: value for key, value in given.items() if key in known})


def is_of_the_service(error: CliplineError) -> bool:
    """Whether an error tells of the service or the account, not of this machine, the person's word or the time."""
    return not isinstance(error, (Cancelled, TimedOut, MachineError))


def client_for(call: StageCall, options: NemoOptions, store: str, token: str) -> Client:
    """A client by the stage's clock; `store` names whose tokens it uses, `token` the only one to use, if any."""
    from clipline.nemo.attribution import attribution
    from clipline.nemo.client import NemoClient
    from clipline.nemo.credentials import TokenStore

    folder = Path(call.settings["state_folder"])
    return NemoClient(
        options,
        call.clock,
        TokenStore(folder, store, call.clock),
        attribution=attribution(options.platform, os.environ),
        say=_Saying(call),
        token=token,
    )


class _Saying:
    """Tells the person what the client says; that a new account is there, `auth` tells itself, with its credits."""

    def __init__(self, call: StageCall) -> None:
        self._call = call

    def __call__(self, text: str) -> None:
        if not (self._call.kind == "auth" and text == "connected"):
            self._call.note(text)
