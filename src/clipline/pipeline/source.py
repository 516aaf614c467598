"""Text to document: YAML 1.2's core scalars, every value with its place, budgets kept before anything is built.

PyYAML's scanner and parser give events one after the other, without recursion; its composer and constructors, which
recurse, are not used. Events are counted as they come, so a file that is too large, too deep or multiplies itself by
aliases is refused before there is a tree of it. What people trip over in YAML is explained by `yaml_words`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from clipline.errors import PipelineFileError, Place, Problem
from clipline.pipeline import yaml_words
from clipline.pipeline.document import Document, Mark, Trail
from clipline.pipeline.problems import Problems, TooManyProblems

__all__ = ["MAX_ALIASES", "MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "decode", "read_document"]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_NODES = 50_000
#: How often a file may write `*name`; what they stand for counts as nodes besides.
MAX_ALIASES = 100


def decode(data: bytes, name: str, subject: str = "") -> str:
    """The text of a file; `subject` is what it should be, where that is no pipeline, for complaints.

    Raises:
        PipelineFileError: it is no text, larger than 1 MiB, or no UTF-8.
    """
    what = f"not {subject}" if subject else "no pipeline"
    if _is_video(data):
        hint = "" if subject else 'to edit it: clipline edit CLIP "what to do"'
        raise _refused(Place(name), f"this is a video, not {subject or 'a pipeline'}", hint=hint)
    if len(data) > MAX_BYTES:
        raise _refused(Place(name), f"the file is larger than {MAX_BYTES // 1024} KiB; that is {what}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refused(Place(name, 1, 1), "the file is UTF-16; save it as UTF-8")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            raise _refused(Place(name), f"this is no text, so it is {what}") from None
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        document = Document(name, Path(), before, None)
        message = f"the byte 0x{data[error.start]:02x} is no UTF-8; save the file as UTF-8"
        raise PipelineFileError([document.problem_at(document.place_of(len(before)), message)]) from None


def _is_video(data: bytes) -> bool:
    """Whether a file begins as the containers of video do: MP4 and MOV, Matroska and WebM, AVI."""
    return data[4:8] == b"ftyp" or data.startswith(b"\x1a\x45\xdf\xa3") or data[8:12] == b"AVI "


def _refused(place: Place, message: str, *, hint: str = "") -> PipelineFileError:
    return PipelineFileError([Problem(message, place, hint=hint)])


def read_document(text: str, name: str, folder: Path) -> tuple[Document, list[Problem]]:
    """Read YAML text into a document, with the complaints that leave one to be read on.

    Args:
        text: the whole file.
        name: what complaints call it.
        folder: what its paths are relative to, absolute.

    Raises:
        PipelineFileError: the text cannot be read at all, or breaks a budget.
    """
    text = text.removeprefix("\ufeff")
    reader = _Reader(Document(name, folder, text, None))
    try:
        root = reader.read()
    except TooManyProblems:
        raise reader.problems.error() from None
    marks: dict[Trail, Mark] = {}
    value = _plain(root, (), -1, marks)
    return Document(name, folder, text, value, marks), reader.problems


@dataclass(slots=True)
class _Node:
    """A value with its offsets; `entries` of a mapping have the offset of each key.

    `size` and `depth` count what aliases stand for.
    """

    start: int
    end: int
    scalar: Any = None
    items: list[_Node] | None = None
    entries: dict[str, tuple[int, _Node]] | None = None
    size: int = 1
    depth: int = 1


def _plain(node: _Node, trail: Trail, key: int, marks: dict[Trail, Mark]) -> Any:
    """The value of a node, after noting its marks and those of all within. Bounded by the budgets."""
    marks[trail] = Mark(node.start, node.end, key)
    if node.items is not None:
        return [_plain(each, (*trail, at), -1, marks) for at, each in enumerate(node.items)]
    if node.entries is not None:
        return {name: _plain(each, (*trail, name), at, marks) for name, (at, each) in node.entries.items()}
    return node.scalar


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun; `key` is the mapping's key that waits for its value."""

    node: _Node
    anchor: str | None
    flow: bool
    key: tuple[str, int] | None = None
    lost_key: bool = False


