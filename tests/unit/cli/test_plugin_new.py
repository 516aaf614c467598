"""`clipline plugin new`: what things are called, what is refused, and that a package is written whole or not at all."""

from __future__ import annotations

import ast
import builtins
import json
import os
import tomllib
from pathlib import Path

import pytest

from clipline.cli.commands import plugin
from clipline.cli.main import run
from clipline.cli.scaffolding import SORTS, STAGE_WORDS, names_of, package_files, write_package
from clipline.errors import MachineError, UsageError
from clipline.testing.calls import stage_call


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CLIPLINE_CONFIG", os.devnull)
    return tmp_path


@pytest.mark.parametrize("given", ["shiny-thing", "clipline-shiny-thing", "shiny_thing", "clipline_shiny_thing"])
def test_every_way_to_write_a_name_means_the_same(given: str) -> None:
    names = names_of(given, "stage")
    assert (names.package, names.module, names.name, names.class_name, names.section) == (
        "clipline-shiny-thing",
        "clipline_shiny_thing",
        "shiny_thing",
        "ShinyThing",
        "shinything",
    )


def test_a_command_keeps_its_hyphen() -> None:
    assert names_of("shiny-thing", "command").name == "shiny-thing"


@pytest.mark.parametrize(
    ("given", "better"),
    [
        ("Shiny", "shiny"),
        ("shiny thing", "shiny-thing"),
        ("shiny.thing", "shiny-thing"),
        ("2shiny", "shiny"),
        ("-shiny", "shiny"),
        ("shiny--thing", "shiny-thing"),
        ("../shiny", "shiny"),
        ("", "shiny-thing"),
        ("clipline", "shiny-thing"),
        ("clipline-", "shiny-thing"),
        ("schön", "sch-n"),
        ("x" * 41, "x" * 40),
    ],
)
def test_what_is_no_name_is_refused_with_one_that_is(given: str, better: str) -> None:
    with pytest.raises(UsageError, match="no name for a plugin") as caught:
        names_of(given, "check")
    assert caught.value.hint == f"like: clipline plugin new {better} --kind check"


@pytest.mark.parametrize(
    ("given", "kind", "why"),
    [
        ("class", "check", "a word of Python"),
        ("lambda", "command", "a word of Python"),
        ("print", "stage", "a word of Python"),
        ("close", "stage", "a reserved name"),
        ("for-each", "stage", "a reserved name"),
        ("hookimpl", "stage", "a reserved name"),
        ("expect", "check", "a reserved name"),
    ],
)
def test_a_name_that_would_not_work_is_refused(given: str, kind: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        names_of(given, kind)


def test_no_name_of_a_stage_hides_what_its_module_calls() -> None:
    text = package_files(names_of("shiny", "stage"), "stage", "0.1")["src/clipline_shiny/__init__.py"]
    tree = ast.parse(text)
    bound = {alias.name for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    bound |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    bound |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    local = {"made", "to", "target", "artifact", "lines", "number", "file", "temporary", "outputs", "summary"}
    possible = {name for name in bound if name.islower()} - local - {"shiny"}
    assert possible == STAGE_WORDS
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert {name for name in called if name.islower()} <= STAGE_WORDS | set(dir(builtins))


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("subtitles", "check", "a package clipline-subtitles is installed already"),
        ("export", "stage", "the stage kind 'export' is already that of clipline"),
        ("local", "backend", "the backend 'local' is already that of clipline"),
        ("studio", "backend", "the settings section 'studio' is taken"),
        ("media", "check", "the check 'media' is already that of clipline"),
        ("webhook", "channel", "the channel 'webhook' is already that of clipline"),
        ("run", "command", "the command 'run' is already that of clipline"),
        ("Shiny", "stage", "like: clipline plugin new shiny --kind stage"),
        ("there", "stage", "clipline-there is there already"),
    ],
)
def test_a_wrong_name_ends_with_2_and_writes_nothing(
    name: str, kind: str, said: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "clipline-there").mkdir()
    assert run(["plugin", "new", name, "--kind", kind]) == 2
    written = capfd.readouterr()
    assert said in written.err
    assert "hint: " in written.err
    assert written.out == ""
    assert [path.name for path in folder.iterdir() if path.name != "state"] == ["clipline-there"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("plugin new shiny", "missing option '--kind'"),
        ("plugin new shiny --kind stges", "invalid value for '--kind'"),
        ("plugin new --kind stage", "missing argument 'NAME'"),
        ("plugin new shiny --kind stage --dir file/below", "file is no folder"),
        ("plugin nwe shiny", "did you mean new?"),
        ("plugins new shiny", "did you mean clipline plugin new?"),
        ("plugin list", "did you mean clipline plugins?"),
    ],
)
def test_a_wrong_line_ends_with_2(line: str, said: str, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "file").touch()
    assert run(line.split()) == 2
    assert said in capfd.readouterr().err
    assert [path.name for path in folder.iterdir() if path.name != "state"] == ["file"]


def test_it_says_what_was_written_and_what_to_do_next(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["plugin", "new", "shiny", "--kind", "stage", "--dir", "new one/parts"]) == 0
    written = capfd.readouterr()
    package = folder / "new one/parts/clipline-shiny"
    made = [path for path in package.rglob("*") if path.is_file()]
    assert sorted(folder / line for line in written.out.splitlines()) == sorted(made)
    assert "  cd 'new one/parts/clipline-shiny'\n  pip install -e . pytest\n  python -m pytest\n" in written.err
    assert [path.name for path in package.parent.iterdir()] == ["clipline-shiny"]


def test_as_json_it_is_one_document(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["plugin", "new", "shiny", "--kind", "command", "--json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["clipline_plugin"], document["package"]) == (1, "clipline-shiny")
    assert "clipline-shiny/pyproject.toml" in document["files"]


@pytest.mark.parametrize("kind", SORTS)
def test_no_placeholder_is_left_and_all_of_python_can_be_read(kind: str) -> None:
    files = package_files(names_of("shiny-thing", kind), kind, "0.1")
    for name, text in files.items():
        left = text.replace("${{", "").replace("$ ", "")
        assert "$" not in left, name
        if name.endswith(".py"):
            ast.parse(text)
    project = tomllib.loads(files["pyproject.toml"])["project"]
    assert project["name"] == "clipline-shiny-thing"
    assert {"README.md", "pyproject.toml", "src/clipline_shiny_thing/py.typed"} <= set(files)


def test_the_kinds_of_the_command_are_those_that_there_are() -> None:
    assert set(plugin._KINDS) == set(SORTS)
    offers = {sort.offers for sort in SORTS.values() if sort.offers}
    assert offers == set(type(stage_call(Path.cwd(), "x").offers).__dataclass_fields__)


def test_what_cannot_be_written_leaves_nothing_behind(folder: Path) -> None:
    with pytest.raises(MachineError, match="cannot write"):
        write_package(folder / "new" / "clipline-shiny", {"good.txt": "", "x" * 300: ""})
    assert not (folder / "new").exists()
    (folder / "old").mkdir()
    with pytest.raises(MachineError):
        write_package(folder / "old" / "clipline-shiny", {"good.txt": "", "x" * 300: ""})
    assert list((folder / "old").iterdir()) == []
