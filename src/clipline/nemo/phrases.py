"""Takes talk of buttons and panels out of what the agent says: there are none here, so it is done another way.

The agent was made for a web page and tells people to click, open and drag. Such an instruction is a clause of its own;
it is dropped, the action that it stands for is named, and what the clause or its neighbours say of the content stays.
What makes an instruction is its place: a verb of the page at the head of its clause ("Click …", "you can drag …"),
with a thing of the page behind it. "The man clicks his fingers" has neither. The clauses are in `gui_talk.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from clipline.nemo.gui_talk import Action, action_of

__all__ = ["Action", "Translated", "translate"]


@dataclass(frozen=True, slots=True)
class Translated:
    """The text without instructions for a page, and what they asked for: each action once, in their order."""

    text: str
    actions: tuple[Action, ...] = ()


_SENTENCE = re.compile(r"(?<=[。！？!?])|(?<=[.…])(?=\s)")
_CLAUSE = re.compile(
    r"([,;，；]\s*(?:and |or |then |but |so |而且|然后|并且|并)?"
    r"|\s+(?:and then|and|then|or)\s+(?=[A-Za-z])|\s+[-–—]+\s+)"
)
#: The head of a line in a list.
_MARKER = re.compile(r"\s*(?:(?:\d+[.)、]|[-*•·]|#+|[①-⑳])\s+)?")
#: A purpose or a condition in front of an instruction; alone it says nothing.
_PURPOSE = re.compile(
    r"(?i)(?:(?:to|in order to|if|when|once|for|whenever|as soon as)\b|如果|若|如需|要|想|为了|需要|当)"
)
_EXPORT = re.compile(r"(?i)\b(?:export|download)|导出|下载")
#: "… to see the blur that I added": what is seen stays.
_CONTENT = re.compile(
    r"(?i)\bto (?:see|view|check|preview|find|review|watch|hear)(?: out)? "
    r"(?P<en>(?=.*\b(?:i|we|i've|we've|been|added|applied|changed|removed|replaced|new)\b).+)"
    r"|(?:查看|看到|预览|看看)(?P<zh>[^,，。]*(?:添加|加入|已|新|修改|替换|我)[^,，。]*)"
)
#: An instruction at the end of a clause that tells something: "I added music that you can preview in the timeline".
_TAIL = re.compile(r"(?i)\s+(?:which |that |so that |so )?(?P<talk>you (?:can|could|may)\b.{1,200})$")


def translate(text: str) -> Translated:
    """The agent's text without instructions for a page, line by line, and the actions that they stand for."""
    actions: list[Action] = []
    lines = []
    for line in text.split("\n"):
        kept = _line(line, actions)
        if kept or not line.strip():
            lines.append(kept)
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) if actions else text
    return Translated(whole.strip(), tuple(dict.fromkeys(actions)))


def _line(line: str, actions: list[Action]) -> str:
    marker = _MARKER.match(line)
    head = marker.group() if marker else ""
    found = len(actions)
    kept = "".join(_sentence(sentence, actions) for sentence in _SENTENCE.split(line[len(head) :])).strip()
    if len(actions) == found:
        return line
    return head + kept if kept else ""


def _sentence(sentence: str, actions: list[Action]) -> str:
    """A sentence without its instructions; as it was where it has none."""
    pieces = _CLAUSE.split(sentence)
    kept: list[tuple[str, str]] = []
    found = len(actions)
    for clause, joint in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        words, action = _clause(clause)
        if action and kept and _PURPOSE.match(kept[-1][0].strip()):
            purpose = kept.pop()[0]
            action = "export" if action == "api" and _EXPORT.search(purpose) else action
        actions += [action] if action else []
        if words:
            kept.append((words, joint))
    if len(actions) == found:
        return sentence
    return _whole("".join(words + joint for words, joint in kept), sentence, kept[-1][1] if kept else "")


def _clause(clause: str) -> tuple[str, Action | None]:
    """What stays of a clause, and what it asked for."""
    if action := action_of(clause):
        content = _CONTENT.search(clause)
        return (content["en"] or content["zh"]) if content else "", action
    tail = _TAIL.search(clause[-300:])
    if tail and (action := action_of(tail["talk"])):
        return clause[: len(clause) - len(tail.group())], action
    return clause, None


def _whole(words: str, sentence: str, last_joint: str) -> str:
    """What is left of a sentence, as one: with a capital letter and an end, without the joint to what was dropped."""
    bare = words.removesuffix(last_joint).strip().rstrip(",;，；:：").strip()
    if not re.search(r"\w", bare):
        return ""
    lead = " " if sentence[:1].isspace() else ""
    end = "" if re.search(r"[.!?。！？…]\W*$", bare) else "。" if re.search(r"[\u3400-\u9fff]\W*$", bare) else "."
    return lead + bare[0].upper() + bare[1:] + end
