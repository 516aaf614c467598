"""Post-export steps: what a web page, a player or an editor wants beside a video.

`poster` is one picture, `strip` many small ones with the times at which they are seen, `waveform` the sound as a
picture and as numbers, `proxy` the video in small. Each stands beside the exported file, under its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from clipline.stage import Exported, PostExportStep, StageCall, StageResult, hookimpl
from clipline.values import JsonObject
from clipline_proxy.options import POSTER, PROXY, STRIP, WAVEFORM

clipline_api = "1"


@hookimpl
def post_export_steps() -> Sequence[PostExportStep]:
    """Offer `poster`, `strip`, `waveform` and `proxy`."""
    return [
        PostExportStep(
            "poster", _poster, POSTER, summary="A picture of the video, of a good moment or of a given one."
        ),
        PostExportStep("strip", _strip, STRIP, summary="Small pictures of the whole video, and a WebVTT file of them."),
        PostExportStep("waveform", _waveform, WAVEFORM, summary="The sound as a picture, and as peaks in JSON."),
        PostExportStep("proxy", _proxy, PROXY, summary="The video in small, for reviews and editing."),
    ]


# Each imports its module when it works: they bring the video libraries.


def _poster(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    from clipline_proxy.delivery import beside_each
    from clipline_proxy.poster import make_poster

    return beside_each(call, exported, options, make_poster)


def _strip(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    from clipline_proxy.delivery import beside_each
    from clipline_proxy.strip import make_strip

    return beside_each(call, exported, options, make_strip)


def _waveform(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    from clipline_proxy.delivery import beside_each
    from clipline_proxy.waveform import make_waveform

    return beside_each(call, exported, options, make_waveform)


def _proxy(call: StageCall, exported: Exported, options: JsonObject) -> StageResult:
    from clipline_proxy.delivery import beside_each
    from clipline_proxy.proxy import make_proxy

    return beside_each(call, exported, options, make_proxy)
