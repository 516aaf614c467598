"""The suite for a command."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import ClassVar

import pytest

from clipline.testing.conformance.plugin import fail, import_facts
from clipline.testing.scene import HANG_SECONDS

__all__ = ["CommandConformance"]

_GROUP = "clipline.commands"


class CommandConformance:
    """A command of `clipline`: `name` is that of its entry point in the group `clipline.commands`."""

    name: ClassVar[str]
    #: Packages of others that may come with the import, since they are small.
    light: ClassVar[frozenset[str]] = frozenset()

    def test_the_command_is_installed(self) -> None:
        """Its package names it in the group `clipline.commands`."""
        self._point(needed=False)

    def test_its_help_says_what_it_does(self) -> None:
        """`--help` ends with 0, and has a sentence and the options."""
        self._point()
        status, said = self._clipline(self.name, "--help")
        words = [line for line in said.splitlines() if line.strip() and not line.startswith(("Usage:", "Options:"))]
        if status or "--help" not in said or len(words) < 2:
            fail(f"`clipline {self.name} --help` ended with {status}:\n{said}", "give the command a docstring")

    def test_the_list_of_commands_tells_of_it_and_imports_it_not(self) -> None:
        """`clipline --help` must stay as quick as it was."""
        module = self._point().module
        said = _python(
            f"import sys; from clipline.cli.main import run; run(['--help']); print({module!r} in sys.modules)"
        )
        if self.name not in said:
            fail(f"`clipline --help` does not list {self.name!r}", "is another command of that name?")
        if said.strip().endswith("True"):
            fail(f"`clipline --help` imports {module}", "import it nowhere but in its own package")

    def test_importing_the_command_does_no_work(self) -> None:
        """No network, no file written, no process, no heavy module."""
        found = import_facts(self._point().value)
        if found["failed"] or found["did"]:
            fail(f"importing it does work: {found['did'] or found['failed']}", "move that into the command's function")
        if heavy := sorted(set(found["brought"]) - {"click"} - self.light):
            fail(f"importing it imports {', '.join(heavy)}", "import them inside the functions that use them")

    def test_what_is_typed_wrong_is_told_without_a_traceback(self) -> None:
        """Exit status 2, and a line that says what is wrong."""
        self._point()
        status, said = self._clipline(self.name, "--no-such-option-anywhere")
        if status != 2 or "Traceback" in said or "no-such-option" not in said:
            fail(f"an unknown option ends with {status}:\n{said}", "let click read the options")

    def _point(self, *, needed: bool = True) -> EntryPoint:
        found = _points().get(self.name)
        if found is None and needed:
            pytest.skip("needs test_the_command_is_installed")
        if found is None:
            fail(
                f"no installed package has a command {self.name!r}", f'name it under [project.entry-points."{_GROUP}"]'
            )
        return found

    def _clipline(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "clipline", *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=HANG_SECONDS,
        )
        return done.returncode, done.stdout + done.stderr


@functools.cache
def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=_GROUP)}


def _python(code: str) -> str:
    """What a fresh interpreter prints."""
    path = os.pathsep.join([*(each for each in sys.path if each), str(Path.cwd())])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    return done.stdout + done.stderr
