"""The rules of what is paid as rows: what dies or is refused, what the person then does, and what must come of it.

Each row is a function that acts as the person; `since` is the stage from whose start on its processes may die.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from campaigns.account_person import Person
from clipline.mockserver import Fault, fault_from_json

__all__ = ["ROWS", "Row"]

FIRST, SECOND = "keep 0s to 0.3s", 'add title "A"'
UPLOAD = {"stage": "upload", "with": {"files": "${{ inputs.clip }}"}}
EXPORT = {"stage": "export", "with": {"to": "made.mp4"}}
RUN: Mapping[str, Any] = {
    "clipline": 1,
    "name": "row",
    "inputs": {"clip": {"type": "file", "required": True}},
    "stages": [
        "auth",
        UPLOAD,
        {"stage": "edit", "id": "shorten", "with": {"instruction": FIRST}},
        {"stage": "edit", "id": "title", "with": {"instruction": SECOND}},
        EXPORT,
        {"stage": "notify", "with": {"via": ["console"]}},
    ],
}
LOOP: Mapping[str, Any] = {
    **RUN,
    "inputs": {"clips": {"type": "files", "required": True}},
    "stages": [
        {
            "for_each": "${{ inputs.clips }}",
            "id": "each",
            "as": "clip",
            "stages": [
                "auth",
                {"stage": "upload", "with": {"files": "${{ clip }}"}},
                {"stage": "edit", "id": "shorten", "with": {"instruction": FIRST}},
                {"stage": "export", "with": {"to": "{name}-made.mp4"}},
            ],
        }
    ],
}
LOOP_FILES = ("a-made.mp4", "b-made.mp4", "c-made.mp4")
SOMEBODY = "somebody_else"


@dataclass(frozen=True, slots=True)
class Row:
    """One rule.

    `charges` is how many there must be in the end, `posts` how many requests of a kind where no process dies;
    `supplied`: the person begins with a token of their own, which nothing may replace silently.
    """

    name: str
    act: Callable[[Person], None]
    since: str
    charges: int
    faults: tuple[Fault, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    posts: Mapping[str, int] = field(default_factory=dict)
    supplied: bool = False
    files: tuple[str, ...] = ("made.mp4",)
    credits: int | None = None


ROWS: list[Row] = []
Act = Callable[[Person], None]


def row(name: str, since: str, charges: int, *faults: Fault, **more: Any) -> Callable[[Act], Act]:
    """Make a row of a function."""

    def add(act: Act) -> Act:
        known = {key: more.pop(key) for key in ("posts", "supplied", "files", "credits") if key in more}
        ROWS.append(Row(name, act, since, charges, faults, more, **known))
        return act

    return add


def fault(route: str, kind: str, phase: str = "before_effect", nth: int | str = 1, **more: Any) -> Fault:
    """A fault as a file has it."""
    return fault_from_json({"route": route, "kind": kind, "phase": phase, "nth": nth, **more})


# --- the session dies ------------------------------------------------------------------------------------------------


@row("session dead in the upload", "upload", 2, fault("upload", "dead_session"), posts={"session": 2, "token": 1})
@row("session dead after the upload came", "upload", 2, fault("upload", "dead_session", "after_effect"))
@row("session dead in the render", "export", 2, fault("render_status", "dead_session"), posts={"render": 1})
def _healed(person: Person) -> None:
    person.run(RUN)
    person.expect(0)


def _lost(person: Person, done: str, price: str) -> None:
    """The run stops, names what was charged, does nothing by itself; the person's word builds the session anew."""
    person.run(RUN)
    charged = len(person.charges)
    # Who died between the intent of an edit and its answer cannot know whether it was paid: so it is in the price.
    in_doubt = bool(person.deaths) and "whether one more edit took effect" in person.said
    person.expect(6, "session_gone", done, "--replay", *([] if in_doubt else [price]))
    person.resume()
    person.expect(6, "session_gone")
    person.expect_charges(charged)
    person.resume(replay=True)
    person.expect(0)


@row("session dead at the first edit, --replay", "shorten", 2, fault("message", "dead_session"), posts={"session": 2})
def _before_first(person: Person) -> None:
    _lost(person, "1 file uploaded", "free of charge")


@row("session dead at the second edit, --replay", "title", 3, fault("message", "dead_session", nth=2))
def _before_second(person: Person) -> None:
    _lost(person, "1 edit made for 10 credits", "about 50 credits")


