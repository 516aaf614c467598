"""What must hold when a run that was killed has come to its end: nothing lost, paid twice, done twice or left over."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from campaigns.crash_world import CANARY, Place
from clipline.journal import EffectRow, Journal, StageRow

__all__ = ["broken", "facts_of", "unknown"]

#: What may stand in the state folder once all is over.
_KEPT = re.compile(
    r"journal\.sqlite(-wal|-shm)?|runs(/(RUN|batch-[0-9a-f]+)\.lock|/RUN(/events\.jsonl|/scratch)?)?"
    r"|credentials(/[\w.-]+\.(json|lock))?|mock(/.*)?|conversations?(/.*)?"
)
_RUN_ID = re.compile(r"\b\d{8}-\d{6}-[a-z0-9]{4}\b")


def facts_of(place: Place) -> Mapping[str, Any]:
    """What the files of a cell are, to be compared with those of an undisturbed run."""
    facts: dict[str, Any] = {}
    for name in place.scene.files:
        file, sidecar = place.out / name, place.out / f"{name}.json"
        if not file.is_file() or not sidecar.is_file():
            facts[name] = "missing"
            continue
        told = json.loads(sidecar.read_text())
        whole = (told["sha256"], told["bytes"]) == (_sha256(file), file.stat().st_size)
        facts[name] = {"media": told["media"], "bytes": file.stat().st_size} if whole else "not as its sidecar says"
    return facts


def broken(place: Place, usual: Mapping[str, Any]) -> Iterator[str]:
    """Every rule that the end of a cell breaks; `usual` are the facts of an undisturbed run."""
    if (facts := facts_of(place)) != usual:
        yield f"the files are {facts}, not {usual}"
    yield from _leftovers(place)
    yield from _sound(place)
    yield from _leaks(place)
    with Journal.open(place.state) as journal:
        rows = [row for row in journal.runs() if row.status != "interrupted" or journal.attempts(row.id)]
        yield from (f"the run {row.id} is {row.status}" for row in rows if row.status != "done")
        by_run = {row.id: journal.attempts(row.id) for row in rows}
        attempts = [attempt for each in by_run.values() for attempt in each]
        effects = [effect for row in rows for effect in journal.effects(row.id)]
        for each in by_run.values():
            yield from _done_again(each)
        yield from _paid(place, effects)
        yield from _counted(place, attempts)
        known = sum(journal.credits(row.id) or 0 for row in rows)
        taken = sum(journal.taken(row.id) for row in rows)
        spent = sum(charge["amount"] for charge in place.world().get("charges", ()))
        if place.scene.edits and not known <= spent <= taken:
            yield f"{spent} credits were charged, the journal knows of {known:g} and has {taken:g} taken"


def unknown(place: Place) -> Iterator[str]:
    """What is wrong with saying that nobody can tell: the service shows that something happened."""
    world = place.world()
    charged = Counter(charge["text"] for charge in world.get("charges", ()))
    with Journal.open(place.state) as journal:
        still_open = [effect for row in journal.runs() for effect in journal.effects(row.id) if effect.status == "open"]
        done = [effect for row in journal.runs() for effect in journal.effects(row.id) if _is_edit(effect)]
    if not still_open:
        yield "nothing is open, and yet nobody can tell"
    for effect in still_open:
        text = str(effect.operation.get("text"))
        known = sum(one.status == "done" and one.operation["text"] == text for one in done)
        if charged[text] > known:
            yield f"{text!r} was charged and can be seen, and yet nobody can tell"


def _is_edit(effect: EffectRow) -> bool:
    return "text" in effect.operation


def _done_again(attempts: list[StageRow]) -> Iterator[str]:
    """No attempt at a stage after one that ended well."""
    done: set[str] = set()
    for attempt in attempts:
        if attempt.path in done and attempt.status != "skipped":
            yield f"{attempt.path} was done, and begun again"
        if attempt.status == "done":
            done.add(attempt.path)


def _paid(place: Place, effects: list[EffectRow]) -> Iterator[str]:
    """Each edit is charged once, and the journal knows it."""
    charges = [charge["text"] for charge in place.world().get("charges", ())]
    if len(charges) != place.scene.edits:
        yield f"{len(charges)} charges for {place.scene.edits} edits: {charges}"
    for text, times in Counter(charges).items():
        wanted = place.scene.edits if len(set(charges)) == 1 else 1
        if times > wanted:
            yield f"{text!r} was charged {times} times"
        known = sum(_is_edit(one) and one.status == "done" and one.operation["text"] == text for one in effects)
        if known != times:
            yield f"{text!r} was charged {times} times, and the journal has it done {known} times"
    yield from (f"{one.name} of {one.stage} is still open" for one in effects if one.status == "open")


def _counted(place: Place, attempts: list[StageRow]) -> Iterator[str]:
    """The service, the receiver of the webhook and the command saw no more than there were attempts."""
    tries = Counter(attempt.kind for attempt in attempts)
    if place.scene.is_remote and (uploads := place.requests("upload")) > max(1, tries["upload"]):
        yield f"{uploads} uploads in {tries['upload']} attempts"
    renders = len(place.world().get("renders", {}))
    if place.scene.edits and renders != len(place.scene.files):
        yield f"{renders} renders of {len(place.scene.files)} files"
    if "notify" not in tries:
        return
    messages = place.servers.delivered(place.folder.name)
    if not 1 <= len(messages) <= tries["notify"] or len(set(messages)) != 1:
        yield f"{len(messages)} messages of {len(set(messages))} ids in {tries['notify']} attempts"
    steps = (place.out / "steps") if (place.out / "steps").exists() else place.folder / "steps"
    ran = steps.read_text().count("\n") if steps.exists() else 0
    if not 1 <= ran <= tries["command"]:
        yield f"the step ran {ran} times in {tries['command']} attempts"


# --- files -----------------------------------------------------------------------------------------------------------


def _leftovers(place: Place) -> Iterator[str]:
    """In the output folder the files with their facts and no more; in the state folder what belongs there."""
    there = {path.name for path in place.out.iterdir()} if place.out.exists() else set()
    more = there - {name for file in place.scene.files for name in (file, f"{file}.json")} - {"steps"}
    yield from (f"left in the output folder: {name}" for name in sorted(more))
    for path in sorted(place.state.rglob("*")):
        name = _RUN_ID.sub("RUN", str(path.relative_to(place.state)))
        if not _KEPT.fullmatch(name) or ".part" in name or (path.name == "scratch" and any(path.iterdir())):
            yield f"left in the state folder: {name}"
    with closing(sqlite3.connect(place.state / "journal.sqlite")) as journal:
        known = {row[0] for row in journal.execute("SELECT id FROM runs")}
        temporaries = [row[0] for row in journal.execute("SELECT file FROM temporaries")]
    yield from (f"still journalled as a temporary file: {Path(name).name}" for name in temporaries)
    # A run is locked before it is written down; who dies in between leaves an empty lock, for `doctor --mend`.
    found = {path.name for path in (place.state / "runs").iterdir() if path.is_dir()}
    yield from ("left in the state folder: the folder of no run" for _ in found - known)


def _sound(place: Place) -> Iterator[str]:
    """The journal is whole, and the file of events has what its table has, or the beginning of that."""
    with closing(sqlite3.connect(place.state / "journal.sqlite")) as journal:
        (verdict,) = journal.execute("PRAGMA integrity_check").fetchone()
        events = journal.execute("SELECT run_id, count(*) FROM events GROUP BY run_id").fetchall()
    if verdict != "ok":
        yield f"the journal is damaged: {verdict}"
    for run_id, count in events:
        lines = (place.state / "runs" / run_id / "events.jsonl").read_text().splitlines()
        told = [json.loads(line)["sequence"] for line in lines]
        # The copy is written after the table: who dies in between at the very end of a run leaves it without these.
        if told != list(range(1, len(told) + 1)) or len(told) > count:
            yield f"{len(lines)} lines of {count} events"


def _leaks(place: Place) -> Iterator[str]:
    """Secrets that stand elsewhere than in the file of tokens, and tracebacks."""
    secrets = {CANARY, "nmv_usr_", "X-Amz-Signature="}
    for kept in (place.state / "credentials").glob("*.json"):
        secrets.add(json.loads(kept.read_text())["client_id"])
    for path in place.folder.rglob("*"):
        own = {"credentials", "mock"} & set(path.relative_to(place.folder).parts)
        if own or not path.is_file() or path.suffix in {".mp4", ".yaml"}:
            continue
        content = path.read_bytes()
        yield from (f"{secret} in {path.name}" for secret in secrets if secret and secret.encode() in content)
        if b"Traceback" in content:
            yield f"a traceback in {path.name}: {content.decode(errors='replace')[-600:]}"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
