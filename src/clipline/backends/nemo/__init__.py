"""The backend `nemo`: the Nemo cloud does the work, for credits.

What a stage needs to know is in the run's state and in the session at the service; the object made for a run keeps
nothing that cannot be lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.backends.nemo.purse import Purse
from clipline.stage import Backend, Explanation, Link, StageCall, StageResult, Support, TimelineView, hookimpl
from clipline.values import JsonObject

if TYPE_CHECKING:
    from clipline.backends.nemo.service import Client, Cloud, Connect
    from clipline.nemo.options import NemoOptions

__all__ = ["SESSION_OPTION", "NemoBackend", "backends", "clipline_api"]

clipline_api = "1"

_SESSION = {
    "type": "object",
    "properties": {
        "session": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_.:@-]{1,200}$",
            "description": "Work in this session instead of the run's own; it must be of the same account.",
        }
    },
    "additionalProperties": False,
}
#: What a stage may hold in a block of the backend's name.
SESSION_OPTION: Mapping[str, JsonObject] = dict.fromkeys(("auth", "upload", "edit", "export"), _SESSION)

_NATIVE: Mapping[str, Sequence[str]] = {
    "auth": (),
    "upload": ("files", "urls", "use"),
    "edit": ("instruction", "operations", "quality"),
    "export": (
        "to",
        "format=mp4",
        "quality",
        "collision",
        "sidecar",
        "post_export",
    ),
}
#: What the studio does to the finished file, where it is installed.
_AFTER = ("size", "max_size", "fps", "preview", *(f"format={name}" for name in ("mov", "webm", "mkv", "gif", "png")))


class NemoBackend:
    """Answers auth, upload, edit and export by the service.

    Args:
        settings: the backend's settings, as stages get them.
        connect: makes the client; tests put another in its place.
        key: the backend's name.
    """

    #: Whether nothing is paid and nobody has to register.
    _is_mock = False

    def __init__(self, settings: JsonObject, connect: Connect | None = None, key: str = "nemo") -> None:
        self._settings = settings
        self._connect = connect or _dial
        self._key = key
        #: The language of the first instruction that was seen.
        self._heard = ""
        self._purse = Purse()

    # --- before the run ----------------------------------------------------------------------------------------------

    @hookimpl
    def supports(self) -> Mapping[str, Mapping[str, Support]]:
        """What the service does, and what the studio does after it."""
        able: dict[str, dict[str, Support]] = {kind: dict.fromkeys(names, "native") for kind, names in _NATIVE.items()}
        return {**able, "export": {**able["export"], **dict.fromkeys(_AFTER, "after")}}

    @hookimpl
    def explain(
        self, kind: str, options: JsonObject, earlier: Sequence[tuple[str, JsonObject | None]], out: Path | None
    ) -> Explanation | None:
        """What will be asked for and about what price, and what is refused."""
        from clipline.backends.nemo import explain
        from clipline.backends.nemo.service import options_of

        self._listen(options)
        return explain.explain(
            kind, options, earlier, out, client=options_of(self._settings, **self._own()), is_mock=self._is_mock
        )

    def _listen(self, options: JsonObject) -> None:
        """Note the language of the first instruction: a session is opened in it."""
        words = options.get("instruction")
        if words and not self._heard:
            from clipline.nemo.router import language_of

            self._heard = language_of(str(words))

    def _own(self) -> dict[str, Any]:
        """Settings that are not the section's."""
        return {}

    # --- stages ------------------------------------------------------------------------------------------------------

    @hookimpl
    def auth(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Connect, and open a session."""
        from clipline.backends.nemo.auth import connect

        return connect(self._cloud(call, options), options)

    @hookimpl
    def upload(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Hand files over."""
        from clipline.backends.nemo.uploads import hand_over

        return hand_over(self._cloud(call, options), options)

    @hookimpl
    def edit(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Send one message, and tell what changed."""
        from clipline.backends.nemo.edits import change

        return change(self._cloud(call, options), options)

    @hookimpl
    def export(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Have the draft rendered, and fetch the file."""
        from clipline.backends.nemo.exports import make_file

        return make_file(self._cloud(call, options), options)

    # --- for the person ----------------------------------------------------------------------------------------------

    @hookimpl
    def timeline(self, call: StageCall) -> TimelineView | None:
        """The session's draft as it stands; None before there is a session."""
        from clipline.backends.nemo.sessions import remote_state
        from clipline.backends.nemo.state import CloudState
        from clipline.nemo.draft import to_timeline

        state = CloudState.read(call.state, self._key)
        if not state.session:
            return None
        remote = remote_state(self._cloud(call, {}), state)
        return TimelineView(to_timeline(remote.draft), state.before, state.changed)

    @hookimpl
    def account(self, call: StageCall) -> JsonObject | None:
        """The account and its credits."""
        from clipline.backends.nemo.account import account_facts

        return account_facts(self._cloud(call, {}))

    @hookimpl
    def links(self, call: StageCall) -> Sequence[Link] | None:
        """Where a person takes the session over."""
        from clipline.backends.nemo.account import workspace_links

        return workspace_links(self._cloud(call, {}))

    @hookimpl
    def give_up(self, call: StageCall) -> Sequence[str] | None:
        """Stop the render of an export that is given up."""
        from clipline.backends.nemo.renders import give_up

        return give_up(self._cloud(call, {}))

    @hookimpl
    def close(self) -> None:
        """Nothing is held between two stages."""

    def _cloud(self, call: StageCall, options: JsonObject) -> Cloud:
        from clipline.backends.nemo.service import Cloud

        self._listen(options)
        client, client_options = self._connect(call, "")
        base = self._base(client_options)
        return Cloud(
            call,
            self._key,
            base,
            self._connect,
            client,
            client_options,
            self._heard,
            self._has_pages(),
            purse=self._purse,
        )

    def _has_pages(self) -> bool:
        """Whether a person can open the links of the service."""
        return True

    def _base(self, options: NemoOptions) -> str:
        """What names the service in states and journals."""
        return options.api_url


def _dial(call: StageCall, token: str) -> tuple[Client, NemoOptions]:
    """A client for the service that the settings name."""
    from clipline.backends.nemo.service import client_for, options_of

    options = options_of(call.settings)
    return client_for(call, options, options.api_url, token), options


@hookimpl
def backends() -> Sequence[Backend]:
    """The backend `nemo`."""
    summary = "The Nemo cloud edits, for credits; an anonymous account is made where no token is given."
    return (Backend("nemo", NemoBackend, summary=summary, options=SESSION_OPTION),)
