"""The authenticated caller of a request."""

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken

HIDDEN = "***"
"""Replaces the token that the SDK would keep, so that it can be neither logged nor passed on."""


class Caller(AccessToken):
    """An authenticated caller. `client_id` is its name in logs and limits, cleaned and cut; its token is not kept."""

    token: str = HIDDEN
    accounts: tuple[str, ...] | None
    """The Telnyx accounts it is bound to; None: not bound, so it may only use the server's default account."""


def current_caller() -> Caller | None:
    """The caller of the current request; None without authentication (stdio, or a server on loopback without tokens).

    Raises `TypeError` if another verifier than ours authenticated it: nothing says which accounts it may use.
    """
    token = get_access_token()
    if token is None or isinstance(token, Caller):
        return token
    raise TypeError("the caller was not authenticated by this server's own verifier")
