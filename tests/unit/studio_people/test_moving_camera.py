"""People removed from clips of cameras that pan, shake and are cut, against exact truth; what fails is said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.edits.people import examine
from clipline.studio.edits.remove import PlateRemoval
from clipline.studio.finding.survey import Survey
from clipline.studio.finding.track import Track
from clipline.studio.pictures.box import Box
from clipline.studio.pictures.light import Light, fit_light, lit
from clipline.studio.pictures.picture import Picture
from clipline.studio.reading.media import probe
from clipline.studio.reading.samples import read_samples
from clipline.studio.scenes.difference import EmptyScene
from clipline.studio.scenes.mosaic import make_mosaic
from clipline.studio.scenes.motion import CameraPath
from clipline.studio.scenes.plate import Plate, PlateSamples
from clipline.studio.scenes.register import Sight, match
from clipline.timeline import Background, Remove
from clipline.values import Color
from filmed_clips import Film, film, joined
from metrics import frames, psnr
from studio_clips import rendered

SIZE = (320, 180)


def picture(image: np.ndarray) -> Picture:
    height, width = image.shape[:2]
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    y, u, v = np.split(planes, [width * height, width * height * 5 // 4])
    half = height // 2, width // 2
    return Picture(y.reshape(height, width), u.reshape(half), v.reshape(half), 0.0, 0)


def texture(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 255, (240, 400, 3)).astype(np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 2.0), None, 30, 220, cv2.NORM_MINMAX)


@pytest.fixture(scope="module")
def panned(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film(
        tmp_path_factory.mktemp("film") / "pan.mp4", "pan", 0, size=SIZE, count=40, fps=20, who="portrait", flicker=0.1
    )


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return film(
        tmp_path_factory.mktemp("film") / "deep.mp4", "pan", 1, size=SIZE, count=24, fps=20, who="portrait", depth=0.6
    )


def scores(made: Film, output: Path) -> Sequence[float]:
    return [
        psnr(image, made.clean[number], made.people(number))
        for number, image in enumerate(frames(output))
        if np.count_nonzero(made.people(number)) > 200
    ]


def test_a_picture_is_registered_to_a_tenth_of_a_pixel_though_the_light_has_changed() -> None:
    image = texture(1)
    truth = np.array([[1.01, -0.02, 11.3], [0.02, 1.01, -6.6], [0, 0, 1]])
    later = cv2.warpPerspective(image, truth, image.shape[1::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    darker = np.clip(later * 0.85 + 5, 0, 255).astype(np.uint8)
    found = match(Sight(picture(image), []), Sight(picture(darker), []))
    assert found is not None
    corners = np.array([[[0, 0], [399, 0], [399, 239], [0, 239]]], np.float64)
    there, wanted = (cv2.perspectiveTransform(corners, matrix) for matrix in (found.matrix, truth))
    assert np.abs(there - wanted).max() < 0.15
    assert found.share > 0.9


def test_pictures_of_two_places_are_not_registered() -> None:
    assert match(Sight(picture(texture(1)), []), Sight(picture(texture(2)), [])) is None


def test_light_is_measured_and_taken_back() -> None:
    now = picture(texture(3))
    planes = now.y, now.u, now.v
    light = Light(0.8, 9.0, 2.0, -3.0)
    small = tuple(cv2.resize(plane, (200, 120)) for plane in lit(planes, light))
    found = fit_light((cv2.resize(now.y, (200, 120)), now.u, now.v), small, np.full((120, 200), 255, np.uint8))
    assert np.allclose(found, light, atol=0.5)
    same = lit(lit(planes, light), light.back)
    assert np.abs(same[0].astype(int) - now.y).max() <= 1
    assert lit(planes, Light()) is planes


def test_somebody_is_removed_though_the_camera_pans_and_the_light_wanders(panned: Film, tmp_path: Path) -> None:
    result = rendered(panned.path, tmp_path / "gone.mp4", Remove("person"), strict=True)
    assert not any("low quality" in finding.text for finding in result.findings)
    assert np.mean(scores(panned, tmp_path / "gone.mp4")) > 32


def test_a_quick_look_says_that_the_camera_moves(panned: Film) -> None:
    look = examine(panned.path, Remove("person"), info=probe(panned.path), clock=Clock())
    assert look.camera_moves
    assert [finding.level for finding in look.findings] == ["INFO"]
    background = Background(Color(0, 255, 0))
    assert examine(panned.path, background, info=probe(panned.path), clock=Clock()).findings == ()


def test_things_near_the_camera_are_said_to_spoil_a_removal_and_strict_quality_refuses_it(
    deep: Film, tmp_path: Path
) -> None:
    findings = rendered(deep.path, tmp_path / "gone.mp4", Remove("person")).findings
    assert any(finding.level == "WARN" and "low quality" in finding.text for finding in findings)
    with pytest.raises(Refused, match=r"low quality|cannot be followed"):
        rendered(deep.path, tmp_path / "strict.mp4", Remove("person"), strict=True)
    assert not (tmp_path / "strict.mp4").exists()


@pytest.mark.parametrize("deep", [True, False])
def test_in_a_scene_with_depth_what_somebody_walked_past_stays_as_it_is(deep: bool) -> None:
    boxes = [Box(left, 60, left + 60, 160) for left in (60, 60, 200)]
    track = Track([0.0, 0.2, 2.0], boxes)
    looks = [(time, [box]) for time, box in zip(track.times, boxes, strict=True)]
    survey = Survey(SIZE, 0.2, looks, [track], [], camera_moves=True, stretches=[], samples=PlateSamples())
    empty = picture(cv2.resize(texture(4), SIZE))
    none = np.zeros_like(empty.y)
    scene = EmptyScene(Plate(empty.y, empty.u, empty.v, none, none))
    scene.deep = deep
    removal = PlateRemoval(survey, [track], [], scene, Clock())
    for number in range(51):
        now = picture(cv2.resize(texture(4), SIZE))
        now.time = number / 25
        box = track.at(now.time)
        assert box is not None
        now.y[60:160, round(box.left) : round(box.right)] = 255
        now.y[40:170, 90:110] = 0  # a post, which is elsewhere on the plate
        shown = removal.process(now)
    assert shown.y[60:160, 205:255].mean() < 200  # nobody is there
    assert (shown.y[50:160, 95:105].mean() < 10) == deep


def test_each_shot_of_a_clip_that_is_cut_is_treated_for_itself(panned: Film, tmp_path: Path) -> None:
    still = film(tmp_path / "still.mp4", "still", 4, size=SIZE, count=24, fps=20, who="portrait")
    clip = joined(tmp_path / "cut.mp4", [still, panned], fps=20)
    findings = rendered(clip.path, tmp_path / "gone.mp4", Remove("person"), strict=True).findings
    assert any("the shot that begins at 1.20s" in finding.text for finding in findings)
    assert np.mean(scores(clip, tmp_path / "gone.mp4")) > 31


def test_a_camera_that_is_whirled_around_is_said_and_refused_where_quality_is_strict(tmp_path: Path) -> None:
    clip = film(tmp_path / "whirl.mp4", "whirl", 2, size=SIZE, count=30, fps=20, who="portrait").path
    findings = rendered(clip, tmp_path / "gone.mp4", Remove("person")).findings
    assert any(finding.level == "WARN" and "cannot be followed" in finding.text for finding in findings)
    with pytest.raises(Refused, match="cannot be followed"):
        rendered(clip, tmp_path / "strict.mp4", Remove("person"), strict=True)


def test_a_thing_that_is_never_away_is_cut_out_as_what_it_is_though_the_camera_moves(panned: Film) -> None:
    bicycle = Box(120, 60, 200, 140, kind="bicycle")
    camera, kinds = CameraPath(), set()
    for sample in read_samples(panned.path, 0.0, 1.0, step=0.2, clock=Clock()):
        camera.add(sample, [bicycle])

    def cut_out(picture: Picture, boxes: Sequence[Box]) -> np.ndarray:
        kinds.update(box.kind for box in boxes)
        return np.zeros_like(picture.y)

    make_mosaic(
        panned.path,
        camera.stretches[0],
        0,
        SIZE,
        doubtful=lambda _: [bicycle],
        people=lambda _: [bicycle],
        cut_out=cut_out,
        clock=Clock(),
    )
    assert kinds == {"bicycle"}
