"""A stage kind of its own: burns the captions of an SRT or VTT file into a video.

This package is the executable documentation of the seam for stage kinds: a hook specification, its description with the
schemas of options and outputs, and a default implementation that answers it on every backend. The video it works on is
a file, so it does not matter who made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clipline.artifacts import resolve_target
from clipline.errors import InputError
from clipline.stage import StageCall, StageKind, StageResult, hookimpl, hookspec
from clipline.timeline import Segment, Timeline, Title, Track, apply
from clipline.values import JsonObject, parse_color

clipline_api = "1"

OPTIONS = {
    "type": "object",
    "properties": {
        "captions": {
            "type": "string",
            "format": "path",
            "x-clipline-exists": True,
            "description": "The .srt or .vtt file, UTF-8.",
        },
        "video": {
            "type": "string",
            "format": "path",
            "description": "The video to burn them into; the one that was exported last where it is not given.",
        },
        "to": {
            "type": "string",
            "default": "{name}-subtitled.mp4",
            "description": "The file to make, in the output folder; {name} is the video's name.",
        },
        "position": {
            "enum": ["top", "middle", "bottom"],
            "default": "bottom",
            "description": "Where in the picture they stand.",
        },
        "color": {"type": "string", "format": "color", "default": "white", "description": "The letters' colour."},
        "quality": {
            "enum": ["low", "medium", "high", "best"],
            "default": "high",
            "description": "How much of the picture the file keeps.",
        },
        "collision": {
            "enum": ["fail", "overwrite", "number"],
            "default": "fail",
            "description": "What to do where the file exists: stop, replace it, or add a number.",
        },
    },
    "required": ["captions"],
    "additionalProperties": False,
}
OUTPUTS = {
    "type": "object",
    "properties": {
        "files": {"type": "array", "description": "The file that was made."},
        "cues": {"type": "integer", "description": "How many captions were shown."},
    },
    "additionalProperties": False,
}


class Specification:
    """The hook that this package adds."""

    @hookspec(firstresult=True)
    def subtitles(self, call: StageCall, options: JsonObject) -> StageResult | None:
        """Burn captions into a video."""


@hookimpl
def stage_kinds() -> Sequence[StageKind]:
    """Offer `subtitles`."""
    summary = "Burns the captions of an SRT or VTT file into a video."
    return [StageKind("subtitles", Specification, OPTIONS, OUTPUTS, summary)]


@hookimpl
def subtitles(call: StageCall, options: JsonObject) -> StageResult:
    """Make a new file with the captions in its picture.

    Raises:
        CliplineError: there is no video, a file cannot be read, or no caption falls into the video's time.
    """
    from clipline.studio.rendering.render import RenderSpec, render  # here, since it imports the video libraries

    video = Path(options["video"]) if "video" in options else _exported_last(call)
    target = resolve_target(call.out, options.get("to", "{name}-subtitled.mp4"), {"name": video.stem, "ext": "mp4"})
    timeline = _with_titles(video, options)
    artifact = call.files.delivered(target)  # by an attempt that was killed before it could say so
    if artifact is None:
        temporary = call.files.temporary(target)
        spec = RenderSpec(quality=options.get("quality", "high"))
        render(timeline, temporary, spec, clock=call.clock, progress=call.progress)
        artifact = call.files.deliver(temporary, target, collision=options.get("collision", "fail"))
    cues = timeline.count("text")
    return StageResult(outputs={"files": [str(artifact.path)], "cues": cues}, artifacts=(artifact,))


def _exported_last(call: StageCall) -> Path:
    """The newest video of the run; what else it made, like a contact sheet, is passed over."""
    files = map(Path, reversed(call.run.get("files", ())))
    video = next(filter(_is_video, files), None)
    if video is None:
        raise InputError("there is no video to put captions on", hint="put it after an export, or give `video`")
    return video


def _is_video(file: Path) -> bool:
    from clipline.studio.reading.media import probe

    try:
        return probe(file).kind == "video"
    except InputError:  # no media at all
        return False


def _with_titles(video: Path, options: JsonObject) -> Timeline:
    """The video as a timeline with one title a caption; captions after its end are left out."""
    from clipline.studio.lettering.captions import read_captions
    from clipline.studio.reading.media import probe

    info = probe(video)
    segment = Segment(video.stem, info.duration, source=str(video))
    timeline = Timeline((Track("video", (segment,)),), info.width, info.height, info.fps)
    color = parse_color(options.get("color", "white"))
    captions = Path(options["captions"])
    for cue in read_captions(captions):
        if cue.start < info.duration:
            length = cue.end - cue.start
            title = Title(cue.text, cue.start, length, options.get("position", "bottom"), color)
            timeline = apply(timeline, title)
    if not timeline.count("text"):
        raise InputError(f"no caption of {captions.name} falls into the {info.duration:g} s of {video.name}")
    return timeline
