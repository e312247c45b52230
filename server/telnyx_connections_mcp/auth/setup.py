"""Sets up authentication for HTTP."""

from dataclasses import dataclass

from mcp.server.auth.provider import TokenVerifier
from mcp.server.auth.settings import AuthSettings
from pydantic import AnyHttpUrl

from telnyx_connections_mcp.auth.bearer_verifier import BearerVerifier
from telnyx_connections_mcp.auth.jwks import KeySet
from telnyx_connections_mcp.auth.jwt_verifier import JwtVerifier
from telnyx_connections_mcp.auth.token_file import TokenFile
from telnyx_connections_mcp.config.auth_settings import AuthOptions

_NO_ISSUER = "https://issuer.invalid"
"""The SDK requires an issuer even if there is none, and does not show it then."""


@dataclass(frozen=True, slots=True)
class Auth:
    """Arguments of the SDK's server (`token_verifier=`, `auth=`)."""

    verifier: TokenVerifier
    settings: AuthSettings


def create_auth(options: AuthOptions) -> Auth | None:
    """Authentication according to the options; None if they name neither a token file nor an issuer.

    Raises `SettingsError` for an unusable token file. Both may be used together: tokens from the file have every scope,
    because this server only reads.
    """
    oauth = options.oauth
    if options.tokens is None and oauth is None:
        return None
    scopes = oauth.scopes if oauth else ()
    tokens = TokenFile(options.tokens, scopes) if options.tokens else None
    if oauth is None:
        return Auth(
            BearerVerifier(tokens, None), AuthSettings(issuer_url=AnyHttpUrl(_NO_ISSUER), resource_server_url=None)
        )
    jwts = JwtVerifier(
        issuer=oauth.issuer,
        audiences=oauth.audiences,
        keys=KeySet(oauth.issuer, oauth.jwks_url),
        account_claim=oauth.account_claim,
    )
    settings = AuthSettings.model_validate(
        {
            "issuer_url": oauth.issuer,
            "resource_server_url": oauth.resource,
            "required_scopes": list(scopes),
            "validate_token_resource": False,  # JwtVerifier checks the audiences, which may be several
        }
    )
    return Auth(BearerVerifier(tokens, jwts), settings)
