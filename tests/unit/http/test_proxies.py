"""Proxies as the environment says, tried with a real one."""

from __future__ import annotations

import importlib.util
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from clipline import http
from clipline.clock import Clock
from clipline.errors import InputError, ServiceError, UsageError
from clipline.http import Network
from hostile_server import hostile, reply, says
from proxy_server import proxy_server

API = "api.example.test"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUEST_METHOD")
LOGIN = "ann:s3cr3t p%w"
QUOTED = "ann:s3cr3t%20p%25w"

Set = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets variables, all others of the kind being unset."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return lambda **values: [monkeypatch.setenv(name, value) for name, value in values.items()] and None


@pytest.fixture
def tls(tmp_path: Path, environment: Set) -> ssl.SSLContext:
    """A server's side of TLS for `API`, whose authority is trusted."""
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(API).configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    environment(SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    return context


def get(url: str) -> http.Reply:
    return http.request("GET", url, headers={"X-Mine": "token"}, clock=Clock(), timeout=8)


def refusal(url: str = f"http://{API}/") -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        get(url)
    assert "s3cr3t" not in str(caught.value) + caught.value.hint
    return caught.value


# --- on real sockets -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_plain_request_goes_through_the_proxy(environment: Set, variable: str) -> None:
    with hostile(says(reply(body=b"ok"))) as server, proxy_server({API: server.port}) as proxy:
        environment(**{variable: f"127.0.0.1:{proxy.port}"})
        answer = get(f"http://{API}/a?b=c")
    assert (answer.body, answer.network) == (b"ok", Network.PUBLIC)
    assert proxy.lines == [f"GET http://{API}/a?b=c"]
    assert b"x-forwarded: yes" in server.asked[0].lower()


def test_behind_a_proxy_tls_is_still_with_the_server(environment: Set, tls: ssl.SSLContext) -> None:
    with hostile(says(reply(body=b"ok")), tls=tls) as server, proxy_server({API: server.port}, LOGIN) as proxy:
        environment(HTTPS_PROXY=f"http://{QUOTED}@127.0.0.1:{proxy.port}")
        assert get(f"https://{API}/a").body == b"ok"
    assert proxy.lines == [f"CONNECT {API}:443"]
    assert b"token" not in proxy.heads[0]
    assert b"proxy-authorization" not in server.asked[0].lower()


def test_a_login_is_for_the_proxy_alone(environment: Set) -> None:
    with hostile(says(reply(body=b"ok"))) as server, proxy_server({API: server.port}, LOGIN) as proxy:
        environment(HTTP_PROXY=f"http://{QUOTED}@127.0.0.1:{proxy.port}")
        assert get(f"http://{API}/").body == b"ok"
    assert b"authorization" in proxy.heads[0].lower()


def test_a_server_whose_certificate_is_not_trusted_is_not_talked_to(environment: Set, tls: ssl.SSLContext) -> None:
    with hostile(says(reply()), tls=tls) as server, proxy_server({API: server.port}) as proxy:
        environment(HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}", SSL_CERT_FILE="")
        error = refusal(f"https://{API}/s3cr3t")
        assert server.asked == []
    assert (error.code, "certificate is not trusted" in str(error)) == ("unreachable", True)


def test_a_file_is_fetched_through_the_proxy_each_redirect_too(environment: Set, tmp_path: Path) -> None:
    other = "files.example.test"
    with (
        hostile(says(reply(body=b"film"))) as files,
        hostile(says(reply("302 Found", b"", f"Location: http://{other}/b"))) as server,
        proxy_server({API: server.port, other: files.port}) as proxy,
    ):
        environment(HTTP_PROXY=f"http://127.0.0.1:{proxy.port}")
        http.download(f"http://{API}/a", tmp_path / "out.mp4", clock=Clock(), headers={"Authorization": "Bearer s3"})
    assert proxy.lines == [f"GET http://{API}/a", f"GET http://{other}/b"]
    assert [b"Bearer s3" in head for head in proxy.heads] == [True, False]


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "0xa9.0xfe.0xa9.0xfe", "[fd00::1]"])
def test_a_proxy_is_not_asked_for_what_a_server_may_not_name(environment: Set, tmp_path: Path, host: str) -> None:
    with proxy_server({}) as proxy:
        environment(ALL_PROXY=f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ServiceError) as caught:
            http.download(f"http://{host}/", tmp_path / "out.mp4", clock=Clock(), named_by=Network.PUBLIC)
    assert (caught.value.code, proxy.lines) == ("private_address", [])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433"])
