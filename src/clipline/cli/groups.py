"""Commands that hold other commands."""

from __future__ import annotations

import difflib

import click

from clipline.companions import comes_with
from clipline.errors import UsageError

__all__ = ["Group"]


#: What other programs have as commands, and this one as options.
_OPTIONS = {"help": "--help", "version": "--version"}
#: What is looked for in a group whose name is nearly that of the right one.
_ELSEWHERE = {"clipline plugins new": "clipline plugin new", "clipline plugin list": "clipline plugins"}


class Group(click.Group):
    """A group that says which command was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was called.

        Raises:
            UsageError: there is none of that name.
        """
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, [*self.list_commands(ctx), *_OPTIONS], 1)
            meant = _OPTIONS.get(near[0], near[0]) if near else _ELSEWHERE.get(f"{ctx.command_path} {name}", "")
            missing = "" if ctx.parent else comes_with("command", name)
            hint = missing or (f"did you mean {meant}?" if meant else f"see `{ctx.command_path} --help`")
            raise UsageError(f"no such command: {name}", hint=hint)
        return super().resolve_command(ctx, args)
