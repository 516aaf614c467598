"""What is tried in `campaigns.hostile_files`: each attack lays its files out and gives the command that meets them.

The folder of a cell: `work` is where the command is called, with a clip, pipelines and an output folder `out`; `victim`
stands for all that is not clipline's to touch; `state` is the state folder.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from campaigns.bombs import BOMBS, playlists

__all__ = ["Attack", "Ground", "attacks"]

EDIT = """\
clipline: 1
name: edit
inputs: {clip: {type: file, required: true}, to: {type: string, default: made.mp4}}
stages:
  - stage: upload
    with: {files: "${{ inputs.clip }}"}
  - stage: edit
    with: {instruction: keep 0s to 0.2s}
  - stage: export
    with: {to: "${{ inputs.to }}", collision: COLLISION, post_export: STEPS}
"""
FLAT = EDIT.replace("COLLISION", "fail").replace("STEPS", "[]")

#: Names that do harm somewhere: to a path, a terminal, a shell, a report, a spreadsheet, another system.
NAMES = (
    "../../victim/x.mp4", "/tmp/../tmp/hostile-x.mp4", "..", ".", "", "a/../../../victim/x.mp4",
    "~/x.mp4", "a\\..\\b.mp4",
    "a\x1b]0;owned\x07.mp4", "a\x1b[2J\x1b[31mb.mp4", "a\nerror: all is well.mp4", "a\rb.mp4", "a\x9b2Jb.mp4",
    "a\0b.mp4",
    "-rf.mp4", "--out=x.mp4", "@list.mp4", "clip\u202e4pm.exe.mp4", "clip\u2066x\u2069.mp4", "\u2028.mp4",
    "x" * 300 + ".mp4", "ü" * 130 + ".mp4", "con.mp4", "NUL", "com1.mp4", "a:b.mp4", "a.mp4.", " a.mp4 ", "a*?.mp4",
    "=cmd|' /C calc'!A0.mp4", "<img src=x onerror=alert(1)>.mp4", 'a]]>&amp;".mp4', "$(touch owned).mp4",
    "`touch owned`.mp4",
    "a;touch owned;.mp4", "${{ secrets.x }}.mp4", "{run}-{date}.mp4", "{ext.__class__}.mp4", "{0}.mp4", "%s%n.mp4",
    ".mp4",
    "made.mp4/x.mp4", "\udcff\udcfe.mp4", "a\u0300\u0301\u0302" * 20 + ".mp4", "file:made.mp4", "http://x/y.mp4",
    "pipe:1.mp4",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a cell takes place; `clip` is the bytes of one."""

    folder: Path
    clip: bytes

    @property
    def work(self) -> Path:
        """The folder that the command is called in."""
        return self.folder / "work"

    @property
    def out(self) -> Path:
        """Where files may be made."""
        return self.work / "out"

    @property
    def victim(self) -> Path:
        """A folder in which nothing may change."""
        return self.folder / "victim"

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def prepare(self) -> None:
        """Lay out what every cell has."""
        for folder in (self.work, self.out, self.victim / "below"):
            folder.mkdir(parents=True)
        (self.victim / "letter.txt").write_text("mine\n")
        (self.victim / "below/film.mp4").write_bytes(b"mine")
        (self.work / "clip.mp4").write_bytes(self.clip)
        self.pipeline()

    def pipeline(self, collision: str = "fail", steps: str = "[]") -> None:
        """The pipeline of a cell."""
        (self.work / "p.yaml").write_text(EDIT.replace("COLLISION", collision).replace("STEPS", steps))

    def run(self, clip: str = "clip.mp4", *more: str) -> list[str]:
        """The command that edits a clip."""
        return ["run", "p.yaml", "-i", f"clip={clip}", "--out", "out", *more]


Prepare = Callable[[Ground], "list[str] | None"]


@dataclass(frozen=True, slots=True)
class Attack:
    """What is tried: `prepare` gives the command line, None where this system cannot have such a thing."""

    name: str
    prepare: Prepare
    environment: Mapping[str, str] | None = None


def attacks() -> Iterator[Attack]:
    """Every attack, in a fixed order."""
    yield from _names()
    yield from _places()
    yield from _inputs()
    yield from _folders()


