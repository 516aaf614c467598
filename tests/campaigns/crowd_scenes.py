"""The scenes of the crowd: who does what at once, and what must then hold."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

from campaigns.crowd_lanes import Job
from campaigns.crowd_town import UNKNOWN, Town
from clipline.journal.migrations import VERSION

__all__ = ["batch", "budget", "first_use", "migration", "one_run", "own_mock"]

DATA = Path(__file__).resolve().parents[1] / "data"
#: How `resume` may end beside well: the run has another owner, or nobody can tell what became of its edit.
OWNED, GONE, UNREACHABLE = 7, 2, 5


def first_use(town: Town, random: Random, lanes: int, runs: int) -> list[str]:
    """All begin at once where nothing is yet."""
    rounds = 3 if runs >= 200 else 1
    for number in range(rounds):
        town.state = town.folder / f"state{number}"
        jobs = [town.run(number * lanes + lane, really=random.random() < 0.1) for lane in range(lanes)]
        ended = town.carry_out(jobs)
        town.judge(ended, {"run": [0, UNKNOWN]})
        town.settle()
        town.judge_work(range(number * lanes, (number + 1) * lanes))
        tokens = [json.loads(path.read_text()) for path in (town.state / "credentials").glob("*.json")]
        town.check("accounts", [len(each["tokens"]) for each in tokens], [1])
    return [f"{rounds} × {lanes} processes on a folder that was not there"]


def migration(town: Town, random: Random, lanes: int, runs: int) -> list[str]:
    """All at once open a journal of an earlier version, in which there is a run already."""
    for version in ("1.0", "1.1"):
        town.state = town.folder / f"state-{version}"
        town.make_journal(DATA / f"journal-{version}.sql")
        base = 0 if version == "1.0" else lanes
        readers = [Job(arguments=["runs", "list", "--json"], label="read") for _ in range(lanes // 2)]
        jobs = [town.run(base + lane) for lane in range(lanes - len(readers))]
        ended = town.carry_out(random.sample(jobs + readers, lanes))
        town.judge(ended, {"run": [0, UNKNOWN], "read": [0]})
        town.settle()
        town.judge_work(range(base, base + len(jobs)))
        town.check("its version", town.query("PRAGMA user_version"), [(VERSION,)])
        copies = [path.name for path in town.state.glob("*.before-*")]
        town.check("copies", copies, [f"journal.before-{version.replace('.', '00')}.sqlite"])
        town.check("runs of before", len(town.query("SELECT id FROM runs WHERE id LIKE 'before-%'")), 50)
    return [f"2 × {lanes} processes on an earlier journal"]


# --- one run ---------------------------------------------------------------------------------------------------------


def one_run(town: Town, random: Random, lanes: int, runs: int) -> list[str]:
    """All resume the same run; then others, while some forget it."""
    rounds = max(2, runs // 20)
    owners = Counter[int]()
    for number in range(rounds):
        run = _broken_off(town, random, number)
        jobs = [town.resume(run, really=lane == 0 and number % 3 == 0) for lane in range(lanes)]
        ended = town.carry_out(jobs)
        town.judge(ended, {"resume": [0, OWNED, UNKNOWN]})
        owners += Counter(done.status for done in ended)
        town.settle()
    town.judge_work(range(rounds))
    forgotten = range(rounds, rounds + max(2, rounds // 2))
    for number in forgotten:
        run = _broken_off(town, random, number)
        jobs = [town.resume(run) if lane % 2 else town.forget(run) for lane in range(lanes)]
        jobs += [Job(arguments=["runs", what, run], label="read") for what in ("show", "logs", "report")]
        ended = town.carry_out(random.sample(jobs, len(jobs)))
        town.judge(ended, {"resume": [0, OWNED, UNKNOWN, GONE], "forget": [0, OWNED, GONE], "read": [0, GONE]})
    twice = {until: count for until, count in town.charges().items() if count > 1}
    town.check("charged more than once", twice, {})
    told = f"{rounds} runs resumed by {lanes} at once, which ended with {dict(sorted(owners.items()))}"
    return [f"{told}; {len(forgotten)} resumed and forgotten at once"]


def _broken_off(town: Town, random: Random, number: int) -> str:
    """A run that was killed somewhere on its way."""
    done = town.carry_out([town.doomed(number, random.uniform(0.0, 0.6))])
    town.judge(done, {"run": [0, UNKNOWN]})
    (run,) = town.ids(number)
    return run


# --- batches ---------------------------------------------------------------------------------------------------------


def batch(town: Town, random: Random, lanes: int, runs: int) -> list[str]:
    """Several processes at the same rows, one of them killed; a last one finishes what it left."""
    processes, rows = max(2, lanes // 4), max(8, runs // 8)
    table = town.table(rows)
    jobs = [
        town.batch(table, "--resume", "-j", "4", kill_after=random.uniform(1.5, 3.0) if not lane else None)
        for lane in range(processes)
    ]
    town.judge(town.carry_out(jobs), {"batch": [0, UNKNOWN]})
    town.settle()
    ended = town.carry_out([town.batch(table, "--resume", "-j", "4")])
    town.judge(ended, {"batch": [0, UNKNOWN]})
    town.settle()
    town.judge_work(range(rows))
    return [f"{processes} processes at {rows} rows, one of them killed"]


def budget(town: Town, random: Random, lanes: int, runs: int) -> list[str]:
    """Several go on with rows that were interrupted; the budget is enough for half of them, however it is shared."""
    rounds, rows, enough = max(2, runs // 20), 6, 3
    words = ("--budget", str(10 * enough), "--set", "mock.edit_estimate=10")  # what an edit really costs
    sent = Counter[int]()
    for number in range(rounds):
        base = number * rows
        town.state = town.folder / f"state{number}"
        table = town.table(rows, base=base)
        begun = town.batch(table, "-j", "3", *words, kill_after=random.uniform(0.0, 0.6), kill_from=town.has_begun)
        town.judge(town.carry_out([begun]), {"batch": [4]})
        jobs = [town.batch(table, "--resume", "-j", "2", *words) for _ in range(max(2, lanes // 5))]
        town.judge(town.carry_out(jobs), {"batch": [4, UNKNOWN]})
        charges = town.charges()
        sent[sum(charges[town.until(each)] for each in range(base, base + rows))] += 1
    town.check("rounds with more edits than the budget allows", {c: n for c, n in sent.items() if c > enough}, {})
    return [f"{rounds} × {max(2, lanes // 5)} processes at {rows} rows; edits sent, of {enough} allowed: {dict(sent)}"]


# --- a mock of their own ---------------------------------------------------------------------------------------------


def own_mock(town: Town, random: Random, lanes: int, runs: int) -> list[str]:
    """All at once on the mock that one of them serves, and some of them are killed.

    Until another has taken the place of the one who served it cannot be reached (5), and nothing is sent.
    """
    town.environment = {**town.environment, "CLIPLINE_MOCK_API_URL": "", "CLIPLINE_MOCK_SILENT": "0"}
    jobs = [town.run(lane, kill_after=random.uniform(0.3, 1.5) if lane < 3 else None) for lane in range(lanes)]
    town.judge(town.carry_out(jobs), {"run": [0, UNREACHABLE, UNKNOWN]})
    missing = set(range(lanes)) - {number for _, number in town.numbers()}
    town.judge(town.carry_out([town.run(number) for number in sorted(missing)]), {"run": [0, UNREACHABLE, UNKNOWN]})
    town.settle()
    town.judge_work(range(lanes))
    return [f"{lanes} processes on the mock that one of them serves, 3 killed"]
