"""Who calls."""

from mcp.server.auth.middleware.auth_context import get_access_token

LOCAL = "local"
"""The name of every caller of a server without authentication, which only this machine can reach."""


def caller_name() -> str:
    """The name of the caller whose request is being answered, as the token verifier gave it."""
    token = get_access_token()
    return LOCAL if token is None else token.client_id
