"""Files that a stage makes: whole or not there, inside the output folder, and never over somebody else's."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of

from clipline.engine import delivery
from clipline.errors import StageFailed
from clipline.stage import StageCall, StageResult


class Killed(BaseException):
    """The process dies here."""


def export(call: StageCall, options: Any) -> StageResult:
    target = call.out / options.get("to", "film.txt")
    if found := call.files.delivered(target):
        return StageResult({"found": True}, artifacts=(found,))
    temporary = call.files.temporary(target)
    if options.get("frames"):
        temporary.mkdir()
        for name in ("1.png", "2.png"):
            (temporary / name).write_text(name)
    else:
        temporary.write_text(options.get("text", "whole"))
    if options.get("fail") == call.attempt:
        raise StageFailed("half way", retry="safe")
    sidecar = {"by": "test"} if options.get("sidecar", True) else None
    made = call.files.deliver(temporary, target, collision=options.get("collision", "fail"), sidecar=sidecar)
    if options.get("fail_after") == call.attempt:
        raise StageFailed("after it", retry="safe")
    return StageResult({"path": str(made.path)}, artifacts=(made,))


def export_anew(call: StageCall, options: Any) -> StageResult:
    """A stage that does not look for what it delivered before; its content differs each time."""
    target = call.out / "film.txt"
    temporary = call.files.temporary(target)
    temporary.write_text(f"attempt {call.attempt}")
    made = call.files.deliver(temporary, target, collision=options.get("collision", "fail"), sidecar={})
    if call.attempt == 1:
        raise StageFailed("after it", retry="safe")
    return StageResult(artifacts=(made,))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, kind_plugin({"export": export, "anew": export_anew}))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_file_is_delivered_with_its_hash_and_a_sidecar(world: World) -> None:
    result = world.run(stages_of({"stage": "export", "with": {"to": "sub/film.txt"}}))
    film = world.out / "sub" / "film.txt"
    assert (film.read_text(), result.files) == ("whole", (film,))
    digest = hashlib.sha256(b"whole").hexdigest()
    facts = json.loads((world.out / "sub" / "film.txt.json").read_text())
    assert facts == {"file": "film.txt", "sha256": digest, "bytes": 5, "by": "test"}
    assert names(world.out / "sub") == ["film.txt", "film.txt.json"]
    (event,) = [event for event in world.events if event.type == "artifact"]
    assert (event.data["sha256"], event.data["bytes"]) == (digest, 5)
    assert world.journal.stages(result.run_id)[0].artifacts[0].path == film


def test_a_folder_of_frames_is_delivered_whole(world: World) -> None:
    result = world.run(stages_of({"stage": "export", "with": {"to": "frames", "frames": True}}))
    assert names(world.out / "frames") == ["1.png", "2.png"]
    assert world.journal.stages(result.run_id)[0].artifacts[0].bytes == 10


@pytest.mark.parametrize("frames", [False, True])
@pytest.mark.parametrize("sidecar", [False, True])
def test_what_stands_there_is_never_overwritten_unasked(world: World, frames: bool, sidecar: bool) -> None:
    world.out.mkdir()
    (world.out / "film.txt").write_text("yours")
    result = world.run(stages_of({"stage": "export", "with": {"frames": frames, "sidecar": sidecar}}))
    assert (result.errors[0]["code"], result.exit) == ("exists", 2)
    assert (world.out / "film.txt").read_text() == "yours"
    assert names(world.out) == ["film.txt"]


def test_somebodys_sidecar_is_not_overwritten_either(world: World) -> None:
    world.out.mkdir()
    (world.out / "film.txt.json").write_text("yours")
    assert world.run(stages_of("export")).errors[0]["code"] == "exists"
    assert world.run(stages_of({"stage": "export", "with": {"collision": "number"}})).files == (
        world.out / "film-2.txt",
    )
    assert (world.out / "film.txt.json").read_text() == "yours"


@pytest.mark.parametrize("frames", [False, True])
def test_overwrite_replaces(world: World, frames: bool) -> None:
    (world.out / "film.txt").mkdir(parents=True) if frames else world.out.mkdir()
    (world.out / "film.txt" / "frame-00009.png" if frames else world.out / "film.txt").write_text("old")
    result = world.run(stages_of({"stage": "export", "with": {"collision": "overwrite", "frames": frames}}))
    assert result.status == "done"
    assert names(world.out) == ["film.txt", "film.txt.json"]
    assert (
        names(world.out / "film.txt") == ["1.png", "2.png"]
        if frames
        else (world.out / "film.txt").read_text() == "whole"
    )


def test_number_takes_the_first_free_name(world: World) -> None:
    nodes = [{"stage": "export", "id": f"e{n}", "with": {"collision": "number"}} for n in range(3)]
    world.run(stages_of(*nodes))
    assert [name for name in names(world.out) if not name.endswith(".json")] == ["film-2.txt", "film-3.txt", "film.txt"]


def test_a_name_that_is_taken_in_the_last_moment_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def faster(source: Any, target: Any) -> None:
        if not Path(target).exists():
            Path(target).write_text("yours")
        link(source, target)

    monkeypatch.setattr(os, "link", faster)
    result = world.run(stages_of("export"))
    assert result.errors[0]["code"] == "exists"
    assert (world.out / "film.txt").read_text() == "yours"
    assert names(world.out) == ["film.txt"]


def test_a_file_system_without_links_does_as_well(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert world.run(stages_of("export")).status == "done"
    assert world.run(stages_of("export")).errors[0]["code"] == "exists"
    assert names(world.out) == ["film.txt", "film.txt.json"]


@pytest.mark.parametrize("to", ["../film.txt", "/tmp/film.txt", "link/film.txt"])
def test_nothing_is_written_outside_the_output_folder(world: World, to: str) -> None:
    (world.folder / "elsewhere").mkdir()
    world.out.mkdir()
    (world.out / "link").symlink_to(world.folder / "elsewhere")
    result = world.run(stages_of({"stage": "export", "with": {"to": to}}))
    assert result.errors[0]["code"] == "outside_out"
    assert names(world.folder / "elsewhere") == []


def test_what_an_attempt_did_not_deliver_is_removed_at_its_end(world: World) -> None:
    result = world.run(stages_of({"stage": "export", "with": {"fail": 1}}))
    assert (result.status, names(world.out)) == ("failed", [])
    writer = world.journal.continue_(result.run_id)
    assert writer.temporaries() == []
    writer.close()


def test_a_retry_finds_what_it_delivered_before(world: World) -> None:
    retry = {"attempts": 2, "delay": "0.01s"}
    result = world.run(stages_of({"stage": "export", "with": {"fail_after": 1}, "retry": retry}))
    assert (result.status, result.stages["export"].outputs) == ("done", {"found": True})


@pytest.mark.parametrize("collision", ["fail", "number"])
def test_a_retry_replaces_its_own_file_and_no_other(world: World, collision: str) -> None:
    result = world.run(
        stages_of({"stage": "anew", "with": {"collision": collision}, "retry": {"attempts": 2, "delay": "0.01s"}})
    )
    assert result.status == "done"
    assert (world.out / "film.txt").read_text() == "attempt 2"
    assert names(world.out) == ["film.txt", "film.txt.json"]


def test_a_file_that_somebody_changed_is_no_longer_ours(world: World) -> None:
    world.run(stages_of("anew"))
    (world.out / "film.txt").write_text("edited by hand")
    assert world.resume().errors[0]["code"] == "exists"
    assert (world.out / "film.txt").read_text() == "edited by hand"


def test_a_full_disk_is_said_in_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = world.run(stages_of("export"))
    assert (result.exit, result.errors[0]["code"]) == (7, "disk_full")
    assert names(world.out) == []


BREAKS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {}


def at(name: str) -> Callable[[Any], Any]:
    def keep(function: Any) -> Any:
        BREAKS[name] = function
        return function

    return keep


def dying(*_: Any, **__: Any) -> None:
    raise Killed


@at("before the rename")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(os, "link", dying)


@at("between link and unlink")
def _(patch: pytest.MonkeyPatch) -> None:
    link = os.link

    def linked(source: Any, target: Any) -> None:
        link(source, target)
        raise Killed

    patch.setattr(os, "link", linked)


@at("before the sidecar")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(delivery, "write_whole", dying)


@at("in the sidecar")
def _(patch: pytest.MonkeyPatch) -> None:
    def half(path: Path, content: bytes, draft: Path, **_: object) -> None:
        draft.write_bytes(content[: len(content) // 2])
        raise Killed

    patch.setattr(delivery, "write_whole", half)


@at("before the outcome")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(delivery, "sync_folder", dying)


@pytest.mark.parametrize("kind", ["export", "anew"])
@pytest.mark.parametrize("moment", BREAKS)
def test_after_a_break_at_any_moment_resume_gives_one_whole_file(tmp_path: Path, moment: str, kind: str) -> None:
    world = World(tmp_path, kind_plugin({"export": export, "anew": export_anew}))
    with pytest.MonkeyPatch.context() as patch:
        BREAKS[moment](patch)
        with pytest.raises(Killed):
            world.run(stages_of(kind))
    result = world.resume()
    assert result.status == "done", result.errors
    assert names(world.out) == ["film.txt", "film.txt.json"]
    facts = json.loads((world.out / "film.txt.json").read_text())
    assert facts["sha256"] == hashlib.sha256((world.out / "film.txt").read_bytes()).hexdigest()
    assert result.files == (world.out / "film.txt",)


def test_a_replaced_folder_survives_a_break_half_way(world: World) -> None:
    (world.out / "film.txt").mkdir(parents=True)
    (world.out / "film.txt" / "frame-00009.png").write_text("old")
    stage = {"stage": "export", "with": {"frames": True, "collision": "overwrite"}}
    rename = Path.rename

    def once(path: Path, target: Any) -> Path:
        if path.name != "film.txt":
            raise Killed
        return rename(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", once)
        with pytest.raises(Killed):
            world.run(stages_of(stage))
    assert "film.txt" not in names(world.out)
    assert world.resume().status == "done"
    assert names(world.out) == ["film.txt", "film.txt.json"]
    assert names(world.out / "film.txt") == ["1.png", "2.png"]


def test_a_folder_with_files_of_the_persons_own_is_not_replaced(world: World) -> None:
    (world.out / "film.txt").mkdir(parents=True)
    (world.out / "film.txt" / "notes.txt").write_text("precious")
    stage = {"stage": "export", "with": {"frames": True, "collision": "overwrite"}}
    assert world.run(stages_of(stage)).errors[0]["code"] == "is_folder"
    assert names(world.out / "film.txt") == ["notes.txt"]


def test_a_file_that_was_not_asked_for_is_the_plugins_fault(tmp_path: Path) -> None:
    def odd(call: StageCall, options: Any) -> StageResult:
        call.out.mkdir()
        own = call.out / "own"
        own.write_text("x")
        return StageResult(artifacts=(call.files.deliver(own, call.out / "film"),))

    def empty(call: StageCall, options: Any) -> StageResult:
        call.files.deliver(call.files.temporary(call.out / "film"), call.out / "film")
        return StageResult()

    world = World(tmp_path, kind_plugin({"odd": odd, "empty": empty}))
    assert world.run(stages_of("odd")).errors[0]["code"] == "plugin"
    assert "nothing was written" in world.run(stages_of("empty")).errors[0]["message"]


def test_a_folder_that_was_made_for_a_file_goes_where_there_is_no_file(tmp_path: Path) -> None:
    world = World(tmp_path, kind_plugin({"export": export}))
    place = {"to": "a/b/film.txt"}
    failed = world.run(stages_of({"stage": "export", "with": {**place, "fail": 1}}))
    assert failed.status == "failed"
    assert not (tmp_path / "out" / "a").exists()
    made = world.run(stages_of({"stage": "export", "with": place}))
    assert made.status == "done"
    assert (tmp_path / "out" / "a" / "b" / "film.txt").is_file()
