"""`clipline doctor`: looks for what is wrong with this installation, each finding with what to do about it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from typing import get_args

import click

from clipline.app.checks import Check, finding
from clipline.cli import console
from clipline.cli.catalog import command_faults
from clipline.cli.session import Session, common
from clipline.settings import Settings

#: The width of the first column.
_MARK = 6
_INSTALL_LOCAL = "pip install 'clipline[local]'"
_LOCAL = ("av", "numpy", "opencv-python-headless", "onnxruntime", "pillow", "clipline-models")


@click.command(name="doctor")
@click.option("--mend", is_flag=True, help="Mend what can be mended; without it nothing is changed.")
@common()
def command(session: Session, *, mend: bool) -> int:
    """Look for what is wrong with this installation.

    Ends with 1 where something is, and with 0 where all is well or was mended. Nothing is changed by looking. --mend
    closes the state folder to others, removes what dead runs left behind, and puts a new journal in the place of a
    damaged one: the old one is kept beside it, and what can be read of it saved, what was paid above all.
    """
    checks = list(_checks(session.settings, mend=mend))
    findings = [check for check in checks if not check.ok]
    if session.as_json:
        console.document("doctor", {"ok": not findings, "checks": [check.as_json() for check in checks]})
        return 1 if findings else 0
    width = max(len(check.name) for check in checks)
    for check in checks:
        word = ("mended", "good") if check.mended else ("ok", "good") if check.ok else ("look", "bad")
        mark = console.style(word[0].ljust(_MARK), word[1])
        console.result(f"{mark}  {check.name.ljust(width)}  {console.plain(check.text)}")
        if check.hint and not check.ok:
            console.result(f"{' ' * (_MARK + width + 4)}{console.plain(check.hint)}")
    console.talk(f"\n{_summary(findings)}")
    return 1 if findings else 0


def _summary(findings: Sequence[Check]) -> str:
    if not findings:
        return "all is well"
    can = sum(check.mend is not None for check in findings)
    more = f"; clipline doctor --mend mends {can} of them" if can else ""
    return f"{len(findings)} finding{'s' if len(findings) != 1 else ''}{more}"


def _checks(settings: Settings, *, mend: bool) -> Iterator[Check]:
    from clipline.app.state_checks import state_checks

    version = platform.python_version()
    yield Check("python", sys.version_info >= (3, 11), f"{version} on {platform.system()} {platform.machine()}")
    yield Check("clipline", True, metadata.version("clipline"))
    yield from _local()
    yield from state_checks(settings, mend=mend)
    yield from _line(settings)
    yield from _plugins(settings)


# --- editing on this machine -----------------------------------------------------------------------------------------


def _local() -> Iterator[Check]:
    """The packages of the extra `local`, FFmpeg's libraries in one of them, and the networks."""
    missing = [name for name in _LOCAL if _version(name) is None]
    have = ", ".join(f"{name} {_version(name)}" for name in _LOCAL if _version(name))
    if missing:
        text = f"not installed: {', '.join(missing)}" + (f" (there: {have})" if have else "")
        yield Check("local", False, text, f"editing on this machine needs them: {_INSTALL_LOCAL}")
        return
    yield Check("local", True, have)
    from clipline.studio.installation import ffmpeg_libraries
    from clipline.studio.masks import networks

    with finding("ffmpeg libraries") as found:
        found += [f"{name} {version}" for name, version in ffmpeg_libraries().items()]
    yield found.check
    for name in get_args(networks.NetworkName):
        with finding(f"network {name}") as found:
            networks.load_network(name)
            found.append("whole")
        yield found.check
    yield _fonts()


def _fonts() -> Check:
    """What titles can be written in; that some scripts are missing is no finding, for few people need them all."""
    from clipline.studio.lettering.fonts import scripts

    found = scripts()
    without = ", ".join(name for name, there in found.items() if not there)
    text = ", ".join(name for name, there in found.items() if there)
    return Check(
        "fonts",
        True,
        f"titles in {text}" + (f"; not in {without}, until a font that has them is installed" if without else ""),
    )


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


# --- the way out -----------------------------------------------------------------------------------------------------


def _line(settings: Settings) -> Iterator[Check]:
    """The proxy that the service is reached through, and the certificates that its own is checked by."""
    from clipline.http import certificates, host_of, proxy_for

    with finding("proxy") as found:
        url = str(settings["nemo.api_url"])
        proxy = proxy_for(url)
        found.append(f"{proxy} for {host_of(url)}" if proxy else f"none for {host_of(url)}")
    yield found.check
    with finding("certificates") as found:
        found.append(certificates())
    yield found.check


# --- plugins ---------------------------------------------------------------------------------------------------------


def _plugins(settings: Settings) -> Iterator[Check]:
    from clipline import app

    for info in app.plugins(settings=settings):
        off = "switched off" in info.error
        text = info.error or "; ".join((f"{info.distribution} {info.version}", *info.warnings))
        well = off or not (info.error or info.warnings)
        yield Check(f"plugin {info.name}", well, text, _advice(info.distribution, info.error))
    for fault in (*settings.packages.faults.values(), *command_faults()):
        yield Check("package", False, fault, "update or remove it")


def _advice(distribution: str, error: str) -> str:
    if " is already " in error:
        return "of the two one must go: `plugins.deny` switches a package off"
    return f"update or remove {distribution}"
