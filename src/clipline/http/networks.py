"""Where a server stands: out in the internet, in a private network, on this link, on this very machine. Pure.

An address that a server names, in a reply or a redirect, must not lead closer to this machine than the server stands
itself. Else whoever answers from the internet could have a router, a neighbour, a service on this machine or a cloud's
metadata (169.254.169.254) asked from the inside. An address that a person typed may lead anywhere.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from enum import Enum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

__all__ = ["Network", "is_here", "may_name", "network_of", "numeric"]


class Network(Enum):
    """The network that an address is of, as far as other machines go."""

    PUBLIC = "the internet"
    #: RFC 1918, RFC 4193, carriers' and VPNs' 100.64.0.0/10, and whatever else the internet does not route.
    PRIVATE = "a private network"
    #: 169.254.0.0/16 and fe80::/10, where a cloud's metadata is.
    LINK = "the local link"
    #: Loopback, and the unspecified address, which leads there too.
    MACHINE = "this machine"
    #: Multicast, broadcast and reserved: no server stands there.
    NOWHERE = "no single machine"


_MAY_NAME: Mapping[Network, frozenset[Network]] = {
    Network.PUBLIC: frozenset({Network.PUBLIC}),
    Network.PRIVATE: frozenset({Network.PUBLIC, Network.PRIVATE}),
    Network.LINK: frozenset({Network.PUBLIC, Network.PRIVATE, Network.LINK}),
    # What runs here may hand out files of a container or a neighbour; metadata it has no business with.
    Network.MACHINE: frozenset({Network.PUBLIC, Network.PRIVATE, Network.MACHINE}),
    Network.NOWHERE: frozenset({Network.PUBLIC}),
}

_NAT64, _COMPATIBLE = IPv6Network("64:ff9b::/96"), IPv6Network("::/96")


def may_name(server: Network, other: Network) -> bool:
    """Whether a server that stands in one network may name an address in the other."""
    return other in _MAY_NAME[server]


def network_of(address: str) -> Network:
    """The network of an IP address in its usual form, IPv4 within IPv6 (mapped, NAT64, 6to4, Teredo) included.

    Raises:
        ValueError: it is none.
    """
    ip = _plain(ip_address(address.partition("%")[0]))
    if ip.is_loopback or ip.is_unspecified or (ip.version == 4 and ip.packed[0] == 0):
        return Network.MACHINE
    if ip.is_link_local:
        return Network.LINK
    if ip.is_multicast or ip.is_reserved:
        return Network.NOWHERE
    is_site_local = isinstance(ip, IPv6Address) and ip.is_site_local
    return Network.PUBLIC if ip.is_global and not is_site_local else Network.PRIVATE


def _plain(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, IPv4Address) or ip.is_loopback or ip.is_unspecified:
        return ip
    if ip in _NAT64 or ip in _COMPATIBLE:
        return IPv4Address(ip.packed[-4:])
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else ip)


def numeric(host: str) -> str | None:
    """The IP address that a host is in any way of writing that the system takes, like `0x7f.1`; None where a name."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return None
    return str(found[0][4][0])


def is_here(host: str) -> bool:
    """Whether a host is this machine by its name or number alone, with nobody asked."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    number = numeric(host)
    return number is not None and network_of(number) is Network.MACHINE
