"""Whatever part of a journal is there when a process dies, the run goes on from it to the same end, and pays once."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipline.engine.results import RunResult
from clipline.errors import MachineError
from clipline.journal import Journal
from clipline.journal.database import Database
from clipline.stage import Settled, StageCall, StageResult
from engine_world import World, kind_plugin
from examples import examples

# --- a service that is paid, and what a crash would leave -------------------------------------------------------------


@dataclass
class Moment:
    """What is there if the process dies now: the state folder's files, and what the service has done."""

    files: Mapping[str, bytes]
    paid: Counter[str]
    what: str


@dataclass
class Film:
    """A world whose every moment is kept: after each transaction, and around each send."""

    folder: Path
    paid: Counter[str] = field(default_factory=Counter)
    worked: Counter[str] = field(default_factory=Counter)
    moments: list[Moment] = field(default_factory=list)
    filming: bool = False

    def world(self) -> World:
        return World(self.folder, kind_plugin({"pay": self.pay, "work": self.work}))

    def keep(self, what: str) -> None:
        if self.filming:
            state = self.folder / "state"
            files = {str(path.relative_to(state)): path.read_bytes() for path in state.rglob("*") if path.is_file()}
            self.moments.append(Moment(files, Counter(self.paid), what))

    def back_to(self, moment: Moment) -> None:
        state = self.folder / "state"
        shutil.rmtree(state)
        for name, content in moment.files.items():
            (state / name).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (state / name).write_bytes(content)
        (state / "runs").mkdir(exist_ok=True)
        self.paid, self.worked = Counter(moment.paid), Counter()

    def work(self, call: StageCall, _: Any) -> StageResult:
        self.worked[call.path] += 1
        return StageResult({"n": len(call.state)}, state={**call.state, call.path.replace("[", "_"): 1})

    def pay(self, call: StageCall, options: Any) -> StageResult:
        self.worked[call.path] += 1
        outcomes = [self._effect(call, str(name)) for name in range(options.get("times", 1))]
        return StageResult({"outcomes": outcomes})

    def _effect(self, call: StageCall, name: str) -> Any:
        key = f"{call.path}:{name}"

        def send() -> dict[str, Any]:
            self.keep(f"before the send of {key}")
            self.paid[key] += 1
            self.keep(f"after the send of {key}")
            return {"key": key}

        def settle(_: Any) -> Settled:
            return Settled("done", {"key": key}) if self.paid[key] else Settled("not_done")

        return call.effects.perform(name, {"key": key}, send, settle=settle, span=0.01)


@contextmanager
def after_each_transaction(act: Callable[[str], None]) -> Iterator[None]:
    whole = Database.transaction

    @contextmanager
    def watched(database: Database, *, durable: bool = False) -> Iterator[Any]:
        with whole(database, durable=durable) as connection:
            yield connection
        act("after a transaction")

    Database.transaction = watched  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Database.transaction = whole  # type: ignore[method-assign]


# --- pipelines: one stage after the other, so that every moment is one moment -----------------------------------------

pay = st.integers(1, 3).map(lambda times: {"stage": "pay", "with": {"times": times}})
work = st.just({"stage": "work"})
groups = st.lists(pay | work, min_size=1, max_size=2)
nodes = st.one_of(
    pay,
    work,
    groups.map(lambda inner: {"stages": inner}),
    st.tuples(groups, st.integers(1, 2)).map(lambda made: {"for_each": list(range(made[1])), "stages": made[0]}),
)
pipelines = st.lists(nodes, min_size=1, max_size=3).filter(lambda made: "pay" in str(made))


def named(nodes: list[Any], prefix: str = "n") -> list[Any]:
    found = []
    for at, node in enumerate(nodes):
        inner = {"stages": named(node["stages"], f"{prefix}{at}_")} if "stages" in node else {}
        found.append({**node, **inner, "id": f"{prefix}{at}"})
    return found


def shape(result: RunResult) -> Any:
    return result.status, result.exit, {path: (each.status, each.outputs) for path, each in result.stages.items()}


