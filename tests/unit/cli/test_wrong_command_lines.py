"""Wrong command lines: each ends with its documented status and says what to do; none is called a bug."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from clipline.cli.main import run

PIPELINE = "clipline: 1\nname: one\ninputs: {clip: {type: file, required: true}}\nstages: [auth]\n"

WRONG: list[tuple[str, int, str]] = [
    ("", 2, "Usage: clipline"),
    ("runs", 2, "Usage: clipline runs"),
    ("rn", 2, "error: no such command: rn\nhint: did you mean run?"),
    ("frobnicate", 2, "error: no such command: frobnicate\nhint: see `clipline --help`"),
    ("runs lst", 2, "error: no such command: lst\nhint: did you mean list?"),
    ("--versoin", 2, "error: no such option: --versoin\nhint: did you mean --version?"),
    ("run", 2, "error: missing argument 'FILE'\nhint: see `clipline run --help`"),
    ("run a.yaml b.yaml", 2, "error: got unexpected extra argument (b.yaml)"),
    ("plan clip.mp4 blur", 2, 'for one clip and one sentence: clipline edit clip.mp4 "blur" --plan'),
    ("edit clap.mp4 mute", 2, 'clap.mp4; did you mean "clip.mp4"?'),
    ("edit slip.mp4 mute", 2, "slip.mp4\n"),
    ("edit club.mov mute", 2, "club.mov\n"),
    ("help", 2, "error: no such command: help\nhint: did you mean --help?"),
    ("-v", 2, "error: no such option: -v\nhint: did you mean --version?"),
    ("run one.yaml -i clip clip.mp4", 2, "(clip.mp4)\nhint: write -i clip=clip.mp4"),
    ("run many.yaml -i clips=c*.mp4", 2, "patterns are not read here: give the input once for each file"),
    ("run many.yaml -i clips=a.mp4,b.mp4", 2, "files are not separated by commas: give the input once for each"),
    (
        "edit clip.mp4 trim -o out.txt",
        2,
        "-o out.txt: files that end in .txt are not made here\nhint: one of .mp4, .mov",
    ),
    (
        "edit blur clip.mp4",
        2,
        'error: the clip comes first, then what is to be done with it\nhint: clipline edit clip.mp4 "blur"',
    ),
    ("run --bakend local one.yaml", 2, "error: no such option: --bakend\nhint: did you mean --backend?"),
    ("run --progress loud one.yaml", 2, "error: invalid value for '--progress'"),
    ("run nowhere.yaml", 2, "error: there is no pipeline file 'nowhere.yaml'"),
    ("run quick-edti", 2, 'none of that name is shipped; did you mean "quick-edit"?\nhint: shipped pipelines:'),
    ("run oen.yaml", 2, 'and none of that name is shipped; did you mean "one.yaml"?'),
    ("run sub/tow.yaml", 2, 'and none of that name is shipped; did you mean "sub/two.yaml"?'),
    ("run clip.mp4", 2, "clip.mp4: error: this is a video, not a pipeline\n    hint: to edit it: clipline edit"),
    ("plan noise", 2, "noise: error: this is no text, so it is no pipeline"),
    ("run .", 2, "error: . is a folder, not a pipeline file"),
    ("run one.yaml", 2, 'error: the input "clip" (a file) is required'),
    ("run one.yaml -i clip", 2, "error: -i clip: write -i NAME=VALUE"),
    ("run one.yaml -i clip=gone.mp4", 2, "there is no file"),
    ("run one.yaml -i clpi=one.yaml -i clip=one.yaml", 2, 'error: there is no input "clpi"; did you mean "clip"?'),
    ("run one.yaml --inputs gone.json", 2, "gone.json: error: there is no such file"),
    ("run one.yaml --inputs list.json", 2, "list.json:1:1: error: a file of inputs is a mapping"),
    ("run one.yaml --set run.backend", 2, "error: --set run.backend: write --set NAME=VALUE"),
    ("run one.yaml --set run.backed=x", 2, "error: unknown setting 'run.backed'\nhint: did you mean run.backend?"),
    ("run one.yaml --set studio.threads=x", 2, "studio.threads must be a whole number, 0 or more, got 'x'"),
    ("run one.yaml -i clip=one.yaml --backend lokal", 2, "error: there is no backend 'lokal'; did you mean \"local\"?"),
    ("run bad.yaml", 2, "bad.yaml:3:10: error: "),
    ("check bad.yaml", 2, "bad.yaml: 1 problem"),
    ("run empty.yaml", 2, "empty.yaml:1:1: error: the file is empty"),
    ("plan one.yaml", 2, 'error: the input "clip" (a file) is required'),
    ("graph one.yaml --format png", 2, "error: invalid value for '--format'"),
    ("edit one.yaml", 2, "error: missing argument 'INSTRUCTION'"),
    ("edit gone.mp4 x", 2, "there is no file"),
    ("resume nosuchrun", 2, "error: there is no run 'nosuchrun'\nhint: see `clipline runs list`"),
    ("runs show nosuchrun", 2, "error: there is no run 'nosuchrun'"),
    ("runs rm", 2, "error: say which runs to forget: their ids, or --all-done"),
    ("runs list --limit 0", 2, "error: invalid value for '--limit'"),
    (
        "init . --pipeline quik-edit",
        2,
        "error: no pipeline 'quik-edit' comes with clipline; did you mean \"quick-edit\"?",
    ),
    ("schema -o /dev/null/schema.json", 7, "error: cannot write /dev/null/schema.json: not a directory"),
    ("completion tcsh", 2, "error: invalid value for '{bash|zsh|fish}'"),
    ("webhook verify one.yaml --secret whsec_abc", 2, "error: --secret takes env:NAME or file:PATH"),
    ("webhook verify one.yaml --secret env:GONE", 2, "error: the environment variable GONE is not set"),
    ("webhook verify one.yaml --secret file:one.yaml -H x", 2, "error: -H x: write -H NAME:VALUE"),
    ("config --state", 2, "error: option '--state' requires an argument"),
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder that all lines are typed in."""
    (tmp_path / "one.yaml").write_text(PIPELINE)
    (tmp_path / "many.yaml").write_text(PIPELINE.replace("{clip: {type: file", "{clips: {type: files"))
    (tmp_path / "bad.yaml").write_text("clipline: 1\nname: bad\nstages: [auht]\n")
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "two.yaml").write_text(PIPELINE)
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(1024 * 1024 + 1))
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIPLINE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CLIPLINE_CONFIG", os.devnull)
    return tmp_path


@pytest.mark.parametrize(("line", "status", "said"), WRONG, ids=[line or "nothing" for line, _, _ in WRONG])
def test_a_wrong_command_line_ends_with_its_status_and_says_what_to_do(
    line: str, status: int, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = run(line.split())
    written = capfd.readouterr()
    assert said in written.err
    assert ended == status
    assert "this is a bug" not in written.err
    assert not written.out or line.startswith("check")


@pytest.mark.parametrize(
    "line", ["run nowhere.yaml --json", "rn --json", "run --bakend x --json", "run bad.yaml --json"]
)
def test_with_json_the_error_is_the_one_document(line: str, capfd: pytest.CaptureFixture[str]) -> None:
    ended = run(line.split())
    document = json.loads(capfd.readouterr().out)
    assert document["clipline_error"] == 1
    assert document["exit"] == ended == 2
    assert document["code"]
    assert document["message"]
