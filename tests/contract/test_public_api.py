"""What others build on: names and signatures that change only on purpose."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import clipline
from clipline import stage
from clipline.hookspecs import BackendSpecs, LifeCycleSpecs, RegistrationSpecs, StageSpecs

ROOT = Path(__file__).resolve().parents[2]


def test_the_public_names_are_these() -> None:
    assert sorted(clipline.__all__) == [
        "BatchResult",
        "BatchRow",
        "CancelToken",
        "CliplineError",
        "Clock",
        "Event",
        "RunResult",
        "Settings",
        "StageOutcome",
        "__version__",
        "batch",
        "check",
        "edit",
        "execute_run",
        "load",
        "plan",
        "resume",
        "run",
        "submit",
    ]
    assert all(hasattr(clipline, name) for name in clipline.__all__)


def test_run_takes_these_arguments() -> None:
    assert list(inspect.signature(clipline.run).parameters) == [
        "pipeline",
        "inputs",
        "backend",
        "on_event",
        "cancel",
        "settings",
        "state",
        "out",
        "clock",
        "name",
        "wait",
        "key",
    ]


def test_the_hooks_are_these() -> None:
    hooks = {
        name: [parameter for parameter in inspect.signature(function).parameters if parameter != "self"]
        for specs in (RegistrationSpecs, LifeCycleSpecs, BackendSpecs, StageSpecs)
        for name, function in vars(specs).items()
        if hasattr(function, "clipline_spec")
    }
    of_a_kind = ["call", "options"]
    assert hooks == {
        "stage_kinds": [],
        "backends": [],
        "post_export_steps": [],
        "verify_checks": [],
        "channels": [],
        "executors": [],
        "report_formats": [],
        "run_stage": ["call", "kind", "options"],
        "event": ["event"],
        "supports": [],
        "explain": ["kind", "options", "earlier", "out"],
        "timeline": ["call"],
        "account": ["call"],
        "links": ["call"],
        "give_up": ["call"],
        "close": [],
        "auth": of_a_kind,
        "upload": of_a_kind,
        "edit": of_a_kind,
        "verify": of_a_kind,
        "export": of_a_kind,
        "notify": of_a_kind,
    }
    assert stage.API_VERSION == "1"


def test_importing_the_package_imports_nothing_heavy() -> None:
    heavy = ["httpx", "jsonschema", "yaml", "rich", "av", "numpy", "click", "sqlite3"]
    code = f"import sys, clipline; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_version_is_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == clipline.__version__


def test_constraints_are_plain_lines() -> None:
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        name, equals, version = line.partition(" ;")[0].partition("==")
        assert all([name, equals, version]), line
