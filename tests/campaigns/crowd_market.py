"""The great crowd: those who begin, resume, read, forget and hold, all at once, and some who are killed."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from campaigns.crowd_lanes import Done, Job, Lane
from campaigns.crowd_town import UNKNOWN, Town

__all__ = ["market"]

PLAIN = [sys.executable, str(Path(__file__).with_name("crowd_plain.py"))]
#: The share of runs that is killed, is on this machine, and is a process really started.
KILLED, HERE, REALLY = 0.1, 0.15, 0.05
_PAUSE = Job(program=["sleep", "0.5"], label="plain")


class _Market:
    """Who is where in one market."""

    def __init__(self, town: Town, random: Random, runs: int) -> None:
        self.town, self.random = town, random
        self.left = list(range(runs))
        self.beginning = 0
        self.free = {number for number in self.left if random.random() < HERE}
        self.stop = town.folder / "stop"
        self.begun = time.monotonic()
        self.seconds = 0.0
        self.resumed = 0

    @property
    def is_open(self) -> bool:
        """Whether runs are still begun."""
        return bool(self.left or self.beginning)

    def begins(self) -> Lane:
        """Begin runs as long as there are some; one that was killed before it was journalled is begun anew."""
        while self.left:
            number = self.left.pop(0)
            self.beginning += 1
            draw = self.random.random()
            kill = self.random.uniform(0.05, 1.5) if draw < KILLED else None
            backend = "local" if number in self.free else "mock"
            really = draw > 1 - REALLY
            done = yield self.town.run(number, backend=backend, kill_after=kill, really=really)
            if done.killed and not any(each == number for _, each in self.town.numbers()):
                self.left.append(number)
            self.beginning -= 1
            self.seconds = time.monotonic() - self.begun

    def resumes(self) -> Lane:
        """Go on with what others left, as long as anything may be left."""
        patience = 3
        while self.is_open or patience:
            patience -= not self.is_open
            yield _PAUSE
            told = yield Job(arguments=["runs", "list", "--json", "--limit", "10000"], label="read")
            for run in self._unfinished(told):
                done = yield self.town.resume(run)
                self.resumed += done.status == 0

    def _unfinished(self, told: Done) -> list[str]:
        if told.status:
            return []
        found = [row["id"] for row in json.loads(told.said)["runs"] if row["status"] in {"interrupted", "queued"}]
        return self.random.sample(found, min(3, len(found)))

    def reads(self) -> Lane:
        """Look at this and that."""
        while self.is_open:
            yield _PAUSE
            told = yield Job(arguments=["runs", "list", "--json"], label="read")
            rows = json.loads(told.said)["runs"] if not told.status else []
            for row in self.random.sample(rows, min(2, len(rows))):
                what = self.random.choice(["show", "logs", "report"])
                yield Job(arguments=["runs", what, row["id"]], label="look")
            yield Job(arguments=["status", "--backend", "mock"], label="look")

    def forgets(self) -> Lane:
        """Forget what is done."""
        while self.is_open:
            yield Job(arguments=["runs", "rm", "--all-done"], label="forget")
            for _ in range(6):
                yield _PAUSE

    def holds(self) -> Lane:
        """Hold the journal as it was, for seconds."""
        while self.is_open:
            yield Job(program=[*PLAIN, "hold", str(self.town.state / "journal.sqlite"), "6"], label="plain")

    def watches(self) -> Lane:
        """Ask for the right to write, again and again."""
        yield Job(program=[*PLAIN, "probe", str(self.town.state / "journal.sqlite"), str(self.stop)], label="plain")

    def closes(self) -> Lane:
        """Tell the one who watches when the market is over."""
        while self.is_open:
            yield _PAUSE
        self.stop.touch()


def market(town: Town, random: Random, lanes: int, runs: int) -> list[str]:
    """All of them at once."""
    commits, synced = _commits_of_a_run(town)
    place = _Market(town, random, runs)
    others = [place.resumes(), place.resumes(), place.reads(), place.forgets(), place.holds()]
    begin = [place.begins() for _ in range(max(2, lanes - len(others)))]
    ended = town.carry_out([*begin, *others, place.watches(), place.closes()])
    looks = {"read": [0], "look": [0, 2], "forget": [0, 7], "plain": [0]}
    town.judge(ended, {"run": [0, UNKNOWN], "resume": [0, 7, UNKNOWN, 2], **looks})
    town.settle()
    town.judge_work(range(runs), gone=True, free=place.free)
    seen = json.loads(next(done.said for done in ended if "probe" in done.job.program))
    killed = sum(done.killed for done in ended)
    waited = f"longest wait for the right to write {seen['longest'] * 1000:.0f} ms"
    pace = commits * runs / place.seconds
    return [
        (
            f"{runs} runs in {place.seconds:.1f} s ({runs / place.seconds:.1f} runs/s) by {len(ended)} processes, "
            f"{killed} killed, {place.resumed} resumed by others, {_forgotten(ended)} forgotten; "
            f"about {commits} commits a run, {synced} of them synced: {pace:.0f} commits/s"
        ),
        f"{waited}, of {seen['commits']} that a bystander asked for",
        _plainly(town, lanes, commits * runs, synced * runs),
    ]


def _commits_of_a_run(town: Town) -> tuple[int, int]:
    """How many commits one run makes, and how many of them are synced."""
    town.judge(town.carry_out([town.run(9000)]), {"run": [0]})
    ((before,),) = town.query("SELECT count(*) FROM effects")
    words = [*PLAIN, "count", str(town.state / "journal.sqlite"), sys.executable, "-m", "clipline"]
    (done,) = town.carry_out([Job(program=[*words, *town.run(9001).arguments], label="plain")])
    town.judge([done], {"plain": [0]})
    ((after,),) = town.query("SELECT count(*) FROM effects")
    return int(done.said.split()[-1]), 2 * (after - before)


def _forgotten(ended: Sequence[Done]) -> int:
    """How many runs were forgotten."""
    told = [done.complained for done in ended if done.job.label == "forget" and "forgot nothing" not in done.complained]
    return sum(line.count(",") + 1 for text in told for line in text.splitlines() if line.startswith("forgot "))


def _plainly(town: Town, lanes: int, commits: int, synced: int) -> str:
    """The same commits by a program that does nothing else."""
    file, each = town.folder / "plain.sqlite", max(1, commits // lanes)
    words = [*PLAIN, "write", str(file), str(each), str(max(1, synced // lanes))]
    begun = time.monotonic()
    ended = town.carry_out([Job(program=words, label="plain") for _ in range(lanes)])
    seconds = time.monotonic() - begun
    town.judge(ended, {"plain": [0]})
    longest = max((json.loads(done.said)["longest"] for done in ended if done.status == 0), default=0.0)
    return (
        f"SQLite alone: {each * lanes} commits from {lanes} processes in {seconds:.1f} s "
        f"({each * lanes / seconds:.0f} commits/s), longest wait {longest * 1000:.0f} ms"
    )
