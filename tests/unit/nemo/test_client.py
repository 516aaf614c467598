"""The client's plain calls: what is sent, with which token, and how often."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from clipline.errors import AccountError, AccountWaiting, InputError, MachineError, ServiceError, StageFailed
from clipline.nemo.protocol import NemoSession
from clipline.nemo.token_file import Token, fingerprint_of
from clipline.testing.clocks import VirtualClock
from clipline.values import Secret
from nemo_service import BALANCE, BASE, SESSION, World, grant, ok, world

TOKEN = "/api/auth/anonymous-token"
CREDITS = "/api/credits/balance/simple"
STATE = f"/api/state/nemo_agent/me/{SESSION}/latest"
RENDER = "/api/render/proxy/lambda"
REFUSED = {"code": 1001, "message": "token expired"}
DAY = 86_400.0
SETTING_UP = ["Setting things up…", "connected"]


def js(data: Any, status: int = 200, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=data, headers=headers)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def service() -> Any:
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        router.post(TOKEN).mock(side_effect=[js(grant(number)) for number in range(1, 9)])
        router.get(CREDITS).respond(json=BALANCE)
        yield router


def bearers(service: respx.MockRouter, path: str) -> list[str | None]:
    return [call.request.headers.get("authorization") for call in service.calls if call.request.url.path == path]


def asked_for_tokens(service: respx.MockRouter) -> int:
    return len(bearers(service, TOKEN))


# --- headers ---------------------------------------------------------------------------------------------------------


def every_call(it: World, folder: Path) -> list[Any]:
    clip = folder / "clip.mp4"
    clip.write_bytes(b"x" * 10)
    session = NemoSession(SESSION, "task_1")
    return [
        it.client.account,
        lambda: it.client.new_session("project", "en"),
        lambda: it.client.claim_link(session),
        lambda: it.client.upload(SESSION, [clip]),
        lambda: it.client.upload_urls(SESSION, ["https://example.com/a.mp4"]),
        it.client.credits,
        lambda: it.client.state(SESSION),
        lambda: it.client.start_render("render_1", SESSION, '{"t": [1]}', "high"),
        lambda: it.client.render("render_1"),
        lambda: it.client.cancel_render("render_1"),
        lambda: it.client.fallback_download("render_1", folder / "out.mp4"),
    ]


def answer_everything(service: respx.MockRouter) -> None:
    service.post("/api/tasks/me/with-session/nemo_agent").respond(json=ok(task_id="task_1", session_id=SESSION))
    service.post("/api/auth/claim-token").respond(json=ok(claim_token="clm_x", expires_in=604800))
    service.post(f"/api/upload-video/nemo_agent/me/{SESSION}").respond(
        json=ok(files=[{"filename": "clip.mp4", "duration": 2.5}], session_state_applied=True)
    )
    service.get(STATE).respond(json=ok(state={"draft": {"t": []}}, user_id="anon_1"))
    service.post(RENDER).respond(json={"success": True, "data": {"id": "render_1", "status": "pending", "progress": 5}})
    service.get(f"{RENDER}/render_1").respond(json={"status": "completed", "output": {"url": "https://cdn.example/x"}})
    service.post(f"{RENDER}/render_1/cancel").respond(json={})
    service.get("/api/render/proxy/render_1/download").respond(content=b"bytes", headers={"Content-Type": "video/mp4"})


def test_every_request_says_who_asks_and_has_the_token(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    answer_everything(service)
    it = world(tmp_path, clock)
    for call in every_call(it, tmp_path):
        call()
    assert len(service.calls) == 12
    for call in service.calls:
        headers = call.request.headers
        assert headers["x-skill-source"] == "video-object-ops"
        assert headers["x-skill-version"] == "9.9.9"
        assert headers["x-skill-platform"] == "pytest"
        if call.request.url.path == TOKEN:
            assert headers["x-client-id"] == it.store.client_id()
            assert "authorization" not in headers
        else:
            assert headers["authorization"] == "Bearer nmv_usr_token1"
            assert "x-client-id" not in headers


def test_the_calls_read_what_the_service_says(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    answer_everything(service)
    it = world(tmp_path, clock)
    account = it.client.account()
    assert (account.user_id, account.anonymous, account.credits.available) == ("anon_1", True, 90)
    assert account.token == fingerprint_of(Secret("nmv_usr_token1")) == it.client.token
    assert not account.changed
    session = it.client.new_session("project")
    assert (session.session_id, session.task_id) == (SESSION, "task_1")
    assert it.client.claim_link(session) == "https://nemovideo.com/workspace/claim?ct=clm_x"
    state = it.client.state(SESSION)
    assert (json.loads(state.draft), state.user_id) == ({"t": []}, "anon_1")
    assert it.client.start_render("render_1", SESSION, '{"t":[1]}').status == "pending"
    done = it.client.render("render_1")
    assert done.done
    assert done.url is not None
    assert done.url.reveal() == "https://cdn.example/x"
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"0123456789")
    told: list[tuple[int, int]] = []
    assert it.client.upload(SESSION, [clip], lambda sent, whole: told.append((sent, whole)))[0].duration == 2.5
    assert told[-1][0] == told[-1][1] > 10
    assert it.client.fallback_download("render_1", tmp_path / "out.mp4").bytes == 5


# --- the token -------------------------------------------------------------------------------------------------------


def test_the_first_call_makes_an_account_and_says_so_once(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    it = world(tmp_path, clock)
    it.client.credits()
    it.client.credits()
    assert it.said == SETTING_UP
    again = world(tmp_path, clock)
    again.client.credits()
    assert again.said == []
    assert asked_for_tokens(service) == 1


def test_setting_up_is_said_once_however_many_tries_it_takes(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    it = world(tmp_path, clock)
    service.post(TOKEN).mock(side_effect=httpx.ConnectError("refused"))
    for _ in range(3):
        with pytest.raises(ServiceError):
            it.client.credits()
    assert it.said == SETTING_UP[:1]


def test_a_supplied_token_comes_first_and_is_not_written(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    world(tmp_path, clock).client.credits()
    it = world(tmp_path, clock, token="supplied")
    account = it.client.account()
    assert (account.user_id, account.anonymous) == ("", False)
    assert bearers(service, CREDITS) == ["Bearer nmv_usr_token1", "Bearer supplied"]
    assert it.said == []
    assert "supplied" not in it.store.path.read_text().replace('"supplied": false', "")


def stored(folder: Path, clock: VirtualClock, service: respx.MockRouter) -> None:
    """Let an earlier process have made token 1, which the service took."""
    world(folder, clock).client.credits()
    assert asked_for_tokens(service) == 1


@pytest.mark.parametrize("again", ["anon_1", "anon_2"])
@pytest.mark.parametrize(
    "refusal",
    [js(REFUSED), js(REFUSED, 401), httpx.Response(401), js({"code": 401})],
    ids=["200", "401", "bare", "code"],
)
def test_a_stored_token_that_is_refused_is_renewed_once_with_the_same_client_id(
    tmp_path: Path, clock: VirtualClock, again: str, refusal: httpx.Response
) -> None:
    with respx.mock(base_url=BASE) as service:
        service.post(TOKEN).mock(side_effect=[js(grant(1)), js(grant(2, again))])
        service.get(CREDITS).mock(side_effect=[js(BALANCE), refusal, js(BALANCE)])
        world(tmp_path, clock).client.credits()
        it = world(tmp_path, clock)
        account = it.client.account()
        ids = {call.request.headers["x-client-id"] for call in service.calls if call.request.url.path == TOKEN}
        assert bearers(service, CREDITS)[1:] == ["Bearer nmv_usr_token1", "Bearer nmv_usr_token2"]
    assert len(ids) == 1
    assert account.changed == (again == "anon_2")
    assert any("cannot see the sessions" in each for each in it.said) == (again == "anon_2")
    assert it.said[:2] == SETTING_UP


def test_a_new_token_that_is_refused_at_once_is_not_replaced_again(
    tmp_path: Path, clock: VirtualClock, service: Any
) -> None:
    stored(tmp_path, clock, service)
    service.get(CREDITS).respond(json=REFUSED)
    it = world(tmp_path, clock)
    for _ in range(5):
        with pytest.raises(AccountError) as caught:
            it.client.credits()
        assert caught.value.code == "token_refused"
    assert asked_for_tokens(service) == 2  # the stored one, and one in its place


def test_a_refused_supplied_token_is_never_replaced(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    service.get(CREDITS).respond(json=REFUSED)
    it = world(tmp_path, clock, token="supplied")
    with pytest.raises(AccountError) as caught:
        it.client.credits()
    assert caught.value.code == "token_refused"
    assert "NEMO_TOKEN" in caught.value.hint
    assert asked_for_tokens(service) == 0
    assert it.said == []


def test_an_expired_token_is_renewed_before_it_is_sent(tmp_path: Path, clock: VirtualClock) -> None:
    with respx.mock(base_url=BASE) as service:
        service.post(TOKEN).mock(
            side_effect=[
                js(grant(1, expires_at="2026-01-08T00:00:00Z")),
                js(grant(2, expires_at="2026-01-20T00:00:00Z")),
            ]
        )
        service.get(CREDITS).respond(json=BALANCE)
        it = world(tmp_path, clock)
        it.client.credits()
        clock.advance(7 * DAY - 90)
        it = world(tmp_path, clock)
        it.client.credits()
        assert it.said == []
        clock.advance(60)  # 30 s are left: it could expire on the way
        account = it.client.account()
        assert bearers(service, CREDITS)[-1] == "Bearer nmv_usr_token2"
        assert account.changed
        it.client.credits()
        assert asked_for_tokens(service) == 2


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY])
def test_a_jump_of_the_clock_makes_no_loop_of_renewals(
    tmp_path: Path, clock: VirtualClock, service: Any, jump: float
) -> None:
    service.post(TOKEN).mock(side_effect=[js(grant(n, expires_at="2026-01-08T00:00:00Z")) for n in range(1, 9)])
    it = world(tmp_path, clock)
    it.client.credits()
    clock.advance(jump)
    for _ in range(5):
        it.client.credits()
    for _ in range(3):  # and in processes after it
        world(tmp_path, clock).client.credits()
    assert asked_for_tokens(service) <= 2
    clock.advance(-jump)
    it.client.credits()
    assert asked_for_tokens(service) <= 2


def test_where_the_service_gives_no_other_token_the_expired_one_is_tried(
    tmp_path: Path, clock: VirtualClock, service: Any
) -> None:
    service.post(TOKEN).mock(
        side_effect=[js(grant(1, expires_at="2026-01-08T00:00:00Z")), *[js({}, 429, **{"Retry-After": "500000"})] * 3]
    )
    world(tmp_path, clock).client.credits()
    clock.advance(400 * DAY)
    it = world(tmp_path, clock)
    it.client.credits()
    it.client.credits()
    assert bearers(service, CREDITS) == ["Bearer nmv_usr_token1"] * 3
    assert asked_for_tokens(service) == 2


@pytest.mark.parametrize("ahead", [8 * DAY, 74 * 365 * DAY])
def test_a_clock_that_is_ahead_has_a_token_asked_for_once_and_not_by_every_stage(
    tmp_path: Path, clock: VirtualClock, service: Any, ahead: float
) -> None:
    refused = js({}, 429, **{"Retry-After": "500000"})
    service.post(TOKEN).mock(side_effect=[js(grant(1, expires_at="2026-01-08T00:00:00Z")), *[refused] * 9])
    world(tmp_path, clock).client.credits()
    clock.advance(ahead)
    for _ in range(5):  # each stage has a client of its own
        world(tmp_path, clock).client.credits()
    assert bearers(service, CREDITS) == ["Bearer nmv_usr_token1"] * 6
    assert asked_for_tokens(service) == 2


def test_a_token_that_is_not_given_is_an_error_that_says_what_else_there_is(
    tmp_path: Path, clock: VirtualClock, service: Any
) -> None:
    service.post(TOKEN).mock(side_effect=[js({"message": "one per client"}, 429)] * 3)
    it = world(tmp_path, clock)
    with pytest.raises(ServiceError) as caught:
        it.client.credits()
    assert caught.value.code == "rate_limited"
    assert "NEMO_TOKEN" in caught.value.hint
    assert asked_for_tokens(service) == 2
    assert clock.waits == (30.0,)


def test_a_given_client_id_is_sent(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    world(tmp_path, clock, client_id=Secret("my-client")).client.credits()
    assert service.calls[0].request.headers["x-client-id"] == "my-client"


@pytest.mark.parametrize("bad", ["secret\n", "токен", "sec ret"])
def test_a_token_or_client_id_that_cannot_be_sent_is_refused_before(
    tmp_path: Path, clock: VirtualClock, service: Any, bad: str
) -> None:
    for it in (world(tmp_path, clock, token=bad), world(tmp_path, clock, client_id=Secret(bad))):
        with pytest.raises(InputError) as caught:
            it.client.credits()
        assert caught.value.code == "bad_token"
        assert bad not in str(caught.value)
    assert len(service.calls) == 0


def test_a_client_for_one_token_uses_that_and_no_other(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    it = world(tmp_path, clock)
    it.store.keep(Token(Secret("job"), "u_1", supplied=True))
    name = fingerprint_of(Secret("job"))
    only = world(tmp_path, clock, token="supplied", use=name)
    account = only.client.account()
    assert bearers(service, CREDITS) == ["Bearer job"]
    assert (account.user_id, account.token) == ("u_1", name)
    service.get(CREDITS).respond(json=REFUSED)
    with pytest.raises(AccountError):
        only.client.credits()
    assert asked_for_tokens(service) == 0


def test_a_client_for_one_anonymous_token_does_not_renew_it_either(
    tmp_path: Path, clock: VirtualClock, service: Any
) -> None:
    service.post(TOKEN).mock(side_effect=[js(grant(1, expires_at="2026-01-08T00:00:00Z"))])
    name = world(tmp_path, clock).client.token
    clock.advance(8 * DAY)
    world(tmp_path, clock, use=name).client.credits()
    assert bearers(service, CREDITS) == ["Bearer nmv_usr_token1"]
    service.get(CREDITS).respond(401)
    with pytest.raises(AccountError):
        world(tmp_path, clock, use=name).client.credits()


def test_a_supplied_token_can_be_the_one(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    world(tmp_path, clock, token="supplied", use=fingerprint_of(Secret("supplied"))).client.credits()
    assert bearers(service, CREDITS) == ["Bearer supplied"]


def test_a_token_that_is_not_kept_any_more_is_an_error_with_a_way_out(tmp_path: Path, clock: VirtualClock) -> None:
    with pytest.raises(AccountError) as caught:
        world(tmp_path, clock, use="0" * 12).client.credits()
    assert caught.value.code == "token_refused"
    assert "NEMO_TOKEN" in caught.value.hint


def test_a_damaged_file_of_tokens_stops_before_anything_is_sent(
    tmp_path: Path, clock: VirtualClock, service: Any
) -> None:
    it = world(tmp_path, clock)
    it.client.credits()
    it.store.path.write_text("{")
    with pytest.raises(MachineError, match="damaged"):
        world(tmp_path, clock).client.credits()
    assert len(service.calls) == 2


# --- tries -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (httpx.ConnectError("no"), 1.0),
        (httpx.ReadError("no"), 1.0),
        (js({}, 500), 1.0),
        (httpx.Response(502, html="<html>bad gateway</html>"), 1.0),
        (js({}, 503, **{"Retry-After": "7"}), 7.0),
        (js({}, 408), 1.0),
        (js({}, 429), 30.0),
        (js({}, 429, **{"Retry-After": "3"}), 3.0),
        (httpx.Response(200, html="<html>log in</html>"), 1.0),
        (httpx.Response(200, content=b'{"code": 0, "da'), 1.0),
    ],
)
def test_a_call_that_only_reads_is_tried_again(
    tmp_path: Path, clock: VirtualClock, service: Any, failure: Any, wait: float
) -> None:
    service.get(CREDITS).mock(side_effect=[failure, js(BALANCE)])
    it = world(tmp_path, clock)
    assert it.client.credits().available == 90
    assert clock.waits == (wait,)


def test_it_is_tried_a_few_times_and_no_more(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    service.get(STATE).respond(500)
    with pytest.raises(ServiceError) as caught:
        world(tmp_path, clock).client.state(SESSION)
    assert caught.value.code == "server_error"
    assert len(bearers(service, STATE)) == 4
    assert clock.waits == (1.0, 2.0, 4.0)


def test_a_wish_to_wait_for_hours_is_told_and_not_waited_for(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    service.get(CREDITS).respond(429, headers={"Retry-After": "7200"})
    with pytest.raises(ServiceError) as caught:
        world(tmp_path, clock).client.credits()
    assert (caught.value.code, caught.value.retry_after) == ("rate_limited", 7200.0)
    assert clock.waits == ()


@pytest.mark.parametrize("status", [402, 403, 404, 422])
def test_an_answer_that_would_stay_the_same_is_not_asked_for_again(
    tmp_path: Path, clock: VirtualClock, service: Any, status: int
) -> None:
    service.get(STATE).respond(status)
    with pytest.raises((AccountError, StageFailed)):
        world(tmp_path, clock).client.state(SESSION)
    assert len(bearers(service, STATE)) == 1


POSTS = {
    "/api/tasks/me/with-session/nemo_agent": lambda it, _: it.client.new_session("p"),
    "/api/auth/claim-token": lambda it, _: it.client.claim_link(NemoSession(SESSION, "t")),
    f"/api/upload-video/nemo_agent/me/{SESSION}": lambda it, folder: it.client.upload(SESSION, [folder / "clip.mp4"]),
    RENDER: lambda it, _: it.client.start_render("render_1", SESSION, '{"t":[1]}'),
    f"{RENDER}/render_1/cancel": lambda it, _: it.client.cancel_render("render_1"),
}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("failure", [500, 502, 408, "reset", "page"])
def test_a_call_that_does_something_is_sent_once(
    tmp_path: Path, clock: VirtualClock, service: Any, path: str, failure: Any
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    route = service.post(path)
    if failure == "reset":
        route.mock(side_effect=httpx.ReadError("reset"))
    else:
        route.mock(return_value=httpx.Response(200 if failure == "page" else failure, html="<html>"))
    with pytest.raises(ServiceError) as caught:
        POSTS[path](world(tmp_path, clock), tmp_path)
    assert caught.value.retry != "safe" or caught.value.code == "unreachable"
    assert len(bearers(service, path)) == 1
    assert clock.waits == ()


@pytest.mark.parametrize("path", POSTS)
def test_after_a_429_it_is_sent_once_more_and_no_more(
    tmp_path: Path, clock: VirtualClock, service: Any, path: str
) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    service.post(path).respond(429, json={"code": 429, "message": "slow down"})
    with pytest.raises(ServiceError) as caught:
        POSTS[path](world(tmp_path, clock, rate_wait=11.0), tmp_path)
    assert caught.value.code == "rate_limited"
    assert len(bearers(service, path)) == 2
    assert clock.waits == (11.0,)


@pytest.mark.parametrize("path", POSTS)
def test_a_refused_token_is_renewed_for_them_too(tmp_path: Path, clock: VirtualClock, service: Any, path: str) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"x")
    stored(tmp_path, clock, service)
    service.post(path).mock(side_effect=[js(REFUSED), js({}, 500)])
    with pytest.raises(ServiceError):
        POSTS[path](world(tmp_path, clock), tmp_path)
    assert bearers(service, path) == ["Bearer nmv_usr_token1", "Bearer nmv_usr_token2"]


# --- uploads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("a.txt", 5, "unsupported_file"),
        ("a", 5, "unsupported_file"),
        ("a.mp4.exe", 5, "unsupported_file"),
        ("a.mp4", 0, "not_a_file"),
        ("a.mp4", 500 * 1024**2 + 1, "file_too_large"),
    ],
)
def test_what_the_service_would_refuse_is_refused_before_anything_is_sent(
    tmp_path: Path, clock: VirtualClock, service: Any, name: str, size: int, code: str
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(size)
    good = tmp_path / "good.mp4"
    good.write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        world(tmp_path, clock).client.upload(SESSION, [good, tmp_path / name])
    assert caught.value.code == code
    assert caught.value.hint
    assert len(service.calls) == 0


def test_missing_files_and_folders_are_refused(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    (tmp_path / "folder.mp4").mkdir()
    for files in ([], [tmp_path / "none.mp4"], [tmp_path / "folder.mp4"]):
        with pytest.raises(InputError):
            world(tmp_path, clock).client.upload(SESSION, files)
    assert len(service.calls) == 0


def test_several_files_go_in_one_call_under_names_of_their_own(
    tmp_path: Path, clock: VirtualClock, service: Any
) -> None:
    names = ["клип 视频 😀.MP4", "a/clip.mp4", "b/clip.mp4", "b/CLIP.MP4", "photo.jpeg", 'qu"ote.wav', "x.mkv"]
    files = [tmp_path / name for name in names]
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(file.name.encode())
    path = f"/api/upload-video/nemo_agent/me/{SESSION}"
    service.post(path).respond(json=ok(files=[{"filename": name, "duration": 400.0} for name in names]))
    it = world(tmp_path, clock)
    it.client.upload(SESSION, files)
    body = next(call.request.content for call in service.calls if call.request.url.path == path).decode()
    assert body.count('name="files"') == len(names)
    for sent in ("клип 视频 😀.MP4", "clip.mp4", "clip-2.mp4", "CLIP-3.MP4", "photo.jpg", "qu%22ote.wav", "x.mkv"):
        assert f'filename="{sent}"' in body
    assert "image/jpeg" in body
    advice = it.said[-len(names) - 1 :]
    assert "x.mkv" in next(each for each in it.said if "MP4, MOV, AVI and WebM" in each)
    assert sum("lasts 6m40s" in each for each in advice) == len(names)


def test_fewer_files_than_were_sent_are_no_success(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    service.post(f"/api/upload-video/nemo_agent/me/{SESSION}").respond(json=ok(files=[]))
    with pytest.raises(ServiceError, match="took 0 of 1"):
        world(tmp_path, clock).client.upload_urls(SESSION, ["https://example.com/a.mp4"])


def test_an_address_that_is_none_is_not_sent(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    with pytest.raises(InputError):
        world(tmp_path, clock).client.upload_urls(SESSION, ["https://example.com/a.mp4", "file:///etc/passwd"])
    assert len(service.calls) == 0


# --- renders ---------------------------------------------------------------------------------------------------------


def test_the_token_of_a_render_is_kept_before_it_is_started(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    it = world(tmp_path, clock, token="supplied")
    kept: list[bool] = []

    def start(_: httpx.Request) -> httpx.Response:
        kept.append(it.store.by_fingerprint(fingerprint_of(Secret("supplied"))) is not None)
        return httpx.Response(500)

    service.post(RENDER).mock(side_effect=start)
    with pytest.raises(ServiceError):
        it.client.start_render("render_1", SESSION, '{"t":[1]}')
    assert kept == [True]
    later = world(tmp_path, clock, use=fingerprint_of(Secret("supplied")))
    service.get(f"{RENDER}/render_1").respond(json={"success": True, "data": {"status": "processing"}})
    assert later.client.render("render_1").status == "processing"


def test_the_draft_of_a_render_goes_as_it_came(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    draft = '{"t":[{"sg":[1.50,12345678901234567890]}],  "é":"\\u00e9"}'
    service.post(RENDER).respond(json={"success": True, "data": {"status": "pending"}})
    world(tmp_path, clock).client.start_render("render_1", SESSION, draft)
    assert draft.encode() in service.calls.last.request.content


@pytest.mark.parametrize(
    ("answer", "error", "code"),
    [
        (js({"code": 402, "message": "upgrade"}, 402), AccountWaiting, "plan_required"),
        (js({"code": 402, "message": "missing X-Skill-Source header"}, 402), AccountError, "attribution_missing"),
        (js({"code": 2001, "message": "no credits"}), AccountWaiting, "no_credits"),
        (js({"code": 1002, "message": "gone"}), StageFailed, "session_gone"),
    ],
)
def test_what_stands_in_the_way_of_a_render_is_told_apart(
    tmp_path: Path, clock: VirtualClock, service: Any, answer: httpx.Response, error: type[Exception], code: str
) -> None:
    service.post(RENDER).mock(return_value=answer)
    with pytest.raises(error) as caught:
        world(tmp_path, clock).client.start_render("render_1", SESSION, '{"t":[1]}')
    assert getattr(caught.value, "code", "") == code


def test_no_credits_tells_an_anonymous_person_where_to_register(
    tmp_path: Path, clock: VirtualClock, service: Any
) -> None:
    service.get(STATE).respond(json={"code": 2001})
    with pytest.raises(AccountWaiting) as caught:
        world(tmp_path, clock).client.state(SESSION)
    assert "https://nemovideo.com/register?bind=anon_1" in caught.value.hint


# --- downloads -------------------------------------------------------------------------------------------------------


def test_the_result_is_fetched_without_any_credential(tmp_path: Path, clock: VirtualClock, service: Any) -> None:
    with respx.mock() as anywhere:
        anywhere.get("https://cdn.example/x.mp4").respond(content=b"video", headers={"Content-Type": "video/mp4"})
        it = world(tmp_path, clock)
        told: list[tuple[int, int | None]] = []
        url = Secret("https://cdn.example/x.mp4?X-Amz-Signature=abc")
        done = it.client.download(url, tmp_path / "x.mp4", lambda *each: told.append(each))
        headers = anywhere.calls.last.request.headers
    assert (done.bytes, (tmp_path / "x.mp4").read_bytes(), told[-1]) == (5, b"video", (5, 5))
    assert not [name for name in headers if name.startswith("x-") or name in {"authorization", "cookie"}]


def test_an_address_that_cannot_be_fetched_is_the_services_fault(tmp_path: Path, clock: VirtualClock) -> None:
    with pytest.raises(ServiceError) as caught:
        world(tmp_path, clock).client.download(Secret("https://user:CANARY@x/y"), tmp_path / "x.mp4")
    assert caught.value.code == "odd_reply"
    assert "CANARY" not in repr(caught.value)
