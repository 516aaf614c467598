"""What is said of a part that one of the packages in plugins/ brings, where that package is not installed."""

from __future__ import annotations

import sys
import tomllib
from collections import defaultdict
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from clipline.cli.main import cli
from clipline.companions import COMPANIONS
from clipline.errors import PipelineFileError, UsageError
from clipline.pipeline import loader
from clipline.plugin_manager import Plugins
from clipline.plugin_manager.loading import OFFERS
from clipline.settings import Settings

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PARTS = [(word, name, package) for package, parts in COMPANIONS.items() for word in parts for name in parts[word]]
SECTIONS = [(name, package) for word, name, package in PARTS if word == "section"]


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with all that is installed here but these packages."""
    site = tmp_path / "site"
    site.mkdir()
    hidden = {package.replace("-", "_") for package in COMPANIONS}
    for folder in [Path(each) for each in sys.path if each.endswith("site-packages")]:
        for each in folder.iterdir():
            if each.name.partition("-")[0] not in hidden:
                (site / each.name).symlink_to(each)
    rest = [each for each in sys.path if not each.endswith("site-packages")]
    monkeypatch.setattr(sys, "path", [*rest, str(site)])


def test_the_table_says_what_the_packages_bring() -> None:
    packages = {tomllib.loads(file.read_text("utf-8"))["project"]["name"] for file in PLUGINS.glob("*/pyproject.toml")}
    brought: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for info in Plugins.load().infos:
        for sort, names in (info.offers or {}).items():
            brought[info.distribution][OFFERS[sort][1]] += sorted(names)
    for word, group in {"command": "clipline.commands", "section": "clipline.settings"}.items():
        for point in entry_points(group=group):
            assert point.dist
            brought[point.dist.name][word] += [point.name]
    assert {package: brought[package] for package in packages if package in brought} == COMPANIONS


@pytest.mark.parametrize(("word", "name", "package"), PARTS)
def test_a_part_that_is_missing_is_said_to_come_with_its_package(
    word: str, name: str, package: str, alone: None, tmp_path: Path
) -> None:
    assert hint_of(word, name, tmp_path) == f"it comes with {package}: pip install {package}"


@pytest.mark.parametrize(("name", "package"), SECTIONS)
def test_a_variable_for_a_package_that_is_missing_names_it(
    name: str, package: str, alone: None, tmp_path: Path
) -> None:
    variable = f"CLIPLINE_{name.upper()}_KEY"
    settings = Settings.load(environ={"HOME": str(tmp_path), variable: "x"}, folder=tmp_path)
    hint = f"it comes with {package}: pip install {package}"
    assert settings.warnings == (f"{variable} is no setting of clipline; {hint}",)


def hint_of(word: str, name: str, folder: Path) -> str:
    """The hint that a person reads who names a part that is not there."""
    if word == "backend":
        with pytest.raises(UsageError) as wrong:
            Plugins.load().for_run(name, {})
    elif word == "command":
        with pytest.raises(UsageError) as wrong:
            cli.main([name], standalone_mode=False)
    elif word == "section":
        with pytest.raises(UsageError) as wrong:
            Settings.load(environ={"HOME": str(folder)}, overrides={f"{name}.key": "x"}, folder=folder)
    else:
        return hint_in_a_file(word, name)
    return wrong.value.hint


def hint_in_a_file(word: str, name: str) -> str:
    stages = {
        "stage kind": [name],
        "post-export step": [{"stage": "export", "with": {"post_export": [name]}}],
        "channel": [{"stage": "notify", "with": {"via": [{name: {}}]}}],
    }
    with pytest.raises(PipelineFileError) as caught:
        loader.load({"clipline": 1, "stages": stages[word]}, Plugins.load().vocabulary)
    (problem,) = caught.value.problems
    return problem.hint
