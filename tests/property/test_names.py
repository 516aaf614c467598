"""A name that a template gives stays in its folder and is valid on every system, with all that is made beside it."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from itertools import islice
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clipline import artifacts
from clipline.errors import InputError
from clipline.pipeline.expressions import ExpressionError, parse
from clipline.stage import Collision
from examples import examples

# --- names as people, services and attackers write them ---------------------------------------------------------------

_DEVICES = ["CON", "nul", "Aux", "PRN", "com1", "LPT9", "com¹", "LPT³", "CONIN$", "conout$", "NUL ", "con.", "com0"]
_TRICKS = [
    "..",
    ".",
    "...",
    " ",
    "~",
    "~root",
    "/",
    "\\",
    "C:",
    "c:",
    "//server/share",
    "\\\\?\\",
    "%2e%2e",
    "$HOME",
    "-rf",
]
_SIGNS = [*'<>:"|?*\\/.', *"\0\x01\x1f\x7f\x80\x85\x9b\n\r\t\u2028\u202e\u2066\ufdd0\uffff\udc80\ud800\U0001fffe"]
_LETTERS = [
    "a",
    "B",
    "é",
    "e\u0301",
    "ｅ",
    "İ",
    "ı",
    "ß",
    "ﬁ",
    "城",
    "\U0001f600",
    "👩‍👩‍👧",
    "\u200e",
    "\u0300",
    " ",
    "-",
    "_",
]
words = st.sampled_from([*_DEVICES, *_TRICKS, *_SIGNS, *_LETTERS])
long = st.builds(
    lambda sign, times: sign * times, st.sampled_from(["x", "é", "城", "\U0001f600"]), st.integers(40, 260)
)
texts = st.lists(words, max_size=5).map("".join) | st.text(max_size=12) | long
fields = st.sampled_from(["{name}", "{run}", "{date}", "{time}", "{index}", "{ext}", "{{", "}}"])
templates = st.lists(fields | texts | st.sampled_from(["/", "."]), min_size=1, max_size=5).map("".join)
facts = st.fixed_dictionaries(dict.fromkeys(artifacts.NAME_FIELDS, texts))


def resolved(out: Path, to: str, values: dict[str, str]) -> Path | None:
    """The path, or None where it was refused in words."""
    try:
        return artifacts.resolve_target(out, to, values)
    except InputError as error:
        refused = error
    assert refused.code in {"unsafe_name", "name_template"}
    assert refused.message
    assert refused.hint
    assert json.dumps(refused.as_json())
    return None


def valid_everywhere(name: str) -> bool:
    """Whether Linux, macOS and Windows all take this as the name of one file; said anew, apart from the code."""
    stem = name.split(".", maxsplit=1)[0].rstrip(" ").upper()
    device = re.fullmatch(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[1-9¹²³]", stem)
    signs = any(unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"} or each in '<>:"/\\|?*' for each in name)
    no_character = any(ord(each) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(each) <= 0xFDEF for each in name)
    if device or signs or no_character or name in {"", ".", ".."} or name[-1] in ". ":
        return False
    decomposed = unicodedata.normalize("NFD", name)  # how HFS+ keeps it: at most 255 units of UTF-16
    return len(name.encode()) <= 255 and len(decomposed.encode("utf-16-le")) // 2 <= 255


def all_beside(target: Path) -> list[Path]:
    """The file itself, ten thousand numbers on, its facts, and what both are written as first."""
    last = next(islice(artifacts.numbered(target), 9_999, None))
    files = [target, last, artifacts.sidecar_of(target), artifacts.sidecar_of(last)]
    return [*files, *(artifacts.temporary_beside(each) for each in files)]


@examples(400)
@given(to=templates, values=facts)
@example(to="{name}.{ext}", values={**dict.fromkeys(artifacts.NAME_FIELDS, "x"), "name": "con"})
@example(to="x" * 215, values=dict.fromkeys(artifacts.NAME_FIELDS, "x"))
@example(to="{name}/x", values=dict.fromkeys(artifacts.NAME_FIELDS, ".."))
def test_a_name_stays_in_its_folder_and_is_valid_everywhere(tmp_path: Path, to: str, values: dict[str, str]) -> None:
    target = resolved(tmp_path, to, values)
    if target is None:
        return
    inside = target.relative_to(tmp_path)
    assert inside.parts
    assert all(valid_everywhere(part) for part in inside.parts[:-1])
    assert all(valid_everywhere(each.name) for each in all_beside(target))
    # Windows reads it as a name below the folder as well.
    windows = PureWindowsPath(*inside.parts)
    assert not windows.drive
    assert not windows.root
    assert len(windows.parts) == len(inside.parts)


@examples(40)
@given(to=templates, values=facts)
def test_a_name_that_is_given_can_be_written_and_is_the_one_that_is_there(
    tmp_path_factory: pytest.TempPathFactory, to: str, values: dict[str, str]
) -> None:
    out = tmp_path_factory.mktemp("out")
    target = resolved(out, to, values)
    if target is None:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    files = all_beside(target)
    for each in files:
        each.write_bytes(b"")
    assert {os.fsencode(path.name) for path in target.parent.iterdir()} >= {os.fsencode(each.name) for each in files}


@examples(300)
@given(name=texts)
def test_whatever_a_source_is_called_its_edit_has_a_name_or_the_person_is_told(tmp_path: Path, name: str) -> None:
    values = dict.fromkeys(artifacts.NAME_FIELDS, "x") | {"name": name, "ext": "mp4"}
    target = resolved(tmp_path, "edited-{name}.{ext}", values)
    # Only its length can be in the way: the signs in it were replaced.
    if target is None:
        assert len(name.encode("utf-8", "replace")) > 150
    else:
        assert target.parent == tmp_path


_AS_NAMES = [
    "stem",
    "name",
    "suffix",
    "slug",
    "trim",
    "lower",
    "upper",
    "replace('/', '_')",
    "stem | slug",
    "name | stem",
]


@pytest.mark.parametrize("filters", _AS_NAMES)
@examples(60)
@given(text=texts)
def test_what_a_filter_makes_of_a_path_stays_in_the_folder_too(tmp_path: Path, filters: str, text: str) -> None:
    try:
        found = parse(f"text | {filters}").evaluate({"text": text})
    except ExpressionError:
        return
    if filters.endswith("slug"):
        assert re.fullmatch(r"(?:[^\W_]+(?:-[^\W_]+)*)?", found)
    # The braces of a name are no fields: this is how a file's author writes it as well.
    target = resolved(tmp_path, found.replace("{", "{{").replace("}", "}}"), {})
    assert target is None or (tmp_path in target.parents and valid_everywhere(target.name))


akin = st.lists(st.sampled_from(_LETTERS), min_size=1, max_size=5).map(lambda each: "".join(each).strip()).filter(bool)


@examples(60)
@given(name=akin, collision=st.sampled_from(["fail", "number"]))
def test_names_that_some_systems_take_for_the_same_never_replace_each_other(
    tmp_path_factory: pytest.TempPathFactory, name: str, collision: Collision
) -> None:
    out = tmp_path_factory.mktemp("out")
    kin = {name, name.upper(), name.lower(), *(unicodedata.normalize(form, name) for form in ("NFC", "NFD"))}
    for number, each in enumerate(sorted(kin)):
        target = resolved(out, f"{each}.mp4", {})
        assert target is not None
        for place in artifacts.numbered(target):
            if not os.path.lexists(place):
                place.write_text(str(number))
                break
            if collision == "fail":
                break
    written = sorted(path.read_text() for path in out.iterdir())
    assert len(set(written)) == len(written)
    assert collision == "fail" or len(written) == len(kin)


@examples(150)
@given(to=texts | templates)
def test_a_template_without_fields_means_itself(tmp_path: Path, to: str) -> None:
    plain = to.replace("{", "").replace("}", "")
    target = resolved(tmp_path, plain, {})
    if target is not None:
        parts = [part for part in plain.split("/") if part not in {"", "."}]
        assert target == tmp_path.joinpath(*parts)
