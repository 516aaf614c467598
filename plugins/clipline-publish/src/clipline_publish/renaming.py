"""Places that rename: SFTP, FTP, a folder, and whatever fsspec knows besides.

A file is written beside its place under a temporary name (`.NAME.MARK.part`), verified there, and renamed. So what
appears under its name is whole and right. The mark is the same for every attempt at a stage: the next attempt after a
kill finds what the last one left, and removes it.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from pathlib import Path
from typing import Any

from clipline.artifacts import rename_to_free_name, sync_file
from clipline.clock import Clock
from clipline.errors import InputError, StageFailed
from clipline_publish.addresses import SERVERS, Address
from clipline_publish.connections import break_off
from clipline_publish.faults import exists
from clipline_publish.places import READ_BACK_LIMIT, Found, Sending, Source, Terms, talking

__all__ = ["RenamingPlace"]

BLOCK = 1024 * 1024
#: Seconds that a transfer has to notice a cancel by itself, before its connection is closed under it.
_PATIENCE = 0.4
_TRIES = 10


class RenamingPlace:
    """Implements `clipline_publish.places.Place` for a file system `fs` of fsspec."""

    def __init__(self, fs: Any, clock: Clock) -> None:
        self._fs, self._clock = fs, clock

    def compare(self, target: Address, source: Source) -> Found:
        """Read back what is there, if its size is right."""
        with talking(target, self._clock, self._break_off_soon):
            size = self._size(target)
            if size is None:
                return "nothing"
            return "same" if size == source.size and self._digest(target) == source.sha256 else "other"

    def put(self, target: Address, source: Source, terms: Terms, sending: Sending) -> str:
        """Write, verify, rename."""
        part = target.beside(f".{target.name}.{terms.mark}.part")
        with talking(target, self._clock, self._break_off_soon):
            self._make_ready(target, terms)
            self._remove(part)
            try:
                self._write(part, source, sending)
                verified = self._verified(part, source, full=terms.full)
                self._clock.check()
                sending.committing = True
                self._rename(part, target, replace=terms.replace)
            except BaseException:
                self._remove(part)
                raise
            return verified

    def read(self, target: Address) -> bytes | None:
        """The whole content."""
        with talking(target, self._clock, self._break_off_soon):
            if self._size(target) is None:
                return None
            try:
                return bytes(self._fs.cat_file(target.far_path))
            except FileNotFoundError:  # somebody is replacing it
                return None

    def write(self, target: Address, content: bytes, terms: Terms) -> None:
        """Write under a temporary name and rename."""
        part = target.beside(f".{target.name}.{terms.mark}.part")
        with talking(target, self._clock, self._break_off_soon):
            self._make_folder(target.folder)
            self._fs.pipe_file(part.far_path, content)
            self._rename(part, target, replace=True)

    def names(self, folder: Address) -> set[str]:
        """Its listing."""
        with talking(folder, self._clock, self._break_off_soon):
            self._fs.invalidate_cache()
            try:
                return {str(path).rpartition("/")[2] for path in self._fs.ls(folder.far_path, detail=False)}
            except FileNotFoundError:
                return set()

    def close(self) -> None:
        """Close the connection, where there is one."""
        break_off(self._fs)

    # --- pieces ------------------------------------------------------------------------------------------------------

    def _break_off_soon(self) -> None:
        timer = threading.Timer(_PATIENCE, self.close)
        timer.daemon = True
        timer.start()

    def _size(self, target: Address) -> int | None:
        self._fs.invalidate_cache()
        try:
            found = self._fs.info(target.far_path)
        except FileNotFoundError:
            return None
        if found["type"] == "directory":
            raise InputError(f"{target} is a folder", code="is_folder", hint="end the address with / or name a file")
        return int(found["size"])

    def _digest(self, target: Address) -> str:
        seen = hashlib.sha256()
        with self._fs.open(target.far_path, "rb", block_size=8 * BLOCK) as file:
            if hasattr(file, "prefetch"):
                file.prefetch()  # of SFTP: else every block waits for its answer
            while block := file.read(BLOCK):
                self._clock.check()
                seen.update(block)
        return seen.hexdigest()

    def _make_ready(self, target: Address, terms: Terms) -> None:
        if self._size(target) is not None and not terms.replace:
            raise exists(target)
        if target.protocol not in SERVERS | {"file"} or target.folder.path in {"", "/"}:
            return
        if terms.make_folders:
            self._make_folder(target.folder)
        elif not self._fs.isdir(target.folder.far_path):
            raise FileNotFoundError(target.folder.far_path)

    def _make_folder(self, folder: Address) -> None:
        if folder.path not in {"", "/"}:
            try:
                self._fs.makedirs(folder.far_path, exist_ok=True)
            except Exception:
                self._fs.invalidate_cache()
                if not self._fs.isdir(folder.far_path):  # another run may have made it meanwhile
                    raise

    def _write(self, part: Address, source: Source, sending: Sending) -> None:
        # SFTP's own files are not buffered: else what is left in one is sent when the connection is gone already.
        buffered = {} if part.protocol == "sftp" else {"block_size": 8 * BLOCK}
        with self._fs.open(part.far_path, "wb", **buffered) as file:
            if hasattr(file, "set_pipelined"):
                file.set_pipelined(True)  # of SFTP: else every block waits for its answer
            for block in source.blocks(BLOCK):
                self._clock.check()
                file.write(block)
                sending.sent(len(block))
                sending.tell()
        if part.protocol == "file":
            sync_file(Path(part.far_path))

    def _verified(self, part: Address, source: Source, *, full: bool) -> str:
        if self._size(part) != source.size:
            raise _damaged(part, "another size", "is the disk there full?")
        if not full and source.size > READ_BACK_LIMIT:
            return "size"
        if self._digest(part) != source.sha256:
            raise _damaged(part, "other bytes", "send it again: clipline resume")
        return "read"

    def _rename(self, part: Address, target: Address, *, replace: bool) -> None:
        """Rename; where nothing may be replaced, with a call that refuses to, if the place has one."""
        old, new = part.far_path, target.far_path
        if not replace and self._size(target) is not None:
            raise exists(target)
        if target.protocol == "file" and not replace:
            rename_to_free_name(Path(old), Path(new))
            return
        if target.protocol == "sftp" and not replace:
            self._fs.ftp.rename(old, new)
            return
        try:
            self._fs.mv(old, new)
        except OSError as error:
            if target.protocol != "sftp" or error.errno is not None:
                raise
            self._replace(old, new)

    def _replace(self, old: str, new: str) -> None:
        """Rename on an SFTP server without OpenSSH's rename: for a moment nothing is there."""
        for left in reversed(range(_TRIES)):
            with contextlib.suppress(FileNotFoundError):
                self._fs.ftp.remove(new)
            try:
                self._fs.ftp.rename(old, new)
            except OSError:
                if not left:  # else somebody was quicker, in between
                    raise
            else:
                return

    def _remove(self, part: Address) -> None:
        """Remove what was left, if it is there and the connection still is."""
        with contextlib.suppress(Exception):
            if self._fs.exists(part.far_path):
                self._fs.rm_file(part.far_path)


def _damaged(part: Address, how: str, hint: str) -> StageFailed:
    return StageFailed(
        f"what arrived at {part.folder} has {how} than what was sent; it was removed",
        code="publish_damaged",
        hint=hint,
    )
