"""`clipline check`: every mistake in a file, at once."""

from __future__ import annotations

import click

from clipline.cli import console, failures
from clipline.cli.session import Session, backend_option, common, file_argument


@click.command(name="check")
@file_argument
@backend_option
@common()
def command(session: Session, *, file: str, backend: str | None) -> int:
    """Find every mistake in a pipeline file, without running it.

    That is all that is wrong in the file and all that the backend cannot do. Ends with 2 where something is.
    """
    from clipline import app

    path = app.find_pipeline(file)
    problems = app.check(path, backend=backend, settings=session.settings)
    bad = any(problem.severity == "error" for problem in problems)
    if session.as_json:
        console.document(
            "check", {"file": str(path), "ok": not bad, "problems": [problem.as_json() for problem in problems]}
        )
        return 2 if bad else 0
    for problem in problems:
        console.result(failures.render_problem(problem))
    count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}" if problems else "no problems"
    console.talk(f"{console.plain(str(path))}: {count}")
    return 2 if bad else 0
