"""The agent behind the mock: reads a message and decides what it does, says and costs.

A message is one of three kinds. An `edit` was understood and costs, even where it changes nothing. A `generation` makes
a clip from words. `talk` is all else, a question back or an answer to one: it changes nothing and costs nothing.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Literal

from clipline.errors import Refused
from clipline.mockserver.addressing import readings
from clipline.mockserver.drafts import (
    ASSUMED_SECONDS,
    Draft,
    apply_all,
    current,
    to_timeline,
    with_clip,
    with_generated,
    with_timeline,
    with_wish,
)
from clipline.mockserver.options import MockOptions
from clipline.mockserver.prompts import Prompt, read_prompt, splits
from clipline.mockserver.scenarios import edit_turn, generation_turn, phrase, talk_turn
from clipline.mockserver.session import MediaFile, SessionView
from clipline.mockserver.stream import Emission
from clipline.studio.instructions import Understanding, interpret
from clipline.timeline import Background, Crop, Join, Media, Music, Operation, Segment, Timeline, Title, Track, Trim
from clipline.values import JsonObject

__all__ = ["AgentTurn", "answer"]

_TITLE_SECONDS = 3.0
_MUSIC = ("Lo-fi", 0.35)
#: Small, so that the mock makes it fast.
_WIDE = (640, 360)
_HAN = re.compile("[\u3400-\u9fff]")
_TOPICS = {
    "credits": re.compile(r"\bcredits?\b|\bbalance\b|\bbilling\b|积分|余额", re.IGNORECASE),
    "export": re.compile(r"\bexport\b|\bdownload\b|\bsend me\b|导出|下载", re.IGNORECASE),
    "status": re.compile(r"\bstatus\b|\btracks?\b|状态|轨道", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """What a message led to.

    Attributes:
        emissions: what is streamed, with pauses.
        draft: the draft afterwards; what it was where nothing changed.
        generated: how many clips were generated in this turn.
        kind: what is charged for; `talk` costs nothing.
    """

    emissions: tuple[Emission, ...]
    draft: Draft
    generated: int
    kind: Literal["edit", "generation", "talk"]


def answer(session: SessionView, text: str, rng: random.Random, options: MockOptions) -> AgentTurn:
    """Answer one message.

    Args:
        session: as it stands; nothing in it is changed.
        text: what the person or their client wrote, in English or Chinese. `In NAME: …` and `在 NAME 中：…` speak of
            one of several clips, and so does a sentence that names another clip and makes sense without it.
        rng: decides whatever is left to chance.
        options: how the mock behaves.
    """
    return _Conversation(session, _language(text, session, options), rng, options).answer(text)


def _language(text: str, session: SessionView, options: MockOptions) -> str:
    if options.language != "auto":
        return options.language
    chinese, latin = len(_HAN.findall(text)), len(re.findall("[A-Za-z]{2,}", text))
    if chinese == latin:
        return "zh" if session.language == "zh" else "en"
    return "zh" if chinese > latin else "en"


class _Cannot(Exception):
    """What was understood cannot be done; the text is the answer."""


@dataclass(frozen=True, slots=True)
class _Conversation:
    """One message's surroundings."""

    session: SessionView
    language: str
    rng: random.Random
    options: MockOptions

    def answer(self, text: str) -> AgentTurn:
        empty = not current(self.session.draft) and not self._videos
        if empty and (made := self._generation(text, describes=True)):
            return made
        refusals: list[Refused] = []
        for file, words in readings(text, self._videos):
            try:
                understood = self._understood(file, words)
            except Refused as error:
                refusals.append(error)
                continue
            try:
                return self._edit(file, understood)
            except _Cannot as error:
                return self._talk(str(error))
        return self._generation(text) or self._question(text, refusals[0], empty=empty)

    @property
    def _videos(self) -> Sequence[MediaFile]:
        return [file for file in self.session.files if file.file_type == "video"]

    def _talk(self, said: str) -> AgentTurn:
        emissions = talk_turn(said, rng=self.rng, options=self.options)
        return AgentTurn(emissions, dict(self.session.draft), 0, "talk")

    def _question(self, text: str, refusal: Refused, *, empty: bool) -> AgentTurn:
        """An answer to what is no edit: where to click, else a question."""
        for topic, words in _TOPICS.items():
            if words.search(text):
                return self._talk(phrase(topic, self.language))
        if empty:
            return self._talk(phrase("no_clip", self.language))
        return self._talk(phrase("question", self.language, why=refusal.message))

    # --- edits -------------------------------------------------------------------------------------------------------

    def _with(self, file: MediaFile | None) -> Draft:
        """The draft showing this clip; the one that it shows where none is meant, else the newest."""
        draft = self.session.draft
        if file is None and not current(draft) and self._videos:
            file = self._videos[-1]
        return with_clip(draft, file) if file else dict(draft)

    def _understood(self, file: MediaFile | None, words: str) -> Understanding | None:
        """What the words ask for, None where they only name a clip.

        Raises:
            Refused: they are not understood.
        """
        if file is not None and not re.search(r"\w", words):
            return None
        draft = self._with(file)
        materials = [other.name for other in self.session.files if other.name != current(draft)]
        length = to_timeline(draft).duration or None
        return interpret(words, materials=materials, default_duration=length)

    def _edit(self, file: MediaFile | None, understood: Understanding | None) -> AgentTurn:
        """Do it.

        Raises:
            _Cannot: there is nothing to work on, or a file is not at hand.
        """
        draft = self._with(file)
        operations: Sequence[Operation] = ()
        if understood is not None:
            operations = [self._at_hand(operation) for operation in understood.operations]
            if not current(draft):
                raise _Cannot(phrase("no_clip", self.language))
            try:
                draft = with_wish(apply_all(draft, operations, self._length), understood.export.as_json())
            except ValueError as error:
                raise _Cannot(phrase("question", self.language, why=str(error))) from error
        asked: list[JsonObject] = [operation.as_json() for operation in operations]
        said = self._said(understood, draft)
        emissions = edit_turn(said, asked, draft, language=self.language, rng=self.rng, options=self.options)
        return AgentTurn(emissions, draft, 0, "edit")

    def _said(self, understood: Understanding | None, draft: Draft) -> str:
        if understood is None:
            return phrase("switched", self.language, name=current(draft))
        if draft == self.session.draft:
            return phrase("same", self.language)
        what = [*understood.notes] or [str(operation) for operation in understood.operations]
        return phrase("done", self.language, what=("；" if self.language == "zh" else "; ").join(what))

    def _at_hand(self, operation: Operation) -> Operation:
        """The operation with the uploaded file's name where it brings in a file; paths of other machines are none."""
        match operation:
            case Background(fill=Media(path=path)):
                return Background(Media(self._uploaded(path)))
            case Music(path=path):
                return replace(operation, path=self._uploaded(path))
            case Join(paths=paths):
                return replace(operation, paths=tuple(map(self._uploaded, paths)))
            case _:
                return operation

    def _length(self, name: str) -> float:
        """How long an uploaded clip is, in seconds; an image stands for any time."""
        file = next(file for file in self.session.files if file.name == name)
        return inf if file.file_type == "image" else file.duration or ASSUMED_SECONDS

    def _uploaded(self, path: str) -> str:
        base = re.split(r"[/\\]", path)[-1]
        for name in (path, base):
            if any(file.name == name for file in self.session.files):
                return name
        raise _Cannot(phrase("no_file", self.language, name=base))

    # --- generation --------------------------------------------------------------------------------------------------

    def _generation(self, text: str, *, describes: bool = False) -> AgentTurn | None:
        """A clip made from the words, in two stages; None where they do not ask for one."""
        prompt, operations = self._wished(text, describes=describes)
        if prompt is None:
            return None
        if not prompt.subject:
            return self._talk(phrase("subject", self.language))
        width, height = reversed(_WIDE) if prompt.upright else _WIDE
        raw = with_generated(self.session.draft, prompt.subject, prompt.seconds, width, height)
        asked = next((operation.text for operation in operations if isinstance(operation, Title)), prompt.title)
        title = asked or (prompt.subject if self.language == "zh" else prompt.subject.title())
        try:
            final = apply_all(self._finished(raw, prompt, title, operations), operations)
        except ValueError as error:
            return self._talk(phrase("question", self.language, why=str(error)))
        said = (
            phrase("raw", self.language, subject=prompt.subject),
            phrase("made", self.language, seconds=prompt.seconds, subject=prompt.subject, title=title),
        )
        made = {"type": "video", "title": prompt.subject, "duration": prompt.seconds, "width": width, "height": height}
        emissions = generation_turn(
            {"prompt": prompt.subject, "duration": prompt.seconds},
            raw,
            final,
            said=said,
            media=[made],
            language=self.language,
            rng=self.rng,
            options=self.options,
        )
        return AgentTurn(emissions, final, 1, "generation")

    def _wished(self, text: str, *, describes: bool) -> tuple[Prompt | None, Sequence[Operation]]:
        """The clip wished for, and what is to be done with it."""
        whole = read_prompt(text, describes=describes)
        for wish, rest in splits(text):
            prompt = read_prompt(wish, describes=describes)
            if whole is None or prompt is None:
                break
            try:
                operations = interpret(rest, default_duration=prompt.seconds).operations
            except Refused:
                continue
            changes = [operation for operation in operations if not isinstance(operation, Trim | Crop)]
            if len(changes) < len(operations):  # a length or a shape is of the clip to be made
                prompt = replace(prompt, seconds=whole.seconds, upright=whole.upright)
            return prompt, changes
        return whole, ()

    @staticmethod
    def _finished(raw: Draft, prompt: Prompt, title: str, operations: Sequence[Operation]) -> Draft:
        """The raw clip with music, and a title unless one is asked for anyway."""
        timeline = to_timeline(raw)
        name, volume = _MUSIC
        music = Track("audio", (Segment(name, prompt.seconds, start=0.0, volume=volume),))
        scored = with_timeline(raw, Timeline((*timeline.tracks, music), timeline.width, timeline.height, timeline.fps))
        if any(isinstance(operation, Title) for operation in operations):
            return scored
        return apply_all(scored, [Title(title, duration=min(_TITLE_SECONDS, prompt.seconds))])
