"""What the soak does, again and again: edits in new sessions and in old ones, batches, faults, and going on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Self

import clipline
from campaigns.fault_cells import cells
from clipline.mockserver.faults import Fault

__all__ = ["FAULTS", "Cloud", "Studio"]

#: Of how many edits one is struck by a fault.
FAULTS = 100
#: Exit statuses that a fault may lead to.
EXITS = {0, 1, 2, 3, 4, 5, 6}

_QUICK = {
    "mock.stream_limit": "30s",  # long, as twenty others may use the same cores
    "mock.poll": "0.02s",
    "mock.drop_wait": "0.05s",
    "mock.drop_poll": "0.05s",
    "mock.rate_wait": "0.05s",
    "mock.parallel": "4",
}
_INPUTS = {"clip": {"type": "file", "required": True}, "to": {"type": "string", "required": True}}


def _pipeline(edits: int) -> dict[str, Any]:
    """A session with so many edits; each has words that no other edit has."""
    words = {f"words{number}": {"type": "string", "required": True} for number in range(edits)}
    changes = [
        {"stage": "edit", "id": f"edit{number}", "with": {"instruction": f"${{{{ inputs.words{number} }}}}"}}
        for number in range(edits)
    ]
    return {
        "clipline": 1,
        "name": f"soak{edits}",
        "inputs": {**_INPUTS, **words},
        "stages": [
            "auth",
            {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}},
            *changes,
            {"stage": "export", "with": {"to": "${{ inputs.to }}"}},
        ],
    }


#: Edits in one session, of a session by itself, and of each row of a batch with its rows.
LONG, ALONE, ROWS = 12, 1, 4


def soft_faults() -> list[Fault]:
    """The kinds of the fault matrix, with stalls and delays of a second: here time is everybody's."""
    found = []
    for cell in cells():
        fault = cell.fault
        if fault.route in {"token", "claim", "session"}:  # asked once for all, or before there is anything to lose
            continue
        if fault.phase == "delay_effect":
            fault = replace(fault, delay=1.0)
        if fault.kind in {"stall", "heartbeats_only"}:
            fault = replace(fault, seconds=1.0)
        if fault.kind == "drip":
            fault = replace(fault, seconds=0.001)
        found.append(replace(fault, retry_after=0.05) if fault.retry_after else fault)
    return list(dict.fromkeys(found))


