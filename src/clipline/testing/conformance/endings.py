"""Reading how a run ended: the moments of a part in it, the files that are left, the words that were said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clipline.artifacts import sha256_of
from clipline.testing.scene import Ending, Moment

__all__ = [
    "Clean",
    "code_of",
    "files_in",
    "half_delivered",
    "in_words",
    "inside",
    "is_for_people",
    "looks_in",
    "moments_in",
    "names_of",
]


@dataclass(frozen=True, slots=True)
class Clean:
    """What a run came to in which nothing happened to the part: what was charged, and what files there were then."""

    ending: Ending
    paid: int
    files: Sequence[Path]
    temporary: Sequence[Path]


def code_of(ending: Ending) -> str:
    """The code of the first error; empty where there is none."""
    return str(ending.errors[0]["code"]) if ending.errors else ""


def inside(ending: Ending, path: str) -> list[Moment]:
    """The moments of the part, in their order."""
    return [each for each in ending.moments if not path or each.path == path or each.path.startswith(f"{path}.")]


def moments_in(ending: Ending, path: str, names: Iterable[str]) -> list[Moment]:
    """The first moment of each name in each stage of the part."""
    wanted = set(names)
    found = {(each.name, each.path): each for each in reversed(inside(ending, path)) if each.name in wanted}
    return list(reversed(found.values()))


def looks_in(ending: Ending, path: str) -> list[Moment]:
    """The first and the last look at the clock of each stage of the part."""
    by_stage: dict[str, list[Moment]] = {}
    for each in inside(ending, path):
        if each.name.startswith("look "):
            by_stage.setdefault(each.path, []).append(each)
    return [each for looks in by_stage.values() for each in dict.fromkeys((looks[0], looks[-1]))]


def in_words(moment: Moment) -> str:
    """A moment, as a message calls it."""
    words = {
        "started": "the start",
        "writing": "the moment when its file is half written",
        "written": "the moment when its file is written and not delivered",
        "delivered": "the moment after its file was delivered",
        "sent": "the moment after the other side took the effect",
        "ended": "its end, before that was noted",
        "silence": "a moment when the other side keeps it waiting",
    }
    name = words.get(moment.name, f"its {moment.name} at the clock")
    return f"{name} ({moment.path})"


def files_in(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def names_of(files: Iterable[Path]) -> str:
    """Their names, as a message lists them."""
    return ", ".join(path.name for path in files)


def half_delivered(ending: Ending, out: Path) -> str:
    """The first artifact in the output folder that is not there as it was delivered."""
    for event in ending.events:
        made = event["data"]
        if event["type"] != "artifact" or out not in Path(made["path"]).parents:
            continue
        path = Path(made["path"])
        if not path.exists() or sha256_of(path) != made["sha256"]:
            return str(made["path"])
    return ""


def is_for_people(text: str) -> bool:
    """Whether a text is a sentence, and no Python."""
    python = ("Traceback", " object at 0x", "Error(", "Exception(", "NoneType", "<class ")
    return len(text.split()) > 1 and not any(word in text for word in python)
