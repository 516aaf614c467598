"""What a scope keeps of its session, so that any process can go on from it; nothing is kept in memory.

It lives in the run's state under the backend's name. The draft itself stays at the service.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

from clipline.errors import MachineError, StageFailed
from clipline.timeline import Timeline
from clipline.values import JsonObject

__all__ = ["CloudFile", "CloudState", "loop_of"]

VERSION = 1
#: Bytes of JSON that a run's state may have.
LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class CloudFile:
    """A file that was handed over; `name` is the service's, `path` is ours or the address that it was fetched from."""

    name: str
    path: str = ""
    sha256: str = ""
    bytes: int = 0
    kind: str = ""
    duration: float = 0.0
    width: int = 0
    height: int = 0
    fps: float = 0.0

    @property
    def local_name(self) -> str:
        """Its name where it came from, by which a person speaks of it."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class CloudState:
    """The session of one scope.

    `token` is the fingerprint of the token that opened it, `loop` the item of a loop that it was opened in ("" outside
    of one), `item` the file that this scope edits. `before` is the timeline before the last edit, which `changed`
    something or not. `edits` are all edits in their order: what was `asked`, the `text` sent, the `operations`.
    `paid` are the credits that they cost. `given`: the person named the session, so more may be in it than is known.
    """

    base: str = ""
    session: str = ""
    task: str = ""
    user: str = ""
    token: str = ""
    loop: str = ""
    item: str = ""
    files: tuple[CloudFile, ...] = ()
    before: Timeline | None = None
    changed: bool | None = None
    edits: tuple[JsonObject, ...] = ()
    paid: int = 0
    given: bool = False

    @classmethod
    def read(cls, state: JsonObject, key: str) -> Self:
        """The state as a stage finds it; empty where no stage left any.

        Raises:
            MachineError: a newer clipline wrote it.
        """
        kept = state.get(key)
        if not kept:
            return cls()
        if kept["version"] != VERSION:
            raise MachineError(
                f"the run's state has version {kept['version']}, this clipline reads {VERSION}",
                code="newer_state",
                hint="resume the run with the clipline that began it",
            )
        plain = {name: kept[name] for name in ("base", "session", "task", "user", "token", "changed", "paid")}
        return cls(
            **plain,
            loop=kept.get("loop", ""),
            item=kept.get("item", ""),
            given=kept.get("given", False),
            files=tuple(CloudFile(**file) for file in kept["files"]),
            before=Timeline.from_json(kept["before"]) if kept["before"] else None,
            edits=tuple(kept["edits"]),
        )

    def write(self, state: JsonObject, key: str) -> JsonObject:
        """`state` with this under `key`; what others keep there stays. Without `before` where that is too large.

        Raises:
            StageFailed: it is too large all the same.
        """
        for kept in (self, replace(self, before=None)):
            whole = {**state, key: kept.as_json()}
            if len(json.dumps(whole).encode()) <= LARGEST:
                return whole
        raise StageFailed(
            "the edit has become too long to be kept",
            code="state_too_large",
            hint="fewer or shorter edits in one session",
        )

    def as_json(self) -> dict[str, Any]:
        """What stands in the run's state; `read` reads it."""
        plain = {name: getattr(self, name) for name in ("base", "session", "task", "user", "token", "loop", "item")}
        return {
            "version": VERSION,
            **plain,
            "files": [asdict(file) for file in self.files],
            "before": self.before.as_json() if self.before else None,
            "changed": self.changed,
            "edits": [dict(edit) for edit in self.edits],
            "paid": self.paid,
            "given": self.given,
        }

    def seen_by(self, user: str, token: str) -> Self:
        """The same session in the hands of this account, by a token with that fingerprint."""
        return replace(self, user=user, token=token)

    # --- questions ---------------------------------------------------------------------------------------------------

    @property
    def in_use(self) -> bool:
        """Whether a finished stage has uploaded or edited, or the person has, so that something is lost with it."""
        return bool(self.files or self.edits or self.given)

    def is_shared_with(self, path: str) -> bool:
        """Whether the stage at `path` works in an item of a loop, and the session was opened outside of that item."""
        return bool(loop_of(path)) and loop_of(path) != self.loop

    @property
    def videos(self) -> tuple[CloudFile, ...]:
        """The files that can be edited, as far as their kind is known."""
        return tuple(file for file in self.files if file.kind == "video")

    def file_at(self, path: Path) -> CloudFile | None:
        """The file that was handed over from this place."""
        return next((file for file in self.files if file.path == str(path)), None)

    def file_named(self, name: str) -> CloudFile | None:
        """The file that was handed over under this name."""
        return next((file for file in self.files if name in {file.name, file.local_name}), None)


def loop_of(path: str) -> str:
    """The innermost item of a loop that a stage's path lies in, like `batch[2]`; "" outside of any."""
    return path[: path.rfind("]") + 1]
