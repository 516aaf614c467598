"""What a plugin does while it is imported and asked what it offers, seen from a fresh interpreter.

    python -B -m clipline.testing.imports PLUGIN

prints JSON: `did` lists what was done that is work, `brought` the packages that came along, `failed` how it broke.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from typing import Any

from clipline.hookspecs import RegistrationSpecs  # with all that a plugin's module may count on

__all__ = ["main"]

#: The interpreter's own names of what is work: network, other processes, changes on the disk.
_WORK = (
    "socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen",
    "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.mkdir", "os.remove", "os.rename",
    "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "shutil.", "tempfile.", "sqlite3.connect",
    "urllib.Request",
)  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main(address: str) -> int:
    """Import, ask, tell."""
    module, _, name = address.partition(":")
    did: list[str] = []
    looking = [True]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if looking[0] and (said := _work(event, arguments)):
            did.append(said)

    before = _packages()
    sys.addaudithook(hook)
    failed = ""
    try:
        plugin: Any = importlib.import_module(module)
        for part in filter(None, name.split(".")):
            plugin = getattr(plugin, part)
        _ask(plugin)
    except BaseException as error:  # noqa: BLE001  # a plugin may do anything, leaving the interpreter included
        failed = f"{type(error).__name__}: {error}"
    looking[0] = False
    brought = sorted(_packages() - before - {module.partition(".")[0]})
    print(json.dumps({"did": did, "brought": brought, "failed": failed}))  # noqa: T201  # a program's answer
    return 0


def _ask(plugin: Any) -> None:
    """Call what clipline calls when it loads plugins."""
    if not hasattr(plugin, "clipline_api"):
        return  # a command, which is only imported
    plugin = plugin() if inspect.isclass(plugin) else plugin
    for name in vars(RegistrationSpecs):
        if hasattr(getattr(plugin, name, None), "clipline_impl"):
            list(getattr(plugin, name)())


def _work(event: str, arguments: tuple[Any, ...]) -> str:
    """What is told of an event; empty where it is no work."""
    if event == "open":
        path, mode, flags = arguments
        writes = bool(flags & _WRITING) if isinstance(flags, int) else any(word in str(mode) for word in "wax+")
        return f"opens {path} for writing" if writes else ""
    if not event.startswith(_WORK):
        return ""
    said = ", ".join(str(each) for each in arguments if isinstance(each, (str, bytes, tuple, list, int)))
    return f"{event}({said[:120]})"


def _packages() -> set[str]:
    """The packages of others that are imported."""
    own = {"clipline", "pluggy", "__main__"}
    names = {name.partition(".")[0] for name in list(sys.modules)}
    return {n for n in names if n not in sys.stdlib_module_names and n not in own and not n.startswith("_")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
