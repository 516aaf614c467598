"""Copies the packets of a clip where its pictures are not changed: at once, and nothing is lost.

The picture is copied where the parts kept begin at key frames. Its sound is copied with it where one part of an MP4 or
MOV becomes one: an edit list lets it begin in the middle of a packet, to the sample. All other sound is mixed
and encoded, which is exact too, and takes little.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from clipline.clock import Clock
from clipline.studio.audio.mixdown import Mixdown
from clipline.studio.audio.sampling import CHANNELS
from clipline.studio.pictures.frames import color_tags
from clipline.studio.pictures.picture import Finding
from clipline.studio.pictures.standard_colors import is_standard
from clipline.studio.reading.keyframes import can_copy, packets_from
from clipline.studio.reading.media import audio_stream, open_media, video_stream, zero_time
from clipline.studio.rendering.plan import Plan
from clipline.studio.rendering.shots import Shot
from clipline.studio.writing.movie import Soundtrack
from clipline.studio.writing.target import close_quietly, open_output

__all__ = ["Copier", "copies"]

#: What each container's own encoder makes, as FFmpeg names it: only this is copied into it.
_CODECS = {"mp4": "h264", "mov": "h264", "mkv": "h264", "webm": "vp9"}
_FROM = {"mp4", "mov", "mkv", "webm"}
_AS_GOOD = {"high", "best"}  # who asks for less wants a smaller file
_PIXELS = {"yuv420p", "yuvj420p"}
_SAME = 0.0005  # seconds: half of the coarsest time stamps
_EDIT_LISTS = {"mp4", "mov"}
_GAP = 0.05  # seconds without sound at an end that nobody hears
_EARLY = 2  # packets of sound that a decoder needs before it sounds right, with the one that is cut


def copies(plan: Plan) -> bool:
    """Whether the pictures of a plan can be copied: none is changed, and each part begins with a key frame."""
    source, kind = plan.shots[0].source, plan.target.format.name
    if plan.target.preview or plan.target.quality not in _AS_GOOD or plan.rate is not None or plan.over:
        return False
    if any(scene.people or scene.first or scene.last or scene.rate for scene in plan.scenes):
        return False
    if source.info.has_alpha or any(shot.source != source or shot.crossfade for shot in plan.shots):
        return False
    if source.info.container not in _FROM or source.info.video_codec != _CODECS.get(kind):
        return False
    if source.info.rotation and kind not in _EDIT_LISTS:  # not all players turn other containers
        return False
    spans = [(shot.start, shot.end) for shot in plan.shots]
    return _plain(source.path) and can_copy(source.path, spans, source.info.duration)


def _plain(path: Path) -> bool:
    """Whether the pixels are those that would be made: square, in usual colours, and of one moment."""
    with open_media(path) as container:
        video = video_stream(container)
        if video is None or video.codec_context.pix_fmt not in _PIXELS or not is_standard(color_tags(video)):
            return False
        first = next(container.decode(video), None)
        return video.sample_aspect_ratio in {None, 0, 1} and first is not None and not first.interlaced_frame


class Copier:
    """Writes the file of a plan that `copies`.

    Raises:
        MachineError: the file cannot be made.
    """

    def __init__(self, plan: Plan, mixdown: Mixdown, clock: Clock) -> None:
        self._plan, self._mixdown, self._clock = plan, mixdown, clock
        self._container = open_output(plan.target.path, plan.target.format)
        self._copies_sound = _copies_sound(plan)
        self._last_dts: int | None = None
        self._sound: Soundtrack | None = None
        self.count = 0

    def findings(self) -> list[Finding]:
        """What is copied."""
        what = "picture and sound are" if self._copies_sound else "the picture is"
        return [Finding("INFO", f"{what} copied, not encoded again")]

    def write(self, progress: Callable[[float], None]) -> int:
        """Copy every part; how many frames that were."""
        plan = self._plan
        with open_media(plan.shots[0].source.path) as source:
            video = video_stream(source)
            heard = audio_stream(source, plan.sound[0].track) if self._copies_sound else None
            streams = {each: self._container.add_stream_from_template(each) for each in (video, heard) if each}
            if heard is None and (sound := self._mixdown.play()):
                self._sound = Soundtrack(self._container, plan.target, sound)
            for shot in plan.shots:
                self._copy(source, shot, video, streams, progress)
            if self._sound:
                self._sound.finish()
        self._container.close()
        return self.count

    def _copy(
        self, source: Any, shot: Shot, video: Any, streams: dict[Any, Any], progress: Callable[[float], None]
    ) -> None:
        shift = shot.at - shot.start
        open_streams = set(streams)  # those that are not at the part's end yet
        # A little early, for the sound before the picture begins.
        for time, packet in packets_from(source, max(0.0, shot.start - 0.1), *streams):
            self._clock.check()
            stream = packet.stream
            if time >= shot.end - _SAME:
                open_streams.discard(stream)
            if not open_streams:
                break
            early = _SAME if stream is video else _EARLY * float((packet.duration or 0) * packet.time_base)
            if stream not in open_streams or time < shot.start - early:
                continue
            if stream is not video:  # the last packet is cut too
                packet.duration = min(packet.duration or 0, max(1, round((shot.end - time) / packet.time_base)))
            self._put(packet, shift, streams[stream], is_picture=stream is video)
            if stream is video:
                progress((time + shift) / self._plan.length)
                if self._sound:
                    self._sound.write(time + shift)

    def _put(self, packet: Any, shift: float, stream: Any, *, is_picture: bool) -> None:
        ticks = round(shift / packet.time_base)
        packet.pts += ticks
        packet.dts = packet.pts if packet.dts is None else packet.dts + ticks
        if is_picture:
            if self._last_dts is not None and packet.dts <= self._last_dts:
                packet.dts = self._last_dts + 1
            self._last_dts = packet.dts
            self.count += 1
        packet.stream = stream
        self._container.mux(packet)

    def abandon(self) -> None:
        """Remove what was written."""
        if self._sound is not None:
            self._sound.close()
        self._plan.target.path.unlink(missing_ok=True)
        close_quietly(self._container)
        self._plan.target.path.unlink(missing_ok=True)


def _copies_sound(plan: Plan) -> bool:
    """Whether the sound is nothing but that of the one part, all of it, in a container with edit lists."""
    source, kind = plan.shots[0].source, plan.target.format
    if len(plan.shots) != 1 or len(plan.sound) != 1 or plan.sound[0].is_changed or plan.loudness:
        return False
    if not {source.info.container, kind.name} <= _EDIT_LISTS or source.info.audio_codec != kind.audio_codec:
        return False
    shot = plan.shots[0]
    with open_media(source.path) as container:
        sound = audio_stream(container, plan.sound[0].track)
        if sound is None or sound.duration is None or sound.codec_context.channels > CHANNELS:
            return False
        zero = zero_time(container)
        begins = float((sound.start_time or 0) * sound.time_base) - zero
        return begins <= shot.start + _GAP and begins + float(sound.duration * sound.time_base) >= shot.end - _GAP
