"""Speaking with the service: a form of the description becomes a request, and its reply values.

Credentials go to the host of the service's address and to no other, whatever a reply says where something is.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from clipline import http
from clipline.clock import Clock
from clipline.errors import AccountError, InputError, ServiceError, redact
from clipline.stage import StageCall
from clipline.values import Secret
from clipline_http import faults
from clipline_http.description import Description, RequestForm
from clipline_http.paths import ABSENT, find
from clipline_http.templates import Names, address, fill, names_a_host, text

__all__ = ["Answer", "Prepared", "Service", "media_type", "prepare"]

Made = TypeVar("Made")

#: Bytes of a reply that are read: a page of JSON, never a video.
REPLY_CAP = 4 * 1024 * 1024
#: How often what costs nothing is asked for, and the longest wait before another time.
_TIMES, _LONGEST_WAIT = 3, 120.0
#: Ends of a free request after which it is made again.
_BREAKS = frozenset({"unreachable", "no_reply", "deadline", "server_error", "rate_limited"})


@dataclass(frozen=True, slots=True)
class Answer:
    """The reply's JSON, `ABSENT` where it has none, and what the description takes from it."""

    content: Any
    taken: Mapping[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A request as it is sent; `body` is JSON, `fields` those of a form, `file` a field of it, or "" for the body.

    `is_theirs`: it goes to a host that the service named in a reply, and not the person in the description.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = None
    fields: tuple[tuple[str, str], ...] = ()
    file: str | None = None
    is_theirs: bool = False


def prepare(description: Description, form: RequestForm, names: Names, token: str | None) -> Prepared:
    """A request with its names filled and the credentials that its host may have. Pure.

    Raises:
        InputError: the address is none.
    """
    url = address(form.address, names, description.url)
    http.host_of(url)
    is_own = http.origin_of(url) == http.origin_of(description.url)
    query = {key: text(str(each), names) if isinstance(each, str) else _plain(each) for key, each in form.query.items()}
    headers = {key: text(str(each), names) for key, each in form.headers.items()}
    if is_own:
        common = {key: text(str(each), names) for key, each in description.value.get("headers", {}).items()}
        headers = {**common, **headers}
    if is_own and form.auth and token is not None:
        more, secret = _credentials(description.value.get("auth", "none"), token)
        headers, query = {**headers, **more}, {**query, **secret}
    if query:
        url += ("&" if urlsplit(url).query else "?") + urlencode(query)
    is_theirs = not is_own and names_a_host(form.address)
    if form.json is not None:
        body = json.dumps(fill(form.json, names), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", **headers}
        return Prepared(form.method, url, headers, body, is_theirs=is_theirs)
    if form.form is not None:
        fields = ((key, fill(each, names)) for key, each in form.form.items() if each != "{clip}")
        given = tuple((key, _plain(each)) for key, each in fields if each is not ABSENT and each is not None)
        file = next((key for key, each in form.form.items() if each == "{clip}"), None)
        return Prepared(form.method, url, headers, fields=given, file=file, is_theirs=is_theirs)
    return Prepared(form.method, url, headers, file="" if form.file else None, is_theirs=is_theirs)


def _plain(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _credentials(auth: Any, token: str) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query that say who asks."""
    match auth:
        case "bearer":
            return {"Authorization": f"Bearer {token}"}, {}
        case {"header": name, **rest}:
            return {name: text(str(rest.get("value", "{token}")), {"token": token})}, {}
        case {"query": name}:
            return {}, {name: token}
        case {"basic": user}:
            pair = base64.b64encode(f"{user}:{token}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}, {}
        case _:
            return {}, {}


class Service:
    """The service, as one stage speaks with it."""

    def __init__(self, description: Description, call: StageCall) -> None:
        self.description = description
        self.call = call
        #: Where the service stands, as its last reply came from; what it names may lead no closer to this machine.
        self._network = http.Network.PUBLIC
        given = call.settings.get("token")
        self._token = given.reveal() if isinstance(given, Secret) else None

    def token_mark(self, salt: str) -> str:
        """Tells one token from another, in too few bits to tell which it is."""
        return hashlib.sha256(f"{salt} {self._token or ''}".encode()).hexdigest()[:4]

    def clean(self, text_: str) -> str:
        """A text of the service without secrets: ours, and what looks like one."""
        return redact(text_.replace(self._token, "…") if self._token else text_)

    def is_secret(self, value: Any) -> bool:
        """Whether a value of a reply may not be written down: an address with a query opens what it leads to."""
        if not isinstance(value, str):
            return False
        return bool(self._token and self._token in value) or redact(value) != value

    # --- asking ------------------------------------------------------------------------------------------------------

    def ask(self, form: RequestForm, names: Names, clip: Path | None = None, *, clock: Clock | None = None) -> Answer:
        """Make one request, once.

        Args:
            form: which.
            names: the values of its names.
            clip: the file that it may hand over.
            clock: another than the stage's.

        Raises:
            CliplineError: what the reply means; `retry` is `unsure` where it may have been done all the same.
        """
        asked = self.asked(form)
        ready = self._prepared(form, names)
        reply = self._sent(ready, clip, clock or self.call.clock)
        if not ready.is_theirs:
            self._network = reply.network
        content = faults.json_of(reply)
        if error := faults.fault(reply, content, asked):
            raise error
        if not reply.whole:
            raise faults.odd(asked, f"more than {REPLY_CAP // 1024 // 1024} MiB")
        if form.take and content is ABSENT:
            raise faults.odd(asked, "what is no JSON")
        taken = {name: find(content, path) for name, path in form.take.items()}
        absent = [f"{name} ({form.take[name]})" for name, value in taken.items() if value is ABSENT or value is None]
        if absent and form.where not in {"look", "account"}:
            raise faults.odd(asked, f"nothing for {', '.join(absent)}")
        return Answer(content, {name: value for name, value in taken.items() if value is not ABSENT})

    def patiently(self, form: RequestForm, names: Names, clip: Path | None = None) -> Answer:
        """Make a request that costs nothing, again after a break of the line or of the service; three times at most."""
        try:
            return self.again_after_breaks(lambda: self.ask(form, names, clip))
        except ServiceError as error:
            error.retry = "safe" if error.code in _BREAKS else error.retry
            raise

    def again_after_breaks(self, work: Callable[[], Made]) -> Made:
        """Do what may be done again, again after a break of the line or of the service; three times at most."""
        for number in range(1, _TIMES):
            try:
                return work()
            except ServiceError as error:
                if error.code not in _BREAKS or (error.retry_after or 0) > _LONGEST_WAIT:
                    raise
                self.call.note(f"{error.message}; once more")
                self.call.clock.sleep(max(error.retry_after or 0.0, 0.5 * 2 ** (number - 1)))
        return work()

    def download(self, template: str, names: Names, target: Path, progress: Callable[[int, int | None], None]) -> None:
        """Fetch the finished file. Raises as `clipline.http.download`."""
        ready = self._prepared(RequestForm("result", "GET", template), names)
        http.download(
            ready.url,
            target,
            clock=self.call.clock,
            headers=ready.headers,
            progress=progress,
            named_by=self._named_by(ready),
        )

    def asked(self, form: RequestForm) -> faults.Asked:
        """What a reply to this form is judged by."""
        value = self.description.value
        now = self.call.clock.now()
        return faults.Asked(
            self.description.service, form.where, value.get("errors", ()), value.get("message", ""), self.clean, now
        )

    def require_token(self) -> None:
        """Make sure that there is a token where the service asks for one.

        Raises:
            AccountError: there is none.
        """
        if self.description.has_auth and self._token is None:
            raise AccountError(
                f"{self.description.service} asks for a token, and none is given",
                code="token_missing",
                hint="set http.token in your own settings file, or CLIPLINE_HTTP_TOKEN",
            )

    def _prepared(self, form: RequestForm, names: Names) -> Prepared:
        if form.auth:
            self.require_token()
        try:
            return prepare(self.description, form, names, self._token)
        except InputError as error:
            raise ServiceError(
                f"{form.where!r} leads to what is no http or https address", code="odd_reply", retry="never"
            ) from error

    def _named_by(self, ready: Prepared) -> http.Network | None:
        return self._network if ready.is_theirs else None

    def _sent(self, ready: Prepared, clip: Path | None, clock: Clock) -> http.Reply:
        headers, answer, named_by = dict(ready.headers), self.description.limits.answer, self._named_by(ready)
        if ready.file is None and not ready.fields:
            body = ready.body or b""
            return http.request(
                ready.method,
                ready.url,
                headers=headers,
                clock=clock,
                content=body,
                timeout=answer,
                cap=REPLY_CAP,
                named_by=named_by,
            )
        tell = None if clip is None else _Progress(self.call, clip.name)
        if ready.file == "":
            assert clip is not None
            return http.send_file(
                ready.method,
                ready.url,
                clip,
                headers=headers,
                clock=clock,
                stall=answer,
                progress=tell,
                named_by=named_by,
            )
        parts = []
        if ready.file is not None and clip is not None:
            parts = [http.FilePart(ready.file, clip, clip.name, str(media_type(clip)))]
        return http.upload(
            ready.url,
            parts,
            headers={name: value for name, value in headers.items() if name.lower() != "content-type"},
            clock=clock,
            stall=answer,
            progress=tell,
            fields=ready.fields,
            method=ready.method,
            named_by=named_by,
        )


@dataclass
class _Progress:
    """Tells how much of a file is sent."""

    call: StageCall
    name: str

    def __call__(self, sent: int, total: int) -> None:
        self.call.progress(sent / total if total else None, f"uploading {self.name}")


def media_type(clip: Path) -> str:
    """What kind of file it is, for the other side."""
    types = {".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".mkv": "video/x-matroska"}
    return types.get(clip.suffix.lower(), "application/octet-stream")
