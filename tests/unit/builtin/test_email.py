"""E-mail by a real SMTP server: what arrives, over which line, and what each failure means."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from clipline.builtin.email_letter import ATTACHED_BYTES, compose
from clipline.builtin.email_session import Server, deliver
from clipline.builtin.plugin import channels, notify
from clipline.clock import CancelToken, Clock
from clipline.errors import AccountError, Cancelled, CliplineError, InputError, ServiceError, StageFailed, TimedOut
from clipline.stage import Message, Offers, StageCall
from clipline.testing.calls import next_attempt, stage_call
from clipline.testing.clocks import VirtualClock
from clipline.values import Secret
from hostile_server import Line, hostile
from mail_server import PASSWORD, USER, Authority, authority, mail_server

pytestmark = [
    pytest.mark.filterwarnings("ignore:Session.login_data is deprecated:DeprecationWarning"),  # aiosmtpd's own
]
#: Five times what stopping may take, in seconds.
HANGING = 10.0


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def call_with(tmp_path: Path) -> Callable[..., StageCall]:
    """A call of `notify` with settings of `smtp`, and the run's files."""

    def make(files: tuple[Path, ...] = (), clock: Clock | None = None, **smtp: Any) -> StageCall:
        settings = {"smtp": {"host": "localhost", "from": "clipline@example.com", "security": "none", **smtp}}
        offers = Offers(channels={channel.name: channel for channel in channels()})
        return stage_call(
            tmp_path, "notify", settings=settings, offers=offers, files=files, clock=clock or VirtualClock()
        )

    return make


def mail(**options: Any) -> dict[str, Any]:
    return {"message": "done", "via": [{"email": {"to": ["bob@example.com"], **options}}]}


def text_of(message: EmailMessage) -> str:
    body = message.get_body()
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


# --- what arrives ----------------------------------------------------------------------------------------------------


def test_text_and_headers_arrive_as_they_are_in_any_script(call_with: Callable[..., StageCall]) -> None:
    text = "剪辑完成 🎬: “clip” is ready, and ready, and ready, and ready, and ready\n.\n..a line of dots"
    options = {"to": ["Ann <ann@example.com>", '"李, 小明 🎬" <li@例子.example>'], "from": "剪辑 <c@example.com>"}
    with mail_server() as server:
        call = call_with(port=server.port)
        notify(call, {"message": text, "via": [{"email": options}]})
    (message,) = server.messages
    assert message["subject"] == text.splitlines()[0]
    assert text_of(message).startswith(text + "\n")
    assert [each.display_name for each in message["to"].addresses] == ["Ann", "李, 小明 🎬"]
    assert str(message["from"]) == "剪辑 <c@example.com>"
    assert server.recipients == [("ann@example.com", "li@xn--fsqu00a.example")]
    assert message["date"].datetime.timestamp() == call.clock.now()
    assert message["auto-submitted"] == "auto-generated"
    assert max(map(len, server.got[0][2].splitlines())) <= 998
    assert server.got[0][2].isascii()


def test_the_text_tells_of_the_run_and_its_files(call_with: Callable[..., StageCall], tmp_path: Path) -> None:
    with mail_server() as server:
        notify(call_with((tmp_path / "a.mp4",), port=server.port), mail(subject="Ready: 成片"))
    assert server.messages[0]["subject"] == "Ready: 成片"
    content = text_of(server.messages[0])
    assert content.startswith("done\n\nRun: run-1\nPipeline: test\nBackend: local\nFiles:\n")
    assert str(tmp_path / "a.mp4") in content


def test_a_single_address_needs_no_list(call_with: Callable[..., StageCall]) -> None:
    with mail_server() as server:
        notify(call_with(port=server.port), mail(to="bob@example.com"))
    assert server.recipients == [("bob@example.com",)]


def test_the_message_id_is_the_same_when_it_is_sent_again_and_another_for_another_stage(
    call_with: Callable[..., StageCall],
) -> None:
    with mail_server({"DATA": "break"}) as server:
        call = call_with(port=server.port)
        with pytest.raises(ServiceError):
            notify(call, mail())
        server.says.clear()
        notify(next_attempt(call), mail())
        notify(call.at("other"), mail())
    first, second, other = (message["message-id"] for message in server.messages)
    assert first == second != other
    assert first.startswith("<msg_")
    assert first.endswith("@example.com>")


def test_one_that_was_taken_is_not_sent_again(call_with: Callable[..., StageCall]) -> None:
    with mail_server() as server:
        call = call_with(port=server.port)
        notify(call, mail())
        notify(next_attempt(call), mail())
    assert len(server.got) == 1


