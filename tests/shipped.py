"""What each shipped pipeline makes of its sample, whoever does the work."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import commands
from clipline.studio.reading.media import probe

__all__ = ["CLOUD_ONLY", "EXPECTED", "REFUSED", "Facts", "assert_made", "facts", "run"]

#: Container, size, seconds.
Facts = tuple[str, str, float]

#: For each pipeline the files that it makes from its sample.
EXPECTED: Mapping[str, Mapping[str, Facts]] = {
    "quick-edit": {"crossing-edited.mp4": ("mp4", "1280x720", 4.0)},
    "remove-people": {"walkers-without-people.mp4": ("mp4", "768x576", 12.0)},
    "batch": {
        "batch-without-person.mp4": ("mp4", "1280x720", 4.0),
        "batch-green.mp4": ("mp4", "1280x720", 4.0),
    },
    "iterate": {
        "crossing-preview.mp4": ("mp4", "852x480", 2.5),
        "crossing-final.mp4": ("mp4", "1280x720", 2.5),
    },
    "vertical-short": {"walkers-short.mp4": ("mp4", "324x576", 10.0)},
}
#: What only a service can do.
CLOUD_ONLY: Mapping[str, Mapping[str, Facts]] = {"generate": {"generated.mp4": ("mp4", "640x360", 10.0)}}
#: What a plan on this machine says of that.
REFUSED = {"generate": "there is no clip to edit"}


def run(folder: Path, *words: str, **variables: str) -> dict[str, Any]:
    """Run a pipeline in a process of its own, in `folder`; its result."""
    own = commands.environment(folder / ".state", **variables)
    done = commands.clipline("run", *words, "--json", "--progress", "none", cwd=folder, env=own, timeout=300)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def facts(path: Path) -> Facts:
    """What a file is."""
    info = probe(path)
    return info.container, f"{info.width}x{info.height}", round(info.duration, 1)


def assert_made(folder: Path, expected: Mapping[str, Facts]) -> None:
    """Whether `folder` holds these videos and no other, no half of one, and beside each what is known of it."""
    assert {path.name: facts(path) for path in folder.glob("*.mp4")} == expected
    assert not list(folder.glob(".*.part*"))
    for path in folder.glob("*.mp4"):
        sidecar = json.loads(Path(f"{path}.json").read_text("utf-8"))
        assert sidecar["bytes"] == path.stat().st_size
