from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clipline.errors import InputError
from clipline.pipeline.inputs import Given, Unreadable, parse_inputs, parse_value
from clipline.pipeline.model import InputSpec


def value_of(kind: Any, value: object, folder: Path = Path("/"), **more: Any) -> Any:
    return parse_value(InputSpec("x", kind, **more), value, folder)


NO_DURATION = "not a duration: 'soon'; write seconds, or like 30s, 2m, 1h30m, 1:30 or 0:01:30.5"


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("string", "12", "12"),
        ("string", "no", "no"),
        ("string", "", ""),
        ("integer", "12", 12),
        ("integer", " -3 ", -3),
        ("integer", 4, 4),
        ("integer", 4.0, 4),
        ("number", "1.5", 1.5),
        ("number", "12", 12),
        ("number", 0.5, 0.5),
        ("boolean", "true", True),
        ("boolean", "No", False),
        ("boolean", "1", True),
        ("boolean", False, False),
        ("duration", "1:30", 90.0),
        ("duration", "1m30s", 90.0),
        ("duration", 2, 2.0),
        ("size", "1080 x 1920", "1080x1920"),
        ("enum", "warm", "warm"),
    ],
)
def test_values_are_read_by_the_declared_type(kind: str, given: object, value: Any) -> None:
    found = value_of(kind, given, values=("warm", "cold"))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("integer", "1.5", 'must be a whole number, not "1.5"'),
        ("integer", True, "must be a whole number, not true or false"),
        ("integer", "9" * 5000, 'must be a whole number, not "' + "9" * 60 + '"'),
        ("number", "nan", 'must be a number, not "nan"'),
        ("number", "1e999", 'must be a number, not "1e999"'),
        ("boolean", "maybe", 'must be true or false, not "maybe"'),
        ("boolean", 1, "must be true or false, not 1"),
        ("duration", "soon", NO_DURATION),
        ("size", "big", "not a size: 'big'; write width x height in pixels, like 1920x1080"),
        ("enum", "wram", 'must be warm or cold, not "wram"; did you mean "warm"?'),
        ("string", 5, "must be text, not a number: quote it"),
        ("string", ["a", "b"], "takes one value, not 2"),
        ("string", "a\0b", "must be text without the character U+0000"),
        ("file", "", "is empty"),
        ("file", "/no/such.mp4", "there is no file /no/such.mp4"),
        ("file", "/", "/ is not a file"),
        ("directory", "/no/such", "there is no folder /no/such"),
        ("files", {"a": 1}, "must be a list of files, not a mapping"),
        ("table", 5, "must be a CSV, JSON or JSON Lines file, or a list of rows, not a number"),
    ],
)
def test_what_is_not_of_the_type_is_refused_in_words(kind: str, given: object, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        value_of(kind, given, values=("warm", "cold"))
    assert caught.value.messages == (message,)


def test_numbers_and_durations_keep_their_bounds() -> None:
    assert value_of("integer", "5", minimum=1, maximum=5) == 5
    with pytest.raises(Unreadable, match="must be at least 1, not 0"):
        value_of("integer", "0", minimum=1)
    with pytest.raises(Unreadable, match="must be at most 1m30s, not 2m"):
        value_of("duration", "2m", maximum=90.0)


def test_typed_paths_count_from_the_working_folder_and_the_nearest_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "holiday.mp4").write_bytes(b"")
    assert value_of("file", "./holiday.mp4", tmp_path) == str(tmp_path / "holiday.mp4")
    assert value_of("file", Path("holiday.mp4"), tmp_path) == str(tmp_path / "holiday.mp4")
    assert value_of("directory", "sub/..", tmp_path) == str(tmp_path)
    with pytest.raises(Unreadable, match=r'did you mean "holiday.mp4"\?'):
        value_of("file", "holyday.mp4", tmp_path)


def test_a_folder_is_never_suggested_for_a_file_nor_a_file_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "noperm").mkdir()
    (tmp_path / "shots.mp4").write_bytes(b"")
    (tmp_path / "p.mp4").write_bytes(b"")  # no nearer to the first than its ending makes any file
    for kind, written in (("file", "nope.mp4"), ("directory", "shots")):
        with pytest.raises(Unreadable) as caught:
            value_of(kind, written, tmp_path)
        assert "did you mean" not in str(caught.value)


