"""The kit of clipline on both stage kinds and on the post-export step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import opentimelineio as otio

import clipline_otio
from clipline.testing import PostExportConformance, StageConformance
from clipline.testing.clips import tiny_clip
from clipline.testing.scene import Job


class TestAssemble(StageConformance):
    plugin = clipline_otio
    name = "assemble"

    def options(self, folder: Path) -> dict[str, Any]:
        clip = tiny_clip(folder / "source.mp4")
        timeline, track = otio.schema.Timeline("cut"), otio.schema.Track("V1", kind="Video")
        timeline.tracks.append(track)
        for start in (2, 0):
            span = otio.opentime.TimeRange(otio.opentime.RationalTime(start, 12), otio.opentime.RationalTime(6, 12))
            track.append(otio.schema.Clip("source", otio.schema.ExternalReference(clip.as_uri()), span))
        otio.adapters.write_to_file(timeline, str(folder / "cut.otio"))
        return {"timeline": str(folder / "cut.otio")}

    def files(self, folder: Path) -> Sequence[Path]:
        return ()


class TestConsolidate(TestAssemble):
    name = "consolidate"


class TestExportTimeline(StageConformance):
    plugin = clipline_otio
    name = "export_timeline"
    backend = "local"  # which has a timeline

    def before(self, folder: Path) -> Sequence[Any]:
        clip = tiny_clip(folder / "clip.mp4")
        return ["auth", {"stage": "upload", "with": {"files": str(clip)}}]


class TestExportTimelineAfterAnExport(PostExportConformance):
    plugin = clipline_otio
    name = "export_timeline"

    def _job(self, folder: Path) -> Job:
        clip = tiny_clip(folder / "clip.mp4")
        export = {"to": "edited.mp4", "preview": True, "post_export": [{self.name: {}}]}
        stages = ["auth", {"stage": "upload", "with": {"files": str(clip)}}, {"stage": "export", "with": export}]
        return Job({"stages": stages}, self._path(), "local", {})
