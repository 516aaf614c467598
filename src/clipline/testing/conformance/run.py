"""What holds for every part that works in a run: the engine runs it, breaks it off, and looks at what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from clipline.testing.conformance.endings import (
    Clean,
    code_of,
    files_in,
    half_delivered,
    in_words,
    inside,
    is_for_people,
    looks_in,
    moments_in,
    names_of,
)
from clipline.testing.conformance.plugin import PluginConformance, fail
from clipline.testing.conformance.secrets import Trail, leaks_of, secrets_of, with_secrets
from clipline.testing.conformance.trouble import strained
from clipline.testing.scene import Ending, Job, Moment, Scene

__all__ = ["RunConformance"]


_CLEAN: dict[type, Clean] = {}
_KILLS = ("writing", "written", "delivered", "sent")
_STOPS = ("started", "written", "sent")


class RunConformance(PluginConformance):
    """The checks of a part that a run does; a class of its sort says in `_job` how it gets into one."""

    #: Whether an effect whose end nobody saw is done again, which the other side can tell, or which does no harm.
    repeatable: ClassVar[bool] = False

    # --- what an author may hand over --------------------------------------------------------------------------------

    def charges(self) -> int:
        """How many effects the other side has seen so far; 0 where there is no other side."""
        return 0

    def options(self, folder: Path) -> Mapping[str, Any]:  # noqa: ARG002 - for those who override it
        """Options with which the part does its work; files for it may be written into `folder`."""
        return {}

    def settings(self, folder: Path) -> Mapping[str, Any]:  # noqa: ARG002 - for those who override it
        """Settings that the run needs, as `--set` gives them, secrets as well."""
        return {}

    # --- checks ------------------------------------------------------------------------------------------------------

    def test_it_does_its_work(self, tmp_path: Path) -> None:
        """In a real run it ends well and returns what it promises."""
        ending = self._clean(tmp_path, needed=False).ending
        if ending.ok or code_of(ending) == "not_effectful":
            self._judge_result(ending)
            return
        fail(f"{self.name!r} does not do its work: {ending.told()}", "are the options right, and what they need there?")

    def test_its_files_come_through_call_files(self, tmp_path: Path) -> None:
        """Only what `call.files` delivers is whole or not there, whatever moment the process dies at."""
        clean = self._clean(tmp_path)
        delivered = {Path(each.more) for each in clean.ending.moments if each.name == "delivered"}
        known = {*delivered, *(path.with_name(path.name + ".json") for path in delivered)}
        stray = [path for path in clean.files if not {path, *path.parents} & known]
        if stray:
            fail(
                f"{self.name!r} wrote past `call.files`: {names_of(stray)}",
                "write to `call.files.temporary(target)`, then `call.files.deliver(temporary, target)`",
            )
        if clean.temporary:
            fail(
                f"{self.name!r} left {names_of(clean.temporary)} in the folder for temporary files",
                "remove them when the work ends, or keep them in `call.folder`",
            )

    def test_a_run_that_is_killed_ends_well_when_it_is_resumed(self, tmp_path: Path) -> None:
        """Killed with `kill -9` at each moment that matters: nothing is lost, done twice, or left lying about."""
        clean = self._clean(tmp_path)
        self._needs_before_kill(tmp_path)
        for number, moment in enumerate(moments_in(clean.ending, self._path(), (*_KILLS, *self._kills()))):
            scene, job = self._scene(tmp_path / f"kill-{number}")
            before = self.charges()
            broken = scene.run(job, at=moment.name, path=moment.path)
            if broken.hung:
                fail(f"the run hung on its way to {in_words(moment)}", "wait on `call.clock` only, with a limit")
            resumed = scene.resume(job) if broken.killed else broken
            self._judge_resumed(resumed, scene, moment, len(clean.files))
            self._judge_charges(self.charges() - before, clean.paid, moment)

    def test_it_stops_when_it_is_told_to(self, tmp_path: Path) -> None:
        """Cancelled in the middle it ends at once, as cancelled, and leaves nothing half."""
        first = self._clean(tmp_path).ending
        for number, moment in enumerate([*moments_in(first, self._path(), _STOPS), *looks_in(first, self._path())]):
            scene, job = self._scene(tmp_path / f"stop-{number}")
            stopped = scene.run(job, at=moment.name, path=moment.path, act="cancel")
            self._judge_stopped(stopped, scene, moment)
        scene, job = self._scene(tmp_path / "silence")
        with strained(job, "the other side is silent", scene.folder) as silent:
            if silent is not None:
                stopped = scene.run(silent, at="silence", act="cancel")
                self._judge_stopped(stopped, scene, Moment("silence", self._path()))

    def test_what_goes_wrong_is_told_in_words(self, tmp_path: Path) -> None:
        """Bad input and a refusing other side end as a `CliplineError` with a retry verdict, in words for people."""
        self._clean(tmp_path)
        for number, trouble in enumerate(self._troubles()):
            scene, job = self._scene(tmp_path / f"trouble-{number}")
            with strained(job, trouble, scene.folder) as bad:
                if bad is not None:
                    self._judge_trouble(scene.run(bad, virtual=True), trouble)

    def test_effects_happen_once_and_only_through_effects(self, tmp_path: Path) -> None:
        """What is paid or sent goes through `call.effects.perform`; what that knows of is not done again."""
        clean = self._clean(tmp_path, needed=False)
        self._judge_effects(clean.ending, clean.paid)
        ends = moments_in(clean.ending, self._path(), ["ended"]) if self._effectful() else ()
        for number, moment in enumerate(ends):
            scene, job = self._scene(tmp_path / f"again-{number}")
            before = self.charges()
            scene.run(job, at=moment.name, path=moment.path)
            scene.resume(job)
            if (twice := self.charges() - before) > clean.paid:
                fail(
                    f"{self.name!r} was done again after a kill, and charged {twice} times instead of {clean.paid}",
                    "send inside `call.effects.perform(…, send=…)`, and return its outcome: it knows what was done",
                )

    def test_no_secret_is_shown_or_kept(self, tmp_path: Path) -> None:
        """Secrets in options and settings are in no event, journal, output, report, file or error."""
        for number, trouble in enumerate(["", *self._troubles()]):
            scene, job = self._scene(tmp_path / f"secret-{number}", strict=True)
            if not secrets_of(job):
                return
            with strained(job, trouble, scene.folder) as bad:
                if bad is None:
                    continue
                ending = scene.run(bad, virtual=bool(trouble))
            if leaks := leaks_of(bad, scene, ending):
                fail(
                    f"a secret of {self.name!r} can be read"
                    + (f" where {trouble}" if trouble else "")
                    + ": "
                    + "; ".join(leaks),
                    "reveal a secret only where it is sent; name options that hold one in `secret_options`",
                )

    # --- for the classes of the sorts --------------------------------------------------------------------------------

    def _job(self, folder: Path) -> Job:
        """The run in which the part does its work."""
        raise NotImplementedError

    def _path(self) -> str:
        """The path of the part in that run."""
        raise NotImplementedError

    def _effectful(self) -> bool:
        return bool(getattr(self._part_or_skip(), "effectful", False))

    def _secret_options(self) -> Sequence[Trail]:
        """Where in the pipeline secrets may stand."""
        return ()

    def _kills(self) -> Iterable[str]:
        """More moments to be killed at: what has no effects may be done again."""
        return () if self._effectful() else ("ended",)

    def _troubles(self) -> Sequence[str]:
        """What goes wrong around the part; see `clipline.testing.conformance.trouble`."""
        return (
            "files are missing",
            "files are no media",
            "the other side is not there",
            "the other side answers 500",
            "the other side answers 403",
            "the other side answers nonsense",
        )

    def _needs_before_kill(self, folder: Path) -> None:
        """Skip where another check must be passed first."""

    def _judge_result(self, ending: Ending) -> None:
        """More about what a run that ended well came to."""

    # --- doing it ----------------------------------------------------------------------------------------------------

    def _scene(self, folder: Path, *, strict: bool = False) -> tuple[Scene, Job]:
        scene = Scene(folder, self.plugin)
        return scene, self._written(scene, strict=strict)

    def _written(self, scene: Scene, *, strict: bool = False) -> Job:
        """The run as a file can hold it: an option that may hold a secret gets it from one, as some must."""
        return with_secrets(self._job(scene.given), self._secret_options(), strict=strict)

    def _clean(self, folder: Path, *, needed: bool = True) -> Clean:
        """A run in which nothing happens to the part, once a class; what needs more is skipped where it fails."""
        self._part_or_skip()
        clean = _CLEAN.get(type(self))
        if clean is None:
            scene, job = self._scene(folder / "clean")
            before = self.charges()
            ending = scene.run(job)
            clean = Clean(ending, self.charges() - before, files_in(scene.out), files_in(scene.temporary))
            _CLEAN[type(self)] = clean
        if needed and not clean.ending.ok:
            pytest.skip("needs test_it_does_its_work")
        return clean

    def _judge_resumed(self, resumed: Ending, scene: Scene, moment: Moment, files: int) -> None:
        where = f"killed at {in_words(moment)}"
        if not resumed.ok:
            fail(
                f"{where}, the run does not end well when it is resumed: {resumed.told()}",
                "at the start of the work ask `call.files.delivered(target)` and `call.effects` what was done before",
            )
        if half := half_delivered(resumed, scene.out):
            fail(f"{where}, a file is not what was delivered: {half}", "write to `call.files.temporary(target)` only")
        there = files_in(scene.out)
        if len(there) != files:
            fail(
                f"{where} and resumed, there are {len(there)} files instead of {files}: {names_of(there)}",
                "every temporary file must come from `call.files.temporary`, and `call.files.delivered` be asked first",
            )

    def _judge_charges(self, charged: int, paid: int, moment: Moment) -> None:
        most = 2 * paid if self.repeatable and moment.name == "sent" else paid
        if charged > most:
            fail(
                f"killed at {in_words(moment)} and resumed, the other side was charged {charged} times, not {most}",
                "`settle` must read the outside and find what the earlier send has done",
            )

    def _judge_stopped(self, stopped: Ending, scene: Scene, moment: Moment) -> None:
        where = f"told to stop at {in_words(moment)}"
        if stopped.hung:
            fail(
                f"{where}, the run went on and on", "wait on `call.clock` only, and call `call.clock.check()` in loops"
            )
        if stopped.left_behind:
            fail(
                f"{where}, {self.name!r} was still at work seconds later",
                "call `call.clock.check()` between two pieces of work; wake blocked reads with `clock.token.on_cancel`",
            )
        stage = stopped.stage(moment.path)
        # A part that waits for somebody else need not look as often as it did the first time.
        looked = moment.name.startswith("look") and (moment.name, moment.path) in {
            (each.name, each.path) for each in stopped.moments
        }
        if looked and stage is not None and stage["status"] != "cancelled":
            fail(
                f"{where}, {self.name!r} ended as {stage['status']}: {stopped.told()}",
                "let `Cancelled` through: `except Exception` takes it too, so write `except Cancelled: raise` before",
            )
        ends = {"cancelled", "done", *(["failed"] if moment.name == "silence" else [])}  # some give up before
        if stopped.result is None or stopped.result["status"] not in ends:
            fail(f"{where}, the run did not end as cancelled: {stopped.told()}", "let `Cancelled` through")
        if left := [path for path in files_in(scene.out) if path.name.startswith(".") or ".part" in path.name]:
            fail(f"{where}, it left {names_of(left)}", "write to `call.files.temporary(target)` only")

    def _judge_trouble(self, ending: Ending, trouble: str) -> None:
        if ending.hung:
            fail(f"where {trouble}, it hangs", "wait on `call.clock` only, and give up some time")
        for error in ending.errors:
            if error["exit"] == 70:
                fail(
                    f"where {trouble}, {self.name!r} fails with what is no CliplineError: {error['message']}",
                    "catch what you expect and raise the `CliplineError` that says it, with `hint` and `retry`",
                )
            if error["retry"] not in {"safe", "unsure", "never"}:
                fail(f"where {trouble}, retry is {error['retry']!r}", "retry is one of safe, unsure, never")
            if not is_for_people(error["message"]):
                fail(
                    f"where {trouble}, the error is not for people: {error['message']!r}",
                    "say in a sentence what is wrong; the exception's own text is for programs",
                )
        if ending.result is None and ending.raised is None:
            fail(f"where {trouble}, {ending.told()}", "catch what you expect and raise a `CliplineError`")

    def _judge_effects(self, first: Ending, paid: int) -> None:
        performed = [each for each in inside(first, self._path()) if each.name == "performed"]
        if self._effectful():
            if not first.ok:
                pytest.skip("needs test_it_does_its_work")
            return
        if performed or code_of(first) == "not_effectful":
            fail(f"{self.name!r} uses `call.effects.perform`", "describe it with `effectful=True`")
        if paid:
            fail(
                f"{self.name!r} was charged {paid} times, and is not described as effectful",
                "set `effectful=True` in its description, and send inside `call.effects.perform`",
            )
