"""From what was typed to pieces that the grammar can read: quotations and files set apart, spaces and forms unified.

A quotation, and the name of a file at hand, becomes one character of a private range of Unicode (a *mark*), so that no
word inside it is taken for an instruction and no comma in it splits a sentence. `Marks` turns them back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from clipline.studio.instructions.messages import refused
from clipline.studio.instructions.numbers import COMPOUND
from clipline.studio.instructions.slang import written_out
from clipline.studio.instructions.traditional import simplified
from clipline.studio.instructions.understanding import Language

__all__ = ["CONNECTOR", "LONGEST", "Marks", "Piece", "Text", "read_text"]

#: Characters that an instruction may have; longer ones are rather a mistaken file than a wish.
LONGEST = 2000
#: Pieces of a sentence that are read together at most: "between 2 and 5 seconds" has two.
_MOST_PIECES = 60
_MOST_MARKS = 100
#: Points of a numbered list.
_MOST_POINTS = 20

QUOTED = range(0xE000, 0xE000 + _MOST_MARKS)
FILES = range(0xE100, 0xE100 + _MOST_MARKS)
QUOTED_CLASS = f"[{chr(QUOTED[0])}-{chr(QUOTED[-1])}]"
FILE_CLASS = f"[{chr(FILES[0])}-{chr(FILES[-1])}]"
_MARK = f"(?:{QUOTED_CLASS}|{FILE_CLASS})"

#: What may stand before a noun in English and says nothing.
ARTICLES = r"(?:(?:the|an?|my|our|your|his|her|this|that|these|those|its|their) )*"

HAN = "[\u3400-\u9fff]"

_PAIRS = (
    ('"', '"'),
    ("“", "”"),
    ("„", "“"),
    ("‘", "’"),
    ("「", "」"),
    ("『", "』"),
    ("《", "》"),
    ("«", "»"),
    ("＂", "＂"),
)
_QUOTATIONS = re.compile(
    "|".join(f"{opening}(?:[^{closing}]*){closing}" for opening, closing in _PAIRS)
    + r"|(?<![A-Za-z0-9])'(?:[^']|'(?=[A-Za-z]))*'(?![A-Za-z])"
)
#: What people put beside their words: pictures, hearts, hands. They say nothing to do.
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]+")
#: As in "background -> green"; between times it is none.
_ARROW = re.compile(r"(?<=[a-z\u3400-\u9fff])(?<!\ds)(?<!秒)\s*(?:[-=]>|→)\s*", re.IGNORECASE)
_IN_PATH = r"[^\s,;，；。]"
_PATH = re.compile(
    rf"(?:(?<=[\s\u3400-\u9fff])|^)/{_IN_PATH}*?\.\w{{2,5}}(?!\w|\.\w)|(?<!\S)/(?:{_IN_PATH}*[^\s,;，；。.])", re.ASCII
)

#: The four measures of a box, as in "100,50,200,120", "(10%, 20%, 5%, 5%)" or "x=100 y=50 w=200 h=120".
_BOX = re.compile(
    r"(?<![\d.,:])[(\[]? ?"
    + r" ?[ ,;、] ?".join(
        rf"(?:{name} ?[=:] ?)?(\d+(?:\.\d+)?%?)(?: ?px\b)?"
        for name in ("(?:x|left)", "(?:y|top)", "(?:w|width)", "(?:h|height)")
    )
    + r" ?[)\]]?(?![\d.:])(?!,\s?\d)",
    re.IGNORECASE,
)

#: What stands between the clauses of a sentence.
CONNECTOR = re.compile(
    rf"""
      (?P<or>\bor\b|或者|或是|或|还是)
    | [,;。、!?\n&+]+ | \.(?=\s|$|{HAN})
    | \b(?:and\ then|and\ also|and\ finally|after\ that|as\ well\ as|followed\ by|then|plus|but
      |and(?!\ a\ (?:half|quarter)|(?<=black\ and)\ white\b))\b
    | 然后|接着|并且|而且|同时|随后|以及|还有|另外|此外|(?<!秒)之后|(?<!合)并(?!排)|再|和
    | 最后(?![\d零〇一二两三四五六七八九十半几的那这])
    """,
    re.VERBOSE | re.IGNORECASE,
)

_ALSO = re.compile(r"\W*(?:\b(?:and(?: also)?|plus|as well as)\b|和|以及|还有|并)?\W*", re.IGNORECASE)
_AND = re.compile(r" ?(?:and|&|和|以及|、) ?", re.IGNORECASE)
_NEXT = re.compile(r"\b(?:then|after that|followed by)\b|然后|接着|随后|之后|再", re.IGNORECASE)
#: The name in a lower third; a quotation right after it is the line under it.
_TWO_LINES = re.compile(
    rf"(?:lower[ -]?third|chyron|name ?(?:tag|plate|bar)|字幕条|[名字]条|名牌).*{QUOTED_CLASS} ?$", re.IGNORECASE
)


@dataclass(slots=True)
class Marks:
    """What the marks of a text stand for."""

    _values: dict[str, str] = field(default_factory=dict)
    #: The whole text as typed, and in simplified characters; of the same length.
    _typed: str = ""
    _folded: str = ""

    def fold(self, words: str) -> str:
        """The words in simplified characters; what was typed is kept for `restore`."""
        self._typed, self._folded = words, simplified(words)
        return self._folded

    def add(self, value: str, among: range) -> str:
        """A mark of this range for `value`."""
        taken = sum(1 for mark in self._values if ord(mark) in among)
        if taken == len(among):
            raise refused("too_long", "en", limit=LONGEST)
        mark = chr(among[taken])
        self._values[mark] = value
        return mark

    def value(self, mark: str) -> str | None:
        """What this mark stands for, None where it is none."""
        return self._values.get(mark)

    def typed(self, words: str) -> str:
        """The words in the characters in which they were typed, marks left as they are."""
        at = self._folded.find(words)
        return self._typed[at : at + len(words)] if at >= 0 else words

    def article(self, words: str) -> str:
        """The articles right before these words, as typed; a template leaves them out."""
        at = self._folded.find(words)
        match = re.search(rf"(?<![^\W_]){ARTICLES}$", self._typed[: max(at, 0)], re.IGNORECASE)
        return match[0] if match else ""

    def after(self, words: str) -> str:
        """What follows these words in the text, simplified."""
        at = self._folded.find(words)
        return self._folded[at + len(words) :] if at >= 0 else ""

    def restore(self, words: str) -> str:
        """The words as they were typed, quotations in “ ”."""
        words = self.typed(words)
        for mark, value in self._values.items():
            words = words.replace(mark, f"“{value}”" if ord(mark) in QUOTED else value)
        return " ".join(words.split())


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text between two connectors, by its characters."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """An instruction ready to be parsed; `chooses` says that an "or" stands in it, `asks` a question mark."""

    words: str
    pieces: tuple[Piece, ...]
    marks: Marks
    language: Language
    chooses: bool
    asks: bool

    def span(self, first: int, last: int) -> str:
        """The words from one piece to another, both included, with what stands between them."""
        return " ".join(self.words[self.pieces[first].start : self.pieces[last].end].split())

    def also(self, piece: int) -> str:
        """What joins this piece to the one before as one more of the same, empty where they are not joined so."""
        before = self.pieces[piece - 1].end if piece else 0
        start = self.pieces[piece].start
        joined = _ALSO.fullmatch(self.words, before, start) and self.words[start : start + 1] not in ("把", "将")
        return ("and " if self.language == "en" else "和") if joined and piece else ""

    def is_list(self, first: int, last: int) -> bool:
        """Whether nothing but "and" stands between these pieces."""
        pieces = self.pieces[first : last + 1]
        return all(_AND.fullmatch(self.words, one.end, other.start) for one, other in pairwise(pieces))

    def is_next(self, piece: int) -> bool:
        """Whether a word for what is done next, like "then", stands before this piece."""
        before = self.pieces[piece - 1].end if piece else 0
        return bool(_NEXT.search(self.words, before, self.pieces[piece].start))


def read_text(typed: str, materials: Sequence[str]) -> Text:
    """Unify a text and split it into pieces.

    Raises:
        Refused: it is too long, or a quotation is not closed.
    """
    if len(typed) > LONGEST:
        raise refused("too_long", _language(typed[:LONGEST]), limit=LONGEST)
    marks = Marks()
    words = re.sub("[\ud800-\udfff\ue000-\uf8ff\x00]", "\ufffd", typed)
    words = _QUOTATIONS.sub(lambda match: marks.add(_inside(match[0]), QUOTED), words)
    words = unicodedata.normalize("NFKC", words)
    words = _ARROW.sub(": ", _EMOJI.sub(" ", _set_files_apart(words, materials, marks)))
    language = _language(words)
    if open_quote := re.search('["“”„「」『』《》«»]', words):
        raise refused("open_quote", language, quote=open_quote[0], words=marks.restore(words))
    words = marks.fold(_unify_spaces(words, language))
    pieces, chooses = _split(words)
    if len(pieces) > _MOST_PIECES:
        raise refused("too_long", language, limit=LONGEST)
    return Text(words, pieces, marks, language, chooses, asks="?" in words)


def _inside(quotation: str) -> str:
    return quotation[1:-1].strip()


def _set_files_apart(words: str, materials: Sequence[str], marks: Marks) -> str:
    """Mark absolute paths, and the full names of files at hand, the longest first."""
    words = _PATH.sub(lambda match: marks.add(match[0], FILES), words)
    names = {name for path in materials for name in (path, path.replace("\\", "/").rpartition("/")[2]) if "." in name}
    if not names:
        return words
    longest_first = sorted((re.escape(unicodedata.normalize("NFKC", name)) for name in names), key=len, reverse=True)
    known = re.compile(rf"(?<![A-Za-z0-9_.\-/])(?:{'|'.join(longest_first)})(?![A-Za-z0-9_])", re.IGNORECASE)
    return known.sub(lambda match: marks.add(match[0], FILES), words)


def _language(words: str) -> Language:
    """The language of most words; a Chinese character counts as one, names of files as none."""
    outside = re.sub(rf"{_MARK}|[A-Za-z0-9_-]+\.[A-Za-z0-9]{{2,4}}(?![A-Za-z0-9])", " ", words)
    return "zh" if len(re.findall(HAN, outside)) > len(re.findall(r"[A-Za-z]{2,}", outside)) else "en"


def _numbers_as_lines(words: str) -> str:
    """The points of a numbered list, "1. … 2. …" or “1、…；2、…”, as lines, so that no number is taken for a value."""
    at = 0
    for number in range(1, _MOST_POINTS + 1):
        point = re.compile(rf"(?:^|(?<=[\s,;。.]))\(?{number}(?:[.)、:]|\.\))\s*(?![\d\s])")
        match = point.match(words.lstrip()) if number == 1 else point.search(words, at)
        if match is None:
            break
        if number == 1:
            words = words.lstrip()
        words = f"{words[: match.start()]}\n{words[match.end() :]}"
        at = match.start() + 1
    return words


def _unify_spaces(words: str, language: Language) -> str:
    words = written_out(_BOX.sub(r" \1 \2 \3 \4 ", _numbers_as_lines(words)))
    words = re.sub(r"[\r\n\u2028\u2029]+\s*(?:[-*•]\s+|\d{1,2}[.)]\s+)?", "\n", words.strip())
    words = re.sub(r"^(?:[-*•]|\d{1,2}[.)])\s+", "", words)
    words = re.sub(f"({_MARK})", r" \1 ", words)
    words = re.sub(r"[^\S\n]+", " ", words).strip()
    # Chinese is written without spaces; those beside a foreign word say nothing.
    return re.sub(rf"(?<={HAN}) | (?={HAN})", "", words) if language == "zh" else words


def _split(words: str) -> tuple[tuple[Piece, ...], bool]:
    pieces = []
    at = 0
    chooses = False
    lengths = [match.span() for match in COMPOUND.finditer(words)]
    for match in CONNECTOR.finditer(words):
        if _TWO_LINES.search(words[at : match.start()]) and re.match(rf" ?{QUOTED_CLASS}", words[match.end() :]):
            continue
        if any(start < match.start() < end for start, end in lengths):  # "one minute and ten seconds"
            continue
        chooses = chooses or bool(match["or"])
        pieces.append(Piece(at, match.start()))
        at = match.end()
    pieces.append(Piece(at, len(words)))
    return tuple(piece for piece in pieces if words[piece.start : piece.end].strip()), chooses
