"""Runs every gate one after the other, prints each one's seconds, and ends with what failed.

A gate that fails does not stop the others: one run shows everything that is wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PYTEST = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
PLUGINS = sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))

STEPS: dict[str, list[str]] = {
    "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
    "lint": [PYTHON, "-m", "ruff", "check", "."],
    "types": [PYTHON, "-m", "mypy"],
    **{f"types {path.name}": [PYTHON, "-m", "mypy", "--strict", str(path / "src")] for path in PLUGINS},
    "unit": [*PYTEST, "-n", "2", "tests/unit", "tests/contract"],
    "property": [*PYTEST, "tests/property"],
    "e2e": [*PYTEST, "-n", "2", "tests/e2e"],
    "faults": ["env", "PYTHONPATH=tests", PYTHON, "-m", "campaigns.fault_matrix", "--sample", "420"],
    "docs": [*PYTEST, "tests/docs"],
    **{f"plugin {path.name}": [*PYTEST, "--rootdir", str(path), str(path / "tests")] for path in PLUGINS},
    "wheels": [*PYTEST, "tests/wheels"],
}
#: Tests start hundreds of processes; without kept bytecode each of them would compile clipline anew.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def main() -> int:
    """Run the gates named on the command line, all of them where none is; 1 if any failed."""
    wanted = sys.argv[1:] or list(STEPS)
    seconds: dict[str, float] = {}
    failed = []
    for name in wanted:
        print(f"--- {name}", flush=True)
        started = time.monotonic()
        # 5 is pytest's word for "no tests here": a gate that checks nothing has failed.
        if subprocess.run(STEPS[name], cwd=ROOT, env=ENVIRONMENT, check=False).returncode:
            failed.append(name)
        seconds[name] = time.monotonic() - started
    print("\nseconds")
    for name, taken in seconds.items():
        print(f"{taken:8.1f}  {name}{'  FAILED' if name in failed else ''}")
    print(f"\n{len(wanted) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
