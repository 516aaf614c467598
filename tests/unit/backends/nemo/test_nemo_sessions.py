"""The account and the session of a scope."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipline.errors import Cancelled, InputError, MachineError, OutcomeUnknown, StageFailed, TimedOut
from clipline.testing.calls import call_log, next_attempt
from fake_nemo import API, Stand, broken, gone


def dies(stand: Stand) -> None:
    stand.service.rooms[stand.kept["session"]] = None  # type: ignore[assignment]  # there was one, and it is gone
    raise gone()


def test_auth_tells_the_account_and_opens_a_session(stand: Stand) -> None:
    result = stand.do("auth")
    assert "connected, 100 credits" in call_log(stand.last).notes
    assert result.outputs["account"] == "anon_1"
    kept = stand.kept
    assert (kept["version"], kept["base"], kept["user"], kept["token"]) == (1, API, "anon_1", "token-a")
    assert kept["session"] in stand.service.rooms
    assert kept["task"]


def test_the_claim_link_is_told_when_a_session_opens(stand: Stand) -> None:
    stand.do("auth")
    assert call_log(stand.last).links == [
        ("to take the session over, open", "https://web.example.test/workspace/claim?ct=clm_00")
    ]


def test_a_claim_that_fails_is_a_warning_only(stand: Stand) -> None:
    stand.service.fail("claim_link", broken("server_error"))
    result = stand.do("auth")
    assert [finding.level for finding in result.findings] == ["WARN"]
    assert stand.kept["session"]


def test_a_link_that_does_not_come_fails_nothing_and_holds_nobody_up(stand: Stand) -> None:
    stand.service.fail("claim_link", TimedOut("the time allowed for this is over"))
    result = stand.do("auth")
    assert "no link to take the session over" in result.findings[0].text


def test_who_stops_while_the_link_is_waited_for_has_stopped_the_stage(stand: Stand) -> None:
    stand.service.fail("claim_link", Cancelled())
    with pytest.raises(Cancelled):
        stand.do("auth")


def test_a_session_that_may_have_been_opened_is_let_be_and_another_one_is_opened(stand: Stand) -> None:
    stand.service.fail("new_session", broken())
    stand.do("auth")
    assert len(stand.service.asked("new_session")) == 2
    assert any("another session is opened" in note for note in call_log(stand.last).notes)


def test_an_odd_reply_to_a_new_session_is_no_reason_to_ask_again(stand: Stand) -> None:
    stand.service.fail("new_session", broken("odd_reply"))
    with pytest.raises(Exception, match="line broke"):
        stand.do("auth")
    assert len(stand.service.asked("new_session")) == 1


def test_a_stage_that_is_tried_again_goes_on_in_its_session(stand: Stand) -> None:
    stand.do("auth")
    first = stand.kept["session"]
    stand.do("auth", call=next_attempt(stand.last))
    assert stand.kept["session"] == first
    assert len(stand.service.asked("new_session")) == 1


@pytest.mark.parametrize(
    ("settings", "instruction", "language"),
    [
        ({}, "remove the man", "en"),
        ({}, "去掉背景里的人", "zh"),
        ({"language": "fr"}, "去掉背景里的人", "fr"),
    ],
)
def test_the_language_is_that_of_the_settings_or_of_the_script(
    tmp_path: Path, settings: dict[str, str], instruction: str, language: str
) -> None:
    stand = Stand(tmp_path, **settings)
    stand.backend.explain(kind="edit", options={"instruction": instruction}, earlier=(), out=None)
    stand.do("auth")
    assert stand.service.asked("new_session") == [("test", language)]


def test_a_session_that_is_named_is_used(stand: Stand) -> None:
    stand.do("auth")
    session, stand.state = stand.kept["session"], {}
    stand.do("auth", {"nemo": {"session": session}})
    assert stand.kept["session"] == session
    assert len(stand.service.rooms) == 1


def test_a_session_that_is_named_and_not_there_is_an_error(stand: Stand) -> None:
    with pytest.raises(StageFailed, match="not there") as failed:
        stand.do("auth", {"nemo": {"session": "1234567890123456789"}})
    assert failed.value.code == "session_gone"
    assert not stand.service.rooms


def test_a_session_that_the_person_named_is_never_replaced(stand: Stand) -> None:
    stand.do("auth")
    session, stand.state = stand.kept["session"], {}
    stand.do("auth", {"nemo": {"session": session}})
    del stand.service.rooms[session]
    with pytest.raises(OutcomeUnknown) as lost:
        stand.do("edit", {"instruction": "remove the man"})
    assert lost.value.code == "session_gone"


def test_upload_and_edit_open_a_session_where_there_is_none(stand: Stand) -> None:
    stand.do("upload", {"files": str(stand.clip())})
    assert len(stand.service.rooms) == 1
    assert len(call_log(stand.last).links) == 1


def test_a_session_of_another_service_is_not_taken_for_one_of_this(stand: Stand) -> None:
    stand.do("auth")
    stand.settings["api_url"] = "https://other.example.test"
    with pytest.raises(InputError, match="was opened at") as other:
        stand.do("edit", {"instruction": "remove the man"})
    assert other.value.code == "other_service"


def test_a_session_gone_before_anything_was_done_is_replaced_and_the_empty_timeline_told(stand: Stand) -> None:
    stand.do("auth")
    first = stand.kept["session"]
    stand.service.fail("upload", lambda: dies(stand))
    result = stand.do("upload", {"files": str(stand.clip())})
    assert stand.kept["session"] != first
    assert any("timeline starts empty" in finding.text for finding in result.findings)


def test_a_stage_that_replaced_its_session_finds_the_new_one_at_its_next_attempt(stand: Stand) -> None:
    stand.do("auth")
    first = dict(stand.state)
    stand.service.fail("upload", lambda: dies(stand))
    stand.do("upload", {"files": str(stand.clip())})
    second, stand.state = stand.kept["session"], first
    stand.do("upload", {"files": str(stand.clip())}, call=next_attempt(stand.last, state=first))
    assert stand.kept["session"] == second
    assert len(stand.service.rooms) == 2


def test_a_session_gone_with_what_was_uploaded_stops_the_run(stand: Stand) -> None:
    stand.ready()
    stand.service.rooms.clear()
    with pytest.raises(OutcomeUnknown) as lost:
        stand.do("edit", {"instruction": "remove the man"})
    assert lost.value.code == "session_gone"
    assert lost.value.exit == 6
    assert "1 file uploaded" in lost.value.message
    assert "clipline resume run-1 --replay" in lost.value.hint


def test_what_was_charged_in_a_lost_session_is_named_with_the_price_of_a_replay(stand: Stand) -> None:
    stand.ready()
    stand.do("edit", {"instruction": "remove the man"})
    stand.service.rooms.clear()
    with pytest.raises(OutcomeUnknown) as lost:
        stand.do("export")
    assert "1 edit made for 10 credits" in lost.value.message
    assert "about 50 credits" in lost.value.hint


def test_a_state_of_a_newer_clipline_is_refused(stand: Stand) -> None:
    stand.do("auth")
    stand.state = {"nemo": {**stand.kept, "version": 99}}
    with pytest.raises(MachineError, match="version 99"):
        stand.do("upload", {"files": str(stand.clip())})


def test_the_account_is_told_as_json(stand: Stand) -> None:
    stand.ready()
    facts = stand.backend.account(call=stand.call("account"))
    assert facts == {
        "user": "anon_1",
        "anonymous": True,
        "service": API,
        "credits": {"available": 100, "frozen": 0, "total": 100},
        "session": stand.kept["session"],
        "paid": 0,
    }


def test_an_account_that_could_not_be_asked_for_is_asked_for_again(stand: Stand) -> None:
    stand.service.fail("account", broken(), broken("server_error"))
    stand.do("auth")
    assert stand.kept["session"]


def test_links_lead_to_the_session(stand: Stand) -> None:
    assert stand.backend.links(call=stand.call("links")) == ()
    stand.ready()
    (link,) = stand.backend.links(call=stand.call("links"))
    assert link.url.startswith("https://web.example.test/workspace/claim?ct=")


def test_the_timeline_is_that_of_the_draft(stand: Stand) -> None:
    assert stand.backend.timeline(call=stand.call("verify")) is None
    stand.ready()
    view = stand.backend.timeline(call=stand.call("verify"))
    assert view.after.count("video") == 1
    assert view.before is None
    stand.do("edit", {"instruction": "hello"})
    view = stand.backend.timeline(call=stand.call("verify"))
    assert view.changed is True
    assert view.before.count("text") == 0
    assert view.after.count("text") == 1
