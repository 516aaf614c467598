"""What is fuzzed: everything of clipline that reads what somebody else may have made.

A target takes bytes and gives a word for what became of them (`ok`, `refused`, `exit 2`); what it raises is a crash.
Its seeds are inputs that are right, or nearly so.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from campaigns import fuzz_doors, fuzz_journal, fuzz_media
from campaigns.fuzz_told import told
from clipline.errors import CliplineError, PipelineFileError
from clipline.http import Reply
from clipline.http import retry_after as download_retry_after
from clipline.http.sse import events_of

__all__ = ["CORPUS", "TARGETS", "Target"]

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
CORPUS = DATA / "corpus"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is fuzzed.

    Attributes:
        name: what it is called.
        run: takes an input and a folder of the process's own; raises only what is a crash.
        made: inputs to begin with, beside the kept ones.
        longest: bytes of an input at most.
    """

    name: str
    run: Callable[[bytes, Path], str]
    made: Callable[[], Sequence[bytes]]
    longest: int = 64 * 1024

    @property
    def corpus(self) -> list[Path]:
        """The kept inputs."""
        return sorted(path for path in (CORPUS / self.name).glob("*") if path.is_file())

    def seeds(self) -> list[bytes]:
        """All that other inputs are made from."""
        return [*self.made(), *(path.read_bytes() for path in self.corpus)]

    def words(self) -> list[bytes]:
        """What soups are made of; nothing where soups are none of this target's business."""
        known: dict[str, list[str]] = json.loads((CORPUS / "words.json").read_text("utf-8"))
        return [word.encode() for word in known.get(self.name, [])]


# --- pipeline files and expressions ----------------------------------------------------------------------------------


@cache
def _plugins() -> Any:
    from clipline.app.preparing import load_plugins
    from clipline.settings import Settings

    return load_plugins(Settings.load(environ={}))


def _pipeline(data: bytes, folder: Path) -> str:
    """A file from its bytes to its plan, and what two backends say of it."""
    from clipline.engine.foresight import foresee
    from clipline.pipeline import loader, planner

    (folder / "clip.mp4").write_bytes(b"x")
    path = folder / "fuzz.yaml"
    path.write_bytes(data)
    try:
        pipeline = loader.load(path, _plugins().vocabulary)
        inputs = {name: "clip.mp4" for name, spec in pipeline.inputs.items() if spec.type in {"file", "files"}}
        for backend in ("local", "nemo"):
            hooks = _plugins().for_run(backend, {"nemo": {}, "local": {}})
            foresee(planner.outline(pipeline, backend=backend), hooks)
        planner.plan(pipeline, inputs, backend="local", working_folder=folder, out=folder, environ={}).as_json()
    except CliplineError as error:
        return told(error)
    return "ok"


NAMES: Mapping[str, Any] = {
    "n": 3,
    "half": 0.5,
    "text": "Ä b",
    "yes": True,
    "nothing": None,
    "list": ["a", "b", 1],
    "numbers": [3, 1, 2],
    "row": {"key": "v", "deep": {"x": [1, 2]}},
}


def _expression(data: bytes, folder: Path) -> str:
    from clipline.pipeline.document import Document
    from clipline.pipeline.expressions import ExpressionError, parse
    from clipline.pipeline.template import Template

    text = data.decode("utf-8", "replace")
    try:
        json.dumps(parse(text).evaluate(NAMES, glob=lambda _: []))
        word, offset = "ok", 0
    except ExpressionError as error:
        word, offset = "refused", error.offset
    assert 0 <= offset <= len(text)
    problems: list[Any] = []
    template = Template.read(Document("x", folder, "", text), (), text, problems)
    try:
        template.evaluate(NAMES, glob=lambda _: [])
    except PipelineFileError as error:
        told(error)
    return word


# --- what a service says ---------------------------------------------------------------------------------------------


def _stream(data: bytes, _folder: Path) -> str:
    """The turn of a stream is the same however the stream is cut."""
    from clipline.nemo.turn import Turn

    def turn_of(pieces: Sequence[bytes]) -> Turn:
        turn = Turn()
        for event in events_of(pieces, "example.com"):
            turn = turn.add(event)
        return turn.end(framed=True)

    step = 1 + len(data) % 7
    begin = data[:20_000]
    cut = [*(begin[at : at + step] for at in range(0, len(begin), step)), data[20_000:]]
    try:
        whole = turn_of([data])
    except CliplineError as error:
        return told(error)
    assert whole == turn_of(cut), "another turn by another cut"
    assert "\x1b" not in whole.text
    return whole.state.value


def _api(data: bytes, _folder: Path) -> str:
    """A reply, `STATUS NAME:VALUE…` in its first line and the body behind it, read as that of every call."""
    from clipline.nemo import draft, replies
    from clipline.nemo.envelope import retry_after
    from clipline.nemo.protocol import Asked, read

    first, _, body = data.partition(b"\n")
    words = first.decode("latin-1").split("\t")
    status = int(words[0]) if re.fullmatch(r"[1-5][0-9]{2}", words[0]) else 200
    headers = {name.lower(): value for name, _, value in (word.partition(":") for word in words[1:])}
    reply = Reply(status, headers, body, whole=True)
    outcome = "ok"
    readers = {
        "token": replies.read_token, "session": replies.read_session, "claim": replies.read_claim,
        "upload": replies.read_uploads, "credits": replies.read_credits, "render": replies.read_render,
    }  # fmt: skip
    for route in ("token", "session", "claim", "message", "upload", "credits", "state", "render", "status", "cancel"):
        try:
            content = read(reply, Asked(route=route, now=0.0))
            readers.get(route, dict)(content)
        except CliplineError as error:
            outcome = told(error)
    for seconds in (retry_after(reply, 0.0), download_retry_after(headers, 0.0)):
        assert seconds is None or 0 <= seconds < 1e12
    try:
        state = replies.read_state(body)
        draft.to_timeline(state.draft).summary()
    except CliplineError as error:
        told(error)
    text = body.decode("utf-8", "replace")
    draft.to_timeline(text).summary()
    assert len(draft.fingerprint(text)) == 64
    draft.ready(text)
    draft.holds(text, "clip.mp4")
    return outcome


