"""Operations and wishes in words, in the language of the instruction."""

from __future__ import annotations

from collections.abc import Sequence

from clipline.studio.instructions.fills import color_named
from clipline.studio.instructions.messages import note
from clipline.studio.instructions.naming import who_named
from clipline.studio.instructions.notes import NOTES
from clipline.studio.instructions.understanding import ExportWish, Language
from clipline.timeline import (
    AudioTrack,
    Background,
    Blur,
    BlurOut,
    Crop,
    Cut,
    Fill,
    Fit,
    Isolate,
    Join,
    Loudness,
    LowerThird,
    Media,
    Music,
    Operation,
    Pad,
    Pixelate,
    Remove,
    Replace,
    Resize,
    Sound,
    Span,
    Title,
    Transparent,
    Trim,
)
from clipline.values import even, format_duration

__all__ = ["describe", "describe_wish"]

_POSITIONS_ZH = {
    "top": "顶部", "middle": "中间", "bottom": "底部",
    "top left": "左上角", "top right": "右上角", "bottom left": "左下角", "bottom right": "右下角",
}  # fmt: skip
_SIDES_ZH = {"left": "左", "middle": "中", "right": "右"}


def describe(operation: Operation, language: Language) -> str:
    """One sentence on what is done."""
    match operation:
        case Background() | Remove() | Isolate():
            return _people(operation, language)
        case BlurOut() | Pixelate() | Replace():
            return _hidden(operation, language)
        case Trim() | Cut() | Join():
            return _time(operation, language)
        case Resize() | Fit() | Crop() | Pad():
            return _frame(operation, language)
        case Music() | Sound() | Loudness() | AudioTrack():
            return _heard(operation, language)
        case Title() | LowerThird():
            return _written(operation, language)


def _time(operation: Trim | Cut | Join, language: Language) -> str:
    match operation:
        case Trim(start=start, end=None):
            return note("trim_to_end", language, start=format_duration(start))
        case Trim(start=start, end=end):
            return note("trim", language, start=format_duration(start), end=format_duration(end or 0))
        case Cut(parts=parts, crossfade=crossfade):
            said = note("cut", language, parts=_spans(parts, language))
            over = note("cut_over", language, crossfade=format_duration(crossfade)) if crossfade else ""
            return said + over
        case Join():
            return _join(operation, language)


def _spans(spans: Sequence[Span], language: Language) -> str:
    ends = {"en": "{} to {}", "zh": "{}到{}"}[language]
    last = {"en": "the end", "zh": "结尾"}[language]
    said = [ends.format(format_duration(start), last if end is None else format_duration(end)) for start, end in spans]
    return (", " if language == "en" else "、").join(said)


def _join(join: Join, language: Language) -> str:
    names = (", " if language == "en" else "、").join(map(_name, join.paths))
    said = note("join_front" if join.front else "join", language, names=names)
    return said + (note("join_over", language, crossfade=format_duration(join.crossfade)) if join.crossfade else "")


def _people(operation: Background | Remove | Isolate, language: Language) -> str:
    match operation:
        case Background(fill=fill):
            return _background(fill, language)
        case Isolate(fill=fill):
            *first, last = (who_named(who, language, each=False) for who in operation.everyone)
            between, end = (", ", " and ") if language == "en" else ("、", "和")
            return _isolated(end.join(filter(None, (between.join(first), last))), fill, language)
        case Remove(who=who, fill=color):
            key = f"{'fill' if color else 'remove'}_{who}"
            key = key if key in NOTES else f"{'fill' if color else 'remove'}_subject"
            return note(key, language, who=who_named(who, language), fill=color and color_named(color, language))


def _isolated(who: str, fill: Fill, language: Language) -> str:
    match fill:
        case Transparent():
            return note("isolate_transparent", language, who=who)
        case Blur(radius=radius):
            return note("isolate_blur", language, who=who, radius=radius)
        case Media(path=path):
            return note("isolate_color", language, who=who, fill=_name(path))
        case color:
            return note("isolate_color", language, who=who, fill=color_named(color, language))


