"""The process that Apprise works in: reads a message as JSON, sends it to one address, prints what became of it.

Apprise tells failures only in its log. What it logs there as warnings is kept, without any part of the address.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

__all__ = ["main", "scheme_of", "without_parts"]

_STATUS = re.compile(r"\berror=(\d{3})\b|\((?:Status|error) (\d{3})\)")
#: Parts of an address that are too short to be secrets, and would be found in ordinary words.
_SHORTEST = 4


class _Kept(logging.Handler):
    """Keeps warnings and errors, and lets nothing through to anybody else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def main() -> None:
    """Read the job on standard input, do it, print the answer."""
    job = json.load(sys.stdin)
    answers = sys.stdout
    sys.stdout = sys.stderr  # what some library prints is no answer
    kept = _Kept()
    log = logging.getLogger("apprise")
    log.addHandler(kept)
    log.propagate = False
    answer = _send(job, kept)
    print(json.dumps(answer), file=answers, flush=True)
    os._exit(0)  # a thread of some library must not keep the run waiting


def _send(job: dict[str, Any], kept: _Kept) -> dict[str, Any]:
    import apprise

    url = job["url"]
    service = _instance(apprise, url)
    if service is None:
        return _answer(scheme_of(url), why=_bad_address(apprise, url), bad_address=True)
    name = str(service.service_name or scheme_of(url))
    left = list(job["left"])
    if job["attach"] and not service.attachment_support:
        left += [f"{Path(file).name}, since {name} takes no files" for file in job["attach"]]
        job["attach"] = []
    everybody = apprise.Apprise()
    everybody.add(service)
    kept.said.clear()
    try:
        ok = bool(
            everybody.notify(
                body=_body(job, left),
                title=job["title"],
                notify_type=job["type"],
                body_format=job["format"],
                attach=job["attach"] or None,
            )
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, the process must answer
        kept.said.append(type(error).__name__)
        ok = False
    said = [" ".join(without_parts(line, url).split()) for line in kept.said]
    attached = [Path(file).name for file in job["attach"]]
    return _answer(
        name, ok=ok, attached=attached, why="; ".join(dict.fromkeys(said))[:300] or "apprise gives no reason"
    )


def _answer(
    service: str, *, why: str, ok: bool = False, bad_address: bool = False, attached: Sequence[str] = ()
) -> dict[str, Any]:
    found = _STATUS.search(why)
    status = int(found[1] or found[2]) if found else 0
    return {
        "ok": ok,
        "service": service,
        "attached": list(attached),
        "status": status,
        "why": why.rstrip("."),
        "bad_address": bad_address,
    }


def _body(job: dict[str, Any], left: Sequence[str]) -> str:
    ends = {"html": "<br/>\n", "markdown": "\n\n"}
    return ends.get(job["format"], "\n").join([job["body"], *(f"Not attached: {why}" for why in left)])


# --- addresses -------------------------------------------------------------------------------------------------------


def _instance(apprise: Any, url: str) -> Any:
    try:
        return apprise.Apprise.instantiate(url, suppress_exceptions=False)
    except Exception:  # noqa: BLE001 - each service raises what it likes for an address that it cannot use
        return None


def _bad_address(apprise: Any, url: str) -> str:
    scheme = scheme_of(url)
    known = {
        each
        for service in apprise.Apprise().details()["schemas"]
        for kind in ("protocols", "secure_protocols")
        for each in service[kind] or ()
    }
    if scheme in known:
        return f"a part of it is missing or wrong for {scheme}://"
    # What is no scheme may be the secret itself.
    return f"there is no service {scheme}://" if scheme else "it begins with no SERVICE://"


def scheme_of(url: str) -> str:
    """What stands before the `://` of an address; empty where that is no name of a service."""
    found = re.match(r"([a-z][a-z0-9]{1,15})://", url, re.IGNORECASE)
    return found[1].lower() if found else ""


def without_parts(text: str, url: str) -> str:
    """A text without any part of an address but its scheme: in many of them the host is the secret."""
    for part in sorted(_parts(url), key=len, reverse=True):
        text = text.replace(part, "…")
    return text


def _parts(url: str) -> Iterator[str]:
    rest = url.partition("://")[2] or url
    for part in (rest, *re.split(r"[/?#&=:@,;]+", rest)):
        for form in {part, unquote(part)}:
            if len(form) >= _SHORTEST:
                yield form


if __name__ == "__main__":
    main()
