"""Who asks: the name and version of the shipped skill, and the platform."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from clipline.cli.catalog import COMMANDS
from clipline.errors import InputError, MachineError
from clipline.nemo.attribution import SKILL_FILE, attribution, read_frontmatter

ROOT = Path(__file__).resolve().parents[3]


def test_the_shipped_skill_has_the_name_that_the_service_knows_and_the_version_of_the_package() -> None:
    facts = read_frontmatter(SKILL_FILE.read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert facts["name"] == "video-object-ops"
    assert facts["version"] == project["version"]
    assert facts["description"]


def test_the_skill_names_no_command_pipeline_or_option_that_is_not_there() -> None:
    text = SKILL_FILE.read_text("utf-8")
    assert set(re.findall(r"(?:^|\$ |`)clipline ([a-z]+)", text, re.MULTILINE)) <= set(COMMANDS)
    for name in ("quick-edit", "remove-people", "batch", "iterate", "vertical-short", "generate"):
        assert f"`{name}`" in text
        assert (ROOT / "pipelines" / f"{name}.yaml").is_file()
    options = set(re.findall(r"--[a-z]+", text)) - {"---"}
    known = (ROOT / "docs/reference/cli.md").read_text("utf-8")
    assert {each for each in options if each not in known} == set()


def test_the_headers_say_source_version_and_platform() -> None:
    found = attribution("", {"HOME": "/home/me"})
    assert found.headers == {
        "X-Skill-Source": "video-object-ops",
        "X-Skill-Version": found.version,
        "X-Skill-Platform": "unknown",
    }


def skill(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / "SKILL.md"
    place.write_bytes(SKILL_FILE.read_bytes())
    return place


@pytest.mark.parametrize(
    ("folder", "platform"),
    [
        (".clawhub/skills/video-object-ops", "clawhub"),
        (".clawhub", "clawhub"),
        (".cursor/skills/video-object-ops", "cursor"),
        (".cursor/extensions/video-object-ops", "unknown"),
        (".clawhub-old/video-object-ops", "unknown"),
        ("projects/.cursor/skills/x", "unknown"),
        ("somewhere", "unknown"),
    ],
)
def test_the_place_of_the_skill_tells_the_platform(tmp_path: Path, folder: str, platform: str) -> None:
    place = skill(tmp_path / folder)
    assert attribution("", {"HOME": str(tmp_path)}, place).platform == platform


def test_a_link_on_the_way_is_followed(tmp_path: Path) -> None:
    place = skill(tmp_path / "home/.cursor/skills/ours")
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert attribution("", {"HOME": str(tmp_path / "link")}, place).platform == "cursor"
    (tmp_path / "home/.clawhub").mkdir()
    (tmp_path / "home/.clawhub/SKILL.md").symlink_to(skill(tmp_path / "elsewhere"))
    environ = {"HOME": str(tmp_path / "home")}
    assert attribution("", environ, tmp_path / "home/.clawhub/SKILL.md").platform == "clawhub"


def test_a_given_platform_wins_over_the_variable_and_that_over_the_place(tmp_path: Path) -> None:
    place = skill(tmp_path / ".clawhub")
    environ = {"HOME": str(tmp_path), "SKILL_SOURCE": "variable"}
    assert attribution("given", environ, place).platform == "given"
    assert attribution("", environ, place).platform == "variable"
    assert attribution("", {**environ, "SKILL_SOURCE": ""}, place).platform == "clawhub"
    assert attribution("", {}, place).platform == "unknown"


@pytest.mark.parametrize("platform", ["a\nX-Evil: 1", "平台", "a b", "x" * 101])
def test_a_platform_that_no_header_can_hold_is_refused(platform: str) -> None:
    with pytest.raises(InputError, match="platform"):
        attribution(platform, {})


@pytest.mark.parametrize(
    "text", [None, b"", b"# no frontmatter", b"---\nname: x\n---\n", b"---\nname: x\nversion: 1", b"\xff"]
)
def test_a_skill_without_name_and_version_is_a_broken_installation(tmp_path: Path, text: bytes | None) -> None:
    place = tmp_path / "SKILL.md"
    if text is not None:
        place.write_bytes(text)
    with pytest.raises(MachineError) as caught:
        attribution("", {}, place)
    assert "install" in caught.value.hint


def test_the_frontmatter_is_read_line_by_line() -> None:
    text = '---\r\nname: a-b\r\nversion: "1.2"\r\ndescription: colons: stay\r\n  nested: no\r\n---\r\nbody: no\r\n'
    assert read_frontmatter(text) == {"name": "a-b", "version": "1.2", "description": "colons: stay"}
    assert read_frontmatter("text\n---\nname: x\n---\n") == {}
