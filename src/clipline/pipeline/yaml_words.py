"""What people trip over in YAML, said in words, with the quoting to type.

Pure functions over the text and offsets in it; `source` calls them. Nothing here decides whether a file is right, but
`scalar`, which knows the values that YAML reads without complaint and a person did not mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

__all__ = ["explain", "expression_as_key", "key", "scalar", "tag"]

_HEX_COMMENT = re.compile(r"(?:[ \t]+|(?<=[\[,])[ \t]*)(#(?:[0-9a-fA-F]{3}){1,2})(?=[ \t]*(?:$|[\r\n#,}\]]))")
_HEX_IN_FLOW = re.compile(r"[:,\[][ \t]*(#(?:[0-9a-fA-F]{3}){1,2})(?=[ \t]*(?:$|[\r\n#,}\]]))")


#: What `"C:\\videos\\a.mp4"` turns into.
_MEANT_BACKSLASH = re.compile(r"[\x00\x07\x08\x0b\x0c\x1b]")
_BACKSLASH = r"a backslash has a meaning in double quotes; write \\ or use single quotes"


def quoted(text: str) -> str:
    """Text in quotes, as a file writes it: double ones, single ones where it holds a double one or a backslash."""
    text = text.strip()
    if '"' not in text and "\\" not in text:
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _rest_of_line(text: str, at: int) -> str:
    return re.split(r"[\r\n]", text[at : at + 500], maxsplit=1)[0]


def _value_of_line(text: str, at: int) -> str:
    """The value that a line writes after its `- ` and `key: `."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    line = _rest_of_line(text, start)
    match = re.match(r"\s*(?:- +)*(?:[\w.-]+: +)?(.*)", line)
    return (match[1] if match else line).strip()


def _flow_value(text: str, at: int) -> str:
    """The value around `at` inside `[ ]` or `{ }`, expressions included."""
    before = re.search(r"[^\[\]{},\r\n]*$", text[max(0, at - 200) : at])
    start = at - len(before.group()) if before else at
    start += len(re.match(r"\s*(?:[\w.-]+: +)?", text[start:at]).group())  # type: ignore[union-attr] # matches anything
    after = re.match(r"(?:\$?\{\{.*?\}\}|[^\[\]{},\r\n])*", text[start : start + 500])
    return after.group() if after else ""


# --- scalars that read, but not as meant -----------------------------------------------------------------------------


def scalar(text: str, start: int, end: int, value: str, style: str | None) -> tuple[int, str] | None:
    """The offset and the complaint about a scalar that YAML reads and no person means; None for all others."""
    if style is None and not value:
        comment = _HEX_COMMENT.match(text, end)
        return (comment.start(1), _hash(comment[1])) if comment else None
    if style is None and value.startswith("<") and value != "<<":
        return start, f'a value that starts with "<" needs quotes: write {quoted(value)}'
    if style == ">" and not value.strip() and re.match(r">[0-9]", text[start : start + 2]):
        return start, _angle(text, start)
    if style is None and "${{" in value and "}}" not in value[value.rindex("${{") :] and text[end : end + 1] != ":":
        return start, _unclosed(text, start, end)
    if style == '"' and _MEANT_BACKSLASH.search(value):
        return start, _BACKSLASH
    return None


def _hash(color: str) -> str:
    return f'this is read as a comment, and the value as nothing; quote it: write "{color}"'


def _angle(text: str, start: int) -> str:
    value = _rest_of_line(text, start)
    return f'a value that starts with "{value[:1]}" needs quotes: write {quoted(value.partition(" #")[0])}'


def _unclosed(text: str, start: int, end: int) -> str:
    rest = _rest_of_line(text, end)
    if re.match(r"\s+#", rest):
        whole = _rest_of_line(text, start)
        return f'" #" starts a comment, so that this expression has no end; quote the value: write {quoted(whole)}'
    return 'no "}}" closes this "${{"'


# --- keys and tags ---------------------------------------------------------------------------------------------------


def key(text: str, start: int, end: int, *, plain: bool) -> str:
    """The complaint about a key that is no text."""
    if text.startswith("{", start) and text[max(0, start - 1) : start] == "{":
        return _jinja(text, start - 1)
    if plain and start != end:
        written = text[start:end]
        return f"a key is text; quote it: write {quoted(written)}"
    return "a key is text, neither nothing nor a list or mapping"


def _jinja(text: str, start: int) -> str:
    match = re.match(r"\{\{(.*?)\}\}[^,\]}\r\n]*", text[start : start + 500])
    whole = "$" + match.group().strip() if match else "${{ … }}"
    return f'an expression starts with "${{{{" and stands in quotes: write {quoted(whole)}'


def expression_as_key(text: str, start: int) -> str:
    """The complaint about a `${{` in a key, which is mostly a value with a `: ` in it."""
    whole = _value_of_line(text, start)
    if re.search(r"\$\{\{[^}]*: ", whole):
        return f'": " ends a key, also inside an expression; quote the value: write {quoted(whole)}'
    return "a key holds no expression"


