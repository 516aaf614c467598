"""Collecting complaints: each once, in the order of the file, and no more than a person reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Self

from clipline.errors import PipelineFileError, Problem

__all__ = ["MAX_PROBLEMS", "Problems", "TooManyProblems", "with_rows"]

#: How many complaints are worth reading.
MAX_PROBLEMS = 100


class TooManyProblems(Exception):
    """A file has more complaints than are worth reading, or worth the time to find them."""


class Problems(list[Problem]):
    """A list of complaints that takes each once; the one above the limit ends the search with `TooManyProblems`."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        super().__init__()
        self._seen: set[Problem] = set()
        #: The first one that there was no room for.
        self.dropped: Problem | None = None
        self.extend(problems)

    def append(self, problem: Problem) -> None:
        """Take a complaint, unless it was taken already."""
        if problem in self._seen:
            return
        if len(self) >= MAX_PROBLEMS:
            self.dropped = problem
            raise TooManyProblems
        self._seen.add(problem)
        super().append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Take several."""
        for problem in problems:
            self.append(problem)

    def __iadd__(self, problems: Iterable[Problem]) -> Self:  # type: ignore[misc, override]  # only complaints go in
        self.extend(problems)
        return self

    def error(self) -> PipelineFileError:
        """The error with all of them, by file and then by place."""
        files = list(dict.fromkeys(problem.place.file for problem in self if problem.place.line))

        def order(problem: Problem) -> tuple[int, int, int]:
            file = problem.place.file
            return (files.index(file) if file in files else -1, problem.place.line, problem.place.column)

        found = sorted(self, key=order)
        if self.dropped is not None:
            found.append(Problem("there is more; the first complaints are enough to begin with", self.dropped.place))
        return PipelineFileError(found)


def with_rows(problem: Problem, rows: Sequence[str]) -> Problem:
    """A complaint about a file with the rows of tables that it came up for: the first of them, and how many more."""
    if not rows:
        return problem
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    return replace(problem, message=f"{problem.message} (in {rows[0]}{more})")
