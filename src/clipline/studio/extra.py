"""Whether what editing on this machine needs is installed: the extra `local` of the distribution."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType

from clipline.errors import UsageError
from clipline.installed import points_of

__all__ = ["INSTALL", "missing", "require_extra"]

#: The line that installs it.
INSTALL = "pip install 'clipline[local]'"

#: Modules with the distributions that they come in; the models are found by their entry point.
_MODULES: Mapping[str, str] = MappingProxyType(
    {
        "av": "av",
        "numpy": "numpy",
        "cv2": "opencv-python-headless",
        "onnxruntime": "onnxruntime",
        "PIL": "pillow",
        "bidi": "python-bidi",
        "uniseg": "uniseg",
    }
)


def missing() -> tuple[str, ...]:
    """The distributions of the extra that are not installed; looks for them without importing any."""
    absent = [distribution for module, distribution in _MODULES.items() if not _is_there(module)]
    if not points_of("clipline.models"):
        absent.append("clipline-models")
    return tuple(absent)


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def require_extra(what: str) -> None:
    """Go on only if the extra is installed.

    Raises:
        UsageError: it is not; the message begins with `what` and the hint is the line that installs it.
    """
    if absent := missing():
        raise UsageError(
            f"{what} needs what is not installed: {', '.join(absent)}", code="extra_missing", hint=f"run: {INSTALL}"
        )
