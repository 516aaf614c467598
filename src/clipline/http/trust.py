"""Which certificates are trusted, and why a connection did not come about."""

from __future__ import annotations

import functools
import os
import re
from typing import TYPE_CHECKING

from clipline.errors import InputError
from clipline.http import library
from clipline.http.proxies import LOGIN_HINT

if TYPE_CHECKING:
    import ssl

__all__ = ["certificates", "reason_of", "tls_context", "trusted"]

#: What names certificates in the environment, as OpenSSL has it; the first that is set counts.
_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_TRUST_HINT = (
    "if it is signed by an authority that you trust, name that one's certificate: SSL_CERT_FILE=/path/to/ca.pem"
)


def tls_context() -> ssl.SSLContext:
    """A new context that verifies: against certifi's list, or `SSL_CERT_FILE` or `SSL_CERT_DIR` where one is set.

    Raises:
        InputError: `bad_certificates`: what is set holds none that can be read.
    """
    library.load()
    import httpx

    try:
        return httpx.create_ssl_context()
    except OSError:  # an SSLError too
        variable = next((name for name in _VARIABLES if os.environ.get(name)), _VARIABLES[0])
    raise InputError(
        f"the certificates that {variable} names cannot be read",
        code="bad_certificates",
        hint=f"name a PEM file that is there and can be read, or unset {variable}",
    )


def certificates() -> str:
    """Where the certificates come from that others are checked by, in words.

    Raises:
        InputError: as `tls_context`.
    """
    trusted()
    variable = next((name for name in _VARIABLES if os.environ.get(name)), None)
    return f"{os.environ[variable]} ({variable})" if variable else "the list of certifi"


def trusted() -> ssl.SSLContext:
    """The context that requests share, for as long as the environment names the same certificates."""
    return _kept(tuple(os.environ.get(name, "") for name in _VARIABLES))


@functools.lru_cache(maxsize=4)
def _kept(_: tuple[str, ...]) -> ssl.SSLContext:
    return tls_context()


def reason_of(error: BaseException) -> tuple[str, str]:
    """Why a connection did not come about, in a few words without anything that was sent; and a hint, if there is one.

    Of what the other side says nothing is quoted but a status.
    """
    import ssl

    import httpcore

    seen: BaseException | None = error
    known: set[int] = set()  # a chain of exceptions may lead back to its beginning
    while seen is not None and id(seen) not in known:
        known.add(id(seen))
        if isinstance(seen, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({seen.verify_message})", _TRUST_HINT
        if isinstance(seen, ssl.SSLError):
            return f"no TLS with it ({(seen.reason or 'broken off').lower().replace('_', ' ')})", ""
        if isinstance(seen, httpcore.ProxyError) and (status := re.match(r"\d{3}\b", str(seen))):
            return f"it answered {status[0]}", LOGIN_HINT if status[0] == "407" else ""
        if isinstance(seen, OSError) and seen.strerror:
            return seen.strerror.lower(), ""
        seen = seen.__cause__ or seen.__context__
    return "no connection within the time" if isinstance(error, httpcore.TimeoutException) else "no connection", ""