@row("session dead before the render, --replay", "export", 4, fault("render", "dead_session"), posts={"render": 2})
def _before_render(person: Person) -> None:
    _lost(person, "2 edits made for 20 credits", "about 100 credits")


# --- the token dies --------------------------------------------------------------------------------------------------


@row("anonymous token dead, same account", "title", 2, fault("message", "dead_token", nth=2), posts={"token": 2})
@row("anonymous token dead in the render", "export", 2, fault("render_status", "dead_token"), posts={"token": 2})
def _renewed(person: Person) -> None:
    person.run(RUN)
    person.expect(0)


@row("anonymous token dead, new account", "title", 3, fault("message", "dead_token", nth=2), renewal="new")
def _new_account(person: Person) -> None:
    person.run(RUN)
    if person.token:  # it died with the new token, and the person went on with one of the same account
        person.expect(0)
        person.spared = 1
        return
    person.expect(6, "session_gone", "cannot be seen by the account now at work", "1 edit made for 10 credits")
    person.expect_charges(1)
    person.resume(replay=True)
    person.expect(0)


@row("supplied token dead, set anew", "title", 2, fault("message", "dead_token", nth=2), supplied=True)
def _supplied(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "token_refused", "NEMO_TOKEN")
    person.resume()
    person.expect(4, "token_refused")
    person.other_token()
    person.resume()
    person.expect(0)


@row("supplied token dead in the render, set anew", "export", 2, fault("render_status", "dead_token"), supplied=True)
def _supplied_render(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "token_refused", "NEMO_TOKEN")
    person.other_token()
    person.resume()
    person.expect(0)


@row("supplied token dead, another account's", "title", 2, fault("message", "dead_token", nth=2), supplied=True)
def _wrong_account(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "token_refused")
    _with_another_account(person)
    person.other_token()
    person.resume()
    person.expect(0)


def _with_another_account(person: Person) -> None:
    """It cannot see the session: it says so, and charges nothing."""
    user, charged = person.user, len(person.charges)
    person.other_token(SOMEBODY, plan="free_export")
    person.resume()
    person.expect(6, "session_gone", "cannot be seen by the account now at work", "set the token of the account")
    person.expect_charges(charged)
    assert person.user == user


# --- credits and plan ------------------------------------------------------------------------------------------------

WAITS = {"posts": {"session": 1, "upload": 1, "token": 1}}


@row("2001 at an edit, registered", "title", 2, credits=15, **WAITS)
def _no_credits(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "no_credits", "clipline resume")
    person.resume()
    person.expect(4, "no_credits")
    person.expect_charges(1)
    person.register()
    person.resume()
    person.expect(0)


@row("2001 at an edit, NEMO_TOKEN", "title", 2, credits=15, **WAITS)
def _no_credits_token(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "no_credits")
    person.other_token(credits=100)
    person.resume()
    person.expect(0)


@row("2001 at an edit, another account", "title", 2, credits=15, **WAITS)
def _no_credits_another(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "no_credits")
    _with_another_account(person)
    person.token = ""
    person.register()
    person.resume()
    person.expect(0)


@row("402 at an edit: not in the table of proofs", "title", 2, fault("message", "status", nth="from 2", status=402))
def _plan_at_edit(person: Person) -> None:
    person.expects_unknown = True
    person.run(RUN)
    person.expect(6, "outcome_unknown", "--resend")
    person.expect_charges(1)
    person.server.clear_faults()
    person.resume(resend=True)
    person.expect(0)


@row("402 at the export, registered", "export", 2, plan="no_export", **WAITS)
def _plan(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "plan_required", "clipline resume")
    person.resume()
    person.expect(4, "plan_required")
    person.register()
    person.resume()
    person.expect(0)


@row("402 at the export, taken over by its link", "export", 2, plan="no_export", **WAITS)
def _plan_claimed(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "plan_required")
    person.claim()
    person.resume()
    person.expect(0)


@row("402 at the export, NEMO_TOKEN", "export", 2, plan="no_export", **WAITS)
def _plan_token(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "plan_required")
    person.other_token(plan="free_export")
    person.resume()
    person.expect(0)


@row("402 at the export, another account", "export", 2, plan="no_export", **WAITS)
def _plan_another(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "plan_required")
    _with_another_account(person)
    person.token = ""
    person.register()
    person.resume()
    person.expect(0)


