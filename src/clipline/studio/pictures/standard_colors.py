"""Brings high dynamic range and wide colours to what every player shows: PQ, HLG and BT.2020 become BT.709, 8 bits.

All is computed once, exactly, for a cube of colours, which FFmpeg's `lut3d` then looks colours up in:

1. What a pixel emits, in cd/m²: PQ says it (SMPTE ST 2084); HLG is shown on a display of 1,000 cd/m² (ITU-R BT.2100).
2. Its BT.2020 primaries become those of BT.709. What they cannot show is drawn towards the grey of the same luminance.
3. The curve of ITU-R BT.2390 takes the brightest that the clip says it has down to 203 cd/m², the reference white of
   ITU-R BT.2408, by the largest of red, green and blue, so that hues stay. What is darker than the knee stays as it is.
4. The inverse of ITU-R BT.1886: a display of gamma 2.4 emits just that.
"""

from __future__ import annotations

import struct
import tempfile
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.studio.pictures.orientation import side_data
from clipline.studio.pictures.picture import ColorTags

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

__all__ = ["STANDARD", "StandardColors", "is_hdr", "is_standard", "shown_as"]

# As FFmpeg counts transfers, primaries and matrices (ITU-T H.273).
_PQ, _HLG = 16, 18
_WIDE = 9  # BT.2020
STANDARD = ColorTags(1, 1, 1, full_range=False)

_WHITE = 203.0  # cd/m² of reference white (BT.2408)
_DISPLAY = 1000.0  # cd/m² of the display that HLG is seen on, and of the brightest PQ where a clip does not say
_BRIGHTEST = 10_000.0  # cd/m² that PQ goes to
_GRID = 65  # colours along each side of the cube: 99 of 100 come within two levels of 255, greys within one

_TO_XYZ = {
    1: ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)),
    9: ((0.6369580, 0.1446169, 0.1688810), (0.2627002, 0.6779981, 0.0593017), (0.0, 0.0280727, 1.0609851)),
    12: ((0.4865709, 0.2656677, 0.1982173), (0.2289746, 0.6917385, 0.0792869), (0.0, 0.0451134, 1.0439444)),
}


def is_hdr(tags: ColorTags) -> bool:
    """Whether a clip has a high dynamic range."""
    return tags.transfer in {_PQ, _HLG}


def is_standard(tags: ColorTags) -> bool:
    """Whether the colours can stay as they are."""
    return not is_hdr(tags) and tags.primaries != _WIDE


def shown_as(tags: ColorTags) -> str:
    """What to say of colours that are not kept."""
    if not is_hdr(tags):
        return "the clip has the wide colours of BT.2020; the result has those of BT.709"
    name = "PQ" if tags.transfer == _PQ else "HLG"
    return f"the clip is HDR ({name}); the result is SDR: tone-mapped to BT.709 by ITU-R BT.2390"


class StandardColors:
    """Turns the frames of one clip into BT.709, limited range, 8-bit 4:2:0; with alpha where a frame has any."""

    def __init__(self, tags: ColorTags, threads: int = 1) -> None:
        self._tags, self._threads = tags, threads
        self._graph: Any = None
        self._shape: tuple[int, int, str] | None = None
        self._peak: float | None = None

    def convert(self, frame: VideoFrame) -> VideoFrame:
        """The frame in standard colours."""
        shape = frame.width, frame.height, frame.format.name
        if self._graph is None or shape != self._shape:
            self._peak = self._peak or _peak(frame, self._tags)
            self._graph, self._shape = self._made(shape, self._peak), shape
        time, base = frame.pts, frame.time_base
        frame.pts = 0
        self._graph.push(frame)
        frame.pts = time
        result: VideoFrame = self._graph.pull()
        result.pts = time
        if base is not None:
            result.time_base = base
        return result

    def _made(self, shape: tuple[int, int, str], peak: float) -> Any:
        """The filters, which read the cube while they are set up."""
        from av import VideoFormat
        from av.filter import Graph

        width, height, pixels = shape
        alpha = any(part.is_alpha for part in VideoFormat(pixels).components)
        graph: Any = Graph()
        graph.threads = self._threads
        matrix = "bt709" if self._tags.matrix == 1 else "bt601" if self._tags.matrix in {5, 6} else "bt2020"
        colors = f"in_color_matrix={matrix}:in_range={'full' if self._tags.full_range else 'limited'}"
        with tempfile.TemporaryDirectory(prefix="clipline-") as folder:
            cube = Path(folder, "colors.cube")
            cube.write_text(_cube_file(self._tags, peak), encoding="ascii")
            graph.link_nodes(
                graph.add("buffer", f"width={width}:height={height}:pix_fmt={pixels}:time_base=1/25:pixel_aspect=1/1"),
                graph.add("scale", f"{colors}:out_range=full:flags=bicubic+accurate_rnd+full_chroma_inp"),
                graph.add("format", "gbrap16le" if alpha else "gbrp16le"),
                graph.add("lut3d", file=str(cube), interp="tetrahedral"),
                graph.add("scale", "out_color_matrix=bt709:out_range=limited:flags=bicubic+accurate_rnd"),
                graph.add("format", "yuva420p" if alpha else "yuv420p"),
                graph.add("buffersink"),
            ).configure()
        return graph


