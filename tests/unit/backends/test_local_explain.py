"""What the local backend says before a run: how it understands words, what it refuses, and what is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from clipline import app
from clipline.backends.local import LocalBackend, backends
from clipline.builtin.plugin import stage_kinds
from clipline.stage import Explanation

Earlier = list[tuple[str, Any]]


def explain(kind: str, options: dict[str, Any], earlier: Earlier | None = None, out: Path | None = None) -> Explanation:
    found = LocalBackend().explain(kind, options, earlier or [], out)
    assert found is not None
    return found


@pytest.fixture
def uploaded(media: Any) -> Earlier:
    return [("auth", {}), ("upload", {"files": [str(media.clip), str(media.image), str(media.song)]})]


# --- supports --------------------------------------------------------------------------------------------------------


def test_it_can_do_every_option_but_fetching_addresses() -> None:
    supports = LocalBackend().supports()
    options = {kind.name: set(kind.options["properties"]) for kind in stage_kinds()}
    missing = {kind: options[kind] - set(supports[kind]) for kind in supports}
    assert missing == {"auth": set(), "upload": {"urls"}, "edit": set(), "export": set()}
    assert all(set(supports[kind]) <= options[kind] for kind in supports)


def test_it_is_offered_under_its_name() -> None:
    (backend,) = backends()
    assert backend.name == "local"
    assert isinstance(backend.create({}), LocalBackend)


# --- what will be done -----------------------------------------------------------------------------------------------


def test_the_seeds_sentence_is_explained(uploaded: Earlier) -> None:
    words = "remove the background person and replace it with a solid color"
    said = explain("edit", {"instruction": words}, uploaded)
    assert not said.refuses
    assert any("foreground" in note and "black" in note for note in said.notes)
    assert said.notes[-1] == "fill the background person with #000000"


def test_an_upload_says_which_clip_is_edited(uploaded: Earlier) -> None:
    assert explain(*uploaded[1]).notes == ("the clip to edit: clip.mp4", "at hand: beach.png, song.wav")


def test_a_title_that_no_font_can_write_is_refused_before_the_work(uploaded: Earlier) -> None:
    letter = "\U0010fffd"  # nobody's: no font has it
    for options in ({"instruction": f'add the title "Hello {letter}"'}, {"operations": [{"title": letter}]}):
        said = explain("edit", options, uploaded)
        assert (said.code, said.option) == ("no_font", next(iter(options)))
        assert "no font on this machine can write" in said.refuses
        assert said.hint


def test_a_second_upload_knows_the_first(uploaded: Earlier, media: Any) -> None:
    said = explain("upload", {"files": str(media.clip)}, uploaded)
    assert said.notes == ("the clip to edit: clip.mp4", "at hand: beach.png, song.wav")
    assert explain("upload", {"files": str(media.other_clip)}, uploaded).code == "second_clip"


def test_an_export_says_which_file_it_makes(uploaded: Earlier) -> None:
    asked = ("edit", {"instruction": "make it a 480p webm"})
    assert explain("export", {"quality": "best"}, [*uploaded, asked]).notes == (
        "makes clip-edited.webm: webm, quality best",
        "the picture of 320x240 stands on black in 854x480; crop it to fill that",
    )


def test_what_of_a_name_only_the_run_knows_stands_as_it_is_written(uploaded: Earlier) -> None:
    said = explain("export", {"to": "{name}-{index}-{date}.{ext}"}, uploaded)
    assert said.notes == ("makes clip-{index}-{date}.mp4: mp4, quality high",)
    assert explain("export", {}, [("upload", None)]).notes == ("makes a file named after the clip: mp4, quality high",)


def test_a_size_that_a_container_cannot_hold_is_said(uploaded: Earlier) -> None:
    asked = ("edit", {"instruction": "resize to 161x121"})
    assert "mp4 takes no odd sides: 161x121 is cut to 160x120" in explain("export", {}, [*uploaded, asked]).notes


def test_a_rate_that_a_gif_does_not_have_is_said(uploaded: Earlier) -> None:
    said = "the clip has 25 frames a second, a gif of quality high has 20"
    assert said in explain("export", {"format": "gif"}, uploaded).notes
    assert said not in explain("export", {"format": "gif", "fps": 25}, uploaded).notes


@pytest.mark.parametrize(
    "options",
    [{"instruction": "keep 0:01.5 to 0:10"}, {"operations": [{"trim": {"start": 1.5, "end": 10}}]}],
)
def test_a_trim_beyond_the_end_says_how_long_the_clip_is(uploaded: Earlier, options: dict[str, Any]) -> None:
    assert "the clip is 2s long: 0.5s are kept" in explain("edit", options, uploaded).notes


def test_an_edit_that_will_change_nothing_is_said_to(uploaded: Earlier) -> None:
    assert "this changes nothing" in explain("edit", {"operations": [{"trim": {"start": 0}}]}, uploaded).notes


def test_of_kinds_that_are_others_it_says_nothing() -> None:
    assert LocalBackend().explain("verify", {}, [], None) is None
    assert LocalBackend().explain("auth", {}, [], None) is None


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "option", "words"),
    [
        ("upload", {"files": "/nowhere/clip.mp4"}, "files", "does not exist"),
        ("edit", {"instruction": "make it pop"}, "instruction", "make it pop"),
        ("edit", {"operations": [{"trim": {"start": 99}}]}, "operations", "the clip ends at 2s"),
        ("edit", {"operations": [{"music": "/nowhere/x.mp3"}]}, "operations", "x.mp3"),
        ("export", {"to": "x.avi"}, "to", ".avi"),
        ("export", {"to": "x.mp4", "format": "gif"}, "to", "format is gif"),
        ("export", {"to": "{nme}.mp4"}, "to", "did you mean {name}"),
        ("export", {"size": "2x2", "max_size": "4x4"}, "size", "not both"),
    ],
)
def test_what_cannot_be_done_is_refused_at_its_option(
    uploaded: Earlier, kind: str, options: dict[str, Any], option: str, words: str
) -> None:
    said = explain(kind, options, uploaded if kind != "upload" else [])
    assert words in said.refuses
    assert said.option == option
    assert said.code


@pytest.mark.parametrize("format_", ["mp4", "mkv"])
def test_transparency_is_refused_in_a_container_without_it(uploaded: Earlier, format_: str) -> None:
    cut_out = ("edit", {"instruction": "make the background transparent"})
    said = explain("export", {"format": format_}, [*uploaded, cut_out])
    assert f"{format_} carries no transparency" in said.refuses
    assert "webm" in said.hint
    assert not explain("export", {"format": "webm"}, [*uploaded, cut_out]).refuses


def test_isolated_people_on_black_are_said_beforehand(uploaded: Earlier) -> None:
    said = explain("export", {}, [*uploaded, ("edit", {"operations": [{"isolate": "people"}]})])
    assert "mp4 carries no transparency, so all around them is black" in said.notes


def test_what_depends_on_stages_not_known_yet_is_not_refused(media: Any, tmp_path: Path) -> None:
    unknown: Earlier = [("upload", None)]
    assert not explain("edit", {"operations": [{"trim": {"start": 99}}]}, unknown).refuses
    assert not explain("export", {}, unknown).refuses
    assert not explain(
        "edit", {"instruction": "crop to 1:1"}, [("upload", {"files": str(media.song)}), *unknown]
    ).refuses
    # What the words ask for may decide how the file ends.
    (tmp_path / "clip-edited.mp4").touch()
    assert not explain("export", {}, [("upload", {"files": str(media.clip)}), ("edit", None)], tmp_path).refuses


@pytest.mark.parametrize("kind", ["edit", "export"])
def test_a_stage_without_a_clip_is_refused(media: Any, kind: str) -> None:
    options = {"instruction": "crop to 1:1"} if kind == "edit" else {}
    assert explain(kind, options).refuses == f"there is no clip to {kind}"
    material = {"files": [str(media.image), str(media.song)], "use": "material"}
    said = explain(kind, options, [("upload", material)])
    what = "beach.png was handed over only to be used in the edit of a clip; song.wav is only sound, not a video"
    assert (said.refuses, said.code) == (f"there is no clip to {kind}: {what}", "no_clip")


def test_a_missing_clip_is_told_once() -> None:
    edit: Earlier = [("edit", {"instruction": "crop to 1:1"})]
    assert not explain("edit", {"instruction": "crop to 1:1"}, edit).refuses
    assert not explain("export", {}, edit).refuses
    assert not explain("edit", {"instruction": "crop to 1:1"}, [("upload", {"files": "/nowhere/clip.mp4"})]).refuses


CROP = {"stage": "edit", "with": {"operations": [{"crop": "1:1"}]}}


@pytest.mark.parametrize(
    ("before", "is_refused"),
    [
        ([], True),
        ([{"stages": ["UPLOAD"], "id": "group"}], False),
        ([{"parallel": ["UPLOAD"], "id": "both"}], False),
        ([{"for_each": [1], "id": "each", "stages": ["UPLOAD"]}], True),
        ([{"stages": [{"for_each": [1], "id": "each", "stages": ["UPLOAD"]}], "id": "group"}], True),
    ],
)
def test_a_clip_may_come_from_a_block_but_not_from_a_loop(media: Any, before: list[Any], is_refused: bool) -> None:
    upload = {"stage": "upload", "with": {"files": str(media.clip)}}

    def filled(stages: list[Any]) -> list[Any]:
        lists = {"stages", "parallel"}
        return [
            upload
            if each == "UPLOAD"
            else {key: filled(value) if key in lists else value for key, value in each.items()}
            for each in stages
        ]

    found = app.check({"clipline": 1, "stages": [*filled(before), CROP]}, backend="local")
    assert [problem.message for problem in found] == ["there is no clip to edit"] * is_refused


# --- where the file goes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", ["x.mp4", "x.mp4.json"])
def test_a_taken_name_is_refused_where_it_is_to_stay(uploaded: Earlier, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).touch()
    said = explain("export", {"to": "x.mp4"}, uploaded, tmp_path)
    assert (said.refuses, said.code) == (f"{tmp_path / taken} exists already", "exists")
    for collision in ("number", "overwrite"):
        assert not explain("export", {"to": "x.mp4", "collision": collision}, uploaded, tmp_path).refuses
    assert not explain("export", {"to": "x.mp4"}, uploaded).refuses


def test_a_folder_is_not_overwritten_by_a_file(uploaded: Earlier, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").mkdir()
    said = explain("export", {"to": "x.mp4", "collision": "overwrite"}, uploaded, tmp_path)
    assert (said.refuses, said.code) == (f"{tmp_path / 'x.mp4'} is a folder", "is_folder")


def test_the_source_is_not_overwritten(uploaded: Earlier, media: Any) -> None:
    said = explain("export", {"to": "clip.mp4", "collision": "overwrite"}, uploaded, media.clip.parent)
    assert said.code == "over_source"


def test_a_folder_that_cannot_be_written_to_is_refused(uploaded: Earlier, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for out in (tmp_path / "file" / "below", Path("/proc/none")):
        said = explain("export", {}, uploaded, out)
        assert (said.refuses.startswith("cannot write to "), said.code) == (True, "disk"), said
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_folder_that_is_made_later_is_none_to_complain_of(uploaded: Earlier, tmp_path: Path) -> None:
    assert not explain("export", {"to": "deep/{name}.mp4"}, uploaded, tmp_path / "new" / "folder").refuses
    assert not list(tmp_path.iterdir())


def test_one_refusal_is_told_once(uploaded: Earlier) -> None:
    earlier: Earlier = [*uploaded, ("edit", {"instruction": "make it pop"})]
    assert not explain("edit", {"instruction": "blur the background"}, earlier).refuses
    assert not explain("export", {}, earlier).refuses


# --- without the extra -----------------------------------------------------------------------------------------------

WITHOUT_EXTRA = """
import sys
from pathlib import Path

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"av", "numpy", "cv2", "onnxruntime", "PIL"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocker())
from pathlib import Path
from clipline.errors import UsageError
from clipline.plugin_manager import Plugins
from clipline.testing.calls import stage_call

