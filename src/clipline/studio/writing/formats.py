"""The containers that the studio writes: their codecs, and what each level of quality means in them.

Everything here is a table, read without importing any codec.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "ENDINGS",
    "FORMATS",
    "QUALITIES",
    "Encoder",
    "Format",
    "FormatName",
    "Quality",
    "able_of_alpha",
    "carries_alpha",
    "format_of",
]

FormatName = Literal["mp4", "mov", "webm", "mkv", "gif", "png", "jpg", "webp", "frames"]
Quality = Literal["low", "medium", "high", "best"]

QUALITIES: tuple[Quality, ...] = ("low", "medium", "high", "best")


@dataclass(frozen=True, slots=True)
class Encoder:
    """One codec of FFmpeg, or format of Pillow for a picture: its name, its pixels, its options by quality."""

    codec: str
    pixels: str
    options: Mapping[Quality, Mapping[str, str]]
    preview: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Format:
    """One container.

    `audio_codec` is None where there is no sound, `audio_rates` are its bits a second by quality; `alpha` is the
    encoder used when the picture is partly transparent, None where the container carries no transparency; `max_fps`
    limits the frame rate by quality, empty where nothing does; `even` says that sides must be even, `picture` that it
    is one picture, which lasts no time.
    """

    name: FormatName
    suffix: str
    muxer: str
    video: Encoder
    alpha: Encoder | None
    audio_codec: str | None = None
    audio_rates: Mapping[Quality, int] | None = None
    muxer_options: Mapping[str, str] | None = None
    max_fps: Mapping[Quality, float] | None = None
    even: bool = True
    picture: bool = False


def _levels(common: Mapping[str, str], name: str, values: tuple[int, int, int, int]) -> dict[Quality, dict[str, str]]:
    return {quality: {**common, name: str(value)} for quality, value in zip(QUALITIES, values, strict=True)}


# x264's own scale: 18 cannot be told from the source by eye, 23 is its default.
_H264 = Encoder(
    "libx264",
    "yuv420p",
    _levels({"preset": "veryfast"}, "crf", (31, 27, 23, 18)),
    {"preset": "ultrafast", "crf": "30"},
)
# VP9's "good" settings take ten times as long; these stay near real time on two cores.
_VP9_FAST = {"deadline": "realtime", "row-mt": "1", "b": "0", "auto-alt-ref": "0", "lag-in-frames": "0"}
_VP9_OPTIONS = _levels({**_VP9_FAST, "cpu-used": "6"}, "crf", (44, 37, 31, 22))
_VP9_PREVIEW = {**_VP9_FAST, "cpu-used": "8", "crf": "45"}
_GIF_OPTIONS = _levels({}, "colors", (64, 128, 256, 256))
_AAC_RATES: dict[Quality, int] = {"low": 96_000, "medium": 128_000, "high": 160_000, "best": 256_000}
_OPUS_RATES: dict[Quality, int] = {"low": 64_000, "medium": 96_000, "high": 128_000, "best": 192_000}
_FIRST_INDEX_THEN_DATA = {"movflags": "+faststart"}
# ProRes 4444 is what editors and QuickTime take for transparency; H.264 has none. Its scale is 118 a step.
_PRORES_OPTIONS = _levels({"profile": "4444", "flags": "+qscale"}, "global_quality", (16 * 118, 11 * 118, 8 * 118, 472))
_PRORES = Encoder("prores_ks", "yuva444p10le", _PRORES_OPTIONS, _PRORES_OPTIONS["low"])
_FRAME: dict[str, str] = {"compression_level": "1"}  # a tenth larger than the best, and four times as fast
_PNG = {"compress_level": "6"}
# Those of Pillow. Without subsampling a JPEG has colours as fine as its brightness, as signs and screens need.
_JPEG_OPTIONS: dict[Quality, dict[str, str]] = {
    "low": {"quality": "70"},
    "medium": {"quality": "82"},
    "high": {"quality": "92", "subsampling": "0"},
    "best": {"quality": "97", "subsampling": "0"},
}
_WEBP_OPTIONS = _levels({"method": "4"}, "quality", (65, 78, 90, 96))

FORMATS: Mapping[FormatName, Format] = {
    "mp4": Format("mp4", ".mp4", "mp4", _H264, None, "aac", _AAC_RATES, _FIRST_INDEX_THEN_DATA),
    "mov": Format("mov", ".mov", "mov", _H264, _PRORES, "aac", _AAC_RATES, _FIRST_INDEX_THEN_DATA),
    "mkv": Format("mkv", ".mkv", "matroska", _H264, None, "aac", _AAC_RATES),
    "webm": Format(
        "webm",
        ".webm",
        "webm",
        Encoder("libvpx-vp9", "yuv420p", _VP9_OPTIONS, _VP9_PREVIEW),
        Encoder("libvpx-vp9", "yuva420p", _VP9_OPTIONS, _VP9_PREVIEW),
        "libopus",
        _OPUS_RATES,
    ),
    "gif": Format(
        "gif",
        ".gif",
        "gif",
        Encoder("gif", "pal8", _GIF_OPTIONS, {"colors": "64"}),
        Encoder("gif", "pal8", _GIF_OPTIONS, {"colors": "64"}),
        max_fps={"low": 10, "medium": 12.5, "high": 20, "best": 25},  # a GIF counts in hundredths of a second
        even=False,
    ),
    "png": Format(
        "png",
        ".png",
        "",
        Encoder("PNG", "rgb24", dict.fromkeys(QUALITIES, _PNG), _PNG),
        Encoder("PNG", "rgba", dict.fromkeys(QUALITIES, _PNG), _PNG),
        even=False,
        picture=True,
    ),
    "jpg": Format(
        "jpg", ".jpg", "", Encoder("JPEG", "rgb24", _JPEG_OPTIONS, _JPEG_OPTIONS["low"]), None, even=False, picture=True
    ),
    "webp": Format(
        "webp",
        ".webp",
        "",
        Encoder("WEBP", "rgb24", _WEBP_OPTIONS, _WEBP_OPTIONS["low"]),
        Encoder("WEBP", "rgba", _WEBP_OPTIONS, _WEBP_OPTIONS["low"]),
        even=False,
        picture=True,
    ),
    "frames": Format(
        "frames",
        "",
        "",
        Encoder("png", "rgb24", dict.fromkeys(QUALITIES, _FRAME), _FRAME),
        Encoder("png", "rgba", dict.fromkeys(QUALITIES, _FRAME), _FRAME),
        even=False,
    ),
}

#: The formats that are files, by the endings of their names.
ENDINGS: Mapping[str, FormatName] = {
    **{known.suffix: known.name for known in FORMATS.values() if known.suffix},
    ".jpeg": "jpg",
}


def format_of(name: str) -> Format:
    """The format of this name.

    Raises:
        ValueError: there is none.
    """
    for known in FORMATS.values():
        if known.name == name:
            return known
    raise ValueError(f"no such format: {name!r}; one of {', '.join(FORMATS)}")


def carries_alpha(name: str) -> bool:
    """Whether a format keeps transparency; a GIF keeps it as all or nothing for each pixel.

    Raises:
        ValueError: there is no such format.
    """
    return format_of(name).alpha is not None


def able_of_alpha(kind: Format) -> str:
    """In words, the formats to name instead of this one where transparency is to be kept."""
    names = [
        "png" if each.name == "frames" else each.name
        for each in FORMATS.values()
        if each.alpha and each.picture == kind.picture
    ]
    return f"{', '.join(names[:-1])} or {names[-1]}"
