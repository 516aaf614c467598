"""The door to all that is done with people, on small scenes whose truth is exact."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from clipline.clock import CancelToken, Clock
from clipline.errors import Bug, Cancelled, InputError, Refused
from clipline.studio.edits.people import examine, prepare
from clipline.studio.pictures.picture import ColorSpace, Picture, PictureOperation
from clipline.studio.reading.media import probe
from clipline.timeline import Background, Blur, Isolate, Media, Remove, Transparent
from clipline.values import Color
from filmed_clips import film
from media_maker import make_image
from metrics import frames, iou, kept_mask, psnr, strayed
from people_clips import Placed, empty_street, scene, silhouettes
from studio_clips import rendered

SIZE = (640, 360)
GREEN = Color(0, 255, 0)
NEAR = Placed(lambda number: 60 + number, top=90, height=270)
FAR = Placed(lambda number: 470 - 6 * number, top=170, height=110, flipped=True)
WALKER = Placed(lambda number: -60 + 14 * number, top=120, height=200)
RUNNER = Placed(lambda number: -100 + 22 * number, top=60, height=280)


@pytest.fixture(scope="module")
def walker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene(tmp_path_factory.mktemp("scene") / "walker.mp4", [WALKER])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene(tmp_path_factory.mktemp("scene") / "two.mp4", [FAR, NEAR])


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scene(tmp_path_factory.mktemp("scene") / "nobody.mp4", [], count=12)


def prepared(
    clip: Path, operation: Background | Remove | Isolate, *, clock: Clock | None = None, alpha: bool = False
) -> PictureOperation:
    info = probe(clip)
    return prepare(
        operation,
        source=clip,
        spans=[(0.0, info.duration)],
        info=info,
        space=ColorSpace("bt601"),
        threads=1,
        clock=clock or Clock(),
        progress=lambda _fraction: None,
        strict=False,
        alpha=alpha,
    )


def picture(clip: Path, number: int) -> Picture:
    """One frame of a clip as the studio gives it to operations."""
    image = list(frames(clip))[number]
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    whole, quarter = SIZE[0] * SIZE[1], SIZE[0] * SIZE[1] // 4
    half = (SIZE[1] // 2, SIZE[0] // 2)
    y, u, v = np.split(planes, [whole, whole + quarter])
    return Picture(y.reshape(SIZE[::-1]), u.reshape(half), v.reshape(half), number / 20, number)


def test_somebody_far_away_is_kept_on_a_new_background(walker: Path, tmp_path: Path) -> None:
    output = tmp_path / "green.mp4"
    rendered(walker, output, Background(GREEN))
    scores = [
        iou(kept_mask(image, (0, 255, 0)), silhouettes([WALKER], number, SIZE))
        for number, image in enumerate(frames(output))
        if 10 <= number <= 35
    ]
    assert np.mean(scores) > 0.9
    assert min(scores) > 0.8


@pytest.mark.parametrize("person", [WALKER, RUNNER], ids=["walker", "runner"])
def test_nothing_shows_where_a_moving_person_was_a_moment_ago(person: Placed, tmp_path: Path) -> None:
    clip, output = scene(tmp_path / "scene.mp4", [person]), tmp_path / "white.mp4"
    rendered(clip, output, Background(Color(255, 255, 255)))
    for number, image in enumerate(frames(output)):
        there = silhouettes([person], number, SIZE)
        assert strayed(image, (255, 255, 255), there) < 200 + 0.08 * np.count_nonzero(there), f"frame {number}"


def test_somebody_who_walks_through_is_removed(walker: Path, tmp_path: Path) -> None:
    output = tmp_path / "gone.mp4"
    assert rendered(walker, output, Remove("person")).findings == ()
    empty = empty_street((800, 450))[:360, :640]
    scores = [
        psnr(image, empty, silhouettes([WALKER], number, SIZE))
        for number, image in enumerate(frames(output))
        if 5 <= number <= 38
    ]
    assert np.mean(scores) > 31


def test_with_the_background_person_removed_the_foreground_person_stays(two: Path, tmp_path: Path) -> None:
    output = tmp_path / "one.mp4"
    rendered(two, output, Remove("background_person"))
    empty = empty_street((800, 450))[:360, :640]
    for number, (image, source) in enumerate(zip(frames(output), frames(two), strict=True)):
        near, far = silhouettes([NEAR], number, SIZE), silhouettes([FAR], number, SIZE)
        # While one walks behind the other, where the one ends and the other begins is known less well.
        apart = number < 31
        assert psnr(image, source, near) > (30 if apart else 22)
        if number < 34:
            assert psnr(image, empty, far & ~near) > (33 if apart else 25)


def test_the_background_person_is_filled_with_a_color_and_nobody_else(two: Path, tmp_path: Path) -> None:
    output = tmp_path / "filled.mp4"
    rendered(two, output, Remove("background_person", GREEN))
    image = list(frames(output))[10]
    near, far = silhouettes([NEAR], 10, SIZE), silhouettes([FAR], 10, SIZE)
    filled = ~kept_mask(image, (0, 255, 0))
    assert np.count_nonzero(filled & far) > 0.93 * np.count_nonzero(far)
    assert np.count_nonzero(filled & near) < 0.01 * np.count_nonzero(near)


def test_isolating_the_background_person_takes_the_foreground_person_away(two: Path, tmp_path: Path) -> None:
    output = tmp_path / "isolated.mp4"
    rendered(two, output, Isolate("background_person", GREEN))
    kept = kept_mask(list(frames(output))[4], (0, 255, 0))
    assert iou(kept, silhouettes([FAR], 4, SIZE)) > 0.8


def test_a_transparent_background_is_an_alpha_plane(walker: Path) -> None:
    operation = prepared(walker, Background(Transparent()), alpha=True)
    result = operation.process(picture(walker, 20))
    assert result.alpha is not None
    assert iou(result.alpha > 127, silhouettes([WALKER], 20, SIZE)) > 0.88


def test_where_transparency_cannot_be_the_isolated_stand_on_black(walker: Path) -> None:
    result = prepared(walker, Isolate("person")).process(picture(walker, 20))
    assert result.alpha is None
    assert set(np.unique(result.y[:80])) == {16}


def test_an_image_behind_people_covers_the_picture(walker: Path, tmp_path: Path) -> None:
    behind = make_image(tmp_path / "red.png", (100, 100), (200, 30, 30))
    output = tmp_path / "red.mp4"
    rendered(walker, output, Background(Media(str(behind))))
    image = next(frames(output))
    assert np.abs(image[:100].astype(int) - (30, 30, 200)).max() < 12


def test_a_clip_behind_people_begins_again_when_it_ends(walker: Path, nobody: Path, tmp_path: Path) -> None:
    output = tmp_path / "street.mp4"
    rendered(walker, output, Background(Media(str(nobody))))
    images = list(frames(output))
    assert len(images) == 40
    assert psnr(images[38], next(frames(nobody)), ~silhouettes([Placed(WALKER.left, 100, 260)], 38, SIZE)) > 24


def test_a_blurred_background_loses_its_detail_and_the_person_does_not(walker: Path, tmp_path: Path) -> None:
    output = tmp_path / "blur.mp4"
    rendered(walker, output, Background(Blur(20)))
    image, source = list(frames(output))[20], list(frames(walker))[20]
    inside = cv2.erode(silhouettes([WALKER], 20, SIZE).astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    assert psnr(image, source, inside) > 30
    assert cv2.Laplacian(image[:100], cv2.CV_32F).std() < 0.3 * cv2.Laplacian(source[:100], cv2.CV_32F).std()


@pytest.mark.parametrize("operation", [Background(GREEN), Remove("people"), Isolate("person"), Remove("person", GREEN)])
def test_a_clip_without_people_is_refused(nobody: Path, operation: Background | Remove | Isolate) -> None:
    with pytest.raises(Refused, match=r"no person was found in nobody\.mp4"):
        prepared(nobody, operation)
    with pytest.raises(Refused, match=r"no person was found in nobody\.mp4"):
        examine(nobody, operation, info=probe(nobody), clock=Clock())


def test_a_quick_look_counts_people_and_finds_the_foreground_one(two: Path) -> None:
    examination = examine(two, Remove("background_person"), info=probe(two), clock=Clock())
    assert (examination.people, examination.found, examination.camera_moves) == (2, True, False)
    assert examination.foreground is not None
    assert examination.foreground.height > 220


def test_what_is_never_seen_is_made_up_and_said(tmp_path: Path) -> None:
    clip = scene(tmp_path / "standing.mp4", [Placed(lambda _number: 200, top=90, height=270)], count=16)
    (finding,) = rendered(clip, tmp_path / "gone.mp4", Remove("person")).findings
    assert finding.level == "WARN"
    assert "never seen" in finding.text


def test_one_stands_all_the_time_and_another_leaves_the_picture(tmp_path: Path) -> None:
    leaves = Placed(lambda number: 200 + 20 * number, top=100, height=165, flipped=True)
    clip = scene(tmp_path / "clip.mp4", [Placed(lambda _: 60, top=90, height=180), leaves], size=(480, 270), count=30)
    rendered(clip, tmp_path / "out.mp4", Remove("person"))
    image = list(frames(tmp_path / "out.mp4"))[4]
    street = empty_street((640, 360))[:270, :480]
    assert psnr(image, street, silhouettes([leaves], 4, (480, 270))) > 25


def test_cancelling_ends_the_survey_and_the_work(walker: Path) -> None:
    token = CancelToken()
    operation = prepared(walker, Background(GREEN), clock=Clock(token))
    token.cancel()
    with pytest.raises(Cancelled):
        operation.process(picture(walker, 0))
    with pytest.raises(Cancelled):
        prepared(walker, Remove("person"), clock=Clock(token))


def test_a_picture_of_another_size_is_a_bug(walker: Path) -> None:
    operation = prepared(walker, Remove("person"))
    small = Picture(np.zeros((90, 160), np.uint8), np.zeros((45, 80), np.uint8), np.zeros((45, 80), np.uint8), 0.0, 0)
    with pytest.raises(Bug, match="160, 90"):
        operation.process(small)


def test_a_background_file_that_is_no_picture_is_an_input_error(walker: Path, tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(InputError, match=r"text\.png"):
        prepared(walker, Background(Media(str(tmp_path / "text.png"))))


def test_the_first_and_last_of_somebody_at_the_border_is_not_left(tmp_path: Path) -> None:
    made = film(tmp_path / "in.mp4", "still", 1, size=(480, 270), count=50, who="portrait")
    rendered(made.path, tmp_path / "alone.mp4", Isolate("person", GREEN))
    for image, alpha in zip(frames(tmp_path / "alone.mp4"), made.alpha, strict=True):
        there = alpha > 0.5
        if np.count_nonzero(there) > 400:
            kept = kept_mask(image, (0, 255, 0))
            assert np.count_nonzero(kept & there) > 0.6 * np.count_nonzero(there)
