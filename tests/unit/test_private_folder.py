"""The state folder is the person's own, or nothing is kept in it."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from clipline.errors import MachineError
from clipline.settings import Settings

OTHER = 12345


def make(folder: Path) -> Path:
    return Settings(folder).make_state_folder()


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


def as_root() -> None:
    if os.geteuid():
        pytest.skip("files of another user can be made by root only")


def test_a_new_one_is_for_this_user_alone(tmp_path: Path) -> None:
    assert mode_of(make(tmp_path / "state")) == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o777, 0o770])
@pytest.mark.parametrize("used", [False, True])
def test_one_that_is_open_to_others_is_closed_and_told(
    tmp_path: Path, mode: int, used: bool, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    if used:
        (folder / "journal.sqlite").touch()
    folder.chmod(mode)
    with caplog.at_level(logging.WARNING):
        assert mode_of(make(folder)) == 0o700
    assert ("write to" if mode & 0o022 else "read") in caplog.text


@pytest.mark.parametrize("mode", [0o1777, 0o755])
def test_a_shared_folder_with_other_uses_is_refused_and_left_as_it_is(tmp_path: Path, mode: int) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/letter.txt").touch()
    (tmp_path / "shared").chmod(mode)
    with pytest.raises(MachineError, match="open to others") as caught:
        make(tmp_path / "shared")
    assert caught.value.exit == 7
    assert "chmod 700" in caught.value.hint
    assert mode_of(tmp_path / "shared") == mode & 0o777


def test_an_empty_folder_with_the_sticky_bit_is_nobodys_own(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    with pytest.raises(MachineError, match="open to others"):
        make(tmp_path / "tmp")


def test_another_users_folder_is_refused(tmp_path: Path) -> None:
    as_root()
    (tmp_path / "state").mkdir(mode=0o700)
    os.chown(tmp_path / "state", OTHER, OTHER)
    with pytest.raises(MachineError, match="belongs to another user"):
        make(tmp_path / "state")


def test_a_link_that_another_user_laid_is_refused(tmp_path: Path) -> None:
    as_root()
    (tmp_path / "mine").mkdir(mode=0o700)
    (tmp_path / "state").symlink_to("mine")
    os.chown(tmp_path / "state", OTHER, OTHER, follow_symlinks=False)
    with pytest.raises(MachineError, match="belongs to another user"):
        make(tmp_path / "state")


def test_a_link_of_ones_own_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir(mode=0o755)
    (tmp_path / "state").symlink_to("disk")
    make(tmp_path / "state")
    assert mode_of(tmp_path / "disk") == 0o700


def test_what_another_user_put_into_it_is_not_trusted(tmp_path: Path) -> None:
    as_root()
    folder = tmp_path / "state"
    folder.mkdir()
    for name in ("journal.sqlite", "runs"):
        (folder / name).touch()
    os.chown(folder / "runs", OTHER, OTHER)
    folder.chmod(0o777)
    with pytest.raises(MachineError, match="'runs'"):
        make(folder)
    assert mode_of(folder) == 0o777
