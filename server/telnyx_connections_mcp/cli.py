"""The command line: arguments in, exit code out.

Serving starts cold in every chat, so it parses its few options with the standard library; every other command is
click's, which only they import.
"""

import os
import sys
from collections.abc import Sequence

_COMPLETION = "_TELNYX_CONNECTIONS_MCP_COMPLETE"
"""A shell that completes a command line sets it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (by default the process's) names; the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        if _serves(given):
            import signal

            # The SDK reads stdin in a thread that no exception ends: only the signal's default action stops it at once.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            from telnyx_connections_mcp.greeter import greeted

            arguments = given[1:] if given[:1] == ["serve"] else given
            with greeted(arguments) as stdio:
                from telnyx_connections_mcp.serve import serve

                return serve(arguments, stdio)
        from telnyx_connections_mcp.commands import run

        return run(given, _COMPLETION)
    except KeyboardInterrupt:
        return 130


def _serves(given: Sequence[str]) -> bool:
    """Whether this is `serve`, the command that needs no name."""
    if _COMPLETION in os.environ:
        return False
    return (
        not given or given[0] == "serve" or (given[0].startswith("-") and given[0] not in ("-h", "--help", "--version"))
    )
