"""How the client speaks with the service: where it is, who asks, and how long each wait is."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from clipline.errors import UsageError
from clipline.http import host_of
from clipline.values import Secret, parse_duration

__all__ = ["API_URL", "LONGEST_WAIT", "WEB_URL", "NemoOptions"]

API_URL = "https://mega-api-prod.nemovideo.ai"
WEB_URL = "https://nemovideo.com"
#: The longest wait that the service may ask for, in seconds; a longer one is an error that tells it.
LONGEST_WAIT = 120.0

#: Settings of the same sections that are for others: the backend, and the mock server.
_OF_OTHERS = frozenset({"state_folder", "parallel", "interval", "seed", "credits", "silent", "faults"})


@dataclass(frozen=True, kw_only=True)
class NemoOptions:
    """The settings of the section `nemo` or `mock`, as the client takes them.

    Addresses have no slash at the end. `token` is one that the person supplied; None = an anonymous one is asked for.
    `platform` "" = found from the place of the installation; `language` "" = by the script of the instruction. Waits
    are in seconds; estimates in credits.
    """

    api_url: str = API_URL
    web_url: str = WEB_URL
    token: Secret | None = field(default=None, repr=False)
    client_id: Secret | None = field(default=None, repr=False)
    platform: str = ""
    language: str = ""
    #: Between two looks at a render, and how many looks there are.
    poll: float = 30.0
    polls: int = 10
    #: Before the one further try after a 429 that names no time.
    rate_wait: float = 30.0
    #: After a broken stream: before the first reading of the state, and between readings.
    drop_wait: float = 30.0
    drop_poll: float = 60.0
    #: Of an open stream: between two words that the work goes on, the longest time, and the longest without news.
    still_working: float = 120.0
    stream_limit: float = 900.0
    heartbeat_limit: float = 600.0
    #: What a run's budget reserves.
    edit_estimate: int = 50
    generation_estimate: int = 100

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> Self:
        """Read a section's settings, by key; what is not there has its default.

        Raises:
            UsageError: a key is not known, or a value is not what it should be.
        """
        known = {item.name: _READERS[str(item.type)] for item in fields(cls)}
        given: dict[str, Any] = {}
        for key, value in settings.items():
            if key in _OF_OTHERS:
                continue
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                raise UsageError(
                    f"unknown setting {key!r} of the Nemo service",
                    hint=f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}",
                )
            given[key] = _read(key, value, known[key])
        return cls(**given)


#: Settings that a person knows by a variable alone.
_VARIABLES = {"token": "NEMO_TOKEN", "client_id": "NEMO_CLIENT_ID"}


def _read(key: str, value: Any, reader: Any) -> Any:
    try:
        return _FURTHER.get(key, lambda result: result)(reader(value))
    except ValueError as error:
        name = f"{_VARIABLES[key]} ({key!r})" if key in _VARIABLES else f"the setting {key!r} of the Nemo service"
        raise UsageError(f"{name} must be {error}") from None


def _address(value: str) -> str:
    text = value.strip().rstrip("/")
    try:
        host_of(text)
    except UsageError:
        raise ValueError("an http or https address, like https://example.com") from None
    if "?" in text or "#" in text:
        raise ValueError("an address without '?' and '#'")
    return text


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("text")  # noqa: TRY004 - all complaints come together as one kind
    return value


def _word(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,64}", value):
        raise ValueError("one word of letters, digits, dots, dashes and underscores")
    return value


def _some(value: float) -> float:
    if not value:
        raise ValueError("more than 0")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number, 0 or more")
    return value


def _seconds(value: Any) -> float:
    try:
        return parse_duration(value)
    except ValueError:
        raise ValueError("a duration, like 30s, 2m or 1h30m") from None


def _secret(value: Any) -> Secret | None:
    """A token may come with the line break of the file that it was kept in; inside it there is none."""
    if value is None:
        return None
    text = value.reveal() if isinstance(value, Secret) else _text(value)
    if not re.fullmatch(r"[\x21-\x7e]{1,4096}", text.strip()):
        raise ValueError("one word of at most 4,096 plain letters, digits and signs")
    return Secret(text.strip())


#: By the type as it is written above.
_READERS: Mapping[str, Any] = {"str": _text, "int": _whole, "float": _seconds, "Secret | None": _secret}
#: What must hold of some keys besides.
_FURTHER: Mapping[str, Any] = {
    "api_url": _address,
    "web_url": _address,
    "platform": _word,
    "language": _word,
    "poll": _some,
    "polls": _some,
    "stream_limit": _some,
}
