"""The entries of a manifest: what was published, and what is known of where it came from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from clipline.artifacts import sha256_of, sidecar_of
from clipline.stage import StageCall
from clipline.values import JsonObject

__all__ = ["Facts"]

_PUBLISHED = ("name", "public_url", "bytes", "sha256", "content_type", "published")
_MEDIA = ("format", "duration", "width", "height", "fps")


class Facts:
    """Makes the entries of one stage.

    Args:
        call: the stage's or the step's.
        sources: what an export made its files from.
        media: the facts of its file; None where the sidecars of the files tell both, as far as there are any.
    """

    def __init__(self, call: StageCall, sources: Sequence[Path], media: JsonObject | None) -> None:
        self._run = {"run": call.run_id, "pipeline": call.run.get("name", "")}
        self._media = media
        there = [source for source in sources if source.is_file()]
        self._sources = [{"name": source.name, "sha256": sha256_of(source)} for source in there]

    def entry(self, published: JsonObject, made: Path) -> JsonObject:
        """The entry of a file; `made` is what was exported: the file, or the folder that it was in."""
        media = self._media
        sources: list[JsonObject] = [*self._sources]
        if media is None:
            sidecar = _sidecar(made)
            told = sidecar.get("media") or {}
            media = {"format": told.get("container"), **told} if made.is_file() else {}
            sources = [_some(source, ("name", "sha256")) for source in sidecar.get("sources", ())]
        return {**_some(published, _PUBLISHED), "media": _some(media, _MEDIA), **self._run, "sources": sources}


def _sidecar(made: Path) -> JsonObject:
    """What its export wrote beside it; empty where that is not there, or not about what is there now."""
    try:
        told = json.loads(sidecar_of(made).read_bytes())
    except (OSError, ValueError):
        return {}
    is_one = isinstance(told, dict) and told.get("clipline_sidecar") == 1 and told.get("sha256") == sha256_of(made)
    return told if is_one else {}


def _some(facts: JsonObject, names: Sequence[str]) -> JsonObject:
    return {name: facts[name] for name in names if facts.get(name) is not None}
