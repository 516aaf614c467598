"""One call to the service: its headers, how often it may be tried, and how long is waited in between.

A call that only reads is repeated a few times where the line or the service fails. A call that does something is sent
once; only a complete reply that says "too many requests", which proves that nothing was done, allows one more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from clipline import http
from clipline.clock import Clock
from clipline.errors import CliplineError, ServiceError
from clipline.http import Reply
from clipline.nemo.attribution import Attribution
from clipline.nemo.options import LONGEST_WAIT, NemoOptions
from clipline.nemo.protocol import Asked, Call, Route, read
from clipline.nemo.token_file import Token
from clipline.values import JsonObject

__all__ = ["Caller"]

T = TypeVar("T")

#: Further tries of a call that only reads.
READ_AGAIN = 3
#: Seconds before the first of them where nobody answered at all; doubled for each one after it.
_REPLACED = 0.2
#: Bytes of a reply that are read; a draft can be large.
REPLY_CAP, STATE_CAP = 1024 * 1024, 8 * 1024 * 1024

#: What a call that only reads is repeated after, by code.
_PASSING = frozenset({"unreachable", "no_reply", "deadline", "server_error", "odd_reply"})


class Caller:
    """Sends calls with a token.

    Args:
        options: where to, and the waits.
        clock: waits and cancels.
        attribution: who asks.
    """

    def __init__(self, options: NemoOptions, clock: Clock, attribution: Attribution) -> None:
        self.options = options
        self.clock = clock
        self._attribution = attribution
        #: Where the service stands, as its last reply came from; what it names may lead no closer to this machine.
        self.network = http.Network.PUBLIC

    def address(self, path: str) -> str:
        """The whole address of a path."""
        return self.options.api_url.rstrip("/") + path

    def headers(self, token: Token | None, own: Mapping[str, str] | None = None) -> dict[str, str]:
        """The headers of a request: a call's `own`, who asks, and the token where there is one."""
        bearer = {"Authorization": f"Bearer {token.value.reveal()}"} if token else {}
        return {**(own or {}), **self._attribution.headers, **bearer}

    def asked(self, route: Route, token: Token | None) -> Asked:
        """What the words of a failure depend on."""
        return Asked(
            route=route,
            web_url=self.options.web_url,
            user_id=token.user_id if token else "",
            supplied=token.supplied if token else False,
            now=self.clock.now(),
        )

    def ask(self, call: Call, token: Token | None) -> tuple[JsonObject, bytes]:
        """The data of the reply, and its body as it came; tried as `tried` allows.

        Raises:
            CliplineError: what `clipline.http.request` or `protocol.read` raises.
        """
        return self.tried(lambda: self.ask_once(call, token), reads=call.method == "GET")

    def ask_once(self, call: Call, token: Token | None) -> tuple[JsonObject, bytes]:
        """The same without a second try."""
        reply = http.request(
            call.method,
            self.address(call.path),
            headers=self.headers(token, call.headers),
            content=call.content,
            clock=self.clock,
            cap=STATE_CAP if call.route == "state" else REPLY_CAP,
        )
        self.network = reply.network
        return self.data_of(reply, call, token), reply.body

    def data_of(self, reply: Reply, call: Call, token: Token | None) -> JsonObject:
        """What a whole reply says; raises what it failed with, without our secrets, which a service may quote."""
        asked = self.asked(call.route, token)
        try:
            return read(reply, asked)
        except CliplineError:
            body = self._without_secrets(reply.body, call, token)
            if body == reply.body:
                raise
        return read(replace(reply, body=body), asked)  # fails the same way

    def _without_secrets(self, body: bytes, call: Call, token: Token | None) -> bytes:
        """Before its words are cut to a length: half of a secret would not be found any more."""
        for secret in (token.value.reveal() if token else "", call.headers.get("X-Client-Id", "")):
            # As it is, and as it stands in JSON; some servers escape the slash there too.
            quoted = json.dumps(secret)[1:-1]
            for form in filter(None, (secret, quoted, quoted.replace("/", "\\/"))):
                body = body.replace(form.encode(), b"...")
        return body

    def tried(self, work: Callable[[], T], *, reads: bool) -> T:
        """Do `work`, again after a wait where its error allows; `reads`: it changes nothing on the other side."""
        done = 0
        while True:
            try:
                return work()
            except ServiceError as error:
                wait = self._wait_after(error, done, reads=reads)
                if wait is None:
                    raise
            done += 1
            self.clock.sleep(wait)

    def _wait_after(self, error: ServiceError, done: int, *, reads: bool) -> float | None:
        """The seconds until the next try; None where there is none."""
        is_limit = error.code == "rate_limited"
        if not (is_limit or (reads and error.code in _PASSING)) or done >= (READ_AGAIN if reads else 1):
            return None
        # 1 s, 2 s, 4 s by default; the waits of a mock are shorter, all of them. But a server that is being replaced,
        # as the mock's is when the process that serves it ends, needs a moment in real time.
        usual = self.options.rate_wait * (1.0 if is_limit else 2**done / 30)
        usual = max(usual, _REPLACED * 2**done if error.code == "unreachable" else 0.0)
        wait = usual if error.retry_after is None else error.retry_after
        return wait if wait <= max(LONGEST_WAIT, usual) else None
