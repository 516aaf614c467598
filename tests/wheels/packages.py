"""Each package of `plugins/` alone beside clipline's wheel: a new environment, its own tests, nothing of the checkout.

    python tests/wheels/packages.py [NAME …]

What a stranger has who installs one package: wheels, the package's own test dependencies, and a copy of its folder.
Its README is among what its tests run. Prints the seconds of each; ends with 1 where one fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = {path.parent.name: path.parent for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))}


def clean_environment(folder: Path) -> dict[str, str]:
    """The environment without what would let a package see this checkout or this person's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "CLIPLINE", "NEMO", "VIRTUAL"))}
    return {**kept, "CLIPLINE_STATE": str(folder / "state"), "TMPDIR": str(folder)}


def build(folder: Path) -> Path:
    """The wheels of clipline and of every package, in a folder of their own."""
    wheels = folder / "wheels"
    for package in (ROOT, *PLUGINS.values()):
        build_one = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, package]
        subprocess.run(build_one, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return wheels


def check(name: str, wheels: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Install a package alone and run its tests there; what they said, and how they ended."""
    place = folder / name
    venv.create(place / "env", with_pip=True)
    copy = place / "package"
    shutil.copytree(PLUGINS[name], copy, ignore=shutil.ignore_patterns("__pycache__", "src"))
    groups = tomllib.loads((copy / "pyproject.toml").read_text("utf-8")).get("dependency-groups", {})
    pip = [place / "env/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--find-links", wheels]
    environment = clean_environment(place)
    subprocess.run(
        [*pip, "--constraint", ROOT / "constraints.txt", name, *groups.get("test", ["pytest"])],
        cwd=place,
        env=environment,
        check=True,
    )
    pytest = [place / "env/bin/python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(pytest, cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=900)


def main(names: list[str]) -> int:
    """Check the packages of these names, or all of them."""
    failed = []
    with tempfile.TemporaryDirectory(prefix="clipline-packages-") as temporary:
        folder = Path(temporary)
        wheels = build(folder)
        for name in names or PLUGINS:
            begun = time.monotonic()
            done = check(name, wheels, folder)
            print(f"{time.monotonic() - begun:6.0f} s  {name}: {done.stdout.strip().splitlines()[-1]}", flush=True)
            if done.returncode:
                print(done.stdout, done.stderr, sep="\n")
                failed.append(name)
            shutil.rmtree(folder / name)
    print(f"{len(failed)} failed: {', '.join(failed)}" if failed else "each works alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
