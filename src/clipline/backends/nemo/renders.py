"""Renders at the service: started under an id of our own, asked for until they end, found again after a break.

A render costs nothing, and its id is ours: whoever knows the id and the token that started it can collect the file. So
a job is never given up for a break; only one that failed is made once more, under a new id.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from clipline.backends.nemo.account import waiting_for_account
from clipline.backends.nemo.free import free
from clipline.backends.nemo.service import Client, Cloud
from clipline.backends.nemo.sessions import is_gone, is_there, lost
from clipline.backends.nemo.state import CloudState
from clipline.errors import AccountError, Cancelled, CheckFailed, CliplineError, ServiceError, StageFailed, Waiting
from clipline.nemo.protocol import RenderState, proves_refusal
from clipline.stage import Settled
from clipline.studio.reading.wholeness import announced_size
from clipline.values import JsonObject, Secret

__all__ = ["collect", "give_up", "put_away"]

#: Refusals that the person sees to: the run waits meanwhile.
_ACCOUNT = frozenset({"plan_required", "no_credits"})
_FAILED, _PUT_AWAY = "render_failed", "render:fetched"
#: Answers to a look that say that the job cannot be asked for any more.
_LOST = frozenset({"token_refused", "not_found", "session_gone", "forbidden"})


def collect(cloud: Cloud, state: CloudState, draft: Callable[[], str], quality: str, target: Path) -> str:
    """Have the draft rendered and fetch the file to `target`; returns the render's id.

    A render of an earlier attempt is gone on with. One that fails is made once more.

    Args:
        cloud: the service.
        state: names the session.
        draft: gives the draft's JSON text; asked for only where a render is started.
        quality: as the service knows it.
        target: where the file goes.

    Raises:
        Waiting: it is not ready after `polls` looks; the job goes on at the service.
        AccountWaiting: the plan or the credits do not allow an export.
        StageFailed: it failed twice.
        CheckFailed: the file that came is not whole.
    """
    job = _known(cloud)
    for is_last in (False, True):
        fresh = job is None and cloud.call.effects.open_operation("render") is None
        try:
            job = job or _started(cloud, state, draft, quality)
            client = cloud.with_token(job["token"])
            url = _finished(cloud, client, job, fresh=fresh)
        except StageFailed as error:
            if error.code != _FAILED or is_last:
                raise
            cloud.call.note(f"{error.message}; it is made once more")
            job = None
            continue
        # The same client: it knows where the service stands that named the address.
        _fetch(cloud, client, url, str(job["id"]), target)
        return str(job["id"])
    raise AssertionError("the last try returns or raises")


def put_away(cloud: Cloud) -> None:
    """The file of the newest render is in its place: a stage that is done again makes a new one."""
    job = cloud.call.effects.earlier("render")
    if job is None:
        return
    done = {"id": job["id"]}
    cloud.call.effects.perform(_PUT_AWAY, done, lambda: done, settle=lambda _: Settled("done", done), span=0.0)


def give_up(cloud: Cloud) -> Sequence[str]:
    """Stop the stage's render at the service, where it still goes on; in words what goes on all the same."""
    effects = cloud.call.effects
    job, used = effects.open_operation("render") or effects.earlier("render"), effects.earlier(_PUT_AWAY)
    if job is None or (used and used["id"] == job["id"]):
        return ()
    base = CloudState.read(cloud.call.state, cloud.key).base
    if base and base != cloud.base:
        return (f"the render {job['id']} may go on at {base}; the settings now name {cloud.base}",)
    try:
        client = cloud.with_token(job["token"])
        render = client.render(job["id"])
        if not (render.done or render.failed):
            client.cancel_render(job["id"])
            cloud.call.note(f"the service was told to stop the render {job['id']}")
    except CliplineError as error:
        if isinstance(error, Cancelled):
            raise
        if error.code not in {"not_found", "session_gone"}:  # where it is not known, nothing goes on
            return (f"the render {job['id']} may go on at {cloud.base}: {error.message}",)
    return ()


# --- starting --------------------------------------------------------------------------------------------------------


def _known(cloud: Cloud) -> JsonObject | None:
    """The job of an earlier attempt, unless its file was fetched or nobody saw the end of its start."""
    effects = cloud.call.effects
    if effects.open_operation("render") is not None:
        return None
    job, used = effects.earlier("render"), effects.earlier(_PUT_AWAY)
    return None if job and used and job["id"] == used["id"] else job


def _started(cloud: Cloud, state: CloudState, draft: Callable[[], str], quality: str) -> JsonObject:
    """A new job; a start that nobody saw the end of is settled, and made again only where the service knows nothing."""
    begun = cloud.call.effects.open_operation("render")
    for is_last in (False, True):
        try:
            return _start(cloud, begun or _operation(cloud, state), draft, quality)
        except CliplineError as error:
            if error.code in _ACCOUNT:
                raise waiting_for_account(cloud, error) from error
            if is_gone(error) and not is_there(cloud, state):
                raise lost(cloud, state) from error
            slip = is_gone(error) or (error.code == "token_refused" and cloud.options.token is None)
            if is_last or not slip:
                raise
            begun = None
    raise AssertionError("the last try returns or raises")


def _operation(cloud: Cloud, state: CloudState) -> dict[str, str]:
    token = cloud.client.account().token  # a refused anonymous one is renewed by that
    number = f"render_{int(cloud.call.clock.now() * 1000)}_{secrets.token_hex(4)}"
    return {"id": number, "session": state.session, "token": token}


