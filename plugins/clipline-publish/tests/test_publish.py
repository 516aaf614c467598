"""The step and the stage against real servers: S3-compatible, SFTP, FTP, and a folder."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import others
import pytest

import clipline_publish
from clipline.clock import CancelToken, Clock
from clipline.errors import (
    AccountError,
    Cancelled,
    CliplineError,
    InputError,
    ServiceError,
    StageFailed,
    TimedOut,
    UsageError,
)
from clipline.stage import Exported, StageCall
from clipline.testing import call_log, next_attempt

MIB = 1024 * 1024
Calling = Callable[..., StageCall]


def clip(folder: Path, name: str = "talk.mp4", size: int = 3 * MIB) -> Path:
    """A file of random bytes: what is published need not be a video."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(os.urandom(size))
    return path


def publish(call: StageCall, file: Path, **options: Any) -> dict[str, Any]:
    exported = Exported((file,), (file,), {"duration": 1.0, "width": 64, "height": 36})
    return dict(clipline_publish.after_export(call, exported, options).outputs)


@dataclass
class Far:
    """A place, and a way to look into it that is not ours."""

    to: str
    settings: dict[str, Any]
    read: Callable[[str], bytes]
    names: Callable[[], list[str]]


@pytest.fixture(params=["s3", "sftp", "ftp", "file", "plain sftp"])
def far(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Far]:
    if request.param == "s3":
        bucket = request.getfixturevalue("bucket")
        names = lambda: [key.removeprefix("show/") for key in bucket.names()]  # noqa: E731 - a one-line reader
        yield Far(f"s3://{bucket.name}/show/", bucket.settings, lambda name: bucket.content(f"show/{name}"), names)
        return
    folder = tmp_path / "far/show"
    folder.mkdir(parents=True)
    names = lambda: sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())  # noqa: E731 - as above
    read = lambda name: (folder / name).read_bytes()  # noqa: E731 - as above
    if request.param == "file":
        yield Far(f"file://{folder}/", {}, read, names)
    elif request.param == "ftp":
        with others.ftp_server(tmp_path) as server:
            yield Far(f"ftp://127.0.0.1:{server.port}/show/", server.settings, read, names)
    else:
        with others.sftp_server(tmp_path, *(["--plain"] if request.param == "plain sftp" else [])) as server:
            yield Far(f"sftp://127.0.0.1:{server.port}/show/", server.settings, read, names)


# --- on every sort of place ------------------------------------------------------------------------------------------


def test_a_file_arrives_whole_with_its_checksum_and_its_entry(far: Far, calling: Calling, tmp_path: Path) -> None:
    file = clip(tmp_path)
    said = publish(
        calling(far.settings), file, to=far.to + "{name}-{run}.{ext}", checksums="sha256", manifest="manifest.json"
    )
    name, digest = "talk-run-1.mp4", hashlib.sha256(file.read_bytes()).hexdigest()
    assert far.read(name) == file.read_bytes()
    assert far.read(f"{name}.sha256").decode() == f"{digest}  {name}\n"
    (entry,) = json.loads(far.read("manifest.json"))["files"]
    assert (entry["name"], entry["bytes"], entry["sha256"]) == (name, 3 * MIB, digest)
    assert (entry["run"], entry["pipeline"], entry["media"]["width"]) == ("run-1", "test", 64)
    assert entry["sources"] == [{"name": "talk.mp4", "sha256": digest}]
    assert said["urls"] == [far.to + name]
    assert said["published"][0]["verified"] in {"etag", "read"}
    assert [name for name in far.names() if "part" in name] == []


def test_what_is_there_is_not_replaced_unless_it_may_be(far: Far, calling: Calling, tmp_path: Path) -> None:
    first, other = clip(tmp_path / "a"), clip(tmp_path / "b")
    publish(calling(far.settings), first, to=far.to)
    for rule in ("fail", "skip-if-same"):
        with pytest.raises(InputError, match=r"talk\.mp4 exists already"):
            publish(calling(far.settings), other, to=far.to, collision=rule)
    assert far.read("talk.mp4") == first.read_bytes()
    publish(calling(far.settings), other, to=far.to, collision="overwrite")
    assert far.read("talk.mp4") == other.read_bytes()
    assert far.names() == ["talk.mp4"]


