"""Every setting there is: its name, its type, what it is without anybody's word, and what it means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["DEFINITIONS", "ENVIRONMENT", "OWN_SECTIONS", "PREFIX", "Kind", "Setting"]

PREFIX = "CLIPLINE_"

#: Variables that say where to look, with what they mean.
ENVIRONMENT: Mapping[str, str] = {
    "CLIPLINE_CONFIG": "The user file, in place of `config.toml` in the user's configuration folder.",
    "CLIPLINE_STATE": "The folder of the journal, in place of the user's state folder.",
}

Kind = Literal["string", "integer", "number", "duration", "path", "address", "secret", "words", "steps"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that can be set: `name` is `section.name`, `choices` are the only values where there are any.

    Types: `path` is relative to the working folder on the command line and in the environment, and to the file's folder
    in a file. `duration` is seconds, or text like `30s`. `words` is a list of names; `steps` also takes objects with
    one key (a step with its options). As text a list is separated by commas, or is JSON. A `secret` is shown nowhere
    and not taken from the command line; its value is a `clipline.values.Secret`. A `personal` setting is refused in a
    project file, and a `path` that leads out of the project. `alias` is a second variable for the same thing, for
    clipline's own settings only.
    """

    name: str
    type: Kind
    default: Any
    help: str
    choices: tuple[str, ...] = ()
    personal: bool = False
    alias: str = ""

    @property
    def section(self) -> str:
        """What stands before the dot."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """What stands after the dot."""
        return self.name.partition(".")[2]

    @property
    def variable(self) -> str:
        """The environment variable's name."""
        return PREFIX + self.name.replace(".", "_").upper()


def _cloud(section: str, *, shorter: float = 1.0) -> Iterator[Setting]:
    """What the cloud and the server that imitates it have in common; waits of the latter are `shorter`."""

    def wait(key: str, seconds: float, text: str) -> Setting:
        return Setting(f"{section}.{key}", "duration", seconds / shorter, text)

    yield Setting(
        f"{section}.language", "string", "", "The language to ask in; by default that of the instruction's script."
    )
    yield wait("poll", 30.0, "Between two looks at a render.")
    yield Setting(f"{section}.polls", "integer", 10, "Looks at a render before the run is left waiting for `resume`.")
    yield wait("rate_wait", 30.0, "Before the one further try after `429`, where the service names no time.")
    yield wait("drop_wait", 30.0, "After a broken stream, before the state is read.")
    yield wait("drop_poll", 60.0, "Between two readings of the state after a broken stream.")
    yield wait("still_working", 120.0, "Between two words that the work goes on.")
    yield wait("stream_limit", 900.0, "The longest that an edit may stream.")
    yield wait("heartbeat_limit", 600.0, "After this long without news the state is read beside the open stream.")
    yield Setting(f"{section}.edit_estimate", "integer", 50, "Credits that a run's budget reserves for an edit.")
    yield Setting(
        f"{section}.parallel", "integer", 3, "Runs of a batch that go on at once, however many are asked for."
    )
    yield wait("interval", 0.0, "Between the starts of two runs of a batch.")
    yield Setting(f"{section}.generation_estimate", "integer", 100, "Credits that it reserves for a generated clip.")


_SETTINGS = (
    Setting("run.backend", "string", "local", "Who does the work where neither `--backend` nor the file says."),
    Setting("run.out", "path", None, "The folder for exported files; the working folder by default."),
    Setting("export.post_export", "steps", [], "Steps to run after every export that lists none of its own."),
    Setting("studio.threads", "integer", 0, "Threads that all edits on this machine share; 0 = one a core."),
    Setting(
        "nemo.api_url",
        "address",
        "https://mega-api-prod.nemovideo.ai",
        "Where the Nemo service answers.",
        personal=True,
        alias="NEMO_API_URL",
    ),
    Setting(
        "nemo.web_url",
        "address",
        "https://nemovideo.com",
        "Where the links lead that a person opens.",
        personal=True,
        alias="NEMO_WEB_URL",
    ),
    Setting(
        "nemo.token",
        "secret",
        None,
        "The account's token; without one an anonymous account is asked for.",
        personal=True,
        alias="NEMO_TOKEN",
    ),
    Setting(
        "nemo.client_id",
        "secret",
        None,
        "Who asks for anonymous accounts; made once and kept where none is given.",
        personal=True,
        alias="NEMO_CLIENT_ID",
    ),
    Setting(
        "nemo.platform",
        "string",
        "",
        "The platform named to the service; by default where clipline is installed says.",
        alias="SKILL_SOURCE",
    ),
    *_cloud("nemo"),
    Setting(
        "mock.api_url",
        "address",
        "",
        "A server of `clipline mock`; empty = one inside this process.",
        personal=True,
    ),
    *_cloud("mock", shorter=100.0),
    Setting("mock.seed", "integer", 0, "What the server inside this process draws its chances from."),
    Setting("mock.credits", "integer", 100_000, "Credits of a new account on the server inside this process."),
    Setting("mock.silent", "number", 0.3, "The share of edits that it answers without a word."),
    Setting("mock.faults", "path", None, "A file of faults for the server inside this process."),
    Setting("smtp.host", "string", "", "The mail server that the channel `email` hands messages to.", personal=True),
    Setting("smtp.port", "integer", 0, "Its port; 0 = 587, with `tls` 465, with `none` 25.", personal=True),
    Setting(
        "smtp.security",
        "string",
        "starttls",
        "How the line to it is protected.",
        choices=("starttls", "tls", "none"),
        personal=True,
    ),
    Setting("smtp.user", "string", "", "Who logs in there; nobody by default.", personal=True),
    Setting("smtp.password", "secret", None, "The password of `smtp.user`.", personal=True),
    Setting("smtp.from", "string", "", "Who sends; by default `smtp.user` if that is an address."),
    Setting("smtp.ca", "path", None, "A PEM file of certificates that are trusted there as well.", personal=True),
    Setting(
        "log.level",
        "string",
        "warning",
        "What the log on stderr holds.",
        choices=("debug", "info", "warning", "error"),
    ),
    Setting("plugins.allow", "words", [], "The only packages whose plugins are loaded; empty = all.", personal=True),
    Setting("plugins.deny", "words", [], "Packages whose plugins are never loaded.", personal=True),
)
DEFINITIONS: Mapping[str, Setting] = {setting.name: setting for setting in _SETTINGS}
#: The sections of these; none of them can be a package's.
OWN_SECTIONS = frozenset(setting.section for setting in _SETTINGS)
