"""Whole runs with the proxies of the environment: the mock without them, a service through them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipline import app
from clipline.clock import Clock
from clipline.mockserver import MockOptions, MockServer
from clipline.testing.clocks import VirtualClock
from cloud_runs import STRAIGHT, clip
from proxy_server import proxy_server

API = "api.example.test"
LOGIN = "ann:s3cr3t"

Set = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets variables, all others of the kind being unset."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def set_(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_


def run(folder: Path, backend: str, clock: Clock | None = None, **settings: Any) -> tuple[Any, list[Any]]:
    events: list[Any] = []
    inputs = {"clip": str(clip(folder / "in"))}
    state, out = folder / "state", folder / "out"
    result = app.run(
        STRAIGHT,
        inputs,
        backend=backend,
        settings={"mock.silent": "0", **settings},
        state=state,
        out=out,
        clock=clock,
        on_event=lambda event: events.append(event.as_json()),
    )
    return result, events


def test_the_mock_works_whatever_proxy_is_set(tmp_path: Path, environment: Set) -> None:
    with proxy_server({}) as proxy:
        there = f"http://127.0.0.1:{proxy.port}"
        environment(HTTP_PROXY=there, HTTPS_PROXY=there, ALL_PROXY=there)
        result, _ = run(tmp_path, "mock")
    assert (result.exit, proxy.lines) == (0, [])
    assert (tmp_path / "out" / "made.mp4").is_file()


def test_a_service_behind_a_proxy_makes_the_file(tmp_path: Path, environment: Set) -> None:
    clock, url = VirtualClock(), f"http://{API}"
    options = MockOptions(silent=0.0, gui_talk=0.0, render_polls=1)
    with (
        MockServer(options=options, clock=clock) as mock,
        proxy_server({API: int(mock.url.rpartition(":")[2])}, LOGIN) as proxy,
    ):
        environment(HTTP_PROXY=f"http://{LOGIN}@127.0.0.1:{proxy.port}")
        result, events = run(tmp_path, "nemo", clock, **{"nemo.api_url": url, "nemo.web_url": url})
        direct = [request for request in mock.requests if request.route == "result"]
    assert result.exit == 0, result.errors
    # The mock names its own address for the file: of this machine, where the service does not seem to stand.
    assert direct == []
    assert any("/download" in line for line in proxy.lines)
    kept = [path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert b"s3cr3t" not in b"".join([*kept, json.dumps([events, result.as_json()], default=str).encode()])


def test_a_broken_proxy_is_told_by_its_variable_before_anything_is_sent(tmp_path: Path, environment: Set) -> None:
    environment(ALL_PROXY="http://ann:s3cr3t@proxy.example.com:port")
    result, events = run(tmp_path, "nemo", **{"nemo.api_url": f"http://{API}", "nemo.web_url": f"http://{API}"})
    (error,) = result.errors
    assert (result.exit, error["code"]) == (2, "bad_proxy")
    assert "ALL_PROXY" in error["message"]
    assert "unset it" in error["hint"]
    assert "s3cr3t" not in json.dumps([events, result.as_json()], default=str)
