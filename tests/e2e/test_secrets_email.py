"""The canary for e-mail: a password is used for real, quoted back by a careless server, and searched for everywhere."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

import commands
from mail_server import PASSWORD, USER, authority, mail_server

pytestmark = pytest.mark.filterwarnings("ignore:Session.login_data is deprecated:DeprecationWarning")

PIPELINE = """
clipline: 1
name: canary
stages:
  - stage: notify
    continue_on_error: true
    with:
      via:
        - email: {to: bob@example.com, subject: "${{ run.name }}"}
"""
PLAIN = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
CANARIES = [PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), PLAIN]


@pytest.mark.parametrize(
    "says",
    [
        {},
        {"AUTH": "535 not {user} with {password}"},
        {"MAIL": f"550 not {USER} with {PASSWORD} or {PLAIN}"},
        {"DATA": f"451 {PASSWORD}"},
        {"DATA": "break"},
    ],
)
def test_the_password_is_in_no_output(says: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "canary.yaml").write_text(PIPELINE, "utf-8")
    ca, state = authority(tmp_path), tmp_path / "state"
    with mail_server(says, tls=ca.context, security="starttls") as server:
        variables = commands.environment(
            state,
            CLIPLINE_SMTP_HOST="localhost",
            CLIPLINE_SMTP_PORT=str(server.port),
            CLIPLINE_SMTP_USER=USER,
            CLIPLINE_SMTP_PASSWORD=PASSWORD,
            CLIPLINE_SMTP_CA="ca.pem",
            CLIPLINE_LOG_LEVEL="debug",
        )
        words = ["run", "canary.yaml", "--debug", "--progress", "json", "--json"]
        done = commands.clipline(*words, cwd=tmp_path, env=variables)
    assert done.returncode == 0, done.stderr
    assert (USER, PASSWORD) in server.logins
    assert len(server.got) == (says in ({}, {"DATA": "break"}))

    outputs = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
    outputs |= {str(file): file.read_bytes() for file in state.rglob("*") if file.is_file()}
    outputs |= {f"mail {number}": data for number, (_, _, data) in enumerate(server.got)}
    assert len(outputs) > 3
    found = [(where, canary) for where, data in outputs.items() for canary in CANARIES if canary.encode() in data]
    assert found == []


def test_the_password_is_not_taken_from_the_command_line_nor_from_a_project(tmp_path: Path) -> None:
    for words, file in ((["--set", f"smtp.password={PASSWORD}"], ""), ([], f'[smtp]\npassword = "{PASSWORD}"\n')):
        (tmp_path / "clipline.toml").write_text(file, "utf-8")
        done = commands.clipline("config", *words, cwd=tmp_path, env=commands.environment(tmp_path / "state"))
        assert done.returncode == 2
        assert PASSWORD not in done.stdout + done.stderr
