"""What a run was begun with, so that `resume` goes on with that and not with what the files say by then."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from clipline.artifacts import sha256_of
from clipline.errors import Bug, InputError, MachineError
from clipline.pipeline import loader
from clipline.pipeline.model import InputSpec, Pipeline, Plan
from clipline.pipeline.options import described
from clipline.pipeline.vocabulary import Vocabulary
from clipline.values import JsonObject

__all__ = ["SNAPSHOT_VERSION", "changed_versions", "check_inputs", "restore", "take"]

SNAPSHOT_VERSION = 1


def take(
    plan: Plan,
    versions: Mapping[str, str],
    vocabulary: Vocabulary,
    state: JsonObject | None = None,
    conversation: str | None = None,
) -> JsonObject:
    """The snapshot of a plan, as JSON: sources, inputs, versions, and what its input files are.

    `state` is what its first stage finds; `conversation` the address of the service that it talks to, None where it is
    a run of a file. A `budget` that the person gives later takes the place of the file's.
    """
    return {
        "clipline_snapshot": SNAPSHOT_VERSION,
        "versions": dict(versions),
        "name": plan.pipeline.name,
        "sources": [
            {"name": source.name, "path": str(source.path) if source.path else None, "text": source.text}
            for source in plan.pipeline.sources()
        ],
        "plan": plan.as_json(),
        "files": [_facts(path) for path in _input_files(plan, vocabulary)],
        "state": dict(state or {}),
        "conversation": conversation,
        "budget": plan.pipeline.budget,
    }


def restore(snapshot: JsonObject, vocabulary: Vocabulary, versions: Mapping[str, str]) -> Plan:
    """The plan that was taken. Its stages are evaluated as they come, not beforehand.

    `versions` are those of the packages whose plugins are here now.

    Raises:
        PipelineFileError: the plugins that are installed now do not take what the file says.
        MachineError: the snapshot is lost.
        Bug: it is of another version.
    """
    if not snapshot:
        raise MachineError(
            "what the run was begun with is lost; it cannot be gone on with",
            code="snapshot_lost",
            hint="`clipline runs logs RUN` tells what it did and paid; `clipline run` begins it anew, and pays again",
        )
    if snapshot.get("clipline_snapshot") != SNAPSHOT_VERSION:
        raise Bug(f"the run's snapshot is of version {snapshot.get('clipline_snapshot')!r}")
    planned = snapshot["plan"]
    folder = Path(planned["working_folder"])
    gone = [f"{name} {version}" for name, version in snapshot["versions"].items() if name not in versions]
    if gone:
        words = f"the run began with {', '.join(gone)}, not there or left out now"
        vocabulary = replace(vocabulary, left_out="; ".join(filter(None, (words, vocabulary.left_out))))
    pipeline = _pipeline(snapshot["sources"], folder, vocabulary)
    budget = snapshot.get("budget", pipeline.budget)  # an older journal has none here
    return Plan(
        pipeline=replace(pipeline, name=snapshot["name"], budget=budget),
        inputs=planned["inputs"],
        env=planned["env"],
        backend=planned["backend"],
        out=Path(planned["out"]),
        working_folder=folder,
        run=planned["run"],
        stages=(),
        globs={pattern: tuple(found) for pattern, found in planned["globs"].items()},
    )


def _pipeline(sources: list[dict[str, Any]], folder: Path, vocabulary: Vocabulary) -> Pipeline:
    texts = {Path(source["path"]): source["text"] for source in sources if source["path"]}

    def read(path: Path) -> bytes:
        if path not in texts:
            raise FileNotFoundError(2, "it is not in the run's snapshot", str(path))
        return str(texts[path]).encode()

    main = sources[0]
    if main["path"] is None:
        return loader.load(json.loads(main["text"]), vocabulary, read=read, folder=folder)
    return loader.load(main["path"], vocabulary, read=read, folder=folder)


def changed_versions(snapshot: JsonObject, versions: Mapping[str, str]) -> list[str]:
    """What is installed in another version than when the run began, a sentence for each."""
    then: Mapping[str, str] = snapshot["versions"]
    return [
        f"the run began with {name} {version}; now it is {versions.get(name) or 'not there'}"
        for name, version in then.items()
        if versions.get(name) != version
    ]


# --- input files -----------------------------------------------------------------------------------------------------


def check_inputs(snapshot: JsonObject) -> None:
    """Make sure that every input file is what it was.

    Raises:
        InputError: with all that changed or are gone.
    """
    changed = [why for facts in snapshot["files"] if (why := _change(facts))]
    if changed:
        raise InputError(
            "\n".join(changed),
            code="input_changed",
            hint="put the files back as they were, or start a new run with `clipline run`",
        )


def _change(facts: JsonObject) -> str:
    path = Path(facts["path"])
    try:
        now = path.stat()
    except OSError:
        return f"{path} is no longer there"
    if now.st_size == facts["bytes"] and (now.st_mtime_ns == facts["mtime_ns"] or sha256_of(path) == facts["sha256"]):
        return ""
    return f"{path} has changed since the run began"


def _facts(path: Path) -> JsonObject:
    found = path.stat()
    return {
        "path": str(path),
        "bytes": found.st_size,
        "mtime_ns": found.st_mtime_ns,
        "sha256": sha256_of(path),
    }


def _input_files(plan: Plan, vocabulary: Vocabulary) -> list[Path]:
    """The files that the inputs and the options name and that are there, each once."""
    named = [*_of_inputs(plan.pipeline.inputs, plan.inputs), *_of_options(plan, vocabulary)]
    return [path for path in dict.fromkeys(Path(name) for name in named) if path.is_file()]


def _of_inputs(specs: Mapping[str, InputSpec], values: Mapping[str, Any]) -> Iterator[str]:
    for name, spec in specs.items():
        value = values.get(name)
        if value is None:
            continue
        if spec.type == "file":
            yield value
        elif spec.type == "files":
            yield from value
        elif spec.type == "table":
            for row in value:
                yield from _of_inputs(spec.columns, row)


def _of_options(plan: Plan, vocabulary: Vocabulary) -> Iterator[str]:
    for stage in plan.stages:
        options = stage.options_if_constant
        if not options:
            continue
        for each in described(vocabulary.kinds[stage.kind], options, vocabulary):
            if each.schema.get("format") == "path" and each.schema.get("x-clipline-written") is not True:
                value: Any = options
                for step in each.trail:
                    value = value[step]
                if isinstance(value, str) and os.path.isabs(value):  # noqa: PTH117  # an address is no path
                    yield value
