"""The one place that makes httpx clients: silent ones, whose errors come out in our words."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from clipline.errors import CliplineError, InputError, ServiceError
from clipline.http.line import Line

if TYPE_CHECKING:
    import ssl

    import httpx

__all__ = ["framed", "no_reply", "opened", "pieces_of", "tls_context", "unreachable"]

#: Bytes that are read at once where a body is read straight from its connection.
_PIECE = 256 * 1024


@contextlib.contextmanager
def opened(
    line: Line,
    host: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    connect: float,
    content: bytes | Iterable[bytes] = b"",
) -> Iterator[httpx.Response]:
    """Send one request, once, and give the response with its body still to be read. No redirect is followed.

    Raises:
        InputError: the address cannot be sent.
        ServiceError: `unreachable` where not a byte of the request was written, else `no_reply`; whether while
            sending or while the body is read.
    """
    import httpx

    try:
        with (
            _quiet_client(connect) as client,
            client.stream(
                method, url, content=content, headers=dict(headers), extensions={"trace": line.watch}
            ) as response,
        ):
            yield response
    except CliplineError:
        raise
    except httpx.InvalidURL:
        raise InputError("not an http or https address", code="bad_url") from None
    except httpx.HTTPError as error:
        raise (no_reply(host) if line.sent else unreachable(host, _why(error))) from None
    except Exception as error:  # noqa: BLE001 - whatever a library raises may quote what must not be seen
        words = f"{host} could not be asked ({type(error).__name__})"
        if line.sent:
            raise ServiceError(words, code="no_reply", retry="unsure") from None
        raise ServiceError(words, code="unreachable") from None


def unreachable(host: str, why: str) -> ServiceError:
    """The error for a request of which not a byte was written."""
    return ServiceError(f"cannot reach {host}: {why}", code="unreachable", hint="check the address and the network")


def no_reply(host: str, what: str = "broke off without an answer") -> ServiceError:
    """The error for a request that may have arrived, and that no whole answer came to."""
    return ServiceError(f"{host} {what}", code="no_reply", retry="unsure", hint="try again later")


def framed(response: httpx.Response) -> bool:
    """Whether HTTP itself proves where the body ends; else it is wherever the connection closes."""
    return "chunked" in response.headers.get("transfer-encoding", "").lower() or "content-length" in response.headers


def pieces_of(response: httpx.Response, host: str) -> Iterator[bytes]:
    """The body as it comes, without any decoding.

    Where its length is known, all but the beginning is read straight from the connection: the parser would copy each
    byte three times, and a download would take a third longer.

    Raises:
        ServiceError: `no_reply`: it ended before its end.
    """
    pieces = response.iter_raw()
    line = response.extensions.get("network_stream")
    length = response.headers.get("content-length", "")
    if line is None or not length.isdigit() or "transfer-encoding" in response.headers:
        yield from pieces
        return
    # The parser gives all that it holds in its first piece.
    first = next(pieces, b"")
    yield first
    left = int(length) - len(first)
    while left:
        try:
            piece = line.read(min(_PIECE, left))
        except Exception:  # noqa: BLE001 - errors of a library below httpx, which it has no names for here
            piece = b""
        if not piece:
            raise no_reply(host)
        left -= len(piece)
        yield piece


def _quiet_client(connect: float) -> httpx.Client:
    import httpx

    # At INFO and DEBUG these print addresses and headers, whatever level the program itself logs at.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.Client(
        verify=_tls(),
        follow_redirects=False,
        headers={"Accept-Encoding": "identity", "User-Agent": "clipline"},
        # All other limits are the clock's; this one ends a thread that nobody waits for any more.
        timeout=httpx.Timeout(None, connect=connect),
    )


def tls_context() -> ssl.SSLContext:
    """A new context that verifies: against certifi's list, or `SSL_CERT_FILE` and `SSL_CERT_DIR` where one is set."""
    import httpx

    return httpx.create_ssl_context()


@functools.cache
def _tls() -> ssl.SSLContext:
    return tls_context()


def _why(error: BaseException) -> str:
    """A short reason without anything that was sent."""
    import ssl

    import httpx

    seen: BaseException | None = error
    known: set[int] = set()  # a chain of exceptions may lead back to its beginning
    while seen is not None and id(seen) not in known:
        known.add(id(seen))
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({seen.verify_message})"
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror.lower()
        seen = seen.__cause__ or seen.__context__
    return "no connection within the time" if isinstance(error, httpx.TimeoutException) else "no connection"
