"""What the tests share: the other sides, and a stage call that knows them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import others
import pytest

from clipline.stage import StageCall
from clipline.testing import stage_call
from clipline.values import Secret


@pytest.fixture(scope="session")
def s3() -> Iterator[others.Bucket]:
    with others.s3_server() as bucket:
        yield bucket


@pytest.fixture
def bucket(s3: others.Bucket) -> others.Bucket:
    """A bucket of the test's own."""
    name = f"clips-{secrets.token_hex(4)}"
    s3.client.create_bucket(Bucket=name)
    return replace(s3, name=name)


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[others.Server]:
    with others.sftp_server(tmp_path) as server:
        yield server


@pytest.fixture
def ftp(tmp_path: Path) -> Iterator[others.Server]:
    with others.ftp_server(tmp_path) as server:
        yield server


@pytest.fixture
def calling(tmp_path: Path) -> Callable[..., StageCall]:
    """Makes calls of the step `publish` with a server's settings."""

    def call(settings: dict[str, Any] | None = None, **changes: Any) -> StageCall:
        given = {name.removeprefix("publish."): value for name, value in (settings or {}).items()}
        for name in ("key", "secret", "password"):
            if name in given:
                given[name] = Secret(given[name])
        made = stage_call(tmp_path / "run", "export", settings={"publish": given}, **changes)
        return replace(made, path="export.post_export[0]")

    return call
