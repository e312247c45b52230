"""Every command but `serve`, one file each.

The help and the shell's completion import them all, so each imports what is heavy only when it runs.
"""

import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

import click

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli.standard_streams import abandon, why_unwritable

PROGRAM = "telnyx-connections-mcp"

COMMANDS = (
    "serve",
    "install",
    "uninstall",
    "doctor",
    "list",
    "search",
    "audit",
    "get",
    "calls",
    "query",
    "export",
    "call",
    "token",
    "demo",
    "sandbox",
    "completion",
)
"""In the order of the help; each is a click command called `command` in `commands/NAME.py`."""


class _Commands(click.Group):
    """A group that imports commands on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, in the order of the help."""
        return [*COMMANDS]  # once commands/list.py is imported, `list` is that module here

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's
        """The command with that name, if there is one."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"{__name__}.{cmd_name}").command
        return command


@click.group(
    cls=_Commands,
    epilog="Settings are environment variables (TELNYX_API_KEY, TELNYX_BASE_URL, ...): see docs/settings.md.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def _program() -> None:
    """Ask anything about the voice connections of a Telnyx account: a read-only MCP server."""


def run(argv: Sequence[str], completion_variable: str) -> int:
    """Run the command in `argv`; returns the exit code. Errors are one sentence on standard error.

    If `completion_variable` is set in the environment, the shell is completing a command line (click, "Shell
    Completion"); `completion` finds its name in the context's `obj`.
    """
    try:
        code = _program.main(argv, PROGRAM, completion_variable, standalone_mode=False, obj=completion_variable) or 0
        sys.stdout.flush()
    except click.ClickException as error:
        path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else PROGRAM
        message = " ".join(error.format_message().split()).rstrip(".")
        print(f"{path}: {message}; see {path} --help.", file=sys.stderr)  # noqa: T201  # a person reads it
        return error.exit_code
    except click.Abort:
        return 130
    except OSError as error:
        why = why_unwritable(error)
        abandon()
        with suppress(OSError):
            print(f"{PROGRAM}: Cannot write the output: {why}.", file=sys.stderr)  # noqa: T201
        return 1
    else:
        return code
