"""Every example of the README, of docs/ and of the skill is executed, page by page, in a folder of its own.

What a page may hold is told in `tests.docs.running`. In the folder stands `me.mp4`, "any clip of yours": the one that
`clipline init` brings, half as wide, since some hundred edits are made of it.
"""

from __future__ import annotations

import re
import shutil
from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.docs.running import Page, blocks

from clipline.nemo.attribution import SKILL_FILE

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md"), SKILL_FILE])
SAMPLE = ROOT / "pipelines/samples/crossing.mp4"


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample at half its width."""
    path = tmp_path_factory.mktemp("clip") / "me.mp4"
    with av.open(SAMPLE) as given, av.open(path, "w") as made:
        stream = made.add_stream("libx264", rate=25, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height = 640, 360
        for number, frame in enumerate(given.decode(video=0)):
            smaller = frame.reformat(640, 360, "yuv420p")
            smaller.pts, smaller.time_base = number, Fraction(1, 25)
            made.mux(stream.encode(smaller))
        made.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_do_what_it_says(page: Path, clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    shutil.copyfile(clip, folder / "me.mp4")
    with Page(folder, tmp_path / "state") as running:
        if page == SKILL_FILE:  # it is read as it is, by an agent: no comments for tests in it
            running.take_for_the_cloud("--option credits=1000")
        for block in blocks(page.read_text("utf-8")):
            try:
                running.execute(block)
            except AssertionError as error:
                pytest.fail(f"{page.relative_to(ROOT)}:{block.line}: {error}", pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_the_front_page_links_every_page_once_in_its_room() -> None:
    linked: dict[str, list[str]] = {}
    for paragraph in (ROOT / "docs/README.md").read_text("utf-8").split("\n\n"):
        if room := re.match(r"\*\*([\w-]+)", paragraph):
            linked.setdefault(room[1].lower(), []).extend(re.findall(r"\]\(([^)]+)\)", paragraph))
    rooms = {folder.name: folder for folder in (ROOT / "docs").iterdir() if any(folder.glob("*.md"))}
    assert {room: sorted(pages) for room, pages in linked.items()} == {
        room: sorted(f"{room}/{page.name}" for page in folder.glob("*.md")) for room, folder in rooms.items()
    }


def test_what_stands_in_the_checkout_is_installed_from_there() -> None:
    own = "|".join(folder.name for folder in (ROOT / "plugins").iterdir())
    from_elsewhere = {
        str(page.relative_to(ROOT)): found
        for page in PAGES
        if (found := re.findall(rf"pip\s+install\s[^\n`]*?(?<![/\w-])(?:{own})\b", page.read_text("utf-8")))
    }
    assert from_elsewhere == {}
