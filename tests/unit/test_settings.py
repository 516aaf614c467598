"""Settings: which source wins, what each is read as, and what is said of a wrong one."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipline.errors import MachineError, UsageError
from clipline.settings import DEFINITIONS, Settings

Load = Callable[..., Settings]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a checkout in it; the checkout's `clips` folder is where commands are typed."""
    (tmp_path / "work" / "clips").mkdir(parents=True)
    (tmp_path / "user.toml").write_text("")
    return tmp_path


@pytest.fixture
def load(home: Path) -> Load:
    def load(environ: dict[str, str] | None = None, **options: Any) -> Settings:
        fixed = {"HOME": str(home), "CLIPLINE_CONFIG": str(home / "user.toml"), "CLIPLINE_STATE": str(home / "state")}
        return Settings.load(environ={**fixed, **(environ or {})}, folder=home / "work" / "clips", **options)

    return load


def test_every_setting_has_a_default_and_says_so(load: Load) -> None:
    settings = load()
    own = [name for name in settings if name in DEFINITIONS]  # packages may be installed, with sections of theirs
    assert {name: settings[name] for name in own} == {d.name: d.default for d in DEFINITIONS.values()}
    assert {settings.origin(name) for name in settings} == {"default"}


def test_a_flag_beats_the_environment_beats_the_project_beats_the_user(load: Load, home: Path) -> None:
    (home / "user.toml").write_text("[run]\nbackend = 'user'\n")
    user = load()
    (home / "work" / "clipline.toml").write_text("# ours\n\n[run]\nout = 'o'\nbackend = 'project'\n")
    project = load()
    environ = {"CLIPLINE_RUN_BACKEND": "variable"}
    environment = load(environ)
    flag = load(environ, overrides={"run.backend": "flag"})

    def seen(settings: Settings) -> tuple[str, str]:
        return settings["run.backend"], settings.origin("run.backend")

    assert seen(user) == ("user", f"{home}/user.toml:2")
    assert seen(project) == ("project", f"{home}/work/clipline.toml:5")
    assert seen(environment) == ("variable", "CLIPLINE_RUN_BACKEND")
    assert seen(flag) == ("flag", "flag")


def test_the_search_for_a_project_file_stops_at_a_checkout(load: Load, home: Path) -> None:
    (home / "clipline.toml").write_text("[run]\nbackend = 'home'\n")
    assert load()["run.backend"] == "home"
    (home / "work" / ".git").mkdir()
    assert load()["run.backend"] == "local"
    (home / "work" / "clipline.toml").write_text("[run]\nbackend = 'beside-git'\n")
    assert load()["run.backend"] == "beside-git"


def test_the_search_for_a_project_file_does_not_go_above_home(load: Load, home: Path) -> None:
    (home / "clipline.toml").write_text("[run]\nbackend = 'above'\n")
    assert load({"HOME": str(home / "work")})["run.backend"] == "local"


@pytest.mark.parametrize("name", ["plugins.allow", "plugins.deny"])
def test_a_project_file_may_not_choose_plugins_but_the_user_may(load: Load, home: Path, name: str) -> None:
    text = f"[plugins]\n{name.partition('.')[2]} = ['one']\n"
    (home / "user.toml").write_text(text)
    assert load()[name] == ["one"]
    (home / "work" / "clipline.toml").write_text(text)
    with pytest.raises(UsageError, match=rf"clipline.toml:2:1: a project's file may not set {name}"):
        load()


def test_paths_are_relative_to_where_they_were_written(load: Load, home: Path) -> None:
    (home / "work" / "clipline.toml").write_text("[run]\nout = 'made'\n")
    assert load()["run.out"] == home / "work" / "made"
    assert load({"CLIPLINE_RUN_OUT": "made"})["run.out"] == home / "work" / "clips" / "made"
    assert load(overrides={"run.out": "made"})["run.out"] == home / "work" / "clips" / "made"


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("contact_sheet", ["contact_sheet"]),
        ("a, b", ["a", "b"]),
        ('[{"contact_sheet": {"frames": 6}}, "b"]', [{"contact_sheet": {"frames": 6}}, "b"]),
    ],
)
def test_a_list_as_text_is_words_between_commas_or_json(load: Load, text: str, steps: list[object]) -> None:
    assert load({"CLIPLINE_EXPORT_POST_EXPORT": text})["export.post_export"] == steps


def test_an_empty_variable_is_none(load: Load) -> None:
    assert load({"CLIPLINE_RUN_BACKEND": ""}).origin("run.backend") == "default"


