"""The local backend's exports: real files, looked into with the studio's own eyes and with none of its code."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from clipline.backends.local.state import LocalState
from clipline.backends.local.target import wanted_file
from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, InputError, Refused
from clipline.stage import Finding
from clipline.testing.calls import call_log, next_attempt

TRIM = {"trim": {"start": 0.4, "end": 1.0}}


def frames_of(path: Path) -> tuple[str, int, int, int, bool]:
    """Container, frames, width, height, and whether there is sound."""
    with av.open(str(path)) as file:
        sound = bool(file.streams.audio)
        pictures = list(file.decode(video=0))
        return file.format.name, len(pictures), pictures[0].width, pictures[0].height, sound


def test_an_edit_is_rendered_and_put_in_its_place(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    run.do("edit", operations=[TRIM, {"resize": "160x120"}])
    result = run.do("export")
    (made,) = result.artifacts
    assert made.path == run.folder / "out" / "clip-edited.mp4"
    name, frames, *rest = frames_of(made.path)
    assert "mp4" in name
    assert (frames, *rest) == (15, 160, 120, True)
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest() == result.outputs["sha256"]
    facts = {key: result.outputs[key] for key in ("format", "duration", "width", "height", "fps")}
    assert facts == {"format": "mp4", "duration": pytest.approx(0.6, abs=0.05), "width": 160, "height": 120, "fps": 25}
    assert result.outputs["sources"] == [str(media.clip)]
    assert run.out == ["clip-edited.mp4", "clip-edited.mp4.json"]


def test_the_facts_stand_beside_the_file(run: Any, media: Any) -> None:
    run.do("upload", files=[str(media.clip), str(media.song)])
    run.do("edit", instruction="keep 0:00.4 to 0:01")
    run.do("edit", operations=[{"music": str(media.song)}])
    (made,) = run.do("export", quality="low").artifacts
    facts = json.loads((made.path.parent / "clip-edited.mp4.json").read_text())
    assert facts["sha256"] == made.sha256
    assert facts["instructions"] == ["keep 0:00.4 to 0:01"]
    assert [next(iter(operation)) for operation in facts["operations"]] == ["trim", "music"]
    assert facts["spec"]["quality"] == "low"
    assert {source["name"] for source in facts["sources"]} == {"clip.mp4", "song.wav"}
    digest = hashlib.sha256(media.clip.read_bytes()).hexdigest()
    assert next(source["sha256"] for source in facts["sources"] if source["name"] == "clip.mp4") == digest
    assert facts["versions"]["av"]


def test_the_sidecar_can_be_left_away(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    run.do("export", to="x.mp4", sidecar=False)
    assert run.out == ["x.mp4"]


def test_without_an_edit_it_is_a_plain_conversion(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    result = run.do("export", to="x.webm", max_size="100x160", preview=True)
    assert "webm" in frames_of(result.artifacts[0].path)[0]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"to": "a.webm"}, "a.webm"),
        ({"to": "a.MOV"}, "a.MOV"),
        ({"to": "a", "format": "mkv"}, "a.mkv"),
        ({"to": "a.v2"}, "a.v2.mp4"),
        ({"to": "{name}/{index}.{ext}", "format": "gif"}, "silent/3.gif"),
        ({"to": "{date}T{time}-{run}.{ext}"}, "2026-01-01T000000-run-1.mp4"),
        ({"to": "frames", "format": "png"}, "frames"),
        ({"format": "png"}, "silent-edited.frames"),
        ({"to": "frames.png"}, "frames.png"),
    ],
)
def test_the_name_is_filled_and_ends_as_the_format_does(run: Any, media: Any, options: Any, name: str) -> None:
    run.do("upload", files=str(media.silent))
    call = run.call("export", path="batch[2].export")
    (made,) = run.do("export", call, **options, preview=True, sidecar=False).artifacts
    assert made.path == run.folder / "out" / name
    assert made.path.exists()


def test_png_makes_a_folder_of_frames(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    (made,) = run.do("export", to="f", format="png").artifacts
    assert made.path.is_dir()
    assert len(list(made.path.iterdir())) == 15
    assert made.bytes == sum(file.stat().st_size for file in made.path.iterdir())


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"to": "a.avi"}, Refused),
        ({"to": "a.mov", "format": "mp4"}, InputError),
        ({"to": "../a.mp4"}, InputError),
        ({"to": "{nme}.mp4"}, InputError),
        ({"size": "160x120", "max_size": "160x120"}, InputError),
    ],
)
def test_a_file_that_cannot_be_made_is_refused_before_the_work(
    run: Any, media: Any, options: dict[str, Any], error: type[InputError]
) -> None:
    run.do("upload", files=str(media.clip))
    run.fails(error, "export", **options)
    assert run.out == []
    assert run.calls[-1].files.temporaries == []


def test_nothing_uploaded_is_nothing_to_export(run: Any) -> None:
    assert run.fails(Refused, "export").code == "no_clip"


# --- names that are taken --------------------------------------------------------------------------------------------


def test_a_taken_name_fails_before_the_work(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    target = run.folder / "out" / "x.mp4"
    target.write_text("mine")
    error = run.fails(InputError, "export", to="x.mp4")
    assert error.code == "exists"
    assert "collision" in error.hint
    assert target.read_text() == "mine"
    assert run.calls[-1].files.temporaries == []


def test_a_taken_sidecar_is_a_taken_name(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    (run.folder / "out" / "x.mp4.json").write_text("mine")
    assert run.fails(InputError, "export", to="x.mp4").code == "exists"


def test_a_folder_fails_before_the_work(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    (run.folder / "out" / "x.mp4").mkdir()
    assert run.fails(InputError, "export", to="x.mp4", collision="overwrite").code == "is_folder"
    assert run.calls[-1].files.temporaries == []


def test_a_number_makes_room(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    names = [run.do("export", to="x.mp4", collision="number", preview=True).artifacts[0].path.name for _ in range(3)]
    assert names == ["x.mp4", "x-2.mp4", "x-3.mp4"]


def test_overwriting_replaces_file_and_facts(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    first = run.do("export", to="x.mp4", preview=True).artifacts[0]
    run.do("edit", operations=[{"trim": {"end": 0.2}}])
    second = run.do("export", to="x.mp4", collision="overwrite").artifacts[0]
    assert first.sha256 != second.sha256
    assert json.loads((run.folder / "out" / "x.mp4.json").read_text())["sha256"] == second.sha256


@pytest.mark.parametrize("how", ["itself", "link"])
def test_the_source_is_never_written_over(run: Any, media: Any, how: str) -> None:
    out = run.folder / "out"
    out.mkdir()
    source = out / "mine.mp4"
    source.write_bytes(media.silent.read_bytes())
    given = source
    if how == "link":
        given = run.folder / "other.mp4"
        os.link(source, given)
    run.do("upload", files=str(given))
    assert run.fails(InputError, "export", to="mine.mp4", collision="overwrite").code == "over_source"
    assert source.read_bytes() == media.silent.read_bytes()


# --- what an instruction asked for -----------------------------------------------------------------------------------


def test_words_about_the_file_are_followed(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    run.do("edit", instruction="make it a 180p webm")
    result = run.do("export")
    assert result.artifacts[0].path.name == "silent-edited.webm"
    assert (result.outputs["width"], result.outputs["height"]) == (180, 320)


def test_the_exports_own_options_win_and_it_is_said(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    run.do("edit", instruction="make it a 180p webm")
    result = run.do("export", format="mp4", size="90x120")
    assert [finding.text for finding in result.findings if finding.level == "WARN"] == [
        "the instruction asked for webm; the export says mp4, and has it",
        "the instruction asked for 180x320; the export says 90x120, and has it",
    ]
    assert (result.outputs["width"], result.outputs["height"]) == (90, 120)


def test_a_box_bounds_what_the_words_asked_for(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    run.do("edit", instruction="make it 480p")
    result = run.do("export", max_size="320x240")
    assert (result.outputs["width"], result.outputs["height"]) == (240, 320)


def test_a_file_that_nothing_uses_is_named(run: Any, media: Any) -> None:
    run.do("upload", files=[str(media.silent), str(media.image)])
    result = run.do("export", preview=True)
    assert Finding("WARN", "beach.png was uploaded, but nothing uses it") in result.findings


# --- breaks ----------------------------------------------------------------------------------------------------------


def test_what_was_delivered_before_the_process_died_is_not_rendered_again(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    call = run.call("export")
    first = run.do("export", call, to="x.mp4")
    again = next_attempt(call)
    second = run.do("export", again, to="x.mp4")
    assert second.outputs == first.outputs
    assert len(call.files.temporaries) == 1
    told = call_log(again).notes
    assert told.count("the picture is copied, not encoded again") == 1  # of the first attempt
    assert told[-1] == "x.mp4 was finished before"


def test_a_source_that_changed_since_is_not_rendered(run: Any, media: Any, tmp_path: Path) -> None:
    source = tmp_path / "mine.mp4"
    source.write_bytes(media.silent.read_bytes())
    run.do("upload", files=str(source))
    source.write_bytes(media.clip.read_bytes())
    assert run.fails(InputError, "export").code == "source_changed"
    source.unlink()
    assert run.fails(InputError, "export").code == "source_gone"


def test_a_source_that_was_put_back_as_it_was_is_rendered(run: Any, media: Any, tmp_path: Path) -> None:
    source = tmp_path / "mine.mp4"
    source.write_bytes(media.silent.read_bytes())
    run.do("upload", files=str(source))
    source.write_bytes(bytes(source.stat().st_size))
    assert run.fails(InputError, "export").code == "source_changed"
    source.write_bytes(media.silent.read_bytes())
    assert run.do("export", preview=True).artifacts


def test_cancelling_stops_the_render_and_leaves_nothing(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.clip))
    token = CancelToken()
    call = run.call("export", clock=Clock(token))
    seen = threading.Event()

    def emit(kind: str, data: Any) -> None:
        if kind == "stage.progress" and data["fraction"]:
            seen.set()
            token.cancel()

    with pytest.raises(Cancelled):
        run.do("export", replace(call, emit=emit))
    assert seen.is_set()
    assert run.out == []


def test_progress_goes_up_to_the_end(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    call = run.call("export")
    run.do("export", call)
    fractions = [data["fraction"] for data in call_log(call).of("stage.progress")]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


# --- nothing of the person's own is lost -----------------------------------------------------------------------------


def test_a_folder_with_files_of_its_own_is_never_replaced_by_frames(run: Any, media: Any) -> None:
    precious = run.folder / "out" / "mine.png" / "notes.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("precious", "utf-8")
    run.do("upload", files=str(media.silent))
    assert run.fails(InputError, "export", to="mine.png", collision="overwrite").code == "is_folder"
    assert precious.read_text("utf-8") == "precious"


def test_a_file_is_never_replaced_by_a_folder_of_frames(run: Any, media: Any) -> None:
    plain = run.folder / "out" / "mine.png"
    plain.parent.mkdir(parents=True)
    plain.write_bytes(b"a picture")
    run.do("upload", files=str(media.silent))
    assert run.fails(InputError, "export", to="mine.png", collision="overwrite").code == "is_file"
    assert plain.read_bytes() == b"a picture"


def test_a_folder_of_frames_is_replaced_where_that_is_asked_for(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    run.do("export", to="frames.png", fps=5)
    few = len(list((run.folder / "out" / "frames.png").iterdir()))
    run.do("export", run.call("export"), to="frames.png", collision="overwrite", fps=10)
    assert len(list((run.folder / "out" / "frames.png").iterdir())) > few


def test_a_second_upload_of_a_clip_is_refused_rather_than_left_unedited(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    assert run.fails(InputError, "upload", files=str(media.clip)).code == "second_clip"
    run.do("upload", files=str(media.image))


# --- photos ----------------------------------------------------------------------------------------------------------


def photo(folder: Path, name: str, *, clear: bool = False) -> Path:
    pixels = np.random.default_rng(0).integers(30, 226, (90, 160, 4), np.uint8)
    pixels[..., 3] = 255
    if clear:
        pixels[:40, :, 3] = 0
    image = Image.fromarray(pixels)
    (image.convert("RGB") if name.endswith((".jpg", ".jpeg", ".avif")) else image).save(folder / name)
    return folder / name


@pytest.mark.parametrize(
    ("given", "options", "name", "form"),
    [
        ("a.png", {}, "a-edited.png", "PNG"),
        ("a.jpeg", {}, "a-edited.jpg", "JPEG"),
        ("a.webp", {}, "a-edited.webp", "WEBP"),
        ("a.bmp", {}, "a-edited.png", "PNG"),
        ("a.tiff", {}, "a-edited.png", "PNG"),
        ("a.avif", {}, "a-edited.jpg", "JPEG"),
        ("a.jpg", {"to": "b.png"}, "b.png", "PNG"),
        ("a.png", {"to": "b.jpeg"}, "b.jpeg", "JPEG"),
        ("a.png", {"to": "b.JPG"}, "b.JPG", "JPEG"),
        ("a.png", {"format": "webp"}, "a-edited.webp", "WEBP"),
        ("a.png", {"to": "b", "format": "jpg"}, "b.jpg", "JPEG"),
    ],
)
def test_a_photo_makes_a_photo(run: Any, tmp_path: Path, given: str, options: Any, name: str, form: str) -> None:
    run.do("upload", files=str(photo(tmp_path, given)))
    run.do("edit", operations=[{"crop": "1:1"}])
    result = run.do("export", **options)
    (made,) = result.artifacts
    assert made.path == run.folder / "out" / name
    with Image.open(made.path) as image:
        assert (image.format, image.size) == (form, (90, 90))
    assert "duration" not in result.outputs
    assert (result.outputs["width"], result.outputs["height"]) == (90, 90)


@pytest.mark.parametrize(
    "operation",
    [
        {"trim": {"duration": 5}},
        {"title": "HI", "duration": 2},
        {"title": "HI", "start": 1},
        {"music": "song.wav"},
        {"join": ["clip.mp4"]},
        {"background": {"media": "clip.mp4"}},
    ],
)
def test_what_takes_time_makes_a_video_of_a_photo_and_no_picture(
    run: Any, media: Any, tmp_path: Path, operation: dict[str, Any]
) -> None:
    still = photo(tmp_path, "a.jpg")
    run.do("upload", files=[str(still)])
    run.do("upload", files=[str(media.clip), str(media.song)], use="material")
    state = replace(
        LocalState.read(run.state), edits=({"instruction": None, "operations": [_whole(operation, media)]},)
    )
    for name in ("b.jpg", "b.png"):
        with pytest.raises(Refused, match=r"is one picture, and \".*\" takes time") as caught:
            wanted_file(state, {"to": name})
        assert caught.value.code == "one_picture"
    wanted = wanted_file(state, {})
    assert wanted.spec.format == "mp4"
    assert any("so this makes a video" in finding.text for finding in wanted.findings)


def _whole(operation: dict[str, Any], media: Any) -> dict[str, Any]:
    text = json.dumps(operation).replace("clip.mp4", str(media.clip)).replace("song.wav", str(media.song))
    return dict(json.loads(text))


def test_a_picture_of_a_video_is_refused_and_its_frames_are_not(run: Any, media: Any) -> None:
    run.do("upload", files=str(media.silent))
    error = run.fails(Refused, "export", to="x.jpg")
    assert (error.code, error.message) == ("one_picture", "a jpg is one picture, and the clip moves")
    assert "png makes a folder of frames" in error.hint
    assert run.do("export", to="x.png").artifacts[0].path.is_dir()


def test_a_photo_partly_clear_becomes_no_jpeg_unless_that_is_said(run: Any, tmp_path: Path) -> None:
    clear = photo(tmp_path, "a.tiff", clear=True)
    run.do("upload", files=str(clear))
    with Image.open(run.do("export").artifacts[0].path) as image:
        assert (image.format, image.mode, image.getpixel((5, 5))[3]) == ("PNG", "RGBA", 0)
    result = run.do("export", to="a.jpg")
    assert any("carries no transparency" in finding.text for finding in result.findings)


def test_a_video_of_a_large_photo_fits_where_videos_are_played_and_a_photo_of_it_is_whole(
    run: Any, tmp_path: Path
) -> None:
    Image.new("RGB", (4000, 3000), (200, 30, 30)).save(tmp_path / "large.jpg")
    run.do("upload", files=str(tmp_path / "large.jpg"))
    assert run.do("export").outputs["width"] == 4000
    run.do("edit", operations=[{"trim": {"duration": 0.2}}])
    result = run.do("export")
    assert (result.outputs["width"], result.outputs["height"], result.outputs["format"]) == (2880, 2160, "mp4")
    assert any("made to fit into 3840x2160" in finding.text for finding in result.findings)
