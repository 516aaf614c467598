"""Tiny clips, and a way to run stages one after the other as the engine would."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from clipline.backends.local import LocalBackend
from clipline.clock import Clock
from clipline.errors import CliplineError
from clipline.stage import StageCall, StageResult
from clipline.testing.calls import stage_call
from clipline.values import JsonObject
from media_maker import make_clip, make_image, make_sound


@dataclass
class Run:
    """Calls the backend's hooks; a new backend object for each stage, since the process may have died between."""

    folder: Path
    state: JsonObject = field(default_factory=dict)
    calls: list[StageCall] = field(default_factory=list)

    def call(self, kind: str, *, clock: Clock | None = None, path: str = "") -> StageCall:
        return stage_call(
            self.folder, kind, path=path, state=self.state, settings={"studio": {"threads": 1}}, clock=clock
        )

    def do(self, kind: str, call: StageCall | None = None, /, **options: object) -> StageResult:
        call = call or self.call(kind)
        self.calls.append(call)
        result: StageResult = getattr(LocalBackend(), kind)(replace(call, state=self.state), options)
        if result.state is not None:
            self.state = result.state
        return result

    def fails(self, error: type[CliplineError], kind: str, /, **options: object) -> CliplineError:
        before = self.state
        with pytest.raises(error) as caught:
            self.do(kind, **options)
        assert self.state == before
        return caught.value

    @property
    def out(self) -> list[str]:
        """Everything in the output folder, hidden files too."""
        folder = self.folder / "out"
        return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) if folder.exists() else []


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@dataclass(frozen=True)
class Media:
    clip: Path
    other_clip: Path
    silent: Path
    image: Path
    song: Path
    text: Path


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    folder = tmp_path_factory.mktemp("media")
    text = folder / "notes.txt"
    text.write_text("no media at all")
    return Media(
        clip=make_clip(folder / "clip.mp4", seconds=2.0, sound=True),
        other_clip=make_clip(folder / "sea.mp4", seconds=0.4),
        silent=make_clip(folder / "silent.mp4", size=(240, 320), seconds=0.6),
        image=make_image(folder / "beach.png"),
        song=make_sound(folder / "song.wav", seconds=0.5),
        text=text,
    )
