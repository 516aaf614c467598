"""A turn is what the agent said and did, however its stream was cut into events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clipline.nemo.events import StreamFault
from clipline.nemo.turn import Input, State, Turn, Watch

CAPTURES = Path(__file__).parents[2] / "data" / "adk-captures"


def said(text: str, *, partial: bool = False) -> str:
    return json.dumps({"content": {"parts": [{"text": text}]}, "partial": partial})


def after(*events: str, framed: bool = True) -> Turn:
    turn = Turn()
    for event in events:
        turn = turn.add(event)
    return turn.end(framed)


def capture(name: str) -> Turn:
    body = (CAPTURES / f"{name}.http").read_bytes().partition(b"\r\n\r\n")[2].decode()
    return after(*(line.removeprefix("data: ") for line in body.split("\n") if line.startswith("data: ")))


TOOL = json.dumps({"type": "tool_call", "name": "cut"})
SORRY = "I encountered a temporary issue. Please try again."

# --- words -----------------------------------------------------------------------------------------------------------


def test_the_whole_text_replaces_its_pieces() -> None:
    turn = after(said("Here ", partial=True), said("is it.", partial=True), said("Here is it."))
    assert (turn.text, turn.new_text, turn.silent) == ("Here is it.", "", False)


def test_text_is_shown_once_when_it_is_whole() -> None:
    turn = Turn().add(said("Here ", partial=True))
    assert (turn.new_text, turn.text, turn.state) == ("", "", State.SPEAKING)
    turn = turn.add(said("Here it is."))
    assert (turn.new_text, turn.state) == ("Here it is.", State.WORKING)
    assert turn.add(TOOL).new_text == ""


def test_several_whole_texts_follow_one_another() -> None:
    assert after(said("First."), TOOL, said("Second.")).text == "First.\nSecond."


def test_pieces_that_nothing_replaced_are_all_there_is() -> None:
    turn = after(said("Half of ", partial=True), said("a sen", partial=True), framed=False)
    assert (turn.text, turn.new_text, turn.complete) == ("Half of a sen", "Half of a sen", False)


def test_a_tool_between_pieces_and_whole_changes_nothing() -> None:
    assert after(said("a", partial=True), TOOL, said("ab")).text == "ab"
    assert after(said("a", partial=True), said(" "), said("", partial=True)).text == "a"


def test_an_event_that_comes_twice_is_said_once() -> None:
    assert after(said("a b"), said("a b")).text == "a b"
    chunks = [json.dumps({"type": "text", "content": part}) for part in ("Here ", "is ", "it.")]
    assert after(*chunks).text == "Here is it."
    assert after(*chunks, said("Here is it.")).text == "Here is it."


def test_what_may_be_secret_is_not_said() -> None:
    turn = Turn().add(said("see https://x.example/v.mp4?sig=abc nmv_usr_Q"))
    assert "abc" not in turn.new_text + turn.text
    assert "Q" not in turn.new_text + turn.text
    assert "abc" not in repr(turn)


# --- the apology -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "apology", [SORRY, "I encountered a temporary issue", "Sorry, I've encountered a temporary problem.", "⚠️ " + SORRY]
)
def test_an_apology_after_normal_texts_is_dropped_at_the_end(apology: str) -> None:
    turn = Turn().add(said("Done.")).add(said(apology))
    assert (turn.new_text, turn.state) == ("", State.APOLOGY)
    assert turn.end(True).text == "Done."
    assert after(said("Done."), said("I encoun", partial=True), said(apology), said(apology)).text == "Done."
    assert after(said("Done."), said(apology, partial=True)).text == "Done."


def test_an_apology_that_is_all_there_is_is_said() -> None:
    assert after(said(SORRY)).text == SORRY
    assert after(TOOL, said(SORRY)).text == SORRY


def test_an_apology_that_was_no_last_word_is_said() -> None:
    turn = Turn().add(said("Done.")).add(said(SORRY)).add(said("Now it works."))
    assert turn.new_text == f"{SORRY}\nNow it works."
    assert turn.end(True).text == f"Done.\n{SORRY}\nNow it works."


def test_a_text_that_only_tells_of_an_issue_is_no_apology() -> None:
    assert after(said("Done."), said("The man says: I encountered a temporary issue")).text.endswith("issue")


# --- what was done ---------------------------------------------------------------------------------------------------


def test_nothing_said_is_silent() -> None:
    for turn in (after(), after("heartbeat"), after(TOOL, "heartbeat"), after(said("hm").replace('"text"', '"x"'))):
        assert turn.silent
        assert turn.text == ""


def test_thoughts_are_not_said() -> None:
    assert after(json.dumps({"content": {"parts": [{"text": "hm", "thought": True}]}})).silent


def test_the_first_fault_is_kept_and_texts_go_on() -> None:
    turn = after('{"error": "one"}', '{"error": "two"}', said("still"))
    assert turn.fault == StreamFault("", "one")
    assert turn.text == "still"


def test_events_are_counted_and_heartbeats_are_idle() -> None:
    turn = Turn().add("heartbeat")
    assert (turn.seen, turn.idle, turn.state) == (1, True, State.WAITING)
    turn = turn.add(TOOL)
    assert (turn.seen, turn.idle, turn.state) == (2, False, State.WORKING)


def test_what_was_not_understood_is_kept_in_part() -> None:
    turn = after(*[json.dumps({"x": number}) for number in range(100)])
    assert set(turn.odd) == {"{x: number}"}
    assert len(turn.odd) == 20
    assert turn.seen == 100


def test_a_clip_made_from_words_is_noticed() -> None:
    result = {"type": "tool_result", "name": "generate_video", "result": {"url": "x"}}
    assert Turn().add(json.dumps(result)).raw_clip
    assert not Turn().add(json.dumps(result | {"result": {"error": "x"}})).raw_clip
    assert not Turn().add(json.dumps(result | {"name": "generate_music"})).raw_clip
    delta = {"author": "x", "actions": {"stateDelta": {"generated_media": []}}}
    assert Turn().add(json.dumps(delta)).add(TOOL).raw_clip


def test_the_end_is_proved_by_the_transport_or_by_the_agent() -> None:
    complete = json.dumps({"content": {"parts": [{"text": "a"}]}, "turnComplete": True})
    assert after(said("a")).complete
    assert after(complete, framed=False).complete
    assert not after(said("a"), framed=False).complete
    assert not Turn().add(complete).complete


def test_after_the_end_nothing_counts() -> None:
    turn = after(said("a"))
    assert turn.add(said("b")) is turn
    assert turn.end(False) is turn


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], State.WAITING),
        (["heartbeat"], State.WAITING),
        ([TOOL], State.WORKING),
        ([said("a")], State.WORKING),
        ([said("a", partial=True)], State.SPEAKING),
        ([said("a", partial=True), TOOL], State.SPEAKING),
        ([said("a", partial=True), said("ab")], State.WORKING),
        ([said("a"), said(SORRY)], State.APOLOGY),
        ([said("a"), said(SORRY), TOOL], State.APOLOGY),
        ([said("a"), said(SORRY), said("b", partial=True)], State.SPEAKING),
        ([said("a"), said(SORRY), said("b")], State.WORKING),
    ],
)
def test_the_states(events: list[str], state: State) -> None:
    turn = Turn()
    for event in events:
        turn = turn.add(event)
    assert turn.state is state
    assert turn.end(True).state is State.OVER
    assert Input.END  # the one input that every state takes


# --- bytes of a real server ------------------------------------------------------------------------------------------

REAL: dict[str, dict[str, Any]] = {
    "hello": {"text": "You said: hello"},
    "stream": {"text": "Here is your video.", "said_complete": True},
    "tools": {"text": "I found three tracks."},
    "slow": {"text": "The video is ready.", "raw_clip": True},
    "silent": {"text": "", "silent": True},
    "state": {"text": "Draft saved."},
    "error": {"text": "", "fault": StreamFault("RESOURCE_EXHAUSTED", "scripted error event")},
}


@pytest.mark.parametrize("name", REAL)
def test_replies_of_a_real_server(name: str) -> None:
    turn = capture(name)
    expected = {"raw_clip": False, "fault": None, "said_complete": False, "odd": ()} | REAL[name]
    assert {key: getattr(turn, key) for key in expected} == expected
    assert turn.seen > 0
    assert turn.complete


# --- the clocks ------------------------------------------------------------------------------------------------------


def test_still_working_is_said_every_two_minutes_without_news() -> None:
    watch = Watch(0.0)
    assert (watch.due(119.9), watch.next_in(0.0)) == ([], 120.0)
    assert watch.due(120.0) == ["still_working"]
    assert (watch.due(121.0), watch.next_in(121.0)) == ([], 119.0)
    watch.saw_progress(200.0)
    assert (watch.due(319.0), watch.due(320.0)) == ([], ["still_working"])


def test_after_ten_minutes_of_heartbeats_somebody_looks_and_the_stream_goes_on() -> None:
    watch = Watch(0.0)
    looks = []
    for minute in range(1, 16):
        watch.saw_heartbeat(minute * 60.0)
        looks += [(minute, due) for due in watch.due(minute * 60.0) if due != "still_working"]
    assert looks == [(10, "look"), (15, "limit")]
    assert watch.beats == 15


def test_news_puts_the_look_off() -> None:
    watch = Watch(0.0, still_working=0.0)
    watch.saw_heartbeat(1.0)
    watch.saw_progress(599.0)
    assert watch.beats == 0
    assert watch.due(600.0) == []
    assert watch.due(899.0) == []
    assert watch.due(900.0) == ["limit"]


def test_however_late_each_is_told_once_but_for_the_limit() -> None:
    watch = Watch(0.0, still_working=1.0, look=2.0, limit=3.0)
    assert watch.due(1000.0) == ["still_working", "look", "limit"]
    assert watch.due(1000.0) == ["limit"]
    assert watch.next_in(1000.0) == 0.0


# --- a service that never stops talking ------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False], ids=["pieces", "texts"])
def test_of_endless_talk_a_bounded_part_is_kept(partial: bool) -> None:
    turn, shown = Turn(), 0
    for number in range(4000):
        turn = turn.add(said(f"{number} " + "word " * 20, partial=partial))
        shown += len(turn.new_text)
    turn = turn.end(framed=True)
    shown += len(turn.new_text)
    assert 199_000 < len(turn.text) <= 201_000
    assert shown <= 205_000
    assert turn.complete
    assert turn.text.startswith("0 word word")


def test_what_is_said_again_after_much_talk_still_stands_once() -> None:
    pieces = [f"word{number} " for number in range(2000)]
    turn = after(*(said(piece, partial=True) for piece in pieces), said("".join(pieces)))
    assert turn.text == "".join(pieces).strip()
