"""A program for tests: our server with authentication, in which `token-NAME` is the token of NAME.

Run as `guarded.py ADDRESS`; the settings come from the environment.
"""

import os
import sys

from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

from telnyx_connections_mcp.auth.caller import Caller
from telnyx_connections_mcp.auth.setup import Auth
from telnyx_connections_mcp.config.accounts import one_account, own_secrets
from telnyx_connections_mcp.config.http_settings import read_http_settings
from telnyx_connections_mcp.config.settings import read_settings
from telnyx_connections_mcp.http_server.run import serve_http
from telnyx_connections_mcp.observability.logs import log_to_stderr


class Names(TokenVerifier):
    """Accepts `token-NAME` as the token of NAME."""

    async def verify_token(self, token: str) -> Caller | None:
        if not token.startswith("token-"):
            return None
        return Caller(token=token, client_id=token.removeprefix("token-"), scopes=[], accounts=None)


settings = read_settings(os.environ)
log_to_stderr(settings, own_secrets(one_account(settings)))
auth = AuthSettings(issuer_url=AnyHttpUrl("https://issuer.example"), resource_server_url=None)
http = read_http_settings(os.environ, sys.argv[1])
sys.exit(serve_http(one_account(settings), http, auth=Auth(Names(), auth)))
