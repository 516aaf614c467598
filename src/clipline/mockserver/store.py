"""Where a world lies on the disk: one JSON file, and the media beside it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from clipline.artifacts import disk, make_folder
from clipline.errors import MachineError
from clipline.mockserver.model import WorldState

__all__ = ["Store"]


class Store:
    """A folder with `world.json`, `media/` and `renders/`.

    Args:
        folder: kept as it is when the server ends; None for a temporary one that goes with it.

    Raises:
        MachineError: the folder cannot be made.
    """

    def __init__(self, folder: Path | None) -> None:
        self.lasting = folder is not None
        self.root = make_folder(folder) if folder else Path(tempfile.mkdtemp(prefix="clipline-mock-"))
        self.media = make_folder(self.root / "media")
        self.renders = make_folder(self.root / "renders")
        self._file = self.root / "world.json"

    def load(self) -> WorldState:
        """The world that was kept, or an empty one.

        Raises:
            MachineError: what is kept cannot be read.
        """
        if not self._file.exists():
            return WorldState()
        try:
            return WorldState.from_json(json.loads(self._file.read_text("ascii")))
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise MachineError(
                f"{self._file} holds no world of the mock: {error}",
                hint="give the mock another folder, or empty this one",
            ) from error

    def save(self, state: WorldState) -> None:
        """Keep the world, whole or not at all; nothing to do where the folder is temporary."""
        if not self.lasting:
            return
        text = json.dumps(state.as_json()).encode("ascii")
        part = self._file.with_name(f".{self._file.name}.part")
        with disk("write", self._file):
            part.unlink(missing_ok=True)  # left by a server that died here
            # It holds tokens, so nobody else may read it.
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._file)

    def clear(self) -> None:
        """Forget all media and renders."""
        for folder in (self.media, self.renders):
            shutil.rmtree(folder, ignore_errors=True)
            make_folder(folder)

    def keep_only(self, names: Collection[str]) -> None:
        """Remove media and renders that are not among these relative paths."""
        for path in (*self.media.iterdir(), *self.renders.iterdir()):
            if self.relative(path) not in names:
                path.unlink(missing_ok=True)

    def relative(self, path: Path) -> str:
        """How a path below the folder is kept."""
        return path.relative_to(self.root).as_posix()

    def close(self) -> None:
        """Remove a temporary folder."""
        if not self.lasting:
            shutil.rmtree(self.root, ignore_errors=True)
