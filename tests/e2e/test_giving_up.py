"""A run that is forgotten gives up what still goes on for it at the service, or says that it goes on there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from clipline.app.forgetting import Forgotten, forget
from clipline.engine.results import RunResult
from clipline.journal import Journal
from cloud_runs import UPLOAD, Cloud, cloud, edit, export, fault, pipeline


def given_up(service: Cloud, run: RunResult, **others: object) -> Forgotten:
    """Forget a run; it is not in the journal then, whatever the service says."""
    settings = {**service.settings, **others}
    (forgotten,) = forget(
        [run.run_id], settings=settings, state=service.state, clock=service.clock, on_event=service.events.append
    )
    with Journal.open(service.state) as journal:
        assert journal.runs() == []
    return forgotten


def jobs(service: Cloud) -> list[str]:
    return [job["status"] for job in service.server.snapshot()["world"]["renders"].values()]


def test_the_render_of_a_run_that_waits_is_stopped_where_the_run_is_forgotten(tmp_path: Path) -> None:
    with cloud(tmp_path, render_polls=1000) as service:
        run = service.run()
        assert (run.status, jobs(service)) == ("waiting", ["processing"])
        assert given_up(service, run) == Forgotten(run.run_id)
        assert jobs(service) == ["cancelled"]
        (asked,) = service.asked("render_cancel")
        assert asked.headers["authorization"] == service.asked("render")[0].headers["authorization"]
        assert "told to stop the render" in service.notes[-1]


def test_the_renders_of_a_loop_are_all_stopped(tmp_path: Path) -> None:
    items = {"for_each": [1, 2], "as": "n", "stages": ["auth", UPLOAD, edit(), export("${{ loop.index }}.mp4")]}
    with cloud(tmp_path, render_polls=1000) as service:
        run = service.run(pipeline({**items, "for_each": "${{ [1, 2] }}"}))
        assert jobs(service) == ["processing"] * 2, run.errors
        assert given_up(service, run).goes_on == ()
        assert jobs(service) == ["cancelled"] * 2


def test_a_render_that_nobody_saw_the_start_of_is_stopped_too(tmp_path: Path) -> None:
    lost = [fault("render", "reset"), fault("render_status", "status", "before_effect", nth=(1, 2, 3, 4), status=503)]
    with cloud(tmp_path, *lost, render_polls=1000) as service:
        run = service.run()
        assert run.status != "done"
        assert given_up(service, run).goes_on == ()
        assert jobs(service) == ["cancelled"]


def test_where_the_service_cannot_be_reached_the_run_is_forgotten_and_what_goes_on_is_told(tmp_path: Path) -> None:
    with cloud(tmp_path, render_polls=1000) as service:
        run = service.run()
        number = next(iter(service.server.snapshot()["world"]["renders"]))
        service.server.close()
        (words,) = given_up(service, run).goes_on
        assert number in words
        assert "cannot reach" in words


def test_a_service_that_will_not_stop_a_render_is_told_of(tmp_path: Path) -> None:
    refusal = fault("render_cancel", "status", "before_effect", nth="every", status=403)
    with cloud(tmp_path, refusal, render_polls=1000) as service:
        (words,) = given_up(service, service.run()).goes_on
        assert "may go on" in words


def test_settings_that_name_another_service_stop_nothing_there(tmp_path: Path) -> None:
    with cloud(tmp_path, render_polls=1000) as service, cloud(tmp_path / "other") as other:
        run = service.run()
        (words,) = given_up(service, run, **{"nemo.api_url": other.server.url}).goes_on
        assert service.server.url in words
        assert not other.server.requests


def test_nothing_is_asked_for_a_run_whose_file_is_there(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        run = service.run()
        before = len(service.server.requests)
        assert given_up(service, run) == Forgotten(run.run_id)
        assert len(service.server.requests) == before
        assert service.made.is_file()


def test_a_backend_that_is_not_there_any_more_keeps_nobody_from_forgetting(tmp_path: Path) -> None:
    with cloud(tmp_path, render_polls=1000) as service:
        run = service.run()
        with closing(sqlite3.connect(service.state / "journal.sqlite", isolation_level=None)) as journal:
            journal.execute("UPDATE runs SET backend = 'elsewhere'")
        (words,) = given_up(service, run).goes_on
        assert "may go on" in words
