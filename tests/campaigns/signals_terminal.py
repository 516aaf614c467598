"""Signals on a real terminal: what a person's shell finds afterwards."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TERMINALS", "Told", "run_terminal"]

TERMINALS: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a terminal."""

    name: str
    wrong: tuple[str, ...]


def run_terminal(name: str) -> Told:
    """Run one."""
    return Told(name, ())
