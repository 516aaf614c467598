"""The one place that makes requests with httpx: silent ones, whose errors come out in our words."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from clipline.errors import CliplineError, InputError, ServiceError
from clipline.http import library
from clipline.http.address import ADDRESS_HINT
from clipline.http.line import Line
from clipline.http.networks import Network
from clipline.http.proxies import LOGIN_HINT, Proxy, proxy_for
from clipline.http.trust import reason_of, trusted

if TYPE_CHECKING:
    import httpx

__all__ = ["framed", "no_reply", "opened", "pieces_of", "unreachable"]

#: Headers of every request that has no others.
_USUAL = {"Accept": "*/*", "Accept-Encoding": "identity", "Connection": "keep-alive", "User-Agent": "clipline"}
#: The status with which a proxy asks who one is.
_PROXY_LOGIN = 407

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
    named_by: Network | None = None,
) -> Iterator[httpx.Response]:
    """Send one request, once, and give the response with its body still to be read. No redirect is followed.

    Args:
        line: watches the socket.
        host: what messages name.
        method: like `GET`.
        url: an address that `host_of` takes.
        headers: sent as they are.
        connect: seconds within which a connection, TLS included, must stand.
        content: the body.
        named_by: the network of the server that named the address; None where a person did, who may name any.

    Raises:
        InputError: the address cannot be sent, or a proxy or certificates are set that are none.
        ServiceError: `private_address`; `unreachable` where not a byte of the request was written, else `no_reply`,
            whether while sending or while the body is read; `proxy_refused` where the proxy itself answered.
    """
    library.load()
    import httpx

    from clipline.http.transport import Transport

    proxy = proxy_for(url)
    try:
        request = httpx.Request(
            method,
            url,
            headers=_headers(headers),
            content=content,
            # All other limits are the clock's; this one ends a thread that nobody waits for any more.
            extensions={"trace": line.watch, "timeout": httpx.Timeout(None, connect=connect).as_dict()},
        )
        # Not by a client of httpx, which reads where a redirect leads though it is to follow none.
        with (
            Transport(line, trusted(), proxy, named_by) as transport,
            contextlib.closing(transport.handle_request(request)) as response,
        ):
            _check_login(proxy, response.status_code)
            yield response
    except CliplineError:
        raise
    except httpx.InvalidURL:
        raise InputError("not an http or https address", code="bad_url", hint=ADDRESS_HINT) from None
    except Exception as error:  # noqa: BLE001 - whatever a library raises may quote what must not be seen
        raise (no_reply(host) if line.sent else _unreached(host, proxy, error)) from None


def _headers(own: Mapping[str, str]) -> httpx.Headers:
    import httpx

    # At INFO and DEBUG these print addresses and headers, whatever level the program itself logs at.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    headers = httpx.Headers(_USUAL)
    headers.update(dict(own))
    return headers


def _check_login(proxy: Proxy | None, status: int) -> None:
    if proxy is not None and status == _PROXY_LOGIN:
        words = f"the proxy {proxy} wants another user name or password"
        raise ServiceError(words, code="proxy_refused", retry="unsure", hint=LOGIN_HINT)


def unreachable(host: str, why: str, hint: str = "") -> ServiceError:
    """The error for a request of which not a byte was written."""
    words = f"cannot reach {host}: {why}"
    return ServiceError(words, code="unreachable", hint=hint or "check the address and the network")


def _unreached(host: str, proxy: Proxy | None, error: Exception) -> ServiceError:
    why, hint = reason_of(error)
    if proxy is None:
        return unreachable(host, why, hint)
    return unreachable(f"{host} through the proxy {proxy}", why, hint or "check the proxy and the network")


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