def test_several_files_are_given_by_repetition_by_one_text_or_by_a_list_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a.mp4", "sub/b.mp4"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "sub" / "list.json").write_text(json.dumps(["../a.mp4", "b.mp4"]))
    both = [str(tmp_path / "a.mp4"), str(tmp_path / "sub" / "b.mp4")]
    assert value_of("files", ["a.mp4", "sub/b.mp4"], tmp_path) == both
    assert value_of("files", "a.mp4", tmp_path) == both[:1]
    assert value_of("files", "@sub/list.json", tmp_path) == both
    with pytest.raises(Unreadable) as caught:
        value_of("files", ["c.mp4", "a.mp4", "d.mp4"], tmp_path)
    assert len(caught.value.messages) == 2
    for text, message in [("{}", "but a mapping"), ("[", "is no JSON list of files")]:
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(Unreadable, match=message):
            value_of("files", "@bad.json", tmp_path)


# --- tables ----------------------------------------------------------------------------------------------------------

COLUMNS = {
    "clip": InputSpec("clip", "file", required=True),
    "start": InputSpec("start", "duration", default="0s"),
    "title": InputSpec("title", "string"),
}


def table(folder: Path, name: str, text: str) -> Any:
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return value_of("table", name, folder, columns=COLUMNS)


def test_tables_are_read_from_csv_json_and_json_lines_alike(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    clip = str(tmp_path / "a.mp4")
    rows = [{"clip": clip, "start": 90.0, "title": "Hi, you"}, {"clip": clip, "start": 0.0, "title": None}]
    given = [{"clip": "a.mp4", "start": "1:30", "title": "Hi, you"}, {"clip": "a.mp4"}]
    assert table(tmp_path, "jobs.csv", '\ufeffclip,start,title\r\na.mp4,1:30,"Hi, you"\r\n\r\na.mp4\r\n') == rows
    assert table(tmp_path, "jobs.csv", "clip;start;title\na.mp4;1:30;Hi, you\na.mp4\n") == rows
    assert table(tmp_path, "jobs.tsv", "clip\tstart\ttitle\na.mp4\t1:30\tHi, you\na.mp4\n") == rows
    assert table(tmp_path, "jobs.json", json.dumps(given, indent=2)) == rows
    assert table(tmp_path, "jobs.jsonl", "\n".join(map(json.dumps, given))) == rows
    assert value_of("table", given, tmp_path, columns=COLUMNS) == rows


def test_paths_in_a_table_count_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.mp4").write_bytes(b"")
    (tmp_path / "sub" / "jobs.csv").write_text("clip\na.mp4\n")
    (row,) = value_of("table", "sub/jobs.csv", tmp_path, columns=COLUMNS)
    assert row["clip"] == str(tmp_path / "sub" / "a.mp4")


def test_an_empty_text_cell_is_empty_text_and_any_other_empty_cell_is_null(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"")
    (row,) = table(tmp_path, "jobs.csv", "clip,start,title\na.mp4,,\n")
    assert (row["start"], row["title"]) == (0.0, "")


@pytest.mark.parametrize(
    ("name", "text", "messages"),
    [
        ("jobs.csv", "clip,titel\na.mp4,x\n", ['jobs.csv:2: unknown column "titel"; did you mean "title"?']),
        (
            "jobs.csv",
            'title,clip,start\n"two\nlines",none.mp4,1s\nx,,soon\n',
            [
                'jobs.csv:2: column "clip": there is no file FOLDER/none.mp4',
                'jobs.csv:4: column "clip" is empty',
                f'jobs.csv:4: column "start": {NO_DURATION}',
            ],
        ),
        ("jobs.csv", "", ["jobs.csv is empty; its first line names the columns"]),
        ("jobs.csv", "clip,clip\n", ['jobs.csv:1: the column "clip" stands twice']),
        ("jobs.csv", "clip\na,b\n", ["jobs.csv:2: the row has 2 cells, the first line 1"]),
        ("jobs.csv", 'clip\n"a', ["jobs.csv:2: unexpected end of data"]),
        ("jobs.json", "{}", ["jobs.json:1: a table is a list of objects: [{…}, …]"]),
        ("jobs.json", '[\n  {"clip": "none.mp4"}\n]', ['jobs.json:2: column "clip": there is no file FOLDER/none.mp4']),
        ("jobs.json", '[\n  {"clip": }]', ["jobs.json:2: Expecting value"]),
        ("jobs.json", "[{} {}]", ['jobs.json:1: a "," or "]" is missing here']),
        ("jobs.json", "[{}]\n\nx", ["jobs.json:3: nothing may follow the list"]),
        ("jobs.json", "[5]", ["jobs.json:1: must be a mapping of columns, not a number"]),
        ("jobs.json", "[NaN]", ["jobs.json:1: NaN is no JSON"]),
        ("jobs.jsonl", '{"clip": 5}\n\nnope\n', ["jobs.jsonl:3: Expecting value"]),
        ("jobs.jsonl", '\n{"clip": 5}\n', ['jobs.jsonl:2: column "clip": must be text, not a number: quote it']),
        ("jobs.txt", "clip\n", ["jobs.txt is no table; its name ends in .csv, .tsv, .json or .jsonl"]),
    ],
)
def test_a_bad_row_is_told_with_file_and_line(tmp_path: Path, name: str, text: str, messages: list[str]) -> None:
    with pytest.raises(Unreadable) as caught:
        table(tmp_path, name, text)
    found = [message.replace(str(tmp_path), "FOLDER") for message in caught.value.messages]
    absent = 'jobs.csv:2: column "clip": there is no file FOLDER/a.mp4'
    assert [each for each in found if each != absent] == messages


def test_a_table_that_is_no_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "jobs.csv").write_bytes("clip\nCafé.mp4\n".encode("latin-1"))
    with pytest.raises(Unreadable, match=r"jobs.csv:2: this is no UTF-8"):
        value_of("table", "jobs.csv", tmp_path, columns=COLUMNS)


