"""`serve`, the command that needs no name: MCP over stdio. It starts cold in every chat, so imports come late."""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.accounts import one_account, read_accounts
from telnyx_connections_mcp.settings import LOG_FORMATS, LOG_LEVELS

_WAITING = """\
telnyx-connections-mcp {version} waits for an MCP client on standard input{where}.
An MCP client normally starts this command itself; press Ctrl-C to stop.
To see it work, run: telnyx-connections-mcp demo"""

OPTIONS: dict[str, dict[str, Any]] = {
    "--sandbox": {"action": "store_true", "help": "use the embedded sandbox account, no key needed"},
    "--prompts": {"metavar": "DIR", "help": "a folder of your own prompts, *.md; one of the same name as ours wins"},
    "--accounts": {"metavar": "FILE", "help": "a TOML file that names several Telnyx accounts"},
    "--log-level": {"type": str.upper, "choices": LOG_LEVELS, "help": "what goes to stderr (WARNING)"},
    "--log-format": {"choices": LOG_FORMATS, "help": "lines of text, or a JSON object each (text)"},
}
"""The options of `serve`, as argparse takes them; the shell's completion reads them too."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def serve(argv: Sequence[str]) -> int:
    """Serve until the client closes standard input; the exit code. Raises `SystemExit` for wrong options."""
    options = _parser().parse_args(argv)
    import signal

    # The SDK reads stdin in a thread that no exception ends: only the signal's default action stops it at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # nothing of what the imports build is garbage: looking for some costs 40 ms and more
    given = {f"TELNYX_{name.upper()}": str(value) for name, value in vars(options).items() if value}
    accounts = read_accounts({**os.environ, **given})
    settings = accounts.settings
    from telnyx_connections_mcp.logs import log_to_stderr

    log_to_stderr(settings)
    transport = None
    if settings.sandbox and settings.problem is None:
        from telnyx_connections_mcp.sandboxed import on_sandbox

        settings, transport = on_sandbox(settings)
        accounts = one_account(settings)
    import anyio

    from telnyx_connections_mcp.app import create_server
    from telnyx_connections_mcp.observe.exporters import start_exporters

    stop_exporters = start_exporters(os.environ)
    server = create_server(settings, transport, accounts=accounts)
    gc.freeze()
    gc.enable()
    if sys.stdin is not None and sys.stdin.isatty():
        where = " (on the sandbox account)" if settings.sandbox else ""
        print(_WAITING.format(version=__version__, where=where), file=sys.stderr)  # noqa: T201  # a person reads it
    anyio.run(server.run_stdio_async)
    stop_exporters()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="telnyx-connections-mcp serve",
        description="Serve MCP over stdio (the default command).",
        epilog="Settings come from the environment (TELNYX_API_KEY, TELNYX_BASE_URL, ...): see the README.",
        allow_abbrev=False,
    )
    for flag, how in OPTIONS.items():
        parser.add_argument(flag, **how)
    return parser
