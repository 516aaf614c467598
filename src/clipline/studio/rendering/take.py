"""One shot as it is rendered: its source open while its frames are needed, and no longer."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from clipline.clock import Clock
from clipline.studio.pictures.picture import Finding, PictureOperation, plays
from clipline.studio.reading.decode import VideoReader
from clipline.studio.rendering.ahead import ahead
from clipline.studio.rendering.flow import Scene, Seen, at_rate, changed, changed_once, placed
from clipline.studio.rendering.plan import Scenery
from clipline.studio.writing.target import Target

__all__ = ["AHEAD", "Take"]

AHEAD = 2  # frames that may wait between two threads


class Take:
    """Gives the changed frames of a shot; `people` are the operations on people in them."""

    def __init__(self, scene: Scenery, people: Sequence[PictureOperation], target: Target, clock: Clock) -> None:
        self._scene, self._shot, self._target, self._clock = scene, scene.shot, target, clock
        self._steps = [*scene.first, *people, *scene.last]
        self._read: list[Finding] = []

    def scene(self) -> Scene:
        """The frames, at their place in the result; nothing is opened before the first is asked for."""
        return Scene(self._frames(), self._shot.at, self._shot.crossfade)

    def findings(self) -> list[Finding]:
        """What is to be said of the source and of what was changed; complete after the last frame."""
        return [*self._read, *(finding for step in self._steps for finding in step.findings())]

    def _frames(self) -> Generator[Seen, None, None]:
        """Decoded on a thread of their own, changed on the one that asks."""
        shot, source = self._shot, self._shot.source
        threads = -(-self._target.threads // 2)  # it is a fourth of the work of an encoder
        alpha = source.info.has_alpha
        with VideoReader(source.path, threads=threads, alpha=alpha, rate=source.rate) as reader:
            frames = reader.frames(shot.start, shot.end, self._clock)
            decoded = ahead(frames, self._clock, depth=AHEAD, name="studio-decode")
            inside = placed(decoded, shot.start, shot.at)
            if self._scene.rate is not None:
                inside = at_rate(inside, self._scene.rate, shot.at, shot.until)
            if source.stands and self._steps and not any(plays(step) for step in self._steps):
                yield from changed_once(inside, self._steps, alpha=self._target.alpha)
            else:
                yield from changed(inside, self._steps)
            self._read = reader.findings()
