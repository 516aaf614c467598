from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from clipline.errors import MachineError
from clipline.journal import Journal
from clipline.journal.database import FILE_NAME, network_file_system
from clipline.journal.migrations import APPLICATION_ID, VERSION, prepare

DATA = Path(__file__).resolve().parents[2] / "data"
#: The tables as earlier versions of clipline made them, by the version.
EARLIER = {version: DATA / f"journal-1.{version % 1000}.sql" for version in (1000, 1001, 1002, 1003)}
#: What that clipline writes into them.
OLD_RUN = (
    "INSERT INTO runs (id, name, pipeline, backend, status, started, folder, epoch, snapshot)"
    " VALUES ('old', 'n', 'p', 'b', 'running', 1.0, '/nowhere', 1, '{}')"
)
OLD_ATTEMPT = (
    "INSERT INTO attempts (run_id, number, path, attempt, kind, status, started)"
    " VALUES ('old', 1, 'a', 1, 'k', 'done', 1)"
)
OLD_EFFECT = (
    "INSERT INTO effects (run_id, stage, attempt, name, digest, operation, fingerprint, estimate, deadline,"
    " status, created) VALUES ('old', 'a', 1, 'pay', 'd', '{}', '', 5, 9.0, 'open', 1.0)"
)

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local xfs rw 0 0
//pc/share /mnt/my\\040share cifs rw 0 0
sshfs#x /mnt/ssh fuse.sshfs rw 0 0
tmpfs /tmp tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/state", None),
        ("/home/ann/state", "nfs4"),
        ("/home", "nfs4"),
        ("/homework", None),
        ("/home/local/state", None),
        ("/mnt/my share/state", "cifs"),
        ("/mnt/ssh/x", "fuse.sshfs"),
        ("/tmp/x", None),
    ],
)
def test_a_network_file_system_is_known_by_the_mount_that_is_nearest(path: str, kind: str | None) -> None:
    assert network_file_system(Path(path), MOUNTS) == kind


