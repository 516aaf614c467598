"""Which of those who were found an operation is about: by their place in a row, or by what is at a place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from clipline.errors import Refused
from clipline.studio.finding.row import Size, Turn, foreground, most_at_once, part_of_row, row_at, turns
from clipline.studio.finding.track import Track, by_shot
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Finding, Picture, PictureOperation, plays
from clipline.timeline import Subject, Who, plural, subject_of, who_in_words

__all__ = [
    "Told",
    "all_chosen",
    "chosen",
    "counted",
    "doubts",
    "found_at",
    "kind_of",
    "kinds_of",
    "listed",
    "lost",
    "of_kind",
    "pixels_of",
    "place_of",
    "remarks",
    "told",
]

_ALL = ("person", "people", "background_person")  # words that pick nobody out
_FITS = 0.3  # intersection over union from which a box that was given is that of what was found
_FITS_WELL = 0.5  # and where its kind was not said: the box may be that of a part of it, like the face of a person
_PART = 0.25  # of the time of those who are taken, and this many seconds, make others worth saying
_WORTH_SAYING = 1.0
_TOLD = 4  # of them are named
_JUST = 0.3  # seconds from the time that is said, at which somebody else may be meant
_SOON = 0.7  # seconds from the first and the last sight of anyone in which nobody is lost
_SHORT = 1.5  # seconds in sight are so few that somebody was more likely lost
_BORDER = 0.02  # of the picture's width from its sides is where people come and go
_AROUND = 1.5  # seconds by which something may have been there before it was first seen


def kind_of(who: Who) -> str | None:
    """The kind to look for, None where it is whatever is at a place."""
    kind = subject_of(who).object
    return None if kind == "object" else kind


def kinds_of(them: Sequence[Who]) -> tuple[str, ...] | None:
    """The kinds to look for, None where one is whatever is at a place."""
    kinds = dict.fromkeys(map(kind_of, them))
    return None if None in kinds else tuple(kind for kind in kinds if kind)


def all_chosen(tracks: Sequence[Track], them: Sequence[Who], size: Size, start: float = 0.0) -> list[Track]:
    """Those whom an operation on several is about, as `chosen` takes those of each from its kind.

    Raises:
        Refused: as `chosen` does.
    """
    meant = [track for who in them for track in chosen(of_kind(tracks, who), who, size, start)]
    return [track for track in tracks if any(track is one for one in meant)]


def of_kind(tracks: Sequence[Track], who: Who) -> list[Track]:
    """Those of the kind that is meant."""
    return [track for track in tracks if kind_of(who) in (None, track.kind)]


def chosen(tracks: Sequence[Track], who: Who, size: Size, start: float = 0.0) -> list[Track]:
    """Those whom an operation is about; `background` is the one there is where there is only one.

    They are chosen in each shot for itself, where it is known who that is there. `start` is the time, in seconds of the
    source, at which a place is looked at that comes without a time.

    Raises:
        Refused: there are not so many, or nothing of that kind is at the place.
    """
    subject = subject_of(who)
    one, time = subject.other_than or subject, _time(subject, start)
    found: list[Track] = []
    refused: list[Refused] = []
    if time is None:
        shots = _with_row(by_shot(tracks), one) or [[]]
    else:
        shots = [[track for track in tracks if track.is_in_shot(time)]]
    for shot in shots:
        try:
            found += _chosen(shot, subject, size, start)
        except Refused as error:
            refused.append(error)
    if subject.other_than:
        found += [track for track in tracks if not any(track in shot for shot in shots)]
    if refused and not found:
        raise refused[0]
    return found


def _time(subject: Subject, start: float) -> float | None:
    """The time at which somebody is said to be meant, in seconds of the source, if one is."""
    one = subject.other_than or subject
    at = subject.at if one.at is None else one.at
    return start if at is None and (one.box or one.point) else at


def _with_row(shots: list[list[Track]], subject: Subject) -> list[list[Track]]:
    """The shots in which there is a row, if a place in it is meant and any of them has one: who is alone has none."""
    if subject.which not in {"left", "right", "top", "bottom", "middle", "background"}:
        return shots
    return [shot for shot in shots if most_at_once(shot)[1] > 1] or shots


def _chosen(tracks: Sequence[Track], subject: Subject, size: Size, start: float) -> list[Track]:
    """Those of one shot."""
    if subject.other_than:
        at = subject.at if subject.other_than.at is None else subject.other_than.at
        others = _meant(tracks, replace(subject.other_than, at=at), size, start)
        left = [track for track in tracks if track not in others]
        if not left:
            raise Refused(f"{subject}: nobody else was found", code="not_there", hint=counted(tracks))
        return left
    return _meant(tracks, subject, size, start)


def _meant(tracks: Sequence[Track], subject: Subject, size: Size, start: float) -> list[Track]:
    if subject.box or subject.point:
        return [_at_place(tracks, subject, size, start if subject.at is None else subject.at)]
    if subject.which is None and subject.count is None:
        return list(tracks)
    if subject.which == "background":
        behind = _behind(tracks, size)
        if subject.count not in {None, len(behind)}:
            raise _not_so_many(subject, tracks, most_at_once(tracks)[0])
        return behind
    if subject.which is None:
        time = most_at_once(tracks)[0] if subject.at is None else subject.at
        row = row_at(tracks, subject, size, time)
        if len(row) != subject.count:
            raise _not_so_many(subject, tracks, time)
        return row
    if subject.at is None:
        held = turns(tracks, subject, size)
        row = held[0].tracks if held else []
    else:
        row = part_of_row(tracks, subject, size, subject.at)
    if not row:
        raise _not_so_many(subject, tracks, most_at_once(tracks)[0] if subject.at is None else subject.at)
    return row


def _behind(tracks: Sequence[Track], size: Size) -> list[Track]:
    if len(tracks) < 2 or most_at_once(tracks)[1] < 2:
        return list(tracks)
    first = foreground(tracks, size)
    return [track for track in tracks if track is not first]


def _at_place(tracks: Sequence[Track], subject: Subject, size: Size, time: float) -> Track:
    """The one that fills a box, or the nearest to the eye at a point."""
    there = [(box, track) for track in tracks if (box := track.at(time, _AROUND))]
    best = found_at([box for box, _ in there], subject, size)
    if best is not None:
        return next(track for box, track in there if box is best)
    found = "; ".join(f"{track.kind} {_corners(box)}" for box, track in there) or "nothing"
    raise Refused(
        f"nothing was found at this place: {subject}",
        code="not_there",
        hint=f"found at {time:.3g}s, as left, top, width and height: {found}",
    )


def found_at(boxes: Sequence[Box], subject: Subject, size: Size) -> Box | None:
    """Which of the boxes of what was found is meant by a subject's box or point, if any is."""
    if subject.point:
        x, y = pixels_of(subject.point, size)
        hit = [box for box in boxes if box.left <= x <= box.right and box.top <= y <= box.bottom]
        return min(hit, key=lambda box: box.area, default=None)
    place = place_of(subject, size)
    best = max(boxes, key=lambda box: box.overlap(place), default=None)
    fits = _FITS_WELL if kind_of(subject) is None else _FITS
    return best if best is not None and best.overlap(place) >= fits else None


