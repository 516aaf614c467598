"""What the service remembers, as plain records that go into JSON and come back the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from clipline.mockserver.ledger import Charge
from clipline.values import JsonObject

__all__ = ["Account", "Claim", "Render", "Session", "StoredFile", "Token", "WorldState", "files_of", "forget_old"]

#: How long a world in a folder remembers what nobody touches.
_KEPT_SECONDS = 30 * 86_400.0


@dataclass(slots=True)
class Account:
    """Who pays: `credits` left, of which `frozen` are reserved for running edits.

    `missing` names the attribution headers that some request of this account lacked; `plan` is that of `MockOptions`.
    """

    user_id: str
    credits: int
    plan: str
    frozen: int = 0
    registered: bool = False
    missing: list[str] = field(default_factory=list)

    @property
    def available(self) -> int:
        """Credits that a new edit may use."""
        return self.credits - self.frozen


@dataclass(slots=True)
class Token:
    """A bearer token; times are seconds since 1970. `client` and `address` asked for it, both "" for one given out."""

    value: str
    user_id: str
    issued: float
    expires_at: float
    client: str = ""
    address: str = ""
    dead: bool = False


@dataclass(slots=True)
class StoredFile:
    """An uploaded file: `path` is relative to the server's folder, and "" where only a URL was registered."""

    filename: str
    file_type: str
    path: str
    duration: float
    width: int
    height: int
    fps: float
    hash: str
    url: str = ""


@dataclass(slots=True)
class Session:
    """One project of a user, with its draft."""

    session_id: str
    task_id: str
    user_id: str
    name: str
    language: str
    created: float
    draft: dict[str, Any] = field(default_factory=dict)
    canvas: dict[str, Any] = field(default_factory=dict)
    files: list[StoredFile] = field(default_factory=list)
    generated: list[dict[str, Any]] = field(default_factory=list)
    turns: int = 0
    dead: bool = False


@dataclass(slots=True)
class Render:
    """A render job; `token` made it and no other sees it. `file` is relative to the server's folder, "" until done."""

    id: str
    token: str
    session_id: str
    draft: dict[str, Any]
    output: dict[str, Any]
    created: float
    status: str = "pending"
    polls: int = 0
    file: str = ""
    note: str = ""
    error: str = ""
    bare: int = 0
    """Times that it was reported completed without its URL."""


@dataclass(slots=True)
class Claim:
    """A claim token: whoever opens its page takes the session over."""

    value: str
    session_id: str
    expires_at: float


@dataclass(slots=True)
class WorldState:
    """All of it. `counts` numbers the ids made so far, by kind."""

    accounts: dict[str, Account] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    renders: dict[str, Render] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    charges: list[Charge] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Everything as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: JsonObject) -> Self:
        """Back from `as_json`.

        Raises:
            TypeError, KeyError: `data` is something else.
        """
        sessions = {key: dict(row) for key, row in _rows(data, "sessions").items()}
        for row in sessions.values():
            row["files"] = [StoredFile(**file) for file in row["files"]]
        return cls(
            {key: Account(**row) for key, row in _rows(data, "accounts").items()},
            {key: Token(**row) for key, row in _rows(data, "tokens").items()},
            {key: Session(**row) for key, row in sessions.items()},
            {key: Render(**row) for key, row in _rows(data, "renders").items()},
            {key: Claim(**row) for key, row in _rows(data, "claims").items()},
            [Charge(**row) for row in data["charges"]],
            dict(data["counts"]),
        )


def _rows(data: JsonObject, name: str) -> Mapping[str, Any]:
    rows: Mapping[str, Any] = data[name]
    return rows


def files_of(state: WorldState) -> set[str]:
    """Every file that is still spoken of, as a path relative to the server's folder."""
    media = {file.path for session in state.sessions.values() for file in session.files}
    return (media | {render.file for render in state.renders.values()}) - {""}


def forget_old(state: WorldState, now: float) -> None:
    """Drop sessions, renders, claims and tokens that are more than 30 days old; accounts and charges stay."""
    oldest = now - _KEPT_SECONDS
    state.sessions = {key: row for key, row in state.sessions.items() if row.created >= oldest}
    state.renders = {key: row for key, row in state.renders.items() if row.created >= oldest}
    state.tokens = {key: row for key, row in state.tokens.items() if max(row.issued, row.expires_at) >= oldest}
    state.claims = {key: row for key, row in state.claims.items() if row.session_id in state.sessions}