# --- files -----------------------------------------------------------------------------------------------------------


def test_files_that_fit_go_with_it_and_the_text_names_the_others(
    call_with: Callable[..., StageCall], tmp_path: Path
) -> None:
    small, poster, large, frames = (tmp_path / name for name in ("a.mp4", "封面 1.jpg", "large.mp4", "frames.mp4"))
    small.write_bytes(b"\x00small\r\n.\r\n")
    poster.write_bytes(b"jpeg")
    large.write_bytes(bytes(ATTACHED_BYTES - 5))
    frames.mkdir()
    files = (large, small, poster, frames, tmp_path / "gone.mp4")
    with mail_server(data_size_limit=None) as server:
        notify(call_with(files, port=server.port), mail(attach=["*.mp4", "*.jpg", "*.gif"]))
    (message,) = server.messages
    attached = {part.get_filename(): part for part in message.iter_attachments()}
    assert set(attached) == {"a.mp4", "封面 1.jpg"}
    assert attached["a.mp4"].get_payload(decode=True) == b"\x00small\r\n.\r\n"
    assert attached["封面 1.jpg"].get_content_type() == "image/jpeg"
    left = [line for line in text_of(message).splitlines() if line.startswith("Not attached")]
    assert left == [
        "Not attached: no file of the run is named *.gif",
        "Not attached: large.mp4, 10.0 MB, where 10 MB go together",
        "Not attached: frames.mp4, which is a folder",
        "Not attached: gone.mp4, which is gone",
    ]


def test_a_file_whose_name_would_end_a_header_is_attached_all_the_same(
    call_with: Callable[..., StageCall], tmp_path: Path
) -> None:
    file = tmp_path / "a\r\nBcc: eve@example.com\udcff.mp4"
    file.write_bytes(b"x")
    with mail_server() as server:
        notify(call_with((file,), port=server.port), mail(attach=["*"]))
    (message,) = server.messages
    assert message["bcc"] is None
    assert [part.get_filename() for part in message.iter_attachments()] == ["aBcc: eve@example.com?.mp4"]


# --- what is refused before anything is sent --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"to": ["bob@example.com\r\nBcc: eve@example.com"]},
        {"to": ["Bob\n <bob@example.com>"]},
        {"to": ["bob@example.com, eve@example.com"]},
        {"to": ["bob"]},
        {"to": ["ü@example.com"]},
        {"from": "c@example.com\nX: y"},
        {"subject": "one\r\nBcc: eve@example.com"},
        {"subject": "one\x00two"},
    ],
)
def test_nothing_ends_a_header_and_no_address_is_two(
    options: dict[str, Any], call_with: Callable[..., StageCall]
) -> None:
    with mail_server() as server, pytest.raises(InputError):
        notify(call_with(port=server.port), mail(**options))
    assert server.got == []


def test_the_text_of_a_message_can_end_no_header_either() -> None:
    message = Message("done\x00\x0b\r\nBcc: eve@example.com", {"id": "msg_1", "run": {}, "files": []})
    letter = compose(message, sender="c@example.com", to=["bob@example.com"], subject="", attach=[], now=0.0)
    head, _, _ = letter.data.partition(b"\r\n\r\n")
    assert b"Subject: done\r\n" in head
    assert b"Bcc" not in head


def test_without_a_server_it_says_what_to_set(call_with: Callable[..., StageCall]) -> None:
    with pytest.raises(InputError, match="no mail server") as caught:
        notify(call_with(host=""), mail())
    assert "smtp.host (CLIPLINE_SMTP_HOST)" in caught.value.hint


@pytest.mark.parametrize("server", ["a b", "http://x", "ann@x", "x:port", "x:99999", ":25"])
def test_a_server_that_is_none_is_named(server: str, call_with: Callable[..., StageCall]) -> None:
    with pytest.raises(InputError, match="not a mail server"):
        notify(call_with(), mail(server=server))


def test_a_user_without_a_password_is_a_mistake(call_with: Callable[..., StageCall]) -> None:
    with pytest.raises(InputError, match=r"smtp\.user is set"):
        notify(call_with(user="ann"), mail())


def test_a_password_does_not_go_over_an_open_line() -> None:
    letter = compose(
        Message("x", {"id": "msg_1"}), sender="a@b.example", to=["a@b.example"], subject="", attach=[], now=0.0
    )
    with pytest.raises(InputError, match="open line"):
        deliver(letter, Server("mail.example", 25, "none", USER, PASSWORD), clock=Clock(), timeout=5)


