"""A person's machine on which clipline works with secrets, and the search for them in all that it shows or leaves.

`Person` has folders of its own (home, temporary files, state, work) and starts `clipline` in processes; all that these
say is kept, and so is the title of every process that is seen meanwhile. `Secrets` are those of a mock of the service,
known once it has given them out. `leaks` looks for them, as they are, as JSON, percent-encoded and in base64: in the
bytes of every file, in the files' names, and in what SQLite reads from a database, where a value may lie on several
pages.
"""

from __future__ import annotations

import base64
import json
import os
import re
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import commands
from clipline.mockserver import MockServer

__all__ = ["Heard", "Person", "Secrets", "leaks"]

#: A signed address that is whole: what is taken out of it leaves `?…`.
_SIGNED = re.compile(rb"X-Amz-Signature=[0-9a-f]")
_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Secrets:
    """What nobody may see. `claims` are for the person alone: on the terminal, and nowhere else."""

    tokens: frozenset[str]
    clients: frozenset[str]
    signatures: frozenset[str]
    claims: frozenset[str]

    @classmethod
    def of(cls, server: MockServer, *others: str) -> Secrets:
        """All that a server has given out or was sent; `others` are tokens besides."""
        world, requests = server.snapshot()["world"], server.requests
        queries = [parse_qsl(urlsplit(request.path).query) for request in requests if request.route == "result"]
        return cls(
            frozenset({*world["tokens"], *others}),
            frozenset(request.headers.get("x-client-id", "") for request in requests) - {""},
            frozenset(value for query in queries for name, value in query if "Signature" in name),
            frozenset(world["claims"]),
        )

    def forms(self, *, claims: bool) -> Iterator[tuple[str, bytes]]:
        """Each secret with its kind, as it might be written down."""
        kinds = {"token": self.tokens, "client id": self.clients, "signature": self.signatures}
        for kind, values in {**kinds, **({"claim token": self.claims} if claims else {})}.items():
            for value in values:
                encoded = base64.b64encode(value.encode()).rstrip(b"=")[:-1].decode()
                forms = {value, json.dumps(value)[1:-1], quote(value, safe=""), encoded}
                yield from ((kind, form.encode()) for form in forms)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a process said on one of its streams; `shown`: words for a person, where a claim link may stand."""

    where: str
    data: bytes
    shown: bool = False


@dataclass
class Person:
    """A machine of a person's own in `folder`; `environment` is what they have set.

    With `fresh` each command is a new Python, under a title of its own.
    """

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    heard: list[Heard] = field(default_factory=list)
    titles: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name in ("home", "tmp", "work"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def work(self) -> Path:
        """The working folder."""
        return self.folder / "work"

    @property
    def variables(self) -> dict[str, str]:
        """The whole environment of a command."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("NEMO_", "CLIPLINE_"))}
        places = {"HOME": "home", "TMPDIR": "tmp", "CLIPLINE_STATE": "state"}
        return own | {name: str(self.folder / place) for name, place in places.items()} | dict(self.environment)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Begin a command; `end` waits for it."""
        return commands.Popen(
            [*commands.CLIPLINE, *words],
            fresh=self.fresh,
            cwd=self.work,
            env=self.variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def end(self, process: subprocess.Popen[bytes], typed: str = "") -> tuple[int, str, str]:
        """Wait until a command ends; what was typed, its status and what it said are kept and given back."""
        said, complained = process.communicate(typed.encode(), timeout=120)
        words = [str(word) for word in process.args[3:]]  # type: ignore[index, union-attr]
        for_programs = {"--json", "json"} & set(words)
        self.heard += [
            Heard(f"stdout of {words}", said, "--json" not in words or words[0] == "link"),
            Heard(f"stderr of {words}", complained, not for_programs),
        ]
        return process.returncode, said.decode(), complained.decode()

    def clipline(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Carry a command out, its processes' titles watched."""
        with self.watched():
            return self.end(self.start(*words), typed)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look at the titles of all processes that begin meanwhile again and again, where `/proc` shows them."""
        over = threading.Event()
        there = set(Path("/proc").glob("[0-9]*"))

        def look() -> None:
            while not over.wait(_LOOK_SECONDS):
                for process in set(Path("/proc").glob("[0-9]*")) - there:
                    with suppress(OSError):  # it is over already
                        self.titles |= {(process / name).read_bytes() for name in ("cmdline", "comm")}

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    def seen(self) -> Iterator[Heard]:
        """Everything that there is to see of this person's work, but the file of tokens."""
        yield from self.heard
        yield from (Heard("title of a process", title) for title in self.titles)
        for path in sorted(self.folder.rglob("*")):
            yield Heard(f"name of {path}", str(path).encode())
            if path.is_file() and not is_token_file(path):
                yield Heard(str(path), path.read_bytes())
                if path.suffix == ".sqlite":
                    yield Heard(f"rows of {path}", _rows(path))


def is_token_file(path: Path) -> bool:
    """Whether this is the one file that may hold a token: of this user alone, in a folder of this user alone."""
    private = path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    return private and path.parent.name == "credentials" and path.suffix == ".json"


def _rows(path: Path) -> bytes:
    """All values of a database, what is still in its write-ahead log too."""
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in database.execute(f'SELECT * FROM "{table}"')]
    finally:
        database.close()
    return b"\n".join(
        value if isinstance(value, bytes) else str(value).encode() for row in rows for value in row if value is not None
    )


def leaks(person: Person, secrets: Secrets) -> list[str]:
    """Where a secret can be seen: the kind, the place, and what stands before it."""
    found = []
    for heard in person.seen():
        for kind, form in secrets.forms(claims=not heard.shown):
            if (at := heard.data.find(form)) >= 0:
                found.append(f"{kind} in {heard.where} after {heard.data[max(0, at - 60) : at]!r}")
        if signed := _SIGNED.search(heard.data):
            found.append(f"signed address in {heard.where} after {heard.data[: signed.start()][-60:]!r}")
    return found
