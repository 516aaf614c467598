"""What can be asked for, with an example in each language; refusals draw on this table, the documentation shows it."""

from __future__ import annotations

from collections.abc import Sequence

from clipline.studio.instructions.understanding import Language
from clipline.studio.instructions.words import IMAGES, SOUNDS, VIDEOS

__all__ = ["CAPABILITIES", "EVERYTHING", "capabilities", "hint"]

#: Topic → what it is, an English example, a Chinese example.
CAPABILITIES: dict[str, tuple[str, str, str]] = {
    "remove": ("remove a person, or everyone", "remove the person", "去掉画面里的人"),
    "which": ("remove one of several", "remove the second person from the left", "去掉左边第二个人"),
    "thing": ("remove a thing by its name", "remove the dog", "去掉狗"),
    "hide": ("blur people or things", "blur the person on the left", "模糊左边的人"),
    "pixelate": ("pixelate people or things", "pixelate the car", "给汽车打马赛克"),
    "replace": ("an image in their place", "replace the dog with beach.jpg", "用beach.jpg代替狗"),
    "background_person": ("remove the people in the background", "remove the background person", "去掉背景里的人"),
    "fill": ("fill a person with a colour", "fill the person with red", "把人填充成红色"),
    "isolate": ("keep only the people", "keep only the person", "只保留人物"),
    "color": ("a colour as the background", "replace the background with light blue", "把背景换成浅蓝色"),
    "media": ("a picture or clip as the background", "replace the background with beach.jpg", "把背景换成beach.jpg"),
    "transparent": ("no background", "make the background transparent", "把背景变成透明"),
    "blur": ("a blurred background", "blur the background strongly", "把背景强烈虚化"),
    "trim": ("keep a part of the time", "keep 0:02 to 0:10", "保留第2秒到第10秒"),
    "first": ("keep the first seconds, or cut them away", "trim to the first 5 seconds", "截取前五秒"),
    "cut": ("take parts out of the time", "cut out 0:02 to 0:05", "剪掉第2到第5秒"),
    "cut_over": (
        "take a part out and dissolve",
        "cut out 0:02 to 0:05 with a half second crossfade",
        "剪掉第2到第5秒，交叉淡化半秒",
    ),
    "keyframes": (
        "a cut at the nearest key frames, which copies the stream",
        "keep 0:02 to 0:10 at key frames",
        "保留第2秒到第10秒，对齐到关键帧",
    ),
    "join": ("another clip after it", "join it with city.mp4 with a 1 second crossfade", "和city.mp4拼接，交叉淡化1秒"),
    "front": (
        "a clip or a still in front of it",
        "put beach.jpg before the clip for 3 seconds",
        "在开头加beach.jpg，显示3秒",
    ),
    "resize": ("another size", "resize to 1280x720", "调整到1280x720"),
    "lines": ("a number of lines, either way up", "make it 1080p", "分辨率改为1080p"),
    "fit": ("a largest size", "fit within 1080x1920", "尺寸不超过1080x1920"),
    "crop": ("another shape, cut from the middle", "crop to 9:16", "裁剪成9:16"),
    "follow": (
        "a crop that keeps the person in it",
        "crop to 9:16 and keep the person in frame",
        "裁剪成9:16并跟随人物",
    ),
    "pad": ("a larger frame around the picture", "pad to 1920x1080 with white", "填充到1920x1080用白色"),
    "title": ("a title", 'add the title "Hello" at the top for 3 seconds', "在顶部加标题「你好」，持续3秒"),
    "lower_third": (
        "a name with a line under it",
        'add a lower third "Ada Lovelace" "Mathematician" from 2s to 6s',
        "加字幕条「Ada Lovelace」「Mathematician」，从第2秒到第6秒",
    ),
    "audio_track": ("another audio track of the clip", "use audio track 2", "使用第2条音轨"),
    "music": ("music under the sound", "add the music song.mp3 at 30% volume", "加背景音乐song.mp3，音量30%"),
    "duck": (
        "music that is quieter under speech, and fades",
        "add the music song.mp3 with a fade-out, quieter when someone speaks",
        "加背景音乐song.mp3，有人说话时压低，结尾淡出",
    ),
    "mute": ("no sound", "mute it", "静音"),
    "sound": ("the clip's own sound softer or louder", "set the clip's own sound to 50%", "把原声音量调到50%"),
    "loudness": ("a loudness by number or name", "normalise the loudness to -14 LUFS", "响度标准化到-14 LUFS"),
    "format": ("another file format", "export as a 1080p MP4", "导出为1080p的MP4"),
}


def capabilities() -> list[tuple[str, str, str]]:
    """What can be asked for: what it is, an example in English, one in Chinese."""
    return list(CAPABILITIES.values())


#: All of it in a line.
_IN_SHORT: dict[Language, str] = {
    "en": "what can be done: remove, fill, isolate, blur or replace people and things; backgrounds; "
    "trim, cut, join; crop, resize, pad; titles; music; sound; another format",
    "zh": "可以做的：去掉、填充、模糊、打码、替换或只保留人物和物体；"
    "替换或虚化背景；截取、剪掉、拼接；裁剪、调整尺寸、加边；标题、字幕条；音乐；声音；换格式",
}
#: Stands among topics for all that can be done, in a line.
EVERYTHING = "everything"
#: The files in the examples, and the endings of what may stand for them.
_FILES = {"beach.jpg": IMAGES, "city.mp4": VIDEOS, "song.mp3": SOUNDS}


def hint(language: Language, topics: str, at_hand: Sequence[str] = ()) -> str:
    """Examples of these topics (names of the table, divided by spaces), and all that can be done where that is one.

    An example with a file is given with one of those at hand, and left out where there is none; empty where
    nothing is left to say.
    """
    column = 1 if language == "en" else 2
    named = topics.split()
    examples = [_with_files(CAPABILITIES[topic][column], at_hand) for topic in named if topic != EVERYTHING]
    near = [f"“{example}”" for example in examples if example]
    said = []
    if near and language == "en":
        said.append(f"{'for example' if EVERYTHING in named else 'nearest to it'}: {' or '.join(near)}")
    elif near:
        said.append(f"{'例如' if EVERYTHING in named else '最接近的是'}{'、'.join(near)}")
    said += [_IN_SHORT[language]] if EVERYTHING in named else []
    return (". " if language == "en" else "。").join(said)


def _with_files(example: str, at_hand: Sequence[str]) -> str:
    """An example with the names of files at hand; empty where there are none of a kind that it needs."""
    for name, endings in _FILES.items():
        if name in example:
            names = (path.replace("\\", "/").rpartition("/")[2] for path in at_hand)
            found = next((each for each in names if each.rpartition(".")[2].lower() in endings), None)
            if found is None:
                return ""
            example = example.replace(name, found)
    return example
