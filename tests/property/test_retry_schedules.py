"""How long clipline waits before it tries again: never less than before, never endlessly, never past the deadline."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipline.engine.stages import LONGEST_WAIT
from clipline.errors import ServiceError
from clipline.http import Reply
from clipline.http import retry_after as of_a_download
from clipline.nemo.envelope import retry_after as of_the_service
from clipline.pipeline.model import Retry
from clipline.stage import StageCall, StageResult
from clipline.testing import VirtualClock
from engine_world import World, kind_plugin
from examples import examples

seconds = st.floats(0, 1e300) | st.integers(0, 10**6).map(float)
retries = st.builds(
    Retry, attempts=st.integers(1, 20), delay=seconds, factor=st.floats(1, 1e300) | st.integers(1, 100).map(float),
    max_delay=seconds,
)  # fmt: skip


@examples(300)
@given(retries)
@example(Retry(20, 0.0, 1e300, 60.0))
@example(Retry(20, 1e300, 1e300, 1e300))
def test_delays_never_shrink_never_pass_the_longest_and_are_numbers(retry: Retry) -> None:
    delays = [retry.delay_after(attempt) for attempt in range(1, 400)]
    assert all(0 <= delay <= retry.max_delay and math.isfinite(delay) for delay in delays)
    assert delays == sorted(delays)
    assert delays[0] == min(retry.delay, retry.max_delay)


# --- what a server asks for ------------------------------------------------------------------------------------------

dates = st.datetimes(timezones=st.just(UTC)).map(format_datetime)
asked = st.one_of(
    st.text(max_size=20),
    st.integers(-10, 10**12).map(str),
    st.floats().map(str),
    dates,
    st.builds("{} {}{}".format, dates, st.sampled_from(["+", "-"]), st.integers(0, 99_999)),
    st.text("0123456789", min_size=1, max_size=5000),
)


def waits(headers: Mapping[str, str], now: float) -> list[float | None]:
    reply = Reply(503, headers, b"", whole=True)
    return [of_the_service(reply, now), of_the_service(reply), of_a_download(headers, now)]


@examples(300)
@given(after=asked, date=asked, now=st.floats(0, 4e9))
@example(after="Mon, 01 Jan 0001 00:00:00 -0000", date="", now=0.0)
@example(after="Mon, 01 Jan 0001 00:00:00 +9999", date="", now=0.0)
@example(after="Fri, 31 Dec 9999 23:59:59 -2359", date="", now=0.0)
@example(after="9" * 5000, date="", now=0.0)
@example(after="٣", date="", now=0.0)
@example(after="(", date="", now=0.0)
@example(after="1 Oct 5 7:4674407370", date="", now=0.0)
@example(after="0 0 0 0 0 0", date="", now=0.0)
def test_whatever_a_server_asks_to_wait_is_a_number_that_is_not_negative(after: str, date: str, now: float) -> None:
    for wait in waits({"retry-after": after, "date": date}, now):
        assert wait is None or 0 <= wait < 1e12


@examples(100)
@given(st.integers(0, 10**6))
def test_seconds_and_a_date_ask_for_the_same(wait: int) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    date = format_datetime(datetime.fromtimestamp(now + wait, UTC), usegmt=True)
    found = [*waits({"retry-after": str(wait)}, now), *waits({"retry-after": date, "date": format_datetime(
        datetime.fromtimestamp(now, UTC), usegmt=True)}, now)]  # fmt: skip
    assert {float(each) for each in found if each is not None} == {float(wait)}


# --- a run -----------------------------------------------------------------------------------------------------------


class Busy:
    """A stage that is refused every time, with these waits asked for."""

    def __init__(self, folder: Path) -> None:
        self.begun: list[float] = []
        self.asks: list[float | None] = []
        self.world = World(folder, kind_plugin({"busy": self.stage}))

    def stage(self, call: StageCall, _: Any) -> StageResult:
        self.begun.append(call.clock.monotonic())
        raise ServiceError("not now", retry="safe", retry_after=self.asks[len(self.begun) - 1])


@pytest.fixture
def busy(tmp_path: Path) -> Busy:
    return Busy(tmp_path)


@examples(15)
@given(
    retry=st.builds(Retry, st.integers(1, 6), st.integers(1, 300), st.integers(1, 100), st.integers(1, 600)),
    asks=st.lists(st.none() | st.floats(0, 2000), min_size=6, max_size=6),
    timeout=st.none() | st.integers(1, 900),
)
def test_a_stage_is_tried_again_after_these_waits_and_never_past_its_deadline(
    busy: Busy, retry: Retry, asks: list[float | None], timeout: int | None
) -> None:
    clock = VirtualClock()
    busy.begun, busy.asks, start = [], asks, clock.monotonic()
    stage: dict[str, Any] = {"stage": "busy", "retry": asdict(retry)} | ({"timeout": timeout} if timeout else {})
    result = busy.world.run({"stages": [stage]}, clock=clock)
    assert result.exit in {1, 5}
    assert len(busy.begun) <= retry.attempts
    for number, (one, other) in enumerate(pairwise(busy.begun), 1):
        wanted = max(retry.delay_after(number), asks[number - 1] or 0.0)
        assert wanted <= LONGEST_WAIT or not asks[number - 1]
        assert math.isclose(other - one, wanted, abs_tol=1e-6)
    if timeout:
        assert clock.monotonic() - start <= timeout + 1e-6
        assert all(moment - start <= timeout for moment in busy.begun)
    elif all((ask or 0.0) <= LONGEST_WAIT for ask in asks):
        assert len(busy.begun) == retry.attempts
