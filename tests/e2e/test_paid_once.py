"""Attempts to make a run pay twice, lose what was paid for, or need a hand where the service would have told."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from clipline.clock import CancelToken
from clipline.http.line import Line
from cloud_runs import UPLOAD, Cloud, cloud, edit, export, intents, pipeline


def statuses(service: Cloud, result: Any, name: str = "edit") -> list[str]:
    return [effect.status for effect in intents(service, result, name)]


# --- stopped before anything was sent --------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["the person", "the stage's time"])
def test_an_edit_that_is_stopped_while_it_still_connects_was_not_sent_and_is_simply_sent_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    cancel, plain, seen = CancelToken(), Line.watch, []

    def slow(line: Line, event: str, info: Any) -> None:
        if seen == ["edit"] and event.endswith("connect_tcp.started"):
            seen.append("connecting")
            if by == "the person":
                cancel.cancel()
            time.sleep(0.6)
        plain(line, event, info)

    monkeypatch.setattr(Line, "watch", slow)
    with cloud(tmp_path, real=True) as service:
        stages = ["auth", UPLOAD, edit(**({"timeout": "0.3s"} if by != "the person" else {})), export()]
        first = service.run(
            pipeline(*stages),
            cancel=cancel,
            on_event=lambda event: seen.append("edit") if event.data.get("name") == "edit" and not seen else None,
        )
        assert first.exit == (130 if by == "the person" else 1), first.errors
        assert statuses(service, first) == ["void"]
        second = service.resume(first)
        assert second.status == "done", second.errors
        assert statuses(service, second) == ["void", "done"]
        assert (len(service.asked("message")), len(service.charges)) == (1, 1)
