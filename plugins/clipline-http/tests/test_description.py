"""What is wrong in a description is told with its line and the nearest right word, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from form_service import DESCRIPTION
from services import EXAMPLE, described

from clipline.errors import PipelineFileError
from clipline_http.explain import supports
from clipline_http.reading import check_description, read_description

FORM = DESCRIPTION.format(url="http://127.0.0.1:1")


def complaints(folder: Path, text: str, old: str, new: str) -> list[str]:
    """Each complaint as `line:column: message` after a change, and the text at that place."""
    assert old in text, old
    file = folder / "service.yaml"
    file.write_text(text.replace(old, new, 1), "utf-8")
    try:
        _, problems = check_description(file)
    except PipelineFileError as error:
        problems = list(error.problems)
    return [f"{p.source_line[p.place.column - 1 :][:16]}|{p.severity}: {p.message}" for p in problems]


@pytest.mark.parametrize("text", [EXAMPLE.read_text("utf-8"), FORM])
def test_the_descriptions_of_these_tests_have_no_mistake(tmp_path: Path, text: str) -> None:
    found = complaints(tmp_path, text, "clipline_http", "clipline_http")
    assert [each for each in found if "error" in each] == []


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("service: Greyscale\n", "", "clipline_http: 1", 'needs the option "service"'),
        ("auth: bearer", "auth: bear", "bear", 'must be none or bearer, not "bear"; did you mean "bearer"?'),
        ("request: GET /account", "request: FETCH /account", "FETCH /account", "must have the form"),
        (
            "take: {id: /upload, ",
            "tak: {id: /upload, ",
            "tak:",
            'unknown key "tak" in "upload[0]"; did you mean "take"?',
        ),
        ('"{clip.bytes}"', '"{clip.byte}"', "{clip.byte}", 'no value "clip.byte" here; did you mean "clip.bytes"?'),
        ('"{clip.bytes}"', "{clip.bytes}", "{clip.bytes}", 'quote it: write "{clip.bytes}"'),
        ('"{clip.bytes}"', '"{clip.bytes"', '"{clip.bytes"', "has a brace that closes nothing"),
        ('"{clip.bytes}"', '"{clip}"', "{clip}", "is the file itself; here a name like {clip.name} is needed"),
        ('file: "{clip}"', 'json: {a: "{clip.name}"}', "submit:", "no request hands the clip over"),
        ("PUT {clip.put}", "PUT {clip.putt}", "{clip.putt}", 'did you mean "clip.put"?'),
        ("GET /jobs/{job.id}", "GET /jobs/{job.url}", "{job.url}", 'no value "job.url" here'),
        ("status: /status", "status: status.", "status.", "is no path; write it like /data/0/url"),
        ("failed: [failed]", "failed: [failed, done]", "done", '"done" stands under "done" already'),
        ("failed: free ", "failed: no ", "no ", 'must be charged or free, not "no"'),
        ('    reference: "{job.key}"', "", "find:", 'nothing in "submit" marks the job'),
        ("  paid:\n", "  paid: false\n  paied:\n", "paied:", 'unknown key "paied"'),
        ("limits: {every: 1s", "limits: {every: soon", "soon", "not a duration"),
        ("is: credits", "is: credit", "credit,", 'did you mean "credits"?'),
        ("take: {id: /job}\n  within", "take: {number: /job}\n  within", "take:", "must be taken here too: id"),
        ("url: http://127.0.0.1:8931/v1", "url: http://example.com?key=1", "http://example.c", "must have the form"),
    ],
)
def test_a_mistake_is_told_where_it_is(tmp_path: Path, old: str, new: str, at: str, message: str) -> None:
    found = complaints(tmp_path, EXAMPLE.read_text("utf-8"), old, new)
    assert any(each.startswith(at[:16]) and message in each and "|error" in each for each in found), found


@pytest.mark.parametrize(
    ("text", "old", "new", "message"),
    [
        (
            FORM,
            "clipline_http",
            "clipline_http",
            "nobody can tell whether it was done: the run will stop with status 6",
        ),
        (FORM, "http://127.0.0.1:1", "http://example.com", "the token is sent unencrypted"),
        (
            EXAMPLE.read_text("utf-8"),
            "failed: free ",
            "failed: charged ",
            "never cancelled while a cancelled one is charged",
        ),
    ],
)
def test_what_may_be_meant_and_may_cost_is_a_warning(
    tmp_path: Path, text: str, old: str, new: str, message: str
) -> None:
    found = complaints(tmp_path, text, old, new)
    assert any(message in each and "|warning" in each for each in found), found
    assert read_description(tmp_path / "service.yaml").service


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = (
        EXAMPLE.read_text("utf-8").replace("{clip.bytes}", "{clip.byte}").replace("{edit.instruction}", "{edit.words}")
    )
    found = complaints(tmp_path, text, "/percent", "percent.")
    assert len([each for each in found if "|error" in each]) == 3


@pytest.mark.parametrize("content", [b"", b"- a", b"clipline_http: 2", b"\xff\xfe", b"a: [", b"x" * 2_000_000])
def test_what_is_no_description_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "service.yaml"
    file.write_bytes(content)
    with pytest.raises(PipelineFileError) as caught:
        read_description(file)
    assert "service.yaml" in str(caught.value)


def test_what_its_requests_use_is_what_a_service_can_do(tmp_path: Path) -> None:
    able = supports(read_description(described(tmp_path / "a.yaml", "http://127.0.0.1:1")))
    assert able["edit"] == {"instruction": "native", "quality=normal": "native"}
    assert (able["export"]["size"], able["export"]["format=mp4"], able["export"]["format=gif"]) == (
        "after",
        "native",
        "after",
    )
    names = {"w": "output.width", "f": "output.format", "q": "output.quality", "o": "edit.operations"}
    more = (
        'source: "{clip.id}"',
        "".join(f'{key}: "{{{name}}}"\n    ' for key, name in names.items()) + 'source: "{clip.id}"',
    )
    words = ("values: {strength", "words: {format: {webm: vp9, mp4: h264}, quality: {high: hd}}\nvalues: {strength")
    able = supports(read_description(described(tmp_path / "b.yaml", "http://127.0.0.1:1", more, words)))
    assert able["edit"]["operations"] == "native"
    assert able["export"]["size"] == able["export"]["format=webm"] == able["export"]["quality=high"] == "native"
    assert able["export"]["quality=low"] == able["export"]["format=mov"] == "after"
