"""Faults as data: what a file of them may say, and which complaints it gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipline.errors import InputError
from clipline.mockserver import KINDS, PHASES, Fault, fault_from_json, load_faults


def test_a_fault_is_read_with_defaults() -> None:
    fault = fault_from_json({"route": "message", "kind": "reset"})
    assert fault == Fault("message", 1, "after_effect", "reset")


def test_a_fault_comes_back_from_its_json() -> None:
    fault = Fault("upload", (1, 3), "after_bytes", "reset", after=5, effect="lost")
    assert fault_from_json(json.loads(json.dumps(fault.as_json()))) == fault


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"route": "mesage", "kind": "reset"}, "unknown route 'mesage' of a fault; did you mean 'message'?"),
        ({"route": "message", "kind": "rest"}, "did you mean 'reset'?"),
        ({"route": "message", "kind": "reset", "phase": "before_efect"}, "did you mean 'before_effect'?"),
        ({"route": "message", "kind": "reset", "fase": "at_end"}, "unknown key 'fase'"),
        ({"route": "message", "kind": "reset", "effect": "gone"}, "unknown effect"),
        ({"route": "message", "kind": "status", "envelope": "xml"}, "unknown envelope"),
        ({"route": "message"}, "at least a route and a kind"),
        ({"route": "message", "kind": "status", "phase": "at_headers"}, "cannot strike at_headers"),
        ({"route": "credits", "kind": "no_text"}, "knows the routes message"),
        ({"route": "state", "kind": "render_failed"}, "knows the routes render"),
        ({"route": "token", "kind": "dead_session", "phase": "before_effect"}, "knows the routes claim"),
        ({"route": "message", "kind": "reset", "nth": 0}, "nth"),
        ({"route": "message", "kind": "reset", "nth": "often"}, "nth"),
        ({"route": "message", "kind": "reset", "nth": []}, "nth"),
        ({"route": "message", "kind": "reset", "nth": True}, "nth"),
        ({"route": "message", "kind": "status", "status": 99}, "200 to 599"),
        ({"route": "message", "kind": "status", "status": "503"}, "status is a number"),
        ({"route": "message", "kind": "reset", "phase": "delay_effect"}, "needs `delay`"),
        ({"route": "state", "kind": "reset", "phase": "delay_effect", "delay": 3}, "late or lost"),
        ({"route": "message", "kind": "reset", "phase": "before_effect", "effect": "lost"}, "none to lose"),
        ({"route": "message", "kind": "reset", "status": 503}, "does not use status"),
        ({"route": "message", "kind": "reset", "after": 3}, "does not use after"),
        ({"route": "message", "kind": "heartbeats_only", "form": "loud"}, "unknown form"),
        ({"route": "message", "kind": "reset", "phase": "after_bytes", "after": -1}, "not negative"),
        ([], "JSON object"),
    ],
)
def test_a_wrong_fault_is_told_what_is_wrong(fault: object, words: str) -> None:
    with pytest.raises(InputError) as caught:
        fault_from_json(fault)  # type: ignore[arg-type]
    assert words in caught.value.message + caught.value.hint


def test_a_file_tells_which_fault_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps([{"route": "state", "kind": "reset"}, {"route": "state", "kind": "x"}]))
    with pytest.raises(InputError, match=r"faults\.json: fault 2: unknown kind 'x'"):
        load_faults(path)


def test_a_file_may_hold_one_fault_or_many(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    path.write_text(json.dumps({"route": "state", "kind": "reset"}))
    assert len(load_faults(path)) == 1
    path.write_text("[]")
    assert load_faults(path) == ()


def test_a_file_that_is_no_json_or_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    with pytest.raises(InputError, match="cannot be read"):
        load_faults(path)
    for text in ("- route: state", "[" * 20_000, '[{"after": ' + "9" * 5000 + "}]"):
        path.write_text(text)
        with pytest.raises(InputError, match="no JSON"):
            load_faults(path)


@pytest.mark.parametrize("text", ['"nth": "from %s"' % ("9" * 5000), '"seconds": 1e999', '"seconds": NaN'])
def test_a_number_that_no_clock_counts_to_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "faults.json").write_text(f'{{"route": "state", "kind": "stall", {text}}}')
    with pytest.raises(InputError, match=r"nth is a number|at most 1000000000"):
        load_faults(tmp_path / "faults.json")


@pytest.mark.parametrize(
    ("nth", "hit"),
    [(2, [2]), ((1, 3), [1, 3]), ("every", [1, 2, 3, 4]), ("from 3", [3, 4])],
)
def test_nth_says_which_calls_are_hit(nth: object, hit: list[int]) -> None:
    fault = Fault("state", nth, "before_effect", "reset")  # type: ignore[arg-type]
    assert [number for number in range(1, 5) if fault.strikes(number)] == hit


@pytest.mark.parametrize(
    ("route", "name", "method", "path", "matches"),
    [
        ("state", "state", "GET", "/x", True),
        ("state", "render", "GET", "/x", False),
        ("*", "render", "GET", "/x", True),
        ("GET /api/render/*", "render_status", "GET", "/api/render/proxy/lambda/r", True),
        ("GET /api/render/*", "render", "POST", "/api/render/proxy/lambda", False),
        ("* /api/render/*", "render", "POST", "/api/render/proxy/lambda", True),
    ],
)
def test_a_route_is_a_name_or_a_pattern(route: str, name: str, method: str, path: str, matches: bool) -> None:
    assert Fault(route, 1, "before_effect", "reset").matches(name, method, path) is matches


def test_every_kind_knows_phases_that_there_are() -> None:
    assert all(set(phases) <= set(PHASES) for phases in KINDS.values())
