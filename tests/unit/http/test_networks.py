"""What a server names leads no closer to this machine than that server stands itself."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipline import http
from clipline.clock import Clock
from clipline.errors import ServiceError
from clipline.http import Network
from clipline.http.networks import is_here, may_name, network_of, numeric
from hostile_server import hostile, reply, says

METADATA = "http://169.254.169.254/latest/meta-data/iam/s3cr3t"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("93.184.216.34", Network.PUBLIC),
        ("2606:2800:220:1:248:1893:25c8:1946", Network.PUBLIC),
        ("64:ff9b::5db8:d822", Network.PUBLIC),
        ("10.0.0.1", Network.PRIVATE),
        ("172.16.0.1", Network.PRIVATE),
        ("192.168.1.1", Network.PRIVATE),
        ("100.64.0.1", Network.PRIVATE),
        ("198.18.0.7", Network.PRIVATE),
        ("fc00::1", Network.PRIVATE),
        ("fd12:3456::1", Network.PRIVATE),
        ("fec0::1", Network.PRIVATE),
        ("::ffff:10.0.0.1", Network.PRIVATE),
        ("64:ff9b::a00:1", Network.PRIVATE),
        ("2002:a00:1::1", Network.PRIVATE),
        ("169.254.169.254", Network.LINK),
        ("fe80::1%eth0", Network.LINK),
        ("::ffff:169.254.169.254", Network.LINK),
        ("127.0.0.1", Network.MACHINE),
        ("127.255.0.3", Network.MACHINE),
        ("0.0.0.0", Network.MACHINE),
        ("::", Network.MACHINE),
        ("::1", Network.MACHINE),
        ("::ffff:127.0.0.1", Network.MACHINE),
        ("::127.0.0.1", Network.MACHINE),
        ("224.0.0.1", Network.NOWHERE),
        ("255.255.255.255", Network.NOWHERE),
        ("ff02::1", Network.NOWHERE),
        ("240.0.0.1", Network.NOWHERE),
    ],
)
def test_each_address_stands_in_one_network(address: str, network: Network) -> None:
    assert network_of(address) is network


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "017700000001", "0x7f000001", "[::1]", "LOCALHOST."])
def test_this_machine_is_known_however_it_is_written(host: str) -> None:
    assert is_here(host)


def test_a_name_is_no_number() -> None:
    assert numeric("example.com") is None
    assert not is_here("localhost.example.com")


@pytest.mark.parametrize(
    ("server", "may"),
    [
        (Network.PUBLIC, {Network.PUBLIC}),
        (Network.PRIVATE, {Network.PUBLIC, Network.PRIVATE}),
        (Network.MACHINE, {Network.PUBLIC, Network.PRIVATE, Network.MACHINE}),
        (Network.LINK, {Network.PUBLIC, Network.PRIVATE, Network.LINK}),
    ],
)
def test_nobody_names_what_is_closer_than_himself(server: Network, may: set[Network]) -> None:
    assert {other for other in Network if may_name(server, other)} == may


# --- on real sockets -------------------------------------------------------------------------------------------------


def refused(url: str, target: Path, named_by: Network | None) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        http.download(url, target, clock=Clock(), named_by=named_by)
    assert not target.exists()
    assert (caught.value.code, caught.value.retry, bool(caught.value.hint)) == ("private_address", "never", True)
    assert "s3cr3t" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "017700000001", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"]
)
def test_a_server_of_the_internet_cannot_have_this_machine_asked(tmp_path: Path, host: str) -> None:
    with hostile(says(reply(body=b"secret"))) as server:
        refused(f"http://{host}:{server.port}/s3cr3t", tmp_path / "out.mp4", Network.PUBLIC)
        assert server.taken == 0


def test_a_server_on_this_machine_may_name_this_machine(tmp_path: Path) -> None:
    with hostile(says(reply(body=b"film"))) as server:
        http.download(server.url, tmp_path / "out.mp4", clock=Clock(), named_by=Network.MACHINE)
    assert (tmp_path / "out.mp4").read_bytes() == b"film"


def test_a_person_may_name_any_address(tmp_path: Path) -> None:
    with hostile(says(reply(body=b"film"))) as server:
        http.download(server.url, tmp_path / "out.mp4", clock=Clock())
    assert (tmp_path / "out.mp4").read_bytes() == b"film"


@pytest.mark.parametrize("named_by", [Network.PUBLIC, Network.PRIVATE, Network.MACHINE])
def test_metadata_of_a_cloud_is_asked_for_nobody_who_stands_elsewhere(tmp_path: Path, named_by: Network) -> None:
    refused(METADATA, tmp_path / "out.mp4", named_by)


@pytest.mark.parametrize("location", [METADATA, "http://[fe80::1]/s3cr3t", "http://0xa9.0xfe.0xa9.0xfe/s3cr3t"])
def test_a_redirect_leads_no_closer_than_the_server_that_sends_it(tmp_path: Path, location: str) -> None:
    with hostile(says(reply("302 Found", b"", f"Location: {location}"))) as server:
        refused(server.url, tmp_path / "out.mp4", None)


def test_an_upload_goes_where_a_server_says_under_the_same_rule(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"film")
    with hostile(says(reply())) as server:
        for send in (
            lambda: http.send_file("PUT", server.url, clip, headers={}, clock=Clock(), named_by=Network.PUBLIC),
            lambda: http.request("GET", server.url, headers={}, clock=Clock(), named_by=Network.PUBLIC),
            lambda: http.upload(
                server.url,
                [http.FilePart("f", clip, "clip.mp4", "video/mp4")],
                headers={},
                clock=Clock(),
                named_by=Network.PUBLIC,
            ),
        ):
            with pytest.raises(ServiceError) as caught:
                send()
            assert caught.value.code == "private_address"
        assert server.taken == 0


def test_a_reply_tells_where_its_server_stands() -> None:
    with hostile(says(reply())) as server:
        assert http.request("GET", server.url, headers={}, clock=Clock()).network is Network.MACHINE


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Sets what `files.example.com` leads to, one list of addresses for each time it is asked for."""
    real = socket.getaddrinfo

    def lead(*answers: list[str]) -> list[str]:
        asked: list[str] = []

        def getaddrinfo(host: Any, port: Any, *args: Any, **options: Any) -> Any:
            numeric_only = options.get("flags", 0) & socket.AI_NUMERICHOST
            if host != "files.example.com" or numeric_only:
                return real(host, port, *args, **options)
            addresses = answers[min(len(asked), len(answers) - 1)]
            asked.append(host)
            return [each for address in addresses for each in real(address, port, *args, **options)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return lead


def test_a_name_that_leads_inside_is_refused_whatever_else_it_leads_to(
    tmp_path: Path, resolver: Callable[..., list[str]]
) -> None:
    resolver(["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1"])
    with hostile(says(reply(body=b"secret"))) as server:
        refused(f"http://files.example.com:{server.port}/s3cr3t", tmp_path / "out.mp4", Network.PUBLIC)
        assert server.taken == 0


def test_a_name_that_leads_elsewhere_the_next_moment_leads_nowhere(
    tmp_path: Path, resolver: Callable[..., list[str]]
) -> None:
    asked = resolver(["127.0.0.1"], ["169.254.169.254"])
    with hostile(says(reply(body=b"film"))) as server:
        url = f"http://files.example.com:{server.port}/a"
        http.download(url, tmp_path / "out.mp4", clock=Clock(), named_by=Network.MACHINE)
    assert len(asked) == 1  # what was looked at is what was connected to


def test_of_several_addresses_those_that_are_open_are_tried(tmp_path: Path, resolver: Callable[..., list[str]]) -> None:
    resolver(["169.254.169.254", "127.0.0.2", "127.0.0.1"])  # nobody listens at the second
    with hostile(says(reply(body=b"film"))) as server:
        url = f"http://files.example.com:{server.port}/a"
        http.download(url, tmp_path / "out.mp4", clock=Clock(), named_by=Network.MACHINE)
    assert (tmp_path / "out.mp4").read_bytes() == b"film"