# --- the line --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_logs_in_over_a_line_that_is_verified(
    security: str, ca: Authority, call_with: Callable[..., StageCall]
) -> None:
    with mail_server(tls=ca.context, security=security) as server:
        call = call_with(port=server.port, security=security, ca=ca.file, user=USER, password=Secret(PASSWORD))
        notify(call, mail())
    assert server.logins == [(USER, PASSWORD)]
    assert server.recipients == [("bob@example.com",)]


def test_the_sender_is_who_logs_in_where_nobody_else_is_named(
    ca: Authority, call_with: Callable[..., StageCall]
) -> None:
    with mail_server(tls=ca.context, security="starttls") as server:
        smtp = {"from": "", "ca": ca.file, "user": USER, "password": Secret(PASSWORD), "security": "starttls"}
        notify(call_with(port=server.port, **smtp), mail())
    assert server.got[0][0] == USER


def test_a_user_that_is_no_address_is_not_shown_as_the_sender(call_with: Callable[..., StageCall]) -> None:
    with pytest.raises(InputError, match="nobody is named who sends"):
        notify(call_with(**{"from": "", "user": "key-of-mine", "password": Secret(PASSWORD)}), mail())


def test_a_server_that_the_file_names_gets_nothing_of_the_settings(
    ca: Authority, call_with: Callable[..., StageCall], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.file))
    with mail_server(tls=ca.context, security="tls") as server:
        call = call_with(host="other.invalid", user="x", password=Secret("settings-password"))
        own = {"user": USER, "password": Secret(PASSWORD)}
        notify(call, mail(server=f"localhost:{server.port}", security="tls", **own))
        notify(call.at("again"), mail(server=f"localhost:{server.port}", security="tls"))
    assert server.logins == [(USER, PASSWORD)]
    assert len(server.got) == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_certificate_that_is_not_trusted_ends_it_before_a_word_is_said(
    security: str, wrong: str, ca: Authority, call_with: Callable[..., StageCall], tmp_path: Path
) -> None:
    other = authority(tmp_path, "mail.example.com")
    context, trusted = (ca.context, other.file) if wrong == "authority" else (other.context, other.file)
    with mail_server(tls=context, security=security) as server:
        smtp = {"security": security, "ca": trusted, "user": USER, "password": Secret(PASSWORD)}
        with pytest.raises(ServiceError, match="certificate is not trusted") as caught:
            notify(call_with(port=server.port, **smtp), mail())
    assert caught.value.retry == "never"
    assert (server.logins, server.got) == ([], [])


@pytest.mark.parametrize(("security", "words"), [("starttls", "offers no STARTTLS"), ("tls", "speaks no TLS")])
def test_a_line_that_cannot_be_protected_is_not_used(
    security: str, words: str, call_with: Callable[..., StageCall]
) -> None:
    with mail_server() as server, pytest.raises(CliplineError, match=words):
        notify(call_with(port=server.port, security=security), mail())
    assert server.got == []


def test_a_file_of_certificates_that_is_none_is_named(call_with: Callable[..., StageCall], tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.pem"):
        notify(call_with(security="tls", ca=tmp_path / "gone.pem"), mail())


# --- failures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "error", "retry", "words"),
    [
        ({"bob@example.com": "550 5.1.1 nobody of that name"}, StageFailed, "never", "bob@example.com: 550 5.1.1 no"),
        ({"bob@example.com": "450 4.2.0 greylisted"}, ServiceError, "safe", "450 4.2.0 greylisted"),
        ({"bob@example.com": "421 too busy"}, ServiceError, "safe", "421"),
        ({"MAIL": "553 not from you"}, StageFailed, "never", "553 not from you"),
        ({"MAIL": "530 5.7.0 log in first"}, AccountError, "never", "530"),
        ({"DATA": "554 5.7.1 looks like spam"}, StageFailed, "never", "554 5.7.1 looks like spam"),
        ({"DATA": "451 4.3.0 try later"}, ServiceError, "safe", "451 4.3.0 try later"),
        ({"DATA": "break"}, ServiceError, "unsure", "broke off after"),
    ],
)
def test_each_refusal_says_whether_to_try_again(
    says: dict[str, str], error: type[CliplineError], retry: str, words: str, call_with: Callable[..., StageCall]
) -> None:
    with mail_server(says) as server, pytest.raises(error, match=words) as caught:
        notify(call_with(port=server.port), mail())
    assert caught.value.retry == retry