def test_a_section_is_its_settings_without_its_name(load: Load) -> None:
    assert load(overrides={"studio.threads": "3"}).section("studio") == {"threads": 3}
    assert load().section("nothing") == {}


@pytest.mark.parametrize(
    ("variable", "warning"),
    [
        ("CLIPLINE_RUN_BACKED", "CLIPLINE_RUN_BACKED is no setting of clipline; did you mean CLIPLINE_RUN_BACKEND?"),
        ("CLIPLINE_STAT", "CLIPLINE_STAT is no setting of clipline; did you mean CLIPLINE_STATE?"),
        ("CLIPLINE_X", "CLIPLINE_X is no setting of clipline"),
    ],
)
def test_an_unknown_variable_warns_with_the_nearest_name(load: Load, variable: str, warning: str) -> None:
    assert load({variable: "1"}).warnings == (warning,)


def test_variables_of_other_programs_are_no_concern(load: Load) -> None:
    assert load({"PATH": "/bin", "CLIPLINES": "7"}).warnings == ()


@pytest.mark.parametrize(
    ("overrides", "message", "hint"),
    [
        ({"run.backed": "x"}, "unknown setting 'run.backed'", "did you mean run.backend?"),
        ({"zzz": "x"}, "unknown setting 'zzz'", "`clipline config` lists all settings"),
        ({"studio.threads": "many"}, "--set studio.threads: studio.threads must be a whole number", ""),
        ({"studio.threads": "-1"}, "must be a whole number, 0 or more, got '-1'", ""),
        ({"log.level": "loud"}, "must be one of debug, info, warning, error, got 'loud'", ""),
        ({"log.level": "warn"}, "must be one of", "did you mean warning?"),
        ({"run.backend": ""}, "run.backend must be text, got ''", ""),
        ({"export.post_export": "[1"}, "must be a list of steps", ""),
        ({"export.post_export": '[{"a": {}, "b": {}}]'}, "must be a list of steps", ""),
    ],
)
def test_a_wrong_flag_is_refused(load: Load, overrides: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(overrides=overrides)
    assert message in caught.value.message
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[run\n", "user.toml:1:5: not valid TOML"),
        ("x = 1\n", "user.toml:1:1: 'x' stands outside a section"),
        ("[run]\n\nbacken = 'x'\n", "user.toml:3:1: unknown setting 'run.backen'"),
        ("[studio]\nthreads = 1.5\n", "user.toml:2:1: studio.threads must be a whole number"),
        ("[studio]\nthreads = true\n", "user.toml:2:1: studio.threads must be a whole number"),
        ("run.backend = 3\n", "user.toml:1:1: run.backend must be text"),
        ("[log]\nlevel = 'x'\n", "user.toml:2:1: log.level must be one of"),
        ("run = {out = []}\n", "user.toml:1:1: run.out must be a path"),
        ("[plugins]\ndeny = [1]\n", "user.toml:2:1: plugins.deny must be a list of names"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(load: Load, home: Path, text: str, message: str) -> None:
    (home / "user.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load()
    assert message in caught.value.message


def test_a_file_that_is_no_text_is_refused(load: Load, home: Path) -> None:
    (home / "user.toml").write_bytes(b"\xff\xfe[run]")
    with pytest.raises(UsageError, match="not valid TOML"):
        load()


def test_a_user_file_that_was_named_must_be_there(load: Load, home: Path) -> None:
    with pytest.raises(UsageError, match="CLIPLINE_CONFIG names a file that is not there"):
        load({"CLIPLINE_CONFIG": str(home / "no.toml")})


def test_the_state_folder_is_made_for_this_user_only(load: Load, home: Path) -> None:
    settings = load()
    assert settings.state_folder == home / "state"
    assert not settings.state_folder.exists()
    assert stat.S_IMODE(settings.make_state_folder().stat().st_mode) == 0o700
    assert load(state=Path("mine")).state_folder == home / "work" / "clips" / "mine"


def test_a_state_folder_that_cannot_be_made_is_this_machines_error(load: Load, home: Path) -> None:
    (home / "state").write_text("a file")
    with pytest.raises(MachineError, match="cannot make the state folder"):
        load().make_state_folder()


def test_without_a_variable_the_folders_are_the_platforms(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CLIPLINE_CONFIG", "CLIPLINE_STATE"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings.load(folder=tmp_path)
    assert tmp_path in settings.state_folder.parents
    assert settings.files == ()


def test_a_setting_is_read_one_way_only_from_its_variable() -> None:
    assert not [d.name for d in DEFINITIONS.values() if "_" in d.section or d.name.count(".") != 1]
    assert len({d.variable for d in DEFINITIONS.values()}) == len(DEFINITIONS)


# --- the cloud's settings --------------------------------------------------------------------------------------------


def test_the_service_s_own_variables_count_and_ours_win_with_a_warning(load: Load) -> None:
    settings = load({"NEMO_API_URL": "https://api.example/", "NEMO_TOKEN": "t" * 20, "SKILL_SOURCE": "cursor"})
    assert (settings["nemo.api_url"], settings.origin("nemo.api_url")) == ("https://api.example", "NEMO_API_URL")
    assert settings["nemo.platform"] == "cursor"
    assert settings["nemo.token"].reveal() == "t" * 20

    both = load({"NEMO_API_URL": "https://a.example", "CLIPLINE_NEMO_API_URL": "https://b.example"})
    assert both["nemo.api_url"] == "https://b.example"
    assert both.warnings == ("CLIPLINE_NEMO_API_URL and NEMO_API_URL differ; CLIPLINE_NEMO_API_URL counts",)
    assert not load({"NEMO_API_URL": "https://a.example", "CLIPLINE_NEMO_API_URL": "https://a.example"}).warnings


def test_a_secret_is_shown_nowhere(load: Load) -> None:
    settings = load({"NEMO_TOKEN": "nmv_usr_planted-secret"})
    assert "planted" not in f"{settings!r} {settings['nemo.token']} {settings['nemo.token']!r}"


def test_a_project_s_file_gives_neither_a_token_nor_the_address_it_is_sent_to(load: Load, home: Path) -> None:
    for line in ("token = 'x'", "api_url = 'https://elsewhere.example'"):
        (home / "work" / "clipline.toml").write_text(f"[nemo]\n{line}\n")
        with pytest.raises(UsageError, match="a project's file may not set nemo"):
            load()


@pytest.mark.parametrize(
    "text", ["ftp://a.example", "a.example", "https://", "https://me@a.example", "https://a.example/?k=1"]
)
def test_what_is_no_address_is_refused(load: Load, text: str) -> None:
    with pytest.raises(UsageError, match="must be an http or https address"):
        load({"NEMO_API_URL": text})


def test_waits_are_durations_and_those_of_the_mock_a_hundred_times_shorter(load: Load) -> None:
    settings = load({"CLIPLINE_NEMO_POLL": "5s"}, overrides={"nemo.stream_limit": "20m"})
    assert (settings["nemo.poll"], settings["nemo.stream_limit"]) == (5.0, 1200.0)
    defaults = load()
    waits = [d.key for d in DEFINITIONS.values() if d.section == "nemo" and d.type == "duration"]
    assert len(waits) == 8
    assert all(defaults[f"mock.{key}"] == defaults[f"nemo.{key}"] / 100 for key in waits)
    with pytest.raises(UsageError, match="must be a duration"):
        load({"CLIPLINE_NEMO_POLL": "soon"})


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 20_000, "a = " + "9" * 5000, "[run]\nout = 0x" + "f" * 5000, "[nemo]\npoll = 0x" + "f" * 5000],
    ids=["nested", "digits", "a number for a path", "a number for a duration"],
)
def test_a_settings_file_that_breaks_its_reader_is_told_with_its_name(load: Load, home: Path, text: str) -> None:
    (home / "user.toml").write_text(text)
    with pytest.raises(UsageError, match=r"user\.toml") as caught:
        load()
    assert len(caught.value.message) < 1000


def test_values_that_no_clock_and_no_disk_take_are_refused_or_kept_as_names(load: Load, home: Path) -> None:
    for value in ("9" * 400, "9999999999h", 10**5000):
        with pytest.raises(UsageError, match="must be a duration"):
            load(overrides={"nemo.poll": value})
    with pytest.raises(UsageError, match="must be a list of steps"):
        load(overrides={"export.post_export": "[" * 100_000})
    found = load({"CLIPLINE_RUN_OUT": "~nobody_of_that_name/x"})
    assert found["run.out"] == home / "work" / "clips" / "~nobody_of_that_name" / "x"


def test_the_null_device_is_a_settings_file_without_settings(load: Load) -> None:
    assert load({"CLIPLINE_CONFIG": os.devnull})["run.backend"] == "local"
