"""The command line: arguments in, exit code out.

Every chat starts the server cold, so `serve` parses its few options with the standard library; only the other commands
import click.
"""

import os
import sys
from collections.abc import Sequence

from telnyx_connections_mcp.cli.standard_streams import replace_closed

_COMPLETION = "_TELNYX_CONNECTIONS_MCP_COMPLETE"
"""Set by a shell that completes a command line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command in `argv` (by default the process's); returns the exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    closed = replace_closed()
    try:
        if _serves(words):
            if closed - {"stderr"} and _over_stdio(words):
                return _refuse(closed)
            import signal

            # The SDK reads stdin in a thread that no exception ends: only the signal's default action stops it at once.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            from telnyx_connections_mcp.mcp_server.greeter import greeted

            arguments = words[1:] if words[:1] == ["serve"] else words
            with greeted(arguments) as stdio:
                from telnyx_connections_mcp.cli.serve import serve

                return serve(arguments, stdio)
        from telnyx_connections_mcp.cli.commands import run

        return run(words, _COMPLETION)
    except KeyboardInterrupt:
        from telnyx_connections_mcp.cli.interrupt import INTERRUPTED

        return INTERRUPTED


def _over_stdio(words: Sequence[str]) -> bool:
    return not any(word.partition("=")[0] in ("--http", "-h", "--help") for word in words)


def _refuse(closed: set[str]) -> int:
    which = "input" if "stdin" in closed else "output"
    print(  # noqa: T201  # a person reads it
        f"telnyx-connections-mcp serve: Standard {which} is closed, so no MCP client can talk to this server: let a "
        "client start it, or serve over HTTP with --http.",
        file=sys.stderr,
    )
    return 2


def _serves(words: Sequence[str]) -> bool:
    """Whether this is `serve`, the default command."""
    if _COMPLETION in os.environ:
        return False
    return (
        not words or words[0] == "serve" or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version"))
    )
