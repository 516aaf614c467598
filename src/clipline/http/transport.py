"""How a request gets to its server: straight or through a proxy, to addresses that were looked at before.

The name is resolved here, and the very addresses that were looked at are connected to: a name that leads elsewhere the
next moment (DNS rebinding) leads nowhere. What a proxy resolves, the proxy answers for; numbers and names of this
machine are looked at all the same.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Iterator

import httpcore
import httpx

from clipline.errors import ServiceError
from clipline.http.line import Line
from clipline.http.networks import Network, is_here, may_name, network_of, numeric
from clipline.http.proxies import Proxy

__all__ = ["Transport"]


class Transport(httpx.BaseTransport):
    """Takes the requests of one exchange.

    Args:
        line: is told the network that the server stands in.
        tls: what certificates are checked by.
        proxy: to go through, if any.
        named_by: the network of the server that named the address; None where a person did, who may name any.
    """

    def __init__(self, line: Line, tls: ssl.SSLContext, proxy: Proxy | None, named_by: Network | None) -> None:
        self._line = line
        self._named_by = named_by
        self._is_direct = proxy is None
        dialer = _Dialer(line, named_by) if proxy is None else httpcore.SyncBackend()
        self._pool = _pool(tls, proxy, dialer)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises what httpcore raises."""
        if not self._is_direct:
            self._line.network = _by_its_name(request.url.raw_host.decode("ascii"), self._named_by)
        address = request.url
        url = httpcore.URL(scheme=address.raw_scheme, host=address.raw_host, port=address.port, target=address.raw_path)
        response = self._pool.handle_request(
            httpcore.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """A response's body, read where it is asked for."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _Dialer(httpcore.SyncBackend):
    """Connects to those addresses of a name that may be connected to."""

    def __init__(self, line: Line, named_by: Network | None) -> None:
        self._line = line
        self._named_by = named_by

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address that answers."""
        open_ones = [each for each in _addresses(host, port) if self._is_open(each)]
        if not open_ones:
            raise _closed(host)
        refused: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in open_ones:
            try:
                stream = super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = refused or error
            else:
                self._line.network = network_of(address)
                return stream
        assert refused is not None
        raise refused

    def _is_open(self, address: str) -> bool:
        return self._named_by is None or may_name(self._named_by, network_of(address))


def _addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a name, in the order in which the system would try them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(error) from error
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


def _by_its_name(host: str, named_by: Network | None) -> Network:
    """The network that a server behind a proxy stands in, as far as its name tells."""
    number = numeric(host)
    network = network_of(number) if number else Network.MACHINE if is_here(host) else Network.PUBLIC
    if named_by is not None and not may_name(named_by, network):
        raise _closed(host)
    return network


def _closed(host: str) -> ServiceError:
    return ServiceError(
        f"a server named {host}, which stands in a network closer to this machine than that server does",
        code="private_address",
        retry="never",
        hint="nothing was asked there; a service in a private network has to be named by its address in that network",
    )


def _pool(tls: ssl.SSLContext, proxy: Proxy | None, dialer: httpcore.NetworkBackend) -> httpcore.ConnectionPool:
    if proxy is None:
        return httpcore.ConnectionPool(ssl_context=tls, network_backend=dialer)
    login = None
    if proxy.login is not None:
        user, password = proxy.login
        login = user.encode(), password.reveal().encode()
    place = httpcore.URL(scheme=proxy.scheme, host=proxy.host, port=proxy.port, target="/")
    if proxy.scheme.startswith("socks"):
        return httpcore.SOCKSProxy(proxy_url=place, proxy_auth=login, ssl_context=tls, network_backend=dialer)
    proxy_tls = tls if proxy.scheme == "https" else None
    return httpcore.HTTPProxy(
        proxy_url=place, proxy_auth=login, ssl_context=tls, proxy_ssl_context=proxy_tls, network_backend=dialer
    )
