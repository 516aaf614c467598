"""What others build on: every public name with its signature, as text.

    python tests/contract_surface.py --write

writes it down as it is now; do that when it changes on purpose, and say so in the changelog.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

PINNED = Path(__file__).resolve().parent / "data" / "public_surface.txt"

#: The modules whose `__all__` is promised; docs/reference/stability.md lists them.
PUBLIC = (
    "clipline",
    "clipline.stage",
    "clipline.hookspecs",
    "clipline.errors",
    "clipline.clock",
    "clipline.values",
    "clipline.events",
    "clipline.timeline",
    "clipline.settings",
    "clipline.artifacts",
    "clipline.http",
    "clipline.pipeline.described",
    "clipline.testing",
    "clipline.cli.session",
    "clipline.cli.console",
    "clipline.cli.groups",
    "clipline.studio.reading.media",
    "clipline.studio.rendering.render",
    "clipline.studio.reading.decode",
    "clipline.studio.lettering.captions",
    "clipline.studio.writing.contact_sheet",
    "clipline.studio.extra",
)


def lines() -> Iterator[str]:
    """A line for each name, and for each method and field of a class."""
    for module in PUBLIC:
        home = importlib.import_module(module)
        for name in sorted(home.__all__):
            yield from _told(f"{module}.{name}", getattr(home, name))


def _told(name: str, value: object) -> Iterator[str]:
    if inspect.isclass(value):
        yield f"{name}: class"
        if dataclasses.is_dataclass(value):
            for field in dataclasses.fields(value):
                if not field.name.startswith("_"):
                    yield f"{name}.{field.name}: {field.type}{'' if _required(field) else ' (optional)'}"
        for method, function in sorted(vars(value).items()):
            plain = function.__func__ if isinstance(function, (classmethod, staticmethod)) else function
            if isinstance(function, property):
                yield f"{name}.{method}: property"
            elif inspect.isfunction(plain) and not method.startswith("_"):
                yield f"{name}.{method}{_signature(plain)}"
    elif inspect.isfunction(value):
        yield f"{name}{_signature(value)}"
    else:
        yield f"{name}: {type(value).__name__}"


def _signature(function: object) -> str:
    """The signature without types, which may be told in other words, but with what can be left out."""
    assert callable(function)
    parameters = inspect.signature(function).parameters.values()
    plain = [
        each.replace(annotation=inspect.Parameter.empty, default=each.empty if each.default is each.empty else ...)
        for each in parameters
    ]
    return str(inspect.Signature(plain)).replace("=Ellipsis", "=…")


def _required(field: dataclasses.Field[object]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


if __name__ == "__main__":
    text = "".join(f"{line}\n" for line in lines())
    if "--write" in sys.argv:
        PINNED.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)
