"""The neural networks: found through the entry-point group `clipline.models`, checked, and run on one thread each."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from clipline.errors import MachineError, UsageError
from clipline.installed import package_of, points_of
from clipline.studio.pictures.scaling import scaled

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    import numpy as np
    from numpy.typing import NDArray

    from clipline.studio.pictures.picture import Picture, Plane

__all__ = ["NetworkName", "forget_networks", "load_network", "pass_on", "rgb"]

NetworkName: TypeAlias = Literal["person_boxes", "person_mask", "object_mask"]

#: The distribution that clipline itself requires; any other one that offers the same name is preferred to it.
_STANDARD = "clipline-models"
#: From 1.29 on onnxruntime reports to its maker as it is imported, and keeps an id of this machine for that, unless
#: this variable is 1 by then. Source: its pull request 27379.
_SILENCE = "ORT_DISABLE_TELEMETRY"


#: Loaded networks that were passed on, which nobody has taken yet.
_PASSED_ON: dict[str, Any] = {}


def pass_on(name: NetworkName, session: Any) -> None:
    """Leave a network to who loads it next in this process: what looks at a clip first does so before its render."""
    _PASSED_ON[name] = session


def forget_networks() -> None:
    """Let go of networks that were passed on and not taken: each is some ten megabytes."""
    _PASSED_ON.clear()


def load_network(name: NetworkName) -> Any:
    """A network in an onnxruntime session that works on the caller's thread only: one passed on, or loaded.

    Raises:
        UsageError: no distribution offers it.
        MachineError: its file is missing, or its bytes are not what its distribution says.
    """
    if (ready := _PASSED_ON.pop(name, None)) is not None:
        return ready
    os.environ[_SILENCE] = "1"
    import onnxruntime

    model = _find(name).load()
    try:
        content = model.path.read_bytes()
    except OSError as error:
        raise MachineError(f"the network {name} cannot be read: {error.strerror}", hint=_REINSTALL) from error
    if hashlib.sha256(content).hexdigest() != model.sha256:
        raise MachineError(f"the file of the network {name} is damaged: {model.path.name}", hint=_REINSTALL)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


_REINSTALL = "install it again: pip install --force-reinstall clipline-models"


def _find(name: str) -> EntryPoint:
    offers = [point for point in points_of("clipline.models") if point.name == name]
    if not offers:
        raise UsageError(
            f"the network {name} is not installed",
            hint="install what editing on this machine needs: pip install 'clipline[local]'",
        )
    return min(offers, key=lambda offer: package_of(offer) == _STANDARD)


def rgb(picture: Picture, window: tuple[int, int, int, int], size: tuple[int, int]) -> Plane:
    """A part of a picture as a small RGB image of shape (height, width, 3), made from small planes.

    `window` is left, top, right, bottom in pixels, inside the picture; `size` is width, height of the result. The
    planes are scaled first and converted then, so that the cost is that of the small image.
    """
    import cv2
    import numpy as np

    left, top, right, bottom = window
    luma = scaled(picture.y[top:bottom, left:right], size)
    half = (slice(top // 2, (bottom + 1) // 2), slice(left // 2, (right + 1) // 2))
    planes = cv2.merge([luma, scaled(picture.u[half], size), scaled(picture.v[half], size)])
    # Limited-range BT.601; how little the other matrices differ does not matter to a network.
    result: NDArray[np.uint8] = cv2.transform(planes, np.array(_TO_RGB, np.float32))
    return result


_TO_RGB = ((1.164, 0.0, 1.596, -222.9), (1.164, -0.392, -0.813, 135.6), (1.164, 2.017, 0.0, -276.8))
