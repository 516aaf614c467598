"""What the agent says, and the order in which it does things: a turn of each kind as a list of emissions.

Everything random is drawn from the generator given, so that the same seed plays the same turn. Pauses are a hundredth
of what the service usually takes: 10 to 30 s for an edit, 100 to 300 s for a clip, 5 to 15 s for talk.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import get_args

from clipline.mockserver.options import MockOptions
from clipline.mockserver.stream import Beat, BeatForm, Call, Delta, Emission, Pause, Raw, Result, Say
from clipline.values import JsonObject

__all__ = [
    "APOLOGY",
    "GUI_TALK",
    "apology",
    "edit_turn",
    "generation_turn",
    "heartbeats",
    "long_line",
    "odd_events",
    "phrase",
    "separators",
    "talk_turn",
]

APOLOGY = "I encountered a temporary issue. Please try again later."

#: Talk of buttons and panels, as the service gives it to people who have none, by language.
GUI_TALK: Mapping[str, Sequence[str]] = {
    "en": (
        "You can click Export button in the upper right corner to save your video.",
        "Open the Effects panel to fine-tune it.",
        "Drag the clip on the timeline to move it.",
        "You can preview in timeline to see how it looks.",
        "Click on the segment to adjust it further.",
    ),
    "zh": (
        "点击导出按钮即可保存视频。",
        "打开特效面板可以继续调整。",
        "拖拽片段可以改变它的位置。",
        "您可以在时间线中预览效果。",
        "点击片段可以进一步调整。",
    ),
}

_PHRASES: Mapping[str, Mapping[str, str]] = {
    "en": {
        "done": "Done: {what}.",
        "same": "I have looked at your clip; nothing had to be changed.",
        "switched": "Now working on {name}.",
        "wish": "the video will be exported as {what}",
        "thought": "The user wants an edit. I should call the timeline tool.",
        "question": "I am not sure what you mean: {why}. Could you tell me what to change, and how?",
        "no_clip": "There is no clip in this project yet. Upload one, or say what I should generate, like: "
        "generate a 5-second video of a beach at sunset.",
        "no_file": "I cannot find {name} among the uploaded files. Could you upload it?",
        "subject": "What should the video show?",
        "raw": "The raw clip of {subject} is ready. Now I am adding music and a title.",
        "made": "Your video is ready: {seconds:g} seconds of {subject}, with music and the title “{title}”.",
        "credits": "Please check account settings and click the Billing tab to see your credits.",
        "export": "Click Export button in the upper right corner to download your video.",
        "status": "You can preview in timeline; open the Tracks panel to see all of them.",
    },
    "zh": {
        "done": "已完成：{what}。",
        "same": "我看过了您的视频，没有需要修改的地方。",
        "switched": "现在处理 {name}。",
        "wish": "导出为 {what}",
        "thought": "用户想要编辑视频，我应该调用时间线工具。",
        "question": "我不太明白您的意思：{why}。请告诉我要修改什么、怎么修改？",
        "no_clip": "项目里还没有视频。请先上传，或者告诉我生成什么，例如：生成一个5秒的海边日落视频。",
        "no_file": "在已上传的文件里找不到 {name}，请先上传。",
        "subject": "视频里应该有什么内容？",
        "raw": "{subject}的原始片段已生成，正在添加音乐和标题。",
        "made": "视频已经做好：{seconds:g} 秒的{subject}，配有音乐和标题“{title}”。",
        "credits": "请打开账户面板，点击“账单”查看积分。",
        "export": "点击右上角的导出按钮即可下载视频。",
        "status": "您可以在时间线中预览，打开轨道面板查看全部轨道。",
    },
}

_EDIT_PAUSES = (0.1, 0.3)
_GENERATION_PAUSES = (1.0, 3.0)
_TALK_PAUSES = (0.05, 0.15)
_PARTIAL_SHARE = 0.5
_THOUGHT_SHARE = 0.5
_APOLOGY_SHARE = 0.05


def phrase(key: str, language: str, **values: object) -> str:
    """What the agent says in this language."""
    return _PHRASES[language][key].format(**values)


# --- whole turns -----------------------------------------------------------------------------------------------------


def edit_turn(
    said: str,
    operations: Sequence[JsonObject],
    draft: JsonObject,
    *,
    language: str,
    rng: random.Random,
    options: MockOptions,
) -> tuple[Emission, ...]:
    """An edit: the tool is called, the draft changes, and then there is an answer, or in some turns none at all."""
    silent = rng.random() < options.silent
    return (
        *_beginning(language, rng, options),
        Call("edit_timeline", {"operations": list(operations)}),
        _pause(_EDIT_PAUSES, rng),
        Result("edit_timeline", {"status": "ok"}, {"draft": draft}),
        *(() if silent else _answer(said, language, rng, options)),
    )


def talk_turn(said: str, *, rng: random.Random, options: MockOptions) -> tuple[Emission, ...]:
    """Words and nothing else."""
    return (
        *(Beat(form) for form in _forms(options.heartbeats, rng)),
        _pause(_TALK_PAUSES, rng),
        *_spoken(said, rng),
    )


def generation_turn(
    prompt: JsonObject,
    raw: JsonObject,
    final: JsonObject,
    *,
    said: tuple[str, str],
    media: Sequence[JsonObject],
    language: str,
    rng: random.Random,
    options: MockOptions,
) -> tuple[Emission, ...]:
    """A clip from words: first it stands alone in the draft `raw`, then music and a title are there, in `final`.

    `said` are the words at both points, `media` the session's generated media with the new clip.
    """
    return (
        *_beginning(language, rng, options),
        Call("generate_video", prompt),
        _pause(_GENERATION_PAUSES, rng),
        Result("generate_video", {"status": "ok", "count": len(media)}, {"generated_media": list(media)}),
        Delta({"draft": raw}),
        Say(said[0]),
        *(Beat(form) for form in _forms(options.heartbeats, rng)),
        Call("add_music", {"mood": "lofi"}),
        _pause(_EDIT_PAUSES, rng),
        Result("add_music", {"hits": 3}),
        Call("add_title", {"op": "add_title"}),
        _pause(_EDIT_PAUSES, rng),
        Result("add_title", {"status": "ok"}, {"draft": final}),
        *_answer(said[1], language, rng, options),
    )


def _beginning(language: str, rng: random.Random, options: MockOptions) -> tuple[Emission, ...]:
    thought = [Say(phrase("thought", language), thought=True)] if rng.random() < _THOUGHT_SHARE else []
    return (*thought, *(Beat(form) for form in _forms(options.heartbeats, rng)))


def _answer(said: str, language: str, rng: random.Random, options: MockOptions) -> tuple[Emission, ...]:
    """The answer to work that was done, in some turns with GUI talk, rarely with an apology for nothing."""
    space = "" if language == "zh" else " "
    talk = [rng.choice(GUI_TALK[language])] if rng.random() < options.gui_talk else []
    sorry = apology() if rng.random() < _APOLOGY_SHARE else ()
    return (*_spoken(space.join([said, *talk]), rng), *sorry)


def _spoken(text: str, rng: random.Random) -> tuple[Emission, ...]:
    """A text, in some turns in pieces first."""
    if rng.random() >= _PARTIAL_SHARE or len(text) < 2:
        return (Say(text, last=True),)
    cuts = sorted({0, len(text), *(rng.randrange(1, len(text)) for _ in range(3))})
    pieces = [text[a:b] for a, b in pairwise(cuts)]
    return (*(Say(piece, partial=True) for piece in pieces), Say(text, last=True))


def _pause(between: tuple[float, float], rng: random.Random) -> Pause:
    return Pause(round(rng.uniform(*between), 3))


def _forms(count: int, rng: random.Random) -> Sequence[BeatForm]:
    return [rng.choice(get_args(BeatForm)) for _ in range(count)]


# --- single scenes, for faults to put into a stream ------------------------------------------------------------------


def heartbeats(count: int, seconds: float, form: BeatForm = "typed") -> tuple[Emission, ...]:
    """So many heartbeats with so many seconds before each, and nothing else."""
    return tuple(each for _ in range(count) for each in (Pause(seconds), Beat(form)))


def apology() -> tuple[Emission, ...]:
    """The apology that the service sometimes adds after everything went well."""
    return (Say(APOLOGY),)


def separators() -> tuple[Emission, ...]:
    """Text with U+2028, U+2029, U+0085, a tab and a vertical tab in it; none of them ends a line of the stream."""
    return (Say("one\u2028two\u2029three\x85four\tfive\x0bsix"),)


def long_line(length: int = 400_000) -> tuple[Emission, ...]:
    """A change of state whose line is at least this many bytes long."""
    return (Delta({"log": "x" * length}),)


def odd_events() -> tuple[Emission, ...]:
    """Events that nobody wrote down: unknown types and fields, other JSON than objects, and no JSON at all."""
    odd = (b'{"type":"plan","steps":[1,2]}', b"[1,2,3]", b'"text"', b"null", b"ping", b'{"content":null}', b"{}")
    return tuple(Raw(b"data: " + data + b"\n\n") for data in odd)
