"""Signed webhooks, as the Standard Webhooks specification has them, and the channel that sends them.

A message is sent until somebody acknowledges it with a 2xx status, always under the same `webhook-id`: whoever
receives it twice can tell. The signature is HMAC-SHA256 over `ID.TIMESTAMP.BODY`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from clipline.clock import Clock
from clipline.errors import CheckFailed, InputError, ServiceError, StageFailed
from clipline.stage import Channel, Message, StageCall
from clipline.values import JsonObject, Secret, format_duration, parse_duration

__all__ = ["WEBHOOK", "sign", "verify"]

#: Seconds that a timestamp may differ from the receiver's clock, as the specification's own libraries have it.
TOLERANCE = 300.0
#: Bytes of a key, the least that the specification allows.
SHORTEST_KEY = 24
SECRET_PREFIX = "whsec_"  # noqa: S105  # a prefix, no secret


# --- signatures ------------------------------------------------------------------------------------------------------


def sign(payload: bytes, *, message_id: str, timestamp: int, secret: str) -> dict[str, str]:
    """The three headers of a signed message.

    Args:
        payload: the body, byte by byte as it is sent.
        message_id: the same for every attempt at the same message.
        timestamp: seconds since 1970 of this attempt.
        secret: `whsec_` and base64, with or without the prefix.

    Raises:
        InputError: the secret is none.
    """
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{_signature(payload, message_id, str(timestamp), secret)}",
    }


def verify(payload: bytes, headers: Mapping[str, str], secret: str, *, now: float, tolerance: float = TOLERANCE) -> str:
    """Check that a message is whole, recent and from somebody who knows the secret; gives its id.

    Args:
        payload: the body, byte by byte as it was received.
        headers: those of the request, by name in any case.
        secret: `whsec_` and base64, with or without the prefix.
        now: seconds since 1970.
        tolerance: seconds that the message may be older or newer than `now`.

    Raises:
        CheckFailed: a header is missing, the time is off, or no signature fits.
        InputError: the secret is none.
    """
    given = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in ("webhook-id", "webhook-timestamp", "webhook-signature") if not given.get(name)]
    if missing:
        raise _not_verified(f"{' and '.join(missing)} missing")
    message_id, timestamp = given["webhook-id"], given["webhook-timestamp"]
    if not re.fullmatch(r"\d{1,12}", timestamp):
        raise _not_verified("webhook-timestamp is not a number of seconds")
    off = now - int(timestamp)
    if abs(off) > tolerance:
        raise _not_verified(
            f"it is {abs(off):.0f}s {'old' if off > 0 else 'ahead of the clock'}, {tolerance:g}s are allowed"
        )
    wanted = _signature(payload, message_id, timestamp, secret)
    # Text of the command line that is no UTF-8 is compared as the bytes that it was. A sender that changes its secret
    # signs with both, parted by a blank.
    for signature in given["webhook-signature"].split():
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode("utf-8", "surrogateescape"), wanted.encode()):
            return message_id
    raise _not_verified("no signature fits: another secret, or the body was changed")


def _not_verified(why: str) -> CheckFailed:
    return CheckFailed(f"the webhook is not verified: {why}", code="webhook_signature")


def _signature(payload: bytes, message_id: str, timestamp: str, secret: str) -> str:
    signed = f"{message_id}.{timestamp}.".encode("utf-8", "surrogateescape") + payload
    return base64.b64encode(hmac.digest(_key(secret), signed, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.strip().removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < SHORTEST_KEY:
        raise InputError(
            "the webhook's secret cannot be used",
            code="webhook_secret",
            hint=f"it is {SECRET_PREFIX} followed by the base64 of at least {SHORTEST_KEY} random bytes",
        )
    return key


# --- the channel -----------------------------------------------------------------------------------------------------

#: Seconds before the second attempt, doubled for each further one, and the longest that a server may ask to wait.
FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0
LONGEST_RETRY_AFTER = 600.0
_PASSING = frozenset({408, 429})


def _send(call: StageCall, message: Message, options: JsonObject) -> JsonObject:
    letter = _Letter(
        url=_plain(options["url"]),
        secret=_plain(options.get("secret", "")),
        message_id=message.data["id"],
        body=_body(call, message),
        timeout=parse_duration(options.get("timeout", 15)),
    )
    attempts = int(options.get("attempts", 6))
    delay = FIRST_DELAY
    for attempt in range(1, attempts + 1):
        passing = letter.send(call.clock)
        if passing is None:
            return {"host": letter.host, "attempts": attempt}
        error, asked = passing
        if attempt == attempts:
            raise error
        wait = max(delay, asked)
        if wait > LONGEST_RETRY_AFTER:
            raise ServiceError(f"{error.message}, and asks to wait {format_duration(wait)}", hint="send it again later")
        call.note(f"{error.message}; trying again in {format_duration(wait)}")
        call.clock.sleep(wait)
        delay = min(LONGEST_DELAY, delay * 2)
    raise AssertionError("the last attempt returns or raises")


@dataclass(frozen=True)
class _Letter:
    """One message on its way to one address."""

    url: str
    secret: str
    message_id: str
    body: bytes
    timeout: float

    @property
    def host(self) -> str:
        from clipline import http

        return http.host_of(self.url)

    def send(self, clock: Clock) -> tuple[ServiceError, float] | None:
        """Send it once: None where it was acknowledged, else what may pass, and the seconds the server asks to wait.

        Raises:
            StageFailed: the receiver does not want it, and will not later.
        """
        from clipline import http  # not before there is a message: every command imports this module

        now = int(clock.now())
        try:
            reply = http.post(
                self.url, content=self.body, headers=self._headers(now), clock=clock, timeout=self.timeout
            )
        except ServiceError as error:
            return error, 0.0
        if 200 <= reply.status < 300:
            return None
        words = f"the webhook at {self.host} answered {reply.status}"
        if reply.status in _PASSING or reply.status >= 500:
            return ServiceError(words), http.retry_after(reply.headers, now) or 0.0
        if 300 <= reply.status < 400:
            raise StageFailed(words, hint="redirects are not followed; write the address that it leads to")
        raise StageFailed(words, hint="check the address, and the secret if the receiver verifies it")

    def _headers(self, now: int) -> dict[str, str]:
        plain = {"content-type": "application/json", "webhook-id": self.message_id, "webhook-timestamp": str(now)}
        if not self.secret:
            return plain
        return plain | sign(self.body, message_id=self.message_id, timestamp=now, secret=self.secret)


def _plain(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _body(call: StageCall, message: Message) -> bytes:
    payload = {
        "type": "clipline.notify",
        "timestamp": datetime.fromtimestamp(call.clock.now(), UTC).isoformat(),
        "data": {"text": message.text, **message.data},
    }
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


WEBHOOK = Channel(
    "webhook",
    _send,
    {
        "type": "object",
        "properties": {
            "url": {"type": "string", "minLength": 1, "description": "Where to send it: an http or https address."},
            "secret": {
                "type": "string",
                "minLength": 1,
                "x-clipline-secret": True,
                "description": "Signs the message: `whsec_` and base64. Without one it goes unsigned.",
            },
            "timeout": {
                "type": ["string", "number"],
                "format": "duration",
                "default": "15s",
                "description": "How long one attempt may take.",
            },
            "attempts": {
                "type": "integer",
                "minimum": 1,
                "maximum": 20,
                "default": 6,
                "description": "How often to try: after a broken line and the statuses 408, 429 and 5xx.",
            },
        },
        "required": ["url"],
        "additionalProperties": False,
    },
    summary="Send a signed POST request (Standard Webhooks), tried again until it is acknowledged.",
    secret_options=frozenset({"url", "secret"}),
)
