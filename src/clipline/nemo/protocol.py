"""Every call to the service, as data: what is sent (`Call`), and by `read…` what came back. Pure.

A call holds no base address, no token and none of the attribution headers: whoever sends it adds those. Message and
render are the only calls that must not be sent twice without thought; what a reply proves is in `failures.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from clipline.errors import InputError, StageFailed
from clipline.nemo.envelope import error_of, read, retry_after
from clipline.nemo.failures import LARGEST_UPLOAD, UPLOAD_FORMATS, Asked, Route, proves_refusal, register_link
from clipline.nemo.json_text import whole_object
from clipline.nemo.replies import (
    Credits,
    NemoSession,
    RemoteState,
    RenderState,
    TokenGrant,
    UploadedFile,
    read_claim,
    read_credits,
    read_render,
    read_session,
    read_state,
    read_token,
    read_uploads,
)
from clipline.values import JsonObject

__all__ = [
    "LARGEST_UPLOAD",
    "UPLOAD_FORMATS",
    "Asked",
    "Call",
    "Credits",
    "NemoSession",
    "RemoteState",
    "RenderState",
    "Route",
    "TokenGrant",
    "UploadedFile",
    "anonymous_token",
    "claim_link",
    "claim_token",
    "credits",
    "error_of",
    "message",
    "new_session",
    "proves_refusal",
    "read",
    "read_claim",
    "read_credits",
    "read_render",
    "read_session",
    "read_state",
    "read_token",
    "read_uploads",
    "register_link",
    "render",
    "render_cancel",
    "render_download",
    "render_status",
    "retry_after",
    "state",
    "upload_path",
    "upload_urls",
]

#: The name under which the service knows the agent that edits.
_AGENT = "nemo_agent"
_RENDER = "/api/render/proxy/lambda"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its method, its path from the base address on, its own headers and its body.

    `route` says which call of the service it is. The headers may hold the client id, so neither they nor the body are
    shown.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)
    route: Route = ""


def _get(route: Route, path: str) -> Call:
    return Call("GET", path, {"Accept": "application/json"}, route=route)


def _post(route: Route, path: str, body: JsonObject | None = None, *, accept: str = "application/json") -> Call:
    if body is None:
        return Call("POST", path, {"Accept": accept}, route=route)
    # A lone surrogate, as a command line that is not UTF-8 gives, cannot be sent; a question mark stands in for it.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Call("POST", path, {"Accept": accept, "Content-Type": "application/json"}, content, route)


def _in_path(value: str) -> str:
    """An id as one piece of a path.

    Raises:
        InputError: it is empty, or a path would swallow it.
    """
    if not value.strip("."):
        raise InputError(f"not an id of the Nemo service: {value!r}", code="bad_id")
    return quote(value, safe="", errors="replace")


# --- account and session ---------------------------------------------------------------------------------------------


def anonymous_token(client_id: str) -> Call:
    """Ask for an anonymous account: 100 credits for 7 days, one a client in that time."""
    return Call(
        "POST",
        "/api/auth/anonymous-token",
        {"Accept": "application/json", "X-Client-Id": client_id},
        route="token",
    )


def new_session(name: str, language: str = "") -> Call:
    """Open a session with a task called `name`; `language` like `en`, "" to leave it to the service."""
    body = {"task_name": name} | ({"language": language} if language else {})
    return _post("session", f"/api/tasks/me/with-session/{_AGENT}", body)


def claim_token(task_id: str, session_id: str) -> Call:
    """Ask for what a person's account takes the session over with."""
    return _post("claim", "/api/auth/claim-token", {"task_id": task_id, "session_id": session_id})


def claim_link(web_url: str, token: str) -> str:
    """The page on which a person takes a session over; `token` is what `read_claim` gave, never the bearer token."""
    return f"{web_url}/workspace/claim?ct={quote(token, safe='')}"


def credits() -> Call:  # noqa: A001 - the service's own word
    """Ask for the balance."""
    return _get("credits", "/api/credits/balance/simple")


# --- the edit --------------------------------------------------------------------------------------------------------


def upload_path(session_id: str) -> str:
    """The path that files are sent to, as multipart with one field `files` each."""
    return f"/api/upload-video/{_AGENT}/me/{_in_path(session_id)}"


def upload_urls(session_id: str, urls: Sequence[str]) -> Call:
    """Let the service fetch files itself."""
    return _post("upload", upload_path(session_id), {"urls": list(urls), "source_type": "url"})


def message(session_id: str, text: str) -> Call:
    """Say something to the agent. Charged: each time this is sent is an edit of its own."""
    body = {
        "app_name": _AGENT,
        "user_id": "me",
        "session_id": session_id,
        "new_message": {"parts": [{"text": text}]},
    }
    return _post("message", "/run_sse", body, accept="text/event-stream")


def state(session_id: str) -> Call:
    """Ask for the session's state: the draft, the media."""
    return _get("state", f"/api/state/{_AGENT}/me/{_in_path(session_id)}/latest")


# --- the render ------------------------------------------------------------------------------------------------------


def render(render_id: str, session_id: str, draft: str, quality: str = "high") -> Call:
    """Start a render under an id of ours, which must be new; it is free of charge.

    Args:
        render_id: `render_` and the time, or alike.
        session_id: the session of the draft.
        draft: its JSON text; it stands in the body byte for byte.
        quality: like `high`.

    Raises:
        StageFailed: there is no draft.
    """
    if not whole_object(draft):
        raise StageFailed("the timeline is empty: there is nothing to export", code="draft_empty", hint="edit first")
    ends = json.dumps({"output": {"format": "mp4", "quality": quality}}, ensure_ascii=False)
    begins = json.dumps({"id": render_id, "sessionId": session_id}, ensure_ascii=False)
    content = f'{begins[:-1]}, "draft": {draft}, {ends[1:]}'.encode("utf-8", "surrogatepass")
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    return Call("POST", _RENDER, headers, content, "render")


def render_status(render_id: str) -> Call:
    """Ask how far a render is."""
    return _get("status", f"{_RENDER}/{_in_path(render_id)}")


def render_cancel(render_id: str) -> Call:
    """Stop a render; what the service answers is not documented."""
    return _post("cancel", f"{_RENDER}/{_in_path(render_id)}/cancel")


def render_download(render_id: str) -> Call:
    """Ask the service itself for a render's bytes, where its own address for them fails."""
    return Call("GET", f"/api/render/proxy/{_in_path(render_id)}/download", route="download")
