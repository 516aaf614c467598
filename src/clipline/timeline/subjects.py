"""What in the picture an operation is about: people or things of a kind, which of them, or whatever is at a place.

The simple case is a plain word: `person`, `people`, `background_person`, `dog` and each other name in `OBJECTS`. A word
means all of its kind that are in the picture. A `Subject` says more: one of several, all but some, or a place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import inf
from typing import Any, Literal, Self, TypeAlias, cast, get_args

from clipline.values import parse_duration

__all__ = [
    "ANYTHING",
    "END",
    "NUMBERS",
    "OBJECTS",
    "ORDINALS",
    "START",
    "WHO_SCHEMA",
    "Measure",
    "Subject",
    "Which",
    "Who",
    "at_moments",
    "is_among",
    "plural",
    "subject_of",
    "who_as_json",
    "who_from_json",
    "who_in_words",
]

_COCO = """
person, bicycle, car, motorcycle, airplane, bus, train, truck, boat, traffic light, fire hydrant, stop sign,
parking meter, bench, bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe, backpack, umbrella,
handbag, tie, suitcase, frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard,
surfboard, tennis racket, bottle, wine glass, cup, fork, knife, spoon, bowl, banana, apple, sandwich, orange,
broccoli, carrot, hot dog, pizza, donut, cake, chair, couch, potted plant, bed, dining table, toilet, tv,
laptop, mouse, remote, keyboard, cell phone, microwave, oven, toaster, sink, refrigerator, book, clock, vase,
scissors, teddy bear, hair drier, toothbrush
"""
#: What can be found by its name: the 80 classes of COCO, in the order of its networks.
OBJECTS = tuple(name.strip() for name in _COCO.split(","))
#: Whatever is at a place, of any kind; only with a box or a point.
ANYTHING = "object"

#: How those of a kind are put in a row, of which some are taken from its beginning. `foreground` is by size and how
#: central they are; `background` is everyone but the first of that row, and that one where it is alone.
Which = Literal["left", "right", "top", "bottom", "middle", "largest", "smallest", "foreground", "background"]

#: The ends of what is shown of a clip, as times.
START, END = -inf, inf
_ENDS = {START: "start", END: "end"}

#: Pixels of the clip's picture as it is shown, or a part of its width or height like "25%".
Measure: TypeAlias = float | str

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_MOST = len(NUMBERS)


@dataclass(frozen=True, slots=True)
class Subject:
    """Some of the things in the picture.

    Attributes:
        object: the kind, one of `OBJECTS`, or `ANYTHING`.
        which: how they are put in a row; None means all of them.
        nth: with which of that row it begins, from 1.
        count: how many of that row, 1 by default; without `which`, how many there must be.
        other_than: those who are not meant, of the same kind.
        box: left, top, width and height of a rectangle that the one thing fills.
        point: x and y of a place on the one thing.
        at: when it is there, or when the row is looked at, in seconds of the source, `START` or `END` of what is shown
            of it; None for the start, or for those who have this place in the row for the longest time.
    """

    object: str = ANYTHING
    which: Which | None = None
    nth: int = 1
    count: int | None = None
    other_than: Subject | None = None
    box: tuple[Measure, ...] | None = None
    point: tuple[Measure, ...] | None = None
    at: float | None = None

    def __post_init__(self) -> None:
        ways = [self.which, self.other_than, self.box, self.point]
        if sum(way is not None for way in ways) > 1:
            raise ValueError("a subject has one of which, except, box and point")
        if self.object == ANYTHING and not (self.box or self.point):
            raise ValueError("a subject names an object, or a box or a point in the picture")
        if self.nth != 1 and self.which in (None, "background"):
            raise ValueError("nth goes with which: left, right, top, bottom, largest and the like")
        if self.count and (self.other_than or self.box or self.point):
            raise ValueError("count goes with which, or stands alone")
        if not (1 <= self.nth <= _MOST and 1 <= (self.count or 1) <= _MOST):
            raise ValueError(f"nth and count are from 1 to {_MOST}")

    @classmethod
    def from_json(cls, data: Mapping[str, Any], kind: str = ANYTHING) -> Self:
        """Read `{object: NAME, which: …, nth: N, count: N, except: SUBJECT, box: […], point: […], at: T}`."""
        kind = _kind(data["object"]) if "object" in data else kind
        return cls(
            kind,
            _which(data.get("which")),
            int(data.get("nth", 1)),
            data.get("count"),
            _other(data["except"], kind) if "except" in data else None,
            _measures(data.get("box"), 4, "a box is [left, top, width, height]"),
            _measures(data.get("point"), 2, "a point is [x, y]"),
            _moment(data.get("at")),
        )

    def as_json(self) -> dict[str, Any]:
        """Write all that is not usual."""
        given: dict[str, Any] = {
            "object": None if self.object == ANYTHING else self.object,
            "which": self.which,
            "nth": self.nth if self.nth != 1 else None,
            "count": self.count,
            "except": self.other_than and {**self.other_than.as_json(), "object": None},
            "box": list(self.box) if self.box else None,
            "point": list(self.point) if self.point else None,
            "at": None if self.at is None else _ENDS.get(self.at, self.at),
        }
        return _without_none(given)

    def __str__(self) -> str:
        when = "" if self.at is None else f" at the {_ENDS[self.at]}" if self.at in _ENDS else f" at {self.at:.9g}s"
        if self.other_than:
            return f"all {plural(self.object)} except {_in_words(self.other_than, 'one', 'ones')}{when}"
        return f"{_in_words(self, self.object, plural(self.object))}{when}"


def _without_none(given: Mapping[str, Any]) -> dict[str, Any]:
    inner = {name: _without_none(value) if isinstance(value, Mapping) else value for name, value in given.items()}
    return {name: value for name, value in inner.items() if value is not None}


#: Whom or what an operation is about: a plain word, or a subject that says more.
Who: TypeAlias = str | Subject

_WORDS = {
    "person": Subject("person"),
    "people": Subject("person"),
    "background_person": Subject("person", "background"),
}
_IN_WORDS = {"person": "the person", "people": "the people", "background_person": "the background person"}
_PLURALS = {
    "person": "people",
    "bus": "buses",
    "bench": "benches",
    "sheep": "sheep",
    "skis": "skis",
    "knife": "knives",
    "sandwich": "sandwiches",
    "couch": "couches",
    "wine glass": "wine glasses",
    "mouse": "mice",
    "scissors": "scissors",
    "toothbrush": "toothbrushes",
}


def plural(kind: str) -> str:
    """The name of several of a kind."""
    return _PLURALS.get(kind, f"{kind}s")


def subject_of(who: Who) -> Subject:
    """The subject that a plain word stands for; any other as it is."""
    return who if isinstance(who, Subject) else _WORDS.get(who) or Subject(who)


def is_among(some: Who, them: Who) -> bool:
    """Whether these are surely among those, whoever is to be seen."""
    part, whole = subject_of(some), subject_of(them)
    everyone = not (whole.which or whole.other_than or whole.box or whole.point)
    return part == whole or (everyone and part.object == whole.object)


def who_from_json(value: object) -> Who:
    """Read a word or a subject, as a file has it; a subject that says no more than a word becomes that word.

    Raises:
        ValueError: nothing of this name can be found, or the subject contradicts itself.
    """
    if not isinstance(value, Mapping):
        return _known(value)
    subject = Subject.from_json(value)
    says_more = subject.box or subject.point or subject != Subject(subject.object)
    return subject if says_more else subject.object


def who_as_json(who: Who) -> Any:
    """Write a word or a subject."""
    return who.as_json() if isinstance(who, Subject) else who


def who_in_words(who: Who) -> str:
    """A word or a subject as it stands in an instruction."""
    return str(who) if isinstance(who, Subject) else _IN_WORDS.get(who, f"the {who}")


def _known(value: object) -> str:
    """The name of something that can be found.

    Raises:
        ValueError: it cannot; the nearest names are given.
    """
    name = str(value).strip().lower()
    known = (*_WORDS, *OBJECTS)
    if name in known:
        return name
    near = get_close_matches(name.rstrip("s"), known, 3, 0.6)
    hint = f"did you mean {' or '.join(near)}?" if near else "people and the 80 COCO classes can, like dog, car, bottle"
    raise ValueError(f"{name!r} is nothing that can be found; {hint}")


def _kind(value: object) -> str:
    """The kind in a subject, of which `people` and `object` are plain names too."""
    name = _known(value) if value != ANYTHING else ANYTHING
    if name == "background_person":
        raise ValueError("{object: person, which: background} says the same as background_person")
    return "person" if name == "people" else name


def _which(value: object) -> Which | None:
    if value is not None and value not in get_args(Which):
        raise ValueError(f"not known which {value!r} is; one of {', '.join(get_args(Which))}")
    return cast("Which | None", value)


def _moment(value: Any) -> float | None:
    ends = {word: end for end, word in _ENDS.items()}
    return ends[value] if value in ends else None if value is None else parse_duration(value)


def at_moments(who: Who, start: float, end: float) -> Who:
    """The same with its times in seconds, of a source of which this is shown."""
    if not isinstance(who, Subject):
        return who
    other = who.other_than and cast("Subject", at_moments(who.other_than, start, end))
    at = {None: None, START: start, END: end}.get(who.at, who.at)
    return replace(who, at=at, other_than=other)


def _other(value: object, kind: str) -> Subject:
    """What `except` says: a word like left, or a subject whose kind is that of the whole."""
    subject = Subject.from_json(value if isinstance(value, Mapping) else {"which": value}, kind)
    if subject.other_than or subject.object != kind:
        raise ValueError("except names some of the same objects, and has no except of its own")
    return subject


def _measures(value: Sequence[object] | None, count: int, form: str) -> tuple[Measure, ...] | None:
    if value is None:
        return None
    if isinstance(value, str) or len(value) != count:
        raise ValueError(f"{form}, in pixels or percent")
    measures = tuple(_measure(each, form) for each in value)
    if any(str(side).rstrip("%") == "0" for side in measures[2:]):
        raise ValueError("a box has a width and a height")
    return measures


def _measure(value: object, form: str) -> Measure:
    text = str(value).strip()
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        raise ValueError(f"{form}, in pixels or percent, not {text!r}") from None
    if not 0 <= number <= (100 if text.endswith("%") else 100_000):
        raise ValueError(f"{text!r} lies outside any picture")
    return f"{number:.9g}%" if text.endswith("%") else number


def _in_words(subject: Subject, one: str, several: str) -> str:
    """The words of which ones are meant, without the time."""
    if place := subject.box or subject.point:
        numbers = " ".join(each if isinstance(each, str) else f"{each:.9g}" for each in place)
        return f"the {one} {'in the box' if subject.box else 'at the point'} {numbers}"
    if subject.which == "background":
        many = f"{NUMBERS[subject.count - 1]} " if subject.count else ""
        return f"the {many}{one if subject.count == 1 else several} in the background"
    count = subject.count or 1
    order = "" if subject.nth == 1 else f"{ORDINALS[subject.nth - 1]} "
    many = "" if count == 1 else f"{NUMBERS[count - 1]} "
    form = _FORMS.get(subject.which or "", "the {order}{many}{name} in the {which}")
    if order and subject.which in ("left", "right", "top", "bottom"):
        form = "the {order}{many}{name} from the {which}"
    return form.format(order=order, many=many, which=subject.which, name=one if count == 1 else several)


_FORMS = {
    "": "the {many}{name}",
    "left": "the {many}{name} on the left",
    "right": "the {many}{name} on the right",
    "top": "the {many}{name} at the top",
    "bottom": "the {many}{name} at the bottom",
    "largest": "the {order}{many}largest {name}",
    "smallest": "the {order}{many}smallest {name}",
}

_MEASURE = {"type": ["number", "string"], "description": "pixels, or a part of the picture like '25%'"}
_ROW: Mapping[str, Any] = {
    "which": {"enum": list(get_args(Which))},
    "nth": {"type": "integer", "minimum": 1, "maximum": _MOST},
    "count": {"type": "integer", "minimum": 1, "maximum": _MOST},
    "box": {"type": "array", "items": _MEASURE, "minItems": 4, "maxItems": 4},
    "point": {"type": "array", "items": _MEASURE, "minItems": 2, "maxItems": 2},
    "at": {"type": ["string", "number"], "description": "a time in the source, or start or end"},
}

#: JSON Schema of whom or what an operation is about.
WHO_SCHEMA: Mapping[str, Any] = {
    "title": "who",
    "anyOf": [
        {"enum": [*_WORDS, *OBJECTS[1:]]},
        {
            "type": "object",
            "properties": {
                "object": {"enum": list(OBJECTS)},
                **_ROW,
                "except": {
                    "anyOf": [
                        _ROW["which"],
                        {"type": "object", "properties": dict(_ROW), "additionalProperties": False},
                    ]
                },
            },
            "minProperties": 1,
            "additionalProperties": False,
        },
    ],
}
