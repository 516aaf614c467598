"""What carries out the examples of a page: its blocks, in their order, in one folder, perhaps beside a mock.

What a page may hold:

- a comment `<!-- file: NAME -->` before a block: the block is saved as that file;
- a block ```` ```console ````: lines that start with `$ ` are run by a shell and must succeed (`<!-- exit: 2 -->`
  before the block says that its last command ends so); the other lines must be found in the output, `…` standing for
  anything;
- in it a line `$ clipline mock …`: that server runs from here on, beside all that follows, until the page ends or the
  next one starts. It gets a free port, which then stands wherever the page has its own (`127.0.0.1:8765`);
- in it a line that ends in ` &`: that server runs from here on, until the page ends. Where it has an address
  (`127.0.0.1:2525`) or a port (`--port 2525`) it is waited for, on a free port, which then stands wherever the page
  has its own address, or `PORT=2525`, in files too;
- in it a line `$ export NAME=VALUE …`: holds for all that follows;
- in it a line `$ pip install -e FOLDER …`: that package is installed for all that follows, as `pip` would, but not into
  the environment that the tests run in, and nothing is fetched;
- a comment `<!-- mock: ARGUMENTS -->`, anywhere: from here on `clipline mock ARGUMENTS` is what the page takes for the
  cloud, so that a page about the cloud reads as if it were there. Without that, nobody answers for the cloud;
- a comment `<!-- run: COMMAND -->`, anywhere: what happens meanwhile outside the page, like a fault of the mock;
- a block ```` ```python ```` without a file name: it is run; after a comment `<!-- shown -->` it is a part of a file
  that another test runs;
- a block ```` ```yaml ```` that starts with `clipline: 1`: it is checked.

The client's waits are as short as those of the backend `mock`.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import commands

__all__ = ["Block", "Page", "blocks"]

BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^>]*?) -->\n)?(?P<fence>```+)(?P<language>\w*)\n(?P<body>.*?)\n(?P=fence)"
    r"|<!-- (?P<alone>(?:mock|run):[^>]*?) -->",
    re.DOTALL,
)
#: The port of `clipline mock` where none is given.
PORT = "8765"
WAITS = {
    "POLL": "0.2s",
    "RATE_WAIT": "0.2s",
    "DROP_WAIT": "0.2s",
    "DROP_POLL": "0.3s",
    "STREAM_LIMIT": "8s",
}
#: Unpacks the metadata that the package's own build backend makes.
_INSTALL = """
import os, sys, tempfile, zipfile
from hatchling.build import build_wheel

os.chdir(sys.argv[1])
with tempfile.TemporaryDirectory() as folder:
    with zipfile.ZipFile(os.path.join(folder, build_wheel(folder))) as wheel:
        wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if ".dist-info/" in name])
"""
#: What stands before a port that is meant.
_BEFORE_PORT = ("127.0.0.1:", "PORT=", "--port ")
#: Nobody listens there: no example ever reaches the real service.
NOBODY = "http://127.0.0.1:1"


@dataclass(frozen=True)
class Block:
    """A fenced block, or a comment that stands alone; `line` is where it stands in the page."""

    language: str
    body: str
    mark: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a page, in their order."""
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("fence") if match["fence"] else match.start()) + 1
        yield Block(match["language"] or "", match["body"] or "", match["mark"] or match["alone"] or "", line)


