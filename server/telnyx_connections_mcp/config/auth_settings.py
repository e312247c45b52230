"""The settings for authentication, read once from the environment and the flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from telnyx_connections_mcp.config.environment import SettingsError
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
    file = _text(environ, "TELNYX_HTTP_TOKENS")
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
    issuer, audience = _text(environ, "TELNYX_OAUTH_ISSUER"), _text(environ, "TELNYX_OAUTH_AUDIENCE")
    others = [
        name
        for name in ("TELNYX_OAUTH_JWKS_URL", "TELNYX_OAUTH_SCOPES", "TELNYX_OAUTH_ACCOUNT_CLAIM")
        if _text(environ, name)
    ]
    if not issuer and not audience and not others:
        return None
    if not issuer or not audience:
        raise SettingsError(
            "Tokens of an OAuth issuer require both TELNYX_OAUTH_ISSUER (its URL) and TELNYX_OAUTH_AUDIENCE (the "
            "public URL of this server, such as https://mcp.example.com/mcp): set the one that is missing."
        )
    audiences = tuple(audience.split())
    jwks_url = _text(environ, "TELNYX_OAUTH_JWKS_URL") or None
    _require_safe("TELNYX_OAUTH_ISSUER", issuer)
    _require_safe("The first of TELNYX_OAUTH_AUDIENCE", audiences[0])
    if jwks_url is not None:
        _require_safe("TELNYX_OAUTH_JWKS_URL", jwks_url)
    return OAuth(
        issuer=issuer,
        resource=audiences[0],
        audiences=audiences,
        jwks_url=jwks_url,
        scopes=_scopes(_text(environ, "TELNYX_OAUTH_SCOPES")),
        account_claim=_text(environ, "TELNYX_OAUTH_ACCOUNT_CLAIM") or None,
    )


def _text(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()


def _require_safe(name: str, url: str) -> None:
    if not is_safe(url) or "?" in url:
        raise SettingsError(
            f"{name} must be an https:// URL without user, query or fragment (http:// only for this machine)."
        )


def _scopes(text: str) -> tuple[str, ...]:
    """The scopes in a text. Raises `SettingsError` for characters that RFC 6749, section 3.3, does not allow."""
    if any(not "!" <= character <= "~" or character in '"\\' for character in text.replace(" ", "")):
        raise SettingsError(
            "TELNYX_OAUTH_SCOPES contains characters that scopes cannot have: give names separated by spaces."
        )
    return tuple(text.split())
