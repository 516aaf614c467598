"""An SFTP server of the tests, in a process of its own: `python sftp_server.py FOLDER [--stall-after BYTES] [--plain]`.

Lets `ada` in with the password in PASSWORD, within FOLDER only. Prints its port and its public key. After so many bytes
it stops answering; `--plain` leaves OpenSSH's own rename out, as small servers do; `--garble` changes what it stores.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from typing import Any

import asyncssh


class Letting(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("ada", os.environ["PASSWORD"])


def server(options: argparse.Namespace) -> type[asyncssh.SFTPServer]:
    class Folder(asyncssh.SFTPServer):
        taken = 0

        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=options.folder)

        async def write(self, file: Any, offset: int, data: bytes) -> int:
            Folder.taken += len(data)
            if options.stall_after and Folder.taken > options.stall_after:
                print("stalled", flush=True)
                await asyncio.sleep(3600)
            if options.full_after and Folder.taken > options.full_after:
                raise asyncssh.SFTPFailure("no space, password was hunter2")
            return int(super().write(file, offset, b"?" + data[1:] if options.garble else data))

        def posix_rename(self, old: bytes, new: bytes) -> None:
            if options.plain:
                raise asyncssh.SFTPOpUnsupported("no such call")
            super().posix_rename(old, new)

        def open(self, path: bytes, pflags: int, attrs: Any) -> object:
            if b"/locked/" in path and pflags & asyncssh.FXF_WRITE:
                raise asyncssh.SFTPPermissionDenied("not yours")
            return super().open(path, pflags, attrs)

    return Folder


async def serve(options: argparse.Namespace) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    listening = await asyncssh.create_server(
        Letting, "127.0.0.1", 0, server_host_keys=[key], sftp_factory=server(options)
    )
    public = key.export_public_key().decode().strip()
    print(f"listening {listening.get_port()} {public}", flush=True)
    await listening.wait_closed()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--stall-after", type=int, default=0)
    parser.add_argument("--full-after", type=int, default=0)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--garble", action="store_true")
    try:
        asyncio.run(serve(parser.parse_args()))
    except KeyboardInterrupt:
        sys.exit()
