"""Writes the reference pages that follow from the code: commands, settings, exit statuses.

`python -m clipline.cli.reference docs/reference` writes them; a test holds that they are up to date.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from clipline import errors
from clipline.cli.catalog import COMMANDS
from clipline.cli.main import cli
from clipline.settings import DEFINITIONS, ENVIRONMENT, Setting
from clipline.values import format_duration

__all__ = ["CLOUD_CODES", "PAGES", "commands", "exit_statuses", "settings"]

_NOTE = "<!-- Written by `python -m clipline.cli.reference docs/reference`; change the code, not this page. -->"


# --- commands --------------------------------------------------------------------------------------------------------


def commands() -> str:
    """The page of all commands, from what `--help` says."""
    lines = ["# Commands", "", _NOTE, ""]
    lines += [
        "A command's result goes to stdout, all else that it says to stderr. With `--json` stdout holds one JSON",
        "document, whose first key names what it is and its version. How they end: [exit statuses](exit-statuses.md).",
        "`NO_COLOR` switches colours off, `FORCE_COLOR` on.",
        "",
    ]
    root = click.Context(cli, info_name="clipline")
    for name in COMMANDS:
        command = cli.get_command(root, name)
        assert command is not None
        lines += _section(click.Context(command, info_name=name, parent=root), "##")
    return "\n".join(lines)


def _section(context: click.Context, heading: str) -> Iterator[str]:
    command = context.command
    arguments = " ".join(_usage(p) for p in command.params if isinstance(p, click.Argument))
    options = [p for p in command.params if isinstance(p, click.Option)]
    yield f"{heading} {context.command_path}"
    yield ""
    if isinstance(command, click.Group):
        yield inspect.cleandoc(command.help or "")
        yield ""
        for name, inner in command.commands.items():
            yield from _section(click.Context(inner, info_name=name, parent=context), f"{heading}#")
        return
    yield "```"
    yield " ".join(part for part in (context.command_path, "[OPTIONS]" if options else "", arguments) if part)
    yield "```"
    yield ""
    yield inspect.cleandoc(command.help or "")
    yield ""
    if options:
        yield "| option | meaning |"
        yield "|---|---|"
        yield from (_option(option, context) for option in options)
        yield ""


def _usage(argument: click.Argument) -> str:
    name = argument.make_metavar(click.Context(click.Command("x")))
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _option(option: click.Option, context: click.Context) -> str:
    names, meaning = option.get_help_record(context) or ("", "")
    return f"| `{_cell(names)}` | {_cell(meaning)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


# --- settings --------------------------------------------------------------------------------------------------------


def settings() -> str:
    """The page of all settings, from their definitions."""
    lines = ["# Settings", "", _NOTE, ""]
    lines += [
        "Of several sources the first one wins: `--set NAME=VALUE`, the environment variable, the project's",
        "`clipline.toml` (the nearest one from the working folder upwards, up to a folder with `.git` or home), the",
        "user's `config.toml`, the default. `clipline config` shows every value, where it comes from, and which",
        "files were read. In a file a setting stands under its section:",
        "",
        "```toml",
        "[run]",
        'backend = "local"',
        "```",
        "",
        "A path is relative to the working folder on the command line and in a variable, and to the file's folder in a",
        "file. A list as text is separated by commas, or is JSON. An unknown name in a file or a flag is an error, an",
        "unknown variable that begins with `CLIPLINE_` a warning. A secret is shown nowhere and not taken from a flag;",
        "where two variables are named, the first one wins.",
        "",
        "Installed packages bring sections of their own, which work in the same ways; `clipline config` has them.",
        "",
        "| setting | variable | type | default | meaning |",
        "|---|---|---|---|---|",
        *(_setting(setting) for setting in DEFINITIONS.values()),
        "",
        "These variables say where to look:",
        "",
        "| variable | meaning |",
        "|---|---|",
        *(f"| `{name}` | {meaning} |" for name, meaning in ENVIRONMENT.items()),
        "",
    ]
    return "\n".join(lines)


def _setting(setting: Setting) -> str:
    shown = format_duration(setting.default) if setting.type == "duration" else setting.default
    default = "" if shown in (None, [], "") else f"`{shown}`"
    kind = ", ".join(setting.choices) if setting.choices else setting.type
    variables = " or ".join(f"`{name}`" for name in (setting.variable, setting.alias) if name)
    where = " Not in a project's file." if setting.personal else ""
    return f"| `{setting.name}` | {variables} | {kind} | {default} | {setting.help}{where} |"


# --- exit statuses ---------------------------------------------------------------------------------------------------


def exit_statuses() -> str:
    """The page of exit statuses, from the classes of errors."""
    lines = ["# Exit statuses", "", _NOTE, ""]
    lines += [
        "Every command ends with one of these. Where several things ended a run, the first one in this table wins.",
        "`--json` carries the `code` and the `exit` of each failure.",
        "",
        "| status | code | meaning |",
        "|---|---|---|",
    ]
    found: dict[int, list[type[errors.CliplineError]]] = {}
    for each in vars(errors).values():
        if inspect.isclass(each) and issubclass(each, errors.CliplineError) and each is not errors.CliplineError:
            found.setdefault(each.exit_status, []).append(each)
    found[130] = [errors.Cancelled]
    found[1].remove(errors.Cancelled)
    for status in sorted(found, key=_first):
        shown = "130, 143, 129" if status == 130 else str(status)
        codes = ", ".join(f"`{each.default_code}`" for each in found[status])
        lines.append(f"| {shown} | {codes} | {_MEANINGS[status]} |")
    lines += [
        f"| 0 | | {_MEANINGS[0]} |",
        "",
        "The codes are those that every error of a kind has at least; some errors have a code of their own.",
        "Where a run *waits*, it is not over: what was done is kept, and `clipline resume` goes on in the same place.",
        "",
        "## Codes of the cloud",
        "",
        "| code | status | meaning |",
        "|---|---|---|",
        *(f"| `{code}` | {status} | {meaning} |" for code, (status, meaning) in CLOUD_CODES.items()),
        "",
    ]
    return "\n".join(lines)


def _first(status: int) -> int:
    """Where a status stands when several compete: it is the worst of itself and all those after it."""
    return sum(errors.worst([status, other]) == other for other in _MEANINGS if other != status)


_MEANINGS: Mapping[int, str] = {
    70: "A bug in clipline or a plugin. The path of a report, without secrets, is printed.",
    6: "A paid effect may or may not have happened, and reading the service's state could not tell; or the session is "
    "gone, with what was paid for in it.",
    130: "Stopped by INT (Ctrl-C), TERM or HUP. What was finished is kept; `clipline resume` goes on.",
    4: "The account: token, credits, plan or budget. Where credits or the plan are missing, the run waits.",
    5: "A service cannot be reached or did not answer in time. Where a render still goes on there, or what was sent "
    "can still take effect, the run waits.",
    3: "A check did not hold: `verify`, an exported file, a webhook's signature. Warnings are no failure.",
    1: "A stage failed or was refused. `clipline doctor`: something is wrong.",
    2: "The command line, a pipeline file, an input, a setting or a plugin is wrong, or an instruction asks for what "
    "cannot be done; nothing was done.",
    7: "This machine: disk, permissions, or a journal that is busy, newer than this clipline, or damaged.",
    0: "All went well. Also `clipline resume` where nothing is left to do.",
}

#: What else can go wrong at a service, by code: the exit statuses, and what it means.
CLOUD_CODES: Mapping[str, tuple[str, str]] = {
    "token_refused": ("4", "The token is not taken. An anonymous one is renewed once, a supplied one never."),
    "no_credits": ("4, waits", "There are no credits left: register, or top them up."),
    "plan_required": ("4, waits", "The plan does not allow it: register, or upgrade it."),
    "attribution_missing": ("4", "The service misses the headers that say where clipline was installed from."),
    "forbidden": ("4", "The account may not do this; often the session is another account's."),
    "budget": ("4", "The estimate does not fit into the file's budget; nothing was sent."),
    "rate_limited": ("5", "The service asks for fewer requests; that was waited for once."),
    "server_error": ("5", "The service, or a proxy before it, is not well."),
    "stream_error": ("5", "The service broke the stream of an answer off with an error."),
    "odd_reply": ("5", "A reply has a form that nobody described; it is shown without its secrets."),
    "unreachable": ("5", "No connection: nothing was sent."),
    "no_reply": ("5", "Something was sent, and no reply came."),
    "broken_off": ("5", "The reply ended in its middle."),
    "deadline": ("5", "The reply took too long."),
    "effect_pending": ("5, waits", "An answer was lost, and what was sent can still take effect."),
    "render_running": ("5, waits", "The render is not ready; it goes on at the service."),
    "download_refused": ("5", "The finished file is not given out."),
    "download_short": ("5", "The file ended too early, at each try."),
    "download_changed": ("5", "The file was another one when its download went on."),
    "download_too_large": ("5", "The file does not end, or there is no room for it."),
    "private_address": ("5", "A service named an address nearer to this machine than it stands itself; not asked."),
    "proxy_refused": ("5", "The proxy does not let the request through; it may want a login."),
    "download_odd": ("5", "The reply with the file contradicts itself."),
    "session_gone": ("1, 6", "The session is not there. Status 6 where something was uploaded or edited in it."),
    "not_found": ("1", "The service does not have what was asked for."),
    "bad_request": ("1", "The service did not understand the request."),
    "draft_empty": ("1", "The timeline is empty: there is nothing to export."),
    "render_failed": ("1", "The render failed, twice."),
    "wrong_item": ("1", "The timeline does not hold the clip that is edited, of several that were handed over."),
    "state_too_large": ("1", "Too much was done in one session for its state to be kept."),
}


PAGES = {"cli.md": commands, "settings.md": settings, "exit-statuses.md": exit_statuses}


def main() -> None:
    """Write all pages into the folder named on the command line."""
    for name, page in PAGES.items():
        (Path(sys.argv[1]) / name).write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
