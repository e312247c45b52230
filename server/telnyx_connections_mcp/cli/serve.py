"""`serve`, the default command: MCP over stdio, or with `--http` over HTTP.

Over stdio, every chat starts it cold, so imports are late.
"""

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli.allocator import tune_allocator
from telnyx_connections_mcp.cli.standard_streams import why_unwritable
from telnyx_connections_mcp.config.accounts import one_account, own_secrets, read_accounts
from telnyx_connections_mcp.config.environment import Choice, SettingsError, Switch
from telnyx_connections_mcp.config.settings import IN_CLIENT
from telnyx_connections_mcp.config.settings_table import VARIABLES

if TYPE_CHECKING:  # see mcp_server/context.py
    from collections.abc import Callable, Generator, Mapping

    import httpx

    from telnyx_connections_mcp.config.accounts import Accounts
    from telnyx_connections_mcp.config.environment import Setting
    from telnyx_connections_mcp.mcp_server.context import AccountContexts
    from telnyx_connections_mcp.mcp_server.stdio import StdioStreams

_WAITING = """\
telnyx-connections-mcp {version} is waiting for an MCP client on standard input{where}.
MCP clients normally start this command themselves; press Ctrl-C to stop.
To see it work, run: telnyx-connections-mcp demo"""

_QUIET_SECONDS = 0.5

_OF_HTTP: dict[str, dict[str, Any]] = {
    "--http": {
        "nargs": "?",
        "const": "127.0.0.1:8000",
        "metavar": "HOST:PORT",
        "help": "serve over HTTP at /mcp instead of stdio (default 127.0.0.1:8000)",
    },
    "--tls-cert": {"metavar": "FILE", "help": "PEM file with the certificate for HTTPS"},
    "--tls-key": {"metavar": "FILE", "help": "PEM file with its private key, if not in the same file"},
}


def _option(setting: "Setting[Any]") -> dict[str, Any]:
    taken = setting.type
    if isinstance(taken, Switch):
        return {"action": "store_true", "help": setting.meaning}
    if isinstance(taken, Choice):
        meaning = f"{setting.meaning} (default {setting.default})"
        return {"type": taken.fold, "choices": taken.choices, "help": meaning}
    return {"metavar": setting.metavar, "help": setting.meaning}