def change(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / FILE_NAME)
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_the_file_is_marked_as_ours_and_for_this_person_only(tmp_path: Path) -> None:
    Journal.open(tmp_path / "state").close()
    connection = sqlite3.connect(tmp_path / "state" / FILE_NAME)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    assert stat.S_IMODE((tmp_path / "state" / FILE_NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700


def test_a_newer_journal_is_left_alone_and_said_so(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    change(tmp_path, f"PRAGMA user_version = {VERSION + 1000}")
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(MachineError) as refused:
        Journal.open(tmp_path)
    assert (refused.value.code, refused.value.exit) == ("journal_newer", 7)
    assert f"(journal version 2.{VERSION % 1000})" in refused.value.message
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_a_journal_with_more_columns_of_the_same_major_version_is_used(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    change(tmp_path, "ALTER TABLE runs ADD COLUMN color TEXT")
    change(tmp_path, f"PRAGMA user_version = {VERSION + 1}")
    with Journal.open(tmp_path) as journal:
        journal.begin("r", name="n", pipeline="p", backend="b", started=1.0, snapshot={}).close()
        assert [row.id for row in journal.runs()] == ["r"]


def test_an_older_journal_is_brought_forward_after_a_copy(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    path = tmp_path / FILE_NAME
    connection = sqlite3.connect(path, isolation_level=None)
    steps = {VERSION: "ALTER TABLE runs ADD COLUMN a TEXT;", VERSION + 1: "ALTER TABLE runs ADD COLUMN b TEXT;"}
    prepare(connection, path, VERSION + 2, steps)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    assert columns[-2:] == ["a", "b"]
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION + 2,)
    connection.close()
    copy = sqlite3.connect(tmp_path / f"journal.before-{VERSION}.sqlite")
    assert "a" not in [row[1] for row in copy.execute("PRAGMA table_info(runs)")]
    copy.close()


@pytest.mark.parametrize("version", EARLIER)
def test_an_earlier_journal_is_brought_to_this_version_with_all_that_it_holds(tmp_path: Path, version: int) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME)
    connection.executescript(EARLIER[version].read_text("utf-8"))
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={version}")
    for statement in (OLD_RUN, OLD_RUN.replace("'old'", "'older'").replace("1.0", "0.5"), OLD_ATTEMPT, OLD_EFFECT):
        connection.execute(statement)
    connection.commit()
    connection.close()
    with Journal.open(tmp_path) as journal:
        (effect,) = journal.effects("old")
        assert (effect.status, effect.cost, effect.session, effect.word) == ("open", 5.0, "", "")
        assert [(row.path, row.status, row.changed) for row in journal.attempts("old")] == [("a", "done", None)]
        assert journal.conversations() == []
        assert [(row.id, row.status, row.row_key) for row in journal.runs()] == [
            ("old", "interrupted", ""),
            ("older", "interrupted", ""),
        ]
        made = tables(tmp_path)
    with Journal.open(tmp_path / "new"):
        assert made == tables(tmp_path / "new")
    assert (tmp_path / f"journal.before-{version}.sqlite").is_file()


@pytest.mark.parametrize("version", EARLIER)
def test_an_older_clipline_still_reads_and_writes_this_version(tmp_path: Path, version: int) -> None:
    with Journal.open(tmp_path) as journal:
        for statement in (OLD_RUN, OLD_ATTEMPT, OLD_EFFECT):
            change(tmp_path, statement)
        change(tmp_path, "UPDATE effects SET status = 'done', outcome = '{}', adopted = 0, finished = 2 WHERE id = 1")
        assert [row.status for row in journal.effects("old")] == ["done"]
        # What it knows of a run that waits to be begun: a word, and an epoch that it raises when it takes the run up.
        journal.submit("new", name="n", pipeline="p", backend="b", started=2.0, snapshot={}, row_key="k")
        change(tmp_path, "UPDATE runs SET epoch = epoch + 1, status = 'running' WHERE id = 'new'")
        assert [(row.id, row.status) for row in journal.runs()] == [("new", "interrupted"), ("old", "interrupted")]
        connection = sqlite3.connect(tmp_path / FILE_NAME)
        old = sqlite3.connect(":memory:")
        old.executescript(EARLIER[version].read_text("utf-8"))
        for (table,) in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
            connection.execute(f"SELECT {columns} FROM {table}")
        connection.close()
        old.close()


def tables(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table and index with its columns."""
    connection = sqlite3.connect(folder / FILE_NAME)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master ORDER BY name")]
    found = {
        name: sorted(row[1:4] for row in connection.execute(f"PRAGMA table_info({name})"))
        + sorted(row[1:] for row in connection.execute(f"PRAGMA index_info({name})"))
        for name in names
    }
    connection.close()
    return found


def test_a_step_that_fails_leaves_the_older_journal_as_it_was(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    path = tmp_path / FILE_NAME
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        prepare(connection, path, VERSION + 1, {VERSION: "ALTER TABLE runs ADD COLUMN a TEXT;\nSELECT nonsense;"})
    assert "a" not in [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


def test_what_is_no_journal_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"this is a letter, not a database; " * 100)
    with pytest.raises(MachineError, match="damaged") as refused:
        Journal.open(tmp_path)
    assert refused.value.exit == 7
    (tmp_path / FILE_NAME).unlink()
    change(tmp_path, "CREATE TABLE pets (name TEXT)")
    with pytest.raises(MachineError, match="not a journal of clipline"):
        Journal.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_fault_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(MachineError) as refused:
        Journal.open(tmp_path / "file" / "state")
    assert refused.value.exit == 7
    assert refused.value.hint


def test_a_full_disk_is_said_in_words(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    writer = journal.begin("r", name="n", pipeline="p", backend="b", started=1.0, snapshot={})
    for connection in (journal._database._normal, journal._database._full):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages}")
    with pytest.raises(MachineError, match="full") as refused:
        writer.add_glob("/*", ["x" * 200_000])
    assert "room" in refused.value.hint
    writer.flush()
