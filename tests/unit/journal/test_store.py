from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from clipline.app.resuming import choose
from clipline.errors import MachineError, UsageError
from clipline.events import Event, Finding
from clipline.journal import ConversationRow, FileRow, Journal, RunWriter
from clipline.journal.rows import dump


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "state")


def begin(journal: Journal, run_id: str = "20260101-000000-aaaa", started: float = 1.0) -> RunWriter:
    return journal.begin(
        run_id, name="n", pipeline="p.yaml", backend="local", started=started, snapshot={"sources": ["é"]}
    )


def tell(writer: RunWriter, sequence: int, text: str = "x") -> None:
    data = {"text": text}
    writer.add_event(Event(writer.run_id, sequence, 2.0, "stage.note", "a", data), dump(data))


def test_what_a_stage_did_comes_back_as_it_was(journal: Journal) -> None:
    dark = Finding("WARN", "dark", "v.mp4: black", ((0.5, 1.25),))
    with_state = begin(journal)
    number = with_state.begin_attempt("a", "edit", 1, 5.0)
    with_state.end_attempt(
        number,
        "done",
        6.0,
        outputs={"changed": True},
        artifacts=[FileRow(Path("/out/v.mp4"), "ab", 3, "v.mp4")],
        findings=[dark, Finding("INFO", "fine")],
        scope="batch[2]",
        state={"draft": [1]},
    )
    (row,) = journal.stages(with_state.run_id)
    assert (row.path, row.kind, row.attempt, row.status) == ("a", "edit", 1, "done")
    assert (row.started, row.finished, row.outputs) == (5.0, 6.0, {"changed": True})
    assert row.artifacts == (FileRow(Path("/out/v.mp4"), "ab", 3, "v.mp4"),)
    assert row.findings == (dark, Finding("INFO", "fine"))
    assert with_state.scopes() == {"batch[2]": {"draft": [1]}}
    assert journal.snapshot(with_state.run_id) == {"sources": ["é"]}


def test_the_start_of_a_stage_is_written_with_the_next_flush(journal: Journal) -> None:
    writer = begin(journal)
    writer.begin_attempt("a", "edit", 1, 5.0)
    assert journal.stages(writer.run_id) == []
    writer.flush()
    assert [row.status for row in journal.stages(writer.run_id)] == ["running"]


def test_the_lines_file_says_what_the_table_says_even_after_half_a_line(journal: Journal) -> None:
    writer = begin(journal)
    tell(writer, 1, "one ü")
    tell(writer, 2, 'a "quoted" } two')
    writer.flush()
    file = writer.folder / "events.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines == [event.as_json() for event in journal.events(writer.run_id)]

    writer.close()
    file.write_bytes(file.read_bytes() + b'{"clipline_event":1,"ru')
    again = journal.continue_(writer.run_id)
    tell(again, again.last_sequence + 1)
    again.flush()
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [line["sequence"] for line in lines] == [1, 2, 3]
    assert [event.sequence for event in journal.events(writer.run_id, after=2)] == [3]


def test_a_run_is_found_by_any_part_of_its_id(journal: Journal) -> None:
    begin(journal, "20260101-000000-aaaa")
    begin(journal, "20260102-000000-aaab")
    assert journal.run("20260102").id == "20260102-000000-aaab"
    assert journal.run("aab").id == "20260102-000000-aaab"
    with pytest.raises(UsageError, match="fits 2 runs"):
        journal.run("2026")
    for unknown in ("1999", "", "%", "2026010_"):
        with pytest.raises(UsageError, match="there is no run"):
            journal.run(unknown)


def test_runs_are_listed_newest_first_and_dead_ones_are_interrupted(journal: Journal) -> None:
    dead, alive = begin(journal, "20260101-000000-zzzz", 1.0), begin(journal, "20260101-000000-aaaa", 2.0)
    dead.close()
    assert [(row.id, row.status) for row in journal.runs()] == [(alive.run_id, "running"), (dead.run_id, "interrupted")]
    newest = choose(journal).run
    assert newest is not None
    assert newest.id == dead.run_id
    alive.finish("done", 0, 9.0, {"video": "v"}, [])
    alive.close()
    row = journal.run(alive.run_id)
    assert (row.status, row.exit, row.finished, row.outputs) == ("done", 0, 9.0, {"video": "v"})


def test_a_run_that_somebody_works_on_is_refused_and_says_how_to_take_it(journal: Journal) -> None:
    writer = begin(journal)
    with pytest.raises(MachineError) as refused:
        journal.continue_(writer.run_id)
    assert (refused.value.code, refused.value.exit) == ("run_locked", 7)
    assert "--take-over" in refused.value.hint
    with pytest.raises(MachineError, match="being worked on"):
        journal.delete(writer.run_id)


def test_after_a_take_over_the_old_process_can_write_nothing(journal: Journal) -> None:
    old = begin(journal)
    number = old.begin_attempt("a", "edit", 1, 1.0)
    new = journal.continue_(old.run_id, take_over=True)
    writes = [
        lambda: old.end_attempt(number, "done", 2.0),
        lambda: old.intend("a", 1, "send", "{}", "d", now=1.0, deadline=2.0),
        lambda: old.conclude(1, {}, 2.0),
        lambda: old.add_temporary(Path("/x")),
        lambda: old.finish("done", 0, 2.0, {}, []),
        old.check_ours,
    ]
    for write in writes:
        with pytest.raises(MachineError, match="taken over"):
            write()
    assert journal.attempts(old.run_id) == []
    assert journal.run(old.run_id).status == "running"
    # The lock of the new process holds against a third one, also when the old one lets go.
    old.close()
    with pytest.raises(MachineError, match="being worked on"):
        journal.continue_(new.run_id)


def test_a_deleted_run_leaves_no_row_and_no_folder(journal: Journal, tmp_path: Path) -> None:
    writer = begin(journal)
    writer.end_attempt(writer.begin_attempt("a", "edit", 1, 1.0), "done", 2.0, state={"a": 1})
    writer.intend("a", 1, "send", "{}", "d", now=1.0, deadline=2.0)
    writer.add_temporary(Path("/x"))
    writer.add_glob("/*", ["/a"])
    tell(writer, 1)
    writer.flush()
    writer.close()
    journal.delete(writer.run_id)
    assert journal.runs() == []
    assert list((tmp_path / "state" / "runs").iterdir()) == []
    with sqlite3.connect(tmp_path / "state" / "journal.sqlite") as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        assert len(tables) > 5
        assert all(connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,) for table in tables)
    connection.close()


def test_an_effect_is_open_until_it_is_concluded_and_only_one_is_open(journal: Journal) -> None:
    writer = begin(journal)
    effect = writer.intend("a", 1, "send", '{"n":1}', "d1", now=1.0, deadline=9.0)
    with pytest.raises(sqlite3.IntegrityError):
        writer.intend("a", 1, "send", '{"n":1}', "d1", now=1.0, deadline=9.0)
    (row,) = writer.effects("a", "send")
    assert (row.status, row.operation, row.outcome, row.deadline) == ("open", {"n": 1}, None, 9.0)
    writer.conclude(effect, {"id": 7}, 2.0)
    second = writer.intend("a", 2, "send", '{"n":1}', "d1", now=3.0, deadline=9.0)
    writer.conclude(second, None, 4.0)
    assert [(row.status, row.outcome) for row in writer.effects()] == [("done", {"id": 7}), ("void", None)]


def test_nothing_of_a_transaction_is_kept_when_it_fails(journal: Journal) -> None:
    writer = begin(journal)
    tell(writer, 1)
    number = writer.begin_attempt("a", "edit", 1, 1.0)
    with pytest.raises(TypeError):
        writer.end_attempt(number, "done", 2.0, state={"not": object()})
    assert (journal.attempts(writer.run_id), journal.events(writer.run_id)) == ([], [])
    writer.end_attempt(number, "done", 2.0)
    assert [row.status for row in journal.attempts(writer.run_id)] == ["done"]
    assert len(journal.events(writer.run_id)) == 1


def test_of_a_session_one_intent_is_open_in_all_runs(journal: Journal) -> None:
    one, other = begin(journal, "20260101-000000-aaaa"), begin(journal, "20260101-000000-bbbb")
    first = one.intend("edit", 1, "pay", "{}", "d", now=1.0, deadline=2.0, session="base/s")
    with pytest.raises(MachineError) as refused:
        other.intend("edit", 1, "pay", "{}", "d", now=1.0, deadline=2.0, session="base/s")
    assert (refused.value.code, refused.value.exit) == ("session_busy", 7)
    assert one.run_id in refused.value.message
    other.intend("edit", 1, "elsewhere", "{}", "d", now=1.0, deadline=2.0, session="base/t")
    other.intend("edit", 1, "nowhere", "{}", "d", now=1.0, deadline=2.0)
    other.intend("edit", 1, "nowhere else", "{}", "d", now=1.0, deadline=2.0)
    one.conclude(first, {"credits": 3}, 2.0)
    other.intend("edit", 1, "pay", "{}", "d", now=1.0, deadline=2.0, session="base/s")
    assert (one.credits(), other.credits()) == (3.0, None)


def test_what_the_person_gave_up_frees_the_session_and_still_counts(journal: Journal) -> None:
    writer = begin(journal)
    effect = writer.intend("edit", 1, "pay", "{}", "d", now=1.0, deadline=2.0, estimate=7, session="s")
    writer.give_up(effect, 3.0)
    (row,) = writer.effects()
    assert (row.status, row.word, journal.taken(writer.run_id)) == ("void", "resend", 7.0)
    writer.intend("edit", 1, "pay", "{}", "d", now=1.0, deadline=2.0, session="s")


def test_a_run_may_begin_with_a_state(journal: Journal) -> None:
    writer = journal.begin(
        "20260101-000000-aaaa", name="n", pipeline="p", backend="b", started=1.0, snapshot={}, state={"x": 1}
    )
    assert writer.scopes() == {"": {"x": 1}}


def test_conversations_are_found_by_backend_address_and_session(journal: Journal) -> None:
    old = ConversationRow("nemo", "https://a", "1", {"n": 1}, "r1", 1.0)
    new = ConversationRow("nemo", "https://a", "2", {"n": 2}, "r2", 2.0)
    elsewhere = ConversationRow("nemo", "https://b", "3", {}, "r3", 3.0)
    for row in (old, new, elsewhere):
        journal.keep_conversation(row)
    assert journal.conversation("nemo", "https://a") == new
    assert journal.conversation("nemo", "https://a", "1") == old
    assert journal.conversation("nemo", "https://a", "3") is None
    assert journal.conversation("mock", "https://a") is None
    assert journal.conversations("nemo") == [elsewhere, new, old]
    later = ConversationRow("nemo", "https://a", "1", {"n": 9}, "r4", 4.0)
    journal.keep_conversation(later)
    assert journal.conversations("nemo", "https://a") == [later, new]


def test_a_run_worked_as_long_as_its_processes_did_not_while_it_lay_idle(journal: Journal) -> None:
    writer = begin(journal)
    moments = [("run.started", 1.0), ("stage.note", 3.0), ("run.started", 100.0), ("run.finished", 104.5)]
    for sequence, (kind, moment) in enumerate(moments, 1):
        writer.add_event(Event(writer.run_id, sequence, moment, kind, "", {}), "{}")
    writer.flush()
    writer.close()
    assert journal.worked(writer.run_id) == 6.5


# --- runs that wait ---------------------------------------------------------------------------------------------------


