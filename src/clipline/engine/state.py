"""What stages see: the state of their scope, and the names that expressions use at their place in the tree."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from clipline.clock import Clock
from clipline.engine.ends import End
from clipline.errors import PluginError, StageFailed
from clipline.journal.rows import dump
from clipline.values import JsonObject

__all__ = ["MAX_STATE", "At", "Scope", "View"]

#: Bytes of a scope's state, as JSON.
MAX_STATE = 64 * 1024


class Scope:
    """The state that the stages of a pipeline, or of an item of a `for_each`, share one after the other.

    `path` is empty for the pipeline, `batch[2]` for an item. A child starts with its parent's state and never
    writes back.
    """

    def __init__(self, path: str, state: JsonObject) -> None:
        self.path = path
        self.state = state
        self._lock = threading.Lock()

    def child(self, path: str, kept: Mapping[str, JsonObject]) -> Scope:
        """A scope inside this one; with the state that the journal kept of it, else with a copy of this one's."""
        return Scope(path, kept.get(path, self.state))

    @contextmanager
    def advancing(self, before: JsonObject, after: JsonObject, path: str) -> Iterator[JsonObject]:
        """Take over what the stage `path` made of the state `before`; gives the whole new state.

        It counts once the block is left without an error, in which it is journalled: what the journal has and what
        the next stage sees can never be in another order. Stages side by side may change different keys.

        Raises:
            PluginError: the state is too large, or no JSON object.
            StageFailed: a stage beside it changed the same key to something else.
        """
        _check_size(after, path)
        with self._lock:
            state = after
            if self.state is not before:
                state = _merged(before, self.state, after, path)
                _check_size(state, path)
            yield state
            self.state = state


def _merged(before: JsonObject, now: JsonObject, after: JsonObject, path: str) -> JsonObject:
    merged = dict(now)
    for key in {*before, *after}:
        if before.get(key) == after.get(key):
            continue
        if now.get(key) not in (before.get(key), after.get(key)):
            raise StageFailed(
                f"a stage beside {path!r} changed {key!r} of the same session at the same time",
                code="state_conflict",
                hint="put them one after the other, or give each a session of its own in a for_each with its own auth",
            )
        if key in after:
            merged[key] = after[key]
        else:
            merged.pop(key, None)
    return merged


def _check_size(state: object, path: str) -> None:
    if not isinstance(state, Mapping):
        raise PluginError(f"the state that {path!r} returned is no JSON object")
    try:
        size = len(dump(dict(state)).encode())
    except (TypeError, ValueError) as error:
        raise PluginError(f"the state that {path!r} returned is not JSON: {error}") from error
    if size > MAX_STATE:
        raise PluginError(f"the state that {path!r} returned is {size} bytes of JSON; {MAX_STATE} are allowed")


@dataclass
class View:
    """The names at one place of the tree: what is fixed there, and how the visible earlier stages ended.

    `fixed` holds inputs, env, secrets, and the names of loops; `run` what `run.…` gives; `files` are the absolute
    paths delivered so far.
    """

    fixed: Mapping[str, Any]
    run: Mapping[str, Any]
    stages: dict[str, JsonObject] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def names(self) -> dict[str, Any]:
        """What `Template.evaluate` takes."""
        return {**self.fixed, "run": self.run, "stages": self.stages}

    def inside(self, **more: Any) -> View:
        """The view of what stands inside a node here: it sees all of this, and is not seen from here."""
        return View({**self.fixed, **more}, self.run, dict(self.stages), list(self.files))

    def add(self, node_id: str, end: End) -> None:
        """A sibling ended."""
        self.stages[node_id] = end.as_names()
        self.files += [file for file in end.files if file not in self.files]

    def told(self, status: str, error: str | None) -> None:
        """The run's status changed."""
        self.run = {**self.run, "status": status, "error": error}


@dataclass(frozen=True, slots=True)
class At:
    """A place of the tree while it is walked: its path, what is visible there, its scope, and the time it has."""

    path: str
    view: View
    scope: Scope
    clock: Clock

    def below(self, name: str) -> At:
        """The place of a part of this one that shares its view."""
        return At(f"{self.path}.{name}" if self.path else name, self.view, self.scope, self.clock)
