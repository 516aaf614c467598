from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from tests.engine_world import World, kind_plugin, stages_of

from clipline.engine.state import MAX_STATE, Scope
from clipline.errors import PluginError, StageFailed
from clipline.stage import StageCall, StageResult


def test_changes_to_different_keys_are_put_together() -> None:
    scope = Scope("", {"a": 1, "b": 2, "gone": 3})
    before = scope.state
    with scope.advancing(before, {"a": 1, "b": 5, "gone": 3, "new": 6}, "one"):
        pass
    with scope.advancing(before, {"a": 9, "b": 2}, "two") as whole:
        assert whole == {"a": 9, "b": 5, "new": 6}
    assert scope.state == {"a": 9, "b": 5, "new": 6}


def test_two_changes_of_one_key_are_refused_unless_they_agree() -> None:
    scope = Scope("", {"a": 1})
    before = scope.state
    with scope.advancing(before, {"a": 2}, "one"):
        pass
    with scope.advancing(before, {"a": 2}, "two"):
        pass
    with pytest.raises(StageFailed, match="same time"), scope.advancing(before, {"a": 3}, "three"):
        pass
    assert scope.state == {"a": 2}


def test_what_could_not_be_journalled_does_not_count() -> None:
    scope = Scope("", {"a": 1})
    with pytest.raises(OSError, match="disk"), scope.advancing(scope.state, {"a": 2}, "one"):
        raise OSError("disk")
    assert scope.state == {"a": 1}


@pytest.mark.parametrize("state", [["a"], {"x": object()}, {"x": "y" * MAX_STATE}])
def test_a_state_is_a_small_json_object(state: Any) -> None:
    with pytest.raises(PluginError), Scope("", {}).advancing({}, state, "one"):
        pass


def test_the_journal_ends_with_the_state_of_all_stages_side_by_side(tmp_path: Path) -> None:
    together = threading.Barrier(8, timeout=20)

    def meet(call: StageCall, options: Any) -> StageResult:
        together.wait()
        return StageResult(state={**call.state, call.path: 1})

    world = World(tmp_path, kind_plugin({"meet": meet}))
    for _ in range(3):
        result = world.run(stages_of({"parallel": [{"stage": "meet", "id": f"m{n}"} for n in range(8)], "id": "p"}))
        writer = world.journal.continue_(result.run_id)
        assert writer.scopes() == {"": {f"p.m{n}": 1 for n in range(8)}}
        writer.close()
