"""A command that is forked is the command that starts anew: what it sees, how it is ended, and what it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import commands
from campaigns.batch_hundred import PIPELINE
from media_maker import make_clip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every command starts anew")

#: All that a process can see of how it was started.
LOOK = """
import json, os, signal, sys, tempfile, threading, time
from pathlib import Path
streams = {
    name: [stream.encoding, stream.errors, stream.line_buffering, stream.write_through, stream.newlines, stream.mode,
        stream.name, stream.fileno(), stream.isatty()] if stream else None
    for name, stream in (("stdin", sys.stdin), ("stdout", sys.stdout), ("stderr", sys.stderr))
}
umask = os.umask(0)
seen = {
    "argv": [sys.argv, sys.orig_argv],
    "path": sys.path,
    "main": [__name__, __file__, __spec__, __package__, vars(sys.modules["__main__"]) is globals()],
    "flags": str(sys.flags),
    "environment": {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"},
    "folder": [os.getcwd(), str(Path.cwd())],
    "streams": streams,
    "umask": umask,
    "signals": {int(number): str(signal.getsignal(number)).split(" at ")[0] for number in signal.valid_signals()},
    "mask": sorted(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, ()))),
    "family": [os.getppid(), os.getpgid(0) == os.getpid(), os.getsid(0) == os.getpid()],
    "files": sorted(os.listdir("/proc/self/fd")),
    "threads": [threading.active_count(), threading.current_thread() is threading.main_thread()],
    "zone": time.tzname,
    "temporary": tempfile.gettempdir(),
    "locale": __import__("locale").setlocale(0),
    "typed": sys.stdin.read() if sys.stdin else None,
}
print(json.dumps(seen, default=str))
"""


def look(folder: Path, *, fresh: bool, **options: Any) -> dict[str, Any]:
    program = folder / "look.py"
    program.write_text(LOOK)
    done = commands.run(
        [sys.executable, str(program), "a", "b\udce9"],
        fresh=fresh,
        stdout=subprocess.PIPE,
        cwd=folder,
        **{"env": dict(os.environ), **options},
    )
    assert done.returncode == 0
    return json.loads(done.stdout)


def variables(**more: str) -> Mapping[str, str]:
    return {"SEEN_A": "é\udce9", "HOME": "/nowhere", "TZ": "Asia/Tokyo", "TMPDIR": "/var/tmp", **more}


@pytest.mark.parametrize(
    "options",
    [
        {"input": b"typed"},
        {"stdin": subprocess.DEVNULL, "start_new_session": True},
        {"input": b"", "env": {**os.environ, **variables()}},
        {"input": b"", "env": {**os.environ, **variables(PYTHONPATH=os.pathsep.join(["/var/empty", "near"]))}},
    ],
)
def test_it_sees_what_one_that_starts_anew_sees(tmp_path: Path, options: Mapping[str, Any]) -> None:
    assert look(tmp_path, fresh=False, **options) == look(tmp_path, fresh=True, **options)


def test_it_inherits_a_mask_of_files_and_a_signal_that_is_off(tmp_path: Path) -> None:
    before = os.umask(0o027), signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert look(tmp_path, fresh=False, input=b"") == look(tmp_path, fresh=True, input=b"")
    finally:
        os.umask(before[0])
        signal.signal(signal.SIGHUP, before[1])


def end_of(code: str, *, fresh: bool, number: int = 0) -> tuple[int, bytes, bytes]:
    """How a program ends that is sent a signal once it has said that it is there."""
    with commands.Popen(
        [sys.executable, "-c", code], fresh=fresh, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as it:
        if number:
            assert it.stdout is not None
            assert it.stdout.readline() == b"here\n"
            it.send_signal(number)
        said, complained = it.communicate(timeout=60)
    return it.returncode, said, complained.splitlines()[-1] if complained else b""


HERE = "import time; print('here', flush=True); time.sleep(60)"


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("import sys; sys.exit(7)", 0),
        ("import sys; print('lost', end=''); sys.exit('no')", 0),
        ("raise KeyError('it')", 0),
        ("import os; os._exit(300 & 255)", 0),
        ("import atexit, threading; atexit.register(print, 'end'); threading.Timer(0.2, print, 'late').start()", 0),
        ("import sys, threading; threading.Timer(60, print).start; sys.stdout.close(); sys.exit(0)", 0),
        (HERE, signal.SIGINT),
        (HERE, signal.SIGTERM),
        (HERE, signal.SIGKILL),
    ],
)
def test_it_ends_as_one_that_starts_anew_ends(code: str, number: int) -> None:
    assert end_of(code, fresh=False, number=number) == end_of(code, fresh=True, number=number)


def test_what_is_read_while_python_starts_makes_it_start_anew(tmp_path: Path) -> None:
    (tmp_path / "shadow").mkdir()
    (tmp_path / "shadow" / "click.py").write_text("")
    code = "import sys, click; print('cv2' in sys.modules, hasattr(click, 'command'))"
    said = [
        commands.run([sys.executable, "-c", code], env={**os.environ, **more}, capture_output=True, text=True).stdout
        for more in ({}, {"PYTHONHASHSEED": "1"}, {"LC_ALL": "C"}, {"PYTHONPATH": str(tmp_path / "shadow")})
    ]
    assert said == ["True True\n", "False True\n", "False True\n", "False False\n"]


SERVING = "clipline mock --port 0 --quiet >address & PID=$!; until [ -s address ]; do sleep 0.05; done;"


def shell(folder: Path, script: str) -> tuple[int, str]:
    path = f"{commands.programs()}{os.pathsep}{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = commands.environment(folder / "state", PATH=path)
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("clipline check nothing.yaml 2>/dev/null; echo $?", "2\n"),
        ("clipline --version | sed 's/ .*//'; echo ${PIPESTATUS[0]}", "clipline\n0\n"),
        ("clipline --version >&- 2>&- <&-; echo $?", "0\n"),
        ("PYTHONUNBUFFERED=1 LC_ALL=C clipline --version >/dev/null; echo $?", "0\n"),
        ("echo 'undo' | clipline nonsense 2>&1 | grep -c 'no such\\|No such'", "1\n"),
        (f"{SERVING} kill -TERM $PID; wait $PID; echo $?", "0\n"),
    ],
)
def test_a_shell_calls_it_as_it_calls_the_program(tmp_path: Path, script: str, said: str) -> None:
    assert shell(tmp_path, script) == (0, said)


def test_where_a_shells_command_is_killed_nothing_of_it_is_left(tmp_path: Path) -> None:
    _, said = shell(
        tmp_path,
        f"{SERVING} kill -KILL $PID; wait $PID; echo $?; cat address",
    )
    status, address = said.split()
    assert status == "137"
    from urllib.error import URLError
    from urllib.request import urlopen

    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            urlopen(address, timeout=10).close()
        except (URLError, ConnectionError) as error:
            if "refused" in str(error):
                return
        time.sleep(0.05)
    pytest.fail("it still answers")


def test_its_end_leaves_no_process_behind() -> None:
    with commands.Popen([sys.executable, "-c", "pass"]) as process:
        assert process.wait(60) == 0
    assert not Path(f"/proc/{process.pid}").exists()


def test_those_commands_start_anew_too_that_all_other_tests_fork(tmp_path: Path) -> None:
    variables = commands.environment(tmp_path / "state")
    make_clip(tmp_path / "clip.mp4", size=(64, 48), seconds=0.6)
    (tmp_path / "in").mkdir()
    (tmp_path / "shorten.yaml").write_text(PIPELINE)
    commands.clipline("say", "clip.mp4", "keep 0s to 0.3s", cwd=tmp_path, env=variables)
    for words in (
        ["init", "begun"],
        ["graph", "quick-edit"],
        ["edit", "clip.mp4", "keep 0s to 0.3s"],
        ["export"],
        ["batch", "shorten.yaml", "clip.mp4", "--out", "out"],
        ["watch", "in", "shorten.yaml", "--once", "--out", "out"],
        ["webhook", "--help"],
        ["mock", "--help"],
    ):
        done = commands.clipline(*words, cwd=tmp_path, env=variables, fresh=True)
        assert done.returncode == 0, (words, done.stderr)