def _start(cloud: Cloud, operation: JsonObject, draft: Callable[[], str], quality: str) -> JsonObject:
    client = cloud.with_token(operation["token"])

    def send() -> dict[str, Any]:
        client.start_render(operation["id"], operation["session"], draft(), quality)
        return dict(operation)

    return free(
        cloud,
        "render",
        operation,
        send,
        settle=lambda operation: _asked_for(cloud.with_token(operation["token"]), operation),
        again="the service does not know of the render, so it is started again",
        refused=_is_refused,
        span=cloud.options.drop_wait,
    )


def _is_refused(error: Exception) -> bool:
    """Whether there is no job. A complete reply that names the plan or a failure is enough: nothing is paid here."""
    plain = isinstance(error, CliplineError) and error.code in {"plan_required", "attribution_missing", _FAILED}
    return plain or proves_refusal(error)


def _asked_for(client: Client, operation: JsonObject) -> Settled:
    """Whether the service knows the job."""
    try:
        client.render(operation["id"])
    except (StageFailed, AccountError) as error:
        if error.code not in _LOST:
            raise
        return Settled("not_done")
    return Settled("done", dict(operation))


# --- waiting ---------------------------------------------------------------------------------------------------------


def _finished(cloud: Cloud, client: Client, job: JsonObject, *, fresh: bool) -> Secret:
    """The address of the finished file.

    Raises:
        StageFailed: `render_failed`.
        Waiting: it is not ready yet.
    """
    call = cloud.call
    try:
        for number in range(cloud.options.polls + (0 if fresh else 1)):
            if number or fresh:
                call.clock.sleep(cloud.options.poll)
            render = _look(cloud, client, job["id"])
            if render is not None and render.done and render.url is not None:
                return render.url
    except Cancelled:
        call.note(f"the render goes on at the service; to collect it: clipline resume {call.run_id}")
        raise
    raise Waiting(
        f"the render is not ready after {cloud.options.polls} looks; it goes on at the service",
        code="render_running",
        hint=f"clipline resume {call.run_id}",
    )


def _look(cloud: Cloud, client: Client, number: str) -> RenderState | None:
    """How far the job is; None where the service cannot tell now, so that it is asked again."""
    try:
        render = _told(cloud, client, number)
    except ServiceError as error:
        if error.waits:
            raise
        cloud.call.progress(None, "rendering at the service, which does not answer just now")
        return None
    if render.failed:
        raise _failed(cloud, f"the render failed{f': {render.error}' if render.error else ''}")
    part = None if render.progress is None else render.progress / 100
    cloud.call.progress(part, f"rendering at the service: {render.status}")
    return render


def _told(cloud: Cloud, client: Client, number: str) -> RenderState:
    """What the service says of the job. Where it says that there is none, once more: a slip must not start another.

    Raises:
        StageFailed: `render_failed`; it cannot be asked for any more.
        AccountWaiting: the plan or the credits do not allow an export.
    """
    for is_last in (False, True):
        try:
            return client.render(number)
        except (StageFailed, AccountError) as error:
            if error.code in _ACCOUNT:
                raise waiting_for_account(cloud, error) from error
            if error.code not in _LOST:
                raise
            if is_last:
                raise _failed(cloud, f"the render cannot be asked for any more: {error.message}") from error
        cloud.call.clock.sleep(cloud.options.poll)
    raise AssertionError("the last look returns or raises")


def _failed(cloud: Cloud, words: str) -> StageFailed:
    return StageFailed(
        words,
        code=_FAILED,
        hint="a render costs nothing, and the edits are kept; where the service had trouble, try again later: "
        f"clipline resume {cloud.call.run_id}; where the clip or an edit is the reason, it fails again",
    )


# --- fetching --------------------------------------------------------------------------------------------------------


def _fetch(cloud: Cloud, client: Client, url: Secret, number: str, target: Path) -> None:
    """Download the file, from the service itself where its own address fails, and check that it is whole."""

    def progress(done: int, total: int | None) -> None:
        cloud.call.progress(done / total if total else None, "downloading")

    try:
        client.download(url, target, progress)
        _check_whole(target)
    except (ServiceError, CheckFailed) as error:
        cloud.call.note(f"{error.message}; the service is asked for the file itself")
        try:
            client.fallback_download(number, target, progress)
        except ServiceError as second:
            error.hint = (
                error.hint or f"the file is kept at the service; to fetch it: clipline resume {cloud.call.run_id}"
            )
            raise error from second
        _check_whole(target)


def _check_whole(file: Path) -> None:
    """Whether a download is as long as it says of itself.

    Raises:
        CheckFailed: it is not, or it is no video.
    """
    size, announced = file.stat().st_size, announced_size(file)
    if announced is None and not _is_open_ended(file):
        raise CheckFailed("what was downloaded is no MP4", code="bad_export", hint="export again")
    if announced is not None and size < announced:
        raise CheckFailed(
            f"the download has {size} bytes, and the file says that it has {announced}",
            code="bad_export",
            hint="export again",
        )


def _is_open_ended(file: Path) -> bool:
    """Whether it is a container that does not say where it ends, as some that were streamed."""
    with file.open("rb") as opened:
        head = opened.read(12)
    return head[4:8] in {b"ftyp", b"moov", b"mdat"} or head.startswith(b"\x1aE\xdf\xa3")
