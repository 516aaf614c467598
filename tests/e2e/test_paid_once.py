"""Attempts to make a run pay twice, lose what was paid for, or need a hand where the service would have told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from clipline import app
from clipline.clock import CancelToken
from clipline.http.line import Line
from cloud_runs import EDIT, UPLOAD, Cloud, clip, cloud, edit, export, fault, intents, pipeline


def statuses(service: Cloud, result: Any, name: str = "edit") -> list[str]:
    return [effect.status for effect in intents(service, result, name)]


# --- stopped before anything was sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["the person", "the stage's time"])
def test_an_edit_that_is_stopped_while_it_still_connects_was_not_sent_and_is_simply_sent_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    cancel, plain, seen = CancelToken(), Line.watch, []

    def slow(line: Line, event: str, info: Any) -> None:
        if seen == ["edit"] and event.endswith("connect_tcp.started"):
            seen.append("connecting")
            if by == "the person":
                cancel.cancel()
            time.sleep(0.6)
        plain(line, event, info)

    monkeypatch.setattr(Line, "watch", slow)
    with cloud(tmp_path, real=True) as service:
        stages = ["auth", UPLOAD, edit(**({"timeout": "0.3s"} if by != "the person" else {})), export()]
        first = service.run(
            pipeline(*stages),
            cancel=cancel,
            on_event=lambda event: seen.append("edit") if event.data.get("name") == "edit" and not seen else None,
        )
        assert first.exit == (130 if by == "the person" else 1), first.errors
        assert statuses(service, first) == ["void"]
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert statuses(service, second) == ["void", "done"]
        assert (len(service.asked("message")), len(service.charges)) == (1, 1)


# --- uploads ---------------------------------------------------------------------------------------------------------


def test_a_lost_upload_is_not_taken_for_an_older_file_of_the_same_name(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("upload", "reset", "before_effect", nth=2)) as service:
        other = clip(tmp_path / "other", size=(80, 48))
        twice = {"stage": "upload", "id": "again", "with": {"files": str(other)}}
        result = service.run(pipeline("auth", UPLOAD, twice))
        assert result.status == "done", result.errors
        (session,) = service.server.snapshot()["world"]["sessions"].values()
        assert [file["width"] for file in session["files"]] == [64, 80]
        assert [file["name"] for file in result.stages["again"].outputs["media"]] == ["clip_2.mp4"]
        assert not result.findings


@pytest.mark.parametrize("phase", ["before_effect", "after_effect"])
def test_a_session_that_dies_in_the_upload_is_replaced_since_no_finished_stage_needs_it(
    tmp_path: Path, phase: str
) -> None:
    with cloud(tmp_path, fault("upload", "dead_session", phase)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert [len(service.asked(route)) for route in ("session", "upload")] == [2, 2]
        assert len(service.charges) == 1


def test_an_upload_in_doubt_whose_session_dies_is_made_in_the_one_that_replaces_it(tmp_path: Path) -> None:
    faults = [fault("upload", "close", "at_headers"), fault("state", "dead_session", "before_effect")]
    with cloud(tmp_path, *faults) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert [len(service.asked(route)) for route in ("session", "upload")] == [2, 2]
        assert len(service.charges) == 1


def test_a_slip_after_the_upload_hands_nothing_over_twice(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("state", "status", "before_effect", code=1002)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert [len(service.asked(route)) for route in ("session", "upload")] == [1, 1]


def test_a_token_of_another_account_is_told_from_a_session_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloud(tmp_path, fault("message", "dead_token", "before_effect", nth=2)) as service:
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("registered"))
        first = service.run(pipeline("auth", UPLOAD, edit(), edit('add title "A"', id="title"), export()))
        assert (first.exit, first.errors[0]["code"]) == (4, "token_refused")
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("somebody_else"))
        second = service.resume(first)
        assert (second.exit, second.errors[0]["code"]) == (6, "session_gone")
        assert "cannot be seen by the account now at work" in second.errors[0]["message"]
        assert "set the token of the account that opened it" in second.errors[0]["hint"]
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("registered"))
        third = service.resume(first)
        assert third.status == "done", third.errors
        assert not service.asked("token")
        assert {charge.user_id for charge in service.charges} == {"registered"}
        assert len(service.charges) == 2


# --- what it cost ----------------------------------------------------------------------------------------------------


def told_cost(service: Cloud, result: Any) -> list[Any]:
    return [(effect.outcome or {}).get("credits") for effect in intents(service, result)]


def test_credits_that_somebody_adds_during_an_edit_are_no_price_and_free_no_budget(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "after_effect")) as service:
        added: list[int] = []

        def add(event: Any) -> None:
            if event.type == "stage.note" and "nothing is sent again" in event.data["text"] and not added:
                added.append(1000)
                service.change(accounts=lambda accounts: [each.update(credits=1090) for each in accounts.values()])

        stages = ["auth", UPLOAD, edit(), edit('add title "A"', id="title")]
        result = service.run(pipeline(*stages, budget={"credits": 90}), on_event=add)
        assert added
        assert told_cost(service, result) == [None]
        assert result.exit == 4  # 50 are still reserved for the first, 50 more are over 90
        assert len(service.charges) == 1


def test_an_edit_that_a_new_token_was_needed_for_has_no_known_price(tmp_path: Path) -> None:
    broken = [fault("message", "reset", "after_effect"), fault("state", "dead_token", "before_effect", nth=3)]
    with cloud(tmp_path, *broken) as service:  # with the new token come new credits
        result = service.run()
        assert result.status == "done", result.errors
        assert told_cost(service, result) == [None]


def test_credits_that_are_still_reserved_when_the_stream_ends_are_counted(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "none", "delay_effect", delay=20.0)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert told_cost(service, result) == [10]


SIDE_BY_SIDE = {
    "clipline": 1,
    "name": "test",
    "inputs": {"clips": {"type": "files", "required": True}},
    "stages": [
        {
            "for_each": "${{ inputs.clips }}",
            "as": "clip",
            "max_parallel": 2,
            "stages": ["auth", {"stage": "upload", "with": {"files": "${{ clip }}"}}, edit()],
        }
    ],
}


def test_what_edits_side_by_side_cost_is_counted_once(tmp_path: Path) -> None:
    with cloud(tmp_path, real=True, pace=30.0) as service:
        others = [clip(tmp_path / "in", f"{name}.mp4") for name in "abcd"]
        result = service.run(SIDE_BY_SIDE, {"clips": list(map(str, others))})
        assert result.status == "done", result.errors
        assert result.credits == sum(charge.amount for charge in service.charges) == 40
        assert sum(price or 0 for price in told_cost(service, result)) < 40  # what cannot be told apart, nobody claims


# --- renders ---------------------------------------------------------------------------------------------------------


def test_a_render_whose_start_was_not_seen_is_collected_though_the_session_is_gone(tmp_path: Path) -> None:
    quiet = fault("render_status", "status", "before_effect", nth=tuple(range(1, 13)), status=503)
    with cloud(tmp_path, fault("render", "reset", "after_effect"), quiet) as service:
        first = service.run(wait=False)
        assert first.status == "waiting", first.errors
        service.change(sessions=lambda sessions: [each.update(dead=True) for each in sessions.values()])
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert service.made.is_file()
        assert len(service.asked("render")) == 1


# --- the person's word, twice ----------------------------------------------------------------------------------------


def test_a_replay_that_was_broken_off_is_gone_on_with_when_it_is_asked_for_again(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("render", "dead_session", "before_effect")) as service:
        first = service.run()
        assert first.exit == 6
        cancel = CancelToken()

        def stop(event: Any) -> None:
            if (event.type, event.stage) == ("stage.started", "export"):
                cancel.cancel()

        second = service.resume(first, replay=True, on_event=stop, cancel=cancel)
        assert (second.exit, len(service.charges)) == (130, 2)
        third = service.resume(first, replay=True)
        assert third.status == "done", third.errors
        assert len(service.charges) == 2
        assert any("nothing is repeated" in finding.text for _, finding in third.findings)


# --- two at once -----------------------------------------------------------------------------------------------------


def test_what_was_said_beside_an_export_is_not_forgotten_with_its_end(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        assert service.converse("upload", {"files": [str(service.clip)]}).exit == 0

        def say(event: Any) -> None:
            if (event.type, event.stage) == ("stage.started", "export"):
                assert service.converse("edit", {"instruction": EDIT}).exit == 0

        assert service.converse("export", {"to": "made.mp4"}, on_event=say).exit == 0
        (row,) = app.conversations("nemo", settings=service.settings, state=service.state)
        assert [each["asked"] for each in row.state["nemo"]["edits"]] == [EDIT]
        assert row.state["nemo"]["paid"] == 10


def test_an_export_in_finally_is_of_what_was_edited_since(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "status", "before_effect", nth=2, code=400)) as service:
        shorter = edit("keep 0s to 0.1s", id="shorter")
        first = service.run(pipeline("auth", UPLOAD, edit(), shorter, **{"finally": [export()]}))
        assert first.exit == 1, first.errors
        before = service.made.read_bytes()
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert service.made.read_bytes() != before
        assert sorted(path.name for path in service.out.iterdir()) == ["made.mp4", "made.mp4.json"]
        assert len(service.asked("render")) == 2
        assert len(service.charges) == 2


# --- what the state tells, though the credits do not ------------------------------------------------------------------


def test_credits_that_other_work_reserves_hide_a_change_only_until_the_edit_can_do_nothing_more(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "after_effect")) as service:

        def reserve(event: Any) -> None:
            if event.type == "stage.note" and "nothing is sent again" in event.data["text"]:
                for account in service.server._service.world.state.accounts.values():
                    account.frozen = 20

        result = service.run(on_event=reserve)
        assert result.status == "done", result.errors
        assert service.clock.monotonic() > 900
        assert (len(service.asked("message")), len(service.charges)) == (1, 1)


def test_a_change_is_seen_though_the_credits_cannot_be_read(tmp_path: Path) -> None:
    silent = fault("credits", "status", "before_effect", nth="from 4", status=503)
    with cloud(tmp_path, fault("message", "reset", "after_effect"), silent) as service:
        result = service.run(pipeline("auth", UPLOAD, edit()))
        assert result.status == "done", result.errors
        assert told_cost(service, result) == [None]
        assert (len(service.asked("message")), len(service.charges)) == (1, 1)


def test_a_state_that_is_refused_once_is_read_again(tmp_path: Path) -> None:
    odd = fault("state", "status", "before_effect", nth=3, status=400)
    with cloud(tmp_path, fault("message", "reset", "after_effect"), odd) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert service.clock.monotonic() < 900  # nobody had to wait until it can do nothing more
        assert (len(service.asked("message")), len(service.charges)) == (1, 1)


def test_where_the_state_cannot_be_read_looking_again_is_offered_before_sending_again(tmp_path: Path) -> None:
    odd = fault("state", "status", "before_effect", nth="from 3", status=400)
    with cloud(tmp_path, fault("message", "reset", "after_effect"), odd) as service:
        first = service.run()
        (error,) = first.errors
        assert (first.exit, error["code"]) == (6, "outcome_unknown")
        looked, _, sent = error["hint"].partition("; to send it again")
        assert f"to look again, which sends nothing: clipline resume {first.run_id}" in looked
        assert "--resend" in sent
        service.server.clear_faults()
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert (len(service.asked("message")), len(service.charges)) == (1, 1)


def test_an_edit_lost_with_its_session_is_not_waited_for_and_the_word_that_helps_is_said(tmp_path: Path) -> None:
    gone = fault("state", "dead_session", "before_effect", nth=3)
    with cloud(tmp_path, fault("message", "reset", "after_effect"), gone) as service:
        first = service.run()
        (error,) = first.errors
        assert (first.exit, error["code"]) == (6, "session_gone")
        assert "1 file uploaded; nobody can tell any more whether one more edit took effect" in error["message"]
        assert "--replay" in error["hint"]
        assert "for about 50 credits" in error["hint"]
        assert "--resend" not in error["hint"]
        assert service.clock.monotonic() < 900
        second = service.resume(first, resend=True)
        assert (second.exit, len(service.asked("message"))) == (6, 1)
        third = service.resume(first, replay=True)
        assert third.status == "done", third.errors
        assert "50 credits" in "".join(finding.text for _, finding in third.findings)  # it may have been charged
