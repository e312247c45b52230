"""The verifier of all bearer tokens: those from the token file and those of an issuer."""

import logging
import re
from contextvars import ContextVar

from telnyx_connections_mcp.auth import error_messages
from telnyx_connections_mcp.auth.caller import Caller
from telnyx_connections_mcp.auth.error_messages import IssuerUnavailable, TokenRefused
from telnyx_connections_mcp.auth.jwt_verifier import JwtVerifier
from telnyx_connections_mcp.auth.token_file import TokenFile
from telnyx_connections_mcp.auth.token_lines import PREFIX

REFUSAL: ContextVar[TokenRefused | IssuerUnavailable | None] = ContextVar(
    "telnyx_connections_mcp.auth.refusal", default=None
)
"""Why the token of the current request was refused; `challenge` tells the caller."""
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,16384}=*")
_LOG = logging.getLogger(__name__)


class BearerVerifier:
    """The SDK's `TokenVerifier`: tokens with our prefix are looked up in the file, others are verified as JWTs."""

    def __init__(self, tokens: TokenFile | None, jwts: JwtVerifier | None) -> None:
        self._tokens = tokens
        self._jwts = jwts

    async def verify_token(self, token: str) -> Caller | None:
        """The caller whose token this is; otherwise None, and `REFUSAL` says why."""
        try:
            return await self._check(token)
        except (TokenRefused, IssuerUnavailable) as refusal:
            _LOG.info("Refused a caller: %s.", refusal)
            REFUSAL.set(refusal)
            return None

    async def _check(self, token: str) -> Caller:
        if _TOKEN.fullmatch(token) is None:  # RFC 6750, section 2.1, and a length that no token has
            raise TokenRefused(error_messages.MALFORMED)
        if self._tokens is not None and (token.startswith(PREFIX) or self._jwts is None):
            return self._tokens.check(token)
        if self._jwts is None or token.startswith(PREFIX):
            raise TokenRefused(error_messages.NOT_FROM_ISSUER)
        return await self._jwts.check(token)
