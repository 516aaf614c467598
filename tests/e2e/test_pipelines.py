"""Every shipped pipeline runs as it is, by its name, in a process of its own, on the real samples."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import commands
from clipline.app import plan, shipped_pipelines
from clipline.errors import PipelineFileError
from clipline.studio.reading.media import probe
from clipline.values import Size
from media_maker import make_sound
from shipped import EXPECTED, REFUSED, assert_made, facts, run


def test_every_shipped_pipeline_is_run_or_refused_here() -> None:
    assert {*EXPECTED, *REFUSED} == set(shipped_pipelines())


@pytest.mark.parametrize("name", REFUSED)
def test_what_this_machine_cannot_do_is_refused_before_anything_is_done(name: str) -> None:
    with pytest.raises(PipelineFileError) as refused:
        plan(name, backend="local")
    (problem,) = refused.value.problems
    assert problem.message == REFUSED[name]
    assert "a backend in the cloud is needed" in problem.hint
    assert problem.place.line > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPECTED)
def test_a_shipped_pipeline_makes_what_it_says(name: str, tmp_path: Path) -> None:
    result = run(tmp_path, name)
    assert result["status"] == "done"
    assert_made(tmp_path, EXPECTED[name])


def test_a_vertical_short_has_the_music_it_is_given(tmp_path: Path) -> None:
    song = tmp_path / "song.wav"
    make_sound(song, seconds=2.0)
    run(tmp_path, "vertical-short", "-i", f"music={song}", "-i", "length=2s")
    (short,) = tmp_path.glob("*.mp4")
    info = probe(short)
    assert info.audio_codec == "aac"
    assert Size(info.width, info.height).height > info.width


def test_a_second_run_keeps_the_first_ones_file(tmp_path: Path) -> None:
    for _ in range(2):
        run(tmp_path, "iterate", "-i", "end=1s", "-i", "refine=blur the background")
    assert {path.name for path in tmp_path.glob("*final*.mp4")} == {"crossing-final.mp4", "crossing-final-2.mp4"}


def test_killed_in_the_middle_of_an_export_it_goes_on_where_it_stood(tmp_path: Path) -> None:
    environment = commands.environment(tmp_path / ".state")
    killed = commands.Popen(
        [*commands.CLIPLINE, "run", "remove-people", "--progress", "json"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert killed.stderr is not None
    for line in killed.stderr:  # until the export has got somewhere
        event = json.loads(line)
        if event["type"] == "stage.progress" and event["stage"] == "export" and (event["data"]["fraction"] or 0) > 0.6:
            break
    killed.kill()
    killed.wait(60)
    killed.stderr.close()
    assert list(tmp_path.glob(".*.part*")), "the kill came before there was half a file"

    done = commands.clipline("resume", "--json", "--progress", "none", cwd=tmp_path, env=environment, timeout=300)
    assert done.returncode == 0, done.stderr
    reused = {stage["path"]: stage["reused"] for stage in json.loads(done.stdout)["stages"]}
    assert [path for path, kept in reused.items() if kept] == ["auth", "upload", "edit", "verify"]
    left = {path.name for path in tmp_path.iterdir() if path.name != ".state"}
    assert left == {"walkers-without-people.mp4", "walkers-without-people.mp4.json"}
    assert facts(tmp_path / "walkers-without-people.mp4") == EXPECTED["remove-people"]["walkers-without-people.mp4"]
