"""`clipline doctor`: looks for what is wrong with this installation, each finding with what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import get_args

import click

from clipline.cli import console
from clipline.cli.catalog import command_faults
from clipline.cli.session import Session, common
from clipline.errors import CliplineError
from clipline.settings import Settings

#: Free bytes below which an edit may not find room.
_LITTLE_DISK = 1 << 30
_INSTALL_LOCAL = "pip install 'clipline[local]'"
_LOCAL = ("av", "numpy", "opencv-python-headless", "onnxruntime", "pillow", "clipline-models")


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at: `ok`, what was seen, and what to do where it is not."""

    name: str
    ok: bool
    text: str
    hint: str = ""

    def as_json(self) -> dict[str, object]:
        """The check for programs."""
        return {"name": self.name, "ok": self.ok, "text": self.text, "hint": self.hint}


@click.command(name="doctor")
@common()
def command(session: Session) -> int:
    """Look for what is wrong with this installation.

    Ends with 1 where something is.
    """
    checks = list(_checks(session.settings))
    findings = [check for check in checks if not check.ok]
    if session.as_json:
        console.document("doctor", {"ok": not findings, "checks": [check.as_json() for check in checks]})
        return 1 if findings else 0
    width = max(len(check.name) for check in checks)
    for check in checks:
        mark = console.style("ok  ", "good") if check.ok else console.style("look", "bad")
        console.result(f"{mark}  {check.name.ljust(width)}  {console.plain(check.text)}")
        if check.hint and not check.ok:
            console.result(f"      {' ' * width}  {check.hint}")
    console.talk(f"\n{len(findings)} finding{'s' if len(findings) != 1 else ''}" if findings else "\nall is well")
    return 1 if findings else 0


def _checks(settings: Settings) -> Iterator[Check]:
    version = platform.python_version()
    yield Check("python", sys.version_info >= (3, 11), f"{version} on {platform.system()} {platform.machine()}")
    yield Check("clipline", True, metadata.version("clipline"))
    yield from _local()
    yield from _state(settings)
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
    from clipline.studio import networks
    from clipline.studio.installation import ffmpeg_libraries

    with _finding("ffmpeg libraries") as found:
        found += [f"{name} {version}" for name, version in ffmpeg_libraries().items()]
    yield found.check
    for name in get_args(networks.NetworkName):
        with _finding(f"network {name}") as found:
            networks.load_network(name)
            found.append("whole")
        yield found.check
    yield _fonts()


def _fonts() -> Check:
    """What titles can be written in; that some scripts are missing is no finding, for few people need them all."""
    from clipline.studio.fonts import scripts

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


# --- where runs are kept ---------------------------------------------------------------------------------------------


def _state(settings: Settings) -> Iterator[Check]:
    """The state folder: there, writable, nobody else's to read, with room; and the journal in it."""
    folder = settings.state_folder
    mode = stat.S_IMODE(folder.stat().st_mode) if folder.is_dir() else 0o700
    with _finding("state folder") as found:
        settings.make_state_folder()
        found.append(str(folder))
    yield found.check
    if not found.check.ok:
        return
    closed = "it holds what you edited, and was open to others until now; it is closed (700)"
    if os.access(folder, os.W_OK):
        yield Check("permissions", not mode & 0o077, f"{mode:o}", closed)
    else:
        yield Check("permissions", False, f"{mode:o}, not to be written", f"chmod 700 {folder}")
    for name, place in (("disk", Path.cwd()), ("disk of the state", folder)):
        free = shutil.disk_usage(place).free
        yield Check(name, free >= _LITTLE_DISK, f"{free / (1 << 30):.1f} GiB free at {place}", "make room")
    with _finding("journal") as found:
        from clipline import app

        journal = app.open_journal(settings)
        try:
            found.append(f"{len(journal.runs())} runs")
        finally:
            journal.close()
    yield found.check


# --- the way out -----------------------------------------------------------------------------------------------------


def _line(settings: Settings) -> Iterator[Check]:
    """The proxy that the service is reached through, and the certificates that its own is checked by."""
    from clipline.http import certificates, host_of, proxy_for

    with _finding("proxy") as found:
        url = str(settings["nemo.api_url"])
        proxy = proxy_for(url)
        found.append(f"{proxy} for {host_of(url)}" if proxy else f"none for {host_of(url)}")
    yield found.check
    with _finding("certificates") as found:
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


class _Found(list[str]):
    """What a check saw; `check` is what came of it."""

    check: Check


@contextmanager
def _finding(name: str) -> Iterator[_Found]:
    """Turn an error into a finding with its hint."""
    found = _Found()
    try:
        yield found
    except CliplineError as error:
        found.check = Check(name, False, error.message, error.hint)
    except Exception as error:  # noqa: BLE001  # a doctor that falls ill helps nobody
        found.check = Check(name, False, f"{type(error).__name__}: {error}")
    else:
        found.check = Check(name, True, ", ".join(found))
