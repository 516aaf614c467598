"""`clipline probe`: walks through the service's calls and says where the replies are not as documented."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clipline.cli import console
from clipline.cli.session import Session, common
from clipline.errors import InputError

if TYPE_CHECKING:
    from clipline.clock import CancelToken
    from clipline.nemo.options import NemoOptions
    from clipline.nemo.recorder import Step

_TRANSCRIPT = "clipline-probe.jsonl"
_STYLES = {"ok": "good", "differs": "warning", "failed": "bad", "left out": "faint"}


@click.command(name="probe")
@click.option(
    "--backend", type=click.Choice(["nemo", "mock"]), default="nemo", show_default=True, help="What to probe."
)
@click.option("--spend", is_flag=True, help="Also edit, which costs credits, and render.")
@click.option("--transcript", metavar="FILE", help=f"Where the replies go; {_TRANSCRIPT} by default.")
@common()
def command(session: Session, *, backend: str, spend: bool, transcript: str | None) -> int:
    """Call the service once and compare the replies with what is documented.

    Free calls only: token, session, credits, a small upload, state, claim link. The transcript holds no token, account
    or signature; `clipline mock --replay FILE` plays it. Its path is printed on stdout. Ends with 1 where a call failed
    or a reply differs.
    """
    from clipline import artifacts
    from clipline.cli.signals import stoppable

    target = Path(transcript or _TRANSCRIPT).absolute()
    if transcript is None:
        target = next(path for path in artifacts.numbered(target) if not os.path.lexists(path))
    elif os.path.lexists(target):
        raise InputError(f"{transcript} exists already", code="exists", hint="name another file with --transcript")
    artifacts.check_writable(target.parent)
    with _service(session, backend) as (options, state):
        steps = stoppable(lambda token: _walk(options, state, token, spend=spend, target=target))
    found = sum(step.verdict in {"differs", "failed"} for step in steps)
    if session.as_json:
        console.document(
            "probe",
            {
                "backend": backend,
                "base": options.api_url,
                "ok": not found,
                "steps": [step.as_json() for step in steps],
                "transcript": str(target),
            },
        )
    else:
        console.talk(_verdict(found))
        console.result(str(target))
    return 1 if found else 0


def _verdict(found: int) -> str:
    if not found:
        return "All replies are as documented."
    return f"{found} of the calls failed or differ; please report them, with the transcript."


def _walk(options: NemoOptions, state: Path, token: CancelToken, *, spend: bool, target: Path) -> list[Step]:
    """Walk, and write down what was seen, also where the person says stop on the way."""
    from clipline.clock import Clock
    from clipline.nemo.attribution import attribution
    from clipline.nemo.credentials import TokenStore
    from clipline.nemo.probe import Probe

    clock = Clock(token)
    store = TokenStore(state, options.api_url, clock)
    probe = Probe(options, clock, store, attribution=attribution(options.platform, os.environ), spend=spend)
    console.talk(f"probing {console.plain(options.api_url)}")
    steps = []
    try:
        for step in probe.walk():
            steps.append(step)
            for line in _lines(step):
                console.talk(line)
    finally:
        probe.transcript.write(target)
    return steps


def _lines(step: Step) -> Iterator[str]:
    word = "OK" if step.verdict == "ok" else step.verdict
    about = [f"{step.call} {step.status or ''}".strip(), "; ".join(step.notes)]
    name, told = step.name.ljust(8), console.plain("  ".join(filter(None, about)))
    yield f"  {name}  {console.style(word.ljust(8), _STYLES[step.verdict])}  {told}".rstrip()
    for difference in step.differences:
        yield f"            {console.plain(difference)}"
    if step.error is not None:
        yield f"            {console.plain(step.error.message)} ({step.error.code})"
        if step.error.hint:
            yield f"            {console.style('hint:', 'strong')} {console.plain(step.error.hint)}"


@contextmanager
def _service(session: Session, backend: str) -> Iterator[tuple[NemoOptions, Path]]:
    """Where the service answers and how long to wait, and the folder of its tokens.

    For the mock that is a server of this process, and a folder as short-lived, where no other is named.
    """
    from clipline.nemo.options import NemoOptions

    section = session.settings.section(backend)
    known = NemoOptions.__dataclass_fields__
    given: dict[str, Any] = {name: value for name, value in section.items() if name in known}
    if given.get("api_url"):
        yield NemoOptions.from_mapping(given), session.settings.make_state_folder()
        return
    from clipline.mockserver import MockOptions, MockServer

    own = MockOptions(**{name: section[name] for name in ("seed", "credits", "silent")})
    with MockServer(options=own) as server, tempfile.TemporaryDirectory(prefix="clipline-probe-") as folder:
        yield NemoOptions.from_mapping({**given, "api_url": server.url, "web_url": server.url}), Path(folder)
