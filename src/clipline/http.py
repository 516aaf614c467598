"""The one door to httpx: requests that the person can stop, with deadlines that are ours.

httpx alone leaves holes that this module closes: its read timeout is per read, so a server that drips can hold it for
ever; nothing wakes a blocked read; its log names whole addresses; its exceptions quote header values. Here a request
runs on a daemon thread with its socket registered: cancelling, or a passed deadline, shuts that socket down and
returns at once. Messages name a host, never an address (its path or query may be a secret) and never a header's value.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clipline.clock import Clock
from clipline.errors import CliplineError, InputError, ServiceError, TimedOut

if TYPE_CHECKING:
    import httpx

__all__ = ["Reply", "host_of", "post"]

#: Bytes of a reply's body that are kept; the rest is not read.
BODY_CAP = 64 * 1024
#: Seconds within which a connection, TLS included, must stand.
CONNECT_SECONDS = 10.0
#: How often a waiting caller looks at a clock that a test may have moved.
_LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: the headers by lower-case name, and at most `BODY_CAP` bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def post(url: str, *, content: bytes, headers: Mapping[str, str], clock: Clock, timeout: float = 30.0) -> Reply:
    """Send one POST request, once: nothing is sent again and no redirect is followed.

    Args:
        url: an `http` or `https` address, without a user name in it.
        content: the body.
        headers: sent as they are, beside `Content-Length`, `Host` and the like.
        clock: cancels, and bounds the time with its deadline.
        timeout: seconds that the whole exchange may take, the body of the reply included.

    Raises:
        InputError: the address or a header cannot be sent.
        ServiceError: no whole answer came; code `unreachable` where not a byte of the request was written;
            `no_reply` where the request may have arrived and `deadline` where `timeout` passed first, both `unsure`.
        Cancelled: the clock's token was cancelled.
        TimedOut: the clock's own deadline passed.
    """
    host = host_of(url)
    _check_headers(headers)
    clock.check()
    exchange = _Exchange(url, host, content, dict(headers), timeout)
    return exchange.run(clock, clock.within(timeout))


def host_of(url: str) -> str:
    """The host, and the port where one is written, of an address; what messages may name.

    Raises:
        InputError: it is no `http` or `https` address.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    hint = "write it like https://example.com/hooks/clipline"
    if not host or parts.scheme not in {"http", "https"} or re.search(r"[\s\x00-\x1f\x7f]", url.strip()):
        raise InputError("not an http or https address", code="bad_url", hint=hint)
    if parts.username or parts.password:
        raise InputError("an address with a user name or password in it is not sent", code="bad_url", hint=hint)
    return f"{host}:{port}" if port else host


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise InputError("a header has a name that cannot be sent", code="bad_header")
        if not re.fullmatch(r"[\t\x20-\x7e]*", value):
            raise InputError(
                f"the header {name!r} has a value that cannot be sent: a line break, or what is not ASCII",
                code="bad_header",
                hint="a token often ends with a line break by mistake",
            )


class _Line:
    """The socket of one exchange, once there is one; `sent` once a byte of the request may have been written."""

    def __init__(self) -> None:
        self.sent = False
        self._socket: socket.socket | None = None
        self._is_cut = False
        self._lock = threading.Lock()

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Take what httpx tells while it works (its `trace` extension)."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
            if self._is_cut:
                self.cut()
        elif event.endswith(".send_request_headers.started"):
            self.sent = True

    def cut(self) -> None:
        """Wake whoever blocks on the socket; harmless when all is over."""
        with self._lock:
            self._is_cut = True
            if self._socket is not None:
                # The plain socket's method: that of a TLS socket drops the state that the other thread is using.
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


@dataclass
class _Exchange:
    """One request on its own thread, and what came of it."""

    url: str
    host: str
    content: bytes
    headers: dict[str, str]
    timeout: float
    reply: Reply | None = None
    error: CliplineError | None = None
    done: threading.Event = field(default_factory=threading.Event)
    line: _Line = field(default_factory=_Line)

    def run(self, clock: Clock, limited: Clock) -> Reply:
        """Wait for the reply as `limited` allows; `clock` tells whose deadline it was."""
        threading.Thread(target=self._work, name=f"http to {self.host}", daemon=True).start()
        forget = clock.token.on_cancel(self.done.set)
        try:
            while not self.done.wait(min(_LOOK_SECONDS, limited.remaining or 0.0)):
                limited.check()
            if self.reply is None:  # then the end may be our own doing: the person's word comes first
                clock.check()
        except TimedOut:
            clock.check()
            words = f"{self.host} did not answer within {self.timeout:g}s"
            raise ServiceError(words, code="deadline", retry="unsure", hint="try again later") from None
        finally:
            forget()
            self.line.cut()
        if self.error:
            raise self.error
        assert self.reply is not None
        return self.reply

    def _work(self) -> None:
        try:
            self.reply = self._exchange()
        except CliplineError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001 - whatever a library raises may quote what must not be seen
            words = f"{self.host} could not be asked ({type(error).__name__})"
            self.error = ServiceError(words, code="no_reply", retry="unsure")
        finally:
            self.done.set()

    def _exchange(self) -> Reply:
        import httpx

        try:
            with (
                _quiet_client() as client,
                client.stream(
                    "POST",
                    self.url,
                    content=self.content,
                    headers=self.headers,
                    timeout=httpx.Timeout(self.timeout, connect=min(CONNECT_SECONDS, self.timeout)),
                    extensions={"trace": self.line.watch},
                ) as response,
            ):
                return Reply(response.status_code, dict(response.headers), _read_some(response))
        except httpx.InvalidURL:
            raise InputError("not an http or https address", code="bad_url") from None
        except httpx.HTTPError as error:
            raise self._as_ours(error) from None

    def _as_ours(self, error: httpx.HTTPError) -> ServiceError:
        if not self.line.sent:
            reason = _why(error)
            return ServiceError(
                f"cannot reach {self.host}: {reason}", code="unreachable", hint="check the address and the network"
            )
        words = f"{self.host} broke off without an answer"
        return ServiceError(words, code="no_reply", retry="unsure", hint="try again later")


@contextlib.contextmanager
def _quiet_client() -> Iterator[httpx.Client]:
    import httpx

    # At INFO and DEBUG these print addresses and headers, whatever level the program itself logs at.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    with httpx.Client(
        follow_redirects=False, headers={"Accept-Encoding": "identity", "User-Agent": "clipline"}
    ) as client:
        yield client


def _read_some(response: httpx.Response) -> bytes:
    body = b""
    for piece in response.iter_raw():
        body += piece
        if len(body) >= BODY_CAP:
            break
    return body[:BODY_CAP]


def _why(error: BaseException) -> str:
    """A short reason without anything that was sent."""
    import ssl

    import httpx

    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({seen.verify_message})"
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror.lower()
        seen = seen.__cause__ or seen.__context__
    return "no connection within the time" if isinstance(error, httpx.TimeoutException) else "no connection"