def place_of(subject: Subject, size: Size) -> Box:
    """The box of a subject in pixels."""
    left, top, width, height = pixels_of(subject.box or (), size)
    return Box(left, top, left + width, top + height)


def pixels_of(measures: Sequence[float | str], size: Size) -> list[float]:
    """Widths and heights in turn, each in pixels or a part like "25%", in pixels of a picture of this size."""
    return [
        float(each[:-1]) / 100 * size[number % 2] if isinstance(each, str) else each
        for number, each in enumerate(measures)
    ]


def _corners(box: Box) -> str:
    return " ".join(f"{value:.0f}" for value in (box.left, box.top, box.width, box.height))


def _not_so_many(subject: Subject, tracks: Sequence[Track], time: float) -> Refused:
    there = [track for track in tracks if track.at(time) is not None]
    return Refused(
        f"not found: {subject}; there {'is' if len(there) == 1 else 'are'} {counted(there) or 'none'} at {time:.3g}s",
        code="not_there",
        hint="say another one, or when: which, nth and at in an operation written as data",
    )


def remarks(people: Sequence[Track], tracks: Sequence[Track], who: Who, size: Size) -> list[Finding]:
    """What is to be said of those who were taken of all there are: which ones, and what is doubtful of them."""
    if who not in _ALL:
        said = [told(who, people, tracks, size), *_in_other_shots(people, tracks, who)]
        for shot in by_shot(tracks):
            taken = [track for track in people if track in shot]
            said += [*doubts(shot, who, size), *lost(taken, shot, who, size[0])] if taken else []
        return said
    if who != "person" or most_at_once(tracks)[1] < 2:
        return []
    one = Subject("person", "left")
    return [Finding("INFO", f"the person: all of {counted(tracks)}; one of them is said as in “{one}”")]


def told(who: Who, chosen: Sequence[Track], tracks: Sequence[Track], size: Size) -> Finding:
    """Which ones an operation took, of how many, and when they are in the picture."""
    seen = [(track.kind, track.sights(size)) for track in chosen[:_TOLD]]
    places = "; ".join(
        f"{kind} from {sights[0][0]:.3g}s to {sights[-1][0]:.3g}s, first at {_corners(sights[0][1])}"
        for kind, sights in seen
        if sights
    )
    more = f" and {len(chosen) - _TOLD} more" if len(chosen) > _TOLD else ""
    return Finding("INFO", f"{who_in_words(who)}: {len(chosen)} of {counted(tracks)} ({places}{more})")


