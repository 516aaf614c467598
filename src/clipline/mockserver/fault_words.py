"""The words that a fault is written with: routes, phases, kinds, and which of them go together."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["EFFECTFUL", "KINDS", "MEANINGS", "ONLY_AT", "PHASES", "ROUTES", "SENDING", "USED_BY"]

#: The calls of the service, by the names that faults and the request journal use.
ROUTES: Mapping[str, str] = {
    "token": "POST /api/auth/anonymous-token",
    "session": "POST /api/tasks/me/with-session/nemo_agent",
    "claim": "POST /api/auth/claim-token",
    "message": "POST /run_sse",
    "upload": "POST /api/upload-video/nemo_agent/me/<session>",
    "credits": "GET /api/credits/balance/simple",
    "state": "GET /api/state/nemo_agent/me/<session>/latest",
    "render": "POST /api/render/proxy/lambda",
    "render_status": "GET /api/render/proxy/lambda/<render>",
    "render_cancel": "POST /api/render/proxy/lambda/<render>/cancel",
    "render_download": "GET /api/render/proxy/<render>/download",
    "result": "GET /__cdn__/<file>, where results and uploads are fetched",
    "claim_page": "GET and POST /workspace/claim",
    "register_page": "GET and POST /register",
}

PHASES: Mapping[str, str] = {
    "before_reading": "the head has come, the body is not read",
    "before_effect": "all was read, nothing was done",
    "after_effect": "all was done, nothing was replied",
    "at_headers": "the reply's head was sent",
    "after_bytes": "so many bytes of the reply's body were sent (`after`)",
    "at_end": "all of the reply's body was sent, and only the mark of its end is missing",
    "delay_effect": "the request is replied to, or not, as the kind says, and carried out `delay` seconds later",
}

_EARLY = ("before_reading", "before_effect", "after_effect", "delay_effect")
#: The phases in which a reply is under way.
SENDING = ("at_headers", "after_bytes", "at_end")
_SHAPED = ("after_effect", "delay_effect")
_DONE = ("before_effect", "after_effect")
#: Every kind, with the phases in which it makes sense.
KINDS: Mapping[str, tuple[str, ...]] = {
    "status": _EARLY,
    "html": _EARLY,
    "reset": (*_EARLY, *SENDING),
    "close": (*_EARLY, *SENDING),
    "stall": (*_EARLY, *SENDING),
    "none": ("delay_effect",),
    "drip": (*_SHAPED, "after_bytes"),
    "wrong_length": _SHAPED,
    "no_length": _SHAPED,
    "long_length": _SHAPED,
    "truncated_gzip": _SHAPED,
    "split": _SHAPED,
    "full_for_range": ("after_effect",),
    "changed_etag": ("after_effect",),
    "duplicate_event": _SHAPED,
    "heartbeats_only": (*_DONE, "delay_effect"),
    "no_text": _SHAPED,
    "stream_error": _SHAPED,
    "apology": _SHAPED,
    "odd_events": _SHAPED,
    "separators": _SHAPED,
    "long_line": _SHAPED,
    "dead_token": _DONE,
    "dead_session": _DONE,
    "render_failed": _DONE,
    "no_url": ("after_effect",),
}
#: Every kind, in words.
MEANINGS: Mapping[str, str] = {
    "status": "an error takes the reply's place: `status`, or the one that belongs to `code`",
    "html": "a proxy's page takes the reply's place",
    "reset": "the connection is reset",
    "close": "the connection is closed as if all had been said",
    "stall": "nothing moves for `seconds`, then it goes on",
    "none": "nothing goes wrong but that the effect comes late",
    "drip": "the body comes in small pieces, `seconds` apart",
    "wrong_length": "the head promises half of the body's length",
    "no_length": "the head tells no length, and the body ends with the connection",
    "long_length": "the head promises more than comes",
    "truncated_gzip": "the body is packed, and its second half is missing",
    "split": "the body comes in two pieces, cut at the byte `at`, or byte by byte",
    "full_for_range": "the whole file with 200, though a part was asked for",
    "changed_etag": "the file has another ETag than before",
    "duplicate_event": "the event `at` comes twice",
    "heartbeats_only": "nothing but heartbeats for `seconds`, then the end",
    "no_text": "the answer has no words",
    "stream_error": "an error in the middle of the stream, in one of three forms",
    "apology": "an apology for nothing after the answer",
    "odd_events": "events of forms that nobody described come first",
    "separators": "words with U+2028 and U+2029 come first, which end no line",
    "long_line": "a line of hundreds of kilobytes comes first",
    "dead_token": "the call's token is dead from now on",
    "dead_session": "the call's session is gone from now on",
    "render_failed": "the render fails",
    "no_url": "the render is completed, and its reply names no address",
}
#: Routes whose effect can be put off or lost.
EFFECTFUL = ("message", "upload", "render")
_OF_A_SESSION = ("claim", "message", "upload", "state", "render", "render_status", "render_cancel", "render_download")
#: Kinds that only some routes know.
ONLY_AT: Mapping[str, tuple[str, ...]] = {
    "full_for_range": ("result", "render_download"),
    "changed_etag": ("result", "render_download"),
    "duplicate_event": ("message",),
    "heartbeats_only": ("message",),
    "no_text": ("message",),
    "stream_error": ("message",),
    "apology": ("message",),
    "odd_events": ("message",),
    "separators": ("message",),
    "long_line": ("message",),
    "dead_token": ("session", "credits", *_OF_A_SESSION),
    "dead_session": _OF_A_SESSION,
    "render_failed": ("render", "render_status"),
    "no_url": ("render_status",),
}

#: What uses a value of a fault: kinds, and phases.
USED_BY: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "after": ((), ("after_bytes",)),
    "delay": ((), ("delay_effect",)),
    "status": (("status", "html"), ()),
    "code": (("status", "stream_error"), ()),
    "message": (("status", "stream_error", "render_failed"), ()),
    "retry_after": (("status", "html"), ()),
    "envelope": (("status",), ()),
    "seconds": (("stall", "drip", "heartbeats_only"), ()),
    "at": (("split", "duplicate_event"), ()),
    "form": (("heartbeats_only", "stream_error"), ()),
}