# --- names -----------------------------------------------------------------------------------------------------------


def _names() -> Iterator[Attack]:
    for number, name in enumerate(NAMES):
        shown = f"{number:02} {name[:24]!a}"
        for command, prepare in _BY_NAME.items():
            yield Attack(f"name {command} {shown}", partial(_named, prepare, name))


def _named(prepare: Callable[[Ground, str], list[str] | None], name: str, ground: Ground) -> list[str] | None:
    return prepare(ground, name)


def _laid(ground: Ground, folder: Path, name: str) -> bool:
    """Whether a clip of this name can be there at all."""
    try:
        if "/" in name or not name:
            return False
        (folder / name).write_bytes(ground.clip)
    except (OSError, ValueError):
        return False
    return (folder / name).is_file()


def _as_clip(ground: Ground, name: str) -> list[str] | None:
    if not _laid(ground, ground.work, name):
        return None
    (ground.work / "p.yaml").write_text(FLAT.replace("default: made.mp4", "default: '{name}-edited.mp4'"))
    return ground.run(f"./{name}", "--report", "junit=out/r.xml", "--report", "json=out/r.json")


def _as_planned(ground: Ground, name: str) -> list[str] | None:
    return ["plan", "p.yaml", "-i", f"clip=./{name}"] if _laid(ground, ground.work, name) else None


def _as_batch(ground: Ground, name: str) -> list[str] | None:
    if not _laid(ground, ground.work, name):
        return None
    return ["batch", "p.yaml", f"./{name}", "--out", "out", "--summary", "out/told.csv", "--report", "junit=out/r.xml"]


def _as_watched(ground: Ground, name: str) -> list[str] | None:
    (ground.out / "in").mkdir()
    if not _laid(ground, ground.out / "in", name):
        return None
    (ground.work / "p.yaml").write_text(FLAT.replace("default: made.mp4", "default: '{name}-edited.mp4'"))
    return ["watch", "out/in", "p.yaml", "--out", "out/made", "--once", "--settle", "0.1s", "--interval", "0.1s"]


def _as_target(ground: Ground, name: str) -> list[str] | None:
    return None if "\0" in name else ground.run("clip.mp4", "-i", f"to={name}")


def _as_row(ground: Ground, name: str) -> list[str]:
    text = json.dumps({"clip": "clip.mp4", "to": name})
    (ground.work / "jobs.jsonl").write_text(text + "\n")
    return ["batch", "p.yaml", "--table", "jobs.jsonl", "--out", "out", "--summary", "out/told.csv"]


def _as_words(ground: Ground, name: str) -> list[str]:
    """In the places of a file that a person reads: its name, its description, a message."""
    words = json.dumps(name)
    text = FLAT.replace("name: edit", f"name: {words}\ndescription: {words}", 1)
    message = (
        f"finally:\n  - stage: notify\n    with: {{message: {words}, via: [console, file: {{path: out/n.jsonl}}]}}\n"
    )
    (ground.work / "p.yaml").write_text(text + message)
    return ground.run("clip.mp4", "--report", "junit=out/r.xml")


def _as_pipeline(ground: Ground, name: str) -> list[str] | None:
    return None if "\0" in name else ["check", f"./{name}"]


_BY_NAME: Mapping[str, Callable[[Ground, str], list[str] | None]] = {
    "clip": _as_clip,
    "plan": _as_planned,
    "batch": _as_batch,
    "watch": _as_watched,
    "to": _as_target,
    "row": _as_row,
    "words": _as_words,
    "pipeline": _as_pipeline,
}


# --- what stands where a file goes -----------------------------------------------------------------------------------


def _kinds() -> Mapping[str, Callable[[Ground, Path], object]]:
    """Things that may stand in the place of a file."""
    return {
        "link": lambda ground, at: at.symlink_to(ground.victim / "letter.txt"),
        "dangling": lambda ground, at: at.symlink_to(ground.victim / "new"),
        "folder-link": lambda ground, at: at.symlink_to(ground.victim),
        "hard-link": lambda ground, at: at.hardlink_to(ground.victim / "letter.txt"),
        "loop": lambda _, at: at.symlink_to(at.name),
        "pipe": lambda _, at: os.mkfifo(at),
        "device": lambda _, at: at.symlink_to("/dev/zero"),
        "full": lambda _, at: at.symlink_to("/dev/full"),
        "folder": lambda _, at: at.mkdir(),
        "socket": lambda _, at: _bind(at),
    }


