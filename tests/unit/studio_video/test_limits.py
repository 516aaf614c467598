"""Media that were made to do harm: refused by their size, before memory of that size is taken."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from campaigns.bombs import BOMBS, HARMLESS, playlists, png
from clipline.errors import InputError
from clipline.studio.pictures import limits
from clipline.studio.reading.media import probe
from media_maker import make_clip

#: Kilobytes that a process which has looked at all of them may take; half of it is Python with FFmpeg.
MEMORY = 256 * 1024

LOOK = """
import json, re, resource, sys
from pathlib import Path
from clipline.errors import CliplineError
from clipline.studio.reading.media import probe

told = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        told[path.name] = probe(path).kind
    except CliplineError as error:
        told[path.name] = f"{error.code}: {error.message}"
# On Linux `ru_maxrss` is that of the process which this one was forked from, where it was more.
status = Path("/proc/self/status")
most = re.search(r"VmHWM:\\s*(\\d+)", status.read_text())[1] if status.exists() else 0
print(json.dumps({"told": told, "kilobytes": int(most or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)}))
"""


def test_bombs_are_refused_by_their_size_before_it_is_taken(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", size=(64, 48), seconds=0.6).read_bytes()
    (tmp_path / "bombs").mkdir()
    for name, make in BOMBS.items():
        (tmp_path / "bombs" / name).write_bytes(make(clip))
    done = subprocess.run(
        [sys.executable, "-c", LOOK, tmp_path / "bombs"], capture_output=True, text=True, check=True, timeout=120
    )
    found = json.loads(done.stdout)
    for name, told in found["told"].items():
        assert told.startswith("too_large: ") or name in HARMLESS, (name, told)
        assert "are the most" in told or "not read here" in told or name in HARMLESS, (name, told)
    assert len(found["told"]) == len(BOMBS)
    assert found["kilobytes"] < MEMORY


@pytest.mark.parametrize(("width", "height", "fits"), [(8192, 8192, True), (8193, 8192, False), (70_000_000, 1, False)])
def test_the_limit_of_pixels_is_that_of_the_reference(tmp_path: Path, width: int, height: int, fits: bool) -> None:
    (tmp_path / "a.png").write_bytes(png(width, height))
    with pytest.raises(InputError) as caught:  # there is no picture in it
        probe(tmp_path / "a.png")
    assert (caught.value.code != "too_large") == fits
    assert fits or (f"{width}x{height}" in caught.value.message and "8192x8192" in caught.value.message)


def test_a_picture_that_becomes_too_large_by_its_pixels_form_is_refused() -> None:
    limits.check_pixels("a", 8192, 8192)
    with pytest.raises(InputError, match="too large"):
        limits.check_pixels("a", 8 * 8192, 8192)


def test_the_sound_of_a_long_clip_is_not_taken_for_a_bomb(tmp_path: Path) -> None:
    """Plain sound has an entry of the index for each sample: 48,000 a second, of which no reader makes a list."""
    import av
    import numpy as np

    with av.open(str(tmp_path / "long.mov"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000, layout="mono")
        for second in range(120):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 48_000), np.int16), "s16", "mono")
            frame.rate, frame.pts = 48_000, second * 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    assert probe(tmp_path / "long.mov").duration == pytest.approx(120, abs=0.1)


# --- what leads elsewhere --------------------------------------------------------------------------------------------


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """A server's address, and what was asked of it."""
    asked: list[str] = []

    class Counting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Counting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize("suffix", [None, ".mp4"])
def test_no_list_leads_to_other_files_or_addresses(
    tmp_path: Path, web: tuple[str, list[str]], suffix: str | None
) -> None:
    address, asked = web
    secret = make_clip(tmp_path / "secret.mp4", size=(64, 48), seconds=0.4)
    for name, text in playlists(address, secret).items():
        path = (tmp_path / name).with_suffix(suffix or Path(name).suffix)
        path.write_text(text)
        with pytest.raises(InputError, match="is no video"):
            probe(path)
    assert asked == []


def test_a_movie_whose_content_is_in_another_file_does_not_bring_that_file(tmp_path: Path) -> None:
    """A reference in the `dref` of a track, as QuickTime's reference movies have it."""
    clip = make_clip(tmp_path / "secret.mp4", size=(64, 48), seconds=0.4).read_bytes()
    at = clip.index(b"dref")
    old = clip[at - 4 : at - 4 + int.from_bytes(clip[at - 4 : at], "big")]
    name = f"file://{tmp_path}/secret.mp4\0".encode()
    entry = (len(name) + 12).to_bytes(4, "big") + b"url \0\0\0\0" + name
    new = (len(entry) + 16).to_bytes(4, "big") + b"dref\0\0\0\0\0\0\0\1" + entry
    moved = clip.replace(old, new, 1)
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):  # those around it grow
        place = moved.index(box) - 4
        size = int.from_bytes(moved[place : place + 4], "big") + len(new) - len(old)
        moved = moved[:place] + size.to_bytes(4, "big") + moved[place + 4 :]
    data = moved.index(b"mdat")
    end = data + int.from_bytes(moved[data - 4 : data], "big") - 4
    (tmp_path / "reference.mp4").write_bytes(moved[: data + 4] + bytes(end - data - 4) + moved[end:])
    with pytest.raises(InputError):
        probe(tmp_path / "reference.mp4")
