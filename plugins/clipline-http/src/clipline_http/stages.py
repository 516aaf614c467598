"""The four stages, by what the description says: each gets the service and gives a stage's result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from clipline.errors import CheckFailed, Refused, ServiceError, StageFailed
from clipline.stage import Artifact, Finding, StageResult
from clipline.values import JsonObject
from clipline_http.finishing import check_whole, facts_of, finished
from clipline_http.jobs import done_job, looked_at
from clipline_http.looking import Look, job_names
from clipline_http.output import Output, check_place, output_of, place_of
from clipline_http.service import Service
from clipline_http.state import Clip, State
from clipline_http.submitting import Order
from clipline_http.templates import names_in
from clipline_http.uploads import clip_names, run_names, with_all

__all__ = ["account_facts", "connect", "edit_names", "edit_of", "export", "record"]

Secrets = Mapping[str, Any]


def account_facts(service: Service) -> dict[str, Any] | None:
    """Who works, as the service tells; None where the description has no such request."""
    if not service.description.has("account"):
        return None
    taken = service.patiently(service.description.request("account"), run_names(service)).taken
    credits_ = taken.get("credits")
    facts = {name: service.clean(value) if isinstance(value, str) else value for name, value in taken.items()}
    return {**facts, "user": facts.get("user"), "credits": None if credits_ is None else {"available": credits_}}


def connect(service: Service) -> StageResult:
    """Ask the service who works, where it tells.

    Raises:
        AccountError: there is no token, or it is refused.
    """
    service.require_token()
    facts = account_facts(service)
    if facts is None:
        service.call.note(f"{service.description.service} tells nothing of accounts")
        return StageResult(outputs={"account": service.description.service})
    left = f", {facts['credits']['available']} credits" if facts["credits"] else ""
    service.call.note(f"connected to {service.description.service}{left}")
    return StageResult(outputs={**facts, "account": facts["user"] or service.description.service})


# --- editing ---------------------------------------------------------------------------------------------------------


def edit_of(options: JsonObject) -> dict[str, Any]:
    """An edit as the state keeps it."""
    return {
        "instruction": options.get("instruction"),
        "operations": options.get("operations"),
        "quality": options.get("quality"),
        "values": dict(options.get("http", {})),
    }


def edit_names(edits: tuple[JsonObject, ...]) -> dict[str, Any]:
    """The values of the names with `edit.`, and the values that edits gave."""
    words = [edit["instruction"] for edit in edits if edit["instruction"]]
    operations = [operation for edit in edits for operation in edit["operations"] or ()]
    quality = next((edit["quality"] for edit in reversed(edits) if edit["quality"]), None)
    names = {
        "edit.instruction": "\n".join(words) or None,
        "edit.instructions": words or None,
        "edit.operations": operations or None,
        "edit.quality": quality,
    }
    values = {f"values.{name}": value for edit in edits for name, value in edit["values"].items()}
    return {**{name: value for name, value in names.items() if value is not None}, **values}


def record(service: Service, options: JsonObject, secrets: Secrets) -> StageResult:
    """Take an edit: have it done, where edits are what is submitted; else it is part of what `export` submits.

    Raises:
        Refused: there is no clip, or the service takes one edit a clip.
        CliplineError: as the job ends.
    """
    call, description = service.call, service.description
    state = State.read(call.state, description.url)
    clip = _clip(state, "edit")
    if state.edits and not description.several_edits:
        raise Refused(f"{description.service} takes one edit a clip", code="second_edit", hint="say both in one edit")
    edit = edit_of(options)
    outputs: dict[str, Any] = {"changed": True, "changes": [], "understood": [], "summary": ""}
    if description.stage == "edit":
        names = {**edit_names((edit,)), **_previous(state)}
        order = _order(service, clip, secrets, names, {"edit": edit, "previous": (state.job or {}).get("key")})
        job, seen = done_job(service, order)
        state = replace(state, job=job)
        outputs |= _of_job(service, job, seen)
    state = replace(state, edits=(*state.edits, edit))
    if view := state.view:
        outputs |= {"timeline": view.after.as_json(), "summary": view.after.summary()}
    return StageResult(outputs=outputs, state=state.write(call.state))


def _previous(state: State) -> dict[str, Any]:
    return {f"previous.{name}": value for name, value in (state.job or {"job": {}})["job"].items()}


def _clip(state: State, work: str) -> Clip:
    if state.clip is None:
        raise Refused(f"there is no clip to {work}", code="no_clip", hint="an `upload` stage comes first")
    return state.clip


def _order(service: Service, clip: Clip, secrets: Secrets, names: JsonObject, what: JsonObject) -> Order:
    clip, secrets = with_all(service, clip, secrets)
    every = {**run_names(service), **clip_names(clip, secrets), **names}
    return Order.of(service, every, {"clip": clip.sha256, **what}, clip.path, clip.seconds)


def _of_job(service: Service, job: JsonObject, seen: Look) -> dict[str, Any]:
    cost = job.get("credits") if seen.cost is None else seen.cost
    if cost is not None:
        service.call.note(f"{service.description.service} charged {cost:g} credits")
    return {"job": job["job"], "credits": cost}


# --- exporting -------------------------------------------------------------------------------------------------------


def export(service: Service, options: JsonObject, secrets: Secrets) -> StageResult:
    """Have the file made, where exports are what is submitted; fetch it and put it into its place.

    Raises:
        Refused: there is no clip or no edit.
        InputError: the name is taken or not one to write to.
        CheckFailed: what came is no whole video.
        CliplineError: as the job ends.
    """
    call, description = service.call, service.description
    state, output = State.read(call.state, description.url), output_of(description, options)
    clip = _clip(state, "export")
    target = place_of(call, options, output, clip.path)
    if made := call.files.delivered(target):
        call.note(f"{made.path.name} was finished before")
        return _result(clip, made, output, {})
    if call.effects.earlier(f"deliver:{target}") is None:  # else it may replace what this very stage delivered
        check_place(target, output, options)
    job, seen, names = _job_for(service, state, output, options, secrets)
    raw = call.files.temporary(target.with_suffix(f".{output.made}"))
    _fetch(service, job, seen, names, raw)
    temporary, findings = finished(call, raw, target, output)
    told = _of_job(service, job, seen) if description.stage == "export" else {}
    sidecar = _sidecar(service, state, clip, output, job) if options.get("sidecar", True) else None
    collision = options.get("collision", "fail")
    artifact = call.files.deliver(temporary, target, collision=collision, sidecar=sidecar)
    return _result(clip, artifact, output, told, findings)


def _job_for(
    service: Service, state: State, output: Output, options: JsonObject, secrets: Secrets
) -> tuple[JsonObject, Look, JsonObject]:
    """The job whose file is to be fetched, done, and the names that its requests use."""
    description, clip = service.description, _clip(state, "export")
    if description.stage == "edit":
        if state.job is None:
            raise Refused("there is no edit whose file could be exported", code="no_edit", hint="put an `edit` before")
        names = {**run_names(service), **clip_names(clip, secrets)}
        return state.job, looked_at(service, state.job, names), names
    if not state.edits and any(name.startswith("edit.") for name in description.asked_for - {"edit.quality"}):
        raise Refused(
            f"there is no edit for {description.service} to make", code="no_edit", hint="put an `edit` before"
        )
    values = {f"values.{name}": value for name, value in options.get("http", {}).items()}
    names = {**edit_names(state.edits), **output.names, **values}
    what = {"edits": list(state.edits), "output": dict(output.names), "values": values}
    order = _order(service, clip, secrets, names, what)
    job, seen = done_job(service, order)
    return job, seen, order.names


def _fetch(service: Service, job: JsonObject, seen: Look, names: JsonObject, target: Path) -> None:
    """Download the file; an address that is not good any more is asked for once more."""
    call, template = service.call, str(service.description.value["result"])

    def progress(done: int, total: int | None) -> None:
        call.progress(done / total if total else None, "downloading")

    try:
        service.download(template, _found(service, job, seen, names), target, progress)
        check_whole(target, service.description.service)
    except (ServiceError, CheckFailed) as error:
        call.note(f"{error.message}; it is asked for once more")
        seen = looked_at(service, job, names)
        try:
            service.download(template, _found(service, job, seen, names), target, progress)
        except ServiceError as second:
            second.hint = f"the file is kept at the service; to fetch it: clipline resume {call.run_id}"
            raise second from error
        check_whole(target, service.description.service)


def _found(service: Service, job: JsonObject, seen: Look, names: JsonObject) -> JsonObject:
    """All names that lead to the file.

    Raises:
        StageFailed: the look at the job, which is done, did not tell one of them.
    """
    description, every = service.description, {**names, **job_names(job, seen)}
    paths: Mapping[str, str] = description.value["look"].get("take", {})
    for name in names_in(str(description.value["result"])):
        path = paths.get(name.removeprefix("job."))
        if path and name not in every:
            raise StageFailed(
                f"the job is done, and {description.service}'s reply to 'look' has nothing at {path}, where {name!r} "
                "is to be found",
                code="no_file_told",
                hint=f"correct look.take in {description.file}; the job is kept: clipline resume {service.call.run_id}",
            )
    return every


def _sidecar(service: Service, state: State, clip: Clip, output: Output, job: JsonObject) -> dict[str, Any]:
    call, now = service.call, service.call.clock.now()
    return {
        "clipline_sidecar": 1,
        "made": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
        "run": {name: call.run.get(name) for name in ("id", "name")},
        "backend": "http",
        "sources": [{"name": clip.path.name, "path": str(clip.path), "sha256": clip.sha256, "bytes": clip.bytes}],
        "instructions": [edit["instruction"] for edit in state.edits if edit["instruction"]],
        "operations": [operation for edit in state.edits for operation in edit["operations"] or ()],
        "spec": {"format": output.format, **output.finishes},
        "service": {"name": service.description.service, "base": service.description.url, "job": job["job"]},
        "versions": {name: version(name) for name in ("clipline", "clipline-http")},
    }


def _result(
    clip: Clip, made: Artifact, output: Output, told: JsonObject, findings: tuple[Finding, ...] = ()
) -> StageResult:
    outputs = {
        "files": [str(made.path)],
        "sources": [str(clip.path)],
        **facts_of(made.path, output.format),
        "bytes": made.bytes,
        "sha256": made.sha256,
        **told,
    }
    return StageResult(outputs=outputs, artifacts=(made,), findings=findings)
