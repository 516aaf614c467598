"""What each call sends, as the service's page writes it."""

from __future__ import annotations

import json

import pytest

from clipline.errors import InputError, StageFailed
from clipline.nemo import protocol
from clipline.nemo.protocol import Call

SID = "1234567890123456789"


def sent(call: Call) -> object:
    return json.loads(call.content) if call.content else None


CALLS = {
    "token": (protocol.anonymous_token("id"), "POST", "/api/auth/anonymous-token", None),
    "session": (
        protocol.new_session("project", "en"),
        "POST",
        "/api/tasks/me/with-session/nemo_agent",
        {"task_name": "project", "language": "en"},
    ),
    "session without language": (
        protocol.new_session("project"),
        "POST",
        "/api/tasks/me/with-session/nemo_agent",
        {"task_name": "project"},
    ),
    "claim": (
        protocol.claim_token("t1", SID),
        "POST",
        "/api/auth/claim-token",
        {"task_id": "t1", "session_id": SID},
    ),
    "message": (
        protocol.message(SID, "加标题 “a”"),
        "POST",
        "/run_sse",
        {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": SID,
            "new_message": {"parts": [{"text": "加标题 “a”"}]},
        },
    ),
    "urls": (
        protocol.upload_urls(SID, ["https://a.example/x.mp4"]),
        "POST",
        f"/api/upload-video/nemo_agent/me/{SID}",
        {"urls": ["https://a.example/x.mp4"], "source_type": "url"},
    ),
    "credits": (protocol.credits(), "GET", "/api/credits/balance/simple", None),
    "state": (protocol.state(SID), "GET", f"/api/state/nemo_agent/me/{SID}/latest", None),
    "render": (
        protocol.render("render_1", SID, '{"t": []}', "high"),
        "POST",
        "/api/render/proxy/lambda",
        {
            "id": "render_1",
            "sessionId": SID,
            "draft": {"t": []},
            "output": {"format": "mp4", "quality": "high"},
        },
    ),
    "status": (protocol.render_status("render_1"), "GET", "/api/render/proxy/lambda/render_1", None),
    "cancel": (protocol.render_cancel("render_1"), "POST", "/api/render/proxy/lambda/render_1/cancel", None),
    "download": (protocol.render_download("render_1"), "GET", "/api/render/proxy/render_1/download", None),
}


@pytest.mark.parametrize(("call", "method", "path", "body"), CALLS.values(), ids=CALLS)
def test_a_call_is_sent_as_the_page_writes_it(call: Call, method: str, path: str, body: object) -> None:
    assert (call.method, call.path, sent(call)) == (method, path, body)
    names = {name.lower() for name in call.headers}
    assert not names & {"authorization", "x-skill-source", "x-skill-version", "x-skill-platform"}
    assert ("content-type" in names) == bool(call.content)


def test_only_the_token_call_names_the_client_and_nobody_sees_it() -> None:
    call = protocol.anonymous_token("0b1c-secret")
    assert call.headers["X-Client-Id"] == "0b1c-secret"
    assert "secret" not in repr(call)
    assert "hello" not in repr(protocol.message(SID, "hello"))


def test_a_message_asks_for_an_event_stream() -> None:
    assert protocol.message(SID, "x").headers["Accept"] == "text/event-stream"


def test_letters_that_no_script_has_do_not_stop_a_message() -> None:
    assert sent(protocol.message(SID, "a\udce9b"))["new_message"]["parts"] == [{"text": "a?b"}]  # type: ignore[index]


@pytest.mark.parametrize("session", ["a/../../b", "a b?x=1#y", "ü", "%2e"])
def test_an_id_stays_one_piece_of_the_path(session: str) -> None:
    piece = protocol.state(session).path.removeprefix("/api/state/nemo_agent/me/").removesuffix("/latest")
    assert not set(piece) & set("/?# ")
    assert piece.isascii()


@pytest.mark.parametrize("session", ["", ".", ".."])
def test_an_id_that_a_path_would_swallow_is_refused(session: str) -> None:
    with pytest.raises(InputError):
        protocol.state(session)


DRAFT = (
    '{"z" : 1.10, "a":1e400,"n": 123456789012345678901234567890,  "a" : "\\u00e9\\ud83d\\ude00\\/é", "m":{},\n'
    '\t"unknown": [ 1.0, -0, 1E5 ], "t": [{"sg":[{}]}]}'
)


@pytest.mark.parametrize(
    "around",
    [
        '{"code":0,"data":{"x":{"state":{"draft":1}},"state": {"draft" : %s , "video_infos": []}}}',
        '{"state":{"draft":%s}}',
    ],
)
def test_a_draft_goes_from_the_state_to_the_render_byte_for_byte(around: str) -> None:
    state = protocol.read_state((around % DRAFT).encode())
    assert state.draft == DRAFT
    content = protocol.render("render_1", SID, state.draft).content
    assert DRAFT.encode() in content
    assert (
        content
        == (
            f'{{"id": "render_1", "sessionId": "{SID}", "draft": {DRAFT}, '
            f'"output": {{"format": "mp4", "quality": "high"}}}}'
        ).encode()
    )


def test_a_number_of_thousands_of_digits_is_carried_too() -> None:
    draft = '{"t": [], "n": ' + "7" * 9999 + "}"
    state = protocol.read_state(f'{{"state": {{"draft": {draft}}}}}'.encode())
    assert state.draft == draft
    assert draft.encode() in protocol.render("render_1", SID, state.draft).content


@pytest.mark.parametrize("draft", ["", "null", "[]", '"text"', "{", '{} , "id": "x"', "{}}", "{}{}"])
def test_what_is_no_single_object_is_never_spliced_into_a_render(draft: str) -> None:
    with pytest.raises(StageFailed) as caught:
        protocol.render("render_1", SID, draft)
    assert caught.value.code == "draft_empty"


def test_links_carry_a_claim_token_or_an_account_never_the_bearer_token() -> None:
    assert protocol.claim_link("https://w", "clm_a/b") == "https://w/workspace/claim?ct=clm_a%2Fb"
    assert protocol.register_link("https://w", "anon_1&x=2") == "https://w/register?bind=anon_1%26x%3D2"
