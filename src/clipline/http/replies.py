"""Whole replies, read up to a cap."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clipline.http.client import framed, no_reply
from clipline.http.line import Line
from clipline.http.networks import Network

if TYPE_CHECKING:
    import httpx

__all__ = ["BODY_CAP", "Reply", "read_reply"]

#: Bytes of a reply's body that are kept where nothing else is said; the rest is not read.
BODY_CAP = 64 * 1024

#: What zlib calls a stream with either of the headers of gzip and deflate.
_ANY_HEADER = 47


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered.

    Attributes:
        headers: by lower-case name.
        body: at most the cap's number of bytes, without any content encoding.
        whole: False where the body was cut at the cap.
        network: where the server stands, as the address tells that was connected to; behind a proxy as its name tells.
            What it names may lead no closer to this machine (`named_by`).
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True
    network: Network = field(default=Network.PUBLIC, compare=False)


def read_reply(response: httpx.Response, line: Line, host: str, cap: int = BODY_CAP) -> Reply:
    """Read the body of a response, up to `cap` bytes.

    Raises:
        ServiceError: `no_reply`: it ended before its end, or is encoded in a way that was not asked for and cannot be
            undone.
    """
    body, whole = bytearray(), True
    for piece in response.iter_raw():
        line.touch()
        body += piece
        if len(body) > cap:
            whole = False
            break
    if whole and line.is_cut and not framed(response):
        raise no_reply(host)  # the close that looks like its end may be our own
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        kept, whole = _decoded(bytes(body), encoding, whole, cap, host)
    else:
        del body[cap:]
        kept = bytes(body)
    return Reply(response.status_code, dict(response.headers), kept, whole, line.network or Network.PUBLIC)


def _decoded(body: bytes, encoding: str, whole: bool, cap: int, host: str) -> tuple[bytes, bool]:
    """The body without its encoding, and whether all of it: a proxy may compress though asked not to."""
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise no_reply(host, "answered in an encoding that was not asked for")
    decoder = zlib.decompressobj(_ANY_HEADER)
    try:
        text = decoder.decompress(body, cap + 1)
    except zlib.error:
        raise no_reply(host, "answered in a damaged encoding") from None
    if len(text) > cap or not whole:
        return text[:cap], False
    if not decoder.eof:
        raise no_reply(host)
    return text, True
