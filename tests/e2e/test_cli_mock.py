"""`clipline mock` and `clipline probe` as processes: they find each other, and a walk can be played back."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

import commands
from clipline.testing import mock_nemo


def environment(folder: Path, **more: str) -> dict[str, str]:
    return commands.environment(folder / ".state", **more)


def call(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return commands.clipline(*arguments, cwd=folder, env=environment(folder, **more))


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`clipline mock` on a free port, and its address; whoever uses it ends it."""
    process = commands.Popen(
        [*commands.CLIPLINE, "mock", "--port", "0", *arguments],
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_server_tells_where_it_is_and_what_was_asked_and_ends_well(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as (url, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
        account = call(tmp_path, "credits", "--backend", "nemo", NEMO_API_URL=url)
        assert account.stdout.startswith("100 credits available")
        with urlopen(f"{url}/__mock__/ledger", timeout=10) as reply:
            assert json.load(reply) is not None
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"export NEMO_API_URL={url} NEMO_WEB_URL={url} CLIPLINE_NEMO_POLL=1s\n" in said
    assert re.search(r"\d\d:\d\d:\d\d POST /api/auth/anonymous-token 200\n", said)
    assert re.search(r"\d\d:\d\d:\d\d GET /api/credits/balance/simple 200\n", said)
    assert "nmv_usr_" not in said


def test_a_world_in_a_folder_outlives_its_server(tmp_path: Path) -> None:
    asked = ("credits", "--backend", "nemo")
    with serving(tmp_path, "--folder", "world", "--option", "credits=77") as (url, process):
        assert call(tmp_path, *asked, NEMO_API_URL=url).stdout.startswith("77 credits")
        port = url.rpartition(":")[2]
        process.terminate()
        process.wait(30)
    with serving(tmp_path, "--folder", "world", "--port", port) as (url, _):
        assert call(tmp_path, *asked, NEMO_API_URL=url).stdout.startswith("77 credits")


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--option", "sed=1"], 2, "did you mean seed?"),
        (["--option", "silent=much"], 2, "takes a number, got 'much'"),
        (["--option", "dialect=latin"], 2, "adk, vendor"),
        (["--faults", "nowhere.json"], 2, "there is no file nowhere.json"),
        (["--faults", "bad.json"], 2, "bad.json"),
        (["--replay", "bad.json"], 2, "bad.json:1"),
        (["--port", "TAKEN"], 7, "--port 0 takes any free port"),
    ],
)
def test_what_cannot_be_served_is_told(tmp_path: Path, arguments: list[str], status: int, told: str) -> None:
    (tmp_path / "bad.json").write_text('{"faults": [{"route": }]}')
    with mock_nemo() as other:
        port = other.url.rpartition(":")[2]
        ended = call(tmp_path, "mock", *(port if word == "TAKEN" else word for word in arguments))
    assert (ended.returncode, ended.stdout) == (status, "")
    assert told in ended.stderr


def test_a_walk_is_written_down_and_played_back(tmp_path: Path) -> None:
    with mock_nemo(silent=0) as mock:
        first = call(tmp_path, "probe", NEMO_API_URL=mock.url)
    transcript = tmp_path / "clipline-probe.jsonl"
    assert (first.returncode, first.stdout) == (0, f"{transcript}\n")
    assert transcript.stat().st_mode & 0o777 == 0o600
    assert "All replies are as documented." in first.stderr
    with serving(tmp_path, "--replay", str(transcript)) as (url, _):
        # Another state folder: the walk asked for a token, so the one who plays it has to ask too.
        again = call(tmp_path, "probe", "--json", NEMO_API_URL=url, CLIPLINE_STATE=str(tmp_path / "other"))
    content = json.loads(again.stdout)
    assert (content["clipline_probe"], content["ok"]) == (1, True)
    done = [step["name"] for step in content["steps"] if step["verdict"] == "ok"]
    assert done == ["token", "session", "credits", "upload", "state", "claim"]
    assert content["transcript"] != str(transcript), "the first one is kept"


def test_a_call_that_fails_ends_the_walk_with_1_and_is_told(tmp_path: Path) -> None:
    with mock_nemo(faults=[{"route": "state", "kind": "status", "status": 500, "phase": "before_effect"}]) as mock:
        ended = call(tmp_path, "probe", "--transcript", "walk.jsonl", NEMO_API_URL=mock.url)
    assert (ended.returncode, ended.stdout) == (1, f"{tmp_path}/walk.jsonl\n")
    assert re.search(r"state +failed", ended.stderr)
    assert call(tmp_path, "probe", "--transcript", "walk.jsonl").returncode == 2, "no file is written over"


def test_the_mock_of_this_process_is_probed_without_leaving_anything(tmp_path: Path) -> None:
    ended = call(tmp_path, "probe", "--backend", "mock", "--transcript", "walk.jsonl")
    assert ended.returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["walk.jsonl"]


def test_nobody_there_is_told(tmp_path: Path) -> None:
    ended = call(tmp_path, "probe", NEMO_API_URL="http://127.0.0.1:9")
    assert ended.returncode == 1
    assert re.search(r"token +failed", ended.stderr)
    assert re.search(r"session +left out", ended.stderr)
