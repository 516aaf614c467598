"""From a file to a `Description`: by the schema, and then what no schema can say: every name, path and status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from clipline.errors import PipelineFileError, Problem
from clipline_http.description import Description
from clipline_http.paths import steps_of
from clipline_http.schema import SCHEMA
from clipline_http.templates import names_in, texts_in

if TYPE_CHECKING:
    from clipline.pipeline.described import Document

__all__ = ["check_description", "read_description"]

Trail: TypeAlias = tuple[str | int, ...]

_CLIP = ("clip", "clip.name", "clip.stem", "clip.bytes", "clip.type", "clip.sha256", "clip.seconds")
_RUN = ("run.id", "run.name")
_EDIT = ("edit.instruction", "edit.instructions", "edit.operations", "edit.quality")
_OUTPUT = ("output.format", "output.quality", "output.width", "output.height", "output.fps", "output.preview")
_KEYS_WITH_PATHS = ("status", "progress", "reason", "credits", "list")


def read_description(file: Path, api_url: str = "") -> Description:
    """Read a description; `api_url`, where it is given, takes the place of its `url`.

    Raises:
        PipelineFileError: with all that is wrong in it.
    """
    description, problems = check_description(file, api_url)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or description is None:
        raise PipelineFileError(errors)
    return description


def check_description(file: Path, api_url: str = "") -> tuple[Description | None, list[Problem]]:
    """The description, None where something is wrong in it, and all complaints, warnings too.

    Raises:
        PipelineFileError: the file cannot be read at all.
    """
    from clipline.pipeline.described import read_described

    document, problems = read_described(str(file), SCHEMA, "the description")
    problems = list(problems)
    if not problems:
        problems = list(_Checker(document, api_url).problems())
    if any(problem.severity == "error" for problem in problems):
        return None, problems
    return Description(file, document.value, (api_url or document.value["url"]).rstrip("/")), problems


class _Checker:
    """What the schema cannot say of one document."""

    def __init__(self, document: Document, api_url: str) -> None:
        self._document = document
        self._value: Mapping[str, Any] = document.value
        self._url = api_url or self._value["url"]

    def problems(self) -> Iterator[Problem]:
        yield from self._names()
        yield from self._paths()
        yield from self._statuses()
        yield from self._file_in_place()
        yield from self._settling()
        yield from self._clear_text()

    def _at(self, trail: Trail, message: str, *, hint: str = "", part: str = "", at_key: bool = False) -> Problem:
        return self._document.problem(trail, message, hint=hint, part=part, at_key=at_key)

    # --- names -------------------------------------------------------------------------------------------------------

    def _names(self) -> Iterator[Problem]:
        value, submit = self._value, self._value["submit"]
        values = [f"values.{name}" for name in value.get("values", {})]
        always: list[str] = [*_RUN, *values]
        clip = [*_CLIP]
        for at, each in enumerate(value.get("upload", ())):
            yield from self._names_of(("upload", at), each, [*always, *clip])
            clip += [f"clip.{name}" for name in each.get("take", {})]
        asked = [*always, *clip, *_EDIT, "job.key"]
        asked += _OUTPUT if submit.get("stage", "export") == "export" else []
        asked += [f"previous.{name}" for name in submit["take"]] if submit.get("stage") == "edit" else []
        for at, each in enumerate(submit.get("before", ())):
            yield from self._names_of(("submit", "before", at), each, asked)
            asked += [f"job.{name}" for name in each.get("take", {})]
        plain = {key: each for key, each in submit.items() if key not in {"before", "paid"}}
        yield from self._names_of(("submit",), plain, asked)
        job = [*always, *clip, "job.key", *(f"job.{name}" for name in submit["take"])]
        job += [f"job.{name}" for each in submit.get("before", ()) for name in each.get("take", {})]
        for name in ("look", "cancel"):
            yield from self._names_of((name,), value.get(name, {}), job)
        yield from self._names_of(("find",), value.get("find", {}), [*always, *clip, "job.key"])
        job += [f"job.{name}" for name in value["look"].get("take", {})]
        yield from self._names_of(("result",), value["result"], job)
        yield from self._names_of(("account",), value.get("account", {}), always)
        yield from self._names_of(("headers",), value.get("headers", {}), always)
        if isinstance(auth := value.get("auth"), Mapping):
            yield from self._names_of(("auth",), auth, ["token"])

    def _names_of(self, trail: Trail, written: Any, known: Sequence[str]) -> Iterator[Problem]:
        from clipline.pipeline.described import nearest

        own = {"take", "list", "status", "progress", "reason", "credits", "done", "failed", "cancelled", "running"}
        plain = (
            {key: each for key, each in written.items() if key not in own} if isinstance(written, Mapping) else written
        )
        for inner, text in texts_in(plain):
            try:
                used = names_in(text)
            except ValueError as error:
                yield self._at((*trail, *inner), str(error))
                continue
            for name in used:
                if name not in known:
                    message = f'there is no value "{name}" here{nearest(name, known)}'
                    yield self._at((*trail, *inner), message, part=f"{{{name}}}")
        yield from self._lost_braces(trail, plain)

    def _lost_braces(self, trail: Trail, written: Any) -> Iterator[Problem]:
        """`{clip.id}` without quotes is a mapping for YAML."""
        pairs = (
            written.items() if isinstance(written, Mapping) else enumerate(written if isinstance(written, list) else ())
        )
        for key, each in pairs:
            if isinstance(each, Mapping) and len(each) == 1 and list(each.values()) == [None]:
                (name,) = each
                yield self._at((*trail, key), f'quote it: write "{{{name}}}"')
            elif isinstance(each, (Mapping, list)):
                yield from self._lost_braces((*trail, key), each)

    # --- paths and statuses ------------------------------------------------------------------------------------------

    def _paths(self) -> Iterator[Problem]:
        for trail, path in self._all_paths():
            try:
                steps_of(path)
            except ValueError as error:
                yield self._at(trail, str(error))

    def _all_paths(self) -> Iterator[tuple[Trail, str]]:
        parts: list[tuple[Trail, str]] = [(("message",), self._value["message"])] if "message" in self._value else []
        for name in ("account", "submit", "find", "look", "cancel"):
            parts += list(_paths_of((name,), self._value.get(name, {})))
        for at, each in enumerate(self._value.get("upload", ())):
            parts += list(_paths_of(("upload", at), each))
        for at, each in enumerate(self._value["submit"].get("before", ())):
            parts += list(_paths_of(("submit", "before", at), each))
        for at, each in enumerate(self._value.get("errors", ())):
            parts += [(("errors", at, "where", path), path) for path in each.get("where", {})]
        yield from parts

    def _statuses(self) -> Iterator[Problem]:
        seen: dict[str, str] = {}
        for kind in ("done", "failed", "cancelled", "running"):
            for at, status in enumerate(self._value["look"].get(kind, ())):
                if status in seen:
                    yield self._at(("look", kind, at), f'"{status}" stands under "{seen[status]}" already')
                seen.setdefault(status, kind)

    # --- what belongs together ---------------------------------------------------------------------------------------

    def _file_in_place(self) -> Iterator[Problem]:
        """The clip must get there: in an upload, or with the submission."""
        submit = self._value["submit"]
        senders = [*self._value.get("upload", ()), *submit.get("before", ()), submit]
        if not any("file" in each or "{clip}" in (each.get("form") or {}).values() for each in senders):
            hint = 'a body that is the file: `file: "{clip}"`; or a field of a form: `form: {video: "{clip}"}`'
            yield self._at(("submit",), "no request hands the clip over", hint=hint, at_key=True)
        for trail, text in texts_in(self._value):
            is_field = len(trail) > 1 and trail[-2] == "form"
            if "{clip}" in text and not (trail[-1] == "file" or (is_field and text == "{clip}")):
                yield self._at(
                    trail, '"{clip}" is the file itself; here a name like {clip.name} is needed', part="{clip}"
                )

    def _settling(self) -> Iterator[Problem]:
        submit, cancel = self._value["submit"], self._value.get("cancel")
        paid = submit["paid"]
        if "find" in self._value and "job.key" not in {
            name
            for key in ("request", "query", "headers", "json", "form")
            for _, text in texts_in(submit.get(key))
            for name in names_in(text)
        }:
            hint = 'give the job a mark of ours: a field with "{job.key}"'
            yield self._at(
                ("find",), 'nothing in "submit" marks the job, so it cannot be found', hint=hint, at_key=True
            )
        if "find" in self._value and (
            unknown := set(submit["take"]) - set(self._value["find"].get("take", submit["take"]))
        ):
            message = f'what "submit" takes must be taken here too: {", ".join(sorted(unknown))}'
            yield self._at(("find", "take"), message, at_key=True)
        if cancel and isinstance(paid, Mapping) and paid.get("failed", "charged") == "charged":
            message = "jobs are never cancelled while a cancelled one is charged"
            yield _warning(
                self._at(("cancel",), message, hint="if it costs nothing: `paid: {failed: free}`", at_key=True)
            )
        lookup = isinstance(paid, Mapping) and not (paid.get("key") or "find" in self._value)
        if lookup:
            message = (
                "if the answer to this is lost, nobody can tell whether it was done: the run will stop with status 6"
            )
            hint = "where the service has it: an idempotency key (`paid: {key: HEADER}`), or a way to look (`find:`)"
            yield _warning(self._at(("submit", "paid"), message, hint=hint, at_key=True))

    def _clear_text(self) -> Iterator[Problem]:
        parts = urlsplit(self._url)
        local = {"localhost", "127.0.0.1", "::1"}
        if parts.scheme == "http" and parts.hostname not in local and self._value.get("auth", "none") != "none":
            yield _warning(self._at(("url",), "the token is sent unencrypted to this address", hint="write https"))


def _paths_of(trail: Trail, written: Mapping[str, Any]) -> Iterator[tuple[Trail, str]]:
    yield from (((*trail, "take", name), path) for name, path in written.get("take", {}).items())
    yield from (((*trail, key), written[key]) for key in _KEYS_WITH_PATHS if key in written)
    yield from (((*trail, "where", path), path) for path in written.get("where", {}))


def _warning(problem: Problem) -> Problem:
    return replace(problem, severity="warning")
