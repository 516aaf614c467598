"""Names and files that somebody prepared: nothing is written through a link, and nothing is waited for."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of

from clipline import artifacts
from clipline.app.reporting import write_report
from clipline.engine import delivery
from clipline.engine.secrets import Secrets
from clipline.errors import InputError, MachineError, PluginError, UsageError
from clipline.settings import Settings
from clipline.stage import ReportFormat, StageCall, StageResult

FORM = ReportFormat("text", lambda _: b"told\n", ".txt")


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file that nobody asked to be changed."""
    (tmp_path / "home").mkdir()
    file = tmp_path / "home/.profile"
    file.write_text("mine\n")
    return file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["pipe", "device", "folder"])
def endless(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "endless"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()
    return path


def test_what_is_no_file_is_not_read(endless: Path) -> None:
    with pytest.raises(OSError, match="it is no file"):
        artifacts.read_file(endless, 10)


def test_no_more_is_read_than_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    assert artifacts.read_file(tmp_path / "a", 5) == b"12345"
    with pytest.raises(OSError, match="more than 4 bytes"):
        artifacts.read_file(tmp_path / "a", 4)


def test_a_secret_is_not_waited_for(endless: Path) -> None:
    with pytest.raises(InputError, match="the secret 'key' cannot be read"):
        Secrets().resolve({"key": f"file:{endless}"}, endless.parent)


def test_captions_are_not_waited_for(endless: Path) -> None:
    from clipline.studio.lettering.captions import read_captions

    with pytest.raises(InputError, match="cannot be read: it is no file"):
        read_captions(endless)


def test_faults_and_transcripts_are_not_waited_for(endless: Path) -> None:
    from clipline.mockserver.faults import load_faults
    from clipline.mockserver.replay import Transcript

    for read in (load_faults, Transcript.read):
        with pytest.raises(InputError, match="cannot be read: it is no file"):
            read(endless)


def test_faults_that_never_end_are_not_read_to_their_end(tmp_path: Path) -> None:
    from clipline.mockserver.faults import load_faults

    with (tmp_path / "faults.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="more than 16,777,216 bytes"):
        load_faults(tmp_path / "faults.json")


def test_settings_are_not_waited_for(endless: Path) -> None:
    with pytest.raises(UsageError, match="is no file"):
        Settings.load(environ={"CLIPLINE_CONFIG": str(endless)})


def test_settings_that_never_end_are_not_read_to_their_end(tmp_path: Path) -> None:
    with (tmp_path / "clipline.toml").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UsageError, match="has more than"):
        Settings.load(folder=tmp_path, environ={})


def test_a_delivered_file_that_became_a_pipe_is_not_the_same_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.mp4")
    assert not delivery.is_whole(tmp_path / "film.mp4", "0" * 64)


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_draft_that_is_a_link_is_replaced_and_not_written_through(tmp_path: Path, victim: Path) -> None:
    (tmp_path / ".draft").symlink_to(victim)
    artifacts.write_whole(tmp_path / "facts.json", b"{}", draft=tmp_path / ".draft")
    assert victim.read_text() == "mine\n"
    assert (tmp_path / "facts.json").read_bytes() == b"{}"
    assert not (tmp_path / ".draft").is_symlink()


def test_a_place_that_is_a_link_is_replaced_and_not_written_through(tmp_path: Path, victim: Path) -> None:
    (tmp_path / "facts.json").symlink_to(victim)
    artifacts.write_whole(tmp_path / "facts.json", b"{}")
    assert victim.read_text() == "mine\n"
    assert not (tmp_path / "facts.json").is_symlink()


def test_a_report_is_not_written_through_a_link_out_of_its_folder(tmp_path: Path, victim: Path) -> None:
    (tmp_path / "out").mkdir()
    for name, target in (("report.txt", victim), ("new.txt", victim.with_name("new"))):
        (tmp_path / "out" / name).symlink_to(target)
        with pytest.raises(InputError, match="a link that leads out of its folder"):
            write_report({}, FORM, tmp_path / "out" / name)
    assert victim.read_text() == "mine\n"
    assert names(victim.parent) == [".profile"]


def test_a_report_that_could_not_be_written_is_refused_before_the_run(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clipline.cli.main import run

    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    (work / "p.yaml").write_text("clipline: 1\nname: p\nstages: [{stage: notify, with: {via: [file: {path: n}]}}]\n")
    (work / "out.json").symlink_to(victim)
    (work / "loop.json").symlink_to("loop.json")
    assert run(["run", "p.yaml", "--report", "json=out.json"]) == 2
    assert not (work / "n").exists()
    assert run(["run", "p.yaml", "--report", "json=loop.json"]) == 0
    assert not (work / "loop.json").is_symlink()


def test_a_form_that_would_end_the_program_is_told_as_a_fault_of_its_plugin(tmp_path: Path) -> None:
    def leave(_: object) -> bytes:
        raise SystemExit(0)

    with pytest.raises(PluginError, match="the report format 'text' failed: SystemExit: 0"):
        write_report({}, ReportFormat("text", leave, ".txt"), tmp_path / "report.txt")


def test_a_report_does_not_wait_for_a_pipe_that_nobody_reads(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.txt")
    with pytest.raises(MachineError, match="cannot write"):
        write_report({}, FORM, tmp_path / "report.txt")


def test_a_schema_is_written_as_safely_as_a_report(
    tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clipline.cli.main import run

    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    (tmp_path / "out").mkdir()
    os.mkfifo(tmp_path / "out/pipe.json")
    (tmp_path / "out/link.json").symlink_to(victim)
    assert run(["schema", "-o", str(tmp_path / "out/pipe.json")]) == 7
    assert run(["schema", "-o", str(tmp_path / "out/link.json")]) == 2
    assert victim.read_text() == "mine\n"
    assert run(["schema", "-o", str(tmp_path / "out/new.json")]) == 0


# --- what stages deliver ---------------------------------------------------------------------------------------------


def swap(call: StageCall, options: Any) -> StageResult:
    """An export while somebody replaces its folder by a link to another one."""
    target = call.out / "sub/film.txt"
    temporary = call.files.temporary(target)
    temporary.write_text("whole")
    elsewhere = Path(options["elsewhere"])
    shutil.move(temporary.parent, call.out / "moved")
    shutil.copy(call.out / "moved" / temporary.name, elsewhere / temporary.name)
    target.parent.symlink_to(elsewhere)
    made = call.files.deliver(temporary, target, collision="overwrite")
    return StageResult(artifacts=(made,))


def export(call: StageCall, options: Any) -> StageResult:
    target = call.out / "film.txt"
    temporary = call.files.temporary(target)
    temporary.write_text("whole")
    if lay := options.get("lay"):
        link = call.out / lay.replace("TEMPORARY", temporary.name)
        link.symlink_to(options["to"].replace("TEMPORARY", temporary.name))
    made = call.files.deliver(temporary, target, collision=options.get("collision", "overwrite"), sidecar={})
    return StageResult(artifacts=(made,))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, kind_plugin({"export": export, "swap": swap}))


def test_a_folder_that_becomes_a_link_takes_no_file_elsewhere(world: World, victim: Path) -> None:
    result = world.run(stages_of({"stage": "swap", "with": {"elsewhere": str(victim.parent)}}))
    assert result.status == "failed"
    assert "film.txt" not in names(victim.parent)


@pytest.mark.parametrize("link", ["film.txt", "film.txt.json", ".film.txt.json.part"])
def test_a_link_in_the_place_of_a_file_is_not_written_through(world: World, victim: Path, link: str) -> None:
    result = world.run(stages_of({"stage": "export", "with": {"lay": link, "to": str(victim)}}))
    assert result.status == "done", result.errors
    assert victim.read_text() == "mine\n"
    assert (world.out / "film.txt").read_text() == "whole"
    assert not (world.out / "film.txt").is_symlink()


def test_a_link_to_the_temporary_file_itself_loses_nothing(world: World) -> None:
    result = world.run(stages_of({"stage": "export", "with": {"lay": "film.txt", "to": "TEMPORARY"}}))
    assert result.status == "done", result.errors
    assert not (world.out / "film.txt").is_symlink()
    assert (world.out / "film.txt").read_text() == "whole"


def test_a_link_that_leads_nowhere_takes_the_name_all_the_same(world: World, victim: Path) -> None:
    wanted = {"lay": "film.txt", "to": str(victim.with_name("new")), "collision": "fail"}
    assert world.run(stages_of({"stage": "export", "with": wanted})).status == "failed"
    assert names(victim.parent) == [".profile"]


def test_names_of_temporary_files_cannot_be_foreseen(tmp_path: Path) -> None:
    names = {artifacts.temporary_beside(tmp_path / "a.mp4").name for _ in range(100)}
    assert len(names) == 100
    assert min(map(len, names)) >= len(".a..part.mp4") + 16


def test_init_writes_through_no_link(tmp_path: Path, victim: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from clipline.cli.main import run

    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    (tmp_path / "start").mkdir()
    (tmp_path / "start/quick-edit.yaml").symlink_to(victim.with_name("new"))
    assert run(["init", str(tmp_path / "start")]) == 2
    assert names(victim.parent) == [".profile"]


def test_a_name_that_is_too_long_for_a_file_is_told_as_such() -> None:
    from clipline.app.preparing import find_pipeline

    with pytest.raises(InputError, match="cannot be a pipeline file: File name too long"):
        find_pipeline("x" * 300 + ".yaml")


@pytest.mark.parametrize(
    "words",
    [
        ["edit", "SENTENCE", "clip.mp4"],
        ["batch", "quick-edit", "SENTENCE"],
        ["watch", "SENTENCE", "quick-edit"],
        ["run", "SENTENCE"],
        ["run", "quick-edit", "-i", "clip=SENTENCE"],
    ],
)
def test_a_sentence_in_the_place_of_a_name_is_told_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    """It may be longer than any name, and the system then refuses even to look."""
    from clipline.cli.main import run

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    (tmp_path / "clip.mp4").touch()
    sentence = "blur the background and " * 20
    assert run([word.replace("SENTENCE", sentence) for word in words]) == 2


def test_a_long_line_of_a_conversation_is_a_sentence() -> None:
    from clipline.cli.commands import chat, say

    sentence = "blur the background and " * 20
    assert chat._command(sentence) is None
    say._check_sentence(sentence)


@pytest.mark.parametrize("where", ["clip", "out", "folder"])
def test_names_that_are_no_text_are_told_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from clipline.cli.main import run
    from media_maker import make_clip

    odd = tmp_path / "\udcff\udcfe"
    odd.mkdir()
    clip = make_clip(tmp_path / "clip.mp4", size=(64, 48), seconds=0.4)
    shutil.copy(clip, odd / "clip.mp4")
    monkeypatch.chdir(odd if where == "folder" else tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    words = ["run", "quick-edit", "-i", f"clip={odd / 'clip.mp4' if where == 'clip' else clip}"]
    assert run([*words, "-i", "instruction=keep 0s to 0.2s", *(["--out", str(odd)] if where == "out" else [])]) == 2
    assert "not valid text (UTF-8)" in capsys.readouterr().err
