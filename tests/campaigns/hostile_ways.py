"""Ways in which a server can be hostile, by name: each answers one request, however it likes.

What has no end goes on until the client leaves. Where a way is about time, it moves the virtual clock.
"""

from __future__ import annotations

import functools
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hostile_front import Answer

__all__ = ["REFUSES", "WAYS", "Way", "ways_of"]

Way = Callable[[Answer], None]
#: A value of JSON, with its key, changed.
Change = Callable[[str, Any], Any]

_OK = b"HTTP/1.1 200 OK\r\n"
_JSON = _OK + b"Content-Type: application/json\r\n"
_EVENTS = _OK + b"Content-Type: text/event-stream\r\n"
_KILO, _MEGA = b"x" * 1024, b"y" * 1024 * 1024
#: Replies whose status proves a refusal, so that the same may be sent again.
REFUSES = frozenset({"429 for ever", "429 until the year 9999"})


def _bytes(data: bytes) -> Way:
    def way(answer: Answer) -> None:
        answer.send(data)

    return way


def _endless(head: bytes, piece: bytes, seconds: float = 1.0) -> Way:
    """The head, then the piece again and again, each `seconds` by the clock after the one before."""

    def way(answer: Answer) -> None:
        answer.send(head)
        while not answer.line.gone() and (not piece or answer.send(piece)):
            answer.clock.sleep(seconds)
            time.sleep(0.002)  # the other side has to see that time went by

    return way


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


# --- HTTP ------------------------------------------------------------------------------------------------------------


def _http() -> Iterator[tuple[str, Way]]:
    yield "no HTTP", _bytes(b"SSH-2.0-OpenSSH_9.6\r\n")
    yield "HTTP/0.9", _bytes(b"<html>" + _KILO)
    yield "nothing", _bytes(b"")
    yield "a reset", lambda answer: answer.line.reset()
    yield "control characters", _bytes(b"\x00\x1b[31m\r\n\r\n")
    yield "endless headers", _endless(_OK, b"X-A: " + _KILO + b"\r\n")
    yield "an endless header", _endless(_OK + b"X-A: ", _KILO)
    yield "an endless status", _endless(b"HTTP/1.1 200 ", _KILO)
    yield "many headers", _bytes(_OK + b"a: b\r\n" * 9000 + b"\r\n")
    yield "endless 1xx", _endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 40)
    yield "101", _bytes(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + _KILO)
    yield "NUL in a header", _bytes(_OK + b"X-A: a\x00b\r\nContent-Length: 2\r\n\r\n{}")
    yield "a split reply", _bytes(_OK + b"X-A: a\r\rSet-Cookie: b\nX-B: c\r\nContent-Length: 2\r\n\r\n{}")
    yield "a folded header", _bytes(_JSON + b"X-A: a\r\n b\r\nContent-Length: 2\r\n\r\n{}")
    yield "no status", _bytes(b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}")
    yield "status 999", _bytes(b"HTTP/1.1 999 \x1b[31m\r\nContent-Length: 2\r\n\r\n{}")
    yield "status 204 with a body", _bytes(b"HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n{}")
    yield "status 304", _bytes(b"HTTP/1.1 304 Not Modified\r\n\r\n")
    yield "HTTP/2", _bytes(b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\n{}")
    for name, line in {
        "a negative length": b"-1",
        "a length of words": b"two",
        "a length beyond numbers": b"9" * 300,
        "two lengths": b"2\r\nContent-Length: 3",
        "a length and chunks": b"2\r\nTransfer-Encoding: chunked",
        "a length too long": b"5000",
        "a length of an exabyte": b"1000000000000000000",
    }.items():
        yield name, _bytes(_JSON + b"Content-Length: " + line + b"\r\n\r\n{}")
    yield "a length too short", _bytes(_JSON + b"Content-Length: 2\r\n\r\n{}" + _OK * 9)
    chunks = _JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    yield "no chunk", _bytes(chunks + b"zz\r\n{}\r\n0\r\n\r\n")
    yield "a chunk beyond numbers", _bytes(chunks + b"f" * 40 + b"\r\n{}")
    yield "an endless chunk's head", _endless(chunks + b"2;", _KILO)
    yield "no last chunk", _bytes(chunks + _chunk(b"{}"))
    yield "endless trailers", _endless(chunks + _chunk(b"{}") + b"0\r\n", b"X-A: " + _KILO + b"\r\n")
    yield "an unknown transfer", _bytes(_JSON + b"Transfer-Encoding: gzip\r\n\r\n{}")


# --- bodies ----------------------------------------------------------------------------------------------------------


@functools.cache
def _bomb(layers: int) -> bytes:
    """Some 600 MB of blanks, compressed once or twice; their checksum is wrong, which nobody should get to see."""
    coder = zlib.compressobj(9, zlib.DEFLATED, 31)
    begin, block, again = (coder.compress(b" " * (1 << 20)) + coder.flush(zlib.Z_FULL_FLUSH) for _ in range(3))
    data = begin + block + again * 600 + coder.flush()
    if layers == 2:
        coder = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = coder.compress(data) + coder.flush()
    return data


def _bombs(answer: Answer, encoding: str, layers: int = 1) -> None:
    answer.json(_bomb(layers), "200 OK", f"Content-Encoding: {encoding}")


def _bodies() -> Iterator[tuple[str, Way]]:
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    yield "endless JSON", _endless(_JSON + chunked, _chunk(b'{"a":[' + _MEGA))
    yield "an endless text", _endless(_JSON + b'Connection: close\r\n\r\n{"data":"', _MEGA)
    yield "endless blanks", _endless(_JSON + b"\r\n", b" " * 100_000)
    yield "an endless error", _endless(b"HTTP/1.1 500 No\r\nContent-Type: text/html\r\n\r\n<html>", _MEGA)
    yield "a stream that is none", _endless(_EVENTS + b"\r\n", b"data: " + _MEGA, 5.0)
    yield "a bomb", lambda answer: _bombs(answer, "gzip")
    yield "a bomb in a bomb", lambda answer: _bombs(answer, "gzip, gzip", 2)
    yield "an encoding not asked for", lambda answer: answer.json(_KILO, "200 OK", "Content-Encoding: br")
    yield "no gzip", lambda answer: answer.json(_KILO, "200 OK", "Content-Encoding: gzip")
    for status in ("200 OK", "401 No", "403 No", "404 No", "500 No"):
        page = b"<!doctype html><title>\x1b[31mno</title>" + _KILO
        yield f"a page with {status[:3]}", _bytes(_plain(status, page, "Content-Type: text/html"))


def _plain(status: str, body: bytes, *lines: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *lines, "", ""]).encode() + body


