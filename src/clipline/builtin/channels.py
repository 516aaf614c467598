"""The ways to notify that clipline ships."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from clipline.artifacts import disk, make_folder
from clipline.builtin.commands import COMMAND_OPTIONS, send_to_command
from clipline.builtin.email_channel import EMAIL
from clipline.builtin.webhooks import WEBHOOK
from clipline.stage import Channel, Message, StageCall
from clipline.values import JsonObject

__all__ = ["CHANNELS"]


def _to_console(call: StageCall, message: Message, options: JsonObject) -> JsonObject:  # noqa: ARG001  # takes none
    call.note(message.text)
    return {}


def _to_file(call: StageCall, message: Message, options: JsonObject) -> JsonObject:
    path = Path(options["path"])
    time = datetime.fromtimestamp(call.clock.now(), UTC).isoformat()
    line = json.dumps({"time": time, "text": message.text, **message.data}, ensure_ascii=False) + "\n"
    make_folder(path.parent)
    with disk("write", path), open(path, "ab", buffering=0, opener=_open_at_once) as file:
        file.write(line.encode())  # one write: lines of runs side by side do not mix
        os.fsync(file.fileno())
    return {"path": str(path)}


def _open_at_once(path: str, flags: int) -> int:
    """Open for writing; a pipe that nobody reads is an error, not waited for."""
    descriptor = os.open(path, flags | os.O_NONBLOCK, 0o666)
    os.set_blocking(descriptor, True)
    return descriptor


CONSOLE = Channel(
    "console",
    _to_console,
    {"type": "object", "properties": {}, "additionalProperties": False},
    summary="Say it in the terminal and in the run's log.",
)

FILE = Channel(
    "file",
    _to_file,
    {
        "type": "object",
        "properties": {
            "path": {
                "type": "string",
                "format": "path",
                "x-clipline-written": True,
                "description": "The file that gets one more line of JSON.",
            }
        },
        "required": ["path"],
        "additionalProperties": False,
    },
    summary="Append one line of JSON to a file.",
)

COMMAND = Channel(
    "command",
    send_to_command,
    COMMAND_OPTIONS,
    summary="Run a program of yours; it reads the message as JSON on its input.",
    secret_options=frozenset({"env"}),
)

CHANNELS = (CONSOLE, FILE, EMAIL, WEBHOOK, COMMAND)