def test_this_machine_is_never_reached_through_a_proxy(environment: Set, host: str) -> None:
    with hostile(says(reply(body=b"ok"))) as server, proxy_server({}) as proxy:
        environment(HTTP_PROXY=f"http://127.0.0.1:{proxy.port}", ALL_PROXY=f"http://127.0.0.1:{proxy.port}")
        assert get(f"http://{host}:{server.port}/").body == b"ok"
    assert proxy.lines == []


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_proxy_that_wants_a_login_says_so(environment: Set) -> None:
    with proxy_server({}, LOGIN) as proxy:
        environment(ALL_PROXY=f"http://bob:s3cr3t@127.0.0.1:{proxy.port}")
        plain, secure = refusal(), refusal(f"https://{API}/")
    assert (plain.code, plain.retry) == ("proxy_refused", "unsure")
    # A tunnel that was refused carried nothing.
    assert (secure.code, secure.retry) == ("unreachable", "safe")
    assert f"127.0.0.1:{proxy.port} (ALL_PROXY)" in str(plain)
    assert "407" in str(secure)
    assert "user and password" in plain.hint
    assert "user and password" in secure.hint


@pytest.mark.parametrize(
    "answer",
    [
        reply("403 No \x1b[31ms3cr3t", b"<html>"),
        reply("502 Bad gateway"),
        b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 100_000,
        b"SSH-2.0-OpenSSH\r\n",
        b"",
    ],
    ids=["403", "502", "flood", "ssh", "nothing"],
)
def test_a_tunnel_that_does_not_open_proves_that_nothing_was_sent(environment: Set, answer: bytes) -> None:
    with proxy_server({}, refuses=answer) as proxy:
        environment(HTTPS_PROXY=f"http://ann:s3cr3t@127.0.0.1:{proxy.port}")
        error = refusal(f"https://{API}/")
    assert (error.code, error.retry) == ("unreachable", "safe")
    assert "through the proxy" in str(error)
    assert "\x1b" not in str(error)


def test_a_proxy_that_is_not_there_is_named_with_its_variable(environment: Set) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    environment(http_proxy=f"http://ann:s3cr3t@127.0.0.1:{port}")
    error = refusal()
    assert error.code == "unreachable"
    assert f"through the proxy 127.0.0.1:{port} (http_proxy): connection refused" in str(error)


@pytest.mark.parametrize(
    "value",
    [
        "http://",
        "http://ann:s3cr3t@",
        "ftp://ann:s3cr3t@proxy:21",
        "http://ann:s3cr3t@proxy:port",
        "http://ann:s3cr3t/x@proxy:3128",
        "http://ann:s3cr3t#x@proxy:3128",
        "http://ann:123?s3cr3t@proxy",
        "http://ann:s3cr3t@proxy:3128/path",
        "http://ann:s3cr3t@pro\nxy:3128",
        "http://ann:s3cr3t@[::1",
        "socks4://ann:s3cr3t@proxy:1080",
        "s3cr3t:s3cr3t:s3cr3t",
    ],
)
def test_a_setting_that_is_no_proxy_is_told_by_its_variable_and_not_quoted(environment: Set, value: str) -> None:
    environment(HTTPS_PROXY=value)
    with pytest.raises(InputError) as caught:
        get(f"https://{API}/")
    assert (caught.value.code, caught.value.exit) == ("bad_proxy", 2)
    assert "HTTPS_PROXY" in str(caught.value)
    assert (
        "s3cr3t" not in f"{caught.value!r} {caught.value.hint} {caught.value.__context__!r} {caught.value.__cause__!r}"
    )


