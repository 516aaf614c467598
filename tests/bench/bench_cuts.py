"""What cuts cost: at key frames, where the stream is copied, beside encoding and `ffmpeg -c copy`; and far into a clip.

    python tests/bench/bench_cuts.py [--seconds N] [--rounds N]

CPU time of a process of its own for each, the least of some rounds, with the start of Python in it where it is used.
Ends with status 1 where copying is not 20 times as cheap as encoding, or a cut at the end of a long clip costs much
more than the same at its start.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench_studio import CHILD, find_ffmpeg, measure

TIMES_CHEAPER = 20.0
FAR = 1.25  # times as much may a cut cost at the end of a clip


def made(ffmpeg: str, folder: Path, seconds: float) -> Path:
    """720p at 25 a second with a tone, and a key frame every two seconds."""
    clip = folder / "clip.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc2=size=1280x720:rate=25:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]
    options = ["-preset", "veryfast", "-crf", "20", "-g", "50", "-keyint_min", "50", "-sc_threshold", "0"]
    subprocess.run([ffmpeg, "-v", "error", "-y", *picture, *sound, *options, "-c:a", "aac", str(clip)], check=True)
    return clip


def least(command: Sequence[str], rounds: int) -> float:
    measure(command)  # not counted: fills caches of files
    return min(measure(command).cpu for _ in range(rounds))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    ffmpeg, length = find_ffmpeg(), chosen.seconds // 4 * 4
    with tempfile.TemporaryDirectory() as name:
        clip, output = made(ffmpeg, Path(name), length), Path(name) / "out.mp4"

        def ours(operation: Mapping[str, object]) -> float:
            command = [sys.executable, str(CHILD), str(clip), str(output), json.dumps([operation])]
            return least(command, chosen.rounds)

        copied = ours({"trim": {"start": 2, "end": length - 2}})
        parts = ours({"cut": {"from": length // 4 * 2, "to": length // 4 * 2 + 2}})
        encoded = ours({"trim": {"start": 2.04, "end": length - 2}})
        early, late = (ours({"trim": {"start": at, "duration": 0.5}}) for at in (0.52, length - 1.48))
        peer = [ffmpeg, "-v", "error", "-y", "-ss", "2", "-i", str(clip), "-t", str(length - 4), "-c", "copy"]
        theirs = least([*peer, str(output)], chosen.rounds)
    cheaper, deeper = encoded / copied, late / early
    print(f"720p of {length}s with sound, CPU seconds, the least of {chosen.rounds}")
    print(f"  a trim at key frames, copied      {copied:8.2f}   {cheaper:.0f} times cheaper (≥{TIMES_CHEAPER:g})")
    print(
        f"  a part cut out at key frames      {parts:8.2f}   {encoded / parts:.0f} times cheaper; the sound is encoded"
    )
    print(f"  the same trim one frame later     {encoded:8.2f}")
    print(f"  ffmpeg -c copy                    {theirs:8.2f}")
    print(f"  half a second at the start        {early:8.2f}")
    print(f"  half a second at the end          {late:8.2f}   {deeper:.2f} times as much (≤{FAR:g})")
    return int(cheaper < TIMES_CHEAPER or deeper > FAR)


if __name__ == "__main__":
    sys.exit(main())
