"""Every rule of what is paid, as whole runs over a real socket: one intent, one send, one charge, and nothing lost."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from clipline import app
from clipline.errors import AccountError, CliplineError, MachineError, OutcomeUnknown, PipelineFileError
from clipline.mockserver import MockServer
from cloud_runs import EDIT, STRAIGHT, UPLOAD, WEB, Cloud, clip, cloud, edit, export, fault, intents, pipeline

#: A clip of 0.6 s is kept whole: understood, charged, and nothing is changed by it.
NOTHING = "keep 0s to 0.6s"


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NEMO_API_URL", "NEMO_WEB_URL", "NEMO_TOKEN", "NEMO_CLIENT_ID", "SKILL_SOURCE"):
        monkeypatch.delenv(name, raising=False)


def only_error(result: Any) -> dict[str, Any]:
    (error,) = result.errors
    return dict(error)


def statuses(service: Cloud, result: Any, name: str = "edit") -> list[str]:
    return [effect.status for effect in intents(service, result, name)]


def warnings(result: Any) -> list[str]:
    return [finding.text for _, finding in result.findings if finding.level == "WARN"]


def press(service: Cloud, page: str) -> None:
    """What a person does who opens a page and presses its button."""
    with urllib.request.urlopen(service.server.url + page, data=b"") as reply:
        assert reply.status == 200


# --- the closed table of proofs --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "envelope"),
    [
        (1002, "status"),
        (1002, "ok"),
        (1002, "success"),
        (404, "detail"),
        (429, "status"),
        (429, "ok"),
        (429, "success"),
        (429, "detail"),
    ],
)
def test_a_proof_of_refusal_allows_one_new_intent_which_succeeds(tmp_path: Path, code: int, envelope: str) -> None:
    with cloud(tmp_path, fault("message", "status", "before_effect", code=code, envelope=envelope)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert statuses(service, result) == ["void", "done"]
        assert [each.status for each in service.asked("message")][-1] == 200
        assert len(service.asked("message")) == 2
        assert len(service.charges) == 1
        assert (intents(service, result)[-1].outcome or {})["adopted"] is False


@pytest.mark.parametrize("envelope", ["status", "ok", "success"])
def test_a_dead_token_is_a_proof_and_the_new_token_of_the_same_user_goes_on(tmp_path: Path, envelope: str) -> None:
    with cloud(tmp_path, fault("message", "dead_token", "before_effect"), envelope=envelope) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert statuses(service, result) == ["void", "done"]
        assert len(service.asked("token")) == 2
        assert len(service.charges) == 1


@pytest.mark.parametrize("code", [400, 422, 2001])
def test_a_refusal_that_time_does_not_mend_ends_the_stage_and_resume_sends_anew_without_anybodys_word(
    tmp_path: Path, code: int
) -> None:
    with cloud(tmp_path, fault("message", "status", "before_effect", code=code)) as service:
        first = service.run()
        assert first.exit == (4 if code == 2001 else 1)
        assert statuses(service, first) == ["void"]
        assert not service.charges
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert statuses(service, second) == ["void", "done"]
        assert len(service.asked("message")) == 2
        assert len(service.charges) == 1


def test_a_service_that_cannot_be_reached_was_sent_nothing_and_one_more_try_is_made(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        port = int(service.server.url.rpartition(":")[2])
        away = []

        def leave(event: Any) -> None:
            service.events.append(event)
            if event.type == "effect.intended" and event.data["name"] == "edit" and not away:
                away.append(service.server.snapshot())
                service.server.close()
            if event.type == "stage.note" and "could not be reached" in event.data["text"] and len(away) == 1:
                away.append({})
                back = MockServer(port=port, clock=service.clock, folder=tmp_path / "world")
                back.start()
                back.restore(away[0])
                service.server = back

        result = service.run(pipeline("auth", UPLOAD, edit()), on_event=leave)
        service.server.close()
        assert result.status == "done", result.errors
        assert statuses(service, result) == ["void", "done"]
        assert len(service.charges) == 1


# --- what is not sure ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        *(fault("message", "status", "before_effect", status=status) for status in (408, 500, 502, 503)),
        fault("message", "status", "after_effect", status=500),
        *(fault("message", "html", "before_effect", status=status) for status in (200, 401, 404, 429, 502)),
        *(
            fault("message", "reset", phase)
            for phase in ("before_reading", "before_effect", "after_effect", "at_headers")
        ),
        *(
            fault("message", "close", phase)
            for phase in ("before_reading", "before_effect", "after_effect", "at_headers")
        ),
        fault("message", "reset", "after_bytes", after=1),
        fault("message", "reset", "after_bytes", after=300),
        fault("message", "reset", "at_headers", effect="lost"),
        fault("message", "close", "after_bytes", after=300, effect="lost"),
        fault("message", "stall", "before_effect"),
        fault("message", "stall", "after_effect"),
        fault("message", "stall", "after_bytes", after=100),
        fault("message", "truncated_gzip"),
        fault("message", "long_length"),
        fault("message", "none", "delay_effect", delay=100.0),
        fault("message", "reset", "delay_effect", delay=700.0),
        fault("message", "stream_error", "after_effect"),
    ],
    ids=lambda each: f"{each.kind} {each.phase} {each.status or ''}",
)
def test_what_is_not_sure_is_never_sent_again_and_charged_at_most_once(tmp_path: Path, broken: Any) -> None:
    with cloud(tmp_path, broken) as service:
        result = service.run()
        assert result.exit in {0, 6}, result.errors
        assert len(service.asked("message")) == 1
        assert len(service.charges) <= 1
        done = bool(service.charges)
        assert result.exit == (0 if done else 6)
        assert statuses(service, result) == (["done"] if done else ["open"])
        again = service.resume(result)
        assert again.exit == result.exit
        assert len(service.asked("message")) == 1


def test_an_edit_that_nobody_saw_the_end_of_is_adopted_and_said_so(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "after_effect")) as service:
        result = service.run()
        assert result.status == "done", result.errors
        (intent,) = intents(service, result)
        assert intent.outcome is not None
        assert intent.outcome["adopted"] is True
        assert intent.outcome["credits"] == 10
        assert warnings(result) == ["'edit' had been sent by a broken-off attempt; its outcome was adopted"]
        assert "track 1: Video: clip.mp4 (0-0.6s) → Video: clip.mp4 (0-0.3s)" in service.notes


def test_an_effect_that_comes_late_is_waited_for_and_not_sent_again(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "delay_effect", delay=800.0)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert len(service.asked("message")) == len(service.charges) == 1


def test_who_will_not_wait_is_told_when_to_come_back(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "delay_effect", delay=800.0)) as service:
        first = service.run(wait=False)
        error = only_error(first)
        assert (first.status, first.exit, error["code"]) == ("waiting", 5, "effect_pending")
        assert f"clipline resume {first.run_id}" in error["hint"]
        begun = service.clock.monotonic()
        assert service.resume(first, wait=False).exit == 5
        assert service.clock.monotonic() - begun < 5  # nothing is waited for, neither before the time is over
        service.clock.advance(900)
        begun = service.clock.monotonic()
        second = service.resume(first, wait=False)
        assert service.clock.monotonic() - begun <= 60  # nor after it: but for the render's two looks
        assert second.status == "done", second.errors
        assert len(service.asked("message")) == len(service.charges) == 1


def test_an_unknown_outcome_is_six_and_only_the_persons_word_sends_again(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "before_effect")) as service:
        first = service.run()
        error = only_error(first)
        assert (first.exit, error["code"]) == (6, "outcome_unknown")
        assert "the timeline is what it was before; credits were 100, now 100" in error["hint"]
        assert "--resend" in error["hint"]
        second = service.resume(first)
        assert (second.exit, len(service.asked("message")), len(service.charges)) == (6, 1, 0)
        third = service.resume(first, resend=True)
        assert third.status == "done", third.errors
        assert (len(service.asked("message")), len(service.charges)) == (2, 1)


def test_a_resend_of_what_was_charged_after_all_is_charged_twice_and_says_that_it_may_be(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "after_effect")) as service:
        first = service.run(pipeline("auth", UPLOAD, edit(NOTHING), export()))
        assert first.exit == 6
        assert "credits were 100, now 90" in only_error(first)["hint"]
        assert len(service.charges) == 1
        second = service.resume(first, resend=True)
        assert second.status == "done", second.errors
        assert len(service.charges) == 2
        assert any("may be charged twice" in text for text in warnings(second))


@pytest.mark.parametrize("broken", ["reset", "status"])
def test_a_stages_retries_never_send_again_what_is_not_sure(tmp_path: Path, broken: str) -> None:
    retried = pipeline("auth", UPLOAD, edit(retry={"attempts": 3, "delay": "1s"}), export())
    with cloud(tmp_path, fault("message", broken, "before_effect", nth="every")) as service:
        assert service.run(retried).exit == 6
        assert len(service.asked("message")) == 1


def test_what_is_not_known_is_no_error_to_go_on_after(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "reset", "before_effect")) as service:
        result = service.run(pipeline("auth", UPLOAD, edit(continue_on_error=True), export()))
        assert (result.status, result.exit) == ("failed", 6)
        assert not service.asked("render")


@pytest.mark.parametrize("time", ["1m", "15m"])
def test_a_timeout_never_hides_that_an_outcome_is_unknown(tmp_path: Path, time: str) -> None:
    with cloud(tmp_path, fault("message", "reset", "before_effect")) as service:
        first = service.run(pipeline("auth", UPLOAD, edit(timeout=time), export()))
        assert (first.exit, only_error(first)["code"]) == (6, "outcome_unknown")
        second = service.resume(first, resend=True)
        assert second.status == "done", second.errors
        assert len(service.charges) == 1


@pytest.mark.parametrize("time", ["1m", "10m"])
def test_an_edit_that_outlasts_its_timeout_is_found_by_resume_and_not_lost(tmp_path: Path, time: str) -> None:
    with cloud(tmp_path, fault("message", "heartbeats_only", seconds=850), step=0.02) as service:
        first = service.run(pipeline("auth", UPLOAD, edit(timeout=time), export()))
        error = only_error(first)
        assert (first.exit, error["code"]) == (1, "timeout")
        assert f"may be done all the same; to find out: clipline resume {first.run_id}" in error["hint"]
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert len(service.asked("message")) == len(service.charges) == 1


# --- a clean end with nothing changed --------------------------------------------------------------------------------


def test_an_edit_that_changes_nothing_is_a_warning_that_tells_its_price(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        result = service.run(pipeline("auth", UPLOAD, edit(NOTHING), export()))
        assert (result.status, result.exit) == ("done", 0)
        assert result.stages["edit"].outputs["changed"] is False
        assert warnings(result) == ["the edit changed nothing, and cost 10 credits"]


def test_verify_fails_an_edit_that_changed_nothing_and_what_it_cost_is_told(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        result = service.run(pipeline("auth", UPLOAD, edit(NOTHING), "verify", export()))
        assert (result.status, result.exit) == ("failed", 3)
        assert "the edit changed nothing" in only_error(result)["message"]
        assert warnings(result) == ["the edit changed nothing, and cost 10 credits"]
        assert not service.asked("render")
        assert len(service.charges) == 1


def test_an_edit_that_is_meant_to_change_nothing_passes(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        verify = {"stage": "verify", "with": {"expect": {"change": "none"}}}
        assert service.run(pipeline("auth", UPLOAD, edit(NOTHING), verify, export())).exit == 0


# --- sessions and tokens that die ------------------------------------------------------------------------------------


def test_a_session_that_dies_before_anything_was_handed_over_is_replaced_and_said_so(tmp_path: Path) -> None:
    generate = pipeline("auth", edit("generate a 2-second video of a beach"), inputs={})
    with cloud(tmp_path, fault("message", "dead_session", "before_effect")) as service:
        result = service.run(generate)
        assert result.status == "done", result.errors
        assert len(service.asked("session")) == 2
        assert len(service.charges) == 1
        (text,) = [text for text in warnings(result) if "session" in text]
        assert text.endswith("in the new one the timeline starts empty")


def test_a_session_that_dies_after_an_upload_stops_the_run_and_replay_is_free(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "dead_session", "before_effect")) as service:
        first = service.run()
        error = only_error(first)
        assert (first.exit, error["code"]) == (6, "session_gone")
        assert "1 file uploaded; nothing more was charged" in error["message"]
        assert "--replay" in error["hint"]
        assert "uploads again in a new session, free of charge" in error["hint"]
        assert "which are paid as ever" in error["hint"]
        with pytest.raises(OutcomeUnknown) as seen:
            app.timeline(run=first.run_id, settings=service.settings, state=service.state, clock=service.clock)
        assert seen.value.hint == error["hint"]
        assert not service.charges
        second = service.resume(first, replay=True)
        assert second.status == "done", second.errors
        assert len(service.charges) == 1
        assert service.made.exists()


@pytest.mark.parametrize("route", ["render", "message"])
def test_a_session_that_dies_after_an_edit_stops_the_run_and_replay_tells_its_price(tmp_path: Path, route: str) -> None:
    nth = 2 if route == "message" else 1
    asked = pipeline("auth", UPLOAD, edit(), edit("add the title Hi", id="second"), export())
    with cloud(tmp_path, fault(route, "dead_session", "before_effect", nth=nth)) as service:
        first = service.run(asked)
        error = only_error(first)
        edits = 1 if route == "message" else 2
        assert (first.exit, error["code"]) == (6, "session_gone")
        assert f"{edits} edit{'s'[: edits != 1]} made for {10 * edits} credits" in error["message"]
        assert f"for about {50 * edits} credits, within the budget" in error["hint"]
        assert len(service.charges) == edits
        assert service.resume(first).exit == 6
        assert len(service.charges) == edits
        service.forget()
        second = service.resume(first, replay=True)
        assert second.status == "done", second.errors
        assert any(f"{10 * edits} credits were paid in the lost one" in text for text in warnings(second))
        assert len(service.charges) == edits + 2
        assert service.made.exists()


def test_a_replay_over_the_budget_is_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    asked = {**STRAIGHT, "budget": {"credits": 15}}
    with cloud(
        tmp_path, fault("render", "dead_session", "before_effect"), settings={"nemo.edit_estimate": 5}
    ) as service:
        first = service.run(asked)
        assert first.exit == 6
        requests = len(service.server.requests)
        with pytest.raises(AccountError) as raised:
            service.resume(first, replay=True)
        assert (raised.value.exit, raised.value.code) == (4, "budget")
        assert "estimated at 10 credits, and 10 of the 15 are spent" in raised.value.message
        assert len(service.server.requests) == requests
        assert len(service.charges) == 1


@pytest.mark.parametrize("route", ["state", "render", "render_status"])
def test_a_token_that_dies_after_the_edit_is_renewed_where_the_user_stays_the_same(tmp_path: Path, route: str) -> None:
    nth = 3 if route == "state" else 1
    with cloud(tmp_path, fault(route, "dead_token", "before_effect", nth=nth)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert len(service.charges) == 1


@pytest.mark.parametrize("route", ["state", "render"])
def test_a_new_account_that_cannot_see_what_was_paid_for_is_no_silent_cure(tmp_path: Path, route: str) -> None:
    nth = 3 if route == "state" else 1
    with cloud(tmp_path, fault(route, "dead_token", "before_effect", nth=nth), renewal="new") as service:
        result = service.run()
        error = only_error(result)
        assert (result.exit, error["code"]) == (6, "session_gone")
        assert "cannot be seen by the account now at work" in error["message"]
        assert "nothing more was charged" in error["message"]
        assert "this is a new account now; it cannot see the sessions of the one before" in service.notes
        assert len(service.charges) == 1


def test_a_render_is_asked_for_with_the_token_that_made_it(tmp_path: Path) -> None:
    with cloud(tmp_path, render_polls=12) as service:
        first = service.run()
        assert first.status == "waiting"
        service.clock.advance(8 * 86_400 - 400)
        service.change(tokens=lambda tokens: [row.update(expires_at=4e9) for row in tokens.values()])
        service.converse("auth", fresh=True)
        second = service.resume(first)
        assert second.status == "done", second.errors
        made_by = service.asked("render")[0].headers["authorization"]
        assert {each.headers["authorization"] for each in service.asked("render_status")} == {made_by}


# --- waiting for the account -----------------------------------------------------------------------------------------


def test_a_402_waits_and_exports_after_the_person_registered_without_a_second_edit(tmp_path: Path) -> None:
    with cloud(tmp_path, plan="no_export") as service:
        first = service.run()
        error = only_error(first)
        assert (first.status, first.exit, error["code"]) == ("waiting", 4, "plan_required")
        assert f"clipline resume {first.run_id}" in error["hint"]
        still = service.resume(first)
        assert (still.status, still.exit) == ("waiting", 4)
        page = service.links[-1].removeprefix(WEB)
        assert page.startswith("/register?bind=anon_")
        press(service, page)
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert service.made.exists()
        assert len(service.asked("message")) == len(service.charges) == 1


def test_a_402_waits_and_exports_with_a_new_token_of_the_same_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloud(tmp_path, plan="no_export") as service:
        first = service.run()
        user = first.stages["auth"].outputs["account"]
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token(user, plan="free_export"))
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert len(service.asked("message")) == len(service.charges) == 1
        assert service.made.exists()


def test_a_token_whose_account_cannot_see_the_session_is_told_so_and_charged_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloud(tmp_path, plan="no_export") as service:
        first = service.run()
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("somebody_else", plan="free_export"))
        second = service.resume(first)
        error = only_error(second)
        assert (second.exit, error["code"]) == (6, "session_gone")
        assert "cannot be seen by the account now at work" in error["message"]
        assert "set the token of the account that opened it again" in error["hint"]
        assert len(service.asked("message")) == len(service.charges) == 1
        assert not [charge for charge in service.charges if charge.user_id == "somebody_else"]


def test_without_credits_the_run_waits_and_goes_on_in_the_same_session(tmp_path: Path) -> None:
    with cloud(tmp_path, credits=15) as service:
        asked = pipeline("auth", UPLOAD, edit(), edit("add the title Hi", id="second"), export())
        first = service.run(asked)
        error = only_error(first)
        assert (first.status, first.exit, error["code"]) == ("waiting", 4, "no_credits")
        assert len(service.charges) == 1
        press(service, service.links[-1].removeprefix(WEB))
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert [charge.text for charge in service.charges] == [EDIT, "add the title Hi"]
        assert len(service.asked("session")) == len(service.asked("upload")) == 1


def test_a_run_without_credits_goes_on_with_no_account_that_cannot_see_its_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloud(tmp_path, credits=15) as service:
        first = service.run(pipeline("auth", UPLOAD, edit(), edit("add the title Hi", id="second"), export()))
        assert first.status == "waiting"
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("somebody_else"))
        second = service.resume(first)
        assert (second.exit, only_error(second)["code"]) == (6, "session_gone")
        assert [charge.user_id for charge in service.charges] == [first.stages["auth"].outputs["account"]]


def test_a_session_taken_over_by_its_claim_link_is_exported(tmp_path: Path) -> None:
    with cloud(tmp_path, plan="no_export") as service:
        first = service.run()
        assert first.status == "waiting"
        press(service, next(link for link in service.links if "/workspace/claim?ct=" in link).removeprefix(WEB))
        assert service.resume(first).status == "done"
        assert len(service.charges) == 1


def test_what_runs_at_the_end_does_not_run_while_a_run_waits(tmp_path: Path) -> None:
    last = {"stage": "notify", "id": "told", "with": {"via": ["console"]}}
    with cloud(tmp_path, plan="no_export") as service:
        first = service.run({**STRAIGHT, "finally": [last]})
        assert first.status == "waiting"
        assert "finally.told" not in first.stages
        press(service, service.links[-1].removeprefix(WEB))
        second = service.resume(first)
        assert second.stages["finally.told"].status == "done"


def test_a_run_is_not_resumed_at_another_service(tmp_path: Path) -> None:
    with cloud(tmp_path, plan="no_export") as service, cloud(tmp_path / "other") as other:
        first = service.run()
        second = service.resume(first, settings={"nemo.api_url": other.server.url})
        assert (second.exit, only_error(second)["code"]) == (2, "other_service")
        assert not other.server.requests


def test_a_plan_tells_an_anonymous_user_that_an_export_may_be_refused(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        told = app.plan(STRAIGHT, {"clip": str(service.clip)}, backend="nemo", settings=service.settings)
        assert "an anonymous account may not be allowed to export" in str(told.notes)
        assert not service.server.requests


# --- renders ---------------------------------------------------------------------------------------------------------


def test_a_render_that_is_not_ready_leaves_the_run_waiting_and_is_collected_under_the_same_id(tmp_path: Path) -> None:
    with cloud(tmp_path, render_polls=14) as service:
        first = service.run()
        error = only_error(first)
        assert (first.status, first.exit, error["code"]) == ("waiting", 5, "render_running")
        assert error["hint"] == f"clipline resume {first.run_id}"
        assert len(service.asked("render_status")) == 10
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert len(service.asked("render")) == len(service.charges) == 1
        assert len({each.path for each in service.asked("render_status")}) == 1


def gone_session(service: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    service.change(sessions=lambda rows: [row.update(dead=True) for row in rows.values()])


def other_account(service: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("somebody_else"))


@pytest.mark.parametrize("change", [gone_session, other_account])
def test_a_render_under_way_is_collected_whatever_became_of_its_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Cloud, pytest.MonkeyPatch], None]
) -> None:
    with cloud(tmp_path, render_polls=14) as service:
        first = service.run()
        assert first.status == "waiting"
        change(service, monkeypatch)
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert service.made.exists()
        assert any("has no timeline" in text for text in warnings(second))
        assert len(service.asked("render")) == len(service.charges) == 1


@pytest.mark.parametrize("route", ["render", "render_status"])
def test_a_render_that_fails_is_made_once_more_under_a_new_id(tmp_path: Path, route: str) -> None:
    with cloud(tmp_path, fault(route, "render_failed", "before_effect")) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert len({each.body for each in service.asked("render")}) == 2
        assert len({each.path for each in service.asked("render_status")}) == 2
        assert len(service.charges) == 1


def test_a_render_that_fails_twice_is_a_failure_and_not_a_third_one(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("render_status", "render_failed", "before_effect", nth="every")) as service:
        result = service.run()
        assert (result.exit, only_error(result)["code"]) == (1, "render_failed")
        assert len(service.asked("render")) == 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_a_look_that_fails_keeps_asking_for_the_same_render(tmp_path: Path, status: int) -> None:
    with cloud(tmp_path, fault("render_status", "status", "before_effect", nth=(1, 2), status=status)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert len(service.asked("render")) == 1
        assert len({each.path for each in service.asked("render_status")}) == 1


def test_completed_without_an_address_is_not_done(tmp_path: Path) -> None:
    with cloud(tmp_path, late_url=3) as service:
        assert service.run().status == "done"
        assert len(service.asked("render_status")) == 5
        assert len(service.asked("result")) == 1


def test_a_file_that_cannot_be_fetched_is_kept_and_fetched_by_resume_without_a_second_render(tmp_path: Path) -> None:
    down = [fault(route, "status", "before_effect", nth="every", status=503) for route in ("result", "render_download")]
    with cloud(tmp_path, *down) as service:
        first = service.run()
        error = only_error(first)
        assert (first.exit, error["code"]) == (5, "download_refused")
        assert error["hint"] == f"the file is kept at the service; to fetch it: clipline resume {first.run_id}"
        service.server.clear_faults()
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert len(service.asked("render")) == len(service.charges) == 1


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("full_for_range", {}),
        ("changed_etag", {}),
        ("wrong_length", {}),
        ("long_length", {}),
        ("no_length", {}),
        ("truncated_gzip", {}),
        ("drip", {}),
        ("split", {"at": -1}),
    ],
)
def test_a_download_that_breaks_and_goes_on_badly_ends_with_the_whole_file(
    tmp_path: Path, kind: str, more: dict[str, Any]
) -> None:
    broken = [fault("result", "reset", "after_bytes", after=500), fault("result", kind, nth=2, **more)]
    with cloud(tmp_path, *broken) as service:
        result = service.run()
        assert result.status == "done", result.errors
        (whole,) = {row["file"] for row in service.server.snapshot()["world"]["renders"].values()}
        assert whole
        assert result.stages["export"].outputs["duration"] == pytest.approx(0.3, abs=0.05)
        assert {path.name for path in service.out.iterdir()} == {"made.mp4", "made.mp4.json"}


# --- the budget ------------------------------------------------------------------------------------------------------


def test_an_edit_whose_estimate_is_over_the_budget_is_refused_before_the_run(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        with pytest.raises(PipelineFileError, match="estimated at 50 credits, and the budget is 40"):
            service.run({**STRAIGHT, "budget": {"credits": 40}})
        assert not service.asked("session")


def test_a_budget_counts_what_was_spent_and_what_the_next_edit_is_estimated_at(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        asked = pipeline("auth", UPLOAD, edit(), edit("add the title Hi", id="second"), budget={"credits": 59})
        result = service.run(asked)
        assert (result.exit, only_error(result)["code"]) == (4, "budget")
        assert len(service.charges) == 1
        enough = {**asked, "budget": {"credits": 60}}
        assert service.run(enough).status == "done"


# --- sessions that are shared ----------------------------------------------------------------------------------------


def test_two_runs_side_by_side_in_one_session_never_have_two_edits_open(tmp_path: Path) -> None:
    stall = fault("message", "stall", "before_effect", seconds=2)
    with cloud(tmp_path, stall, real=True) as service:
        service.converse("upload", {"files": [str(service.clip)]})
        named = {"nemo": {"session": service.session}}
        asked = pipeline({"stage": "edit", "with": {"instruction": EDIT, **named}}, inputs={})
        found: list[Any] = []
        first = threading.Thread(target=lambda: found.append(service.run(asked)))
        first.start()
        until = 200
        while not service.asked("message") and until:
            until -= 1
            threading.Event().wait(0.02)
        second = service.run(asked)
        first.join(30)
        error = only_error(second)
        assert (second.exit, error["code"]) == (7, "session_busy")
        assert found[0].run_id in error["message"]
        assert found[0].status == "done", found[0].errors
        assert len(service.asked("message")) == len(service.charges) == 1
        assert service.resume(second).status == "done"


def test_a_session_of_another_account_cannot_be_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cloud(tmp_path) as service:
        service.converse("auth")
        named = {"nemo": {"session": service.session}}
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("somebody_else"))
        asked = pipeline({"stage": "edit", "with": {"instruction": EDIT, **named}}, inputs={})
        result = service.run(asked)
        assert (result.exit, only_error(result)["code"]) == (1, "session_gone")
        assert "is not there, or this account cannot see it" in only_error(result)["message"]
        assert not service.asked("message")


def test_two_edits_of_one_session_side_by_side_are_refused_before_anything_is_sent(tmp_path: Path) -> None:
    both = {"parallel": [edit("add the title A", id="a"), edit("add the title B", id="b")]}
    with cloud(tmp_path) as service:
        with pytest.raises(PipelineFileError, match="changes the same session"):
            service.run(pipeline("auth", UPLOAD, both))
        assert not service.server.requests


def batch(folder: Path, *, shared: bool) -> Mapping[str, Any]:
    """Two clips, each edited and exported, in one session or in one for each."""
    clips = [str(clip(folder / "in", name)) for name in ("a.mp4", "b.mp4")]
    item = [{"stage": "upload", "with": {"files": "${{ clip }}"}}, edit("add the title Hi"), export("{name}-made.mp4")]
    loop = {"for_each": clips, "id": "clips", "as": "clip", "stages": [*([] if shared else ["auth"]), *item]}
    return pipeline(*(["auth"] if shared else []), loop, inputs={})


def test_a_batch_with_auth_outside_has_one_session_and_each_message_names_its_file(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        result = service.run(batch(tmp_path, shared=True))
        assert result.status == "done", result.errors
        assert len(service.asked("session")) == 1
        assert [charge.text for charge in service.charges] == [
            "In a.mp4: add the title Hi",
            "In b.mp4: add the title Hi",
        ]
        assert {path.name for path in service.out.glob("*.mp4")} == {"a-made.mp4", "b-made.mp4"}


def test_a_batch_with_auth_inside_has_a_session_for_each_item(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        result = service.run(batch(tmp_path, shared=False))
        assert result.status == "done", result.errors
        assert len(service.asked("session")) == 2
        assert [charge.text for charge in service.charges] == ["add the title Hi"] * 2
        assert len({charge.session_id for charge in service.charges}) == 2


def test_an_item_that_the_shared_draft_does_not_hold_gets_a_session_of_its_own_and_says_so(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        lost: list[str] = []

        def lose(event: Any) -> None:
            service.events.append(event)
            if event.type == "stage.finished" and event.stage == "clips[0].edit" and not lost:
                lost.append(service.session)
                other = {"t": [{"tt": 0, "sg": [{"d": 600, "f": "other.mp4", "m": {"title": "other.mp4"}}]}]}
                service.change(sessions=lambda rows: rows[lost[0]].update(draft=other))

        result = service.run(batch(tmp_path, shared=True), on_event=lose)
        assert lost
        assert result.status == "done", result.errors
        assert any("does not hold a.mp4: it goes to a session of its own" in text for text in warnings(result))
        assert {path.name for path in service.out.glob("*.mp4")} == {"a-made.mp4", "b-made.mp4"}


# --- a clip from words -----------------------------------------------------------------------------------------------


def test_of_a_generated_clip_the_raw_one_is_told_first_and_then_what_was_added(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        asked = pipeline("auth", edit("generate a 2-second video of a beach"), export(), inputs={})
        result = service.run(asked)
        assert result.status == "done", result.errors
        assert [note for note in service.notes if note.startswith(("the raw clip", "added to it"))] == [
            "the raw clip is there; titles, sound and the like may still be added",
            "the raw clip: 1. Video: a beach (0-2s)",
            'added to it: 1. BGM: Lo-fi (0-2s) 2. Title: "A Beach" (0-2s)',
        ]
        assert [(charge.kind, charge.amount) for charge in service.charges] == [("generation", 100)]
        assert service.made.exists()


# --- who may write ---------------------------------------------------------------------------------------------------


def test_a_run_that_somebody_works_on_is_not_taken_up_and_one_that_was_taken_over_sends_nothing_more(
    tmp_path: Path,
) -> None:
    # The first process hangs before its edit, until another has taken the run over and done it.
    stall = fault("credits", "stall", "before_effect", nth=4, seconds=3)
    with cloud(tmp_path, stall, real=True) as service:
        ended: list[Any] = []

        def work() -> None:
            try:
                ended.append(service.run())
            except CliplineError as error:
                ended.append(error)

        first = threading.Thread(target=work)
        first.start()
        until = 300
        while len(service.asked("credits")) < 4 and until:
            until -= 1
            threading.Event().wait(0.02)
        (run,) = {event.run_id for event in service.events}
        with pytest.raises(CliplineError) as raised:
            app.resume(run, settings=service.settings, state=service.state)
        assert raised.value.exit == 7
        second = app.resume(run, settings=service.settings, state=service.state, take_over=True)
        first.join(30)
        assert second.status == "done", second.errors
        (error,) = ended
        assert isinstance(error, MachineError)
        assert "was taken over by another process" in error.message
        assert len(service.asked("message")) == len(service.charges) == 1
