"""A program for tests: our server with authentication, the tokens being the callers' names.

`guarded.py ADDRESS`; the settings come from the environment.
"""

import os
import sys

from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

from telnyx_connections_mcp.http.run import serve_http
from telnyx_connections_mcp.http.settings import read_http_settings
from telnyx_connections_mcp.logs import log_to_stderr
from telnyx_connections_mcp.settings import read_settings


class Names(TokenVerifier):
    """Takes `token-NAME` as the token of NAME."""

    async def verify_token(self, token: str) -> AccessToken | None:
        if not token.startswith("token-"):
            return None
        return AccessToken(token=token, client_id=token.removeprefix("token-"), scopes=[])


settings = read_settings(os.environ)
log_to_stderr(settings)
auth = AuthSettings(issuer_url=AnyHttpUrl("https://issuer.example"), resource_server_url=None)
http = read_http_settings(os.environ, sys.argv[1])
sys.exit(serve_http(settings, http, verifier=Names(), auth=auth))
