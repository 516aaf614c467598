"""Every row of the service's tables, as whole runs over a real socket: what is sent, what comes back, what is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import clipline.nemo
from clipline.nemo.attribution import Attribution, attribution
from clipline.nemo.client import NemoClient
from clipline.nemo.credentials import TokenStore
from clipline.nemo.options import API_URL, NemoOptions
from cloud_runs import CLIENT, EDIT, UPLOAD, WEB, Cloud, cloud, edit, fault, pipeline

VARIABLES = ("NEMO_API_URL", "NEMO_WEB_URL", "NEMO_TOKEN", "NEMO_CLIENT_ID", "SKILL_SOURCE")
UNSET = dict.fromkeys(("nemo.api_url", "nemo.web_url", "nemo.client_id"))


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def client_of(cloud: Cloud) -> NemoClient:
    """A client that goes on where the runs are: with their token."""
    options = NemoOptions(api_url=cloud.server.url, web_url=WEB)
    store = TokenStore(cloud.state, cloud.server.url, cloud.clock)
    return NemoClient(options, cloud.clock, store, attribution=Attribution("s", "v", "p"), say=lambda _: None)


def bearer(cloud: Cloud) -> str:
    """The token that the runs worked with."""
    (token,) = {request.headers["authorization"] for request in cloud.asked("credits")}
    return token.removeprefix("Bearer ")


# --- settings and variables ------------------------------------------------------------------------------------------


def test_each_variable_is_the_setting_that_the_table_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cloud(tmp_path) as service:
        monkeypatch.setenv("NEMO_API_URL", service.server.url)
        monkeypatch.setenv("NEMO_WEB_URL", "https://pages.example.test")
        monkeypatch.setenv("NEMO_CLIENT_ID", "client-of-the-environment")
        monkeypatch.setenv("SKILL_SOURCE", "a-platform")
        assert service.run(settings=UNSET).status == "done"
        (asked,) = service.asked("token")
        assert asked.headers["x-client-id"] == "client-of-the-environment"
        assert asked.headers["x-skill-platform"] == "a-platform"
        assert all(link.startswith("https://pages.example.test/workspace/claim?ct=clm_") for link in service.links)
        assert len(service.links) == 2


def test_a_given_token_is_used_and_none_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cloud(tmp_path) as service:
        token = service.server.issue_token("registered_1")
        monkeypatch.setenv("NEMO_TOKEN", token)
        result = service.run()
        assert result.status == "done"
        assert not service.asked("token")
        assert bearer(service) == token
        assert not result.stages["auth"].outputs["anonymous"]
        assert "Setting things up…" not in service.notes


def test_without_settings_the_service_and_its_pages_are_those_of_the_table() -> None:
    options = NemoOptions()
    assert (API_URL, options.api_url) == ("https://mega-api-prod.nemovideo.ai",) * 2
    assert options.web_url == "https://nemovideo.com"
    assert options.token is options.client_id is None


def test_a_client_id_is_made_once_and_kept(tmp_path: Path) -> None:
    with cloud(tmp_path, token_days=1) as service:
        service.converse("auth", settings={"nemo.client_id": None})
        service.clock.advance(2 * 86_400)
        service.converse("auth", settings={"nemo.client_id": None}, fresh=True)
        first, second = (request.headers["x-client-id"] for request in service.asked("token"))
        assert first == second
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", first)


@pytest.mark.parametrize(
    ("place", "platform"),
    [(".clawhub/x/SKILL.md", "clawhub"), (".cursor/skills/x/SKILL.md", "cursor"), ("elsewhere/SKILL.md", "unknown")],
)
def test_the_platform_is_found_from_the_place_of_the_installation(tmp_path: Path, place: str, platform: str) -> None:
    skill = tmp_path / place
    skill.parent.mkdir(parents=True)
    skill.write_bytes((Path(clipline.nemo.__file__).parent / "SKILL.md").read_bytes())
    assert attribution("", {"HOME": str(tmp_path)}, skill).platform == platform


# --- headers ---------------------------------------------------------------------------------------------------------


def test_every_request_says_whose_it_is_and_who_asks_and_the_cdn_is_told_nothing(tmp_path: Path) -> None:
    from clipline import __version__

    with cloud(tmp_path) as service:
        assert service.run().status == "done"
        token = bearer(service)
        calls = "token credits session claim upload state message render render_status result"
        assert {request.route for request in service.server.requests} == set(calls.split())
        who = (b"\r\nX-Skill-Source: video-object-ops\r\n", f"\r\nX-Skill-Version: {__version__}\r\n".encode())
        for request in service.server.requests:
            assert token not in request.path
            assert CLIENT not in request.path
            if request.route == "result":
                assert not {name for name in request.headers if name.startswith(("x-", "authorization", "cookie"))}
                continue
            assert all(line in request.head for line in who)
            assert b"\r\nX-Skill-Platform: unknown\r\n" in request.head
            own = f"\r\nAuthorization: Bearer {token}\r\n".encode()
            assert (own in request.head) == (request.route != "token")
            assert (b"\r\nX-Client-Id: " in request.head) == (request.route == "token")
            assert not {"cookie", "referer", "origin"} & set(request.headers)


# --- calls -----------------------------------------------------------------------------------------------------------


def body_of(service: Cloud, route: str) -> Any:
    return json.loads(service.asked(route)[0].body)


def test_each_call_is_the_one_of_the_table(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        assert service.run().status == "done"
        session = service.session
        (task,) = (row["task_id"] for row in service.server.snapshot()["world"]["sessions"].values())
        asked = {each.route: f"{each.method} {each.path.partition('?')[0]}" for each in service.server.requests}
        number = body_of(service, "render")["id"]
        assert asked == asked | {
            "token": "POST /api/auth/anonymous-token",
            "session": "POST /api/tasks/me/with-session/nemo_agent",
            "claim": "POST /api/auth/claim-token",
            "message": "POST /run_sse",
            "upload": f"POST /api/upload-video/nemo_agent/me/{session}",
            "credits": "GET /api/credits/balance/simple",
            "state": f"GET /api/state/nemo_agent/me/{session}/latest",
            "render": "POST /api/render/proxy/lambda",
            "render_status": f"GET /api/render/proxy/lambda/{number}",
        }
        assert service.asked("token")[0].body == b""
        assert body_of(service, "session") == {"task_name": "test", "language": "en"}
        assert body_of(service, "claim") == {"task_id": task, "session_id": session}
        message = {"parts": [{"text": EDIT}]}
        assert body_of(service, "message") == {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": session,
            "new_message": message,
        }
        assert service.asked("message")[0].headers["accept"] == "text/event-stream"
        assert re.fullmatch(r"\d{19}", session)
        assert re.match(r"render_\d+", number)
        render = body_of(service, "render")
        assert (render["sessionId"], render["output"]) == (session, {"format": "mp4", "quality": "high"})
        assert set(render) == {"id", "sessionId", "draft", "output"}


@pytest.mark.parametrize(
    ("words", "setting", "language"),
    [("add the title Hi", None, "en"), ("加上标题“你好”", None, "zh"), ("add the title Hi", "zh", "zh")],
)
def test_a_session_is_opened_in_the_language_of_the_instruction_or_of_the_setting(
    tmp_path: Path, words: str, setting: str | None, language: str
) -> None:
    with cloud(tmp_path) as service:
        result = service.run(pipeline("auth", UPLOAD, edit(words)), settings={"nemo.language": setting})
        assert result.status == "done", result.errors
        assert body_of(service, "session")["language"] == language


def test_the_credits_before_and_after_are_told_and_what_the_run_cost(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        result = service.run()
        assert "connected, 100 credits" in service.notes
        assert "credits: 100 → 90" in service.notes
        assert result.credits == 10


def test_a_vague_instruction_is_sent_with_a_hint_for_the_person(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        service.run(pipeline("auth", UPLOAD, edit("make it better")))
        assert any("name the object, the action and the result" in note for note in service.notes)
        assert len(service.asked("message")) == 1


def test_an_upload_is_a_multipart_whose_field_is_files_and_whose_bytes_are_the_files(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        files = [service.clip, service.clip.rename(tmp_path / "猫.mp4")]
        files[0].write_bytes(files[1].read_bytes())
        assert service.converse("upload", {"files": [str(file) for file in files]}).status == "done"
        (asked,) = service.asked("upload")
        assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
        for file in files:
            part = asked.body.partition(f'name="files"; filename="{file.name}"'.encode())[2]
            assert part.partition(b"\r\n\r\n")[2].startswith(file.read_bytes())


def test_addresses_are_handed_over_as_json(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        assert service.converse("upload", {"urls": ["https://example.com/a.mp4?sign=1"]}).status == "done"
        assert body_of(service, "upload") == {"urls": ["https://example.com/a.mp4?sign=1"], "source_type": "url"}


def test_a_render_can_be_cancelled_and_fetched_through_the_service(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("result", "status", "before_effect", nth="every", status=404)) as service:
        assert service.run().status == "done"
        number = body_of(service, "render")["id"]
        (fallback,) = service.asked("render_download")
        assert (fallback.method, fallback.path) == ("GET", f"/api/render/proxy/{number}/download")
        assert service.made.stat().st_size == fallback.sent
        assert fallback.headers["authorization"] == f"Bearer {bearer(service)}"
        client_of(service).cancel_render(number)
        (cancel,) = service.asked("render_cancel")
        assert (cancel.method, cancel.path) == ("POST", f"/api/render/proxy/lambda/{number}/cancel")


# --- forms of replies ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("envelope", ["status", "ok", "success", "detail"])
@pytest.mark.parametrize("form", ["data", "top", "code"])
@pytest.mark.parametrize("dialect", ["adk", "vendor"])
def test_every_dialect_with_every_render_form_and_error_envelope_ends_with_the_file(
    tmp_path: Path, dialect: str, form: str, envelope: str
) -> None:
    limited = [fault(route, "status", "before_effect", code=429, envelope=envelope) for route in ("message", "render")]
    with cloud(tmp_path, *limited, dialect=dialect, render_form=form, late_url=1) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert service.made.stat().st_size > 500
        assert len(service.charges) == 1
        assert [request.status for request in service.asked("message")][-1] == 200
        assert len(service.asked("message")) == len(service.asked("render")) == 2
        assert "Done: the clip is kept from 0s to 0.3s." in service.notes


# --- errors ----------------------------------------------------------------------------------------------------------


def only_error(result: Any) -> dict[str, Any]:
    (error,) = result.errors
    return dict(error)


@pytest.mark.parametrize("envelope", ["status", "ok", "success"])
@pytest.mark.parametrize(
    ("route", "code", "exit_status", "word", "hint"),
    [
        (
            "upload",
            4001,
            2,
            "unsupported_file",
            "supported: mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a",
        ),
        ("upload", 4002, 2, "file_too_large", "at most 500 MB: compress the file or trim it first"),
        ("message", 2001, 4, "no_credits", f"register to go on: {WEB}/register?bind=anon_"),
        ("render", 402, 4, "plan_required", "Register or upgrade your plan to unlock export"),
        ("message", 400, 1, "bad_request", "look at what was asked for"),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_each_code_is_told_with_what_to_do_in_whatever_envelope_it_comes(
    tmp_path: Path, route: str, code: int, exit_status: int, word: str, hint: str, envelope: str
) -> None:
    with cloud(tmp_path, fault(route, "status", "before_effect", nth="every", code=code, envelope=envelope)) as service:
        result = service.run()
        error = only_error(result)
        assert (result.exit, error["code"]) == (exit_status, word)
        assert hint in error["hint"]
        assert str(code) in error["message"]
        assert len(service.charges) == (route == "render")


def test_an_expired_token_is_replaced_once_with_the_same_client_id_and_nobody_has_to_do_anything(
    tmp_path: Path,
) -> None:
    with cloud(tmp_path, fault("upload", "dead_token", "before_effect")) as service:
        result = service.run()
        assert result.status == "done", result.errors
        first, second = service.asked("token")
        assert first.headers["x-client-id"] == second.headers["x-client-id"] == CLIENT
        assert len(service.charges) == 1


@pytest.mark.parametrize("route", ["credits", "session", "upload", "message", "state", "render"])
def test_a_token_that_the_person_gave_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    with cloud(tmp_path, fault(route, "dead_token", "before_effect")) as service:
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("registered_1"))
        result = service.run()
        error = only_error(result)
        assert (result.exit, error["code"]) == (4, "token_refused")
        assert (
            error["hint"] == "look at NEMO_TOKEN: take a new token from your account, or unset it to go on anonymously"
        )
        assert not service.asked("token")
        assert len(service.charges) == (route == "render")


def test_a_session_that_is_gone_before_anything_was_paid_is_replaced_and_the_person_is_told(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("upload", "dead_session", "before_effect")) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert len(service.asked("session")) == 2
        assert len(service.charges) == 1
        (finding,) = result.findings
        assert "in the new one the timeline starts empty" in finding[1].text


def test_a_registered_account_without_credits_is_told_to_top_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cloud(tmp_path) as service:
        monkeypatch.setenv("NEMO_TOKEN", service.server.issue_token("registered_1", credits=5))
        result = service.run()
        error = only_error(result)
        assert (result.exit, result.status, error["code"]) == (4, "waiting", "no_credits")
        assert error["hint"].startswith("Top up credits in your account")
        assert not service.charges


def test_an_anonymous_account_without_credits_is_given_the_page_to_register_at(tmp_path: Path) -> None:
    with cloud(tmp_path, credits=5) as service:
        result = service.run()
        user = result.stages["auth"].outputs["account"]
        assert (result.exit, result.status) == (4, "waiting")
        assert f"{WEB}/register?bind={user}" in only_error(result)["hint"]
        assert service.links[-1] == f"{WEB}/register?bind={user}"


def test_a_402_for_missing_headers_is_told_apart_from_one_for_the_plan(tmp_path: Path) -> None:
    missing = fault(
        "render", "status", "before_effect", nth="every", code=402, message="missing headers x-skill-platform"
    )
    with cloud(tmp_path, missing) as service:
        result = service.run()
        error = only_error(result)
        assert (result.exit, error["code"]) == (4, "attribution_missing")
        assert "SKILL_SOURCE" in error["hint"]


def test_a_token_call_that_misses_its_client_id_is_made_once_more(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("token", "status", "before_effect", status=400)) as service:
        result = service.run(settings={"nemo.client_id": None})
        assert result.status == "done", result.errors
        first, second = (request.headers["x-client-id"] for request in service.asked("token"))
        assert first != second
        service.clock.advance(8 * 86_400)
        service.converse("auth", settings={"nemo.client_id": None})
        assert service.asked("token")[-1].headers["x-client-id"] == second


@pytest.mark.parametrize("route", ["token", "session", "upload", "message", "state", "render", "render_status"])
@pytest.mark.parametrize(("told", "waited"), [(None, 30.0), (7.0, 7.0)])
def test_too_many_requests_are_waited_out_once(tmp_path: Path, route: str, told: float | None, waited: float) -> None:
    with cloud(tmp_path, fault(route, "status", "before_effect", status=429, retry_after=told)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert waited in service.clock.waits
        assert len(service.charges) == 1


def test_too_many_requests_for_a_message_are_waited_out_once_and_not_for_ever(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "status", "before_effect", nth="every", status=429)) as service:
        result = service.run()
        error = only_error(result)
        assert (result.exit, error["code"], error["hint"]) == (5, "rate_limited", "wait and try again")
        assert len(service.asked("message")) == 2
        assert not service.charges


@pytest.mark.parametrize("route", ["credits", "session", "upload", "message", "state", "render"])
def test_a_wait_that_nobody_sits_by_for_is_an_error_and_not_waited_for(tmp_path: Path, route: str) -> None:
    with cloud(tmp_path, fault(route, "status", "before_effect", status=429, retry_after=3600.0)) as service:
        result = service.run()
        error = only_error(result)
        assert (result.exit, error["code"], error["retry_after"]) == (5, "rate_limited", 3600.0)
        assert sum(service.clock.waits) < 600


def test_a_proxys_page_in_the_place_of_the_reply_is_no_proof_and_nothing_is_sent_again(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "html", "before_effect", nth="every", status=404)) as service:
        result = service.run()
        assert (result.exit, only_error(result)["code"]) == (6, "outcome_unknown")
        assert len(service.asked("message")) == 1
        assert not service.charges
