"""What must hold of Nemo's streams and drafts whatever is in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipline.errors import CliplineError
from clipline.http import Reply
from clipline.http.sse import events_of
from clipline.nemo.draft import fingerprint, holds, ready, to_timeline
from clipline.nemo.events import parse_event
from clipline.nemo.phrases import translate
from clipline.nemo.protocol import Asked, read, read_state, render
from clipline.nemo.router import language_of, route, vague
from clipline.nemo.turn import State, Turn
from examples import examples

CAPTURES = sorted((Path(__file__).parents[1] / "data" / "adk-captures").glob("*.http"))
few = examples(60)
many = examples(200)


def raised(action: Callable[[], object]) -> CliplineError | None:
    """The error of ours, if there was one; any other goes through and fails the test."""
    try:
        action()
    except CliplineError as error:
        return error
    return None


# --- streams ---------------------------------------------------------------------------------------------------------


def body_of(capture: Path) -> bytes:
    return capture.read_bytes().partition(b"\r\n\r\n")[2]


def turn_of(pieces: list[bytes]) -> Turn:
    turn = Turn()
    for data in events_of(pieces, "example.com"):
        turn = turn.add(data)
    return turn.end(framed=True)


def cut(body: bytes, places: list[int]) -> list[bytes]:
    at = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(at)]


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
@few
@given(places=st.lists(st.integers(0, 1 << 20), max_size=30))
def test_however_a_real_reply_is_cut_the_turn_is_the_same(capture: Path, places: list[int]) -> None:
    body = body_of(capture)
    assert turn_of(cut(body, places)) == turn_of([body])


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: path.stem)
def test_byte_by_byte_the_turn_is_the_same(capture: Path) -> None:
    body = body_of(capture)
    assert turn_of([body[at : at + 1] for at in range(len(body))]) == turn_of([body])


def test_there_are_real_replies() -> None:
    assert len(CAPTURES) == 7


words = st.text("abc .é城\u2028", min_size=1, max_size=12).filter(str.strip)


@few
@given(texts=st.lists(words, min_size=1, max_size=4, unique=True), data=st.data())
def test_however_a_text_is_cut_into_pieces_it_is_said_once(texts: list[str], data: st.DataObject) -> None:
    whole, pieces = Turn(), Turn()
    for text in texts:
        whole = whole.add(json.dumps({"content": {"parts": [{"text": text}]}}))
        at = 0
        while at < len(text):
            size = data.draw(st.integers(1, len(text) - at))
            part = {"content": {"parts": [{"text": text[at : at + size]}]}, "partial": True}
            pieces = pieces.add(json.dumps(part))
            if data.draw(st.booleans()):
                pieces = pieces.add("heartbeat")
            at += size
        pieces = pieces.add(json.dumps({"content": {"parts": [{"text": text}]}}))
    assert pieces.end(framed=True).text == whole.end(framed=True).text


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
KEYS = [
    *("content", "parts", "text", "thought", "partial", "turnComplete", "errorCode", "errorMessage", "error"),
    *(
        "error_details",
        "code",
        "message",
        "detail",
        "actions",
        "stateDelta",
        "functionCall",
        "functionResponse",
        "name",
    ),
    *("args", "response", "type", "result", "author", "id", "t", "tt", "sg", "d", "m", "title", "x_clipline", "data"),
    *("state", "draft", "success", "status", "output", "url", "files", "filename", "session_id", "token", "0", "1"),
]
near_values = st.recursive(
    json_values | st.sampled_from(["text", "tool_call", "tool_result", "heartbeat", "error", "completed", 0, 1, 7]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=15,
)


@many
@given(events=st.lists(st.text(max_size=40) | near_values.map(json.dumps), max_size=6), framed=st.booleans())
@example(["\ud800", '"\\ud800"', '{"error"', "{'error':", '{"type":"text","content":"\\ud800"}'], False)
def test_no_event_ever_raises(events: list[str], framed: bool) -> None:
    turn = Turn()
    for number, event in enumerate(events, 1):
        assert parse_event(event)
        turn = turn.add(event)
        assert turn.seen == number
    turn = turn.end(framed)
    assert turn.state is State.OVER
    assert turn.silent == (not turn.text)
    assert "\x1b" not in turn.text


@many
@given(body=st.binary(max_size=200))
def test_arbitrary_bytes_never_raise(body: bytes) -> None:
    turn_of([body])
    turn_of([b"data: " + body + b"\n\n"])


# --- replies ---------------------------------------------------------------------------------------------------------


@many
@given(
    status=st.sampled_from([200, 201, 204, 302, 400, 401, 402, 404, 408, 422, 429, 500, 503]),
    body=st.binary(max_size=60) | near_values.map(lambda value: json.dumps(value).encode()),
    route_=st.sampled_from(["token", "session", "message", "upload", "state", "render", "status", "cancel", ""]),
    headers=st.dictionaries(st.sampled_from(["retry-after", "content-type", "date"]), st.text(max_size=12), max_size=3),
)
def test_any_reply_is_data_or_an_error_with_a_hint(
    status: int, body: bytes, route_: Any, headers: dict[str, str]
) -> None:
    reply = Reply(status, headers, body, whole=True)
    error = raised(lambda: read(reply, Asked(route=route_, now=0.0)))
    assert error is not None or 200 <= status < 300
    if error is not None:
        assert error.hint
        assert error.retry_after is None or 0 <= error.retry_after < 1e12


# --- drafts ----------------------------------------------------------------------------------------------------------

blanks = st.text(" \t\r\n", max_size=2)
numbers = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,4})?", fullmatch=True)


@st.composite
def json_texts(draw: st.DrawFn, depth: int = 3) -> str:
    """JSON as nobody's library writes it: odd blanks, equal keys, numbers that Python cannot hold, escapes."""

    def spaced(text: str) -> str:
        return f"{draw(blanks)}{text}{draw(blanks)}"

    kind = draw(st.sampled_from(["scalar", "object", "list"] if depth else ["scalar"]))
    if kind == "scalar":
        strings = st.text(max_size=6)
        plain = strings.map(lambda text: json.dumps(text, ensure_ascii=draw(st.booleans())))
        return draw(
            st.sampled_from(["true", "false", "null"]) | numbers | plain.filter(lambda text: text.isprintable())
        )
    inner = [spaced(draw(json_texts(depth - 1))) for _ in range(draw(st.integers(0, 3)))]
    if kind == "list":
        return f"[{','.join(inner) or draw(blanks)}]"
    keys = [spaced(json.dumps(draw(st.sampled_from(["draft", "state", "a", "é"])))) for _ in inner]
    members = [f"{key}:{value}" for key, value in zip(keys, inner, strict=True)]
    return f"{{{','.join(members) or draw(blanks)}}}"


