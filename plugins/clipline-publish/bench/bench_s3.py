"""Upload of a large file to an S3-compatible server of this machine: MB/s and memory, beside `s3fs.put`.

    python bench/bench_s3.py [MEGABYTES]

Each way runs in a process of its own, after one small upload that loads all libraries; what is printed as growth is the
peak of its memory during the large one, over what it had before. The server (moto, in Python) is most of the time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))


def peak() -> float:
    """The most memory that this process had since `forget_peak`, in MiB."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def ours(endpoint: str, key: str, secret: str) -> Callable[[Path], None]:
    import clipline_publish
    from clipline.stage import Exported
    from clipline.testing import stage_call
    from clipline.values import Secret

    settings = {"key": Secret(key), "secret": Secret(secret), "endpoint": endpoint, "region": "us-east-1"}

    def put(file: Path) -> None:
        call = stage_call(file.parent / "run", "export", settings={"publish": settings})
        clipline_publish.after_export(
            call, Exported((file,), (), {}), {"to": "s3://clips/ours/", "collision": "overwrite"}
        )

    return put


def plain(endpoint: str, key: str, secret: str) -> Callable[[Path], None]:
    import s3fs

    fs = s3fs.S3FileSystem(key=key, secret=secret, endpoint_url=endpoint, client_kwargs={"region_name": "us-east-1"})
    return lambda file: fs.put(str(file), f"clips/plain/{file.name}")


def measure(way: str, folder: Path, megabytes: int, access: list[str]) -> None:
    put = {"clipline-publish": ours, "s3fs.put": plain}[way](*access)
    small = folder / "small.bin"
    small.write_bytes(os.urandom(20_000_000))
    put(small)
    forget_peak()
    before, begun = peak(), time.monotonic()
    put(folder / "large.bin")
    seconds = time.monotonic() - begun
    print(f"{way:18} {megabytes / seconds:8.1f} MB/s   memory {before:6.0f} MiB, grew by {peak() - before:5.0f} MiB")


def main() -> None:
    if len(sys.argv) > 2:
        measure(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
        return
    import others

    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with tempfile.TemporaryDirectory() as name, others.s3_server() as bucket:
        with (Path(name) / "large.bin").open("wb") as file:
            for _ in range(megabytes):
                file.write(os.urandom(1_000_000))
        for way in ("clipline-publish", "s3fs.put", "clipline-publish", "s3fs.put"):
            access = [bucket.endpoint, bucket.key, bucket.secret]
            subprocess.run([sys.executable, __file__, way, name, str(megabytes), *access], check=True)


if __name__ == "__main__":
    main()
