"""Plugins are real ones here: modules in a folder with the metadata that an installed distribution has."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from clipline import app
from clipline.errors import Bug, PipelineFileError, PluginError, StageFailed, UsageError
from clipline.pipeline import loader as pipeline_loader
from clipline.plugin_manager import Plugins, installed
from clipline.settings import Settings
from clipline.stage import StageResult
from clipline.testing.calls import stage_call

Install = Callable[..., None]

KIND = """
    from clipline.stage import StageKind, StageResult, hookimpl, hookspec

    clipline_api = "1"

    class Spec:
        @hookspec(firstresult=True)
        def shout(self, call, options): ...

    @hookimpl
    def stage_kinds():
        return [StageKind("shout", Spec, {"type": "object"})]

    @hookimpl
    def shout(call, options):
        return StageResult({"said": options["words"].upper()})
"""

BACKEND = """
    from clipline.stage import Backend, StageResult, hookimpl

    clipline_api = "1"

    class Nowhere:
        @hookimpl
        def edit(self, call, options):
            if options.get("fail"):
                from clipline.errors import StageFailed
                raise StageFailed("it broke")
            return StageResult({"by": "nowhere"}, state={"left": 1})

        @hookimpl
        def supports(self):
            return {"edit": {"fail": "native"}}

    @hookimpl
    def backends():
        return [Backend("nowhere", lambda settings: Nowhere())]
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Put a distribution on the path, as an installer would."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(name: str, code: str, version: str = "1.0") -> None:
        module = f"plugin_{name}"
        (tmp_path / f"{module}.py").write_text(dedent(code), "utf-8")
        info = tmp_path / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
        (info / "entry_points.txt").write_text(f"[clipline]\n{name} = {module}\n", "utf-8")

    yield put
    for module in set(sys.modules) - before:
        if module.startswith("plugin_"):
            del sys.modules[module]


def load(*names: str) -> Plugins:
    """Clipline's own plugins and these."""
    return Plugins.load(allow=names)


def error_of(plugins: Plugins, name: str) -> str:
    return next(info.error for info in plugins.infos if info.name == name)


def test_the_builtins_come_first_and_load() -> None:
    assert [point.dist.name for point in installed() if point.dist][:2] == ["clipline", "clipline"]
    plugins = load()
    assert [info.error for info in plugins.infos] == [""] * len(plugins.infos)
    assert set(plugins.offers.stage_kinds) >= {"auth", "upload", "edit", "verify", "export", "notify"}
    assert "local" in plugins.offers.backends


def test_a_plugin_adds_a_kind_that_is_no_different_from_a_built_in_one(install: Install, tmp_path: Path) -> None:
    install("loud", KIND)
    plugins = load("loud")
    run = plugins.for_run("local", {})
    assert "shout" in plugins.vocabulary.kinds
    assert run.can("shout")
    assert run.call_stage(stage_call(tmp_path, "shout"), "shout", {"words": "hey"}).outputs == {"said": "HEY"}


def test_installed_plugins_that_are_not_allowed_are_not_loaded(install: Install) -> None:
    install("loud", KIND)
    assert "shout" not in load().offers.stage_kinds
    assert "plugin_loud" not in sys.modules


def test_a_denied_plugin_is_not_imported_and_says_why(install: Install) -> None:
    install("loud", KIND)
    plugins = Plugins.load(deny=["loud"])
    assert "plugins.deny" in error_of(plugins, "loud")
    assert "plugin_loud" not in sys.modules


def test_only_the_chosen_backend_answers(install: Install, tmp_path: Path) -> None:
    install("cloud", BACKEND)
    run = load("cloud").for_run("nowhere", {})
    result = run.call_stage(stage_call(tmp_path, "edit"), "edit", {})
    assert (result.outputs, result.state) == ({"by": "nowhere"}, {"left": 1})
    assert run.answers_itself("edit")
    assert not run.can("upload")
    assert run.can("notify")
    assert not run.answers_itself("notify")


