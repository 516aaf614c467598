"""Parts taken out of a clip, clips joined: which frames are seen when, and that the sound stays with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.pictures.picture import Finding, Picture
from clipline.studio.reading.media import probe
from clipline.studio.rendering.render import RenderSpec, render
from clipline.timeline import Crop, Cut, Join, Remove, Resize, Segment, Sound, Timeline, Title, Track, Trim, apply
from clipline.values import Size, parse_color
from media_maker import make_clip, plain_picture
from studio_clips import bars, gray, rendered, sound_of, timeline_of, times

SIZE = (160, 120)


def joined(clip: Path, other: Path, crossfade: float = 0.0) -> Timeline:
    return apply(timeline_of(clip), Join((str(other),), crossfade), lambda path: probe(Path(path)).duration)


def made(timeline: Timeline, output: Path, **spec: object) -> tuple[Finding, ...]:
    done = render(timeline, output, RenderSpec(**spec), clock=Clock(), progress=lambda _: None)  # type: ignore[arg-type]
    return done.findings


def clicks(seconds: float, *moments: float) -> NDArray[np.float32]:
    """Silence with a short click at each moment."""
    sound = np.zeros((2, round(seconds * 48000)), np.float32)
    for moment in moments:
        sound[:, round(moment * 48000) : round(moment * 48000) + 96] = 0.8
    return sound


@pytest.fixture(scope="module")
def noted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 25 a second, with a click when frames 5, 20 and 40 are shown."""
    path = tmp_path_factory.mktemp("cuts") / "noted.mp4"
    return make_clip(path, size=SIZE, seconds=2.0, sound_samples=clicks(2.0, 0.2, 0.8, 1.6))


def test_parts_that_are_cut_out_are_gone_and_the_rest_follows_with_its_sound(tmp_path: Path, noted: Path) -> None:
    result = rendered(noted, tmp_path / "out", Cut(((0.4, 0.6), (1.0, 1.52))))
    left = [*range(10), *range(15, 25), *range(38, 50)]
    assert bars(tmp_path / "out") == [number % 16 for number in left]
    assert result.frames == len(left)
    assert result.seconds == pytest.approx(len(left) / 25)
    assert times(tmp_path / "out") == [round(at / 25, 3) for at in range(len(left))]
    heard = np.flatnonzero(np.abs(sound_of(tmp_path / "out")) > 0.4)
    # The clicks of frames 5, 20 and 40, which are the 5th, 15th and 22nd now; AAC smears them by less than 3 ms.
    first = [group[0] / 48000 for group in np.split(heard, np.flatnonzero(np.diff(heard) > 4800) + 1)]
    assert first == pytest.approx([0.2, 0.6, 0.88], abs=0.003)


def test_what_is_left_on_both_sides_of_a_cut_dissolves_and_the_sound_stays_in_step(tmp_path: Path, noted: Path) -> None:
    result = rendered(noted, tmp_path / "out", Cut(((0.6, 1.2),), crossfade=0.2))
    assert result.seconds == pytest.approx(1.2)  # 0.6 and 0.8, of which 0.2 are seen at once
    seen = bars(tmp_path / "out")
    assert seen[:10] == list(range(10))
    assert seen[15:] == [number % 16 for number in range(35, 50)]
    heard = np.flatnonzero(np.abs(sound_of(tmp_path / "out")) > 0.4)
    first = [group[0] / 48000 for group in np.split(heard, np.flatnonzero(np.diff(heard) > 4800) + 1)]
    assert first == pytest.approx([0.2, 0.8], abs=0.003)  # the click of frame 40, five frames after the dissolve
    for parts in (((1.9, None),), ((0.1, 1.0),)):
        with pytest.raises(ValueError, match=r"nothing is left on one side|longer than the 0.1s there are of noted"):
            timeline_of(noted, Cut(parts, crossfade=0.2))


def test_a_clip_in_front_takes_the_frame_of_the_one_it_is_put_before(tmp_path: Path, noted: Path) -> None:
    """Another size, another rate, mono sound: the clip that is edited decides; its title and its clicks move along."""
    intro = make_clip(
        tmp_path / "intro.mp4",
        size=(96, 64),
        fps=50,
        seconds=1.0,
        pattern=lambda _index, _time: plain_picture((96, 64), (255, 255, 255)),
        sound_samples=clicks(1.0, 0.5)[:1],
    )
    titled = timeline_of(noted, Title("Hello", 0.4, 0.4))
    timeline = apply(titled, Join((str(intro),), 0.2, front=True), lambda _: 1.0)
    found = made(timeline, tmp_path / "out")
    info = probe(tmp_path / "out")
    assert (info.width, info.height, round(info.fps)) == (*SIZE, 25)
    assert info.duration == pytest.approx(2.8, abs=0.05)
    assert gray(tmp_path / "out", 0)[60].min() > 220
    assert bars(tmp_path / "out")[26:] == [number % 16 for number in range(6, 50)]
    heard = np.flatnonzero(np.abs(sound_of(tmp_path / "out")) > 0.4)
    first = [group[0] / 48000 for group in np.split(heard, np.flatnonzero(np.diff(heard) > 4800) + 1)]
    assert first == pytest.approx([0.5, 1.0, 1.6, 2.4], abs=0.003)
    assert [segment.start for segment in timeline.tracks[1].segments] == [pytest.approx(1.2)]
    assert any("intro.mp4 of 96x64 is fitted into the frame of noted.mp4" in finding.text for finding in found)