@dataclass
class Cloud:
    """A mock in a process of its own, and one person's edits there; `wrong` are rules that were broken."""

    folder: Path
    clip: Path
    random: Random
    wrong: list[str] = field(default_factory=list)
    exits: Counter[int] = field(default_factory=Counter)
    edits: int = 0
    events: int = 0
    struck: int = 0
    unpaid: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.state, self.out = self.folder / "state", self.folder / "out"
        options = ("credits=100000000", "silent=0", "gui_talk=0", "studio=off", "render_polls=1", "pace=0")
        words = [word for option in options for word in ("--option", option)]
        self.mock = subprocess.Popen(
            [sys.executable, "-m", "clipline", "mock", "--port", "0", "--quiet", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TMPDIR": str(self.folder)},  # what it keeps there is no leftover of ours
        )
        assert self.mock.stdout is not None
        self.url = self.mock.stdout.readline().strip()
        self.settings = {**_QUICK, "mock.api_url": self.url}
        self.faults = soft_faults()
        return self

    def __exit__(self, *_: object) -> None:
        self.mock.terminate()
        self.mock.wait(20)
        if self.mock.stdout is not None:
            self.mock.stdout.close()

    def work(self) -> Iterator[int]:
        """One thing after the other; gives how many edits were asked for so far."""
        turn = 0
        while True:
            yield self._strike_or_not(LONG if turn % 2 else ALONE)
            if turn % 3 == 2:
                yield self._batch()
            turn += 1

    def _given(self) -> dict[str, Any]:
        return {"settings": self.settings, "state": self.state, "on_event": self._hear}

    def _hear(self, _: clipline.Event) -> None:
        self.events += 1

    def _inputs(self, edits: int) -> dict[str, str]:
        numbers = range(self.edits, self.edits + edits)
        self.edits += edits
        words = {f"words{place}": f'add the title "No{number:05}"' for place, number in enumerate(numbers)}
        return {"clip": str(self.clip), "to": f"made{numbers[0]:05}.mp4", **words}

    def _strike_or_not(self, edits: int) -> int:
        """A run; where its turn has come, with a fault, after which a person goes on."""
        hit = self.random.random() < edits / FAULTS
        fault = self.random.choice(self.faults)
        if hit:
            self.struck += 1
            self._control("faults", [fault.as_json()])
        inputs = self._inputs(edits)
        result = clipline.run(_pipeline(edits), inputs, backend="mock", out=self.out, **self._given())
        if hit:
            self._control("faults", None)
            self._go_on(result, str(fault.as_json()), inputs)
        elif result.status != "done":
            self.wrong.append(f"without a fault it ended with {result.exit}: {result.errors}")
        self.exits[result.exit] += 1
        self._forget_files()
        return self.edits

    def _go_on(self, result: clipline.RunResult, fault: str, inputs: Mapping[str, str]) -> None:
        """What a person does: look at the hint, and resume; what cost nothing may be sent anew."""
        if result.exit not in EXITS or (result.exit and not result.errors[0].get("hint")):
            self.wrong.append(f"{fault}: ended with {result.exit}: {result.errors}")
        for _ in range(3):
            if result.status == "done":
                return
            again = result.exit == 6
            result = clipline.resume(result.run_id, **self._given())
            if again and result.exit == 6:
                is_gone = any(error.get("code") == "session_gone" for error in result.errors)
                self.unpaid |= {words for name, words in inputs.items() if name.startswith("words")}
                result = clipline.resume(result.run_id, replay=is_gone, resend=not is_gone, **self._given())
        if result.status != "done":
            self.wrong.append(f"{fault}: never done: {result.errors}")

    def _batch(self) -> int:
        rows = [self._inputs(1) for _ in range(ROWS)]
        result = clipline.batch(_pipeline(1), rows, backend="mock", jobs=2, out=self.out, **self._given())
        if result.exit:
            self.wrong.append(f"a batch ended with {result.exit}: {[row.error for row in result.rows]}")
        self._forget_files()
        return self.edits

    def _forget_files(self) -> None:
        """Take the files away; what is no export was left over."""
        for path in self.out.iterdir() if self.out.exists() else ():
            if not path.name.startswith("made"):
                self.wrong.append(f"left over: {path.name}")
            path.unlink()

    def _control(self, name: str, body: object) -> None:
        request = urllib.request.Request(f"{self.url}/__mock__/{name}", json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as reply:
            reply.read()

    def judge(self) -> int:
        """Every edit was charged once; those that a person had sent or done anew after a fault perhaps twice."""
        with urllib.request.urlopen(f"{self.url}/__mock__/ledger", timeout=60) as reply:
            charges = Counter(row["text"].partition("No")[2][:5] for row in json.load(reply) if row["amount"])
        anew = {words.partition("No")[2][:5] for words in self.unpaid}
        for number in range(self.edits):
            name = f"{number:05}"
            if charges[name] != 1 and not (name in anew and charges[name] in {1, 2}):
                self.wrong.append(f"edit {name} was charged {charges[name]} times")
        return sum(charges.values())


@dataclass
class Studio:
    """Edits on this machine."""

    folder: Path
    clip: Path
    wrong: list[str] = field(default_factory=list)
    exits: Counter[int] = field(default_factory=Counter)
    edits: int = 0

    #: Words that make decoder, networks, encoder, titles and sound work.
    WORDS: Sequence[str] = ("keep 0s to 0.4s", "blur the background", 'add the title "soak"', "remove the people")

    def work(self) -> Iterator[int]:
        """One edit after the other; gives how many there were."""
        while True:
            words = self.WORDS[self.edits % len(self.WORDS)]
            target = self.folder / "out" / f"made{self.edits}.mp4"
            result = clipline.edit(self.clip, words, target, backend="local", state=self.folder / "state")
            self.edits += 1
            self.exits[result.exit] += 1
            if result.status != "done":
                self.wrong.append(f"{words!r} ended with {result.exit}: {result.errors}")
            for path in target.parent.iterdir() if target.parent.exists() else ():
                if not path.name.startswith("made"):
                    self.wrong.append(f"left over: {path.name}")
                path.unlink()
            yield self.edits
