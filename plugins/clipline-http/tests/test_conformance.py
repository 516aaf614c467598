"""The suite that every backend and every command must pass, against the example service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from services import described

import clipline_http
from clipline.testing import BackendConformance, CommandConformance, tiny_clip
from clipline_http.example.server import ExampleServer

ANSWERS: list[ExampleServer] = []


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[None]:
    with ExampleServer() as started:
        ANSWERS.append(started)
        yield
    ANSWERS.clear()


class TestHttpBackend(BackendConformance):
    plugin = clipline_http
    name = "http"

    def settings(self, folder: Path) -> Mapping[str, str]:
        file = described(folder / "greyscale.yaml", ANSWERS[0].url)
        return {"http.service": str(file), "http.token": "somebody"}

    def pipeline(self, folder: Path) -> Mapping[str, object]:
        clip = tiny_clip(folder / "clip.mp4")
        return {
            "stages": [
                "auth",
                {"stage": "upload", "with": {"files": str(clip)}},
                {"stage": "edit", "with": {"instruction": "make it black and white"}},
                {"stage": "export", "with": {"to": "made.mp4"}},
            ]
        }

    def charges(self) -> int:
        return len(ANSWERS[0].world.jobs)


class TestHttpCommand(CommandConformance):
    name = "http"