class _Events(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's pure Python way from text to events."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)

    def __iter__(self) -> Iterator[yaml.Event]:
        while self.check_event():
            yield self.get_event()  # type: ignore[no-untyped-call]


@dataclass
class _Reader:
    """Builds nodes from events, with an explicit stack, and keeps the budgets."""

    document: Document
    problems: Problems = field(default_factory=Problems)
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, _Node | None] = field(default_factory=dict)
    root: _Node | None = None
    nodes: int = 0
    aliases: int = 0

    def read(self) -> _Node:
        """The root of the one document in the text."""
        text = self.document.text
        if len(text.encode("utf-8", "replace")) > MAX_BYTES:
            raise self._fatal(0, f"the file is larger than {MAX_BYTES // 1024} KiB; that is no pipeline")
        if foreign := yaml.reader.Reader.NON_PRINTABLE.search(text):
            character = f"U+{ord(foreign.group()):04X}"
            raise self._fatal(foreign.start(), f"the character {character} cannot stand in a pipeline file")
        events = _Events(text)
        try:
            for event in events:
                self._take(event)
        except yaml.MarkedYAMLError as error:
            opened = next((each.node.start for each in self.stack if each.flow), -1)
            at, message = yaml_words.explain(text, *_facts(error), opened=opened)
            raise self._fatal(at, message) from None
        except (ValueError, OverflowError):
            # The scanner takes the digits of escapes and of directives for numbers without looking at their size.
            raise self._fatal(events.index, "this number stands for no character and no version") from None
        if self.root is None or self.root.scalar == "" or self._is_empty(self.root):
            raise self._fatal(0, "the file is empty")
        return self.root

    def _is_empty(self, root: _Node) -> bool:
        return root.items is None and root.entries is None and root.scalar is None and root.start == root.end

    def _fatal(self, at: int, message: str) -> PipelineFileError:
        """The end of reading. What was said of the same line already is the cause, and is enough."""
        line = self.document.place_of(at).line
        if not any(problem.place.line == line for problem in self.problems):
            self._complain(at, message)
        return self.problems.error()

    def _complain(self, at: int, message: str) -> None:
        self.problems.append(self.document.problem_at(self.document.place_of(at), message))

    def _take(self, event: yaml.Event) -> None:
        at = _start(event)
        match event:
            case yaml.DocumentStartEvent():
                if event.version or event.tags:
                    self._complain(at, "directives like %YAML are not read here; take the line out")
                if self.root is not None:
                    raise self._fatal(
                        at, 'a second document starts here; a file holds one pipeline, take the "---" out'
                    )
            case yaml.AliasEvent(anchor=name):
                self._attach(self._alias(str(name), at), event)
            case yaml.ScalarEvent():
                self._begin(event)
                node = _Node(at, _end(event), self._scalar(event))
                self._attach(node, event)
                if event.anchor:
                    self.anchors[event.anchor] = node
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._open(event)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                opened = self.stack.pop()
                opened.node.end = _end(event) if opened.flow else _start(event)
                self._attach(opened.node, event)
                if opened.anchor:
                    self.anchors[opened.anchor] = opened.node
            case _:
                pass

    def _begin(self, event: yaml.NodeEvent) -> None:
        """Count a node, and refuse what no node may have."""
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise self._fatal(_start(event), f"the file has more than {MAX_NODES} values; that is no pipeline")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._complain(_start(event), yaml_words.tag(self.document.text, _start(event)))

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        self._begin(event)
        at = _start(event)
        if len(self.stack) >= MAX_DEPTH:
            raise self._fatal(at, f"this is nested more than {MAX_DEPTH} deep")
        node = _Node(at, at)
        if isinstance(event, yaml.MappingStartEvent):
            node.entries = {}
        else:
            node.items = []
        if event.anchor:
            self.anchors[event.anchor] = None
        self.stack.append(_Open(node, event.anchor, bool(event.flow_style)))

    def _alias(self, name: str, at: int) -> _Node:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            raise self._fatal(at, f"the file has more than {MAX_ALIASES} aliases")
        if name not in self.anchors:
            advice = f'; if it is text, quote it: "*{name}"'
            raise self._fatal(at, f'no anchor "&{name}" stands before this alias{advice}')
        node = self.anchors[name]
        if node is None:
            raise self._fatal(at, f'the alias "*{name}" stands inside what it repeats')
        self.nodes += node.size
        if self.nodes > MAX_NODES:
            raise self._fatal(at, f"the aliases make more than {MAX_NODES} values of this file")
        return node

    def _attach(self, node: _Node, event: yaml.Event) -> None:
        """Put a finished node where it belongs: into the open list, as a key or as a key's value, or as the root."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if parent.node.items is not None:
            parent.node.items.append(node)
        elif parent.lost_key:
            parent.lost_key = False
        elif parent.key is None:
            self._take_key(parent, node, event)
            return
        else:
            name, at = parent.key
            parent.key = None
            assert parent.node.entries is not None
            parent.node.entries[name] = (at, node)
        parent.node.size += node.size
        parent.node.depth = max(parent.node.depth, node.depth + 1)
        if len(self.stack) + node.depth > MAX_DEPTH + 1:
            raise self._fatal(_start(event), f"this is nested more than {MAX_DEPTH} deep")

    def _take_key(self, parent: _Open, node: _Node, event: yaml.Event) -> None:
        """A key: text, once, and no merge. A bad one is complained about and its value passed over."""
        at, known = node.start, parent.node.entries or {}
        text = self.document.text
        if not isinstance(node.scalar, str):
            self._complain(at, yaml_words.key(text, node.start, node.end, plain=isinstance(event, yaml.ScalarEvent)))
        elif "${{" in node.scalar:
            self._complain(at, yaml_words.expression_as_key(text, at))
        elif node.scalar == "<<" and isinstance(event, yaml.ScalarEvent) and event.style is None:
            self._complain(at, 'merge keys ("<<") are not part of YAML 1.2; write the entries out, or use "defaults:"')
        elif node.scalar in known:
            line = self.document.place_of(known[node.scalar][0]).line
            self._complain(at, f'"{node.scalar}" stands twice here; the first is in line {line}')
        else:
            parent.key = (node.scalar, at)
            return
        parent.lost_key = True

    def _scalar(self, event: yaml.ScalarEvent) -> Any:
        """The value of a scalar by YAML 1.2's core schema; only a plain one can be other than text."""
        at, text = _start(event), self.document.text
        value = self._whole_characters(str(event.value), at)
        if complaint := yaml_words.scalar(text, at, _end(event), value, event.style):
            self._complain(*complaint)
        if event.style is not None or (event.tag is not None):
            return value
        return self._core(value, at)

    def _whole_characters(self, value: str, at: int) -> str:
        """Text with the halves of a character that JSON escapes as two joined; a half alone is no text."""
        if not _HALF.search(value):
            return value
        try:
            return value.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._complain(at, r"this holds half a character (\ud800 to \udfff), which no text can")
            return _HALF.sub("\ufffd", value)

    def _core(self, value: str, at: int) -> Any:
        for form, convert in _CORE:
            if form.fullmatch(value):
                try:
                    return convert(value)
                except ValueError:
                    self._complain(at, "this number has too many digits; if it is text, quote it")
                    return 0
        return value


def _start(event: yaml.Event) -> int:
    assert event.start_mark is not None
    return event.start_mark.index


def _end(event: yaml.Event) -> int:
    assert event.end_mark is not None
    return event.end_mark.index


def _facts(error: yaml.MarkedYAMLError) -> tuple[str, int, str, int]:
    """What an error of PyYAML says and where; the offset of its context is -1 where it has none."""
    problem_at = error.problem_mark.index if error.problem_mark else 0
    context_at = error.context_mark.index if error.context_mark else -1
    return error.problem or "", problem_at, error.context or "", context_at


_HALF = re.compile(r"[\ud800-\udfff]")


def _integer(text: str) -> int:
    return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)


def _infinity(text: str) -> float:
    return -math.inf if text.startswith("-") else math.inf


#: YAML 1.2, section 10.3.2: the core schema's forms of plain scalars.
_CORE = (
    (re.compile(r"|~|null|Null|NULL"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"), _integer),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"), float),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)"), _infinity),
    (re.compile(r"\.(?:nan|NaN|NAN)"), lambda _: math.nan),
)
