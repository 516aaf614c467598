"""Where the inputs of the fuzzing come from: seeds that are changed, and soups of a target's own words.

No instrumentation: an input is number N of a target by a seed, so that any of them is made again from three words.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence

__all__ = ["changed", "inputs_of", "smaller"]

#: Numbers that programs stumble over, as bytes of a file and as text.
_EDGES = [value.to_bytes(size, order) for size in (2, 4, 8) for order in ("big", "little") for value in (
    0, 1, 0x7F, 0x80, 0xFF, (1 << (8 * size - 1)) - 1, 1 << (8 * size - 1), (1 << (8 * size)) - 1,
)]  # fmt: skip
_NUMBERS = [
    *(b"0", b"-1", b"1e400", b"-0.0", b"NaN", b"Infinity", b"4294967296", b"18446744073709551616", b"1e-400"),
    *(b"9" * 400, b"9" * 5000, b"0x" + b"f" * 4000, "٣".encode(), b"1_000", b"00", b"+5"),
]
_TEXTS = [
    *(
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"\r",
        b"\n",
        b"\r\n",
        b"\x1b[31m",
        b"\x9b2J",
        b" ",
    ),
    *(char.encode() for char in ("\u2028", "\u202e", "\x85", "é", "e\u0301", "城", "\U0001f600", "\ufeff", "İ", "ß")),
    *(b"../", b"/", b"~nobody_here/", b"${{", b"}}", b'"', b"'", b"[", b"]", b"{", b"}", b"null", b"true", b"-", b":"),
]
_NUMBER = re.compile(rb"\d+")

#: A change of an input: gives another one.
_Change = Callable[[random.Random, bytes, Sequence[bytes], Sequence[bytes]], bytes]


def inputs_of(name: str, number: int, seed: int, seeds: Sequence[bytes], words: Sequence[bytes], longest: int) -> bytes:
    """Input `number` of the target `name`: at most `longest` bytes.

    One in four is a soup of `words`, if the target has any; the others are one of `seeds`, changed some times.
    """
    draw = random.Random(f"{name}:{seed}:{number}")
    if words and draw.random() < 0.25:
        return _soup(draw, words, longest)
    return changed(draw, draw.choice(seeds), seeds, words)[:longest]


def changed(draw: random.Random, data: bytes, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """`data` after one to eight changes, mostly few."""
    for _ in range(1 << draw.choice((0, 0, 0, 1, 1, 2, 3))):
        data = draw.choice(_CHANGES)(draw, data, seeds, words)
    return data


def smaller(data: bytes, still_fails: Callable[[bytes], bool], seconds: float = 10.0) -> bytes:
    """`data` with every part taken out that `still_fails` does not need, as far as so many `seconds` go."""
    end = time.monotonic() + seconds
    size = max(1, len(data) // 2)
    while size:
        at = 0
        while at < len(data) and time.monotonic() < end:
            shorter = data[:at] + data[at + size :]
            if still_fails(shorter):
                data = shorter
            else:
                at += size
        size //= 2
    return data


def _soup(draw: random.Random, words: Sequence[bytes], longest: int) -> bytes:
    """Words of the target in any order; now and then one of them again and again, up to the full length."""
    if draw.random() < 0.1:
        begin, again, end = (draw.choice(words) for _ in range(3))
        return (begin + again * draw.choice((50, 500, 5000, longest // max(1, len(again)))) + end)[:longest]
    between = draw.choice((b"", b" ", b"\n", b", "))
    return between.join(draw.choice([*words, *_TEXTS, *_NUMBERS[:8]]) for _ in range(draw.randrange(40)))[:longest]


# --- changes ---------------------------------------------------------------------------------------------------------


def _place(draw: random.Random, data: bytes) -> int:
    """A place in it; the beginning, where headers are, more often than the rest."""
    return draw.randrange(min(len(data), 256) + 1) if draw.random() < 0.4 else draw.randrange(len(data) + 1)


def _flip(draw: random.Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    at = _place(draw, data)
    return data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :] if at < len(data) else data


def _overwrite(draw: random.Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    at, put = _place(draw, data), draw.choice(_EDGES)
    return data[:at] + put + data[at + len(put) :]


def _insert(draw: random.Random, data: bytes, _seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    at, put = _place(draw, data), draw.choice([*_TEXTS, *_NUMBERS, *_EDGES, *words])
    return data[:at] + put + data[at:]


def _number(draw: random.Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data[:20_000]))
    if not found:
        return data
    match = draw.choice(found)
    return data[: match.start()] + draw.choice(_NUMBERS) + data[match.end() :]


def _delete(draw: random.Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    at = _place(draw, data)
    return data[:at] + data[at + draw.choice((1, 2, 4, 16, 256)) :]


def _truncate(draw: random.Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    return data[: _place(draw, data)]


def _repeat(draw: random.Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    at = _place(draw, data)
    end = at + draw.choice((1, 1, 2, 8, 64))
    return data[:end] + data[at:end] * draw.choice((1, 3, 100, 2000)) + data[end:]


def _splice(draw: random.Random, data: bytes, seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    other = draw.choice(seeds)
    return data[: _place(draw, data)] + other[_place(draw, other) :]


def _move(draw: random.Random, data: bytes, _seeds: Sequence[bytes], _words: Sequence[bytes]) -> bytes:
    at, to = _place(draw, data), _place(draw, data)
    piece = data[at : at + draw.choice((1, 4, 8, 32))]
    return data[:to] + piece + data[to + len(piece) :]


_CHANGES: Sequence[_Change] = (
    _flip, _flip, _overwrite, _insert, _insert, _number, _delete, _truncate, _repeat, _splice, _move,
)  # fmt: skip
