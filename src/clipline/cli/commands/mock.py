"""`clipline mock`: a server that imitates the Nemo cloud, to work against without an account."""

from __future__ import annotations

import dataclasses
import difflib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import click

from clipline.cli import console
from clipline.cli.session import parse_pairs
from clipline.errors import InputError, MachineError, UsageError

if TYPE_CHECKING:
    from clipline.clock import CancelToken
    from clipline.mockserver import MockOptions, MockServer

#: Seconds between two looks at the requests that came in.
_LOOK_SECONDS = 0.2


@click.command(name="mock")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 = any free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--faults", metavar="FILE", help="Faults to make, as JSON.")
@click.option("--replay", metavar="FILE", help="Answer as a transcript of `clipline probe` does.")
@click.option("--seed", type=click.IntRange(0), help="What ids, tokens and chances are drawn from.")
@click.option("--folder", metavar="FOLDER", help="Keep accounts, sessions and media there; in memory by default.")
@click.option("--option", "pairs", multiple=True, metavar="NAME=VALUE", help="How the server behaves; again for more.")
@click.option("--quiet", is_flag=True, help="Say nothing of requests.")
def command(
    *,
    port: int,
    host: str,
    faults: str | None,
    replay: str | None,
    seed: int | None,
    folder: str | None,
    pairs: tuple[str, ...],
    quiet: bool,
) -> int:
    """Imitate the Nemo cloud on this machine.

    Accounts, sessions, uploads, edits, credits and renders as the service has them, on a real socket; nothing costs
    anything. The address is printed on stdout, a line for each request on stderr. Ctrl-C ends it.
    """
    from clipline.cli.signals import stoppable
    from clipline.mockserver import MockServer, load_faults

    given: dict[str, Any] = {
        "options": _options(pairs, seed),
        "faults": load_faults(_existing(faults, "--faults")) if faults else (),
        "folder": Path(folder).absolute() if folder else None,
        "replay": _existing(replay, "--replay") if replay else None,
    }
    try:
        server = MockServer(host=host, port=port, **given)
    except MachineError as error:
        error.hint = error.hint or "if another program listens there: --port 0 takes any free port"
        raise
    with server:
        _introduce(server)
        stoppable(lambda token: _serve(server, token, quiet=quiet))
    return 0


def _introduce(server: MockServer) -> None:
    console.talk("This is an imitation of the Nemo cloud: nothing here costs anything. From another shell:")
    console.talk(f"  export NEMO_API_URL={server.url} NEMO_WEB_URL={server.url} CLIPLINE_NEMO_POLL=1s")
    console.talk("  clipline run quick-edit --backend nemo")
    console.talk(f"What was charged: {server.url}/__mock__/ledger. Ctrl-C ends it.")
    console.result(server.url)


def _serve(server: MockServer, token: CancelToken, *, quiet: bool) -> None:
    """Tell of each request until the person says stop; that is how a server ends, and no failure."""
    told, stopped = 0, False
    while not stopped:
        stopped = token.wait(_LOOK_SECONDS)
        if quiet:
            continue
        told = min(told, server.request_count)  # a reset forgets them
        for request in (news := server.requests_after(told)):
            # A query can be a signature; headers and bodies hold tokens.
            path = request.path.partition("?")[0]
            console.talk(console.plain(f"{time.strftime('%H:%M:%S')} {request.method} {path} {request.status}"))
        told += len(news)


def _existing(name: str, option: str) -> Path:
    path = Path(name)
    if not path.is_file():
        raise InputError(f"{option}: there is no file {name}")
    return path.absolute()


def _options(pairs: Sequence[str], seed: int | None) -> MockOptions:
    """The options that were typed, each read by its type.

    Raises:
        UsageError: there is no such option, or a value is none of its own.
    """
    from clipline.mockserver import MockOptions

    types = get_type_hints(MockOptions)
    names = [field.name for field in dataclasses.fields(MockOptions)]
    found: dict[str, Any] = {} if seed is None else {"seed": seed}
    for name, text in parse_pairs(pairs, "--option").items():
        key = name.replace("-", "_")
        if key not in names:
            near = difflib.get_close_matches(key, names, 1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
            raise UsageError(f"--option {name}: the mock has no such option", hint=hint)
        try:
            found[key] = types[key](text) if types[key] in {int, float} else text
        except ValueError as error:
            raise UsageError(f"--option {name} takes a number, got {text!r}") from error
    return MockOptions(**found)