def _bind(at: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(at.parent)  # a socket's address is short
        try:
            made.bind(at.name)
        finally:
            os.chdir(here)


def _places() -> Iterator[Attack]:
    for kind, lay in _kinds().items():
        for collision in ("fail", "number", "overwrite"):
            for name in ("made.mp4", "made.mp4.json", ".made.mp4.json.part"):
                yield Attack(f"place {kind} {name} {collision}", _export_to(lay, name, collision))
        yield Attack(f"parent {kind}", _below(lay))
        yield Attack(f"edit -o {kind}", _edit_to(lay))
        for option in ("--report json=out/told.json", "--report junit=out/told.json"):
            yield Attack(f"report {kind} {option[9:14]}", _report_to(lay, option))
        yield Attack(f"summary {kind}", _summary_to(lay))
        yield Attack(f"init {kind}", _init_at(lay))
        yield Attack(f"schema {kind}", _schema_to(lay))
        yield Attack(f"sheet {kind}", _sheet_to(lay))
        yield Attack(f"notified {kind}", _notify_to(lay))
    yield Attack("over the clip itself", lambda ground: _over_itself(ground, "clip.mp4"))
    yield Attack("over the clip by another name", lambda ground: _over_itself(ground, "again.mp4"))


_Lay = Callable[[Ground, Path], object]


def _export_to(lay: _Lay, name: str, collision: str) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        ground.pipeline(collision)
        lay(ground, ground.out / name)
        return ground.run()

    return prepare


def _below(lay: _Lay) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        lay(ground, ground.out / "sub")
        return ground.run("clip.mp4", "-i", "to=sub/made.mp4")

    return prepare


def _edit_to(lay: _Lay) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        lay(ground, ground.out / "made.mp4")
        return ["edit", "clip.mp4", "keep 0s to 0.2s", "-o", "out/made.mp4"]

    return prepare


def _report_to(lay: _Lay, option: str) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        lay(ground, ground.out / "told.json")
        return ground.run("clip.mp4", *option.split())

    return prepare


def _summary_to(lay: _Lay) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        lay(ground, ground.out / "told.csv")
        return ["batch", "p.yaml", "clip.mp4", "--out", "out", "--summary", "out/told.csv"]

    return prepare


def _init_at(lay: _Lay) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        lay(ground, ground.out / "quick-edit.yaml")
        return ["init", "out"]

    return prepare


def _schema_to(lay: _Lay) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        lay(ground, ground.out / "schema.json")
        return ["schema", "-o", "out/schema.json"]

    return prepare


def _sheet_to(lay: _Lay) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        ground.pipeline("overwrite", "[contact_sheet, poster]")
        lay(ground, ground.out / "made-contact-sheet.png")
        return ground.run()

    return prepare


def _notify_to(lay: _Lay) -> Prepare:
    def prepare(ground: Ground) -> list[str] | None:
        lay(ground, ground.out / "n.jsonl")
        if Path(os.path.realpath(ground.out / "n.jsonl")).is_relative_to(ground.victim):
            return None  # the file names it: that it is written to is what the file asks for
        if (ground.out / "n.jsonl").is_file():
            return None
        text = "clipline: 1\nname: n\nstages:\n  - stage: notify\n    with: {via: [file: {path: out/n.jsonl}]}\n"
        (ground.work / "p.yaml").write_text(text)
        return ["run", "p.yaml"]

    return prepare


def _over_itself(ground: Ground, name: str) -> list[str]:
    (ground.out / "clip.mp4").write_bytes(ground.clip)
    if name != "clip.mp4":
        (ground.out / name).symlink_to("clip.mp4")
    ground.pipeline("overwrite")
    return ground.run("out/clip.mp4", "-i", f"to={name}")


# --- what is read ----------------------------------------------------------------------------------------------------


def _inputs() -> Iterator[Attack]:
    for name, make in BOMBS.items():
        yield Attack(f"bomb {name}", _media(name, make))
    for name, text in playlists("http://127.0.0.1:9", Path("/etc/hostname")).items():
        yield Attack(f"list {name}", _media(name, partial(_text, text)))
    for place, words in _READ.items():
        for kind, lay in {**_kinds(), "huge": _huge, "memory": lambda _, at: at.symlink_to("/proc/self/mem")}.items():
            if kind not in {"link", "hard-link", "folder-link"}:
                yield Attack(f"read {place} {kind}", _read(lay, words), _VARIABLES.get(place))


def _huge(_: Ground, at: Path) -> None:
    with at.open("wb") as file:
        file.truncate(1 << 40)


def _text(text: str, _: bytes) -> bytes:
    return text.encode()


def _media(name: str, make: Callable[[bytes], bytes]) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        (ground.work / name).write_bytes(make(ground.clip))
        return ground.run(name)

    return prepare


#: Where a file is read that `bad` stands for.
_READ: Mapping[str, list[str]] = {
    "clip": ["run", "p.yaml", "-i", "clip=bad", "--out", "out"],
    "clip-planned": ["plan", "p.yaml", "-i", "clip=bad"],
    "clip-batch": ["batch", "p.yaml", "bad", "--out", "out"],
    "clip-edited": ["edit", "bad", "keep 0s to 0.2s", "-o", "out/a.mp4"],
    "pipeline": ["run", "./bad"],
    "checked": ["check", "./bad"],
    "inputs": ["run", "p.yaml", "--inputs", "bad"],
    "table": ["batch", "p.yaml", "--table", "bad", "--out", "out"],
    "background": ["edit", "clip.mp4", "replace the background with bad", "-o", "out/a.mp4"],
    "secret": ["run", "secret.yaml"],
    "config": ["config"],
    "faults": ["run", "p.yaml", "-i", "clip=clip.mp4", "--backend", "mock", "--set", "mock.faults=bad", "--out", "out"],
    "body": ["webhook", "verify", "bad"],
}
_VARIABLES = {"config": {"CLIPLINE_CONFIG": "bad"}}
SECRET = """\
clipline: 1
name: secret
secrets: {key: "file:bad"}
stages:
  - stage: notify
    with: {via: [webhook: {url: "http://127.0.0.1:9/", secret: "${{ secrets.key }}"}]}
"""


def _read(lay: _Lay, words: list[str]) -> Prepare:
    def prepare(ground: Ground) -> list[str]:
        (ground.work / "secret.yaml").write_text(SECRET)
        lay(ground, ground.work / "bad")
        return list(words)

    return prepare


# --- folders ---------------------------------------------------------------------------------------------------------


def _folders() -> Iterator[Attack]:
    yield Attack("state a link", _at("state", lambda ground, at: at.symlink_to(ground.victim)))
    yield Attack("state a file", _at("state", lambda _, at: at.touch()))
    yield Attack("state a pipe", _at("state", lambda _, at: os.mkfifo(at)))
    for mode in (0o777, 0o1777, 0o755, 0o000):
        yield Attack(f"state of mode {mode:o}", _at("state", partial(_made, mode)))
    for kind, lay in _kinds().items():
        if "link" not in kind:  # nobody else can lay one there
            yield Attack(f"journal {kind}", _at("state/journal.sqlite", lay))
            yield Attack(f"runs {kind}", _at("state/runs", lay))
        yield Attack(f"project {kind}", _at("work/clipline.toml", lay))
        yield Attack(f"out {kind}", _at("work/out", lay))


def _made(mode: int, _: Ground, at: Path) -> None:
    at.mkdir()
    at.chmod(mode)


def _at(place: str, lay: _Lay) -> Prepare:
    """Lay something in a place of the ground, and run."""

    def prepare(ground: Ground) -> list[str]:
        at = ground.folder / place
        at.parent.mkdir(mode=0o700, exist_ok=True)
        if at == ground.out:
            at.rmdir()
        lay(ground, at)
        return ground.run()

    return prepare
