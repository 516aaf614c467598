"""The render and its file: nothing is orphaned, nothing is edited twice, nothing half is delivered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipline.clock import CancelToken
from clipline.errors import (
    AccountWaiting,
    Cancelled,
    CheckFailed,
    InputError,
    OutcomeUnknown,
    Refused,
    ServiceError,
    StageFailed,
    Waiting,
)
from clipline.nemo.protocol import RenderState
from clipline.values import Secret
from fake_nemo import SAMPLE, Stand, broken, draft_of, gone, no_credits, no_plan, refused

URL = Secret("https://cdn.example.test/a.mp4?sig=secret")
DONE = RenderState("completed", 100.0, URL)
WORKING = RenderState("processing", 40.0)


@pytest.fixture
def edited(stand: Stand) -> Stand:
    stand.ready()
    stand.do("edit", {"instruction": "remove the man"})
    stand.service.calls.clear()
    return stand


def started(stand: Stand) -> list[str]:
    return [render_id for render_id, *_ in stand.service.asked("start_render")]


# --- straight on -----------------------------------------------------------------------------------------------------


def test_the_file_is_delivered_with_its_facts_and_the_claim_link(edited: Stand) -> None:
    result = edited.do("export", {"to": "out.mp4"})
    (artifact,) = result.artifacts
    assert artifact.path.read_bytes() == SAMPLE.read_bytes()
    assert result.outputs["files"] == [str(artifact.path)]
    assert (result.outputs["width"], result.outputs["height"]) == (1280, 720)
    assert result.outputs["duration"] == pytest.approx(4.0, abs=0.1)
    facts = json.loads((artifact.path.parent / "out.mp4.json").read_text())
    assert facts["backend"] == "nemo"
    assert facts["instructions"] == ["remove the man"]
    assert facts["service"]["session"] == edited.kept["session"]
    assert facts["service"]["credits"] == 10
    assert "secret" not in json.dumps(facts)
    assert len(edited.log.links) == 1


def test_no_signed_address_is_kept_anywhere(edited: Stand) -> None:
    edited.do("export")
    assert "sig=secret" not in str(edited.state) + str(edited.effects.asked) + str(edited.log.events)


def test_the_name_is_that_of_the_clip(edited: Stand) -> None:
    result = edited.do("export")
    assert result.artifacts[0].path.name == "clip-edited.mp4"


def test_each_render_has_an_id_of_its_own(edited: Stand) -> None:
    edited.do("export", {"to": "a.mp4"})
    edited.do("export", {"to": "b.mp4"})
    first, second = started(edited)
    assert first != second
    assert first.startswith("render_")


def test_progress_of_the_render_is_told(edited: Stand) -> None:
    edited.service.render_states = [WORKING, DONE]
    edited.do("export")
    assert {"fraction": 0.4, "text": "rendering at the service: processing"} in edited.log.of("stage.progress")


def test_a_draft_without_anything_in_it_is_not_rendered(stand: Stand) -> None:
    stand.do("auth")
    with pytest.raises(StageFailed, match="empty") as empty:
        stand.do("export")
    assert empty.value.code == "draft_empty"
    assert not started(stand)


def test_a_name_that_is_taken_is_refused_before_the_render(edited: Stand) -> None:
    (edited.folder / "out").mkdir(exist_ok=True)
    (edited.folder / "out" / "out.mp4").write_bytes(b"")
    with pytest.raises(InputError, match="exists already"):
        edited.do("export", {"to": "out.mp4"})
    assert not started(edited)


def test_a_quality_that_the_service_does_not_have_is_refused(edited: Stand) -> None:
    with pytest.raises(Refused, match="quality best"):
        edited.do("export", {"quality": "best"})


def test_what_the_service_does_not_do_is_done_to_the_file(edited: Stand) -> None:
    result = edited.do("export", {"to": "small.mov", "max_size": "640x640"})
    assert (result.outputs["format"], result.outputs["width"]) == ("mov", 640)
    assert any("done here" in note for note in edited.log.notes)
    assert [path.name for path in (edited.folder / "out").iterdir() if "part" in path.name] == []


def test_a_further_attempt_gives_the_file_that_was_delivered(edited: Stand) -> None:
    edited.do("export", {"to": "out.mp4"})
    edited.again("export", {"to": "out.mp4"})
    assert len(started(edited)) == 1
    assert "out.mp4 was finished before" in edited.log.notes


# --- waiting for it --------------------------------------------------------------------------------------------------


def test_completed_without_an_address_is_not_done(edited: Stand) -> None:
    edited.service.render_states = [RenderState("completed", 100.0), RenderState("completed", 100.0), DONE]
    edited.do("export")
    assert edited.clock.waits == (30.0, 30.0, 30.0)


def test_a_render_that_is_not_ready_leaves_the_run_waiting_and_is_collected_later(edited: Stand) -> None:
    edited.service.render_states = [WORKING]
    with pytest.raises(Waiting) as waiting:
        edited.do("export")
    assert (waiting.value.exit, waiting.value.hint) == (5, "clipline resume run-1")
    assert len(edited.service.asked("render")) == 10
    (render_id,) = started(edited)
    edited.service.renders[render_id] = [DONE]
    edited.again("export")
    assert started(edited) == [render_id]


def test_what_is_collected_later_is_looked_at_at_once(edited: Stand) -> None:
    edited.service.render_states = [WORKING]
    with pytest.raises(Waiting):
        edited.do("export")
    waits = len(edited.clock.waits)
    edited.service.renders[started(edited)[0]] = [DONE]
    edited.again("export")
    assert len(edited.clock.waits) == waits


@pytest.mark.parametrize("code", ["unreachable", "no_reply", "server_error", "rate_limited", "deadline"])
def test_a_look_that_fails_keeps_asking_for_the_same_job(edited: Stand, code: str) -> None:
    edited.service.fail("render", broken(code), broken(code))
    edited.do("export")
    assert len(started(edited)) == 1
    assert {render_id for render_id, _ in edited.service.asked("render")} == set(started(edited))


def test_a_render_that_failed_is_made_once_more_under_a_new_id(edited: Stand) -> None:
    edited.service.render_states = [RenderState("failed", error="out of memory")]

    def mend() -> None:
        edited.service.render_states = [DONE]

    edited.service.fail("start_render", None, mend)
    edited.do("export")
    first, second = started(edited)
    assert first != second
    assert any("the render failed: out of memory; it is made once more" in note for note in edited.log.notes)


def test_the_newest_clip_must_stand_in_the_draft_that_is_exported(edited: Stand) -> None:
    draft = edited.service.rooms[edited.kept["session"]].draft
    edited.do("upload", {"files": str(edited.clip("b.mp4"))})
    edited.service.rooms[edited.kept["session"]].draft = draft
    with pytest.raises(StageFailed, match=r"holds clip\.mp4, not b\.mp4") as refusal:
        edited.do("export")
    assert refusal.value.code == "wrong_item"
    assert not edited.service.asked("start_render")


def test_a_render_that_failed_twice_is_an_error(edited: Stand) -> None:
    edited.service.render_states = [RenderState("failed", error="out of memory")]
    with pytest.raises(StageFailed, match="out of memory") as failed:
        edited.do("export")
    assert failed.value.code == "render_failed"
    assert "costs nothing" in failed.value.hint
    assert "nothing was charged" not in failed.value.hint
    assert len(started(edited)) == 2


def test_a_job_is_asked_for_with_the_token_that_started_it(edited: Stand) -> None:
    edited.service.render_states = [WORKING]
    with pytest.raises(Waiting):
        edited.do("export")
    edited.service.token = "token-b"
    edited.service.renders[started(edited)[0]] = [DONE]
    edited.again("export")
    assert {token for _, token in edited.service.asked("render")} == {"token-a"}
    assert edited.service.asked("start_render")[0][1] == "token-a"


def test_a_job_that_cannot_be_asked_for_any_more_is_made_anew(edited: Stand) -> None:
    edited.service.fail("render", refused(), refused())
    edited.do("export")
    assert len(started(edited)) == 2


def test_one_reply_that_there_is_no_such_job_starts_no_second_one_beside_it(edited: Stand) -> None:
    edited.service.fail("render", refused())
    edited.do("export")
    assert len(started(edited)) == 1


def test_a_job_that_is_lost_twice_is_told_with_what_helps(edited: Stand) -> None:
    edited.service.fail("render", *[refused()] * 4)
    with pytest.raises(StageFailed, match="cannot be asked for any more") as raised:
        edited.do("export")
    assert "clipline resume run-1" in raised.value.hint


def test_cancelling_keeps_the_job_and_says_so(edited: Stand) -> None:
    token = CancelToken()

    def stop() -> None:
        token.cancel()
        raise Cancelled

    edited.service.fail("render", stop)
    with pytest.raises(Cancelled):
        edited.do("export", call=edited.call("export", clock=edited.clock.with_token(token)))
    assert "the render goes on at the service; to collect it: clipline resume run-1" in edited.log.notes
    edited.again("export", clock=edited.clock)
    assert len(started(edited)) == 1


# --- starting it -----------------------------------------------------------------------------------------------------


def test_a_start_whose_reply_was_lost_is_found_by_its_id(edited: Stand) -> None:
    def arrived() -> None:
        render_id = edited.service.asked("start_render")[-1][0]
        edited.service.renders[render_id] = [DONE]
        raise broken()

    edited.service.fail("start_render", arrived)
    edited.do("export")
    assert len(started(edited)) == 1


def test_a_start_that_did_not_arrive_is_made_again(edited: Stand) -> None:
    edited.service.fail("start_render", broken())
    edited.do("export")
    assert len(started(edited)) == 2


def test_without_the_plan_the_run_waits_and_exports_later_without_an_edit(edited: Stand) -> None:
    edited.service.fail("start_render", no_plan())
    with pytest.raises(AccountWaiting) as waiting:
        edited.do("export")
    assert waiting.value.code == "plan_required"
    assert "Register or upgrade your plan to unlock export" in waiting.value.hint
    assert any(label == "to register this account, open" for label, _ in edited.log.links)
    edited.again("export")
    assert not edited.service.asked("send")


@pytest.mark.parametrize("method", ["start_render", "render"])
def test_without_credits_the_run_waits_and_is_told_how_to_go_on(edited: Stand, method: str) -> None:
    edited.service.fail(method, no_credits())
    with pytest.raises(AccountWaiting) as waiting:
        edited.do("export")
    assert waiting.value.code == "no_credits"
    assert "clipline resume run-1" in waiting.value.hint


def test_a_start_that_a_break_left_open_is_refused_in_the_same_words(edited: Stand) -> None:
    edited.service.fail("start_render", Cancelled(), no_plan())
    with pytest.raises(Cancelled):
        edited.do("export")
    with pytest.raises(AccountWaiting) as waiting:
        edited.again("export")
    assert "clipline resume run-1" in waiting.value.hint


def test_a_start_that_a_break_left_open_goes_on_with_a_new_token_where_the_old_one_is_refused(edited: Stand) -> None:
    edited.service.fail("start_render", Cancelled(), refused())
    with pytest.raises(Cancelled):
        edited.do("export")
    edited.again("export")
    assert len(started(edited)) == 3


def test_a_session_that_is_gone_names_what_was_charged(edited: Stand) -> None:
    def dies() -> None:
        edited.service.rooms.clear()
        raise gone()

    edited.service.fail("start_render", dies)
    with pytest.raises(OutcomeUnknown, match="1 edit made for 10 credits"):
        edited.do("export")


def test_a_session_that_is_there_after_all_is_rendered(edited: Stand) -> None:
    edited.service.fail("start_render", gone())
    edited.do("export")
    assert len(started(edited)) == 2


# --- fetching it -----------------------------------------------------------------------------------------------------


def test_an_address_that_is_refused_is_replaced_by_the_services_own(edited: Stand) -> None:
    edited.service.fail("download", ServiceError("the download was refused (403)", code="download_refused"))
    edited.do("export")
    assert edited.service.asked("fallback_download") == [(started(edited)[0],)]


def test_a_file_that_is_cut_short_is_fetched_from_the_service_itself(edited: Stand) -> None:
    whole = edited.service.file
    edited.service.file = whole[: len(whole) // 2]

    def whole_again() -> None:
        edited.service.file = whole

    edited.service.fail("fallback_download", whole_again)
    result = edited.do("export")
    assert result.artifacts[0].bytes == len(whole)


def test_a_file_that_is_cut_short_twice_is_not_delivered(edited: Stand) -> None:
    edited.service.file = edited.service.file[:5000]
    with pytest.raises(CheckFailed) as short:
        edited.do("export", {"to": "out.mp4"})
    assert short.value.code == "bad_export"
    assert not (edited.folder / "out" / "out.mp4").exists()


def test_a_page_in_the_place_of_the_file_is_not_delivered(edited: Stand) -> None:
    edited.service.file = b"<html>try again later</html>"
    with pytest.raises(CheckFailed, match="no MP4"):
        edited.do("export", {"to": "out.mp4"})


def test_when_no_address_gives_it_the_first_error_is_told(edited: Stand) -> None:
    edited.service.fail("download", ServiceError("the download was refused (403)", code="download_refused"))
    edited.service.fail("fallback_download", broken("server_error"))
    with pytest.raises(ServiceError) as refused_:
        edited.do("export")
    assert refused_.value.code == "download_refused"


# --- a session that items share --------------------------------------------------------------------------------------


def shared(stand: Stand, number: int, name: str) -> None:
    stand.do("upload", {"files": str(stand.clip(name))}, path=f"batch[{number}].upload")
    stand.do("edit", {"instruction": "remove the man"}, path=f"batch[{number}].edit")


def test_an_item_that_the_shared_draft_holds_is_rendered_there(stand: Stand) -> None:
    stand.do("auth")
    shared(stand, 0, "a.mp4")
    result = stand.do("export", path="batch[0].export")
    assert result.artifacts[0].path.name == "a-edited.mp4"
    assert len(stand.service.rooms) == 1


def test_an_item_that_the_shared_draft_does_not_hold_goes_to_a_session_of_its_own(stand: Stand) -> None:
    stand.do("auth")
    shared(stand, 0, "a.mp4")
    room = stand.service.rooms[stand.kept["session"]]
    room.draft = draft_of("b.mp4")
    outer = stand.kept["session"]
    result = stand.do("export", path="batch[0].export")
    assert stand.kept["session"] != outer
    assert stand.service.asked("send")[-1] == (stand.kept["session"], "remove the man")
    assert any("session of its own" in finding.text for finding in result.findings)
    assert next(each for each in stand.effects.asked if each["name"] == "own:edit:0")["estimate"] == 50
    assert stand.kept["paid"] == 20


def test_what_was_begun_in_a_session_of_its_own_goes_on_there(stand: Stand) -> None:
    stand.do("auth")
    shared(stand, 0, "a.mp4")
    stand.service.rooms[stand.kept["session"]].draft = draft_of("b.mp4")
    before = stand.state
    stand.service.render_states = [WORKING]
    with pytest.raises(Waiting):
        stand.do("export", path="batch[0].export")
    stand.state = before
    stand.service.renders[started(stand)[0]] = [DONE]
    stand.again("export")
    assert len(stand.service.asked("send")) == 2
    assert len(stand.service.rooms) == 2


def test_a_sidecar_is_left_out_where_none_is_wanted(edited: Stand) -> None:
    result = edited.do("export", {"to": "out.mp4", "sidecar": False})
    assert not Path(f"{result.artifacts[0].path}.json").exists()
