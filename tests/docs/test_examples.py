"""Every example of the README and of docs/ is executed, page by page, in a folder of its own.

What a page may hold:

- a comment `<!-- file: NAME -->` before a block: the block is saved as that file;
- a block ```` ```console ````: lines that start with `$ ` are run by a shell and must succeed (`<!-- exit: 2 -->`
before the block says that its last command ends so); the other lines must be found in the output, `…` standing for
anything; - a block ```` ```python ```` without a file name: it is run;
- a block ```` ```yaml ```` that starts with `clipline: 1`: it is checked.

In the folder stands `me.mp4`, a second of a person in front of a building.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md")])
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^>]*?) -->\n)?(?P<fence>```+)(?P<language>\w*)\n(?P<body>.*?)\n(?P=fence)", re.DOTALL
)


@dataclass(frozen=True)
class Block:
    language: str
    body: str
    mark: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("fence")) + 1
        yield Block(match["language"], match["body"], match["mark"] or "", line)


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty-five frames of the sample in which the person is in the frame, at 640x360."""
    path = tmp_path_factory.mktemp("clip") / "me.mp4"
    with av.open(str(ROOT / "pipelines/samples/crossing.mp4")) as source, av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        stream.time_base = Fraction(1, 25)
        for number, frame in enumerate(source.decode(video=0)):
            if 35 <= number < 60:
                small = frame.reformat(640, 360)
                small.pts, small.time_base = number - 35, Fraction(1, 25)
                made.mux(stream.encode(small))
        made.mux(stream.encode())
    return path


def execute(block: Block, folder: Path, environment: dict[str, str]) -> None:
    if block.mark.startswith("file:"):
        path = folder / block.mark.removeprefix("file:").strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.body + "\n", "utf-8")
    elif block.language == "python":
        run([sys.executable, "-c", block.body], folder, environment)
    elif block.language == "console":
        commands = [line[2:] for line in block.body.splitlines() if line.startswith("$ ")]
        expected = [line for line in block.body.splitlines() if line.strip() and not line.startswith("$ ")]
        wanted = int(block.mark.removeprefix("exit:")) if block.mark.startswith("exit:") else 0
        seen = ""
        for number, command in enumerate(commands, 1):
            seen += run(["bash", "-c", command], folder, environment, wanted if number == len(commands) else 0)
        for line in expected:
            pattern = ".*".join(re.escape(part) for part in line.strip().split("…"))
            assert re.search(pattern, seen), f"not in the output: {line}\n{seen}"


def run(argv: list[str], folder: Path, environment: dict[str, str], wanted: int = 0) -> str:
    done = subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300)
    output = done.stdout + done.stderr
    assert done.returncode == wanted, f"{argv[-1]}\nended with {done.returncode}:\n{output}"
    return output


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_do_what_it_says(page: Path, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "me.mp4").write_bytes(clip.read_bytes())
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "CLIPLINE_STATE": str(tmp_path / ".state"), "COLUMNS": "120"}
    for block in blocks(page.read_text("utf-8")):
        try:
            if block.language == "yaml" and block.body.startswith("clipline: 1") and not block.mark:
                (tmp_path / "example.yaml").write_text(block.body, "utf-8")
                run(["clipline", "check", "example.yaml"], tmp_path, environment)
            execute(block, tmp_path, environment)
        except AssertionError as error:
            pytest.fail(f"{page.relative_to(ROOT)}:{block.line}: {error}", pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []
