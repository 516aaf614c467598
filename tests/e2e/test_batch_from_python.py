"""`clipline.batch`, `submit` and `execute_run` from Python: what a program gives, sees and stops."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cloud_runs import UPLOAD, clip, cloud, edit, export, fault, pipeline

import clipline
from clipline.app import submit
from clipline.builtin.executors import EXECUTORS
from clipline.clock import CancelToken, Clock
from clipline.errors import InputError, MachineError, UsageError
from clipline.events import Event
from clipline.journal import Journal
from clipline.stage import RunOrder
from clipline.values import JsonObject, Secret
from deadly_work import crashes, leaves
from media_maker import make_clip

#: Says a word, or fails for `bad`.
WORDS: dict[str, Any] = {
    "clipline": 1,
    "name": "words",
    "inputs": {"word": {"type": "string", "required": True}, "count": {"type": "integer", "default": 1}},
    "stages": [
        {"stage": "notify", "with": {"via": [{"command": {"argv": ["test", "${{ inputs.word }}", "!=", "bad"]}}]}}
    ],
}
#: Counts how often it is run, and ends once it may.
COUNT = 'printf x >> "$1/count"; until test -e "$1/go"; do sleep 0.05; done'
SLEEPS = {
    "clipline": 1,
    "name": "sleeps",
    "inputs": {"word": {"type": "string", "required": True}},
    "stages": [{"stage": "notify", "with": {"via": [{"command": {"argv": ["sleep", "60"]}}]}}],
}
CLIPS = {
    "clipline": 1,
    "name": "clips",
    "inputs": {"clip": {"type": "file", "required": True}, "logo": {"type": "file"}},
    "stages": ["auth", {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}}],
}
THREADS, PROCESSES = EXECUTORS


@pytest.fixture
def here(tmp_path: Path) -> dict[str, Any]:
    return {"state": tmp_path / "state", "out": tmp_path}


def journal_of(here: dict[str, Any]) -> str:
    return str(here["state"].as_uri())


def test_rows_are_mappings_of_typed_inputs(here: dict[str, Any]) -> None:
    rows = [{"word": "a", "count": "2"}, {"word": "bad"}, {"word": "c", "count": 3}]
    told: list[clipline.BatchRow] = []
    result = clipline.batch(WORDS, rows, on_row=told.append, **here)
    assert [row.status for row in result.rows] == ["done", "failed", "done"]
    assert result.exit == 1
    assert result.rows[1].error is not None
    assert result.rows[1].result is not None
    assert [(row.number, row.status) for row in told] == [
        (1, "running"), (1, "done"), (2, "running"), (2, "failed"), (3, "running"), (3, "done")
    ]  # fmt: skip
    with pytest.raises(InputError, match='row 1: input "count": must be a whole number'):
        clipline.batch(WORDS, [{"word": "a", "count": "x"}], **here)
    with pytest.raises(InputError, match="there are no rows"):
        clipline.batch(WORDS, [], **here)
    with pytest.raises(InputError, match="row 1: a row is a clip's path or a mapping"):
        clipline.batch(WORDS, [3], **here)  # type: ignore[list-item]


def test_a_clip_goes_to_the_one_input_that_takes_it(tmp_path: Path, here: dict[str, Any]) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(64, 48), seconds=0.2)
    assert clipline.batch(CLIPS, [clip], **here).exit == 0
    two = {**CLIPS, "inputs": {"clip": {"type": "file"}, "logo": {"type": "file"}}}
    with pytest.raises(UsageError, match="2 inputs that could take a clip") as refused:
        clipline.batch(two, [clip], **here)
    assert "--clip-input: clip, logo" in refused.value.hint
    assert clipline.batch(two, [clip], clip_input="clip", **here).exit == 0
    with pytest.raises(UsageError, match="no input that takes a clip"):
        clipline.batch(WORDS, [clip], **here)


def test_a_row_is_known_again_by_another_path_to_its_folder(tmp_path: Path, here: dict[str, Any]) -> None:
    (tmp_path / "in").mkdir()
    clip = make_clip(tmp_path / "in" / "a.mp4", size=(64, 48), seconds=0.2)
    (tmp_path / "link").symlink_to(clip.parent)
    (tmp_path / "made").symlink_to(tmp_path)
    assert clipline.batch(CLIPS, [clip], **here).exit == 0
    other = {**here, "out": tmp_path / "made"}
    again = clipline.batch(CLIPS, [tmp_path / "link" / "a.mp4"], resume=True, **other)
    assert again.counts == {"kept": 1}
    with pytest.raises(InputError, match="the same as"):
        clipline.batch(CLIPS, [clip, tmp_path / "link" / "a.mp4"], **here)


def test_a_row_is_known_again_though_the_pipeline_got_another_input(tmp_path: Path, here: dict[str, Any]) -> None:
    file = tmp_path / "words.json"
    file.write_text(json.dumps(WORDS))
    assert clipline.batch(file, [{"word": "a"}], **here).exit == 0
    file.write_text(json.dumps({**WORDS, "inputs": {**WORDS["inputs"], "tone": {"type": "number", "default": 2}}}))
    for row in ({"word": "a"}, {"word": "a", "tone": 2.0, "count": 1}):
        again = clipline.batch(file, [row], resume=True, **here)
        assert again.counts == {"kept": 1}
    assert clipline.batch(file, [{"word": "a", "tone": 3}], resume=True, **here).counts == {"done": 1}


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_events_of_all_runs_come_one_at_a_time_wherever_they_go_on(executor: str, here: dict[str, Any]) -> None:
    events: list[Event] = []
    inside = threading.Lock()

    def watch(event: Event) -> None:
        assert inside.acquire(blocking=False), "two at a time"
        events.append(event)
        inside.release()

    rows = [{"word": word} for word in "abcd"]
    result = clipline.batch(WORDS, rows, jobs=2, executor=executor, on_event=watch, **here)
    assert result.exit == 0
    for row in result.rows:
        of_run = [event.sequence for event in events if event.run_id == row.run_id]
        assert of_run == list(range(1, len(of_run) + 1)), "each once, in order"
        assert [event.type for event in events if event.run_id == row.run_id][-1] == "run.finished"


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_a_cancel_stops_all_runs(executor: str, here: dict[str, Any]) -> None:
    token = CancelToken()

    def watch(event: Event) -> None:
        if event.type == "stage.started":
            token.cancel(signal.SIGTERM)

    rows = [{"word": word} for word in "abcd"]
    result = clipline.batch(SLEEPS, rows, jobs=2, executor=executor, cancel=token, on_event=watch, **here)
    assert result.exit == 143
    assert {row.status for row in result.rows} == {"cancelled", "not_begun"}
    with Journal.open(here["state"]) as journal:
        assert {row.status for row in journal.runs()} <= {"cancelled", "queued"}


def test_rows_that_are_gone_on_with_side_by_side_keep_to_the_budget(tmp_path: Path) -> None:
    asked = pipeline("auth", UPLOAD, edit(), export("{name}-made.mp4"))
    refused = fault("upload", "status", "before_effect", nth="every", status=400)
    with cloud(tmp_path, refused, settings={"nemo.edit_estimate": "10", "nemo.parallel": "4"}) as here:
        clips = [clip(tmp_path / "in", f"{name}.mp4") for name in "abcd"]
        given = {"settings": here.settings, "state": here.state, "out": here.out, "clock": here.clock}
        assert clipline.batch(asked, clips, backend="nemo", jobs=4, **given).counts == {"failed": 4}
        here.server.clear_faults()
        result = clipline.batch(asked, clips, backend="nemo", jobs=4, resume=True, budget=20, **given)
        assert result.counts == {"done": 2, "not_begun": 2}
        assert [row.exit for row in result.rows] == [0, 0, 4, 4]
        assert len(here.charges) == 2


def test_a_run_is_submitted_here_and_carried_out_elsewhere_as_often_as_one_likes(here: dict[str, Any]) -> None:
    run_id = submit(WORDS, {"word": "a"}, **here)
    with Journal.open(here["state"]) as journal:
        assert journal.run(run_id).status == "queued"
        assert journal.events(run_id) == []
    first = clipline.execute_run(run_id, journal_of(here))
    again = clipline.execute_run(run_id, journal_of(here))
    assert (first["status"], again["status"]) == ("done", "done")
    assert first["stages"][0]["reused"] is False
    assert again["stages"][0]["reused"] is True
    with Journal.open(here["state"]) as journal:
        (began,) = [event for event in journal.events(run_id) if event.type == "run.started"]
    assert began.data["resumed"] is False
    failing = submit(WORDS, {"word": "bad"}, **here)
    assert clipline.execute_run(failing, journal_of(here))["exit"] == 1
    assert clipline.execute_run(failing, journal_of(here))["stages"][0]["attempts"] == 2, "it goes on with it"


@pytest.mark.parametrize("address", ["/a/folder", "postgresql://db/runs", "file://elsewhere/folder", "file:"])
def test_an_address_that_leads_to_no_journal_is_told(address: str) -> None:
    with pytest.raises(UsageError, match="a journal's address is file://"):
        clipline.execute_run("x", address)


def test_one_that_is_being_carried_out_is_left_to_who_does(here: dict[str, Any]) -> None:
    run_id = submit(WORDS, {"word": "a"}, **here)
    with Journal.open(here["state"]) as journal:
        writer = journal.continue_(run_id)
        with pytest.raises(MachineError, match="being worked on by another process"):
            clipline.execute_run(run_id, journal_of(here))
        writer.close()


@pytest.mark.parametrize("again", [False, True])
def test_a_row_that_another_batch_is_at_is_not_done_beside_it(
    tmp_path: Path, here: dict[str, Any], again: bool
) -> None:
    counts = {
        **WORDS,
        "stages": [
            {"stage": "notify", "with": {"via": [{"command": {"argv": ["sh", "-c", COUNT, "sh", str(tmp_path)]}}]}}
        ],
    }
    begun, ended = threading.Event(), list[clipline.BatchResult]()
    first = threading.Thread(
        target=lambda: ended.append(
            clipline.batch(counts, [{"word": "a"}], on_event=lambda event: event.stage and begun.set(), **here)
        )
    )
    first.start()
    assert begun.wait(30)
    threading.Timer(1.0, (tmp_path / "go").touch).start()
    both = clipline.batch(counts, [{"word": "a"}, {"word": "b"}], again=again, **here)
    first.join(60)
    assert both.counts == {"done": 2}
    assert both.rows[0].run_id == ended[0].rows[0].run_id
    assert (tmp_path / "count").read_text() == "x" * 2


def test_a_run_that_was_only_submitted_is_begun_and_gets_none_beside_it(here: dict[str, Any]) -> None:
    first = clipline.batch(WORDS, [{"word": "a"}], max_failures=1, **here)
    with Journal.open(here["state"]) as journal:
        seen = journal.run(first.rows[0].run_id)
        fields = {"name": seen.name, "pipeline": seen.pipeline, "backend": seen.backend, "started": seen.started + 1}
        journal.submit("waits", **fields, snapshot=journal.snapshot(seen.id), row_key=seen.row_key, known=seen)
    assert clipline.batch(WORDS, [{"word": "a"}], **here).rows[0].run_id == "waits"


# --- executors -------------------------------------------------------------------------------------------------------


def orders(count: int) -> Iterator[RunOrder]:
    return (RunOrder(str(number), "file:///nowhere") for number in range(1, count + 1))


@pytest.mark.parametrize(("work", "said"), [(crashes, "by SIGSEGV"), (leaves, "with status 3")])
def test_a_process_that_dies_takes_only_its_own_run_along(work: Any, said: str) -> None:
    results = {result["run"]: result for result in PROCESSES.execute(work, orders(3), 2, Clock())}
    assert sorted(results) == ["1", "2", "3"]
    (error,) = results["2"]["errors"]
    assert (error["code"], error["exit"]) == ("crashed", 1)
    assert said in error["message"]
    assert "clipline resume 2" in error["hint"]
    if work is crashes:
        assert (results["1"]["status"], results["3"]["status"]) == ("done", "done")


def test_what_goes_wrong_while_orders_are_read_is_raised_when_all_have_ended() -> None:
    def broken() -> Iterator[RunOrder]:
        yield from orders(2)
        raise MachineError("the disk is full")

    ended: list[str] = []

    def work(order: RunOrder, _: Clock | None) -> JsonObject:
        ended.append(order.run_id)
        return {"run": order.run_id}

    with pytest.raises(MachineError, match="the disk is full"):
        list(THREADS.execute(work, broken(), 2, Clock()))
    assert sorted(ended) == ["1", "2"]


def test_a_secret_that_a_program_gave_goes_to_no_other_process(here: dict[str, Any]) -> None:
    settings = {"nemo.token": Secret("nmv_usr_abc")}
    assert clipline.batch(WORDS, [{"word": "a"}], settings=settings, **here).exit == 0  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"nemo\.token was given as a value"):
        clipline.batch(WORDS, [{"word": "b"}], executor="processes", settings=settings, **here)  # type: ignore[arg-type]
