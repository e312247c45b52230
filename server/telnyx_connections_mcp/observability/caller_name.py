"""The name of a request's caller in logs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp.server.auth.provider import AccessToken


def caller_name(token: "AccessToken | None") -> str | None:
    """The name that the token's verifier gave the caller; None for a server without authentication."""
    return token.client_id if token else None