def test_what_is_there_with_the_same_bytes_is_left(far: Far, calling: Calling, tmp_path: Path) -> None:
    file = clip(tmp_path)
    publish(calling(far.settings), file, to=far.to)
    again = publish(calling(far.settings), file, to=far.to, collision="skip-if-same")
    assert again["published"][0]["was_there"] is True
    with pytest.raises(InputError, match="exists already"):
        publish(calling(far.settings), file, to=far.to)


def test_an_attempt_that_is_repeated_sends_nothing_again(far: Far, calling: Calling, tmp_path: Path) -> None:
    file, call = clip(tmp_path), calling(far.settings)
    first = publish(call, file, to=far.to, manifest="all.json")
    listed = far.read("all.json")
    assert publish(next_attempt(call), file, to=far.to, manifest="all.json") == first
    assert call.effects.sent == [f"publish {far.to}talk.mp4"]
    assert far.read("all.json") == listed


def test_a_folder_of_frames_keeps_its_names(far: Far, calling: Calling, tmp_path: Path) -> None:
    clip(tmp_path / "frames", "frame-00001.png", 100), clip(tmp_path / "frames", "frame-00002.png", 0)
    publish(calling(far.settings), tmp_path / "frames", to=far.to, make_folders=True)
    assert far.names() == ["frames/frame-00001.png", "frames/frame-00002.png"]
    assert far.read("frames/frame-00002.png") == b""


def test_a_strange_name_is_a_name(far: Far, calling: Calling, tmp_path: Path) -> None:
    file = clip(tmp_path, "Käse #1 [fin&l] 100%.mp4", 10)
    said = publish(calling(far.settings), file, to=far.to, public_url="https://cdn.example.com/{path}")
    assert far.names() == [file.name]
    assert said["urls"][0].endswith("K%C3%A4se%20%231%20%5Bfin%26l%5D%20100%25.mp4")


def test_a_manifest_that_is_none_is_left_alone_and_nothing_is_sent(far: Far, calling: Calling, tmp_path: Path) -> None:
    publish(calling(far.settings), clip(tmp_path, "notes.json"), to=far.to)
    with pytest.raises(InputError, match="is no manifest"):
        publish(calling(far.settings), clip(tmp_path), to=far.to, manifest="notes.json")
    assert far.names() == ["notes.json"]


