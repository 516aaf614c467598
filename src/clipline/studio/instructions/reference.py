"""The reference page of instructions, written from the tables themselves so that it cannot tell another story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from clipline.studio.instructions.capabilities import CAPABILITIES
from clipline.studio.instructions.humans import BYSTANDERS, BYSTANDERS_ZH, PEOPLE, PEOPLE_ZH, PERSON, PERSON_ZH
from clipline.studio.instructions.interpret import interpret
from clipline.studio.instructions.objects import NAMES, NAMES_ZH
from clipline.studio.instructions.refusals import REFUSALS
from clipline.studio.instructions.text import LONGEST
from clipline.studio.instructions.words import BLUR, COLORS, FORMATS, LINES, POSITIONS, SHAPES, VOLUMES
from clipline.timeline import OBJECTS, STILL_SECONDS

__all__ = ["reference"]

#: Files that the examples speak of.
_AT_HAND = ("beach.jpg", "song.mp3", "city.mp4")
_IN_FULL = (
    "remove the background person and replace it with a solid color",
    "edit a 30-second MP4 clip with a person walking in frame into a 1080p MP4",
)

_HEAD = f"""# Instructions

What can be typed after `clipline edit CLIP`, or stand under `instruction` of an `edit` stage, where this machine does
the work. English and Chinese are understood; several wishes may stand in one sentence, divided by commas, "and",
"then", “然后” and the like, or by lines, and are done in that order. At most {LONGEST:,} characters are read.

Nothing is guessed silently and nothing is dropped: every clause is understood, or the whole is refused and nothing is
changed. What was taken for granted is told by `clipline plan` and in the run's notes. Whoever wants no language at all
writes `operations` as data; the last column below shows them.

This page is written by `clipline.studio.instructions.reference()` and checked by a test.

## What can be said

Examples; the files `{_AT_HAND[0]}`, `{_AT_HAND[1]}` and `{_AT_HAND[2]}` lie in the working folder.
"""

_RULES = f"""
## How words are taken

- **Who.** *The person* and *the people* are everyone in the frame. *The background person* is every person but the
  foreground one (the largest, most central); with one person in the frame, that person. People are not told apart by
  looks or what they do: "the man in the red shirt" is refused, "the man" is taken as any person, and a note says so.
  *The cyclist* is the person alone; the bicycle is named by itself.
- **Things** are found by the names below; a name means all of that kind, but one of them where it is said so
  (*the dog*, 那只狗): where several are found then, a person on a terminal is asked which, and elsewhere it is refused
  with what can be said. A cat is found by what it looks like, not by who it is, and a far or half-hidden one may be
  missed: what was not found is refused, with what was found instead.
- **Which one** of several is said by place (*the left person*, *the second dog from the right*, *the cat in the
  middle*), by size (*the largest car*), by depth (*the dog in the foreground*), by number (*the two dogs*: there must
  be so many) or by who is not meant (*everyone except the person on the left*). It is who is so for the longest
  time while several are seen, or at the time that is said (*at 2s*, *at the end*, 第2秒右边的人), and holds for
  the whole clip; a warning says when others are. Such times are seconds of the source, whatever was cut before, and
  must be shown; *the start* and *the end* are those of what is shown.
- **What has no name here** is said by its place, in pixels or percent from the left upper corner of the source, and the
  time at which it is there (the beginning, where none is said): *the logo in the box 80% 5% 15% 10%* (left, top, width,
  height), *the number plate at the point 120 40 at 1s*, *her face in the box 100,50,200,120*, 方框10 20 30 40里的车牌.
  Where the detector finds something it knows there, that is meant (of a part of it say the box). Else what is seen in
  the box is followed by motion through the clip, to both sides of that time: as it moves, grows and turns, and
  behind what hides it for a second and a half; what never moved is waited for longer. Around a point it is what
  stands out there, else a square. Where it is lost and was on a person, like the face of one who turns away, the same
  part of the person is taken from then on, and a little more; else it is let go. A warning says when; where it is let
  go, `quality: strict` refuses it. It is hidden, filled and
  replaced in its whole box; taken out, what is behind it is made up from what is around it, since it is never seen.
- **A solid colour** without a name is black, and a note says so.
- **Cut out, isolate, keep only** leave the people; **remove** takes them away. But **cut the first** seconds takes
  those away, and **cut to** them, or **keep**, leaves them; a note says so.
- **A blur** of 100 % is the strongest of the words below; of 50 %, half as strong.
- **Files.** `clipline edit` takes the files of the working folder whose names, with their endings, stand in the
  sentence; a pipeline takes those that an `upload` stage lists, which may be meant by their name without its ending,
  too. An absolute path is taken as it stands.
