"""A process that is given hostile inputs, and measures what each costs.

    python -m campaigns.fuzz_worker FOLDER [CPU SECONDS OF AN INPUT]

Reads on stdin a line of JSON, `{"target": T, "path": FILE}` or `{"target": T, "begin": N, "end": M, "seed": S}`, and
answers with a line: how far it came in about a second, what that cost, and what is `wrong` with the last input, if
anything is. The input under way
stands in the file `input`, its number in `number`, for whoever finds the process dead: one that computes or waits for
too long is ended by the system or by `faulthandler`, which native code cannot stop either.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from campaigns.fuzz_bytes import inputs_of, smaller
from campaigns.fuzz_journal import Broke
from campaigns.fuzz_targets import TARGETS, Target

__all__ = ["CPU", "HANG", "MEMORY", "STILL"]

#: CPU seconds and bytes of memory of the process that no input may need more of.
CPU, MEMORY = 1.0, 256 << 20
#: CPU seconds of one input after which the system ends the process: five times what one may take.
HANG = 5
#: Seconds after which the process ends itself whether it computes or waits; a core that many share has time for it.
STILL = 300.0
_LIMIT = HANG
#: Address space of the process: what asks for more is refused by the system, and the machine is left in peace.
_ADDRESSES = 8 << 30


class Measured:
    """A target, tried once before anything is measured: what is imported at the first use is no input's doing."""

    def __init__(self, target: Target, place: Path) -> None:
        self.target, self.place = target, place
        self.seeds, self.words = target.seeds(), target.words()
        _tried(target, self.seeds[0], place)
        self.idle = _memory()

    def many(self, begin: int, end: int, seed: int) -> dict[str, Any]:
        """As many made inputs as fit into a second, up to the first that breaks a rule."""
        until, number, target = time.monotonic() + 1.0, begin, self.target
        whole: dict[str, Any] = {"words": Counter(), "seconds": 0.0, "slowest": 0.0}
        while number < end and time.monotonic() < until:
            (self.place / "number").write_text(str(number))
            answer = self.one(inputs_of(target.name, number, seed, self.seeds, self.words, target.longest))
            number += 1
            whole["words"] += Counter(answer["words"])
            whole["seconds"] += answer["seconds"]
            whole |= {"slowest": max(whole["slowest"], answer["slowest"]), "memory": answer["memory"]}
            if answer["wrong"]:
                whole |= {key: answer[key] for key in ("wrong", "where", "said")}
                break
        return {"wrong": "", **whole, "next": number}

    def one(self, data: bytes) -> dict[str, Any]:
        """What came of one input; one that crashes is made smaller first."""
        (self.place / "input").write_bytes(data)
        answer = _tried(self.target, data, self.place)
        if answer["wrong"] == "crash":
            where = answer["where"]
            data = smaller(data, lambda less: _tried(self.target, less, self.place)["where"] == where)
            (self.place / "input").write_bytes(data)
        return answer


def main(folder: str, hang: str = str(HANG)) -> None:
    """Answer until stdin ends."""
    global _LIMIT  # noqa: PLW0603  # what the whole process is given once
    _LIMIT = int(hang)
    place = Path(folder)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the code under test prints is none of the answers
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - to the end
    resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.register(signal.SIGXCPU, file=2, chain=True)  # where it was when its time was over
    os.chdir(place)
    ready: dict[str, Measured] = {}
    for line in sys.stdin:
        asked = json.loads(line)
        name = asked["target"]
        measured = ready.get(name) or Measured(TARGETS[name], place)
        ready[name] = measured
        if "path" in asked:
            answer = measured.one(Path(asked["path"]).read_bytes())
        else:
            answer = measured.many(asked["begin"], asked["end"], asked["seed"])
        answers.write(json.dumps({**answer, "idle": measured.idle}) + "\n")
        answers.flush()


def _tried(target: Target, data: bytes, place: Path) -> dict[str, Any]:
    """What came of one input: its word, what it cost, and what is wrong with that."""
    faulthandler.dump_traceback_later(STILL, exit=True, file=2)
    _let_compute(time.process_time() + _LIMIT + 1)  # the system counts whole seconds
    began, wrong, where, said = time.process_time(), "", "", ""
    try:
        word = target.run(data, place)
    except BaseException as error:  # noqa: BLE001  # a crash of ours is what the campaign looks for
        word, wrong, where = "crash", "crash", _where(error)
        said = "".join(traceback.format_exception(error))[-3000:]
    finally:
        faulthandler.cancel_dump_traceback_later()
    seconds = time.process_time() - began
    memory = _memory()
    if not wrong and seconds > CPU:
        wrong = "slow"
    if not wrong and memory > MEMORY:
        wrong = "memory"
    cost = {"seconds": seconds, "slowest": seconds, "memory": memory}
    return {"words": {word: 1}, "wrong": wrong, "where": where, "said": said, **cost}


def _let_compute(until: float) -> None:
    """Have the process ended by the system, native code and all, once it has computed so many seconds in all."""
    resource.setrlimit(resource.RLIMIT_CPU, (int(until), resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _memory() -> int:
    """The most memory that this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _where(error: BaseException) -> str:
    """The kind of an exception and the innermost line of clipline that it came through."""
    if isinstance(error, Broke):
        return error.where
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/clipline/" in frame.filename] or frames
    return f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else repr(error)


if __name__ == "__main__":
    main(*sys.argv[1:])
