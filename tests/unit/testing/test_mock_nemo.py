"""`mock_nemo`: a run in this process finds it, waits are short, and what was charged can be looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.media_maker import make_clip

from clipline.app import run
from clipline.settings import DEFINITIONS, Settings
from clipline.testing import mock_nemo

GENERATE = {
    "clipline": 1,
    "name": "made",
    "stages": ["auth", {"stage": "edit", "with": {"instruction": "generate a 2-second video of a beach"}}, "verify"],
}


def test_a_run_finds_the_server_and_is_paid_once(tmp_path: Path) -> None:
    with mock_nemo(silent=0, credits=150) as mock:
        result = run(GENERATE, backend="nemo", settings=mock.settings, state=tmp_path)
    assert (result.status, result.credits) == ("done", 100)
    assert [charge.amount for charge in mock.ledger] == [100]
    assert any(request.path == "/run_sse" for request in mock.requests)


def test_faults_are_given_as_data(tmp_path: Path) -> None:
    fault = {"route": "message", "kind": "reset", "phase": "after_effect"}
    with mock_nemo(silent=0, faults=[fault]) as mock:
        result = run(GENERATE, backend="nemo", settings=mock.settings, state=tmp_path)
    assert result.status == "done"
    assert len(mock.ledger) == 1


def test_a_shipped_pipeline_makes_a_video_from_words(tmp_path: Path) -> None:
    with mock_nemo() as mock:
        result = run("generate", backend="nemo", settings=mock.settings, state=tmp_path / "s", out=tmp_path)
    assert (result.status, [file.name for file in result.files]) == ("done", ["generated.mp4"])


def test_the_settings_are_settings_and_the_variables_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_nemo() as mock:
        assert set(mock.settings) <= set(DEFINITIONS)
        given = Settings.load(overrides=mock.settings)
        for name, value in mock.environment.items():
            monkeypatch.setenv(name, value)
        read = Settings.load()
    assert given.section("nemo") == read.section("nemo")
    assert read["nemo.poll"] == 0.05


def test_a_folder_keeps_the_world(tmp_path: Path) -> None:
    make_clip(tmp_path / "clip.mp4", size=(96, 64), seconds=0.4)
    for _ in range(2):
        with mock_nemo(folder=tmp_path / "world", silent=0) as mock:
            run(GENERATE, backend="nemo", settings=mock.settings, state=tmp_path / "state")
    assert len(mock.ledger) == 2


def test_it_needs_no_pytest() -> None:
    program = "import sys, clipline.testing; assert 'pytest' not in sys.modules and 'httpx' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
