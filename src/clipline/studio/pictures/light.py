"""In what light one picture shows what another one shows: a gain, and offsets of its planes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from clipline.studio.pictures.layers import Planes
    from clipline.studio.pictures.picture import Plane

__all__ = ["Light", "fit_light", "lit"]

_PLACES = 100  # that must be comparable
_LIGHT_AT = 160  # pixels across of the pictures in which light is compared


class Light(NamedTuple):
    """How levels of one picture become those of another: `gain` of all planes, then what is added to each.

    Colour is scaled around its grey, 128.
    """

    gain: float = 1.0
    luma: float = 0.0
    blue: float = 0.0
    red: float = 0.0

    @property
    def plain(self) -> bool:
        """Whether no level changes by as much as one."""
        ends = (16 * self.gain + self.luma - 16, 235 * self.gain + self.luma - 235)
        return max(*map(abs, ends), abs(self.blue), abs(self.red), 112 * abs(self.gain - 1)) < 0.6

    def after(self, first: Light) -> Light:
        """The light of levels that went through `first` and then through this one."""
        colors = (self.gain * own + other for own, other in zip(first[1:], self[1:], strict=True))
        return Light(self.gain * first.gain, *colors)

    @property
    def back(self) -> Light:
        """The light that takes this one back."""
        return Light(1 / self.gain, *(-offset / self.gain for offset in self[1:]))

    def table(self, plane: int) -> Plane:
        """The new level of each old one, shape (256,), in the plane 0 (luma), 1 or 2."""
        import numpy as np

        levels = np.arange(256, dtype=np.float32)
        grey = 0.0 if plane == 0 else 128.0
        levels = (levels - grey) * self.gain + grey + self[1 + plane]
        result: Plane = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
        return result


def fit_light(picture: Planes, wanted: Planes, where: Plane) -> Light | None:
    """The light that turns levels of a picture into those wanted, by what most places agree on.

    All are registered and of one size, which may be small; `where` is 255 at what may be compared. None where that is
    too little.
    """
    import numpy as np

    step = max(1, where.shape[1] // _LIGHT_AT)
    places = where[::step, ::step] > 0
    have, want = (
        [plane[::step, ::step][places].astype(np.float32) for plane in planes] for planes in (picture, wanted)
    )
    use = (have[0] > 4) & (have[0] < 250) & (want[0] > 4) & (want[0] < 250)
    gain, offset = 1.0, 0.0
    for _ in range(3):
        if np.count_nonzero(use) < _PLACES:
            return None
        x, y = have[0][use], want[0][use]
        spread = float(x.var())
        gain = float(np.mean((x - x.mean()) * (y - y.mean()))) / spread if spread > 20 else 1.0
        gain = min(max(gain, 0.5), 2.0)
        offset = float(y.mean() - gain * x.mean())
        misses = np.abs(have[0] * gain + offset - want[0])
        use = misses <= max(2.0, 2.5 * float(np.median(misses)))
    colors = (float(np.median(want[n] - 128 - gain * (have[n] - 128))) for n in (1, 2))
    return Light(gain, offset, *colors)


def lit(planes: Planes, light: Light) -> Planes:
    """Planes in another light; the very same ones where nothing would change."""
    import cv2

    if light.plain:
        return planes
    y, u, v = (cv2.LUT(plane, light.table(number)) for number, plane in enumerate(planes))
    return y, u, v
