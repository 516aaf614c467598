"""Uploads: multipart bodies parsed as they come, at constant memory, and URLs that are only registered."""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from pathlib import Path, PurePosixPath
from typing import Any, TypeAlias
from urllib.parse import unquote, urlsplit

from clipline.artifacts import sha256_of
from clipline.mockserver.envelope import Refusal
from clipline.mockserver.inbound import Body, Malformed
from clipline.mockserver.media_facts import Facts, file_type_of, look_into
from clipline.mockserver.model import StoredFile
from clipline.mockserver.store import Store

__all__ = ["Part", "discard_parts", "parse_multipart", "register_urls", "store_parts"]

_HEAD = 16 * 1024


Write: TypeAlias = Callable[[memoryview], object]


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a body: what it is called, where its bytes were written, how many came, and their sha256 in hex.

    No more than the limit are written; `size` counts all.
    """

    filename: str
    path: Path
    size: int
    hash: str


class _Window:
    """The bytes of a body that are looked through for the next boundary."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self.data = bytearray()

    def more(self) -> None:
        piece = self._body.read()
        if not piece:
            raise Malformed("the multipart body has no end")
        self.data += piece

    def until(self, mark: bytes, write: Write, limit: int | None = None) -> None:
        """Hand on everything before the next `mark`, and go behind it."""
        passed = 0
        while (at := self.data.find(mark)) < 0:
            safe = max(0, len(self.data) - len(mark) + 1)
            if safe:
                self._pass(safe, write)
                passed += safe
            if limit is not None and passed > limit:
                raise Malformed("the head of a part is too long")
            self.more()
        self._pass(at, write)
        del self.data[: len(mark)]

    def _pass(self, count: int, write: Write) -> None:
        with memoryview(self.data) as view, view[:count] as piece:
            write(piece)
        del self.data[:count]

    def take(self, count: int) -> bytes:
        while len(self.data) < count:
            self.more()
        taken = bytes(self.data[:count])
        del self.data[:count]
        return taken


def parse_multipart(body: Body, content_type: str, folder: Path, limit: int) -> list[Part]:
    """Read a multipart body to its end; its files go into `folder` as they come.

    Raises:
        Malformed: it broke off, or is no multipart body.
    """
    match = re.search(r'boundary=(?:"([^"]+)"|([^;\s]+))', content_type)
    if not match:
        raise Malformed("a multipart body without a boundary")
    mark = b"\r\n--" + (match[1] or match[2]).encode("latin-1")
    window = _Window(body)
    window.data += b"\r\n"  # so that the first boundary looks like all others
    parts: list[Part] = []
    try:
        window.until(mark, lambda _: None)
        while window.take(2) == b"\r\n":
            head = bytearray()
            window.until(b"\r\n\r\n", head.extend, _HEAD)
            field, filename = _disposition(bytes(head))
            if field == "files" and filename:
                parts.append(_keep(window, mark, filename, folder, limit))
            else:
                window.until(mark, lambda _: None)
        while body.read():
            pass
    except BaseException:
        discard_parts(parts)
        raise
    return parts


