"""The root command: what is imported when, which words are near, and how commands of plugins come in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from clipline.cli import main as main_module
from clipline.cli.catalog import COMMANDS, command_faults, package_of, plugin_commands
from clipline.cli.main import cli

HEAVY = (
    "httpx",
    "httpx_sse",
    "readline",
    "http.server",
    "jsonschema",
    "yaml",
    "rich",
    "av",
    "numpy",
    "cv2",
    "onnxruntime",
    "PIL",
    "sqlite3",
)


def loaded_after(arguments: Sequence[str]) -> set[str]:
    """The modules that a process has imported after running a command line."""
    program = (
        "import sys\n"
        "from clipline.cli.main import main\n"
        "try:\n"
        f"    main({list(arguments)!r})\n"
        "except SystemExit:\n"
        "    print('\\n'.join(sys.modules), file=sys.stderr)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines())


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["nonsense"],
        *([name, "--help"] for name in ("run", "edit", "chat", "say", "export", "mock", "probe")),
    ],
)
def test_help_imports_nothing_heavy_and_no_plugin(arguments: list[str]) -> None:
    loaded = loaded_after(arguments)
    assert "clipline.cli.main" in loaded
    assert not loaded & set(HEAVY)
    assert not [m for m in loaded if m.startswith(("clipline.builtin", "clipline.backends", "clipline_"))]


def test_who_only_looks_at_a_pipeline_waits_for_nothing_that_a_run_needs() -> None:
    clip = Path(__file__).parents[3] / "pipelines" / "samples" / "crossing.mp4"
    loaded = loaded_after(["plan", "quick-edit", "--input", f"clip={clip}"])
    assert "clipline.studio.instructions" in loaded
    assert not loaded & {
        "httpx",
        "clipline.http",
        "sqlite3",
        "clipline.journal",
        "filelock",
        "rich",
        "cv2",
        "onnxruntime",
    }
    assert not [m for m in loaded if m.startswith(("clipline.app.run", "clipline.app.batch", "clipline.engine.run"))]


def test_every_command_is_listed_with_its_own_summary() -> None:
    folder = Path(main_module.__file__).parent / "commands"
    assert {path.stem for path in folder.glob("*.py")} - {"__init__"} == set(COMMANDS)
    for name, summary in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert command.name == name
        assert (command.help or "").splitlines()[0] == summary


def test_every_option_says_what_it_does() -> None:
    def options(command: click.Command) -> list[click.Option]:
        own = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
        inner = command.commands.values() if isinstance(command, click.Group) else ()
        return own + [option for each in inner for option in options(each)]

    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        assert [option.name for option in options(command) if not option.help] == []


class Distribution:
    name = "clipline-extra"


def plugin(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Install a command of a plugin."""
    point = EntryPoint(name, value, "clipline.commands")
    vars(point)["dist"] = Distribution()
    monkeypatch.setattr("clipline.installed.points_of", lambda group: [point])


def run(*arguments: str) -> tuple[int, str]:
    """Run a command line; gives the exit status and what was written."""
    runner = CliRunner()
    with runner.isolation() as streams:
        status = main_module.run(list(arguments))
        return status, (streams[0].getvalue() + streams[1].getvalue()).decode()


def hello() -> click.Command:
    return click.Command("hello", callback=lambda: click.echo("hi"))


def test_a_plugins_command_is_listed_unloaded_and_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "extra_command", type(sys)("extra_command"))
    sys.modules["extra_command"].command = hello()  # type: ignore[attr-defined]
    plugin(monkeypatch, "hello", "extra_command:command")
    assert "hello       From clipline-extra." in run("--help")[1].replace("hello  ", "hello       ")
    assert run("hello") == (0, "hi\n")
    assert "did you mean hello?" in run("helo")[1]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nowhere_to_be_found:command", "the command 'hello' of clipline-extra cannot be loaded"),
        ("os:getcwd", "the command 'hello' of clipline-extra is no click command"),
    ],
)
def test_a_broken_command_of_a_plugin_breaks_no_other(
    monkeypatch: pytest.MonkeyPatch, value: str, message: str
) -> None:
    plugin(monkeypatch, "hello", value)
    status, said = run("hello")
    assert status == 2
    assert message in said
    assert run("completion", "bash")[0] == 0


def test_a_plugin_cannot_take_the_name_of_a_command_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin(monkeypatch, "completion", "os:getcwd")
    assert run("completion", "bash")[0] == 0
    assert command_faults() == ["the command 'completion' of clipline-extra is left out: it is clipline's"]


def test_of_two_commands_with_one_name_the_first_package_s_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("hello", "extra_command:command", "clipline.commands") for _ in range(2)]
    for point, name in zip(points, ("clipline-zebra", "clipline-ant"), strict=True):
        vars(point)["dist"] = type("Distribution", (), {"name": name})
    monkeypatch.setattr("clipline.installed.points_of", lambda group: points)
    assert package_of(plugin_commands()["hello"]) == "clipline-ant"
    assert command_faults() == ["the command 'hello' of clipline-zebra is left out: it is clipline-ant's"]


def test_a_command_of_a_plugin_that_is_denied_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    plugin(monkeypatch, "hello", "os:getcwd")
    monkeypatch.setenv("CLIPLINE_PLUGINS_DENY", "clipline-extra")
    status, said = run("hello")
    assert status == 2
    assert "is switched off" in said
