"""One SMTP session (RFC 5321): everybody named gets the message, or nobody does.

It runs on a thread of its own with its socket registered, as the exchanges of `clipline.http` do: cancelling, or a
passed limit, shuts the socket down and returns at once. What failed tells whether to try again:

    before DATA   the line, a 4xx     `safe`: nobody got it
                  a refusal, 5xx      `never`
                  the password        `AccountError`
    after DATA    a 4xx               `safe`; a 5xx `never`
                  no answer           `unsure`: it may come twice, then under the same `Message-ID`
"""

from __future__ import annotations

import base64
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from clipline.builtin.email_letter import Letter
from clipline.clock import Clock
from clipline.errors import AccountError, CliplineError, InputError, ServiceError, StageFailed
from clipline.http.job import Job, Limits
from clipline.http.line import Line
from clipline.http.trust import tls_context

__all__ = ["PORTS", "Security", "Server", "deliver"]

Security = Literal["starttls", "tls", "none"]

#: Where servers listen (RFC 8314, RFC 6409).
PORTS: Mapping[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_HERE = {"localhost", "127.0.0.1", "::1"}
_SHOWN = 200
#: Bytes of all that a server says over one line; the usual is some hundred.
_MOST = 256 * 1024
_USUAL_PORTS = "port 587 is usually starttls, port 465 tls, port 25 none"
#: Real seconds after which a thread that nobody waits for any more gives up its socket.
_LEFT_ALONE = 30.0
_TAKEN, _AUTH_NEEDED, _BYE = {250, 251}, 530, 421


@dataclass(frozen=True, slots=True)
class Server:
    """Who takes the message; `port` 0 is the usual one of `security`, `ca` a file of certificates to trust as well."""

    host: str
    port: int = 0
    security: Security = "starttls"
    user: str = ""
    password: str = ""
    ca: Path | None = None

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port or PORTS[self.security]}, {self.security})"


def deliver(letter: Letter, server: Server, *, clock: Clock, timeout: float) -> None:
    """Hand a letter over.

    Args:
        letter: what to send.
        server: whom to give it to.
        clock: cancels, and bounds the time with its deadline.
        timeout: seconds for all of it.

    Raises:
        InputError: the server cannot be used as it is described.
        AccountError: user or password are not taken, or missing.
        StageFailed: the server refuses the message, and will again.
        ServiceError: it cannot be reached, is busy, or broke off.
        Cancelled, TimedOut: by the clock.
    """
    if server.password and server.security == "none" and server.host not in _HERE:
        raise InputError("a password is not sent over an open line", hint="security: starttls, or tls")
    context = None if server.security == "none" else _trusted(server)
    clock.check()
    line = Line(clock)
    limits = _Limits(server.host, clock, clock.monotonic(), connect=timeout, total=timeout)
    Job(limits, line, lambda: _exchange(letter, server, context, line, timeout + _LEFT_ALONE)).run()


class _Limits(Limits):
    """Limits whose words are those of mail."""

    def error(self, line: Line) -> ServiceError:
        """What to say of a limit that passed."""
        self.check(line)
        if line.sent:
            return _unsure(self.host, f"did not answer within {self.total:g}s")
        words = f"{self.host} did not answer within {self.total:g}s"
        return ServiceError(words, code="unreachable", hint=_USUAL_PORTS)


def _trusted(server: Server) -> ssl.SSLContext:
    try:
        context = tls_context()
        if server.ca is not None:
            context.load_verify_locations(server.ca)
    except (OSError, ssl.SSLError) as error:
        where = server.ca or "SSL_CERT_FILE"
        raise InputError(f"the certificates of {where} cannot be read", hint="give a PEM file") from error
    return context


# --- the session -----------------------------------------------------------------------------------------------------


class _Bounded:
    """The lines that a server sends, as long as they are not too many."""

    def __init__(self, lines: BinaryIO) -> None:
        self._lines = lines
        self._left = _MOST

    def readline(self, longest: int) -> bytes:
        line = self._lines.readline(longest)
        self._left -= len(line)
        if self._left < 0:
            raise smtplib.SMTPServerDisconnected("too much was said")
        return line

    def close(self) -> None:
        self._lines.close()


class _Connection(smtplib.SMTP):
    """A connection whose socket another thread can shut down."""

    def __init__(self, server: Server, context: ssl.SSLContext | None, line: Line, timeout: float) -> None:
        self._line = line
        self._wrap = context if server.security == "tls" else None
        try:
            super().__init__(server.host, server.port or PORTS[server.security], timeout=timeout)
            self.ehlo_or_helo_if_needed()
            if context is not None and server.security == "starttls":
                self._protect(context)
        except BaseException:
            self.close()
            raise

    def _protect(self, context: ssl.SSLContext) -> None:
        self.starttls(context=context)
        assert self.sock is not None
        self._line.hold(self.sock)
        self.ehlo_or_helo_if_needed()

    def getreply(self) -> tuple[int, bytes]:
        """Read a reply, of a bounded number of lines; a server could go on for ever."""
        if self.file is None and self.sock is not None:
            self.file = _Bounded(self.sock.makefile("rb"))
        return super().getreply()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.create_connection((host, port), timeout)
        self._line.hold(connection)
        if self._wrap is not None:
            connection = self._wrap.wrap_socket(connection, server_hostname=host)
            self._line.hold(connection)
        return connection