def test_what_is_cut_out_is_not_decoded(tmp_path: Path, noted: Path) -> None:
    """The operation sees the frames that stay, and the survey is told just these parts."""
    seen: list[int] = []
    told: list[object] = []

    class Watches:
        def process(self, picture: Picture) -> Picture:
            seen.append(picture.index)
            return picture

        def findings(self) -> tuple[Finding, ...]:
            return ()

    def prepare(*_: object, **given: object) -> Watches:
        told.append(given["spans"])
        return Watches()

    timeline = timeline_of(noted, Cut(((0.4, 1.6),)), Remove("person"))
    render(
        timeline,
        tmp_path / "out",
        RenderSpec(),
        clock=Clock(),
        progress=lambda _: None,
        prepare=prepare,  # type: ignore[arg-type]
    )
    assert seen == [*range(10), *range(40, 50)]
    assert told == [[(0.0, 0.4), (1.6, 2.0)]]


def test_a_title_lies_over_the_seam_and_one_said_before_a_cut_stays_with_its_picture(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "dark.mp4", size=SIZE, seconds=1.6, pattern=lambda *_: plain_picture(SIZE, (0, 0, 0)))
    timeline = timeline_of(clip, Title("A", start=1.2, duration=0.2), Cut(((0.4, 0.8),)), Title("B", 0.2, 0.4, "top"))
    made(timeline, tmp_path / "out", format="frames")
    bright = {}
    for half, rows in (("top", slice(0, 60)), ("bottom", slice(60, 120))):
        pictures = [gray(path)[rows].max() for path in sorted((tmp_path / "out").iterdir())]
        bright[half] = [number for number, most in enumerate(pictures) if most > 128]
    assert bright == {"top": list(range(5, 15)), "bottom": list(range(20, 25))}


