"""Which ones are meant: "the second dog from the left", "everyone except the person in front", "左边的两只狗"."""

from __future__ import annotations

import re
from dataclasses import replace

from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.humans import PEOPLE, PEOPLE_ZH, PERSON, PERSON_ZH, PLAIN_PEOPLE, RIDDEN
from clipline.studio.instructions.nouns import nouns
from clipline.studio.instructions.objects import NAMES, NAMES_ZH
from clipline.studio.instructions.words import HAN_DIGITS, alternatives
from clipline.timeline import Subject, Which, Who, plural
from clipline.timeline.subjects import END, NUMBERS, ORDINALS, START

__all__ = ["SUBJECT_EN", "SUBJECT_ZH", "TWO_NUMBERS", "note_person", "read_subject"]

_WHICH: dict[str, Which] = {
    "left": "left",
    "leftmost": "left",
    "left-most": "left",
    "left-hand": "left",
    "right": "right",
    "rightmost": "right",
    "right-most": "right",
    "right-hand": "right",
    "top": "top",
    "topmost": "top",
    "upper": "top",
    "highest": "top",
    "bottom": "bottom",
    "lower": "bottom",
    "lowest": "bottom",
    "middle": "middle",
    "center": "middle",
    "centre": "middle",
    "central": "middle",
    "largest": "largest",
    "biggest": "largest",
    "tallest": "largest",
    "closest": "largest",
    "nearest": "largest",
    "smallest": "smallest",
    "shortest": "smallest",
    "farthest": "smallest",
    "furthest": "smallest",
    "foreground": "foreground",
    "front": "foreground",
    "main": "foreground",
    "background": "background",
    "back": "background",
}
_WHICH_ZH: dict[str, Which] = {
    "最左": "left",
    "左": "left",
    "最右": "right",
    "右": "right",
    "最上": "top",
    "上": "top",
    "最下": "bottom",
    "下": "bottom",
    "正中": "middle",
    "中": "middle",
    "最大": "largest",
    "最近": "largest",
    "最高": "largest",
    "最小": "smallest",
    "最远": "smallest",
    "最矮": "smallest",
    "前景": "foreground",
    "最前": "foreground",
    "前": "foreground",
    "主要": "foreground",
    "背景": "background",
    "后": "background",
}
_ORDINALS = {word: number for number, word in enumerate(ORDINALS, 1)}
_ORDINALS |= {f"{number}{['st', 'nd', 'rd'][number - 1] if number < 4 else 'th'}": number for number in range(1, 11)}
_NUMBERS = {"both": 2} | {word: number for number, word in enumerate(NUMBERS, 1)}
_NUMBERS |= {str(number): number for number in range(2, 11)}
_HAN = {"十": 10, **{digit: number for digit, number in HAN_DIGITS.items() if number}}
_HAN |= {str(number): number for number in range(1, 11)}

_WHOEVER = "who(?:ever)?(?:'s|’s| is)(?: (?:standing|walking|sitting|seen))?"
_NOUN = nouns([*PERSON.split("|"), *PEOPLE.split("|"), *NAMES]) + f"|{_WHOEVER}"
_NOUN_ZH = alternatives([*PERSON_ZH.split("|"), *PEOPLE_ZH.split("|"), *NAMES_ZH])
_PLACE_NUMBER = r"\d+(?:\.\d+)?%?"
#: What is not found by its name, but may be named where its place is said.
_UNNAMED = (
    "objects?|things?|items?|areas?|regions?|parts?|spots?|logos?|watermarks?|signs?|labels?|stickers?|posters?|"
    "screens?|displays?|monitors?|faces?|heads?|tattoos?|writing|name ?tags?|badges?|"
    "(?:(?:number|licen[cs]e) )?plates?"
)
_UNNAMED_ZH = (
    "物体|物品|东西|区域|部分|地方|标志|水印|台标|商标|标签|牌子|海报|屏幕|显示器|人脸|脸|头|文字|字|车牌|名牌"
)
#: What stands wherever a place is said.
TWO_NUMBERS = re.compile(rf"{_PLACE_NUMBER}[ ,，x]+\d")
_ALL = r"(?:(?:all|every|each|any)(?: of)?(?: the)? )?"
_SIDE = "left|right|top|bottom|middle|cent(?:er|re)|foreground|front|background|back"
_FRAME = "(?: of (?:the )?(?:video|clip|frame|picture|photo|pic|screen|image|scene))?"
_ROW = (
    rf"(?:(?P<nth>{alternatives(_ORDINALS)}) )?(?:(?P<count>{alternatives(_NUMBERS)}) (?:of )?)?(?:the )?"
    rf"(?:(?P<which>{alternatives(_WHICH)}) )?(?P<noun>{{noun}})"
    rf"(?: (?:(?:on|at|in|to|from) (?:the )?(?:far |very )?(?P<side>{_SIDE})(?:[ -]?hand)?(?: side| edge| corner)?"
    rf"{_FRAME}"
    rf"|at (?:the )?(?:(?:point|position) )?(?P<point>{_PLACE_NUMBER}[ ,x]+{_PLACE_NUMBER})"
    r"|(?:in|inside|within|at) (?:the )?(?:(?:box|area|region|rectangle) )?"
    rf"(?P<box>{_PLACE_NUMBER}(?:[ ,]+{_PLACE_NUMBER}){{{{3}}}})))?"
)
_WHEN = (
    r"(?: at (?:second )?(?P<at>\d+(?:\.\d+)?) ?s(?:econds?)?"
    rf"|(?P<first> (?:at|in|from) the (?:very )?(?:beginning|start){_FRAME}| at first)"
    rf"|(?P<last> (?:at|in) the (?:very )?end{_FRAME}))?"
)
_EXCEPT = r"(?:but|except|except for|other than|apart from|besides|excluding)"

