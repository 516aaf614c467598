"""What each command does and prints, in this process."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clipline.cli.main import run

GOOD = """
clipline: 1
name: good
inputs:
  word: {type: string, default: hello}
stages:
  - auth
  - stage: notify
    with: {message: "${{ inputs.word }}", via: [console, {file: {path: said.jsonl}}]}
outputs: {said: "${{ stages.notify.outputs.text }}"}
"""

LOOP = """
clipline: 1
name: loop
inputs: {names: {type: table, default: names.csv, columns: {name: {type: string, required: true}}}}
stages:
  - for_each: ${{ inputs.names }}
    id: each
    as: one
    stages:
      - stage: notify
        with: {via: [{command: {argv: [test, "${{ one.name }}", "!=", bad]}}]}
"""


Call = Callable[..., tuple[int, str, str]]
Document = Callable[..., dict[str, Any]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "loop.yaml").write_text(LOOP)
    (tmp_path / "names.csv").write_text("name\ngood\nbad\nfine\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / ".state"))
    monkeypatch.setenv("CLIPLINE_CONFIG", os.devnull)
    return tmp_path


@pytest.fixture
def call(folder: Path, capfd: pytest.CaptureFixture[str]) -> Call:
    """Run a command line; gives its exit status, stdout and stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        status = run(list(arguments))
        return status, *capfd.readouterr()

    return call


@pytest.fixture
def document(call: Call) -> Document:
    """Run a command line; gives the one JSON document that it prints."""

    def document(*arguments: str, status: int = 0) -> dict[str, Any]:
        ended, out, _ = call(*arguments, "--json")
        assert ended == status
        found: dict[str, Any] = json.loads(out)
        return found

    return document


def test_runs_are_listed_shown_logged_and_forgotten(folder: Path, call: Call, document: Document) -> None:
    assert call("runs", "list")[0::2] == (0, "no runs yet\n")
    run_id = document("run", "good.yaml")["run"]
    listed = call("runs", "list")[1].splitlines()
    assert listed[0].split() == ["run", "name", "status", "started", "took"]
    assert listed[1].split()[:3] == [run_id, "good", "done"]
    shown = call("runs", "show", run_id)[1]
    assert "notify  notify  done" in shown
    assert document("runs", "show", run_id)["stages"][0]["path"] == "auth"
    logged = call("runs", "logs", run_id)[1].splitlines()
    assert "run.started" in logged[0]
    events = document("runs", "logs", run_id)["events"]
    assert len(events) == len(logged)
    assert document("runs", "logs", run_id, "--after", str(len(events) - 1))["events"] == events[-1:]
    assert document("runs", "rm", run_id) == {"clipline_removed": 1, "runs": [run_id], "goes_on": {}}
    assert document("runs", "list")["runs"] == []


def test_a_run_says_which_file_it_takes_where_none_was_given(call: Call, folder: Path) -> None:
    assert "no names was given: names.csv is used\n" in call("run", "loop.yaml")[2]
    (folder / "samples").mkdir()
    (folder / "names.csv").rename(folder / "samples" / "names.csv")
    (folder / "loop.yaml").write_text(LOOP.replace("names.csv", "samples/names.csv"))
    assert "no names was given: the sample names.csv is used\n" in call("run", "loop.yaml")[2]
    assert "was given" not in call("run", "loop.yaml", "-i", "names=samples/names.csv")[2]


def test_a_name_of_a_file_beats_a_shipped_pipelines(folder: Path, call: Call, document: Document) -> None:
    (folder / "quick-edit").write_text(GOOD)
    assert document("run", "quick-edit")["outputs"] == {"said": "hello"}


def test_inputs_can_stand_in_a_file_and_be_overridden(folder: Path, call: Call, document: Document) -> None:
    (folder / "in.json").write_text('{"word": "from a file"}')
    run = ("run", "good.yaml", "--inputs", "in.json")
    assert document(*run)["outputs"] == {"said": "from a file"}
    assert document(*run, "-i", "word=typed")["outputs"] == {"said": "typed"}


def test_a_plan_says_what_would_be_done_and_does_nothing(folder: Path, call: Call, document: Document) -> None:
    status, out, _ = call("plan", "good.yaml", "-i", "word=moin")
    assert status == 0
    assert "input word     moin" in out
    assert [line.split()[:3] for line in out.splitlines()[-3:]] == [
        ["auth", "auth", "runs"],
        ["notify", "notify", "runs"],
        ["channel", "file:", "path"],
    ]
    assert document("plan", "good.yaml")["clipline_plan"] == 1
    assert not (folder / "said.jsonl").exists()


def test_a_file_without_mistakes_is_said_to_be_so(folder: Path, call: Call, document: Document) -> None:
    status, out, said = call("check", "good.yaml")
    assert (status, out) == (0, "")
    assert said.endswith("good.yaml: no problems\n")
    assert document("check", "good.yaml")["ok"] is True


def test_all_mistakes_of_a_file_are_told_at_once(folder: Path, call: Call, document: Document) -> None:
    (folder / "bad.yaml").write_text("clipline: 1\nname: bad\nstages:\n  - auht\n  - stage: edti\n")
    found = document("check", "bad.yaml", status=2)
    assert [(problem["line"], problem["column"]) for problem in found["problems"]] == [(4, 5), (5, 12)]
    status, out, _ = call("check", "bad.yaml")
    assert status == 2
    assert out.startswith("bad.yaml:4:5: error: ")
    assert "\n      - auht\n        ^\n" in out


