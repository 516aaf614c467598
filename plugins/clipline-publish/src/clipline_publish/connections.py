"""Opening a place: which credentials a protocol takes, where they come from, and which library speaks it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from clipline.errors import InputError, UsageError
from clipline.values import JsonObject, Secret
from clipline_publish.addresses import SERVERS, Address
from clipline_publish.faults import as_error, no_credentials

__all__ = ["break_off", "connect"]

#: Seconds for connecting, and for a server that says nothing.
CONNECT_SECONDS, SILENCE_SECONDS = 15, 60
_TAKEN = {
    "s3": {"key", "secret", "token", "endpoint", "region", "content_type", "metadata"},
    "sftp": {"user", "password"},
    "ftp": {"user", "password"},
    "smb": {"user", "password"},
}
_ALL = frozenset().union(*_TAKEN.values())


def connect(at: Address, options: JsonObject, settings: JsonObject, begun: list[Any]) -> Any:
    """A file system of fsspec for this address, made new: no other run shares its connections or credentials.

    Args:
        at: what is to be reached.
        options: the step's; a credential in it counts before that of the settings.
        settings: the section `publish`.
        begun: takes what is being connected, so that another thread can `break_off` a server that says nothing.

    Raises:
        UsageError: the protocol is unknown, its library is not installed, or it takes no such option.
        Exception: the library's own, where the server does not answer or does not let us in.
    """
    for name in sorted(_ALL & options.keys() - _TAKEN.get(at.protocol, set())):
        raise InputError(f"{at.protocol}:// takes no {name!r}", code="publish_option", hint="leave it away")
    maker = _MAKERS.get(at.protocol)
    return _library(at, maker(at, options, settings) if maker else {}, begun)


def break_off(*file_systems: Any) -> None:
    """Close the connections under whoever waits on them; does nothing where there is none."""
    for file_system in file_systems:
        ftp = getattr(file_system, "ftp", None)
        connection: Any = getattr(file_system, "client", ftp)  # of SFTP, of FTP
        sock = getattr(ftp, "sock", None)
        with contextlib.suppress(Exception):
            if connection is ftp and isinstance(sock, socket.socket):
                sock.shutdown(socket.SHUT_RDWR)  # to close it would not wake a blocked read
            connection.close()


def _library(at: Address, given: Mapping[str, Any], begun: list[Any]) -> Any:
    import fsspec  # type: ignore[import-untyped]  # it publishes no types

    protocol = at.protocol
    if protocol not in fsspec.available_protocols():
        raise InputError(f"there is no protocol {protocol}://", code="publish_address", hint="s3, sftp, ftp, file …")
    try:
        file_system = _verified_sftp() if protocol == "sftp" else fsspec.get_filesystem_class(protocol)
        file_system = _told(file_system, begun) if hasattr(file_system, "_connect") else file_system
    except ImportError as error:
        extra = f"clipline-publish[{protocol}]" if protocol in {"s3", "sftp"} else (error.name or "its library")
        raise UsageError(
            f"{protocol}:// needs a library that is not installed",
            code="publish_library",
            hint=f"pip install '{extra}'",
        ) from None
    try:
        return file_system(**given, skip_instance_cache=True)
    except Exception as error:
        is_none = protocol in SERVERS and not {"password", "key_filename"} & given.keys()
        if is_none and as_error(error, at).code == "publish_credentials":
            raise no_credentials(at) from None
        raise


def _s3(_: Address, options: JsonObject, settings: JsonObject) -> dict[str, Any]:
    """Without a key, that of the environment, the profile or the role, as every tool of Amazon's finds it."""
    own = "key" in options or "secret" in options
    if own and not ("key" in options and "secret" in options):
        raise InputError("`key` and `secret` go together", code="publish_credentials", hint="give both, or none")
    source = options if own else settings
    key, secret, token = (_plain(source.get(name)) for name in ("key", "secret", "token"))
    region = options.get("region") or settings.get("region")
    return {
        "key": key,
        "secret": secret,
        "token": token,
        "endpoint_url": options.get("endpoint") or settings.get("endpoint") or None,
        "client_kwargs": {"region_name": region} if region else {},
        "config_kwargs": {
            "connect_timeout": CONNECT_SECONDS,
            "read_timeout": SILENCE_SECONDS,
            "retries": {"mode": "standard", "max_attempts": 3},
            # What we send has an MD5 that every server knows; the newer checksums some refuse.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
    }


def _server(at: Address, options: JsonObject, settings: JsonObject) -> dict[str, Any]:
    user = at.user or options.get("user") or settings.get("user")
    password = _password(at, options, settings)
    given = {"host": at.host, "username": user or None, "password": password}
    return {name: value for name, value in given.items() if value is not None} | ({"port": at.port} if at.port else {})


def _password(at: Address, options: JsonObject, settings: JsonObject) -> str | None:
    """The option's, else that of the settings, which goes to one server only: a file of somebody else may name any."""
    if "password" in options:
        return _plain(options["password"])
    kept, host = _plain(settings.get("password")), str(settings.get("host") or "")
    if kept is None or host == at.host:
        return kept
    if settings.get("private_key") and at.protocol == "sftp":
        return kept  # it opens the key file, and is not sent: see `_sftp`
    raise UsageError(
        f"publish.password is not sent to {at.host}",
        code="publish_host",
        hint=f"if it is meant for that server, set publish.host (CLIPLINE_PUBLISH_HOST) to {at.host}",
    )


def _sftp(at: Address, options: JsonObject, settings: JsonObject) -> dict[str, Any]:
    given = _server(at, options, settings)
    given |= dict.fromkeys(("timeout", "banner_timeout", "auth_timeout"), CONNECT_SECONDS)
    if key_file := settings.get("private_key"):
        given |= {"key_filename": str(key_file), "passphrase": given.pop("password", None)}
    known = settings.get("known_hosts")
    given["known_hosts"] = str(known) if known else str(Path("~/.ssh/known_hosts").expanduser())
    return given


def _ftp(at: Address, options: JsonObject, settings: JsonObject) -> dict[str, Any]:
    return _server(at, options, settings) | {"timeout": SILENCE_SECONDS}


_MAKERS: Mapping[str, Callable[[Address, JsonObject, JsonObject], dict[str, Any]]] = {
    "s3": _s3,
    "sftp": _sftp,
    "ftp": _ftp,
    "smb": _server,
}


def _plain(value: object) -> str | None:
    if isinstance(value, Secret):
        return value.reveal()
    return str(value) if value else None


def _told(file_system: Any, begun: list[Any]) -> Any:
    """The same file system, which tells of itself before it connects."""

    class Told(file_system):  # type: ignore[misc]  # whichever it is
        """Known while it is being made."""

        def _connect(self) -> None:
            begun.append(self)
            super()._connect()

    return Told


def _verified_sftp() -> type:
    """The SFTP file system of fsspec, but for one thing: it talks only to servers that are known."""
    import paramiko  # type: ignore[import-untyped]  # it publishes no types
    from fsspec.implementations.sftp import SFTPFileSystem  # type: ignore[import-untyped]  # as above

    class UnknownHostKey(paramiko.SSHException):  # type: ignore[misc]  # as above
        """The server's key is not among the known ones."""

    class Refuse(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]  # as above
        def missing_host_key(self, client: object, hostname: str, key: object) -> None:  # noqa: ARG002 - paramiko's
            raise UnknownHostKey(hostname)

    class VerifiedSFTPFileSystem(SFTPFileSystem):  # type: ignore[misc]  # as above
        """Checks the server's key before it logs in."""

        def _connect(self) -> None:
            known = self.ssh_kwargs.pop("known_hosts")
            self.client = paramiko.SSHClient()
            self.client.set_missing_host_key_policy(Refuse())
            if Path(known).exists():
                self.client.load_system_host_keys(known)
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(SILENCE_SECONDS)

    return VerifiedSFTPFileSystem


assert SERVERS - {"webdav"} <= _MAKERS.keys(), "a server's credentials come from somewhere"
