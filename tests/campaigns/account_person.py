"""A person whose processes may die: runs, resumes, registers, takes another token, and looks at what became of it."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from campaigns import rules, truth
from campaigns.mortal import Mortal, SharedClock
from clipline.events import Event
from clipline.journal import Journal
from clipline.mockserver import Charge, MockServer

__all__ = ["Person"]

#: Real seconds that one process may take; five times what the slowest takes.
HANG = 120.0
#: How often a process is begun again for the same word.
_TIMES = 4


@dataclass
class Person:
    """Works with a service; `wrong` is what was not as the row has it, `unknown` how often a death left a doubt.

    `token` is what NEMO_TOKEN is set to, `deaths` the processes that died.
    """

    server: MockServer
    mortal: Mortal
    folder: Path
    clips: Sequence[Path]
    token: str = ""
    end: dict[str, Any] = field(default_factory=dict)
    ends: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unknown: int = 0
    deaths: int = 0
    #: Charges that the row has and that this person was spared, as a death led another way.
    spared: int = 0

    # --- doing -------------------------------------------------------------------------------------------------------

    def run(self, pipeline: Mapping[str, Any], *, wait: bool = True) -> None:
        """Begin the run; where its process dies, it is resumed."""

        def work(clock: SharedClock, tell: Callable[[Event], None]) -> Mapping[str, Any]:
            import clipline

            inputs = {"clip": self.clips[0]} if "clip" in pipeline["inputs"] else {"clips": list(self.clips)}
            out = self.folder / "out"
            return clipline.run(
                pipeline, inputs, backend="nemo", out=out, wait=wait, **self._common(clock, tell)
            ).as_json()

        if self._process(work):
            self._ended()
        else:
            self.resume(wait=wait)

    def resume(
        self, *, resend: bool = False, replay: bool = False, budget: float | None = None, wait: bool = True
    ) -> None:
        """Go on; where the process dies, the same is said again."""

        def work(clock: SharedClock, tell: Callable[[Event], None]) -> Mapping[str, Any]:
            import clipline
            from clipline.errors import CliplineError

            try:
                return clipline.resume(
                    self.run_id,
                    resend=resend,
                    replay=replay,
                    budget=budget,
                    wait=wait,
                    **self._common(clock, tell),
                ).as_json()
            except CliplineError as error:
                return {"status": "refused", "exit": error.exit, "errors": [error.as_json()], "findings": []}

        if not any(self._process(work) for _ in range(_TIMES)):
            self.wrong.append("it dies again and again")
        self._ended()
        if budget is not None and self.unknown and (more := self._budget_asked_for()) > budget:
            self.resume(budget=more)

    def _common(self, clock: SharedClock, tell: Callable[[Event], None]) -> dict[str, Any]:
        url = self.server.url
        settings = {"nemo.api_url": url, "nemo.web_url": url, "nemo.client_id": rules.CLIENT_ID}
        return {"settings": settings, "state": self.state, "clock": clock, "on_event": tell}

    def _process(self, work: Callable[[SharedClock, Callable[[Event], None]], Mapping[str, Any]]) -> bool:
        self.server._listener.wait_idle(1.0)  # nothing of the process before is under way  # fork next
        environment = {"NEMO_TOKEN": self.token} if self.token else {}
        found = self.mortal.process(work, self.folder, environment, HANG)
        if found is None:
            self.deaths += 1
            return False
        self.end = found
        return True

    def _ended(self) -> None:
        """Note the end; where a death left a doubt, see that it is one, and give the word that it asks for."""
        self.ends.append(int(self.end["exit"]))
        self.wrong += rules.faulty_end(self.end["exit"], self.end["errors"])
        codes = {error["code"] for error in self.end["errors"]}
        if self.deaths and "rate_limited" in codes and not self.token:
            self.other_token()  # it died with the reply that had the anonymous one of the week
            self.resume()
            return
        if not self.deaths or self.unknown or "outcome_unknown" not in codes or self.expects_unknown:
            return
        self.unknown += 1
        if truth.timeline_changed(self.server, self.mortal.clock, self.state, self.run_id, self.token):
            self.wrong.append("the timeline has changed, and tells what the run does not know")
        self.resume(resend=True)

    def _budget_asked_for(self) -> float:
        """What the last process asks `--budget` for; an edit in doubt that was sent again stays reserved. Else 0."""
        hints = " ".join(error["hint"] for error in self.end["errors"] if error["code"] == "budget")
        found = re.search(r"--budget (\d+)", hints)
        return float(found[1]) if found else 0.0

    #: Whether the row itself is about an outcome that nobody knows.
    expects_unknown: bool = False

    # --- what a person does at the service ---------------------------------------------------------------------------

    def register(self) -> None:
        """Press the button of the page where an anonymous account is registered."""
        (user,) = {token["user_id"] for token in self._world["tokens"].values() if token["client"]}
        self._press(f"/register?bind={user}")

    def claim(self) -> None:
        """Press the button of the page where the session is taken over."""
        self._press(f"/workspace/claim?ct={next(reversed(self._world['claims']))}")

    def _press(self, page: str) -> None:
        with urllib.request.urlopen(self.server.url + page, data=b"") as reply:
            assert reply.status == 200

    def other_token(self, user: str = "", **more: Any) -> None:
        """Set NEMO_TOKEN to a token of the same account, or of a `user` that never saw the session."""
        self.token = self.server.issue_token(user or self.user, **more)

    # --- seeing ------------------------------------------------------------------------------------------------------

    @property
    def _world(self) -> dict[str, Any]:
        world: dict[str, Any] = self.server.snapshot()["world"]
        return world

    @property
    def user(self) -> str:
        """Whose the newest session is."""
        return str(next(reversed(self._world["sessions"].values()))["user_id"])

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    @property
    def run_id(self) -> str:
        """The run's."""
        with Journal.open(self.state) as journal:
            return journal.runs()[0].id

    @property
    def charges(self) -> Sequence[Charge]:
        """What was charged."""
        return [charge for charge in self.server.ledger if charge.amount]

    def posts(self, route: str) -> int:
        """How many requests of one kind there were."""
        return sum(request.route == route for request in self.server.requests)

    @property
    def said(self) -> str:
        """What the last process complained of."""
        return " ".join(error["message"] for error in self.end["errors"])

    def told(self) -> list[str]:
        """Every event of every process, as JSON."""
        file = self.folder / "told.jsonl"
        return file.read_text().splitlines() if file.exists() else []

    # --- expecting ---------------------------------------------------------------------------------------------------

    def expect(self, exit_status: int, code: str = "", *texts: str) -> None:
        """The last process ended like that, and said all of these."""
        errors = self.end["errors"]
        found = (int(self.end["exit"]), errors[0]["code"] if errors else "")
        if found != (exit_status, code):
            said = f"{errors[0]['message']} [{errors[0]['hint']}]" if errors else ""
            self.wrong.append(f"it ended with {found}, not {(exit_status, code)}: {said}")
            return
        said = json.dumps([errors, self.end["findings"]], ensure_ascii=False)
        self.wrong += [f"{text!r} is not said: {said[:600]}" for text in texts if text not in said]

    def expect_charges(self, count: int) -> None:
        """So many charges by now."""
        if len(self.charges) != count:
            self.wrong.append(f"{len(self.charges)} charges by then, not {count}")