@pytest.mark.parametrize(
    ("form", "first"), [("text", "loop"), ("mermaid", "flowchart TD"), ("dot", 'digraph "loop" {')]
)
def test_a_pipeline_can_be_drawn(folder: Path, call: Call, document: Document, form: str, first: str) -> None:
    status, out, _ = call("graph", "loop.yaml", "--format", form)
    assert status == 0
    assert out.splitlines()[0] == first
    assert "notify" in out


def test_a_folder_to_start_from_is_whole_and_never_overwritten(folder: Path, call: Call, document: Document) -> None:
    made = document("init", "new")["files"]
    assert made == ["new/quick-edit.yaml", "new/clipline.schema.json", "new/samples/crossing.mp4"]
    pipeline = folder / "new" / "quick-edit.yaml"
    assert pipeline.read_text().startswith("# yaml-language-server: $schema=clipline.schema.json\n")
    assert call("check", str(pipeline))[0] == 0
    pipeline.write_text("mine")
    status, _, said = call("init", "new")
    assert status == 2
    assert "there already" in said
    assert pipeline.read_text() == "mine"


def test_a_folder_for_a_batch_has_its_table_and_clips(folder: Path, call: Call, document: Document) -> None:
    made = document("init", "new", "--pipeline", "batch")["files"]
    assert {"new/samples/jobs.csv", "new/samples/crossing.mp4"} <= set(made)
    assert call("plan", "new/batch.yaml")[0] == 0


def test_the_schema_knows_the_kinds_of_stages(folder: Path, call: Call, document: Document) -> None:
    schema = call("schema")[1]
    assert '"https://json-schema.org/draft/2020-12/schema"' in schema
    assert all(f'"{kind}"' in schema for kind in ("auth", "upload", "edit", "verify", "export", "notify"))
    assert call("schema", "-o", "s.json")[1] == "s.json\n"
    assert json.loads((folder / "s.json").read_text()) == json.loads(schema)
    assert "x-clipline-holds" not in schema  # what another file holds


def test_plugins_are_listed_with_what_they_add(folder: Path, call: Call, document: Document) -> None:
    plugins = {plugin["name"]: plugin for plugin in document("plugins")["plugins"]}
    assert plugins["builtin"]["distribution"] == "clipline"
    assert "edit" in plugins["builtin"]["offers"]["stage_kinds"]
    assert plugins["local"]["offers"] == {"backends": ["local"]}
    assert "stage kinds: auth" in call("plugins")[1]


def test_the_doctor_finds_what_is_wrong(folder: Path, call: Call, document: Document) -> None:
    (folder / ".state").mkdir(mode=0o755)
    (folder / ".state").chmod(0o755)
    found = document("doctor", status=1)
    assert [check["name"] for check in found["checks"] if not check["ok"]] == ["permissions"]
    (folder / ".state").chmod(0o700)
    status, out, said = call("doctor")
    assert (status, said) == (0, "\nall is well\n")
    assert "libavcodec" in out
    assert "titles in Latin" in out


def test_the_doctor_tells_of_the_proxy_and_the_certificates_but_no_password(
    folder: Path, call: Call, document: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("https_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:s3cr3t@proxy.example.com:3128")
    told = {check["name"]: check["text"] for check in document("doctor")["checks"]}
    assert told["proxy"] == "proxy.example.com:3128 (HTTPS_PROXY) for mega-api-prod.nemovideo.ai"
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:s3cr3t@proxy.example.com:port")
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "none.pem"))
    checks = document("doctor", status=1)["checks"]
    assert [check["name"] for check in checks if not check["ok"]] == ["proxy", "certificates"]
    assert "s3cr3t" not in str(checks)


def test_a_webhook_is_verified(folder: Path, call: Call, document: Document) -> None:
    # The example of the Standard Webhooks specification, as its own libraries sign it.
    (folder / "body").write_text('{"test": 2432232314}')
    (folder / "secret").write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
    headers = ["-H", "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek", "-H", "webhook-timestamp: 1614265330"]
    signature = ["-H", "webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="]
    line = ["webhook", "verify", "body", "--secret", "file:secret", *headers, *signature]
    status, _, said = call(*line)
    assert status == 3
    assert "old, 300s are allowed" in said
    assert document(*line, "--tolerance", "200000h")["verified"] is True
    (folder / "body").write_text('{"test": 2432232315}')
    status, _, said = call(*line, "--tolerance", "200000h")
    assert status == 3
    assert "no signature fits" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["plugin", "new", "shiny", "--kind", "chanel"], "did you mean channel?"),
        (["watch", "in", "good.yaml", "--resume"], "see `clipline watch --help`"),
        (["runs", "list", "--limit", "two"], "'two' is not a whole number"),
    ],
)
def test_a_word_that_is_nearly_right_is_told_only_where_it_is_near(call: Call, words: list[str], said: str) -> None:
    status, _, told = call(*words)
    assert status == 2
    assert said in told
