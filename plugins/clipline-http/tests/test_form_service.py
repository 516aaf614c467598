"""A service that takes the clip in a form, makes each edit a job and knows no idempotency: real sockets, real runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from form_service import FormService, answer, once, reset

import clipline
from clipline.errors import may_end_otherwise
from clipline.testing import tiny_clip

KEY = "secret-canary"


@pytest.fixture
def service() -> Iterator[FormService]:
    with FormService() as started:
        yield started


class Scene:
    """A folder with a clip, a description and a journal."""

    def __init__(self, folder: Path, service: FormService) -> None:
        self.folder, self.service = folder, service
        self.clip = tiny_clip(folder / "clip.mp4")
        self.file = service.describe(folder / "formful.yaml")
        self.events: list[clipline.Event] = []

    def pipeline(self, edits: int = 1, **more: Any) -> dict[str, Any]:
        numbered = [
            {"stage": "edit", "id": f"edit{n}", "with": {"instruction": f"wish {n}", **more}} for n in range(edits)
        ]
        return {
            "clipline": 1,
            "name": "form",
            "stages": [
                "auth",
                {"stage": "upload", "with": {"files": str(self.clip)}},
                *numbered,
                {"stage": "export", "with": {"to": "made.mp4", "collision": "overwrite"}},
            ],
        }

    @property
    def given(self) -> dict[str, Any]:
        settings = {"http.service": str(self.file), "http.token": KEY}
        state, out = self.folder / "state", self.folder / "out"
        return {"settings": settings, "state": state, "out": out, "on_event": self.events.append}

    def run(self, pipeline: dict[str, Any] | None = None) -> clipline.RunResult:
        return clipline.run(pipeline or self.pipeline(), {}, backend="http", **self.given)

    def resume(self, result: clipline.RunResult, **more: Any) -> clipline.RunResult:
        given = self.given
        given.pop("out")
        return clipline.resume(result.run_id, **given, **more)


@pytest.fixture
def scene(tmp_path: Path, service: FormService) -> Scene:
    return Scene(tmp_path, service)


def error(result: clipline.RunResult) -> dict[str, Any]:
    return json.loads(json.dumps(result.as_json()))["errors"][0]


def test_the_form_has_the_clip_and_the_file_comes_from_another_host_without_the_token(scene: Scene) -> None:
    result = scene.run()
    assert (result.status, result.exit) == ("done", 0)
    (form,) = scene.service.jobs.values()
    assert form == {
        "prompt": (None, b"wish 0"),
        "seed": (None, b"7"),
        "video": ("clip.mp4", scene.clip.read_bytes()),
    }
    assert (scene.folder / "out" / "made.mp4").read_bytes().endswith(b"freeMARK")
    of_api = [headers for where, _, headers in scene.service.asked if where == "api"]
    of_files = [headers for where, _, headers in scene.service.asked if where == "files"]
    assert {(each.get("x-api-key"), each.get("x-version")) for each in of_api} == {(f"Key {KEY}", "2026-01-01")}
    assert [set(each) & {"x-api-key", "x-version", "authorization"} for each in of_files] == [set()]


def test_a_second_edit_goes_on_from_the_first(scene: Scene) -> None:
    result = scene.run(scene.pipeline(edits=2, http={"style": "noir"}))
    assert result.status == "done", result.as_json()
    first, second = scene.service.jobs.values()
    assert "again" not in first
    assert second["again"] == (None, b"1")
    assert second["style"] == (None, b"noir")
    assert any("/files/2" in path for where, path, _ in scene.service.asked if where == "files")


@pytest.mark.parametrize("act", [reset, answer(500, {"detail": "oh"}), answer(200, b"<html>"), answer(200, [{}])])
def test_a_lost_answer_stops_the_run_with_6_and_only_the_person_sends_it_again(scene: Scene, act: Any) -> None:
    scene.service.trouble = once("POST", "after", act)
    stopped = scene.run()
    assert (stopped.status, stopped.exit) == ("failed", 6)
    assert len(scene.service.jobs) == 1
    assert scene.resume(stopped).exit == 6
    assert len(scene.service.jobs) == 1
    assert scene.resume(stopped, resend=True).status == "done"
    assert len(scene.service.jobs) == 2


@pytest.mark.parametrize(
    ("act", "exit_", "code"),
    [
        (answer(401, {"detail": f"no such key: Key {KEY}"}), 4, "token_refused"),
        (answer(402, {}), 4, "no_credits"),
        (answer(200, {"code": 1001}), 4, "no_credits"),
        (answer(422, {"detail": "prompt: too vague"}), 1, "refused"),
    ],
)
def test_a_refusal_is_known_to_cost_nothing_and_resume_sends_it_anew(
    scene: Scene, act: Any, exit_: int, code: str
) -> None:
    scene.service.trouble = once("POST", "before", act)
    refused = scene.run()
    assert (refused.exit, error(refused)["code"]) == (exit_, code)
    assert KEY not in json.dumps(refused.as_json())
    assert not scene.service.jobs
    resumed = scene.resume(refused)
    assert resumed.status == "done", resumed.as_json()
    assert len(scene.service.jobs) == 1


def test_a_refusal_has_no_hint_to_do_the_same_again(scene: Scene) -> None:
    scene.service.trouble = once("POST", "before", answer(422, {"detail": "prompt: too vague"}))
    refused = scene.run()
    assert not any(map(may_end_otherwise, refused.as_json()["errors"]))
    assert "resume" not in error(refused)["hint"]


def test_without_a_token_auth_says_so_though_the_service_tells_nothing_of_accounts(scene: Scene) -> None:
    result = clipline.run(
        scene.pipeline(), {}, backend="http", **{**scene.given, "settings": {"http.service": str(scene.file)}}
    )
    assert (result.exit, error(result)["code"], error(result)["stage"]) == (4, "token_missing", "auth")
    assert "http.token" in error(result)["hint"]
    assert "CLIPLINE_HTTP_TOKEN" in error(result)["hint"]
    assert not scene.service.asked


def test_a_web_page_of_somebody_in_between_proves_nothing(scene: Scene) -> None:
    scene.service.trouble = once("POST", "after", answer(403, b"<html>", Content_Type="text/html"))
    assert scene.run().exit == 6


def test_busy_is_waited_for_as_long_as_it_says(scene: Scene) -> None:
    scene.service.trouble = once("POST", "before", answer(429, {}, Retry_After="1"), times=2)
    result = scene.run()
    assert result.status == "done"
    assert len(scene.service.jobs) == 1
    assert [event.data["text"] for event in scene.events if "once more in 1 s" in event.data.get("text", "")]


def test_a_failed_job_that_was_charged_is_not_paid_again(scene: Scene) -> None:
    scene.service.state = 3
    failed = scene.run()
    assert (failed.exit, error(failed)["code"]) == (1, "job_failed")
    assert "too dark" in error(failed)["message"]
    assert "charged" in error(failed)["hint"]
    assert scene.resume(failed).exit == 1
    assert len(scene.service.jobs) == 1


def test_a_budget_holds_before_anything_is_sent(scene: Scene) -> None:
    pipeline = {**scene.pipeline(edits=2), "budget": {"credits": 8}}
    stopped = scene.run(pipeline)
    assert (stopped.exit, error(stopped)["code"]) == (4, "budget")
    assert len(scene.service.jobs) == 1, "the first cost 4, and another is estimated at 5"
    with pytest.raises(clipline.CliplineError, match="estimated at 5 credits, and the budget is 4"):
        scene.run({**scene.pipeline(), "budget": {"credits": 4}})
    assert len(scene.service.jobs) == 1


def test_what_the_service_cannot_do_is_said_before_anything_is_sent(scene: Scene) -> None:
    with pytest.raises(clipline.CliplineError, match='no value "stile"; did you mean "style"'):
        scene.run(scene.pipeline(http={"stile": "x"}))
    pipeline = scene.pipeline()
    pipeline["stages"][2]["with"] = {"operations": [{"trim": {"end": 0.5}}]}
    with pytest.raises(clipline.CliplineError, match='cannot do the option "operations"'):
        scene.run(pipeline)
    assert not scene.service.asked


def test_the_token_is_written_nowhere(scene: Scene) -> None:
    scene.run(scene.pipeline(edits=2))
    for file in scene.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert KEY.encode() not in content, file
            assert b"s1gn" not in content, file
    told = json.dumps([event.data for event in scene.events], default=str)
    assert KEY not in told
    assert "s1gn" not in told
