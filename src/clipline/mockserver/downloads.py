"""Bytes for whoever has the address: signed result URLs, ranges, entity tags."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from clipline.mockserver.envelope import FilePiece, Reply
from clipline.mockserver.world import World

__all__ = ["cdn_reply", "file_reply", "signed_url"]

_LIFE = 3600
#: One range; every other form is ignored, as RFC 9110 allows.
_RANGE = re.compile(r"bytes=(?=.*\d)(\d*)-(\d*)")
_TYPES = {
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "mkv": "video/x-matroska",
    "avi": "video/x-msvideo",
    "gif": "image/gif",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
}


def _signature(world: World, path: str, expires: int) -> str:
    key = f"{world.options.seed}:cdn".encode()
    return hmac.new(key, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()


def signed_url(world: World, file: str) -> str:
    """An address of a file of the server's folder (a relative path) that needs no credentials and lives an hour."""
    path = f"/__cdn__/{file}"
    expires = int(world.clock.now()) + _LIFE
    query = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires={_LIFE}&Expires={expires}"
    return f"{world.url}{path}?{query}&X-Amz-Signature={_signature(world, path, expires)}"


def cdn_reply(world: World, target: str, headers: Mapping[str, str], *, whole: bool, new_tag: bool) -> Reply:
    """Answer a signed address; 403 with credentials, without a signature, or when it is over.

    Args:
        world: whose files they are.
        target: the request's target, with its query.
        headers: of the request.
        whole: send everything even where a range was asked for.
        new_tag: tell another entity tag than the file's.
    """
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if "authorization" in headers:
        return _denied(403, "InvalidRequest", "Only one auth mechanism allowed")
    expires = query.get("Expires", "")
    if not expires.isdecimal() or not hmac.compare_digest(
        query.get("X-Amz-Signature", ""), _signature(world, parts.path, int(expires))
    ):
        return _denied(403, "SignatureDoesNotMatch", "The request signature does not match")
    if int(expires) <= world.clock.now():
        return _denied(403, "AccessDenied", "Request has expired")
    path = (world.store.root / parts.path.removeprefix("/__cdn__/")).resolve()
    inside = any(path.is_relative_to(folder.resolve()) for folder in (world.store.media, world.store.renders))
    if not inside or not path.is_file():
        return _denied(404, "NoSuchKey", "The specified key does not exist")
    return file_reply(path, headers, whole=whole, new_tag=new_tag)


def _denied(status: int, code: str, message: str) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Reply(status, text.encode(), {"Content-Type": "application/xml"})


def file_reply(path: Path, headers: Mapping[str, str], *, whole: bool = False, new_tag: bool = False) -> Reply:
    """Send a file: one range of it where that was asked for and If-Range holds, else all of it."""
    size = path.stat().st_size
    tag = f'"{_tag(path, size)}{"-2" if new_tag else ""}"'
    common = {
        "Content-Type": _TYPES.get(path.suffix.removeprefix("."), "application/octet-stream"),
        "ETag": tag,
        "Accept-Ranges": "bytes",
    }
    wish = _RANGE.fullmatch(headers.get("range", "").strip())
    if whole or not wish or headers.get("if-range", tag) != tag:
        return Reply(200, FilePiece(path, 0, size), common)
    span = _span(wish, size)
    if span is None:
        return Reply(416, b"", {**common, "Content-Range": f"bytes */{size}"})
    start, stop = span
    told = {**common, "Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return Reply(206, FilePiece(path, start, stop - start), told)


def _tag(path: Path, size: int) -> str:
    facts = path.stat()
    return hashlib.sha256(f"{path.name}:{size}:{facts.st_mtime_ns}".encode()).hexdigest()[:32]


def _span(wish: re.Match[str], size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None where the range cannot be had."""
    if not wish[1]:
        last = int(wish[2])
        return (max(0, size - last), size) if last and size else None
    start, stop = int(wish[1]), min(size, int(wish[2]) + 1 if wish[2] else size)
    return (start, stop) if start < stop else None
