"""What is to be said of those whom an operation took: which ones, and whether others may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clipline.studio.finding.in_words import corners, counted
from clipline.studio.finding.row import Size, Turn, most_at_once, part_of_row, turns
from clipline.studio.finding.track import Track, by_shot
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.picture import Finding, Picture, PictureOperation, plays
from clipline.timeline import Subject, Who, subject_of, who_in_words

__all__ = ["Told", "doubts", "lost", "remarks"]

_ALL = ("person", "people", "background_person")  # words that pick nobody out
_PART = 0.25  # of the time of those who are taken, and this many seconds, make others worth saying
_WORTH_SAYING = 1.0
_TOLD = 4  # of them are named
_JUST = 0.3  # seconds from the time that is said, at which somebody else may be meant
_SOON = 0.7  # seconds from the first and the last sight of anyone in which nobody is lost
_SHORT = 1.5  # seconds in sight are so few that somebody was more likely lost
_BORDER = 0.02  # of the picture's width from its sides is where people come and go


def remarks(people: Sequence[Track], tracks: Sequence[Track], who: Who, size: Size) -> list[Finding]:
    """What is to be said of those who were taken of all there are: which ones, and what is doubtful of them."""
    if who not in _ALL:
        said = [_told(who, people, tracks, size), *_in_other_shots(people, tracks, who)]
        for shot in by_shot(tracks):
            taken = [track for track in people if track in shot]
            said += [*doubts(shot, who, size), *lost(taken, shot, who, size[0])] if taken else []
        return said
    if who != "person" or most_at_once(tracks)[1] < 2:
        return []
    one = Subject("person", "left")
    return [Finding("INFO", f"the person: all of {counted(tracks)}; one of them is said as in “{one}”")]


def _told(who: Who, chosen: Sequence[Track], tracks: Sequence[Track], size: Size) -> Finding:
    """Which ones an operation took, of how many, and when they are in the picture."""
    seen = [(track.kind, track.sights(size)) for track in chosen[:_TOLD]]
    places = "; ".join(
        f"{kind} from {sights[0][0]:.3g}s to {sights[-1][0]:.3g}s, first at {corners(sights[0][1])}"
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