#: 把 counts things only after a number or the like; elsewhere it stands before what is done to them.
_KIND_OF = r"(?:[只条辆个位名台匹头艘架张本部瓶杯群对]|(?<=[一二两三四五六七八九十几那这\d])把)"
_SIDE_ZH = rf"(?P<which>{alternatives(_WHICH_ZH)})(?:[边侧面方部端间]|手边)?"
_ROW_ZH = (
    rf"(?:(?:从)?{_SIDE_ZH}(?:数|起|往[左右]数?|开始)?(?:的|里的|中的)?)?"
    rf"(?:第(?P<nth>{alternatives(_HAN)})|(?:那|这|的)?(?P<count>{alternatives(_HAN)})|那|这)?(?:几|些)?{_KIND_OF}?(?:的)?"
    rf"(?P<noun>{{noun}})"
)


def _unnamed(pattern: str) -> str:
    """An expression without its names, to stand in another one."""
    return re.sub(r"\?P<\w+>", "?:", pattern)


_ONE = _ROW.format(noun=f"ones?|{_NOUN}|{_UNNAMED}")
_ONE_ZH = _ROW_ZH.format(noun=f"{_NOUN_ZH}|")
_WHEN_ZH = (
    r"(?:在?第?(?P<at>\d+(?:\.\d+)?)秒(?:钟)?时?(?:在|的)?|(?P<first>在?(?:最|一)?(?:开头|开始)时?(?:在|的)?)"
    r"|(?P<last>在?最?(?:结尾|末尾|结束|最后(?=时|在))时?(?:在|的)?))?"
)
_BOX = rf"{_PLACE_NUMBER}(?:[ ,，]+{_PLACE_NUMBER}){{3}}"
_POINT = rf"{_PLACE_NUMBER}[ ,，x]+{_PLACE_NUMBER}"
_BOX_ZH = "(?:方框|框|矩形|区域|范围)"
_BARE_BOX = rf"(?:the )?(?:box|area|region|rectangle) (?={_BOX})"
SUBJECT_EN = (
    rf"(?:{_BARE_BOX}{_BOX}"
    rf"|{_ALL}(?:{_unnamed(_ROW.format(noun=f'{_NOUN}|{_UNNAMED}'))})(?: {_EXCEPT} [a-z0-9 -]{{1,50}}?)?)"
    rf"{_unnamed(_WHEN)}"
)
_PLACED_ZH = (
    rf"(?:(?P<at>\d+(?:\.\d+)?)秒时?(?:的|在)?)?(?:在)?(?:位置|坐标|点)(?P<point>{_POINT})"
    rf"(?:处|上|里)?的(?P<noun>{_NOUN_ZH}|{_UNNAMED_ZH})"
    rf"|(?:(?P<when>\d+(?:\.\d+)?)秒时?(?:的|在)?)?(?:在)?(?:坐标|位置)?(?:{_BOX_ZH}:?(?P<box>{_BOX})"
    rf"(?:(?:处|里|内|中)?[的这那]?[个块片]?(?P<name>{_NOUN_ZH}|{_UNNAMED_ZH}))?"
    rf"|(?P<bare>{_BOX})(?:处|里|内|中)?[的这那]?[个块片]?(?P<what>{_NOUN_ZH}|{_UNNAMED_ZH}|{_BOX_ZH}))"
)
_OTHERS_ZH = "(?:以外|之外|外)?(?:,把?)?的?(?:所有|全部|其他|其余|其它|每)*的?"
_EXCEPT_ZH = f"(?:除了?[^,。]{{1,20}}?{_OTHERS_ZH}|(?:所有|全部|其他|其余|每)?的?)"
SUBJECT_ZH = rf"(?:{_EXCEPT_ZH}{_unnamed(_WHEN_ZH)}{_unnamed(_ROW_ZH.format(noun=_NOUN_ZH))}|{_unnamed(_PLACED_ZH)})"


def read_subject(words: str, heard: Heard) -> Who | None:
    """Who or what is meant by these words, None where they are no such words."""
    lower = " ".join(words.lower().split())
    return _chinese(lower, heard) if heard.context.language == "zh" else _english(lower, heard)