_BY_FLAG = {setting.flag: setting for setting in VARIABLES.values() if setting.flag}
OPTIONS = {flag: _option(setting) for flag, setting in _BY_FLAG.items()} | _OF_HTTP
"""The options of `serve` for argparse; shell completion reads them too."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Print the error in one sentence and exit with code 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help.\n")

    def fail(self, sentence: str) -> NoReturn:
        """Print in one sentence why the server cannot start and exit with code 2."""
        self.exit(2, f"{self.prog}: {sentence}\n")


def serve(argv: Sequence[str], streams: "StdioStreams | None" = None) -> int:
    """Serve until the client closes standard input, or over HTTP until a signal; returns the exit code.

    `streams` replace standard input and output; 1 if they cannot be written to any more. Raises `SystemExit` for wrong
    options and, over HTTP, for unusable settings.
    """
    parser = _parser()
    options = _options(parser, argv)
    gc.disable()  # imports create no garbage, and looking for it costs 40 ms or more
    tune_allocator()
    environ = _environ(options)
    accounts = read_accounts(environ, where=IN_CLIENT if options.http is None else "in the environment of this server")
    settings = accounts.settings
    if options.http is not None and settings.problem is not None:
        parser.fail(settings.problem)
    from telnyx_connections_mcp.observability.logs import log_to_stderr

    log_to_stderr(settings, own_secrets(accounts), serving=True, every_request=options.http is not None)
    transport = None
    if settings.sandbox and settings.problem is None:
        from telnyx_connections_mcp.cli.sandboxed import on_sandbox

        settings, transport = on_sandbox(settings)
        accounts = one_account(settings)
    from telnyx_connections_mcp.observability.exporters import start_exporters

    stop_exporters = start_exporters(os.environ)
    if options.http is not None:
        try:
            return _serve_http(parser, options, environ, accounts, transport)
        finally:
            stop_exporters()
    try:
        _serve_stdio(accounts, transport, streams)
    except (OSError, BaseExceptionGroup) as error:
        parser.exit(1, f"{parser.prog}: Cannot write to the client any more: {why_unwritable(error)}.\n")
    finally:
        stop_exporters()
    return 0


def _serve_stdio(
    accounts: "Accounts", transport: "Callable[[], httpx.AsyncBaseTransport] | None", streams: "StdioStreams | None"
) -> None:
    import anyio
    from pydantic import BaseModel

    # A model is built when it is first used: most of those that the SDK brings never are (docs/decisions/0046).
    BaseModel.model_config["defer_build"] = True
    with _without("rich", "uvicorn"):
        from telnyx_connections_mcp.mcp_server.app import create_server
        from telnyx_connections_mcp.mcp_server.interpreter import tune_interpreter
        from telnyx_connections_mcp.mcp_server.stdio import serve_stdio

        server = create_server(accounts.settings, transport, accounts=accounts, started=_prepare)
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # its command line, which imports rich
    tune_interpreter()
    if sys.stdin is not None and sys.stdin.isatty():
        where = " (on the sandbox account)" if accounts.settings.sandbox else ""
        print(_WAITING.format(version=__version__, where=where), file=sys.stderr)  # noqa: T201  # a person reads it
    anyio.run(serve_stdio, server, streams)


@contextmanager
def _without(*packages: str) -> "Generator[None]":
    """Make imports of these optional packages fail, as if they were not installed: stdio needs none of them."""
    absent = {package: None for package in packages if package not in sys.modules}
    sys.modules.update(absent)  # type: ignore[arg-type]  # None makes imports fail
    try:
        yield
    finally:
        for package in absent:
            del sys.modules[package]


def _prepare(contexts: "AccountContexts") -> None:
    """Prepare for requests to Telnyx while the model thinks: the first call would wait 50 ms for it.

    A call that is already waiting prepares by itself; a thread beside it would only compete with it.
    """
    import asyncio

    thread = Thread(target=contexts.prepare, name="prepare", daemon=True)
    asyncio.get_running_loop().call_later(_QUIET_SECONDS, thread.start)


def _options(parser: _Parser, argv: Sequence[str]) -> argparse.Namespace:
    """The options in `argv`. Raises `SystemExit` for unknown ones, and for those that require another."""
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        message, before = f"unrecognized arguments: {' '.join(unknown)}", [*argv[: argv.index(unknown[0])]]
        command = before and not unknown[0].startswith("-")
        parser.error(
            f"{message} (if {unknown[0]} is a command, put {' '.join(before)} after it)" if command else message
        )
    if options.http is None and (options.tls_cert or options.tls_key or options.tokens):
        parser.error("--tls-cert, --tls-key and --tokens require --http")
    return options


def _environ(options: argparse.Namespace) -> dict[str, str]:
    """The environment, with flags as their variables."""
    from_flags = {setting.variable: getattr(options, flag[2:].replace("-", "_")) for flag, setting in _BY_FLAG.items()}
    return {**os.environ, **{variable: str(value) for variable, value in from_flags.items() if value}}


def _serve_http(
    parser: _Parser,
    options: argparse.Namespace,
    environ: "Mapping[str, str]",
    accounts: "Accounts",
    transport: "Callable[[], httpx.AsyncBaseTransport] | None",
) -> int:
    """Serve over HTTP. Errors go to a person, so there is no need for a server that reports them."""
    from telnyx_connections_mcp.auth.setup import create_auth
    from telnyx_connections_mcp.config.auth_settings import read_auth_options
    from telnyx_connections_mcp.config.http_settings import read_http_settings
    from telnyx_connections_mcp.http_server.run import serve_http

    try:
        http = read_http_settings(environ, options.http, tls_cert=options.tls_cert, tls_key=options.tls_key)
        auth = create_auth(read_auth_options(environ))
        return serve_http(accounts, http, transport, auth)
    except SettingsError as error:
        parser.fail(str(error))


def _parser() -> _Parser:
    parser = _Parser(
        prog="telnyx-connections-mcp serve",
        description="Serve MCP over stdio (the default command), or over HTTP.",
        epilog="Settings are environment variables (TELNYX_API_KEY, TELNYX_BASE_URL, ...): see docs/settings.md.",
        allow_abbrev=False,
    )
    for flag, how in OPTIONS.items():
        parser.add_argument(flag, **how)
    return parser