def doubts(tracks: Sequence[Track], who: Who, size: Size) -> list[Finding]:
    """That others are meant at other moments, with what says which."""
    whole = subject_of(who)
    subject = whole.other_than or whole
    if subject.which in (None, "background", "foreground"):
        return []
    at = whole.at if subject.at is None else subject.at
    if at is not None:
        return _soon_another(tracks, replace(subject, at=at), size)
    if not (held := turns(tracks, subject, size)):
        return []
    first = held[0]
    others = [turn for turn in held[1:] if turn.length >= max(_WORTH_SAYING, _PART * first.length)]
    if not others:
        return []
    times = " and ".join(f"from {turn.start:.3g}s to {turn.end:.3g}s" for turn in others[:_TOLD])
    said = f"{who_in_words(subject)} is another one {times}; taken is the one of {first.start:.3g}s to {first.end:.3g}s"
    return [Finding("WARN", f"{said}; for another one say when, as in “{replace(subject, at=_second(others[0]))}”")]


def _in_other_shots(people: Sequence[Track], tracks: Sequence[Track], who: Who) -> list[Finding]:
    """That it is not known who is meant in some shots."""
    subject = subject_of(who)
    one = subject.other_than or subject
    if one.which is None and not (one.box or one.point):
        return []
    shots = by_shot(tracks)
    left = [shot for shot in shots if all((track in people) is bool(subject.other_than) for track in shot)]
    if not left or len(left) == len(shots):
        return []
    starts = " and ".join(f"{max(0.0, shot[0].since):.3g}s" for shot in left[:_TOLD])
    there = f"the shot{'s' * (len(left) > 1)} that begin{'s' * (len(left) == 1)} at {starts}"
    what = "all are taken" if subject.other_than else "nobody is taken"
    at = f"{left[0][0].times[len(left[0][0].times) // 2]:.2g}"
    example = Subject(one.object, one.which or "left", at=float(at))
    return [Finding("WARN", f"{what} in {there}: who is meant there is not known; say it, as in “{example}”")]


def _soon_another(tracks: Sequence[Track], subject: Subject, size: Size) -> list[Finding]:
    """That just before or after the time that is said it is another one, who may be meant as well."""
    assert subject.at is not None
    taken = part_of_row(tracks, subject, size, subject.at)
    for time in (subject.at - _JUST, subject.at + _JUST):
        row = part_of_row(tracks, replace(subject, at=None), size, time)
        if row and any(all(one is not other for other in taken) for one in row):
            who = who_in_words(replace(subject, at=None))
            return [Finding("WARN", f"{who} is another one at {time:.3g}s; taken is the one at {subject.at:.3g}s")]
    return []


def lost(people: Sequence[Track], tracks: Sequence[Track], who: Who, width: int) -> list[Finding]:
    """That some who were picked out of several are not followed to the border of the picture, or not for long."""
    subject = subject_of(who).other_than or subject_of(who)
    picked = people if subject_of(who).other_than is None else [track for track in tracks if track not in people]
    place = subject.box or subject.point
    if (not place and subject == Subject(subject.object)) or len(tracks) == len(picked):
        return []
    begins, ends = min(track.times[0] for track in tracks), max(track.times[-1] for track in tracks)
    times = [
        time
        for track in picked
        for time, box in ((track.times[0], track.boxes[0]), (track.times[-1], track.boxes[-1]))
        if begins + _SOON < time < ends - _SOON and (_inside(box, width) or track.times[-1] - track.times[0] < _SHORT)
    ]
    if not times:
        return []
    when = " and ".join(f"{time:.3g}s" for time in sorted(times)[:_TOLD])
    words = f"{who_in_words(subject)} may be out of sight, or mistaken for somebody else, at {when}"
    return [Finding("WARN", f"{words}; look at the result")]


def _inside(box: Box, width: int) -> bool:
    return _BORDER * width < box.left and box.right < (1 - _BORDER) * width


def _second(turn: Turn) -> float:
    """A moment well within a turn, which is said easily."""
    return float(f"{turn.start + min(turn.length, turn.end - turn.start) / 2:.2g}")


class Told:
    """An operation, and what is to be said of it."""

    def __init__(self, operation: PictureOperation, findings: Sequence[Finding]) -> None:
        self._operation, self._findings = operation, findings

    @property
    def plays(self) -> bool:
        """As the operation."""
        return plays(self._operation)

    def process(self, picture: Picture) -> Picture:
        """As the operation does."""
        return self._operation.process(picture)

    def findings(self) -> Sequence[Finding]:
        """What is to be said, and what the operation says."""
        return *self._findings, *self._operation.findings()


def counted(tracks: Sequence[Track]) -> str:
    """How many of each kind there are, as in "2 people, 1 dog"."""
    return listed(Counter(track.kind for track in tracks))


def listed(counts: Mapping[str, int]) -> str:
    """How many of each kind, in words."""
    return ", ".join(f"{count} {kind if count == 1 else plural(kind)}" for kind, count in counts.items())
