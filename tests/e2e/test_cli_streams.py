"""What comes out where: closed and full streams, other locales, colours, and a bug's report."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

POSIX_ONLY = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")


def environment(folder: Path, **more: str) -> dict[str, str]:
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("CLIPLINE_", "NO_COLOR", "FORCE_COLOR"))}
    return {**plain, "CLIPLINE_STATE": str(folder / "state"), "CLIPLINE_CONFIG": os.devnull, **more}


def shell(folder: Path, script: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell in which `$COMMAND` is the command."""
    return subprocess.run(
        ["/bin/sh", "-c", script],
        cwd=folder,
        env=environment(folder, COMMAND=f"{sys.executable} -m clipline", **more),
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    ended = shell(tmp_path, "{ $COMMAND completion bash; echo $? >status; } | true")
    assert (tmp_path / "status").read_text() == "0\n"
    assert ended.stderr == b""


@POSIX_ONLY
def test_a_result_that_cannot_be_written_is_this_machines_error(tmp_path: Path) -> None:
    ended = shell(tmp_path, "$COMMAND config >/dev/full")
    assert ended.returncode == 7
    assert ended.stderr.startswith(b"error: cannot write the result: No space left on device")


@POSIX_ONLY
def test_help_that_cannot_be_written_blames_no_folder(tmp_path: Path) -> None:
    ended = shell(tmp_path, "$COMMAND --help >/dev/full")
    assert (ended.returncode, str(tmp_path).encode() in ended.stderr) == (7, False)
    assert ended.stderr.startswith(b"error: cannot write: no space left on device")


@pytest.mark.parametrize("words", ["config", "runs list --json"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_a_closed_stream_stops_nothing(tmp_path: Path, words: str, closed: str) -> None:
    ended = shell(tmp_path, f"$COMMAND {words} {closed}")
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_no_file_takes_the_place_of_a_closed_stream(tmp_path: Path) -> None:
    program = "import os, clipline.cli.console as c; c.prepare(); os._exit(os.open(os.devnull, os.O_RDONLY))"
    ended = shell(tmp_path, f"{sys.executable} -c '{program}' >&- 2>&- <&-")
    assert ended.returncode > 2


@POSIX_ONLY
def test_talk_that_cannot_be_written_is_lost_and_the_status_stays(tmp_path: Path) -> None:
    assert shell(tmp_path, "$COMMAND rn 2>/dev/full").returncode == 2


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
def test_any_locale_will_do(tmp_path: Path, locale: Mapping[str, str]) -> None:
    folder = tmp_path / "剪辑"
    folder.mkdir()
    ended = shell(folder, "$COMMAND config && $COMMAND run 剪辑.yaml", **locale)
    assert ended.returncode == 2
    assert b"state folder: " in ended.stdout
    assert b"error: there is no pipeline file" in ended.stderr
    assert b"bug" not in ended.stderr


def test_a_name_that_is_no_text_is_told_all_the_same(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable.encode(), b"-m", b"clipline", b"run", b"caf\xe9\x1b[2J.yaml", b"--json"],
        env=environment(tmp_path),
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 2
    assert b"\x1b" not in ended.stderr
    assert json.loads(ended.stdout)["code"] == "input"


@pytest.mark.parametrize(
    ("more", "colored"), [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)]
)
def test_colours_are_for_terminals_or_who_asks(tmp_path: Path, more: Mapping[str, str], colored: bool) -> None:
    assert (b"\x1b[31m" in shell(tmp_path, "$COMMAND rn", **more).stderr) is colored


BUG = """
import sys, click
from clipline.cli import main
main.COMMANDS = {"boom": "Boom."}
def boom():
    import logging
    logging.getLogger("http").info("GET https://example.org/x?sig=abc123")
    raise KeyError("lost; https://example.org/x?sig=abc123")
module = type(sys)("clipline.cli.commands.boom")
module.command = click.Command("boom", callback=boom)
sys.modules["clipline.cli.commands.boom"] = module
main.main(["boom", *sys.argv[1:]])
"""


def test_a_bug_is_told_with_a_report_and_no_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BUG],
        env=environment(tmp_path, TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    (report,) = tmp_path.glob("clipline-bug-*.txt")
    assert ended.returncode == 70
    assert "Traceback" not in ended.stderr
    assert f"hint: please report it with {report}" in ended.stderr
    text = report.read_text()
    assert "KeyError" in text
    assert "Traceback" in text
    assert "abc123" not in text + ended.stderr
    assert report.stat().st_mode & 0o077 == 0


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BUG.replace('["boom", *', '["--debug", "boom", *')],
        env=environment(tmp_path, TMPDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 70
    assert "Traceback" in ended.stderr
    assert "INFO http: GET https://example.org/x?…" in ended.stderr
    assert "abc123" not in ended.stderr


STOPPABLE = """
import sys, time
from clipline.cli.signals import stoppable

def work(token):
    print("at work", flush=True)
    token.wait(60)
    if "stubborn" in sys.argv:
        time.sleep(60)
    return 128 + token.signal_number

sys.exit(stoppable(work))
"""


def stoppable(*arguments: str) -> subprocess.Popen[str]:
    """Start work that waits to be stopped."""
    process = subprocess.Popen(
        [sys.executable, "-c", STOPPABLE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_asks_the_work_to_end(number: signal.Signals) -> None:
    process = stoppable()
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert said.strip() == "stopping; again to leave at once"


def test_the_second_signal_ends_at_once_even_where_the_work_does_not_come_back() -> None:
    process = stoppable("stubborn")
    process.send_signal(signal.SIGINT)
    assert process.stderr is not None
    while "stopping" not in (line := process.stderr.readline()):
        assert line, "it ended without a word"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 128 + signal.SIGTERM
    process.communicate()


def test_a_signal_that_was_switched_off_stays_off() -> None:
    program = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + STOPPABLE.replace("60", "1")
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    process.send_signal(signal.SIGHUP)
    _, said = process.communicate(timeout=60)
    assert said == ""


# --- signals where no work hears of them ---

COMMAND = """
import sys, click, time
from clipline.cli import main
main.COMMANDS = {"dawdle": "Dawdle."}
def dawdle():
    try:
        print("at work", flush=True)
        time.sleep(60)
    finally:
        print("tidied up", flush=True)
        while "stubborn" in sys.argv:
            pass
module = type(sys)("clipline.cli.commands.dawdle")
module.command = click.Command("dawdle", callback=dawdle)
sys.modules["clipline.cli.commands.dawdle"] = module
main.main(["dawdle"])
"""


def dawdling(*arguments: str) -> subprocess.Popen[str]:
    """Start a command without a token, and wait until it is at work."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "at work\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_hears_of_no_signal_tidies_up_and_ends_by_its_number(number: signal.Signals) -> None:
    process = dawdling()
    process.send_signal(number)
    out, said = process.communicate(timeout=60)
    assert (process.returncode, out, said.strip()) == (128 + number, "tidied up\n", "stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_does_not_end_when_it_is_told_to_is_ended(number: signal.Signals) -> None:
    process = dawdling("stubborn")
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.strip()) == (128 + number, "stopped")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_program_is_still_imported_ends_it_without_a_traceback(number: signal.Signals) -> None:
    program = (
        "import os, runpy, sys\n"
        "class Slow:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        name == 'click' and os.kill(os.getpid(), {int(number)})\n"
        "sys.meta_path.insert(0, Slow())\n"
        "runpy.run_module('clipline', run_name='__main__')\n"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (process.returncode, process.stderr) == (128 + number, "stopped\n")


def test_a_window_that_is_closed_ends_a_run_by_hup_and_it_can_be_gone_on_with(tmp_path: Path) -> None:
    import pty
    import sqlite3
    import time

    pipeline = {
        "clipline": 1,
        "name": "long",
        "stages": [{"stage": "notify", "with": {"via": [SLOW]}}],
    }
    (tmp_path / "long.yaml").write_text(json.dumps(pipeline))
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "clipline", "run", "long.yaml"],
        cwd=tmp_path,
        env=environment(tmp_path, TERM="xterm"),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    end = time.monotonic() + 60
    while not (tmp_path / "at-work").exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    os.close(person)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=60) == 129
    with sqlite3.connect(tmp_path / "state" / "journal.sqlite") as connection:
        assert connection.execute("SELECT status, exit FROM runs").fetchall() == [("cancelled", 129)]


UNAWARES = """
import signal, sys, threading, time
from pathlib import Path
from clipline.cli import signals
from clipline.cli.lines import Lines

def elsewhere():
    time.sleep(0.5)  # the main thread reads by then; and if not, it is answered all the same
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

signals.listen()
signals.begin()
lines = Lines("> ", Path("history"))
threading.Thread(target=elsewhere, daemon=True).start()
try:
    lines.read()
except KeyboardInterrupt:
    sys.exit(3)
"""


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_signal_that_does_not_wake_who_waits_for_a_line_is_answered_all_the_same(
    tmp_path: Path, is_terminal: bool
) -> None:
    # As it is with one that comes in the moment before the wait: Python has noted it, and nothing ends the wait.
    import pty

    person, terminal = pty.openpty() if is_terminal else os.pipe()[::-1]
    process = subprocess.Popen(
        [sys.executable, "-c", UNAWARES],
        cwd=tmp_path,
        env=environment(tmp_path, TERM="xterm"),
        stdin=terminal,
        stdout=terminal if is_terminal else subprocess.DEVNULL,
        stderr=terminal if is_terminal else subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert process.wait(timeout=30) == 3
    finally:
        process.kill()
        process.wait()
        os.close(person)
        os.close(terminal)


SLOW = {"command": {"argv": ["sh", "-c", "touch at-work; sleep 60"]}}


REPORTING = """
import sys, click, time
from clipline.cli import main, signals
main.COMMANDS = {"dawdle": "Dawdle."}
def dawdle():
    signals.stoppable(lambda token: None)
    print("done", flush=True)
    time.sleep(0.5)
    print("reported", flush=True)
    time.sleep(60 if "stubborn" in sys.argv else 0)
module = type(sys)("clipline.cli.commands.dawdle")
module.command = click.Command("dawdle", callback=dawdle)
sys.modules["clipline.cli.commands.dawdle"] = module
main.main(["dawdle"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("arguments", [(), ("stubborn",)])
def test_a_signal_after_the_work_breaks_no_report_of_it(number: signal.Signals, arguments: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", REPORTING, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "done\n"
    process.send_signal(number)
    out, said = process.communicate(timeout=60)
    assert out == "reported\n"
    assert (process.returncode, said.strip()) == ((128 + number, "stopped") if arguments else (0, ""))