@many
@given(draft=json_texts(), before=json_texts(), after=json_texts(), space=blanks)
def test_a_draft_is_carried_byte_for_byte(draft: str, before: str, after: str, space: str) -> None:
    body = f'{{"code":0,"x":{before},"data":{{"state":{{"a":{before},"draft":{space}{draft}{space},"b":{after}}}}}}}'
    state = read_state(body.encode())
    assert state.draft == ("" if draft == "null" else draft)
    to_timeline(draft)
    assert len(fingerprint(draft)) == 64
    if draft.startswith("{"):
        assert f'"draft": {draft}, "output"'.encode() in render("render_1", "1", draft).content


@many
@given(value=near_values)
def test_a_fingerprint_does_not_see_how_a_draft_is_written(value: Any) -> None:
    one = json.dumps(value)
    other = json.dumps(value, indent=3, ensure_ascii=False, sort_keys=True)
    assert fingerprint(one) == fingerprint(other)


@many
@given(text=st.text(max_size=60) | near_values.map(json.dumps), name=st.text(max_size=5))
def test_no_draft_ever_raises(text: str, name: str) -> None:
    timeline = to_timeline(text)
    assert timeline.summary()
    assert ready(text) == timeline.ready
    holds(text, name)
    fingerprint(text)


@many
@given(body=st.binary(max_size=80) | near_values.map(lambda value: json.dumps(value).encode()))
def test_no_state_raises_anything_but_odd_reply(body: bytes) -> None:
    error = raised(lambda: read_state(body))
    assert error is None or error.code == "odd_reply"


# --- words -----------------------------------------------------------------------------------------------------------

SPEECH = [
    *(
        "export",
        "credits",
        "status",
        "upload",
        "the video",
        "please",
        "导出",
        "积分",
        "状态",
        "上传",
        "click",
        "open",
        "drag",
    ),
    *(
        "panel",
        "button",
        "timeline",
        "点击",
        "打开",
        "拖拽",
        "and",
        "then",
        ",",
        ".",
        "。",
        "!",
        "to see",
        "I added",
        "视频",
    ),
    *("把", "you can", "preview it in", "\n", "1.", "-", '"', "'"),
]


@many
@given(text=st.lists(st.sampled_from(SPEECH), max_size=15).map(" ".join) | st.text(max_size=60))
def test_no_sentence_ever_raises(text: str) -> None:
    assert route(text) in {"export", "credits", "status", "upload", "message"}
    assert language_of(text) in {"en", "zh"}
    vague(text)
    translated = translate(text)
    if not translated.actions:
        assert translated.text == text.strip()
