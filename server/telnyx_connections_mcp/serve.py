"""`serve`, the command that needs no name: MCP over stdio, or with `--http` over HTTP.

Over stdio it starts cold in every chat, so imports come late.
"""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.settings import LOG_LEVELS, Settings, SettingsError, read_settings

if TYPE_CHECKING:  # see state.py
    from collections.abc import Callable

    import httpx

_WAITING = """\
telnyx-connections-mcp {version} waits for an MCP client on standard input{where}.
An MCP client normally starts this command itself; press Ctrl-C to stop.
To see it work, run: telnyx-connections-mcp demo"""

OPTIONS: dict[str, dict[str, Any]] = {
    "--sandbox": {"action": "store_true", "help": "use the embedded sandbox account, no key needed"},
    "--http": {
        "nargs": "?",
        "const": "127.0.0.1:8000",
        "metavar": "HOST:PORT",
        "help": "serve over HTTP at /mcp instead of stdio (127.0.0.1:8000)",
    },
    "--tls-cert": {"metavar": "FILE", "help": "PEM file of the certificate to serve HTTPS with"},
    "--tls-key": {"metavar": "FILE", "help": "PEM file of its key, if it is not in the same file"},
    "--log-level": {"type": str.upper, "choices": LOG_LEVELS, "help": "what goes to stderr (WARNING)"},
}
"""The options of `serve`, as argparse takes them; the shell's completion reads them too."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")

    def fail(self, sentence: str) -> NoReturn:
        """Say in one sentence what keeps the server from starting and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {sentence}\n")


def serve(argv: Sequence[str]) -> int:
    """Serve until the client closes standard input, or over HTTP until a signal; the exit code.

    Raises `SystemExit` for wrong options, and over HTTP for settings that cannot be used.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    import signal

    # The SDK reads stdin in a thread that no exception ends: only the signal's default action stops it at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # nothing of what the imports build is garbage: looking for some costs 40 ms and more
    settings = read_settings(os.environ, sandbox=options.sandbox, log_level=options.log_level)
    if options.http is None and (options.tls_cert or options.tls_key):
        parser.error("--tls-cert and --tls-key go with --http")
    if options.http is not None and settings.problem is not None:
        parser.fail(settings.problem)
    from telnyx_connections_mcp.logs import log_to_stderr

    log_to_stderr(settings)
    transport = None
    if settings.sandbox and settings.problem is None:
        from telnyx_connections_mcp.sandboxed import on_sandbox

        settings, transport = on_sandbox(settings)
    if options.http is not None:
        return _serve_http(parser, options, settings, transport)
    import anyio

    from telnyx_connections_mcp.app import create_server

    server = create_server(settings, transport)
    gc.freeze()
    gc.enable()
    if sys.stdin is not None and sys.stdin.isatty():
        where = " (on the sandbox account)" if settings.sandbox else ""
        print(_WAITING.format(version=__version__, where=where), file=sys.stderr)  # noqa: T201  # a person reads it
    anyio.run(server.run_stdio_async)
    return 0


def _serve_http(
    parser: _Parser,
    options: argparse.Namespace,
    settings: Settings,
    transport: "Callable[[], httpx.AsyncBaseTransport] | None",
) -> int:
    """Serve over HTTP, where a person reads what is wrong and no client needs a server to be told."""
    from telnyx_connections_mcp.http.run import serve_http
    from telnyx_connections_mcp.http.settings import read_http_settings

    try:
        http = read_http_settings(os.environ, options.http, tls_cert=options.tls_cert, tls_key=options.tls_key)
        return serve_http(settings, http, transport)
    except SettingsError as error:
        parser.fail(str(error))


def _parser() -> _Parser:
    parser = _Parser(
        prog="telnyx-connections-mcp serve",
        description="Serve MCP over stdio (the default command), or over HTTP.",
        epilog="Settings come from the environment (TELNYX_API_KEY, TELNYX_BASE_URL, ...): see the README.",
        allow_abbrev=False,
    )
    for flag, how in OPTIONS.items():
        parser.add_argument(flag, **how)
    return parser