# --- what a person hands over ----------------------------------------------------------------------------------------


def _captions(data: bytes, folder: Path) -> str:
    from clipline.studio.lettering.captions import read_captions

    path = folder / "fuzz.srt"
    path.write_bytes(data)
    try:
        cues = read_captions(path)
    except CliplineError as error:
        return told(error)
    assert all(0 <= cue.start < cue.end and cue.text for cue in cues)
    return "ok"


def _instruction(data: bytes, _folder: Path) -> str:
    from clipline.studio.instructions import interpret

    text = data.decode("utf-8", "surrogateescape")
    try:
        found = interpret(text, materials=["/m/beach.jpg", "/m/song.mp3"], default_duration=10.0)
    except CliplineError as error:
        return told(error)
    assert found.operations or found.export
    return "ok"


def _sentences() -> list[bytes]:
    """Sentences that are understood, and some that are refused."""
    found = json.loads((DATA / "phrases.json").read_text("utf-8"))
    rows = [row for group in found.values() if isinstance(group, list) for row in group]
    return [row["text"].encode() for row in rows if isinstance(row, dict) and "text" in row]


def _settings(data: bytes, folder: Path) -> str:
    """A file of settings, as a project's and as one's own; and its lines as variables."""
    from clipline.settings import Settings

    project = folder / "project"
    project.mkdir(exist_ok=True)
    (project / "clipline.toml").write_bytes(data)
    values = [line for line in data.decode("utf-8", "surrogateescape").replace("\0", "").split("\n") if line][:20]
    variables = dict(zip(_variables(), values, strict=False))
    word = "ok"
    for environ in ({}, {"CLIPLINE_CONFIG": str(project / "clipline.toml")}, variables):
        try:
            found = Settings.load(environ={"HOME": str(folder), **environ}, folder=folder if environ else project)
            for name in found:
                str(found[name])
        except CliplineError as error:
            word = told(error)
    return word


def _variables() -> list[str]:
    from clipline.settings import DEFINITIONS

    kinds: dict[str, str] = {}
    for setting in DEFINITIONS.values():
        kinds.setdefault(setting.type, setting.variable)
    return list(kinds.values())


_COLUMNS = ("string", "integer", "number", "boolean", "duration", "size", "file", "enum")
_ENDINGS = (".csv", ".json", ".jsonl", ".tsv")


def _table(data: bytes, folder: Path) -> str:
    """A table of rows; its first byte says by which ending it is read. Then the same as a file of inputs."""
    from clipline.pipeline import loader
    from clipline.pipeline.inputs import Unreadable, parse_value
    from clipline.pipeline.model import InputSpec

    path = folder / f"fuzz{_ENDINGS[data[0] % 4 if data else 0]}"
    path.write_bytes(data[1:])
    bounds: dict[str, Any] = {"minimum": 1, "maximum": 1000}
    columns = {kind: InputSpec(kind, kind, values=("a",), **bounds) for kind in _COLUMNS}  # type: ignore[arg-type]
    try:
        rows = parse_value(InputSpec("t", "table", columns=columns), str(path), folder)
        word = "ok" if rows else "empty"
    except Unreadable as error:
        word = "refused" if all(error.messages) else "without a word"
    assert word != "without a word"
    try:
        loader.read_inputs_file(path)
    except CliplineError as error:
        told(error)
    return word


def _read_all(*patterns: str) -> list[bytes]:
    found = [path for pattern in patterns for path in sorted(ROOT.glob(pattern)) if path.stat().st_size < 32_000]
    return [path.read_bytes() for path in found]


def _replies() -> list[bytes]:
    return [body.partition(b"\r\n\r\n")[2] for body in _read_all("tests/data/adk-captures/*.http")]


def _self_check(data: bytes, _folder: Path) -> str:
    """What the tests of the fuzzing itself need: inputs that end the process, never end, and crash."""
    if data == b"die":
        os.abort()
    while data == b"hang":
        pass
    return str(1 // int(b"crash" not in data))


def _none() -> list[bytes]:
    return []


_ALL = (
    Target("pipeline", _pipeline, partial(_read_all, "pipelines/*.yaml", "tests/data/bad_files/*.yaml"), 256 * 1024),
    Target("expression", _expression, _none, 4096),
    Target("stream", _stream, _replies, 256 * 1024),
    Target("api", _api, _none, 256 * 1024),
    Target("captions", _captions, _none, 1024 * 1024),
    Target("media", fuzz_media.run, fuzz_media.seeds, 256 * 1024),
    Target("instruction", _instruction, _sentences, 4096),
    Target("settings", _settings, _none),
    Target("table", _table, _none, 4 * 1024 * 1024),
    Target("webhook", fuzz_doors.webhook, _none, 8192),
    Target("mock", fuzz_doors.mock_request, _none, 128 * 1024),
    Target("faults", fuzz_doors.faults, _none),
    Target("journal", fuzz_journal.run, fuzz_journal.seeds, 256 * 1024),
    Target("self-check", _self_check, lambda: [b""]),
)

TARGETS: Mapping[str, Target] = {target.name: target for target in _ALL}