@pytest.mark.skipif(importlib.util.find_spec("socksio") is not None, reason="socksio is installed")
def test_a_socks_proxy_without_its_library_says_what_to_install(environment: Set) -> None:
    environment(ALL_PROXY="socks5h://ann:s3cr3t@127.0.0.1:1")
    with pytest.raises(UsageError) as caught:
        get(f"https://{API}/")
    assert (caught.value.code, caught.value.hint) == ("proxy_library", "pip install 'clipline[socks]'")


# --- which one -------------------------------------------------------------------------------------------------------


def used(url: str) -> str:
    proxy = http.proxy_for(url)
    return str(proxy) if proxy else ""


@pytest.mark.parametrize(
    ("values", "url", "expected"),
    [
        ({}, "http://a.test/", ""),
        ({"HTTP_PROXY": "p"}, "http://a.test/", "p:80 (HTTP_PROXY)"),
        ({"HTTP_PROXY": "p"}, "https://a.test/", ""),
        ({"HTTPS_PROXY": "https://p"}, "https://a.test/", "p:443 (HTTPS_PROXY)"),
        ({"HTTP_PROXY": "upper:1", "http_proxy": "lower:2"}, "http://a.test/", "lower:2 (http_proxy)"),
        ({"HTTP_PROXY": "upper:1", "http_proxy": ""}, "http://a.test/", ""),
        ({"HTTP_PROXY": ""}, "http://a.test/", ""),
        ({"ALL_PROXY": "all:1", "HTTPS_PROXY": "own:2"}, "https://a.test/", "own:2 (HTTPS_PROXY)"),
        ({"ALL_PROXY": "all:1", "HTTPS_PROXY": "own:2"}, "http://a.test/", "all:1 (ALL_PROXY)"),
        ({"HTTP_PROXY": "evil:1", "REQUEST_METHOD": "GET"}, "http://a.test/", ""),
    ],
)
def test_the_variables_count_in_curls_order(environment: Set, values: dict[str, str], url: str, expected: str) -> None:
    environment(**values)
    assert used(url) == expected


@pytest.mark.parametrize(
    ("no_proxy", "host", "is_direct"),
    [
        ("*", "a.test", True),
        ("a.test", "a.test", True),
        ("a.test", "b.a.test", True),
        (".a.test", "b.a.test", True),
        ("*.a.test", "b.a.test", True),
        (".a.test", "a.test", True),
        ("a.test", "aa.test", False),
        ("A.TEST.", "a.test", True),
        ("x, a.test,y", "a.test", True),
        ("x a.test", "a.test", True),
        ("a.test:80", "a.test", True),
        ("a.test:81", "a.test", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.30", False),
        ("10.1.2.3:80", "10.1.2.3", True),
        ("fd00::/8", "[fd00::1]", True),
        ("[fd00::1]", "[fd00::1]", True),
        ("fd00::1", "[fd00::2]", False),
        ("", "a.test", False),
        (",", "a.test", False),
        (".", "a.test", False),
        ("10.0.0.0/8", "a.test", False),
    ],
)
def test_no_proxy_takes_hosts_domains_addresses_and_networks(
    environment: Set, no_proxy: str, host: str, is_direct: bool
) -> None:
    environment(HTTP_PROXY="p:1", NO_PROXY=no_proxy)
    assert (used(f"http://{host}/") == "") is is_direct


def test_a_proxy_shows_no_password(environment: Set) -> None:
    environment(HTTP_PROXY="http://ann:s3cr3t@p:1")
    proxy = http.proxy_for("http://a.test/")
    assert "s3cr3t" not in f"{proxy} {proxy!r}"
