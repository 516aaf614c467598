"""The stage `notify`: one message, through each channel in turn.

Each channel is an effect of its own: after a crash or a retry, those that took the message are not bothered again.
One that died half-way gets the message again, under the same id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from clipline.errors import Cancelled, CliplineError, StageFailed, TimedOut, UsageError
from clipline.stage import Channel, Message, Settled, StageCall, StageResult
from clipline.values import JsonObject

__all__ = ["default_text", "send_message"]


def send_message(call: StageCall, options: JsonObject) -> StageResult:
    """Send the message through every channel of `via`; one that fails lets the others have it.

    Raises:
        Exception: a channel's own error where one failed, else a `StageFailed` that names all of them.
    """
    message = _message(call, options.get("message") or default_text(call.run))
    sent: list[str] = []
    failed: list[tuple[str, Exception]] = []
    for number, item in enumerate(options.get("via") or ["console"]):
        name, given = _named(item)
        channel = call.offers.channels.get(name)
        if channel is None:
            raise UsageError(f"there is no channel {name!r}", hint=f"known: {', '.join(call.offers.channels)}")
        try:
            _send_once(call, channel, f"via[{number}].{name}", message, given)
            sent.append(name)
        except (Cancelled, TimedOut):
            raise
        except Exception as error:  # noqa: BLE001  # a plugin's fault too must not keep the message from the others
            failed.append((name, error))
    if len(failed) == 1:
        raise failed[0][1]
    if failed:
        raise StageFailed("; ".join(f"{name}: {_told(error)}" for name, error in failed), code="notify_failed")
    return StageResult(outputs={"text": message.text, "sent": sent})


def _told(error: Exception) -> str:
    return error.message if isinstance(error, CliplineError) else f"{type(error).__name__}: {error}"


def _send_once(call: StageCall, channel: Channel, name: str, message: Message, options: JsonObject) -> JsonObject:
    return call.effects.perform(
        name,
        {"channel": channel.name, "id": message.data["id"]},
        lambda: channel.send(call, message, options),
        # Nobody took it for certain, and its id tells a receiver that it comes again: it may be sent once more.
        settle=lambda _: Settled("not_done"),
        span=0.0,
    )


def _named(item: Any) -> tuple[str, JsonObject]:
    """A channel as a file lists it: its name, or `{name: options}`."""
    if isinstance(item, Mapping):
        ((name, options),) = item.items()
        return str(name), options or {}
    return str(item), {}


def _message(call: StageCall, text: str) -> Message:
    digest = hashlib.sha256(f"{call.run_id}\n{call.path}".encode()).hexdigest()
    run = {name: call.run.get(name) for name in ("id", "name", "started", "backend", "status", "error")}
    files = [str(file) for file in call.run.get("files", ())]
    return Message(text, {"id": f"msg_{digest[:32]}", "run": run, "files": files})


def default_text(run: JsonObject) -> str:
    """One line on what a run made, or on why it made nothing."""
    name = run.get("name") or "clipline"
    files = [PurePath(str(file)).name for file in run.get("files", ())]
    made = f"made {', '.join(files)}" if files else "made no file"
    if run.get("status") in {"failed", "cancelled", "waiting"}:
        error = run.get("error")
        why = error.get("message") if isinstance(error, Mapping) else error
        return f"{name}: {run['status']}" + (f": {why}" if why else "") + (f"; {made}" if files else "")
    return f"{name}: {made}"
