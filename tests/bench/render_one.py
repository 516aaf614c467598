"""Renders operations on a clip by the studio alone: what `bench_studio.py` measures, and nothing besides.

    python tests/bench/render_one.py CLIP OUTPUT OPERATIONS

OPERATIONS is a JSON list of operations in their data form.
"""

import json
import sys
from pathlib import Path

from clipline.clock import Clock
from clipline.studio.reading.media import probe
from clipline.studio.rendering.render import RenderSpec, render
from clipline.timeline import Segment, Timeline, Track, apply, operation_from_json


def main(clip: str, output: str, operations: str) -> None:
    segment = Segment("clip", probe(Path(clip)).duration, source=clip)
    timeline = Timeline((Track("video", (segment,)),))
    for operation in json.loads(operations):
        timeline = apply(timeline, operation_from_json(operation))
    render(timeline, Path(output), RenderSpec(), clock=Clock(), progress=lambda _fraction: None)


if __name__ == "__main__":
    main(*sys.argv[1:])
