"""Runs every gate, prints each one's seconds, and ends with what failed.

A gate that fails does not stop the others: one run shows everything that is wrong. Gates that use one core run three
at a time, since they often wait for servers, each telling what it said when it ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PYTEST = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

#: The checks of the kit that take longest; `make packages` runs them for every package, and `make conformance` for
#: every part of clipline.
LONG = "goes_wrong_is_told_in_words or no_secret_is_shown_or_kept or stops_when_it_is_told_to or is_killed_ends_well"
SHORT = ["-k", f"not ({LONG})"]
#: A part of each campaign, always the same one; `make campaigns` runs them whole.
CAMPAIGNS = {
    "fault_matrix": "--sample 60",
    "fault_pairs": "--sample 20",
    "account_rows": "--sample 4",
    "crash_points": "--sample 6",
    "disk_faults": "--sample 4",
    "journals": "--sample 2",
    "signals": "--sample 3 --terminals 2 --slack 5",
    "clock_jumps": "--sample 6",
    "frozen": "--sample 4 --only mock --seed 3",
    "crowd": "--runs 6 --lanes 6 --only one",
    "soak": "--edits 60 --local 0",
    "hostile_servers": "--sample 16 --seed 3",
    "hostile_files": "--sample 20 --seed 7",
    "hostile_plugins": "--sample 4",
    "fuzz": "--sample 10",
}
#: Gates that take both cores; in those of e2e much is waiting.
WIDE: dict[str, list[str]] = {
    "unit": [*PYTEST, "-n", "3", *SHORT, "-m", "not campaign", "tests/unit", "tests/contract"],
    "e2e": [*PYTEST, "-n", "3", "-m", "not campaign", "--durations", "12", "tests/e2e"],
}
#: About the longest first, so that none is left alone at the end.
NARROW: dict[str, list[str]] = {
    "docs": [*PYTEST, "-n", "3", "--durations", "8", "tests/docs"],
    **{
        f"plugin {path.name}": [*PYTEST, *SHORT, "--rootdir", str(path), str(path / "tests")]
        for path in reversed(PLUGINS)
    },
    **{
        f"campaign {name.replace('_', '-')}": [
            "env",
            "PYTHONPATH=tests",
            PYTHON,
            "-m",
            f"campaigns.{name}",
            *given.split(),
        ]
        for name, given in CAMPAIGNS.items()
    },
    "wheels": [*PYTEST, "tests/wheels"],
    "types": [PYTHON, "-m", "mypy"],
    "types of plugins": [PYTHON, "-m", "mypy", "--strict", *(str(path / "src") for path in PLUGINS)],
    "property": [*PYTEST, "tests/property"],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "lint": [PYTHON, "-m", "ruff", "check", "."],
}
STEPS = NARROW | WIDE
#: How many of the narrow ones go on at once.
LANES = 3
#: Seconds after which a gate hangs: the longest takes half of it.
HANG = 600
#: Tests start hundreds of processes; without kept bytecode each of them would compile clipline anew.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(name: str, *, aside: bool) -> tuple[str, int, float]:
    """Run a gate: its name, its exit status and its seconds; `aside` keeps what it says until its end."""
    started = time.monotonic()
    if not aside:
        print(f"--- {name}", flush=True)
        # 5 is pytest's word for "no tests here": a gate that checks nothing has failed.
        status, said = _called(name)
        print(said, end="", flush=True)
    else:
        status, said = _called(name, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        print(f"--- {name}\n{said}", end="", flush=True)
    return name, status, time.monotonic() - started


def _called(name: str, **streams: Any) -> tuple[int, str]:
    """The exit status of a gate, and what it said into a pipe."""
    try:
        done = subprocess.run(STEPS[name], cwd=ROOT, env=ENVIRONMENT, check=False, timeout=HANG, **streams)
    except subprocess.TimeoutExpired as error:
        said = error.stdout or b""
        return 124, f"{said.decode(errors='replace') if isinstance(said, bytes) else said}\nhangs: {HANG} s\n"
    return done.returncode, done.stdout or ""


def main() -> int:
    """Run the gates named on the command line, all of them where none is; 1 if any failed."""
    wanted = sys.argv[1:] or list(STEPS)
    if unknown := [name for name in wanted if name not in STEPS]:
        print(f"there is no gate {unknown[0]!r}; there are {', '.join(STEPS)}")
        return 2
    began = time.monotonic()
    with ThreadPoolExecutor(LANES) as lanes:
        done = list(lanes.map(lambda name: run(name, aside=True), [name for name in wanted if name in NARROW]))
    done += [run(name, aside=False) for name in wanted if name in WIDE]
    print("\nseconds")
    for name, status, seconds in done:
        print(f"{seconds:8.1f}  {name}{'  FAILED' if status else ''}")
    failed = [name for name, status, _ in done if status]
    print(f"{time.monotonic() - began:8.1f}  in all, {LANES} gates at a time where they leave room")
    print(f"\n{len(done) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
