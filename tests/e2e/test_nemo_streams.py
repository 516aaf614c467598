"""Every row about the event stream, what is said in it and what is typed, as whole runs over a real socket."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import commands
from clipline import app
from clipline.errors import PipelineFileError
from clipline.testing.nemo import MockNemo, mock_nemo
from cloud_runs import BEFORE, Cloud, clip, cloud, event, fault, said, scripted

ASK = {"instruction": "make a film titled Urban Dreams"}
CHANGE = 'track 2 added: Title: "Urban Dreams" (0-0.3s)'
END = said("All done.", turnComplete=True)
VENDOR_END = 'data: {"type":"text","content":"All done."}\n\n'


def told(folder: Path, stream: str, **drafts: Any) -> tuple[Any, Cloud]:
    """An edit that is answered with this stream."""
    with scripted(folder, stream, **drafts) as service:
        result = service.converse("edit", ASK)
        assert result.status == "done", result.errors
        return result.stages["edit"].outputs, service


# --- events ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "text"),
    [
        pytest.param(END, "All done.", id="text"),
        pytest.param(VENDOR_END, "All done.", id="text, the older dialect"),
        pytest.param(said("All ", partial=True) + said("done", partial=True) + END, "All done.", id="partial texts"),
        pytest.param(event({"text": "I should call a tool", "thought": True}) + END, "All done.", id="a thought"),
        pytest.param(
            event({"functionCall": {"id": "c", "name": "edit_timeline", "args": {"secret": "args"}}})
            + event({"functionResponse": {"id": "c", "name": "edit_timeline", "response": {"status": "ok"}}})
            + END,
            "All done.",
            id="a tool and its result",
        ),
        pytest.param(
            'data: {"type":"tool_call","name":"edit_timeline","args":{}}\n\n'
            'data: {"type":"tool_result","name":"edit_timeline","result":{"status":"ok"}}\n\n' + VENDOR_END,
            "All done.",
            id="a tool and its result, the older dialect",
        ),
        pytest.param('data: {"type":"heartbeat"}\n\n' + END, "All done.", id="a heartbeat"),
        pytest.param("data: heartbeat\n\n" + END, "All done.", id="the word heartbeat"),
        pytest.param("heartbeat\n\n" + END, "All done.", id="the bare word"),
        pytest.param("data:\n\n" + END, "All done.", id="empty data"),
        pytest.param(": heartbeat\n\n" + END, "All done.", id="a comment"),
        pytest.param(
            END + said("I encountered a temporary issue. Try again."), "All done.", id="an apology at the end"
        ),
        pytest.param(
            'data: {"content":{"parts":[{"text":"I encountered a temporary issue"}]}}\n\n',
            "I encountered a temporary issue",
            id="an apology that is all there is",
        ),
        pytest.param(said("one\u2028two\u2029three\x85four"), "one\u2028two\u2029threefour", id="no ends of lines"),
        pytest.param(f"\ufeff{END}".replace("\n", "\r\n"), "All done.", id="a mark at the start, and CRLF"),
        pytest.param(END.replace("\n", "\r"), "All done.", id="lone CR"),
        pytest.param(said("", actions={"stateDelta": {"log": "x" * 400_000}}) + END, "All done.", id="a long line"),
        pytest.param('data: {"author":"nemo_agent"}\n\n' + END, "All done.", id="no content"),
        pytest.param("data: [1,2]\n\ndata: null\n\ndata: 7\n\n" + END, "All done.", id="what nobody knows"),
    ],
)
def test_each_event_is_shown_or_hidden_as_its_row_says(tmp_path: Path, stream: str, text: str) -> None:
    outputs, service = told(tmp_path, stream)
    assert outputs["text"] == text
    shown = "\n".join([*service.notes, *service.progress])
    assert CHANGE in service.notes
    for hidden in ("I should call", "secret", "edit_timeline", "heartbeat", "stateDelta"):
        assert hidden not in shown
    assert len(service.asked("message")) == 1


CAPTURES = Path(__file__).parents[1] / "data" / "adk-captures"


@pytest.mark.parametrize("name", ["hello", "stream", "tools", "slow", "silent", "state"])
def test_what_a_real_server_sent_is_an_edit_like_any_other(tmp_path: Path, name: str) -> None:
    body = (CAPTURES / f"{name}.http").read_bytes().partition(b"\r\n\r\n")[2].decode()
    outputs, service = told(tmp_path, body)
    assert outputs["changes"] == [CHANGE]
    assert bool(outputs["text"]) == (name != "silent")
    assert "{" not in outputs["text"]
    # The same text came in pieces and as a whole: it is told once.
    words = outputs["text"].split()
    assert words[: len(words) // 2] != words[len(words) // 2 :] or not words
    assert len(service.asked("message")) == 1


def test_an_error_of_a_real_server_is_reported_in_its_words(tmp_path: Path) -> None:
    body = (CAPTURES / "error.http").read_bytes().partition(b"\r\n\r\n")[2].decode()
    (words,) = set(re.findall(r'"errorMessage":\s*"([^"]+)"', body))
    with scripted(tmp_path, body, after=BEFORE) as service:
        result = service.converse("edit", ASK)
        assert result.exit == 6
        assert any(words in note for note in service.notes)
        assert len(service.asked("message")) == 1


def test_an_edit_that_answers_nothing_is_read_from_the_state_and_told_track_by_track(tmp_path: Path) -> None:
    outputs, service = told(tmp_path, event({"functionCall": {"id": "c", "name": "edit_timeline", "args": {}}}))
    assert (outputs["text"], outputs["changed"], outputs["changes"]) == ("", True, [CHANGE])
    assert CHANGE in service.notes


@pytest.mark.parametrize("seed", range(4))
def test_silent_edits_of_the_service_are_as_good_as_spoken_ones(tmp_path: Path, seed: int) -> None:
    with cloud(tmp_path, silent=1.0, seed=seed) as service:
        assert service.run().status == "done"
        assert "track 1: Video: clip.mp4 (0-0.6s) → Video: clip.mp4 (0-0.3s)" in service.notes
        assert "the service answered without a word; this is what the timeline says" in service.notes


@pytest.mark.parametrize("dialect", ["adk", "vendor"])
@pytest.mark.parametrize("form", ["json", "broken", "event"])
def test_an_error_in_the_stream_is_reported_and_never_sent_again(tmp_path: Path, dialect: str, form: str) -> None:
    wrong = fault("message", "stream_error", code=503, message="The model is overloaded", form=form)
    with cloud(tmp_path, wrong, dialect=dialect) as service:
        result = service.run()
        # What the stream had done before its error is found in the state, adopted and said.
        assert result.status == "done", result.errors
        assert result.stages["edit"].outputs["changed"]
        assert [finding.level for _, finding in result.findings] == ["WARN"]
        assert len(service.asked("message")) == len(service.charges) == 1


@pytest.mark.parametrize(
    "error",
    [
        'data: {"error":"overloaded","error_details":{"code":"503"}}\n\n',
        'data: {"error": "overloaded", "error_details": {\'code\': \'503\'}}\n\n',
        'data: {"errorCode":"503","errorMessage":"overloaded"}\n\n',
    ],
)
def test_an_error_in_a_stream_that_changed_nothing_is_told_with_its_words(tmp_path: Path, error: str) -> None:
    with scripted(tmp_path, error, after=BEFORE) as service:
        result = service.converse("edit", ASK)
        (told,) = result.errors
        assert (result.exit, told["code"]) == (6, "outcome_unknown")
        assert "overloaded" in "\n".join([told["message"], told["hint"], *service.notes])
        assert len(service.asked("message")) == 1


def test_a_stream_that_ends_without_a_mark_of_its_end_is_looked_at_and_not_sent_again(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "close", "at_end")) as service:
        assert service.run().status == "done"
        assert len(service.asked("message")) == len(service.charges) == 1


#: Real seconds that each wait takes where two sides of a stream have to keep up with each other.
STEP = 0.02


# --- time ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["typed", "word", "bare", "empty", "comment"])
def test_heartbeats_keep_the_stream_open_and_the_person_is_told_every_two_minutes(tmp_path: Path, form: str) -> None:
    beats = fault("message", "heartbeats_only", seconds=570, form=form)
    with cloud(tmp_path, beats, step=STEP) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert service.notes.count("⏳ Still working...") == 4
        assert not [note for note in service.notes if note.startswith("no news for long")]
        assert len(service.asked("message")) == len(service.charges) == 1


def test_after_ten_minutes_of_heartbeats_the_state_is_read_beside_the_stream_which_stays_open(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "heartbeats_only", seconds=840), step=STEP) as service:
        result = service.run()
        assert result.status == "done", result.errors
        (note,) = [note for note in service.notes if note.startswith("no news for long; so far: ")]
        assert "Timeline (1 track): 1. Video: clip.mp4 (0-0." in note
        assert 6 <= service.notes.count("⏳ Still working...") <= 7
        (message,) = service.asked("message")
        assert message.complete
        looks = [each.time for each in service.asked("state") if 600 <= each.time - message.time <= 700]
        assert len(looks) == 1


def test_a_stream_ends_at_fifteen_minutes_and_what_it_did_is_found(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "heartbeats_only", seconds=2000), step=STEP) as service:
        result = service.run()
        assert result.status == "done", result.errors
        (message,) = service.asked("message")
        assert not message.complete
        after = min(each.time for each in service.asked("state") if each.time - message.time > 700)
        assert 900 <= after - message.time <= 1000
        assert len(service.charges) == 1


def test_a_server_that_is_silent_for_minutes_is_not_cut_off(tmp_path: Path) -> None:
    with cloud(tmp_path, fault("message", "stall", "at_headers", seconds=800)) as service:
        result = service.run()
        assert result.status == "done", result.errors
        assert not result.findings
        assert service.asked("message")[0].complete
        assert len(service.charges) == 1


def test_a_dropped_stream_is_read_at_thirty_seconds_and_then_every_minute(tmp_path: Path) -> None:
    broken = [fault("message", "reset", "after_bytes", after=60, effect="lost")]
    with cloud(tmp_path, *broken) as service:
        result = service.run()
        (error,) = result.errors
        assert (result.exit, error["code"]) == (6, "outcome_unknown")
        sent = service.asked("message")[0].time
        reads = [round(each.time - sent) for each in service.asked("state") if each.time > sent]
        assert reads[:5] == [30, 90, 150, 210, 270]
        assert len(service.asked("message")) == 1
        assert "--resend" in error["hint"]


def test_a_clip_from_words_takes_minutes_and_the_person_hears_of_it(tmp_path: Path) -> None:
    # The service takes 100 to 300 s for a clip; the mock's pauses are a hundredth of that.
    with cloud(tmp_path, step=STEP, pace=100.0) as service:
        result = service.run("generate", {"prompt": "generate a 2-second video of a beach"})
        assert result.status == "done", result.errors
        assert [(charge.kind, charge.amount) for charge in service.charges] == [("generation", 100)]
        assert service.clock.monotonic() > 100
        assert (service.out / "generated.mp4").stat().st_size > 500


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_render_is_asked_for_every_thirty_seconds(tmp_path: Path, number: int) -> None:
    with cloud(tmp_path, render_polls=number) as service:
        assert service.run().status == "done"
        moments = [service.asked("render")[0].time, *(each.time for each in service.asked("render_status"))]
        gaps = {round(after - before, 3) for before, after in pairwise(moments)}
        assert gaps == {30.0}
        assert len(moments) == number + 2


# --- talk of buttons and panels --------------------------------------------------------------------------------------

OFFERED = {
    "export": "to have the file: `clipline export`, or in a file an `export` stage",
    "by hand": "to change it further, say how: `clipline say`, or in a file another `edit` stage",
    "tracks": 'Timeline (2 tracks): 1. Video: clip.mp4 (0-0.6s) 2. Title: "Urban Dreams" (0-0.3s)',
}


@pytest.mark.parametrize(
    ("talk", "kept", "offered"),
    [
        ("I added the title. Click on the segment to adjust it further.", "I added the title.", "by hand"),
        ("标题已添加。点击片段可以进一步调整。", "标题已添加。", "by hand"),
        ("I added the title. Open the Effects panel to fine-tune it.", "I added the title.", "tracks"),
        ("标题已添加。打开特效面板可以继续调整。", "标题已添加。", "tracks"),
        ("I added the title. Drag the clip on the timeline to move it.", "I added the title.", "by hand"),
        ("标题已添加。拖拽片段可以改变它的位置。", "标题已添加。", "by hand"),
        ("I added the title. You can preview in timeline to see how it looks.", "I added the title.", "tracks"),
        ("标题已添加。您可以在时间线中预览效果。", "标题已添加。", "tracks"),
        (
            "I added the title. Click Export button in the upper right corner to save it.",
            "I added the title.",
            "export",
        ),
        ("标题已添加。点击导出按钮即可保存视频。", "标题已添加。", "export"),
        ("I added the title. Please check account/billing to see your credits.", "I added the title.", None),
        ("标题已添加。请打开账户面板查看积分。", "标题已添加。", None),
        ("The man clicks his fingers, and the door opens.", "The man clicks his fingers, and the door opens.", None),
    ],
)
def test_talk_of_the_web_page_is_dropped_and_what_it_asked_for_is_done_or_offered(
    tmp_path: Path, talk: str, kept: str, offered: str | None
) -> None:
    outputs, service = told(tmp_path, said(talk))
    assert outputs["text"] == kept
    assert kept in service.notes
    for words in ("Click", "panel", "Drag", "Export button", "点击", "面板", "拖拽", "billing", "账户"):
        assert words not in "\n".join([*service.notes, *service.progress])
    for name, words in OFFERED.items():
        assert (words in service.notes) == (name == offered)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_services_own_talk_of_buttons_never_reaches_the_person(tmp_path: Path, language: str) -> None:
    with cloud(tmp_path, gui_talk=1.0, language=language, edit_cost=1) as service:
        service.converse("upload", {"files": [str(service.clip)]})
        for number in range(6):
            assert service.converse("edit", {"instruction": f"add the title number {number}"}).status == "done"
        shown = "\n".join([*service.notes, *service.progress])
        assert not re.search(r"(?i)\bclick|\bdrag\b|panel|点击|拖拽|面板|导出按钮", shown)
        assert ("Done: " if language == "en" else "已完成") in shown


# --- what a person types ---------------------------------------------------------------------------------------------

TYPED: Mapping[str, tuple[str, ...]] = {
    "export": ("export", "导出", "download", "send me the video", "下载"),
    "credits": ("credits", "积分", "balance", "余额"),
    "status": ("status", "状态", "show tracks"),
    "upload": ("upload", "上传"),
}
HINTS = {"export": "`export` stage", "credits": "clipline credits", "status": "clipline status", "upload": "`upload`"}
INSIDE = {
    "export": ("please export it now", "Could you send me the video, thanks!", "请把视频导出"),
    "credits": ("how many credits do I have left?", "我还有多少积分？", "what is my balance"),
    "status": ("what's the status?", "show me the tracks please", "现在是什么状态"),
    "upload": ("I want to upload a clip", "upload my video", "我要上传视频"),
}
EDITS = (
    "add a status bar at the top",
    "remove the credits at the end",
    "add an export-style title",
    "add upbeat music",
    "put a download icon in the corner",
    "make a balance beam scene",
    "add a caption saying upload your video",
    "remove the man and export it",
    "加一个状态栏",
    "去掉片尾的积分字样",
    "把导出按钮的图标加到角落",
    "remove the background person",
    "把背景换成绿色",
)


def complaints(words: str) -> list[Any]:
    handed = {"stage": "upload", "with": {"urls": ["https://media.example.test/clip.mp4"]}}
    stages = ["auth", handed, {"stage": "edit", "with": {"instruction": words}}]
    asked = {"clipline": 1, "name": "no", "stages": stages}
    return app.check(asked, backend="nemo", settings={})


@pytest.mark.parametrize(
    ("place", "words"),
    [(place, words) for table in (TYPED, INSIDE) for place, several in table.items() for words in several],
)
def test_words_that_are_no_edit_are_refused_by_check_with_where_they_belong(place: str, words: str) -> None:
    for typed in (words, words.upper()):
        (problem,) = complaints(typed)
        assert problem.code == "no_edit"
        assert HINTS[place] in problem.hint


@pytest.mark.parametrize("words", EDITS)
def test_words_that_only_speak_of_such_things_are_edits(words: str) -> None:
    assert complaints(words) == []
    assert complaints(words.upper()) == []


def chat(folder: Path, service: MockNemo, *lines: str) -> subprocess.CompletedProcess[str]:
    """A whole conversation in a process of its own, line by line."""
    variables = commands.environment(folder / "state", CLIPLINE_RUN_BACKEND="nemo", **service.environment)
    return commands.clipline("chat", cwd=folder, env=variables, said="\n".join(lines))


def routes(service: MockNemo) -> list[str]:
    return [request.route for request in service.requests]


def test_what_is_typed_in_a_chat_goes_where_the_table_says_and_only_edits_to_the_agent(tmp_path: Path) -> None:
    clip(tmp_path)
    asked = [words for place in ("credits", "status") for table in (TYPED, INSIDE) for words in table[place]]
    with mock_nemo(silent=0, gui_talk=0) as service:
        ended = chat(tmp_path, service, "upload clip.mp4", *asked, "上传", "add the title Status")
        assert [charge.text for charge in service.ledger] == ["add the title Status"]
        assert routes(service).count("upload") == 1
        assert routes(service).count("message") == 1
        assert ended.stdout.count("90 credits available") == 0
        assert ended.stdout.count("100 credits available") == len(TYPED["credits"] + INSIDE["credits"])
        assert ended.stdout.count("Timeline (1 track): 1. Video: clip.mp4 (0-0.6s)\n") == 6
        assert "no file to upload is named" in ended.stderr


@pytest.mark.parametrize("words", [*TYPED["export"], *INSIDE["export"]])
def test_words_for_the_file_make_it_and_never_reach_the_agent(tmp_path: Path, words: str) -> None:
    clip(tmp_path)
    with mock_nemo(silent=0, render_polls=0) as service:
        ended = chat(tmp_path, service, "clip.mp4", words)
        assert ended.returncode == 0, ended.stderr
        assert "message" not in routes(service)
        assert "render" in routes(service)
        assert (tmp_path / "clip-edited.mp4").exists()


def test_a_session_that_is_gone_is_replaced_in_a_chat_and_the_person_is_told(tmp_path: Path) -> None:
    clip(tmp_path)
    gone = [{"route": "message", "nth": 1, "phase": "before_effect", "kind": "dead_session"}]
    with mock_nemo(silent=0, faults=gone) as service:
        ended = chat(tmp_path, service, "clip.mp4", "add the title One", "clip.mp4", "add the title Two")
        assert routes(service).count("session") == 2
        assert [charge.text for charge in service.ledger] == ["add the title Two"]
        assert "the session is gone; a new one is opened, and its timeline is empty" in ended.stderr
        assert "hand your files over again" in ended.stderr


# --- the draft -------------------------------------------------------------------------------------------------------

ODD: Any = {
    "zz": [1, {"b": 2, "a": 1}],
    "id": 12345678901234567890123456789,
    "price": 1.10,
    "tiny": 1e-07,
    "big": 2.5e16,
    "minus": -0.0,
    "none": None,
    "ünï": "\u2028\U0001f3ac",
    "m": {"width": 64, "height": 48, "title": "x", "q": {"y": 0.30000000000000004}},
    "t": [{"sg": [{"d": 600, "m": {"title": "clip.mp4"}, "f": "clip.mp4", "zz": [[]]}], "tt": 0, "unknown": True}],
    "d": 600,
}


def test_the_draft_is_carried_into_the_render_byte_for_byte(tmp_path: Path) -> None:
    with cloud(tmp_path) as service:
        service.converse("upload", {"files": [str(service.clip)]})
        session = service.session
        service.change(sessions=lambda sessions: sessions[session].update(draft=ODD))
        assert service.converse("export", {"to": "made.mp4"}).status == "done"
        (asked,) = service.asked("render")
        as_told = json.dumps(ODD, ensure_ascii=False, separators=(",", ":")).encode()
        assert b'"draft": ' + as_told + b"," in asked.body
        assert json.loads(asked.body)["draft"] == ODD


def test_digits_that_no_number_of_ours_holds_come_back_as_they_were(tmp_path: Path) -> None:
    text = '{"t":[{"tt":0,"sg":[{"d":600,"m":{"title":"a"}}]}],"p":1.10,"q":1E+400,"r":0.1000000000000000055511151231}'
    with scripted(tmp_path, END, draft=text) as service:
        service.converse("auth")
        result = service.converse("export", {"to": "made.mp4"})
        assert result.exit
        (asked,) = [each for each in service.server.requests if each.path == "/api/render/proxy/lambda"]
        assert f'"draft":{text}'.encode() in asked.body.replace(b'"draft": ', b'"draft":')


# --- the summary -----------------------------------------------------------------------------------------------------


def test_the_summary_line_is_exactly_the_one_of_the_page(tmp_path: Path) -> None:
    draft = {
        "t": [
            {"tt": 0, "sg": [{"d": 10_000, "m": {"title": "city timelapse"}}]},
            {"tt": 1, "sg": [{"d": 10_000, "m": {"title": "Lo-fi", "volume": 0.35}}]},
            {"tt": 7, "sg": [{"d": 3000, "m": {"title": "Urban Dreams"}}]},
        ]
    }
    outputs, _ = told(tmp_path, END, after=draft)
    assert outputs["summary"] == (
        "Timeline (3 tracks): 1. Video: city timelapse (0-10s) 2. BGM: Lo-fi (0-10s, 35%) "
        '3. Title: "Urban Dreams" (0-3s)'
    )


def test_in_a_summary_times_are_running_sums_and_nothing_is_invented(tmp_path: Path) -> None:
    draft = {"t": [{"tt": 0, "sg": [{"d": 1500}, {"d": 500, "m": {"title": "b"}}]}, {"tt": 1, "sg": []}, {"tt": 99}]}
    outputs, _ = told(tmp_path, END, after=draft)
    assert (
        outputs["summary"]
        == "Timeline (3 tracks): 1. Video: clip (0-1.5s), b (1.5-2s) 2. BGM: (empty) 3. Track: (empty)"
    )


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "code"),
    [
        ("clip.mp4", 500 * 1024 * 1024 + 1, "file_too_large"),
        ("clip.txt", 5, "unsupported_file"),
        ("clip", 5, "unsupported_file"),
    ],
)
def test_what_the_service_does_not_take_is_refused_before_anything_is_sent(
    tmp_path: Path, name: str, size: int, code: str
) -> None:
    file = tmp_path / name
    with file.open("wb") as opened:
        opened.truncate(size)  # a file with a hole: it takes no room
    with cloud(tmp_path) as service:
        with pytest.raises(PipelineFileError) as raised:
            service.run(inputs={"clip": str(file)})
        (problem,) = raised.value.problems
        assert problem.code == code
        assert not service.server.requests


@pytest.mark.parametrize(
    "name",
    [
        "a.mp4",
        "a.mov",
        "a.avi",
        "a.webm",
        "a.mkv",
        "a.jpg",
        "a.png",
        "a.gif",
        "a.webp",
        "a.mp3",
        "a.wav",
        "a.m4a",
        "a.aac",
    ],
)
def test_every_format_of_the_page_is_sent(tmp_path: Path, name: str) -> None:
    with cloud(tmp_path) as service:
        file = service.clip.rename(tmp_path / name)
        assert service.converse("upload", {"files": [str(file)]}).status == "done"
        assert len(service.asked("upload")) == 1