def test_a_joined_clip_follows_fitted_to_the_frame_and_rate_of_the_first_and_that_is_said(tmp_path: Path) -> None:
    first = make_clip(tmp_path / "first.mp4", size=SIZE, seconds=0.4, sound=True, frequency=440)
    white = make_clip(
        tmp_path / "upright.mov",
        size=(200, 100),
        fps=50,
        seconds=0.4,
        rotation=90,
        pattern=lambda *_: plain_picture((200, 100), (230,) * 3),
        full_range=True,
        sound=True,
        frequency=880,
    )
    findings = made(joined(first, white), tmp_path / "out")
    info = probe(tmp_path / "out")
    assert (info.width, info.height, info.frames) == (160, 120, 20)
    assert times(tmp_path / "out") == [round(at / 25, 3) for at in range(20)]
    picture = gray(tmp_path / "out", 15).astype(int)
    # Upright, 100x200, scaled to 60x120 in the middle of black; as bright in the first one's range as in its own.
    assert picture[:, 55:105].mean() == pytest.approx(230, abs=4)
    assert picture[:, :44].max() < 30
    assert picture[:, 116:].max() < 30
    said = " / ".join(finding.text for finding in findings)
    assert "upright.mov of 100x200 is fitted into the frame of first.mp4" in said
    assert "upright.mov has 50 frames a second, the result has the 25 of first.mp4" in said
    assert loudest(sound_of(tmp_path / "out")[: 48000 * 4 // 10]) == pytest.approx(440, abs=10)
    assert loudest(sound_of(tmp_path / "out")[48000 * 45 // 100 :]) == pytest.approx(880, abs=10)


def loudest(sound: NDArray[np.float32]) -> float:
    """The frequency, in hertz, that is loudest in a sound."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * 48000 / len(sound))


def test_picture_and_sound_cross_fade_together(tmp_path: Path) -> None:
    black, white = (
        make_clip(
            tmp_path / f"{name}.mp4",
            size=SIZE,
            seconds=1.0,
            pattern=lambda *_, level=level: plain_picture(SIZE, (level,) * 3),
            sound=True,
            frequency=frequency,
        )
        for name, level, frequency in (("black", 0, 400), ("white", 255, 1000))
    )
    made(joined(black, white, 0.4), tmp_path / "out")
    assert probe(tmp_path / "out").frames == 40
    levels = [gray(tmp_path / "out", number).mean() for number in (14, 15, 20, 24, 25)]
    assert levels == pytest.approx([0, 0, 255 / 2, 255 * 0.9, 255], abs=4)
    sound = sound_of(tmp_path / "out")
    windows = [sound[at : at + 4800] for at in (24000, 36000, 60000)]
    power = [float(np.sqrt((window**2).mean())) for window in windows]
    assert power[1] == pytest.approx(power[0], rel=0.1)  # two sounds that differ are as loud together as each alone
    assert loudest(windows[0]) == pytest.approx(400, abs=15)
    assert loudest(windows[2]) == pytest.approx(1000, abs=15)


def test_what_was_done_before_a_join_is_not_done_to_what_follows_and_what_comes_after_is(tmp_path: Path) -> None:
    first = make_clip(tmp_path / "first.mp4", size=(320, 120), seconds=0.2)
    wide = make_clip(tmp_path / "wide.mp4", size=(320, 120), seconds=0.2)
    timeline = apply(timeline_of(first), Crop("1:1"))
    timeline = apply(timeline, Join((str(wide),)), lambda _: 0.2)
    timeline = apply(timeline, Resize(Size(160, 160)))
    findings = made(timeline, tmp_path / "out")
    assert gray(tmp_path / "out", 2).shape == (160, 160)
    assert gray(tmp_path / "out", 2)[2].max() > 30  # the crop fills its frame
    assert gray(tmp_path / "out", 7)[2].max() < 30  # the whole of the other one stands in it, with bars
    assert any("wide.mp4 of 320x120 is fitted" in finding.text for finding in findings)


def test_a_part_without_people_is_left_as_it_is_and_said_unless_all_are(tmp_path: Path, noted: Path) -> None:
    class Paints:
        def process(self, picture: Picture) -> Picture:
            picture.y[:] = 255
            return picture

        def findings(self) -> tuple[Finding, ...]:
            return ()

    def prepare(*_: object, source: Path, **__: object) -> Paints:
        if source.name == "other.mp4" or empty:
            raise Refused(f"no person was found in {source.name}", code="nobody")
        return Paints()

    other = make_clip(tmp_path / "other.mp4", size=SIZE, seconds=0.4)
    timeline = apply(joined(noted, other), Remove("person", parse_color("red")))

    def go() -> tuple[Finding, ...]:
        done = render(
            timeline,
            tmp_path / "out",
            RenderSpec(),
            clock=Clock(),
            progress=lambda _: None,
            prepare=prepare,  # type: ignore[arg-type]
        )
        return done.findings

    empty = False
    assert [finding.text for finding in go()] == ["no person was found in other.mp4; it is left as it is"]
    assert gray(tmp_path / "out", 0).min() > 220
    assert gray(tmp_path / "out", 55).min() < 60
    empty = True
    with pytest.raises(Refused, match=r"no person was found"):
        go()


def test_parts_of_a_service_draft_are_rendered_in_their_order(tmp_path: Path, noted: Path) -> None:
    parts = [Segment("a", 0.2, str(noted), 1.0), Segment("b", 0.2, str(noted), 0.4)]
    made(Timeline((Track("video", tuple(parts)),)), tmp_path / "out")
    assert bars(tmp_path / "out") == [number % 16 for number in [*range(25, 30), *range(10, 15)]]


def test_a_crossfade_longer_than_a_clip_is_refused(noted: Path) -> None:
    timeline = timeline_of(noted, Trim(0, 0.5))
    with pytest.raises(ValueError, match=r"a crossfade of 1s is longer than the 0.5s there are of noted"):
        apply(timeline, Join((str(noted),), 1.0), lambda _: 2.0)


def test_a_cut_through_a_crossfade_leaves_a_shorter_one(noted: Path) -> None:
    timeline = replace(joined(noted, noted, 1.0), tracks=joined(noted, noted, 1.0).tracks)
    cut = apply(timeline, Cut(((0.0, 1.5),)))
    (track,) = cut.tracks
    assert [(piece.source_start, piece.duration, piece.crossfade) for piece in track.segments] == [
        (1.5, 0.5, 0.0),
        (0.5, 1.5, 0.5),
    ]
    assert cut.duration == pytest.approx(timeline.duration - 1.5)


def test_a_fade_that_was_asked_for_stays_where_the_clip_begins(tmp_path: Path) -> None:
    """What is put in front of it afterwards takes no part in it."""
    loud = make_clip(tmp_path / "loud.mp4", size=SIZE, seconds=0.6, sound=True, level=0.5)
    faded = apply(timeline_of(loud), Sound(fade_in=0.5, fade_out=0.1))
    joined_both = apply(faded, Join((str(loud),), front=True), lambda _: 0.6)
    made(apply(joined_both, Join((str(loud),)), lambda _: 0.6), tmp_path / "out.wav.mp4")
    heard = np.abs(sound_of(tmp_path / "out.wav.mp4"))

    def level(start: float, end: float) -> float:
        return float(heard[round(start * 48000) : round(end * 48000)].max())

    assert level(0.0, 0.1) > 0.4  # before the clip
    assert level(0.62, 0.66) < 0.15  # its fade-in
    assert level(1.0, 1.08) > 0.35
    assert level(1.185, 1.195) < 0.15  # its fade-out
    assert level(1.25, 1.4) > 0.4  # behind it
