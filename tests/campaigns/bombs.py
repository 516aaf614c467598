"""Media files of some kilobytes that would make a careless reader take gigabytes, and lists that lead elsewhere."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["BOMBS", "playlists", "png"]

_FRAME = b"!\xf9\x04\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *notes: bytes, pixels: bytes = b"") -> bytes:
    """A PNG in RGB; `notes` are whole chunks, `pixels` its rows, each with its filter byte first."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"".join((b"\x89PNG\r\n\x1a\n", head, *notes, _chunk(b"IDAT", zlib.compress(pixels)), _chunk(b"IEND", b"")))


def _zeros(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def _gif(width: int, height: int, frames: int) -> bytes:
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF0, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + _FRAME * frames + b";"


def _bmp(width: int, height: int) -> bytes:
    sizes = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 154, 0, 0, 54) + sizes + bytes(100)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _nested(kind: bytes, depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = _box(kind, content)
    return content


def _with(clip: bytes, name: bytes, change: Callable[[bytearray, int], None]) -> bytes:
    """A clip in which the content of its first box of this name, at the given place, was changed."""
    changed = bytearray(clip)
    change(changed, changed.index(name) + 4)
    return bytes(changed)


def _many_samples(clip: bytes) -> bytes:
    """An index of eighty million frames, of one byte each and in one chunk."""
    clip = _with(clip, b"stsz", lambda data, at: struct.pack_into(">II", data, at + 4, 1, 80_000_000))
    return _with(clip, b"stsc", lambda data, at: struct.pack_into(">I", data, at + 12, 80_000_000))


def _many_in_fragment(clip: bytes) -> bytes:
    run = _box(b"trun", struct.pack(">II", 0, 90_000_000))
    header = _box(b"tfhd", struct.pack(">III", 0x020038, 1, 1) + struct.pack(">II", 1, 0))
    return clip + _box(b"moof", _box(b"mfhd", bytes(8)) + _box(b"traf", header + run))


def _many_tracks(clip: bytes) -> bytes:
    at = clip.index(b"moov") - 4
    end = at + int.from_bytes(clip[at : at + 4], "big")
    return clip[:at] + _box(b"moov", clip[at + 8 : end] + _box(b"trak", b"") * 5000) + clip[end:]


#: By name, what each makes of a whole MP4; all must be refused with the code `too_large`, but those in `HARMLESS`.
BOMBS: Mapping[str, Callable[[bytes], bytes]] = {
    "pixels.png": lambda _: png(65535, 65535),
    "packed.png": lambda _: png(16000, 16000, pixels=bytes(48001 * 4000)),
    "ztxt.png": lambda _: png(8, 8, _chunk(b"zTXt", b"a\0\0" + _zeros(600)), pixels=bytes(200)),
    "iccp.png": lambda _: png(8, 8, _chunk(b"iCCP", b"a\0\0" + _zeros(600)), pixels=bytes(200)),
    "itxt.png": lambda _: png(8, 8, _chunk(b"iTXt", b"a\0\1\0\0\0" + _zeros(600)), pixels=bytes(200)),
    "notes.png": lambda _: png(8, 8, *[_chunk(b"zTXt", b"a\0\0" + _zeros(4))] * 100, pixels=bytes(200)),
    "pixels.gif": lambda _: _gif(65535, 65535, 1),
    "canvas.gif": lambda _: _gif(20000, 20000, 1000),
    "pixels.bmp": lambda _: _bmp(65535, -65535),
    "samples.mp4": _many_samples,
    "fragment.mp4": _many_in_fragment,
    "tracks.mp4": _many_tracks,
    "cmov.mp4": lambda clip: clip + _box(b"moov", _box(b"cmov", _box(b"cmvd", struct.pack(">I", 1 << 30)))),
    "pixels.mp4": lambda clip: _with(
        clip, b"avc1\0\0\0\0", lambda data, at: struct.pack_into(">HH", data, at + 24, 65535, 65535)
    ),
    "deep.mp4": lambda clip: _nested(b"moov", 50_000) + clip,
}
#: What is no bomb after all: what is wrong is not what counts.
HARMLESS = {"pixels.mp4", "deep.mp4"}


def playlists(address: str, secret: Path) -> Mapping[str, str]:
    """Texts that name other files and addresses, in the forms that FFmpeg reads, by the name of the file."""
    return {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}/a.ts\n#EXTINF:9,\nfile://{secret}\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{secret}'\nfile '{address}/b.mp4'\n",
        "list.concat": f"ffconcat version 1.0\nfile 'concat:{secret}|{address}/c.mp4'\n",
        "list.mpd": '<?xml version="1.0"?><MPD type="static" mediaPresentationDuration="PT9S" profiles="urn:mpeg:dash:'
        'profile:isoff-main:2011"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        f"<BaseURL>{address}/d.mp4</BaseURL><SegmentBase/></Representation></AdaptationSet></Period></MPD>",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
        "list.avs": f'FFmpegSource2("{secret}")\n',
        "list.rm": f"{address}/e.rm\n",
        "list.asx": f'<asx version="3.0"><entry><ref href="{address}/f.wmv"/></entry></asx>',
        "list.svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}/g.png"/></svg>',
    }
