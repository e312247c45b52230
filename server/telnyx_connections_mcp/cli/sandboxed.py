"""The sandbox in place of Telnyx, within this process."""

from dataclasses import replace
from typing import TYPE_CHECKING

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.sandbox import SANDBOX_KEY

if TYPE_CHECKING:  # see mcp_server/context.py
    from collections.abc import Callable

    import httpx


def on_sandbox(settings: Settings) -> "tuple[Settings, Callable[[], httpx.AsyncBaseTransport]]":
    """The settings and transport that replace Telnyx with the sandbox."""

    def transport() -> "httpx.AsyncBaseTransport":
        import httpx

        from telnyx_connections_mcp.sandbox.app import create_app

        return httpx.ASGITransport(create_app())

    return replace(settings, api_key=SANDBOX_KEY, base_url="http://localhost/v2"), transport
