"""Where a part is tried: a folder with a state folder, an output folder, and the part as if it was installed.

`Scene.run` and `Scene.resume` start `clipline.testing.program` in a process of its own and give back what became of it.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from clipline.values import JsonObject

__all__ = ["HANG_SECONDS", "Ending", "Job", "Moment", "Scene", "address_of", "installed_point", "search_path"]

#: The longest that a process of the kit may take. A limit on hanging: what it does takes seconds.
HANG_SECONDS = 120.0
_GROUP = "clipline"


@dataclass(frozen=True)
class Job:
    """What is run: a pipeline, and where in it the part under test is (`path`, empty for all of it)."""

    pipeline: JsonObject
    path: str = ""
    backend: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a stage's work; see `clipline.testing.moments`."""

    name: str
    path: str
    more: str = ""


@dataclass(frozen=True)
class Ending:
    """How a process ended: `status` as `subprocess` gives it, negative for a signal.

    `result` is the run's result as JSON, None where the run was not begun or the process died; `raised` is the error
    that was found before the run; `said` is all that was written to its two streams.
    """

    status: int
    result: Mapping[str, Any] | None
    raised: Mapping[str, Any] | None
    events: Sequence[Mapping[str, Any]]
    moments: Sequence[Moment]
    left_behind: Sequence[str]
    said: str
    hung: bool = False

    @property
    def killed(self) -> bool:
        """Whether it died by `kill -9`."""
        return self.status == -9

    @property
    def ok(self) -> bool:
        """Whether the run was done."""
        return self.result is not None and self.result["status"] == "done"

    @property
    def errors(self) -> Sequence[Mapping[str, Any]]:
        """What ended it, whether before the run or in it."""
        return [self.raised] if self.raised else (self.result or {}).get("errors", [])

    def told(self) -> str:
        """The end in words, for a person who mends a part."""
        if self.hung:
            return f"it had not ended after {HANG_SECONDS:g} s"
        if self.errors:
            return "; ".join(f"{each['message']} [{each['code']}, exit {each['exit']}]" for each in self.errors)
        if self.result is not None:
            return f"the run ended as {self.result['status']}"
        return f"its process ended with {self.status}:\n{self.said.strip()[-2000:]}"

    def stage(self, path: str) -> Mapping[str, Any] | None:
        """What became of the stage at `path`."""
        stages = (self.result or {}).get("stages", ())
        return next((each for each in stages if each["path"] == path), None)


