"""Event streams through httpx-sse, with what it lacks: the byte order mark, a lone CR, a cap.

httpx-sse loses the first event to a byte order mark, holds a lone CR back until more comes, gives an empty event for
every blank line after an `id`, and lets one line grow without end. So the bytes are set right before it sees them, and
events without data are dropped after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clipline.errors import ServiceError

__all__ = ["EVENT_CAP", "events_of"]

#: Bytes of one event, and so of one line.
EVENT_CAP = 8 * 1024 * 1024
_MARK = b"\xef\xbb\xbf"


def events_of(pieces: Iterable[bytes], host: str) -> Iterator[str]:
    """The data of each event of a stream, as soon as the piece with its blank line is there; never empty.

    Lines end at LF, CR and CRLF only; text is UTF-8, whatever the reply's headers say. Comments, bare words and events
    without data give nothing, and neither does a last event without its blank line.

    Args:
        pieces: the body, split anywhere.
        host: what messages name.

    Raises:
        ServiceError: `broken_off`: an event is larger than `EVENT_CAP`.
    """
    import httpx
    import httpx_sse

    body = _capped(_with_plain_lines(_without_mark(pieces)), host)
    response = httpx.Response(200, headers={"content-type": "text/event-stream; charset=utf-8"}, content=body)
    for event in httpx_sse.EventSource(response).iter_sse():
        if event.data:
            yield event.data


def _without_mark(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces without a byte order mark at the beginning."""
    begin: bytes | None = b""
    for piece in pieces:
        if begin is None:
            yield piece
            continue
        begin += piece
        if len(begin) < len(_MARK) and _MARK.startswith(begin):
            continue
        yield begin.removeprefix(_MARK)
        begin = None
    if begin:
        yield begin


def _with_plain_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces with LF for CR and CRLF; a CR at the end of a piece counts at once."""
    after_cr = False
    for piece in pieces:
        if not piece:
            continue
        rest = piece[1:] if after_cr and piece[:1] == b"\n" else piece
        after_cr = piece[-1:] == b"\r"
        if rest:
            yield rest.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _capped(pieces: Iterable[bytes], host: str) -> Iterator[bytes]:
    """The pieces, as long as no more than `EVENT_CAP` bytes come without a blank line."""
    held, last = 0, b""
    for piece in pieces:
        joined = last + piece
        blank = joined.rfind(b"\n\n")
        held = len(joined) - blank - 2 if blank >= 0 else held + len(piece)
        last = joined[-1:]
        if held > EVENT_CAP:
            words = f"{host} sent an event of more than {EVENT_CAP // 1024 // 1024} MiB"
            raise ServiceError(words, code="broken_off", retry="unsure")
        yield piece