# --- time ------------------------------------------------------------------------------------------------------------


def _time() -> Iterator[tuple[str, Way]]:
    yield "headers that drip", _endless(_OK, b"X-A: b\r\n", 5.0)
    yield "a body that drips", _endless(_JSON + b"Content-Length: 9000\r\n\r\n{", b" ", 5.0)
    yield "a body that stalls", _endless(_JSON + b"Content-Length: 9000\r\n\r\n{", b"", 60.0)
    yield "no head", _endless(b"", b"", 60.0)
    for name, wait in {
        "for ever": "99999999999999999999",
        "until the year 9999": "Fri, 31 Dec 9999 23:59:59 GMT",
        "before now": "-5",
        "in no time": "soon\x00",
    }.items():
        for status in ("503 Busy", "429 Slow"):
            if status[0] == "5" or name in {"for ever", "until the year 9999"}:
                yield f"{status[:3]} {name}", _bytes(_plain(status, b'{"message":"no"}', f"Retry-After: {wait}"))


# --- addresses -------------------------------------------------------------------------------------------------------

_PLACES = (
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://127.0.0.1/x",
    "//169.254.169.254/latest",
    "http://169.254.169.254/latest",
    "http://0xa9fea9fe/latest",
    "http://[fe80::1]/x",
    "http://[::ffff:169.254.169.254]/x",
    "http://224.0.0.1/x",
    "http://u:p@127.0.0.1/x",
    "http://127.0.0.1:99999/x",
    "http://[::1",
    "http://a b/",
    "\x00\x1b[31m",
    "",
)


def _to(place: str, status: int) -> Way:
    def way(answer: Answer) -> None:
        target = place.replace("ELSEWHERE", answer.elsewhere).replace("OWN", answer.own)
        answer.send(_plain(f"{status} Found", b"{}", f"Location: {target}"))

    return way


def _addresses() -> Iterator[tuple[str, Way]]:
    for status in (301, 302, 307):
        yield f"{status} to another server", _to("ELSEWHERE/stolen", status)
    yield "308 to itself", _to("OWN/x", 308)
    yield "303 to the same", _to("OWN/api/credits/balance/simple", 303)
    for place in _PLACES:
        yield f"302 to {place!a}", _to(place, 302)
        yield f"the file at {place!a}", _poisoned(_files_at(place))


def _files_at(place: str) -> Change:
    return lambda key, value: place if "url" in key.lower() else value


# --- JSON ------------------------------------------------------------------------------------------------------------


def _poisoned(change: Change) -> Way:
    """The true answer with each value changed; where there is none, of a form of our own."""

    def way(answer: Answer) -> None:
        try:
            value = json.loads(answer.body)
        except ValueError:
            value = {"code": 0, "message": "text", "data": {"token": "text", "session_id": "text", "status": "text"}}
        answer.json(json.dumps(_changed("", value, change)).encode("utf-8", "surrogatepass"))

    return way