@examples(8)
@given(nodes=pipelines, picks=st.lists(st.integers(0, 1 << 20), min_size=3, max_size=5))
def test_from_whatever_moment_a_run_comes_to_the_same_end_and_each_effect_is_sent_once(
    tmp_path_factory: pytest.TempPathFactory, nodes: list[Any], picks: list[int]
) -> None:
    film = Film(tmp_path_factory.mktemp("film"))
    pipeline = {"stages": named(nodes)}
    world = film.world()
    with after_each_transaction(film.keep):
        film.filming = True
        expected = shape(world.run(pipeline))
        film.filming = False
    world.journal.close()
    wanted = Counter(dict.fromkeys(film.paid, 1))
    assert film.paid == wanted
    sends = [moment for moment in film.moments if "send" in moment.what]
    drawn = [film.moments[pick % len(film.moments)] for pick in picks[1:]]
    for moment in [*drawn, sends[picks[0] % len(sends)]]:
        film.back_to(moment)
        world = film.world()
        runs = world.journal.runs()
        done = [row.path for row in world.journal.stages(runs[0].id) if row.status == "done"] if runs else []
        again = world.resume() if runs and runs[0].status != "done" else None
        result = again or (world.run(pipeline) if not runs else None)
        world.journal.close()
        assert film.paid == wanted, moment.what
        assert not [path for path in done if film.worked[path]], f"{moment.what}: a finished stage was done again"
        if result is not None:
            assert shape(result) == expected, moment.what


# --- the log of SQLite, cut anywhere: what a loss of power may leave --------------------------------------------------


#: Bytes of a frame of the log: its head and a page.
_FRAME = 24 + 4096


def rows_of(folder: Path) -> dict[str, list[Any]]:
    """All rows of all tables, read without clipline."""
    with closing(sqlite3.connect(folder / "journal.sqlite")) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}


class Filmed:
    """A film, its last moment, and the rows after each of its transactions."""

    def __init__(self, film: Film, known: list[dict[str, list[Any]]]) -> None:
        self.film, self.end, self.known = film, film.moments[-1], known

    def __repr__(self) -> str:
        return "filmed"


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    """A run whose journal has all of it in the log."""
    film = Film(tmp_path_factory.mktemp("log"))
    pipeline = {"stages": named([{"stage": "work"}, {"stage": "pay", "with": {"times": 2}}, {"stage": "pay"}])}
    state = film.folder / "state"
    known: list[dict[str, list[Any]]] = []
    with after_each_transaction(lambda _: known.append(rows_of(state))):
        world = film.world()
        world.run(pipeline)
    film.filming = True
    film.keep("the end")
    world.journal.close()
    return Filmed(film, known)


@examples(60)
@given(
    place=st.integers(0, 1 << 24),
    by_frame=st.booleans(),
    damage=st.sampled_from(["cut", "zeros", "noise"]),
)
def test_a_log_that_was_cut_anywhere_holds_whole_transactions_and_is_opened_or_refused_in_words(
    filmed: Filmed, place: int, by_frame: bool, damage: str
) -> None:
    film, end, known = filmed.film, filmed.end, filmed.known
    state = film.folder / "state"
    log = end.files["journal.sqlite-wal"]
    assert len(known) > 10
    frames = len(log) // _FRAME
    at = 32 + place % (frames + 1) * _FRAME if by_frame else place % (len(log) + 1)
    rest = {"cut": b"", "zeros": bytes(len(log) - at), "noise": b"\xa5" * (len(log) - at)}[damage]
    film.back_to(Moment({**end.files, "journal.sqlite-wal": log[:at] + rest}, end.paid, damage))
    (state / "journal.sqlite-shm").unlink(missing_ok=True)
    assert rows_of(state) in [{}, {name: [] for name in known[-1]}, *known]  # no tables yet, empty ones, or a moment
    try:
        with Journal.open(state) as journal:
            runs = journal.runs()
            effects = [journal.stages(run.id) for run in runs]
    except MachineError as error:
        refused = error
    else:
        assert len(effects) == len(runs) <= 1
        return
    assert refused.code in {"journal_behind", "journal_damaged"}
    assert refused.hint
