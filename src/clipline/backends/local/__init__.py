"""The backend `local`: this machine edits the video itself, without a network or an account.

What a stage needs to know is in the run's state; the object made for a run keeps only what it looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from clipline.stage import Backend, Explanation, StageCall, StageResult, Support, TimelineView, hookimpl
from clipline.studio.extra import require_extra
from clipline.values import JsonObject

__all__ = ["LocalBackend", "backends", "clipline_api"]

clipline_api = "1"

_NO_ACCOUNT = "no account is needed: this machine does the work"
_OPTIONS: Mapping[str, Sequence[str]] = {
    "auth": (),
    "upload": ("files", "use"),
    "edit": ("instruction", "operations", "quality"),
    "export": (
        "to",
        "format",
        "quality",
        "size",
        "max_size",
        "fps",
        "preview",
        "collision",
        "sidecar",
        "post_export",
    ),
}


class LocalBackend:
    """Answers auth, upload, edit and export; the heavy modules are imported by the stage that needs them."""

    def __init__(self) -> None:
        #: What the person was told before the run, or is told as the stage starts.
        self._told: set[str] = set()

    @hookimpl
    def supports(self) -> Mapping[str, Mapping[str, Support]]:
        """Every option of these kinds but `urls`: nothing is fetched."""
        return {kind: dict.fromkeys(options, "native") for kind, options in _OPTIONS.items()}

    @hookimpl
    def explain(
        self, kind: str, options: JsonObject, earlier: Sequence[tuple[str, JsonObject | None]], out: Path | None
    ) -> Explanation | None:
        """What an instruction is taken to mean, what file an export makes, and what is refused."""
        from clipline.backends.local import explain

        explanation = explain.explain(kind, options, earlier, out)
        self._told.update(explanation.notes if explanation else ())
        return explanation

    @hookimpl
    def timeline(self, call: StageCall) -> TimelineView | None:
        """The edit as it stands; None before a clip was uploaded."""
        from clipline.backends.local.state import LocalState

        state = LocalState.read(call.state)
        return TimelineView(state.timeline, state.before, state.changed) if state.timeline else None

    @hookimpl
    def account(self, call: StageCall) -> JsonObject | None:  # noqa: ARG002  # there is none to ask for
        """Says that there is none."""
        return {"user": None, "credits": None, "note": _NO_ACCOUNT}

    @hookimpl
    def auth(self, call: StageCall, options: JsonObject) -> StageResult | None:  # noqa: ARG002  # there are none
        """Nothing to do, and says so."""
        require_extra('the backend "local"')
        call.note(_NO_ACCOUNT)
        return StageResult(outputs={"account": "this machine"})

    @hookimpl
    def upload(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Look into the files; nothing is copied."""
        require_extra('the backend "local"')
        from clipline.backends.local.upload import hand_over

        return hand_over(call, options)

    @hookimpl
    def edit(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Change the timeline; refuse what cannot be done before the work."""
        require_extra('the backend "local"')
        from clipline.backends.local.edit import change

        return change(call, options, self._told)

    @hookimpl
    def export(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Render the file, check it, deliver it."""
        require_extra('the backend "local"')
        from clipline.backends.local.export import make_file

        return make_file(call, options)


@hookimpl
def backends() -> Sequence[Backend]:
    """The backend `local`."""
    return (Backend("local", lambda _: LocalBackend(), summary="Edits on this machine, offline and free of charge."),)
