"""`clipline completion`: the script that makes a shell complete clipline's command lines."""

from __future__ import annotations

import click

from clipline.cli import console

_USE = {
    "bash": 'eval "$(clipline completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(clipline completion zsh)"   in ~/.zshrc',
    "fish": "clipline completion fish > ~/.config/fish/completions/clipline.fish",
}


@click.command(name="completion")
@click.argument("shell", type=click.Choice(list(_USE)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print a script that completes commands in your shell."""
    from click.shell_completion import get_completion_class

    maker = get_completion_class(shell)
    assert maker is not None
    root = ctx.find_root().command
    complete = maker(root, {}, "clipline", "_CLIPLINE_COMPLETE")
    # `source` of the bash class starts a bash to look at its version; its text needs no bash.
    console.result(f"# {_USE[shell]}")
    console.result(complete.source_template % complete.source_vars())
    return 0
