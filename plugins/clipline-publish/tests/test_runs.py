"""Whole runs, in processes of their own, against the S3-compatible server."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import others
import pytest

from clipline.testing.clips import tiny_clip

MIB = 1024 * 1024
PIPELINE = """\
clipline: 1
name: send
inputs:
  files: {type: files, required: true}
stages:
  - stage: publish
    with:
      files: "${{ inputs.files }}"
      to: s3://BUCKET/show/
      manifest: manifest.json
"""


class Runs:
    """Starts `clipline` in a folder, with a server's settings."""

    def __init__(self, folder: Path, bucket: others.Bucket) -> None:
        self.folder, self.state = folder, folder / "state"
        names = {f"CLIPLINE_{name.replace('.', '_').upper()}": value for name, value in bucket.settings.items()}
        self.environment = {**os.environ, **names, "CLIPLINE_STATE": str(self.state), "NO_COLOR": "1"}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "clipline", *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=300)
        return process.returncode, said


@pytest.fixture
def runs(tmp_path: Path, bucket: others.Bucket) -> Runs:
    (tmp_path / "send.yaml").write_text(PIPELINE.replace("BUCKET", bucket.name))
    return Runs(tmp_path, bucket)


def parts(bucket: others.Bucket) -> int:
    """How many parts of unfinished uploads are there."""
    return sum(
        len(bucket.client.list_parts(Bucket=bucket.name, Key="show/large.bin", UploadId=upload).get("Parts", ()))
        for upload in bucket.uploads()
    )


def test_a_run_that_is_killed_in_the_middle_of_an_upload_goes_on(
    runs: Runs, bucket: others.Bucket, tmp_path: Path
) -> None:
    (tmp_path / "small.bin").write_bytes(os.urandom(1000))
    (tmp_path / "large.bin").write_bytes(os.urandom(50 * MIB))
    process = runs.start("run", "send.yaml", "-i", "files=small.bin", "-i", "files=large.bin")
    end = time.monotonic() + 120
    while parts(bucket) == 0:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (bucket.names(), len(bucket.uploads())) == (["show/small.bin"], 1)
    put = bucket.client.head_object(Bucket=bucket.name, Key="show/small.bin")["LastModified"]
    time.sleep(1.1)  # S3 counts whole seconds

    status, said = runs.run("resume")
    assert status == 0, said
    assert bucket.content("show/large.bin") == (tmp_path / "large.bin").read_bytes()
    assert bucket.client.head_object(Bucket=bucket.name, Key="show/small.bin")["LastModified"] == put
    assert bucket.uploads() == []
    listed = [each["name"] for each in json.loads(bucket.content("show/manifest.json"))["files"]]
    assert listed == ["large.bin", "small.bin"]
    assert runs.run("resume")[0] == 0


def test_an_interrupt_stops_within_two_seconds_and_leaves_no_upload(
    runs: Runs, bucket: others.Bucket, tmp_path: Path
) -> None:
    (tmp_path / "large.bin").write_bytes(os.urandom(100 * MIB))
    process = runs.start("run", "send.yaml", "-i", "files=large.bin")
    while parts(bucket) == 0:
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    begun = time.monotonic()
    process.communicate(timeout=60)
    assert time.monotonic() - begun < 5 * 2
    assert process.returncode == 130
    assert (bucket.names(), bucket.uploads()) == ([], [])


def test_no_credential_is_shown_or_kept(runs: Runs, bucket: others.Bucket, tmp_path: Path) -> None:
    (tmp_path / "small.bin").write_bytes(b"1")
    said = [runs.run("run", "send.yaml", "-i", "files=small.bin", "--log-level", "debug")[1]]
    runs.environment["CLIPLINE_PUBLISH_SECRET"] = wrong = "canary-wrong-secret"
    status, words = runs.run("run", "send.yaml", "-i", "files=small.bin")
    said += [words, runs.run("runs", "logs")[1]]
    assert status == 4, said
    kept = b"".join(path.read_bytes() for path in runs.state.rglob("*") if path.is_file())
    for secret in (bucket.secret, wrong):
        assert secret not in "".join(said)
        assert secret.encode() not in kept


def test_a_password_in_the_address_is_in_no_file(runs: Runs, tmp_path: Path) -> None:
    (tmp_path / "small.bin").write_bytes(b"1")
    text = PIPELINE.replace("s3://BUCKET/show/", "sftp://ada:canary-password@127.0.0.1/x/")
    (tmp_path / "bad.yaml").write_text(text)
    status, said = runs.run("run", "bad.yaml", "-i", "files=small.bin")
    assert status == 2, said
    kept = b"".join(path.read_bytes() for path in runs.state.rglob("*") if path.is_file())
    assert b"canary-password" not in kept


def readme_pipeline() -> str:
    text = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    found = re.search(r"```yaml\n(clipline: 1\n.*?)```", text, re.DOTALL)
    assert found
    return found[1]


def test_the_pipeline_of_the_readme_publishes_to_s3(runs: Runs, bucket: others.Bucket, tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the backend local edits with it")
    (tmp_path / "publish.yaml").write_text(readme_pipeline())
    tiny_clip(tmp_path / "me.mp4")
    status, said = runs.run("run", "publish.yaml", "-i", "clip=me.mp4", "-i", f"to=s3://{bucket.name}/show/")
    assert status == 0, said
    assert {"show/me-short.mp4", "show/me-short.mp4.sha256", "show/manifest.json"} < set(bucket.names())
    (entry,) = json.loads(bucket.content("show/manifest.json"))["files"]
    facts: dict[str, Any] = entry["media"]
    assert (facts["format"], entry["pipeline"]) == ("mp4", "publish")
