"""The secrets of a part: used for real, then looked for in all that a run shows and leaves."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clipline.errors import CliplineError
from clipline.settings import Settings
from clipline.testing.conformance.plugin import fail
from clipline.testing.conformance.trouble import changed
from clipline.testing.scene import Ending, Job, Scene
from clipline.values import Secret

__all__ = ["Trail", "leaks_of", "secrets_of", "with_secrets"]

#: Where something stands in a pipeline: keys and indexes from its top.
Trail = tuple[str | int, ...]
#: The engine takes no shorter values out of texts.
_SHORTEST = 6


def with_secrets(job: Job, trails: Sequence[Trail], *, strict: bool = False) -> Job:
    """The job with the texts at `trails` of its pipeline as references to variables, as a person gives secrets.

    With `strict` a test fails where nothing stands at any of them, or what is too short to be looked for.
    """
    environment: dict[str, str] = {}

    def hide(text: str) -> str:
        if strict and len(text) < _SHORTEST:
            fail(f"the secret {text!r} is too short to be looked for", f"give one of {_SHORTEST} characters or more")
        name = f"canary_{len(environment)}"
        environment[name.upper()] = text
        return f"${{{{ secrets.{name} }}}}"

    pipeline = json.loads(json.dumps(job.pipeline))
    found = [_hide_at(pipeline, trail, hide) for trail in trails]
    if strict and trails and not any(found) and not _secret_settings(job.settings):
        named = ", ".join(sorted({str(trail[-1]) for trail in trails}))
        fail(f"options() gives no value for {named}, which may hold a secret", "give one, so that it is looked for")
    if environment:
        pipeline["secrets"] = {name.lower(): f"env:{name}" for name in environment}
    return replace(job, pipeline=pipeline, environment={**job.environment, **environment})


def secrets_of(job: Job) -> list[str]:
    """The values in a job that nobody may see: those of its variables, and its settings that are secrets."""
    given = [value for name, value in job.environment.items() if name.startswith("CANARY_")]
    return list(dict.fromkeys([*given, *_secret_settings(job.settings)]))


def leaks_of(job: Job, scene: Scene, ending: Ending) -> list[str]:
    """Where a secret of a job can be seen."""
    forms = [(value, form) for value in secrets_of(job) for form in _forms(value)]
    return [
        f"{where} has {_shortened(value)}"
        for where, data in _seen(scene, ending)
        for value in sorted({value for value, form in forms if form in data})
    ]


def _hide_at(pipeline: Any, trail: Trail, hide: Any) -> bool:
    """Replace what stands at the trail by references; whether something stands there."""
    holder = pipeline
    for step in trail[:-1]:
        try:
            holder = holder[step]
        except (KeyError, IndexError, TypeError):
            return False
    last = trail[-1]
    if not isinstance(holder, dict) or last not in holder:
        return False
    holder[last] = changed(holder[last], hide)
    return True


def _secret_settings(given: Mapping[str, Any]) -> list[str]:
    try:
        settings = Settings.load(overrides=given, environ={})
        values = [settings[name] for name in given]
    except CliplineError as error:
        fail(f"the settings cannot be read: {error.message}", "give settings() as `--set` takes them")
    return [value.reveal() for value in values if isinstance(value, Secret)]


def _forms(value: str) -> set[bytes]:
    """A value as it is, inside JSON, in an address, and in base64."""
    encoded = base64.b64encode(value.encode()).rstrip(b"=")[:-1].decode()
    return {text.encode() for text in (value, json.dumps(value)[1:-1], quote(value, safe=""), encoded)}


def _seen(scene: Scene, ending: Ending) -> Iterator[tuple[str, bytes]]:
    """All that there is to see of a run; the file that is made for tokens, for this user's eyes only, is not meant."""
    yield "what it printed and logged", ending.said.encode()
    yield "its events", json.dumps(list(ending.events)).encode()
    yield "its result", json.dumps([ending.result, ending.raised], ensure_ascii=False).encode()
    for folder in (scene.state, scene.out, scene.temporary):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not _is_token_file(path):
                yield str(path.relative_to(scene.folder)), str(path).encode() + path.read_bytes()


def _is_token_file(path: Path) -> bool:
    private = path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
    return private and path.parent.name == "credentials"


def _shortened(value: str) -> str:
    return value[:3] + "…"
