"""Signed webhooks: the signature against the specification's own vector, the sending against a real server."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from clipline.builtin.plugin import channels as channel_hook
from clipline.builtin.plugin import notify
from clipline.builtin.webhooks import sign, verify
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, CheckFailed, InputError, ServiceError, StageFailed, UsageError
from clipline.stage import Offers, StageCall
from clipline.testing.calls import MemoryEffects, call_log, next_attempt, stage_call
from clipline.testing.clocks import VirtualClock
from clipline.values import Secret

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"test": 2432232314}'
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIME = 1614265330
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {"Webhook-Id": ID, "Webhook-Timestamp": str(TIME), "Webhook-Signature": SIGNATURE}


# --- the signature ---------------------------------------------------------------------------------------------------


def test_signs_the_specifications_own_example() -> None:
    assert sign(BODY, message_id=ID, timestamp=TIME, secret=SECRET)["webhook-signature"] == SIGNATURE


def test_the_secret_may_stand_without_its_prefix() -> None:
    assert sign(BODY, message_id=ID, timestamp=TIME, secret=SECRET[6:])["webhook-signature"] == SIGNATURE


def test_verifies_the_specifications_own_example_and_gives_its_id() -> None:
    assert verify(BODY, HEADERS, SECRET, now=TIME + 10) == ID


def test_one_fitting_signature_of_several_is_enough() -> None:
    headers = {**HEADERS, "Webhook-Signature": f"v1a,abc v1,AAAA {SIGNATURE}"}
    assert verify(BODY, headers, SECRET, now=TIME) == ID


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"body": BODY + b" "}, "no signature fits"),
        ({"secret": OTHER_SECRET}, "no signature fits"),
        ({"headers": {**HEADERS, "Webhook-Id": "msg_x"}}, "no signature fits"),
        ({"headers": {**HEADERS, "Webhook-Signature": SIGNATURE.replace("v1", "v2")}}, "no signature fits"),
        ({"headers": {**HEADERS, "Webhook-Signature": "ä"}}, "no signature fits"),
        # as the command line hands on bytes that are no UTF-8
        ({"headers": {**HEADERS, "Webhook-Signature": "v1,\udcff"}}, "no signature fits"),
        ({"headers": {**HEADERS, "Webhook-Id": "\udcff"}}, "no signature fits"),
        ({"headers": {"Webhook-Id": ID}}, "webhook-timestamp and webhook-signature missing"),
        ({"headers": {**HEADERS, "Webhook-Timestamp": "soon"}}, "not a number"),
        ({"now": TIME + 301}, "301s old"),
        ({"now": TIME - 301}, "301s ahead of the clock"),
    ],
)
def test_what_does_not_fit_is_not_verified(changes: dict[str, Any], why: str) -> None:
    given = {"body": BODY, "headers": HEADERS, "secret": SECRET, "now": TIME, **changes}
    with pytest.raises(CheckFailed, match=why):
        verify(given["body"], given["headers"], given["secret"], now=given["now"])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "password", "whsec_ä", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(InputError) as caught:
        sign(BODY, message_id=ID, timestamp=TIME, secret=secret)
    assert not secret.removeprefix("whsec_") or secret.removeprefix("whsec_") not in str(caught.value)


# --- the channel -----------------------------------------------------------------------------------------------------


@pytest.fixture
def call(tmp_path: Path) -> StageCall:
    offers = Offers(channels={channel.name: channel for channel in channel_hook()})
    return stage_call(tmp_path, "notify", clock=VirtualClock(), offers=offers)


def hook(url: str, **options: Any) -> dict[str, Any]:
    return {"message": "done", "via": [{"webhook": {"url": url, "secret": Secret(SECRET), **options}}]}


def test_the_message_arrives_signed(call: StageCall, receiving: Any) -> None:
    with receiving() as receiver:
        notify(call, hook(receiver.url))
    (got,) = receiver.received
    assert verify(got.body, got.headers, SECRET, now=call.clock.now()).startswith("msg_")
    data = json.loads(got.body)
    assert (data["type"], data["data"]["text"], data["data"]["run"]["name"]) == ("clipline.notify", "done", "test")
    assert data["data"]["id"] == got.headers["webhook-id"]
    assert got.headers["content-type"] == "application/json"


def test_without_a_secret_it_goes_unsigned(call: StageCall, receiving: Any) -> None:
    with receiving() as receiver:
        notify(call, {"message": "done", "via": [{"webhook": {"url": Secret(receiver.url)}}]})
    assert "webhook-signature" not in receiver.received[0].headers


def test_it_is_sent_again_under_the_same_id_until_it_is_acknowledged(call: StageCall, receiving: Any) -> None:
    with receiving(503, 0, 408, 500) as receiver:
        notify(call, hook(receiver.url))
    assert len(receiver.received) == 5
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1
    assert call.clock.waits == (1.0, 2.0, 4.0, 8.0)


def test_each_attempt_is_signed_with_its_own_time(call: StageCall, receiving: Any) -> None:
    with receiving((429, "100")) as receiver:
        notify(call, hook(receiver.url))
    first, second = receiver.received
    assert int(second.headers["webhook-timestamp"]) == int(first.headers["webhook-timestamp"]) + 100
    assert first.body == second.body
    verify(second.body, second.headers, SECRET, now=call.clock.now())


def test_retry_after_is_honoured_as_seconds_and_as_a_date(call: StageCall, receiving: Any) -> None:
    with receiving((429, "7"), (503, "Thu, 01 Jan 2026 00:00:30 GMT"), (503, "soon")) as receiver:
        notify(call, hook(receiver.url))
    assert call.clock.waits == (7.0, 23.0, 4.0)


def test_a_date_that_no_calendar_has_asks_for_nothing(call: StageCall, receiving: Any) -> None:
    with receiving((429, "1 Oct 5 7:4674407370")) as receiver:
        notify(call, hook(receiver.url))
    assert call.clock.waits == (1.0,)


def test_a_server_that_asks_for_an_hour_is_not_waited_for(call: StageCall, receiving: Any) -> None:
    with receiving((429, "3600")) as receiver, pytest.raises(ServiceError, match="asks to wait 1h"):
        notify(call, hook(receiver.url))
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410])
def test_a_refusal_is_final(call: StageCall, receiving: Any, status: int) -> None:
    with receiving(status) as receiver, pytest.raises(StageFailed, match=f"answered {status}"):
        notify(call, hook(receiver.url))
    assert len(receiver.received) == 1


def test_it_gives_up_after_the_attempts_it_has(call: StageCall, receiving: Any) -> None:
    with receiving(500, 500, 500) as receiver, pytest.raises(ServiceError, match="answered 500"):
        notify(call, hook(receiver.url, attempts=3))
    assert len(receiver.received) == 3


def test_neither_address_nor_secret_is_said(call: StageCall, receiving: Any) -> None:
    with receiving(500, 404) as receiver, pytest.raises(StageFailed) as caught:
        notify(call, hook(receiver.url))
    said = f"{caught.value} {caught.value.hint} {call_log(call).events}"
    assert "s3cr3t-path" not in said
    assert SECRET not in said


def test_a_bad_secret_sends_nothing(call: StageCall, receiving: Any) -> None:
    with receiving() as receiver, pytest.raises(InputError):
        notify(call, hook(receiver.url, secret=Secret("hunter2!")))
    assert receiver.received == []


def test_what_was_acknowledged_is_not_sent_by_the_next_attempt(call: StageCall, receiving: Any) -> None:
    with receiving() as receiver:
        notify(call, hook(receiver.url))
        notify(next_attempt(call), hook(receiver.url))
    assert len(receiver.received) == 1


def test_what_was_broken_off_is_sent_again_under_the_same_id(call: StageCall, receiving: Any) -> None:
    with receiving(404) as receiver:
        with pytest.raises(StageFailed):
            notify(call, hook(receiver.url))
        notify(next_attempt(call), hook(receiver.url))
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_two_stages_send_two_messages(call: StageCall, tmp_path: Path, receiving: Any) -> None:
    other = stage_call(tmp_path, "notify", path="later", offers=call.offers)
    with receiving() as receiver:
        notify(call, hook(receiver.url))
        notify(other, hook(receiver.url))
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 2


def test_one_channel_that_fails_lets_the_others_have_the_message(call: StageCall, receiving: Any) -> None:
    with receiving(404) as receiver:
        options = hook(receiver.url)
        options["via"].append("console")
        with pytest.raises(StageFailed, match="answered 404"):
            notify(call, options)
        assert call_log(call).notes == ["done"]
        notify(next_attempt(call), options)
    assert call_log(call).notes == ["done"]  # that channel had it
    assert len(receiver.received) == 2


def test_two_failing_channels_are_both_named(call: StageCall, receiving: Any) -> None:
    with receiving(404, 410) as receiver:
        options = {"message": "x", "via": [*hook(receiver.url)["via"], *hook(receiver.url)["via"]]}
        with pytest.raises(StageFailed, match=r"answered 404.*answered 410"):
            notify(call, options)


def test_cancelling_ends_the_wait_between_two_attempts(tmp_path: Path, call: StageCall, receiving: Any) -> None:
    token = CancelToken()
    waiting = stage_call(tmp_path, "notify", clock=Clock(token), offers=call.offers)
    threading.Timer(0.3, token.cancel).start()
    begun = time.monotonic()
    with receiving((503, "60")) as receiver, pytest.raises(Cancelled):
        notify(waiting, hook(receiver.url))
    assert time.monotonic() - begun < 3
    assert isinstance(waiting.effects, MemoryEffects)
    assert waiting.effects.open_operation("via[0].webhook") is not None


def test_an_unknown_channel_is_named(call: StageCall) -> None:
    with pytest.raises(UsageError, match="no channel 'pigeon'"):
        notify(call, {"via": ["pigeon"]})
