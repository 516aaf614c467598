"""Checks of what only playing a media file shows, and comparing it with the clip that it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isnan
from typing import Literal

from clipline.studio.checks.judging import Check, Outcome, Seen, parse_share, plain_number, unless
from clipline.studio.checks.measurements import Span, joined
from clipline.studio.reading.media import MediaInfo
from clipline.values import parse_duration

__all__ = ["COMPARING_CHECKS", "PLAYED_CHECKS"]

_PEAK_ROUNDING = 0.05  # dB: what is shown as no more than the limit is no more


def _decodes(_: object, seen: Seen) -> Outcome:
    measured, info = seen.measured, seen.info
    if measured.damaged:
        return "FAIL", f"{measured.damaged} damaged places cannot be decoded"
    if info.kind != "audio" and not measured.frames:
        return "FAIL", "no frame can be decoded"
    if info.kind == "video" and measured.last_frame < info.duration - max(0.5, 3 / info.fps):
        return "FAIL", f"the last frame is at {measured.last_frame:.2f}s of {info.duration:.2f}s"
    return "PASS", "decodes to the end"


def _longest(kind: Literal["black", "frozen", "silent"], needs: Literal["picture", "sound"]) -> Check:
    def check(wanted: object, seen: Seen) -> Outcome:
        limit = parse_duration(wanted)
        if lacks := _lacks(needs, seen.info):
            return lacks
        spans: Sequence[Span] = getattr(seen.measured, kind)
        long = [span for span in spans if span[1] - span[0] > limit + 1e-6]
        if long:
            return "FAIL", f"{kind} for more than {limit:g}s", *long
        return "PASS", f"nowhere {kind} for more than {limit:g}s"

    return check


def _lacks(needs: Literal["picture", "sound"], info: MediaInfo) -> Outcome | None:
    if needs == "sound" and not info.audio_codec:
        return "FAIL", "there is no sound at all", (0.0, info.duration)
    return ("FAIL", "there is no picture at all") if needs == "picture" and info.kind == "audio" else None


def _letterbox(wanted: object, seen: Seen) -> Outcome:
    limit = parse_share(wanted)
    wide = [bars for bars in seen.measured.bars if bars.share > limit + 1e-9]
    if not wide:
        return "PASS", f"no black bars over more than {wanted} of the picture"
    worst = max(wide, key=lambda bars: bars.share)
    words = f"black bars over {worst.share:.1%} of the picture ({worst} of {worst.width}x{worst.height})"
    return "FAIL", f"{words}, more than {wanted}", *joined((bars.start, bars.end) for bars in wide)


def _flashes(wanted: object, seen: Seen) -> Outcome:
    limit = plain_number(wanted)
    many = [each for each in seen.measured.flashes if each.flashes > limit]
    if not many:
        return "PASS", f"no second with more than {limit:g} flashes"
    worst = max(each.flashes for each in many)
    words = f"{worst:g} flashes in a second over more than a quarter of the picture, more than {limit:g}"
    return "FAIL", words, *joined(sorted((each.start, each.end) for each in many))


def _loudness(wanted: object, seen: Seen) -> Outcome:
    given = wanted if isinstance(wanted, Mapping) else {"target": wanted}
    target, tolerance = plain_number(given.get("target")), plain_number(given.get("tolerance", 1.0))
    if lacks := _lacks("sound", seen.info):
        return lacks
    measured = seen.measured.loudness
    if measured is None:
        return "WARN", "the sound is too short or too silent to measure its loudness"
    holds = abs(measured - target) <= tolerance + 1e-9
    words = f"loudness {measured:.1f} LUFS"
    return ("PASS" if holds else "FAIL"), words + unless(holds, f"{target:g} ± {tolerance:g}")


def _true_peak(wanted: object, seen: Seen) -> Outcome:
    limit = plain_number(wanted)
    peaks = seen.measured.peaks
    if not peaks:
        return "PASS", "no sound, so no peak"
    highest = max((peak for _, _, peak in peaks), default=-inf)
    words = f"true peak {max(highest, -99.9):.1f} dBTP"
    high = joined((start, end) for start, end, peak in peaks if peak > limit + _PEAK_ROUNDING)
    return ("FAIL", f"{words}, more than {limit:g}", *high) if high else ("PASS", words)


def _av_length(wanted: object, seen: Seen) -> Outcome:
    limit = parse_duration(wanted)
    picture, sound = seen.measured.picture, seen.measured.sound
    if seen.info.kind != "video" or not seen.info.audio_codec:
        return "PASS", "nothing to compare: there is only " + ("sound" if seen.info.kind == "audio" else "a picture")
    if picture is None or sound is None:
        return "FAIL", f"no {'sound' if picture else 'picture'} can be decoded"
    words = f"the picture ends at {picture[1]:.2f}s, the sound at {sound[1]:.2f}s"
    if abs(picture[1] - sound[1]) <= limit + 1e-6:
        return "PASS", words
    return "FAIL", f"{words}, more than {limit:g}s apart", (min(picture[1], sound[1]), max(picture[1], sound[1]))


# --- what only the source shows --------------------------------------------------------------------------------------


def _likeness(wanted: object, seen: Seen) -> Outcome:
    given = wanted if isinstance(wanted, Mapping) else {"ssim": wanted}
    ssim, psnr = (plain_number(given.get(name, 0)) for name in ("ssim", "psnr"))
    if seen.likeness.reason:
        return "FAIL", f"cannot be compared: {seen.likeness.reason}"
    frames = seen.likeness.frames
    most = max((frame.changed for frame in frames), default=0.0)
    left = [frame for frame in frames if not isnan(frame.ssim)]
    if not left:
        return "FAIL", "nothing of the picture is left as it was"
    unlike = [frame for frame in frames if not (frame.ssim >= ssim and frame.psnr >= psnr)]
    words = f"beside what was changed (up to {most:.0%}) SSIM {min(frame.ssim for frame in left):.3f}"
    words += f" and PSNR {min(frame.psnr for frame in left):.1f} dB at the least"
    if not unlike:
        return "PASS", words
    least = " and ".join(f"{name} {value}" for name, value in given.items())
    return "FAIL", f"{words}, less than {least}", *joined((frame.start, frame.end) for frame in unlike)


def _changed(wanted: object, seen: Seen) -> Outcome:
    limit = parse_share(wanted)
    if seen.likeness.reason:
        return "FAIL", f"cannot be compared: {seen.likeness.reason}"
    words = (
        f"up to {max((frame.changed for frame in seen.likeness.frames), default=0.0):.1%} of the picture was changed"
    )
    much = joined((frame.start, frame.end) for frame in seen.likeness.frames if frame.changed > limit)
    return ("FAIL", f"{words}, more than {wanted}", *much) if much else ("PASS", words)


#: Each check by its name.
PLAYED_CHECKS: Mapping[str, Check] = {
    "decodes": _decodes,
    "black": _longest("black", "picture"),
    "frozen": _longest("frozen", "picture"),
    "letterbox": _letterbox,
    "flashes": _flashes,
    "silence": _longest("silent", "sound"),
    "loudness": _loudness,
    "true_peak": _true_peak,
    "av_length": _av_length,
}

#: Those that need the source.
COMPARING_CHECKS: Mapping[str, Check] = {"likeness": _likeness, "changed": _changed}
