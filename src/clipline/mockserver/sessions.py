"""Sessions: opened, found by their owner alone, filled with media, claimed by a person."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

from clipline.mockserver import drafts
from clipline.mockserver.downloads import signed_url
from clipline.mockserver.envelope import Refusal
from clipline.mockserver.model import Account, Claim, Session, StoredFile, Token
from clipline.mockserver.session import MediaFile, SessionView
from clipline.mockserver.world import World
from clipline.values import JsonObject

__all__ = [
    "add_files",
    "claim",
    "claim_token",
    "file_json",
    "find_session",
    "media_of",
    "named",
    "open_session",
    "state_of",
    "view_of",
]

_CLAIM_SECONDS = 604_800


def open_session(world: World, token: Token, name: str, language: str) -> JsonObject:
    """Open a session; the reply's `data`, in which the user is named only sometimes."""
    with world.lock:
        rng = world.rng("session")
        session = Session(
            str(rng.randrange(10**18, 9 * 10**18)),
            f"task_{rng.getrandbits(64):016x}",
            token.user_id,
            name,
            language,
            world.clock.now(),
        )
        session.draft = drafts.new_draft(session.session_id)
        world.state.sessions[session.session_id] = session
        world.save()
    data = {"task_id": session.task_id, "session_id": session.session_id}
    return data | ({"user_id": token.user_id} if rng.random() < 0.5 else {})


def find_session(world: World, session_id: str, token: Token) -> Session:
    """The session, if it lives and this token's user owns it.

    Raises:
        Refusal: there is none (1002).
    """
    with world.lock:
        session = world.state.sessions.get(session_id)
        hours = world.options.session_hours
        old = session is not None and bool(hours) and world.clock.now() - session.created >= hours * 3600
        if session is None or session.dead or old or session.user_id != token.user_id:
            raise Refusal(1002, "session not found or expired")
        return session


def view_of(world: World, session: Session) -> SessionView:
    """What the agent sees."""
    files = tuple(_media(world, file) for file in session.files)
    return SessionView(session.session_id, session.draft, files, session.language, session.turns)


def media_of(world: World, session: Session) -> dict[str, Path]:
    """The session's files by their names, as far as their bytes are here."""
    return {file.filename: world.store.root / file.path for file in session.files if file.path}


def _media(world: World, file: StoredFile) -> MediaFile:
    path = world.store.root / (file.path or f"media/absent-{file.hash}")
    return MediaFile(file.filename, path, file.file_type, file.duration, file.width, file.height, file.fps)


def named(session: Session, files: list[StoredFile]) -> list[StoredFile]:
    """Uploads under the names that they get in a session.

    A file of the same name and content as an earlier one is that one; another of the same name gets a number.
    """
    known = {file.filename: file for file in session.files}
    found = []
    for file in files:
        plain, number = PurePosixPath(file.filename), 1
        while (same := known.get(file.filename)) and same.hash != file.hash:
            number += 1
            file.filename = f"{plain.stem}_{number}{plain.suffix}"
        found.append(known.setdefault(file.filename, file))
    return found


def add_files(world: World, session: Session, files: list[StoredFile]) -> None:
    """Put uploads into a session: the last video comes onto the draft's video track."""
    with world.lock:
        kept = named(session, files)
        for file in kept:
            if file not in session.files:
                session.files.append(file)
        videos = [file for file in kept if file.file_type == "video"]
        if videos:
            session.draft = drafts.with_clip(session.draft, _media(world, videos[-1]))
            described = session.draft.get("m") or {}
            if described.get("width") and described.get("height"):
                session.canvas = {"width": described["width"], "height": described["height"]}
        world.save()


def state_of(world: World, session: Session) -> JsonObject:
    """What `latest` tells of a session."""
    state: dict[str, Any] = {
        "draft": session.draft,
        "video_infos": [file_json(world, file) for file in session.files if file.file_type == "video"],
        "generated_media": list(session.generated),
        "canvas_config": dict(session.canvas),
    }
    number = int(hashlib.sha256(session.session_id.encode()).hexdigest(), 16)
    return {"state": state} | ({"user_id": session.user_id} if number % 2 else {})


def file_json(world: World, file: StoredFile) -> dict[str, Any]:
    """An uploaded file as replies show it."""
    return {
        "filename": file.filename,
        "file_type": file.file_type,
        "cdn_url": file.url or signed_url(world, file.path),
        "duration": file.duration,
        "width": file.width,
        "height": file.height,
        "fps": file.fps,
        "hash": file.hash,
    }


# --- handing over to a person ----------------------------------------------------------------------------------------


def claim_token(world: World, session: Session) -> JsonObject:
    """A token with which a person takes the session over; the reply's `data`."""
    with world.lock:
        value = f"clm_{world.rng('claim').getrandbits(128):032x}"
        world.state.claims[value] = Claim(value, session.session_id, world.clock.now() + _CLAIM_SECONDS)
        world.save()
    return {"claim_token": value, "expires_in": _CLAIM_SECONDS}


def claim(world: World, value: str) -> tuple[Session, Account] | None:
    """The session of a claim token with the account that owns it; None where the token is unknown or over."""
    with world.lock:
        found = world.state.claims.get(value)
        session = world.state.sessions.get(found.session_id) if found else None
        if found is None or session is None or found.expires_at <= world.clock.now():
            return None
        return session, world.account(session.user_id)
