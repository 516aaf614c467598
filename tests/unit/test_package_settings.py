"""Sections of settings that installed packages bring, as their metadata on the path says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipline.app.preparing import run_settings
from clipline.errors import PluginError, UsageError
from clipline.settings import Settings

DEFINED = """
from clipline.settings import Setting
SETTINGS = (
    Setting("{section}.url", "address", "https://example.com", "Where it answers."),
    Setting("{section}.wait_time", "duration", 2.0, "Between two looks."),
    Setting("{section}.token", "secret", None, "Who asks.", personal=True),
)
"""
Install = Callable[..., str]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))

    def install(section: str, *, code: str = DEFINED, package: str = "") -> str:
        package = package or f"clipline-{section}"
        module = f"{package.replace('-', '_')}_settings"
        (site / f"{module}.py").write_text(code.replace("{section}", section), "utf-8")
        info = site / f"{package.replace('-', '_')}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[clipline.settings]\n{section} = {module}:SETTINGS\n", "utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
        return module

    return install


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Settings]:
    def load(environ: dict[str, str] | None = None, **options: Any) -> Settings:
        (tmp_path / "user.toml").touch()
        fixed = {"HOME": str(tmp_path), "CLIPLINE_CONFIG": str(tmp_path / "user.toml"), "CLIPLINE_STATE": "state"}
        return Settings.load(environ={**fixed, **(environ or {})}, folder=tmp_path, **options)

    return load


def test_a_package_s_setting_comes_from_every_source_by_the_same_order(
    tmp_path: Path, install: Install, load: Callable[..., Settings]
) -> None:
    install("shiny")
    assert load()["shiny.wait_time"] == 2.0
    (tmp_path / "user.toml").write_text("[shiny]\nwait_time = '3s'\ntoken = 'from-the-user'\n")
    assert (load()["shiny.wait_time"], load()["shiny.token"].reveal()) == (3.0, "from-the-user")
    (tmp_path / "clipline.toml").write_text("[shiny]\nwait_time = '4s'\n")
    assert load()["shiny.wait_time"] == 4.0
    assert load({"CLIPLINE_SHINY_WAIT_TIME": "5s"})["shiny.wait_time"] == 5.0
    settings = load({"CLIPLINE_SHINY_WAIT_TIME": "5s"}, overrides={"shiny.wait_time": "6s"})
    assert (settings["shiny.wait_time"], settings.origin("shiny.wait_time"), settings.warnings) == (6.0, "flag", ())
    assert load().origin("shiny.wait_time").endswith("clipline.toml:2")


def test_a_backend_finds_its_section_and_every_stage_finds_it_under_its_name(
    install: Install, load: Callable[..., Settings]
) -> None:
    install("shiny")
    settings = load({"CLIPLINE_SHINY_URL": "https://here.example"})
    assert run_settings(settings, "local")["shiny"]["url"] == "https://here.example"
    assert run_settings(settings, "shiny")["url"] == "https://here.example"
    assert {name for name in settings if name.startswith("shiny.")} == {"shiny.url", "shiny.wait_time", "shiny.token"}


def test_nothing_is_imported_while_nobody_uses_the_section(install: Install, load: Callable[..., Settings]) -> None:
    module = install("shiny")
    assert load()["run.backend"] == "local"
    assert module not in sys.modules


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("[shiny]\nwait = 1\n", "unknown setting 'shiny.wait'"),
        ("[shiny]\nurl = 'nowhere'\n", "shiny.url must be an http or https address"),
        ("[dull]\nurl = 'x'\n", "unknown setting 'dull.url'"),
        ("[shiny]\ntoken = 'x'\n", "a project's file may not set shiny.token"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(
    tmp_path: Path, install: Install, load: Callable[..., Settings], file: str, message: str
) -> None:
    install("shiny")
    (tmp_path / "clipline.toml").write_text(file)
    with pytest.raises(UsageError, match=message) as caught:
        load()
    assert "clipline.toml:2:1" in caught.value.message


def test_an_unknown_variable_of_a_known_section_is_refused_and_of_no_section_warned_about(
    install: Install, load: Callable[..., Settings]
) -> None:
    install("shiny")
    with pytest.raises(UsageError, match=r"unknown setting 'shiny\.wait'"):
        load({"CLIPLINE_SHINY_WAIT": "1s"})
    assert load({"CLIPLINE_DULL_WAIT": "1s"}).warnings == ("CLIPLINE_DULL_WAIT is no setting of clipline",)


def test_a_package_that_is_switched_off_is_not_imported_and_what_is_set_for_it_is_said(
    tmp_path: Path, install: Install, load: Callable[..., Settings]
) -> None:
    module = install("shiny")
    (tmp_path / "user.toml").write_text("[shiny]\nwait_time = 'x'\n[plugins]\ndeny = ['clipline-shiny']\n")
    settings = load()
    assert "shiny" not in settings.packages.names
    (warning,) = settings.warnings
    assert warning.endswith("user.toml:2:1: clipline-shiny, whose setting this is, is switched off")
    assert module not in sys.modules


def test_a_section_with_a_fault_names_its_package(install: Install, load: Callable[..., Settings]) -> None:
    install("broken", code="raise RuntimeError('no')")
    install("odd", code="SETTINGS = ['odd']")
    install("other", code=DEFINED.replace("{section}.url", "run.url"))
    install("aliased", code=DEFINED.replace('answers."', 'answers.", alias="URL"'))
    settings = load()
    for section, message in {
        "broken": "'broken' of clipline-broken cannot be loaded: RuntimeError: no",
        "odd": "no Setting named odd.SOMETHING",
        "other": "no Setting named other.SOMETHING",
        "aliased": "which only clipline's own settings may have",
    }.items():
        with pytest.raises(PluginError, match=message):
            settings.section(section)
    assert run_settings(settings, "local").keys() & {"broken", "odd", "other", "aliased"} == set()
    assert list(settings.packages.faults) == ["aliased", "broken", "odd", "other"]


def test_a_section_of_two_packages_is_neither_s_and_one_of_clipline_s_own_stays_its_own(
    install: Install, load: Callable[..., Settings]
) -> None:
    install("shiny")
    install("shiny", package="clipline-glitter")
    install("nemo", package="clipline-greedy", code="raise RuntimeError('imported')")
    with pytest.raises(PluginError, match="claimed by clipline-glitter and clipline-shiny"):
        load().section("shiny")
    assert load(overrides={"plugins.deny": "clipline-glitter"}).section("shiny")["wait_time"] == 2.0
    assert "poll" in load().section("nemo")
