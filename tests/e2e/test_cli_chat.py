"""`say`, `chat` and what belongs to them, in processes of their own: on this machine, and against a mock's socket."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.media_maker import make_clip, make_image, make_sound

import commands
from clipline.testing import MockNemo, mock_nemo

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_clip(tmp_path / "clip.mp4", size=(96, 64), seconds=1.0)
    make_image(tmp_path / "beach.png")
    make_sound(tmp_path / "song.wav", seconds=1.0)
    return tmp_path


@pytest.fixture
def mock() -> Iterator[MockNemo]:
    with mock_nemo(silent=0, gui_talk=0, session_hours=1) as server:
        yield server


def environment(folder: Path, mock: MockNemo | None = None) -> dict[str, str]:
    return commands.environment(folder / ".state", TERM="xterm", **(mock.environment if mock else {}))


def call_in(folder: Path, mock: MockNemo | None = None, backend: str = "local") -> Call:
    """Run a command line with this backend as the setting; `said` is what is piped in."""

    def call(*arguments: str, said: str | None = None) -> subprocess.CompletedProcess[str]:
        variables = {**environment(folder, mock), "CLIPLINE_RUN_BACKEND": backend}
        return commands.clipline(*arguments, cwd=folder, env=variables, said=said)

    return call


@pytest.fixture
def local(folder: Path) -> Call:
    return call_in(folder)


@pytest.fixture
def cloud(folder: Path, mock: MockNemo) -> Call:
    return call_in(folder, mock, "nemo")


def document(ended: subprocess.CompletedProcess[str], kind: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(ended.stdout)
    assert next(iter(content.items())) == (f"clipline_{kind}", 1)
    return content


# --- on this machine -------------------------------------------------------------------------------------------------


def test_a_conversation_on_this_machine_from_the_clip_to_the_file(local: Call, folder: Path) -> None:
    assert local("say", "status").stdout == "nothing is being edited yet\n"
    assert local("say", "clip.mp4").stdout == "uploaded clip.mp4\n"
    edited = local("say", "resize to 64x48")
    assert (edited.returncode, edited.stdout.splitlines()[1:2]) == (0, ["track 1: resize to 64x48"])
    assert local("status").stdout == "Timeline (1 track): 1. Video: clip (0-1s)\n"
    exported = local("say", "export to out/small.mp4")
    assert (exported.returncode, exported.stdout) == (0, f"{folder}/out/small.mp4\n")
    assert local("export", "-o", "again.webm", "--quality", "low").stdout == f"{folder}/again.webm\n"
    assert local("credits").stdout == "no account is needed: this machine does the work\n"


def test_the_documents_have_versions(local: Call) -> None:
    said = document(local("say", "upload clip.mp4 and crop to 1:1", "--json"), "say")
    assert (said["did"], said["exit"], said["changed"]) == (["upload", "edit"], 0, True)
    assert said["changes"] == ["track 1: crop to 1:1"]
    assert [each["name"] for each in said["media"]] == ["clip.mp4"]
    status = document(local("status", "--json"), "status")
    assert (status["ready"], status["summary"]) == (True, said["summary"])
    assert document(local("credits", "--json"), "credits")["account"]["note"]
    assert document(local("export", "--json"), "result")["files"]


def test_a_second_clip_needs_a_new_session_and_is_told_how_to_begin_one(local: Call, folder: Path) -> None:
    make_clip(folder / "b.mp4", size=(96, 64), seconds=1.0)
    local("say", "clip.mp4")
    refused = local("say", "upload b.mp4")
    assert refused.returncode == 2
    assert "--new, or /new in a chat" in refused.stderr
    assert local("say", "upload b.mp4", "--new").stdout == "uploaded b.mp4\n"


def test_upload_edit_and_export_in_one_sentence_are_done_in_order(cloud: Call, folder: Path, mock: MockNemo) -> None:
    said = document(cloud("say", "upload clip.mp4, resize to 64x48 and export to done.mp4", "--json"), "say")
    assert (said["did"], said["exit"], said["files"]) == (["upload", "edit", "export"], 0, [f"{folder}/done.mp4"])
    assert [charge.text for charge in mock.ledger if charge.kind == "edit"] == ["resize to 64x48"]


def test_a_name_that_is_taken_is_refused_before_anything_is_paid(cloud: Call, folder: Path, mock: MockNemo) -> None:
    (folder / "done.mp4").write_bytes(b"mine")
    refused = cloud("say", "upload clip.mp4, resize to 64x48 and export to done.mp4")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "done.mp4 exists already" in refused.stderr
    assert (folder / "done.mp4").read_bytes() == b"mine"
    assert not [charge for charge in mock.ledger if charge.kind == "edit"]


def test_bare_words_are_answered_here_and_never_sent(cloud: Call, mock: MockNemo) -> None:
    for word in ("undo", "help", "退出"):
        refused = cloud("say", word)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "nothing was sent" in refused.stderr
    talked = cloud("chat", said="clip.mp4\nhelp\n撤销\nhistory\nquit\nblur the background\n")
    assert "uploaded clip.mp4" in talked.stdout
    assert "nothing can be taken back here" in talked.stderr
    assert not mock.ledger


def test_of_several_clips_the_newest_is_edited_in_the_cloud(cloud: Call, folder: Path, mock: MockNemo) -> None:
    make_clip(folder / "b.mp4", size=(96, 64), seconds=1.0)
    cloud("say", "clip.mp4")
    assert "b.mp4 is edited from now on" in cloud("say", "upload b.mp4").stderr
    cloud("say", "resize to 64x48")
    assert [charge.text for charge in mock.server.ledger if charge.kind == "edit"] == ["In b.mp4: resize to 64x48"]
    assert cloud("say", "export").stdout.endswith("b-edited.mp4\n")


@pytest.mark.parametrize("words", [("upload", "clip.mp4"), ("-",), ()])
def test_words_come_in_pieces_or_from_a_pipe(local: Call, words: tuple[str, ...]) -> None:
    assert local("say", *words, said="upload clip.mp4\n").stdout == "uploaded clip.mp4\n"


def test_a_file_that_a_sentence_names_comes_with_it_once(local: Call) -> None:
    local("say", "clip.mp4")
    first, second = (document(local("say", "add song.wav as music", "--json"), "say") for _ in range(2))
    assert (first["did"], first["exit"]) == (["upload", "edit"], 0)
    assert second["did"] == ["edit"], "the song is there already"


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["make it nice"], 2, "does not say what is to be done"),
        (["upload nowhere.mp4"], 2, "there is no file nowhere.mp4"),
        (["upload"], 2, "no file to upload is named"),
        ([""], 2, "nothing was said"),
        (["--session", "77", "blur the background"], 2, "there is no session '77'"),
        (["--session", "77", "--new", "x"], 2, "a session is named or begun anew, not both"),
        (["--backend", "nowhere", "x"], 2, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_done(local: Call, words: list[str], status: int, told: str) -> None:
    local("say", "clip.mp4")
    ended = local("say", *words)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert told in ended.stderr


def test_an_error_is_a_document_too(local: Call) -> None:
    assert document(local("say", "upload nowhere.mp4", "--json"), "error")["exit"] == 2


@pytest.mark.parametrize(
    ("command", "told"), [("link", "there is no session yet"), ("export", "there is no session to export")]
)
def test_before_anything_was_said_there_is_no_session(local: Call, command: str, told: str) -> None:
    ended = local(command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr


def test_a_backend_without_a_page_says_so(local: Call) -> None:
    local("say", "clip.mp4")
    ended = local("link")
    assert ended.returncode == 2
    assert 'the backend "local" has no page to open' in ended.stderr


def test_a_piped_chat_says_each_line_and_ends_with_the_worst_status(local: Call, folder: Path) -> None:
    lines = ["clip.mp4", "", "resize to 64x48", "make it nice", "/history", "/hisotry", "导出", "/quit", "never said"]
    ended = local("chat", said="\n".join(lines) + "\n")
    assert ended.returncode == 2
    assert ended.stdout.splitlines() == [
        "uploaded clip.mp4",
        "the picture is scaled to exactly 64x48",
        "track 1: resize to 64x48",
        "Timeline (1 track): 1. Video: clip (0-1s)",
        "1. resize to 64x48",
        f"{folder}/clip-edited.mp4",
    ]
    assert "did you mean /history?" in ended.stderr
    assert "> " not in ended.stderr
    assert local("chat", said="status").returncode == 0
    assert local("chat", said="").returncode == 0


def test_a_new_session_begins_with_an_empty_timeline(local: Call) -> None:
    local("say", "clip.mp4")
    ended = local("chat", said="/new\n/history\nresize to 64x48\n")
    assert ended.returncode == 2
    assert "there is no clip to edit" in ended.stderr


# --- in the cloud, or what looks like it -----------------------------------------------------------------------------


def test_a_conversation_in_the_cloud_is_paid_once_and_kept(cloud: Call, mock: MockNemo, folder: Path) -> None:
    assert cloud("say", f"file://{folder}/clip.mp4").returncode == 0
    edited = document(cloud("say", "resize to 64x48", "--json"), "say")
    assert (edited["changed"], edited["spent"]) == (True, 10)
    assert re.fullmatch(r"\d{19}", edited["session"])
    assert cloud("say", "credits").stdout.startswith("90 credits available")
    assert cloud("say", "余额").stdout == cloud("credits").stdout
    exported = cloud("export", "-o", "small.mp4")
    assert (exported.returncode, exported.stdout) == (0, f"{folder}/small.mp4\n")
    link = cloud("link")
    assert re.fullmatch(rf"{mock.url}/workspace/claim\?ct=clm_\w+\n", link.stdout)
    assert document(cloud("link", "--json"), "link")["links"][0]["url"].startswith(mock.url)
    assert [(charge.text, charge.amount) for charge in mock.ledger] == [("resize to 64x48", 10)]
    assert len({charge.session_id for charge in mock.ledger}) == 1


def test_the_reply_is_told_once_and_the_credits_with_it(cloud: Call) -> None:
    cloud("say", "clip.mp4")
    ended = cloud("say", "resize to 64x48")
    reply = ended.stdout.splitlines()
    assert reply[0].startswith("Done:")
    assert reply[1:] == ["track 1: resize to 64x48", "Timeline (1 track): 1. Video: clip.mp4 (0-1s)"]
    assert "credits: 100 → 90" in ended.stderr
    assert not [line for line in reply if line in ended.stderr]


def test_a_clip_is_made_from_words_alone(cloud: Call, mock: MockNemo) -> None:
    made = document(cloud("say", "generate a video of a beach at sunset, 5 seconds", "--json"), "say")
    assert (made["exit"], made["changed"]) == (0, True)
    assert [charge.kind for charge in mock.ledger] == ["generation"]


def test_two_sessions_can_be_talked_in(cloud: Call, folder: Path) -> None:
    first = document(cloud("say", "clip.mp4", "--json"), "say")["session"]
    second = document(cloud("say", "beach.png", "--new", "--json"), "say")["session"]
    assert first != second
    assert "clip.mp4" in cloud("status", "--session", first).stdout
    assert "clip.mp4" not in cloud("status").stdout
    said = document(cloud("say", "resize to 64x48", "--session", first, "--json"), "say")
    assert (said["session"], said["changed"]) == (first, True)
    assert "clip.mp4" in cloud("status").stdout, "the one that was worked on last"


def test_the_session_of_a_run_can_be_looked_at(cloud: Call, folder: Path, mock: MockNemo) -> None:
    ran = document(cloud("edit", "clip.mp4", "resize to 64x48", "--json"), "result")
    assert "clip.mp4" in cloud("status", ran["run"]).stdout
    assert cloud("link", ran["run"]).stdout.startswith(f"{mock.url}/workspace/claim?ct=")
    assert cloud("status", ran["run"], "--backend", "nemo").returncode == 2
    newest = cloud("link", "--json")
    assert document(newest, "link")["links"][0]["url"].startswith(f"{mock.url}/workspace/claim?ct=")
    assert f"the session of the run {ran['run']}" in newest.stderr
    assert cloud("status", "nothing-of-the-kind").returncode == 2


def test_a_dead_session_is_said_to_be_so_and_another_one_opened(cloud: Call, mock: MockNemo) -> None:
    first = document(cloud("say", "clip.mp4", "--json"), "say")["session"]
    mock.server.advance(7200)  # no session lives for two hours
    ended = cloud("say", "resize to 64x48")
    assert ended.returncode == 6
    assert ended.stdout == ""
    assert "the session is gone; a new one is opened, and its timeline is empty" in ended.stderr
    assert "hand your files over again" in ended.stderr
    assert mock.ledger == (), "words about what is lost are not paid for"
    again = document(cloud("say", "clip.mp4 resize to 64x48", "--json"), "say")
    assert again["session"] != first
    assert (again["exit"], again["changed"], len(mock.ledger)) == (0, True, 1)


def test_a_file_goes_to_the_new_session_by_itself(cloud: Call, mock: MockNemo) -> None:
    cloud("say", "clip.mp4")
    mock.server.advance(7200)  # no session lives for two hours
    ended = cloud("say", "upload clip.mp4 and resize to 64x48")
    assert ended.returncode == 0, ended.stderr
    assert "the session is gone; a new one is opened" in ended.stderr
    assert [charge.text for charge in mock.ledger] == ["resize to 64x48"]


# --- stopping --------------------------------------------------------------------------------------------------------


class Chat:
    """A chat with pipes, in a process of its own."""

    def __init__(self, folder: Path, mock: MockNemo) -> None:
        self._mock = mock
        self.process = commands.Popen(
            [*commands.CLIPLINE, "chat", "--backend", "nemo"],
            cwd=folder,
            env=environment(folder, mock),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def say(self, *lines: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{line}\n" for line in lines))
        self.process.stdin.flush()

    def wait_for_message(self, number: int) -> None:
        """Wait until so many edits have been sent."""
        end = time.monotonic() + 60
        while sum(request.path == "/run_sse" for request in self._mock.requests) < number:
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(0.3)

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=100)
        return self.process.returncode, out


@pytest.fixture
def stalled(folder: Path) -> Iterator[tuple[Chat, MockNemo]]:
    """A chat whose second edit hangs, done but not answered."""
    fault = {"route": "message", "nth": 2, "kind": "stall", "phase": "after_effect", "seconds": 60}
    with mock_nemo(silent=0, gui_talk=0, faults=[fault]) as mock:
        chat = Chat(folder, mock)
        chat.say("clip.mp4", "resize to 64x48", "crop to 1:1")
        chat.wait_for_message(2)
        yield chat, mock
        if chat.process.poll() is None:
            chat.process.kill()
            chat.process.wait()


def test_a_signal_stops_the_edit_and_keeps_the_chat(stalled: tuple[Chat, MockNemo]) -> None:
    chat, mock = stalled
    chat.process.send_signal(signal.SIGINT)
    chat.say("status", "crop to 1:1", "blur the background")
    status, out = chat.end()
    assert status == 130
    assert "stopped" in out
    assert "what became of it is looked up before the next edit" in out
    assert "its outcome was adopted" in out
    # It was said twice and paid once: what was stopped had been done.
    assert [charge.text for charge in mock.ledger] == ["resize to 64x48", "crop to 1:1", "blur the background"]


def test_a_second_signal_leaves(stalled: tuple[Chat, MockNemo]) -> None:
    chat, _ = stalled
    chat.process.send_signal(signal.SIGSTOP)  # both signals are there before the first one is answered
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
        chat.process.send_signal(number)
    status, _ = chat.end()
    assert status in {130, 143}


def test_another_process_pays_nothing_while_the_end_of_an_edit_is_unknown(
    stalled: tuple[Chat, MockNemo], folder: Path
) -> None:
    chat, mock = stalled
    chat.process.kill()
    chat.process.wait()
    ended = call_in(folder, mock, "nemo")("say", "blur the background")
    assert ended.returncode == 7
    (run,) = re.findall(r"clipline resume ([\w-]+)", ended.stderr)
    assert call_in(folder, mock, "nemo")("resume", run).returncode == 0
    assert call_in(folder, mock, "nemo")("say", "blur the background").returncode == 0
    assert [charge.text for charge in mock.ledger] == ["resize to 64x48", "crop to 1:1", "blur the background"]


class Terminal:
    """A chat on a terminal of its own."""

    def __init__(self, folder: Path) -> None:
        self._person, terminal = pty.openpty()
        self.process = commands.Popen(
            [*commands.CLIPLINE, "chat"],
            cwd=folder,
            env=environment(folder),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
        )
        os.close(terminal)
        self.seen = ""

    def read_until(self, words: str) -> None:
        end = time.monotonic() + 60
        while words not in self.seen and time.monotonic() < end:
            if select.select([self._person], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self._person, 4096).decode("utf-8", "replace")
                except OSError:
                    break
        assert words in self.seen
        self.seen = self.seen.partition(words)[2]

    def type(self, text: str) -> None:
        os.write(self._person, text.encode())

    def end(self) -> int:
        status = self.process.wait(60)
        os.close(self._person)
        return status


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    terminal = Terminal(folder)
    terminal.read_until("/help says what there is")
    terminal.read_until("> ")
    yield terminal
    if terminal.process.poll() is None:
        terminal.process.kill()
        terminal.process.wait()


def test_a_person_types_drops_a_file_and_finds_the_line_again(terminal: Terminal, folder: Path) -> None:
    terminal.type(f"'{folder}/clip.mp4' \n")
    terminal.read_until("uploaded clip.mp4")
    terminal.read_until("> ")
    terminal.type("resize to 64x48\n")
    terminal.read_until("Timeline (1 track)")
    terminal.read_until("> ")
    terminal.type("nonsense\n")
    terminal.read_until("error:")
    terminal.read_until("> ")
    terminal.type("\x1b[A\x1b[A\n")  # two lines up
    terminal.read_until("resize to 64x48")
    terminal.read_until("> ")
    terminal.type("/quit\n")
    assert terminal.end() == 0, "on a terminal every error was seen"
    history = folder / ".state" / "chat_history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert "resize to 64x48" in history.read_text("utf-8")


@pytest.mark.parametrize("leave", ["end of input", "quit", "signals"])
def test_a_person_leaves(terminal: Terminal, leave: str) -> None:
    if leave == "signals":
        time.sleep(0.3)  # until it really waits
        terminal.process.send_signal(signal.SIGINT)
        terminal.read_until("again to leave")
        terminal.read_until("> ")
        time.sleep(0.3)
        terminal.process.send_signal(signal.SIGINT)
    else:
        terminal.type("\x04" if leave == "end of input" else "/quit\n")
    assert terminal.end() == (130 if leave == "signals" else 0)
