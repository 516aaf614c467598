"""Which implementations of which hooks are called in a run, in what order and for how long."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pluggy

from clipline.stage import StageCall

__all__ = ["HookCall", "Tracer"]


@dataclass(frozen=True, slots=True)
class HookCall:
    """One implementation that was called.

    `plugin` is its package and name, `backend:NAME` or `engine`; `about` the stage's path or kind, where there is one;
    `wraps` whether it goes around others; `depth` how many implementations of the same thread it was called in;
    `started` and `seconds` are wall time, from the trace's beginning; `came_to` is the type of what it returned, or
    what it raised.
    """

    hook: str
    plugin: str
    about: str
    wraps: bool
    depth: int
    started: float
    seconds: float
    came_to: str

    def as_json(self) -> dict[str, Any]:
        """The call for programs."""
        return {
            "hook": self.hook,
            "plugin": self.plugin,
            "about": self.about,
            "wraps": self.wraps,
            "depth": self.depth,
            "started": round(self.started, 6),
            "seconds": round(self.seconds, 6),
            "came_to": self.came_to,
        }


class Tracer:
    """Notes every call of the implementations that were given to `watch`."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._here = threading.local()
        self._calls: list[HookCall] = []

    @property
    def calls(self) -> list[HookCall]:
        """All calls so far, in the order in which they began."""
        return sorted(self._calls, key=lambda call: call.started)

    def watch(self, hook: pluggy.HookCaller) -> None:
        """Note the calls of all implementations of a hook."""
        for implementation in hook.get_hookimpls():
            watched = self._watched(hook.name, implementation)
            implementation.function = watched  # type: ignore[misc]  # pluggy tells of no single implementation

    def _watched(self, hook: str, implementation: pluggy.HookImpl) -> Callable[..., Any]:
        function: Callable[..., Any] = implementation.function
        plugin = implementation.plugin_name
        wraps = implementation.wrapper or implementation.hookwrapper

        def answer(*given: Any) -> Any:
            with self._noting(hook, plugin, _about(given), wraps=False) as came_to:
                result = function(*given)
                came_to.append("nothing" if result is None else type(result).__name__)
                return result

        def wrap(*given: Any) -> Generator[Any, Any, Any]:
            with self._noting(hook, plugin, _about(given), wraps=True) as came_to:
                result = yield from function(*given)
                came_to.append("nothing" if result is None else type(result).__name__)
                return result

        return wrap if wraps else answer

    @contextmanager
    def _noting(self, hook: str, plugin: str, about: str, *, wraps: bool) -> Iterator[list[str]]:
        depth = getattr(self._here, "depth", 0)
        self._here.depth = depth + 1
        came_to: list[str] = []
        started = time.perf_counter()
        try:
            yield came_to
        except BaseException as error:
            came_to.append(f"raised {type(error).__name__}")
            raise
        finally:
            self._here.depth = depth
            seconds = time.perf_counter() - started
            said = came_to[0] if came_to else "nothing"
            self._calls.append(HookCall(hook, plugin, about, wraps, depth, started - self._began, seconds, said))


def _about(given: tuple[Any, ...]) -> str:
    """What a call is about: the stage of its `StageCall`, else a stage kind given as text."""
    first = given[0] if given else None
    return first.path if isinstance(first, StageCall) else first if isinstance(first, str) else ""
