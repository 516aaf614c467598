"""A service's description: read once, checked whole, then only asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from clipline.values import JsonObject, parse_duration
from clipline_http.schema import LIMITS
from clipline_http.templates import names_in, texts_in

__all__ = ["Description", "Limits", "Paid", "RequestForm"]


@dataclass(frozen=True, slots=True)
class RequestForm:
    """A request as the description has it; `where` is its way in the file, for messages."""

    where: str
    method: str
    address: str
    query: JsonObject = field(default_factory=dict)
    headers: JsonObject = field(default_factory=dict)
    json: Any = None
    form: JsonObject | None = None
    file: bool = False
    auth: bool = True
    take: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, where: str, written: JsonObject) -> RequestForm:
        """From the checked value of the file."""
        method, _, address = written["request"].partition(" ")
        return cls(
            where,
            method,
            address,
            query=written.get("query", {}),
            headers=written.get("headers", {}),
            json=written.get("json"),
            form=written.get("form"),
            file="file" in written,
            auth=written.get("auth", True),
            take=written.get("take", {}),
        )

    @property
    def sends_file(self) -> bool:
        """Whether the clip itself is in the body."""
        return self.file or "{clip}" in (self.form or {}).values()

    @property
    def names(self) -> frozenset[str]:
        """Every name that it uses."""
        parts = [self.address, self.query, self.headers, self.json, self.form]
        return frozenset(name for _, text in texts_in(parts) for name in names_in(text))


@dataclass(frozen=True, slots=True)
class Paid:
    """What the submission costs: `fixed` credits and `per_second` of the clip.

    `failed_is_free`: a failed or cancelled job costs nothing. `key`: the header of an idempotency key, else empty;
    `key_kept`: seconds for which the service knows one.
    """

    fixed: float = 0.0
    per_second: float = 0.0
    failed_is_free: bool = True
    key: str = ""
    key_kept: float = 0.0
    costs: bool = False

    @classmethod
    def read(cls, written: JsonObject | bool) -> Paid:
        """From the checked value of `paid`."""
        if isinstance(written, bool):
            return cls()
        price = written.get("credits", 0)
        fixed, second = (price.get("fixed", 0), price["per_second"]) if isinstance(price, Mapping) else (price, 0)
        kept = parse_duration(written.get("key_kept", "24h"))
        return cls(fixed, second, written.get("failed") == "free", written.get("key", ""), kept, costs=True)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds between two looks (`every`), until a run is left waiting (`wait`), for a reply (`answer`)."""

    every: float
    wait: float
    answer: float
    parallel: int


@dataclass(frozen=True)
class Description:
    """What the file says, and what follows from it. `url` is where the service answers, without a slash at the end."""

    file: Path
    value: JsonObject
    url: str

    @property
    def service(self) -> str:
        """What messages call it."""
        return str(self.value["service"])

    @property
    def stage(self) -> str:
        """The kind of stage that submits."""
        return str(self.value["submit"].get("stage", "export"))

    @cached_property
    def paid(self) -> Paid:
        """What the submission costs."""
        return Paid.read(self.value["submit"]["paid"])

    @cached_property
    def limits(self) -> Limits:
        """With what the description leaves out."""
        given = {**LIMITS, **self.value.get("limits", {})}
        every, wait, answer = (parse_duration(given[name]) for name in ("every", "wait", "answer"))
        return Limits(every, wait, answer, int(given["parallel"]))

    def request(self, name: str) -> RequestForm:
        """`account`, `submit`, `find`, `look` or `cancel`; check with `has` where it may be missing."""
        return RequestForm.read(name, self.value[name])

    def has(self, name: str) -> bool:
        """Whether the description has this part."""
        return name in self.value

    @cached_property
    def uploads(self) -> Sequence[RequestForm]:
        """The requests that hand a file over."""
        return [RequestForm.read(f"upload[{at}]", each) for at, each in enumerate(self.value.get("upload", ()))]

    @cached_property
    def before(self) -> Sequence[RequestForm]:
        """The requests before the submission."""
        given = self.value["submit"].get("before", ())
        return [RequestForm.read(f"submit.before[{at}]", each) for at, each in enumerate(given)]

    def requests(self) -> Iterator[RequestForm]:
        """All of them, in the order in which a run makes them."""
        yield from (self.request(name) for name in ("account",) if self.has(name))
        yield from (*self.uploads, *self.before)
        yield from (self.request(name) for name in ("submit", "find", "look", "cancel") if self.has(name))

    @cached_property
    def asked_for(self) -> frozenset[str]:
        """The names that the submission uses: what it uses is what the service can do."""
        return frozenset().union(*(form.names for form in (*self.before, self.request("submit"))))

    @cached_property
    def used_later(self) -> frozenset[str]:
        """The names that are used after an upload or a submission, so that a resumed run needs them."""
        others = [self.request(name) for name in ("submit", "find", "look", "cancel") if self.has(name)]
        in_result = names_in(self.value["result"])
        return frozenset(in_result).union(*(form.names for form in (*others, *self.before)))

    @property
    def has_auth(self) -> bool:
        """Whether a token is needed."""
        return bool(self.value.get("auth", "none") != "none")

    @property
    def formats(self) -> Sequence[str]:
        """The containers that the service makes, the first where it is not asked for one."""
        return list(self.value.get("words", {}).get("format", {"mp4": "mp4"}))

    def word(self, kind: str, name: str) -> Any:
        """What the service calls a quality or a format."""
        return self.value.get("words", {}).get(kind, {}).get(name, name)

    @property
    def several_edits(self) -> bool:
        """Whether one clip may have several edits."""
        return any(name == "edit.instructions" or name.startswith("previous.") for name in self.asked_for)
