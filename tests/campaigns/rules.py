"""What every run against the mock must hold, however it ended; each rule gives the ways in which it was broken.

The journal says what clipline believes; the mock's ledger, renders and sessions are what is true.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from clipline.engine.results import RunResult
from clipline.journal import EffectRow, Journal
from clipline.mockserver import MockServer
from clipline.values import JsonObject

__all__ = ["CLIENT_ID", "EXITS", "end", "faulty_end", "files", "leaks", "payments", "redone", "renders", "uploads"]

#: The documented exit statuses of a run that nobody stops; 70 is a bug.
EXITS = frozenset({0, 1, 2, 3, 4, 5, 6, 7})
CLIENT_ID = "canary-client-7f3a9"
_SECRETS = (CLIENT_ID.encode(), b"nmv_usr_", b"X-Amz-Signature=")


def end(result: RunResult) -> Iterator[str]:
    """A documented exit status, and a hint with each error."""
    yield from faulty_end(result.exit, result.errors)


def faulty_end(exit_status: int, errors: Sequence[JsonObject]) -> Iterator[str]:
    """The same of a result that was read as JSON."""
    if exit_status not in EXITS:
        yield f"exit {exit_status}"
    if exit_status and not (errors and all(error.get("hint") for error in errors)):
        yield "no hint"


def files(out: Path, expected: Iterable[str], made: Iterable[Path] | None = None) -> Iterator[str]:
    """In the output folder these videos with their sidecars, and nothing else; each is whole.

    `made` are the files that the mock rendered: where nothing is done to them afterwards, ours are the same.
    """
    there = {path.name for path in out.iterdir()} if out.exists() else set()
    wanted = {name for video in expected for name in (video, f"{video}.json")}
    if there != wanted:
        yield f"in the output folder: {sorted(there)}, not {sorted(wanted)}"
    if made is not None:
        whole = {_sha256(path) for path in made}
        yield from (f"{name} is no render" for name in expected if name in there and _sha256(out / name) not in whole)


def leaks(state: Path, out: Path, told: Sequence[str], result: str) -> Iterator[str]:
    """Where a secret stands that must stand nowhere but in the token file."""
    texts = {"events": "\n".join(told).encode(), "the result": result.encode()}
    for root in (state, out):
        for path in root.rglob("*") if root.exists() else ():
            if path.is_file() and "credentials" not in path.parts and path.suffix != ".mp4":
                texts[path.name] = path.read_bytes()
    for where, text in texts.items():
        yield from (f"{secret.decode()} in {where}" for secret in _SECRETS if secret in text)


def payments(server: MockServer, journal: Journal, run_id: str, said: float | None, *, most: int = 1) -> Iterator[str]:
    """Each edit is charged `most` times at most, and what the journal says of it is what the ledger says.

    An edit that was charged is never one that the journal knows not to have happened; a price that is told is the
    true one; and what is spent or reserved is never less than what was charged. `said` are the credits of the result.
    """
    charges = Counter(charge.text for charge in server.ledger if charge.amount)
    prices = {charge.text: charge.amount for charge in server.ledger if charge.amount}
    edits = [effect for effect in journal.effects(run_id) if "text" in effect.operation]
    for text, times in charges.items():
        counted = [effect for effect in edits if effect.operation["text"] == text and _may_have_happened(effect)]
        if times > most:
            yield f"{times} charges for {text!r}"
        if times > len(counted):
            yield f"{times} charges for {text!r}, and the journal knows of {len(counted)}"
    for effect in edits:
        told = (effect.outcome or {}).get("credits")
        if told is not None and told != prices.get(effect.operation["text"], 0):
            yield f"{effect.operation['text']!r} is said to have cost {told}"
    spent = sum(charge.amount for charge in server.ledger)
    if journal.taken(run_id) < spent:
        yield f"{spent} credits were charged, and {journal.taken(run_id):g} are spent or reserved"
    if said is not None and said > spent:
        yield f"{said:g} credits are told, and {spent} were charged"


def _may_have_happened(effect: EffectRow) -> bool:
    return effect.status != "void" or effect.word == "resend"


def renders(server: MockServer, journal: Journal, run_ids: Iterable[str], *, may_repeat: bool = False) -> Iterator[str]:
    """Every job that the service knows is in the journal; none is started while another one goes on.

    `may_repeat`: something struck by which a job could not be asked for any more, or was not there yet.
    """
    jobs = server.snapshot()["world"]["renders"]
    known = {effect.operation.get("id") for run_id in run_ids for effect in journal.effects(run_id)}
    yield from (f"the render {number} is an orphan" for number in jobs if number not in known)
    going_on = [job for job in jobs.values() if job["status"] != "failed"]
    by_session = Counter(job["session_id"] for job in going_on)
    if any(times > 1 for times in by_session.values()) and not may_repeat:
        yield f"{len(going_on)} renders of {len(by_session)} sessions"


def uploads(counts: Sequence[int], done: Sequence[bool]) -> Iterator[str]:
    """No upload after one that was finished: `counts` are the requests by the end of each process, `done` likewise."""
    for before, after, finished in zip(counts, counts[1:], done, strict=False):
        if finished and after > before:
            yield f"{after - before} uploads after the stage was done"


def redone(journal: Journal, run_id: str) -> Iterator[str]:
    """No stage came to a good end twice, but where the person had a lost session built anew."""
    done = Counter(row.path for row in journal.attempts(run_id) if row.status == "done")
    yield from (f"the stage {path} was done {times} times" for path, times in done.items() if times > 1)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
