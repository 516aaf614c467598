"""The one door to OpenTimelineIO and its adapters: imported when first asked for, never with the module."""

from __future__ import annotations

from typing import Any

__all__ = ["ADAPTERS", "BROKEN", "otio", "parse", "serialize"]

#: What OpenTimelineIO calls the adapters of the formats, by the names that options have.
ADAPTERS = {"otio": "otio_json", "edl": "cmx_3600", "fcp7": "fcp_xml"}

#: What adapters raise on a file that is not what it should be: whatever their code happens to run into.
BROKEN = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)


def otio() -> Any:
    """The library."""
    import opentimelineio  # type: ignore[import-untyped]

    return opentimelineio


def serialize(timeline: Any, form: str, **arguments: Any) -> str:
    """An OpenTimelineIO object as the text of a format."""
    text: str = otio().adapters.write_to_string(timeline, ADAPTERS[form], **arguments)
    return text


def parse(text: str, form: str, **arguments: Any) -> Any:
    """The OpenTimelineIO object of a text; no media linker is run, whatever the environment names.

    Raises:
        OTIOError: of OpenTimelineIO, or one of `BROKEN`: the text is no such format.
    """
    policy = otio().media_linker.MediaLinkingPolicy.DoNotLinkMedia
    return otio().adapters.read_from_string(text, ADAPTERS[form], media_linker_name=policy, **arguments)
