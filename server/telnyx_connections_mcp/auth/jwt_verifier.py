"""Verifies JSON Web Tokens of an OAuth 2.1 issuer, as RFC 9068 and RFC 8725 require of a resource server."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from telnyx_connections_mcp.auth import error_messages
from telnyx_connections_mcp.auth.caller import Caller
from telnyx_connections_mcp.auth.error_messages import TokenRefused
from telnyx_connections_mcp.auth.jwks import ALGORITHMS, KeySet
from telnyx_connections_mcp.config.accounts import ACCOUNT_NAME
from telnyx_connections_mcp.text.cleaning import clean, cut

LEEWAY = 30.0
"""Tolerated difference between the issuer's clock and ours, in seconds."""
LONGEST_NAME = 64
MAX_SCOPES = 100
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_WHY: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, error_messages.EXPIRED),
    (jwt.ImmatureSignatureError, error_messages.NOT_YET_VALID),
    (jwt.InvalidAudienceError, error_messages.AUDIENCE),
    (jwt.InvalidIssuerError, error_messages.ISSUER),
    (jwt.InvalidSignatureError, error_messages.SIGNATURE),
    (jwt.MissingRequiredClaimError, error_messages.CLAIM_MISSING),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtVerifier:
    """Verifies tokens of one issuer for these audiences, of which a token must name at least one.

    `account_claim` is the claim that binds callers to Telnyx accounts, a string or a list of strings: a token without a
    valid one may use no account. If None, callers are not bound (`Caller.accounts`).
    """

    issuer: str
    audiences: tuple[str, ...]
    keys: KeySet
    account_claim: str | None = None

    async def check(self, token: str) -> Caller:
        """The caller whose token this is. Raises `TokenRefused` and `IssuerUnavailable`."""
        header = _header(token)
        key = await self.keys.key(header.get("kid"), header["alg"])
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[header["alg"]],
                audience=list(self.audiences),
                issuer=self.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            raise TokenRefused(_why(error)) from None
        if "cnf" in claims:  # RFC 9449, section 7.2: a token bound to a key is not a bearer token
            raise TokenRefused(error_messages.BOUND_TO_A_KEY)
        return Caller(
            client_id=_name(claims),
            scopes=_scopes(claims),
            expires_at=int(claims["exp"]) + int(LEEWAY),
            subject=_plain(claims.get("sub")),
            claims={"iss": self.issuer},
            accounts=None if self.account_claim is None else _accounts(claims.get(self.account_claim)),
        )


def _header(token: str) -> dict[str, Any]:
    """The header of a token that can be verified."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenRefused(error_messages.NOT_A_JWT) from None
    if not isinstance(header.get("alg"), str) or header["alg"] not in ALGORITHMS:
        raise TokenRefused(error_messages.ALGORITHM)
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise TokenRefused(error_messages.NOT_FOR_ACCESS)
    return header


def _why(error: Exception) -> str:
    return next((reason for kind, reason in _WHY if isinstance(error, kind)), error_messages.NOT_WELL_FORMED)


def _name(claims: Mapping[str, Any]) -> str:
    """The caller's name: its subject, else its client (RFC 9068, section 2.2)."""
    for claim in ("sub", "client_id", "azp"):
        name = claims.get(claim)
        if isinstance(name, str) and (name := clean(name).strip()):
            return cut(name, LONGEST_NAME)
    raise TokenRefused(error_messages.NO_NAME)


def _plain(subject: str | None) -> str | None:
    """The subject in ASCII, since it may be any Unicode."""
    return None if subject is None else subject.encode("ascii", "backslashreplace").decode()


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    """The token's scopes: `scope` (RFC 9068), and `scp`, a list or a string, of other issuers."""
    found = [word for claim in ("scope", "scp") for text in _texts(claims.get(claim)) for word in text.split()]
    return [word for word in found if word.isascii()][:MAX_SCOPES]


def _accounts(value: object) -> tuple[str, ...]:
    return tuple(text for text in _texts(value) if ACCOUNT_NAME.fullmatch(text))


def _texts(value: object) -> list[str]:
    """The strings of a claim that is a string or a list of strings; none for anything else."""
    values: list[object] = value if isinstance(value, list) else [value]
    texts = [text for text in values if isinstance(text, str)]
    return texts if len(texts) == len(values) else []
