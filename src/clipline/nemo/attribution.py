"""Who asks: the skill's name and version, and the platform it runs on, told to the service with every request.

The service checks these headers late: without them an export is refused like one that the plan does not cover. Name and
version come from the frontmatter of the `SKILL.md` that is shipped beside this module.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clipline.errors import InputError, MachineError

__all__ = ["SKILL_FILE", "Attribution", "attribution", "read_frontmatter"]

#: The skill as it is shipped.
SKILL_FILE = Path(__file__).with_name("SKILL.md")

#: Folders below the person's home that agents install skills in, and the platform each means.
_PLATFORMS = {".clawhub": "clawhub", ".cursor/skills": "cursor"}


@dataclass(frozen=True, slots=True)
class Attribution:
    """What the three headers say."""

    source: str
    version: str
    platform: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        return {"X-Skill-Source": self.source, "X-Skill-Version": self.version, "X-Skill-Platform": self.platform}


def attribution(platform: str, environ: Mapping[str, str], place: Path = SKILL_FILE) -> Attribution:
    """Find out who asks.

    Args:
        platform: what the person set; "" to take `SKILL_SOURCE`, else to find it by the place of the skill.
        environ: the environment, for `SKILL_SOURCE` and the home folder.
        place: the skill's file.

    Raises:
        InputError: the platform cannot stand in a header.
        MachineError: the skill's file is not there or has no name and version.
    """
    name = platform or environ.get("SKILL_SOURCE", "") or _platform_of(place, environ)
    if not re.fullmatch(r"[\x21-\x7e]{1,100}", name):
        raise InputError(
            f"not the name of a platform: {name[:100]!r}",
            code="bad_platform",
            hint="SKILL_SOURCE (nemo.platform) is a short word in ASCII, like cursor",
        )
    facts = _facts(place)
    return Attribution(facts["name"], facts["version"], name)


def _facts(place: Path) -> Mapping[str, str]:
    try:
        facts = read_frontmatter(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        facts = {}
    if not facts.get("name") or not facts.get("version"):
        raise MachineError(
            f"{place} is missing or has no name and version", code="installation", hint="install clipline again"
        )
    return facts


def read_frontmatter(text: str) -> Mapping[str, str]:
    """The `key: value` lines between the two `---` at the top; empty where there are none.

    Values are plain or quoted text on one line; that is all that the skill's file uses of YAML.
    """
    match = re.match(r"---\r?\n(.*?)\r?\n---\r?(?:\n|\Z)", text, re.DOTALL)
    lines = match[1].splitlines() if match else []
    pairs = (re.fullmatch(r"([A-Za-z][\w-]*):\s*(.*?)\s*", line) for line in lines)
    return {pair[1]: pair[2].strip("\"'") for pair in pairs if pair}


def _platform_of(place: Path, environ: Mapping[str, str]) -> str:
    """The platform by where the file stands, as it is named and as it is with links followed."""
    home = environ.get("HOME") or environ.get("USERPROFILE")
    if not home:
        return "unknown"
    for folder, platform in _PLATFORMS.items():
        root = Path(home) / folder
        if place.absolute().is_relative_to(root) or place.resolve().is_relative_to(root.resolve()):
            return platform
    return "unknown"
