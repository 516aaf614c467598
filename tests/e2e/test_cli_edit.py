"""`clipline edit`: a sentence in, a file out; asked again on a terminal where the sentence is not clear."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import commands
from media_maker import make_clip, make_image, make_sound
from people_clips import SAMPLES

UNCLEAR = "removing, replacing, or isolating objects"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_clip(tmp_path / "clip.mp4", size=(96, 64), seconds=0.4)
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    return commands.environment(folder / ".state", TERM="xterm")


def edit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return commands.clipline("edit", *arguments, cwd=folder, env=environment(folder))


def test_the_path_of_the_new_file_is_the_result(folder: Path) -> None:
    before = (folder / "clip.mp4").read_bytes()
    ended = edit(folder, "clip.mp4", "resize to 64x48")
    assert (ended.returncode, ended.stdout) == (0, f"{folder}/clip-edited.mp4\n")
    assert "clip.mp4 is as it was; delete the new file to undo the edit" in ended.stderr
    assert (folder / "clip.mp4").read_bytes() == before
    again = edit(folder, "clip.mp4", "resize to 64x48")
    assert again.stdout != ended.stdout
    assert Path(again.stdout.strip()).exists()


def test_the_file_can_be_named(folder: Path) -> None:
    ended = edit(folder, "clip.mp4", "resize to 64x48", "-o", "new/small.webm", "--json")
    assert json.loads(ended.stdout)["files"] == [f"{folder}/new/small.webm"]


def test_the_sentence_says_the_ending_where_no_name_does(folder: Path) -> None:
    assert edit(folder, "clip.mp4", "export as webm").stdout == f"{folder}/clip-edited.webm\n"
    planned = edit(folder, "clip.mp4", "make the background transparent and export as mov", "--plan")
    assert "makes clip-edited.mov: mov, quality high" in planned.stdout


def test_a_plan_shows_what_would_be_done_and_does_nothing(folder: Path) -> None:
    ended = edit(folder, "clip.mp4", "resize to 64x48", "-o", "small.mkv", "--plan")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "the clip to edit: clip.mp4" in ended.stdout
    assert "makes small.mkv: mkv, quality high" in ended.stdout
    notes = json.loads(edit(folder, "clip.mp4", "resize to 64x48", "--plan", "--json").stdout)["stages"][2]["notes"]
    assert "resize to 64x48" in notes
    assert [path.name for path in folder.iterdir() if path.name != ".state"] == ["clip.mp4"]


def test_a_sentence_without_quotes_is_shown_with_them(folder: Path) -> None:
    ended = edit(folder, "clip.mp4", "replace", "the", "background", "with", "green")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert 'clipline edit clip.mp4 "replace the background with green"' in ended.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [("taken.mp4", "taken.mp4 is a folder"), ("clip.mp4", "written over"), ("clip.mp4/x.mp4", "cannot write to")],
)
def test_a_place_that_cannot_be_written_to_is_refused_before_the_work(folder: Path, name: str, words: str) -> None:
    (folder / "taken.mp4").mkdir()
    ended = edit(folder, "clip.mp4", "resize to 64x48", "-o", name)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert " -o" in ended.stderr
    assert "upload" not in ended.stderr
    assert sorted(path.name for path in folder.iterdir() if path.name != ".state") == ["clip.mp4", "taken.mp4"]


def test_a_file_that_exists_is_replaced_by_nobody_but_who_says_so(folder: Path) -> None:
    (folder / "mine.mp4").write_bytes(b"mine")
    for only_plan in ((), ("--plan",)):
        ended = edit(folder, "clip.mp4", "resize to 64x48", "-o", "mine.mp4", *only_plan)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "mine.mp4 exists already\nhint: add --overwrite to replace it" in ended.stderr
    assert (folder / "mine.mp4").read_bytes() == b"mine"
    assert edit(folder, "clip.mp4", "resize to 64x48", "-o", "mine.mp4", "--overwrite").returncode == 0
    assert (folder / "mine.mp4").stat().st_size > 100
    ended = edit(folder, "clip.mp4", "resize to 64x48", "-o", "clip.mp4", "--overwrite")
    assert (ended.returncode, "written over" in ended.stderr) == (2, True)


@pytest.mark.parametrize(("answer", "status", "replaced"), [("yes\n", 0, True), ("no\n", 2, False)])
def test_who_sits_at_a_terminal_is_asked_about_a_file_that_exists(
    folder: Path, answer: str, status: int, *, replaced: bool
) -> None:
    (folder / "mine.mp4").write_bytes(b"mine")
    terminal = Terminal(folder, "edit", "clip.mp4", "resize to 64x48", "-o", "mine.mp4")
    terminal.read_until("replace it (yes or no)")
    terminal.type(answer)
    assert terminal.end()[0] == status
    assert (folder / "mine.mp4").read_bytes() != b"mine" or not replaced
    assert ((folder / "mine.mp4").read_bytes() == b"mine") is not replaced


def test_a_photo_makes_a_photo_and_the_cloud_says_that_it_makes_none(folder: Path) -> None:
    make_image(folder / "pic.png")
    ended = edit(folder, "pic.png", "crop to 1:1")
    assert ended.stdout == f"{folder}/pic-edited.png\n"
    assert (folder / "pic-edited.png").read_bytes().startswith(b"\x89PNG")
    assert edit(folder, "pic.png", "crop to 1:1 and save it as jpeg").stdout == f"{folder}/pic-edited.jpg\n"
    for name in ("out.png", "out.jpg"):
        ended = edit(folder, "pic.png", "crop to 1:1", "-o", name, "--backend", "mock")
        assert (ended.returncode, ended.stdout) == (2, "")
        assert f"the service makes a video even of a photo, and no {name[-3:]}" in ended.stderr
    planned = edit(folder, "pic.png", "crop to 1:1", "--backend", "mock", "--plan")
    assert (planned.returncode, "pic-edited.mp4" in planned.stdout) == (0, True)


def test_an_image_that_is_named_first_is_what_is_edited(folder: Path) -> None:
    make_image(folder / "pic.png")
    planned = edit(folder, "pic.png", "make it 8 seconds long, join it with clip.mp4", "--plan").stdout
    assert "the clip to edit: pic.png, a photo" in planned
    assert "clip.mp4 follows" in planned


def test_what_is_no_video_is_refused_before_the_work(folder: Path) -> None:
    make_sound(folder / "song.wav")
    ended = edit(folder, "song.wav", "resize to 64x48")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: there is no clip to edit: song.wav is only sound, not a video\n")


def test_an_error_of_the_run_names_no_place_in_a_file_that_nobody_wrote(folder: Path) -> None:
    ended = edit(folder, "clip.mp4", "remove the person")
    assert ended.returncode == 1
    assert "error: edit: " in ended.stderr
    assert "clipline resume" not in ended.stderr, "with the same words it would end so again"
    assert "<mapping>" not in ended.stderr


def test_what_cannot_be_done_is_refused_in_words_and_leaves_nothing(folder: Path) -> None:
    ended = edit(folder, "clip.mp4", "make it nice")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error: “make it nice” does not say what is to be done\nhint: ")
    assert [path.name for path in folder.iterdir() if path.name != ".state"] == ["clip.mp4"]


@pytest.mark.parametrize(("sentence", "said"), [("add music musik.wav", "did you mean"), ("加音乐musik.wav", "是不是")])
def test_a_missing_file_is_refused_with_the_one_of_nearly_its_name(folder: Path, sentence: str, said: str) -> None:
    make_sound(folder / "music.wav", seconds=0.2)
    ended = edit(folder, "clip.mp4", sentence, "--plan")
    assert ended.returncode == 2
    assert f"{said}“music.wav”" in ended.stderr.replace(f"{said} ", said)


def test_a_clip_that_is_none_is_the_persons_mistake(folder: Path) -> None:
    (folder / "text.mp4").write_text("no clip")
    ended = edit(folder, "text.mp4", "resize to 64x48")
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: text.mp4 is no video")


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_an_unclear_sentence_is_refused_with_examples_where_nobody_can_be_asked(
    folder: Path, arguments: tuple[str, ...]
) -> None:
    ended = edit(folder, "clip.mp4", UNCLEAR, *arguments)
    assert ended.returncode == 2
    assert "does not say what is to be removed, replaced or isolated" in ended.stderr
    assert "“remove the person”" in " ".join(ended.stderr.split())
    if arguments:
        assert json.loads(ended.stdout)["code"] == "ambiguous"


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._person, terminal = pty.openpty()
        self.process = commands.Popen(
            [*commands.CLIPLINE, *arguments],
            cwd=folder,
            env=environment(folder),
            stdin=terminal,
            stdout=subprocess.PIPE,
            stderr=terminal,
            text=True,
            start_new_session=True,
        )
        os.close(terminal)
        self.seen = ""

    def read_until(self, words: str) -> None:
        """Read what is shown until `words` are."""
        end = time.monotonic() + 60
        while words not in self.seen and time.monotonic() < end:
            if select.select([self._person], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self._person, 4096).decode("utf-8", "replace")
                except OSError:
                    break
        assert words in self.seen

    def type(self, text: str) -> None:
        os.write(self._person, text.encode())

    def end(self) -> tuple[int, str]:
        """Wait for the end; the exit status and stdout."""
        out, _ = self.process.communicate(timeout=60)
        os.close(self._person)
        return self.process.returncode, out


@pytest.fixture
def asked(folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder, "edit", "clip.mp4", UNCLEAR)
    terminal.read_until("what should be done: ")
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.kill()
        terminal.process.wait()


def test_an_unclear_sentence_is_asked_about_on_a_terminal(asked: Terminal, folder: Path) -> None:
    assert "“remove the person”" in asked.seen
    asked.type("resize to 64x48\n")
    asked.read_until("is as it was")
    assert asked.end() == (0, f"{folder}/clip-edited.mp4\n")


def test_nothing_is_no_answer(asked: Terminal) -> None:
    asked.seen = ""
    asked.type("\n")
    asked.read_until("what should be done: ")


def _vans(path: Path) -> Path:
    """Half a second of the same van twice, side by side."""
    with av.open(str(SAMPLES / "walkers.mp4")) as container:
        street = next(container.decode(video=0)).to_ndarray(format="rgb24")
    van = cv2.resize(street[5:135, -175:-45], (260, 260), interpolation=cv2.INTER_CUBIC)
    both = np.hstack([van, van])
    return make_clip(path, size=(520, 260), fps=12, seconds=0.5, pattern=lambda _index, _time: both)


@pytest.mark.parametrize(
    ("sentence", "answer", "meant", "choices"),
    [
        ("add background music", "2\n", "song.wav", ["loop.wav", "song.wav"]),
        ("crop to 1:1 and add some music at 40%", "7\nloop\n", "loop.wav", ["loop.wav", "song.wav"]),
        ("blur the van", "right\n", "on the right", ["left", "right", "all"]),
    ],
)
def test_which_file_or_thing_is_meant_is_asked_on_a_terminal_and_named_elsewhere(
    folder: Path, sentence: str, answer: str, meant: str, choices: list[str]
) -> None:
    _vans(folder / "clip.mp4")
    make_sound(folder / "song.wav")
    make_sound(folder / "loop.wav")
    ended = edit(folder, "clip.mp4", sentence, "--json")
    said = json.loads(ended.stdout)
    error = said if "code" in said else said["errors"][0]
    assert (ended.returncode != 0, error["code"]) == (True, "ambiguous")
    assert [choice["label"] for choice in error["choices"]] == choices
    assert all(choice["label"] in error["hint"] for choice in error["choices"])
    terminal = Terminal(folder, "edit", "clip.mp4", sentence, "-o", "out.mp4")
    for line in answer.splitlines(keepends=True):
        terminal.read_until("the whole sentence anew): ")
        terminal.seen = ""
        terminal.type(line)
    terminal.read_until("is as it was")
    assert terminal.end() == (0, f"{folder}/out.mp4\n")
    facts = json.loads((folder / "out.mp4.json").read_text(encoding="utf-8"))
    assert meant in facts["instructions"][0]


@pytest.mark.parametrize("leave", ["signal", "end of input"])
def test_who_is_asked_can_leave(asked: Terminal, leave: str) -> None:
    if leave == "signal":
        asked.process.send_signal(signal.SIGINT)
    else:
        asked.type("\x04")
    asked.read_until("stopped")
    assert asked.end() == (130, "")


def test_a_render_is_shown_with_a_bar_and_stops_on_a_signal(folder: Path) -> None:
    make_clip(folder / "long.mp4", size=(640, 480), seconds=20.0)
    terminal = Terminal(folder, "edit", "long.mp4", "pad to 1920x1080 with white")
    terminal.read_until("export")
    terminal.read_until("%")
    terminal.process.send_signal(signal.SIGINT)
    terminal.read_until("to go on: clipline resume ")
    assert terminal.end() == (130, "")
    assert sorted(path.name for path in folder.iterdir() if path.name != ".state") == ["clip.mp4", "long.mp4"]


def test_checks_by_hand_are_shown_with_a_bar_and_then_their_results(folder: Path) -> None:
    make_clip(folder / "long.mp4", size=(320, 240), seconds=8.0)
    terminal = Terminal(folder, "verify", "long.mp4", "clip.mp4")
    terminal.read_until("checking")
    terminal.read_until("%")
    status, told = terminal.end()
    assert status == (3 if "FAIL" in told else 0)
    assert "long.mp4: " in told
    assert "clip.mp4: " in told