def test_two_runs_in_one_process_do_not_see_each_others_backend(install: Install) -> None:
    install("cloud", BACKEND)
    plugins = load("cloud")
    first, second = plugins.for_run("nowhere", {}), plugins.for_run("local", {})
    assert not first.can("export")
    assert second.can("export")


def test_an_unknown_backend_names_the_installed_ones() -> None:
    with pytest.raises(UsageError, match="no backend 'nemmo'") as caught:
        load().for_run("nemmo", {})
    assert "local" in caught.value.hint


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit"),
        ("import not_there_at_all", "ModuleNotFoundError"),
        ("def broken(:", "SyntaxError"),
        ("x = 1", "states no API version"),
        ("clipline_api = '2'", "written for API 2"),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef exprot(call, options): ...",
            "there is no hook 'exprot'",
        ),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef edit(call, options): ...",
            "may only wrap",
        ),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef run_stage(call, kind): ...",
            "may only wrap",
        ),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef supports(): ...",
            "answered by a backend's object",
        ),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef channels(): 1 / 0",
            "channels() failed",
        ),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef channels(): raise SystemExit(0)",
            "channels() failed: SystemExit",
        ),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef channels(): return ['pigeon']",
            "channels() returned 'pigeon', which is no Channel",
        ),
        (
            "from clipline.stage import *\nclipline_api = '1'\n@hookimpl(wrapper=True)\ndef run_stage(sort): yield",
            "sort",
        ),
        (
            "from clipline.stage import hookimpl\nclipline_api = '1'\n@hookimpl\ndef event(evnt): ...",
            "evnt",
        ),
        ("class Bad:\n    def __init__(self): 1 / 0\n\nimport sys\nsys.modules[__name__] = Bad", "ZeroDivisionError"),
        ("import sys\nsys.modules[__name__] = 1", "states no API version"),
        (KIND.replace('{"type": "object"}', "[]"), "the stage kind 'shout': options is no JSON Schema: it is []"),
        (KIND.replace('"object"', '"objekt"'), "there is no type 'objekt'"),
        (KIND.replace('{"type"', '{"properties": ["words"], "type"'), "its properties are no schemas by name"),
        (KIND.replace("shout", "event"), "reserved name"),
        (KIND.replace("shout", "edit"), "already clipline's"),
        (KIND.replace("def shout(call, options):", "def shout(call, options, more):"), "more"),
    ],
)
def test_a_broken_plugin_is_listed_with_its_error_and_harms_nothing(
    install: Install, code: str, complaint: str
) -> None:
    install("broken", code)
    install("loud", KIND)
    plugins = load("broken", "loud")
    assert complaint in error_of(plugins, "broken")
    assert error_of(plugins, "loud") == ""
    assert {"edit", "shout"} <= set(plugins.offers.stage_kinds)


def test_of_two_claimants_of_a_kind_the_later_distribution_is_left_out(install: Install) -> None:
    install("aloud", KIND)
    install("loud", KIND)
    plugins = load("aloud", "loud")
    assert error_of(plugins, "aloud") == ""
    assert "already aloud's" in error_of(plugins, "loud")


def test_a_wrapper_of_a_kind_goes_with_the_plugin_that_brought_the_kind(install: Install) -> None:
    install("loud", KIND + "\n    @hookimpl\n    def chanels(): ...\n")
    install(
        "polite",
        "from clipline.stage import hookimpl\nclipline_api = '1'\n"
        "@hookimpl(wrapper=True)\ndef shout(call): return (yield)",
    )
    plugins = load("loud", "polite")
    assert error_of(plugins, "loud") == "there is no hook 'chanels'; did you mean \"channels\"?"
    assert error_of(plugins, "polite") == "there is no hook 'shout'"
    assert plugins.for_run("local", {}).can("export")


