"""Which of those who were found an operation is about: by their place in a row, or by what is at a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clipline.errors import Refused
from clipline.studio.finding.in_words import corners, counted
from clipline.studio.finding.row import Size, foreground, most_at_once, part_of_row, row_at, turns
from clipline.studio.finding.track import Track, by_shot
from clipline.studio.pictures.box import Box
from clipline.timeline import Subject, Who, subject_of

__all__ = ["all_chosen", "chosen", "found_at", "kind_of", "kinds_of", "of_kind", "pixels_of", "place_of"]

_FITS = 0.3  # intersection over union from which a box that was given is that of what was found
_FITS_WELL = 0.5  # and where its kind was not said: the box may be that of a part of it, like the face of a person
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
    found = "; ".join(f"{track.kind} {corners(box)}" for box, track in there) or "nothing"
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


def _not_so_many(subject: Subject, tracks: Sequence[Track], time: float) -> Refused:
    there = [track for track in tracks if track.at(time) is not None]
    return Refused(
        f"not found: {subject}; there {'is' if len(there) == 1 else 'are'} {counted(there) or 'none'} at {time:.3g}s",
        code="not_there",
        hint="say another one, or when: which, nth and at in an operation written as data",
    )
