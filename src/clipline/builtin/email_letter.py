"""An e-mail as it goes over the line: addresses, headers, text and files, with nothing in them that ends a header.

The `Message-ID` (RFC 5322 §3.6.4) is derived from the message's own id: whoever gets the same one twice can tell.
"""

from __future__ import annotations

import contextlib
import fnmatch
import mimetypes
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from clipline.artifacts import disk
from clipline.errors import InputError
from clipline.stage import Message
from clipline.values import JsonObject

__all__ = ["ATTACHED_BYTES", "Letter", "compose", "read_address"]

#: What all attached files may have together; encoded it is a third more, which any server takes.
ATTACHED_BYTES = 10_000_000
_LONGEST_SUBJECT = 200
_NAMED = re.compile(r"(?P<name>.*?)\s*<(?P<address>[^<>]+)>")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready to be sent: `data` as it goes over the line, from `sender` to `recipients`.

    `attached` are the names of the files in it.
    """

    sender: str
    recipients: tuple[str, ...]
    message_id: str
    data: bytes
    attached: tuple[str, ...]


def compose(
    message: Message, *, sender: str, to: Sequence[str], subject: str, attach: Sequence[str], now: float
) -> Letter:
    """Lay a message out.

    Args:
        message: what `notify` sends.
        sender: an address, like `clipline@example.com` or `Clipline <clipline@example.com>`.
        to: addresses of the same form.
        subject: the first line of the message's text where this is empty.
        attach: patterns of names, like `*.jpg`; of the run's files those that fit one go with it, the smallest first,
            up to `ATTACHED_BYTES`; what stays behind is named in the text.
        now: seconds since 1970.

    Raises:
        InputError: an address is none, or a header would hold a line break or another control character.
        MachineError: a file cannot be read.
    """
    author, readers = read_address(sender, "from"), [read_address(each, "to") for each in to]
    files, left = _fitting([Path(file) for file in message.data.get("files", ())], attach)
    # 7 bits: then no server on the way has to know more than RFC 5321.
    letter = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    letter["From"], letter["To"] = author, readers
    letter["Subject"] = _subject(subject, message.text)
    letter["Date"] = format_datetime(datetime.fromtimestamp(now, UTC))
    letter["Message-ID"] = message_id = f"<{message.data['id']}@{author.domain}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    letter.set_content(_text(message, left))
    for file in files:
        _attach(letter, file)
    recipients = tuple(dict.fromkeys(each.addr_spec for each in readers))
    names = tuple(file.name for file in files)
    return Letter(author.addr_spec, recipients, message_id, letter.as_bytes(), names)


def read_address(text: str, what: str) -> Address:
    """Read `ann@example.com` or `Ann <ann@example.com>`; a domain in letters of any script becomes its ASCII form.

    What stands before the @ is ASCII: few servers take anything else (RFC 6531).

    Raises:
        InputError: it is not one address.
    """
    match = _NAMED.fullmatch(text.strip())
    name, address = (match["name"].strip('"'), match["address"]) if match else ("", text.strip())
    user, _, domain = address.rpartition("@")
    if not _control(text):
        with contextlib.suppress(ValueError, IndexError, MessageError):
            return Address(name, addr_spec=f"{user}@{domain.encode('idna').decode()}")
    hint = "write it like ann@example.com, or like Ann <ann@example.com>; what stands before the @ is ASCII"
    raise InputError(f"not an address in `{what}`: {text!r}", code="bad_address", hint=hint)


def _control(text: str) -> bool:
    return any(ord(character) < 32 or ord(character) == 127 for character in text)


def _subject(given: str, text: str) -> str:
    if given:
        if _control(given):
            raise InputError("the subject of an e-mail is one line without control characters", code="bad_subject")
        return _writable(given)
    line = next(iter(text.strip().splitlines()), "clipline")
    line = "".join(character for character in _writable(line) if not _control(character))
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1] + "…"


def _writable(text: str) -> str:
    """The text without halves of characters, as they stand for bytes in the name of a file that are no UTF-8."""
    return text.encode("utf-8", "replace").decode()


# --- the text --------------------------------------------------------------------------------------------------------


def _text(message: Message, left: Iterable[str]) -> str:
    run: JsonObject = message.data.get("run", {})
    known = [("Run", run.get("id")), ("Pipeline", run.get("name")), ("Backend", run.get("backend"))]
    lines = [message.text, "", *(f"{name}: {value}" for name, value in known if value)]
    if files := message.data.get("files", ()):
        lines += ["Files:", *(f"  {file}" for file in files)]
    lines += [f"Not attached: {why}" for why in left]
    return _writable("\n".join(lines)) + "\n"


# --- files -----------------------------------------------------------------------------------------------------------


def _fitting(files: Sequence[Path], patterns: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The files to attach, and why others that were asked for are not."""
    asked = [file for file in files if any(fnmatch.fnmatchcase(file.name, pattern) for pattern in patterns)]
    left = [
        f"no file of the run is named {pattern}"
        for pattern in patterns
        if not any(fnmatch.fnmatchcase(file.name, pattern) for file in files)
    ]
    taken, room = [], ATTACHED_BYTES
    for file in sorted(filter(Path.is_file, asked), key=lambda file: file.stat().st_size):
        size = file.stat().st_size
        if size <= room:
            taken.append(file)
            room -= size
        else:
            left.append(f"{file.name}, {size / 1e6:.1f} MB, where {ATTACHED_BYTES / 1e6:g} MB go together")
    left += [f"{file.name}, which is {'a folder' if file.is_dir() else 'gone'}" for file in asked if not file.is_file()]
    return taken, left


def _attach(letter: EmailMessage, file: Path) -> None:
    kind, encoding = mimetypes.guess_type(file.name)
    main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
    with disk("read", file):
        data = file.read_bytes()
    name = "".join(character for character in _writable(file.name) if not _control(character))
    letter.add_attachment(data, maintype=main, subtype=sub, filename=name)
