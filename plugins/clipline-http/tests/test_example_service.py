"""Runs against the example service: an upload to a signed address, an idempotency key, a look-up, free failures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from form_service import answer, once, reset, slow
from services import described

import clipline
from clipline.testing import VirtualClock, tiny_clip
from clipline_http.example.server import ExampleServer

KEY = "canary-4711"
FIND = (
    "find:                                     # asked first where an answer was lost\n"
    "  request: GET /jobs\n"
    '  query: {reference: "{job.key}"}\n'
    "  list: /jobs\n"
    '  where: {/reference: "{job.key}"}\n'
    "  take: {id: /job}\n"
    "  within: 1s\n"
)


@pytest.fixture
def server() -> Iterator[ExampleServer]:
    with ExampleServer() as started:
        yield started


class Scene:
    """A folder with a clip, a description and a journal."""

    def __init__(self, folder: Path, server: ExampleServer) -> None:
        self.folder, self.server = folder, server
        self.clip = tiny_clip(folder / "clip.mp4")
        self.file = folder / "greyscale.yaml"
        self.events: list[clipline.Event] = []
        self.describe()

    def describe(self, *changes: tuple[str, str]) -> None:
        described(self.file, self.server.url)
        text = self.file.read_text("utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.file.write_text(text, "utf-8")

    def pipeline(self, **export: Any) -> dict[str, Any]:
        stages: list[Any] = [
            "auth",
            {"stage": "upload", "with": {"files": str(self.clip)}},
            {"stage": "edit", "with": {"instruction": "make it black and white"}},
            {"stage": "export", "with": {"to": "made.mp4", **export}},
        ]
        return {"clipline": 1, "name": "grey", "stages": stages}

    @property
    def given(self) -> dict[str, Any]:
        settings = {"http.service": str(self.file), "http.token": KEY}
        return {"settings": settings, "state": self.folder / "state", "on_event": self.events.append}

    def run(self, pipeline: dict[str, Any] | None = None, **more: Any) -> clipline.RunResult:
        out = self.folder / "out"
        return clipline.run(pipeline or self.pipeline(), {}, backend="http", out=out, **{**self.given, **more})

    def resume(self, result: clipline.RunResult, **more: Any) -> clipline.RunResult:
        return clipline.resume(result.run_id, **{**self.given, **more})

    def asked(self, route: str) -> list[dict[str, str]]:
        return [headers for name, _, headers in self.server.requests if name == route]

    @property
    def jobs(self) -> list[str]:
        return [job.status for job in self.server.world.jobs.values()]

    @property
    def told(self) -> str:
        return "\n".join(str(event.data.get("text", "")) for event in self.events)


@pytest.fixture
def scene(tmp_path: Path, server: ExampleServer) -> Scene:
    return Scene(tmp_path, server)


def error(result: clipline.RunResult) -> dict[str, Any]:
    return dict(result.errors[0])


def until(holds: Callable[[], Any]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def colour_of(file: Path) -> float:
    """How far the chroma is from grey, at most."""
    with av.open(str(file)) as container:
        frame = next(container.decode(video=0)).reformat(format="yuv444p").to_ndarray()
    return float(abs(frame[1:].astype(float) - 128).max())


# --- the work --------------------------------------------------------------------------------------------------------


def test_the_clip_comes_back_really_edited_and_charged_once(scene: Scene) -> None:
    result = scene.run()
    assert (result.status, result.exit) == ("done", 0), result.as_json()
    made = scene.folder / "out" / "made.mp4"
    assert colour_of(scene.clip) > 20 > 4 > colour_of(made)
    assert scene.server.world.ledger[0][1] == result.credits == 3
    assert len(scene.server.world.ledger) == 1
    facts = json.loads(made.with_name("made.mp4.json").read_text("utf-8"))
    assert facts["instructions"] == ["make it black and white"]
    assert facts["service"]["job"].keys() == {"id"}


def test_credentials_go_to_the_service_and_not_with_signed_addresses(scene: Scene) -> None:
    scene.describe(("    headers: {Content-Type", "    auth: false\n    headers: {Content-Type"))
    scene.run()
    assert {each.get("authorization") for each in scene.asked("look")} == {f"Bearer {KEY}"}
    assert scene.asked("put")[0].get("authorization") is None
    assert scene.asked("put")[0]["content-type"] == "video/mp4"


def test_a_pipeline_says_values_of_the_service(scene: Scene) -> None:
    pipeline = scene.pipeline()
    pipeline["stages"][2]["with"]["http"] = {"strength": 0.0}
    assert scene.run(pipeline).status == "done"
    assert colour_of(scene.folder / "out" / "made.mp4") > 20


def test_what_the_service_does_not_do_is_done_here_to_the_finished_file(scene: Scene) -> None:
    result = scene.run(scene.pipeline(to="made.webm", size="64x48"))
    assert result.status == "done", result.as_json()
    with av.open(str(scene.folder / "out" / "made.webm")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (64, 48)
    assert colour_of(scene.folder / "out" / "made.webm") < 8
    assert sorted(path.name for path in (scene.folder / "out").iterdir()) == ["made.webm", "made.webm.json"]


def test_no_more_jobs_go_on_at_once_than_the_description_allows(scene: Scene) -> None:
    scene.server.world.hold.clear()
    clips = [tiny_clip(scene.folder / f"clip{n}.mp4") for n in range(4)]
    stages = scene.pipeline()["stages"]
    stages[1]["with"]["files"] = "${{ clip }}"
    stages[3]["with"]["to"] = "{name}-made.mp4"
    loop = {"for_each": [str(clip) for clip in clips], "as": "clip", "max_parallel": 4, "stages": stages}
    results: list[clipline.RunResult] = []
    run = threading.Thread(target=lambda: results.append(scene.run({"clipline": 1, "name": "many", "stages": [loop]})))
    run.start()
    until(lambda: "waits until another job" in scene.told)
    time.sleep(0.5)
    assert len(scene.jobs) == 2
    scene.server.world.hold.set()
    run.join(60)
    assert results[0].status == "done"
    assert scene.jobs == ["done"] * 4


# --- lost answers ----------------------------------------------------------------------------------------------------

_LOST = [reset, answer(500, {}), answer(502, b"<html>", Content_Type="text/html"), answer(200, b"{"), answer(200, {})]


@pytest.mark.parametrize("act", _LOST)
@pytest.mark.parametrize("way", ["both", "key", "find"])
def test_a_job_whose_answer_was_lost_is_found_and_charged_once(scene: Scene, act: Any, way: str) -> None:
    key = (
        "    key: Idempotency-Key                  # a request that is sent again with its key makes no second job\n",
        "",
    )
    scene.describe(*{"both": [], "key": [(FIND, "")], "find": [key]}[way])
    scene.server.trouble = once("submit", "after", act)
    result = scene.run()
    assert result.status == "done", result.as_json()
    assert scene.jobs == ["done"]
    assert len(scene.server.world.ledger) == 1
    assert any("its outcome was adopted" in finding.text for _, finding in result.findings)
    assert len(scene.asked("submit")) == (2 if way == "key" else 1)


def test_a_request_that_never_arrived_is_known_not_to_be_done_once_it_could_show_up_no_more(scene: Scene) -> None:
    scene.describe(("    key: Idempotency-Key", "#   key: Idempotency-Key"))
    scene.server.trouble = once("submit", "before", reset)
    result = scene.run()
    assert result.status == "done", result.as_json()
    assert scene.jobs == ["done"]
    assert len(scene.asked("submit")) == 2
    assert "it can take effect until" in scene.told


def test_an_answer_that_takes_too_long_is_a_lost_one(scene: Scene) -> None:
    scene.describe(("answer: 5s", "answer: 0.5s"))
    scene.server.trouble = once("submit", "after", slow(2.0))
    assert scene.run().status == "done"
    assert scene.jobs == ["done"]


def test_a_refused_job_costs_nothing_and_is_told_in_the_service_s_words(scene: Scene) -> None:
    pipeline = scene.pipeline()
    pipeline["stages"][2]["with"]["instruction"] = "remove the person"
    result = scene.run(pipeline)
    assert (result.exit, error(result)["code"]) == (1, "refused")
    assert "black and white, negative or mirrored" in error(result)["message"]
    assert not scene.jobs


def test_a_signed_address_is_written_nowhere_and_got_anew_by_a_resumed_run(scene: Scene) -> None:
    scene.describe(('source: "{clip.id}"', 'source: "{clip.id}"\n    from: "{clip.put}"'))
    scene.server.trouble = once("submit", "before", answer(402, {}))
    waiting = scene.run()
    assert (waiting.status, waiting.exit) == ("waiting", 4)
    for file in (scene.folder / "state").rglob("*"):
        assert not file.is_file() or b"ticket=" not in file.read_bytes()
    assert len(scene.asked("put")) == 1
    assert scene.resume(waiting).status == "done"
    assert len(scene.asked("put")) == 2
    assert "is handed over once more" in scene.told


# --- looking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        answer(500, {}),
        answer(429, {}, Retry_After="0"),
        answer(200, b"<html>"),
        answer(200, {}),
        answer(200, b'"' + b"x" * (5 * 1024 * 1024) + b'"'),
        answer(404, {}),
        reset,
    ],
)
def test_trouble_while_looking_is_waited_out(scene: Scene, act: Any) -> None:
    scene.server.trouble = once("look", "before", act, times=2)
    assert scene.run().status == "done"
    assert scene.jobs == ["done"]


def test_a_status_that_nobody_described_goes_on_and_is_told_once(scene: Scene) -> None:
    scene.server.trouble = once("look", "before", answer(200, {"status": "musing"}), times=3)
    assert scene.run().status == "done"
    assert scene.told.count("'musing'") == 1
    assert "look.done" in scene.told


def test_a_status_that_nobody_described_ends_as_the_limits_say_and_names_the_list(scene: Scene) -> None:
    scene.describe(("wait: 20s", "wait: 0.3s"), ("done: [done]", "done: [ready]"))
    waiting = scene.run()
    assert (waiting.status, error(waiting)["code"]) == ("waiting", "job_running")
    assert "'done'" in error(waiting)["message"]
    assert "look.done" in error(waiting)["hint"]
    parts = [event.data["fraction"] for event in scene.events if "Greyscale: done" in str(event.data.get("text"))]
    assert parts
    assert set(parts) == {None}, "it says nothing of how far it is"
    scene.describe()
    assert scene.resume(waiting).status == "done"
    assert scene.jobs == ["done"]


def test_a_reply_without_the_address_of_the_file_is_told_at_once(scene: Scene) -> None:
    scene.describe(("take: {url: /file}", "take: {url: /fil}"))
    failed = scene.run()
    assert (failed.exit, error(failed)["code"]) == (1, "no_file_told")
    assert "nothing at /fil, where 'job.url'" in error(failed)["message"]
    assert not scene.asked("file")
    scene.describe()
    assert scene.resume(failed).status == "done"
    assert scene.jobs == ["done"], "it is not paid again"


def test_a_job_that_takes_too_long_leaves_the_run_waiting_and_is_collected_later(scene: Scene) -> None:
    scene.describe(("wait: 20s", "wait: 0.3s"))
    scene.server.world.hold.clear()
    waiting = scene.run()
    assert (waiting.status, waiting.exit, error(waiting)["code"]) == ("waiting", 5, "job_running")
    scene.server.world.hold.set()
    until(lambda: scene.jobs == ["done"])
    assert scene.resume(waiting).status == "done"
    assert scene.jobs == ["done"]


def test_a_job_that_failed_for_nothing_is_submitted_anew_by_resume_alone(scene: Scene) -> None:
    scene.server.trouble = once("look", "before", answer(200, {"status": "failed", "error": {"message": "too dark"}}))
    failed = scene.run()
    assert (failed.exit, error(failed)["code"]) == (1, "job_failed")
    assert "too dark" in error(failed)["message"]
    assert (len(scene.jobs), failed.credits) == (1, 0)
    number = next(iter(scene.server.world.jobs))
    scene.server.world.jobs[number].status = "failed"
    resumed = scene.resume(failed)
    assert (resumed.status, resumed.credits) == ("done", 3)
    assert scene.jobs == ["failed", "done"]


def test_a_job_that_is_gone_is_not_paid_again(scene: Scene) -> None:
    scene.server.trouble = once("look", "before", answer(404, {}), times=100)
    lost = scene.run()
    assert (lost.exit, error(lost)["code"]) == (1, "job_lost")
    assert scene.resume(lost).exit == 1
    assert len(scene.jobs) == 1


# --- the file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", [answer(403, {}), answer(200, b"<html>sorry</html>"), answer(200, b"")])
def test_an_address_that_is_not_good_any_more_is_asked_for_again(scene: Scene, act: Any) -> None:
    scene.server.trouble = once("file", "before", act, times=5 if act is None else 1)
    assert scene.run().status == "done"


def test_an_address_that_has_changed_is_found_by_another_look(scene: Scene) -> None:
    def expire(handler: Any) -> bool:
        for job in scene.server.world.jobs.values():
            job.ticket = "another"
        return False

    scene.server.trouble = once("file", "before", expire)
    assert scene.run().status == "done"
    assert [path.rpartition("=")[2] for name, path, _ in scene.server.requests if name == "file"][1:] == ["another"]


def test_what_is_no_video_is_not_delivered(scene: Scene) -> None:
    scene.server.trouble = once("file", "before", answer(200, b"<html>sorry</html>"), times=9)
    result = scene.run()
    assert (result.exit, error(result)["code"]) == (3, "bad_export")
    assert not (scene.folder / "out").exists() or not list((scene.folder / "out").iterdir())
    assert scene.resume(result).status == "failed"
    scene.server.trouble = lambda *_: False
    assert scene.resume(result).status == "done"
    assert scene.jobs == ["done"], "the file is fetched again, and nothing is paid again"


# --- stopping --------------------------------------------------------------------------------------------------------


def stopped(scene: Scene) -> clipline.RunResult:
    """A run that is told to stop while its job waits at the service."""
    token = clipline.CancelToken()
    scene.server.world.hold.clear()

    def stop() -> None:
        until(lambda: len(scene.asked("look")) > 2)
        token.cancel()

    threading.Thread(target=stop, daemon=True).start()
    result = scene.run(cancel=token)
    scene.server.world.hold.set()
    return result


def test_a_cancelled_run_cancels_a_job_that_costs_nothing_then_and_resume_starts_it_anew(scene: Scene) -> None:
    result = stopped(scene)
    assert (result.status, result.exit) == ("cancelled", 130)
    assert scene.jobs == ["cancelled"]
    assert "the job was cancelled at Greyscale" in scene.told
    resumed = scene.resume(result)
    assert (resumed.status, resumed.credits) == ("done", 3), "the cancelled one costs nothing"
    assert scene.jobs == ["cancelled", "done"]
    assert len(scene.server.world.ledger) == 1


@pytest.mark.parametrize("change", [("", ""), ("    key: Idempotency-Key", "#   key: Idempotency-Key"), (FIND, "")])
def test_a_run_that_is_stopped_before_the_answer_came_finds_its_job(scene: Scene, change: tuple[str, str]) -> None:
    token = clipline.CancelToken()

    def stop(_: Any) -> bool:
        token.cancel()
        time.sleep(1.0)
        return False

    scene.describe(change)
    scene.server.trouble = once("submit", "after", stop)
    result = scene.run(cancel=token)
    assert (result.status, len(scene.jobs)) == ("cancelled", 1)
    assert scene.resume(result).status == "done"
    assert scene.jobs == ["done"]
    assert len(scene.server.world.ledger) == 1


def cut_off(scene: Scene, **more: Any) -> clipline.RunResult:
    """A run that was stopped while its job was begun; nobody saw the answer."""
    token = clipline.CancelToken()

    def stop(_: Any) -> bool:
        token.cancel()
        time.sleep(1.0)
        return False

    scene.server.trouble = once("submit", "after", stop)
    result = scene.run(cancel=token, **more)
    assert (result.status, len(scene.jobs)) == ("cancelled", 1)
    return result


@pytest.mark.parametrize("without", [FIND, "    key: Idempotency-Key"])
def test_a_lost_job_is_not_looked_for_in_another_account(scene: Scene, without: str) -> None:
    scene.describe((without, "#" if without.startswith(" ") else ""))
    result = cut_off(scene)
    other = scene.resume(result, settings={**scene.given["settings"], "http.token": "somebody-else"})
    assert (other.exit, len(scene.jobs)) == (6, 1), other.as_json()
    assert "another token" in error(other)["hint"]
    assert scene.resume(result).status == "done", "with its own token"
    assert len(scene.server.world.ledger) == 1


@pytest.mark.parametrize(("hours", "status", "sent"), [(23, 0, 2), (25, 6, 1)])
def test_a_key_is_sent_again_as_long_as_a_service_keeps_it(scene: Scene, hours: int, status: int, sent: int) -> None:
    clock = VirtualClock()
    scene.describe((FIND, ""))
    result = cut_off(scene, clock=clock)
    clock.advance(hours * 3600.0)
    clock.token = clipline.CancelToken()
    resumed = scene.resume(result, clock=clock)
    assert (resumed.exit, len(scene.asked("submit"))) == (status, sent), resumed.as_json()
    assert len(scene.jobs) == 1


@pytest.mark.parametrize(
    "change", [("failed: free ", "failed: charged "), ("cancel:\n  request: DELETE /jobs/{job.id}\n", "")]
)
def test_a_cancelled_run_leaves_a_job_alone_that_is_charged_and_resume_collects_it(
    scene: Scene, change: tuple[str, str]
) -> None:
    scene.describe(change)
    result = stopped(scene)
    assert result.status == "cancelled"
    assert "the job goes on at Greyscale; to collect it: clipline resume" in scene.told
    until(lambda: scene.jobs == ["done"])
    assert scene.resume(result).status == "done"
    assert scene.jobs == ["done"]


def test_a_job_that_ended_before_it_could_be_cancelled_is_collected(scene: Scene) -> None:
    def finish_first(handler: Any, route: str, moment: str) -> bool:
        if (route, moment) == ("cancel", "before"):
            scene.server.world.hold.set()
            until(lambda: scene.jobs == ["done"])
        return False

    scene.server.trouble = finish_first
    result = stopped(scene)
    assert result.status == "cancelled"
    assert scene.resume(result).status == "done"
    assert scene.jobs == ["done"]
    assert len(scene.server.world.ledger) == 1


def test_after_kill_9_while_the_job_goes_on_resume_collects_it(scene: Scene) -> None:
    scene.server.world.hold.clear()
    file = scene.folder / "grey.json"
    file.write_text(json.dumps(scene.pipeline()), "utf-8")
    environment = {
        **os.environ,
        "CLIPLINE_STATE": str(scene.folder / "state"),
        "CLIPLINE_HTTP_SERVICE": str(scene.file),
        "CLIPLINE_HTTP_TOKEN": KEY,
    }
    command = [
        sys.executable,
        "-m",
        "clipline",
        "run",
        str(file),
        "--backend",
        "http",
        "--out",
        str(scene.folder / "out"),
    ]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        until(lambda: len(scene.asked("look")) > 2 or process.poll() is not None)
        process.kill()
        said = process.stdout.read() if process.stdout else b""
    assert scene.jobs == ["queued"], said
    assert KEY.encode() not in said
    scene.server.world.hold.set()
    done = subprocess.run(
        [sys.executable, "-m", "clipline", "resume"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert scene.jobs == ["done"]
    assert (scene.folder / "out" / "made.mp4").exists()


# --- money and secrets -----------------------------------------------------------------------------------------------


def test_a_job_over_the_budget_is_not_submitted(scene: Scene) -> None:
    with pytest.raises(clipline.CliplineError, match="estimated at 3 credits, and the budget is 2"):
        scene.run({**scene.pipeline(), "budget": {"credits": 2}})
    assert not scene.server.requests


def test_a_taken_name_stops_the_run_before_anything_is_sent(scene: Scene) -> None:
    (scene.folder / "out").mkdir()
    (scene.folder / "out" / "made.mp4").write_bytes(b"mine")
    with pytest.raises(clipline.CliplineError, match="exists already"):
        scene.run()
    assert not scene.server.requests
    assert scene.run(scene.pipeline(to="made.{ext}", collision="number")).status == "done"
    assert (scene.folder / "out" / "made-2.mp4").exists()


@pytest.mark.parametrize("token", ["wrong", None])
def test_without_a_token_that_is_taken_nothing_is_begun(scene: Scene, token: str | None) -> None:
    settings = {"http.service": str(scene.file), **({"http.token": token} if token else {})}
    result = scene.run(settings=settings)
    assert (result.exit, error(result)["code"]) == (4, "token_refused" if token else "token_missing")
    assert not scene.asked("place")


@pytest.mark.parametrize("route", ["none", "account", "place", "submit", "look", "file"])
def test_the_token_and_signed_addresses_are_written_nowhere_and_said_to_nobody(scene: Scene, route: str) -> None:
    def echo(handler: Any) -> bool:
        words = f"no {handler.headers.get('Authorization')} here: {KEY} http://x/y?ticket=1234"
        handler.reply(422, {"error": {"message": words}})
        return True

    scene.server.trouble = once(route, "before", echo, times=2)
    result = scene.run()
    told = json.dumps([event.data for event in scene.events], default=str) + json.dumps(result.as_json())
    assert (KEY in told, "ticket=" in told) == (False, False)
    for file in scene.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert (KEY.encode() in content, b"ticket=" in content) == (False, False), file


def test_a_run_begins_at_the_address_that_is_set_and_goes_on_at_no_other(scene: Scene) -> None:
    scene.describe((scene.server.url, "http://127.0.0.1:1"), ("wait: 20s", "wait: 0.3s"))
    settings = {"http.service": str(scene.file), "http.token": KEY, "http.api_url": f"{scene.server.url}/v1"}
    scene.server.world.hold.clear()
    waiting = scene.run(settings=settings)
    assert waiting.status == "waiting", waiting.as_json()
    moved = scene.resume(waiting)
    assert error(moved)["code"] == "other_service"
    scene.server.world.hold.set()
    until(lambda: scene.jobs == ["done"])
    assert scene.resume(moved, settings=settings).status == "done"
