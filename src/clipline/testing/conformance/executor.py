"""The suite for an executor."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clipline.clock import CancelToken, Clock
from clipline.stage import RunOrder
from clipline.testing.conformance.plugin import PluginConformance, fail
from clipline.testing.scene import HANG_SECONDS
from clipline.testing.work import note, notes

__all__ = ["ExecutorConformance"]

_ORDERS = 12


class ExecutorConformance(PluginConformance):
    """An executor, given work that notes in a folder when it begins and ends."""

    sort = "executors"

    def test_every_order_is_carried_out_once_and_its_result_given(self, tmp_path: Path) -> None:
        """As many results as orders, each order's own."""
        results, _ = self._execute(tmp_path, jobs=3)
        begun = [run for what, run in notes(tmp_path) if what == "begin"]
        wanted = [f"run-{number}" for number in range(_ORDERS)]
        if sorted(begun, key=_number) != wanted:
            fail(f"of {_ORDERS} orders these were begun: {begun}", "carry out every order that was read, once")
        if sorted((str(result.get("run")) for result in results), key=_number) != wanted:
            fail(f"the results are those of {[result.get('run') for result in results]}", "yield what `work` returned")

    def test_no_more_runs_at_once_than_it_was_told(self, tmp_path: Path) -> None:
        """`jobs` bounds what is at work, so that a machine or an account is not overrun."""
        self._execute(tmp_path, jobs=2)
        at_work = most = 0
        for what, _ in notes(tmp_path):
            at_work += 1 if what == "begin" else -1
            most = max(most, at_work)
        if most > 2:
            fail(f"{most} runs were at work at once, and jobs was 2", "begin the next one when one has ended")

    def test_orders_are_read_as_they_are_needed(self, tmp_path: Path) -> None:
        """An order that was read must be carried out, so nobody reads a hundred to do two."""
        _, ahead = self._execute(tmp_path, jobs=2)
        if ahead > 2:
            fail(
                f"{ahead} orders were read ahead of the results, and jobs was 2", "read the next one when one has ended"
            )

    def test_after_a_cancel_no_more_orders_are_read(self, tmp_path: Path) -> None:
        """What was read is carried out, and the iterator ends."""
        token = CancelToken()
        results, _ = self._execute(tmp_path, jobs=2, token=token, cancel_after=2)
        begun = sum(what == "begin" for what, _ in notes(tmp_path))
        if begun == _ORDERS:
            fail("all orders were carried out, although the run was cancelled", "look at `clock.cancelled` before each")
        if len(results) != begun:
            fail(f"{begun} orders were begun, and {len(results)} results given", "yield the result of each one begun")

    def _execute(
        self, folder: Path, *, jobs: int, token: CancelToken | None = None, cancel_after: int = 0
    ) -> tuple[list[Any], int]:
        """The results, and how many orders were read ahead of them at most; fails if it hangs."""
        part = self._part_or_skip()
        read, results, most, errors = [0], [], [0], []  # type: ignore[var-annotated]

        def orders() -> Iterator[RunOrder]:
            for number in range(_ORDERS):
                read[0] += 1
                most[0] = max(most[0], read[0] - len(results))
                yield RunOrder(f"run-{number}", folder.as_uri())

        def drive() -> None:
            try:
                for result in part.execute(note, orders(), jobs, Clock(token)):
                    results.append(result)
                    if token is not None and len(results) == cancel_after:
                        token.cancel()
            except Exception as error:  # noqa: BLE001  # told by the thread that waits
                errors.append(error)

        thread = threading.Thread(target=drive, daemon=True)
        thread.start()
        thread.join(HANG_SECONDS)
        if thread.is_alive():
            fail(
                f"{self.name!r} had not ended after {HANG_SECONDS:g} s",
                "end when the orders end, or the run is cancelled",
            )
        if errors:
            fail(f"{self.name!r} raised {type(errors[0]).__name__}: {errors[0]}", "give results; `work` raises nothing")
        return results, most[0]


def _number(run: str) -> int:
    return int(run.rpartition("-")[2]) if run.rpartition("-")[2].isdigit() else -1
