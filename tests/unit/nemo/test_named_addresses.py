"""Where a render's file is fetched from: wherever the service may say, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import respx

from clipline.errors import ServiceError
from clipline.testing.clocks import VirtualClock
from clipline.values import Secret
from hostile_server import hostile, reply, says
from nemo_service import BALANCE, BASE, grant, world

CREDITS, STATUS = "/api/credits/balance/simple", "/api/render/proxy/lambda/render_1"


@pytest.fixture
def service() -> Any:
    """A service of the internet; what is not its own goes out over real sockets."""
    with respx.mock(assert_all_called=False) as router:
        router.route(host="127.0.0.1").pass_through()
        router.route(host="localhost").pass_through()
        router.post(f"{BASE}/api/auth/anonymous-token").respond(json=grant(1))
        router.get(f"{BASE}{CREDITS}").respond(json=BALANCE)
        yield router


def test_a_service_of_the_internet_cannot_have_this_machine_asked(tmp_path: Path, service: Any) -> None:
    it = world(tmp_path, VirtualClock())
    it.client.credits()
    with hostile(says(reply(body=b"secret"))) as server:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(ServiceError) as caught:
                it.client.download(Secret(f"http://{host}:{server.port}/x?s3cr3t"), tmp_path / "x.mp4")
            assert caught.value.code == "private_address"
            assert "s3cr3t" not in f"{caught.value} {caught.value.hint}"
        assert server.taken == 0
    assert not (tmp_path / "x.mp4").exists()


def test_a_client_that_has_asked_for_nothing_trusts_nobody_near(tmp_path: Path) -> None:
    with hostile(says(reply(body=b"film"))) as server:
        it = world(tmp_path, VirtualClock(), base=server.url)
        with pytest.raises(ServiceError) as caught:
            it.client.download(Secret(server.url), tmp_path / "x.mp4")
        assert (caught.value.code, server.taken) == ("private_address", 0)


def test_a_service_on_this_machine_may_name_this_machine_but_no_metadata(tmp_path: Path) -> None:
    with (
        hostile(says(reply(body=b'{"code":0,"data":{"status":"completed"}}'))) as api,
        hostile(says(reply(body=b"film"))) as files,
    ):
        it = world(tmp_path, VirtualClock(), base=api.url, token="supplied")
        it.client.render("render_1")
        it.client.download(Secret(files.url), tmp_path / "x.mp4")
        with pytest.raises(ServiceError) as caught:
            it.client.download(Secret("http://169.254.169.254/latest"), tmp_path / "y.mp4")
    assert (tmp_path / "x.mp4").read_bytes() == b"film"
    assert caught.value.code == "private_address"
