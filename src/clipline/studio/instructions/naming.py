"""Whom or what an operation is about, named in the language of the instruction."""

from __future__ import annotations

from clipline.studio.instructions.objects import NAMES_ZH
from clipline.studio.instructions.understanding import Language
from clipline.timeline import Subject, Who, subject_of, who_in_words
from clipline.timeline.subjects import END, START

__all__ = ["who_named"]

_PEOPLE = {
    "person": {"en": "the person", "zh": "人物"},
    "people": {"en": "the people", "zh": "所有人"},
    "background_person": {"en": "the people in the background", "zh": "背景里的人"},
}
#: The usual name of each kind, which is the first of its row.
_NAME_ZH = {kind: name for name, kind in reversed(list(NAMES_ZH.items()))} | {"person": "人", "object": "物体"}
_WHICH_ZH = {
    "left": "左边",
    "right": "右边",
    "top": "上边",
    "bottom": "下边",
    "middle": "中间",
    "largest": "最大的",
    "smallest": "最小的",
    "foreground": "前景里的",
    "background": "背景里的",
}


_ENDS_ZH = {START: "开头时", END: "结尾时"}


def who_named(who: Who, language: Language, *, each: bool = True) -> str:
    """As in "the second dog from the left", "左边第2个狗" or, for `each` of a kind, "every dog"."""
    if isinstance(who, str) and who in _PEOPLE:
        return _PEOPLE[who][language]
    if isinstance(who, str) and each:
        return f"every {who}" if language == "en" else f"所有的{_NAME_ZH[who]}"
    return who_in_words(who) if language == "en" else _subject_zh(subject_of(who))


def _subject_zh(subject: Subject) -> str:
    when = "" if subject.at is None else _ENDS_ZH.get(subject.at) or f"{subject.at:.9g}秒时"
    name = _NAME_ZH[subject.object]
    if subject.other_than:
        return f"{when}除{_subject_zh(subject.other_than)}以外的{name}"
    if place := subject.box or subject.point:
        return f"{when}{'方框' if subject.box else '位置'}{' '.join(map(str, place))}处的{name}"
    order = "" if subject.nth == 1 else f"第{subject.nth}个"
    many = "" if subject.count in {None, 1} else f"{subject.count}个"
    return f"{when}{_WHICH_ZH.get(subject.which or '', '')}{order}{many}{name}"
