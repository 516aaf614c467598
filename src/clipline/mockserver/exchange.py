"""One request and its reply, from the first byte to the last, with the faults that strike on the way."""

from __future__ import annotations

import logging
from typing import BinaryIO

from clipline.errors import Cancelled, CliplineError
from clipline.mockserver.call import Call, Route
from clipline.mockserver.calls import find_route
from clipline.mockserver.control import PREFIX, control_reply
from clipline.mockserver.delivery import Delivery
from clipline.mockserver.envelope import Refusal, Reply, as_json, refusal_reply
from clipline.mockserver.inbound import Body, Head, Malformed
from clipline.mockserver.later import Effect, Prepared
from clipline.mockserver.outlet import Gone, Outlet
from clipline.mockserver.requests import Recorded
from clipline.mockserver.service import Service
from clipline.mockserver.striking import Instead, Strikes

__all__ = ["exchange"]

_CONTROL_LIMIT = 64 * 1024 * 1024
_log = logging.getLogger(__name__)


def exchange(service: Service, head: Head, source: BinaryIO, outlet: Outlet, address: str) -> bool:
    """Answer one request; whether the connection may be used again.

    Raises:
        Gone: the connection is over.
    """
    service.later.look()
    if head.path.startswith(PREFIX):
        return _control(service, head, source, outlet)
    row = service.journal.begin(head.method, head.target, head.headers, head.raw, service.clock.now())
    found = find_route(head.method, head.path)
    row.route = found[0].name if found else ""
    faults = service.book.hits(row.route, head.method, head.path)
    strikes = Strikes(faults, outlet, service.clock, row, service.world.options.envelope)
    body = Body(source, head, lambda: _invite(outlet), row.took)
    route, arguments = found or (None, {})

    def tick() -> None:
        service.later.look()
        if outlet.client_left:
            raise Gone(by_fault=False)

    call = Call(service.world, service.jobs, head, body, address, arguments, strikes, tick, service.local)
    return _answer(service, call, route, outlet, row)


def _answer(service: Service, call: Call, route: Route | None, outlet: Outlet, row: Recorded) -> bool:
    try:
        reply = _reply(service, call, route)
        keep = call.head.keeps_alive and call.body.ended
        delivery = Delivery(outlet, call.strikes, service.clock, row, call.settle)
        chunks, bodiless = call.head.version == "HTTP/1.1", call.head.method == "HEAD"
        return delivery.send(reply, keep=keep, chunks=chunks, bodiless=bodiless)
    except Gone as gone:
        if call.effect:
            call.effect.settle() if gone.by_fault else call.effect.abort()
        raise
    except Cancelled:  # the server is being closed
        if call.effect:
            call.effect.abort()
        raise Gone(by_fault=True) from None


def _reply(service: Service, call: Call, route: Route | None) -> Reply:
    """What to answer, once everything that comes before the first byte of it is done."""
    try:
        call.strikes.at("before_reading")
        if service.transcript is not None or route is None:
            return _without_world(service, call)
        _read(call, route)
        _curse(call, "before_effect")
        call.strikes.at("before_effect")
        prepared = _act(call, route)
        call.effect = _effect(service, call, prepared)
        _curse(call, "after_effect")
        call.strikes.at("after_effect")
        call.strikes.at("delay_effect")
    except Instead as instead:
        return instead.reply
    except Refusal as refusal:
        return refusal_reply(refusal, service.world.options.envelope)
    except Malformed as error:
        return as_json({"detail": str(error)}, 400)
    return prepared.reply


def _read(call: Call, route: Route) -> None:
    try:
        route.read(call)
    except OSError as error:
        raise Gone(by_fault=False) from error


def _act(call: Call, route: Route) -> Prepared:
    """What the route does; a refusal is a reply like any other, which faults may strike."""
    try:
        return route.act(call)
    except Refusal as refusal:
        return Prepared(refusal_reply(refusal, call.world.options.envelope))
    except (CliplineError, ArithmeticError, LookupError, TypeError, ValueError, OSError) as error:
        _log.exception("the mock failed at %s", route.name)
        return Prepared(as_json({"code": 500, "message": f"internal error: {type(error).__name__}"}, 500))


def _effect(service: Service, call: Call, prepared: Prepared) -> Effect:
    strikes = call.strikes
    delay = max((fault.delay for fault in strikes.within("delay_effect")), default=0.0)
    lost = any(fault.effect == "lost" for fault in strikes.faults)
    effect = Effect(prepared, service.later, lost=lost, delay=delay)
    if any(fault.kind == "heartbeats_only" for fault in strikes.within("before_effect")):
        effect.abort()
    elif strikes.within("after_effect") or not callable(prepared.reply.body):
        effect.settle()
    return effect


def _curse(call: Call, phase: str) -> None:
    """Let the faults strike that take a token or a session away."""
    for fault in call.strikes.within(phase):
        with call.world.lock:
            if fault.kind == "dead_token":
                value = call.head.headers.get("authorization", "").partition(" ")[2]
                if token := call.world.state.tokens.get(value):
                    token.dead = True
                    call.strikes.note(fault)
            elif fault.kind == "dead_session" and (session := call.world.state.sessions.get(call.session_id)):
                session.dead = True
                call.strikes.note(fault)
            else:
                continue
            call.world.save()


def _without_world(service: Service, call: Call) -> Reply:
    """From the transcript where one is played, else that nobody knows this route."""
    head = call.head
    while call.body.read():
        pass
    call.strikes.at("before_effect")
    reply = None
    if service.transcript is not None:
        reply = service.transcript.answer(head.method, head.target, service.world.url)
    if reply is None:
        return as_json({"code": 501, "message": f"the mock does not know {head.method} {head.path}"}, 501)
    call.strikes.at("after_effect")
    return reply


def _control(service: Service, head: Head, source: BinaryIO, outlet: Outlet) -> bool:
    body = Body(source, head, lambda: _invite(outlet))
    try:
        reply = control_reply(service, head.method, head.path, body.whole(_CONTROL_LIMIT))
    except Malformed as error:
        reply = as_json({"error": str(error)}, 400)
    row = Recorded(head.method, head.target, head.headers)
    quiet = Strikes((), outlet, service.clock, row, "status")
    delivery = Delivery(outlet, quiet, service.clock, row, lambda: None)
    return delivery.send(reply, keep=head.keeps_alive and body.ended, chunks=True, bodiless=False)


def _invite(outlet: Outlet) -> None:
    outlet.push(b"HTTP/1.1 100 Continue\r\n\r\n")
    outlet.flush()
