"""One message, paid, sent once: what follows each way in which it can end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.media_maker import make_image

from clipline.errors import AccountError, AccountWaiting, Cancelled, OutcomeUnknown, Refused, ServiceError
from fake_nemo import Room, Stand, broken, draft_of, gone, limited, no_credits, refused, segment

REMOVE = {"instruction": "remove the man"}


@pytest.fixture
def ready(stand: Stand) -> Stand:
    stand.ready()
    return stand


def sent(stand: Stand) -> list[str]:
    return [text for _, text in stand.service.asked("send")]


def lost_after(stand: Stand, change: Callable[[], None], code: str = "broken_off") -> Callable[[], None]:
    """A stream that breaks after the service did something."""

    def fail() -> None:
        change()
        raise broken(code)

    return fail


def title(stand: Stand) -> None:
    room = stand.service.rooms[stand.kept["session"]]
    room.draft = draft_of("clip.mp4", title="late")
    stand.service.balance -= 10


def dies(stand: Stand) -> None:
    stand.service.rooms.clear()
    raise gone()


# --- straight on -----------------------------------------------------------------------------------------------------


def test_what_changed_and_what_it_cost_is_told(ready: Stand) -> None:
    result = ready.do("edit", REMOVE)
    assert sent(ready) == ["remove the man"]
    assert result.outputs["changed"] is True
    assert result.outputs["changes"] == ['track 2 added: Title: "remove the man" (0-1s)']
    assert result.outputs["credits"] == 10
    assert "Done: remove the man" in ready.log.notes
    assert "credits: 100 → 90" in ready.log.notes
    assert (ready.kept["changed"], ready.kept["paid"], len(ready.kept["edits"])) == (True, 10, 1)


def test_the_intent_holds_all_that_tells_afterwards_whether_it_happened(ready: Stand) -> None:
    ready.do("edit", REMOVE)
    (asked,) = [each for each in ready.effects.asked if each["name"] == "edit"]
    operation = asked["operation"]
    assert operation["session"] == ready.kept["session"]
    assert operation["text"] == "remove the man"
    assert operation["had"] == {"available": 100, "frozen": 0, "token": ready.service.token}
    assert len(operation["before"]) == 64
    assert (asked["estimate"], asked["span"], asked["fingerprint"]) == (50, 900.0, operation["before"])
    assert asked["session"] == f"https://api.example.test {ready.kept['session']}"


def test_an_edit_without_a_word_is_told_by_the_timeline(ready: Stand) -> None:
    def silently(room: Room, text: str) -> str:
        room.draft = draft_of("clip.mp4", title="Hi")
        return ""

    ready.service.on_message = silently
    result = ready.do("edit", REMOVE)
    assert result.outputs["changed"] is True
    assert any("without a word" in note for note in ready.log.notes)
    assert 'track 2 added: Title: "Hi" (0-2s)' in ready.log.notes


def test_a_clean_end_with_the_same_draft_changed_nothing_and_says_so(ready: Stand) -> None:
    ready.service.on_message = lambda room, text: "I cannot do that."
    result = ready.do("edit", REMOVE)
    assert result.outputs["changed"] is False
    assert result.outputs["changes"] == []
    (finding,) = result.findings
    assert finding.level == "WARN"
    assert "changed nothing, and cost 10 credits" in finding.text


def test_while_credits_are_reserved_the_work_still_goes_on(ready: Stand) -> None:
    """The stream ended before the work did."""
    room = ready.service.rooms[ready.kept["session"]]

    def starts(_: Room, text: str) -> str:
        ready.service.frozen = 5
        return "On it."

    def ends() -> None:
        ready.service.frozen = 0
        room.draft = draft_of("clip.mp4", title="there")

    ready.service.on_message = starts
    ready.service.fail("credits", None, None, None, ends)
    result = ready.do("edit", REMOVE)
    assert result.outputs["changed"] is True
    assert 60.0 in ready.clock.waits


@pytest.mark.parametrize("words", ["blur the background", "去掉人", "black background"])
def test_an_edit_where_there_is_no_clip_is_not_sent_as_a_generation(stand: Stand, words: str) -> None:
    stand.do("auth")
    with pytest.raises(Refused, match="there is no clip to edit") as refusal:
        stand.do("edit", {"instruction": words})
    assert refusal.value.code == "no_clip"
    assert not stand.service.asked("send")


def test_operations_go_as_the_words_that_they_are(ready: Stand) -> None:
    ready.do("edit", {"operations": [{"remove": "background_person"}, {"trim": {"start": 0, "end": 2}}]})
    assert sent(ready) == ["remove the background person; keep 0s to 2s"]
    assert ready.kept["edits"][0]["operations"][0] == {"remove": "background_person"}


def test_a_file_that_an_operation_uses_is_handed_over_first(ready: Stand) -> None:
    beach = ready.folder / "beach.png"
    make_image(beach)
    ready.do("edit", {"operations": [{"background": {"media": str(beach)}}]})
    names = [call[0] for call in ready.service.calls if call[0] in {"upload", "send"}]
    assert names == ["upload", "send"]
    assert [file["name"] for file in ready.kept["files"]] == ["clip.mp4", "beach.png"]
    ready.service.calls.clear()
    ready.do("edit", {"operations": [{"background": {"media": str(beach)}}]})
    assert not ready.service.asked("upload")


def test_another_file_of_the_same_name_is_handed_over_too(ready: Stand) -> None:
    elsewhere = ready.folder / "elsewhere"
    elsewhere.mkdir()
    for folder in (ready.folder, elsewhere):
        make_image(folder / "beach.png")
        ready.do("edit", {"operations": [{"background": {"media": str(folder / "beach.png")}}]})
    assert len(ready.service.asked("upload")) == 2


def test_a_file_that_the_service_calls_otherwise_is_named_so(ready: Stand) -> None:
    files = [{**file, "name": "clip-2.mp4"} for file in ready.kept["files"]]
    ready.state = {"nemo": {**ready.kept, "files": files, "item": "clip-2.mp4"}}
    ready.service.rooms[ready.kept["session"]].videos[:] = ["clip-2.mp4"]
    ready.do("edit", {"instruction": "loop clip.mp4"})
    assert sent(ready) == ["loop clip-2.mp4"]


def test_strict_quality_is_refused(ready: Stand) -> None:
    with pytest.raises(Refused, match="strict"):
        ready.do("edit", {**REMOVE, "quality": "strict"})
    assert not sent(ready)


def test_talk_of_buttons_is_taken_out_and_what_it_asked_for_is_offered(ready: Stand) -> None:
    def talks(room: Room, text: str) -> str:
        room.draft = draft_of("clip.mp4", title="x")
        return "The man is gone. Click the Export button to download your video."

    ready.service.on_message = talks
    result = ready.do("edit", REMOVE)
    assert "Click" not in result.outputs["text"]
    assert "The man is gone" in result.outputs["text"]
    assert any("clipline export" in note for note in ready.log.notes)


def test_a_clip_made_from_words_is_told_first_then_what_was_added(stand: Stand) -> None:
    def makes(room: Room, text: str) -> str:
        room.draft = {"t": [{"tt": 0, "sg": [segment("city")]}, {"tt": 1, "sg": [segment("Lo-fi")]}]}
        return "Here you are."

    stand.service.on_message = makes
    stand.do("auth")
    stand.do("edit", {"instruction": "make a video of a city at night"})
    assert stand.log.notes.index("the raw clip: 1. Video: city (0-4s)") < stand.log.notes.index(
        "added to it: 1. BGM: Lo-fi (0-4s)"
    )
    asked = next(each for each in stand.effects.asked if each["name"] == "edit")
    assert asked["estimate"] == 100


# --- which file is meant ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instruction", "text"),
    [("remove the man", "In b.mp4: remove the man"), ("去掉背景里的人", "在 b.mp4 中：去掉背景里的人")],
)
def test_in_a_shared_session_the_message_names_the_items_file(stand: Stand, instruction: str, text: str) -> None:
    stand.do("auth")
    outer = stand.state
    for number, name in enumerate(["a.mp4", "b.mp4"]):
        stand.state = outer
        stand.do("upload", {"files": str(stand.clip(name))}, path=f"batch[{number}].upload")
    stand.do("edit", {"instruction": instruction}, path="batch[1].edit")
    assert sent(stand) == [text]


def test_the_first_item_of_a_shared_session_is_named_too(stand: Stand) -> None:
    stand.do("auth")
    stand.do("upload", {"files": str(stand.clip("a.mp4"))}, path="batch[0].upload")
    stand.do("edit", REMOVE, path="batch[0].edit")
    assert sent(stand) == ["In a.mp4: remove the man"]


def test_with_several_videos_the_first_one_is_named(stand: Stand) -> None:
    stand.do("upload", {"files": [str(stand.clip("a.mp4")), str(stand.clip("b.mp4"))]})
    stand.do("edit", REMOVE)
    assert sent(stand) == ["In a.mp4: remove the man"]


def test_an_item_with_a_session_of_its_own_is_not_named(stand: Stand) -> None:
    stand.do("auth", path="batch[0].auth")
    stand.do("upload", {"files": str(stand.clip())}, path="batch[0].upload")
    stand.do("edit", REMOVE, path="batch[0].edit")
    assert sent(stand) == ["remove the man"]


# --- nobody saw the end ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["broken_off", "no_reply", "deadline", "server_error", "stream_error", "odd_reply"])
def test_a_break_after_which_the_draft_changed_is_adopted_and_never_sent_again(ready: Stand, code: str) -> None:
    ready.service.fail("send", lost_after(ready, lambda: title(ready), code))
    result = ready.do("edit", REMOVE)
    assert len(sent(ready)) == 1
    assert result.outputs["changed"] is True
    assert result.outputs["credits"] == 10
    assert sum(ready.clock.waits) == pytest.approx(90)


@pytest.mark.parametrize("code", ["broken_off", "no_reply", "server_error", "odd_reply"])
def test_a_break_after_which_nothing_changed_is_an_unknown_outcome(ready: Stand, code: str) -> None:
    ready.service.fail("send", broken(code))
    with pytest.raises(OutcomeUnknown) as unknown:
        ready.do("edit", REMOVE)
    assert unknown.value.exit == 6
    assert "credits were 100, now 100" in unknown.value.hint
    assert len(sent(ready)) == 1
    assert sum(ready.clock.waits) == pytest.approx(270)


def test_a_draft_that_still_changes_is_read_until_two_readings_agree(ready: Stand) -> None:
    room = ready.service.rooms[ready.kept["session"]]

    def becomes(text: str) -> Callable[[], None]:
        return lambda: room.draft.update(draft_of("clip.mp4", title=text))

    ready.service.fail("send", broken())
    # The state before, then the readings.
    ready.service.fail("state", None, becomes("one"), becomes("two"), None)
    ready.do("edit", REMOVE)
    assert sum(ready.clock.waits) == pytest.approx(150)


def test_it_does_not_stand_still_while_credits_are_reserved(ready: Stand) -> None:
    def starts() -> None:
        title(ready)
        ready.service.frozen = 7

    def ends() -> None:
        ready.service.frozen = 0

    ready.service.fail("send", lost_after(ready, starts))
    ready.service.fail("account", None, None, None, ends)
    ready.do("edit", REMOVE)
    assert sum(ready.clock.waits) == pytest.approx(150)


def test_a_reading_that_fails_counts_for_nothing(ready: Stand) -> None:
    ready.service.fail("send", lost_after(ready, lambda: title(ready)))
    ready.service.fail("state", None, broken("server_error"), None, None)
    ready.do("edit", REMOVE)
    assert len(sent(ready)) == 1
    assert sum(ready.clock.waits) == pytest.approx(150)


def test_a_session_that_cannot_be_read_any_more_leaves_the_outcome_unknown(ready: Stand) -> None:
    ready.service.fail("send", lost_after(ready, ready.service.rooms.clear))
    with pytest.raises(OutcomeUnknown):
        ready.do("edit", REMOVE)
    assert len(sent(ready)) == 1
    assert len(ready.service.asked("new_session")) == 0


def test_an_edit_that_was_killed_is_settled_by_the_next_attempt(ready: Stand) -> None:
    def killed() -> None:
        title(ready)
        raise Cancelled

    ready.service.fail("send", killed)
    with pytest.raises(Cancelled):
        ready.do("edit", REMOVE)
    result = ready.again("edit", REMOVE)
    assert len(sent(ready)) == 1
    assert result.outputs["changes"] == ['track 2 added: Title: "late" (0-2s)']
    assert result.outputs["credits"] == 10


def test_an_edit_that_is_done_is_not_sent_by_a_further_attempt(ready: Stand) -> None:
    before = ready.state
    ready.do("edit", REMOVE)
    ready.state = before
    result = ready.again("edit", REMOVE)
    assert len(sent(ready)) == 1
    assert result.outputs["changed"] is True


def test_credits_that_nobody_tells_afterwards_fail_nothing(ready: Stand) -> None:
    ready.service.fail("account", None, broken("server_error"))
    result = ready.do("edit", REMOVE)
    assert result.outputs["credits"] is None
    assert len(sent(ready)) == 1


# --- refused, and proved to be ---------------------------------------------------------------------------------------


def test_a_refused_anonymous_token_is_renewed_and_the_edit_sent_under_a_new_intent(ready: Stand) -> None:
    ready.service.fail("send", refused())

    def renew() -> None:
        ready.service.token = "token-b"

    ready.service.fail("account", renew)
    ready.do("edit", REMOVE)
    assert len(sent(ready)) == 2
    assert ready.effects.sent.count("edit") == 2
    assert ready.kept["token"] == "token-b"


def test_a_token_that_is_refused_twice_is_an_error(ready: Stand) -> None:
    ready.service.fail("send", refused(), refused())
    with pytest.raises(AccountError) as error:
        ready.do("edit", REMOVE)
    assert error.value.code == "token_refused"


def test_a_given_token_that_is_refused_is_an_error_at_once(tmp_path: Path) -> None:
    stand = Stand(tmp_path, token="mine")
    stand.ready()
    stand.service.fail("send", refused())
    with pytest.raises(AccountError):
        stand.do("edit", REMOVE)
    assert len(sent(stand)) == 1


def test_a_renewed_account_that_cannot_see_the_session_stops_the_run(ready: Stand) -> None:
    ready.service.fail("send", refused())

    def another() -> None:
        ready.service.user = "anon_2"
        ready.service.rooms.clear()

    ready.service.fail("account", another)
    with pytest.raises(OutcomeUnknown, match="cannot be seen by the account") as lost:
        ready.do("edit", REMOVE)
    assert lost.value.code == "session_gone"
    assert "token of the account that opened it" in lost.value.hint


def test_a_session_found_gone_by_the_message_is_replaced_while_it_is_empty(stand: Stand) -> None:
    stand.do("auth")
    stand.service.fail("send", lambda: dies(stand))
    result = stand.do("edit", {"instruction": "make a video of a city"})
    assert len(sent(stand)) == 2
    assert any("timeline starts empty" in finding.text for finding in result.findings)


def test_a_session_found_gone_by_the_message_stops_the_run_once_something_is_in_it(ready: Stand) -> None:
    ready.service.fail("send", lambda: dies(ready))
    with pytest.raises(OutcomeUnknown) as lost:
        ready.do("edit", REMOVE)
    assert (lost.value.code, lost.value.exit) == ("session_gone", 6)
    assert len(sent(ready)) == 1


def test_a_session_that_is_there_after_all_is_gone_on_with(ready: Stand) -> None:
    ready.service.fail("send", gone())
    ready.do("edit", REMOVE)
    assert len(sent(ready)) == 2
    assert len(ready.service.rooms) == 1


@pytest.mark.parametrize(("after", "waited"), [(None, 30.0), (7.0, 7.0)])
def test_a_rate_limit_is_waited_for_once(ready: Stand, after: float | None, waited: float) -> None:
    ready.service.fail("send", limited(after))
    ready.do("edit", REMOVE)
    assert len(sent(ready)) == 2
    assert ready.clock.waits == (waited,)


def test_a_second_rate_limit_is_an_error(ready: Stand) -> None:
    ready.service.fail("send", limited(), limited())
    with pytest.raises(ServiceError) as error:
        ready.do("edit", REMOVE)
    assert error.value.code == "rate_limited"


def test_a_service_that_was_not_reached_is_tried_once_more(ready: Stand) -> None:
    ready.service.fail("send", broken("unreachable"))
    ready.do("edit", REMOVE)
    assert len(sent(ready)) == 2


def test_without_credits_the_run_waits_and_the_person_is_told_where_to_register(ready: Stand) -> None:
    ready.service.fail("send", no_credits())
    with pytest.raises(AccountWaiting) as waiting:
        ready.do("edit", REMOVE)
    assert waiting.value.waits
    assert waiting.value.exit == 4
    assert "clipline resume run-1" in waiting.value.hint
    assert ("to register this account, open", "https://web.example.test/register?bind=anon_1") in ready.log.links
    # With credits, the next attempt goes on in the same session.
    ready.again("edit", REMOVE)
    assert len(sent(ready)) == 2


def test_a_request_that_is_not_understood_is_not_sent_again(ready: Stand) -> None:
    from clipline.errors import StageFailed

    ready.service.fail("send", StageFailed("not understood (422)", code="bad_request"))
    with pytest.raises(StageFailed):
        ready.do("edit", REMOVE)
    assert len(sent(ready)) == 1


# --- the listener ----------------------------------------------------------------------------------------------------


def test_what_happens_in_an_open_stream_is_told(ready: Stand) -> None:
    heard: list[Any] = []

    class Listening:
        def __init__(self, client: Any) -> None:
            self._client = client

        def __getattr__(self, name: str) -> Any:
            return getattr(self._client, name)

        def send(self, session_id: str, text: str, **listener: Any) -> Any:
            listener["on_tick"]("still_working")
            listener["on_text"]("Working on the man.\nAlmost there.")
            listener["look"]()
            listener["on_raw_clip"]()
            heard.append(text)
            return self._client.send(session_id, text, **listener)

    connect = ready.backend._connect
    ready.backend._connect = lambda call, token: (Listening(connect(call, token)[0]), connect(call, token)[1])
    ready.do("edit", REMOVE)
    assert heard == ["remove the man"]
    assert "⏳ Still working..." in ready.log.notes
    assert any(note.startswith("no news for long; so far: Timeline (1 track)") for note in ready.log.notes)
    assert any("the raw clip is there" in note for note in ready.log.notes)
    assert {"fraction": None, "text": "Almost there."} in ready.log.of("stage.progress")