def test_runs_at_once_all_stand_in_the_manifest(far: Far, calling: Calling, tmp_path: Path) -> None:
    failures: list[CliplineError] = []

    def one(number: int) -> None:
        call = calling(far.settings, id=f"run-{number}")
        object.__setattr__(call, "run_id", f"run-{number}")
        try:
            for step in range(3):
                object.__setattr__(call, "path", f"export[{step}]")
                publish(call, files[number, step], to=far.to, manifest="manifest.json")
        except CliplineError as error:
            failures.append(error)

    runs, steps = 4, 3
    files = {(n, s): clip(tmp_path, f"clip-{n}-{s}.mp4", 1000) for n in range(runs) for s in range(steps)}
    threads = [threading.Thread(target=one, args=(number,)) for number in range(runs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    listed = {entry["name"]: entry["run"] for entry in json.loads(far.read("manifest.json"))["files"]}
    assert listed == {f"clip-{n}-{s}.mp4": f"run-{n}" for n, s in files}


# --- S3 --------------------------------------------------------------------------------------------------------------


def test_a_large_file_goes_in_parts_and_is_told_of(bucket: others.Bucket, calling: Calling, tmp_path: Path) -> None:
    file, call = clip(tmp_path, size=21 * MIB), calling(bucket.settings)
    said = publish(call, file, to=f"s3://{bucket.name}/{{name}}", metadata={"show": "x1"}, content_type="video/x-test")
    head = bucket.client.head_object(Bucket=bucket.name, Key="talk.mp4")
    assert head["ETag"].endswith('-3"')
    assert (head["ContentType"], head["Metadata"]) == ("video/x-test", {"show": "x1"})
    assert bucket.content("talk.mp4") == file.read_bytes()
    assert said["published"][0]["verified"] == "etag"
    fractions = [data["fraction"] for data in call_log(call).of("stage.progress")]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert bucket.uploads() == []


def test_full_reads_every_file_back(bucket: others.Bucket, calling: Calling, tmp_path: Path) -> None:
    said = publish(calling(bucket.settings), clip(tmp_path), to=f"s3://{bucket.name}/", verify="full")
    assert said["published"][0]["verified"] == "read"


def test_an_object_that_others_put_in_other_parts_is_compared_by_its_bytes(
    bucket: others.Bucket, calling: Calling, tmp_path: Path
) -> None:
    file = clip(tmp_path, size=12 * MIB)
    bucket.client.put_object(Bucket=bucket.name, Key="talk.mp4", Body=file.read_bytes())
    said = publish(calling(bucket.settings), file, to=f"s3://{bucket.name}/", collision="skip-if-same")
    assert said["published"][0]["was_there"] is True


@pytest.mark.parametrize("wrong", [{"publish.secret": "canary-wrong"}, {"publish.key": "canary-nobody"}])
def test_wrong_keys_are_an_account_error(
    bucket: others.Bucket, calling: Calling, tmp_path: Path, wrong: dict[str, str]
) -> None:
    with pytest.raises(AccountError, match="does not take the credentials") as caught:
        publish(calling({**bucket.settings, **wrong}), clip(tmp_path), to=f"s3://{bucket.name}/")
    assert (caught.value.exit, caught.value.code) == (4, "publish_credentials")
    assert "publish.secret (CLIPLINE_PUBLISH_SECRET)" in caught.value.hint
    assert "PASSWORD" not in caught.value.hint
    assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("size", [100, 9 * MIB])
def test_a_bucket_that_is_not_there_is_said_so(
    bucket: others.Bucket, calling: Calling, tmp_path: Path, size: int
) -> None:
    with pytest.raises(StageFailed, match="the bucket no-such-bucket-here is not there") as caught:
        publish(calling(bucket.settings), clip(tmp_path, size=size), to="s3://no-such-bucket-here/x/")
    assert caught.value.retry == "never"


def test_a_server_that_is_gone_may_be_tried_again(calling: Calling, tmp_path: Path) -> None:
    settings = {"publish.key": "k", "publish.secret": "s", "publish.endpoint": "http://127.0.0.1:9"}
    with pytest.raises(ServiceError, match="cannot be reached") as caught:
        publish(calling(settings), clip(tmp_path), to="s3://clips/x/")
    assert (caught.value.exit, caught.value.retry) == (5, "safe")


def _after(count: int, action: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    seen: list[str] = []

    def emit(event: str, data: Any) -> None:
        seen.append(event)
        if len(seen) == count:
            action(event, data)

    return emit


# --- being told to stop ----------------------------------------------------------------------------------------------


def test_a_cancel_stops_an_upload_and_leaves_nothing(far: Far, calling: Calling, tmp_path: Path) -> None:
    token = CancelToken()
    call = next_attempt(calling(far.settings, clock=Clock(token)), emit=_after(2, lambda *_: token.cancel()))
    file = clip(tmp_path, size=30 * MIB)
    with pytest.raises(Cancelled):
        publish(call, file, to=far.to)
    assert far.names() == []
    again = publish(next_attempt(call, clock=Clock(), emit=calling().emit), file, to=far.to)
    assert again["published"][0]["was_there"] is False
    assert far.names() == ["talk.mp4"]


def test_a_server_that_says_nothing_any_more_is_left_within_the_time(calling: Calling, tmp_path: Path) -> None:
    with others.sftp_server(tmp_path, "--stall-after", str(2 * MIB)) as server:
        token = CancelToken()
        call = calling(server.settings, clock=Clock(token))
        threading.Timer(1.5, token.cancel).start()
        begun = time.monotonic()
        with pytest.raises(Cancelled):
            publish(call, clip(tmp_path, size=30 * MIB), to=f"sftp://127.0.0.1:{server.port}/")
        assert time.monotonic() - begun < 1.5 + 5 * 1.0
        assert not (server.folder / "talk.mp4").exists()


def test_a_deadline_ends_an_upload_to_s3(bucket: others.Bucket, calling: Calling, tmp_path: Path) -> None:
    os.kill(bucket.process.pid, 19)  # it stands still
    try:
        call = calling(bucket.settings, clock=Clock().within(1.0))
        begun = time.monotonic()
        with pytest.raises(TimedOut):
            publish(call, clip(tmp_path), to=f"s3://{bucket.name}/")
        assert time.monotonic() - begun < 5 * 1.7
    finally:
        os.kill(bucket.process.pid, 18)


class Reading(Clock):
    """A clock that is a second later at each look."""

    looks = 0.0

    def monotonic(self) -> float:
        """How often somebody has looked."""
        Reading.looks += 1
        return Reading.looks


@pytest.mark.parametrize("looks", range(1, 6))
def test_a_deadline_before_s3_is_connected_is_told_as_one(
    bucket: others.Bucket, calling: Calling, tmp_path: Path, looks: int
) -> None:
    call = calling(bucket.settings, clock=Reading().within(looks))
    with pytest.raises(TimedOut):
        publish(call, clip(tmp_path), to=f"s3://{bucket.name}/")


# --- SFTP, FTP, folders ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["sftp", "ftp"])
def test_a_wrong_password_is_an_account_error(
    request: pytest.FixtureRequest, calling: Calling, tmp_path: Path, protocol: str
) -> None:
    server: others.Server = request.getfixturevalue(protocol)
    call = calling({**server.settings, "publish.password": "canary-wrong"})
    with pytest.raises(AccountError, match="does not take the credentials") as caught:
        publish(call, clip(tmp_path), to=f"{protocol}://127.0.0.1:{server.port}/")
    assert "canary" not in f"{caught.value} {caught.value.hint}"
    assert "publish.password (CLIPLINE_PUBLISH_PASSWORD)" in caught.value.hint
    assert "SECRET" not in caught.value.hint


@pytest.mark.parametrize("protocol", ["s3", "sftp", "ftp"])
def test_no_credentials_at_all_are_told_from_wrong_ones(
    request: pytest.FixtureRequest, calling: Calling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, protocol: str
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_") or name == "SSH_AUTH_SOCK"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    if protocol == "s3":
        bucket: others.Bucket = request.getfixturevalue("bucket")
        given, to = {"publish.endpoint": bucket.endpoint}, f"s3://{bucket.name}/"
    else:
        server: others.Server = request.getfixturevalue(protocol)
        given = {name: value for name, value in server.settings.items() if name != "publish.password"}
        to = f"{protocol}://127.0.0.1:{server.port}/"
    with pytest.raises(AccountError, match=f"no credentials for {protocol}://.* were given") as caught:
        publish(calling(given), clip(tmp_path), to=to)
    assert ("CLIPLINE_PUBLISH_KEY" in caught.value.hint) == (protocol == "s3")
    assert ("CLIPLINE_PUBLISH_PASSWORD" in caught.value.hint) == (protocol != "s3")


def test_a_server_that_nobody_knows_gets_no_password(sftp: others.Server, calling: Calling, tmp_path: Path) -> None:
    sftp.known_hosts.write_text("")
    with pytest.raises(StageFailed, match=r"127\.0\.0\.1 is not known") as caught:
        publish(calling(sftp.settings), clip(tmp_path), to=f"sftp://127.0.0.1:{sftp.port}/")
    assert caught.value.code == "publish_host_key"
    assert list(sftp.folder.iterdir()) == []


def test_the_password_of_the_settings_goes_to_its_server_only(
    sftp: others.Server, calling: Calling, tmp_path: Path
) -> None:
    call = calling({**sftp.settings, "publish.host": "files.example.com"})
    with pytest.raises(UsageError, match=r"is not sent to 127\.0\.0\.1"):
        publish(call, clip(tmp_path), to=f"sftp://127.0.0.1:{sftp.port}/")


def test_a_folder_that_is_missing_is_said_or_made(far: Far, calling: Calling, tmp_path: Path) -> None:
    file, to = clip(tmp_path), far.to + "deep/down/"
    if not far.to.startswith("s3"):
        with pytest.raises(StageFailed, match=r"deep/down is not there") as caught:
            publish(calling(far.settings), file, to=to)
        assert "make_folders: true" in caught.value.hint
    publish(calling(far.settings), file, to=to, make_folders=True)
    assert far.names() == ["deep/down/talk.mp4"]


@pytest.mark.parametrize(
    ("fault", "folder", "kind", "words"),
    [
        ("--garble", "", StageFailed, "has other bytes than what was sent"),
        ("--full-after=1000000", "", StageFailed, "has another size"),
        ("", "locked/", AccountError, "does not allow it"),
    ],
)
def test_what_an_sftp_server_does_wrong_leaves_nothing(
    calling: Calling, tmp_path: Path, fault: str, folder: str, kind: type[CliplineError], words: str
) -> None:
    with others.sftp_server(tmp_path, *([fault] if fault else [])) as server:
        (server.folder / "locked").mkdir()
        with pytest.raises(kind, match=words) as caught:
            publish(calling(server.settings), clip(tmp_path), to=f"sftp://127.0.0.1:{server.port}/{folder}")
        assert "hunter2" not in f"{caught.value} {caught.value.hint}"
        assert [path for path in server.folder.rglob("*") if path.is_file()] == []


def test_a_server_that_dies_in_the_middle_may_be_tried_again(calling: Calling, tmp_path: Path) -> None:
    with others.sftp_server(tmp_path) as server:
        call = next_attempt(calling(server.settings), emit=_after(3, lambda *_: server.process.kill()))
        with pytest.raises(ServiceError) as caught:
            publish(call, clip(tmp_path, size=30 * MIB), to=f"sftp://127.0.0.1:{server.port}/")
        assert (caught.value.exit, caught.value.retry) == (5, "safe")
        assert not (server.folder / "talk.mp4").exists()


def test_a_full_disk_is_the_machines(calling: Calling, tmp_path: Path) -> None:
    with pytest.raises(CliplineError) as caught:
        publish(calling(), clip(tmp_path), to="file:///proc/nothing/")
    assert caught.value.exit in {1, 7}


# --- what is written -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("sftp://ada:canary-1@files.example.com/x/", "holds a password"),
        ("s3://AKIA:canary/1@clips/x/", "holds a password"),
        ("s3://clips/x/?sig=canary-1", "holds a query"),
        ("published/", "it begins with no protocol"),
        ("https://example.com/x/", "nothing can be written"),
        ("zip::s3://clips/x/", "begins with no protocol"),
        ("file://folder/x", "three slashes"),
        ("s3://clips", "names no file"),
        ("s3://clips/../x/", "cannot stand in it"),
        ("nope://clips/x/", "there is no protocol nope://"),
        ("s3://clips/{nmae}/", "unknown field"),
    ],
)
def test_a_wrong_address_is_refused_without_being_quoted(calling: Calling, tmp_path: Path, to: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        publish(calling(), clip(tmp_path), to=to)
    assert caught.value.exit == 2
    assert "canary" not in f"{caught.value} {caught.value.hint}"


def test_an_option_that_a_place_does_not_take_is_refused(calling: Calling, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="takes no 'metadata'"):
        publish(calling(), clip(tmp_path), to=f"file://{tmp_path}/", metadata={"a": "b"})


def test_files_that_would_get_one_name_are_refused(calling: Calling, tmp_path: Path) -> None:
    a, b = clip(tmp_path / "a"), clip(tmp_path / "b")
    with pytest.raises(InputError, match="would both be"):
        clipline_publish.publish(calling(), {"files": [str(a), str(b)], "to": f"file://{tmp_path}/far/"})


def test_a_file_that_is_gone_is_the_machines(calling: Calling, tmp_path: Path) -> None:
    with pytest.raises(CliplineError, match="is not there any more") as caught:
        publish(calling(), tmp_path / "gone.mp4", to=f"file://{tmp_path}/")
    assert caught.value.exit == 7


def test_the_stage_publishes_all_that_was_made(calling: Calling, tmp_path: Path) -> None:
    files = [clip(tmp_path, "a.mp4", 10), clip(tmp_path, "b.mp4", 20)]
    (tmp_path / "far").mkdir()
    call = calling(files=files)
    said = clipline_publish.publish(call, {"to": f"file://{tmp_path}/far/"}).outputs
    assert said["urls"] == [f"file://{tmp_path}/far/a.mp4", f"file://{tmp_path}/far/b.mp4"]
    with pytest.raises(InputError, match="nothing to publish"):
        clipline_publish.publish(calling(files=()), {"to": f"file://{tmp_path}/far/"})


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_folder_whose_file_system_has_no_links_gets_the_file(
    calling: Calling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def without_links(*_: object) -> None:
        raise OSError(number, "no links here")

    monkeypatch.setattr(os, "link", without_links)  # what the system of such a folder says
    (tmp_path / "far").mkdir()
    publish(calling(), clip(tmp_path, "clip.mp4"), to=f"file://{tmp_path}/far/")
    assert [path.name for path in (tmp_path / "far").iterdir()] == ["clip.mp4"]
