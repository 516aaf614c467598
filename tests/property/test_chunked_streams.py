"""However a stream of events is written and cut, the same events come out of it."""

from __future__ import annotations

import json
import socket
from itertools import pairwise
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from clipline import http
from clipline.clock import Clock
from clipline.http.sse import events_of
from clipline.nemo.turn import Turn
from examples import examples
from hostile_server import Line, chunked, hostile

# --- events in both dialects, and how a server may write them ---------------------------------------------------------

#: What other readers of lines take for the end of one, and characters of every length in UTF-8.
letters = st.text(
    st.sampled_from("abc :é城\U0001f600\u2028\u2029\x85\x0b\x0c\x1c\x1e\t\ufeff"), min_size=1, max_size=10
)
adk = st.builds(
    lambda text, more: json.dumps({"content": {"parts": [{"text": text}]}, **more}, ensure_ascii=False),
    letters,
    st.sampled_from([{}, {"partial": True}, {"turnComplete": True}, {"actions": {"stateDelta": {"a": 1}}}]),
)
vendor = st.builds(
    lambda text, kind: json.dumps({"type": kind, "content": text, "name": text}, ensure_ascii=False),
    letters,
    st.sampled_from(["text", "tool_call", "tool_result", "thought"]),
)
beats = st.sampled_from(["heartbeat", "ping", '{"type":"heartbeat"}'])
faults = st.sampled_from(['{"error": "x"}', "{'errorCode': 'y'}", '{"errorCode":"MAX_TOKENS"'])
data = st.one_of(adk, vendor, beats, faults, letters)
#: An event is the lines of its data; some servers write more of them than one.
events = st.lists(data, min_size=1, max_size=3)
noise = st.sampled_from([": a comment", ":", "id: 7", "event: message", "retry: 5", "unknown: x", "data", "bare"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[str]]:
    """The bytes of a stream, and the data of its events."""
    lines: list[str] = []
    expected: list[str] = []
    for event in draw(st.lists(events, max_size=5)):
        blank = draw(st.sampled_from(["data: ", "data:"]))
        for line in event:
            lines += draw(st.lists(noise.filter(lambda each: each != "data"), max_size=1))
            # One blank after the colon belongs to the form; where the data begins with one, it must be written.
            lines.append(f"{'data: ' if line.startswith(' ') else blank}{line}")
        expected.append("\n".join(event))
        lines += ["", *draw(st.lists(noise.map(lambda each: "" if each == "data" else each), max_size=1))]
        if lines[-1]:
            lines.append("")
    text, before = draw(st.sampled_from(["", "\ufeff"])), ""
    for line in lines:
        end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
        # A lone CR before an empty line that ends with LF would be one CRLF.
        end = "\r\n" if before == "\r" and not line and end == "\n" else end
        text, before = text + line + end, end
    return text.encode(), [each for each in expected if each]


def cut(body: bytes, places: list[int]) -> list[bytes]:
    at = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(at)]


cuts = st.lists(st.integers(0, 1 << 16), max_size=40)


@examples(150)
@given(stream=streams(), places=cuts)
@example(stream=("data: é\r\r".encode(), ["é"]), places=[7])
@example(stream=(b"\xef\xbb\xbfdata: a\n\n", ["a"]), places=[1, 2, 3])
@example(stream=(b"data: a\r\n\r\n", ["a"]), places=[8, 9, 10])
def test_however_a_stream_is_written_and_cut_its_events_are_those(
    stream: tuple[bytes, list[str]], places: list[int]
) -> None:
    body, expected = stream
    assert list(events_of(cut(body, places), "x")) == expected
    assert list(events_of([bytes([byte]) for byte in body], "x")) == expected


@examples(60)
@given(stream=streams(), places=cuts)
def test_an_event_is_given_as_soon_as_its_blank_line_is_there(
    stream: tuple[bytes, list[str]], places: list[int]
) -> None:
    body, expected = stream
    given_so_far: list[str] = []
    arrived = bytearray()

    def pieces() -> Any:
        for piece in cut(body, places):
            # What the bytes before this piece hold was given before this piece was asked for.
            assert given_so_far == list(events_of([bytes(arrived)], "x"))
            arrived.extend(piece)
            yield piece

    for event in events_of(pieces(), "x"):
        given_so_far += [event]  # at once, so that the next piece sees it
    assert given_so_far == expected


@examples(100)
@given(stream=streams(), rest=st.sampled_from(["data: late", "data: late\n", "data: la\r", ": c", "id"]))
def test_a_last_event_without_its_blank_line_is_none(stream: tuple[bytes, list[str]], rest: str) -> None:
    body, expected = stream
    assert list(events_of([body, rest.encode()], "x")) == expected


@examples(100)
@given(stream=streams(), places=cuts, junk=st.binary(max_size=30), at=st.integers(0, 1 << 16))
def test_with_bytes_that_are_no_utf_8_the_cut_makes_no_difference_either(
    stream: tuple[bytes, list[str]], places: list[int], junk: bytes, at: int
) -> None:
    body = stream[0]
    body = body[: at % (len(body) + 1)] + junk + body[at % (len(body) + 1) :]
    assert list(events_of(cut(body, places), "x")) == list(events_of([body], "x"))


@examples(6)
@given(stream=streams(), places=cuts, framing=st.sampled_from(["chunked", "length", "close"]))
def test_over_a_socket_the_same_events_come_and_make_the_same_turn(
    stream: tuple[bytes, list[str]], places: list[int], framing: str
) -> None:
    body, expected = stream
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    pieces = [piece for piece in cut(body, places) if piece]
    if framing == "chunked":
        sent = [head + b"Transfer-Encoding: chunked\r\n\r\n", *(chunked([piece], last=False) for piece in pieces)]
        sent.append(chunked([]))
    elif framing == "length":
        sent = [head + f"Content-Length: {len(body)}\r\n\r\n".encode(), *pieces]
    else:
        sent = [head + b"Connection: close\r\n\r\n", *pieces]

    def serve(line: Line) -> None:
        line.request()
        for piece in sent:
            line.send(piece)
        line.socket.shutdown(socket.SHUT_WR)

    turn, seen = Turn(), []
    with (
        hostile(serve) as server,
        http.open_events(server.url, content=b"{}", headers={}, clock=Clock(), limit=30) as opened,
    ):
        assert isinstance(opened.next(10), http.Opened)
        while not isinstance(item := opened.next(10), http.StreamEnd):
            assert isinstance(item, str)
            seen.append(item)
            turn = turn.add(item)
    assert seen == expected
    alone = Turn()
    for text in expected:
        alone = alone.add(text)
    assert item.framed == (framing != "close")
    assert turn.end(framed=item.framed) == alone.end(framed=item.framed)