def _changed(key: str, value: Any, change: Change) -> Any:
    if isinstance(value, dict):
        return {name: _changed(name, each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_changed(key, each, change) for each in value]
    return change(key, value)


def _for(kind: type | tuple[type, ...], other: Any) -> Change:
    return lambda _, value: other if isinstance(value, kind) else value


def _whole(body: bytes) -> Way:
    return lambda answer: answer.json(body)


_TEXTS: Mapping[str, str] = {
    "colours": "\x1b[31mred\x1b]0;title\x07\x9b2J\u202egpj",
    "a way up": "../../../../tmp/evil",
    "a hidden way up": "%2e%2e%2f%2e%2e%2f",
    "an absolute way": "/etc/passwd",
    "a line break": "a\r\nX-Evil: yes\r\n\r\nGET / HTTP/1.1",
    "a query": "a?b=c#d",
    "NUL": "a\x00b",
    "a lone surrogate": "a\ud800b",
    "a long text": "a." * 300_000,
    "no text": "",
}


def _json() -> Iterator[tuple[str, Way]]:
    for name, text in _TEXTS.items():
        yield f"{name} in every text", _poisoned(_for(str, text))
    numbers: Sequence[Any] = (1e308, -1, 10**400, 0.1, True, "7")
    for number in numbers:
        yield f"{str(number)[:9]} for every number", _poisoned(_for((int, float), number))
    kinds: Sequence[Any] = (None, [], {}, [[]], "text", 5)
    for kind in kinds:
        yield f"{kind!a} for every value", _poisoned(_for(object, kind))
    yield "a code of an error", _poisoned(lambda key, value: 2001 if key == "code" else value)
    for name, body in {
        "deep JSON": b'{"data":' + b"[" * 100_000,
        "whole deep JSON": b'{"data":' + b"[" * 90_000 + b"]" * 90_000 + b"}",
        "wide JSON": b'{"data":[' + b"[]," * 4_000_000 + b"[]]}",
        "wide objects": b'{"data":[' + b"{}," * 300_000 + b"{}]}",
        "a number of a million digits": b'{"code":0,"data":{"available":' + b"9" * 1_000_000 + b"}}",
        "Infinity": b'{"code":0,"data":{"available":Infinity,"status":NaN}}',
        "double keys": b'{"code":0,"code":1,"data":{},"data":{"token":1},"data":null}',
        "UTF-16": '{"code":0}'.encode("utf-16"),
        "a mark before": b'\xef\xbb\xbf{"code":0,"data":{}}',
        "no UTF-8": b'{"data":"\xff\xfe"}',
        "a large emoji": b'{"data":{"state":{"draft":"\xf0\x9f\x8e\xac' + b"x" * 7_900_000 + b'"}}}',
        "an empty body": b"",
        "a text": b'"ok"',
    }.items():
        yield name, _whole(body)


# --- streams ---------------------------------------------------------------------------------------------------------


def _event(text: str, *, partial: bool = False) -> bytes:
    return b"data: " + json.dumps({"content": {"parts": [{"text": text}]}, "partial": partial}).encode() + b"\n\n"


def _streams() -> Iterator[tuple[str, Way]]:
    head = _EVENTS + b"Connection: close\r\n\r\n"
    yield "endless texts", _endless(head, b"".join(_event(f"text {n}") for n in range(100)), 5.0)
    yield "endless pieces", _endless(head, _event("word ", partial=True) * 100, 5.0)
    yield "endless words of one text", _endless(head, _event("a." * 100_000), 5.0)
    yield "endless comments", _endless(head, b": beat\n" * 2000, 5.0)
    yield "an endless event", _endless(head + b"data: ", _MEGA, 5.0)
    yield "an endless event of lines", _endless(head, b"data: x\n" * 100_000, 5.0)
    yield "endless empty lines", _endless(head, b"\n" * 100_000, 5.0)
    yield "colours in a text", _bytes(head + _event(_TEXTS["colours"] + " done"))
    yield "an error in colours", _bytes(head + b'data: {"error": "\x1b[31mno\\u001b[0m nmv_usr_abc"}\n\n')
    yield "deep events", _bytes(head + b"data: " + b"[" * 200_000 + b"\n\n")
    yield "wide events", _bytes(head + b"data: [" + b"[]," * 2_000_000 + b"[]]\n\n")
    yield "odd events", _bytes(head + b'data: {"x": 1}\n\n' * 50_000)


WAYS: Mapping[str, Way] = {
    name: way for part in (_http, _bodies, _time, _addresses, _json, _streams) for name, way in part()
}
_STREAMS = frozenset(name for name, _ in _streams())
#: Of the redirects, those that are tried on calls which must not follow any.
_FEW = frozenset({"301 to another server", "307 to another server", "302 to 'http://169.254.169.254/latest'"})


def ways_of(route: str) -> Iterator[str]:
    """The ways that make sense on a call: streams where one is awaited, addresses of files where one is told."""
    for name in WAYS:
        if name in _STREAMS:
            fits = route in {"message", "state"}
        elif name.startswith("the file at"):
            fits = route == "status"
        elif name[:3] in {"301", "302", "303", "307", "308"}:
            fits = route in {"result", "fallback"} or name in _FEW
        else:
            fits = True
        if fits:
            yield name
