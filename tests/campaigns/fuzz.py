"""Hostile input at every door: whatever it is, there is a result or an error in words, soon and in little memory.

    PYTHONPATH=tests python -m campaigns.fuzz [--seconds N | --sample N] [--seed S] [--only TEXT] [--keep] [--verbose]

Targets are in `fuzz_targets`. Each is a process that is given one input after another: the kept corpus
(`tests/data/corpus/TARGET`), then as many made ones as fit into `--seconds` of CPU, or `--sample` of them. Rules:

- no crash: a result, or an error of ours of a documented status, which can be told and printed;
- no input takes more than a second of CPU;
- the process never has more than 256 MB.

What broke a rule is made as small as it goes and written to `--found`; `--keep` adds it to the corpus.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from campaigns.fuzz_worker import HANG, STILL

__all__ = ["CORPUS", "NAMES", "Report", "Worker", "fuzz"]

CORPUS = Path(__file__).resolve().parents[1] / "data" / "corpus"
NAMES = (
    *("pipeline", "expression", "stream", "api", "captions", "media", "instruction", "settings", "table"),
    *("webhook", "mock", "faults", "journal"),
)
#: Findings of one target after which it is left: each costs time, and many are one.
_ENOUGH = 40


class Worker:
    """A process of `fuzz_worker`, begun anew whenever an input has ended it; `folder` is its own.

    An input that computes for `hang` seconds is ended.
    """

    def __init__(self, folder: Path, hang: int = HANG) -> None:
        self.folder, self.hang = folder, hang
        self._process: subprocess.Popen[str] | None = None

    def ask(self, **asked: Any) -> dict[str, Any]:
        """What came of one input."""
        process = self._process or self._start()
        assert process.stdin
        try:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            return self._ended(process, "")
        return self._answer(process)

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
        self._process = None

    def _start(self) -> subprocess.Popen[str]:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}
        environment |= {"HOME": str(self.folder), "TMPDIR": str(self.folder), "NO_COLOR": "1"}
        with (self.folder / "complaints").open("w") as complaints:
            process = subprocess.Popen(
                [sys.executable, "-m", "campaigns.fuzz_worker", str(self.folder), str(self.hang)],
                cwd=self.folder,
                env=environment | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
            )
        self._process = process
        return process

    def _answer(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout
        # The process ends itself in time; the second limit is for one that cannot even do that.
        ready = select.select([process.stdout], [], [], 2 * STILL)[0]
        line = process.stdout.readline() if ready else ""
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        return self._ended(process, "" if ready else "hang")

    def _ended(self, process: subprocess.Popen[str], wrong: str) -> dict[str, Any]:
        """What is known of an input that ended the process, or that the process did not end with."""
        if wrong:
            process.kill()
        status = process.wait()
        said = (self.folder / "complaints").read_text("utf-8", "replace")[-3000:]
        self.close()
        hung = wrong or ("hang" if status == -signal.SIGXCPU or "Timeout (" in said else "")
        number = (self.folder / "number").read_text() if (self.folder / "number").exists() else "0"
        cost = {"seconds": 0.0, "slowest": float(HANG) if hung else 0.0, "memory": 0, "next": int(number or "0") + 1}
        return {"words": {"died": 1}, "wrong": hung or "death", "where": f"status {status}", "said": said, **cost}


@dataclass
class Report:
    """What came of one target."""

    target: str
    tried: int = 0
    kept: int = 0
    cpu: float = 0.0
    slowest: float = 0.0
    largest: int = 0
    idle: int = 0
    words: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, answer: dict[str, Any]) -> None:
        """Count what was answered."""
        self.tried += sum(answer["words"].values())
        self.cpu += answer["seconds"]
        self.slowest = max(self.slowest, answer["slowest"])
        self.largest = max(self.largest, answer["memory"])
        self.words += Counter(answer["words"])


def fuzz(target: str, folder: Path, *, seconds: float, sample: int, seed: int, found: Path, verbose: bool) -> Report:
    """Give a target its corpus and then made inputs; what breaks a rule is written to `found`."""
    worker, report, known = Worker(folder), Report(target), set[str]()
    begun = told = time.monotonic()

    def ask(**asked: Any) -> int:
        answer = worker.ask(target=target, **asked)
        report.idle = answer.get("idle", report.idle)
        report.add(answer)
        if answer["wrong"]:
            which = asked.get("path") or f"number {answer['next'] - 1}"
            _note(target, answer, which, folder, found, report, known)
        if answer["wrong"] == "memory":
            worker.close()  # the most that a process has had is never less again
        return int(answer.get("next", 0))

    try:
        for path in sorted((CORPUS / target).glob("*")):
            report.kept += 1
            ask(path=str(path))
        number = 0
        while len(report.wrong) < _ENOUGH and (
            number < sample if sample else report.cpu < seconds and time.monotonic() - begun < 20 * seconds
        ):
            number = ask(begin=number, end=sample or sys.maxsize, seed=seed)
            if verbose and time.monotonic() - told > 10:
                told = time.monotonic()
                print(f"  {target}: {report.tried} in {told - begun:.0f} s, {report.cpu:.0f} s CPU", flush=True)
    finally:
        worker.close()
        shutil.rmtree(folder, ignore_errors=True)
    return report


def _note(
    target: str, answer: dict[str, Any], which: str, folder: Path, found: Path, report: Report, known: set[str]
) -> None:
    """Write down an input that broke a rule; of crashes in the same place, the first."""
    place = f"{answer['wrong']} {answer['where']}"
    if answer["wrong"] == "crash" and place in known:
        return
    known.add(place)
    data = (folder / "input").read_bytes() if (folder / "input").exists() else b""
    path = found / target / f"{answer['wrong']}-{hashlib.sha256(data).hexdigest()[:10]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    cost = f"{answer['slowest']:.2f} s, {answer['memory'] >> 20} MB, {len(data)} bytes"
    report.wrong.append(f"{target}: {place} ({cost}; {which}) → {path}\n{answer['said']}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; 1 if an input broke a rule."""
    parser = argparse.ArgumentParser(description="Fuzzing, with a kept corpus.")
    parser.add_argument("--seconds", type=float, default=60, help="CPU seconds for each target")
    parser.add_argument("--sample", type=int, default=0, help="instead, so many made inputs for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only targets whose names hold this text")
    parser.add_argument("--found", type=Path, help="where inputs that broke a rule are written")
    parser.add_argument("--keep", action="store_true", help="write them to the corpus")
    parser.add_argument("--verbose", action="store_true", help="show how far it has come, and every outcome")
    given = parser.parse_args(arguments)
    found = CORPUS if given.keep else given.found or Path(tempfile.mkdtemp(prefix="fuzz-found-"))
    begun = time.monotonic()
    chosen = [target for target in NAMES if given.only in target]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name, ThreadPoolExecutor(2) as pool:

        def one(target: str) -> Report:
            report = fuzz(
                target, Path(name) / target, seconds=given.seconds, sample=given.sample, seed=given.seed, found=found,
                verbose=given.verbose,
            )  # fmt: skip
            for line in report.wrong:
                print(f"WRONG  {line}", flush=True)
            return report

        reports = list(pool.map(one, chosen))
    return _tell(reports, time.monotonic() - begun, given.seed, verbose=given.verbose)


def _tell(reports: Sequence[Report], seconds: float, seed: int, *, verbose: bool) -> int:
    print(f"{'target':12}{'inputs':>8}{'corpus':>8}{'CPU s':>8}{'slowest s':>11}{'most MB':>9}{'idle MB':>9}  wrong")
    for each in reports:
        print(
            f"{each.target:12}{each.tried:8}{each.kept:8}{each.cpu:8.1f}{each.slowest:11.2f}{each.largest >> 20:9}"
            f"{each.idle >> 20:9}  {len(each.wrong)}"
        )
        if verbose:
            print("    " + ", ".join(f"{word}: {count}" for word, count in each.words.most_common(12)))
    wrong = sum(len(each.wrong) for each in reports)
    tried, cpu = sum(each.tried for each in reports), sum(each.cpu for each in reports)
    print(f"{tried} inputs, seed {seed}, {seconds:.0f} s, {cpu:.0f} s of CPU; inputs that broke a rule: {wrong}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