def _disposition(head: bytes) -> tuple[str, str]:
    """The field's name and the file's, whose letters may stand there as plain UTF-8 or by RFC 5987."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            field = re.search(r'\bname="((?:[^"\\]|\\.)*)"', value)
            plain = re.search(r'\bfilename="((?:[^"\\]|\\.)*)"', value)
            coded = re.search(r"\bfilename\*=([^;\s]+)", value)
            filename = _decoded(coded[1]) if coded else _unquoted(plain[1] if plain else "")
            return field[1] if field else "", PurePosixPath(filename.replace("\\", "/")).name
    return "", ""


def _unquoted(text: str) -> str:
    """As browsers and HTTP libraries write a name: quotes percent-coded or behind a backslash."""
    plain = re.sub(r'\\(["\\])', r"\1", text)
    return plain.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n")


def _decoded(value: str) -> str:
    message = Message()
    message["Content-Disposition"] = f"attachment; filename*={value}"
    return message.get_filename() or ""


def _keep(window: _Window, mark: bytes, filename: str, folder: Path, limit: int) -> Part:
    path = folder / f"{secrets.token_hex(8)}{PurePosixPath(filename).suffix.lower()[:8]}"
    digest, size = hashlib.sha256(), 0
    with path.open("xb", buffering=0) as file:

        def write(piece: memoryview) -> None:
            nonlocal size
            if size < limit:
                file.write(piece[: limit - size])
                digest.update(piece)
            size += len(piece)

        try:
            window.until(mark, write)
        except BaseException:
            path.unlink()
            raise
    return Part(filename, path, size, digest.hexdigest())


def discard_parts(parts: list[Part]) -> None:
    """Remove what came and is not wanted."""
    for part in parts:
        part.path.unlink(missing_ok=True)


def store_parts(store: Store, parts: list[Part], limit: int) -> list[StoredFile]:
    """Take the files of an upload, each under a name made of its content.

    Raises:
        Refusal: there is none (422), one is of a kind that the service does not take (4001), or too large (4002).
    """
    if not parts:
        missing = [{"type": "missing", "loc": ["body", "files"], "msg": "Field required"}]
        raise Refusal(422, "files: field required", detail=missing)
    for part in parts:
        if part.size > limit:
            raise Refusal(4002, f"file too large: {part.filename}")
    return [_stored(store, part) for part in parts]


def _stored(store: Store, part: Part) -> StoredFile:
    kind = _kind(part.filename)
    path = store.media / f"{part.hash[:32]}{part.path.suffix}"
    part.path.replace(path)
    return StoredFile(part.filename, kind, store.relative(path), *look_into(path), hash=part.hash)


def _kind(filename: str) -> str:
    kind = file_type_of(filename)
    if kind is None:
        raise Refusal(4001, f"unsupported file type: {filename}")
    return kind


def register_urls(store: Store, body: Any, *, local: bool) -> list[StoredFile]:
    """Take URLs. Nothing is fetched: a file behind one is said to last 10 s at 1280x720, unless it lies right here.

    `local` allows `file:` URLs, whose bytes are copied; so does a result or upload of this very server.

    Raises:
        Refusal: the body is something else (422), or an address names no kind of file that the service takes (4001).
    """
    urls = body.get("urls") if isinstance(body, dict) else None
    if not isinstance(urls, list) or not urls or not all(isinstance(url, str) for url in urls):
        wrong = [{"type": "list_type", "loc": ["body", "urls"], "msg": "Input should be a valid list"}]
        raise Refusal(422, "urls: a list of texts is required", detail=wrong)
    return [_registered(store, url, local=local) for url in urls]


def _registered(store: Store, url: str, *, local: bool) -> StoredFile:
    parts = urlsplit(url)
    filename = PurePosixPath(unquote(parts.path)).name
    kind = _kind(filename)
    source = Path(unquote(parts.path)) if local and parts.scheme == "file" else None
    own = store.root / parts.path.removeprefix("/__cdn__/")
    if parts.path.startswith("/__cdn__/") and own.resolve().is_relative_to(store.root.resolve()):
        source = own
    if source is not None and source.is_file():
        digest = sha256_of(source)
        path = store.media / f"{digest[:32]}{source.suffix.lower()}"
        shutil.copyfile(source, path)
        return StoredFile(filename, kind, store.relative(path), *look_into(path), hash=digest, url=url)
    if parts.scheme not in {"http", "https"}:
        raise Refusal(400, f"not an address: {parts.scheme}:")
    facts = {"video": Facts(10.0, 1280, 720, 30.0), "image": Facts(0.0, 1280, 720), "audio": Facts(10.0)}[kind]
    return StoredFile(filename, kind, "", *facts, hash=hashlib.sha256(url.encode()).hexdigest(), url=url)