class Scene:
    """A folder of one run; `out` is its output folder, `state` its state folder, `given` for what a test hands over."""

    def __init__(self, folder: Path, plugin: object) -> None:
        self.folder = folder
        self.out, self.state, self.given, self.temporary = (folder / n for n in ("out", "state", "given", "tmp"))
        for each in (self.out, self.given, self.temporary, folder / "site"):
            each.mkdir(parents=True, exist_ok=True)
        self._address = address_of(plugin)
        self._processes = 0
        point = installed_point(self._address)
        self._distribution = point.dist.name if point and point.dist else "plugin-under-test"
        self._install("clipline-props", {"props": "clipline.testing.props"})
        if point is None:
            self._install(self._distribution, {"under-test": self._address})
        (folder / "config.toml").touch()

    def _install(self, distribution: str, points: Mapping[str, str]) -> None:
        """Write the metadata that an installer would."""
        folder = self.folder / "site" / f"{distribution.replace('-', '_')}-0.dist-info"
        folder.mkdir(exist_ok=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0\n", "utf-8")
        lines = [f"[{_GROUP}]", *(f"{name} = {value}" for name, value in points.items())]
        (folder / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")

    def run(self, job: Job, **moment: Any) -> Ending:
        """Run the job's pipeline; see `_start` for what may happen meanwhile."""
        return self._start(job, resume=None, **moment)

    def resume(self, job: Job, **moment: Any) -> Ending:
        """Go on with the run of this scene."""
        return self._start(job, resume=self.run_id(), **moment)

    def run_id(self) -> str:
        """The id of the scene's run, as the events of its first process name it."""
        first = next(line for line in self._lines(1) if "event" in line)
        return str(first["event"]["run"])

    def _start(
        self,
        job: Job,
        *,
        resume: str | None,
        at: str = "",
        act: Literal["kill", "cancel"] = "kill",
        path: str | None = None,
        virtual: bool = False,
    ) -> Ending:
        """Start a process and wait for its end; `at` a moment of the stage at `path` it is killed or cancelled."""
        self._processes += 1
        number = self._processes
        facts = {
            "pipeline": {"clipline": 1, "name": "conformance", **job.pipeline},
            "inputs": {},
            "backend": job.backend,
            "settings": {"plugins.allow": [self._distribution, "clipline-props"], **job.settings},
            "state": str(self.state),
            "out": str(self.out),
            "record": str(self._record(number)),
            "resume": resume,
            "at": at,
            "act": act,
            "path": job.path if path is None else path,
            "virtual": virtual,
        }
        file = self.folder / f"job-{number}.json"
        file.write_text(json.dumps(facts), "utf-8")
        command = [sys.executable, "-m", "clipline.testing.program", str(file)]
        status, said = self._process(command, job.environment)
        return self._ending(number, status, said)

    def _process(self, command: Sequence[str], environment: Mapping[str, str]) -> tuple[int | None, str]:
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env={**self._environment(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process:
            try:
                said, _ = process.communicate(timeout=HANG_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                said, _ = process.communicate()
                return None, said.decode(errors="replace")
        return process.returncode, said.decode(errors="replace")

    def _environment(self) -> dict[str, str]:
        """A machine of the run's own: nothing of the person's settings, accounts and temporary files."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CLIPLINE_", "NEMO_"))}
        path = os.pathsep.join([str(self.folder / "site"), *search_path(self._address)])
        own = {"CLIPLINE_CONFIG": str(self.folder / "config.toml"), "CLIPLINE_STATE": str(self.state)}
        return {**inherited, **own, "PYTHONPATH": path, "TMPDIR": str(self.temporary), "CLIPLINE_LOG_LEVEL": "debug"}

    def _record(self, number: int) -> Path:
        return self.folder / f"record-{number}.jsonl"

    def _lines(self, number: int) -> list[dict[str, Any]]:
        record = self._record(number)
        text = record.read_text("utf-8") if record.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def _ending(self, number: int, status: int | None, said: str) -> Ending:
        lines = self._lines(number)
        last: dict[str, Any] = {key: value for line in lines for key, value in line.items()}
        return Ending(
            status=-1 if status is None else status,
            result=last.get("result"),
            raised=last.get("raised"),
            events=[line["event"] for line in lines if "event" in line],
            moments=[Moment(line["moment"], line["path"], line["more"]) for line in lines if "moment" in line],
            left_behind=last.get("left_behind", ()),
            said=said,
            hung=status is None,
        )


# --- what is tried ---------------------------------------------------------------------------------------------------


def address_of(plugin: object) -> str:
    """What an entry point would say of a plugin: `module`, or `module:name`.

    Raises:
        LookupError: a fresh interpreter could not find it.
    """
    if isinstance(plugin, ModuleType):
        return plugin.__name__
    if inspect.isclass(plugin):
        return f"{plugin.__module__}:{plugin.__qualname__}"
    for module_name, module in list(sys.modules.items()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is plugin and module_name != "__main__":
                return f"{module_name}:{name}"
    raise LookupError(f"{plugin!r} is no module, and no module holds it under a name")


def installed_point(address: str) -> EntryPoint | None:
    """The entry point by which an installed package offers this very plugin."""
    return next((point for point in entry_points(group=_GROUP) if point.value == address), None)


def search_path(address: str) -> list[str]:
    """Where a fresh interpreter finds what this one has imported."""
    name = address.partition(":")[0]
    module = sys.modules.get(name)
    own = []
    if module is not None and module.__file__ is not None:
        file = Path(module.__file__)
        levels = len(name.split(".")) - (0 if file.stem == "__init__" else 1)
        own = [str(file.parents[levels])]
    return [*dict.fromkeys([*(path for path in sys.path if path), *own])]
