"""The backend `http`: any render service with an HTTP API does the work, as a YAML file describes it.

`reading` makes a `Description` of the file; `stages` has what each stage does; `service` speaks. What a stage needs to
know is in the run's state, in the effects that the run journalled, and at the service; the object made for a run keeps
nothing that cannot be had again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.errors import UsageError
from clipline.stage import Backend, Explanation, StageCall, StageResult, Support, TimelineView, hookimpl
from clipline.values import JsonObject

if TYPE_CHECKING:
    from clipline_http.description import Description
    from clipline_http.service import Service

__all__ = ["HttpBackend", "backends", "clipline_api"]

clipline_api = "1"

#: What a stage may hold in a block `http`: the values that the description names.
_VALUES = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
    "description": "Values of the service's own, as its description names them under `values`.",
}


class HttpBackend:
    """Answers auth, upload, edit and export by the described service.

    Args:
        settings: the backend's settings, as stages get them.
    """

    def __init__(self, settings: JsonObject) -> None:
        self._settings = settings
        self._description: Description | None = None
        #: What replies gave and nobody may write down, by the item of a loop that the clip was handed over in.
        self._secrets: dict[str, Mapping[str, Any]] = {}

    # --- before the run ----------------------------------------------------------------------------------------------

    @hookimpl
    def supports(self) -> Mapping[str, Mapping[str, Support]]:
        """What the description's requests use, and what the studio does after them; all that one may use without one.

        That a description is missing is said by whatever is asked for next.
        """
        from clipline_http.explain import everything, supports

        return supports(self._described()) if self._settings.get("service") else everything()

    @hookimpl
    def explain(
        self, kind: str, options: JsonObject, earlier: Sequence[tuple[str, JsonObject | None]], out: Path | None
    ) -> Explanation | None:
        """What the service will be asked for and about what price, and what is refused."""
        from clipline_http.explain import explain

        has_token = self._settings.get("token") is not None
        return explain(self._described(), kind, options, earlier, out, has_token=has_token)

    # --- stages ------------------------------------------------------------------------------------------------------

    @hookimpl
    def auth(self, call: StageCall) -> StageResult | None:
        """Ask who works."""
        from clipline_http.stages import connect

        return connect(self._service(call))

    @hookimpl
    def upload(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Hand the clip over."""
        from clipline_http.uploads import hand_over

        result, secrets = hand_over(self._service(call), options)
        self._secrets[_scope(call)] = secrets
        return result

    @hookimpl
    def edit(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Take an edit, and have it done where edits are what is submitted."""
        from clipline_http.stages import record

        return record(self._service(call), options, self._held(call))

    @hookimpl
    def export(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Have the file made, and fetch it."""
        from clipline_http.stages import export

        return export(self._service(call), options, self._held(call))

    # --- for the person ----------------------------------------------------------------------------------------------

    @hookimpl
    def timeline(self, call: StageCall) -> TimelineView | None:
        """The clip; what a job makes of it shows in its file."""
        from clipline_http.state import State

        return State.read(call.state, self._described().url).view

    @hookimpl
    def account(self, call: StageCall) -> JsonObject | None:
        """The account and its credits, where the description has a request for that."""
        from clipline_http.stages import account_facts

        return account_facts(self._service(call))

    @hookimpl
    def close(self) -> None:
        """Nothing is held between two stages but what may not be written down."""
        self._secrets.clear()

    def _service(self, call: StageCall) -> Service:
        from clipline_http.service import Service

        return Service(self._described(), call)

    def _held(self, call: StageCall) -> Mapping[str, Any]:
        """The secrets of the scope's clip; of an outer scope where the item of a loop has none of its own."""
        scope = _scope(call)
        while scope and scope not in self._secrets:
            scope = scope[: scope.rfind("[")].rpartition("]")[0]
            scope += "]" if scope else ""
        return self._secrets.get(scope, {})

    def _described(self) -> Description:
        if self._description is None:
            from clipline_http.reading import read_description

            file = self._settings.get("service")
            if not file:
                raise UsageError(
                    'the backend "http" needs the description of a service',
                    code="no_service",
                    hint="--set http.service=FILE, or CLIPLINE_HTTP_SERVICE; how to write one: see clipline-http",
                )
            self._description = read_description(Path(str(file)), str(self._settings.get("api_url") or ""))
        return self._description


def _scope(call: StageCall) -> str:
    """The innermost item of a loop that a stage lies in, like `batch[2]`; "" outside of any."""
    return call.path[: call.path.rfind("]") + 1]


@hookimpl
def backends() -> Sequence[Backend]:
    """The backend `http`."""
    summary = "Any render service with an HTTP API, as a YAML file describes it (the setting http.service)."
    blocks = dict.fromkeys(("edit", "export"), _VALUES)
    return (Backend("http", HttpBackend, summary=summary, options=blocks),)
