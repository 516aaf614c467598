"""Bodies of forms, as the example service reads them."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser

__all__ = ["fields_of"]


def fields_of(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a form by name, files too; empty where it is none."""
    whole = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode("latin-1") + body)
    found = {}
    for each in whole.get_payload() if whole.is_multipart() else ():
        if isinstance(each, Message):
            content = each.get_payload(decode=True)
            found[str(each.get_param("name", header="content-disposition"))] = (
                content if isinstance(content, bytes) else b""
            )
    return found
