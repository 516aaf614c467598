"""`clipline config`: every setting, its value, and where that comes from."""

from __future__ import annotations

import json
from typing import Any

import click

from clipline.cli import console
from clipline.cli.session import Session, common
from clipline.values import Secret


@click.command(name="config")
@common()
def command(session: Session) -> int:
    """Show every setting and where its value comes from."""
    settings = session.settings
    if session.as_json:
        console.document(
            "config",
            {
                "settings": {n: {"value": settings[n], "origin": settings.origin(n)} for n in settings},
                "files": list(map(str, settings.files)),
                "state": str(settings.state_folder),
                "warnings": list(settings.warnings),
            },
        )
        return 0
    rows = [(name, _shown(settings[name]), settings.origin(name)) for name in settings]
    for line in console.table([("setting", "value", "from"), *rows]):
        console.result(console.plain(line))
    console.result("")
    console.result(f"files read: {', '.join(map(str, settings.files)) or 'none'}")
    console.result(f"state folder: {settings.state_folder}")
    return 0


def _shown(value: Any) -> str:
    if isinstance(value, (str, Secret)):
        return str(value) or "-"
    return "-" if value in (None, []) else json.dumps(value, default=str)