def test_a_hook_that_is_deprecated_still_works_and_its_author_is_told(install: Install, tmp_path: Path) -> None:
    spec = '@hookspec(firstresult=True, warn_on_impl=DeprecationWarning("use `cry`, which goes on in 2.0"))'
    install("loud", KIND.replace("@hookspec(firstresult=True)", spec))
    with pytest.warns(DeprecationWarning, match="use `cry`"):
        plugins = load("loud")
    (info,) = [info for info in plugins.infos if info.name == "loud"]
    assert info.warnings == ("the hook 'shout' is deprecated: use `cry`, which goes on in 2.0",)
    with pytest.warns(DeprecationWarning, match="use `cry`"):
        run = plugins.for_run("local", {})
    assert run.call_stage(stage_call(tmp_path, "shout"), "shout", {"words": "hey"}).outputs == {"said": "HEY"}


def test_a_plugin_that_is_slow_to_load_says_so_beside_one_with_a_fault_too(install: Install) -> None:
    install("slow", "import time\ntime.sleep(0.6)\nclipline_api = '1'")
    install("wrong", "from clipline.stage import *\nclipline_api = '1'\n@hookimpl\ndef chanels(): ...")
    (info,) = [info for info in load("slow", "wrong").infos if info.name == "slow"]
    assert info.error == ""
    assert info.seconds > 0.5
    assert "import heavy things inside functions" in info.warnings[0]


def test_a_backend_that_cannot_be_made_is_its_own_fault_alone(install: Install) -> None:
    install("cloud", BACKEND.replace("lambda settings: Nowhere()", "lambda settings: settings['no such']"))
    plugins = load("cloud")
    with pytest.raises(PluginError, match="the backend 'nowhere' cannot be made: KeyError: 'no such'"):
        plugins.for_run("nowhere", {})
    assert plugins.for_run("local", {}).can("edit")


def test_an_implementation_may_take_nothing_at_all(install: Install, tmp_path: Path) -> None:
    quiet = KIND.replace("def shout(call, options):", "def shout():").replace('options["words"].upper()', '"hey"')
    install("loud", quiet)
    run = load("loud").for_run("local", {})
    assert run.call_stage(stage_call(tmp_path, "shout"), "shout", {}).outputs == {"said": "hey"}


def test_a_misspelt_hook_of_a_backend_s_object_is_named(install: Install) -> None:
    install("cloud", BACKEND.replace("def edit(self", "def edti(self"))
    with pytest.raises(PluginError, match=r"'nowhere' implements 'edti', and there is no such hook; did you mean"):
        load("cloud").for_run("nowhere", {})


WRAPPER = """
    from clipline.errors import StageFailed
    from clipline.stage import Finding, StageResult, hookimpl
    from dataclasses import replace

    clipline_api = "1"

    @hookimpl(wrapper=True)
    def run_stage(call, kind, options):
        if options.get("veto"):
            raise StageFailed("vetoed")
        result = yield
        return replace(result, findings=(*result.findings, Finding("INFO", "seen")), state={"stolen": 1})
"""


def test_a_wrapper_sees_every_kind_and_may_annotate_but_not_change_the_state(install: Install, tmp_path: Path) -> None:
    install("cloud", BACKEND)
    install("watch", WRAPPER)
    run = load("cloud", "watch").for_run("nowhere", {})
    result = run.call_stage(stage_call(tmp_path, "edit"), "edit", {})
    assert [finding.text for finding in result.findings] == ["seen"]
    assert result.state == {"left": 1}


def test_a_wrapper_may_veto(install: Install, tmp_path: Path) -> None:
    install("cloud", BACKEND)
    install("watch", WRAPPER)
    run = load("cloud", "watch").for_run("nowhere", {})
    with pytest.raises(StageFailed, match="vetoed"):
        run.call_stage(stage_call(tmp_path, "edit"), "edit", {"veto": True})


@pytest.mark.parametrize("hook", ["run_stage(call, kind, options)", "edit(call, options)"])
def test_a_wrapper_cannot_turn_a_failure_into_success(install: Install, tmp_path: Path, hook: str) -> None:
    install("cloud", BACKEND)
    install(
        "liar",
        f"""
        from clipline.stage import StageResult, hookimpl
        clipline_api = "1"
        @hookimpl(wrapper=True)
        def {hook}:
            try:
                return (yield)
            except Exception:
                return StageResult({{"fine": True}})
        """,
    )
    run = load("cloud", "liar").for_run("nowhere", {})
    with pytest.raises(StageFailed, match="it broke"):
        run.call_stage(stage_call(tmp_path, "edit"), "edit", {"fail": True})