plugins = Plugins.load(allow=())
assert not [info.error for info in plugins.infos if info.error], plugins.infos
run = plugins.for_run("local", {})
assert run.explain("auth", {}, []) is None
upload = ("upload", {"files": "a.mp4"})
said = run.explain(*upload, [])
print(said.refuses, "|", said.hint)
for kind in ("edit", "export"):
    assert run.explain(kind, {"instruction": "x"}, [upload]) is None, "said once"
for kind in ("auth", "upload", "edit", "export"):
    try:
        run.call_stage(stage_call(Path(sys.argv[1]), kind), kind, {})
    except UsageError as error:
        assert (error.code, error.exit) == ("extra_missing", 2)
        print(error.message, "|", error.hint)
call = stage_call(Path(sys.argv[1]), "verify", offers=plugins.offers, files=[Path("a.mp4")])
try:
    run.call_stage(call, "verify", {"media": {"decodes": True}})
except UsageError as error:
    print(error.message, "|", error.hint)
"""


def test_without_the_extra_every_door_says_what_to_install(tmp_path: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA, str(tmp_path)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    what = "av, numpy, opencv-python-headless, onnxruntime, pillow | run: pip install 'clipline[local]'"
    assert lines[:-1] == [f'the backend "local" needs what is not installed: {what}'] * 5
    assert lines[-1] == f'the check "media" needs what is not installed: {what}'


def test_loading_the_plugins_imports_no_video_library() -> None:
    code = (
        "import sys\nfrom clipline.plugin_manager import Plugins\nPlugins.load(allow=())\n"
        "print([name for name in ('av', 'numpy', 'cv2', 'PIL', 'onnxruntime', 'httpx', 'yaml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_file_that_an_unknown_stage_may_hand_over_is_not_missed(media: Any) -> None:
    options = {"instruction": "add the music other.wav"}
    assert not explain("edit", options, [("upload", None)]).refuses
    assert explain("edit", options, [("upload", {"files": str(media.clip)})]).code == "not_at_hand"
    assert explain("upload", {"files": [str(media.song)]}, [("upload", None)]).notes == ()
