"""What a pipeline file may say beyond the language itself: stage kinds, and the things that their options name.

The plugin manager builds a `Vocabulary` from the plugins that it loaded; this room knows nothing else of plugins.

Options are described by plain JSON Schema (draft 2020-12). Besides the standard keywords, these are understood:

- `"format"`: `path` (resolved against the folder of the file it is written in), `output` (resolved against the
  output folder, inside which it must stay), and `duration`, `size`, `color`, `count` (checked by `clipline.values`);
- `"x-clipline-post-export": true` and `"x-clipline-channels": true` on an array: each item is a name, or
  `{name: options}`, of that part of the vocabulary. A post-export step may add `continue_on_error`;
- `"x-clipline-checks": true` on an object: every check is one more property, by its name;
- `"x-clipline-exists": true` beside `"format": "path"`: a file that must be there before the run;
- `"x-clipline-holds": {…}` beside `"format": "path"`: a YAML or JSON file that holds what this JSON Schema says, whose
  `title` is what complaints call it; what is wrong in it is said before the run;
- `"x-clipline-written": true` beside `"format": "path"`: a file that the run itself writes to, so no input of it;
- `"x-clipline-secret": true`: only `${{ secrets.NAME }}` gives its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from clipline.companions import comes_with
from clipline.values import JsonObject

__all__ = ["NAMED_LISTS", "KindInfo", "StepInfo", "Vocabulary", "no_options"]


def no_options() -> JsonObject:
    """The schema of what takes no options at all."""
    return {"type": "object", "properties": {}, "additionalProperties": False}


#: Marks of an array whose items name something: the mark, the field of `Vocabulary`, what a person calls one of them.
NAMED_LISTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "x-clipline-post-export": ("post_export", "post-export step"),
        "x-clipline-channels": ("channels", "channel"),
    }
)


@dataclass(frozen=True, slots=True)
class KindInfo:
    """A stage kind.

    `options` and `outputs` are JSON Schemas of objects; an open `outputs` (without `additionalProperties: false`)
    lets a file read any output. `secret_options` names the options that a secret may fill. `backend_options` has the
    schema of the block that each backend reads (`with: {nemo: {…}}`).
    """

    name: str
    options: JsonObject = field(default_factory=no_options)
    outputs: JsonObject = field(default_factory=lambda: {"type": "object"})
    secret_options: frozenset[str] = frozenset()
    backend_options: Mapping[str, JsonObject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepInfo:
    """What an item of a list names: a post-export step, a channel, a check."""

    name: str
    options: JsonObject = field(default_factory=no_options)
    secret_options: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Vocabulary:
    """All that files may name, each by its name; the options of a check are what is wanted of it, of any type.

    `left_out` says which plugins could not be used, for the hint where a name is not known that they may have brought.
    """

    kinds: Mapping[str, KindInfo] = field(default_factory=dict)
    post_export: Mapping[str, StepInfo] = field(default_factory=dict)
    channels: Mapping[str, StepInfo] = field(default_factory=dict)
    checks: Mapping[str, StepInfo] = field(default_factory=dict)
    left_out: str = ""

    def steps(self, part: str) -> Mapping[str, StepInfo]:
        """The part of the vocabulary that a field of `NAMED_LISTS` means."""
        return {"post_export": self.post_export, "channels": self.channels}[part]

    def hint(self, word: str, name: str) -> str:
        """The hint of a complaint about a name that nobody brought; `word` is what a person calls such a part."""
        return "; ".join(filter(None, (comes_with(word, name), self.left_out)))

    @cached_property
    def schemas(self) -> Mapping[str, JsonObject]:
        """The schema of each kind's options, with backends' blocks and checks as properties of their names."""
        return {name: self._folded(kind) for name, kind in self.kinds.items()}

    def _folded(self, kind: KindInfo) -> JsonObject:
        schema = self._with_checks(kind.options)
        blocks = {name: dict(block) for name, block in kind.backend_options.items()}
        return {**schema, "type": "object", "properties": {**schema.get("properties", {}), **blocks}}

    def _with_checks(self, schema: Any) -> Any:
        if isinstance(schema, (list, tuple)):
            return [self._with_checks(each) for each in schema]
        if not isinstance(schema, Mapping):
            return schema
        inner = {key: self._with_checks(each) for key, each in schema.items()}
        if inner.get("x-clipline-checks") is True:
            checks = {name: check.options for name, check in self.checks.items()}
            inner["properties"] = {**inner.get("properties", {}), **checks}
        return inner
