"""What edits cost together that go on at the same time, in whatever order they end."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from clipline.backends.nemo.purse import Purse

FIRST_HAD, SECOND_HAD = {"available": 100, "frozen": 0, "token": "t"}, {"available": 90, "frozen": 10, "token": "t"}


@pytest.mark.parametrize("first_ends_first", [True, False])
def test_the_last_one_tells_what_all_cost_whichever_that_is(*, first_ends_first: bool) -> None:
    purse = Purse()
    with ExitStack() as stack:
        first, second = stack.enter_context(purse.paying()), stack.enter_context(purse.paying())
        ends = [(first, FIRST_HAD), (second, SECOND_HAD)]
        (early, early_had), (late, late_had) = ends if first_ends_first else reversed(ends)
        assert early.price(early_had, {**SECOND_HAD, "available": 80}) == {}
        assert late.price(late_had, {**FIRST_HAD, "available": 80}) == {"credits_together": 20}


def test_one_alone_tells_its_own_price() -> None:
    with Purse().paying() as payment:
        assert payment.price(FIRST_HAD, {**FIRST_HAD, "available": 90}) == {"credits": 10}
