"""Operations on sound: music under the clip, the clip's own sound and which of its tracks, the loudness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from clipline.timeline.cutting import seconds_text
from clipline.values import parse_duration

__all__ = ["DUCKED", "LOUDEST", "LOUDNESS_TARGETS", "AudioTrack", "Loudness", "Music", "Sound"]

#: Decibels by which music falls under speech where nothing else is said.
DUCKED = 12.0
#: How many times as loud the clip's own sound may become: +12 dB.
LOUDEST = 4.0
#: Integrated loudness in LUFS by name: what the services play at, EBU R 128, and ATSC A/85.
LOUDNESS_TARGETS: Mapping[str, float] = {
    "streaming": -14.0,
    "youtube": -14.0,
    "spotify": -14.0,
    "tiktok": -14.0,
    "podcast": -16.0,
    "apple": -16.0,
    "broadcast": -23.0,
    "ebu": -23.0,
    "atsc": -24.0,
    "netflix": -27.0,
}


def fades_text(fade_in: float, fade_out: float) -> str:
    """How long something comes and goes, in words; nothing where it does so at once."""
    begins = f" with a {seconds_text(fade_in)}s fade-in" if fade_in else ""
    return begins + (f" with a {seconds_text(fade_out)}s fade-out" if fade_out else "")


def fades_json(fade_in: float, fade_out: float) -> dict[str, float]:
    """The fades that there are."""
    return ({"fade_in": fade_in} if fade_in else {}) | ({"fade_out": fade_out} if fade_out else {})


@dataclass(frozen=True, slots=True)
class Music:
    """A sound file under the clip's own sound, `volume` times as loud as it is.

    It is heard from `start` of the clip, for `duration` (None: to its end), and begins at `offset` of the file; where
    the file ends sooner, it is repeated if `loop`. It comes and goes within `fade_in` and `fade_out`, and is `duck`
    decibels quieter while the clip's own sound is that of somebody who speaks. All times are in seconds.
    """

    key: ClassVar[str] = "music"
    path: str
    volume: float = 0.35
    start: float = 0.0
    duration: float | None = None
    offset: float = 0.0
    fade_in: float = 0.0
    fade_out: float = 0.0
    loop: bool = True
    duck: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{music: FILE, volume: 0..1, start: T, duration: T, offset: T, fade_in: T, …, loop: …, duck: dB}`."""
        duck = data.get("duck", False)
        return cls(
            str(data["music"]),
            float(data.get("volume", 0.35)),
            parse_duration(data.get("start", 0)),
            parse_duration(data["duration"]) if data.get("duration") is not None else None,
            parse_duration(data.get("offset", 0)),
            parse_duration(data.get("fade_in", 0)),
            parse_duration(data.get("fade_out", 0)),
            bool(data.get("loop", True)),
            (DUCKED if duck else 0.0) if isinstance(duck, bool) else float(duck),
        )

    def as_json(self) -> dict[str, Any]:
        """Write the music with its volume and all that differs from what is usual."""
        return {
            "music": self.path,
            "volume": self.volume,
            **({"start": self.start} if self.start else {}),
            **({} if self.duration is None else {"duration": self.duration}),
            **({"offset": self.offset} if self.offset else {}),
            **fades_json(self.fade_in, self.fade_out),
            **({} if self.loop else {"loop": False}),
            **({"duck": self.duck} if self.duck else {}),
        }

    def __str__(self) -> str:
        words = f"add the music {self.path.rpartition('/')[2]} at {seconds_text(self.volume * 100)}%"
        words += f" from {seconds_text(self.offset)}s of the file" if self.offset else ""
        words += f" starting at {seconds_text(self.start)}s" if self.start else ""
        words += "" if self.duration is None else f" for {seconds_text(self.duration)}s"
        words += fades_text(self.fade_in, self.fade_out)
        words += "" if self.loop else " without looping"
        return words + (f" ducked by {seconds_text(self.duck)} dB under speech" if self.duck else "")


@dataclass(frozen=True, slots=True)
class Sound:
    """The clip's own sound becomes `volume` times as loud as it was recorded; 0 takes it away. Music is not touched."""

    key: ClassVar[str] = "sound"
    volume: float = 1.0
    fade_in: float = 0.0
    fade_out: float = 0.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{sound: mute}` or `{sound: 0..4, fade_in: T, fade_out: T}`."""
        volume = 0.0 if data["sound"] == "mute" else float(data["sound"])
        if not 0 <= volume <= LOUDEST:
            raise ValueError(f"the clip's own sound is from 0 to {LOUDEST:g} times as loud as it was")
        fade_in, fade_out = parse_duration(data.get("fade_in", 0)), parse_duration(data.get("fade_out", 0))
        if not volume and (fade_in or fade_out):
            raise ValueError("what is muted has no fades: leave them out, or give a volume")
        return cls(volume, fade_in, fade_out)

    def as_json(self) -> dict[str, Any]:
        """Write `{sound: mute}` or `{sound: 0..4}` with its fades."""
        return {"sound": self.volume or "mute", **fades_json(self.fade_in, self.fade_out)}

    def __str__(self) -> str:
        what = f"set the clip's own sound to {seconds_text(self.volume * 100)}%" if self.volume else "mute the sound"
        return what + fades_text(self.fade_in, self.fade_out)


@dataclass(frozen=True, slots=True)
class Loudness:
    """All that is heard is brought to `target` LUFS (EBU R 128, over the whole clip), peaks at most `peak` dBTP."""

    key: ClassVar[str] = "loudness"
    target: float
    peak: float = -1.0

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{loudness: LUFS, peak: dBTP}`, or with a name of `LOUDNESS_TARGETS`."""
        given, peak = data["loudness"], float(data.get("peak", -1.0))
        target = LOUDNESS_TARGETS.get(str(given).lower())
        target = float(given) if target is None else target
        if not (-40 <= target <= -5 and -9 <= peak <= 0):
            raise ValueError("a loudness is from -40 to -5 LUFS, and its peaks are from -9 to 0 dBTP")
        return cls(target, peak)

    def as_json(self) -> dict[str, Any]:
        """Write `{loudness: LUFS, peak: dBTP}`."""
        return {"loudness": self.target} | ({} if self.peak == -1.0 else {"peak": self.peak})

    def __str__(self) -> str:
        peak = "" if self.peak == -1.0 else f" with peaks under {seconds_text(self.peak)} dBTP"
        return f"normalise the loudness to {seconds_text(self.target)} LUFS{peak}"


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """Of several audio tracks of the clip, this one is heard; they count from 1."""

    key: ClassVar[str] = "audio_track"
    track: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read `{audio_track: NUMBER}`."""
        track = data["audio_track"]
        if isinstance(track, bool) or not isinstance(track, int) or track < 1:
            raise ValueError(f"audio tracks count from 1, and are whole numbers, not {track!r}")
        return cls(track)

    def as_json(self) -> dict[str, Any]:
        """Write `{audio_track: NUMBER}`."""
        return {"audio_track": self.track}

    def __str__(self) -> str:
        return f"use audio track {self.track}"