def _peak(frame: VideoFrame, tags: ColorTags) -> float:
    """The brightest of a clip in cd/m²: its MaxCLL, else that of the display it was made on, else a usual one."""
    if tags.transfer != _PQ:
        return _DISPLAY
    peak = 0.0
    if raw := side_data(frame, "CONTENT_LIGHT_LEVEL"):
        peak = float(struct.unpack_from("=I", raw)[0])
    if not peak and (raw := side_data(frame, "MASTERING_DISPLAY_METADATA")):
        *_, most, parts, _, known = struct.unpack_from("=22i", raw)  # eleven fractions less one; two flags
        peak = float(Fraction(most, parts)) if known and parts else 0.0
    return min(max(peak or _DISPLAY, _WHITE), _BRIGHTEST)


@lru_cache(maxsize=1)  # a clip is read several times, and this takes half a second
def _cube_file(tags: ColorTags, peak: float) -> str:
    """The cube in the format of Adobe: red goes fastest."""
    import numpy as np

    side = np.linspace(0.0, 1.0, _GRID)
    blue, green, red = np.meshgrid(side, side, side, indexing="ij")
    colors = standard(np.stack((red, green, blue), -1).reshape(-1, 3), tags, peak)
    rows = "\n".join(map("%.5f %.5f %.5f".__mod__, map(tuple, colors.tolist())))
    return f"LUT_3D_SIZE {_GRID}\n{rows}\n"


def standard(signal: Values, tags: ColorTags, peak: float) -> Values:
    """R'G'B' of BT.709, 0 to 1, for R'G'B' of a clip; arrays of shape (n, 3)."""
    import numpy as np

    light = _emitted(signal, tags)  # 1 is reference white
    if tags.primaries != 1:
        source = np.array(_TO_XYZ[12 if tags.primaries in {11, 12} else 9])
        light = _within(light @ (np.linalg.inv(np.array(_TO_XYZ[1])) @ source).T)
    if is_hdr(tags):
        most = light.max(axis=1, keepdims=True)
        light = light * _toned(most, peak) / np.maximum(most, 1e-9)
    result: Values = np.clip(light, 0.0, 1.0) ** (1 / 2.4)
    return result


def _emitted(signal: Values, tags: ColorTags) -> Values:
    """The light of a signal, in parts of reference white."""
    import numpy as np

    if tags.transfer == _PQ:
        return _from_pq(signal) / _WHITE
    if tags.transfer != _HLG:
        return signal**2.4
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array((0.2627, 0.6780, 0.0593))
    result: Values = scene * luminance[:, None] ** 0.2 * (_DISPLAY / _WHITE)
    return result


_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128


def _from_pq(signal: Values) -> Values:
    """cd/m² (SMPTE ST 2084)."""
    import numpy as np

    root = signal ** (1 / _M2)
    result: Values = _BRIGHTEST * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)
    return result


def _to_pq(light: Values | float) -> Any:
    root = (light / _BRIGHTEST) ** _M1
    return ((_C1 + _C2 * root) / (1 + _C3 * root)) ** _M2


def _within(light: Values) -> Values:
    """Colours that BT.709 cannot show, drawn towards grey until nothing is negative; their luminance stays."""
    import numpy as np

    grey = np.maximum(light @ np.array(_TO_XYZ[1][1]), 0)[:, None]
    least = light.min(axis=1, keepdims=True)
    kept = np.where(least < 0, grey / np.maximum(grey - least, 1e-12), 1.0)
    result: Values = np.maximum(grey + (light - grey) * kept, 0.0)
    return result


def _toned(light: Values, peak: float) -> Values:
    """Light, 1 at reference white, so that `peak` (cd/m²) comes to 1: the curve of BT.2390-11, section 5.4.1."""
    import numpy as np

    top = _to_pq(peak)
    e1 = np.minimum(_to_pq(np.maximum(light, 0) * _WHITE) / top, 1.0)
    most = _to_pq(_WHITE) / top
    knee = 1.5 * most - 0.5
    if knee >= 1:
        return light
    t = (e1 - knee) / (1 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee) + (3 * t**2 - 2 * t**3) * most
    result: Values = _from_pq(np.where(e1 < knee, e1, spline) * top) / _WHITE
    return result
