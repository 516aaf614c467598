"""What stands behind people or in their place: all in YUV planes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from clipline.errors import InputError
from clipline.studio.pictures.frames import FULL, LIMITED, color_space, color_tags, is_full_range
from clipline.studio.pictures.picture import ColorSpace, Picture, yuv
from clipline.studio.pictures.scaling import scaled
from clipline.studio.pictures.standard_colors import StandardColors, is_standard
from clipline.studio.reading.icc import in_srgb
from clipline.studio.reading.media import Orientation, is_still, open_media, video_stream, whole_frames
from clipline.timeline import Blur, Media
from clipline.values import Color

if TYPE_CHECKING:
    from clipline.studio.pictures.layers import Planes
    from clipline.studio.pictures.picture import Plane

__all__ = ["Backdrop", "Invented", "backdrop"]

_MATRICES = {"bt709": 1, "bt601": 5}  # as swscale counts
_STRONG = 16.0  # pixels of radius: such a blur is made in a picture 8 times smaller, a weaker one 4 times
_INVENTED_AT = 256  # pixels across of the picture in which places are made up


class Backdrop(Protocol):
    """Gives what stands in the background of each picture.

    `of_picture` says that it is made of the picture itself, so that its colours at the rim of people are in place;
    `plays` that it changes over time by itself.
    """

    of_picture: bool

    @property
    def plays(self) -> bool:
        """Whether it is something else at another time of the same picture."""
        ...

    def planes(self, picture: Picture, people: Plane) -> Planes:
        """The background for a picture whose people have this mask; the caller must not write into it."""
        ...

    def close(self) -> None:
        """Let go of files."""
        ...


def backdrop(fill: Color | Blur | Media, size: tuple[int, int], space: ColorSpace) -> Backdrop:
    """The background for pictures of this width and height.

    Raises:
        InputError: the image or clip cannot be read.
    """
    match fill:
        case Blur(radius=radius):
            return _Blurred(radius * min(size) / 720)
        case Media(path=path):
            return _Playing(Path(path), size, space)
        case color:
            return _Plain(color, size, space)


class _Plain:
    """One colour."""

    of_picture = False
    plays = False

    def __init__(self, color: Color, size: tuple[int, int], space: ColorSpace) -> None:
        import numpy as np

        luma, blue, red = yuv(color, space)
        whole, half = (size[1], size[0]), ((size[1] + 1) // 2, (size[0] + 1) // 2)
        self._planes = (np.full(whole, luma, np.uint8), np.full(half, blue, np.uint8), np.full(half, red, np.uint8))

    def planes(self, picture: Picture, people: Plane) -> Planes:  # noqa: ARG002 - the same behind everyone
        return self._planes

    def close(self) -> None:
        pass


class _Blurred:
    """The picture itself without its people, blurred: their colours do not run into the background."""

    of_picture = True
    plays = False

    def __init__(self, radius: float) -> None:
        self._factor = 8 if radius >= _STRONG else 4
        self._deviation = max(0.8, radius / 2 / self._factor)

    def planes(self, picture: Picture, people: Plane) -> Planes:
        import cv2
        import numpy as np

        height, width = picture.y.shape
        small = max(1, width // self._factor), max(1, height // self._factor)
        seen = cv2.dilate(scaled(people, small), np.ones((5, 5), np.uint8))
        weight = np.float32(1.004) - np.multiply(seen, np.float32(1 / 255))
        spread = cv2.GaussianBlur(weight, (0, 0), self._deviation)

        def blurred(plane: Plane) -> Plane:
            part = scaled(plane, small).astype(np.float32)
            part = cv2.GaussianBlur(part * weight, (0, 0), self._deviation) / spread
            wide: Plane = cv2.resize(cv2.convertScaleAbs(part), plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
            return wide

        return blurred(picture.y), blurred(picture.u), blurred(picture.v)

    def close(self) -> None:
        pass


class Invented:
    """What might be behind people, made up from what is around them in the same picture."""

    of_picture = True
    plays = False

    def planes(self, picture: Picture, people: Plane) -> Planes:
        """The picture with its people painted over smoothly."""
        import cv2
        import numpy as np

        height, width = picture.y.shape
        factor = max(1, round(width / _INVENTED_AT))
        small = max(1, width // factor), max(1, height // factor)
        holes = cv2.compare(cv2.resize(people, small, interpolation=cv2.INTER_AREA), 0, cv2.CMP_GT)
        holes = cv2.dilate(holes, np.ones((3, 3), np.uint8))

        def invented(plane: Plane) -> Plane:
            part = cv2.inpaint(cv2.resize(plane, small, interpolation=cv2.INTER_AREA), holes, 4, cv2.INPAINT_TELEA)
            wide: Plane = cv2.resize(part, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
            return wide

        return invented(picture.y), invented(picture.u), invented(picture.v)

    def close(self) -> None:
        """Nothing is open."""


class _Playing:
    """An image, or a clip that begins with the picture's first moment and again whenever it ends."""

    of_picture = False

    def __init__(self, path: Path, size: tuple[int, int], space: ColorSpace) -> None:
        self._path, self._size, self._space = path, size, space
        self._files = ExitStack()
        self._frames = self._play()
        self._current, self._until = next(self._frames)
        self._begun: float | None = None

    @property
    def plays(self) -> bool:
        return self._until < inf

    def planes(self, picture: Picture, people: Plane) -> Planes:  # noqa: ARG002 - the same behind everyone
        if self._begun is None:
            self._begun = picture.time
        while picture.time - self._begun >= self._until - 1e-3:
            self._current, self._until = next(self._frames)
        return self._current

    def close(self) -> None:
        self._frames.close()  # type: ignore[attr-defined]
        self._files.close()

    def _play(self) -> Iterator[tuple[Planes, float]]:
        """Planes and the time until which they stand, for ever."""
        past = 0.0
        while True:
            waiting: tuple[Any, float] | None = None
            shown = 0.0
            with open_media(self._path) as container:
                video = video_stream(container)
                if video is None:
                    raise InputError(f"{self._path.name} has no picture", hint="give an image or a video")
                rate = float(video.average_rate or 25)
                tags = color_tags(video)
                colors = None if is_standard(tags) else StandardColors(tags)
                still = is_still(container, video)
                for decoded in whole_frames(container, video):
                    stored = in_srgb(decoded, self._path, tags.matrix) if still else decoded
                    frame = stored if colors is None else colors.convert(stored)
                    time = frame.time or 0.0
                    if waiting is not None:
                        shown += max(1e-3, time - waiting[1])
                        yield self._fitted(waiting[0]), past + shown
                    waiting = frame, time
            if waiting is None:
                raise InputError(f"{self._path.name} has no picture that can be decoded")
            planes = self._fitted(waiting[0])
            if not shown:
                while True:
                    yield planes, inf
            past += shown + 1 / rate
            yield planes, past

    def _fitted(self, frame: Any) -> Planes:
        """A frame turned upright, scaled to cover the picture and cut to its size."""
        import numpy as np

        turn = Orientation.of(frame)
        width, height = turn.turned(*self._size)
        scale = max(width / frame.width, height / frame.height)
        across, down = (
            max(side, round(length * scale / 2) * 2) for side, length in ((width, frame.width), (height, frame.height))
        )
        frame = frame.reformat(across, down, "yuv420p", threads=1, **_colors(frame, self._space))
        left, top = (across - width) // 4 * 2, (down - height) // 4 * 2

        def part(plane: Any, share: int) -> Plane:
            array = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
            x, y = left // share, top // share
            array = array[y : y + (height + share - 1) // share, x : x + (width + share - 1) // share]
            array = array[:, ::-1] if turn.mirrored else array
            return np.array(np.rot90(array, -(turn.degrees // 90)), order="C")

        return part(frame.planes[0], 1), part(frame.planes[1], 2), part(frame.planes[2], 2)


def _colors(frame: Any, space: ColorSpace) -> dict[str, int]:
    """What swscale must know to change a frame's colours into those of the picture."""
    target = {"dst_colorspace": _MATRICES[space.matrix], "dst_color_range": FULL if space.full_range else LIMITED}
    if frame.format.is_rgb or frame.format.has_palette:
        return target
    full = is_full_range(frame.format.name, frame.color_range)
    matrix = color_space(frame.colorspace, frame.height, full_range=full).matrix
    return target | {"src_colorspace": _MATRICES[matrix], "src_color_range": FULL if full else LIMITED}
