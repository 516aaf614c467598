"""The other sides, each a real server in a process of its own."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["PASSWORD", "Bucket", "Server", "ftp_server", "s3_server", "sftp_server"]

HERE = Path(__file__).parent
PASSWORD = "canary-" + secrets.token_hex(8)


@dataclass
class Server:
    """`folder` is what it serves, where it serves one; `known_hosts` a file that knows its key."""

    process: subprocess.Popen[str]
    port: int
    folder: Path = Path()
    known_hosts: Path = Path()

    @property
    def settings(self) -> dict[str, Any]:
        """Settings with which this server lets us in."""
        return {
            "publish.host": "127.0.0.1",
            "publish.user": "ada",
            "publish.password": PASSWORD,
            "publish.known_hosts": str(self.known_hosts),
        }


@contextmanager
def _running(script: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    command = [sys.executable, str(HERE / script), *arguments]
    environment = {**os.environ, "PASSWORD": PASSWORD}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    try:
        assert process.stdout is not None
        said = process.stdout.readline().split(maxsplit=2)
        assert said[:1] == ["listening"], f"{script} did not start"
        yield process, int(said[1]), said[2].strip()
    finally:
        process.kill()
        process.wait(30)
        process.stdout.close()


@contextmanager
def sftp_server(folder: Path, *arguments: str) -> Iterator[Server]:
    """An SFTP server on `folder/far`."""
    far, known = folder / "far", folder / "known_hosts"
    far.mkdir(parents=True, exist_ok=True)
    with _running("sftp_server.py", str(far), *arguments) as (process, port, key):
        known.write_text(f"[127.0.0.1]:{port} {key}\n")
        yield Server(process, port, far, known)


@contextmanager
def ftp_server(folder: Path) -> Iterator[Server]:
    """An FTP server on `folder/far`."""
    far = folder / "far"
    far.mkdir(parents=True, exist_ok=True)
    with _running("ftp_server.py", str(far)) as (process, port, _):
        yield Server(process, port, far)


@dataclass
class Bucket:
    """A bucket of its own on an S3-compatible server, and a client that looks into it without our code."""

    name: str
    endpoint: str
    key: str
    secret: str
    client: Any
    process: subprocess.Popen[str]

    @property
    def settings(self) -> dict[str, str]:
        """Settings with which this server lets us in."""
        names = {"key": self.key, "secret": self.secret, "endpoint": self.endpoint, "region": "us-east-1"}
        return {f"publish.{name}": value for name, value in names.items()}

    def names(self) -> list[str]:
        """The names of all objects."""
        return [each["Key"] for each in self.client.list_objects_v2(Bucket=self.name).get("Contents", ())]

    def content(self, key: str) -> bytes:
        """An object's bytes."""
        return bytes(self.client.get_object(Bucket=self.name, Key=key)["Body"].read())

    def uploads(self) -> list[str]:
        """Multipart uploads that were begun and neither completed nor aborted."""
        found = self.client.list_multipart_uploads(Bucket=self.name).get("Uploads", ())
        return [each["UploadId"] for each in found]


@contextmanager
def s3_server() -> Iterator[Bucket]:
    """An S3-compatible server with a bucket, and a user who may use it."""
    import boto3

    with _running("s3_server.py") as (process, port, _):
        endpoint = f"http://127.0.0.1:{port}"

        def client(service: str, key: str = "nobody", secret: str = "nobody") -> Any:
            return boto3.client(
                service,
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            )

        iam = client("iam")
        iam.create_user(UserName="ada")
        may = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        iam.put_user_policy(UserName="ada", PolicyName="s3", PolicyDocument=may)
        made = iam.create_access_key(UserName="ada")["AccessKey"]
        key, secret = made["AccessKeyId"], made["SecretAccessKey"]
        s3 = client("s3", key, secret)
        s3.create_bucket(Bucket="clips")
        try:
            yield Bucket("clips", endpoint, key, secret, s3, process)
        finally:
            s3.close()
            iam.close()
