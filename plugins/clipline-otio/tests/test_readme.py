"""The examples of the README, carried out in their order in one folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(?:<!-- file: (\S+) -->\n)?```(\w+)\n(.*?)\n```", re.DOTALL)


def test_the_readme_does_what_it_says(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CLIPLINE_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**kept, "PATH": path, "CLIPLINE_STATE": str(tmp_path / "state"), "COLUMNS": "120"}

    def shell(command: str) -> str:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    shell("clipline init demo && clipline edit demo/samples/crossing.mp4 'keep 1.4s to 2.4s' -o me.mp4")
    for name, language, body in BLOCK.findall(README.read_text("utf-8")):
        if name:
            (tmp_path / name).write_text(body + "\n", "utf-8")
        elif language == "console":
            lines = body.splitlines()
            said = "".join(shell(line[2:]) for line in lines if line.startswith("$ "))
            for line in (line for line in lines if not line.startswith("$ ")):
                pattern = ".*".join(map(re.escape, line.strip().split("…")))
                assert re.search(pattern, said), f"{line}\n{said}"
    assert (tmp_path / "all-shots.mp4").exists()
