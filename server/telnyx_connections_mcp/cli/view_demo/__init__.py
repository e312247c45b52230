"""`demo --app`: the page of MCP Apps in a browser, on the sandbox, without a chat client and without packages.

The server is the one of `serve --http`, with its limits and its check of `Host`; on the same port stands a host, as
small as one can be, which mounts the page in a frame that may load nothing and reach nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from telnyx_connections_mcp.cli.sandboxed import on_sandbox
from telnyx_connections_mcp.config.accounts import one_account, own_secrets
from telnyx_connections_mcp.config.http_settings import HttpSettings
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.view.page import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from telnyx_connections_mcp.http_server.app import Page

_HERE = Path(__file__).parent
_NOTHING_ELSE = "default-src 'none'; base-uri 'none'; form-action 'none'"
_HOST_POLICY = (
    f"{_NOTHING_ELSE}; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; img-src data:; "
    "frame-ancestors 'none'"
)
_PAGE_POLICY = (
    f"{_NOTHING_ELSE}; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-scripts"
)
"""As strict as the MCP Inspector's, and an origin of its own."""


def show_views() -> int:
    """Serve until Ctrl-C; 0."""
    from telnyx_connections_mcp.http_server.run import serve_http
    from telnyx_connections_mcp.observability.logs import log_to_stderr

    settings, transport = on_sandbox(Settings(sandbox=True))
    accounts = one_account(settings)
    log_to_stderr(settings, own_secrets(accounts), serving=True)
    return serve_http(accounts, HttpSettings(port=0, shutdown_seconds=0), transport, pages=pages())


def pages() -> "Mapping[str, Page]":
    """What the host is made of, and the page, by path."""
    return {
        "/": _file("host.html", "text/html", _HOST_POLICY),
        "/host.js": _file("host.js", "text/javascript", _HOST_POLICY),
        "/host.css": _file("host.css", "text/css", _HOST_POLICY),
        "/view": _answer(page(), "text/html", _PAGE_POLICY),
    }


def _file(name: str, media_type: str, policy: str) -> "Page":
    return _answer((_HERE / name).read_text("utf-8"), media_type, policy)


def _answer(text: str, media_type: str, policy: str) -> "Page":
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}

    async def answer(_: "Request") -> Response:
        return Response(text, media_type=media_type, headers=headers)

    return answer
