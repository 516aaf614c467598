"""Certificates are checked, always: what is wrong is said, and nothing falls back."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest
import trustme

from clipline import http
from clipline.clock import Clock
from clipline.errors import InputError, ServiceError
from hostile_server import Line, hostile, reply, says


def context_of(*certificates: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for certificate in certificates:
        certificate.configure_cert(context)
    return context


@pytest.fixture
def ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that is trusted."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def get(url: str) -> http.Reply:
    return http.request("GET", url, headers={"Authorization": "Bearer s3cr3t"}, clock=Clock(), timeout=8)


def test_a_server_with_a_certificate_of_a_trusted_authority_is_talked_to(ca: trustme.CA) -> None:
    with hostile(says(reply(body=b"ok")), tls=context_of(ca.issue_cert("127.0.0.1"))) as server:
        assert get(server.url).body == b"ok"


def others(ca: trustme.CA) -> Sequence[tuple[str, trustme.LeafCert]]:
    now = dt.datetime.now(dt.UTC)
    old = ca.issue_cert("127.0.0.1", not_before=now - dt.timedelta(9), not_after=now - dt.timedelta(1))
    return (
        ("mismatch", ca.issue_cert("other.example.com")),
        ("expired", old),
        ("unable to get local issuer", trustme.CA().issue_cert("127.0.0.1")),
    )


@pytest.mark.parametrize("number", [0, 1, 2], ids=["another host", "expired", "unknown authority"])
def test_a_certificate_that_is_wrong_ends_it_before_anything_is_said(ca: trustme.CA, number: int) -> None:
    why, certificate = others(ca)[number]
    with hostile(says(reply(body=b"ok")), tls=context_of(certificate)) as server:
        with pytest.raises(ServiceError) as caught:
            get(server.url)
        assert server.asked == []
        assert server.taken == 1  # no second try by other means
    assert (caught.value.code, caught.value.retry) == ("unreachable", "safe")
    assert why in str(caught.value)
    assert "SSL_CERT_FILE" in caught.value.hint


def test_a_server_that_speaks_no_tls_is_not_talked_to_without(ca: trustme.CA) -> None:
    heard: list[bytes] = []

    def serve(line: Line) -> None:
        heard.append(line.socket.recv(65536))
        line.send(reply(body=b"ok"))

    with hostile(serve) as server, pytest.raises(ServiceError) as caught:
        get(server.url.replace("http:", "https:"))
    assert caught.value.code == "unreachable"
    assert "no TLS with it" in str(caught.value)
    assert b"s3cr3t" not in heard[0]


@pytest.mark.parametrize("is_there", [True, False])
def test_certificates_that_cannot_be_read_are_told_by_their_variable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_there: bool
) -> None:
    if is_there:
        (tmp_path / "ca.pem").write_text("no certificate")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with hostile(says(reply())) as server, pytest.raises(InputError) as caught:
        get(server.url)
    error = caught.value
    assert (error.code, "SSL_CERT_FILE" in str(error), bool(error.hint)) == ("bad_certificates", True, True)