- **Several at once.** *Remove the dog, the cat and the car* takes out each of them, and what is said next of a colour
  is said of all. Several kinds are kept alone together: *keep only the people and the bicycle*, *blur everything except
  the person and the dog*, 除了人和狗其他都模糊. *Everyone except the left one and the dog* is refused, since the dog
  may be spared or not.
- **Lengths and points of time** may be said in figures and words: *half a minute*, *a second and a half*, *three
  quarters of a minute*, *one minute ten* (70 s), 两秒半, 一分十秒, 一分零五秒. A length alone is that of the title
  before it, or, where nothing else is said, that of the clip; elsewhere it is refused. *Show it for 5 seconds* means
  the title or the music before it, else the clip. Halves, thirds and quarters are parts too: *keep the first half*,
  *cut off the last third*, 后半段. A part without times, *the boring part*, is asked for.
- **Lists** may be numbered: *1. remove the dog 2. blur the background*.
- **Short forms** are written out, but where a title may stand: *ppl*, *vid*, *w/*, *n*. *About 5 seconds*, 大概5秒 and
  5秒左右 are taken as 5 seconds.
- **Traditional characters** mean what the simplified ones do; a title stays as it was typed.
- **Times** are those of the clip as it is when it is the clause's turn, so a title said after a trim counts from the
  new start, and *keep the first 5 seconds, then remove the last second* leaves four. *Start at 2s and end at 5s* is one
  part, and parts to cut out are all those of the clip before any of them is. What counts from the end needs the clip's
  length, and those of the clips that are joined with it. A title that is there before a cut stays with its picture;
  music goes on under it.
- **Cuts** fall between two frames, as near as can be to what was said. *At key frames* they may be moved to the nearest
  key frames, and a note says by how much: then the picture need not be encoded again. With a crossfade what is left
  on both sides of a cut lies over one another for so long, and the result is shorter by that.
- **A crop that follows** somebody is a window that moves calmly, over a moving camera too: with several people it keeps
  the group where there is room for it, else the foreground one. *Keep the dog in the middle* says where in the new
  picture, not which of several dogs. Where nobody is found it stays in the middle, and the run says so.
- **Joined clips** come in the order said, after the clip or in front of it, fitted into the frame it has then, at its
  frame rate. Titles stay with the clip they were put on; music that plays from the start to the end goes on doing so.
- **Still images** are clips that stand: for {STILL_SECONDS:g} seconds, or for as long as is said (*for 3 seconds* after
  their names; *show it for 8 seconds* or *make it 8 seconds long* where one is the clip itself).
- **720p, 1080p, 4K** say the frame of the finished picture: 1080p is 1920x1080, or 1080x1920 for an upright clip. A
  picture of another shape stands on black in it; one that was cropped keeps its shape, with the shorter side of that
  length. They and a file format change no picture; they go to the export. A plain size like 1280x720 is taken exactly.
- **Titles** stand in quotation marks of any kind; without them they end at the first "and" or comma, and a *text* or a
  *caption* begins with a capital (*add the text Welcome*). They stand at
  the bottom, in white with a black line around the letters, 7 % of the picture's shorter side high, from the start to
  the end, unless said otherwise: *in large red letters*, *at the top left*, *on a black plate*, *with a shadow*,
  *without an outline*, *fading in and out*. Any script is written that a font of this machine has (`clipline doctor`
  tells which), from right to left where it is read so, emoji in colour where a font has them, else as outlines, which
  a note says; long texts are broken into lines within the safe area.
- **A lower third** is a name with a line under it, each in quotation marks, on a half clear plate. It stands on the
  left for 5 seconds and fades in and out within half a second each, unless said otherwise: *on the right*, *sliding
  in*, *without animation*, *in yellow on a blue plate*.
- **Music** goes under the clip's own sound at 35 % unless said otherwise, is repeated where it is too short, and may
  come and go: *with a 2s fade-in and a 3s fade-out* (2 seconds where no time is said), *from 0:30 of the song*,
  *without looping*. *Quieter when someone speaks*: it falls by 12 dB, or by what is said, within 0.2 s before
  somebody speaks and comes back within 0.8 s after; pauses shorter than a second are no pauses. Whatever stands out
  of the clip's own sound is taken for speech.
- **The clip's own sound** is muted, made softer or louder, up to 400 %, or faded. *The volume* said after music is
  that of the music, else that of the clip.
- **Loudness** is that of the whole result by EBU R 128: a number of LUFS, or *streaming*, *youtube*, *spotify*,
  *tiktok* (-14), *podcast*, *apple* (-16), *broadcast*, *ebu* (-23), *atsc* (-24), *netflix* (-27); -14 where none is
  said. All of it becomes louder or softer alike; only peaks that would pass -1 dBTP are limited.
- **Order.** Operations are done as they are said, but people are removed from the background before the background is
  changed, and filled with a colour after it, since they must be found first; a note says so.
- **Removed is removed.** The same people or things are not removed and changed otherwise in one sentence; others may be
  (*remove the person on the left and blur the person on the right*). For operations as data it is the same.

## The words
"""

_REFUSED = """
## What is refused

A refusal changes nothing, names the words, shows what is nearest to them, or all that can be done where nothing is,
and has a code:

| code | when |
|---|---|
| `vague` | the words do not say what to do, or none of them is known |
| `ambiguous` | they may mean several things, or leave out what is needed; on a terminal, `clipline edit` asks |
| `unsupported` | they are understood and cannot be done |
| `contradiction` | two clauses ask for the same thing twice or exclude each other |
| `not_at_hand` | they name a file that was not handed over |

Among what cannot be done:

"""


def reference() -> str:
    """The page as Markdown."""
    return f"{_HEAD}{_examples()}{_sentences()}{_RULES}{_words()}{_REFUSED}{_refusals()}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _made(text: str) -> str:
    """What an example becomes, as it would be written as data."""
    understood = interpret(text, materials=_AT_HAND)
    made = [operation.as_json() for operation in understood.operations]
    wish = understood.export.as_json()
    return " ".join(f"`{json.dumps(item)}`" for item in made) + (f"export `{json.dumps(wish)}`" if wish else "")


def _examples() -> str:
    rows = ((what, english, chinese, _made(english)) for what, english, chinese in CAPABILITIES.values())
    return "\n" + _table(("what", "English", "Chinese", "as data"), rows)


def _sentences() -> str:
    parts = ["\nTwo sentences in full, with the notes that `plan` shows:\n"]
    for text in _IN_FULL:
        notes = "".join(f"  - {line}\n" for line in interpret(text).notes)
        parts.append(f"\n- *{text}*\n{notes}")
    return "".join(parts)


def _listed(words: str) -> str:
    return ", ".join(words.split("|"))


def _by_value(table: Mapping[str, object]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for word, value in table.items():
        grouped.setdefault(f"{value:g}" if isinstance(value, float) else str(value), []).append(word)
    return grouped


def _things() -> Iterable[tuple[str, str, str]]:
    """Each kind with its names."""
    for kind in OBJECTS[1:]:
        english, chinese = ([name for name, of in names.items() if of == kind] for names in (NAMES, NAMES_ZH))
        yield f"`{kind}`", ", ".join(english), ", ".join(chinese)


def _words() -> str:
    people = _table(
        ("who", "English", "Chinese"),
        (
            ("`person`", _listed(PERSON), _listed(PERSON_ZH)),
            ("`people`", _listed(PEOPLE), _listed(PEOPLE_ZH)),
            ("`background_person`", _listed(BYSTANDERS), _listed(BYSTANDERS_ZH)),
        ),
    )
    rows = []
    for name, table in (
        ("blur (radius)", BLUR),
        ("lines", LINES),
        ("shape", SHAPES),
        ("volume", VOLUMES),
        ("position of a title", POSITIONS),
    ):
        rows += [(name, value, ", ".join(words)) for value, words in _by_value(table).items()]
    rows.append(("format", "", ", ".join(FORMATS)))
    chinese = ", ".join(name for name in COLORS if not name.isascii())
    colors = (
        f"\nColours: all names of CSS, with or without spaces ({sum(map(str.isascii, COLORS))} names), `#rgb`, "
        f"`#rrggbb`, `rgb(r, g, b)`, and with or without 色: {chinese}.\n"
    )
    things = _table(("object", "English", "Chinese"), _things())
    return f"\n{people}\n{things}\n{_table(('what', 'value', 'words'), rows)}{colors}"


def _refusals() -> str:
    kept = (
        "selector",
        "object",
        "sound",
        "speed",
        "turn",
        "look",
        "overlay",
        "subtitles",
        "weather",
        "face",
        "picture_fade",
        "motion",
    )
    more = ("split", "quality", "generate", "whole_time")
    return "".join(f"- {_sentence(REFUSALS[key][1])}\n" for key in (*kept, *more))


def _sentence(message: str) -> str:
    """A refusal's message without the words that it was about."""
    bare = message.removeprefix("“{words}”").lstrip(": ").replace("{near}", "")
    return bare[0].lower() + bare[1:]
