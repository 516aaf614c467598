"""The networks: loaded and run on this machine, and nobody is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from clipline.studio.masks.networks import forget_networks, load_network, pass_on

PROGRAM = """
import os
from clipline.studio.masks.networks import load_network
network = load_network("person_boxes")
assert network.get_inputs()
print(os.environ.get("ORT_DISABLE_TELEMETRY"))
"""


def test_a_network_is_loaded_without_a_word_to_anybody_and_without_a_file(tmp_path: Path) -> None:
    """From 1.29 on onnxruntime tells its maker who uses it, and keeps an id and a database for that."""
    # Where it thinks that it is tested it keeps silent by itself.
    own = {name: value for name, value in os.environ.items() if name not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    own |= {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    own |= {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=own, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]
    assert [str(path) for path in tmp_path.rglob("*")] == []


def test_a_network_that_is_passed_on_is_loaded_once_and_taken_by_one_only() -> None:
    network = load_network("person_mask")
    pass_on("person_mask", network)
    assert load_network("person_mask") is network
    assert load_network("person_mask") is not network
    pass_on("person_mask", network)
    forget_networks()
    assert load_network("person_mask") is not network
