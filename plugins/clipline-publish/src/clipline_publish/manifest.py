"""The manifest: a JSON file beside the published ones that lists them all, over many runs, some of them at once.

Nobody can lock a file on every sort of server, so nobody has to. Each stage of a run first writes a list of its own
(`manifest.d/RUN-….json`), and those are the truth. Then it writes `manifest.json`: what stood in it, and every list
that was not in it yet. Then it looks again, and if a list came meanwhile, it does so once more. Whoever writes last has
seen all lists that were there before it wrote; what a slower writer takes away, it puts back itself when it looks
again, and a run that is killed in between leaves it to the next. Of two entries of one name the newer counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from clipline.errors import InputError, ServiceError
from clipline.stage import StageCall
from clipline.values import JsonObject
from clipline_publish.addresses import Address
from clipline_publish.places import Shelf, Terms

__all__ = ["add_to_manifest", "read_manifest"]

VERSION = 1
#: Nobody is that unlucky: each further round means that somebody else wrote in between.
_ROUNDS = 50


def read_manifest(shelf: Shelf, at: Address) -> dict[str, Any]:
    """A manifest as it stands; one without files where there is none.

    Raises:
        InputError: something else is there, which is not overwritten.
    """
    content = shelf.read(at)
    if content is None:
        return _manifest({}, ())
    try:
        found = json.loads(content)
        version = found["clipline_manifest"]
        _by_name(found)
    except (ValueError, TypeError, KeyError):
        hint = "give the manifest another name, or move that file away"
        raise InputError(f"{at} is there and is no manifest", code="publish_manifest", hint=hint) from None
    if version != VERSION:
        raise InputError(
            f"{at} is of version {version}, this package knows {VERSION}",
            code="publish_manifest",
            hint="upgrade clipline-publish, or give the manifest another name",
        )
    return dict(found)


def add_to_manifest(shelf: Shelf, call: StageCall, at: Address, entries: Sequence[JsonObject], terms: Terms) -> None:
    """List files in the manifest; safe to be done again, and beside other runs.

    Raises:
        InputError: what stands at `at` is no manifest.
        ServiceError: others write so often that it does not come to rest.
    """
    lists = at.beside(f"{at.name.removesuffix('.json')}.d/")
    own = lists.beside(f"{call.run_id}-{hashlib.sha256(call.path.encode()).hexdigest()[:8]}.json")
    shelf.write(own, _as_bytes(_manifest(_by_name({"files": entries}), ())), terms)
    for _ in range(_ROUNDS):
        call.clock.check()
        manifest = read_manifest(shelf, at)
        there = {name for name in shelf.names(lists.folder) if name.endswith(".json") and not name.startswith(".")}
        files = _by_name(manifest)
        for name in sorted(there - set(manifest["lists"]) | {own.name}):
            _merge(files, _by_name(read_manifest(shelf, lists.beside(name))))
        merged = _manifest(files, sorted({*there, *manifest["lists"]}))
        if merged != manifest:
            shelf.write(at, _as_bytes(merged), terms)
        # Only what is seen after the last write proves that nothing was lost.
        if merged == manifest or _holds(shelf, at, lists, merged):
            return
    raise ServiceError(f"{at} is written to by others without a pause", code="publish_busy")


def _holds(shelf: Shelf, at: Address, lists: Address, merged: JsonObject) -> bool:
    there = {name for name in shelf.names(lists.folder) if name.endswith(".json") and not name.startswith(".")}
    return there <= set(merged["lists"]) and read_manifest(shelf, at) == merged


def _merge(files: dict[str, JsonObject], others: Mapping[str, JsonObject]) -> None:
    """Take entries in; of two with one name the newer counts, whatever order they come in."""
    for name, entry in others.items():
        known = files.get(name)
        if known is None or _age(entry) >= _age(known):
            files[name] = entry


def _age(entry: JsonObject) -> tuple[str, str]:
    return str(entry["published"]), str(entry["run"])


def _by_name(manifest: JsonObject) -> dict[str, JsonObject]:
    return {entry["name"]: entry for entry in manifest["files"]}


def _manifest(files: Mapping[str, JsonObject], lists: Sequence[str]) -> dict[str, Any]:
    listed = [dict(files[name]) for name in sorted(files)]
    return {"clipline_manifest": VERSION, "files": listed, "lists": list(lists)}


def _as_bytes(manifest: JsonObject) -> bytes:
    return (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
