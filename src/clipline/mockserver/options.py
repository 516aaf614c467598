"""How the mock of the service behaves where the real one may be either way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from clipline.errors import InputError

__all__ = ["Dialect", "Envelope", "Language", "MockOptions", "Plan", "RenderForm", "Renewal", "Studio"]

Dialect = Literal["adk", "vendor"]
RenderForm = Literal["data", "top", "code"]
Plan = Literal["free_export", "no_export"]
Language = Literal["auto", "en", "zh"]
Envelope = Literal["status", "ok", "success", "detail", "html"]
Renewal = Literal["same", "new"]
Studio = Literal["auto", "off"]


@dataclass(frozen=True, kw_only=True, slots=True)
class MockOptions:
    """The settings of a `MockServer`.

    Attributes:
        seed: decides every id, token and chance; the same seed and the same requests give the same replies.
        silent: the share of edits, 0 to 1, that answer with no text.
        dialect: the event stream's form: `adk` (a real ADK server's) or `vendor` (the older reference's).
        render_form: where a render's status stands: under `data` with `success`, at the `top`, or with `code`.
        render_polls: status requests that a render answers with pending and processing before it is completed.
        credits: what a new anonymous token starts with.
        edit_cost: credits that one edit costs.
        generation_cost: credits that one generated clip costs.
        token_days: how long an anonymous token lives, and how long until the same client may have another.
        session_hours: how long a session lives; 0 for ever.
        plan: `no_export` refuses every render with 402.
        gui_talk: the share of answers, 0 to 1, that speak of buttons and panels.
        heartbeats: heartbeats before each answer.
        language: of the answers; `auto` follows the message's script.
        envelope: how an error of the service rides: `status` (4xx or 5xx with code and message), `ok` (HTTP 200 with a
            code), `success` (HTTP 200 with `success: false`), `detail` (ADK's form) or `html` (a proxy's page).
        tokens_per_address: anonymous tokens that one address may have in `token_days`.
        renewal: whether a client whose token is over gets a token of the `same` user or of a `new` one.
        late_url: status replies that say completed before one names the URL.
        upload_limit: bytes that one uploaded file may have.
        studio: `auto` really edits where the studio is there; with `off` a render is its source as it came.
        pace: what the agent's pauses are multiplied by; 1 is a hundredth of what the service usually takes.
    """

    seed: int = 0
    silent: float = 0.3
    dialect: Dialect = "adk"
    render_form: RenderForm = "data"
    render_polls: int = 2
    credits: int = 100
    edit_cost: int = 10
    generation_cost: int = 100
    token_days: float = 7
    session_hours: float = 0
    plan: Plan = "free_export"
    gui_talk: float = 0.2
    heartbeats: int = 0
    language: Language = "auto"
    envelope: Envelope = "status"
    tokens_per_address: int = 10
    renewal: Renewal = "same"
    late_url: int = 0
    upload_limit: int = 500 * 1024 * 1024
    pace: float = 1.0
    studio: Studio = "auto"

    def __post_init__(self) -> None:
        for name, words in (
            ("dialect", Dialect),
            ("render_form", RenderForm),
            ("plan", Plan),
            ("language", Language),
            ("envelope", Envelope),
            ("renewal", Renewal),
            ("studio", Studio),
        ):
            if getattr(self, name) not in get_args(words):
                raise InputError(
                    f"the mock's {name} is one of {', '.join(get_args(words))}, got {getattr(self, name)!r}"
                )
        for name in ("silent", "gui_talk"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"the mock's {name} is a share from 0 to 1, got {getattr(self, name)!r}")
        for name in (
            "render_polls",
            "credits",
            "edit_cost",
            "generation_cost",
            "token_days",
            "session_hours",
            "heartbeats",
            "tokens_per_address",
            "late_url",
            "upload_limit",
            "pace",
        ):
            if getattr(self, name) < 0:
                raise InputError(f"the mock's {name} is not negative, got {getattr(self, name)!r}")
