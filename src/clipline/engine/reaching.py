"""What a plan will do outside of the output folder: programs that it runs, and where it sends things.

A pipeline file may be somebody else's. So these are told before anything is done, as the file has them: what a person
must know is what is run, not what it is called.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from clipline.errors import redact
from clipline.pipeline.model import PlannedStage
from clipline.pipeline.options import named_list, step_of, steps_option
from clipline.plugin_manager import RunPlugins

__all__ = ["reaching"]

#: Characters of one value that are told.
_LONGEST = 160


def reaching(stage: PlannedStage, plugins: RunPlugins) -> Iterator[str]:
    """A sentence for each step and each channel of a stage that acts elsewhere, with its options as written."""
    properties = plugins.vocabulary.kinds[stage.kind].options.get("properties", {})
    parts = stage.options.parts()
    for option, schema in properties.items():
        meant = named_list(schema)
        if meant is None:
            continue
        items: Any = parts[option].as_json() if option in parts else []
        if not items and option == steps_option(stage.kind, plugins.vocabulary):
            items = plugins.settings.get("export", {}).get("post_export", [])
        if not isinstance(items, list):  # a whole list that only the run will know
            yield f"{meant[1]}s as {items} says"
            continue
        for name, options in filter(None, map(step_of, items)):
            if _acts_elsewhere(meant[0], name, plugins):
                yield redact(f"{meant[1]} {name}: {_told(options)}" if options else f"{meant[1]} {name}")


def _acts_elsewhere(part: str, name: str, plugins: RunPlugins) -> bool:
    """Whether it runs programs or sends something; of channels only those without options do not."""
    if part == "channels":
        return bool(plugins.vocabulary.channels[name].options.get("properties"))
    step = plugins.offers.post_export_steps.get(name)
    return step is not None and step.effectful


def _told(options: Any) -> str:
    if not isinstance(options, dict):
        return _short(options)
    return ", ".join(f"{name} = {_short(value)}" for name, value in options.items())


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " and more"
