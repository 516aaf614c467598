"""`--report FORMAT=FILE`: what became of a run, written to files, however it ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from clipline.cli import failures
from clipline.cli.session import Session
from clipline.errors import Bug, CliplineError, MachineError, UsageError, worst

if TYPE_CHECKING:
    from clipline.engine.results import RunResult
    from clipline.stage import ReportFormat
    from clipline.values import JsonObject

__all__ = ["Reports", "report_option"]

_F = TypeVar("_F", bound=Callable[..., Any])


def report_option(function: _F) -> _F:
    """`--report`."""
    text = (
        "Write what became of it to a file, however it ends; formats are json, junit and those of plugins. Repeatable."
    )
    return click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help=text)(function)


class Reports:
    """The files that a command is to write. Refuses a form that nobody knows before anything is done.

    Raises:
        UsageError: a pair is none, its form is unknown, or two are the same file.
    """

    def __init__(self, session: Session, pairs: Sequence[str]) -> None:
        self._session = session
        self._targets: dict[Path, ReportFormat] = {}
        for pair in pairs:
            name, equals, file = pair.partition("=")
            if not equals:
                raise UsageError(f"--report {pair}: write --report FORMAT=FILE, like --report junit=report.xml")
            self._targets[self._target(name, file)] = self._form(name)

    def _target(self, name: str, file: str) -> Path:
        if file in {"", "-"}:
            hint = f"name a file, or print the report afterwards: clipline runs report RUN --format {name}"
            raise UsageError(f"--report {name}={file}: there is no file to write", hint=hint)
        from clipline.app import reporting

        path = Path(file).absolute()
        if path in self._targets:
            raise UsageError(f"--report {name}={file}: another report goes to that file already")
        reporting.check_target(path)
        return path

    def _form(self, name: str) -> ReportFormat:
        from clipline.app import reporting

        return reporting.find_format(name, self._known)

    @cached_property
    def _known(self) -> Any:
        from clipline.app import reporting

        return reporting.report_formats(self._session.settings)

    def __bool__(self) -> bool:
        return bool(self._targets)

    def spare(self, *files: object) -> None:
        """Make sure that no report takes the place of a file that the run reads; a list is looked through.

        Raises:
            UsageError: one would; it is not written.
        """
        flat = [each for file in files for each in (file if isinstance(file, list) else [file])]
        read = {os.path.realpath(file) for file in flat if isinstance(file, str | Path)}
        for target in [target for target in self._targets if os.path.realpath(target) in read]:
            del self._targets[target]
            raise UsageError(f"--report: {target.name} is what the run works on", hint="name another file")

    @contextmanager
    def refusals(self, name: str, pipeline: str = "") -> Iterator[None]:
        """Report an error that keeps a run called `name` from beginning; it goes on its way."""
        try:
            yield
        except Exception as error:
            if self._targets:
                from clipline.app import reporting

                said = error if isinstance(error, CliplineError) else Bug(f"{type(error).__name__}: {error}")
                for lost in self.write(reporting.refused(said, name, pipeline).as_json()):
                    failures.complain(lost)
            raise

    def tell(self, result: RunResult, progress: str) -> int:
        """Tell how a run ended, as every command does, and write the reports; returns the exit status.

        A report that cannot be written takes nothing from what is told.
        """
        return self.beside(result.as_json(), lambda: self._session.tell(result, progress))

    def beside(self, result: JsonObject, tell: Callable[[], int]) -> int:
        """`tell` a result and write its reports; returns the exit status of both.

        Told first: a report whose plugin hangs takes nothing from that when the person says stop.
        """
        try:
            status = tell()
        finally:
            lost = self.write(result)
        return self._end(status, lost)

    def tell_of_none(self, unfinished: str | None) -> int:
        """Write the reports of a command that had nothing to do: how the run stands that it leaves as it is."""
        from clipline.app import reporting
        from clipline.engine.results import RunResult

        if not self._targets:
            return 0
        nothing = RunResult("", "nothing to do", "done", 0)
        return self._end(
            0, self.write((reporting.past(unfinished, self._session.settings) if unfinished else nothing).as_json())
        )

    @staticmethod
    def _end(status: int, lost: Sequence[CliplineError]) -> int:
        for error in lost:
            failures.complain(error)
        return worst([status, *(error.exit for error in lost)])

    def write(self, result: JsonObject) -> list[CliplineError]:
        """Write every report; returns what kept some from being written."""
        from clipline.app import reporting

        lost: list[CliplineError] = []
        for path, form in self._targets.items():
            try:
                reporting.write_report(result, form, path)
            except MachineError as error:
                hint = f"clipline runs report {result['run']} --format {form.name} -o FILE" if result.get("run") else ""
                lost.append(MachineError(f"no report: {error.message}", code=error.code, hint=hint))
            except CliplineError as error:
                lost.append(error)
        return lost
