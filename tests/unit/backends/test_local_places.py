"""Renders side by side share threads and memory."""

from __future__ import annotations

import threading

import pytest

from clipline.backends.local.places import PLACES, Places, memory_for
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled
from clipline.testing.clocks import VirtualClock
from clipline.values import Size

MB = 1_000_000


def nobody_waits() -> None:
    raise AssertionError("there is room")


def test_one_alone_has_all_threads_and_two_have_half_each() -> None:
    places = Places(lambda: 8000 * MB)
    with places.one(300 * MB, 4, VirtualClock(), nobody_waits) as first:
        with places.one(300 * MB, 4, VirtualClock(), nobody_waits) as second:
            assert (first, second) == (4, 2)
        with places.one(300 * MB, 1, VirtualClock(), nobody_waits) as third:
            assert third == 1


def test_one_alone_goes_on_however_little_memory_is_free() -> None:
    with Places(lambda: 1 * MB).one(300 * MB, 2, VirtualClock(), nobody_waits) as threads:
        assert threads == 2


def test_one_that_does_not_fit_waits_until_another_ends() -> None:
    places = Places(lambda: 500 * MB)  # beside the 300 that are taken: 800, of which half may be used
    waits, entered = threading.Event(), threading.Event()

    def second() -> None:
        with places.one(300 * MB, 2, Clock(), waits.set):
            entered.set()

    with places.one(300 * MB, 2, Clock(), nobody_waits):
        thread = threading.Thread(target=second, daemon=True)
        thread.start()
        assert waits.wait(5)
        assert not entered.wait(0.5)
    assert entered.wait(5)
    thread.join(5)


def test_a_place_is_given_back_after_an_error() -> None:
    places = Places(lambda: 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), places.one(300 * MB, 2, VirtualClock(), nobody_waits):
            raise ZeroDivisionError


def test_waiting_can_be_cancelled() -> None:
    token = CancelToken()
    places = Places(lambda: 0)
    with (
        places.one(1, 2, Clock(), nobody_waits),
        pytest.raises(Cancelled),
        places.one(1, 2, Clock(token), token.cancel),
    ):
        raise AssertionError("there is no place")


def test_where_nobody_knows_the_free_memory_nobody_waits() -> None:
    places = Places(lambda: None)
    with places.one(1, 2, Clock(), nobody_waits), places.one(1, 2, Clock(), nobody_waits):
        pass


def test_this_machines_memory_is_known_well_enough_to_begin() -> None:
    with PLACES.one(memory_for(Size(1280, 720)), 2, VirtualClock(), nobody_waits) as threads:
        assert threads in {1, 2}


def test_the_estimate_is_that_of_what_was_measured() -> None:
    assert memory_for(Size(1280, 720)) == pytest.approx(243 * MB, rel=0.05)
    assert memory_for(Size(1920, 1080)) == pytest.approx(396 * MB, rel=0.05)
