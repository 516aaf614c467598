"""The channel with real other sides: what they get, what failures mean, and that no address is seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import clipline_apprise
from clipline.clock import CancelToken, Clock
from clipline.errors import AccountError, Cancelled, CliplineError, InputError, ServiceError, StageFailed, TimedOut
from clipline.stage import Message, StageCall
from clipline.testing import ChannelConformance
from clipline.values import Secret
from clipline_apprise import send
from clipline_apprise.attachments import ATTACHED_BYTES
from clipline_apprise.child import without_parts

#: Five times what stopping may take, in seconds.
HANGING = 10.0
README = Path(__file__).parents[1] / "README.md"
TOKEN = "AbCdEfGhIjKlMnO"


class TestChannel(ChannelConformance):
    plugin = clipline_apprise
    name = "apprise"
    readme = README

    @pytest.fixture(autouse=True)
    def other_side(self, services: Any) -> None:
        self.services = services

    def options(self, folder: Path) -> dict[str, Any]:
        return {"url": self.services.address("json://canary-user:canary-word@", "canary-path"), "title": "kit"}

    def received(self) -> int:
        return len(self.services.got)


@pytest.fixture
def call(clipline_call: Callable[..., StageCall]) -> StageCall:
    return clipline_call("notify")


def message(text: str = "剪辑完成 🎬", status: str = "done", files: tuple[Path, ...] = ()) -> Message:
    return Message(
        text, {"id": "msg_1", "run": {"name": "quick-edit", "status": status}, "files": list(map(str, files))}
    )


# --- what arrives ----------------------------------------------------------------------------------------------------


def test_ntfy_gets_the_message_under_the_pipelines_name(call: StageCall, services: Any) -> None:
    outcome = send(call, message(), {"url": Secret(services.address(f"ntfy://{TOKEN}@", "edits"))})
    assert outcome == {"told": [{"service": "ntfy", "attached": []}]}
    assert (services.json()["topic"], services.json()["title"]) == ("edits", "quick-edit")
    assert services.json()["message"] == "剪辑完成 🎬"


def test_gotify_gets_its_token_in_a_header(call: StageCall, services: Any) -> None:
    send(call, message(), {"url": Secret(services.address("gotify://", TOKEN)), "title": "Ready"})
    path, headers, _ = services.got[0]
    assert (path, headers["X-Gotify-Key"], services.json()["title"]) == ("/message", TOKEN, "Ready")


def test_mail_goes_through_a_real_mail_server_with_its_files(call: StageCall, mails: Any, tmp_path: Path) -> None:
    sheet = tmp_path / "封面.jpg"
    sheet.write_bytes(b"jpeg\r\n.\r\n")
    url = f"mailto://127.0.0.1:{mails.port}?from=clipline@example.com&to=ann@example.com"
    outcome = send(call, message(files=(sheet,)), {"url": Secret(url), "attach": ["*.jpg"]})
    assert outcome["told"][0]["attached"] == ["封面.jpg"]
    (mail,) = mails.got
    assert mail["subject"] == "quick-edit"
    attached = [part for part in mail.walk() if part.get_filename()]
    assert [part.get_filename() for part in attached] == ["封面.jpg"]
    assert attached[0].get_payload(decode=True) == b"jpeg\r\n.\r\n"
    body = mail.get_body(("plain", "html"))
    assert body is not None
    assert "剪辑完成 🎬" in body.get_content()


@pytest.mark.parametrize(
    ("status", "kind"), [("done", "success"), ("failed", "failure"), ("cancelled", "warning"), ("running", "info")]
)
def test_how_the_run_went_is_told(status: str, kind: str, call: StageCall, services: Any) -> None:
    send(call, message(status=status), {"url": Secret(services.address("json://"))})
    assert services.json()["type"] == kind


def test_markdown_is_converted_for_a_service_that_shows_none(call: StageCall, mails: Any) -> None:
    url = f"mailto://127.0.0.1:{mails.port}?from=clipline@example.com&to=ann@example.com&format=html"
    send(call, message("**bold**"), {"url": Secret(url), "format": "markdown"})
    body = mails.got[0].get_body(("html",))
    assert body is not None
    assert "<strong>bold</strong>" in body.get_content()


def test_what_does_not_go_is_named_in_the_message(call: StageCall, services: Any, tmp_path: Path) -> None:
    large, small, folder = tmp_path / "large.mp4", tmp_path / "small.mp4", tmp_path / "frames.mp4"
    large.write_bytes(bytes(ATTACHED_BYTES))
    small.write_bytes(b"x")
    folder.mkdir()
    files = (large, small, folder, tmp_path / "gone.mp4")
    url = Secret(services.address("json://"))
    outcome = send(call, message(files=files), {"url": url, "attach": ["*.mp4", "*.gif"]})
    assert outcome["told"][0]["attached"] == ["small.mp4"]
    assert [each["filename"] for each in services.json()["attachments"]] == ["small.mp4"]
    assert services.json()["message"].splitlines()[1:] == [
        "Not attached: no file of the run is named *.gif",
        "Not attached: large.mp4, 10.0 MB, where 10 MB go together",
        "Not attached: frames.mp4, which is a folder",
        "Not attached: gone.mp4, which is gone",
    ]


def test_a_service_that_takes_no_files_says_so_in_the_message(call: StageCall, services: Any, tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"x")
    outcome = send(
        call, message(files=(file,)), {"url": Secret(services.address("gotify://", TOKEN)), "attach": ["*.jpg"]}
    )
    assert services.json()["message"].endswith("Not attached: a.jpg, since Gotify takes no files")
    assert outcome["told"] == [{"service": "Gotify", "attached": []}]


def test_one_that_fails_lets_the_others_have_it(call: StageCall, services: Any) -> None:
    urls = [services.address("json://", "one"), "json://127.0.0.1:1/two", services.address("json://", "three")]
    with pytest.raises(ServiceError, match="JSON did not get the message"):
        send(call, message(), {"urls": list(map(Secret, urls))})
    assert [path for path, _, _ in services.got] == ["/one", "/three"]


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "error", "retry"),
    [
        (401, AccountError, "never"),
        (404, StageFailed, "never"),
        (429, ServiceError, "safe"),
        (503, ServiceError, "safe"),
        (0, ServiceError, "unsure"),
    ],
)
@pytest.mark.parametrize("service", ["ntfy", "gotify", "json"])
def test_each_failure_names_the_service_and_no_part_of_its_address(
    service: str, status: int, error: type[CliplineError], retry: str, call: StageCall, services: Any
) -> None:
    services.status = status
    addresses = {
        "ntfy": (f"ntfy://ann:{TOKEN}@", "secret-topic"),
        "gotify": ("gotify://", TOKEN),
        "json": (f"json://ann:{TOKEN}@", "secret-topic?x=y"),
    }
    with pytest.raises(error, match=f"(?i)^{service} did not get the message: ") as caught:
        send(call, message(), {"url": Secret(services.address(*addresses[service]))})
    assert caught.value.retry == retry
    assert not status or f"error={status}" in caught.value.message
    said = caught.value.message + caught.value.hint
    assert TOKEN not in said
    assert "secret-topic" not in said
    assert "127.0.0.1" not in said


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("xyz://token-of-mine/x", "there is no service xyz://"),
        ("token-of-mine", "begins with no SERVICE://"),
        ("tgram://token-of-mine", "missing or wrong for tgram://"),
        ("json://", "missing or wrong for json://"),
    ],
)
def test_an_address_that_is_none_is_an_input_error(url: str, words: str, call: StageCall) -> None:
    with pytest.raises(InputError, match=words) as caught:
        send(call, message(), {"url": Secret(url)})
    assert "token-of-mine" not in caught.value.message + caught.value.hint


def test_the_error_of_several_is_the_one_that_is_least_worth_another_try(call: StageCall, services: Any) -> None:
    services.status = 404
    urls = [Secret("json://127.0.0.1:1/"), Secret(services.address("json://"))]
    with pytest.raises(StageFailed, match=r"error=404.*; JSON did not get") as caught:
        send(call, message(), {"urls": urls})
    assert caught.value.retry == "never"


def test_every_part_of_an_address_is_taken_out_of_a_text() -> None:
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdn%2Flsk@chan?key=v4lue-of"
    text = "posting to https://hooks/T1JJ3T3L2/A1BRTD4JD with TIiajkdn/lsk or TIiajkdn%2Flsk, chan, v4lue-of"
    assert without_parts(text, url) == "posting to https://hooks/…/… with … or …, …, …"


# --- waiting and stopping --------------------------------------------------------------------------------------------


def test_it_stops_at_once_when_it_is_told_to(call: StageCall, services: Any) -> None:
    services.silent = True
    token = CancelToken()

    def cancel() -> None:
        while not services.got:
            time.sleep(0.02)
        token.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        send(call.at("notify", clock=Clock(token)), message(), {"url": Secret(services.address("json://", "?rto=60"))})
    assert time.monotonic() - begun < HANGING
    thread.join()


def test_a_service_that_says_nothing_is_left_when_the_time_is_over(call: StageCall, services: Any) -> None:
    services.silent = True
    begun = time.monotonic()
    with pytest.raises(ServiceError, match=r"json did not get the message: no answer within 0\.5s") as caught:
        send(call, message(), {"url": Secret(services.address("json://", "?rto=60")), "timeout": 0.5})
    assert caught.value.retry == "unsure"
    assert time.monotonic() - begun < HANGING


def test_the_stages_own_deadline_ends_it_too(call: StageCall, services: Any) -> None:
    services.silent = True
    with pytest.raises(TimedOut):
        send(call.at("notify", clock=Clock().within(0.5)), message(), {"url": Secret(services.address("json://"))})


def test_a_file_of_that_name_in_the_working_folder_is_not_taken_for_apprise(
    call: StageCall, services: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "apprise.py").write_text("raise SystemExit(3)", "utf-8")
    (tmp_path / "json.py").write_text("raise SystemExit(3)", "utf-8")
    monkeypatch.chdir(tmp_path)
    send(call, message(), {"url": Secret(services.address("json://"))})
    assert len(services.got) == 1
