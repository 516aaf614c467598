"""One request and its whole reply."""

from __future__ import annotations

from collections.abc import Mapping

from clipline.clock import Clock
from clipline.http.address import check_headers, host_of
from clipline.http.client import opened
from clipline.http.job import CONNECT_SECONDS, Job, Limits
from clipline.http.line import Line
from clipline.http.networks import Network
from clipline.http.replies import BODY_CAP, Reply, read_reply

__all__ = ["post", "request"]


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    clock: Clock,
    content: bytes = b"",
    timeout: float = 30.0,
    cap: int = BODY_CAP,
    named_by: Network | None = None,
) -> Reply:
    """Send one request, once: nothing is sent again and no redirect is followed.

    Args:
        method: like `GET`.
        url: an `http` or `https` address, without a user name in it.
        content: the body.
        headers: sent as they are, beside `Content-Length`, `Host` and the like.
        clock: cancels, and bounds the time with its deadline.
        timeout: seconds that the whole exchange may take, the body of the reply included.
        cap: bytes of the reply's body that are kept.
        named_by: the network of the server that named the address, which may lead no closer to this machine than that
            server stands itself (`Reply.network` tells); None where a person named it.

    Raises:
        InputError: the address or a header cannot be sent; or the proxy or the certificates of the environment are none
            (`bad_proxy`, `bad_certificates`).
        ServiceError: no whole answer came; code `unreachable` (`safe`) where not a byte of the request was written;
            `no_reply` where the request may have arrived and `deadline` where `timeout` passed first, both `unsure`;
            `private_address` where it leads where `named_by` must not lead; `proxy_refused`.
        Cancelled: the clock's token was cancelled.
        TimedOut: the clock's own deadline passed.
    """
    host = host_of(url)
    check_headers(headers)
    clock.check()
    connect = min(CONNECT_SECONDS, timeout)
    line = Line(clock)

    def exchange() -> Reply:
        with opened(
            line, host, method, url, headers=headers, content=content, connect=connect, named_by=named_by
        ) as response:
            return read_reply(response, line, host, cap)

    return Job(Limits(host, clock, clock.monotonic(), connect, total=timeout), line, exchange).run()


def post(url: str, *, content: bytes, headers: Mapping[str, str], clock: Clock, timeout: float = 30.0) -> Reply:
    """Send one POST request, once, as `request` does."""
    return request("POST", url, content=content, headers=headers, clock=clock, timeout=timeout)
