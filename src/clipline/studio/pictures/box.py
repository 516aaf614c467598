"""A rectangle in a picture, and what may be in it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Box"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the picture, how sure it is that it holds something (0 to 1), and of which kind.

    `colors` are those of what is in it, as `colors_of` gives them.
    """

    left: float
    top: float
    right: float
    bottom: float
    score: float = 1.0
    kind: str = "person"
    colors: tuple[float, ...] = field(default=(), compare=False, repr=False)

    @property
    def width(self) -> float:
        """Pixels across."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels down."""
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Square pixels; 0 where nothing is left after clipping."""
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def center(self) -> tuple[float, float]:
        """Its middle, x before y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def scaled(self, factor: float) -> Box:
        """The same middle, each side `factor` times as long."""
        return self.grown(self.width * (factor - 1) / 2, self.height * (factor - 1) / 2)

    def grown(self, across: float, down: float) -> Box:
        """Each edge moved out by so many pixels."""
        return self._with(self.left - across, self.top - down, self.right + across, self.bottom + down)

    def moved(self, across: float, down: float) -> Box:
        """The same box so many pixels further right and down."""
        return self._with(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def joined(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return self._with(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def inside(self, width: int, height: int) -> Box:
        """What of it lies inside a picture of this size."""
        return self._with(
            min(max(self.left, 0.0), width),
            min(max(self.top, 0.0), height),
            min(max(self.right, 0.0), width),
            min(max(self.bottom, 0.0), height),
        )

    def _with(self, left: float, top: float, right: float, bottom: float) -> Box:
        """The same elsewhere; `dataclasses.replace` takes four times as long, and boxes are made by the thousand."""
        return Box(left, top, right, bottom, self.score, self.kind, self.colors)

    def window(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the pixels it touches in a picture of this size; left and top are even."""
        box = self.inside(width, height)
        left, top = int(box.left) // 2 * 2, int(box.top) // 2 * 2
        return (
            left,
            top,
            min(width, max(left + 2, -int(-box.right // 1))),
            min(height, max(top + 2, -int(-box.bottom // 1))),
        )

    def shared(self, other: Box) -> float:
        """The area that lies in both."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across * down if across > 0 and down > 0 else 0.0

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0 to 1."""
        shared = self.shared(other)
        return shared / (self.area + other.area - shared) if shared else 0.0

    def towards(self, other: Box, part: float) -> Box:
        """The box on the way to another one: this one at `part` 0, the other at 1."""
        ours = (self.left, self.top, self.right, self.bottom, self.score)
        theirs = (other.left, other.top, other.right, other.bottom, other.score)
        left, top, right, bottom, score = (a + (b - a) * part for a, b in zip(ours, theirs, strict=True))
        return Box(left, top, right, bottom, score, self.kind)
