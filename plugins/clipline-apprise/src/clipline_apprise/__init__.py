"""A channel: one message through any of the services that Apprise knows, each named by an address of its own.

This package is the executable documentation of the seam for channels: a description, a function, an entry point.
Apprise works in a process of its own: it logs addresses and hides errors, its calls cannot be stopped, and an address
is nearly always a secret.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clipline.errors import AccountError, CliplineError, InputError, ServiceError, StageFailed
from clipline.stage import Channel, Message, StageCall, hookimpl
from clipline.values import JsonObject, Secret, parse_duration
from clipline_apprise.attachments import fitting

clipline_api = "1"

_ADDRESS = {"type": "string", "minLength": 1, "x-clipline-secret": True}
OPTIONS = {
    "type": "object",
    "properties": {
        "url": {
            **_ADDRESS,
            "description": "The service's address as Apprise writes it, like `ntfy://TOKEN@HOST/TOPIC`.",
        },
        "urls": {
            "type": "array",
            "items": _ADDRESS,
            "minItems": 1,
            "description": "Several addresses; where one fails, all get the message again if it is tried again.",
        },
        "title": {"type": "string", "description": "Above the message; the pipeline's name by default."},
        "format": {
            "enum": ["text", "markdown", "html"],
            "default": "text",
            "description": "What the message is written in; services that show less get it converted.",
        },
        "attach": {
            "type": "array",
            "items": {"type": "string", "minLength": 1},
            "default": [],
            "description": "Names of exported files to attach, like `*.jpg`; up to 10 MB together go, the smallest "
            "first, and the message names what does not.",
        },
        "timeout": {
            "type": ["string", "number"],
            "format": "duration",
            "default": "1m",
            "description": "How long a service may take.",
        },
    },
    "oneOf": [{"required": ["url"]}, {"required": ["urls"]}],
    "additionalProperties": False,
}
#: How Apprise calls it, by the run's status: services show a colour or an icon.
_TYPES = {"done": "success", "failed": "failure", "cancelled": "warning", "waiting": "warning"}


@hookimpl
def channels() -> Sequence[Channel]:
    """Offer `apprise`."""
    summary = "Notify through any of the services that Apprise knows: ntfy, Gotify, Slack, Telegram, Matrix and others."
    return [Channel("apprise", send, OPTIONS, summary, secret_options=frozenset({"url", "urls"}))]


def send(call: StageCall, message: Message, options: JsonObject) -> JsonObject:
    """Send a message to each address; one that fails lets the others have it.

    Raises:
        InputError: an address is none.
        AccountError: a service does not take the token or password.
        StageFailed: a service refuses the message, and will again.
        ServiceError: a service cannot be reached, or is busy.
        Cancelled, TimedOut: by the clock.
    """
    from clipline_apprise.process import send_apart

    given = options["urls"] if "urls" in options else [options["url"]]
    files, left = fitting([Path(file) for file in message.data.get("files", ())], options.get("attach", ()))
    run: JsonObject = message.data.get("run", {})
    job = {
        "title": options.get("title", run.get("name") or "clipline"),
        "body": message.text,
        "left": left,
        "format": options.get("format", "text"),
        "type": _TYPES.get(str(run.get("status")), "info"),
        "attach": [str(file) for file in files],
    }
    timeout = parse_duration(options.get("timeout", 60))
    told: list[Mapping[str, Any]] = []
    failed: list[Mapping[str, Any]] = []
    for url in map(_plain, given):
        answer = send_apart({**job, "url": url}, clock=call.clock, timeout=timeout)
        (told if answer["ok"] else failed).append(answer)
    if failed:
        raise _error(failed)
    return {"told": [{"service": answer["service"], "attached": answer["attached"]} for answer in told]}


def _plain(value: object) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


# --- errors ----------------------------------------------------------------------------------------------------------


def _error(failed: Sequence[Mapping[str, Any]]) -> CliplineError:
    """One error for all that failed: the one that is least worth another try."""
    errors = sorted(map(_one_error, failed), key=lambda error: ("never", "unsure", "safe").index(error.retry))
    worst, others = errors[0], errors[1:]
    words = "; ".join(error.message for error in errors)
    return type(worst)(words, code=worst.code, retry=worst.retry, hint=worst.hint) if others else worst


def _one_error(answer: Mapping[str, Any]) -> CliplineError:
    """What a failure means. The status is that of HTTP, 0 where the service gave none."""
    service, status, why = answer["service"], answer["status"], answer["why"]
    if answer["bad_address"]:
        hint = "see https://github.com/caronc/apprise/wiki for the form of each service's address"
        return InputError(f"apprise cannot use the address: {why}", code="bad_address", hint=hint)
    words = f"{service} did not get the message: {why}"
    if status in {401, 403}:
        return AccountError(words, hint="check the token or password in its address")
    if status in {408, 429} or status >= 500:
        return ServiceError(words, hint="try again later")
    if 300 <= status < 500:
        return StageFailed(words, code="notify_refused", hint="check its address")
    return ServiceError(
        words, retry="unsure", hint="check its address and the network; it may have got it all the same"
    )
