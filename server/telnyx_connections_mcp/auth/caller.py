"""The caller of a request, as the rest of the server knows it."""

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken

HIDDEN = "***"
"""Stands where the SDK keeps the token: what is not there can neither be logged nor be passed on."""


class Caller(AccessToken):
    """Who was authenticated. `client_id` is its name, for logs and limits, cleaned and short; the token is not kept."""

    token: str = HIDDEN
    accounts: tuple[str, ...] | None
    """The Telnyx accounts it is bound to; None: to none, so that it may use the server's default alone."""


def current_caller() -> Caller | None:
    """The caller of the request at hand; None without authentication: stdio, or a server on loopback without tokens.

    Raises `TypeError` where somebody else's verifier let the request in: nothing tells what that caller may use.
    """
    token = get_access_token()
    if token is None or isinstance(token, Caller):
        return token
    raise TypeError("the caller was not authenticated by this server's own verifier")


LOCAL = "local"
"""The name of every caller of a server without authentication, which only this machine can reach."""


def caller_name() -> str:
    """The name of the caller of the request at hand, as the token verifier gave it."""
    token = get_access_token()
    return LOCAL if token is None else token.client_id
