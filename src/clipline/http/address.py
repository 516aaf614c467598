"""What may be sent and where to: addresses, the host that messages may name, headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from clipline.errors import InputError

__all__ = ["ADDRESS_HINT", "check_headers", "host_of", "origin_of"]

#: What an address looks like.
ADDRESS_HINT = "write it like https://example.com/hooks/clipline"


def host_of(url: str) -> str:
    """The host, and the port where one is written, of an address; what messages may name.

    Raises:
        InputError: it is no `http` or `https` address, or has a user name or password in it.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if not host or parts.scheme not in {"http", "https"} or re.search(r"[\s\x00-\x1f\x7f]", url.strip()):
        raise InputError("not an http or https address", code="bad_url", hint=ADDRESS_HINT)
    if parts.username or parts.password:
        raise InputError("an address with a user name or password in it is not sent", code="bad_url", hint=ADDRESS_HINT)
    return f"{host}:{port}" if port else host


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must be equal for two addresses to be the same server's."""
    parts = urlsplit(url.strip())
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def check_headers(headers: Mapping[str, str]) -> None:
    """Make sure that headers can be sent; a complaint never shows a value.

    Raises:
        InputError: a name or a value has characters that would break a request, or that are not ASCII, or a value has
            a blank at an end.
    """
    for name, value in headers.items():
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
            raise InputError("a header has a name that cannot be sent", code="bad_header")
        if not re.fullmatch(r"[\t\x20-\x7e]*", value) or value != value.strip():
            raise InputError(
                f"the header {name!r} has a value that cannot be sent: a line break, a blank at an end, or no ASCII",
                code="bad_header",
                hint="a token often ends with a line break by mistake",
            )
