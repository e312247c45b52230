"""`completion`: the script with which a shell completes our command lines."""

import click
from click.shell_completion import get_completion_class


@click.command(
    "completion",
    help="""Print the script that completes commands, options and values in your shell.

    \b
    bash (4.4 or newer), in ~/.bashrc:
      eval "$(telnyx-connections-mcp completion bash)"
    zsh, in ~/.zshrc, after compinit:
      eval "$(telnyx-connections-mcp completion zsh)"
    fish, once:
      telnyx-connections-mcp completion fish \\
        > ~/.config/fish/completions/telnyx-connections-mcp.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that click generates for `shell`."""
    program = ctx.find_root()
    maker = get_completion_class(shell)
    assert maker is not None, "click has these three"  # noqa: S101  # for the type checker
    click.echo(maker(program.command, {}, program.info_name or "", program.obj).source(), nl=False)
