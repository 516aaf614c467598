"""A real SMTP server (aiosmtpd) that keeps the mail it gets, and says no where a test wants it to."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

__all__ = ["Authority", "MailServer", "authority", "mail_server"]

USER, PASSWORD = "ann@example.com", "mail-pass/word+8"


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signed the server's certificate: the file that a client must trust, and the server's side."""

    file: Path
    context: ssl.SSLContext


def authority(folder: Path, *names: str) -> Authority:
    """A CA of the test's own, and a certificate of it for these names, `localhost` by default."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*(names or ("localhost",))).configure_cert(context)
    file = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(file, context)


@dataclass
class MailServer:
    """What a server has got. `says` are replies other than yes, by command, for RCPT by address.

    After DATA it may `break` the line off or keep `silence`; both times it has got the message.
    """

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    got: list[tuple[str, tuple[str, ...], bytes]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages, read."""
        return [cast("EmailMessage", message_from_bytes(data, policy=policy.default)) for _, _, data in self.got]

    @property
    def recipients(self) -> list[tuple[str, ...]]:
        """Whom each message was for, by its envelope."""
        return [recipients for _, recipients, _ in self.got]

    async def handle_MAIL(  # noqa: N802 - aiosmtpd looks for this name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if refusal := self.says.get("MAIL"):
            return refusal
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if refusal := self.says.get(address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        refusal = self.says.get("DATA", "")
        if not refusal or refusal in {"break", "silence"}:
            self.got.append((envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content))
        if refusal == "break":
            server.transport.abort()
        if refusal == "silence":
            await asyncio.Event().wait()
        return refusal or "250 ok"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        user, password = data.login.decode(), data.password.decode()
        self.logins.append((user, password))
        if refusal := self.says.get("AUTH"):
            return AuthResult(success=False, handled=False, message=refusal.format(user=user, password=password))
        return AuthResult(success=(user, password) == (USER, PASSWORD), handled=False)


@contextmanager
def mail_server(
    says: Mapping[str, str] | None = None, *, tls: ssl.SSLContext | None = None, security: str = "none", **options: Any
) -> Iterator[MailServer]:
    """A server while the `with` lasts, on `localhost`; it knows `USER` and `PASSWORD`, and wants them with STARTTLS.

    Args:
        says: see `MailServer`.
        tls: its certificate.
        security: `starttls`, `tls` or `none`, as the channel calls them.
        options: those of `aiosmtpd.smtp.SMTP`.
    """
    server = MailServer(says=dict(says or {}))
    loop = asyncio.new_event_loop()

    def session() -> SMTP:
        return SMTP(
            server,
            hostname="localhost",
            tls_context=tls if security == "starttls" else None,
            require_starttls=security == "starttls",
            auth_required=security == "starttls",
            auth_require_tls=security == "starttls",
            authenticator=server.authenticate,
            loop=loop,
            **options,
        )

    listening = loop.run_until_complete(
        loop.create_server(session, "localhost", 0, family=socket.AF_INET, ssl=tls if security == "tls" else None)
    )
    server.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(_end(listening), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _end(listening: asyncio.Server) -> None:
    listening.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
