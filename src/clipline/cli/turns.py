"""What came of one thing that a person said: for the person in lines, for programs as one JSON object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clipline.errors import CliplineError, worst
from clipline.values import JsonObject

if TYPE_CHECKING:
    from clipline.engine.results import RunResult
    from clipline.stage import TimelineView

__all__ = ["Turn", "account_lines", "from_account", "from_error", "from_run", "from_timeline", "together"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation.

    `did` are the requests it was taken for, in their order: `upload`, `edit`, `export`, `credits`, `status`, `link`.
    `lines` are the result for a person; `facts` what programs get beside; `errors` and `warnings` are told apart.
    """

    did: tuple[str, ...]
    exit: int = 0
    lines: tuple[str, ...] = ()
    facts: JsonObject | None = None
    files: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    errors: tuple[JsonObject, ...] = ()
    runs: tuple[str, ...] = ()
    cancelled: bool = False
    waiting: bool = False

    def as_json(self) -> dict[str, Any]:
        """The turn for programs, without the version."""
        return {
            "did": list(self.did),
            "exit": self.exit,
            **(self.facts or {}),
            "files": list(self.files),
            "warnings": list(self.warnings),
            "errors": [dict(error) for error in self.errors],
            "runs": list(self.runs),
        }

    @property
    def codes(self) -> frozenset[str]:
        """The codes of what went wrong."""
        return frozenset(str(error.get("code")) for error in self.errors)


def together(first: Turn | None, second: Turn) -> Turn:
    """Two requests of one sentence as one turn."""
    if first is None:
        return second
    return replace(
        second,
        did=(*first.did, *second.did),
        exit=worst([first.exit, second.exit]),
        lines=(*first.lines, *second.lines),
        facts={**(first.facts or {}), **(second.facts or {})},
        files=(*first.files, *second.files),
        warnings=(*first.warnings, *second.warnings),
        errors=(*first.errors, *second.errors),
        runs=(*first.runs, *second.runs),
    )


def from_run(kind: str, result: RunResult) -> Turn:
    """The turn of a run of one stage."""
    stage = result.stages.get(kind)
    outputs = dict(stage.outputs) if stage else {}
    turn = Turn(
        (kind,),
        exit=result.exit,
        files=tuple(map(str, result.files)),
        warnings=tuple(finding.text for _, finding in result.findings if finding.level != "INFO"),
        errors=tuple(error for error in result.errors if error.get("code") != "cancelled"),
        runs=(result.run_id,),
        cancelled=result.status == "cancelled",
        waiting=result.status == "waiting",
    )
    if kind == "upload":
        media = outputs.get("media", [])
        return replace(turn, facts={"media": media}, lines=tuple(f"uploaded {item.get('name')}" for item in media))
    if kind == "edit":
        return _from_edit(turn, outputs, result.credits)
    if kind == "export":
        return replace(turn, lines=turn.files)
    return turn


def _from_edit(turn: Turn, outputs: Mapping[str, Any], spent: float | None) -> Turn:
    names = ("text", "changed", "changes", "summary", "timeline")
    facts = {name: outputs.get(name) for name in names} | {"spent": spent}
    if "changed" not in outputs:
        return replace(turn, facts=facts)
    text = str(outputs.get("text") or "")
    changes = [str(change) for change in outputs.get("changes") or ()]
    said = [*text.splitlines(), *changes, *([] if changes else ["nothing changed"])]
    return replace(turn, facts=facts, lines=(*said, _summary(outputs.get("timeline"), outputs.get("summary"))))


def _summary(timeline: Any, summary: object) -> str:
    return str(summary) if timeline and timeline.get("tracks") else "the timeline is empty"


def from_timeline(view: TimelineView | None) -> Turn:
    """The turn of a look at the edit."""
    from clipline.timeline import differences

    if view is None:
        facts: dict[str, Any] = {"timeline": None, "summary": "", "ready": False, "changed": None, "changes": []}
        return Turn(("status",), lines=("nothing is being edited yet",), facts=facts)
    after = view.after
    facts = {
        "timeline": after.as_json(),
        "summary": after.summary(),
        "ready": after.ready,
        "changed": view.changed,
        "changes": differences(view.before, after) if view.before else [],
    }
    return Turn(("status",), lines=(_summary(facts["timeline"], facts["summary"]),), facts=facts)


def from_account(account: JsonObject) -> Turn:
    """The turn of a look at the account."""
    return Turn(("credits",), lines=tuple(account_lines(account)), facts={"account": dict(account)})


def account_lines(account: JsonObject) -> list[str]:
    """An account in words."""
    if note := account.get("note"):
        return [str(note)]
    balance = account.get("credits")
    if not isinstance(balance, Mapping):
        return [f"account: {account.get('user') or 'unknown'}"]
    parts = [f"{balance.get('available')} credits available"]
    if balance.get("frozen"):
        parts.append(f"{balance['frozen']} reserved for work in progress")
    if balance.get("total"):
        parts.append(f"{balance['total']} in all")
    return [", ".join(parts)]


def from_error(did: str, error: CliplineError) -> Turn:
    """The turn of a request that was refused before anything was done."""
    return Turn((did,), exit=error.exit, errors=(error.as_json(),))