@row("2001 at the export", "export", 2, fault("render", "status", nth="every", code=2001), **WAITS)
@row("2001 at the render's polls", "export", 2, fault("render_status", "status", nth="every", code=2001), **WAITS)
def _no_credits_export(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "no_credits", "clipline resume")
    person.server.clear_faults()
    person.resume()
    person.expect(0)


@row("402 at the render's polls", "export", 2, fault("render_status", "status", nth="every", status=402), **WAITS)
def _plan_polls(person: Person) -> None:
    person.run(RUN)
    person.expect(4, "plan_required", "clipline resume")
    person.server.clear_faults()
    person.resume()
    person.expect(0)


# --- budget, waiting, the person's word ------------------------------------------------------------------------------


def _unless_in_doubt(person: Person, text: str) -> list[str]:
    """What is said of the budget, where no death left an edit in doubt, which stays reserved."""
    return [] if person.unknown else [text]


@row("budget reached, raised", "title", 2, **WAITS)
def _budget(person: Person) -> None:
    person.run({**RUN, "budget": {"credits": 59}})
    person.expect(4, "budget", *_unless_in_doubt(person, "--budget 60"))
    person.expect_charges(1)
    person.resume(budget=60)
    person.expect(0)


@row("--replay, its budget reached and raised", "export", 4, fault("render", "dead_session"))
def _replay_budget(person: Person) -> None:
    person.run({**RUN, "budget": {"credits": 70}})
    person.expect(6, "session_gone", "2 edits made for 20 credits")
    person.resume(replay=True)
    person.expect(4, "budget", *_unless_in_doubt(person, "--budget 80"))
    if not person.unknown:  # an edit in doubt stays reserved, and the budget is reached earlier
        person.expect_charges(3)
    person.resume(budget=80)
    person.expect(0)


@row("render not ready, collected later", "export", 2, render_polls=14, posts={"render": 1})
def _render_waits(person: Person) -> None:
    person.run(RUN)
    if not person.deaths:  # who is begun again asks more often, and may see the end
        person.expect(5, "render_running", "clipline resume")
    person.resume()
    person.expect(0)


@row("an edit lost before it came, --resend", "title", 2, fault("message", "reset", nth=2))
def _unknown(person: Person) -> None:
    person.expects_unknown = True
    person.run(RUN)
    person.expect(6, "outcome_unknown", "--resend")
    person.resume()
    person.expect(6, "outcome_unknown")
    person.expect_charges(1)
    person.resume(resend=True)
    if person.deaths and person.end["exit"]:  # it died before it sent, so that the fault struck the second message
        person.expect(6, "outcome_unknown", "--resend")
        person.resume(resend=True)
    person.expect(0)


@row("an edit that comes late, --no-wait", "title", 2, fault("message", "reset", "delay_effect", nth=2, delay=700.0))
def _late(person: Person) -> None:
    person.run(RUN, wait=False)
    person.expect(5, "effect_pending", "clipline resume")
    person.server.advance(901)
    person.resume(wait=False)
    if person.deaths and person.end["exit"] == 5:  # it died between the render's intent and its answer
        person.server.advance(901)
        person.resume(wait=False)
    person.expect(0)


# --- many at once ----------------------------------------------------------------------------------------------------


@row("for_each: 2001 at the last, registered", "each[2].shorten", 3, credits=25, files=LOOP_FILES)
def _loop_credits(person: Person) -> None:
    person.run(LOOP)
    person.expect(4, "no_credits")
    person.expect_charges(2)
    person.register()
    person.resume()
    person.expect(0)


@row("for_each: 402 at every export, registered", "each[1].export", 3, plan="no_export", files=LOOP_FILES)
def _loop_plan(person: Person) -> None:
    person.run(LOOP)
    person.expect(4, "plan_required")
    person.register()
    person.resume()
    person.expect(0)


@row(
    "for_each: one session dead, --replay",
    "each[1].export",
    4,
    fault("render", "dead_session", nth=2),
    files=LOOP_FILES,
)
def _loop_replay(person: Person) -> None:
    person.run(LOOP)
    person.expect(6, "session_gone", "1 edit made for 10 credits")
    person.expect_charges(3)
    person.resume(replay=True)
    person.expect(0)
