"""Names, links, pipes, bombs and folders that somebody prepared, met by real commands: nothing else is touched.

    PYTHONPATH=tests python -m campaigns.hostile_files [--sample N] [--seed S] [--only TEXT] [--verbose]

Each cell is an attack and the command that meets it (`campaigns.hostile_cells`), in a process of its own. It must hold:

- the process ends by itself, with a documented status, and says why where that is not 0; there is no traceback;
- nothing outside of the output and state folders is made, changed or removed (a folder beside is compared);
- nothing is left over of what was begun;
- what is printed holds no sign that a terminal would obey;
- it takes no more memory than an edit takes.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import re
import resource
import stat
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import command_server
from campaigns import cells, forked
from campaigns.hostile_cells import Attack, Ground, attacks

#: Seconds in which a process must end, and kilobytes that it may take.
HANG, MEMORY = 60.0, 450 * 1024
STATUSES = frozenset({0, 1, 2, 3, 4, 5, 7})
#: What may be made in the working folder.
#: Attacks that lay a link where the person named the output folder.
_LINKED = {"out folder-link", "out dangling"}
_MADE = frozenset({"out", "run.out", "run.err"})
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u202a-\u202e\u2066-\u2069]")

_clip = b""


@dataclass
class Outcome:
    """What became of a cell; `status` None where this system cannot have such a thing."""

    name: str
    status: int | None = None
    seconds: float = 0.0
    kilobytes: int = 0
    broken: list[str] = field(default_factory=list)


def _prepare(clip: bytes) -> None:
    global _clip  # noqa: PLW0603  # a worker of a pool has no other place for it
    _clip = clip
    command_server.warm()


def run_cell(number: int) -> Outcome:
    """Do one cell, by its number: what prepares it is no data that a pool could pass on."""
    attack = list(attacks())[number]
    outcome = Outcome(attack.name)
    with tempfile.TemporaryDirectory(prefix="hostile-", ignore_cleanup_errors=True) as name:
        ground = Ground(Path(name), _clip)
        ground.prepare()
        try:
            words = attack.prepare(ground)
        except (OSError, ValueError):
            words = None
        if words is not None:
            _meet(attack, ground, words, outcome)
    return outcome


def _meet(attack: Attack, ground: Ground, words: list[str], outcome: Outcome) -> None:
    before = _snapshot(ground.victim)
    here = {path.name for path in ground.work.iterdir()}
    environment = {
        "CLIPLINE_STATE": str(ground.state),
        "HOME": str(ground.folder),
        "TMPDIR": str(ground.folder),
        "NO_COLOR": "1",
        **(attack.environment or {}),
    }
    began, most = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    child = forked.start(words, ground.work, environment)
    try:
        outcome.status = child.wait(HANG)
    except TimeoutError:
        outcome.status = -9
        outcome.broken.append("it hung")
    outcome.seconds = time.monotonic() - began
    now = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    outcome.kilobytes = now if now > most else 0  # the system tells only the most of all processes so far
    outcome.broken += _complaints(ground, outcome, child.said, child.complained)
    changed = _snapshot(ground.victim) ^ before
    # An output folder that a person names may be a link: what is made goes where it leads, beside what is there.
    if changed - (_snapshot(ground.victim) if attack.name in _LINKED else set()):
        outcome.broken.append(f"what is not clipline's was changed: {sorted(changed)}")
    made = {path.name for path in ground.work.iterdir()} - here - _MADE
    if made:
        outcome.broken.append(f"made beside the output folder: {sorted(made)}")


def _complaints(ground: Ground, outcome: Outcome, said: Path, complained: Path) -> Iterator[str]:
    out, err = (path.read_bytes().decode(errors="replace") for path in (said, complained))
    if outcome.status not in STATUSES:
        yield f"status {outcome.status}: {err[-300:]!r}"
    if outcome.status and not err.strip():
        yield f"status {outcome.status} without a word"
    if "Traceback" in err:
        yield f"a traceback: {err[-300:]!r}"
    for stream, text in (("stdout", out), ("stderr", err)):
        if steering := _STEERING.search(text):
            at = steering.start()
            yield f"{stream} steers the terminal: {text[max(0, at - 40) : at + 20]!r}"
    if ground.out.is_dir() and not ground.out.is_symlink():
        left = [path.name for path in ground.out.rglob(".*") if ".part" in path.name and not path.is_symlink()]
        if left and left != [".made.mp4.json.part"]:  # which some cells lay there themselves
            yield f"left over: {left}"
    if outcome.kilobytes > MEMORY:
        yield f"{outcome.kilobytes // 1024} MB"


def _snapshot(folder: Path) -> set[tuple[str, int, str]]:
    """Every name below a folder, with its mode and its content."""
    found = set()
    for path in folder.rglob("*"):
        facts = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(facts.st_mode) else ""
        found.add((str(path.relative_to(folder)), facts.st_mode, content))
    return found | {(".", folder.lstat().st_mode, "")}


def main() -> int:
    """Run the campaign; 1 if a rule was broken."""
    given = cells.arguments(__doc__.splitlines()[0] if __doc__ else "").parse_args()
    numbers = [number for number, attack in enumerate(attacks()) if given.only in attack.name]
    chosen = cells.drawn(numbers, given.sample, given.seed)
    began = time.monotonic()
    statuses: Counter[int | None] = Counter()
    broken, most = 0, 0
    os.umask(0o022)
    with multiprocessing.get_context("spawn").Pool(2, _prepare, (cells.clip_bytes(),)) as pool:
        for outcome in pool.imap_unordered(run_cell, chosen):
            statuses[outcome.status] += 1
            broken += bool(outcome.broken)
            most = max(most, outcome.kilobytes)
            if outcome.broken or given.verbose:
                told = "; ".join(outcome.broken) or "well"
                print(f"{outcome.name:52} {outcome.status!s:>5} {outcome.seconds:5.1f} s  {told}", flush=True)
    impossible = statuses.pop(None, 0)
    print(
        f"{len(chosen) - impossible} cells, seed {given.seed}, {time.monotonic() - began:.0f} s; {impossible} cannot be"
    )
    print("ended with " + ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items(), key=str)))
    print(f"most memory {most // 1024} MB; rules broken in {broken} cells")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
