"""The suite that every part must pass: inherit the class of its sort, hand the part over.

    from clipline.testing import StageConformance

    class TestSubtitles(StageConformance):
        plugin = clipline_subtitles
        name = "subtitles"

        def options(self, folder):
            return {"captions": str(write_captions(folder / "talk.srt"))}

The part is really run: by the engine with a journal, in processes of their own, which are killed with `kill -9` at the
moments that matter (`clipline.testing.moments`) and taken up again. A check that fails says what to do.
"""

from clipline.testing.conformance.backend import BackendConformance
from clipline.testing.conformance.channel import ChannelConformance
from clipline.testing.conformance.check import CheckConformance
from clipline.testing.conformance.command import CommandConformance
from clipline.testing.conformance.executor import ExecutorConformance
from clipline.testing.conformance.plugin import PluginConformance
from clipline.testing.conformance.post_export import PostExportConformance
from clipline.testing.conformance.report_format import ReportFormatConformance
from clipline.testing.conformance.stage import StageConformance

__all__ = [
    "BackendConformance",
    "ChannelConformance",
    "CheckConformance",
    "CommandConformance",
    "ExecutorConformance",
    "PluginConformance",
    "PostExportConformance",
    "ReportFormatConformance",
    "StageConformance",
]
