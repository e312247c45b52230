"""The settings for authentication, read once from the environment and the flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from telnyx_connections_mcp.config import settings_table
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.settings_table import (
    OAUTH_ACCOUNT_CLAIM,
    OAUTH_AUDIENCE,
    OAUTH_ISSUER,
    OAUTH_JWKS_URL,
    OAUTH_SCOPES,
)
from telnyx_connections_mcp.telnyx.address import is_loopback


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth:
    """An issuer whose tokens are accepted."""

    issuer: str
    resource: str
    """The public URL of this server, which is the first audience (RFC 8707)."""
    audiences: tuple[str, ...]
    jwks_url: str | None = None
    """The URL of its keys; None: as its metadata says."""
    scopes: tuple[str, ...] = ()
    """Scopes that every token must have."""
    account_claim: str | None = None
    """The claim that names a caller's Telnyx accounts, if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthOptions:
    """Which tokens are accepted: those of a file, of an issuer, or both."""

    tokens: Path | None = None
    oauth: OAuth | None = None


def read_auth_options(environ: Mapping[str, str]) -> AuthOptions:
    """The options in the environment. Raises `SettingsError`."""
    file = settings_table.HTTP_TOKENS.read(environ)
    return AuthOptions(tokens=Path(file).expanduser() if file else None, oauth=_oauth(environ))


def is_safe(url: object) -> bool:
    """Whether `url` is an https URL, or an http URL of this machine, without a user."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def _oauth(environ: Mapping[str, str]) -> OAuth | None:
    issuer, audience = OAUTH_ISSUER.read(environ), OAUTH_AUDIENCE.read(environ)
    jwks_url, scopes, account_claim = (
        each.read(environ) for each in (OAUTH_JWKS_URL, OAUTH_SCOPES, OAUTH_ACCOUNT_CLAIM)
    )
    if not (issuer or audience or jwks_url or scopes or account_claim):
        return None
    if not issuer or not audience:
        raise SettingsError(
            f"Tokens of an OAuth issuer require both {OAUTH_ISSUER.variable} (its URL) and {OAUTH_AUDIENCE.variable} "
            "(the public URL of this server, such as https://mcp.example.com/mcp): set the one that is missing."
        )
    audiences = tuple(audience.split())
    _require_safe(OAUTH_ISSUER.variable, issuer)
    _require_safe(f"The first of {OAUTH_AUDIENCE.variable}", audiences[0])
    if jwks_url:
        _require_safe(OAUTH_JWKS_URL.variable, jwks_url)
    return OAuth(
        issuer=issuer,
        resource=audiences[0],
        audiences=audiences,
        jwks_url=jwks_url or None,
        scopes=_scopes(scopes),
        account_claim=account_claim or None,
    )


def _require_safe(name: str, url: str) -> None:
    if not is_safe(url) or "?" in url:
        raise SettingsError(
            f"{name} must be an https:// URL without user, query or fragment (http:// only for this machine)."
        )


def _scopes(text: str) -> tuple[str, ...]:
    """The scopes in a text. Raises `SettingsError` for characters that RFC 6749, section 3.3, does not allow."""
    if any(not "!" <= character <= "~" or character in '"\\' for character in text.replace(" ", "")):
        raise SettingsError(
            f"{OAUTH_SCOPES.variable} contains characters that scopes cannot have: give names separated by spaces."
        )
    return tuple(text.split())
