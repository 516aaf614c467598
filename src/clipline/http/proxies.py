"""Which proxy a request goes through, as the environment says: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.

As with curl: the lower-case form comes first, `NO_PROXY` lists hosts, domains, addresses, networks (`10.0.0.0/8`) and
`*`, each with a port or without. As with Go: this machine is never reached through a proxy, so that a server of one's
own, the mock among them, works whatever is set. Where the environment says nothing, the settings of macOS and Windows
count.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from clipline.errors import InputError, UsageError
from clipline.http.networks import is_here, numeric
from clipline.values import Secret

__all__ = ["LOGIN_HINT", "Proxy", "proxy_for"]

#: What to do where a proxy asks who one is.
LOGIN_HINT = "user and password stand in the address of the proxy, with an @ between them and the host"
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_HINT = (
    "write it like http://proxy.example.com:3128 or socks5h://127.0.0.1:1080, with signs in a password as %40 and the "
    "like; or unset it"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy; as text its host and where it is set, never its password.

    `login` is user and password, None where there is none; `variable` is where it was found.
    """

    scheme: str
    host: str
    port: int
    login: tuple[str, Secret] | None
    variable: str

    def __str__(self) -> str:
        return f"{self.host}:{self.port} ({self.variable})"


def proxy_for(url: str) -> Proxy | None:
    """The proxy that requests to an `http` or `https` address go through; None where they go there themselves.

    Raises:
        InputError: `bad_proxy`: what is set is no address of a proxy; its text is not quoted.
        UsageError: `proxy_library`: it is a SOCKS proxy, and what speaks with those is not installed.
    """
    parts = urlsplit(url.strip())
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if is_here(host) or _is_excepted(host, port):
        return None
    found = _configured(parts.scheme)
    if found is None:
        found = _of_the_system(parts.scheme, host)
    return _read(*found) if found and found[1] else None


def _value(name: str) -> tuple[str, str] | None:
    """A variable's name as it is set, and its value; the lower-case form comes first, be it empty."""
    for variable in (name, name.upper()):
        # A server that runs us by CGI sets HTTP_PROXY from a header of whoever asks it.
        if variable in os.environ and not (variable == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ):
            return variable, os.environ[variable].strip()
    return None


def _configured(scheme: str) -> tuple[str, str] | None:
    return _value(f"{scheme}_proxy") or _value("all_proxy")


def _of_the_system(scheme: str, host: str) -> tuple[str, str] | None:
    """What macOS or Windows has set; elsewhere there is nothing but the environment."""
    import urllib.request

    value = urllib.request.getproxies().get(scheme)
    if not value or f"{scheme}_proxy".upper() in os.environ or urllib.request.proxy_bypass(host):
        return None
    return "the system's settings", value


# --- what is excepted ------------------------------------------------------------------------------------------------


def _is_excepted(host: str, port: int) -> bool:
    return any(_matches(entry, host, port) for entry in _exceptions())


def _exceptions() -> Iterator[str]:
    found = _value("no_proxy")
    yield from filter(None, re.split(r"[,\s]+", found[1])) if found else ()


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    with contextlib.suppress(ValueError):
        return _in_network(entry, host)
    match = re.fullmatch(r"\[?(.*?)\]?(?::(\d{1,5}))?", entry.lower())
    if match is None or (match[2] and int(match[2]) != port):
        return False
    name, wanted = host.rstrip(".").lower(), match[1].removeprefix("*").strip(".")
    with contextlib.suppress(ValueError):
        return _in_network(wanted, host)
    return bool(wanted) and (name == wanted or name.endswith(f".{wanted}"))


def _in_network(entry: str, host: str) -> bool:
    """Whether a host is of an address or network; raises `ValueError` where the entry is neither."""
    network = ip_network(entry.strip("[]"), strict=False)
    number = numeric(host)
    return number is not None and ip_address(number.partition("%")[0]) in network


# --- what is set -----------------------------------------------------------------------------------------------------


def _read(variable: str, value: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    rest = parts.path.strip("/") or parts.query or parts.fragment
    if not host or parts.scheme not in _PORTS or rest or not re.fullmatch(r"[\x21-\x7e]+", value):
        raise InputError(f"{variable} holds no address of a proxy", code="bad_proxy", hint=_HINT)
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        raise UsageError(
            f"{variable} names a SOCKS proxy, and what speaks with those is not installed",
            code="proxy_library",
            hint="pip install 'clipline[socks]'",
        )
    login = None
    if parts.username or parts.password:
        login = unquote(parts.username or ""), Secret(unquote(parts.password or ""))
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], login, variable)
