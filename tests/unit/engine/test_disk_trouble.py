"""What a full or broken disk says is told as a fault of this machine, and leaves nothing half there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clipline.artifacts import disk_error, is_disk_trouble
from clipline.engine.delivery import put
from clipline.errors import MachineError


def delivery(folder: Path) -> dict[str, object]:
    temporary = folder / ".made.part.mp4"
    temporary.write_bytes(b"whole")
    return {
        "temporary": str(temporary),
        "path": str(folder / "made.mp4"),
        "sha256": "",
        "bytes": 5,
        "replace": False,
        "sidecar": None,
    }


def test_a_link_that_a_broken_disk_refuses_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", broken)
    with pytest.raises(OSError, match="Input/output"):
        put(delivery(tmp_path), lambda: None)
    assert [path.name for path in tmp_path.iterdir()] == [".made.part.mp4"]


def test_without_links_a_rename_that_fails_leaves_no_empty_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", no_links)
    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(OSError, match="No space"):
        put(delivery(tmp_path), lambda: None)
    assert [path.name for path in tmp_path.iterdir()] == [".made.part.mp4"]


def test_whoever_lost_the_run_puts_no_sidecar_in_place(tmp_path: Path) -> None:
    def taken_over() -> None:
        raise MachineError("another process took the run over", code="run_taken_over")

    (tmp_path / "made.mp4.json").write_text("the other's")
    with pytest.raises(MachineError, match="took the run over"):
        put({**delivery(tmp_path), "sidecar": {"mine": 1}}, taken_over)
    assert (tmp_path / "made.mp4.json").read_text() == "the other's"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made.mp4", "made.mp4.json"]


@pytest.mark.parametrize("name", ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE"])
def test_every_trouble_of_a_disk_has_a_hint(tmp_path: Path, name: str) -> None:
    number = getattr(errno, name)
    error = OSError(number, os.strerror(number))
    told = disk_error("write", tmp_path / "made.mp4", error)
    assert is_disk_trouble(error)
    assert told.exit == 7
    assert told.hint
    assert str(tmp_path) in told.hint or "ulimit" in told.hint or "programs" in told.hint