def test_a_deeply_nested_json_file_is_refused_without_a_crash(tmp_path: Path) -> None:
    for name, text in [("jobs.json", "[" * 200_000), ("jobs.jsonl", "[" * 200_000)]:
        with pytest.raises(Unreadable):
            table(tmp_path, name, text)


# --- all inputs of a pipeline ----------------------------------------------------------------------------------------


def test_paths_count_from_where_they_are_written(tmp_path: Path) -> None:
    for name in ("typed", "file", "inputs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.mp4").write_bytes(b"")
    specs = {name: InputSpec(name, "file", default="a.mp4") for name in ("typed", "file", "inputs")}
    given = {"typed": "a.mp4", "inputs": Given("a.mp4", tmp_path / "inputs")}
    found = parse_inputs(specs, given, working_folder=tmp_path / "typed", file_folder=tmp_path / "file")
    assert found == {name: str(tmp_path / name / "a.mp4") for name in specs}


def test_what_is_given_as_null_is_not_given() -> None:
    specs = {"a": InputSpec("a", "integer", default=3), "b": InputSpec("b", "string")}
    nowhere = {"working_folder": Path("/"), "file_folder": Path("/")}
    assert parse_inputs(specs, {"a": None, "b": None}, **nowhere) == {"a": 3, "b": None}
    with pytest.raises(InputError, match=r'there is no input "c"; known are a and b'):
        parse_inputs(specs, {"c": 1}, **nowhere)


def test_the_home_of_nobody_is_a_name_like_any_other(tmp_path: Path) -> None:
    spec = InputSpec("clip", "file")
    with pytest.raises(Unreadable, match=r"there is no file .*~nobody_of_that_name"):
        parse_value(spec, "~nobody_of_that_name/a.mp4", tmp_path)
    (tmp_path / "~nobody_of_that_name.mp4").touch()
    assert parse_value(spec, "~nobody_of_that_name.mp4", tmp_path) == str(tmp_path / "~nobody_of_that_name.mp4")


def test_a_number_of_thousands_of_digits_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text('[\n{"n": ' + "9" * 4000 + '}, {"n": ' + "9" * 5000 + "}]")
    columns = {"n": InputSpec("n", "integer", minimum=1, maximum=5)}
    with pytest.raises(Unreadable, match=r"jobs\.json:2: a number here has too many digits"):
        parse_value(InputSpec("jobs", "table", columns=columns), str(path), tmp_path)
    for kind in ("integer", "number", "duration"):
        with pytest.raises(Unreadable):
            parse_value(InputSpec("n", kind, minimum=1, maximum=5), 10**5000, tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [".json", ".jsonl", ".csv"])
def test_a_table_of_too_many_rows_is_refused_as_soon_as_that_is_seen(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"jobs{kind}"
    path.write_text({".json": "[" + "1,\n" * 400_000, ".jsonl": "1\n" * 400_000, ".csv": "a\n" * 400_000}[kind])
    with pytest.raises(Unreadable, match="has more than 10000 rows"):
        parse_value(InputSpec("jobs", "table", columns={"a": InputSpec("a", "string")}), str(path), tmp_path)


def test_a_table_with_thousands_of_mistakes_tells_a_hundred(tmp_path: Path) -> None:
    spec = InputSpec("jobs", "table", columns={"a": InputSpec("a", "integer")})
    rows: list[object] = [{f"b{number}": 1} for number in range(5000)]
    with pytest.raises(Unreadable) as caught:
        parse_value(spec, [{f"b{number}": 1 for number in range(5000)}, *rows], tmp_path)
    assert len(caught.value.messages) == 100
    with pytest.raises(Unreadable) as caught:
        parse_value(InputSpec("clips", "files"), [f"none{number}.mp4" for number in range(5000)], tmp_path)
    assert len(caught.value.messages) == 100
