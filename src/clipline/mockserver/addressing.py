"""Which of a session's clips a message speaks of: "In beach.mp4: blur the background", "在 beach.mp4 中：…"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from clipline.mockserver.session import MediaFile

__all__ = ["readings"]


def readings(text: str, videos: Sequence[MediaFile]) -> Iterator[tuple[MediaFile | None, str]]:
    """The ways to read a message: a clip that it names, None where it names none, and what it says of it.

    The likeliest comes first: the clip on the track, then another one. There is always one.
    """
    longest = sorted(videos, key=lambda file: len(file.name), reverse=True)
    for file in longest:
        name = rf"[\"“”'「」]?{re.escape(file.name)}[\"“”'「」]?"
        head = re.match(
            rf"\s*(?:in|for|on)\s+{name}\s*[:：,，]\s*|\s*在\s*{name}\s*[中里]\s*[:：,，]?\s*", text, re.IGNORECASE
        )
        if head:
            yield file, text[head.end() :]
            return
    yield None, text
    # A clip that is named may be what another one gets: "replace the background with beach.mp4".
    if any(file.name.casefold() in text.casefold() for file in videos):
        yield from ((file, text) for file in videos if file.name.casefold() not in text.casefold())
    for file in longest:
        mention = re.compile(
            rf"(?:\b(?:in|of|from|for|on|to|use|edit|open|take|with|switch to)\s+(?:the\s+)?(?:clip|video|file)?\s*"
            rf"|在|用|对|给|编辑|打开|切换到|换成)?\s*[\"“”'「」]?(?<![A-Za-z0-9_.\-]){re.escape(file.name)}[\"“”'「」]?\s*(?:[中里]?的|[中里上])?",
            re.IGNORECASE,
        )
        if mention.search(text):
            yield file, mention.sub(" ", text).strip(" :：,，.。")
