"""The command line: arguments and environment in, exit code out.

Heavy things are imported only by the command that needs them: `serve` starts cold in every chat.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.settings import LOG_LEVELS, Settings, read_settings

if TYPE_CHECKING:
    import httpx

_WAITING = """\
telnyx-connections-mcp {version} waits for an MCP client on standard input{where}.
An MCP client normally starts this command itself; press Ctrl-C to stop.
To see it work, run: telnyx-connections-mcp demo"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong in one sentence and leave with exit code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` (by default the process's) names; the exit code."""
    options = _parser().parse_args(argv)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="telnyx-connections-mcp",
        description="Ask anything about the voice connections of a Telnyx account: a read-only MCP server.",
        epilog="Settings come from the environment (TELNYX_API_KEY, TELNYX_BASE_URL, ...): see the README.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    _serve_options(parser)
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    serve = commands.add_parser("serve", help="serve MCP over stdio (the default)", allow_abbrev=False)
    _serve_options(serve)
    demo = commands.add_parser("demo", help="watch a real client ask this server, on the sandbox", allow_abbrev=False)
    demo.set_defaults(command=_demo)
    sandbox = commands.add_parser("sandbox", help="serve the sandbox Telnyx API over HTTP", allow_abbrev=False)
    sandbox.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    sandbox.add_argument("--port", type=int, default=8787, help="port to listen on, 0 for any (%(default)s)")
    sandbox.add_argument("--size", type=int, default=55, help="how many connections, up to 100000 (%(default)s)")
    sandbox.add_argument("--seed", type=int, default=0, help="which fleet (%(default)s)")
    sandbox.add_argument("--fault", metavar="NAME[=VALUE]", help="answer every request with this fault")
    sandbox.set_defaults(command=_sandbox)
    return parser


def _serve_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sandbox",
        action="store_true",
        default=argparse.SUPPRESS,
        help="use the embedded sandbox account, no key needed",
    )
    parser.add_argument(
        "--log-level",
        type=str.upper,
        choices=LOG_LEVELS,
        default=argparse.SUPPRESS,
        help="what goes to stderr (WARNING)",
    )
    parser.set_defaults(command=_serve)


def _serve(options: argparse.Namespace) -> int:
    import signal

    # The SDK reads stdin in a thread that no exception ends: only the signal's default action stops it at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    gc.disable()  # nothing of what the imports build is garbage: looking for some costs 40 ms and more
    settings = read_settings(
        os.environ,
        sandbox=getattr(options, "sandbox", False),
        log_level=getattr(options, "log_level", None),
    )
    _log_to_stderr(settings)
    transport = None
    if settings.sandbox and settings.problem is None:
        settings, transport = _on_sandbox(settings)
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


def _log_to_stderr(settings: Settings) -> None:
    import logging

    logging.basicConfig(
        level=settings.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log every URL with its query
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("stamina").setLevel(logging.ERROR)  # its lines tell no more than that something is tried again
    if settings.problem is not None:
        logging.getLogger(__name__).error("%s", settings.problem)


def _on_sandbox(settings: Settings) -> "tuple[Settings, Callable[[], httpx.AsyncBaseTransport]]":
    """The settings and the transport that put the sandbox in the place of Telnyx, in this process."""
    from telnyx_connections_mcp.sandbox import SANDBOX_KEY

    def transport() -> "httpx.AsyncBaseTransport":
        import httpx

        from telnyx_connections_mcp.sandbox.app import create_app

        return httpx.ASGITransport(create_app())

    return replace(settings, api_key=SANDBOX_KEY, base_url="http://localhost/v2"), transport


def _demo(_: argparse.Namespace) -> int:
    from telnyx_connections_mcp.demo import run_demo

    return run_demo()


def _sandbox(options: argparse.Namespace) -> int:
    from telnyx_connections_mcp.sandbox.server import run_sandbox

    return run_sandbox(host=options.host, port=options.port, size=options.size, seed=options.seed, fault=options.fault)
