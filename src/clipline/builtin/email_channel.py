"""The channel `email`: a message by SMTP.

Who gets it stands in the file; the server and its password are settings (`smtp.…`), so that a file works for everybody
who has them. A file that names a server of its own gets none of the settings: nobody's password goes where a file says.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clipline.errors import InputError
from clipline.stage import Channel, Message, StageCall
from clipline.values import JsonObject, Secret, parse_duration

if TYPE_CHECKING:
    from clipline.builtin.email_session import Server

__all__ = ["EMAIL"]

_ADDRESS: JsonObject = {"type": "string", "pattern": ".+@.+"}

OPTIONS: JsonObject = {
    "type": "object",
    "properties": {
        "to": {
            "anyOf": [_ADDRESS, {"type": "array", "items": _ADDRESS, "minItems": 1}],
            "description": "Who gets it: addresses like `ann@example.com` or `Ann <ann@example.com>`.",
        },
        "from": {
            **_ADDRESS,
            "description": "Who sends it; by default the setting `smtp.from`, else the user if that is an address.",
        },
        "subject": {
            "type": "string",
            "minLength": 1,
            "description": "One line; by default the first of the message.",
        },
        "attach": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": [],
            "description": "Names of exported files to attach, like `*.jpg`; up to 10 MB together go, the smallest "
            "first, and the text names what does not.",
        },
        "timeout": {
            "type": ["string", "number"],
            "format": "duration",
            "default": "1m",
            "description": "How long the sending may take.",
        },
        "server": {
            "type": "string",
            "minLength": 1,
            "description": "A server other than that of the settings, as `HOST` or `HOST:PORT`. No setting of `smtp` "
            "but `from` holds for it.",
        },
        "security": {
            "enum": ["starttls", "tls", "none"],
            "default": "starttls",
            "description": "How the line to `server` is protected.",
        },
        "user": {"type": "string", "minLength": 1, "description": "Who logs in at `server`."},
        "password": {
            "type": "string",
            "minLength": 1,
            "x-clipline-secret": True,
            "description": "The password of `user`.",
        },
    },
    "required": ["to"],
    "dependentRequired": {"security": ["server"], "user": ["server", "password"], "password": ["server", "user"]},
    "additionalProperties": False,
}


def _send(call: StageCall, message: Message, options: JsonObject) -> JsonObject:
    from clipline.builtin.email_letter import compose
    from clipline.builtin.email_session import deliver

    settings = call.settings.get("smtp", {})
    server = _server(options, settings)
    # A user that is no address may be a key, and is not shown to anybody.
    sender = options.get("from") or settings.get("from") or (server.user if "@" in server.user else "")
    if not sender:
        raise InputError("nobody is named who sends the e-mail", hint="set smtp.from, or `from` of the channel")
    to = options["to"]
    letter = compose(
        message,
        sender=sender,
        to=[to] if isinstance(to, str) else to,
        subject=options.get("subject", ""),
        attach=options.get("attach", ()),
        now=call.clock.now(),
    )
    deliver(letter, server, clock=call.clock, timeout=parse_duration(options.get("timeout", 60)))
    return {
        "server": server.host,
        "message_id": letter.message_id,
        "recipients": len(letter.recipients),
        "attached": list(letter.attached),
    }


def _server(options: JsonObject, settings: JsonObject) -> Server:
    """The server that the file names, with nothing of the settings, else that of the settings."""
    from clipline.builtin.email_session import Server

    if "server" in options:
        host, port = _host_and_port(options["server"])
        security = options.get("security", "starttls")
        return Server(host, port, security, _plain(options.get("user")), _plain(options.get("password")))
    if not settings.get("host"):
        raise InputError(
            "no mail server is known",
            code="no_mail_server",
            hint="set smtp.host (CLIPLINE_SMTP_HOST), and smtp.user and smtp.password where it asks who sends: "
            "`clipline config` shows where",
        )
    user, password = _plain(settings.get("user")), _plain(settings.get("password"))
    if bool(user) != bool(password):
        raise InputError(f"smtp.{'user' if user else 'password'} is set, but not the other of user and password")
    return Server(
        settings["host"],
        settings.get("port", 0),
        settings.get("security", "starttls"),
        user,
        password,
        settings.get("ca"),
    )


def _host_and_port(text: str) -> tuple[str, int]:
    host, port = None, None
    if not set(text) & set("/@?# \t\r\n"):
        with contextlib.suppress(ValueError):
            parts = urlsplit(f"//{text}")
            host, port = parts.hostname, parts.port
    if not host:
        raise InputError(f"not a mail server: {text!r}", hint="write HOST or HOST:PORT")
    return host, port or 0


def _plain(value: Any) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value or "")


EMAIL = Channel(
    "email",
    _send,
    OPTIONS,
    summary="Send an e-mail by the server of the settings `smtp`; its Message-ID stays the same if it is sent again.",
    secret_options=frozenset({"user", "password"}),
)
