"""What there is to say of an installed plugin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["PluginInfo"]


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin as `clipline plugins` shows it: what it adds, or the `error` for which it was left out.

    `seconds` is what it took to load; `warnings` say what its author should change, though it works.
    """

    name: str
    distribution: str
    version: str
    hooks: tuple[str, ...] = ()
    offers: Mapping[str, tuple[str, ...]] | None = None
    error: str = ""
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The plugin for programs."""
        return {
            "name": self.name,
            "distribution": self.distribution,
            "version": self.version,
            "hooks": list(self.hooks),
            "offers": {sort: list(names) for sort, names in (self.offers or {}).items()},
            "error": self.error or None,
            "seconds": round(self.seconds, 3),
            "warnings": list(self.warnings),
        }