def _english(words: str, heard: Heard) -> Who | None:
    words = re.sub(f"^{_BARE_BOX}", "the object in the box ", words)
    match = re.fullmatch(rf"{_ALL}(?P<whole>{_ROW.format(noun=f'{_NOUN}|{_UNNAMED}')}){_WHEN}", words)
    if match and re.fullmatch(_WHOEVER, match["noun"]) and not match["side"]:
        return None
    if match:
        placed = bool(match["box"] or match["point"])
        subject = _row(match, heard, _kind(match["noun"], heard, placed=placed))
        return _simplest(subject and replace(subject, at=_time(match)))
    parts = re.fullmatch(rf"{_ALL}(?P<noun>{_NOUN}) {_EXCEPT} (?:the )?(?P<other>.+?){_WHEN}", words)
    other = parts and re.fullmatch(_ONE, parts["other"])
    if not parts or not other:
        return None
    kind = _kind(parts["noun"], heard)
    if not other["noun"].startswith("one") and _kind(other["noun"], heard) != kind:
        return None
    return _without(kind, _row(other, heard, kind), _time(parts))


def _chinese(words: str, heard: Heard) -> Who | None:
    if parts := re.fullmatch(rf"除了?(?P<other>.+?){_OTHERS_ZH}{_KIND_OF}?(?P<noun>{_NOUN_ZH})", words):
        kind, other = _kind(parts["noun"], heard), re.fullmatch(_ONE_ZH, parts["other"])
        if not other or (other["noun"] and _kind(other["noun"], heard) != kind):
            return None
        return _without(kind, _row(other, heard, kind), None)
    if placed := re.fullmatch(_PLACED_ZH, words):
        return _placed_zh(placed, heard)
    match = re.fullmatch(rf"(?:所有|全部|每)?的?{_WHEN_ZH}{_ROW_ZH.format(noun=_NOUN_ZH)}", words)
    subject = match and _row(match, heard, _kind(match["noun"], heard))
    return _simplest(replace(subject, at=_time(match))) if match and subject else None


def _time(match: re.Match[str]) -> float | None:
    """When somebody is where it is said, if that is said."""
    return float(match["at"]) if match["at"] else START if match["first"] else END if match["last"] else None


def _placed_zh(match: re.Match[str], heard: Heard) -> Subject | None:
    """What is at a point or in a box."""
    named, at = match["noun"] or match["name"] or match["what"] or "", match["at"] or match["when"]
    kind = "object" if re.fullmatch(f"{_BOX_ZH}?", named) else _kind(named, heard, placed=True)
    try:
        return Subject(
            kind,
            box=_measures(match["box"] or match["bare"]),
            point=_measures(match["point"]),
            at=float(at) if at else None,
        )
    except ValueError:
        return None


def _row(match: re.Match[str], heard: Heard, kind: str) -> Subject | None:
    """The subject of a match; None where it contradicts itself."""
    found = match.groupdict()
    english = heard.context.language == "en"
    numbers, which_of = (_NUMBERS, _WHICH) if english else (_HAN, _WHICH_ZH)
    side = found.get("side")
    if side and found["which"]:
        return None
    which = which_of.get(side or found["which"] or "")
    nth = (_ORDINALS if english else _HAN)[found["nth"]] if found["nth"] else 1
    count = numbers[found["count"]] if found["count"] else None
    try:
        return Subject(
            kind,
            which,
            nth,
            None if count == 1 and which else count,
            box=_measures(found.get("box")),
            point=_measures(found.get("point")),
        )
    except ValueError:
        return None


def _measures(words: str | None) -> tuple[float | str, ...] | None:
    if not words:
        return None
    return tuple(each if each.endswith("%") else float(each) for each in re.findall(_PLACE_NUMBER, words))


def _without(kind: str, other: Subject | None, at: float | None) -> Who | None:
    if other is None or other.which is None:
        return None
    if (kind, other, at) == ("person", Subject("person", "foreground"), None):
        return "background_person"
    return Subject(kind, other_than=other, at=at)


def _simplest(subject: Subject | None) -> Who | None:
    """The plain word of a subject that says no more; None of one that is picked out by nothing but a time."""
    if subject is None or subject.box or subject.point:
        return subject
    if subject.at is not None and subject == Subject(subject.object, at=subject.at):
        return None
    if subject == Subject("person", "background"):
        return "background_person"
    return subject.object if subject == Subject(subject.object) else subject


def note_person(noun: str, heard: Heard, words: str) -> None:
    """Say that whoever has this name is any person, and what is ridden another thing."""
    if noun in PLAIN_PEOPLE:
        return
    heard.note("any_person", words=words)
    if thing := RIDDEN.get(noun):
        heard.note("ridden", words=noun, thing=thing)


def _kind(noun: str, heard: Heard, *, placed: bool = False) -> str:
    """The kind that a noun means, with a note where the noun says more; a screen at a place need not be a tv's."""
    if re.fullmatch(_WHOEVER, noun):
        return "person"
    kind = NAMES.get(noun) or NAMES_ZH.get(noun)
    if (placed or not kind) and re.fullmatch(f"{_UNNAMED}|{_UNNAMED_ZH}", noun):
        return "object"
    kind = kind or "person"
    if kind == "person":
        note_person(noun, heard, noun)
    elif noun in NAMES and noun not in (kind, plural(kind)):
        heard.note("looked_for_as", words=noun, kind=kind)
    return kind