def tag(text: str, start: int) -> str:
    """The complaint about a tag like `!!str`."""
    written = _rest_of_line(text, start).split(" ")[0]
    if not written.startswith("!"):
        return "tags are not read here; take it out"
    advice = 'write "not" for "!"' if re.search(r"\bif:\s*$", text[:start]) else "quote it if it is text"
    return f'"{written}" is a tag, and tags are not read here; {advice}'


# --- text that is no YAML --------------------------------------------------------------------------------------------


def explain(text: str, problem: str, at: int, context: str, context_at: int, *, opened: int) -> tuple[int, str]:
    """The offset and the words for an error of the scanner or parser.

    Args:
        text: the whole file.
        problem: what PyYAML says.
        at: the offset that it names.
        context: what it was doing.
        context_at: the offset where that began, -1 where unknown.
        opened: the offset of the outermost `[` or `{` that is open, -1 where none is.
    """
    last = max(0, len(text) - 1)
    at, context_at = min(at, last), min(context_at, last)
    if "block scalar" in context and context_at >= 0:
        return context_at, _angle(text, context_at)
    if (opened >= 0 or "flow" in context) and (found := _in_flow(text, at, context_at, opened)):
        return found
    for said, tell in _TOLD_BY_TEXT.items():
        if said in problem:
            return at, tell(text, at)
    start = context_at if context_at >= 0 else at
    for said, words in _SIMPLE:
        if said in f"{problem} {context}":
            return start if said in _AT_CONTEXT else at, words
    if "alias" in context or "anchor" in context:
        return start, _needs_quotes(text, start)
    return at, f"this is no YAML: {problem or context}"


#: Complaints that are told best where the thing began, not where the scanner gave up.
_AT_CONTEXT = frozenset({"could not find expected ':'", "quoted scalar"})

_SIMPLE = (
    ("could not find expected ':'", 'a key is missing its ":" here (or text that goes on, its quotes)'),
    ("unknown escape character", _BACKSLASH),
    ("escape sequence", _BACKSLASH),
    ("document separator", 'a "---" stands inside quotes that are not closed'),
    ("quoted scalar", "this quote is never closed"),
    ("expected <block end>", "this does not fit the lines above; check its indentation, and the quotes before it"),
    ("block sequence entries are not allowed", 'a list starts on a line of its own, with "- " before each item'),
    ("'<document start>'", "this does not belong to what stands above; check its indentation"),
    ("but found '}'", 'no "{" opens this "}"'),
    ("but found ']'", 'no "[" opens this "]"'),
    ("mapping keys are not allowed", 'a "? " cannot stand here'),
    ("directive", "directives like %YAML are not read here; take the line out"),
    ("incompatible YAML", "directives like %YAML are not read here; take the line out"),
    ("tag", "tags are not read here; quote the value if it is text"),
)


def _in_flow(text: str, at: int, context_at: int, opened_at: int) -> tuple[int, str] | None:
    """What goes wrong inside `[ ]` and `{ }`."""
    if at > 0 and text[at] == "{" and text[at - 1] == "$":
        return at - 1, f"inside [ ] and {{ }} an expression needs quotes: write {quoted(_flow_value(text, at - 1))}"
    if color := _HEX_IN_FLOW.search(text, max(0, opened_at if opened_at >= 0 else context_at), at):
        return color.start(1), _hash(color[1])
    opened = text[context_at] if context_at >= 0 else ""
    if opened in ("[", "{"):
        closing = {"[": "]", "{": "}"}[opened]
        if "\n" in text[context_at:at] or at >= len(text) - 1:
            return context_at, f'no "{closing}" closes this "{opened}", or a "," is missing in it'
        return at, f'a "," or "{closing}" is missing before this'
    return None


def _second_colon(text: str, at: int) -> str:
    value = _value_of_line(text, at)
    if "${{" in value:
        return f'": " ends a key, also inside an expression; quote the value: write {quoted(value)}'
    if ": " in value or value.endswith(":"):
        return f'a value with ": " in it needs quotes: write {quoted(value.partition(" #")[0])}'
    return "this does not fit the lines above; check its indentation"


def _bad_start(text: str, at: int) -> str:
    return "a tab stands here; indent with spaces" if text[at] == "\t" else _needs_quotes(text, at)


def _needs_quotes(text: str, at: int) -> str:
    value = _flow_value(text, at) if _is_in_flow(text, at) else _rest_of_line(text, at).partition(" #")[0]
    return f'a value that starts with "{value[:1]}" needs quotes: write {quoted(value)}'


def _is_in_flow(text: str, at: int) -> bool:
    start = max(text.rfind("\n", 0, at), 0)
    before = text[start:at]
    return before.count("[") + before.count("{") > before.count("]") + before.count("}")


#: Complaints of the scanner that the text around explains.
_TOLD_BY_TEXT: Mapping[str, Callable[[str, int], str]] = {
    "mapping values are not allowed": _second_colon,
    "cannot start any token": _bad_start,
}
