"""Measures the true peak of sound, also between its samples: by ITU-R BS.1770, at four times the usual rate."""

from __future__ import annotations

from math import log10
from typing import Any

__all__ = ["PeakMeter"]

_RATE = 192_000
_WINDOW = 0.1  # seconds that each peak is the highest of
_SILENCE = 1e-10


class PeakMeter:
    """Looks at one piece of sound after the other; `finish()` gives the peaks."""

    def __init__(self) -> None:
        self._resampler: Any = None
        self._format: object = None
        self._rate = 0
        self._at = 0
        self._begins = 0.0
        self._peaks: list[tuple[float, float, float]] = []

    def look(self, frame: Any, time: float) -> None:
        """Take the next `av.AudioFrame`, which begins at `time` in seconds."""
        from av import AudioResampler

        form = frame.sample_rate, frame.layout.name, frame.format.name
        if form != self._format:
            self.finish()
            self._format, self._rate, self._at, self._begins = form, max(_RATE, frame.sample_rate), 0, time
            self._resampler = AudioResampler(format="fltp", layout=frame.layout, rate=self._rate)
        self._take(self._resampler.resample(frame))

    def finish(self) -> list[tuple[float, float, float]]:
        """The peak in dBTP of each tenth of a second: where it begins, where it ends, and its level."""
        if self._resampler is not None:
            self._take(self._resampler.resample(None))
            self._resampler = None
        return self._peaks

    def _take(self, frames: Any) -> None:
        import numpy as np

        for frame in frames:
            levels = np.abs(frame.to_ndarray()).max(axis=0)
            while len(levels):
                window = self._at * 10 // self._rate
                part, levels = np.split(levels, [(window + 1) * self._rate // 10 - self._at])
                start = self._begins + window * _WINDOW
                self._note(start, start + _WINDOW, float(part.max()))
                self._at += len(part)

    def _note(self, start: float, end: float, peak: float) -> None:
        level = 20 * log10(max(peak, _SILENCE))
        if self._peaks and self._peaks[-1][0] == start:
            level = max(level, self._peaks.pop()[2])
        self._peaks.append((start, end, level))