def test_where_one_recipient_is_refused_nobody_gets_it(call_with: Callable[..., StageCall]) -> None:
    says = {"bob@example.com": "450 later", "eve@example.com": "550 never"}
    to = ["ann@example.com", "bob@example.com", "eve@example.com"]
    with mail_server(says) as server, pytest.raises(StageFailed, match="nobody got it") as caught:
        notify(call_with(port=server.port), mail(to=to))
    assert "bob@example.com: 450 later; eve@example.com: 550 never" in caught.value.message
    assert server.got == []


@pytest.mark.parametrize(
    ("reply", "error", "retry"),
    [
        ("535 no {user} {password}", AccountError, "never"),
        ("454 4.7.0 temporary {password}", ServiceError, "safe"),
    ],
)
def test_a_login_that_fails_tells_nothing_of_it(
    reply: str, error: type[CliplineError], retry: str, ca: Authority, call_with: Callable[..., StageCall]
) -> None:
    with mail_server({"AUTH": reply}, tls=ca.context, security="starttls") as server:
        smtp = {"security": "starttls", "ca": ca.file, "user": USER, "password": Secret(PASSWORD)}
        with pytest.raises(error) as caught:
            notify(call_with(port=server.port, **smtp), mail())
    assert caught.value.retry == retry
    assert server.logins
    assert PASSWORD not in str(caught.value) + caught.value.hint
    assert server.got == []


def test_a_server_that_quotes_the_password_later_is_not_quoted(
    ca: Authority, call_with: Callable[..., StageCall]
) -> None:
    says = {"MAIL": f"550 you are {USER} with {PASSWORD}"}
    with mail_server(says, tls=ca.context, security="starttls") as server:
        smtp = {"security": "starttls", "ca": ca.file, "user": USER, "password": Secret(PASSWORD)}
        with pytest.raises(StageFailed, match="with …") as caught:
            notify(call_with(port=server.port, **smtp), mail())
    assert PASSWORD not in str(caught.value)


def test_nobody_there_is_worth_another_try(call_with: Callable[..., StageCall]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ServiceError, match="connection refused") as caught:
            notify(call_with(port=taken.getsockname()[1]), mail())
    assert caught.value.retry == "safe"


# --- waiting and stopping --------------------------------------------------------------------------------------------


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of somebody who takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_server_that_says_nothing_is_left_when_the_time_is_over(
    silent: int, security: str, call_with: Callable[..., StageCall]
) -> None:
    begun = time.monotonic()
    with pytest.raises(ServiceError, match=r"did not answer within 0\.2s") as caught:
        notify(call_with(port=silent, security=security, clock=Clock()), mail(timeout=0.2))
    assert caught.value.retry == "safe"
    assert time.monotonic() - begun < HANGING


def test_silence_after_the_message_is_unsure(call_with: Callable[..., StageCall]) -> None:
    with mail_server({"DATA": "silence"}) as server, pytest.raises(ServiceError, match="did not answer") as caught:
        notify(call_with(port=server.port, clock=Clock()), mail(timeout=0.5))
    assert caught.value.retry == "unsure"
    assert len(server.got) == 1


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_it_stops_at_once_when_it_is_told_to(silent: int, security: str, call_with: Callable[..., StageCall]) -> None:
    token = CancelToken()
    timer = threading.Timer(0.2, token.cancel)
    timer.start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        notify(call_with(port=silent, security=security, clock=Clock(token)), mail())
    assert time.monotonic() - begun < HANGING
    timer.join()


def test_the_stages_own_deadline_ends_it_too(silent: int, call_with: Callable[..., StageCall]) -> None:
    with pytest.raises(TimedOut):
        notify(call_with(port=silent, clock=Clock().within(0.2)), mail())


def test_one_that_was_stopped_before_it_began_says_no_word(call_with: Callable[..., StageCall]) -> None:
    token = CancelToken()
    token.cancel()
    with mail_server() as server, pytest.raises(Cancelled):
        notify(call_with(port=server.port, clock=Clock(token)), mail())
    assert server.got == []


def test_a_server_that_never_stops_talking_is_left(call_with: Callable[..., StageCall]) -> None:
    heard = 0

    def talk(line: Line) -> None:
        nonlocal heard
        line.send(b"220 hello\r\n")
        line.socket.recv(1000)
        while line.send(b"250-x\r\n" * 1000):
            heard += 7000

    with hostile(talk) as server, pytest.raises(ServiceError) as caught:
        notify(call_with(port=server.port, clock=Clock()), mail(timeout="5s"))
    assert caught.value.retry == "safe"
    assert heard < 50_000_000  # what the system's buffers and our own bound take, and no more
