"""Text to plan: reads pipeline files, checks them and plans a run; no network, no clock, no database.

The way of a file: `source` (text to document) → `builder` (document to `model.Pipeline`, by `nodes`, `declarations`,
`schema`, `scope`) → `planner` (inputs to `model.Plan`). `loader` walks the first half of it. YAML and jsonschema are
imported only when a file is read.
"""

from clipline.pipeline.loader import load, parse_text, read_inputs_file

__all__ = ["load", "parse_text", "read_inputs_file"]
