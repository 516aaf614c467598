"""Which token a client's calls go with, and when it is replaced.

A token that the person supplied comes first and is never replaced. Else it is the stored anonymous one; a new one is
asked for where there is none, where the clock says that it has expired, and where the service refuses it. The new one
may belong to another account, which cannot see the sessions of the old one.

The clock is believed once: a token that it calls expired, though it is new or the service gives no other, is used until
the service refuses it. And a new token that is refused at once is not replaced again, or a service that refuses
everything would use the quota up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from clipline.errors import AccountError, ServiceError, StageFailed
from clipline.nemo.calling import Caller
from clipline.nemo.credentials import Token, TokenStore
from clipline.nemo.protocol import TokenGrant, anonymous_token, read_token
from clipline.nemo.token_file import check_sendable

__all__ = ["Access"]

#: A token is renewed so many seconds before it expires, so that it does not do so on the way.
MARGIN = 60.0


class Access:
    """The token of one client.

    Args:
        caller: asks for new tokens.
        store: where they are kept.
        say: tells the person.
        fingerprint: of the one token to use; "" to use the supplied or the anonymous one.
    """

    def __init__(self, caller: Caller, store: TokenStore, say: Callable[[str], None], fingerprint: str = "") -> None:
        self._caller = caller
        self._store = store
        self._say = say
        self._fingerprint = fingerprint
        self._fixed: Token | None = None
        self._users: dict[str, str] = {}
        self._believed: set[str] = set()
        self._untried: set[str] = set()
        #: Whether the person knows that a token is being made: it may take several tries.
        self._announced = False
        #: Whether a token was replaced by that of another account.
        self.changed = False

    def token(self) -> Token:
        """The token to call with; makes one where that is needed.

        Raises:
            InputError: the supplied token or client id cannot be sent.
            AccountError: `token_refused`; the one token to use is not kept any more.
            MachineError: the file of tokens is damaged or open to others.
            ServiceError: no token could be asked for.
        """
        token = self._fixed or self._find_fixed() or self._store.current()
        if token is None:
            token = self._renewed(None)
        elif self._is_over(token):
            self._believed.add(token.fingerprint)
            token = self._renewed_in_time(token)
        return replace(token, user_id=token.user_id or self._users.get(token.fingerprint, ""))

    def instead_of(self, refused: Token, error: AccountError) -> Token:
        """A new token in the place of one that the service refused.

        Raises:
            AccountError: `error` itself; that token must not be replaced.
        """
        if self._fingerprint or refused.supplied or refused.fingerprint in self._untried:
            raise error
        return self._renewed(refused)

    def accepted(self, token: Token) -> None:
        """The service took the token."""
        self._untried.discard(token.fingerprint)

    def learn(self, token: Token, user_id: str) -> None:
        """A reply told whose token it is."""
        if user_id and user_id != "me":  # how a path says "whoever asks"
            self._users[token.fingerprint] = user_id

    # --- finding and making ------------------------------------------------------------------------------------------

    def _find_fixed(self) -> Token | None:
        """The token that this client never replaces: the one named by its fingerprint, or the supplied one."""
        given = self._caller.options.token
        supplied = Token(check_sendable(given, "the supplied token (NEMO_TOKEN)"), supplied=True) if given else None
        if not self._fingerprint or (supplied and supplied.fingerprint == self._fingerprint):
            self._fixed = supplied
        else:
            self._fixed = self._store.by_fingerprint(self._fingerprint)
            if self._fixed is None:
                raise AccountError(
                    "the token that this was begun with is not kept on this machine any more",
                    code="token_refused",
                    hint="give the same token in NEMO_TOKEN, or work on the machine that began it",
                )
        return self._fixed

    def _is_over(self, token: Token) -> bool:
        if self._fixed is not None or token.fingerprint in self._believed:
            return False
        return 0 < token.expires_at <= self._caller.clock.now() + MARGIN

    def _renewed_in_time(self, token: Token) -> Token:
        """A new token in the place of one that has expired by the clock; the old one where the service gives none."""
        try:
            return self._renewed(token)
        except ServiceError as error:
            if error.code != "rate_limited":
                raise
            # Every stage has a client of its own, and each would ask again.
            self._store.believe(token)
            return token

    def _renewed(self, old: Token | None) -> Token:
        made = False

        def make(client_id: str) -> TokenGrant:
            nonlocal made
            if not self._announced:
                self._say("Setting things up…")
                self._announced = True
            made = True
            data, _ = self._caller.ask_once(anonymous_token(client_id), None)
            return read_token(data)

        token = self._granted(make, old.fingerprint if old else "")
        self._believed.add(token.fingerprint)
        if made:
            self._announced = False
            self._untried.add(token.fingerprint)
            self._say("connected")
        self._compare(old, token)
        return token

    def _granted(self, make: Callable[[str], TokenGrant], stale: str) -> Token:
        """A token that `make` asks for; once more with a new client id where the service does not take the kept one."""
        given = self._caller.options.client_id
        client_id = check_sendable(given, "the client id (NEMO_CLIENT_ID)").reveal() if given else ""

        def renewed(*, fresh: bool) -> Token:
            return self._caller.tried(
                lambda: self._store.renew(make, stale=stale, client_id=client_id, fresh=fresh), reads=False
            )

        try:
            return renewed(fresh=False)
        except StageFailed as error:
            if client_id or error.code != "bad_request":
                raise
            return renewed(fresh=True)

    def _compare(self, old: Token | None, new: Token) -> None:
        if old and old.user_id and new.user_id and old.user_id != new.user_id:
            self.changed = True
            self._say("this is a new account now; it cannot see the sessions of the one before")
