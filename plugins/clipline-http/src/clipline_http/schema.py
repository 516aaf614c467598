"""What a description may hold, as a JSON Schema (2020-12); `clipline http schema` prints it for editors.

It is also the reference: the texts here are the only place where each key is explained.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["FORMATS", "LIMITS", "QUALITIES", "SCHEMA"]

FORMATS = ("mp4", "mov", "webm", "mkv", "gif")
QUALITIES = ("low", "medium", "high", "best")
#: What `limits` are where the description does not say; seconds, but for `parallel`.
LIMITS: Mapping[str, float] = {"every": 5.0, "wait": 1800.0, "answer": 60.0, "parallel": 4}


def _object(properties: Mapping[str, Any], *required: str, about: str = "", **others: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(properties), "additionalProperties": False, **others}
    return {**schema, **({"required": list(required)} if required else {}), **({"description": about} if about else {})}


def _text(about: str, **others: Any) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "description": about, **others}


def _words(about: str) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "minItems": 1, "description": about}


_SCALAR = {"type": ["string", "number", "boolean"]}
_PATH = "a JSON pointer like /data/0/id, or data[0].id"
_REQUEST: Mapping[str, Any] = {
    "request": _text(
        "Method and address: `POST /jobs`, `GET /jobs/{job.id}`, `PUT {clip.put}`. A path counts from `url`.",
        pattern=r"^(GET|POST|PUT|PATCH|DELETE) \S+$",
    ),
    "query": {"type": "object", "additionalProperties": _SCALAR, "description": "Added to the address after a `?`."},
    "headers": {"type": "object", "additionalProperties": _SCALAR, "description": "Sent beside `auth`."},
    "json": {"type": ["object", "array"], "description": "The body, as JSON; a name without a value is left out."},
    "form": {
        "type": "object",
        "additionalProperties": _SCALAR,
        "description": "The body, as multipart/form-data; a field that is `{clip}` is the file.",
    },
    "file": {"const": "{clip}", "description": "The body is the file as it is, like a PUT to an address for uploads."},
    "auth": {"const": False, "description": "Send this one without credentials. Other hosts never get them."},
}
_ONE_BODY = [{"not": {"required": list(pair)}} for pair in (("json", "form"), ("json", "file"), ("form", "file"))]
_TAKE = {
    "type": "object",
    "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
    "additionalProperties": {"type": "string"},
    "description": f"Values to take from the reply: a name of yours, and {_PATH}.",
}


def _request(*required: str, about: str = "", **more: Any) -> dict[str, Any]:
    return _object({**_REQUEST, "take": _TAKE, **more}, "request", *required, about=about, allOf=_ONE_BODY)


_PRICE = {
    "anyOf": [
        {"type": "number", "minimum": 0},
        _object(
            {
                "fixed": {"type": "number", "minimum": 0, "default": 0, "description": "Credits a job."},
                "per_second": {"type": "number", "minimum": 0, "description": "Credits a second of the clip."},
            },
            "per_second",
        ),
    ],
    "description": "What a job costs, as far as is known before: the budget reserves it, `plan` tells it.",
}
_PAID = {
    "anyOf": [
        {"const": False},
        _object(
            {
                "credits": _PRICE,
                "failed": {
                    "enum": ["charged", "free"],
                    "default": "charged",
                    "description": "What a job costs that failed or was cancelled. Only where it is free is a job "
                    "cancelled with the run, and a failed one submitted anew by `resume`.",
                },
                "key": _text(
                    "The header of an idempotency key: the service takes two requests with one key for the same, so "
                    "a request whose answer was lost is sent again with its key."
                ),
                "key_kept": {
                    "type": ["number", "string"],
                    "format": "duration",
                    "default": "24h",
                    "description": "How long the service knows a key: a request that is older is not sent again.",
                },
            }
        ),
    ],
    "description": "The request that costs something; false where nothing does.",
}

_PAID_REQUEST = _request("paid", paid=_PAID)
_SUBMIT = _object(
    {
        "stage": {
            "enum": ["export", "edit"],
            "default": "export",
            "description": "The stage that submits: `export`, once, with all edits before it; or each `edit`.",
        },
        "before": {
            "type": "array",
            "items": _request(),
            "minItems": 1,
            "description": "Requests that come first; what they take has names with `job.`.",
        },
        **_REQUEST,
        "take": _TAKE,
        "paid": _PAID,
        "credits": _text(f"What it really cost, in the reply: {_PATH}."),
    },
    "request",
    "paid",
    "take",
    about="The request that has the job done.",
    allOf=_ONE_BODY,
)
_LOOK = _object(
    {
        **_REQUEST,
        "take": _TAKE,
        "status": _text(f"Where the reply has the job's status: {_PATH}."),
        "done": _words("The statuses of a job whose file is ready."),
        "failed": _words("The statuses of a job that failed."),
        "cancelled": _words("The statuses of a job that somebody cancelled."),
        "running": _words("The statuses of a job that goes on. Any other is taken for one of these, and told."),
        "progress": _text(f"Where the reply says how far the job is: {_PATH}."),
        "progress_of": {"type": "number", "exclusiveMinimum": 0, "default": 100, "description": "What is all of it."},
        "reason": _text(f"Where the reply says why a job failed: {_PATH}."),
        "credits": _text(f"Where the reply says what the job cost: {_PATH}; told, not counted."),
    },
    "request",
    "status",
    "done",
    "failed",
    about="Asks how far the job is, again and again.",
    allOf=_ONE_BODY,
)
_FIND = _object(
    {
        **_REQUEST,
        "take": _TAKE,
        "list": {"type": "string", "description": "Where the reply has a list of jobs; else it is the job itself."},
        "where": {
            "type": "object",
            "additionalProperties": _SCALAR,
            "minProperties": 1,
            "description": "What tells our job among them: a path in it, and a value, as a rule `{job.key}`.",
        },
        "within": {
            "type": ["number", "string"],
            "format": "duration",
            "default": "2m",
            "description": "How long after it was sent a request may still show up as a job.",
        },
    },
    "request",
    "where",
    about="Looks for the job of a request whose answer was lost.",
    allOf=_ONE_BODY,
)
_AUTH = {
    "anyOf": [
        {"enum": ["none", "bearer"]},
        _object({"header": _text("Its name."), "value": _text("`{token}`, and what stands around it.")}, "header"),
        _object({"query": _text("The name in the query that the token has.")}, "query"),
        _object({"basic": {"type": "string", "description": "The user; the token is the password."}}, "basic"),
    ],
    "default": "none",
    "description": "How the token (the setting `http.token`) is sent; only to the host of `url`, and not elsewhere.",
}
_ERROR = _object(
    {
        "status": {"type": "integer", "minimum": 100, "maximum": 599, "description": "Replies of this status,"},
        "where": {
            "type": "object",
            "additionalProperties": _SCALAR,
            "minProperties": 1,
            "description": "whose JSON has these values: a path, and a value.",
        },
        "is": {
            "enum": ["token", "credits", "plan", "refused", "gone", "busy", "down"],
            "description": "What it means: the token is not taken; no credits, or a plan that does not allow it (the "
            "run waits); the request is wrong; there is no such thing; too many requests; trouble at the service.",
        },
        "done": {
            "enum": ["no", "perhaps"],
            "description": "Whether a paid request so answered was proven not done. By default that is: no for "
            "400-407, 410-417, 422, 429, 431 and a 2xx that `where` fits, unless it is a web page; perhaps for all "
            "else.",
        },
        "hint": _text("What the person can do about it."),
    },
    "is",
    anyOf=[{"required": ["status"]}, {"required": ["where"]}],
)
_DURATION = {"type": ["number", "string"], "format": "duration"}

SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "A render service, for clipline's backend http",
    **_object(
        {
            "clipline_http": {"const": 1, "description": "The version of this form."},
            "service": _text("What messages call it."),
            "url": _text("Where it answers, with what all paths begin with.", pattern="^https?://[^?#@\\s]+$"),
            "console": _text("Where a person can see the jobs, for a hint.", pattern="^https?://[^?#@\\s]+$"),
            "auth": _AUTH,
            "headers": {**_REQUEST["headers"], "description": "Sent with every request to the host of `url`."},
            "values": {
                "type": "object",
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
                "description": "More that a pipeline may say, with what is taken otherwise (null: nothing): "
                "`with: {http: {NAME: …}}`. Used as `{values.NAME}`.",
            },
            "words": _object(
                {
                    "quality": {
                        "type": "object",
                        "propertyNames": {"enum": list(QUALITIES)},
                        "additionalProperties": _SCALAR,
                        "minProperties": 1,
                        "description": "What the service calls them; those that are missing it does not do.",
                    },
                    "format": {
                        "type": "object",
                        "propertyNames": {"enum": list(FORMATS)},
                        "additionalProperties": _SCALAR,
                        "minProperties": 1,
                        "description": "What the service calls them; the first is what it makes unasked.",
                    },
                },
                about="The service's own words.",
            ),
            "account": _request(about="Tells who works: take `user` and `credits`. Asked by `auth`."),
            "upload": {
                "type": "array",
                "items": _request(),
                "minItems": 1,
                "description": "The requests that hand a file over, in their order; what they take has names with "
                "`clip.`. Left out where the file goes with the submission.",
            },
            "submit": _SUBMIT,
            "find": _FIND,
            "look": _LOOK,
            "result": _text("The address of the finished file: `{job.url}`, or a path like `/jobs/{job.id}/file`."),
            "cancel": _request(about="Cancels a job."),
            "message": _text(f"Where a reply says in words what is wrong: {_PATH}."),
            "errors": {"type": "array", "items": _ERROR, "description": "What replies mean; the first that fits."},
            "limits": _object(
                {
                    "every": {**_DURATION, "default": "5s", "description": "Between two looks at a job."},
                    "wait": {**_DURATION, "default": "30m", "description": "After this the run waits for `resume`."},
                    "answer": {**_DURATION, "default": "60s", "description": "The longest that one reply may take."},
                    "parallel": {
                        "type": "integer",
                        "minimum": 1,
                        "default": LIMITS["parallel"],
                        "description": "Jobs at once, of all runs of this process.",
                    },
                },
                about="How long to wait for what, and how much at once.",
            ),
        },
        "clipline_http",
        "service",
        "url",
        "submit",
        "look",
        "result",
    ),
}
