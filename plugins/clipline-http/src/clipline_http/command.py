"""`clipline http`: check a description, and see the requests that it makes, before anything is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clipline.cli import console
from clipline.errors import PipelineFileError, Problem

if TYPE_CHECKING:
    from clipline_http.description import Description, RequestForm

__all__ = ["command"]


@click.group(name="http")
def command() -> None:
    """Describe a render service for the backend http."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry", is_flag=True, help="Show each request that would be sent; the token as ***.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document on stdout.")
def check(file: Path, dry: bool, as_json: bool) -> int:
    """Find every mistake in a description, without calling the service. Ends with 2 where something is wrong."""
    from clipline_http.reading import check_description

    try:
        description, problems = check_description(file)
    except PipelineFileError as error:
        description, problems = None, list(error.problems)
    shown = [_shown(description, form) for form in description.requests()] if description and dry else []
    if as_json:
        told = {"file": str(file), "ok": description is not None}
        console.document("http_check", {**told, "problems": [each.as_json() for each in problems], "requests": shown})
        return 0 if description else 2
    for line in _lines(problems, shown):
        console.result(console.plain(line))
    if description:
        for line in _summary(description):
            console.talk(line)
    bad = sum(problem.severity == "error" for problem in problems)
    mild = len(problems) - bad
    count = f"{bad} problem{'s'[: bad > 1]}" if bad else "no problems"
    count += f", {mild} warning{'s'[: mild > 1]}" if mild else ""
    console.talk(console.plain(f"{file}: {count}"))
    return 0 if description else 2


@command.command()
def schema() -> None:
    """Print the JSON Schema of descriptions, for your editor."""
    from clipline_http.schema import SCHEMA

    console.result(json.dumps(SCHEMA, indent=2))


def _lines(problems: list[Problem], shown: list[dict[str, Any]]) -> Iterator[str]:
    yield from (problem.render() for problem in problems)
    for request in shown:
        yield f"# {request['name']}{' (the paid one)' if request['paid'] else ''}"
        yield f"{request['method']} {request['url']}"
        yield from (f"{name}: {value}" for name, value in request["headers"].items())
        if request["body"]:
            yield ""
            yield request["body"]
        yield ""


def _summary(description: Description) -> Iterator[str]:
    """What a pipeline may ask of the service."""
    from clipline_http.explain import supports

    for kind, options in supports(description).items():
        native = ", ".join(name for name, how in options.items() if how == "native")
        after = ", ".join(name for name, how in options.items() if how == "after")
        yield f"{kind}: {native or 'yes'}{f'; done here to the finished file: {after}' if after else ''}"


class _Names(dict[str, Any]):
    """Names that stand for themselves where their value is known only in a run."""

    def get(self, key: str, _: Any = None) -> Any:
        return super().get(key, f"{{{key}}}")


def _shown(description: Description, form: RequestForm) -> dict[str, Any]:
    """One request as it would be sent, as far as that is known before a run."""
    from dataclasses import replace

    from clipline_http.service import prepare

    values = description.value.get("values", {})
    names = _Names({f"values.{name}": value for name, value in values.items() if value is not None})
    is_paid = form.where == "submit" and description.paid.costs
    if form.where == "submit" and description.paid.key:
        form = replace(form, headers={**form.headers, description.paid.key: "{job.key}"})
    if _is_given(form.address):  # only a reply tells where it goes, and so whether it may have the token
        ready = prepare(description, replace(form, address="https://elsewhere.invalid"), names, "***")
        url = form.address
    else:
        ready = prepare(description, form, names, "***")
        url = ready.url.replace("%7B", "{").replace("%7D", "}").replace("%2A%2A%2A", "***")
    headers = {name: "*** (basic)" if value.startswith("Basic ") else value for name, value in ready.headers.items()}
    return {
        "name": form.where,
        "paid": is_paid,
        "method": ready.method,
        "url": url,
        "headers": headers,
        "body": _body(form, ready.body, dict(ready.fields)),
    }


def _is_given(address: str) -> bool:
    return address.startswith("{")


def _body(form: RequestForm, body: bytes | None, fields: Mapping[str, str]) -> str:
    if body is not None:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    if form.form is not None:
        files = [f"{name}: (the file {{clip.name}})" for name, value in form.form.items() if value == "{clip}"]
        return "\n".join([*(f"{name}: {value}" for name, value in fields.items()), *files])
    return "(the file {clip.name})" if form.file else ""
