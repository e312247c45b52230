"""The server itself: started as clients do, and queried in both eras of the protocol."""

import re
import sys
from dataclasses import dataclass
from sysconfig import get_path
from tempfile import TemporaryFile
from time import perf_counter
from typing import IO

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.exceptions import MCPError
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from telnyx_connections_mcp.cli.doctor.check_result import CheckResult, counted, failed, milliseconds_since, ok, warning
from telnyx_connections_mcp.cli.doctor.subject import Subject
from telnyx_connections_mcp.mcp_server.uris import REFERENCE

SLOW_MILLISECONDS = 3000
_LONGEST_LINE = 300
_NAMES_AN_ERROR = re.compile(r"\w*(?:Error|Exception)\b")
_BY_HAND = "run `telnyx-connections-mcp demo` in this terminal and read its output; if it works, report this"
_COMPILE = (
    "run this again; if it is still slow, compile the packages to bytecode: {python} -m compileall -q {where} "
    "(with uv, set UV_COMPILE_BYTECODE=1 and reinstall)"
)


@dataclass(frozen=True, slots=True)
class Era:
    """An era of the protocol: the SDK's name for it, and its versions."""

    mode: str
    versions: tuple[str, ...]


PER_REQUEST = Era("auto", MODERN_PROTOCOL_VERSIONS)
"""Since 2026 each request carries its version."""
HANDSHAKE = Era("legacy", HANDSHAKE_PROTOCOL_VERSIONS)
"""Until 2025 a session began with `initialize`."""


async def check_server_2026(subject: Subject) -> CheckResult:
    """Whether it serves a client that sends its version with each request."""
    return await serve_once(subject, PER_REQUEST)


async def check_server_2025(subject: Subject) -> CheckResult:
    """Whether it serves a client that begins with a handshake."""
    return await serve_once(subject, HANDSHAKE)


async def serve_once(subject: Subject, era: Era, slow: int = SLOW_MILLISECONDS) -> CheckResult:
    """The server as a client of that era sees it; more than `slow` milliseconds are a warning.

    Listing tools would not be enough: they are answered before the SDK is loaded (docs/decisions/0045).
    """
    command = ["-m", "telnyx_connections_mcp", "serve", *(["--sandbox"] if subject.sandbox else [])]
    server = StdioServerParameters(command=sys.executable, args=command, env=dict(subject.environ))
    with TemporaryFile("w+", encoding="utf-8", errors="replace") as stderr:
        begun = perf_counter()
        try:
            async with Client(stdio_client(server, errlog=stderr), mode=era.mode) as client:
                tools = (await client.list_tools()).tools
                await client.read_resource(REFERENCE)
                milliseconds = milliseconds_since(begun)
                version = client.protocol_version
        except (OSError, MCPError, ExceptionGroup):
            return failed(f"The server did not start: {subject.shown(_last_words(stderr), _LONGEST_LINE)}", _BY_HAND)
    if version not in era.versions or not tools:
        return failed(f"The server answered with protocol {version} and {counted(len(tools), 'tool')}", _BY_HAND)
    detail = f"Ready after {milliseconds} ms, protocol {version}, {counted(len(tools), 'tool')}"
    if milliseconds > slow:
        compile_them = _COMPILE.format(python=sys.executable, where=get_path("purelib"))
        return warning(f"{detail}; that is slow", compile_them)
    return ok(detail)


def _last_words(stderr: IO[str]) -> str:
    """The line of standard error that explains the failure: the last that names an error, else the last."""
    stderr.seek(0)
    lines = [line.strip() for line in stderr if line.strip()]
    named = [line for line in lines if _NAMES_AN_ERROR.match(line)]
    return (named or lines or ["it printed nothing"])[-1]
