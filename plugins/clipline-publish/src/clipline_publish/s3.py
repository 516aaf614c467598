"""S3 and what speaks like it: one request for a small file, a multipart upload for a large one.

An object appears when its upload is completed, whole or not at all. Every part carries an MD5 that the server checks,
and the finished object's ETag must be the one computed here; where it is another sort (encrypted with KMS), the object
is read back. The number of an upload that was begun is noted in the run's scratch folder, so that the next attempt
after a kill aborts it.
"""

from __future__ import annotations

import asyncio
import base64
import concurrent.futures
import contextlib
import hashlib
import json
import math
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from clipline.artifacts import disk
from clipline.clock import Clock
from clipline.errors import StageFailed
from clipline_publish.addresses import Address
from clipline_publish.faults import exists
from clipline_publish.places import READ_BACK_LIMIT, Found, Sending, Source, Terms, talking

__all__ = ["S3Place", "part_length"]

T = TypeVar("T")

MIB = 1024 * 1024
PART, MOST_PARTS, AT_ONCE = 8 * MIB, 10_000, 4
#: Seconds that taking back what was begun may need: a stage that is cancelled has one in all.
_ABORT_SECONDS = 0.7
#: Between two looks at the clock.
_LOOK_SECONDS = 0.1


def part_length(size: int) -> int:
    """Bytes of a part: 8 MiB, more where the file would have too many."""
    return max(PART, math.ceil(size / MOST_PARTS / MIB) * MIB)


@dataclass(frozen=True, slots=True)
class _Upload:
    """A multipart upload that was begun; `condition` is what must hold when it is completed."""

    number: str
    terms: Terms
    condition: dict[str, str]


