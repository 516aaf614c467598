"""The kit's suite for a post-export step and for a stage kind, with a real S3-compatible server on the other side."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import others
import pytest

import clipline_publish
from clipline.testing import PostExportConformance, StageConformance
from clipline.testing.clips import tiny_clip


class TestStepToS3(PostExportConformance):
    plugin = clipline_publish
    name = "publish"

    @pytest.fixture(autouse=True)
    def _server(self, bucket: others.Bucket) -> None:
        self.bucket = bucket

    def options(self, folder: Path) -> Mapping[str, Any]:
        """Options with which the server of the tests lets us in."""
        names = {"key": self.bucket.key, "secret": self.bucket.secret, "endpoint": self.bucket.endpoint}
        to = f"s3://{self.bucket.name}/{secrets.token_hex(4)}/{{name}}.{{ext}}"
        return {"to": to, "manifest": "all.json", "checksums": "sha256", **names}


class TestStageToFtp(StageConformance):
    plugin = clipline_publish
    name = "publish"

    @pytest.fixture(autouse=True)
    def _server(self, ftp: others.Server) -> None:
        self.server = ftp

    def options(self, folder: Path) -> Mapping[str, Any]:
        to = f"ftp://ada@127.0.0.1:{self.server.port}/{secrets.token_hex(4)}/"
        files = str(tiny_clip(folder / "clip.mp4"))
        return {"files": files, "to": to, "make_folders": True, "manifest": "all.json", "password": others.PASSWORD}