def submitted(journal: Journal, run_id: str, started: float, *, known: str | None = None) -> str:
    seen = None if known is None else journal.run(known)
    return journal.submit(
        run_id, name="n", pipeline="p", backend="b", started=started, snapshot={}, row_key="row", known=seen
    )


def test_a_run_that_was_submitted_waits_until_somebody_begins_it(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as journal:
        assert submitted(journal, "a", 1.0) == "a"
        assert (journal.run("a").status, journal.run("a").row_key) == ("queued", "row")
        writer = journal.continue_("a")
        assert journal.run("a").status == "running"
        writer.close()
        assert journal.run("a").status == "interrupted"
        with pytest.raises(FileExistsError):
            submitted(journal, "a", 2.0, known="a")


def test_of_two_who_submit_the_same_row_one_is_told_of_the_others_run(tmp_path: Path) -> None:
    with Journal.open(tmp_path) as one, Journal.open(tmp_path) as other:
        assert submitted(one, "a", 1.0) == "a"
        assert submitted(other, "b", 1.0) == "a", "it had seen none"
        assert submitted(other, "c", 2.0, known="a") == "c", "it had seen that one, and wants another"
        assert submitted(one, "d", 2.0, known="a") == "c"
        newest = one.newest_of_row("row")
        assert newest is not None
        assert newest.id == "c"
        assert one.newest_of_row("") is None
        assert sorted(row.id for row in one.runs()) == ["a", "c"]
        assert not (tmp_path / "runs" / "b").exists()


def test_the_newest_run_of_a_row_is_the_last_one_though_the_clock_was_set_back(journal: Journal) -> None:
    assert submitted(journal, "b", 1000.0) == "b"
    assert submitted(journal, "a", 1.0, known="b") == "a"
    newest = journal.newest_of_row("row")
    assert newest is not None
    assert newest.id == "a"
    assert submitted(journal, "c", 1.0, known="b") == "a", "whoever has seen only the first gets no third"


def test_the_newest_run_is_the_last_one_though_the_clock_was_set_back(journal: Journal) -> None:
    said = {"conversation": {"backend": "nemo"}}
    for run_id, started in (("20260109", 9.0), ("20260101", 1.0), ("20260105", 5.0)):
        journal.submit(run_id, name="n", pipeline="p", backend="b", started=started, snapshot=said)
    assert [row.id for row in journal.runs()] == ["20260105", "20260101", "20260109"]
    assert [row.id for row in journal.said_since(journal.run("20260109"))] == ["20260105", "20260101"]
    assert journal.said_since(journal.run("20260105")) == []


def test_the_conversation_worked_on_last_is_the_last_one_though_the_clock_was_set_back(journal: Journal) -> None:
    for session, updated in (("1", 9.0), ("2", 1.0)):
        journal.keep_conversation(ConversationRow("nemo", "https://a", session, {}, "r", updated))
    newest = journal.conversation("nemo", "https://a")
    assert newest is not None
    assert newest.session == "2"


def test_a_run_that_somebody_took_up_since_it_was_seen_is_not_given_another_beside_it(journal: Journal) -> None:
    assert submitted(journal, "a", 1.0) == "a"
    seen = journal.run("a")
    journal.continue_("a").close()
    fields = {"name": "n", "pipeline": "p", "backend": "b", "started": 2.0, "snapshot": {}, "row_key": "row"}
    assert journal.submit("b", **fields, known=seen) == "a"
    assert journal.submit("b", **fields, known=journal.run("a")) == "b"


@pytest.mark.parametrize("column", ["name", "errors", "outputs", "status"])
def test_a_text_that_is_no_utf_8_is_told_as_damage(journal: Journal, column: str) -> None:
    begin(journal).close()
    other = sqlite3.connect(journal.folder / "journal.sqlite")
    other.execute(f"UPDATE runs SET {column} = CAST(X'ff7b' AS TEXT)")
    other.commit()
    other.close()
    with pytest.raises(MachineError) as caught:
        journal.runs()
    assert caught.value.code == "journal_damaged"
