"""What can happen to a journal: the damages of the campaign `journals`, each a change of a state folder."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Damage", "damages"]

#: Seeds of each damage that is drawn by chance.
_FLIPS, _CUTS = 40, 40


@dataclass(frozen=True, slots=True)
class Damage:
    """A damage by its name, one of `seed`s; `do` changes a state folder, given the folder as it was some runs ago.

    `newer`: it is no damage, and nothing may be mended.
    """

    name: str
    seed: int = 0
    newer: bool = False

    def __str__(self) -> str:
        return f"{self.name} #{self.seed}" if self.seed else self.name

    def do(self, state: Path, earlier: Path) -> None:
        """Do it."""
        _DO[self.name](state, earlier, random.Random(f"{self.name} {self.seed}"))


def damages() -> list[Damage]:
    """Every damage."""
    chance = {"flipped in header": _FLIPS, "flipped in pages": _FLIPS, "flipped in log": _FLIPS}
    chance |= {"file cut off": _CUTS, "log cut off": _CUTS, "both cut off": _CUTS // 2, "page of zeros": _CUTS // 2}
    return list(_each(chance))


def _each(chance: Mapping[str, int]) -> Iterator[Damage]:
    for name in _DO:
        if name in chance:
            yield from (Damage(name, seed) for seed in range(1, chance[name] + 1))
        else:
            yield Damage(name, newer=name == "newer major")


# --- doing it --------------------------------------------------------------------------------------------------------

_Do = Callable[[Path, Path, random.Random], None]


def _file(state: Path) -> Path:
    return state / "journal.sqlite"


def _log(state: Path) -> Path:
    return state / "journal.sqlite-wal"


def _flip(path: Path, chance: random.Random, first: int, last: int | None = None) -> None:
    content = bytearray(path.read_bytes())
    end = min(len(content), last or len(content))
    for _ in range(chance.choice((1, 4, 64))):
        content[chance.randrange(first, end)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)


def _cut(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: chance.choice((1, 99, 100, 4095, 4096, chance.randrange(len(content))))])


def _zeros(path: Path, chance: random.Random) -> None:
    content = path.read_bytes()
    at = 4096 * chance.randrange(len(content) // 4096)
    path.write_bytes(content[:at] + bytes(4096) + content[at + 4096 :])


def _both(state: Path, chance: random.Random) -> None:
    _cut(_file(state), chance)
    _cut(_log(state), chance)


def _version(state: Path, add: int) -> None:
    with closing(sqlite3.connect(_file(state))) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute(f"PRAGMA user_version = {version + add}")


def _foreign(state: Path) -> None:
    _remove(_file(state), _log(state))
    with closing(sqlite3.connect(_file(state))) as connection:
        connection.execute("CREATE TABLE pets (name TEXT)")
        connection.commit()


def _folder(state: Path) -> None:
    _remove(_file(state))
    _file(state).mkdir()


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink()


def _replaced(path: Path, content: bytes) -> None:
    _remove(path)
    path.write_bytes(content)


def _empty(*paths: Path) -> None:
    for path in paths:
        _replaced(path, b"")


def _backup(state: Path, earlier: Path) -> None:
    """An older journal comes back; what runs left beside it stays."""
    _remove(_log(state))
    for path in earlier.glob("journal.sqlite*"):
        shutil.copy(path, state / path.name)


def _locks(state: Path, do: Callable[[Path], object]) -> None:
    for lock in (state / "runs").glob("*.lock"):
        do(lock)


_DO: Mapping[str, _Do] = {
    "none": lambda *_: None,
    "newer major": lambda state, *_: _version(state, 1000),
    "newer minor": lambda state, *_: _version(state, 1),
    "file cut off": lambda state, _, chance: _cut(_file(state), chance),
    "log cut off": lambda state, _, chance: _cut(_log(state), chance),
    "both cut off": lambda state, _, chance: _both(state, chance),
    "flipped in header": lambda state, _, chance: _flip(_file(state), chance, 0, 100),
    "flipped in pages": lambda state, _, chance: _flip(_file(state), chance, 100),
    "flipped in log": lambda state, _, chance: _flip(_log(state), chance, 0),
    "page of zeros": lambda state, _, chance: _zeros(_file(state), chance),
    "file gone": lambda state, *_: _remove(_file(state)),
    "log gone": lambda state, *_: _remove(_log(state)),
    "both gone": lambda state, *_: _remove(_file(state), _log(state)),
    "file empty": lambda state, *_: _replaced(_file(state), b""),
    "both empty": lambda state, *_: _empty(_file(state), _log(state)),
    "stale shared memory": lambda state, *_: (state / "journal.sqlite-shm").write_bytes(b"\xa5" * 32768) and None,
    "text": lambda state, *_: _replaced(_file(state), b"a letter\n" * 3000),
    "another program's": lambda state, *_: _foreign(state),
    "folder": lambda state, *_: _folder(state),
    "backup": lambda state, earlier, _: _backup(state, earlier),
    "locks gone": lambda state, *_: _locks(state, Path.unlink),
    "locks damaged": lambda state, *_: _locks(state, lambda lock: lock.write_bytes(b"\xff" * 5000)),
    "events gone": lambda state, *_: _remove(*state.glob("runs/*/events.jsonl")),
}
