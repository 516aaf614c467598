"""`clipline webhook`: for whoever receives clipline's webhooks."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from clipline.artifacts import read_file
from clipline.cli import console
from clipline.cli.groups import Group
from clipline.cli.session import Session, common
from clipline.errors import InputError, UsageError
from clipline.values import parse_duration

#: Bytes of a body.
_LARGEST = 64 * 1024 * 1024


@click.group(name="webhook", cls=Group)
def command() -> None:
    """Check signatures of webhooks."""


@command.command(name="verify")
@click.argument("body", metavar="BODY")
@click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header of the request.")
@click.option("--secret", required=True, metavar="env:NAME|file:PATH", help="Where the secret stands.")
@click.option("--tolerance", default="5m", show_default=True, metavar="TIME", help="How old the message may be.")
@common()
def verify(session: Session, *, body: str, headers: tuple[str, ...], secret: str, tolerance: str) -> int:
    """Check the signature of a webhook.

    It is whole, recent and from somebody who knows the secret (Standard Webhooks). BODY is the file with the
    request's body as it came, - for stdin. The headers webhook-id, webhook-timestamp and webhook-signature are
    needed. Ends with 3 where the check fails.
    """
    from clipline.builtin import webhooks

    try:
        seconds = parse_duration(tolerance)
    except ValueError as error:
        raise UsageError(f"--tolerance: {error}") from error
    message_id = webhooks.verify(_read(body), _headers(headers), _secret(secret), now=time.time(), tolerance=seconds)
    if session.as_json:
        console.document("webhook", {"verified": True, "id": message_id})
    else:
        console.result(f"verified: {console.plain(message_id)}")
    return 0


def _headers(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for header in given:
        name, colon, value = header.partition(":")
        if not colon:
            raise UsageError(f"-H {header}: write -H NAME:VALUE")
        found[name.strip()] = value.strip()
    return found


def _read(body: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if body == "-" else read_file(Path(body), _LARGEST)
    except OSError as error:
        raise InputError(f"cannot read {body}: {error.strerror}") from error


def _secret(reference: str) -> str:
    """The secret that is meant; on the command line itself it would be seen in the list of processes."""
    where, colon, name = reference.partition(":")
    if not colon or where not in {"env", "file"}:
        raise UsageError("--secret takes env:NAME or file:PATH, not the secret itself")
    if where == "env":
        if name not in os.environ:
            raise InputError(f"the environment variable {name} is not set")
        return os.environ[name]
    return _read(name).decode("utf-8", "replace").strip()
