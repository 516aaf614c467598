"""Every example of the README, of docs/ and of the skill is executed, page by page, in a folder of its own.

What a page may hold is told in `tests.docs.running`. In the folder stands `me.mp4`, a second of a person in front of
a building.
"""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import av
import pytest
from tests.docs.running import Page, blocks

from clipline.nemo.attribution import SKILL_FILE

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/*/README.md"), SKILL_FILE])


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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_examples_of_a_page_do_what_it_says(page: Path, clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "page"
    folder.mkdir()
    (folder / "me.mp4").write_bytes(clip.read_bytes())
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
