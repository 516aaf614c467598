"""Names that are safe everywhere, hashes, and what the disk says, on real files."""

from __future__ import annotations

import hashlib
import os
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipline import artifacts
from clipline.errors import CliplineError, InputError, MachineError

FACTS = {"name": "my clip", "run": "r1", "date": "2026-03-01", "time": "143005", "index": "2", "ext": "mp4"}


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "name"),
    [
        ("{name}-edited.{ext}", "my clip-edited.mp4"),
        ("{date}/{time}-{index}-{run}.{ext}", "2026-03-01/143005-2-r1.mp4"),
        ("plain.mp4", "plain.mp4"),
        ("视频.mp4", "视频.mp4"),
        ("{{x}}.mp4", "{x}.mp4"),
        ("a/./b.mp4", "a/b.mp4"),
        (".hidden", ".hidden"),
        ("con-fetti.mp4", "con-fetti.mp4"),
        ("x" * 211 + ".mp4", "x" * 211 + ".mp4"),
    ],
)
def test_a_template_becomes_a_path_inside_the_output_folder(tmp_path: Path, to: str, name: str) -> None:
    assert artifacts.resolve_target(tmp_path, to, FACTS) == tmp_path / name


@pytest.mark.parametrize(
    "to",
    [
        "../out.mp4",
        "a/../../out.mp4",
        "/etc/out.mp4",
        "C:/out.mp4",
        "C:out.mp4",
        "",
        ".",
        "folder/",
        "a\\b.mp4",
        "a:b.mp4",
        "what?.mp4",
        "a\nb.mp4",
        "a\x00b.mp4",
        "con.mp4",
        "CON",
        "lpt1.tar.gz",
        "a/nul/b.mp4",
        "ends.",
        "ends ",
        " begins.mp4",
        "x" * 300 + ".mp4",
        "ü" * 130 + ".mp4",
        "\udcff.mp4",
        "com¹.txt",
        "CONIN$",
        "a\x85b.mp4",
        "a\u2028b.mp4",
        "exe.\u202e4pm",
        "a\uffffb.mp4",
        "x" * 212 + ".mp4",
    ],
)
def test_a_name_that_some_system_would_not_take_is_refused(tmp_path: Path, to: str) -> None:
    with pytest.raises(InputError) as caught:
        artifacts.resolve_target(tmp_path, to, FACTS)
    assert caught.value.code == "unsafe_name"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("{nme}.mp4", "unknown field {nme}; did you mean {name}?"),
        ("{0}.mp4", "unknown field {0}"),
        ("{}.mp4", "unknown field {}"),
        ("{name.x}.mp4", "unknown field {name.x}"),
        ("{name!r}.mp4", "takes no format"),
        ("{name:>9}.mp4", "takes no format"),
        ("{name", "braces do not match"),
        ("name}", "braces do not match"),
    ],
)
def test_a_template_that_is_wrong_says_why(tmp_path: Path, to: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        artifacts.resolve_target(tmp_path, to, FACTS)
    assert why in str(caught.value)
    assert caught.value.code == "name_template"


def test_a_field_without_a_value_is_an_error_and_not_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no value here"):
        artifacts.resolve_target(tmp_path, "{index}.mp4", {"name": "x"})


def test_what_a_system_refuses_in_a_fact_becomes_an_underscore(tmp_path: Path) -> None:
    facts = {**FACTS, "name": "../Part 1: why?/\n"}
    assert artifacts.resolve_target(tmp_path, "{name}.mp4", facts) == tmp_path / ".._Part 1_ why___.mp4"


def test_a_name_that_is_no_utf_8_makes_one_that_is(tmp_path: Path) -> None:
    facts = {**FACTS, "name": "caf\udce9"}
    assert artifacts.resolve_target(tmp_path, "{name}.mp4", facts) == tmp_path / "caf_.mp4"


def test_braces_in_a_fact_are_no_template(tmp_path: Path) -> None:
    assert artifacts.resolve_target(tmp_path, "{name}.mp4", {"name": "{run}"}) == tmp_path / "{run}.mp4"


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "door").symlink_to(tmp_path)
    with pytest.raises(InputError, match="leads out"):
        artifacts.resolve_target(out, "door/x.mp4", FACTS)


