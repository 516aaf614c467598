"""Whole runs, in processes of their own, against the S3-compatible server."""

from __future__ import annotations

import hashlib
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
from clipline_publish.addresses import PROTOCOLS

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


@pytest.mark.parametrize("given", ["file", "input"])
def test_a_password_in_the_address_is_shown_nowhere(runs: Runs, tmp_path: Path, given: str) -> None:
    (tmp_path / "small.bin").write_bytes(b"1")
    address, words = "sftp://ada:canary-password@127.0.0.1/x/", ["-i", "files=small.bin"]
    if given == "input":
        text = PIPELINE.replace("s3://BUCKET/show/", "${{ inputs.to }}").replace("stages:", "  to: string\nstages:", 1)
        words += ["-i", f"to={address}"]
    else:
        text = PIPELINE.replace("s3://BUCKET/show/", address)
    (tmp_path / "bad.yaml").write_text(text)
    reports = ["--report", "junit=told/r.xml", "--report", "json=told/r.json"]
    (tmp_path / "told").mkdir()
    for more in (["--json"], ["--log-level", "debug"]):
        status, said = runs.run("run", "bad.yaml", *words, *reports, *more)
        assert (status, "canary-password" in said) == (2, False), said
    kept = [path.read_bytes() for folder in ("state", "told") for path in (tmp_path / folder).rglob("*.*")]
    assert len(kept) >= 2, "both reports are written"
    assert b"canary-password" not in b"".join(kept)


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


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("site", "an address to write to, like s3://"),
        ("s4://clips/x/", "an address to write to, like s3://"),
        ("https://example.com/x/", "an address to write to, like s3://"),
        ("s3://clips", "with bucket or server, and a path"),
        ("file://folder/x", "has three slashes"),
        ("s3://clips/x/?sig=canary-1", "without a query"),
        ("s3://clips/../x/", "without '.' and '..'"),
        ("s3://clips/{nmae}/", "no fields but {name}"),
    ],
)
def test_a_wrong_address_is_told_once_before_the_run(runs: Runs, tmp_path: Path, to: str, words: str) -> None:
    (tmp_path / "small.bin").write_bytes(b"1")
    (tmp_path / "bad.yaml").write_text(PIPELINE.replace("s3://BUCKET/show/", to))
    status, said = runs.run("run", "bad.yaml", "-i", "files=small.bin")
    assert (status, said.count("error: "), runs.run("runs", "list", "--json")[1].count('"run"')) == (2, 1, 0), said
    assert words in said


def test_every_protocol_that_is_taken_is_known_to_fsspec() -> None:
    fsspec = pytest.importorskip("fsspec")
    told = set(PROTOCOLS.split("|")) - {"dav"}  # fsspec knows it as webdav
    assert told <= set(fsspec.available_protocols())


def test_the_stage_lists_what_the_export_told_of_its_file(runs: Runs, tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the backend local edits with it")
    (tmp_path / "site").mkdir()
    tiny_clip(tmp_path / "me.mp4")
    stages = [
        "auth",
        {"stage": "upload", "with": {"files": "me.mp4"}},
        {"stage": "edit", "with": {"instruction": "trim to the first 0.5 seconds"}},
        {"stage": "export", "with": {"to": "a.mp4"}},
        {"stage": "export", "id": "plain", "with": {"to": "b.mp4", "sidecar": False}},
        {"stage": "publish", "with": {"to": f"file://{tmp_path}/site/", "manifest": "manifest.json"}},
    ]
    (tmp_path / "two.yaml").write_text(json.dumps({"clipline": 1, "stages": stages}))
    status, said = runs.run("run", "two.yaml")
    assert status == 0, said
    told, untold = json.loads((tmp_path / "site/manifest.json").read_bytes())["files"]
    assert told["media"] == {"format": "mp4", "duration": 0.5, "width": 96, "height": 64, "fps": 12.0}
    digest = hashlib.sha256((tmp_path / "me.mp4").read_bytes()).hexdigest()
    assert told["sources"] == [{"name": "me.mp4", "sha256": digest}]
    assert (untold["media"], untold["sources"]) == ({}, [])
