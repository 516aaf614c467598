"""Events out of bytes: the same ones however the bytes are split."""

from __future__ import annotations

import pytest

from clipline.errors import ServiceError
from clipline.http.sse import EVENT_CAP, events_of

CASES = {
    "one": (b"data: one\n\n", ["one"]),
    "no blank after the colon": (b"data:one\n\n", ["one"]),
    "two lines of data": (b"data: a\ndata: b\n\n", ["a\nb"]),
    "CR": (b"data: a\rdata: b\r\rdata: c\r\r", ["a\nb", "c"]),
    "CRLF": (b"data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]),
    "all three": (b"data: a\n\r\ndata: b\r\rdata: c\r\n\n", ["a", "b", "c"]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", ["a"]),
    "part of a mark is text": (b"\xef\xbbdata: a\n\ndata: b\n\n", ["b"]),
    "mark later on is text": ("data: \ufeffa\n\n".encode(), ["\ufeffa"]),
    "empty data": (b"data:\n\ndata\n\ndata: a\n\n", ["a"]),
    "blank lines after an id": (b"id: 7\ndata: a\n\n\n\nid: 8\n\ndata: b\n\n", ["a", "b"]),
    "comments and bare words": (b": hello\n\nheartbeat\n\nping: x\n\ndata: a\n\n", ["a"]),
    "line separators are text": ("data: a\u2028b\u2029c\x85d\x0be\n\n".encode(), ["a\u2028b\u2029c\x85d\x0be"]),
    "not UTF-8": (b"data: \xff\n\n", ["\ufffd"]),
    "names and retry": (b"event: error\nretry: 5\ndata: a\n\nevent: x\n\n", ["a"]),
    "no blank line at the end": (b"data: a\n\ndata: b\n", ["a"]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES.keys())
def test_events_are_the_same_in_every_chunking(stream: bytes, events: list[str]) -> None:
    assert list(events_of([stream], "h")) == events
    assert list(events_of([stream[n : n + 1] for n in range(len(stream))], "h")) == events
    for cut in range(len(stream)):
        assert list(events_of([stream[:cut], b"", stream[cut:]], "h")) == events


def test_an_event_is_given_before_the_next_piece_is_asked_for() -> None:
    asked = []

    def pieces() -> object:
        for piece in (b"data: a\r\r", b"data: b\n\n"):
            asked.append(piece)
            yield piece

    events = events_of(pieces(), "h")  # type: ignore[arg-type]
    assert next(events) == "a"
    assert len(asked) == 1


def test_a_line_may_be_as_long_as_the_cap() -> None:
    text = b"x" * (EVENT_CAP - len(b"data: \n"))
    assert [len(event) for event in events_of([b"data: ", text, b"\n\n"], "h")] == [len(text)]


@pytest.mark.parametrize("piece", [b"x" * 65536, b"data: " + b"x" * 1000 + b"\n", b":" + b"x" * 1000 + b"\n"])
def test_an_event_without_end_is_cut_off_and_what_came_before_is_given(piece: bytes) -> None:
    def pieces() -> object:
        yield b"data: a\n\n"
        while True:
            yield piece

    events = events_of(pieces(), "the-host")  # type: ignore[arg-type]
    assert next(events) == "a"
    with pytest.raises(ServiceError, match="the-host sent an event of more than 8 MiB") as caught:
        next(events)
    assert (caught.value.code, caught.value.retry) == ("broken_off", "unsure")
