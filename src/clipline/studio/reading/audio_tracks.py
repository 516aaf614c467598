"""Which of several sounds of a clip is heard: the one that is asked for, else the one that the file calls usual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clipline.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer

__all__ = ["TrackInfo", "audio_stream", "audio_tracks", "chosen"]


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """One sound of a file: its number from 1 on, its language as the file tells it (ISO 639), and its title."""

    number: int
    codec: str
    layout: str
    language: str = ""
    title: str = ""
    usual: bool = False

    def __str__(self) -> str:
        about = ", ".join(filter(None, (self.language, self.title, self.codec, self.layout)))
        return f"{self.number} ({about})"


def audio_tracks(container: InputContainer) -> tuple[TrackInfo, ...]:
    """The sounds of a file that can be decoded, in their order."""
    return tuple(_track(number, stream) for number, stream in enumerate(_streams(container), 1))


def _streams(container: InputContainer) -> list[Any]:
    return [stream for stream in container.streams.audio if stream.codec_context is not None]


def _track(number: int, stream: Any) -> TrackInfo:
    from av.stream import Disposition

    language, layout = stream.metadata.get("language", ""), stream.codec_context.layout
    return TrackInfo(
        number,
        stream.codec_context.codec.canonical_name,
        {1: "mono", 2: "stereo"}.get(layout.nb_channels, layout.name),
        "" if language == "und" else language,
        stream.metadata.get("title", ""),
        bool(stream.disposition & Disposition.default),
    )


def chosen(tracks: tuple[TrackInfo, ...], number: int | None, name: str) -> TrackInfo | None:
    """The track of this number, else the first usual one, else the first; None where a file has no sound.

    Raises:
        InputError: there is no such track.
    """
    if number is not None and not 1 <= number <= len(tracks):
        there = f"{len(tracks)} audio tracks" if len(tracks) != 1 else "one audio track"
        said = "no sound" if not tracks else f"{there}: {'; '.join(map(str, tracks))}"
        raise InputError(f"{name} has no audio track {number}; it has {said}", hint="choose one of those")
    if number is not None:
        return tracks[number - 1]
    return next((track for track in tracks if track.usual), tracks[0] if tracks else None)


def audio_stream(container: InputContainer, number: int | None = None) -> Any:
    """The stream of the sound that is heard, or None.

    Raises:
        InputError: there is no such track.
    """
    track = chosen(audio_tracks(container), number, container.name.rpartition("/")[2])
    return None if track is None else _streams(container)[track.number - 1]