def _hidden(operation: BlurOut | Pixelate | Replace, language: Language) -> str:
    who = who_named(operation.who, language)
    match operation:
        case BlurOut(radius=radius):
            return note("blur_out", language, who=who, radius=radius)
        case Pixelate(size=size):
            return note("pixelate", language, who=who, size=size)
        case Replace(path=path):
            return note("replace", language, who=who, name=_name(path))


def _frame(operation: Resize | Fit | Crop | Pad, language: Language) -> str:
    match operation:
        case Resize(size=size):
            return note("resize", language, size=size)
        case Fit(box=box):
            return note("fit", language, size=box)
        case Pad(size=size, color=color):
            return note("pad", language, size=size, fill=color_named(color, language))
        case Crop(aspect=aspect, size=size, keep=keep) if keep is not None:
            return note("crop_follow", language, shape=aspect or size, who=who_named(keep, language))
        case Crop(aspect=str() as aspect):
            return note("crop_aspect", language, aspect=aspect)
        case Crop(size=size):
            return note("crop_size", language, size=size)


def _background(fill: Fill, language: Language) -> str:
    match fill:
        case Blur(radius=radius):
            return note("background_blur", language, radius=radius)
        case Transparent():
            return note("background_transparent", language)
        case Media(path=path):
            return note("background_media", language, fill=_name(path))
        case color:
            return note("background_color", language, fill=color_named(color, language))


def _written(shown: Title | LowerThird, language: Language) -> str:
    length = None if shown.duration is None else format_duration(shown.duration)
    lasts = note("for_length", language, length=length) if length else note("to_end", language)
    start = format_duration(shown.start)
    if isinstance(shown, LowerThird):
        text = "”, “".join(filter(None, (shown.name, shown.line)))
        side = shown.side if language == "en" else _SIDES_ZH[shown.side]
        return note("lower_third", language, text=text, side=side, start=start) + lasts
    position = shown.position if language == "en" else _POSITIONS_ZH[shown.position]
    said = note("title", language, text=shown.text, position=position, start=start, lasts=lasts)
    return said + _fades(shown.fade_in, shown.fade_out, language)


def _heard(operation: Music | Sound | Loudness | AudioTrack, language: Language) -> str:
    match operation:
        case Music():
            return _music(operation, language)
        case Sound(volume=volume, fade_in=fade_in, fade_out=fade_out):
            said = note("sound", language, volume=volume) if volume else note("mute", language)
            return said + _fades(fade_in, fade_out, language)
        case Loudness(target=target, peak=peak):
            return note("loudness", language, target=target, peak=peak)
        case AudioTrack(track=track):
            return note("audio_track", language, track=track)


def _music(music: Music, language: Language) -> str:
    said = [note("music", language, name=_name(music.path), volume=music.volume)]
    if music.start or music.duration is not None:
        said.append(note("music_from", language, start=format_duration(music.start)))
    if music.offset:
        said.append(note("music_offset", language, offset=format_duration(music.offset)))
    if music.duck:
        said.append(note("music_duck", language, duck=music.duck))
    return ("; " if language == "en" else "；").join(said) + _fades(music.fade_in, music.fade_out, language)


def _fades(fade_in: float, fade_out: float, language: Language) -> str:
    said = note("fades_in", language, length=format_duration(fade_in)) if fade_in else ""
    return said + (note("fades_out", language, length=format_duration(fade_out)) if fade_out else "")


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def describe_wish(wish: ExportWish, language: Language) -> list[str]:
    """A sentence on each thing that is wished for the exported file."""
    words = []
    if wish.lines:
        words.append(note("export_lines", language, lines=wish.lines, wide=even(wish.lines * 16 / 9 + 1)))
    if wish.size:
        words.append(note("export_size", language, size=wish.size))
    if wish.max_size:
        words.append(note("export_max_size", language, size=wish.max_size))
    if wish.format:
        words.append(note("export_format", language, format=wish.format))
    return words
