"""Working without a pipeline file, with a backend of a package of its own that counts what it is paid for."""

from __future__ import annotations

import logging
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from clipline import app
from clipline.app.resuming import Choice
from clipline.errors import PipelineFileError, PluginError, UsageError
from clipline.events import Event
from clipline.journal import RunRow
from clipline.settings import Settings
from clipline.stage import Link, Settled
from clipline.testing.clocks import VirtualClock

BACKEND = """
from types import SimpleNamespace
from clipline.clock import Clock
from clipline.errors import AccountWaiting, ServiceError
from clipline.stage import Backend, Link, Settled, StageResult, hookimpl

clipline_api = "1"
WORLD = SimpleNamespace(opened=0, charged=[], closed=0, allows=True, falls=False, answers=True, broken=False)
WORLD.settled = Settled("unknown")


class Chatty:
    def __init__(self, settings):
        self.settings = settings

    @hookimpl
    def supports(self):
        return {"edit": {"instruction": "native"}, "export": {"to": "native"}, "upload": {"files": "native"}}

    @hookimpl
    def auth(self, call, options):
        WORLD.opened += 1
        name = (options.get("chatty") or {}).get("session") or f"s{WORLD.opened}"
        return StageResult(state={"chatty": {"session": name, "said": []}})

    @hookimpl
    def edit(self, call, options):
        if WORLD.falls:
            raise ServiceError("it fell over", retry="never")
        own = call.state["chatty"]

        def send():
            WORLD.charged.append(options["instruction"])
            if not WORLD.answers:
                raise ServiceError("the line broke", retry="unsure")
            return {"credits": 7}

        call.effects.perform(
            "edit", {"text": options["instruction"]}, send, settle=lambda _: WORLD.settled, session=own["session"]
        )
        return StageResult(state={"chatty": {**own, "said": [*own["said"], options["instruction"]]}})

    @hookimpl
    def export(self, call, options):
        if not WORLD.allows:
            raise AccountWaiting("register to export", code="plan_required")
        return StageResult(outputs={"to": options["to"]})

    @hookimpl
    def account(self, call):
        call.note("looking")
        if WORLD.broken:
            call.effects.perform("pay", {}, dict, settle=lambda _: Settled("unknown"))
        session = call.state.get("chatty", {}).get("session")
        return {"user": "ann", "session": session, "folder": self.settings["state_folder"]}

    @hookimpl
    def links(self, call):
        if call.state:
            return [Link("claim", f"https://example.org/claim?ct={call.state['chatty']['session']}")]

    @hookimpl
    def close(self):
        WORLD.closed += 1
        if WORLD.broken:
            raise OSError("the door is stuck")


BLOCK = {"type": "object", "properties": {"session": {"type": "string"}}, "additionalProperties": False}


@hookimpl
def backends():
    return [Backend("chatty", Chatty, options={"auth": BLOCK}), Backend("dumb", Chatty)]
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The package, installed as any other, and what it knows of the world."""
    site = tmp_path / "site"
    (site / "chatty_plugin-1.0.dist-info").mkdir(parents=True)
    (site / "chatty_plugin-1.0.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: chatty-plugin\nVersion: 1.0\n"
    )
    (site / "chatty_plugin-1.0.dist-info" / "entry_points.txt").write_text("[clipline]\nchatty = chatty_plugin\n")
    (site / "chatty_plugin.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(site)
    monkeypatch.delitem(sys.modules, "chatty_plugin", raising=False)
    import chatty_plugin  # type: ignore[import-not-found]

    return chatty_plugin.WORLD


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load(overrides={"run.backend": "chatty"}, state=tmp_path / "state")


def say(text: str, settings: Settings, **others: Any) -> Any:
    return app.converse("edit", {"instruction": text}, settings=settings, **others)


def row_of(result: Any, settings: Settings) -> RunRow:
    with closing(app.open_journal(settings)) as journal:
        return journal.run(result.run_id)


def test_what_is_said_goes_on_in_the_session_that_the_first_one_opened(world: Any, settings: Settings) -> None:
    first, second = say("one", settings), say("two", settings)
    assert list(first.stages) == ["auth", "edit"]
    assert list(second.stages) == ["edit"]
    assert second.state == {"chatty": {"session": "s1", "said": ["one", "two"]}}
    assert (world.opened, world.charged, second.credits) == (1, ["one", "two"], 7)
    (row,) = app.conversations(settings=settings)
    assert (row.session, row.run_id, row.state) == ("s1", second.run_id, second.state)


def test_a_new_conversation_is_begun_where_the_person_says_so(world: Any, settings: Settings) -> None:
    say("one", settings)
    assert say("two", settings, fresh=True).state["chatty"] == {"session": "s2", "said": ["two"]}
    assert say("three", settings).state["chatty"]["session"] == "s2"
    assert say("four", settings, session="s1").state["chatty"]["said"] == ["one", "four"]
    assert [row.session for row in app.conversations(settings=settings)] == ["s1", "s2"]


def test_a_session_of_elsewhere_is_entered_where_the_backend_can(world: Any, settings: Settings) -> None:
    assert say("one", settings, session="web-7").state["chatty"]["session"] == "web-7"
    with pytest.raises(UsageError, match="no session 'web-7'"):
        say("one", settings, session="web-7", backend="dumb")


def test_a_session_that_was_opened_is_kept_though_the_rest_failed(world: Any, settings: Settings) -> None:
    world.falls = True
    assert say("one", settings).exit == 5
    world.falls = False
    assert say("one", settings).state["chatty"]["session"] == "s1"


def test_what_is_said_means_itself(world: Any, settings: Settings) -> None:
    say("price: ${{ inputs.x }}", settings)
    assert world.charged == ["price: ${{ inputs.x }}"]


def test_a_run_of_a_conversation_is_called_what_was_said(world: Any, settings: Settings) -> None:
    assert say("turn the\n  sky pink", settings).name == "turn the sky pink"
    assert say("a" * 100, settings).name == "a" * 47 + "…"
    assert app.converse("export", {"to": "film.mp4"}, settings=settings).name == "export"


def test_a_run_of_a_conversation_is_resumed_like_any_other(world: Any, settings: Settings) -> None:
    say("one", settings)
    world.allows = False
    waiting = app.converse("export", {"to": "film.mp4"}, settings=settings)
    assert (waiting.status, waiting.exit) == ("waiting", 4)
    world.allows = True
    assert app.resume(settings=settings).status == "done"
    assert world.charged == ["one"]


def test_a_resumed_edit_is_part_of_the_conversation(world: Any, settings: Settings) -> None:
    world.falls = True
    run = say("one", settings).run_id
    world.falls = False
    result = app.resume(run, settings=settings)
    (row,) = app.conversations(settings=settings)
    assert (row.state, row.run_id) == (result.state, run)
    assert row.state["chatty"]["said"] == ["one"]


def test_a_resumed_run_does_not_undo_what_was_said_since(world: Any, settings: Settings) -> None:
    say("zero", settings)
    world.falls = True
    run = say("one", settings).run_id
    world.falls = False
    say("two", settings)
    with pytest.raises(UsageError, match="has gone on since"):
        app.resume(run, settings=settings)
    (row,) = app.conversations(settings=settings)
    assert row.state["chatty"]["said"] == ["zero", "two"]


def test_a_sentence_is_not_sent_late_once_the_conversation_has_gone_on(world: Any, settings: Settings) -> None:
    world.falls = True
    old = say("one", settings)
    assert app.unfinished(settings=settings) == Choice(row_of(old, settings))
    say("one", settings)
    world.falls = False
    newest = say("one", settings)
    assert app.unfinished(settings=settings) == Choice(None)
    with pytest.raises(UsageError, match=f"gone on since with the run {newest.run_id}"):
        app.resume(old.run_id, settings=settings)
    assert world.charged == ["one"]


def test_another_session_supersedes_nothing(world: Any, settings: Settings) -> None:
    world.falls = True
    old = say("one", settings)
    world.falls = False
    say("two", settings, fresh=True)
    assert app.resume(settings=settings).run_id == old.run_id


def test_an_export_is_superseded_only_by_another(world: Any, settings: Settings) -> None:
    say("one", settings)
    world.allows = False
    waiting = app.converse("export", {"to": "film.mp4"}, settings=settings)
    say("two", settings)
    assert app.unfinished(settings=settings).run == row_of(waiting, settings)
    world.allows = True
    app.converse("export", {"to": "film.mp4"}, settings=settings)
    assert app.unfinished(settings=settings).run is None


@pytest.mark.parametrize("happened", [True, False])
def test_what_became_of_a_superseded_sentence_is_found_out_and_nothing_is_sent(
    world: Any, settings: Settings, happened: bool
) -> None:
    world.answers = False
    clock = VirtualClock()
    old = say("one", settings, wait=False, clock=clock)
    clock.sleep(1)
    newer = say("two", settings, wait=False, clock=clock)
    assert newer.errors[0]["code"] == "session_busy"
    world.settled = Settled("done", {"credits": 7}) if happened else Settled("not_done")
    result = app.resume(old.run_id, settings=settings, clock=clock)
    assert (result.status, world.charged) == ("done" if happened else "failed", ["one"])
    assert [error["code"] for error in result.errors] == ([] if happened else ["superseded"])
    world.answers = True
    assert app.resume(settings=settings).run_id == newer.run_id
    assert world.charged == ["one", "two"]


def test_options_are_checked_like_those_of_a_file(world: Any, settings: Settings) -> None:
    with pytest.raises(PipelineFileError, match="instructon"):
        app.converse("edit", {"instructon": "x"}, settings=settings)
    assert world.opened == 0


def test_a_backend_is_asked_beside_any_run_and_can_pay_for_nothing(
    world: Any, settings: Settings, tmp_path: Path
) -> None:
    events: list[Event] = []
    asked = app.account(settings=settings, on_event=events.append)
    assert asked == {"user": "ann", "session": None, "folder": str(tmp_path / "state")}
    assert [(event.type, event.data) for event in events] == [("stage.note", {"text": "looking"})]
    assert app.links(settings=settings) == ()
    say("one", settings)
    assert app.links(settings=settings) == (Link("claim", "https://example.org/claim?ct=s1"),)
    account = app.account(settings=settings)
    assert account is not None
    assert account["session"] == "s1"
    assert app.timeline(settings=settings) is None
    with pytest.raises(UsageError, match="no session 'x'"):
        app.account(settings=settings, session="x")
    world.broken = True
    with pytest.raises(PluginError, match="only asks"):
        app.account(settings=settings)


def test_the_backend_is_closed_once_however_a_run_ends(
    world: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    say("one", settings)
    assert world.closed == 1
    world.falls = True
    failed = say("two", settings)
    assert (failed.status, world.closed) == ("failed", 2)
    app.resume(failed.run_id, settings=settings)
    assert world.closed == 3
    pipeline = {"clipline": 1, "stages": ["auth"]}
    app.run(pipeline, settings=settings)
    assert world.closed == 4
    world.broken = True
    with caplog.at_level(logging.WARNING):
        assert app.run(pipeline, settings=settings).status == "done"
    assert "the door is stuck" in caplog.text


def test_a_lost_answer_is_not_waited_for_where_the_person_will_not(world: Any, settings: Settings) -> None:
    world.answers = False
    result = say("one", settings, wait=False)
    assert (result.status, result.exit, result.errors[0]["code"]) == ("waiting", 5, "effect_pending")
    assert app.resume(settings=settings, wait=False).exit == 5
    assert world.charged == ["one"]
