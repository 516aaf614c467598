"""Imports go down one staircase; this reads every import of every file, in functions and under TYPE_CHECKING too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "clipline"

#: Rooms from the top of the staircase to its foot; a room imports only rooms of lower steps.
STEPS = [
    {"cli", "testing"},
    {"app"},
    {"engine", "report"},
    {"plugin_manager"},
    {"backends", "builtin"},
    {"hookspecs"},
    {"stage"},
    {"mockserver", "nemo"},
    {"studio"},
    {"pipeline", "journal"},
    {"artifacts", "http", "settings"},
    {"timeline"},
    {"events"},
    {"clock"},
    {"errors"},
    {"companions", "installed", "values"},
]
STEP_OF = {room: number for number, rooms in enumerate(STEPS) for room in rooms}

#: The rooms within the studio, in the same way.
STUDIO_STEPS = [
    {"rendering"},
    {"edits"},
    {"checks", "finding"},
    {"masks", "scenes"},
    {"writing"},
    {"audio", "lettering"},
    {"reading"},
    {"pictures"},
    {"extra", "installation", "instructions"},
]
STUDIO_STEP_OF = {room: number for number, rooms in enumerate(STUDIO_STEPS) for room in rooms}

#: Rooms that lie lower and are still none of a room's business.
FORBIDDEN = {
    "nemo": {"studio", "pipeline", "journal"},
    "mockserver": {"nemo", "http"},
    "studio": {"pipeline", "journal"},
}

#: The one door to each dependency: a module, or a room.
DOORS = {
    "httpcore": {"http"},
    "httpx": {"http"},
    "httpx_sse": {"http"},
    "sqlite3": {"journal"},
    "yaml": {"pipeline.source"},
    "jsonschema": {"pipeline.schema"},
    "click": {"cli"},
    "av": {"studio"},
    "cv2": {"studio"},
    "onnxruntime": {"studio"},
    "numpy": {"studio"},
    "PIL": {"studio"},
}


def module_of(path: Path, root: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{name}.{alias.name}" if name == "clipline" else name) for alias in node.names)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, (ast.Name, ast.Attribute))
            and getattr(node.func, "id", getattr(node.func, "attr", "")) in {"import_module", "__import__"}
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            yield node.lineno, str(node.args[0].value)


def violation(module: str, imported: str) -> str | None:
    """Why this module may not import that one; None where it may."""
    room = module.split(".", maxsplit=1)[0]
    if imported.startswith("."):
        return "imports are absolute here"
    if imported == "clipline" or (imported.startswith("clipline.") and imported.split(".")[1].startswith("__")):
        return None if room == "__main__" else "nothing imports the package root"
    if not imported.startswith("clipline."):
        allowed = DOORS.get(imported.split(".", maxsplit=1)[0])
        if allowed is None or any(module == door or module.startswith(f"{door}.") for door in allowed):
            return None
        return f"{imported} comes in through {', '.join(sorted(allowed))} only"
    other = imported.split(".")[1]
    if room == other == "studio":
        return violation_within_studio(module.split(".")[1:], imported.split(".")[2:])
    if room == other or room in {"", "__main__"}:
        return None  # the package root shows what others made
    if room not in STEP_OF or other not in STEP_OF:
        return f"{room if room not in STEP_OF else other} is not a room of the staircase"
    if STEP_OF[other] <= STEP_OF[room]:
        return f"{room} stands below or beside {other}"
    if other in FORBIDDEN.get(room, set()):
        return f"{other} is none of {room}'s business"
    return None


def violation_within_studio(module: list[str], imported: list[str]) -> str | None:
    """The same between rooms of the studio; a folder is a room, and so is a file beside them."""
    if not module or not imported:
        return "modules are imported from where they are" if not imported else None
    room, other = module[0], imported[0]
    if room == other:
        return None
    if room not in STUDIO_STEP_OF or other not in STUDIO_STEP_OF:
        return f"{room if room not in STUDIO_STEP_OF else other} is not a room of the studio"
    return f"{room} stands below or beside {other}" if STUDIO_STEP_OF[other] <= STUDIO_STEP_OF[room] else None


def violations(root: Path) -> list[str]:
    found = []
    for path in sorted(root.rglob("*.py")):
        module = module_of(path, root)
        for line, imported in imports(ast.parse(path.read_text("utf-8"))):
            if why := violation(module, imported):
                found.append(f"{path.relative_to(root)}:{line}: {imported}: {why}")
    return found


def test_every_import_goes_down_the_staircase() -> None:
    assert violations(SOURCE) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("engine/runner.py", "from clipline.cli import main"),
        ("engine/runner.py", "from clipline.app import run"),
        ("engine/runner.py", "from clipline.report import text"),
        ("nemo/client.py", "from clipline.pipeline import model"),
        ("nemo/client.py", "import clipline.studio.rendering.render"),
        ("mockserver/world.py", "from clipline.nemo import protocol"),
        ("mockserver/world.py", "import clipline.http"),
        ("studio/rendering/render.py", "def render():\n    from clipline.journal import store"),
        ("studio/pictures/box.py", "from clipline.studio.finding import detect"),
        ("studio/masks/segment.py", "from clipline.studio.scenes.plate import Plate"),
        ("values.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from clipline.errors import Problem"),
        ("pipeline/model.py", "import yaml"),
        ("pipeline/planner.py", "import jsonschema"),
        ("backends/local.py", "import numpy as np"),
        ("app.py", "import click"),
        ("engine/state.py", "import sqlite3"),
        ("app.py", "import clipline"),
        ("app.py", "from clipline import __version__"),
        ("app.py", "from . import values"),
        ("app.py", "import importlib\nimportlib.import_module('clipline.cli.main')"),
        ("common/things.py", "from clipline.values import Size"),
    ],
)
def test_a_planted_violation_is_caught(tmp_path: Path, file: str, text: str) -> None:
    planted = tmp_path / file
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(text, "utf-8")
    assert len(violations(tmp_path)) == 1
