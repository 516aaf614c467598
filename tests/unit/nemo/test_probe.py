"""The walk through the service: with the mock all is as documented, and what is not is said."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled
from clipline.nemo.attribution import Attribution
from clipline.nemo.credentials import TokenStore
from clipline.nemo.options import NemoOptions
from clipline.nemo.probe import Probe
from clipline.nemo.recorder import Step
from clipline.testing import MockNemo, mock_nemo
from clipline.values import Secret

FREE = ["token", "session", "credits", "upload", "state", "claim"]


def make(mock: MockNemo, folder: Path, *, spend: bool = False, clock: Clock | None = None, **given: object) -> Probe:
    clock = clock or Clock()
    options = NemoOptions.from_mapping({"api_url": mock.url, "poll": 0.02, "polls": 20, **given})
    store = TokenStore(folder, mock.url, clock)
    return Probe(options, clock, store, attribution=Attribution("video-object-ops", "1", "test"), spend=spend)


def verdicts(steps: Sequence[Step]) -> dict[str, str]:
    return {step.name: step.verdict for step in steps}


def test_the_free_calls_are_as_documented_and_cost_nothing(tmp_path: Path) -> None:
    with mock_nemo() as mock:
        steps = list(make(mock, tmp_path).walk())
    assert verdicts(steps) == {**dict.fromkeys(FREE, "ok"), "edit": "left out", "render": "left out"}
    assert "free" in steps[-1].notes[0]  # a render costs nothing, so that is not why
    assert mock.ledger == ()
    assert {request.path for request in mock.requests if "run_sse" in request.path or "render" in request.path} == set()


@pytest.mark.parametrize("dialect", ["adk", "vendor"])
@pytest.mark.parametrize("form", ["data", "top", "code"])
def test_the_edit_and_the_render_are_walked_through_where_credits_may_be_spent(
    tmp_path: Path, dialect: str, form: str
) -> None:
    with mock_nemo(silent=0, dialect=dialect, render_form=form) as mock:
        steps = list(make(mock, tmp_path, spend=True).walk())
    assert [step.name for step in steps[:10]] == [*FREE, "edit", "state", "credits", "render"]
    assert [charge.amount for charge in mock.ledger] == [10]
    assert "failed" not in verdicts(steps).values()
    assert steps[8].notes[0].endswith("10 fewer than before")
    assert steps[-1].name == "status"
    told = {"data": "status with success", "top": "status at the top", "code": "status with a code"}
    assert told[form] in steps[-1].notes
    assert any(note.startswith("completed") for note in steps[-1].notes)


def test_a_token_of_before_is_used_again_since_the_service_counts_them(tmp_path: Path) -> None:
    with mock_nemo() as mock:
        list(make(mock, tmp_path).walk())
        steps = list(make(mock, tmp_path).walk())
    assert steps[0].verdict == "left out"
    assert verdicts(steps)["session"] == "ok"
    assert sum(request.path.endswith("/anonymous-token") for request in mock.requests) == 1


def test_a_supplied_token_that_is_refused_is_told_and_the_rest_left_out(tmp_path: Path) -> None:
    with mock_nemo() as mock:
        steps = list(make(mock, tmp_path, token=Secret("nmv_usr_wrong")).walk())
    assert verdicts(steps)["session"] == "failed"
    assert verdicts(steps)["upload"] == "left out"
    error = next(step.error for step in steps if step.name == "session")
    assert error is not None
    assert error.code == "token_refused"


@pytest.mark.parametrize("route", ["token", "session", "upload", "credits", "state", "claim"])
def test_one_call_that_fails_is_told_as_such(tmp_path: Path, route: str) -> None:
    with mock_nemo(faults=[{"route": route, "kind": "status", "status": 503, "phase": "before_effect"}]) as mock:
        steps = list(make(mock, tmp_path).walk())
    failed = [step for step in steps if step.verdict == "failed"]
    assert [(step.name, step.status) for step in failed] == [(route, 503)]


def test_a_page_of_a_proxy_in_the_place_of_a_reply_is_told(tmp_path: Path) -> None:
    with mock_nemo(faults=[{"route": "credits", "kind": "html", "status": 200, "phase": "before_effect"}]) as mock:
        step = next(step for step in make(mock, tmp_path).walk() if step.name == "credits")
    assert step.verdict == "failed"


def test_a_transcript_played_back_is_walked_through_like_the_service_itself(tmp_path: Path) -> None:
    with mock_nemo(silent=0) as mock:
        first = make(mock, tmp_path / "a", spend=True)
        seen = list(first.walk())
    first.transcript.write(tmp_path / "walk.jsonl")
    with mock_nemo(replay=tmp_path / "walk.jsonl") as mock:
        again = list(make(mock, tmp_path / "b", spend=True).walk())
    assert [(step.name, step.verdict, step.status) for step in again] == [
        (step.name, step.verdict, step.status) for step in seen
    ]
    assert [step.notes for step in again] == [step.notes for step in seen]
    assert mock.ledger == ()


def test_nothing_secret_is_in_a_transcript(tmp_path: Path) -> None:
    with mock_nemo(silent=0) as mock:
        probe = make(mock, tmp_path, spend=True)
        list(probe.walk())
    text = probe.transcript.text()
    store = TokenStore(tmp_path, mock.url)
    token = store.current()
    assert token is not None
    sessions = {request.path.split("/me/")[1].split("/")[0] for request in mock.requests if "/me/" in request.path}
    secrets = {token.value.reveal(), token.user_id, store.client_id(), *(each for each in sessions if each.isdigit())}
    assert len(secrets) == 4
    for secret in secrets:
        assert secret not in text
    assert set(re.findall(r"https?://[^\s\"\\?]+\?([^\s\"\\]+)", text)) == {"redacted=1"}


def test_a_walk_can_be_stopped(tmp_path: Path) -> None:
    token = CancelToken()
    with mock_nemo(faults=[{"route": "upload", "kind": "stall", "phase": "before_effect", "seconds": 60}]) as mock:
        walk = make(mock, tmp_path, clock=Clock(token)).walk()
        seen = [next(walk).name for _ in range(3)]
        token.cancel()
        with pytest.raises(Cancelled):
            next(walk)
    assert seen == FREE[:3]
