"""The documented form of each reply, and where a reply differs from it. Pure; says names and types, never a value.

Reading takes almost any reply (`replies.py`). This is for whoever wants to know what the documents do not say: a key
that nobody described, one that is missing, another type, another envelope.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from clipline.nemo.json_text import NotJson, parse
from clipline.nemo.oddities import visible

__all__ = ["FORMS", "Comparison", "compare"]

#: A leaf by its name in `_LEAVES`; an object by its keys, of which those with `?` may be missing; a list of one form.
Form: TypeAlias = "str | Mapping[str, Form] | list[Form]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where a reply differs from its form, and which of several known forms it has ("" where there is one)."""

    differences: tuple[str, ...] = ()
    form: str = ""


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _matches(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value, re.DOTALL))


#: The kinds of leaves, with what they are called.
_LEAVES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "text": (lambda value: isinstance(value, str), "text"),
    "number": (_number, "a number"),
    "whole": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "truth": (lambda value: isinstance(value, bool), "true or false"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "any": (lambda _: True, "anything"),
    "token": (_matches(r"nmv_usr_.+"), "text that begins with nmv_usr_"),
    "claim": (_matches(r"clm_.+"), "text that begins with clm_"),
    "account": (_matches(r"anon_.+"), "text that begins with anon_"),
    "session": (_matches(r"\d{19}"), "text of 19 digits"),
    "moment": (_matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "a time like 2026-01-31T12:00:00Z"),
    "address": (_matches(r"https?://\S+"), "an http or https address"),
}

_DRAFT: Form = {
    "t": [{"tt": "whole", "sg": [{"d": "number", "*": "any"}], "*": "any"}],
    "d?": "number",
    "m?": {"title?": "text", "width?": "whole", "height?": "whole", "*": "any"},
    "*": "any",
}
_FILE: Form = {
    "filename": "text",
    "file_type": "text",
    "cdn_url": "address",
    "duration": "number",
    "width": "whole",
    "height": "whole",
    "fps": "number",
    "hash": "text",
}
_RENDER: Form = {"id": "text", "status": "text", "progress": "number", "outputUrl?": "any", "error?": "any"}
_RENDER_TOP: Form = {
    "id?": "text",
    "status": "text",
    "progress?": "number",
    "output?": {"url?": "address"},
    "error?": "any",
}

#: What stands under `data` of each reply, by the name of the call.
FORMS: Mapping[str, Form] = {
    "token": {"token": "token", "user_id": "account", "credits": "number", "expires_at": "moment"},
    "session": {"task_id": "text", "session_id": "session", "user_id?": "text"},
    "claim": {"claim_token": "claim", "expires_in": "number"},
    "upload": {"files": [_FILE], "session_state_applied": "truth"},
    "credits": {"available": "number", "frozen": "number", "total": "number"},
    "state": {
        "state": {"draft?": _DRAFT, "video_infos?": "any", "generated_media?": "any", "canvas_config?": "any"},
        "user_id?": "text",
    },
    "render": _RENDER,
    "status": _RENDER,
}
#: Calls whose replies carry `success`; all others carry `code`.
_WITH_SUCCESS = {"render", "status"}
_ENVELOPE = {"code", "success", "data", "message", "msg"}


def compare(call: str, body: bytes) -> Comparison:
    """Compare the body of a successful reply with the documented form; `call` is a name of `FORMS`."""
    try:
        whole = parse(body)
    except NotJson:
        return Comparison(("the body is no JSON",))
    if not isinstance(whole, dict):
        return Comparison((f"the body is {_kind(whole)}, not an object",))
    if call == "status" and "data" not in whole and "status" in whole:
        return Comparison(tuple(_differences(_RENDER_TOP, whole, "")), "status at the top")
    found = [*_envelope(call, whole), *_differences(FORMS[call], whole.get("data"), "data")]
    form = ("status with success" if "success" in whole else "status with a code") if call == "status" else ""
    return Comparison(tuple(found), form)


def _envelope(call: str, whole: Mapping[str, Any]) -> Iterator[str]:
    """The wrapping: `{"code": 0, "data": …}`, of renders `{"success": true, "data": …}`."""
    wanted = "success" if call in _WITH_SUCCESS else "code"
    other = "code" if wanted == "success" else "success"
    if wanted not in whole and not (call == "status" and other in whole):
        yield f"missing key {wanted}" + (f", has {other} instead" if other in whole else "")
    if "data" not in whole:
        yield "missing key data"
    for key in whole.keys() - _ENVELOPE:
        yield f"unknown key {_shown(key)} ({_kind(whole[key])})"


def _differences(form: Form, value: object, path: str) -> Iterator[str]:
    if isinstance(form, str):
        holds, wanted = _LEAVES[form]
        if not holds(value):
            yield f"{path} is {_kind(value)}, expected {wanted}"
    elif isinstance(form, list):
        if not isinstance(value, list):
            yield f"{path} is {_kind(value)}, expected a list"
            return
        # One complaint for what all the items share.
        found = {text: None for item in value for text in _differences(form[0], item, f"{path}[]")}
        yield from found
    elif not isinstance(value, dict):
        yield f"{path} is {_kind(value)}, expected an object"
    else:
        yield from _keys(form, value, path)


def _keys(form: Mapping[str, Form], value: Mapping[str, Any], path: str) -> Iterator[str]:
    dot = f"{path}." if path else ""
    known = {name.removesuffix("?") for name in form}
    for name, inner in form.items():
        key = name.removesuffix("?")
        if name == "*":
            continue
        if key not in value:
            if not name.endswith("?"):
                yield f"missing key {dot}{key}"
        elif not (value[key] is None and name.endswith("?")):
            yield from _differences(inner, value[key], f"{dot}{key}")
    if "*" not in known:
        for key in value.keys() - known:
            yield f"unknown key {dot}{_shown(key)} ({_kind(value[key])})"


def _shown(key: str) -> str:
    return visible(key)[:60]


def _kind(value: object) -> str:
    """What a value is, without saying it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return f"text of {len(value)} characters" if value else "empty text"
    return {int: "a whole number", float: "a number", list: "a list", dict: "an object"}.get(
        type(value), "something else"
    )