class S3Place:
    """Implements `clipline_publish.places.Place` for an `S3FileSystem` of s3fs."""

    def __init__(self, fs: Any, clock: Clock) -> None:
        self._fs, self._clock = fs, clock

    def compare(self, target: Address, source: Source) -> Found:
        """Compare the ETag; where it is of another sort, read the object back."""
        return self._run(target, lambda: self._compare(target, source))

    def put(self, target: Address, source: Source, terms: Terms, sending: Sending) -> str:
        """Upload and complete; nothing of it can be seen before."""
        return self._run(target, lambda: self._put(target, source, terms, sending), sending.tell)

    def read(self, target: Address) -> bytes | None:
        """One request."""
        return self._run(target, lambda: self._read(target))

    def write(self, target: Address, content: bytes, terms: Terms) -> None:  # noqa: ARG002 - nothing is left behind
        """One request."""
        facts = {"ContentType": "application/json" if target.name.endswith(".json") else "text/plain"}
        self._run(target, lambda: self._call("put_object", target, Body=content, ContentMD5=_md5(content), **facts))

    def names(self, folder: Address) -> set[str]:
        """A listing, page by page."""
        return self._run(folder, lambda: self._names(folder))

    def close(self) -> None:
        """Close the client's connections."""
        client = self._fs._s3  # noqa: SLF001 - s3fs closes it only when it is collected; None before the first call
        if client is not None:
            with contextlib.suppress(Exception):
                closing = client.__aexit__(None, None, None)
                asyncio.run_coroutine_threadsafe(closing, self._fs.loop).result(_ABORT_SECONDS)

    # --- calls -------------------------------------------------------------------------------------------------------

    def _run(
        self, at: Address, work: Callable[[], Coroutine[Any, Any, T]], tell: Callable[[], None] = lambda: None
    ) -> T:
        """Do it on fsspec's loop, and `tell` here how far it is; where this ends before it, it is taken back."""
        over = threading.Event()

        async def whole() -> T:
            try:
                return await work()
            finally:
                over.set()

        with talking(at, self._clock):
            future = asyncio.run_coroutine_threadsafe(whole(), self._fs.loop)
            try:
                while not concurrent.futures.wait([future], _LOOK_SECONDS).done:
                    if self._clock.cancelled or self._clock.remaining == 0.0:
                        self._clock.check()
                    tell()
            except BaseException:
                future.cancel()
                over.wait(_ABORT_SECONDS + _LOOK_SECONDS)
                raise
            tell()
            return future.result()
        raise AssertionError("unreachable")

    async def _call(self, method: str, at: Address, **arguments: Any) -> Any:
        """One call of the API, by its name in boto3."""
        key = {"Key": at.path.removeprefix("/")} if "Prefix" not in arguments else {}
        return await self._fs._call_s3(method, Bucket=at.host, **key, **arguments)  # noqa: SLF001 - fsspec's async form

    # --- looking -----------------------------------------------------------------------------------------------------

    async def _head(self, target: Address) -> dict[str, Any] | None:
        try:
            head: dict[str, Any] = await self._call("head_object", target)
        except FileNotFoundError:
            return None
        except PermissionError:  # which a HEAD has no words for; another refusal says whether the key is known
            await self._call("list_objects_v2", target, Prefix=target.path.removeprefix("/"), MaxKeys=1)
            raise
        return head

    async def _compare(self, target: Address, source: Source) -> Found:
        head = await self._head(target)
        if head is None:
            return "nothing"
        if head["ContentLength"] != source.size:
            return "other"
        if _etag(head) == await asyncio.to_thread(_expected_etag, source):
            return "same"
        return "same" if await self._digest(target) == source.sha256 else "other"

    async def _digest(self, target: Address) -> str:
        seen = hashlib.sha256()
        reply = await self._call("get_object", target)
        async with reply["Body"] as body:
            while block := await body.read(MIB):
                seen.update(block)
        return seen.hexdigest()

    async def _read(self, target: Address) -> bytes | None:
        try:
            reply = await self._call("get_object", target)
        except FileNotFoundError as error:
            if _code(error) == "NoSuchBucket":
                raise
            return None
        async with reply["Body"] as body:
            return bytes(await body.read())

    async def _names(self, folder: Address) -> set[str]:
        names: set[str] = set()
        prefix = folder.path.removeprefix("/") + "/"
        token: dict[str, str] = {}
        while True:
            page = await self._call("list_objects_v2", folder, Prefix=prefix, Delimiter="/", **token)
            names |= {each["Key"].rpartition("/")[2] for each in page.get("Contents", ())}
            if not page.get("IsTruncated"):
                return names
            token = {"ContinuationToken": page["NextContinuationToken"]}

    # --- sending -----------------------------------------------------------------------------------------------------

    async def _put(self, target: Address, source: Source, terms: Terms, sending: Sending) -> str:
        await self._abort_leftover(target, terms)
        if not terms.replace and await self._head(target) is not None:
            raise exists(target)
        kept = {"ContentType": terms.content_type, "Metadata": dict(terms.metadata)}
        condition = {} if terms.replace else {"IfNoneMatch": "*"}
        length = part_length(source.size)
        if source.size <= length:
            content = b"".join(source.blocks(length))
            sending.committing = True
            await self._call("put_object", target, Body=content, ContentMD5=_md5(content), **kept, **condition)
            sending.sent(source.size)
            expected = hashlib.md5(content, usedforsecurity=False).hexdigest()
        else:
            begun = await self._call("create_multipart_upload", target, **kept)
            expected = await self._put_parts(target, source, sending, _Upload(begun["UploadId"], terms, condition))
        return await self._verified(target, source, expected, full=terms.full)

    async def _put_parts(self, target: Address, source: Source, sending: Sending, upload: _Upload) -> str:
        """Upload in parts, a few at once; the ETag that the object must have."""
        note = _note(target, upload.terms)
        with disk("write", note):
            note.write_text(json.dumps({"upload": upload.number}))
        try:
            digests = await self._send_parts(target, source, upload.number, sending)
            parts = [{"PartNumber": number, "ETag": f'"{digest.hex()}"'} for number, digest in enumerate(digests, 1)]
            sending.committing = True
            whole = {"UploadId": upload.number, "MultipartUpload": {"Parts": parts}}
            await self._call("complete_multipart_upload", target, **whole, **upload.condition)
        except BaseException:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_ABORT_SECONDS):
                    await self._call("abort_multipart_upload", target, UploadId=upload.number)
                note.unlink()
            raise
        note.unlink()
        return _combined(digests)

    async def _send_parts(self, target: Address, source: Source, upload: str, sending: Sending) -> list[bytes]:
        room = asyncio.Semaphore(AT_ONCE)
        digests: list[bytes] = []

        async def send(number: int, content: bytes) -> None:
            try:
                checked = {"ContentMD5": base64.b64encode(digests[number - 1]).decode()}
                arguments = {"UploadId": upload, "PartNumber": number, "Body": content, **checked}
                await self._call("upload_part", target, **arguments)
                sending.sent(len(content))
            finally:
                room.release()

        blocks = _with_digests(source)
        async with asyncio.TaskGroup() as sent:
            while True:
                await room.acquire()
                block = await asyncio.to_thread(next, blocks, None)
                if block is None:
                    break
                digests.append(block[1])
                sent.create_task(send(len(digests), block[0]))
        return digests

    async def _verified(self, target: Address, source: Source, expected: str, *, full: bool) -> str:
        head = await self._head(target)
        if head is None or head["ContentLength"] != source.size:
            raise _damaged(target)
        if not full and _etag(head) == expected:
            return "etag"
        if not full and source.size > READ_BACK_LIMIT:
            return "size"  # the server checked the MD5 of each part all the same
        if await self._digest(target) != source.sha256:
            raise _damaged(target)
        return "read"

    async def _abort_leftover(self, target: Address, terms: Terms) -> None:
        """Abort the upload that an attempt before this one was killed in."""
        note = _note(target, terms)
        if note.exists():
            upload = json.loads(note.read_text())["upload"]
            with contextlib.suppress(FileNotFoundError):  # it was completed, or is gone
                await self._call("abort_multipart_upload", target, UploadId=upload)
            note.unlink()


def _note(target: Address, terms: Terms) -> Path:
    name = hashlib.sha256(f"{terms.mark} {target}".encode()).hexdigest()[:16]
    return terms.scratch / f"publish-{name}.json"


def _with_digests(source: Source) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a file, each with its MD5."""
    for block in source.blocks(part_length(source.size)):
        yield block, hashlib.md5(block, usedforsecurity=False).digest()


def _expected_etag(source: Source) -> str:
    """The ETag of a file that was uploaded the way it is done here."""
    digests = [digest for _, digest in _with_digests(source)]
    if source.size <= part_length(source.size):
        return digests[0].hex() if digests else hashlib.md5(b"", usedforsecurity=False).hexdigest()
    return _combined(digests)


def _combined(digests: list[bytes]) -> str:
    """The ETag of an object in parts: the MD5 of their MD5s, and how many they are."""
    return f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"


def _etag(head: dict[str, Any]) -> str:
    return str(head.get("ETag", "")).strip('"')


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def _code(error: OSError) -> str:
    reply = getattr(error.__cause__, "response", {})
    return str(reply.get("Error", {}).get("Code", ""))


def _damaged(target: Address) -> StageFailed:
    return StageFailed(
        f"what arrived at {target} is not what was sent",
        code="publish_damaged",
        hint="look at it; collision: overwrite sends it again",
    )