def test_an_output_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert artifacts.resolve_target(tmp_path / "link", "a/x.mp4", FACTS) == tmp_path / "real" / "a" / "x.mp4"


@given(st.text(max_size=80))
def test_whatever_is_typed_stays_inside_and_can_be_written(tmp_path_factory: pytest.TempPathFactory, to: str) -> None:
    out = tmp_path_factory.mktemp("out")
    try:
        target = artifacts.resolve_target(out, to, FACTS)
    except CliplineError:
        return
    assert out in target.parents
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(b"")
    assert target.is_file()


def test_numbers_go_before_the_extension(tmp_path: Path) -> None:
    names = [path.name for path in islice(artifacts.numbered(tmp_path / "a.b.mp4"), 3)]
    assert names == ["a.b.mp4", "a.b-2.mp4", "a.b-3.mp4"]


def test_a_temporary_name_is_hidden_new_and_keeps_the_extension(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 227 + ".mp4")
    one, other = artifacts.temporary_beside(target), artifacts.temporary_beside(target)
    assert one != other
    assert one.parent == tmp_path
    assert one.name.startswith(".")
    assert one.suffix == ".mp4"
    one.write_bytes(b"")  # the longest allowed name has room for its marks


def test_the_sidecar_stands_beside_its_file() -> None:
    assert artifacts.sidecar_of(Path("/a/b.mp4")) == Path("/a/b.mp4.json")


# --- content ---------------------------------------------------------------------------------------------------------


def test_a_file_has_its_hash_and_size(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"abc")
    assert artifacts.sha256_of(file) == hashlib.sha256(b"abc").hexdigest()
    assert artifacts.size_of(file) == 3


def test_a_folders_hash_knows_content_and_names(tmp_path: Path) -> None:
    hashes = set()
    for number, files in enumerate([{"a": b"1", "b": b"2"}, {"a": b"2", "b": b"1"}, {"a": b"1", "c": b"2"}]):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        hashes.add(artifacts.sha256_of(folder))
        assert artifacts.size_of(folder) == 2
    assert len(hashes) == 3


def test_files_and_folders_can_be_brought_to_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_bytes(b"x")
    artifacts.sync(tmp_path / "a")
    artifacts.sync(tmp_path / "a" / "b" / "c")
    artifacts.sync_folder(tmp_path)


def test_discarding_removes_files_folders_and_links_but_not_what_a_link_names(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "x").write_bytes(b"")
    (tmp_path / "link").symlink_to(kept)
    for path in (tmp_path / "link", tmp_path / "gone"):
        artifacts.discard(path)
    assert (kept / "x").exists()
    assert not (tmp_path / "link").is_symlink()
    artifacts.discard(kept)
    assert not kept.exists()


@pytest.mark.parametrize("action", [artifacts.sha256_of, artifacts.size_of, artifacts.sync])
def test_what_is_not_there_is_said_to_be_missing(tmp_path: Path, action: object) -> None:
    assert callable(action)
    with pytest.raises(MachineError, match="gone: no such file or directory"):
        action(tmp_path / "gone")


def test_a_file_where_a_folder_should_be_is_said_to_be_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MachineError) as caught:
        artifacts.make_folder(tmp_path / "file" / "below")
    assert "a file stands" in caught.value.hint


def test_a_full_disk_has_a_code_of_its_own(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with pytest.raises(MachineError) as caught, artifacts.disk("write", full), full.open("wb", buffering=0) as file:
        os.write(file.fileno(), b"x")
    assert caught.value.code == "disk_full"
    assert "clipline resume" in caught.value.hint
