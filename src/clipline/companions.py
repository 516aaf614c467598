"""The packages that are kept beside clipline, and the parts that each brings, so that a missing one can be named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

__all__ = ["COMPANIONS", "comes_with"]

#: Each package with the names of its parts, by the word for one such part.
COMPANIONS: Mapping[str, Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        "clipline-apprise": {"channel": ["apprise"]},
        "clipline-contact-sheet": {"post-export step": ["contact_sheet"]},
        "clipline-http": {"backend": ["http"], "command": ["http"], "section": ["http"]},
        "clipline-otio": {
            "stage kind": ["assemble", "consolidate", "export_timeline"],
            "post-export step": ["export_timeline"],
        },
        "clipline-proxy": {"post-export step": ["poster", "proxy", "strip", "waveform"]},
        "clipline-publish": {"stage kind": ["publish"], "post-export step": ["publish"], "section": ["publish"]},
        "clipline-subtitles": {"stage kind": ["subtitles"]},
    }
)


def comes_with(word: str, name: str) -> str:
    """The hint of a complaint about an unknown part; empty where none of these packages brings it.

    Args:
        word: the word for such a part: `stage kind`, `backend`, `channel`, `command`, `section` (of settings), …
        name: its name.
    """
    package = next((package for package, parts in COMPANIONS.items() if name in parts.get(word, ())), "")
    return f"it comes with {package}: pip install {package}" if package else ""