def _exchange(letter: Letter, server: Server, context: ssl.SSLContext | None, line: Line, timeout: float) -> None:
    try:
        connection = _Connection(server, context, line, timeout)
        try:
            if server.user:
                _log_in(connection, server)
            _address(connection, letter, server)
            line.begin()
            code, text = connection.data(letter.data)
            if code not in _TAKEN:
                raise smtplib.SMTPDataError(code, text)
        finally:
            with contextlib.suppress(OSError):
                connection.putcmd("quit")  # its answer changes nothing and is not waited for
            connection.close()
    except CliplineError:
        raise
    except smtplib.SMTPResponseException as error:
        raise _refusal(server, error.smtp_code, error.smtp_error) from None
    except Exception as error:  # noqa: BLE001 - whatever a library raises may quote what must not be seen
        raise _broken(server, error, line) from None


def _log_in(connection: smtplib.SMTP, server: Server) -> None:
    try:
        connection.login(server.user, server.password)
    except smtplib.SMTPAuthenticationError as error:
        if 400 <= error.smtp_code < 500:
            raise ServiceError(f"{server.host} cannot log in now ({error.smtp_code})", hint="try again later") from None
        # What it says is not quoted: it may be what it was sent.
        raise AccountError(
            f"{server.host} does not take this user and password ({error.smtp_code})",
            hint="set smtp.user and smtp.password; many services want a password made for programs",
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise StageFailed(f"{server.host} lets nobody log in here", hint="security: starttls, or tls") from None
    except UnicodeError:
        raise InputError("a user or password for SMTP is in ASCII characters") from None


def _address(connection: smtplib.SMTP, letter: Letter, server: Server) -> None:
    """Name the sender and everybody who gets it; where one of them is refused, nobody gets anything."""
    options = [f"SIZE={len(letter.data)}"] if connection.has_extn("size") else []
    code, text = connection.mail(letter.sender, options)
    if code not in _TAKEN:
        raise smtplib.SMTPResponseException(code, text)
    refused: list[tuple[int, str]] = []
    for recipient in letter.recipients:
        code, text = connection.rcpt(recipient)
        if code == _BYE:
            raise smtplib.SMTPResponseException(code, text)
        if code not in _TAKEN:
            refused.append((code, f"{recipient}: {code} {_said(text, server)}"))
    if refused:
        words = f"{server.host} refuses {'; '.join(words for _, words in refused)}"
        raise _verdict(max(code for code, _ in refused), words + ("; nobody got it" if letter.recipients[1:] else ""))


# --- errors ----------------------------------------------------------------------------------------------------------


def _refusal(server: Server, code: int, text: bytes | str) -> CliplineError:
    return _verdict(code, f"{server.host} refuses the message: {code} {_said(text, server)}")


def _verdict(code: int, words: str) -> CliplineError:
    if code == _AUTH_NEEDED:
        return AccountError(words, hint="set smtp.user and smtp.password")
    if 500 <= code < 600:
        return StageFailed(words, code="mail_refused")
    return ServiceError(words, code="mail_deferred", hint="try again later, as `retry` with a `delay` of minutes does")


def _broken(server: Server, error: Exception, line: Line) -> CliplineError:
    if line.sent:
        return _unsure(server.host, "broke off after it got the message")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return StageFailed(f"{server.host} offers no STARTTLS", hint="security: tls, or none on a line that you trust")
    where = f"cannot reach {server.host}:{server.port or PORTS[server.security]}"
    if isinstance(error, ssl.SSLCertVerificationError):
        hint = "set smtp.ca to the certificates of those who signed it"
        why = f"its certificate is not trusted ({error.verify_message})"
        return ServiceError(f"{where}: {why}", code="unreachable", retry="never", hint=hint)
    if isinstance(error, ssl.SSLError):
        return ServiceError(f"{where}: it speaks no TLS there", code="unreachable", hint=_USUAL_PORTS)
    if isinstance(error, smtplib.SMTPException) or not (isinstance(error, OSError) and error.strerror):
        return ServiceError(f"{server.host} broke off before it got the message", code="unreachable")
    return ServiceError(
        f"{where}: {error.strerror.lower()}", code="unreachable", hint="check smtp.host, smtp.port and the network"
    )


def _unsure(host: str, what: str) -> ServiceError:
    hint = "it may have taken it; sent again, it comes under the same Message-ID"
    return ServiceError(f"{host} {what}", code="no_reply", retry="unsure", hint=hint)


def _said(text: bytes | str, server: Server) -> str:
    """One line of what a server said, without what it was sent to log in with."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    user, password = server.user.encode(), server.password.encode()
    sent = (password, base64.b64encode(password), base64.b64encode(b"\0" + user + b"\0" + password))
    for secret in sent if password else ():
        words = words.replace(secret.decode(), "…")
    line = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(line.split())[:_SHOWN]
