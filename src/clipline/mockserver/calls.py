"""Every call of the service: how its request is read, and what it does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from clipline.mockserver import accounts, downloads, pages, renders, sessions, uploads
from clipline.mockserver.call import Call, Route, missing, read_json, read_nothing, read_upload, spoken
from clipline.mockserver.envelope import Refusal, Reply, as_json, done
from clipline.mockserver.later import Prepared
from clipline.mockserver.model import Render
from clipline.mockserver.striking import Strikes
from clipline.mockserver.turns import Turn, misshape
from clipline.mockserver.world import World

__all__ = ["find_route"]

# --- account and session ---------------------------------------------------------------------------------------------


def _token(call: Call) -> Prepared:
    return Prepared(done(accounts.grant(call.world, call.head.headers, call.address)))


def _session(call: Call) -> Prepared:
    token = call.token()
    body = call.data if isinstance(call.data, dict) else {}
    name, language = body.get("task_name", "project"), body.get("language", "en")
    if not isinstance(call.data, dict) or not isinstance(name, str) or not isinstance(language, str):
        raise Refusal(422, "task_name and language are texts", detail=missing("task_name"))
    return Prepared(done(sessions.open_session(call.world, token, name, language)))


def _claim(call: Call) -> Prepared:
    token = call.token()
    body = call.data if isinstance(call.data, dict) else {}
    session = sessions.find_session(call.world, str(body.get("session_id", "")), token)
    if body.get("task_id") != session.task_id:
        raise Refusal(404, "task not found")
    return Prepared(done(sessions.claim_token(call.world, session)))


def _credits(call: Call) -> Prepared:
    account = call.world.account(call.token().user_id)
    with call.world.lock:
        data = {"available": account.available, "frozen": account.frozen, "total": account.credits}
    return Prepared(done(data))


def _state(call: Call) -> Prepared:
    session = sessions.find_session(call.world, call.arguments["session"], call.token())
    with call.world.lock:
        return Prepared(done(sessions.state_of(call.world, session)))


# --- media and messages ----------------------------------------------------------------------------------------------


def _upload(call: Call) -> Prepared:
    world = call.world
    parts = call.data if isinstance(call.data, list) else []
    try:
        session = sessions.find_session(world, call.arguments["session"], call.token())
        if parts or not isinstance(call.data, dict):
            files = uploads.store_parts(world.store, parts, world.options.upload_limit)
        else:
            files = uploads.register_urls(world.store, call.data, local=call.local)
    except BaseException:
        uploads.discard_parts(parts)
        raise
    told = [sessions.file_json(world, file) for file in sessions.named(session, files)]
    reply = done({"files": told, "session_state_applied": True})
    return Prepared(reply, commit=lambda: sessions.add_files(world, session, files))


def _message(call: Call) -> Prepared:
    token, (session_id, text) = call.token(), spoken(call.data)
    try:
        session = sessions.find_session(call.world, session_id, token)
    except Refusal as refusal:
        raise Refusal(1002, refusal.message, detail=f"Session not found: {session_id}") from None
    turn = Turn(call.world, session, text)

    def stream() -> Iterator[bytes]:
        pace = call.world.options.pace
        return turn.stream(misshape(turn.emissions, call.strikes, pace), call.settle, call.tick)

    reply = Reply(200, stream, {"Content-Type": "text/event-stream; charset=utf-8"})
    return Prepared(reply, turn.commit, turn.abandon)


# --- renders ---------------------------------------------------------------------------------------------------------


def _render(call: Call) -> Prepared:
    token, wanted = call.token(), renders.wanted_render(call.data)
    session = sessions.find_session(call.world, wanted["sessionId"], token)
    renders.check_may_render(call.world, token)
    render = renders.new_render(call.world, token, session, wanted)
    if fault := call.strikes.of("render_failed"):
        render.status, render.error = "failed", fault.message or "render failed"
    data = {"id": render.id, "status": "pending", "progress": 5}
    return Prepared(as_json({"success": True, "data": data}), commit=lambda: renders.keep(call.world, render))


def _render_status(call: Call) -> Prepared:
    render = renders.find_render(call.world, call.arguments["render"], call.token())
    if fault := call.strikes.of("render_failed"):
        call.jobs.fail(render, fault.message)
    tells = call.jobs.ask(render) and not call.strikes.of("no_url")
    return Prepared(as_json(_told(call.world, render, tells=tells), headers=_note(render) if tells else {}))


def _note(render: Render) -> Mapping[str, str]:
    """How the result was made: the mock's own word, and therefore in no body."""
    return {"X-Mock-Note": render.note.encode("ascii", "backslashreplace").decode("ascii")} if render.note else {}


