"""`clipline plugins`: what is installed, what it adds, and what could not be loaded."""

from __future__ import annotations

import click

from clipline.cli import console
from clipline.cli.session import Session, common


@click.command(name="plugins")
@common()
def command(session: Session) -> int:
    """List the plugins and what they add.

    They stand in the order in which they are loaded. A plugin that cannot be loaded is listed with its error;
    everything else works.
    """
    from clipline import app

    infos = app.plugins(settings=session.settings)
    if session.as_json:
        console.document("plugins", {"plugins": [info.as_json() for info in infos]})
        return 0
    for info in infos:
        owner = f"{info.distribution} {info.version}".strip()
        console.result(f"{console.style(info.name, 'strong')}  {console.style(owner, 'faint')}")
        for sort, names in (info.offers or {}).items():
            console.result(f"    {sort.replace('_', ' ')}: {', '.join(names)}")
        wraps = [hook for hook in info.hooks if hook not in (info.offers or {})]
        if wraps:
            console.result(f"    hooks: {', '.join(wraps)}")
        if info.error:
            console.result(f"    {console.style('error:', 'bad')} {console.plain(info.error)}")
    return 0
