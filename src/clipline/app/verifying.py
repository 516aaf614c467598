"""Checks media files against a policy, without a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipline.app.preparing import make_clock
from clipline.builtin.policies import Policy, read_policy
from clipline.clock import CancelToken
from clipline.errors import InputError
from clipline.studio.extra import require_extra

if TYPE_CHECKING:
    from clipline.studio.checks.quality_checks import CheckResult

__all__ = ["Verified", "verify_files"]

_ORDER = ("PASS", "WARN", "FAIL")


@dataclass(frozen=True, slots=True)
class Verified:
    """What the checks of one file came to."""

    file: Path
    results: tuple[CheckResult, ...]

    @property
    def level(self) -> str:
        """The worst of them: PASS, WARN or FAIL."""
        return max((result.level for result in self.results), key=_ORDER.index, default="PASS")

    def as_json(self) -> dict[str, Any]:
        """The same for programs; times in seconds."""
        results = [
            {
                "check": result.name,
                "level": result.level,
                "text": result.text,
                "times": [{"start": round(start, 3), "end": round(end, 3)} for start, end in result.spans],
            }
            for result in self.results
        ]
        return {"file": str(self.file), "level": self.level, "results": results}


def verify_files(
    files: Sequence[Path],
    policy: str,
    *,
    source: Path | None = None,
    cancel: CancelToken | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Iterator[Verified]:
    """Check files, each as it is asked for; one that cannot be read fails the check `decodes`.

    Args:
        files: the media files.
        policy: the name of one that comes with clipline, or the path of a policy file.
        source: what the files were made from, for checks that compare with it.
        cancel: stops it.
        progress: told the part done of the file that is being checked, 0 to 1.

    Raises:
        UsageError: a file does not exist, the policy is wrong, or the extra `local` is not installed.
        Cancelled: by the token.
    """
    require_extra("checking media files")
    wanted = read_policy(policy)
    for path in (*files, *([source] if source else [])):
        if not path.is_file():
            raise InputError(f"there is no file {path}", hint="give the paths of media files")
    for path in files:
        yield Verified(path, tuple(_results(path, wanted, source, cancel, progress)))


def _results(
    path: Path, policy: Policy, source: Path | None, cancel: CancelToken | None, progress: Callable[[float], None]
) -> list[CheckResult]:
    from clipline.studio.checks.quality_checks import CheckResult, check_media
    from clipline.studio.reading.media import probe

    try:
        probe(path)
    except InputError as error:
        return [CheckResult("decodes", "FAIL", error.message)]
    wanted = {**policy.checks, **({"source": str(source)} if source else {})}
    return check_media(path, wanted, clock=make_clock(None, cancel), progress=progress)