def _told(world: World, render: Render, *, tells: bool) -> dict[str, Any]:
    """A job's status in the form of the options."""
    progress = {"pending": 5, "processing": min(95, 5 + 30 * render.polls), "completed": 100}.get(render.status, 0)
    url = downloads.signed_url(world, render.file) if tells else None
    error = render.error or None
    if world.options.render_form == "top":
        output = {"url": url} if url else {}
        return {"id": render.id, "status": render.status, "progress": progress, "output": output, "error": error}
    data = {"id": render.id, "status": render.status, "progress": progress, "outputUrl": url, "error": error}
    return {"code": 0, "data": data} if world.options.render_form == "code" else {"success": True, "data": data}


def _render_cancel(call: Call) -> Prepared:
    render = renders.find_render(call.world, call.arguments["render"], call.token())
    call.jobs.cancel(render)
    return Prepared(as_json({"success": True, "data": {"id": render.id, "status": render.status}}))


def _render_download(call: Call) -> Prepared:
    render = renders.find_render(call.world, call.arguments["render"], call.token())
    if render.status != "completed":
        raise Refusal(409, f"render is {render.status}")
    path = call.world.store.root / render.file
    whole, new_tag = _download_faults(call.strikes)
    return Prepared(downloads.file_reply(path, call.head.headers, whole=whole, new_tag=new_tag))


def _result(call: Call) -> Prepared:
    whole, new_tag = _download_faults(call.strikes)
    head = call.head
    return Prepared(downloads.cdn_reply(call.world, head.target, head.headers, whole=whole, new_tag=new_tag))


def _download_faults(strikes: Strikes) -> tuple[bool, bool]:
    return strikes.of("full_for_range") is not None, strikes.of("changed_etag") is not None


# --- pages -----------------------------------------------------------------------------------------------------------


def _query(call: Call, name: str) -> str:
    return parse_qs(urlsplit(call.head.target).query).get(name, [""])[0]


def _claim_page(call: Call) -> Prepared:
    return Prepared(pages.claim_page(call.world, _query(call, "ct"), take=call.head.method == "POST"))


def _register_page(call: Call) -> Prepared:
    return Prepared(pages.register_page(call.world, _query(call, "bind"), take=call.head.method == "POST"))


# --- the table -------------------------------------------------------------------------------------------------------


def _route(
    name: str, methods: str, path: str, act: Callable[[Call], Prepared], read: Callable[[Call], None] = read_nothing
) -> Route:
    pattern = re.sub(r"<(\w+)(\+?)>", lambda match: f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})", path)
    return Route(name, tuple(methods.split()), re.compile(pattern), read, act)


_TABLE = (
    _route("token", "POST", "/api/auth/anonymous-token", _token),
    _route("session", "POST", "/api/tasks/me/with-session/nemo_agent", _session, read_json),
    _route("claim", "POST", "/api/auth/claim-token", _claim, read_json),
    _route("message", "POST", "/run_sse", _message, read_json),
    _route("upload", "POST", "/api/upload-video/nemo_agent/me/<session>", _upload, read_upload),
    _route("credits", "GET", "/api/credits/balance/simple", _credits),
    _route("state", "GET", "/api/state/nemo_agent/me/<session>/latest", _state),
    _route("render", "POST", "/api/render/proxy/lambda", _render, read_json),
    _route("render_status", "GET", "/api/render/proxy/lambda/<render>", _render_status),
    _route("render_cancel", "POST", "/api/render/proxy/lambda/<render>/cancel", _render_cancel),
    _route("render_download", "GET HEAD", "/api/render/proxy/<render>/download", _render_download),
    _route("result", "GET HEAD", "/__cdn__/<file+>", _result),
    _route("claim_page", "GET POST", "/workspace/claim", _claim_page),
    _route("register_page", "GET POST", "/register", _register_page),
)


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]] | None:
    """The route of a request and what its path names; None for an unknown one."""
    for route in _TABLE:
        if method in route.methods and (match := route.pattern.fullmatch(path)):
            return route, match.groupdict()
    return None