class Page:
    """One page's folder, environment and mock.

    Args:
        folder: holds what its examples begin with.
        state: where clipline's journal is.
        path: where Python looks for what else is installed, as in PYTHONPATH.
    """

    def __init__(self, folder: Path, state: Path, path: str = "") -> None:
        self._folder = folder
        programs = os.pathsep.join([commands.programs(), str(Path(sys.executable).parent), os.environ["PATH"]])
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NEMO_", "CLIPLINE_"))}
        waits = {f"CLIPLINE_NEMO_{name}": value for name, value in WAITS.items()}
        own = {"PATH": programs, "CLIPLINE_STATE": str(state), "COLUMNS": "120"}
        self._environment = {**inherited, **waits, **own, "NEMO_API_URL": NOBODY, "NEMO_WEB_URL": NOBODY}
        if path:
            self._environment["PYTHONPATH"] = path
        self._mock: _Mock | None = None
        self._beside: list[subprocess.Popen[bytes]] = []
        self._addresses: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._mock:
            self._mock.stop()
        for process in self._beside:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def execute(self, block: Block) -> None:
        """Do what a block says.

        Raises:
            AssertionError: it does not do what the page says.
        """
        kind, _, rest = block.mark.partition(":")
        if kind == "mock":
            self.take_for_the_cloud(rest.strip())
        elif kind == "run":
            self._run(["bash", "-c", rest])
        if kind == "file":
            path = self._folder / rest.strip()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._there(block.body) + "\n", "utf-8")
        elif block.language == "yaml" and block.body.startswith("clipline: 1"):
            (self._folder / "example.yaml").write_text(block.body, "utf-8")
            self._run([*commands.CLIPLINE, "check", "example.yaml"])
        elif block.language == "python" and kind != "shown":
            self._run([sys.executable, "-c", block.body])
        elif block.language == "console":
            self._console(block.body, int(rest) if kind == "exit" else 0)

    def take_for_the_cloud(self, arguments: str = "") -> None:
        """Let `clipline mock ARGUMENTS` be the cloud from here on."""
        url = self._start(shlex.split(arguments)).url
        self._environment |= {"NEMO_API_URL": url, "NEMO_WEB_URL": url}

    def _console(self, body: str, wanted: int) -> None:
        lines = [line for line in body.splitlines() if line.strip()]
        typed = [line[2:] for line in lines if line.startswith("$ ")]
        seen = ""
        for number, command in enumerate(typed, 1):
            words = command.split()
            if words[:2] == ["clipline", "mock"]:
                seen += self._start(shlex.split(command)[2:]).said
            elif words[-1] == "&":
                self._run_beside(command.rstrip("& "))
            elif words[0] == "export":
                pairs = (pair.partition("=") for pair in shlex.split(self._there(command))[1:])
                self._environment |= {name: value for name, _, value in pairs}
            elif words[:3] == ["pip", "install", "-e"]:
                self._install(words[3])
            else:
                shell = ["bash", "-c", self._there(command)]
                seen += self._run(shell, wanted if number == len(typed) else 0)
        for line in lines:
            if not line.startswith("$ "):
                pattern = ".*".join(re.escape(part) for part in self._there(line).strip().split("…"))
                assert re.search(pattern, seen), f"not in the output: {line}\n{seen}"

    def _run(self, argv: list[str], wanted: int = 0) -> str:
        done = commands.run(
            argv,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )
        output = done.stdout + done.stderr
        assert done.returncode == wanted, f"{argv[-1]}\nended with {done.returncode}:\n{output}"
        return output

    def _run_beside(self, command: str) -> None:
        """Start a server of the page, and wait until it takes connections where it has an address."""
        port_of = re.search(r"(?:127\.0\.0\.1:|--port )(\d+)", command)
        written = port_of[1] if port_of else ""
        if written:
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            self._addresses |= {f"{before}{written}": f"{before}{port}" for before in _BEFORE_PORT}
        shell = ["bash", "-c", self._there(command)]
        environment = {**self._environment, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(shell, cwd=self._folder, env=environment, start_new_session=True)
        self._beside.append(process)
        end = time.monotonic() + 60
        while written and not _listens(self._addresses[f"127.0.0.1:{written}"]):
            assert process.poll() is None, f"{command}\nended with {process.returncode}"
            assert time.monotonic() < end, f"{command}\ndoes not listen"
            time.sleep(0.05)

    def _install(self, package: str) -> None:
        """Put a package and its metadata on the path."""
        folder, site = (self._folder / package).resolve(), self._folder.parent / "site"
        self._run([sys.executable, "-c", _INSTALL, str(folder), str(site)])
        known = self._environment.get("PYTHONPATH", "").split(os.pathsep)
        places = dict.fromkeys([str(site), str(folder / "src"), *filter(None, known)])
        self._environment["PYTHONPATH"] = os.pathsep.join(places)

    def _start(self, arguments: list[str]) -> _Mock:
        if self._mock:
            self._mock.stop()
        written = arguments[arguments.index("--port") + 1] if "--port" in arguments else PORT
        self._mock = _Mock(arguments, self._folder, self._environment)
        self._addresses[f"127.0.0.1:{written}"] = self._mock.url.removeprefix("http://")
        return self._mock

    def _there(self, text: str) -> str:
        """A text of the page with the true addresses."""
        for written, true in self._addresses.items():
            text = text.replace(written, true)
        return text


def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return True


class _Mock:
    """A `clipline mock` in a process of its own; `said` is what it says of itself, `url` where it answers."""

    def __init__(self, arguments: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        log = folder / ".mock.log"
        with log.open("w") as file:
            command = [*commands.CLIPLINE, "mock", *arguments, "--port", "0"]
            self._process = commands.Popen(command, cwd=folder, env=environment, stdout=file, stderr=file)
        end = time.monotonic() + 60
        while not (found := re.search(r"^(http://\S+)$", log.read_text(), re.MULTILINE)):
            assert self._process.poll() is None, f"{shlex.join(command)}\n{log.read_text()}"
            assert time.monotonic() < end, f"{shlex.join(command)}\nsays no address:\n{log.read_text()}"
            time.sleep(0.05)
        self.url, self.said = found[1], log.read_text()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
