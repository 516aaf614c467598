"""Which file is meant: one of those at hand, or an absolute path."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from pathlib import PurePath

from clipline.studio.instructions.grammar import Heard
from clipline.studio.instructions.text import FILE_CLASS, QUOTED_CLASS
from clipline.studio.instructions.traditional import simplified
from clipline.studio.instructions.words import IMAGES, SOUNDS, VIDEOS

__all__ = ["FILE_FORM", "material", "read_clip", "read_clip_file", "read_sound", "read_sound_file", "suffix_of"]

#: How near a name must be to one at hand for it to be offered.
_ALIKE = 0.75
FILE_FORM = rf"(?:{QUOTED_CLASS}|{FILE_CLASS}|[^\s,;]{{1,60}}\.[a-z0-9]{{2,4}})"


_GENERIC = (
    r"(?:the |this |that |my |an? |another |other |uploaded |attached |given )*"
    r"(?P<kind>image|picture|photo|video|clip|footage|file|music|song|sound|track|图片|照片|图|视频|片段|音乐|"
    r"歌曲|歌|文件)"
    r"(?: file)?(?: (?:i )?(?:uploaded|attached|gave you))?"
    r"|(?:这张|那张|这个|那个|这段|那段|另一个|另一段|另外一个|上传的|附带的|我的|一张|一个|一段|"
    r"另一张)+(?P<kind_zh>图片|照片|图|视频|片段|音乐|歌曲|歌|文件)"
)
_KINDS = {
    **dict.fromkeys(["image", "picture", "photo", "图片", "照片", "图"], IMAGES),
    **dict.fromkeys(["video", "clip", "footage", "视频", "片段"], VIDEOS),
    **dict.fromkeys(["music", "song", "sound", "track", "音乐", "歌曲", "歌"], SOUNDS),
}


#: What is asked for, by a suffix that only it may have.
_KIND_WORDS = {"mp3": ("sound file", "声音文件"), "jpg": ("picture or clip", "图片或视频"), "mp4": ("clip", "视频")}


def suffix_of(name: str) -> str:
    """The suffix of a file name where it is that of a known kind, without its dot; else nothing."""
    suffix = PurePath(name.replace("\\", "/")).suffix.lstrip(".").lower()
    return suffix if suffix in IMAGES | VIDEOS | SOUNDS else ""


def material(words: str, heard: Heard, kinds: frozenset[str], otherwise: str) -> str:
    """The path of the file that these words name.

    Raises:
        Refused: it is not at hand, may be several, or is of another kind.
    """
    context = heard.context
    marked = context.marks.value(words)
    name = marked or context.marks.restore(words)
    wanted = re.sub(r"^(?:the|an?|my|this) ", "", name, flags=re.IGNORECASE).strip().casefold()
    bare = re.sub("^(?:image|picture|photo|video|clip|file|song|track)(?: file)? ", "", wanted)
    found = [name] if marked and name.startswith("/") else _named(name.casefold(), context.materials, kinds)
    found = found or _named(wanted, context.materials, kinds) or _named(bare, context.materials, kinds)
    generic = None if found else re.fullmatch(_GENERIC, simplified(wanted))
    if generic:
        among = _KINDS.get(generic["kind"] or generic["kind_zh"], kinds) & kinds
        found = [path for path in context.materials if suffix_of(path) in among]
        if len(found) == 1:
            heard.note("the_file", words=name, name=_base(found[0]))
    if not found:
        raise heard.refused(otherwise, name=name, have=_at_hand(heard, name, kinds))
    if len(found) > 1:
        raise heard.refused("which_file", name=name, several=", ".join(map(_base, found)))
    suffix = suffix_of(found[0])
    if suffix and suffix not in kinds:
        kind = _KIND_WORDS["mp3" if "mp3" in kinds else "jpg" if "jpg" in kinds else "mp4"]
        raise heard.refused("wrong_kind", name=_base(found[0]), kind=kind[context.language == "zh"])
    return found[0]


def _named(wanted: str, materials: tuple[str, ...], kinds: frozenset[str]) -> list[str]:
    """The files of this full path, name or stem; a stem that several have means those of the right kind."""
    wanted = unicodedata.normalize("NFKC", wanted)
    for part in (str, _base, lambda path: PurePath(_base(path)).stem):
        # File systems spell accents in several ways; what is read alike is the same name.
        names = [(path, unicodedata.normalize("NFKC", part(path)).casefold()) for path in dict.fromkeys(materials)]
        found = [path for path, name in names if name == wanted]
        if found:
            return [path for path in found if suffix_of(path) in kinds] or found
    return []


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _at_hand(heard: Heard, wanted: str, kinds: frozenset[str]) -> str:
    """The files at hand, and which of those of these kinds has a name near to the one that is wanted."""
    names = ", ".join(map(_base, heard.context.materials[:10]))
    if not names:
        return ""
    of_kind = {_base(path).casefold(): _base(path) for path in heard.context.materials if suffix_of(path) in kinds}
    near = [of_kind[name] for name in get_close_matches(_base(wanted).casefold(), of_kind, 1, _ALIKE)]
    if heard.context.language == "en":
        return f" (at hand: {names}{''.join(f'; did you mean “{name}”?' for name in near)})"
    return f"（手头有：{names}{''.join(f'；是不是“{name}”？' for name in near)}）"


#: What a picture fades to, and when: no clip, as in "fade to black at the end".
_BLANK = re.compile(
    "(?:black|white)(?: (?:(?:at|over|in|for|within|during|after|from|towards) .+|slowly))?",
    re.IGNORECASE,
)


def read_clip(words: str, heard: Heard) -> str | None:
    """The path of a clip, or of an image that is shown as one; "fade to black" names none."""
    if _BLANK.fullmatch(words):
        return None
    return material(words, heard, VIDEOS | IMAGES, "clip_not_at_hand")


def read_clip_file(words: str, heard: Heard) -> str | None:
    """A clip or an image by the name of a file; other words are none, nor is an image that is not at hand.

    What would be a further clip here is mostly meant as a background, whose own refusal says more.
    """
    name = heard.context.marks.value(words) or words
    if suffix_of(name) in IMAGES and not _named(name.casefold(), heard.context.materials, IMAGES):
        return None
    return read_clip(words, heard) if suffix_of(name) in VIDEOS | IMAGES else None


def read_sound(words: str, heard: Heard) -> str | None:
    """The path of a sound."""
    return material(words, heard, SOUNDS | VIDEOS, "sound_not_at_hand")


def read_sound_file(words: str, heard: Heard) -> str | None:
    """A sound by the name of a file; other words are none."""
    name = heard.context.marks.value(words) or words
    return read_sound(words, heard) if suffix_of(name) in SOUNDS else None
