"""The threads of a render end together: when it is done, when it fails, and when somebody says stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import av
import pytest

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, MachineError, TimedOut
from clipline.studio.rendering.ahead import ahead
from clipline.studio.rendering.render import RenderSpec, render
from clipline.timeline import Background, Timeline, Trim
from clipline.values import Color
from media_maker import make_clip
from studio_clips import timeline_of


def _studio_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("studio-")]


def _frames(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clips") / "clip.mp4", size=(640, 360), seconds=6, sound=True)


def _render(timeline: Timeline, output: Path, clock: Clock, **more: object) -> None:
    spec = RenderSpec(quality="medium")  # encoded, whatever can be copied
    render(timeline, output, spec, clock=clock, progress=more.pop("progress", lambda _: None), **more)  # type: ignore[arg-type]


def test_progress_only_grows_and_ends_at_one(tmp_path: Path, clip: Path) -> None:
    told: list[float] = []
    _render(timeline_of(clip, Trim(0, 1)), tmp_path / "out", Clock(), progress=told.append)
    assert len(told) > 20
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert not _studio_threads()


def test_the_pictures_are_the_same_whatever_the_number_of_threads(tmp_path: Path, clip: Path) -> None:
    for threads in (1, 3):
        _render(timeline_of(clip, Trim(0, 1)), tmp_path / str(threads), Clock(), threads=threads)
    pairs = zip(_frames(tmp_path / "1"), _frames(tmp_path / "3"), strict=True)
    assert all((one == other).all() for one, other in pairs)


def test_a_cancel_ends_a_render_soon_and_leaves_nothing(tmp_path: Path, clip: Path) -> None:
    token = CancelToken()
    said_at: list[float] = []

    def progress(fraction: float) -> None:
        if fraction > 0.1 and not said_at:
            said_at.append(time.monotonic())
            token.cancel()

    with pytest.raises(Cancelled):
        _render(timeline_of(clip), tmp_path / "out", Clock(token), progress=progress)
    assert time.monotonic() - said_at[0] < 5
    assert not (tmp_path / "out").exists()
    assert not _studio_threads()


def test_a_deadline_ends_a_render_too(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(TimedOut):
        _render(timeline_of(clip), tmp_path / "out", Clock().within(0.1))
    assert not (tmp_path / "out").exists()
    assert not _studio_threads()


class _Breaks:
    """An operation that fails in the middle."""

    def process(self, picture: object) -> object:
        if picture.index == 30:  # type: ignore[attr-defined]
            raise ZeroDivisionError("on purpose")
        return picture

    def findings(self) -> tuple[()]:
        return ()


def test_a_failure_in_the_middle_comes_out_as_it_is_and_ends_everything(tmp_path: Path, clip: Path) -> None:
    timeline = timeline_of(clip, Background(Color(0, 0, 0)))
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        _render(timeline, tmp_path / "out", Clock(), prepare=lambda *_, **__: _Breaks())
    assert not (tmp_path / "out").exists()
    assert not _studio_threads()


def test_a_place_that_cannot_be_written_is_the_fault_of_the_machine(tmp_path: Path, clip: Path) -> None:
    with pytest.raises(MachineError, match="could not be written"):
        _render(timeline_of(clip), tmp_path / "none" / "out", Clock())
    assert not _studio_threads()


def test_frames_are_not_mixed_into_a_folder_with_other_things(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "frames").mkdir()
    (tmp_path / "frames" / "mine.txt").write_text("keep")
    with pytest.raises(MachineError, match="is not empty"):
        render(
            timeline_of(clip), tmp_path / "frames", RenderSpec("frames"), clock=Clock(), progress=lambda _fraction: None
        )
    assert (tmp_path / "frames" / "mine.txt").read_text() == "keep"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_said_in_words(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "out").symlink_to("/dev/full")
    with pytest.raises(MachineError, match="the disk is full"):
        _render(timeline_of(clip), tmp_path / "out", Clock())
    assert not _studio_threads()


# --- the thread that runs ahead ---------------------------------------------------------------------------------------


def test_items_come_in_order_and_the_thread_is_never_far_ahead() -> None:
    made: list[int] = []

    def numbers() -> Generator[int, None, None]:
        for number in range(50):
            made.append(number)
            yield number

    taken = []
    for number in ahead(numbers(), Clock(), depth=3, name="studio-test"):
        taken.append(number)
        time.sleep(0.001)
        assert made[-1] - number <= 5
    assert taken == list(range(50))
    assert not _studio_threads()


def test_closing_the_reader_closes_what_it_reads_from() -> None:
    closed = []

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed.append(threading.current_thread().name)

    reader = ahead(endless(), Clock(), depth=2, name="studio-test")
    next(reader)
    reader.close()
    assert closed == ["studio-test"]
    assert not _studio_threads()
