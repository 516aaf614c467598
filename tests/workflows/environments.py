"""An environment of its own for each engine, with clipline's wheel in it, and what a recipe's page says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
#: Where environments are kept from one call to the next; made anew each time without it.
KEPT = os.environ.get("CLIPLINE_WORKFLOWS")

_T = TypeVar("_T")


def recipe(page: str) -> dict[str, str]:
    """The files that a page of docs/how-to holds, by their names."""
    text = (ROOT / "docs/how-to" / page).read_text("utf-8")
    return dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", text, re.DOTALL))


def make_environment(name: str, packages: list[str], folder: Path) -> Path:
    """A virtual environment with an engine and clipline's wheels; its folder of programs."""
    place = Path(KEPT) / name if KEPT else folder / name
    wheels = folder / "wheels"
    sources = [str(ROOT / "plugins/clipline-models"), str(ROOT)]
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels), *sources)
    models, clipline = (next(wheels.glob(f"{each}-*.whl")) for each in ("clipline_models", "clipline"))
    if not place.exists():
        run(sys.executable, "-m", "venv", str(place))
    pip = [str(place / "bin/python"), "-m", "pip", "install", "--quiet"]
    run(*pip, *packages, str(models), f"{clipline}[local]")
    run(*pip, "--force-reinstall", "--no-deps", str(models), str(clipline))
    return place / "bin"


def run(*command: str, timeout: float = 900, **options: object) -> str:
    """Carry a command out to its end; what it printed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=timeout, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


@dataclass
class Engine:
    """An engine in its folder: `programs` is its environment, `variables` what its processes are given."""

    folder: Path
    programs: Path
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        own = {"PATH": path, "CLIPLINE_STATE": str(self.folder / "state"), "HOME": str(self.folder / "home")}
        self.variables = {**plain, **own, **self.variables}
        (self.folder / "home").mkdir(parents=True, exist_ok=True)

    def call(self, *command: str, timeout: float = 120) -> str:
        """Carry out a program of the environment."""
        program = shutil.which(command[0], path=str(self.programs))
        assert program, command[0]
        return run(program, *command[1:], timeout=timeout, env=self.variables, cwd=self.folder)

    @contextmanager
    def running(self, *command: str, log: str) -> Iterator[subprocess.Popen[bytes]]:
        """A program that works while the `with` lasts; what it says goes to the file `log`."""
        with (self.folder / log).open("wb") as said:
            process = subprocess.Popen(
                [str(self.programs / command[0]), *command[1:]],
                env=self.variables,
                cwd=self.folder,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(30)
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # what it started and left
                process.wait(30)


def until(look: Callable[[], _T], what: str, seconds: float = 180) -> _T:
    """Look again and again until there is something; a limit on hanging, no measure."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"{what}: not within {seconds:g} s"
        time.sleep(0.25)
    return found


def found_in(folder: Path, words: Mapping[str, str]) -> list[str]:
    """Where in a folder's files one of the words stands, the token's own file left out."""
    return [
        f"{name} in {path}"
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "credentials"
        for name, word in words.items()
        if word.encode() in path.read_bytes()
    ]
