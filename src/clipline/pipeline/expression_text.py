"""The text of expressions: every token of the language, and words for the habits of other languages.

What passes `scan` holds nothing that Python's parser would warn about or read as more than this language has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["MAX_DEPTH", "MAX_LENGTH", "ExpressionError", "MissingKey", "scan", "syntax_words"]

MAX_LENGTH = 2000
MAX_DEPTH = 60


class ExpressionError(ValueError):
    """What is wrong with an expression, and `offset`, where in its text."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class MissingKey(ExpressionError):
    """A look-up found nothing; `| default(…)` catches it."""


_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<string>'(?:[^'\\\x00-\x08\x0a-\x1f]|\\.)*'|\"(?:[^\"\\\x00-\x08\x0a-\x1f]|\\.)*\")"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<operator>==|!=|<=|>=|<|>|\|(?!\|)|\+|-|\.|,|\(|\)|\[|\])"
)

#: What people write who know other languages, and what to write here.
_HABITS: Sequence[tuple[str, str]] = (
    ("&&", 'write "and" for "&&"'),
    ("||", 'write "or" for "||"'),
    ("===", 'write "==" for "==="'),
    ("=", 'write "==" to compare'),
    ("!", 'write "not" for "!"'),
    ("**", "there is no multiplication here"),
    ("*", "there is no multiplication here"),
    ("/", "there is no division here"),
    ("%", "there is no remainder and no formatting here; join texts with +"),
    ("?", 'write "a if condition else b"'),
    ("#", "there are no comments in an expression; a colour stands in quotes"),
    ("{", "there are no mappings in an expression"),
    ("`", "quote texts with ' or \""),
    ("'", "a quote is opened and not closed"),
    ('"', "a quote is opened and not closed"),
    ("“", "quote texts with straight quotes, ' or \""),
    ("‘", "quote texts with straight quotes, ' or \""),
    ("$", 'names have no "$" here'),
)

#: Tokens that must not touch: `1if`, `f'x'`. (Two strings may not follow each other even with a space between.)
_NEVER_ADJACENT = frozenset(
    (first, second) for first in ("string", "number", "name") for second in ("string", "number", "name")
)

_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = "\\'\"nt"


def scan(text: str) -> str:
    """Refuse whatever is no token of the language, so that Python's parser sees nothing else.

    Gives the text with plain spaces between the tokens, one for one so that offsets hold: a line break inside `${{ }}`
    is a space.
    """
    line, at, depth, before, last = "", 0, 0, "", ""
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(_habit(text, at), at)
        kind, written = str(match.lastgroup), match.group()
        if kind == "string" and (escape := next((m for m in _ESCAPE.finditer(written) if m[1] not in _ESCAPED), None)):
            raise ExpressionError(r"only \\ \' \" \n and \t follow a backslash in a text", at + escape.start())
        if (before, kind) in _NEVER_ADJACENT or last == kind == "string":
            raise ExpressionError(f'there is something missing before "{written[:20]}"', at)
        depth += (written in "([") - (written in ")]") if kind == "operator" else 0
        if depth > MAX_DEPTH:
            raise ExpressionError("this is nested too deeply", at)
        line += " " * len(written) if kind == "space" else written
        at, before, last = match.end(), kind, last if kind == "space" else kind
    if not text.strip():
        raise ExpressionError("there is no expression here")
    return line


def _habit(text: str, at: int) -> str:
    for written, advice in _HABITS:
        if text.startswith(written, at):
            return advice
    return f"{text[at]!r} has no meaning here"


def syntax_words(line: str, error: SyntaxError) -> str:
    """What Python's parser stumbled over in a line that passed `scan`, in the words of this language."""
    reason = error.msg
    if "never closed" in reason or "unmatched" in reason or "does not match" in reason:
        return reason.split(" (")[0].replace("'", '"')
    if re.search(r"\.\s*(?:in|is|if|or|and|not|else|for|from|class|with|as|pass|def|return|import|try)\b", line):
        return "a word of the language cannot follow a point; write it as ['word']"
    if re.search(r"(?:[-.|+=<>,]|\b(?:and|or|not|in|if|else))\s*$", line):
        return "the expression ends too early"
    rest = line.strip()[max(0, (error.offset or 1) - 1) :].strip()
    return f'this does not read as an expression from "{rest[:20]}" on' if rest else "the expression ends too early"