def test_a_stage_that_nobody_answers_is_a_bug_that_names_whom_it_asked(install: Install, tmp_path: Path) -> None:
    install("silent", KIND.replace('return StageResult({"said": options["words"].upper()})', "return None"))
    run = load("silent").for_run("local", {})
    with pytest.raises(Bug, match="returned no result") as caught:
        run.call_stage(stage_call(tmp_path, "shout"), "shout", {})
    assert "silent" in caught.value.hint


def test_observers_are_listed_by_their_plugins_name(install: Install) -> None:
    install(
        "eyes",
        """
        from clipline.stage import hookimpl
        clipline_api = "1"
        @hookimpl
        def event(event): ...
        """,
    )
    assert [name for name, _ in load("eyes").for_run("local", {}).observers] == ["eyes:eyes"]


def test_a_stage_result_is_all_that_counts_as_an_answer(install: Install, tmp_path: Path) -> None:
    install("wrong", KIND.replace('StageResult({"said": options["words"].upper()})', '{"said": "HEY"}'))
    run = load("wrong").for_run("local", {})
    with pytest.raises(Bug):
        run.call_stage(stage_call(tmp_path, "shout"), "shout", {})
    assert StageResult().outputs == {}


# --- what a broken plugin leaves behind ------------------------------------------------------------------------------


def complaints(pipeline: dict[str, object], plugins: Plugins) -> dict[str, str]:
    """The hints of what is wrong with a pipeline, by the complaint."""
    with pytest.raises(PipelineFileError) as caught:
        pipeline_loader.load({"clipline": 1, **pipeline}, plugins.vocabulary)
    return {problem.message: problem.hint for problem in caught.value.problems}


def test_a_name_that_nobody_brought_tells_of_the_plugins_that_were_left_out(install: Install) -> None:
    install("brief", "import gone_away")
    plugins = load("brief")
    said = complaints(
        {
            "defaults": {"with": {"shout": {}}},
            "stages": [
                "shout",
                {"stage": "verify", "with": {"at_most": 3}},
                {"stage": "export", "with": {"post_export": ["shrink"], "quality": "lwo"}},
                {"stage": "notify", "with": {"via": ["pigeon"]}},
            ],
        },
        plugins,
    )
    told = {message.partition(";")[0]: hint for message, hint in said.items() if hint}
    assert set(told) == {
        'unknown stage kind "shout"',
        'unknown option "at_most" in stage "verify"',
        'unknown post-export step "shrink"',
        'unknown channel "pigeon"',
    }
    (hint,) = set(told.values())
    assert hint.startswith('a plugin that was left out may bring it: "brief" cannot be loaded: ModuleNotFoundError: ')


def test_where_all_plugins_are_loaded_nothing_is_said_of_them() -> None:
    (hint,) = complaints({"stages": ["shout"]}, load()).values()
    assert not hint


CHECK = """
    from pathlib import Path
    from clipline.stage import VerifyCheck, hookimpl

    clipline_api = "1"

    def at_most(call, subject, wanted):
        return Path(wanted)

    @hookimpl
    def verify_checks():
        return [VerifyCheck("at_most", at_most, {"type": "integer"})]
"""


def test_an_unexpected_error_names_the_plugin_that_was_at_work(install: Install, tmp_path: Path) -> None:
    install("brief", CHECK, version="0.3")
    settings = Settings.load(overrides={"plugins.allow": "brief"}, environ={}, state=tmp_path / "state")
    pipeline = {"clipline": 1, "name": "t", "stages": [{"stage": "verify", "with": {"at_most": 3}}]}
    result = app.run(pipeline, settings=settings, out=tmp_path)
    assert result.exit == 70
    assert str(result.errors[0]["message"]).startswith(
        'verify failed unexpectedly in the plugin "brief" (brief 0.3): TypeError: '
    )
