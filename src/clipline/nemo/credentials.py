"""The tokens of a service, kept in one file that only this user can read.

There is one file for each base URL, so that the token of a mock never takes the place of a real one:
`STATE/credentials/HOST-HASH.json`, mode 0600 in a folder of mode 0700. It holds the client id, which is made once (the
service counts tokens by it), and tokens by their fingerprint, of which one is the current anonymous one. A token that
the person supplied is kept only when a render was started with it, since its job answers to no other token.

The file is replaced whole or not at all, under a lock across processes. A file that is damaged, newer, or open to
others is refused and left as it is.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from clipline.artifacts import disk
from clipline.clock import Clock
from clipline.errors import CliplineError, InputError, MachineError
from clipline.http import host_of
from clipline.nemo.failures import proves_refusal
from clipline.nemo.replies import TokenGrant
from clipline.nemo.token_file import Content, Kept, Token, check_private, read_file, write_file

__all__ = ["Token", "TokenStore"]

#: Seconds between two looks at a lock that another process holds.
_LOOK_SECONDS = 0.05
#: Real seconds that another process may hold it: two requests, each at its longest, and some.
_PATIENCE = 90.0


class TokenStore:
    """The credentials for one base URL.

    Args:
        folder: the state folder; the file stands in `credentials` below it.
        base_url: where the service answers.
        clock: tells the time, and lets the person stop a wait for another process.
        patience: real seconds that such a wait takes at the most.
    """

    def __init__(self, folder: Path, base_url: str, clock: Clock | None = None, *, patience: float = _PATIENCE) -> None:
        self._state = folder
        self._base = _normal(base_url)
        self._clock = clock or Clock()
        self._patience = patience
        self.path = folder / "credentials" / f"{_file_name(self._base)}.json"

    def on(self, clock: Clock) -> Self:
        """The same store by another clock."""
        return type(self)(self._state, self._base, clock, patience=self._patience)

    # --- reading -----------------------------------------------------------------------------------------------------

    def current(self) -> Token | None:
        """The anonymous token in use, expired or not; None before the first.

        Raises:
            MachineError: the file is damaged, newer than this clipline, or open to others.
        """
        content = read_file(self.path)
        return content.tokens[content.current].token if content.current else None

    def by_fingerprint(self, fingerprint: str) -> Token | None:
        """The token of that fingerprint, if it is kept."""
        kept = read_file(self.path).tokens.get(fingerprint)
        return kept.token if kept else None

    def client_id(self) -> str:
        """The id that stands for this installation; made at the first call and kept."""
        if known := read_file(self.path).client_id:
            return known
        with self._locked():
            return self._client_id()

    # --- writing -----------------------------------------------------------------------------------------------------

    def renew(
        self, make: Callable[[str], TokenGrant], *, stale: str = "", client_id: str = "", fresh: bool = False
    ) -> Token:
        """Put a new anonymous token in the place of the current one; of several processes at once, one makes it.

        Args:
            make: asks the service, given the client id. It runs under the lock, so it does not wait for long. It is
                called a second time, with another client id, where an earlier answer was lost and the service now
                refuses a second token.
            stale: the fingerprint of the token that is of no use any more, "" where there was none. If the file's
                current one is another by now, somebody else has renewed it, and that one is returned.
            client_id: used in the place of the kept one, and not written.
            fresh: make a new client id; it takes the kept one's place once it has a token.
        """
        with self._locked():
            content = read_file(self.path)
            if content.current and content.current != stale:
                return content.tokens[content.current].token
            asking = client_id or ("" if fresh else content.client_id) or str(uuid.uuid4())
            if not client_id:
                # Before it is asked: whoever finds this knows that a token may have been given out to nobody.
                self._write(replace(content, client_id=content.client_id or asking, asking=True))
            asking, grant = self._granted(make, asking, is_lost=content.asking and not client_id)
            now = self._clock.now()
            # Expired when it is new: then this machine's clock is wrong, and must not have it renewed again and again.
            expires_at = grant.expires_at if grant.expires_at > now else 0.0
            token = Token(grant.token, grant.user_id, expires_at)
            content = read_file(self.path)
            tokens = {**content.tokens, token.fingerprint: Kept(token)}
            kept_id = content.client_id if client_id else asking
            still_lost = content.asking and bool(client_id)
            self._write(Content(kept_id, token.fingerprint, tokens, asking=still_lost))
            return token

    def _granted(self, make: Callable[[str], TokenGrant], asking: str, *, is_lost: bool) -> tuple[str, TokenGrant]:
        """A grant, and the client id that it was given to.

        The service gives one token a week to a client. Where the last one never arrived (`is_lost`) there is no coming
        by it again; so a service that now refuses for that reason is asked once more, as by a new client.
        """
        try:
            return asking, make(asking)
        except CliplineError as error:
            if proves_refusal(error) and not is_lost and (content := read_file(self.path)).asking:
                self._write(replace(content, asking=False))
            if not (is_lost and error.code == "rate_limited"):
                raise
        asking = str(uuid.uuid4())
        return asking, make(asking)

    def believe(self, token: Token) -> None:
        """Use a token until the service refuses it, whatever the clock says: the service gives no other for it yet."""
        with self._locked():
            content = read_file(self.path)
            kept = content.tokens.get(token.fingerprint)
            if kept is not None and kept.token.expires_at:
                believed = replace(kept, token=replace(kept.token, expires_at=0.0))
                self._write(replace(content, tokens={**content.tokens, token.fingerprint: believed}))

    def keep(self, token: Token) -> None:
        """Keep a token for as long as a job may be asked for with it; call it before the job is started."""
        with self._locked():
            content = read_file(self.path)
            known = content.tokens.get(token.fingerprint)  # which may be believed by now, whatever the clock says
            kept = Kept(known.token if known else token, self._clock.now())
            tokens = {**content.tokens, token.fingerprint: kept}
            self._write(replace(content, tokens=tokens))

    def _client_id(self) -> str:
        """The kept client id, made if there is none; under the lock."""
        content = read_file(self.path)
        if not content.client_id:
            content = replace(content, client_id=str(uuid.uuid4()))
            self._write(content)
        return content.client_id

    # --- the file ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the file alone; a wait for another process ends at once when the run is cancelled.

        Raises:
            MachineError: `credentials_busy`: the other process stands still.
        """
        self._make_folder()
        lock = FileLock(self.path.with_suffix(".lock"), thread_local=False, mode=0o600)
        end = time.monotonic() + self._patience  # real time: another process does not move a test's clock
        while not _acquired(lock, self.path):
            self._clock.check()
            if time.monotonic() > end:
                raise MachineError(
                    f"another process holds the file of tokens {self.path} for too long",
                    code="credentials_busy",
                    hint="end the clipline that hangs or stands still, and try again",
                )
        try:
            yield
        finally:
            lock.release()

    def _make_folder(self) -> None:
        folder = self.path.parent
        with disk("make the folder", folder):
            self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        check_private(folder)

    def _write(self, content: Content) -> None:
        write_file(self.path, content.without_the_expired(self._clock.now()), self._base)


def _acquired(lock: FileLock, path: Path) -> bool:
    with disk("lock", path):
        try:
            lock.acquire(timeout=_LOOK_SECONDS, poll_interval=_LOOK_SECONDS / 2)
        except Timeout:  # an OSError too
            return False
        return True


def _normal(base_url: str) -> str:
    """The base URL as it is compared: lower-case scheme and host, no slash at the end.

    Raises:
        InputError: it is no address, or has a query, which may hold a secret.
    """
    host_of(base_url)
    parts = urlsplit(base_url.strip())
    if parts.query or parts.fragment:
        raise InputError(
            "the base of an API has no query", code="bad_url", hint="write it like https://api.example.com"
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _file_name(base: str) -> str:
    """A readable name that every file system takes; the hash keeps addresses apart that would read the same."""
    readable = re.sub(r"[^a-z0-9.-]+", "_", base.partition("://")[2].lower())[:80].strip("._")
    return f"{readable}-{hashlib.sha256(base.encode()).hexdigest()[:8]}"
